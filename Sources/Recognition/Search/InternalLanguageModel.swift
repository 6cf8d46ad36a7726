import Autograd
import Models
import Tensors
import Text

extension DecoderScorer {
    /// The language model that a decoder has learned from the texts of its own recordings: what it expects where the encoder gives
    /// nothing but zeros (Meng et al. 2021, internal language model estimation). A search with another language model subtracts it.
    ///
    /// - Parameter maximumHypothesisCount: the beam size
    package static func internalLanguageModel(
        of model: SpeechModel, precision: InferencePrecision, maximumHypothesisCount: Int
    ) -> DecoderScorer {
        let zeros = Tensor(zeros: [1, 1, model.configuration.transformer.modelDimension])
        return DecoderScorer(
            model.network, encoded: EncoderDecoder.EncoderOutput(value: Tape(precision).variable(zeros), lengths: [1]),
            tokenizer: model.tokenizer, maximumHypothesisCount: maximumHypothesisCount)
    }
}
