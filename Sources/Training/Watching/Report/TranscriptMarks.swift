import Evaluation
import Pictures

/// A recognised text with its errors marked, as HTML.
enum TranscriptMarks {
    /// Word by word; character by character where nothing is written between words.
    static func html(reference: String, hypothesis: String) -> String {
        let hasWords = reference.contains(" ") || hypothesis.contains(" ")
        let alignment = Alignment(
            reference: reference, hypothesis: hypothesis, unit: hasWords ? .words : .characters)
        let parts = alignment.steps.map { step in
            let said = HTMLPage.escaped(step.reference ?? "")
            let heard = HTMLPage.escaped(step.hypothesis ?? "")
            return switch step.operation {
            case .hit: heard
            case .substitution: "<span class=\"s\"><small>\(said)</small>\(heard)</span>"
            case .deletion: "<span class=\"d\">\(said)</span>"
            case .insertion: "<span class=\"i\">\(heard)</span>"
            }
        }
        return parts.joined(separator: hasWords ? " " : "")
    }
}
