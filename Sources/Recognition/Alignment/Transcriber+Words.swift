import Audio
import Glibc
import Text

extension Transcriber {
    /// The words of a segment, each from the position of its first token to that behind its last one. In a language without spaces each
    /// token is one.
    func words(
        of tokens: [Int], _ alignment: CTCAlignment, _ segment: AudioSegmenter.Segment
    ) -> [Transcription.Word] {
        let hasSpaces = WhisperLanguage.hasSpaces(model.configuration.language)
        let perPosition = Double(model.configuration.subsamplingFactor) * model.configuration.frontend.hopInSeconds
        let start = segment.startInSeconds
        let end = start + segment.waveform.durationInSeconds
        var words: [Transcription.Word] = []
        var places: [Int] = []  // tokens of the word
        func finishWord() {
            guard let first = places.first, let last = places.last else { return }
            let text = model.tokenizer.text(of: places.map { tokens[$0] }).trimmingPrefix(while: \.isWhitespace)
            let product = places.reduce(0) { $0 + log(alignment.probabilities[$1]) }
            words.append(
                Transcription.Word(
                    text: words.isEmpty || !hasSpaces ? String(text) : " \(text)",
                    startInSeconds: start + Double(alignment.positions[first].lowerBound) * perPosition,
                    endInSeconds: min(end, start + Double(alignment.positions[last].upperBound) * perPosition),
                    probability: exp(product / Double(places.count))))
            places = []
        }
        for place in tokens.indices {
            let text = model.tokenizer.text(of: [tokens[place]])
            // A space between words is a token of its own, or the beginning of a piece.
            if text.first?.isWhitespace ?? true { finishWord() }
            if text.allSatisfy(\.isWhitespace) { continue }
            places.append(place)
            if !hasSpaces { finishWord() }
        }
        finishWord()
        return words
    }
}
