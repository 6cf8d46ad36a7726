import Files
import FoundationEssentials
import Glibc

/// A file of records as TensorFlow frames them ("TFRecord", tensorflow/tensorflow `tensorflow/core/lib/io/record_writer.h`):
/// length (8 bytes), masked CRC-32C of the length, the record, masked CRC-32C of the record; all little-endian.
package struct RecordFile {
    package let path: String

    package init(path: String) { self.path = path }

    /// A record with its frame.
    package static func framed(_ record: [UInt8]) -> [UInt8] {
        let length = littleEndian(UInt64(record.count))
        return length + littleEndian(CRC32C.masked(length)) + record + littleEndian(CRC32C.masked(record))
    }

    /// Adds a record at the end; the file is made if it is not there.
    ///
    /// - Throws: `FileWriteError` naming the file.
    package func append(_ record: [UInt8]) throws(FileWriteError) {
        try AtomicFile.append(Data(Self.framed(record)), to: path)
    }

    /// Shortens the file to the records before the first that `isKept` refuses, or that is not whole, as the last one when
    /// a run was killed.
    ///
    /// - Returns: whether no record is left, or there is no file.
    /// - Throws: `FileWriteError` naming the file.
    package func keep(while isKept: (ArraySlice<UInt8>) -> Bool) throws(FileWriteError) -> Bool {
        guard let data = FileManager.default.contents(atPath: path) else { return true }
        let bytes = [UInt8](data)
        var end = 0
        while let record = Self.record(in: bytes, at: end), isKept(bytes[record]) { end = record.upperBound + 4 }
        if end < bytes.count, truncate(path, off_t(end)) != 0 { throw FileWriteError(path: path, code: errno) }
        return end == 0
    }

    /// Where the record lies whose frame begins at `start`; nil if it is not whole or a checksum is wrong.
    private static func record(in bytes: [UInt8], at start: Int) -> Range<Int>? {
        guard bytes.count - start >= 16 else { return nil }
        let length = bytes[start..<start + 8]
        let count = length.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard littleEndian(CRC32C.masked(length)).elementsEqual(bytes[start + 8..<start + 12]),
            count <= UInt64(bytes.count - start - 16)
        else { return nil }
        let record = start + 12..<start + 12 + Int(count)
        let checksum = bytes[record.upperBound..<record.upperBound + 4]
        return littleEndian(CRC32C.masked(bytes[record])).elementsEqual(checksum) ? record : nil
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
