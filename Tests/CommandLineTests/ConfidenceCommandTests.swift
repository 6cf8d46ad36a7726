import FoundationEssentials
import TestSupport
import Testing

/// `asr calibrate`, and what `asr transcribe --format json` says of texts and words.
@Suite("confidence")
struct ConfidenceCommandTests {
    @Test("what cannot work is refused")
    func refused() throws {
        try TinyModel.with { tiny in
            expectOneLine(
                try Program.run("calibrate", tiny.data, "--model", tiny.model),
                contains: "are too few to fit a confidence")
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
    @Test("n-best and confidence", arguments: ["english", "english-small", "whisper-tiny.en-int8"])
    func shown(model: String) throws {
        let clip = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/audio/sentence-awb.flac"
        let result = try Program.run("transcribe", clip, "--model", model, "--format", "json", "--n-best", "3")
        try #require(result.exitCode == 0, "\(result.standardError)")
        let transcript = try JSONDecoder().decode(Transcript.self, from: Data(result.standardOutput.utf8))
        let texts = try #require(transcript.best.first).texts
        #expect(texts[0].text == transcript.text && Set(texts.map(\.text)).count == texts.count)
        // Those of Whisper may differ in timestamps alone.
        #expect(texts.count == 3 || model.hasPrefix("whisper"))
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
        let best: [NBest]

        enum CodingKeys: String, CodingKey {
            case text, segments
            case best = "n_best"
        }
    }
}

/// `asr transcribe --report`.
@Suite("page of a transcript")
struct TranscriptPageCommandTests {
    @Test(
        "one file that plays, for every kind of model", arguments: ["english", "english-small", "whisper-tiny.en-int8"])
    func written(model: String) throws {
        let clip = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/audio/sentence-awb.flac"
        try TemporaryFolder.with { folder in
            let page = "\(folder)/page.html"
            let result = try Program.run("transcribe", clip, "--model", model, "--report", page)
            try #require(result.exitCode == 0, "\(result.standardError)")
            #expect(result.standardOutput.lowercased().hasPrefix("it is easy to tell"))
            let html = try String(contentsOfFile: page, encoding: .utf8)
            #expect(html.ranges(of: "</script>").count == 2 && !html.contains("http://") && !html.contains("https://"))
            #expect(html.contains("<title>Transcript of sentence-awb.flac</title>"))
            #expect(html.contains("model \(model), beam of 5"))
            let json = try #require(html.split(separator: "application/json\">").last).prefix { $0 != "<" }
            let content = try JSONDecoder().decode(Page.self, from: Data(json.utf8))
            #expect(
                content.audioKind == "audio/ogg" && Data(base64Encoded: content.audio)?.prefix(4) == Data("OggS".utf8))
            let segment = try #require(content.segments.first)
            // "It is easy to tell the depth of the well." has ten words.
            #expect(segment.words.count == 10 && segment.words[2].text == "easy")
            #expect(zip(segment.words, segment.words.dropFirst()).allSatisfy { $0.end <= $1.start + 0.001 })
            #expect(segment.words.allSatisfy { (0...1).contains($0.confidence ?? -1) })
            for picture in [segment.spectrogram, try #require(segment.attention)] {
                #expect(Data(base64Encoded: picture)?.dropFirst().prefix(3) == Data("PNG".utf8))
            }
        }
    }

    private struct Page: Decodable {
        struct Word: Decodable {
            let text: String
            let start: Double
            let end: Double
            let confidence: Double?
        }
        struct Segment: Decodable {
            let words: [Word]
            let spectrogram: String
            let attention: String?
        }
        let audioKind: String
        let audio: String
        let segments: [Segment]
    }

    @Test("several files are refused")
    func refused() throws {
        for files in [["a.wav", "b.wav"], ["-"]] {
            let result = try Program.run(["transcribe"] + files + ["--report", "x.html"])
            #expect(result.exitCode == 64 && result.standardError.contains("a report is of one audio file"))
        }
    }
}
