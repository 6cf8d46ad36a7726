import Audio
import Foundation
import TestSupport
import Testing

/// What is heard and what is left out: the built-in detector, on a clip of `audio` between silence and noise.
@Suite("speech or not")
struct SpeechCommandTests {
    /// 0.01 s steps of a clip that is synthetic speech, so that its energy says where speech is.
    private static let clip = "\(Program.packageRoot)/audio/sentence-slt.opus"

    /// 8 s of silence, the clip, 8 s of silence; where its samples first and last are louder than -40 dB.
    private func between(silence: Double = 8) throws -> (samples: [Float], speech: ClosedRange<Double>) {
        let clip = try AudioFile.waveform(path: Self.clip, sampleRate: 16_000).samples
        let pause = [Float](repeating: 0, count: Int(16_000 * silence))
        let first = clip.firstIndex { abs($0) > 0.01 }!
        let last = clip.lastIndex { abs($0) > 0.01 }!
        return (
            pause + clip + pause, silence + Double(first) / 16_000...silence + Double(last) / 16_000
        )
    }

    private struct JSON: Decodable {
        struct Segment: Decodable {
            let start: Double
            let end: Double
            let text: String
        }
        struct Stretch: Decodable {
            let start: Double
            let end: Double
            let kind: String
            let reason: String?
        }
        let segments: [Segment]
        let coverage: [Stretch]
        let duration: Double
    }

    @Test(
        "an utterance between silence has its own times, with both kinds of models",
        arguments: ["english", "english-small", "whisper-tiny.en-int8"])
    func times(model: String) throws {
        let folder = try TemporaryFolder()
        let (samples, speech) = try between()
        let path = try folder.write("a.wav", bytes: waveFile(samples))
        let found = try Program.run("vad", "find", path)
        let times = found.standardOutput.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        #expect(times.count == 2, "\(found.standardOutput)\(found.standardError)")
        let result = try Program.run(
            "transcribe", path, "--model", model, "--format", "json", "--vad-threshold", "0.5", "--strict")
        #expect(result.exitCode == 0, "\(result.standardError)")
        let json = try JSONDecoder().decode(JSON.self, from: Data(result.standardOutput.utf8))
        let segments = try #require(json.segments.isEmpty ? nil : json.segments)
        // 150 ms is what a reader of subtitles does not notice.
        for (start, end) in [(times[0], times[1]), (segments[0].start, segments.last!.end)] {
            #expect(abs(start - speech.lowerBound) < 0.15 && abs(end - speech.upperBound) < 0.15)
        }
        #expect(json.coverage.map(\.kind) == ["no speech", "speech", "no speech"])
        expectWhole(json)
    }

    /// Stretches follow each other from 0 to the end of the recording.
    private func expectWhole(_ json: JSON) {
        #expect(json.coverage.first?.start == 0 && json.coverage.last?.end == json.duration)
        for (before, after) in zip(json.coverage, json.coverage.dropFirst()) { #expect(before.end == after.start) }
    }

    @Test(
        "noise and tones give no text, whatever the model",
        arguments: ["english", "english-small", "whisper-tiny.en-int8"])
    func noise(model: String) throws {
        let folder = try TemporaryFolder()
        let hiss = randomValues(160_000, seed: 1, in: -0.1...0.1)
        let tone = (0..<160_000).map { (sample: Int) -> Float in 0.3 * sin(Float(sample) * 2 * .pi * 440 / 16_000) }
        for (name, samples) in [("hiss", hiss), ("tone", tone)] {
            let path = try folder.write("\(name).wav", bytes: waveFile(samples))
            let result = try Program.run(
                "transcribe", path, "--model", model, "--vad-threshold", "0.5", "--strict", "--format", "json")
            #expect(result.exitCode == 0)
            let json = try JSONDecoder().decode(JSON.self, from: Data(result.standardOutput.utf8))
            #expect(json.segments.isEmpty && json.coverage.map(\.kind) == ["no speech"])
            expectWhole(json)
        }
    }

    @Test("probabilities are written for every 10 ms, and wrong values are refused")
    func findCommand() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.wav", bytes: waveFile(try between(silence: 1).samples))
        let count = (try Data(contentsOf: URL(filePath: path)).count - 44) / 2
        let result = try Program.run("vad", "find", path, "--probabilities", "\(folder.path)/p.npy")
        #expect(result.exitCode == 0, "\(result.standardError)")
        // A header of 128 bytes, then float32.
        #expect(try Data(contentsOf: URL(filePath: "\(folder.path)/p.npy")).count == 128 + 4 * ((count + 159) / 160))
        for option in [["--vad-threshold", "1.5"], ["--min-silence", "-1"], ["--speech-pad", "nan"]] {
            #expect(try Program.run(["vad", "find", path] + option).exitCode == 64)
        }
        let other = try Program.run("vad", "find", path, "--detector", "\(Program.packageRoot)/models/english")
        #expect(other.exitCode == 1 && other.standardError.contains("voice activity"))
    }

    /// A sentence that is said once, and six times without a pause: a text that repeats itself so often counts as a gap, because a search that
    /// has lost its way writes such texts.
    @Test("a gap is named, and makes the exit code 1 with --strict; without a gap it is 0", arguments: [1, 6])
    func gaps(count: Int) throws {
        let folder = try TemporaryFolder()
        let clip = try AudioFile.waveform(path: Self.clip, sampleRate: 16_000).samples
        let first = clip.firstIndex { abs($0) > 0.01 }!
        let last = clip.lastIndex { abs($0) > 0.01 }!
        let spoken = Array(clip[first...last]) + [Float](repeating: 0, count: 1_600)
        let path = try folder.write("a.wav", bytes: waveFile((0..<count).flatMap { _ in spoken }))
        let plain = try Program.run("transcribe", path, "--model", "english", "--format", "json")
        let strict = try Program.run("transcribe", path, "--model", "english", "--strict", "--format", "json")
        let json = try JSONDecoder().decode(JSON.self, from: Data(plain.standardOutput.utf8))
        expectWhole(json)
        let gaps = json.coverage.filter { $0.kind == "gap" }
        #expect(gaps.compactMap(\.reason) == (count == 1 ? [] : ["the text repeats itself"]), "\(plain.standardOutput)")
        #expect(plain.exitCode == 0 && strict.exitCode == (count == 1 ? 0 : 1))
        #expect(strict.standardOutput == plain.standardOutput)
        for (result, ending) in [(plain, ""), (strict, "1 gap\n")] {
            #expect(result.standardError.contains("may be missing or wrong") == (count > 1), "\(result.standardError)")
            #expect(result.standardError.hasSuffix("\n1 gap\n") == (count > 1 && !ending.isEmpty))
        }
    }
}
