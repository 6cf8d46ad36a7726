import Audio
import Files
import Glibc
import Synchronization

/// What is kept of recordings from one epoch to the next: in memory up to a limit, beyond it in a file without a name, which goes
/// with the process. What fits into neither is not kept. The same bits come back from wherever they are.
package final class RecordingStore: Sendable {
    /// A recording, as it is learned from.
    package enum Recording: Sendable {
        /// Samples, where each epoch changes them.
        case samples(StoredSamples)
        /// Features, where none does.
        case features(Spectrogram)

        var byteCount: Int {
            switch self {
            case .samples(let samples): 2 * samples.count
            case .features(let spectrogram): 4 * spectrogram.values.count
            }
        }
    }

    /// Where a recording is kept.
    package enum Place: Sendable {
        case memory(Recording)
        case samplesInFile(offset: Int, count: Int, step: Float)
        case featuresInFile(offset: Int, frameCount: Int, melBinCount: Int)
    }

    private let memoryLimit: Int
    private let usedMemory = Atomic<Int>(0)
    private let file: Mutex<UnnamedFile?>
    private let folder: String
    private let fileLimit: Int
    private let isDiskFull = Atomic<Bool>(false)
    private let warn: @Sendable (String) -> Void

    /// - Parameters:
    ///   - memoryLimit: bytes of recordings that are held in memory.
    ///   - folder: where there is room for what does not fit.
    ///   - fileLimit: how large the file may become; nil: half of what is free on the disk now, since a full disk would keep the
    ///     checkpoint from being written.
    ///   - warn: is told when the disk is full nevertheless.
    package init(
        memoryLimit: Int = .max, folder: String = "", fileLimit: Int? = nil,
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.memoryLimit = memoryLimit
        self.folder = folder
        self.fileLimit = fileLimit ?? (UnnamedFile.freeByteCount(folder: folder) ?? 0) / 2
        self.warn = warn
        file = Mutex(nil)
    }

    /// How many of so many bytes will be kept in memory and in the file; the rest is not kept.
    package func shares(ofBytes count: Int) -> (memory: Int, file: Int) {
        let memory = min(count, memoryLimit)
        return (memory, min(count - memory, fileLimit))
    }

    /// Bytes in memory, and bytes in the file.
    package var usedBytes: (memory: Int, file: Int) {
        (usedMemory.load(ordering: .relaxed), file.withLock { $0?.byteCount ?? 0 })
    }

    /// Keeps a recording.
    ///
    /// - Returns: where it is; nil where there is no room for it.
    /// - Throws: `FileWriteError` where it does not fit into memory, and the file cannot be made or written.
    func keep(_ recording: Recording) throws -> Place? {
        let count = recording.byteCount
        if usedMemory.add(count, ordering: .relaxed).newValue <= memoryLimit { return .memory(recording) }
        usedMemory.subtract(count, ordering: .relaxed)
        if isDiskFull.load(ordering: .relaxed) { return nil }
        do {
            return try append(recording)
        } catch let error as FileWriteError where [ENOSPC, EDQUOT, EFBIG].contains(error.code) {
            if isDiskFull.exchange(true, ordering: .relaxed) { return nil }
            warn(
                "\(error.path): the disk is full; recordings that do not fit into memory are read again each time"
            )
            return nil
        }
    }

    private func append(_ recording: Recording) throws -> Place? {
        let file = try file.withLock { file in
            if file == nil { file = try UnnamedFile(folder: folder, name: "recordings", byteLimit: fileLimit) }
            return file!
        }
        switch recording {
        case .samples(let samples):
            return try samples.steps.withUnsafeBytes { try file.append($0) }
                .map { .samplesInFile(offset: $0, count: samples.count, step: samples.step) }
        case .features(let features):
            return try features.values.withUnsafeBytes { try file.append($0) }
                .map {
                    .featuresInFile(
                        offset: $0, frameCount: features.frameCount, melBinCount: features.melBinCount)
                }
        }
    }

    /// A recording that was kept.
    ///
    /// - Throws: `FileReadError` where the file cannot be read.
    func recording(_ place: Place) throws -> Recording {
        switch place {
        case .memory(let recording): return recording
        case .samplesInFile(let offset, let count, let step):
            return .samples(StoredSamples(steps: try read(Int16.self, offset: offset, count: count), step: step))
        case .featuresInFile(let offset, let frameCount, let melBinCount):
            let values = try read(Float.self, offset: offset, count: frameCount * melBinCount)
            return .features(Spectrogram(values: values, frameCount: frameCount, melBinCount: melBinCount))
        }
    }

    private func read<Element>(_: Element.Type, offset: Int, count: Int) throws -> [Element] {
        let file = file.withLock { $0! }
        return try [Element](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            try file.read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
            initializedCount = count
        }
    }
}
