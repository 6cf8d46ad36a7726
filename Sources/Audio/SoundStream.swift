import CSndFile
import Glibc

/// The way by which libsndfile reads a file: through these five functions and nothing else.
///
/// Given the descriptor itself, libsndfile 1.2.0 closes it on some failures even when told not to, and with it whatever
/// file has the same number by then.
final class SoundStream {
    private let file: FileDescriptor
    /// Bytes from the beginning of the file.
    private var position = 0

    init(_ file: FileDescriptor) { self.file = file }

    /// Opens the sound; nil where libsndfile refuses it. The result reads through this object, which must outlive it.
    func open(_ info: inout SF_INFO) -> OpaquePointer? {
        var functions = SF_VIRTUAL_IO(
            get_filelen: { sf_count_t(SoundStream.at($0).file.byteCount) },
            seek: { SoundStream.at($2).seek(by: Int($0), from: $1) },
            read: { SoundStream.at($2).read(into: $0, count: Int($1)) },
            write: { _, _, _ in 0 },
            tell: { sf_count_t(SoundStream.at($0).position) })
        return sf_open_virtual(&functions, Int32(SFM_READ), &info, Unmanaged.passUnretained(self).toOpaque())
    }

    private static func at(_ pointer: UnsafeMutableRawPointer?) -> SoundStream {
        Unmanaged<SoundStream>.fromOpaque(pointer!).takeUnretainedValue()
    }

    private func seek(by offset: Int, from origin: Int32) -> sf_count_t {
        let start = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? position : file.byteCount
        let (target, overflow) = start.addingReportingOverflow(offset)
        guard !overflow, target >= 0 else { return -1 }
        position = target
        return sf_count_t(position)
    }

    private func read(into buffer: UnsafeMutableRawPointer?, count: Int) -> sf_count_t {
        guard let buffer, count > 0 else { return 0 }
        let readCount = file.read(at: position, into: buffer, count: count)
        position += readCount
        return sf_count_t(readCount)
    }
}
