import Configuration
import FoundationEssentials
import Testing
import Training

/// docs/training.md says what every key means, and what its default is.
@Suite struct TrainingGuideTests {
    /// The written-out default configuration and the page's table have the same keys and values, in the same order.
    @Test func everyKeyIsDescribedWithItsDefault() throws {
        let page = try String(decoding: Data(contentsOf: URL(filePath: Self.path)), as: UTF8.self)
        let described = page.split(separator: "\n").compactMap { line -> Setting? in
            let cells = line.split(separator: "|").map { $0.drop { $0 == " " } }
            guard cells.count == 3, cells[0].hasPrefix("`"), cells[1].hasPrefix("`") else { return nil }
            func code(_ cell: Substring) -> String { String(cell.split(separator: "`")[0]) }
            return Setting(key: code(cells[0]), value: code(cells[1]))
        }
        let written = Self.settings(try YAMLConfiguration.yaml(TrainingConfiguration()))
        #expect(written.count > 60)
        for setting in written where !described.contains(setting) {
            Issue.record("docs/training.md lacks the line | `\(setting.key)` | `\(setting.value)` | ... |")
        }
        for setting in described where !written.contains(setting) {
            Issue.record("docs/training.md describes \(setting.key) with default \(setting.value), which is not so")
        }
        #expect(described.map(\.key) == written.map(\.key))
    }

    private struct Setting: Equatable {
        let key: String
        let value: String
    }

    /// The leaves of a YAML text of sections indented by two spaces, with dotted keys.
    private static func settings(_ yaml: String) -> [Setting] {
        var sections: [Substring] = []
        return yaml.split(separator: "\n").compactMap { line in
            let depth = line.prefix { $0 == " " }.count / 2
            let parts = line.dropFirst(2 * depth).split(separator: ":", maxSplits: 1)
            sections = sections.prefix(depth) + [parts[0]]
            guard parts.count == 2 else { return nil }
            return Setting(key: sections.joined(separator: "."), value: String(parts[1].drop { $0 == " " }))
        }
    }

    private static let path: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/") + "/docs/training.md"
    }()
}
