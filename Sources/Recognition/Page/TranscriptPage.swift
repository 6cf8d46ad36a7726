import Audio
import Files
import FoundationEssentials
import Models
import Pictures

/// A transcript as a page for the browser: it plays the recording, lights the words as they are spoken, colours them by their confidence,
/// shows what the model heard, and saves what was corrected as subtitles. One file that needs no network.
public struct TranscriptPage {
    private let transcriber: Transcriber
    private let transcription: Transcription
    private let name: String
    /// The whole recording, at the model's rate.
    private let waveform: Waveform
    /// What stands under the title: model, date, command.
    private let notes: [String]

    /// - Parameters:
    ///   - source: of the transcription; it is read again.
    ///   - name: of the recording.
    /// - Throws: as reading the source.
    public init(
        _ transcription: Transcription, by transcriber: Transcriber, of source: AudioSource, name: String,
        notes: [String]
    ) throws {
        self.transcription = transcription
        self.transcriber = transcriber
        self.name = name
        self.notes = notes
        let sampleRate = transcriber.model.configuration.frontend.sampleRate
        waveform = Waveform(samples: try source.samples(sampleRate: sampleRate), sampleRate: sampleRate)
    }

    /// What the script works on.
    private struct Page: Encodable {
        struct Word: Encodable {
            let text: String
            let start: Double
            let end: Double
            let confidence: Double?
        }
        struct Segment: Encodable {
            let start: Double
            let end: Double
            let confidence: Double?
            let words: [Word]
            /// What the pictures show, and the pictures as PNG in base64.
            let picturesStart: Double
            let picturesEnd: Double
            let spectrogram: String
            let attention: String?
        }
        let name: String
        let duration: Double
        /// Whether words have spaces between them.
        let hasSpaces: Bool
        let segments: [Segment]
        /// The kind of the audio, and its bytes in base64.
        let audioKind: String
        let audio: String
    }

    /// The page.
    ///
    /// - Throws: `SearchError`, `FrontendError`.
    public func html() throws -> Data {
        let segments = try transcription.segments.map { segment in
            let pictures = try SegmentPictures(
                transcriber, segment, samples: waveform.samples, language: transcription.language)
            let words =
                segment.words ?? [
                    Transcription.Word(
                        text: segment.text, startInSeconds: segment.startInSeconds, endInSeconds: segment.endInSeconds,
                        probability: 1, confidence: segment.confidence)
                ]
            return Page.Segment(
                start: thousandths(segment.startInSeconds), end: thousandths(segment.endInSeconds),
                confidence: segment.confidence.map(thousandths),
                words: words.map {
                    Page.Word(
                        text: trimmed($0.text), start: thousandths($0.startInSeconds),
                        end: thousandths($0.endInSeconds),
                        confidence: $0.confidence.map(thousandths))
                }, picturesStart: pictures.startInSeconds, picturesEnd: pictures.endInSeconds,
                spectrogram: pictures.spectrogram.png.base64EncodedString(),
                attention: pictures.attention?.png.base64EncodedString())
        }
        let (kind, audio) = Self.audio(waveform)
        let page = Page(
            name: name, duration: waveform.durationInSeconds, hasSpaces: transcription.hasSpaces, segments: segments,
            audioKind: kind, audio: audio.base64EncodedString())
        // No text may end the script element, or begin one.
        let json = String(decoding: try JSONEncoder().encode(page), as: UTF8.self).replacing("<", with: "\\u003c")
        let head = notes.map { "<div class=\"dim\">\(HTMLPage.escaped($0))</div>" }.joined(separator: "\n")
        let html = """
            \(HTMLPage.beginning(title: "Transcript of \(name)", style: TranscriptPageStyle.css))<main>
            <h1>\(HTMLPage.escaped(name))</h1>
            \(head)
            \(TranscriptPageStyle.body)
            </main>
            <script id="data" type="application/json">\(json)</script>
            <script>
            \(TranscriptPageScript.code)</script>
            \(HTMLPage.end)
            """
        return Data(html.utf8)
    }

    /// Ogg Opus, or WAV where it cannot be written.
    private static func audio(_ waveform: Waveform) -> (kind: String, bytes: Data) {
        let opus = OpusFile.encoded(waveform)
        return opus.isEmpty ? ("audio/wav", Data(WaveFile.encoded(waveform))) : ("audio/ogg", Data(opus))
    }
}
