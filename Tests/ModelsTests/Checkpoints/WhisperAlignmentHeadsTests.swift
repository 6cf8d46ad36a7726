import Models
import Testing

@Suite struct WhisperAlignmentHeadsTests {
    private func dimensions(layers: (Int, Int), features: Int, tokens: Int) -> WhisperDimensions {
        WhisperDimensions(
            melBinCount: 80, vocabularySize: tokens, modelDimension: features, headCount: features / 64,
            feedForwardDimension: 4 * features, encoderLayerCount: layers.0, decoderLayerCount: layers.1,
            encoderPositionCount: 1500, decoderPositionCount: 448)
    }

    // The first is what generation_config.json of openai/whisper-tiny.en says, the second that of openai/whisper-large-v3-turbo.
    @Test func publishedModelsHaveTheirs() throws {
        let tiny = WhisperAlignmentHeads.published(dimensions(layers: (4, 4), features: 384, tokens: 51_864))
        #expect(
            tiny?.map { [$0.layer, $0.head] }
                == [[1, 0], [2, 0], [2, 5], [3, 0], [3, 1], [3, 2], [3, 3], [3, 4]])
        let turbo = WhisperAlignmentHeads.published(dimensions(layers: (32, 4), features: 1280, tokens: 51_866))
        #expect(turbo?.map { [$0.layer, $0.head] } == [[2, 4], [2, 11], [3, 3], [3, 6], [3, 11], [3, 14]])
    }

    @Test(arguments: [
        (4, 384, 51_864), (4, 384, 51_865), (6, 512, 51_864), (6, 512, 51_865), (12, 768, 51_864), (12, 768, 51_865),
        (24, 1024, 51_864), (24, 1024, 51_865), (32, 1280, 51_865), (32, 1280, 51_866),
    ])
    func allLieInTheDecoder(layerCount: Int, features: Int, tokens: Int) throws {
        let dimensions = dimensions(layers: (layerCount, layerCount), features: features, tokens: tokens)
        let heads = try #require(WhisperAlignmentHeads.published(dimensions))
        #expect(Set(heads).count == heads.count && heads.count >= 5)
        #expect(heads.allSatisfy { $0.layer < layerCount && $0.head < features / 64 })
    }

    @Test func otherSizesHaveNone() {
        #expect(WhisperAlignmentHeads.published(dimensions(layers: (4, 2), features: 384, tokens: 51_864)) == nil)
        #expect(WhisperAlignmentHeads.published(dimensions(layers: (4, 4), features: 384, tokens: 51_867)) == nil)
    }
}
