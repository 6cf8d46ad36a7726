import Files
import TestSupport
import Testing

@Suite struct JSONLinesTests {
    private struct Item: Decodable {
        var name: JSONScalar?
        var seconds: Double?
        var text: String
    }

    private func items(_ text: String) throws -> [String] {
        let folder = try TemporaryFolder()
        let lines = try TextLines(path: folder.write("t.jsonl", text))
        let reader = JSONLines()
        var items: [String] = []
        while let line = try lines.next() {
            do {
                let item = try reader.object(Item.self, of: line)
                items.append("\(item.name?.string ?? "-") \(item.name?.finiteNumber ?? -1) \(item.text)")
            } catch {
                items.append("\(error.line!): \(error.message)")
            }
        }
        return items
    }

    /// 2^53 + 1 and 2^63 have no `Double` of their own; 1e300 has one, and no digits to keep.
    @Test func scalarsKeepTheirDigits() throws {
        let numbers = ["7", "-0.5", "9007199254740993", "9223372036854775808", "123456789012345678901", "1e+300"]
        let lines = numbers.map { "{\"name\": \($0), \"text\": \"t\"}\n" }
        #expect(try items(lines.joined()).map { $0.split(separator: " ")[0] } == numbers.map { $0[...] })
        #expect(
            try items(
                #"{"name": "1.5", "text": "a"}"# + "\n" + #"{"name": "inf", "text": "b"}"# + "\n"
                    + #"{"name": [], "text": "c"}"#)
                == ["1.5 1.5 a", "inf -1.0 b", "- -1.0 c"])
    }

    @Test func faultsNameTheKey() throws {
        #expect(
            try items("{}\n[1]\n{\"text\": 5}\nwords\n{\"text\": \"a\", \"seconds\": \"b\"}\n") == [
                "1: no key `text`", "2: not a JSON object; expected one object {...} per line",
                "3: the value of `text` has the wrong type; times are numbers, all else is text in quotes",
                "4: not JSON; expected one object {...} per line, not words",
                "5: the value of `seconds` has the wrong type; times are numbers, all else is text in quotes",
            ])
    }
}
