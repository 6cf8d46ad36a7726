import Files
import LanguageModels
import TestSupport
import Testing

@Suite struct ARPATests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ text: String) throws -> NGramModel { try NGramModel(arpa: folder.write("a.arpa", text)) }

    private func fault(_ text: String) -> String {
        do {
            _ = try read(text)
            return "no error"
        } catch {
            return "\(error)".replacing(folder.path + "/", with: "")
        }
    }

    /// p(b | a) is listed; p(a | b) is not, and b has no back-off weight; p(b | <s>) is 0.7 and the weight of <s>, 0.3.
    @Test func probabilities() throws {
        let model = try read(smallARPA)
        #expect(model.vocabulary == ["<unk>", "<s>", "</s>", "a", "b"])
        #expect(model.logProbability(of: 4, after: [3]) == -0.4)
        #expect(model.logProbability(of: 3, after: [4]) == -0.5)
        #expect(model.logProbability(of: 4, after: [1]) == -1)
        #expect(model.logProbability(of: 4, after: [4, 3]) == -0.4)
    }

    /// What is written is read again, packed by gzip too.
    @Test func goesRound() throws {
        let model = try model(of: sentences(), order: 3)
        let path = folder.path + "/b.arpa"
        try model.writeARPA(to: path)
        let bytes = try WholeFile.bytes(path, limit: 1 << 24)
        for read in [try NGramModel(arpa: path), try NGramModel(arpa: folder.write("c.gz", bytes: gzipped(bytes)))] {
            #expect(read.vocabulary == model.vocabulary)
            #expect(read.orders.map(\.logProbabilities) == model.orders.map(\.logProbabilities))
            #expect(read.orders.map(\.backoffs) == model.orders.map(\.backoffs))
        }
    }

    /// SRILM leaves out n-grams that are contexts of others: "a b" below. Its probability is that of b and the weight of a.
    @Test func missingContextsAreAdded() throws {
        let text = """
            \\data\\
            ngram 1=4
            ngram 2=1
            ngram 3=1
            \\1-grams:
            -99 <s> 0
            -1 </s>
            -0.5 a -0.25
            -0.75 b
            \\2-grams:
            -0.25 <s> a
            \\3-grams:
            -0.125 a b a
            \\end\\
            """
        let model = try read(text)
        #expect(model.orders.map(\.count) == [5, 2, 1])
        #expect(model.logProbability(of: 3, after: [3, 4]) == -0.125)
        #expect(model.logProbability(of: 4, after: [3]) == -1)
    }

    /// Sections and counts in another order, special tokens in upper case, -inf for <s>, no <unk>: all as in the file that KenLM would write.
    @Test func otherLayoutsAreRead() throws {
        let text = """
            a comment
            \\data\\
            ngram 2=3
            ngram 1=4

            \\2-grams:
            -0.6 a </S>
            -0.4 a b
            -0.1 <S> a

            \\1-grams:
            -0.5 a -0.2
            -inf <S> -0.3
            -0.7 b
            -1 </S>

            \\end\\
            """
        let (model, usual) = (try read(text), try read(smallARPA))
        #expect(model.vocabulary == usual.vocabulary)
        #expect(model.orders[0].logProbabilities == [-99, -99, -1, -0.5, -0.7])
        #expect(model.orders[0].backoffs == usual.orders[0].backoffs)
        #expect(model.orders[1].logProbabilities == usual.orders[1].logProbabilities)
    }

    /// To Swift's strings these are equal, to KenLM they are not.
    @Test func tokensAreToldApartByTheirBytes() throws {
        let model = try read(
            """
            \\data\\
            ngram 1=3
            ngram 2=1
            \\1-grams:
            -1 </s>
            -0.5 \u{E9} -0.2
            -0.7 e\u{301}
            \\2-grams:
            -0.4 \u{E9} e\u{301}
            \\end\\
            """)
        #expect(model.vocabulary.count == 5)
        #expect(model.logProbability(of: 4, after: [3]) == -0.4)
        #expect(model.logProbability(of: 3, after: [4]) == -0.5)
    }

    @Test func faultsAreNamedWithTheirLine() {
        func changed(_ old: String, _ new: String) -> String { fault(smallARPA.replacing(old, with: new)) }
        #expect(
            changed("-0.4\ta b", "nan\ta b")
                == "a.arpa:14: \"nan\" is no finite number; write -99 for a probability of 0")
        #expect(
            changed("-0.4\ta b", "-inf\ta b")
                == "a.arpa:14: \"-inf\" is no finite number; write -99 for a probability of 0")
        #expect(changed("\t-0.2", "\tinf") == "a.arpa:9: \"inf\" is no finite number; write -99 for a probability of 0")
        #expect(changed("-0.4\ta b", "0.4\ta b") == "a.arpa:14: the log probability 0.4 is above 0")
        #expect(changed("-0.4\ta b", "-0.4\ta c") == "a.arpa:14: \"c\" is not among the 1-grams")
        #expect(changed("-0.4\ta b", "-0.4\ta").hasPrefix("a.arpa:14: expected a log probability, 2 tokens"))
        #expect(changed("-0.7\tb", "-0.7\ta") == "a.arpa:10: \"a\" is there twice")
        #expect(changed("-0.4\ta b", "-0.4\t<s> a") == "a.arpa:14: the 2-gram \"<s> a\" is there twice")
        #expect(
            changed("ngram 2=3", "ngram 2=4")
                == "a.arpa:17: only 3 of the 4 2-grams that the header counts: the file is cut off")
        #expect(changed("ngram 2=3", "ngram 2=2").hasPrefix("a.arpa:15: expected \\end\\"))
        #expect(changed("ngram 1=5", "ngram 1=4").hasPrefix("a.arpa:10: expected \\2-grams:; the file is cut off"))
        #expect(changed("ngram 2=3", "ngram 2=x") == "a.arpa:3: expected \"ngram ORDER=COUNT\"")
        #expect(changed("ngram 2=3", "ngram 3=3") == "a.arpa:5: the header does not count order 2")
        #expect(changed("ngram 2=3", "ngram 1=3") == "a.arpa:3: the header counts order 1 twice")
        #expect(changed("ngram 2=3", "ngram 33=3") == "a.arpa:3: order 33: expected one from 1 to 32")
        #expect(changed("\\2-grams:", "\\3-grams:").hasPrefix("a.arpa:12: expected \\2-grams:"))
        #expect(changed("\n\\end", "\\2-grams:\n\\end") == "a.arpa:16: the 2-grams are there twice")
        #expect(changed("-0.7\tb", "-0.7\t<UNK>") == "a.arpa:10: \"<UNK>\" is there twice")
        #expect(changed("-1\t</s>", "-inf\t</s>").hasPrefix("a.arpa:7: \"-inf\" is no finite number"))
        #expect(changed("\\data\\", "data") == "a.arpa: has no \\data\\: this is no ARPA file")
        #expect(changed("-1\t</s>", "-1\tc") == "a.arpa: has no </s> among its 1-grams")
        #expect(fault(String(smallARPA.dropLast("\n\\end\\\n\n".count))).hasPrefix("a.arpa:15: expected \\end\\"))
        #expect(fault("").hasPrefix("a.arpa: has no \\data\\"))
    }

    @Test func anotherEncodingIsRefused() throws {
        let bytes = Array(smallARPA.utf8).map { $0 == UInt8(ascii: "b") ? 0xE9 : $0 }
        #expect(throws: TextFileError.self) { try NGramModel(arpa: folder.write("l.arpa", bytes: bytes)) }
    }
}
