import FoundationEssentials
import NeuralNetwork
import Testing

@Suite struct TransformerConfigurationTests {
    @Test func thereAndBackAsJSON() throws {
        let configuration = TransformerConfiguration(
            modelDimension: 8, headCount: 2, feedForwardDimension: 16, activation: .gelu, normalization: .post,
            dropout: 0.5)
        let text = try JSONEncoder().encode(configuration)
        #expect(try JSONDecoder().decode(TransformerConfiguration.self, from: text) == configuration)
        #expect(String(decoding: text, as: UTF8.self).contains("\"activation\":\"gelu\""))
        #expect(String(decoding: text, as: UTF8.self).contains("\"normalization\":\"post\""))
    }
}
