import Audio
import Datasets
import Files
import FoundationEssentials
import Tensors
import TestSupport
import Testing
import Training

/// Data that are read while training goes on.
@Suite struct LargeDataTests {
    private let corpus: ToneCorpus

    init() throws { corpus = try ToneCorpus() }

    /// 16 utterances of 0.4 s on average ten times over are 2 MB of samples and of features alike: more than the limit of 1 MB.
    private func configuration(changesWaveform: Bool) throws -> TrainingConfiguration {
        var configuration = corpus.configuration()
        configuration.data.train = [DataSource(path: try corpus.repeatedTrain(10))]
        configuration.batches.maximumFramesPerBatch = 1_000
        configuration.batches.maximumFramesPerMicroBatch = 250
        configuration.augmentation.specAugment.timeMaskCount = 1
        if changesWaveform { configuration.augmentation.speedFactors = [0.9, 1, 1.1] }
        return configuration
    }

    /// The checkpoint, weights and moments, is the same file whatever fits into memory, for any number of threads, and for a run that
    /// is stopped in the middle of an epoch and goes on with another limit.
    @Test(arguments: [true, false]) func theSameBitsWhateverFitsIntoMemory(changesWaveform: Bool) throws {
        var configuration = try configuration(changesWaveform: changesWaveform)
        let all = try corpus.train(configuration, "all", threads: 1)
        #expect(all.outcome == .finished)
        configuration.data.memoryLimit = 1
        for threads in [1, 3] {
            #expect(try corpus.train(configuration, "\(threads)", threads: threads).checkpoint == all.checkpoint)
        }
        #expect(try corpus.train(configuration, "stopped", stepLimit: 3).outcome == .interrupted)
        configuration.data.memoryLimit = 2
        #expect(
            try corpus.train(configuration, "stopped", threads: 3, stepLimit: 2, resume: true).outcome == .interrupted)
        configuration.data.memoryLimit = 0
        #expect(try corpus.train(configuration, "stopped", resume: true).checkpoint == all.checkpoint)
    }

    /// The log says what goes where: 10 x 2 x (3 x 0.2 + 3 x 0.4 + 2 x 0.6) s of 32 kB are 1.9 MB, and eight of dev 0.1 MB.
    @Test func tellsWhatDoesNotFit() throws {
        var configuration = try configuration(changesWaveform: true)
        configuration.stopping.epochs = 1
        configuration.data.memoryLimit = 1
        let messages = try corpus.messages(configuration, "model", threads: 2)
        #expect(messages.contains { $0.hasPrefix("2 MB of recordings: 1 MB will be kept in memory") }, "\(messages)")
        configuration.data.memoryLimit = 10
        #expect(!(try corpus.messages(configuration, "other", threads: 2)).contains { $0.contains("MB of recordings") })
    }

    /// Lengths are remembered beside the output. A damaged file of them is no failure, and changes nothing.
    @Test func lengthsAreRememberedBesideTheOutput() throws {
        let configuration = corpus.configuration()
        let whole = try corpus.train(configuration, "whole")
        let path = "\(corpus.folder.path)/whole/lengths.bin"
        #expect(RememberedLengths(path: path).count == 16)
        _ = try corpus.train(configuration, "stopped", stepLimit: 1)
        try Data(repeating: 7, count: 100).write(to: URL(filePath: "\(corpus.folder.path)/stopped/lengths.bin"))
        #expect(try corpus.train(configuration, "stopped", resume: true).checkpoint == whole.checkpoint)
        #expect(RememberedLengths(path: "\(corpus.folder.path)/stopped/lengths.bin").count == 16)
    }

    /// Begun with another model, whose statistics are kept, training reads no audio before its first step. A recording whose samples
    /// are none is then found on the way: the error names line and file, and the checkpoint before it stays.
    @Test func aRecordingThatTurnsOutBadIsNamed() throws {
        _ = try corpus.train(corpus.configuration(), "initial")
        var configuration = try TrainingConfiguration.load(
            path: nil, overrides: [], initialModel: "\(corpus.folder.path)/initial")
        let base = corpus.configuration()
        (configuration.data, configuration.batches) = (base.data, base.batches)
        configuration.checkpointMinutes = 0
        // Dev are the first eight; the fourteenth is of train alone.
        let bad = [Float](repeating: .nan, count: 6_400)
        try corpus.folder.write("13.wav", bytes: waveFile(bad, isFloat: true))
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "tuned") }
        #expect(error?.description.contains("train.jsonl:14: \(corpus.folder.path)/13.wav: sample 0 is nan") == true)
        #expect(FileManager.default.fileExists(atPath: "\(corpus.folder.path)/tuned/checkpoint.safetensors"))
    }

    /// Samples are kept in half of the memory: those of 16 bits exactly, and what is louder than full scale is not cut off.
    @Test func keptSamplesAreThoseOfTheFile() throws {
        let folder = try TemporaryFolder()
        let samples: [Float] = [0, 1, -1, 3, 12_345, 32_767, -32_768].map { $0 / 32_768 }
        let loud: [Float] = [0.5, 3, -4]
        try folder.write("a.wav", bytes: waveFile(samples, sampleRate: 16_000))
        try folder.write("b.wav", bytes: waveFile(loud, sampleRate: 16_000, isFloat: true))
        let manifest = try folder.write(
            "m.jsonl",
            ["a", "b"].map { #"{"audio_filepath": "\#($0).wav", "text": "x"}"# }.joined(separator: "\n") + "\n")
        let data = try TrainingData(
            Manifest.load(path: manifest), frontend: FrontendConfiguration(), labelNormalizer: .words,
            keepsSamples: true,
            workers: WorkerPool(threadCount: 1))
        #expect(try data.waveform(0, sampleRate: 16_000).samples == samples)
        expectClose(try data.waveform(1, sampleRate: 16_000).samples, loud, absolute: 4 / 32_767 / 2 * 1.01)
    }
}
