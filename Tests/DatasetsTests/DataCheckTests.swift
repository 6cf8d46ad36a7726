import Audio
import Datasets
import Files
import Foundation
import Models
import Tensors
import TestSupport
import Testing
import Text

/// A "sentence": silence, half-second bursts of a 400 Hz tone with pauses, silence. 12 letters take `seconds`.
private func speech(
    seconds: Double = 2, amplitude: Float = 0.3, lead: Double = 0.2, trail: Double = 0.2, rate: Int = 16_000
)
    -> [Float]
{
    let total = lead + seconds + trail
    return (0..<Int(total * Double(rate))).map { index in
        let time = Double(index) / Double(rate) - lead
        guard time >= 0, time < seconds, time.truncatingRemainder(dividingBy: 0.5) < 0.3 else { return 0 }
        return amplitude * Float(sin(2 * .pi * 400 * time))
    }
}

struct ClipMeasurementTests {
    @Test func levelsAndSilencesOfATone() {
        // A sine of amplitude 0.3 has a mean power of 0.045: -13.47 dB.
        let measured = ClipMeasurement(
            Waveform(samples: speech(lead: 0.5, trail: 0.3), sampleRate: 16_000), channelCount: 2)
        #expect(abs(measured.durationInSeconds - 2.8) < 1e-9)
        #expect(abs(measured.speechLevel + 13.47) < 0.05)
        #expect(measured.noiseLevel == -.infinity)
        #expect(abs(measured.leadingSilenceInSeconds - 0.5) < 0.021)
        // The last burst begins at 1.5 s and ends at 1.8 s: 0.2 s of pause and 0.3 s of silence follow.
        #expect(abs(measured.trailingSilenceInSeconds - 0.5) < 0.021)
        #expect(abs(measured.peak - 0.3) < 1e-3)
        #expect(measured.clippedFraction == 0)
        #expect(measured.channelCount == 2)
        #expect(!measured.isSilent)
    }

    @Test func nothingAtAll() {
        let empty = ClipMeasurement(Waveform(samples: [], sampleRate: 16_000))
        #expect(empty.isSilent)
        #expect(empty.soundDurationInSeconds == 0)
        let silence = ClipMeasurement(Waveform(samples: Array(repeating: 0, count: 1_000), sampleRate: 1_000))
        #expect(silence.isSilent)
        #expect(silence.leadingSilenceInSeconds == 1)
    }

    @Test func clippedSamplesAreCounted() {
        let measured = ClipMeasurement(Waveform(samples: [1, -1, 0.999, 0.998, 0], sampleRate: 16_000))
        #expect(measured.clippedFraction == 0.6)
    }
}

struct DataCheckTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// Writes a manifest of clips and their texts.
    private func source(_ name: String, _ clips: [(text: String, samples: [Float])], rate: Int = 16_000) throws
        -> String
    {
        var lines = ""
        for (index, clip) in clips.enumerated() {
            try folder.write("\(name)-\(index).wav", bytes: waveFile(clip.samples, sampleRate: rate))
            lines +=
                "{\"audio_filepath\": \"\(name)-\(index).wav\", \"text\": \"\(clip.text)\", \"speaker\": \"\(name)\"}\n"
        }
        return try folder.write("\(name).jsonl", lines)
    }

    /// Clips that nothing is wrong with: each a little louder than the one before.
    private func good(_ count: Int, first: Int = 0) -> [(text: String, samples: [Float])] {
        (first..<first + count).map {
            ("good words \("abcdefghijklmnop".dropFirst($0).first!)", speech(amplitude: 0.3 + 0.01 * Float($0)))
        }
    }

    private func found(_ clip: (text: String, samples: [Float]), rate: Int = 16_000) throws -> [DataFinding] {
        let report = try DataCheck(train: [source("train", good(5) + [clip], rate: rate)]).run(threadCount: 2)
        return report.findings.filter { $0.id == "train-5" }
    }

    @Test func nothingIsWrongWithGoodClips() throws {
        let report = try DataCheck(train: [source("train", good(5))]).run(threadCount: 2)
        #expect(report.findings.isEmpty)
        #expect(report.sources.map(\.utteranceCount) == [5])
        #expect(abs(report.sources[0].hours - 5 * 2.4 / 3_600) < 1e-9)
    }

    @Test func eachKindOfBadClip() throws {
        let cases: [(kinds: [DataFinding.Kind], clip: (text: String, samples: [Float]))] = [
            ([.silent], ("good words", speech(amplitude: 0.0005))),
            // 75 ms: 9 characters need 180 ms
            ([.textTooLong, .tooShort], ("nine char", Array(speech(lead: 0)[..<1_200]))),
            ([.clipped], ("good words", speech(amplitude: 2).map { max(-1, min(1, $0)) })),
            ([.quiet], ("good words", speech(amplitude: 0.004))),
            ([.noisy], ("good words", speech().map { $0 + ($0 == 0 ? 0.1 : 0) })),
            ([.cut], ("good words", speech(lead: 0))),
            ([.longSilence], ("good words", speech(lead: 4))),
            ([.tooLong, .slowForItsText], ("good words", speech(seconds: 31))),
            ([.slowForItsText], ("good words", speech(seconds: 8))),
            ([.fastForItsText], ("good words of a much longer text than that", speech(seconds: 0.9))),
            ([.oddCharacters], ("good\\u0007words", speech(amplitude: 0.25))),
        ]
        for (kinds, clip) in cases {
            let found = try found(clip)
            #expect(found.map(\.kind) == kinds, "\(kinds)")
            #expect(found.allSatisfy { [.silent, .textTooLong].contains($0.kind) == ($0.severity == .error) })
            #expect(found.allSatisfy { $0.source.hasSuffix("train.jsonl:6") })
        }
    }

    @Test func filesAndLinesThatCannotBeReadAreFindings() throws {
        let path = try source("train", good(3))
        try folder.write("train-1.wav", "this is no audio")
        try folder.write("train-3.wav")
        let handle = try #require(FileHandle(forWritingAtPath: path))
        handle.seekToEndOfFile()
        handle.write(Data("{\"audio_filepath\": \"train-3.wav\", \"text\": \"empty file\"}\nnot json\n".utf8))
        handle.closeFile()
        let report = try DataCheck(train: [path]).run(threadCount: 2)
        #expect(report.findings.map(\.kind) == [.manifest, .unreadable, .unreadable])
        #expect(report.errorCount == 3)
        #expect(report.worstFirst[0].findings[0].source == "\(path):5")
    }

    @Test func whatTrainAndDevShare() throws {
        let train = try source("train", good(4))
        let dev = try source(
            "dev", [("Good words, A!", speech(amplitude: 0.2))] + good(1, first: 2) + good(3, first: 6))
        let report = try DataCheck(train: [train], dev: [dev]).run(threadCount: 1)
        let found = report.findings.map { "\($0.kind) \($0.id ?? "-")" }
        // Train says "good words" and a to d, dev says g to i too, and g is in "good".
        #expect(
            found == [
                "sharedRecording dev-1", "sharedSentence dev-0", "sharedSentence dev-1", "unknownCharacters -",
            ])
        #expect(
            report.findings.last?.message == "2 of 5 utterances of dev have characters that train does not have: h i")
        #expect(report.errorCount == 1)

        let same = try DataCheck(train: [train], dev: [train]).run(threadCount: 1)
        #expect(
            same.counts.map { "\($0.kind) \($0.count)" } == [
                "sharedRecording 4", "sharedSpeaker 1", "sharedSentence 1",
            ])
    }

    @Test func copiesWithinASet() throws {
        let clips = good(2) + [("Good words: b", good(2)[1].samples), ("other words", good(1)[0].samples)]
        let report = try DataCheck(train: [source("train", clips)]).run(threadCount: 1)
        #expect(
            report.findings.map { "\($0.kind) \($0.id ?? "-")" } == [
                "repeatedRecording train-2", "contradictingText train-3",
            ])
    }

    @Test func sampleRatesBelowTheModels() throws {
        let clips = [("good words", speech(rate: 8_000))]
        let report = try DataCheck(train: [source("train", clips, rate: 8_000)]).run(threadCount: 1)
        #expect(report.findings.map(\.kind) == [.sampleRate])
        #expect(report.findings[0].message == "1 clips at 8000 Hz: nothing above 4000 Hz can be learned")
    }

    /// The vocabulary lacks "é" and "!", which the label normaliser `words` removes. Four frames of 10 ms a step, rounded up, 0.9 s are 23 steps:
    /// the 19 letters and spaces of "good words ssssssss" need 19 steps and 8 blanks between equal letters ("oo" and 7 "ss").
    @Test func whatAModelCannotLearnOrWrite() throws {
        var configuration = ModelConfiguration()
        configuration.labelNormalizer = .words
        let model = try SpeechModel(
            .init(model: configuration, featureNormalization: .none),
            vocabulary: Vocabulary(texts: good(5).map(\.text) + ["s"]))
        let milliseconds = 10 * configuration.subsamplingStrides.reduce(1, *)
        try #require(milliseconds == 40)
        let clips =
            good(5) + [
                ("Good wérds a!", speech(amplitude: 0.25)), ("good words ssssssss", speech(seconds: 0.5)),
                ("...", speech(amplitude: 0.26)),
            ]
        let report = try DataCheck(train: [source("train", clips)], model: model).run(threadCount: 1)
        let found = report.findings.filter { [.unknownCharacters, .tooShortForModel].contains($0.kind) }
        #expect(
            found.map { "\($0.id ?? "-") \($0.severity): \($0.message)" } == [
                "train-5 warning: not in the model's vocabulary: é",
                "train-6 error: 23 steps of 40 ms for 27 that the text needs",
                "train-7 error: no character is left after the label normaliser words",
            ])
    }

    @Test func reportDoesNotDependOnTheThreads() throws {
        let path = try source("train", good(5) + [("good words", speech(lead: 4)), ("x", speech(amplitude: 0))])
        let one = try DataCheck(train: [path]).run(threadCount: 1)
        #expect(try DataCheck(train: [path]).run(threadCount: 3).findings == one.findings)
        #expect(one.worstFirst.map { $0.findings[0].kind } == [.silent, .longSilence])
    }
}

struct DataStatisticsTests {
    @Test func countsOfASmallSet() throws {
        func utterance(_ text: String, _ duration: Double, _ speaker: String?) -> Utterance {
            Utterance(
                id: text, audioPath: "a.wav", durationInSeconds: duration, text: text, speaker: speaker,
                source: SourceLine(path: "m", line: 1))
        }
        let statistics = DataStatistics(
            Manifest(utterances: [utterance("ab ba", 0.5, "x"), utterance("ab", 1, "x"), utterance("é", 40, nil)]))
        #expect(statistics.utteranceCount == 3)
        #expect(abs(statistics.hours - 41.5 / 3_600) < 1e-12)
        #expect(statistics.speakerCount == 1)
        #expect(statistics.unknownSpeakerCount == 1)
        #expect(
            [statistics.shortestInSeconds, statistics.medianInSeconds, statistics.longestInSeconds] == [0.5, 1, 40])
        #expect(statistics.lengths.filter { $0.count > 0 }.map(\.fromSeconds) == [0, 1, 30])
        #expect(statistics.lengths.last?.toSeconds == nil)
        #expect(statistics.wordCount == 4)
        #expect(statistics.differentWordCount == 3)
        #expect(statistics.characters.map { "\($0.character)\($0.count)" } == ["a3", "b3", " 1", "é1"])
    }

    @Test func durationsComeFromTheHeaders() throws {
        let folder = try TemporaryFolder()
        try folder.write("a.wav", bytes: waveFile(Array(repeating: 0, count: 4_000), sampleRate: 8_000))
        try folder.write("b.wav", "no audio")
        let path = try folder.write(
            "m.jsonl",
            """
            {"audio_filepath": "a.wav", "text": "x"}
            {"audio_filepath": "a.wav", "text": "x", "offset": 0.2}
            {"audio_filepath": "a.wav", "text": "x", "duration": 0.1, "offset": 0.3}
            {"audio_filepath": "b.wav", "text": "x"}

            """)
        var manifest = try Manifest.load(path: path)
        let problems = manifest.measureDurations(pool: WorkerPool(threadCount: 2))
        #expect(manifest.utterances.map(\.durationInSeconds) == [0.5, 0.3, 0.1, nil])
        #expect(problems.map(\.source.line) == [4])
    }
}
