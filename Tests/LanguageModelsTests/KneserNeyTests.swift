import Files
import FoundationEssentials
import Glibc
import LanguageModels
import Numerics
import TestSupport
import Testing

/// A file of the fixtures: `sentences.txt`, and what KenLM's lmplz makes of it (scripts/golden/kneser_ney.sh).
func fixture(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)").path
}

/// The sentences of the fixtures, as words or as characters.
func sentences(characters: Bool = false, limit: Int = .max) throws -> [[String]] {
    let text = try String(contentsOf: URL(filePath: fixture("sentences.txt")), encoding: .utf8)
    return text.split(separator: "\n").prefix(limit).map { line in
        characters ? line.map { $0 == " " ? "<space>" : String($0) } : line.split(separator: " ").map(String.init)
    }
}

/// A model of sentences.
func model(
    of sentences: [[String]], order: Int, pruning: [Int] = [0], byteCount: Int = 1 << 22, folder: String = "."
) throws -> NGramModel {
    let vocabulary = NGramModel.specialTokens + Set(sentences.joined()).sorted()
    var options = KneserNey.Options(order: order)
    options.pruning = pruning
    options.byteCount = byteCount
    options.folder = folder
    let estimation = try KneserNey(vocabulary: vocabulary, options: options)
    for sentence in sentences { try estimation.add(sentence.map { vocabulary.firstIndex(of: $0)! }) }
    return try estimation.model()
}

/// The lines of an ARPA file that list n-grams: probability and back-off weight by the tokens.
private func entries(_ path: String) throws -> [String: (Float, Float)] {
    var entries: [String: (Float, Float)] = [:]
    for line in try String(contentsOf: URL(filePath: path), encoding: .utf8).split(separator: "\n") {
        let fields = line.split(separator: "\t")
        guard fields.count >= 2 else { continue }
        entries[String(fields[1])] = (Float(fields[0])!, fields.count > 2 ? Float(fields[2])! : 0)
    }
    return entries
}

@Suite struct KneserNeyTests {
    /// Every probability and every back-off weight is that of lmplz, whose files have seven digits.
    @Test(arguments: ["words-3", "words-3-pruned", "characters-4"])
    func asLmplz(name: String) throws {
        let isCharacters = name == "characters-4"
        let made = try model(
            of: sentences(characters: isCharacters, limit: isCharacters ? 25 : .max), order: isCharacters ? 4 : 3,
            pruning: name == "words-3-pruned" ? [0, 0, 1] : [0])
        let folder = try TemporaryFolder()
        try made.writeARPA(to: folder.path + "/a.arpa")
        let expected = try entries(fixture("\(name).arpa"))
        let actual = try entries(folder.path + "/a.arpa")
        let names = expected.keys.sorted()
        #expect(actual.keys.sorted() == names && names.count > 500)
        expectClose(
            names.map { actual[$0]?.0 ?? .nan }, names.map { expected[$0]!.0 }, absolute: 1e-5, "probabilities")
        expectClose(
            names.map { actual[$0]?.1 ?? .nan }, names.map { expected[$0]!.1 }, absolute: 1e-5, "back-off weights")
    }

    /// Behind any history the probabilities of all tokens but `<s>`, which is never predicted, sum to 1.
    @Test(arguments: [[0], [0, 0, 1], [0, 1, 2]]) func probabilitiesSumToOne(pruning: [Int]) throws {
        let made = try model(of: sentences(), order: 3, pruning: pruning)
        let histories = [[], [1], [5], [1, 9], [9, 5], [0, 3], [40, 41]] + (3..<60).map { [$0, $0 + 1] }
        for history in histories {
            let sum = made.vocabulary.indices.filter { $0 != NGramModel.sentenceStart }.reduce(0.0) {
                $0 + pow(10, Double(made.logProbability(of: $1, after: history)))
            }
            #expect(abs(sum - 1) < 1e-5, "behind \(history)")
        }
    }

    /// With room for 1,024 records a sorter has to use the disk for the 2,000 tokens of these sentences, four times over.
    @Test func theDiskChangesNothing() throws {
        let folder = try TemporaryFolder()
        let text = try (0..<8).flatMap { number in try sentences().map { $0.map { "\($0)\(number % 5)" } } }
        let inMemory = try model(of: text, order: 3)
        let onDisk = try model(of: text, order: 3, byteCount: 1, folder: folder.path)
        #expect(inMemory.orders.map(\.logProbabilities) == onDisk.orders.map(\.logProbabilities))
        #expect(inMemory.orders.map(\.backoffs) == onDisk.orders.map(\.backoffs))
    }

    @Test func optionsThatCannotWork() throws {
        #expect(throws: LanguageModelError.self) { try model(of: [["a"]], order: 1) }
        #expect(throws: LanguageModelError.self) { try model(of: [["a"]], order: 3, pruning: [1, 1, 1]) }
        #expect(throws: LanguageModelError.self) { try model(of: [["a"]], order: 3, pruning: [0, 2, 1]) }
        #expect(throws: LanguageModelError.self) { try model(of: [], order: 3) }
        // Five special and other tokens have 3 bits each: 42 of them in 128.
        #expect(throws: LanguageModelError.self) { try model(of: [["a", "b"]], order: 43) }
    }
}
