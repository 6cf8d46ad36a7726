import Files
import Pictures

/// How a training run went, in a sentence, and what to do next.
package struct TrainingVerdict: Sendable, Equatable {
    package enum Kind: Sendable {
        /// The dev set has not been transcribed yet.
        case open
        /// The decoder writes without listening.
        case notLearned
        /// The dev error has risen since the best model.
        case byHeart
        /// The dev error was falling when the run ended.
        case stillFalling
        /// The dev error no longer falls.
        case settled
    }

    package let kind: Kind
    package let text: String
    package let advice: String

    /// A model that listens writes some letters right. From these error rates on it does not: models whose decoder guessed had 75 % of the
    /// characters wrong and more, those that listened 60 % at most (docs/ablations.md, "When a decoder has not learned to listen").
    package static let (wordErrorRate, characterErrorRate) = (0.9, 0.65)
    /// What a language model can guess of the tokens without hearing anything, at most (docs/ablations.md).
    private static let guessedAccuracy = 0.55
    /// Steps in which models that begin with random weights rarely begin to listen.
    private static let fewSteps = 5_000
    /// A CTC loss above this, in nats per token: the encoder hears nothing yet.
    private static let deafCTCLoss = 2.0
    private static let (smallestRise, smallestFall) = (0.05, 0.03)
    private static let smallestLossRise = 0.01

    init(_ history: TrainingHistory) {
        if let best = history.bestPerplexity, let last = history.evaluations.last?.metrics,
            let ofCharacters = best.devPerplexityPerCharacter, let ofWords = best.devPerplexityPerWord
        {
            text =
                "The dev text has a perplexity of \(ofCharacters.text(3)) per character and \(ofWords.text(1)) per word after step "
                + "\(best.step), the model that is kept."
            kind = (last.devLoss ?? 0) > (best.devLoss ?? 0) * (1 + Self.smallestLossRise) ? .byHeart : .settled
            advice =
                kind == .byHeart
                ? "Since then it has risen: the text is being learned by heart. More text, a higher lm.dropout or a smaller model help."
                : ""
            return
        }
        guard let best = history.best?.metrics, let last = history.evaluations.last?.metrics,
            let words = best.devWordErrorRate, let characters = best.devCharacterErrorRate, characters.isFinite,
            let lastCharacters = last.devCharacterErrorRate
        else {
            (kind, text, advice) = (.open, "The dev set has not been transcribed yet.", "")
            return
        }
        func percent(_ rate: Double) -> String { "\((100 * rate).text(1)) %" }
        let figures =
            "Of the dev set \(percent(words)) of the words and \(percent(characters)) of the characters are wrong"
        let recent = history.steps.suffix(50).map(\.metrics)
        let accuracy = recent.reduce(0) { $0 + $1.accuracy } / Double(max(1, recent.count))

        if words >= Self.wordErrorRate && characters >= Self.characterErrorRate {
            kind = .notLearned
            let isGuessing = accuracy < Self.guessedAccuracy
            text =
                "The decoder has not learned to listen. \(figures), at best. In training it predicts \(percent(accuracy)) of the tokens, "
                + (isGuessing
                    ? "no more than can be guessed from the text before them."
                    : "which it can only do because it knows the training data by heart.")
            var advice = [
                "Start from a model that listens: --init english, or --init english-small for another language."
            ]
            let ctcLoss = last.devCTCLoss ?? recent.compactMap(\.ctcLoss).last
            if !isGuessing { advice.append("More training data.") }
            if let step = recent.last?.step, step < Self.fewSteps {
                advice.append(
                    "More passes (stopping.epochs): \(step) steps are few for a model that begins with random weights.")
            } else {
                advice.append("A lower rate that rises more slowly (schedule.peakLearningRate, schedule.warmupSteps).")
            }
            if ctcLoss == nil {
                advice.append("Train with CTC beside the decoder: loss.ctcWeight=0.3.")
            } else if let ctcLoss, ctcLoss > Self.deafCTCLoss {
                advice.append(
                    "The encoder does not hear yet either (CTC loss \(ctcLoss.text(2)) nats per token; it begins below \(Self.deafCTCLoss.text(0))): "
                        + "check with asr data check whether texts and recordings belong together.")
            }
            self.advice = advice.joined(separator: " ")
            return
        }
        if best.step < last.step, lastCharacters >= characters * (1 + Self.smallestRise) {
            kind = .byHeart
            text = "\(figures) after step \(best.step), the model that is kept. Since then the error has risen."
            advice =
                "The training data are being learned by heart: more data, more augmentation, a higher model.transformer.dropout or a "
                + "smaller model help."
            return
        }
        let earlier = history.evaluations.last { 4 * $0.metrics.step <= 3 * last.step }?.metrics.devCharacterErrorRate
        if best.step == last.step, let earlier, characters <= earlier * (1 - Self.smallestFall) {
            kind = .stillFalling
            text = "\(figures), and the error was still falling."
            advice = "More passes help: the same command with --resume and a higher --set stopping.epochs=..."
            return
        }
        kind = .settled
        text = "\(figures), and the error no longer falls."
        advice = ""
    }

    /// A line for the log.
    package var line: String { advice.isEmpty ? text : "\(text) \(advice)" }

    /// The top of the page.
    var html: String {
        let style = kind == .notLearned ? "verdict bad" : "verdict"
        return "<div class=\"\(style)\"><b>\(HTMLPage.escaped(text))</b> \(HTMLPage.escaped(advice))</div>"
    }
}
