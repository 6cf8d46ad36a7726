import CSndFile

/// Writes sound as Ogg Opus, which browsers play and which is small.
public enum OpusFile {
    /// The bytes of a file with one channel; empty where the installed libsndfile cannot write Opus.
    ///
    /// - Parameter waveform: at 8, 12, 16, 24 or 48 kHz.
    public static func encoded(_ waveform: Waveform) -> [UInt8] {
        var info = SF_INFO()
        info.samplerate = Int32(waveform.sampleRate)
        info.channels = 1
        info.format = Int32(SF_FORMAT_OGG) | opusFormat
        guard sf_format_check(&info) != 0 else { return [] }
        let memory = Memory()
        var functions = SF_VIRTUAL_IO(
            get_filelen: { sf_count_t(Memory.at($0).bytes.count) },
            seek: { Memory.at($2).seek(by: Int($0), from: $1) },
            read: { Memory.at($2).read(into: $0, count: Int($1)) },
            write: { Memory.at($2).write($0, count: Int($1)) },
            tell: { sf_count_t(Memory.at($0).position) })
        guard
            let handle = sf_open_virtual(
                &functions, Int32(SFM_WRITE), &info, Unmanaged.passUnretained(memory).toOpaque())
        else { return [] }
        // In pieces: libsndfile puts large ones on the stack.
        var isWhole = true
        waveform.samples.withUnsafeBufferPointer { samples in
            for start in stride(from: 0, to: samples.count, by: pieceCount) {
                let count = sf_count_t(min(pieceCount, samples.count - start))
                isWhole = isWhole && sf_write_float(handle, samples.baseAddress! + start, count) == count
            }
        }
        sf_close(handle)
        return isWhole ? memory.bytes : []
    }

    private static let pieceCount = 16_000
    /// `SF_FORMAT_OPUS` of libsndfile 1.0.29: older headers lack the name.
    private static let opusFormat: Int32 = 0x0064

    /// What is written, by the functions of libsndfile.
    private final class Memory {
        var bytes: [UInt8] = []
        var position = 0

        static func at(_ pointer: UnsafeMutableRawPointer?) -> Memory {
            Unmanaged<Memory>.fromOpaque(pointer!).takeUnretainedValue()
        }

        func seek(by offset: Int, from origin: Int32) -> sf_count_t {
            let start = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? position : bytes.count
            position = max(0, start + offset)
            return sf_count_t(position)
        }

        func read(into buffer: UnsafeMutableRawPointer?, count: Int) -> sf_count_t {
            let end = min(bytes.count, position + max(0, count))
            guard let buffer, position < end else { return 0 }
            buffer.copyBytes(from: bytes[position..<end])
            defer { position = end }
            return sf_count_t(end - position)
        }

        func write(_ buffer: UnsafeRawPointer?, count: Int) -> sf_count_t {
            guard let buffer, count > 0 else { return 0 }
            let source = UnsafeRawBufferPointer(start: buffer, count: count)
            if bytes.count < position { bytes += Array(repeating: 0, count: position - bytes.count) }
            let replaced = min(bytes.count - position, count)
            for index in 0..<replaced { bytes[position + index] = source[index] }
            bytes += source.dropFirst(replaced)
            position += count
            return sf_count_t(count)
        }
    }
}

extension UnsafeMutableRawPointer {
    fileprivate func copyBytes(from bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    }
}
