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

    /// Two LSTM layers, of which one reads pairs, in both parts.
    private func recurrent(_ configuration: inout ModelConfiguration) {
        configuration.encoder.layer = .lstm
        configuration.encoder.pyramidLayerCount = 1
        configuration.encoderLayerCount = 2
        configuration.decoder.layer = .lstm
    }

    @Test func recurrentNetworks() {
        #expect(message { recurrent(&$0) } == nil)
        var configuration = ModelConfiguration()
        recurrent(&configuration)
        #expect(configuration.subsamplingFactor == 8)  // 2 x 2 by the convolutions, 2 by the pyramid
        #expect(configuration.attendingLayerCount == 1 && configuration.decoderHeadCount == 1)
        // No head has a share of 350 features.
        let odd = message {
            recurrent(&$0)
            $0.transformer.modelDimension = 350
            $0.transformer.headCount = 1
        }
        #expect(odd == nil)
    }

    @Test func whatMeansNothingToAnLSTM() {
        let cases: [((inout ModelConfiguration) -> Void, String)] = [
            (
                { $0.transformer.modelDimension = 351 },
                "transformer.modelDimension is 351; with encoder.layer lstm it must be even"
            ),
            ({ $0.transformer.headCount = 8 }, "transformer.headCount is 8, but an LSTM attends with one head"),
            (
                { $0.encoder.pyramidLayerCount = 2 },
                "encoder.pyramidLayerCount is 2; with encoderLayerCount 2 it must be from 0 to 1"
            ),
            ({ $0.encoder.pyramidLayerCount = -1 }, "encoder.pyramidLayerCount is -1; "),
            (
                {
                    $0.encoderLayerCount = 12
                    $0.encoder.pyramidLayerCount = 8
                },
                "encoder.pyramidLayerCount is 8, which with subsamplingStrides [2, 2] makes one position of 1024 frames"
            ),
            ({ $0.encoder.positions = .rotary }, "encoder.positions is rotary, but an LSTM has no positions"),
            ({ $0.decoder.positions = .learned }, "decoder.positions is learned, but an LSTM has no positions"),
            (
                { $0.encoder.stochasticDepth = 0.1 },
                "encoder.stochasticDepth is 0.1, but LSTM layers cannot be left out"
            ),
            ({ $0.transformer.adapterRank = 4 }, "transformer.adapterRank is 4, but an LSTM"),
            ({ $0.encoder.layer = .conformer }, "encoder.pyramidLayerCount is 1, but encoder.layer is conformer"),
        ]
        for (change, expected) in cases {
            let message = message {
                recurrent(&$0)
                change(&$0)
            }
            #expect(message?.hasPrefix(expected) == true, "\(message ?? "nothing is refused")")
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, -0.1, 1])
    func ratesThatAreNone(rate: Float) {
        #expect(message { $0.transformer.dropout = rate }?.hasPrefix("transformer.dropout is \(rate); ") == true)
        #expect(
            message { $0.encoder.stochasticDepth = rate }?.hasPrefix("encoder.stochasticDepth is \(rate); ") == true)
    }
}
