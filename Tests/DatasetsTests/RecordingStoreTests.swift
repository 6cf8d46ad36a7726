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
        _ folder: TemporaryFolder, keepsSamples: Bool, memoryLimit: Int, threads: Int
    ) throws -> (TrainingData, RecordingStore) {
        let store = RecordingStore(memoryLimit: memoryLimit, folder: folder.path)
        let data = try TrainingData(
            manifest(folder), frontend: FrontendConfiguration(), labelNormalizer: .words, keepsSamples: keepsSamples,
            store: store, workers: WorkerPool(threadCount: threads))
        return (data, store)
    }

    /// 0.3 to 1.2 s are 7.5 s in all, 240 KB of samples in 16 bits: nothing, some, and all of it fits into memory, and the bits
    /// are the same.
    @Test(arguments: [0, 100_000, .max], [1, 3])
    func samplesAreTheSameWhateverFitsIntoMemory(limit: Int, threads: Int) throws {
        let folder = try TemporaryFolder()
        let (all, _) = try Self.data(folder, keepsSamples: true, memoryLimit: .max, threads: 1)
        let (data, store) = try Self.data(folder, keepsSamples: true, memoryLimit: limit, threads: threads)
        let used = store.usedBytes
        #expect(used.memory <= limit && used.memory + used.file == 2 * 10 * (4_800 + 19_200) / 2)
        #expect((used.file == 0) == (limit == .max) && (used.memory == 0) == (limit == 0))
        for index in 0..<10 {
            let expected = try all.waveform(index, sampleRate: 16_000).samples
            #expect(try data.waveform(index, sampleRate: 16_000).samples == expected)
        }
        #expect(data.statistics == all.statistics && data.fingerprint == all.fingerprint)
        // The file has no name that anybody else could see.
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix(".recordings") }
                == [])
    }

    @Test(arguments: [0, 100_000]) func featuresAreTheSameWhateverFitsIntoMemory(limit: Int) throws {
        let folder = try TemporaryFolder()
        var (all, _) = try Self.data(folder, keepsSamples: false, memoryLimit: .max, threads: 2)
        var (data, store) = try Self.data(folder, keepsSamples: false, memoryLimit: limit, threads: 2)
        #expect(store.usedBytes.file > 0)
        all.featureNormalization = all.normalization(.global)
        data.featureNormalization = data.normalization(.global)
        for index in 0..<10 { #expect(try data.spectrogram(index) == all.spectrogram(index)) }
    }

    @Test func aFolderWithoutRoomIsNamed() throws {
        let folder = try TemporaryFolder()
        let manifest = try Self.manifest(folder)
        let error = #expect(throws: TrainingError.self) {
            try TrainingData(
                manifest, frontend: FrontendConfiguration(), labelNormalizer: .words, keepsSamples: true,
                store: RecordingStore(memoryLimit: 0, folder: "/no/such/folder"), workers: WorkerPool(threadCount: 1))
        }
        #expect(error?.description.contains("/no/such/folder") == true)
    }
}
