import Text

/// Times of the words of a window, made plausible, and shared out among its segments; openai/whisper, `timing.py`,
/// `add_word_timestamps`.
package struct WhisperWords {
    /// A segment's words, with the segment's own times, which follow from them.
    package struct Segment: Equatable {
        package var startInSeconds: Double
        package var endInSeconds: Double
        package var words: [TimedWord]

        package init(startInSeconds: Double, endInSeconds: Double, words: [TimedWord]) {
            self.startInSeconds = startInSeconds
            self.endInSeconds = endInSeconds
            self.words = words
        }
    }

    private static let opening = "\"'\u{201C}\u{BF}([{-"
    private static let closing = "\"'.\u{3002},\u{FF0C}!\u{FF01}?\u{FF1F}:\u{FF1A}\u{201D})]}\u{3001}"
    private static let sentenceEnds = ".\u{3002}!\u{FF01}?\u{FF1F}"
    private static let longestMedianInSeconds = 0.7

    /// Half of the longest that a word beside a pause may last.
    private let median: Double
    private var longest: Double { 2 * median }
    private var words: [TimedWord]

    /// - Parameter words: of a window, in order.
    package init(_ words: [TimedWord]) {
        self.words = words
        let durations = words.map { $0.endInSeconds - $0.startInSeconds }.filter { $0 != 0 }.sorted()
        let middle = durations.count / 2
        let value =
            durations.isEmpty
            ? 0 : durations.count % 2 == 1 ? durations[middle] : (durations[middle - 1] + durations[middle]) / 2
        median = min(Self.longestMedianInSeconds, value)
        if !durations.isEmpty { shortenAtSentenceEnds() }
        joinPunctuation()
    }

    /// Neither the mark that ends a sentence nor the word behind it lasts long: what is between them is a pause.
    private mutating func shortenAtSentenceEnds() {
        for index in words.indices.dropFirst() where words[index].endInSeconds - words[index].startInSeconds > longest {
            if Self.sentenceEnds.contains(words[index].text) {
                words[index].endInSeconds = words[index].startInSeconds + longest
            } else if Self.sentenceEnds.contains(words[index - 1].text) {
                words[index].startInSeconds = words[index].endInSeconds - longest
            }
        }
    }

    /// Marks that open something join the next word, those that close something the word before them.
    private mutating func joinPunctuation() {
        var following = words.count - 1
        for index in words.indices.dropLast().reversed() {
            let text = words[index].text
            if text.hasPrefix(" ") && Self.opening.contains(String(text.drop { $0 == " " })) {
                words[following].text = text + words[following].text
                words[following].tokenCount += words[index].tokenCount
                words[index].text = ""
                words[index].tokenCount = 0
            } else {
                following = index
            }
        }
        var previous = 0
        for index in words.indices.dropFirst() {
            let text = words[index].text
            if !words[previous].text.hasSuffix(" ") && (text.isEmpty || Self.closing.contains(text)) {
                words[previous].text += text
                words[previous].tokenCount += words[index].tokenCount
                words[index].text = ""
                words[index].tokenCount = 0
            } else {
                previous = index
            }
        }
    }

    /// The words of each segment, by how many tokens it has.
    ///
    /// - Parameters:
    ///   - segments: tokens of text, and the times that timestamps say, from the beginning of the recording
    ///   - offset: where the window begins in the recording, in seconds
    ///   - lastSpeech: when speech ended before the window, in seconds from the beginning of the recording
    /// - Returns: times from the beginning of the recording.
    package func segments(
        _ segments: [(tokenCount: Int, startInSeconds: Double, endInSeconds: Double)], offset: Double,
        lastSpeech: Double
    ) -> [Segment] {
        func hundredths(_ seconds: Double) -> Double { ((offset + seconds) * 100).rounded(.toNearestOrEven) / 100 }
        var lastSpeech = lastSpeech
        var next = 0
        return segments.map { segment in
            var taken = 0
            var own: [TimedWord] = []
            while next < words.count && taken < segment.tokenCount {
                var word = words[next]
                word.startInSeconds = hundredths(word.startInSeconds)
                word.endInSeconds = hundredths(word.endInSeconds)
                if !word.text.isEmpty { own.append(word) }
                taken += words[next].tokenCount
                next += 1
            }
            var result = Segment(
                startInSeconds: segment.startInSeconds, endInSeconds: segment.endInSeconds, words: own)
            if !own.isEmpty {
                fitBeginning(&result, lastSpeech: lastSpeech)
                fitEnd(&result)
                lastSpeech = result.endInSeconds
            }
            return result
        }
    }

    /// The first words behind a pause do not last long; the segment begins with them, unless its timestamp says much later.
    private func fitBeginning(_ segment: inout Segment, lastSpeech: Double) {
        func duration(_ range: ClosedRange<Int>) -> Double {
            segment.words[range.upperBound].endInSeconds - segment.words[range.lowerBound].startInSeconds
        }
        let hasSecond = segment.words.count > 1
        let isLong = duration(0...0) > longest || hasSecond && duration(0...1) > 2 * longest
        if segment.words[0].endInSeconds - lastSpeech > 4 * median && isLong {
            if hasSecond && duration(1...1) > longest {
                let end = segment.words[1].endInSeconds
                let boundary = max(end / 2, end - longest)
                segment.words[0].endInSeconds = boundary
                segment.words[1].startInSeconds = boundary
            }
            segment.words[0].startInSeconds = max(0, segment.words[0].endInSeconds - longest)
        }
        let first = segment.words[0]
        if segment.startInSeconds < first.endInSeconds && segment.startInSeconds - 0.5 > first.startInSeconds {
            segment.words[0].startInSeconds = max(0, min(first.endInSeconds - median, segment.startInSeconds))
        } else {
            segment.startInSeconds = first.startInSeconds
        }
    }

    /// The segment ends with its last word, unless its timestamp says much earlier.
    private func fitEnd(_ segment: inout Segment) {
        let last = segment.words[segment.words.count - 1]
        if segment.endInSeconds > last.startInSeconds && segment.endInSeconds + 0.5 < last.endInSeconds {
            segment.words[segment.words.count - 1].endInSeconds = max(
                last.startInSeconds + median, segment.endInSeconds)
        } else {
            segment.endInSeconds = last.endInSeconds
        }
    }
}
