import Audio
import Files
import FoundationEssentials
import Tensors
import Text

extension ModelFolder {
    /// Writes a Whisper model as a ggml file that whisper.cpp loads.
    ///
    /// Matrices are halves where that changes no number, else float32; vectors, biases of convolutions and positions are float32, as
    /// whisper.cpp wants them (whisper.cpp, models/convert-pt-to-ggml.py).
    ///
    /// - Throws: `ModelError` if it is no Whisper model, or one that the file has no place for; `FileWriteError`.
    public static func exportGGML(_ model: SpeechModel, to path: String) throws {
        let export = try WhisperExport(model)
        guard export.dimensions.feedForwardDimension == GGMLFile.feedForwardFactor * export.dimensions.modelDimension
        else {
            throw ModelError(
                "the feed-forward network is \(export.dimensions.feedForwardDimension) wide; whisper.cpp takes it to be "
                    + "\(GGMLFile.feedForwardFactor) times \(export.dimensions.modelDimension): choose --format huggingface"
            )
        }
        if FileManager.default.fileExists(atPath: path) {
            throw ModelError("\(path): there is a file already; choose another --output")
        }
        let scratch = UnsafeMutablePointer<UInt16>.allocate(
            capacity: export.rows.map { $0.shape.reduce(1, *) }.max() ?? 0)
        defer { scratch.deallocate() }
        try AtomicFile.write(to: path) { writer in
            try header(export).withUnsafeBytes { try writer.append($0) }
            for row in export.rows {
                let values = export.values(row)
                let isConvolutionBias = row.openAI.hasPrefix("encoder.conv") && row.openAI.hasSuffix(".bias")
                let shape = isConvolutionBias ? row.shape + [1] : row.shape
                let isFloat = !export.isHalf || row.shape.count < 2 || row.openAI.hasSuffix("positional_embedding")
                let header =
                    data(
                        [Int32(shape.count), Int32(row.openAI.utf8.count), isFloat ? 0 : 1]
                            + shape.reversed().map { Int32($0) }) + Data(row.openAI.utf8)
                try header.withUnsafeBytes { try writer.append($0) }
                if isFloat {
                    try writer.append(UnsafeRawBufferPointer(start: values.pointer, count: 4 * values.count))
                } else {
                    WhisperExport.halves(values, into: scratch)
                    try writer.append(UnsafeRawBufferPointer(start: scratch, count: 2 * values.count))
                }
            }
        }
    }

    /// What stands before the tensors: sizes, mel filters, ordinary tokens.
    private static func header(_ export: WhisperExport) -> Data {
        let dimensions = export.dimensions
        var file = data([GGMLFile.magic])
        file += data(
            [
                dimensions.vocabularySize, dimensions.encoderPositionCount, dimensions.modelDimension,
                dimensions.headCount, dimensions.encoderLayerCount, dimensions.decoderPositionCount,
                dimensions.modelDimension, dimensions.headCount, dimensions.decoderLayerCount, dimensions.melBinCount,
                export.isHalf ? 1 : 0,
            ].map { Int32($0) })
        let filters = MelFilterbank(export.model.configuration.frontend).filters
        file += data([Int32(filters.count), Int32(GGMLFile.powerCount)])
        for filter in filters {
            var weights = [Float](repeating: 0, count: GGMLFile.powerCount)
            weights.replaceSubrange(filter.firstBin..<filter.firstBin + filter.weights.count, with: filter.weights)
            file += data(weights.map(\.bitPattern))
        }
        let vocabulary = export.tokenizer.vocabulary
        file += data([Int32(vocabulary.ordinaryCount)])
        for token in 0..<vocabulary.ordinaryCount {
            let bytes = vocabulary.bytes(of: token)
            file += data([Int32(bytes.count)]) + Data(bytes)
        }
        return file
    }

    /// Integers, little-endian.
    private static func data<Integer: FixedWidthInteger>(_ integers: [Integer]) -> Data {
        integers.map(\.littleEndian).withUnsafeBytes { Data($0) }
    }
}
