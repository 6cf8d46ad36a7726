/// The figures of a scored corpus for people: Kaldi's line and what stands beside it.
public struct ScoreText: Sendable {
    private let summary: ScoreSummary

    public init(_ summary: ScoreSummary) { self.summary = summary }

    /// Kaldi's line: `%WER 13.45 [ 2708 / 20138, 358 ins, 330 del, 2020 sub ]`.
    public var kaldiLine: String {
        Self.line(
            "WER", summary.wer, errors: summary.substitutions + summary.deletions + summary.insertions,
            of: summary.referenceWords, insertions: summary.insertions, deletions: summary.deletions,
            substitutions: summary.substitutions)
    }

    /// The same for characters.
    public var characterLine: String {
        let characters = summary.characters
        return Self.line(
            "CER", summary.cer, errors: characters.substitutions + characters.deletions + characters.insertions,
            of: characters.referenceCharacters, insertions: characters.insertions, deletions: characters.deletions,
            substitutions: characters.substitutions)
    }

    private static func line(
        _ name: String, _ rate: Double, errors: Int, of total: Int, insertions: Int, deletions: Int,
        substitutions: Int
    ) -> String {
        "%\(name) \((rate * 100).text(2)) [ \(errors) / \(total), \(insertions) ins, \(deletions) del, "
            + "\(substitutions) sub ]"
    }

    /// All lines of the summary.
    public var lines: [String] {
        var lines = [kaldiLine, characterLine]
        lines.append("%SER \((summary.ser * 100).text(2)) [ \(summary.wrongUtterances) / \(summary.utterances) ]")
        if let interval = summary.werInterval {
            lines.append(
                "WER 95 % interval \((interval.low * 100).text(2)) to \((interval.high * 100).text(2)) "
                    + "(bootstrap, \(interval.resamples) resamples)")
        }
        lines.append(
            "MER \((summary.mer * 100).text(2)), WIL \((summary.wil * 100).text(2)), WIP \((summary.wip * 100).text(2))"
        )
        lines.append(
            "normalizer \(summary.normalizer.name)-v\(summary.normalizer.version)-\(summary.normalizer.hash), "
                + "alignment \(summary.alignmentWeights.rawValue)")
        if let comparison = summary.comparison { lines += Self.lines(comparison) }
        for (name, groups) in (summary.groups ?? [:]).sorted(by: { $0.key < $1.key }) {
            lines += Self.table(name, groups)
        }
        if let frequent = summary.frequentErrors { lines += Self.lines(frequent) }
        return lines
    }

    private static func lines(_ comparison: ScoreSummary.Comparison) -> [String] {
        var lines = ["", "second system: WER \((comparison.wer * 100).text(2)), CER \((comparison.cer * 100).text(2))"]
        var difference = "difference \((comparison.difference * 100).text(2))"
        if let interval = comparison.differenceInterval, let share = comparison.probabilityOfImprovement,
            let pValue = comparison.bootstrapPValue
        {
            difference +=
                ", 95 % interval \((interval.low * 100).text(2)) to \((interval.high * 100).text(2)), "
                + "better in \((share * 100).text(1)) % of resamples, \(Self.chance(pValue))"
        }
        lines.append(difference)
        let test = comparison.matchedPairs
        lines.append(
            "matched pairs: \(test.segmentCount) segments, mean difference \(test.meanDifference.text(3)), "
                + "z = \(test.zStatistic.text(3)), \(Self.chance(test.pValue))")
        lines.append(
            "first better in \(comparison.firstBetterUtterances), second in \(comparison.secondBetterUtterances) utterances"
        )
        return lines
    }

    private static func chance(_ pValue: Double) -> String {
        pValue < 0.0001 ? "p < 0.0001" : "p = \(pValue.text(4))"
    }

    private static func table(_ name: String, _ groups: [ScoreSummary.Group]) -> [String] {
        let rows = groups.map { group in
            [
                group.name, "\(group.utterances)", "\(group.referenceWords)", (group.wer * 100).text(2),
                (group.cer * 100).text(2), "\(group.substitutions)", "\(group.deletions)", "\(group.insertions)",
            ]
        }
        return rows.isEmpty
            ? []
            : [""] + TextTable(header: [name, "utts", "words", "WER", "CER", "sub", "del", "ins"], rows: rows).lines
    }

    private static func lines(_ frequent: ScoreSummary.Frequent) -> [String] {
        var lines: [String] = []
        func add(_ title: String, _ entries: [FrequentErrors.Entry]) {
            if entries.isEmpty { return }
            lines += ["", title]
            for entry in entries {
                let words = [entry.reference, entry.hypothesis].compactMap { $0 }.joined(separator: " -> ")
                lines.append("  \(entry.count)  \(words)")
            }
        }
        add("most frequent substitutions (reference -> hypothesis)", frequent.substitutions)
        add("most frequent deletions", frequent.deletions)
        add("most frequent insertions", frequent.insertions)
        if !frequent.wrongWords.isEmpty { lines += ["", "words most often wrong (wrong / said)"] }
        for word in frequent.wrongWords { lines.append("  \(word.wrongCount) / \(word.count)  \(word.word)") }
        return lines
    }
}
