import FoundationEssentials
import Models
import Tensors

/// Bytes of a file, little-endian.
public struct FileBytes: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func add(_ other: [UInt8]) { bytes += other }
    public mutating func add(_ text: String) { bytes += text.utf8 }
    public mutating func add<Integer: FixedWidthInteger>(_ integers: Integer...) {
        for integer in integers { withUnsafeBytes(of: integer.littleEndian) { bytes += $0 } }
    }
    /// A text as CTranslate2 has it.
    public mutating func add(counted text: String) {
        add(UInt16(text.utf8.count + 1))
        add(text)
        add(UInt8(0))
    }
    public mutating func add(floats values: [Float]) { for value in values { add(value.bitPattern) } }
    /// As halves, which they must be.
    public mutating func add(halves values: [Float]) {
        var halves = [UInt16](repeating: 0, count: values.count)
        let isExact = Kernels.table.half_from_float(&halves, values, Int64(values.count))
        precondition(isExact, "FileBytes: no halves")
        for half in halves { add(half) }
    }
}

extension TinyWhisper {
    // Hugging Face.

    /// The tensors for a `model.safetensors`.
    public var huggingFaceTensors: [(name: String, value: Tensor)] {
        entries.map { (Self.huggingFaceName($0.name), Tensor($0.values, shape: $0.shape)) }
    }

    public static let configuration =
        #"{"model_type":"whisper","d_model":8,"encoder_attention_heads":2,"decoder_attention_heads":2,"activation_function":"gelu","scale_embedding":false,"suppress_tokens":[1,2],"eos_token_id":3}"#
    public static let generationConfiguration =
        #"{"alignment_heads":[[0,1]],"suppress_tokens":[1,2,7],"begin_suppress_tokens":[4,5],"lang_to_id":{"<|en|>":9},"max_initial_timestamp_index":50}"#

    /// Writes a folder as Hugging Face has it.
    public func writeHuggingFace(_ folder: TemporaryFolder, _ name: String) throws {
        try folder.write("\(name)/model.safetensors", bytes: Array(try SafeTensors.data(huggingFaceTensors)))
        try folder.write("\(name)/config.json", Self.configuration)
        try folder.write("\(name)/generation_config.json", Self.generationConfiguration)
    }

    // CTranslate2.

    /// How the variables of a `model.bin` are stored.
    public enum CTranslate2Type: UInt8, Sendable {
        case float32 = 0
        case int8 = 1
        case int16 = 2
        case float16 = 4
        case bfloat16 = 5
    }

    /// A `model.bin`. Integers are 4 times a weight's value times 16, so that their scale is 64.
    public func cTranslate2(_ type: CTranslate2Type = .float16, version: UInt32 = 6) -> [UInt8] {
        var variables: [(name: String, shape: [Int], type: UInt8, bytes: [UInt8])] = []
        for variable in cTranslate2Variables {
            var content = FileBytes()
            let isWeight = variable.name.hasSuffix("/weight")
            switch type {
            case .int8 where isWeight:
                for value in variable.values { content.add(Int8(value * 64)) }
                var scales = FileBytes()
                scales.add(floats: [Float](repeating: 64, count: variable.shape[0]))
                variables.append((variable.name + "_scale", [variable.shape[0]], 0, scales.bytes))
            case .int16 where isWeight:
                for value in variable.values { content.add(Int16(value * 1024)) }
                variables.append((variable.name + "_scale", [], 0, withUnsafeBytes(of: Float(1024)) { Array($0) }))
            case .float16: content.add(halves: variable.values)
            case .bfloat16: for value in variable.values { content.add(UInt16(value.bitPattern >> 16)) }
            default: content.add(floats: variable.values)
            }
            let code = isWeight || type == .float16 || type == .bfloat16 ? type.rawValue : 0
            variables.append((variable.name, variable.shape, code, content.bytes))
        }
        for (name, value) in [
            ("encoder/num_heads", headCount), ("decoder/num_heads", headCount), ("encoder/activation", 3),
            ("decoder/pre_norm", 1),
        ] { variables.append((name, [], 1, [UInt8(value)])) }
        var file = FileBytes()
        file.add(version)
        if version >= 2 {
            file.add(counted: "WhisperSpec")
            file.add(UInt32(3))
        }
        file.add(UInt32(variables.count))
        for variable in variables {
            file.add(counted: variable.name)
            file.add(UInt8(variable.shape.count))
            for size in variable.shape { file.add(UInt32(size)) }
            let itemCount = [UInt8(4), 1, 2, 4, 2, 2][Int(variable.type)]
            file.add(version >= 4 ? variable.type : itemCount)
            file.add(UInt32(version >= 4 ? variable.bytes.count : variable.bytes.count / Int(itemCount)))
            file.add(variable.bytes)
        }
        if version >= 3 {
            file.add(UInt32(1))
            file.add(counted: "decoder/projection/weight")
            file.add(counted: "decoder/embeddings/weight")
        }
        return file.bytes
    }

    public static let cTranslate2Configuration =
        #"{"alignment_heads":[[0,1]],"lang_ids":[9],"suppress_ids":[1,2,7],"suppress_ids_begin":[4,5]}"#

    // ggml.

    /// A file of whisper.cpp; `blocks` are the bytes of a tensor in its type's blocks, where it is to be quantised.
    public func ggml(
        isHalf: Bool = true, blockType: Int32? = nil, blocks: ((Entry) -> [UInt8])? = nil,
        tokens: [[UInt8]] = [[0x61], [0x62], [0x20, 0x63]]
    ) -> [UInt8] {
        var file = FileBytes()
        file.add(UInt32(0x6767_6D6C))
        file.add(
            Int32(vocabularySize), Int32(encoderPositionCount), Int32(width), Int32(headCount), 1,
            Int32(decoderPositionCount), Int32(width), Int32(headCount), 1, Int32(melBinCount), isHalf ? 1 : 0)
        file.add(Int32(melBinCount), 201)
        file.add(floats: [Float](repeating: 0.01, count: melBinCount * 201))
        file.add(Int32(tokens.count))
        for token in tokens {
            file.add(UInt32(token.count))
            file.add(token)
        }
        for entry in entries {
            let isConvolutionBias = entry.name.hasPrefix("encoder.conv") && entry.name.hasSuffix("bias")
            let shape = isConvolutionBias ? [entry.shape[0], 1] : entry.shape
            let isPlain = shape.count < 2 || isConvolutionBias || entry.name.hasSuffix("positional_embedding")
            let isBlocks = blockType != nil && !isPlain && shape.count == 2
            let type: Int32 = isBlocks ? blockType! : isPlain || !isHalf ? 0 : 1
            file.add(Int32(shape.count), Int32(entry.name.utf8.count), type)
            for size in shape.reversed() { file.add(Int32(size)) }
            file.add(entry.name)
            if isBlocks, let blocks {
                file.add(blocks(entry))
            } else if type == 0 {
                file.add(floats: entry.values)
            } else {
                file.add(halves: entry.values)
            }
        }
        return file.bytes
    }

    // PyTorch.

    /// The pickle of `{"dims": ..., "model_state_dict": ...}` and the storages, as torch.save (protocol 2) writes them.
    ///
    /// - Parameters:
    ///   - transposed: tensors of two axes lie column after column, as those of a transposed weight do.
    ///   - isLarge: as in archives above 4 GB.
    ///   - prefix: what the pickle begins with.
    public func openAI(
        isHalf: Bool = true, transposed: Bool = false, isLarge: Bool = false, prefix: [UInt8] = []
    ) -> [UInt8] {
        var pickle = FileBytes()
        var storages: [(String, [UInt8])] = []
        func text(_ text: String) {
            pickle.add("X")
            pickle.add(UInt32(text.utf8.count))
            pickle.add(text)
        }
        func number(_ number: Int) {
            pickle.add("J")
            pickle.add(Int32(number))
        }
        func tuple(_ numbers: [Int]) {
            pickle.add("(")
            numbers.forEach(number)
            pickle.add("t")
        }
        pickle.add([0x80, 2])
        pickle.add(prefix)
        pickle.add("}(")
        text("dims")
        pickle.add("}(")
        let dims = [
            ("n_mels", melBinCount), ("n_vocab", vocabularySize), ("n_audio_ctx", encoderPositionCount),
            ("n_audio_state", width), ("n_audio_head", headCount), ("n_audio_layer", 1),
            ("n_text_ctx", decoderPositionCount), ("n_text_state", width), ("n_text_head", headCount),
            ("n_text_layer", 1),
        ]
        for (name, value) in dims {
            text(name)
            number(value)
        }
        pickle.add("u")
        text("model_state_dict")
        pickle.add("ccollections\nOrderedDict\n)R(")
        for (index, entry) in entries.enumerated() {
            let isTransposed = transposed && entry.shape.count == 2
            text(entry.name)
            pickle.add("ctorch._utils\n_rebuild_tensor_v2\n((")
            text("storage")
            pickle.add("ctorch\n\(isHalf ? "Half" : "Float")Storage\n")
            text("\(index)")
            text("cpu")
            // One number stands before those of the tensor.
            number(entry.values.count + 1)
            pickle.add("tQ")
            number(1)
            tuple(entry.shape)
            tuple(
                isTransposed
                    ? [1, entry.shape[0]] : entry.shape.indices.map { entry.shape[($0 + 1)...].reduce(1, *) })
            pickle.add([0x89])  // needs no gradient
            pickle.add("ccollections\nOrderedDict\n)RtR")
            var values = entry.values
            if isTransposed {
                let (rows, columns) = (entry.shape[0], entry.shape[1])
                values = (0..<values.count).map { entry.values[$0 % rows * columns + $0 / rows] }
            }
            var content = FileBytes()
            if isHalf { content.add(halves: [0.5] + values) } else { content.add(floats: [0.5] + values) }
            storages.append(("archive/data/\(index)", content.bytes))
        }
        pickle.add("uu.")
        return Self.zip(
            [("archive/data.pkl", pickle.bytes), ("archive/byteorder", Array("little".utf8))] + storages,
            isLarge: isLarge)
    }

    /// An archive of stored files.
    ///
    /// - Parameter isLarge: all lengths and places stand in the 64-bit fields for archives above 4 GB.
    public static func zip(
        _ files: [(name: String, bytes: [UInt8])], method: UInt16 = 0, isLarge: Bool = false
    ) -> [UInt8] {
        let elsewhere = UInt32.max
        var archive = FileBytes()
        var directory = FileBytes()
        for (name, bytes) in files {
            let (start, count) = (archive.bytes.count, bytes.count)
            archive.add(UInt32(0x0403_4B50))
            archive.add(UInt16(0), 0, method, 0, 0)
            archive.add(UInt32(0), UInt32(count), UInt32(count))
            archive.add(UInt16(name.utf8.count), 0)
            archive.add(name)
            archive.add(bytes)
            directory.add(UInt32(0x0201_4B50))
            directory.add(UInt16(0), 0, 0, method, 0, 0)
            directory.add(UInt32(0), isLarge ? elsewhere : UInt32(count), isLarge ? elsewhere : UInt32(count))
            directory.add(UInt16(name.utf8.count), isLarge ? 33 : 0, 0, 0, 0)
            directory.add(UInt32(0), isLarge ? elsewhere : UInt32(start))
            directory.add(name)
            guard isLarge else { continue }
            // Another program's field first, which has to be skipped.
            directory.add(UInt16(0x5455), 1)
            directory.add([7])
            directory.add(UInt16(1), 24)
            directory.add(UInt64(count), UInt64(count), UInt64(start))
        }
        let (start, count) = (archive.bytes.count, directory.bytes.count)
        archive.add(directory.bytes)
        if isLarge {
            let end = archive.bytes.count
            archive.add(UInt32(0x0606_4B50))
            archive.add(UInt64(44))
            archive.add(UInt16(45), 45)
            archive.add(UInt32(0), 0)
            archive.add(UInt64(files.count), UInt64(files.count), UInt64(count), UInt64(start))
            archive.add(UInt32(0x0706_4B50), 0)
            archive.add(UInt64(end))
            archive.add(UInt32(1))
        }
        archive.add(UInt32(0x0605_4B50))
        archive.add(UInt16(0), 0, isLarge ? .max : UInt16(files.count), isLarge ? .max : UInt16(files.count))
        archive.add(isLarge ? elsewhere : UInt32(count), isLarge ? elsewhere : UInt32(start))
        archive.add(UInt16(0))
        return archive.bytes
    }
}
