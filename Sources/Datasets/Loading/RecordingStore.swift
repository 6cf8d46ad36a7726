import Audio
import Files
import Synchronization

/// What is kept of recordings from one epoch to the next: in memory up to a limit, and beyond it in a file without a name, which
/// goes with the process. Whichever it is, the same bits come back.
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

    /// - Parameters:
    ///   - memoryLimit: bytes of recordings that are held in memory.
    ///   - folder: where there is room for what does not fit, half of it as large as the features of a set: 115 MB an hour.
    package init(memoryLimit: Int = .max, folder: String = "") {
        self.memoryLimit = memoryLimit
        self.folder = folder
        file = Mutex(nil)
    }

    /// Bytes in memory, and bytes in the file.
    package var usedBytes: (memory: Int, file: Int) {
        (usedMemory.load(ordering: .relaxed), file.withLock { $0?.byteCount ?? 0 })
    }

    /// Keeps a recording.
    ///
    /// - Throws: `FileWriteError` where it does not fit into memory, and the file cannot be written.
    func keep(_ recording: Recording) throws -> Place {
        let count = recording.byteCount
        if usedMemory.add(count, ordering: .relaxed).newValue <= memoryLimit { return .memory(recording) }
        usedMemory.subtract(count, ordering: .relaxed)
        let file = try file.withLock { file in
            if file == nil { file = try UnnamedFile(folder: folder) }
            return file!
        }
        switch recording {
        case .samples(let samples):
            let offset = try samples.steps.withUnsafeBytes { try file.append($0) }
            return .samplesInFile(offset: offset, count: samples.count, step: samples.step)
        case .features(let features):
            let offset = try features.values.withUnsafeBytes { try file.append($0) }
            return .featuresInFile(
                offset: offset, frameCount: features.frameCount, melBinCount: features.melBinCount)
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
