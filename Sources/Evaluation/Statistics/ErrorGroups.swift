/// Errors by speaker, by length of the reference, or by signal-to-noise ratio.
public enum Grouping: String, CaseIterable, Sendable, Codable {
    case speaker, length, snr
}

/// The utterances of one group and their errors.
public struct ErrorGroup: Sendable, Hashable {
    /// A speaker, "6-10 words", or "10 to 15 dB".
    public var name: String
    public var utteranceCount = 0
    public var wrongUtteranceCount = 0
    public var words = ErrorCounts()
    public var characters = ErrorCounts()
    /// Decides the order of groups that are no names.
    var order = 0

    init(name: String, order: Int) {
        self.name = name
        self.order = order
    }
}

extension CorpusScore {
    /// The groups in order: names by alphabet, lengths and ratios ascending.
    ///
    /// Utterances of which the manifest says nothing (no speaker, no ratio) form the group "unknown"; empty when it
    /// says nothing about any.
    public func groups(by grouping: Grouping) -> [ErrorGroup] {
        var groups: [String: ErrorGroup] = [:]
        for (record, score) in zip(records, utterances) {
            let (name, order) = Self.group(of: record, score, by: grouping)
            var group = groups[name] ?? ErrorGroup(name: name, order: order)
            group.utteranceCount += 1
            if score.words.errors > 0 { group.wrongUtteranceCount += 1 }
            group.words += score.words
            group.characters += score.characters
            groups[name] = group
        }
        if groups.count == 1 && groups["unknown"] != nil { return [] }
        return groups.values.sorted { ($0.order, $0.name) < ($1.order, $1.name) }
    }

    private static func group(
        of record: ScoringRecord, _ score: UtteranceScore, by grouping: Grouping
    ) -> (name: String, order: Int) {
        switch grouping {
        case .speaker: return (record.speaker ?? "unknown", record.speaker == nil ? 1 : 0)
        case .length:
            let count = score.words.referenceCount
            let limits = [0, 5, 10, 15, 20, 30, 50]
            guard let index = limits.firstIndex(where: { count <= $0 }) else { return ("51 words and more", 99) }
            if index == 0 { return ("0 words", 0) }
            return ("\(limits[index - 1] + 1)-\(limits[index]) words", index)
        case .snr:
            guard let ratio = record.signalToNoiseRatio, !ratio.isNaN else { return ("unknown", .max) }
            if ratio < -100 { return ("below -100 dB", -105) }
            if ratio >= 100 { return ("100 dB and more", 100) }
            let low = Int((ratio / 5).rounded(.down)) * 5
            return ("\(low) to \(low + 5) dB", low)
        }
    }
}
