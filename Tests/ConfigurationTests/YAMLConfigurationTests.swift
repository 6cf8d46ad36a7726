import Configuration
import Files
import TestSupport
import Testing

private enum Schedule: String, Codable, CaseIterable {
    case noam, cosine
    case triStage = "tri-stage"
}

private struct Optimizer: Codable, Equatable {
    var learningRate: Float = 0.001
    var warmupSteps = 4000
    var schedule = Schedule.noam
    var betas: [Double] = [0.9, 0.98]
}

private struct Source: Codable, Equatable {
    var path: String
    var weight: Double
}

private struct Limit: Codable, Equatable {
    var seconds: Double

    init(seconds: Double) { self.seconds = seconds }
    init(from decoder: any Decoder) throws {
        seconds = try decoder.singleValueContainer().decode(Double.self)
        if seconds <= 0 {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "must be above zero"))
        }
    }
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(seconds)
    }
}

private struct Configuration: Codable, Equatable {
    var seed: UInt64 = 1
    var name = "plain"
    var usesCTC = true
    var optimizer = Optimizer()
    var initialModel: String?
    var sources: [Source] = []
    var limit = Limit(seconds: 2)
}

private func read(_ yaml: String, set overrides: String...) throws -> Configuration {
    try YAMLConfiguration.read(Configuration(), yaml: yaml, path: "run.yaml", overrides: overrides)
}

/// The message of a configuration that must not be accepted.
private func message(_ yaml: String, set overrides: String...) -> String? {
    do {
        _ = try YAMLConfiguration.read(Configuration(), yaml: yaml, path: "run.yaml", overrides: overrides)
        return nil
    } catch {
        return "\(error)"
    }
}

struct YAMLConfigurationTests {
    @Test(arguments: ["", "# nothing\n", "optimizer:\n", "---\n"])
    func nothingWrittenIsTheDefaults(yaml: String) throws { #expect(try read(yaml) == Configuration()) }

    @Test func fileLiesOverTheDefaultsAndOverridesOverTheFile() throws {
        let yaml = """
            name: 0815   # text, though it looks like a number
            optimizer:
              learningRate: 2e-3
              warmupSteps: 16e3
              schedule: tri-stage
            sources:
              - path: a.tsv
                weight: 2
            initialModel: models/first
            """
        var expected = Configuration()
        expected.name = "0815"
        expected.optimizer = Optimizer(learningRate: 0.002, warmupSteps: 500, schedule: .triStage, betas: [0.5])
        expected.sources = [Source(path: "a.tsv", weight: 2)]
        expected.usesCTC = false
        #expect(
            try read(
                yaml, set: "optimizer.warmupSteps=500", "usesCTC=false", "optimizer.betas=[0.5]", "initialModel=null")
                == expected)
    }

    @Test func completeConfigurationInTheOrderOfDeclaration() throws {
        var configuration = Configuration()
        configuration.name = "no"
        configuration.sources = [Source(path: "data/train.tsv", weight: 0.1)]
        #expect(
            try YAMLConfiguration.yaml(configuration) == """
                seed: 1
                name: "no"
                usesCTC: true
                optimizer:
                  learningRate: 0.001
                  warmupSteps: 4000
                  schedule: noam
                  betas: [0.9, 0.98]
                initialModel: null
                sources:
                - path: data/train.tsv
                  weight: 0.1
                limit: 2.0

                """)
    }

    @Test(arguments: [
        "", "yes", "1e5", "0x1F", "a: b", "- a", "#", "null", "机器学习", "two\nlines", "it's \"so\"", " ", "@x",
    ])
    func whatIsWrittenIsReadBackTheSame(name: String) throws {
        var configuration = Configuration()
        configuration.name = name
        configuration.initialModel = name
        configuration.seed = .max
        configuration.optimizer.learningRate = 0.1 + 0.2
        configuration.optimizer.betas = [.greatestFiniteMagnitude, -0.0, 1e-300, 1 / 3]
        #expect(try read(YAMLConfiguration.yaml(configuration)) == configuration)
    }

    @Test(arguments: [
        (
            "seed: 1\noptimizer:\n  lerningRate: 3\n",
            "run.yaml:3: unknown key `optimizer.lerningRate`; did you mean `optimizer.learningRate`?"
        ),
        ("sed: 1", "run.yaml:1: unknown key `sed`; did you mean `seed`?"),
        (
            "warmup: 1",
            "run.yaml:1: unknown key `warmup`; known keys: seed, name, usesCTC, optimizer, initialModel, sources, limit"
        ),
        (
            "sources:\n  - path: a\n    weight: 1\n    wieght: 2\n",
            "run.yaml:4: unknown key `sources[0].wieght`; did you mean `sources[0].weight`?"
        ),
        ("sources:\n  - path: a\n", "run.yaml:2: `sources[0]`: the key `weight` is missing"),
        (
            "\noptimizer:\n  learningRate: fast\n",
            "run.yaml:3: `optimizer.learningRate`: expected a number, found `fast`"
        ),
        (
            "optimizer:\n  warmupSteps: 0.5\n",
            "run.yaml:2: `optimizer.warmupSteps`: expected a whole number, found `0.5`"
        ),
        ("seed: -1", "run.yaml:1: `seed`: expected a whole number, not negative, found `-1`"),
        ("seed: \"1\"", "run.yaml:1: `seed`: expected a whole number, not negative, found `1`"),
        ("usesCTC: yes", "run.yaml:1: `usesCTC`: expected true or false, found `yes`"),
        ("name: [a]", "run.yaml:1: `name`: expected text, found a list"),
        ("name:", "run.yaml:1: `name`: expected text, found nothing"),
        ("optimizer: 5", "run.yaml:1: `optimizer`: expected a section (lines `key: value`, indented), found `5`"),
        (
            "optimizer:\n  betas: 1\n",
            "run.yaml:2: `optimizer.betas`: expected a list ([a, b] or lines `- a`), found `1`"
        ),
        (
            "optimizer:\n  schedule: linear\n",
            "run.yaml:2: `optimizer.schedule`: expected one of noam, cosine, tri-stage, found `linear`"
        ),
        ("limit: 0", "run.yaml:1: `limit`: must be above zero"),
        ("- seed", "run.yaml:1: expected lines `key: value`"),
    ])
    func mistakesNameTheLineAndWhatIsExpected(yaml: String, expected: String) {
        #expect(message(yaml) == expected)
    }

    @Test func brokenYAMLNamesTheLine() {
        #expect(message("seed: 1\nname: [a\n")?.hasPrefix("run.yaml:3: not YAML: ") == true)
        #expect(message("seed: 1\nseed: 2\n")?.hasPrefix("run.yaml:1: not YAML: the key seed is given twice") == true)
        #expect(message("a: *gone")?.hasPrefix("run.yaml:1: not YAML: ") == true)
        #expect(message("name: b\n1: x\n\"1\": y\n") == "run.yaml:3: the key 1 is given twice in this section")
        let deep = message("name: " + String(repeating: "[", count: 100_000))
        #expect(deep?.hasPrefix("run.yaml:1: not YAML: while parsing, Maximum nesting level reached") == true)
    }

    /// Each level is a list of nine times the one before it: written out, more values than any memory holds.
    @Test(arguments: ["name: a", "? *a8\n: 1"]) func aliasesAreRefused(last: String) {
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...8 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",")
            yaml += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(message(yaml + last) == "run.yaml:2: an alias (*name) cannot be used here; write its value out")
    }

    @Test func anAmpersandIsNoAlias() throws {
        #expect(try read("name: R&D * 2 & more").name == "R&D * 2 & more")
        #expect(try read("name: \"&a *b\"\ninitialModel: x&y").name == "&a *b")
        #expect(try read("name: &a plain").name == "plain")
        #expect(
            message("name: R&D\nsources: [\n")?.hasPrefix("run.yaml:3: not YAML: while parsing a flow node") == true)
    }

    /// Where each key is compared with all the others this takes minutes.
    @Test func manyKeysAreReadInLinearTime() {
        let yaml = (0..<200_000).map { "key\($0): \($0)\n" }.joined()
        #expect(message(yaml)?.hasPrefix("run.yaml:1: unknown key `key0`; known keys: seed, name,") == true)
    }

    @Test(arguments: [".inf", "-.inf", ".nan", "1e999", "nan", "inf", "Infinity", "0x1p3"])
    func numbersAreFinite(text: String) {
        let expected = "run.yaml:1: `limit`: expected a number, found `\(text)`"
        #expect(message("limit: \(text)") == expected)
        #expect(message("limit: 1", set: "limit=\(text)")?.hasSuffix("expected a number, found `\(text)`") == true)
    }

    /// The mistake is the file's, not that of the option.
    @Test func anOverrideBelowAMistakeDoesNotHideIt() throws {
        let expected = "run.yaml:2: `optimizer`: expected a section (lines `key: value`, indented), found `5`"
        #expect(message("\noptimizer: 5", set: "optimizer.warmupSteps=1") == expected)
        #expect(message("\noptimizer: [5]", set: "optimizer={warmupSteps: 1}")?.hasPrefix("run.yaml:2: ") == true)
        #expect(message("", set: "optimizer=5", "optimizer.warmupSteps=1")?.hasPrefix("--set optimizer=5: ") == true)
        // Nothing is no mistake, and a later value for the same key replaces the earlier one.
        #expect(try read("optimizer:", set: "optimizer.warmupSteps=1").optimizer.warmupSteps == 1)
        #expect(try read("name: [1]", set: "name=b").name == "b")
    }

    @Test func overridesAreCheckedAlike() {
        #expect(
            message("", set: "optimizer.learningrate=1")
                == "--set optimizer.learningrate=1: unknown key `optimizer.learningrate`; did you mean `optimizer.learningRate`?"
        )
        #expect(
            message("", set: "optimizer.schedule=fast")
                == "--set optimizer.schedule=fast: `optimizer.schedule`: expected one of noam, cosine, tri-stage, found `fast`"
        )
        #expect(
            message("", set: "seed") == "--set seed: expected key=value, for example schedule.peakLearningRate=0.001")
        #expect(message("", set: ".seed=1") == "--set .seed=1: expected names with dots between them before the =")
        #expect(
            message("", set: "seed.x=1")
                == "--set seed.x=1: `seed`: expected a whole number, not negative, found a section")
    }

    @Test func filesThatCannotBeRead() throws {
        let folder = try TemporaryFolder()
        #expect(throws: ConfigurationError.self) {
            try YAMLConfiguration.load(Configuration(), path: folder.path + "/gone")
        }
        let path = try folder.write("latin1.yaml", bytes: [0x6E, 0x61, 0x6D, 0x65, 0x3A, 0x20, 0xE9, 0x0A])  // name: é
        let error = #expect(throws: ConfigurationError.self) { try YAMLConfiguration.load(Configuration(), path: path) }
        #expect(error?.description == "\(path): not UTF-8; convert the file to UTF-8")
    }

    /// A dictionary has another order in each process: what one has written, another one compares with its own.
    @Test func dictionariesAreWrittenByTheirKeys() throws {
        let names = (0..<12).map { "part\($0 + 10)" }
        let factors = Dictionary(uniqueKeysWithValues: names.reversed().map { ($0, 0.5) })
        #expect(try YAMLConfiguration.yaml(factors) == names.map { "\($0): 0.5\n" }.joined())
    }
}
