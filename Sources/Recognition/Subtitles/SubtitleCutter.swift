/// Cuts what was said into cues that can be read: of few lines and at most 7 s, ending with sentences and clauses and where the speaker
/// pauses. Of all ways to cut, the one with the lowest cost is taken, as paragraphs are broken into lines (Knuth and Plass 1981).
struct SubtitleCutter {
    let options: SubtitleOptions

    private static let longestInSeconds = 7.0
    /// Nothing is shown in a longer pause.
    private static let longestPauseInSeconds = 1.0
    /// A cue that is shown for less cannot be read.
    private static let shortestInSeconds = 1.0

    /// What a cue costs that ends in the middle of a clause; at the end of a clause, of a segment, of a sentence it costs less.
    private static let (clauseCost, segmentCost, usualCost) = (2.0, 1.0, 6.0)
    /// What a pause of half a second makes up for.
    private static let pauseGain = 2.0
    private static let shortCost = 3.0
    /// What an empty cue would cost; a full one costs nothing.
    private static let emptyCost = 8.0

    /// A word and how much room it takes.
    private struct Measured {
        let word: Transcription.Word
        /// In characters.
        let width: Int
        /// Of those the space before it, which falls away at the beginning of a line.
        let spaceWidth: Int

        init(_ word: Transcription.Word) {
            self.word = word
            width = word.text.count
            spaceWidth = word.text.prefix(while: \.isWhitespace).count
        }
    }

    private func width(_ words: ArraySlice<Measured>) -> Int {
        words.reduce(0) { $0 + $1.width } - (words.first?.spaceWidth ?? 0)
    }

    /// The cues of a transcription, in order.
    func cues(_ transcription: Transcription) -> [SubtitleCue] {
        let segments = transcription.segments.map(transcription.timedWords).filter { !$0.isEmpty }
        if options.isUnlimited { return segments.map { SubtitleCue(lines: [$0]) } }
        let words = segments.flatMap(\.self).map(Measured.init)
        var segmentEnds: Set<Int> = []
        var count = 0
        for segment in segments {
            count += segment.count
            segmentEnds.insert(count)
        }

        // best[end]: what the cues of words[..<end] cost at least, and where the last of them begins.
        var best: [(cost: Double, start: Int)] = [(0, 0)]
        for end in words.indices.map({ $0 + 1 }) {
            var cheapest = (cost: Double.infinity, start: end - 1)
            for start in stride(from: end - 1, through: 0, by: -1) {
                if start < end - 1, !mayFollow(words[start].word, words[start + 1].word) { break }
                guard let cost = cost(words[start..<end]) else { break }
                if best[start].cost + cost < cheapest.cost { cheapest = (best[start].cost + cost, start) }
            }
            let isSegmentEnd = segmentEnds.contains(end)
            let pause =
                end < words.count ? words[end].word.startInSeconds - words[end - 1].word.endInSeconds : .infinity
            cheapest.cost += cutCost(after: words[end - 1].word, isSegmentEnd: isSegmentEnd, pause: pause)
            best.append(cheapest)
        }
        var cues: [SubtitleCue] = []
        var end = words.count
        while end > 0 {
            let start = best[end].start
            let lines = lines(words[start..<end]) ?? [words[start..<end]]
            cues.append(SubtitleCue(lines: lines.map { $0.map(\.word) }))
            end = start
        }
        return cues.reversed()
    }

    /// Whether two words may stand in one cue.
    private func mayFollow(_ word: Transcription.Word, _ next: Transcription.Word) -> Bool {
        next.startInSeconds - word.endInSeconds <= Self.longestPauseInSeconds
    }

    /// What it costs to show these words together; nil where they do not fit. One word always does.
    private func cost(_ words: ArraySlice<Measured>) -> Double? {
        let duration = words.last!.word.endInSeconds - words.first!.word.startInSeconds
        guard words.count == 1 || (duration <= Self.longestInSeconds && lines(words) != nil) else { return nil }
        var cost = duration < Self.shortestInSeconds ? Self.shortCost : 0
        if let width = options.maximumLineWidth, let count = options.maximumLineCount {
            let share = Double(self.width(words)) / Double(max(1, width * count))
            cost += Self.emptyCost * (1 - min(1, share)) * (1 - min(1, share))
        }
        return cost
    }

    private func cutCost(after word: Transcription.Word, isSegmentEnd: Bool, pause: Double) -> Double {
        var cost = isSegmentEnd ? Self.segmentCost : Self.usualCost
        switch word.text.last(where: { !"\"'”’»)".contains($0) }) {
        case let mark? where ".?!…。？！".contains(mark): cost = 0
        case let mark? where ",;:–—、，；：".contains(mark): cost = min(cost, Self.clauseCost)
        default: break
        }
        return max(0, cost - Self.pauseGain * min(1, pause / 0.5))
    }

    /// The words as lines of nearly the same width, as few as possible; nil where they do not fit into a cue.
    private func lines(_ words: ArraySlice<Measured>) -> [ArraySlice<Measured>]? {
        let (first, count) = (words.startIndex, words.count)
        // costs[n][end]: the smallest sum of squared widths of the first `end` words in n lines; starts: where the last line begins.
        var costs = [[0] + [Int](repeating: .max, count: count)]
        var starts: [[Int]] = []
        for _ in 0..<min(count, options.maximumLineCount ?? count) {
            var cost = [Int](repeating: .max, count: count + 1)
            var start = [Int](repeating: 0, count: count + 1)
            for end in 1...count {
                for begin in stride(from: end - 1, through: 0, by: -1) {
                    let line = words[first + begin..<first + end]
                    guard isLine(line) else { break }
                    guard costs.last![begin] < .max else { continue }
                    let sum = costs.last![begin] + width(line) * width(line)
                    if sum < cost[end] { (cost[end], start[end]) = (sum, begin) }
                }
            }
            costs.append(cost)
            starts.append(start)
            guard cost[count] < .max else { continue }
            var result: [ArraySlice<Measured>] = []
            var end = count
            for start in starts.reversed() {
                result.append(words[first + start[end]..<first + end])
                end = start[end]
            }
            return result.reversed()
        }
        return nil
    }

    private func isLine(_ words: ArraySlice<Measured>) -> Bool {
        let isNarrow = options.maximumLineWidth.map { width(words) <= $0 } ?? true
        return words.count <= options.maximumWordsPerLine ?? .max && (isNarrow || words.count == 1)
    }
}
