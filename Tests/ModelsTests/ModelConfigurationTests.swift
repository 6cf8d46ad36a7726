import Models
import Testing

@Suite struct ModelConfigurationTests {
    /// Of a configuration that is refused; nil for one that is not.
    private func message(_ change: (inout ModelConfiguration) -> Void) -> String? {
        var configuration = ModelConfiguration()
        change(&configuration)
        do throws(ModelError) {
            try configuration.validate()
            return nil
        } catch {
            return error.description
        }
    }

    @Test(arguments: [[1], [2, 2], [8, 8, 8], [1, 1, 1, 1, 1, 1, 1, 8]])
    func stridesThatWork(strides: [Int]) {
        #expect(message { $0.subsamplingStrides = strides } == nil)
    }

    /// 8^21 = 2^63 is one more than the largest whole number.
    @Test(arguments: [
        [], [0], [9], [-8], [8, 8, 8, 2], Array(repeating: 1, count: 9), Array(repeating: 8, count: 21),
    ])
    func stridesThatDoNot(strides: [Int]) {
        let expected = "it must be one to eight numbers from 1 to 8 whose product is at most 512"
        #expect(message { $0.subsamplingStrides = strides } == "subsamplingStrides is \(strides); \(expected)")
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, -0.1, 1])
    func ratesThatAreNone(rate: Float) {
        #expect(message { $0.transformer.dropout = rate }?.hasPrefix("transformer.dropout is \(rate); ") == true)
        #expect(
            message { $0.encoder.stochasticDepth = rate }?.hasPrefix("encoder.stochasticDepth is \(rate); ") == true)
    }
}
