import FoundationEssentials
import Testing

/// `asr calibrate`, and what `asr transcribe --format json` says of texts and words.
@Suite("confidence")
struct ConfidenceCommandTests {
    @Test("what cannot work is refused")
    func refused() throws {
        try TinyModel.with { tiny in
            expectOneLine(
                try Program.run("calibrate", tiny.data, "--model", tiny.model), contains: "are too few to fit a confidence")
            for (options, message) in [
                (["--n-best", "6", "--format", "json"], "--n-best must be from 1 to --beam-size, 5"),
                (["--n-best", "2"], "--n-best needs --format json"),
            ] {
                let result = try Program.run(["transcribe", tiny.clip, "--model", tiny.model] + options)
                #expect(result.exitCode == 64 && result.standardError.contains(message), "\(result.standardError)")
            }
            let path = "\(tiny.model)/config.json"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let wrong = text.replacing(
                "{\n", with: "{\n  \"confidence\" : { \"intercept\" : 0, \"weights\" : { \"height\" : 1 } },\n",
                maxReplacements: 1)
            try wrong.write(toFile: path, atomically: true, encoding: .utf8)
            expectOneLine(
                try Program.run("transcribe", tiny.clip, "--model", tiny.model),
                contains: "confidence.weights has \"height\"; known are decoder")
        }
    }

    /// The clip of the README with both built-in models: texts are sorted by their scores, which are the weighted sums of the parts, and
    /// the first is what is written.
    @Test("n-best and confidence", arguments: ["english", "whisper-tiny.en-int8"])
    func shown(model: String) throws {
        let clip = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/audio/sentence-awb.flac"
        let result = try Program.run("transcribe", clip, "--model", model, "--format", "json", "--n-best", "3")
        try #require(result.exitCode == 0, "\(result.standardError)")
        let transcript = try JSONDecoder().decode(Transcript.self, from: Data(result.standardOutput.utf8))
        let texts = try #require(transcript.n_best.first).texts
        #expect(texts.count > 1 && texts[0].text == transcript.text && Set(texts.map(\.text)).count == texts.count)
        for text in texts {
            let sum = text.parts.values.reduce(0) { $0 + $1.score * $1.weight }
            #expect(abs(sum - text.score) < 1e-3 * abs(sum), "\(text)")
        }
        #expect(texts[0].parts.keys.contains("decoder"))
        let confidence = try #require(transcript.segments[0].confidence)
        #expect(confidence > 0.5 && confidence < 1)
    }

    private struct Transcript: Decodable {
        struct Part: Decodable {
            let score: Double
            let weight: Double
        }
        struct ScoredText: Decodable {
            let text: String
            let score: Double
            let parts: [String: Part]
        }
        struct NBest: Decodable { let texts: [ScoredText] }
        struct Segment: Decodable { let confidence: Double? }
        let text: String
        let segments: [Segment]
        let n_best: [NBest]
    }
}
