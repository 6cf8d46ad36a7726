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

    @Test func positions() {
        // 256 / 4 features a head are even, 252 / 4 = 63 are not.
        #expect(message { $0.decoder.positions = .rotary } == nil)
        let odd = message {
            $0.transformer.modelDimension = 252
            $0.decoder.positions = .rotary
        }
        #expect(odd == "decoder.positions: rotary needs an even number of features per head, not 63")
        #expect(message { $0.encoder.positionCount = 0 } == nil)
        let empty = message {
            $0.encoder.positions = .learned
            $0.encoder.positionCount = 0
        }
        #expect(empty == "encoder.positionCount is 0; it must be from 1 to 1048576")
    }

    @Test func howLongAnUtteranceMayBe() {
        var configuration = ModelConfiguration()
        #expect(configuration.longestFrameCount == nil && configuration.longestTokenCount == nil)
        configuration.encoder.positions = .learned
        configuration.decoder.positions = .learned
        #expect(configuration.longestFrameCount == 6_000)  // 1500 positions of 2 x 2 frames
        #expect(configuration.longestTokenCount == 448)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, -0.1, 1])
    func ratesThatAreNone(rate: Float) {
        #expect(message { $0.transformer.dropout = rate }?.hasPrefix("transformer.dropout is \(rate); ") == true)
        #expect(
            message { $0.encoder.stochasticDepth = rate }?.hasPrefix("encoder.stochasticDepth is \(rate); ") == true)
    }
}
