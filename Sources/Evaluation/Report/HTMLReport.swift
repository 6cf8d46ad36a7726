import FoundationEssentials
import Pictures

/// A report for the browser: one file that needs no network.
///
/// Totals with intervals, distribution, groups, frequent errors, and a table of all utterances with search, sorting,
/// coloured alignments, an audio player and a spectrogram. Rows are made as they are scrolled to.
public enum HTMLReport {
    /// The file's content.
    ///
    /// - Parameters:
    ///   - name: of the test set.
    ///   - notes: lines under the title: model, search, date, command.
    ///   - systems: names of the first and, where there is one, the second system.
    ///   - other: a second system on the same utterances.
    ///   - audioLinks: for each utterance the address of its audio as seen from the report; empty for none.
    ///   - spectrograms: by index of the utterance; those without have none shown.
    public static func html(
        _ score: CorpusScore, summary: ScoreSummary, name: String, notes: [String] = [], systems: [String] = [],
        comparedWith other: CorpusScore? = nil, audioLinks: [String?] = [],
        spectrograms: [Int: SpectrogramThumbnail] = [:]
    ) throws -> Data {
        let data = try ReportData(
            score, summary: summary, name: name, notes: notes, systems: systems, comparedWith: other,
            audioLinks: audioLinks,
            spectrograms: spectrograms)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Foundation writes "/" as "\/", so that no text can end the script element; "<!--" must not begin one either.
        var json = try encoder.encode(data)
        json = Data(escaped(json))
        var html = Data()
        html += Data(HTMLPage.beginning(title: "Scores of \(name)", style: ReportStyle.css).utf8)
        html += Data(ReportBody.html.utf8)
        html += Data("<script id=\"data\" type=\"application/json\">".utf8)
        html += json
        html += Data("</script>\n<script>\n".utf8)
        html += Data(ReportScript.code.utf8)
        html += Data("</script>\n\(HTMLPage.end)".utf8)
        return html
    }

    /// JSON in which "<" is written as an escape.
    private static func escaped(_ json: Data) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(json.count)
        for byte in json {
            if byte == UInt8(ascii: "<") { bytes += Array("\\u003c".utf8) } else { bytes.append(byte) }
        }
        return bytes
    }
}
