import CKernels
import FoundationEssentials
import Tensors

/// Files of named tensors in the safetensors format: 8 bytes of header length, a JSON header, the data.
///
/// What is read is checked against itself: every offset, size and overlap, before any value is used. The file is mapped into
/// memory: its values are views of it where they fit.
public struct SafeTensors: Sendable {
    /// One tensor of a file.
    public struct Entry: Sendable, Equatable {
        public let name: String
        /// The format's name for the type of an element, for example `F32`, `BF16` or `I64`.
        public let elementType: String
        public let shape: [Int]
        /// Bytes from the beginning of the data.
        public let range: Range<Int>
    }

    /// In the order of the data.
    public let entries: [Entry]
    /// The texts under `__metadata__`.
    public let metadata: [String: String]
    let path: String
    let file: MappedFile
    /// Where the data begins in the file.
    let dataStart: Int

    /// Bits of an element of each type that the format has.
    private static let bitCounts = [
        "BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "U32": 32, "I32": 32, "U64": 64, "I64": 64, "F4": 4,
        "F6_E2M3": 6,
        "F6_E3M2": 6, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "F16": 16,
        "BF16": 16,
        "F32": 32, "F64": 64, "C64": 64,
    ]
    private static let largestHeader = 100_000_000

    /// Maps a file and checks its header.
    ///
    /// - Throws: `ModelError` naming the file and what is wrong where.
    public init(path: String) throws {
        self.path = path
        guard let file = MappedFile(path: path) else {
            throw ModelError("\(path): no such file, or it cannot be read; a model folder needs it")
        }
        self.file = file
        let byteCount = file.bytes.count
        func damaged(_ what: String) -> ModelError {
            ModelError(
                "\(path): \(what); the file is damaged, or not a safetensors file: copy or train the model again")
        }
        guard byteCount >= 8 else { throw damaged("\(byteCount) bytes, too short for a header") }
        let length = UInt64(littleEndian: file.bytes.loadUnaligned(as: UInt64.self))
        guard length <= Self.largestHeader, 8 + Int(length) <= byteCount else {
            throw damaged("the header claims \(length) bytes, the file has \(byteCount)")
        }
        dataStart = 8 + Int(length)
        let dataCount = byteCount - dataStart
        guard let header = SafeTensorsHeader(UnsafeRawBufferPointer(rebasing: file.bytes[8..<dataStart])) else {
            throw damaged("the header (bytes 8 to \(dataStart)) is not the JSON it should be")
        }
        guard !header.namesTwice else { throw damaged("the header names a tensor twice") }

        var entries: [Entry] = []
        // In a fixed order, so that the same damage gives the same message.
        for (name, tensor) in header.tensors.sorted(by: { $0.key < $1.key }) {
            let (shape, offsets) = (tensor.shape, tensor.offsets)
            guard let bitCount = Self.bitCounts[tensor.type] else {
                throw ModelError(
                    "\(path): tensor \(name) has the type \(tensor.type), which this program does not know")
            }
            var bits = bitCount
            for axis in shape {
                let (product, overflow) = bits.multipliedReportingOverflow(by: axis)
                guard axis >= 0, !overflow else { throw damaged("tensor \(name) has the shape \(shape)") }
                bits = product
            }
            guard bits % 8 == 0 else { throw damaged("tensor \(name) of shape \(shape) ends within a byte") }
            guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= dataCount else {
                throw damaged("tensor \(name) claims bytes \(offsets) of \(dataCount) bytes of data")
            }
            guard offsets[1] - offsets[0] == bits / 8 else {
                throw damaged(
                    "tensor \(name) of shape \(shape) needs \(bits / 8) bytes, but has \(offsets[1] - offsets[0])")
            }
            entries.append(Entry(name: name, elementType: tensor.type, shape: shape, range: offsets[0]..<offsets[1]))
        }
        entries.sort {
            ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
        }
        var end = 0
        for entry in entries {
            guard entry.range.lowerBound == end else {
                throw damaged(
                    "tensor \(entry.name) begins at byte \(entry.range.lowerBound) of the data instead of \(end)")
            }
            end = entry.range.upperBound
        }
        guard end == dataCount else { throw damaged("\(dataCount - end) bytes follow the last tensor") }
        self.entries = entries
        metadata = header.metadata
    }

    /// The tensor of this name, which must have this shape.
    ///
    /// - Throws: `ModelError` if there is none, or it has another shape.
    @discardableResult
    public func check(_ name: String, shape: [Int]) throws(ModelError) -> Entry {
        guard let entry = entries.first(where: { $0.name == name }) else {
            throw ModelError(
                "\(path): has no tensor \(name); the file belongs to another configuration: put back its config.json")
        }
        guard entry.shape == shape else {
            throw ModelError(
                "\(path): tensor \(name) has the shape \(entry.shape), the configuration asks for \(shape): put back the "
                    + "config.json and vocabulary.json that belong to it")
        }
        return entry
    }

    /// The values of a tensor: a view of the file, but for F32 that does not lie at a multiple of 64 bytes, which is copied. All are looked
    /// at once.
    ///
    /// - Throws: `ModelError` if there is no such tensor, it has another shape or a type that weights do not have, or a value is
    ///   NaN or infinite.
    public func weights(_ name: String, shape: [Int]) throws(ModelError) -> WeightStorage {
        let entry = try check(name, shape: shape)
        func notFinite(_ place: Int, _ value: Float) -> ModelError {
            ModelError(
                "\(path): value \(place) of tensor \(name) is \(value); the file is damaged: copy or train the model again"
            )
        }
        if entry.elementType == "F16" {
            let halves = HalfTensor(file, place(of: entry), shape: entry.shape)
            if let bad = halves.firstNotFinite { throw notFinite(bad.place, bad.value) }
            halves.release()
            return .file(halves)
        }
        if entry.elementType == "I8" { return .file(try blocks(entry)) }
        if entry.elementType == "F4" { return .file(try fourBits(entry)) }
        if entry.elementType == "BF16", !isAligned(entry) {
            // A copy would stay in memory beside what it is converted to.
            let numbers = HalfTensor(file, place(of: entry), shape: entry.shape, format: .bfloat16)
            if let bad = numbers.firstNotFinite { throw notFinite(bad.place, bad.value) }
            numbers.release()
            return .file(numbers)
        }
        let tensor = try tensor(entry)
        if !tensor.isFinite {
            let values = tensor.values
            let bad = values.firstIndex { !$0.isFinite } ?? 0
            throw notFinite(bad, values[bad])
        }
        return WeightStorage(tensor)
    }

    /// Copies the values of a tensor, as float32, to `target`, which must have its shape.
    ///
    /// - Throws: as `weights`.
    public func read(_ name: String, into target: Tensor) throws(ModelError) {
        let weights = try weights(name, shape: target.shape)
        if case .file(let numbers) = weights {
            numbers.read(rows: 0..<(target.shape.first ?? 1), into: target.floats)
            return numbers.release()
        }
        let values = weights.operand(.float32)
        target.floats.update(from: values.floats, count: target.count)
    }

    /// What stands behind the name of a tensor of 8 or 4 bits for the exponents of its blocks.
    package static let exponentSuffix = ".exponents"

    /// Numbers of 8 bits with the exponents that belong to them.
    private func blocks(_ entry: Entry) throws(ModelError) -> BlockScaledTensor {
        let blocks = BlockScaledTensor(
            file, numbers: place(of: entry), exponents: try exponents(of: entry), shape: entry.shape)
        if let wrong = blocks.wrongExponent { throw damaged(entry, exponent: wrong) }
        return blocks
    }

    /// Numbers of 4 bits with the exponents that belong to them.
    private func fourBits(_ entry: Entry) throws(ModelError) -> FourBitTensor {
        guard FourBitTensor.canStore(entry.shape) else {
            throw ModelError(
                "\(path): tensor \(entry.name) of shape \(entry.shape) has 4 bits, and a byte that belongs to two rows; store it in another way"
            )
        }
        let numbers = FourBitTensor(
            file, numbers: place(of: entry), exponents: try exponents(of: entry), shape: entry.shape)
        if let wrong = numbers.wrongExponent { throw damaged(entry, exponent: wrong) }
        return numbers
    }

    /// The bytes of the file that hold the exponents of a tensor's blocks.
    private func exponents(of entry: Entry) throws(ModelError) -> Range<Int> {
        let name = entry.name + Self.exponentSuffix
        let exponents = try check(name, shape: BlockScaledTensor.exponentShape(entry.shape))
        guard exponents.elementType == "I8" else {
            throw ModelError("\(path): tensor \(name) has the type \(exponents.elementType); exponents are I8")
        }
        return place(of: exponents)
    }

    private func damaged(_ entry: Entry, exponent: Int8) -> ModelError {
        ModelError(
            "\(path): tensor \(entry.name)\(Self.exponentSuffix) has the exponent \(exponent); the file is damaged: copy or convert the model "
                + "again")
    }

    /// The bytes of the file that a tensor has.
    private func place(of entry: Entry) -> Range<Int> {
        dataStart + entry.range.lowerBound..<dataStart + entry.range.upperBound
    }

    /// Whether a tensor begins where operands of products may begin.
    private func isAligned(_ entry: Entry) -> Bool {
        guard let start = file.bytes.baseAddress else { return false }
        return Int(bitPattern: start + place(of: entry).lowerBound) % 64 == 0
    }

    private func tensor(_ entry: Entry) throws(ModelError) -> Tensor {
        let place = place(of: entry)
        let source = UnsafeRawBufferPointer(rebasing: file.bytes[place])
        let type: ElementType
        switch entry.elementType {
        case "F32": type = .float32
        case "BF16": type = .bfloat16
        default:
            throw ModelError(
                "\(path): tensor \(entry.name) has the type \(entry.elementType); weights are F32, BF16, F16, I8 or F4")
        }
        if isAligned(entry) {
            return Tensor(
                storage: Storage(file: file, offset: place.lowerBound), shape: entry.shape,
                elementType: type)
        }
        let copy: Tensor
        do {
            copy = try Tensor(checked: entry.shape, type)
        } catch {
            throw ModelError("\(path): tensor \(entry.name) of shape \(entry.shape): \(error)")
        }
        if let start = source.baseAddress { copy.pointer.copyMemory(from: start, byteCount: source.count) }
        return copy
    }
}
