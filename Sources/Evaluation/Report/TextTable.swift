/// A table for people and programs: aligned text, Markdown, or comma-separated values.
public struct TextTable: Sendable {
    public var header: [String]
    public var rows: [[String]]

    public init(header: [String], rows: [[String]]) {
        self.header = header
        self.rows = rows
    }

    /// Columns aligned with spaces: the first to the left, the others to the right.
    public var lines: [String] {
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        return ([header] + rows).map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                line += column == 0 ? cell + space : "  " + space + cell
            }
            return line
        }
    }

    /// A Markdown table.
    public var markdown: [String] {
        let rule = "|" + header.map { _ in "---|" }.joined()
        let escaped = rows.map { row in row.map { $0.replacing("|", with: "\\|") } }
        return ["|" + header.joined(separator: "|") + "|", rule] + escaped.map { "|" + $0.joined(separator: "|") + "|" }
    }

    /// RFC 4180: fields with separators, quotes or line breaks in quotes.
    public var csv: [String] {
        ([header] + rows).map { $0.map(Self.csvField).joined(separator: ",") }
    }

    /// A field of comma-separated values.
    static func csvField(_ text: String) -> String {
        let needsQuotes = text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
}

extension TextTable {
    /// Several scored corpora, one a row.
    public enum Style: String, CaseIterable, Sendable, Codable {
        case text, markdown, csv, espnet
    }

    /// A row for each corpus: its name and figures; ESPnet's columns in percent (`Corr`, `Sub` ... of all words).
    public static func scores(_ scores: [(name: String, summary: ScoreSummary)], style: Style) -> [String] {
        if style == .espnet {
            let header = ["dataset", "Snt", "Wrd", "Corr", "Sub", "Del", "Ins", "Err", "S.Err"]
            let rows = scores.map { name, summary in
                let total = Double(max(summary.referenceWords, 1))
                func share(_ count: Int) -> String { (Double(count) * 100 / total).text(1) }
                return [
                    name, "\(summary.utterances)", "\(summary.referenceWords)", share(summary.hits),
                    share(summary.substitutions), share(summary.deletions), share(summary.insertions),
                    share(summary.substitutions + summary.deletions + summary.insertions), (summary.ser * 100).text(1),
                ]
            }
            return TextTable(header: header, rows: rows).markdown
        }
        let header = [
            "name", "utterances", "words", "WER", "low", "high", "CER", "sub", "del", "ins", "normalizer", "alignment",
        ]
        let rows = scores.map { name, summary in
            [
                name, "\(summary.utterances)", "\(summary.referenceWords)", (summary.wer * 100).text(2),
                summary.werInterval.map { ($0.low * 100).text(2) } ?? "",
                summary.werInterval.map { ($0.high * 100).text(2) } ?? "", (summary.cer * 100).text(2),
                "\(summary.substitutions)", "\(summary.deletions)", "\(summary.insertions)",
                "\(summary.normalizer.name)-v\(summary.normalizer.version)-\(summary.normalizer.hash)",
                summary.alignmentWeights.rawValue,
            ]
        }
        let table = TextTable(header: header, rows: rows)
        switch style {
        case .text, .espnet: return table.lines
        case .markdown: return table.markdown
        case .csv: return table.csv
        }
    }
}
