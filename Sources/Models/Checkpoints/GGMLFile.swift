import Tensors

/// Reads a model of whisper.cpp: header, mel filters, tokens, then tensors to the end (whisper.cpp, `whisper_model_load`).
enum GGMLFile {
    /// The first four bytes, as a little-endian number.
    static let magic: UInt32 = 0x6767_6D6C

    /// The powers of a frame that the mel filters weigh: half an FFT of 400, and its middle.
    static let powerCount = 201
    /// The feed-forward network is so many times as wide as the model.
    static let feedForwardFactor = 4

    /// - Throws: `ModelError` naming the file and what is wrong where.
    static func read(_ path: String) throws(ModelError) -> WhisperCheckpoint {
        guard let file = MappedFile(path: path) else {
            throw ModelError("\(path): no such file, or it cannot be read")
        }
        var cursor = ByteCursor(file, path: path)
        guard try cursor.integer(UInt32.self, "the first number") == magic else {
            throw ModelError("\(path): does not begin like a ggml file; name a model of whisper.cpp")
        }
        let dimensions = try dimensions(&cursor)
        try dimensions.validate(path: path)
        try skipFilters(&cursor, melBinCount: dimensions.melBinCount)
        let tokens = try tokens(&cursor, vocabularySize: dimensions.vocabularySize)
        let names = Dictionary(
            uniqueKeysWithValues: WhisperTensorNames(dimensions).rows.map { ($0.openAI, $0.huggingFace) })
        var tensors: [String: CheckpointTensor] = [:]
        while !cursor.isAtEnd {
            let (name, tensor) = try tensor(&cursor)
            guard tensors.updateValue(tensor, forKey: names[name] ?? name) == nil else {
                throw ModelError("\(path): has the tensor \(name) twice; the file is damaged: get it again")
            }
        }
        return try WhisperCheckpoint(
            path: path, layout: .ggml, dimensions: dimensions, tensors: tensors, tokens: .list(tokens),
            generation: WhisperGeneration(), file: path, name: \.openAI)
    }

    /// The numbers behind the magic one.
    private static func dimensions(_ cursor: inout ByteCursor) throws(ModelError) -> WhisperDimensions {
        var numbers: [Int] = []
        let names = [
            "n_vocab", "n_audio_ctx", "n_audio_state", "n_audio_head", "n_audio_layer", "n_text_ctx", "n_text_state",
            "n_text_head", "n_text_layer", "n_mels", "ftype",
        ]
        for name in names { numbers.append(try cursor.number(Int32.self, name)) }
        guard numbers[2] == numbers[6], numbers[3] == numbers[7] else {
            throw ModelError(
                "\(cursor.path): encoder and decoder differ in width or heads (\(numbers[2]), \(numbers[3]) and \(numbers[6]), "
                    + "\(numbers[7])); it cannot be read")
        }
        return WhisperDimensions(
            melBinCount: numbers[9], vocabularySize: numbers[0], modelDimension: numbers[2], headCount: numbers[3],
            feedForwardDimension: feedForwardFactor * numbers[2], encoderLayerCount: numbers[4],
            decoderLayerCount: numbers[8], encoderPositionCount: numbers[1], decoderPositionCount: numbers[5])
    }

    /// The mel filters are computed here; those of the file must be of the size that belongs to the model.
    private static func skipFilters(_ cursor: inout ByteCursor, melBinCount: Int) throws(ModelError) {
        let bins = try cursor.number(Int32.self, "the number of mel filters")
        let powers = try cursor.number(Int32.self, "the size of a mel filter")
        guard bins == melBinCount, powers == powerCount else {
            throw ModelError(
                "\(cursor.path): has \(bins) mel filters of \(powers) numbers; expected \(melBinCount) of \(powerCount); "
                    + "the file is damaged: get it again")
        }
        _ = try cursor.bytes(4 * bins * powers, "the mel filters")
    }

    private static func tokens(_ cursor: inout ByteCursor, vocabularySize: Int) throws(ModelError) -> [[UInt8]] {
        let count = try cursor.number(Int32.self, "the number of tokens")
        guard count <= vocabularySize else {
            throw ModelError(
                "\(cursor.path): has \(count) tokens, but its header says \(vocabularySize); the file is damaged: get it again"
            )
        }
        var tokens: [[UInt8]] = []
        for index in 0..<count {
            let length = try cursor.number(UInt32.self, "the length of token \(index)")
            tokens.append(Array(cursor.file.bytes[try cursor.bytes(length, "token \(index)")]))
        }
        return tokens
    }

    /// The tensor that begins here: its header, its name and its numbers.
    private static func tensor(_ cursor: inout ByteCursor) throws(ModelError) -> (String, CheckpointTensor) {
        let start = cursor.offset
        let rank = try cursor.number(Int32.self, "the rank of a tensor", in: 0...4)
        let nameLength = try cursor.number(Int32.self, "the length of a tensor's name", in: 1...256)
        let type = try cursor.number(Int32.self, "the type of a tensor")
        var shape: [Int] = []
        for _ in 0..<rank { shape.insert(try cursor.number(Int32.self, "a size of a tensor"), at: 0) }
        let name = try cursor.text(nameLength, "the name of a tensor")
        guard let encoding = encoding(type) else {
            let known = "f32, f16, " + BlockKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ModelError(
                "\(cursor.path): tensor \(name), at byte \(start), has numbers of ggml's type \(type); this program reads "
                    + "\(known): get the model in one of them")
        }
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow, product < 1 << 48 else {
                throw ModelError(
                    "\(cursor.path): tensor \(name) is larger than any file; the file is damaged: get it again")
            }
            count = product
        }
        let range = try cursor.bytes(encoding.byteCount(count), "tensor \(name)")
        return (
            name,
            try CheckpointTensor(
                "tensor \(name)", shape: shape, encoding: encoding, file: cursor.file, range: range, path: cursor.path)
        )
    }

    /// What ggml's number of a type stands for.
    private static func encoding(_ type: Int) -> CheckpointTensor.Encoding? {
        switch type {
        case 0: .float32
        case 1: .float16
        case 2: .blocks(.fourBits)
        case 3: .blocks(.fourBitsWithOffset)
        case 6: .blocks(.fiveBits)
        case 7: .blocks(.fiveBitsWithOffset)
        case 8: .blocks(.eightBits)
        default: nil
        }
    }
}
