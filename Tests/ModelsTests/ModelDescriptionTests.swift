import Audio
import FoundationEssentials
import Models
import TestSupport
import Testing

/// `config.json` of a model folder: what older and newer programs wrote, and what is wrong in it.
@Suite struct ModelDescriptionTests {
    /// A folder as the program of November 2026 wrote it (format version 1): trained on the words one to four of `audio`.
    private static let older =
        "\(#filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"))/Fixtures/model-1"
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }

    /// Reads `config.json` of these bytes.
    private func read(_ text: String) throws -> SpeechModel.Description {
        try temporary.write("config.json", text)
        return try SpeechModel.Description(directory: temporary.path)
    }

    /// The message of a `config.json` that is refused, without its folder.
    private func message(_ text: String) throws -> String {
        let error = try #require(#expect(throws: ModelError.self) { try read(text) })
        #expect(error.description.hasPrefix("\(temporary.path)/"), "\(error)")
        return String(error.description.dropFirst(temporary.path.count + 1))
    }

    // MARK: Older folders

    @Test func readsAFolderOfVersion1() throws {
        let model = try SpeechModel(directory: Self.older)
        var expected = ModelConfiguration()
        expected.frontend.melBinCount = 20
        (expected.encoderLayerCount, expected.decoderLayerCount) = (1, 1)
        expected.encoder = .init(layer: .conformer, positions: .rotary, convolutionWidth: 7)
        expected.transformer = .init(
            modelDimension: 16, headCount: 2, feedForwardDimension: 32, activation: .swish, dropout: 0)
        expected.language = "en"
        #expect(model.configuration == expected)
        #expect(model.description.training?.steps == 100 && model.description.training?.utteranceCount == 12)
        // As `asr model info` said: a setting with its default must not change it, or no evaluation goes on with a later program.
        #expect(model.fingerprint == "be4e7f11306d368a")
    }

    /// What an older program wrote is written again; settings that came later join it.
    @Test func writesTheBuiltInModelsDescriptionAgain() throws {
        let folder = "\(Self.older.split(separator: "/Tests/")[0])/models/english-small"
        let written = try Self.text("\(folder)/config.json")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let description = try SpeechModel.Description(directory: folder)
        let again = String(decoding: try encoder.encode(description), as: UTF8.self)
        func lines(_ text: String) -> [Substring] {
            text.split(separator: "\n").map { $0.hasSuffix(",") ? $0.dropLast() : $0 }
        }
        var rest = lines(again)[...]
        for line in lines(written) {
            let index = try #require(rest.firstIndex(of: line), "\(line) is not written again")
            rest = rest[(index + 1)...]
        }
        #expect(try read(again) == description)
    }

    /// Each line of `model` that holds one value, left out: an older program did not know that setting.
    @Test func aSettingThatIsNotThereHasItsDefault() throws {
        let text = try Self.text("\(Self.older)/config.json")
        let whole = try read(text)
        let defaults = ModelConfiguration()
        func without(_ key: String) throws -> ModelConfiguration {
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
            let index = try #require(lines.firstIndex { $0.contains("\"\(key)\" : ") && !$0.hasSuffix("{") })
            let wasLast = !lines[index].hasSuffix(",")
            lines.remove(at: index)
            if wasLast { lines[index - 1].removeLast() }  // the comma
            return try read(lines.joined(separator: "\n")).model
        }
        var expected = whole.model
        expected.encoderLayerCount = defaults.encoderLayerCount
        #expect(try without("encoderLayerCount") == expected)
        expected = whole.model
        expected.language = defaults.language
        #expect(try without("language") == expected)
        expected = whole.model
        expected.encoder.positions = defaults.encoder.positions
        #expect(try without("positions") == expected)
        expected = whole.model
        expected.encoder.stochasticDepth = defaults.encoder.stochasticDepth
        #expect(try without("stochasticDepth") == expected)
        expected = whole.model
        expected.transformer.normalization = defaults.transformer.normalization
        #expect(try without("normalization") == expected)
        expected = whole.model
        expected.frontend.sampleRate = defaults.frontend.sampleRate
        #expect(try without("sampleRate") == expected)
    }

    @Test func aModelWithoutSettingsHasTheDefaults() throws {
        let description = try read(#"{"featureNormalization": {"none": {}}}"#)
        #expect(description == SpeechModel.Description(model: .init(), featureNormalization: .none))
        #expect(try read(#"{"featureNormalization":{"perUtterance":{}},"model":{}}"#).model == ModelConfiguration())
    }

    // MARK: Newer folders

    @Test func aNewerVersionIsAllThatIsSaid() throws {
        let newer = #"{"model": {"kind": "other", "encoderLayerCount": "many"}, "formatVersion": 2, "extra": []}"#
        #expect(
            try message(newer)
                == "config.json:1: format version 2; this program reads up to version 1: use a newer one")
        #expect(try message(#"{"formatVersion": 0}"#) == "config.json:1: there is no format version 0")
    }

    // MARK: Mistakes

    /// A text of the older folder's `config.json` and what stands in its place, how many lines below the replaced text the
    /// message must point, and the message.
    @Test(arguments: [
        (
            #""headCount" : 2"#, #""headcount" : 2"#, 0,
            "unknown key `model.transformer.headcount`; did you mean `model.transformer.headCount`?"
        ),
        (
            #""language" : "en""#, #""speaker" : "en""#, 0,
            "unknown key `model.speaker`; known keys: frontend, featureNormalization, subsamplingStrides, encoderLayerCount,"
        ),
        (#""hours""#, #""ours""#, 0, "unknown key `training.ours`; did you mean `training.hours`?"),
        (
            #""formatVersion" : 1"#, #""formatVersion" : true"#, 0,
            "`formatVersion`: expected a whole number, found `true`"
        ),
        (#""formatVersion" : 1"#, #""formatVersion" : 1e"#, 0, "`formatVersion`: expected a whole number, found `1e`"),
        (
            #""encoderLayerCount" : 1"#, #""encoderLayerCount" : "two""#, 0,
            "`model.encoderLayerCount`: expected a whole number, found `two`"
        ),
        (
            #""encoderLayerCount" : 1"#, #""encoderLayerCount" : 1.5"#, 0,
            "`model.encoderLayerCount`: expected a whole number, found `1.5`"
        ),
        (
            #""encoderLayerCount" : 1"#, #""encoderLayerCount" : 1e30"#, 0,
            "`model.encoderLayerCount`: expected a whole number, found `1e30`"
        ),
        (#""language" : "en""#, #""language" : 5"#, 0, "`model.language`: expected text in double quotes, found `5`"),
        (#""dropout" : 0"#, #""dropout" : NaN"#, 0, "`model.transformer.dropout`: expected a number, found `NaN`"),
        (#""dropout" : 0"#, #""dropout" : .nan"#, 0, "`model.transformer.dropout`: expected a number, found `.nan`"),
        (#""dropout" : 0"#, #""dropout" : 1e999"#, 0, "`model.transformer.dropout`: expected a number, found `1e999`"),
        (
            #""dropout" : 0"#, #""dropout" : -Infinity"#, 0,
            "`model.transformer.dropout`: expected a number, found `-Infi"
        ),
        (
            #""activation" : "swish""#, #""activation" : "tanh""#, 0,
            "`model.transformer.activation`: expected one of relu, gelu, swish, found `tanh`"
        ),
        (#""global""#, #""globl""#, -1, "`featureNormalization`: expected one of none, perUtterance, global"),
        (
            #""standardDeviation""#, #""deviation""#, -23,
            "`featureNormalization.global`: the key `standardDeviation` is missing"
        ),
        ("\n", "\n  oops", 1, #"unknown key `oops  "featureNormalization"`; did you mean `featureNormalization`?"#),
        (
            "[", "[[", 44,
            "not JSON: while parsing a flow sequence that begins on line 4, did not find expected ',' or ']'"
        ),
        (#""formatVersion" : 1"#, #""formatVersion" : "\q""#, 0, "not JSON: "),
        (
            #""formatVersion" : 1"#, #""hours" : 1, "hours" : 2"#, 0,
            "not JSON: the key hours is given twice in this section"
        ),
    ])
    func namesTheLineOfAMistake(old: String, new: String, lines: Int, expected: String) throws {
        let text = try Self.text("\(Self.older)/config.json")
        let parts = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
        try #require(parts.count == 2, "\(old)")
        let message = try message("\(parts[0])\(new)\(parts[1])")
        let line = 1 + parts[0].count { $0 == "\n" } + lines
        #expect(message.hasPrefix("config.json:\(line): \(expected)"), "\(message)")
    }

    @Test(arguments: [
        ("", "config.json: the key `featureNormalization` is missing"),
        ("{}", "config.json:1: the key `featureNormalization` is missing"),
        ("[]", "config.json:1: expected an object {...}"), ("5", "config.json:1: expected an object {...}"),
        (
            #"{"featureNormalization": {}}"#,
            "config.json:1: `featureNormalization`: expected one of none, perUtterance, global"
        ),
        (#"{"a": &a [1], "b": [*a, *a]}"#, "config.json:1: an alias (*name) cannot be used here; write its value out"),
    ])
    func refusesWhatIsNoDescription(text: String, expected: String) throws {
        #expect(try message(text) == expected)
    }

    /// Cut off anywhere, the message names a line that is there, or the one after the last.
    @Test func namesTheLineWhereAFileIsCutOff() throws {
        let text = try Self.text("\(Self.older)/config.json")
        for count in stride(from: 1, to: text.utf8.count - 1, by: 7) {
            let part = String(decoding: text.utf8.prefix(count), as: UTF8.self)
            let message = try message(part)
            let lineCount = part.count { $0 == "\n" } + 1
            let line = try #require(message.split(separator: ":").dropFirst().first.flatMap { Int($0) }, "\(message)")
            #expect((lineCount...lineCount + 1).contains(line), "\(count) bytes: \(message)")
            #expect(message.contains(": not JSON: "), "\(message)")
        }
    }

    /// Where reading takes quadratic time this takes hours.
    @Test func aLongListIsReadInLinearTime() throws {
        let numbers = Array(repeating: "0.5", count: 200_000).joined(separator: ",\n")
        let text = #"{"featureNormalization": {"global": {"mean": ["# + numbers + #"], "standardDeviation": []}}"#
        #expect(
            try read(text + "}").featureNormalization
                == .global(mean: Array(repeating: 0.5, count: 200_000), standardDeviation: []))
        #expect(try message(text + #", "model": 5}"#).hasPrefix("config.json:200000: `model`: expected a section"))
        #expect(
            try message(text.replacing("[0.5", with: "[true") + "}").hasPrefix(
                "config.json:1: `featureNormalization.global.mean[0]`: expected a number, found `true`"))
    }
}
