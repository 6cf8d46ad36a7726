import Evaluation
import Files
import FoundationEssentials
import Pictures

/// What the decoder attended to as training went on, as pictures inside a page.
struct AttentionPictures {
    private let evaluations: [EvaluationMetrics]

    /// - Parameter evaluations: those to be shown.
    init(_ evaluations: [TrainingHistory.Evaluation]) { self.evaluations = evaluations.map(\.metrics) }

    /// The section of the page; empty where no evaluation has a picture.
    ///
    /// - Parameters:
    ///   - directory: the output folder that the pictures lie in.
    ///   - best: the step after which the model was kept.
    func html(directory: String, best: Int?) -> String {
        guard let attention = evaluations.last?.attention, let layer = Self.layer(attention) else { return "" }
        var parts = [
            """
            <h2>Attention</h2>
            <div class="dim">What decoder layer \(layer + 1) of \(attention.slopes.count) attends to in the utterance \
            <b>\(HTMLPage.escaped(attention.utterance))</b>, the mean of its heads: each row is a character of the text, from top \
            to bottom, each column a moment of the recording. A decoder that reads the recording from its beginning to its end \
            draws a line from the upper left to the lower right: slope 1. All pictures have one scale: black is no attention, the \
            brightest a quarter of a token's attention and more.</div>
            <blockquote>\(HTMLPage.escaped(attention.text))</blockquote>
            <div class="attention">
            """
        ]
        for evaluation in evaluations {
            guard let attention = evaluation.attention, layer < attention.pictures.count, layer < attention.slopes.count
            else { continue }
            let path = "\(directory)/\(attention.pictures[layer])"
            let note = evaluation.step == best ? ", the best model" : ""
            let picture =
                FileManager.default.contents(atPath: path).map { png in
                    "<img alt=\"attention after step \(evaluation.step)\" src=\"data:image/png;base64,\(png.base64EncodedString())\">"
                } ?? "<div class=\"dim\">\(HTMLPage.escaped(path)) cannot be read</div>"
            parts.append(
                """
                <figure><figcaption><b>step \(evaluation.step)</b> <span class="dim">slope \(attention.slopes[layer].text(2))\
                \(note)</span></figcaption>\(picture)<div class="time"><span>0 s</span>\
                <span>\(attention.audioInSeconds.text(1)) s</span></div></figure>
                """)
        }
        return parts.joined(separator: "\n") + "\n</div>"
    }

    /// The layer that reads most evenly.
    private static func layer(_ attention: EvaluationMetrics.Attention) -> Int? {
        attention.slopes.indices.max { attention.slopes[$0] < attention.slopes[$1] }
    }
}
