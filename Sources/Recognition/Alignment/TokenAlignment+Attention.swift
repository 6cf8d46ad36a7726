import Autograd
import Models
import NeuralNetwork
import Tensors
import Text

extension TokenAlignment {
    /// By what the decoder attends to, for a model without CTC output: it reads the text once more.
    ///
    /// - Parameters:
    ///   - memory: what was heard
    ///   - positionCount: those that are not silence put behind the recording
    /// - Returns: nil for a text without tokens, or with more than the decoder has positions for.
    init?(
        _ model: SpeechModel, memory: DecoderMemory, positionCount: Int, tokens: [Int], precision: InferencePrecision
    ) {
        let tokenizer = model.tokenizer
        let start = tokenizer.startSequence
        let all = (start + tokens + [tokenizer.endOfSentence]).map(Int32.init)
        guard !tokens.isEmpty, positionCount > 0, all.count <= model.configuration.longestTokenCount ?? .max else {
            return nil
        }
        let recorder = AttentionRecorder()
        probabilities = model.network.tokenProbabilities(
            all, from: start.count, to: all.count - 1, vocabularySize: tokenizer.count, memory: memory,
            on: Tape(precision, attentionRecorder: recorder))
        let starts = attendedStarts(
            recorder.weights, heads: model.description.wordTimeHeads, startCount: start.count, tokenCount: all.count,
            positionCount: positionCount)
        positions = tokens.indices.map { starts[$0]..<max(starts[$0] + 1, starts[$0 + 1]) }
    }
}
