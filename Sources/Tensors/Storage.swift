import CKernels
import Glibc

/// A block of memory that tensors share: the pool's, to which it goes back with its last tensor, or a part of a file.
public final class Storage: @unchecked Sendable {
    /// The first byte; of the pool's memory aligned to 64.
    public let pointer: UnsafeMutableRawPointer
    private enum Owner {
        case pool
        case file(MappedFile)
        /// Pages of the system's, so many bytes.
        case system(Int)
    }
    private let owner: Owner

    /// Memory for `byteCount` bytes, contents undefined. Where there is none left, the program ends and says so.
    public convenience init(byteCount: Int) {
        do { try self.init(checkedByteCount: byteCount) } catch { fatalError("\(error)") }
    }

    /// As `init(byteCount:)`, for a size that comes from a file or a user.
    ///
    /// - Throws: `AllocationError` if there is no memory left for it.
    public init(checkedByteCount byteCount: Int) throws(AllocationError) {
        guard let pointer = pool_allocate(byteCount) else { throw AllocationError(byteCount: byteCount) }
        self.pointer = pointer
        owner = .pool
    }

    /// Zeros that take no memory until something is written to them: for what is large and may never be used.
    public init(untouchedByteCount byteCount: Int) {
        let count = max(1, byteCount)
        guard let start = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            start != MAP_FAILED
        else { fatalError("\(AllocationError(byteCount: byteCount))") }
        pointer = start
        owner = .system(count)
    }

    /// The bytes of a file from `offset` on, where they are. They must not be written to.
    public init(file: MappedFile, offset: Int) {
        precondition(
            offset >= 0 && offset <= file.bytes.count, "Storage: byte \(offset) of a file of \(file.bytes.count)")
        pointer =
            file.bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0 + offset) }
            ?? UnsafeMutableRawPointer(bitPattern: 64)!
        owner = .file(file)
    }

    deinit {
        switch owner {
        case .pool: pool_free(pointer)
        case .file: break
        case .system(let count): munmap(pointer, count)
        }
    }
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
