import CKernels
import Glibc
import Tensors

/// A tensor of a checkpoint: where its numbers lie in a file, and how they are stored there.
public struct CheckpointTensor: Sendable {
    /// How the numbers are stored. Those of several bytes are little-endian.
    public enum Encoding: Sendable, Equatable {
        case float32, float16, bfloat16
        /// 8-bit integers; the value is the integer divided by the scale of its row.
        case int8(rowScales: [Float])
        /// 16-bit integers; the value is the integer divided by the scale.
        case int16(scale: Float)
        /// Blocks of 32 numbers of a row.
        case blocks(BlockKind)
    }

    /// The sizes of its axes.
    public let shape: [Int]
    public let encoding: Encoding
    private let file: MappedFile
    /// The byte of the file where the first number lies.
    private let offset: Int
    /// Elements from one index of an axis to the next; nil: row after row, without gaps.
    private let strides: [Int]?

    /// A tensor that lies in `range` of a file.
    ///
    /// - Parameters:
    ///   - strides: elements from one index of each axis to the next, where the tensor does not lie row after row
    ///   - what: what messages call it
    /// - Throws: `ModelError` where the numbers do not fit into the bytes.
    init(
        _ what: String, shape: [Int], encoding: Encoding, file: MappedFile, range: Range<Int>, strides: [Int]? = nil,
        path: String
    ) throws(ModelError) {
        self.shape = shape
        self.encoding = encoding
        self.file = file
        offset = range.lowerBound
        func damaged(_ problem: String) -> ModelError {
            ModelError("\(path): \(what) of shape \(shape) \(problem); the file is damaged: get it again")
        }
        guard shape.count <= Self.largestRank else { throw damaged("has too many axes") }
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow, product < 1 << 48 else { throw damaged("is larger than any file") }
            count = product
        }
        precondition(range.lowerBound >= 0 && range.upperBound <= file.bytes.count, "CheckpointTensor: \(range)")
        if case .blocks = encoding, (shape.last ?? 1) % BlockKind.size != 0 {
            throw damaged("is stored in blocks of \(BlockKind.size), which its rows are not a multiple of")
        }
        if case .int8(let scales) = encoding, scales.count != shape.first ?? 1 {
            throw damaged("has \(scales.count) scales")
        }
        let needed = encoding.byteCount(count)
        guard let strides, strides != Self.strides(of: shape) else {
            self.strides = nil
            guard needed <= range.count else { throw damaged("needs \(needed) bytes, but has \(range.count)") }
            return
        }
        // Numbers that lie apart are still as many as there are; so no small file stands for a large tensor.
        var last = 0
        for (size, stride) in zip(shape, strides) {
            let (distance, overflow) = max(0, size - 1).multipliedReportingOverflow(by: stride)
            guard stride >= 0, !overflow, distance < 1 << 48 else { throw damaged("has the strides \(strides)") }
            last += distance
        }
        guard strides.count == shape.count, needed <= range.count,
            count == 0 || encoding.byteCount(last + 1) <= range.count
        else { throw damaged("with strides \(strides) does not fit into \(range.count) bytes") }
        self.strides = strides
    }

    private init(_ other: CheckpointTensor, shape: [Int], offset: Int, encoding: Encoding, strides: [Int]?) {
        self.shape = shape
        self.encoding = encoding
        self.offset = offset
        self.strides = strides
        file = other.file
    }

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// Rows `range` of the first axis.
    func rows(_ range: Range<Int>) -> CheckpointTensor {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= shape.first ?? 0, "CheckpointTensor.rows: \(range) of \(shape)"
        )
        let rowStride = strides?[0] ?? shape.dropFirst().reduce(1, *)
        var encoding = encoding
        if case .int8(let scales) = encoding { encoding = .int8(rowScales: Array(scales[range])) }
        return CheckpointTensor(
            self, shape: [range.count] + shape.dropFirst(),
            offset: offset + encoding.byteCount(range.lowerBound * rowStride), encoding: encoding, strides: strides)
    }

    /// The same numbers without axes of size 1, where they are of no use: a bias [model, 1] as [model].
    func squeezed(to shape: [Int]) -> CheckpointTensor {
        guard strides == nil, shape != self.shape, shape == self.shape.filter({ $0 != 1 }) else { return self }
        if case .int8 = encoding { return self }
        return CheckpointTensor(self, shape: shape, offset: offset, encoding: encoding, strides: nil)
    }

    /// Writes the values, row after row, as float32. What was read of the file need not stay in memory.
    ///
    /// - Parameter target: memory for `count` numbers.
    func read(into target: UnsafeMutablePointer<Float>) {
        guard count > 0, let start = file.bytes.baseAddress else { return }
        if let strides { return readApart(into: target, strides: strides) }
        var piece = Self.numbersPerPiece
        if case .int8 = encoding { piece = count }  // Its scales belong to whole rows.
        for first in Swift.stride(from: 0, to: count, by: piece) {
            let number = min(piece, count - first)
            let place = offset + encoding.byteCount(first)
            convert(from: start + place, count: number, into: target + first)
            file.release(place..<place + encoding.byteCount(number))
        }
    }

    /// The values, row after row.
    var floats: [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let target = buffer.baseAddress { read(into: target) }
            initialized = count
        }
    }

    private static let largestRank = 8
    /// A multiple of the size of a block.
    private static let numbersPerPiece = 1 << 20

    /// As `read`, where the numbers do not lie one after the other: the last axis in one go where it does.
    private func readApart(into target: UnsafeMutablePointer<Float>, strides: [Int]) {
        let start = file.bytes.baseAddress!
        let run = strides.last == 1 ? shape.last! : 1
        let axes = strides.last == 1 ? shape.count - 1 : shape.count
        var index = [Int](repeating: 0, count: axes)
        for position in Swift.stride(from: 0, to: count, by: run) {
            let element = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
            convert(from: start + offset + encoding.byteCount(element), count: run, into: target + position)
            for axis in (0..<axes).reversed() {
                index[axis] += 1
                if index[axis] < shape[axis] { break }
                index[axis] = 0
            }
        }
    }

    private func convert(from source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>) {
        switch encoding {
        case .float32: memcpy(target, source, 4 * count)
        case .float16: Kernels.table.float_from_half(target, source, Int64(count))
        case .bfloat16:
            for index in 0..<count {
                let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                target[index] = Float(bitPattern: UInt32(bits) << 16)
            }
        case .int8(let scales):
            let rowCount = count / scales.count
            for (row, scale) in scales.enumerated() {
                for index in row * rowCount..<(row + 1) * rowCount {
                    target[index] = Float(source.load(fromByteOffset: index, as: Int8.self)) / scale
                }
            }
        case .int16(let scale):
            for index in 0..<count {
                target[index] = Float(source.loadUnaligned(fromByteOffset: 2 * index, as: Int16.self)) / scale
            }
        case .blocks(let kind):
            kernel_values_of_blocks(kind.code, target, source, Int64(count / BlockKind.size))
        }
    }

    /// The strides of a tensor that lies row after row.
    private static func strides(of shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] &* shape[axis + 1] }
        return strides
    }
}

extension CheckpointTensor.Encoding {
    /// Bytes of so many numbers that lie one after the other; of blocks, a multiple of their size.
    func byteCount(_ count: Int) -> Int {
        switch self {
        case .float32: 4 * count
        case .float16, .bfloat16, .int16: 2 * count
        case .int8: count
        case .blocks(let kind): count / BlockKind.size * kind.byteCount
        }
    }
}
