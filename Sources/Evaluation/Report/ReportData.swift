import FoundationEssentials

/// A small spectrogram for the report: one byte a cell, 0 silent, 255 loudest.
public struct SpectrogramThumbnail: Sendable {
    public var width: Int
    public var height: Int
    /// `[row, column]`: row 0 is the lowest pitch, column 0 the beginning.
    public var values: [UInt8]

    public init(width: Int, height: Int, values: [UInt8]) {
        precondition(
            values.count == width * height, "SpectrogramThumbnail: \(values.count) values for [\(height), \(width)]")
        self.width = width
        self.height = height
        self.values = values
    }
}

/// What the report's script works on, as JSON with short keys: ten thousand utterances should stay small.
struct ReportData: Encodable {
    struct Utterance: Encodable {
        var id: String
        /// The aligned words of the reference, separated by spaces.
        var r: String
        /// The aligned words of the hypothesis.
        var h: String
        /// One letter a step: `=`, `S`, `D`, `I`, and `o` for an optional word left out.
        var o: String
        /// Wrong and all characters of the reference.
        var ce: Int
        var cn: Int
        var speaker: String?
        var seconds: Double?
        var snr: Double?
        var audio: String?
        /// The same of a second system.
        var r2: String?
        var h2: String?
        var o2: String?
        /// A spectrogram: width, height, and the values in base64.
        var sw: Int?
        var sh: Int?
        var sv: String?
    }

    var name: String
    /// Model, search, date, command: lines under the title.
    var notes: [String]
    var systems: [String]
    var summary: ScoreSummary
    var frequentLimit: Int
    var utterances: [Utterance]

    init(
        _ score: CorpusScore, summary: ScoreSummary, name: String, notes: [String], systems: [String],
        comparedWith other: CorpusScore?,
        audioLinks: [String?], spectrograms: [Int: SpectrogramThumbnail]
    ) throws {
        self.name = name
        self.notes = notes
        self.systems = systems
        self.summary = summary
        frequentLimit = 50
        utterances = []
        utterances.reserveCapacity(score.records.count)
        try score.forEachAlignment(of: score.records.indices) { index, alignment in
            let record = score.records[index]
            let characters = score.utterances[index].characters
            var utterance = Utterance(
                id: record.id, r: Self.words(alignment.steps.map(\.reference)),
                h: Self.words(alignment.steps.map(\.hypothesis)), o: Self.letters(alignment), ce: characters.errors,
                cn: characters.referenceCount)
            utterance.speaker = record.speaker
            utterance.seconds = record.durationInSeconds?.finite
            utterance.snr = record.signalToNoiseRatio?.finite
            utterance.audio = index < audioLinks.count ? audioLinks[index] : nil
            if let thumbnail = spectrograms[index] {
                utterance.sw = thumbnail.width
                utterance.sh = thumbnail.height
                utterance.sv = Data(thumbnail.values).base64EncodedString()
            }
            utterances.append(utterance)
        }
        try other?.forEachAlignment(of: score.records.indices) { index, alignment in
            utterances[index].r2 = Self.words(alignment.steps.map(\.reference))
            utterances[index].h2 = Self.words(alignment.steps.map(\.hypothesis))
            utterances[index].o2 = Self.letters(alignment)
        }
    }

    private static func words(_ words: [String?]) -> String { words.compactMap { $0 }.joined(separator: " ") }

    private static func letters(_ alignment: Alignment) -> String {
        String(
            alignment.steps.map { step -> Character in
                switch step.operation {
                case .hit: return step.hypothesis == nil ? "o" : "="
                case .substitution: return "S"
                case .deletion: return "D"
                case .insertion: return "I"
                }
            })
    }
}
