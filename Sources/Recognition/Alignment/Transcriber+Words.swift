import Audio
import Glibc
import Text

extension Transcriber {
    /// The words of a segment, each from the position of its first token to that behind its last one that is spoken: what a full stop or a
    /// comma attends to is the pause behind a word.
    ///
    /// - Parameters:
    ///   - tokens: of the whole text.
    ///   - evidence: of the words.
    ///   - hasSpaces: whether words have spaces between them.
    func words(
        of tokens: [Int], _ evidence: [WordEvidence], _ alignment: TokenAlignment, _ segment: AudioSegmenter.Segment,
        hasSpaces: Bool
    ) -> [Transcription.Word] {
        let perPosition = Double(model.configuration.subsamplingFactor) * model.configuration.frontend.hopInSeconds
        let start = segment.startInSeconds
        let end = start + segment.waveform.durationInSeconds
        let silence = model.configuration.frontend.leadingSilenceInSeconds
        func time(_ position: Int) -> Double { min(end, max(start, start + Double(position) * perPosition - silence)) }
        return evidence.enumerated().map { index, word in
            let product = word.tokens.reduce(0) { $0 + log(alignment.probabilities[$1]) }
            let spoken = model.tokenizer.spokenRange(of: word.tokens, in: tokens)
            return Transcription.Word(
                text: index == 0 || !hasSpaces ? word.text : " \(word.text)",
                startInSeconds: time(alignment.positions[spoken.lowerBound].lowerBound),
                endInSeconds: time(alignment.positions[spoken.upperBound - 1].upperBound),
                probability: exp(product / Double(word.tokens.count)), confidence: word.confidence)
        }
    }
}
