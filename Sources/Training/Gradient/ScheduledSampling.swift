import Autograd
import Models
import Numerics
import Tensors
import Text

/// Scheduled sampling for Transformers (Mihaylova and Martins 2019, section 3): a first pass of the decoder over the right text
/// gives predictions, some of which stand in for the right characters in the second pass, the one that is learned from. So the
/// decoder meets its own mistakes, as it does when it transcribes.
struct ScheduledSampling {
    /// The chance of each character to be replaced, 0...1.
    let probability: Float
    /// What the chances are drawn with.
    let key: RandomKey
    /// What the inputs are tokens of.
    let tokenizer: any Tokenizer

    /// Decoder inputs of which some are what the model predicts at their places.
    ///
    /// The first pass records nothing and has no dropout. Where it predicts no character but, say, the end, the right one stays:
    /// no end is ever followed by anything.
    ///
    /// - Parameters:
    ///   - inputs: [batch, time], the start and the right text
    ///   - lengths: characters of each text
    ///   - keysValues: of the encoder output
    ///   - encoderLengths: positions of each encoder output
    func inputs(
        _ inputs: [Int32], lengths: [Int], keysValues: [Variable], encoderLengths: [Int], network: EncoderDecoder
    ) -> [Int32] {
        let tape = Tape(precision: keysValues[0].tape.precision)
        let logits = network.decode(
            inputs, batch: lengths.count, keysValues: keysValues.map { tape.variable($0.value) },
            encoderLengths: encoderLengths
        ).value  // [batch, time, vocabulary]
        let time = inputs.count / max(1, lengths.count)
        let noText = tokenizer.suppressedTokens.union(tokenizer.startSequence).union([tokenizer.endOfSentence])
        let firstPlace = tokenizer.startSequence.count - 1  // whose output is the first token of the text
        var generator = key.generator
        var result = inputs
        for (row, length) in lengths.enumerated() {
            for position in 0..<length {
                let place = row * time + firstPlace + position
                guard generator.uniform() < probability else { continue }
                let scores = UnsafeBufferPointer(
                    start: logits.floats + place * network.vocabularySize, count: network.vocabularySize)
                let best = scores.indices.max { scores[$0] < scores[$1] }!
                // The prediction at a position is the input of the next one.
                if !noText.contains(best) { result[place + 1] = Int32(best) }
            }
        }
        return result
    }
}
