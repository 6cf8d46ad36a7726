/// The heads of the decoder's cross-attention that follow the audio in OpenAI's models: for checkpoints that do not name them.
package enum WhisperAlignmentHeads {
    /// Those of the published model of these sizes; nil where there is none. The sizes of large and large-v2 are the same: the heads are those of
    /// the second.
    package static func published(_ dimensions: WhisperDimensions) -> [WhisperGeneration.Head]? {
        let sizes = [
            dimensions.encoderLayerCount, dimensions.decoderLayerCount, dimensions.modelDimension,
            dimensions.vocabularySize,
        ]
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields[1...4].map({ Int($0) }) == sizes else { continue }
            return fields[5...].map { field in
                let numbers = field.split(separator: ".").map { Int($0)! }
                return WhisperGeneration.Head(layer: numbers[0], head: numbers[1])
            }
        }
        return nil
    }

    /// A line for each model: its name; encoder layers, decoder layers, features and tokens; then layer.head of each head
    /// (openai/whisper, `__init__.py`, `_ALIGNMENT_HEADS`).
    private static let table = """
        tiny.en 4 4 384 51864 1.0 2.0 2.5 3.0 3.1 3.2 3.3 3.4
        tiny 4 4 384 51865 2.2 3.0 3.2 3.3 3.4 3.5
        base.en 6 6 512 51864 3.3 4.7 5.1 5.5 5.7
        base 6 6 512 51865 3.1 4.2 4.3 4.7 5.1 5.2 5.4 5.6
        small.en 12 12 768 51864 6.6 7.0 7.3 7.8 8.2 8.5 8.7 9.0 9.4 9.8 9.10 10.0 10.1 10.2 10.3 10.6 10.11 11.2 11.4
        small 12 12 768 51865 5.3 5.9 8.0 8.4 8.7 8.8 9.0 9.7 9.9 10.5
        medium.en 24 24 1024 51864 11.4 14.1 14.12 14.14 15.4 16.0 16.4 16.9 17.12 17.14 18.7 18.10 18.15 20.0 20.3 20.9 20.14 21.12
        medium 24 24 1024 51865 13.15 15.4 15.15 16.1 20.0 23.4
        large-v2 32 32 1280 51865 10.12 13.17 16.11 16.12 16.13 17.15 17.16 18.4 18.11 18.19 19.11 21.2 21.3 22.3 22.9 22.12 23.5 23.7 23.13 25.5 26.1 26.12 27.15
        large-v3 32 32 1280 51866 7.0 10.17 12.18 13.12 16.1 17.14 19.11 21.4 24.1 25.6
        large-v3-turbo 32 4 1280 51866 2.4 2.11 3.3 3.6 3.11 3.14
        """
}
