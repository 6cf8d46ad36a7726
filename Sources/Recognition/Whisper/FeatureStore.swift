import Audio
import Files

/// Features of a recording of any length, [frame, melBin], to be read again: the first minutes are held in memory, those of a longer
/// recording lie in a temporary file without a name, 1.9 MB for a minute of 80 mel bins.
///
/// What has been told of a frame stays bit for bit the same, wherever it lies.
package final class FeatureStore {
    private let melBinCount: Int
    private let memoryLimit: Int
    private let folder: String
    private var held: [Float] = []
    private var file: UnnamedFile?
    package private(set) var frameCount = 0

    /// More than 131 s of 80 mel bins go to the file.
    package static let usualMemoryLimit = 1 << 22  // bytes

    /// Bytes of features in memory.
    package var heldByteCount: Int { held.count * MemoryLayout<Float>.size }

    /// - Parameters:
    ///   - memoryLimit: bytes; with more all lie in the file.
    ///   - folder: where it is made.
    package init(
        melBinCount: Int, memoryLimit: Int = usualMemoryLimit, folder: String = UnnamedFile.temporaryFolder
    ) {
        (self.melBinCount, self.memoryLimit, self.folder) = (melBinCount, memoryLimit, folder)
    }

    /// Adds frames behind all others.
    ///
    /// - Throws: `FileWriteError` where the temporary file cannot be made, or its disk is full.
    package func append(_ rows: [Float]) throws(FileWriteError) {
        precondition(rows.count % melBinCount == 0, "FeatureStore: \(rows.count) values for \(melBinCount) mel bins")
        frameCount += rows.count / melBinCount
        if let file { return try Self.write(rows, to: file) }
        if heldByteCount + rows.count * MemoryLayout<Float>.size <= memoryLimit {
            held += rows
            return
        }
        let file = try UnnamedFile(folder: folder, name: "asr-features")
        try Self.write(held, to: file)
        try Self.write(rows, to: file)
        self.file = file
        held = []
    }

    /// Frames of the recording, [frame, melBin].
    ///
    /// - Throws: `FileReadError`.
    package func rows(_ range: Range<Int>) throws(FileReadError) -> [Float] {
        precondition(range.upperBound <= frameCount, "FeatureStore: frames \(range) of \(frameCount)")
        let values = range.lowerBound * melBinCount..<range.upperBound * melBinCount
        guard let file else { return Array(held[values]) }
        var rows = [Float](repeating: 0, count: values.count)
        var failure: FileReadError?
        rows.withUnsafeMutableBytes { bytes in
            do throws(FileReadError) {
                try file.read(at: values.lowerBound * MemoryLayout<Float>.size, into: bytes)
            } catch { failure = error }
        }
        if let failure { throw failure }
        return rows
    }

    private static func write(_ rows: [Float], to file: UnnamedFile) throws(FileWriteError) {
        var failure: FileWriteError?
        rows.withUnsafeBytes { bytes in
            do throws(FileWriteError) { _ = try file.append(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
