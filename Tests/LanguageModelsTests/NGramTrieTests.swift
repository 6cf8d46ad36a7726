import Files
import Glibc
import LanguageModels
import Numerics
import TestSupport
import Testing

@Suite struct NGramTrieTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func trie(_ model: NGramModel) throws -> NGramTrie {
        try NGramTrie.write(model, to: folder.path + "/a.ngram")
        return try NGramTrie(path: folder.path + "/a.ngram")
    }

    /// With up to 256 different numbers of a kind the trie says what the model says, in natural logarithms; with more, about that.
    @Test(arguments: [(20, Float(1e-5)), (60, 0.05)]) func saysWhatTheModelSays(limit: Int, tolerance: Float) throws {
        let model = try model(of: sentences(limit: limit), order: 3)
        let trie = try trie(model)
        #expect(trie.vocabulary == model.vocabulary && trie.counts == model.orders.map(\.count))
        var generator = SplitMix64(state: 1)
        let count = model.vocabulary.count
        for _ in 0..<200 {
            // Histories that occur, and some that do not.
            let sentence = try sentences(limit: limit)[Int.random(in: 0..<limit, using: &generator)]
            var tokens = [NGramModel.sentenceStart] + sentence.map { model.vocabulary.firstIndex(of: $0)! }
            if Bool.random(using: &generator) { tokens.append(Int.random(in: 3..<count, using: &generator)) }
            let history = Array(tokens.prefix(Int.random(in: 1...tokens.count, using: &generator)))
            let context = history.dropFirst().reduce(trie.start) { trie.advanced($0, by: $1) }
            let all = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
            defer { all.deallocate() }
            trie.logProbabilities(after: context, into: all)
            let expected = (0..<count).map { model.logProbability(of: $0, after: history) * Float(M_LN10) }
            expectClose(Array(all), expected, absolute: tolerance, "all behind \(history)")
            expectClose((0..<count).map { trie.logProbability(of: $0, after: context) }, Array(all), absolute: 1e-5)
        }
    }

    /// Histories are forgotten beyond the order.
    @Test func aHistoryHasAnEnd() throws {
        let trie = try trie(model(of: sentences(), order: 3))
        let long = [7, 8, 9, 5, 6].reduce(trie.start) { trie.advanced($0, by: $1) }
        let short = [5, 6].reduce(trie.empty) { trie.advanced($0, by: $1) }
        #expect(long == short)
    }

    @Test func damagedFilesAreRefused() throws {
        _ = try trie(model(of: sentences(), order: 3))
        let bytes = try WholeFile.bytes(folder.path + "/a.ngram", limit: 1 << 24)
        for count in [0, 7, 31, 40, 100, bytes.count / 2, bytes.count - 1] {
            let path = try folder.write("b.ngram", bytes: Array(bytes.prefix(count)))
            #expect(throws: LanguageModelError.self, "\(count) bytes") { try NGramTrie(path: path) }
        }
        #expect(throws: LanguageModelError.self) { try NGramTrie(path: folder.write("c.ngram", bytes: bytes + [0])) }
        #expect(throws: LanguageModelError.self) { try NGramTrie(path: folder.path + "/none") }
        var other = bytes
        other[8] = 2
        #expect(
            throws: LanguageModelError(
                "\(folder.path)/d.ngram: version 2, and this program reads version 1; make the language model again, or use another version of this program"
            )
        ) {
            try NGramTrie(path: folder.write("d.ngram", bytes: other))
        }
    }

    /// Whatever the bytes behind the header are, nothing outside of the file is looked at.
    @Test func wrongBytesDoNotCrash() throws {
        _ = try trie(model(of: sentences(), order: 3))
        let bytes = try WholeFile.bytes(folder.path + "/a.ngram", limit: 1 << 24)
        var generator = SplitMix64(state: 3)
        for number in 0..<100 {
            var changed = bytes
            for _ in 0..<50 {
                changed[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            guard let trie = try? NGramTrie(path: folder.write("w\(number).ngram", bytes: changed)) else { continue }
            var context = trie.start
            let all = UnsafeMutableBufferPointer<Float>.allocate(capacity: trie.vocabulary.count)
            defer { all.deallocate() }
            for token in trie.vocabulary.indices {
                trie.logProbabilities(after: context, into: all)
                context = trie.advanced(context, by: token)
            }
        }
    }
}
