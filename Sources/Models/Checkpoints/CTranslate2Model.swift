import Tensors

/// The variables of a CTranslate2 `model.bin`, versions 1 to 6 (CTranslate2, src/models/model.cc).
struct CTranslate2Model {
    /// A variable as it lies in the file.
    struct Variable {
        let shape: [Int]
        let type: ElementKind
        let range: Range<Int>
    }

    /// The types of numbers, in the order of their codes.
    enum ElementKind: Int {
        case float32, int8, int16, int32, float16, bfloat16

        var byteCount: Int {
            switch self {
            case .int8: 1
            case .int16, .float16, .bfloat16: 2
            case .float32, .int32: 4
            }
        }

        /// Before version 4 a file has only the bytes of a number.
        init?(byteCount: Int) {
            switch byteCount {
            case 1: self = .int8
            case 2: self = .int16
            case 4: self = .float32
            default: return nil
            }
        }
    }

    let path: String
    /// The kind of model, such as `WhisperSpec`; empty in files of version 1.
    let specification: String
    private(set) var variables: [String: Variable] = [:]
    private let file: MappedFile

    private static let versions = 1...6
    private static let largestRank = 8

    /// Maps a file and reads where its variables lie.
    ///
    /// - Throws: `ModelError` naming the file and what is wrong where.
    init(path: String) throws(ModelError) {
        guard let file = MappedFile(path: path) else {
            throw ModelError("\(path): no such file, or it cannot be read; a CTranslate2 folder needs it")
        }
        self.path = path
        self.file = file
        var cursor = ByteCursor(file, path: path)
        let version = try cursor.number(UInt32.self, "the version of the file")
        guard Self.versions.contains(version) else {
            throw ModelError(
                "\(path): has version \(version), or is not a CTranslate2 model; this program reads versions 1 to "
                    + "\(Self.versions.upperBound): convert the model again")
        }
        specification = version >= 2 ? try Self.string(&cursor, "the kind of model") : ""
        if version >= 2 { _ = try cursor.number(UInt32.self, "the revision") }
        let count = try cursor.number(UInt32.self, "the number of variables")
        for _ in 0..<count {
            let name = try Self.string(&cursor, "the name of a variable")
            let variable = try Self.variable(&cursor, name, version: version)
            guard variables.updateValue(variable, forKey: name) == nil else {
                throw ModelError("\(path): names the variable \(name) twice; the file is damaged: get it again")
            }
        }
        if version >= 3 { try readAliases(&cursor) }
        guard cursor.isAtEnd else {
            throw ModelError(
                "\(path): \(cursor.end - cursor.offset) bytes follow the last variable; the file is damaged: get it again"
            )
        }
    }

    private static func variable(_ cursor: inout ByteCursor, _ name: String, version: Int) throws(ModelError)
        -> Variable
    {
        let rank = try cursor.number(UInt8.self, "the rank of \(name)", in: 0...largestRank)
        var shape: [Int] = []
        var count = 1
        for _ in 0..<rank {
            let size = try cursor.number(UInt32.self, "a size of \(name)")
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else {
                throw ModelError("\(cursor.path): \(name) is larger than any file; the file is damaged: get it again")
            }
            shape.append(size)
            count = product
        }
        let code = try cursor.number(UInt8.self, "the type of \(name)")
        let length = try cursor.number(UInt32.self, "the length of \(name)")
        guard let type = version >= 4 ? ElementKind(rawValue: code) : ElementKind(byteCount: code) else {
            throw ModelError(
                "\(cursor.path): \(name) has numbers of type \(code), which is unknown; convert the model again")
        }
        let byteCount = version >= 4 ? length : length * type.byteCount
        let (needed, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
        guard !overflow, needed == byteCount else {
            throw ModelError(
                "\(cursor.path): \(name) of shape \(shape) has \(byteCount) bytes; the file is damaged: get it again")
        }
        return Variable(shape: shape, type: type, range: try cursor.bytes(byteCount, name))
    }

    /// A text with its length, which counts a zero at its end.
    private static func string(_ cursor: inout ByteCursor, _ what: String) throws(ModelError) -> String {
        let count = try cursor.number(UInt16.self, "the length of \(what)", in: 1...Int(UInt16.max))
        let text = try cursor.text(count - 1, what)
        guard try cursor.integer(UInt8.self, what) == 0 else {
            throw ModelError("\(cursor.path): \(what), \(text), has no end; the file is damaged: get it again")
        }
        return text
    }

    /// Other names of variables, and of their scales with them.
    private mutating func readAliases(_ cursor: inout ByteCursor) throws(ModelError) {
        let count = try cursor.number(UInt32.self, "the number of aliases")
        for _ in 0..<count {
            let alias = try Self.string(&cursor, "an alias")
            let target = try Self.string(&cursor, "the variable of an alias")
            guard let variable = variables[target] else {
                throw ModelError(
                    "\(path): \(alias) is another name of \(target), which is not there; get the file again")
            }
            variables[alias] = variable
            variables[alias + "_scale"] = variables[target + "_scale"]
        }
    }

    /// A variable as a tensor, with its scale; nil where there is none of this name.
    ///
    /// - Throws: `ModelError` if it has integers without the scale that makes weights of them.
    func tensor(_ name: String) throws(ModelError) -> CheckpointTensor? {
        guard let variable = variables[name] else { return nil }
        let encoding: CheckpointTensor.Encoding
        switch variable.type {
        case .float32: encoding = .float32
        case .float16: encoding = .float16
        case .bfloat16: encoding = .bfloat16
        case .int8: encoding = .int8(rowScales: try scales(name, count: variable.shape.first ?? 1))
        case .int16: encoding = .int16(scale: try scales(name, count: 1)[0])
        case .int32:
            throw ModelError("\(path): \(name) has 32-bit integers, which weights cannot be; convert the model again")
        }
        return try CheckpointTensor(
            "variable \(name)", shape: variable.shape, encoding: encoding, file: file, range: variable.range, path: path
        )
    }

    /// The scales of an integer variable. In models of the first versions they stand in a variable of one number for all.
    private func scales(_ name: String, count: Int) throws(ModelError) -> [Float] {
        guard let variable = variables[name + "_scale"], [.float32, .float16].contains(variable.type) else {
            throw ModelError("\(path): \(name) has integers, but no scale for them; convert the model again")
        }
        let scaleCount = variable.shape.reduce(1, *)
        guard scaleCount == count || scaleCount == 1 else {
            throw ModelError(
                "\(path): \(name) has \(scaleCount) scales for \(count) rows; the file is damaged: get it again")
        }
        let tensor = try CheckpointTensor(
            "variable \(name)_scale", shape: [scaleCount], encoding: variable.type == .float32 ? .float32 : .float16,
            file: file, range: variable.range, path: path)
        let scales = tensor.floats
        guard let bad = scales.first(where: { !$0.isFinite || $0 <= 0 }) else {
            return scaleCount == count ? scales : Array(repeating: scales[0], count: count)
        }
        throw ModelError("\(path): a scale of \(name) is \(bad); the file is damaged: get it again")
    }

    /// A variable that is one integer; nil where there is none of this name.
    func scalar(_ name: String) -> Int? {
        guard let variable = variables[name], variable.shape.reduce(1, *) == 1 else { return nil }
        let offset = variable.range.lowerBound
        switch variable.type {
        case .int8: return Int(file.bytes.loadUnaligned(fromByteOffset: offset, as: Int8.self))
        case .int16: return Int(file.bytes.loadUnaligned(fromByteOffset: offset, as: Int16.self))
        case .int32: return Int(file.bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
        case .float32, .float16, .bfloat16: return nil
        }
    }
}
