import FoundationEssentials
import Fuzzing
import TestSupport
import Testing

/// Every input that has ended a reader, or kept it busy, is read again: `Corpus/TARGET/NAME`.
@Suite struct CorpusTests {
    private static let corpus = #filePath.replacing("CorpusTests.swift", with: "Corpus")

    @Test(arguments: FuzzTarget.all.map(\.name)) func crashersAreRead(_ name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let folder = try TemporaryFolder()
        try FuzzTarget.prepare(folder: folder.path)
        let crashers = (try? FileManager.default.contentsOfDirectory(atPath: "\(Self.corpus)/\(name)")) ?? []
        for crasher in crashers.sorted() {
            let bytes = try Data(contentsOf: URL(filePath: "\(Self.corpus)/\(name)/\(crasher)"))
            try target.run(Array(bytes), in: folder.path)
        }
    }

    @Test func everyFolderOfTheCorpusHasATarget() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus)
        #expect(!folders.isEmpty && Set(folders).isSubset(of: FuzzTarget.all.map(\.name)))
    }

    /// Seeds are well-formed, or the inputs made of them end at the first check.
    @Test(arguments: FuzzTarget.all.map(\.name)) func seedsAreAccepted(_ name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let folder = try TemporaryFolder()
        try FuzzTarget.prepare(folder: folder.path)
        for seed in target.seeds {
            let error = try target.run(seed, in: folder.path)
            #expect(error == nil, "\(error.map { "\($0)" } ?? "")")
        }
    }

    @Test func sameSeedSameInputs() {
        let mutator = FuzzMutator(FuzzTarget.all[0], seed: 1)
        #expect((0..<100).map(mutator.input) == (0..<100).map(FuzzMutator(FuzzTarget.all[0], seed: 1).input))
        #expect(Set((0..<100).map(mutator.input)).count > 50)
        #expect((0..<100).map(mutator.input) != (0..<100).map(FuzzMutator(FuzzTarget.all[0], seed: 2).input))
    }
}
