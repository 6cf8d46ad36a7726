import FoundationEssentials
import Recognition
import Testing

/// Expected texts follow openai/whisper `utils.py`: WriteTXT, WriteSRT, WriteVTT, WriteTSV.
@Suite struct TranscriptionFormatTests {
    private let transcription = Transcription(
        segments: [
            .init(startInSeconds: 0, endInSeconds: 1.2345, text: "a --> b", tokens: [5], averageLogProbability: -0.5),
            .init(
                startInSeconds: 3_661.0, endInSeconds: 3_662.5, text: "tab\there", tokens: [6],
                averageLogProbability: -1),
        ], durationInSeconds: 3_662.5, language: "en")

    @Test func text() throws { #expect(try TranscriptionFormat.text.content(transcription) == "a --> b tab\there\n") }

    @Test func srt() throws {
        #expect(
            try TranscriptionFormat.srt.content(transcription) == """
                1
                00:00:00,000 --> 00:00:01,235
                a -> b

                2
                01:01:01,000 --> 01:01:02,500
                tab\there


                """)
    }

    @Test func vtt() throws {
        #expect(
            try TranscriptionFormat.vtt.content(transcription) == """
                WEBVTT

                00:00.000 --> 00:01.235
                a -> b

                01:01:01.000 --> 01:01:02.500
                tab\there


                """)
    }

    @Test func tsv() throws {
        #expect(
            try TranscriptionFormat.tsv.content(transcription)
                == "start\tend\ttext\n0\t1235\ta --> b\n3661000\t3662500\ttab here\n")
    }

    @Test func json() throws {
        let json = try TranscriptionFormat.json.content(transcription)
        #expect(json.contains(#""text":"a --> b tab\there""#))
        #expect(json.contains(#""language":"en""#))
        #expect(json.contains(#""end":1.235"#))
        #expect(json.hasSuffix("}\n"))
    }

    /// It is written part by part: the whole must be what an encoder writes of it, keys in order.
    @Test func jsonIsOneObject() throws {
        struct Anything: Codable {
            struct Segment: Codable {
                let averageLogProbability: Double
                let end: Double
                let id: Int
                let start: Double
                let text: String
                let tokens: [Int]

                enum CodingKeys: String, CodingKey {
                    case end, id, start, text, tokens
                    case averageLogProbability = "avg_logprob"
                }
            }
            struct Stretch: Codable {
                let end: Double
                let kind: String
                let reason: String?
                let start: Double
            }
            let coverage: [Stretch]
            let duration: Double
            let file: String?
            let language: String
            let segments: [Segment]
            let text: String
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var covered = transcription
        covered.coverage.add(.noSpeech, to: 1.5)
        covered.coverage.add(.gap, to: 4000.25, reason: "\"lost\"")
        for (file, transcription) in [("a \"b\"/c.wav", covered), (nil, Transcription()), (nil, covered)] {
            let json = try TranscriptionFormat.json.content(transcription, file: file)
            let parts = try JSONDecoder().decode(Anything.self, from: Data(json.utf8))
            #expect(parts.file == file && parts.segments.count == transcription.segments.count)
            #expect(String(decoding: try encoder.encode(parts), as: UTF8.self) + "\n" == json)
        }
    }

    // The confidence of a segment is the mean of its words': (0.5 + 1) / 2.
    @Test func jsonHasConfidenceAndTheBestTexts() throws {
        var transcription = transcription
        transcription.segments[0].evidence = [
            WordEvidence(text: "a", tokens: 0..<1, values: [:], confidence: 0.5),
            WordEvidence(text: "b", tokens: 1..<2, values: [:], confidence: 1),
        ]
        #expect(try !TranscriptionFormat.json.content(transcription).contains("n_best"))
        let part = Transcription.ScoredText.Part(name: "decoder", score: -2, weight: 0.5)
        transcription.nBest = [
            .init(startInSeconds: 0, endInSeconds: 1, texts: [.init(text: "a b", score: -1, parts: [part])])
        ]
        let json = try TranscriptionFormat.json.content(transcription)
        #expect(json.contains(#""confidence":0.75"#))
        let expected =
            #""n_best":[{"end":1,"start":0,"texts":[{"parts":{"decoder":{"score":-2,"weight":0.5}},"score":-1,"text":"a b"}]}]"#
        #expect(json.contains(expected), "\(json)")
    }

    @Test func nothingSaidIsAnEmptyLine() throws {
        #expect(try TranscriptionFormat.text.content(Transcription()) == "\n")
        #expect(try TranscriptionFormat.vtt.content(Transcription()) == "WEBVTT\n\n")
    }
}
