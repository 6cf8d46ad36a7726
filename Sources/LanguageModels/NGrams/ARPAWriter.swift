import Files
import FoundationEssentials

extension NGramModel {
    /// Writes the model as an ARPA file, which KenLM and SRILM read: log10 probabilities and back-off weights with six digits or more.
    ///
    /// - Throws: `FileWriteError`.
    package func writeARPA(to path: String) throws {
        try AtomicFile.write(to: path) { writer in
            var lines: [UInt8] = []
            func flush(above limit: Int) throws {
                guard lines.count > limit else { return }
                try lines.withUnsafeBytes { try writer.append($0) }
                lines.removeAll(keepingCapacity: true)
            }
            lines += "\\data\\\n".utf8
            for (index, order) in orders.enumerated() { lines += "ngram \(index + 1)=\(order.count)\n".utf8 }
            for (index, order) in orders.enumerated() {
                lines += "\n\\\(index + 1)-grams:\n".utf8
                for place in order.keys.indices {
                    let tokens = key.tokens(of: order.keys[place], order: index + 1)
                    lines +=
                        "\(order.logProbabilities[place])\t\(tokens.map { vocabulary[$0] }.joined(separator: " "))".utf8
                    if index + 1 < orders.count { lines += "\t\(order.backoffs[place])".utf8 }
                    lines.append(UInt8(ascii: "\n"))
                    try flush(above: 1 << 20)
                }
            }
            lines += "\n\\end\\\n".utf8
            try flush(above: 0)
        }
    }
}
