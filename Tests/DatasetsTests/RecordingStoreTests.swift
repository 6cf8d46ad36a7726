import Audio
import Datasets
import Files
import FoundationEssentials
import Numerics
import Tensors
import TestSupport
import Testing
import Text

@Suite struct RecordingStoreTests {
    /// Ten recordings of noise of 0.3 to 1.2 s, one of them beyond full scale.
    private static func manifest(_ folder: TemporaryFolder) throws -> Manifest {
        let lines = try (0..<10).map { number in
            var generator = RandomKey(seed: 3).derived(number).generator
            let scale: Float = number == 4 ? 5 : 0.9
            let samples = (0..<4_800 + 1_600 * number).map { _ in scale * (2 * generator.uniform() - 1) }
            try folder.write("\(number).wav", bytes: waveFile(samples, isFloat: true))
            return #"{"audio_filepath": "\#(number).wav", "text": "ab"}"#
        }
        return try Manifest.load(path: folder.write("m.jsonl", lines.joined(separator: "\n") + "\n"))
    }

    private static func data(
        _ folder: TemporaryFolder, keepsSamples: Bool, memoryLimit: Int, fileLimit: Int? = nil, threads: Int
    ) throws -> (TrainingData, RecordingStore, FeatureStatistics) {
        let store = RecordingStore(memoryLimit: memoryLimit, folder: folder.path, fileLimit: fileLimit)
        let workers = WorkerPool(threadCount: threads)
        let data = try TrainingData(
            manifest(folder), frontend: FrontendConfiguration(), labelNormalizer: .words, keepsSamples: keepsSamples,
            store: store, workers: workers)
        #expect(store.usedBytes == (0, 0))  // nothing is read before it is needed
        return (data, store, try data.statistics(seed: 1, workers: workers))
    }

    /// 0.3 to 1.2 s are 7.5 s in all, 240 KB of samples in 16 bits: nothing, some, and all of it fits into memory, and the bits
    /// are the same.
    @Test(arguments: [0, 100_000, .max], [1, 3])
    func samplesAreTheSameWhateverFitsIntoMemory(limit: Int, threads: Int) throws {
        let folder = try TemporaryFolder()
        let (all, _, allStatistics) = try Self.data(folder, keepsSamples: true, memoryLimit: .max, threads: 1)
        let (data, store, statistics) = try Self.data(folder, keepsSamples: true, memoryLimit: limit, threads: threads)
        let used = store.usedBytes
        #expect(used.memory <= limit && used.memory + used.file == 2 * 10 * (4_800 + 19_200) / 2)
        #expect(data.byteCount == used.memory + used.file)
        #expect((used.file == 0) == (limit == .max) && (used.memory == 0) == (limit == 0))
        for index in 0..<10 {
            let expected = try all.waveform(index, sampleRate: 16_000).samples
            #expect(try data.waveform(index, sampleRate: 16_000).samples == expected)
        }
        #expect(statistics == allStatistics && data.fingerprint == all.fingerprint)
        // The file has no name that anybody else could see.
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix(".recordings") }
                == [])
    }

    @Test(arguments: [0, 100_000]) func featuresAreTheSameWhateverFitsIntoMemory(limit: Int) throws {
        let folder = try TemporaryFolder()
        var (all, _, statistics) = try Self.data(folder, keepsSamples: false, memoryLimit: .max, threads: 2)
        var (data, store, _) = try Self.data(folder, keepsSamples: false, memoryLimit: limit, threads: 2)
        #expect(store.usedBytes.file > 0)
        all.featureNormalization = statistics.normalization
        data.featureNormalization = statistics.normalization
        for index in 0..<10 { #expect(try data.spectrogram(index) == all.spectrogram(index)) }
    }

    /// What fits neither into memory nor into the file is decoded again, to the same bits: 100 KB hold three of the ten, 60 KB one more.
    @Test(arguments: [true, false]) func whatFitsNowhereIsReadAnew(keepsSamples: Bool) throws {
        let folder = try TemporaryFolder()
        let (all, _, _) = try Self.data(folder, keepsSamples: keepsSamples, memoryLimit: .max, threads: 1)
        let (data, store, _) = try Self.data(
            folder, keepsSamples: keepsSamples, memoryLimit: 100_000, fileLimit: 60_000, threads: 2)
        #expect(store.usedBytes.memory <= 100_000 && store.usedBytes.file <= 60_000)
        let planned = store.shares(ofBytes: data.byteCount)
        #expect(planned == (100_000, 60_000) && data.byteCount > 160_000)
        for _ in 0..<2 {
            for index in 0..<10 {
                if keepsSamples {
                    #expect(try data.waveform(index, sampleRate: 16_000) == all.waveform(index, sampleRate: 16_000))
                } else {
                    #expect(try data.spectrogram(index) == all.spectrogram(index))
                }
            }
        }
    }

    @Test func aFolderThatCannotBeWrittenIsNamed() throws {
        let folder = try TemporaryFolder()
        let data = try TrainingData(
            Self.manifest(folder), frontend: FrontendConfiguration(), labelNormalizer: .words, keepsSamples: true,
            store: RecordingStore(memoryLimit: 0, folder: "/no/such/folder"), workers: WorkerPool(threadCount: 1))
        let error = #expect(throws: FileWriteError.self) { try data.waveform(0, sampleRate: 16_000) }
        #expect(error?.path.hasPrefix("/no/such/folder") == true)
    }

    /// Replaced by a file of another length, and by one that is no sound, between the reading of headers and of samples.
    @Test func aFileThatChangesAfterItsHeaderWasReadIsNamed() throws {
        let folder = try TemporaryFolder()
        let data = try TrainingData(
            Self.manifest(folder), frontend: FrontendConfiguration(), labelNormalizer: .words,
            workers: WorkerPool(threadCount: 1))
        try folder.write("3.wav", bytes: waveFile([Float](repeating: 0.1, count: 8_000)))
        // 0.3 + 3 x 0.1 s were there, and are 0.5 s now.
        let other = #expect(throws: TrainingError.self) { try data.spectrogram(3) }
        #expect(other?.description.contains("m.jsonl:4: ") == true)
        #expect(other?.description.contains("3.wav: lasts 0.5 s, but its header said 0.6 s") == true)
        try folder.write("4.wav", "no sound")
        let broken = #expect(throws: TrainingError.self) { try data.spectrogram(4) }
        #expect(broken?.description.contains("4.wav: is not audio that can be read") == true)
    }
}
