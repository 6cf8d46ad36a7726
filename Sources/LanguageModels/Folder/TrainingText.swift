import Files
import Text

/// Text that a language model learns from: files with a sentence in each line, packed by gzip or not, read as a stream.
public struct TrainingText: Sendable {
    public let paths: [String]
    /// How a line becomes what the recogniser writes.
    public let normalizer: LabelNormalizer

    public init(paths: [String], normalizer: LabelNormalizer) {
        self.paths = paths
        self.normalizer = normalizer
    }

    /// Calls `body` with every line that has something to say, as the recogniser would write it.
    ///
    /// - Throws: `TextFileError` naming file and line, for example where it is not UTF-8; what `body` throws.
    func forEachLine(_ body: (String) throws -> Void) throws {
        let lines = Lines(self)
        while let line = try lines.next() { try body(line) }
    }

    /// The lines that have something to say, one after the other.
    package final class Lines {
        private let text: TrainingText
        private var nextPath = 0
        private var file: TextLines?

        package init(_ text: TrainingText) { self.text = text }

        /// The next line, as the recogniser would write it; nil at the end.
        ///
        /// - Throws: `TextFileError` naming file and line, for example where it is not UTF-8.
        package func next() throws -> String? {
            while true {
                guard let file else {
                    if nextPath == text.paths.count { return nil }
                    file = try TextLines(path: text.paths[nextPath])
                    nextPath += 1
                    continue
                }
                guard let line = try file.next() else {
                    self.file = nil
                    continue
                }
                try line.checkUTF8()
                let content = text.normalizer.normalized(line.string)
                if !content.isEmpty { return content }
            }
        }
    }
}

/// Characters of a text that a vocabulary lacks.
public struct UnknownCharacters: Sendable {
    /// How often each occurs.
    public private(set) var counts: [Unicode.Scalar: Int] = [:]

    package init() {}

    package mutating func add(_ character: Unicode.Scalar) { counts[character, default: 0] += 1 }

    /// The most frequent ones with their counts; nil where there are none.
    public var summary: String? {
        guard !counts.isEmpty else { return nil }
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let shown = sorted.prefix(10).map { "\"\($0.key)\" \($0.value)" }.joined(separator: ", ")
        let total = counts.values.reduce(0, +)
        return "\(total) characters that the vocabulary lacks, \(counts.count) different ones: \(shown)"
            + (sorted.count > 10 ? " ..." : "")
    }
}
