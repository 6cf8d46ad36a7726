import Autograd
import Glibc
import Models
import Tensors
import Text

/// A word of a window and when it was said.
package struct TimedWord: Sendable, Equatable {
    /// With the space before it.
    package var text: String
    package var tokenCount: Int
    /// Seconds from the beginning of the window.
    package var startInSeconds: Double
    package var endInSeconds: Double
    /// The mean probability of its tokens.
    package var probability: Double
    /// How probable it is that the word is right; nil for a model whose confidence is not fitted.
    package var confidence: Double?

    package init(text: String, tokenCount: Int, startInSeconds: Double, endInSeconds: Double, probability: Double) {
        self.text = text
        self.tokenCount = tokenCount
        self.startInSeconds = startInSeconds
        self.endInSeconds = endInSeconds
        self.probability = probability
    }
}

extension WhisperWindow {
    /// When the words of a text were said, by what the decoder attends to; openai/whisper, `timing.py`, `find_alignment`.
    ///
    /// The decoder reads the text once more: see `attendedStarts`.
    ///
    /// - Parameters:
    ///   - textTokens: without timestamps
    ///   - frameCount: frames of the window that are not padding
    ///   - heads: [layer, head] of cross-attention heads that follow the audio
    func wordTimes(
        _ textTokens: [Int], frameCount: Int, heads: [[Int]], _ tokenizer: WhisperTokenizer
    ) -> [TimedWord] {
        let special = tokenizer.special
        let positionCount = min(frameCount / 2, self.positionCount)
        guard !textTokens.isEmpty, positionCount > 0 else { return [] }
        var prompted = tokenizer
        prompted.hasTimestamps = false
        let start = prompted.startSequence  // ends in "no timestamps"
        let tokens = (start + textTokens + [special.endOfText]).map(Int32.init)

        // What the decoder attends to, and how probable it finds each token.
        let recorder = AttentionRecorder()
        let probabilities = network.tokenProbabilities(
            tokens, from: start.count, to: tokens.count - 1, vocabularySize: special.endOfText, memory: memory,
            on: Tape(precision, attentionRecorder: recorder))
        let starts = attendedStarts(
            recorder.weights, heads: heads, startCount: start.count, tokenCount: tokens.count,
            positionCount: positionCount
        ).map { Double($0) * WhisperTokens.secondsPerTimestamp }

        var words: [TimedWord] = []
        var first = 0
        for word in tokenizer.words(of: textTokens + [special.endOfText]).dropLast() {
            let next = first + word.tokens.count
            words.append(
                TimedWord(
                    text: word.text, tokenCount: word.tokens.count, startInSeconds: starts[first],
                    endInSeconds: starts[next],
                    probability: probabilities[first..<next].reduce(0, +) / Double(word.tokens.count)))
            first = next
        }
        return words
    }
}
