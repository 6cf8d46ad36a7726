import CKernels

/// A block of memory that tensors share: the pool's, to which it goes back with its last tensor, or a part of a file.
public final class Storage: @unchecked Sendable {
    /// The first byte; of the pool's memory aligned to 64.
    public let pointer: UnsafeMutableRawPointer
    /// The file that the bytes belong to; nil: they are the pool's.
    private let file: MappedFile?

    /// Memory for `byteCount` bytes, contents undefined.
    public convenience init(byteCount: Int) {
        do { try self.init(checkedByteCount: byteCount) } catch { preconditionFailure("Storage: \(error)") }
    }

    /// As `init(byteCount:)`, for a size that comes from a file or a user.
    ///
    /// - Throws: `AllocationError` if there is no memory left for it.
    public init(checkedByteCount byteCount: Int) throws(AllocationError) {
        guard let pointer = pool_allocate(byteCount) else { throw AllocationError(byteCount: byteCount) }
        self.pointer = pointer
        file = nil
    }

    /// The bytes of a file from `offset` on, where they are. They must not be written to.
    public init(file: MappedFile, offset: Int) {
        precondition(
            offset >= 0 && offset <= file.bytes.count, "Storage: byte \(offset) of a file of \(file.bytes.count)")
        pointer =
            file.bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0 + offset) }
            ?? UnsafeMutableRawPointer(bitPattern: 64)!
        self.file = file
    }

    deinit { if file == nil { pool_free(pointer) } }
}

/// There is no memory left for a tensor.
public struct AllocationError: Error, CustomStringConvertible, Equatable {
    /// Bytes that were asked for; nil: more than a number holds.
    public let byteCount: Int?

    public init(byteCount: Int?) { self.byteCount = byteCount }

    public var description: String {
        byteCount.map { "no memory left for \($0) bytes" } ?? "no machine has the memory for this size"
    }
}
