import Files
import TestSupport
import Testing

@Suite struct TableRowsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The line and the fields of each row, faults among them.
    private func rows(_ text: String, _ separator: TableSeparator, limit: Int = 1 << 20) throws -> [String] {
        try rows(Array(text.utf8), separator, limit: limit)
    }

    private func rows(_ bytes: [UInt8], _ separator: TableSeparator, limit: Int = 1 << 20) throws -> [String] {
        let reader = try TableRows(
            path: folder.write("t", bytes: bytes), separator: separator, longestRowByteCount: limit)
        var rows: [String] = []
        while true {
            do throws(TextFileError) {
                guard let row = try reader.next() else { return rows }
                rows.append("\(row.line): " + row.fields.joined(separator: "|"))
            } catch {
                rows.append("\(error.line!): \(error.code)")
                if error.code == .tooLong { return rows }
            }
        }
    }

    /// RFC 4180: quotes round a field, doubled inside it; line breaks and commas inside quotes are text.
    @Test func commas() throws {
        #expect(
            try rows("\u{FEFF}a,b\r\n\"x, \"\"y\"\"\r\nz\",2\r\n\r\n,,\n \n\"\",\"q\"r\n5\" long,\"\"\"\"", .comma)
                == ["1: a|b", "2: x, \"y\"\r\nz|2", "7: |qr", "8: 5\" long|\""])
        #expect(try rows("a,\n,b\n", .comma) == ["1: a|", "2: |b"])
        #expect(try rows("", .comma) == [])
    }

    /// A tab always separates; what is quoted as a whole is unquoted, any other quote is text.
    @Test func tabs() throws {
        #expect(
            try rows("a\tb\r\n\"x \"\"y\"\"\"\t\"\n\n\"a\" b\t\"c\" \"d\"\n\"\"\t5\" \"\n\"o\tp\"", .tab)
                == ["1: a|b", "2: x \"y\"|\"", "4: \"a\" b|\"c\" \"d\"", "5: |5\" \"", "6: \"o|p\""])
        #expect(try rows("a\t\n\tb\n", .tab) == ["1: a|", "2: |b"])
    }

    @Test func faultsNameTheRow() throws {
        #expect(try rows("a,b\n\"x\n,y\n", .comma) == ["1: a|b", "2: unclosedQuote"])
        let broken: [UInt8] = [0x61, 0x0A, 0xFF, 0x0A, 0x62, 0x0A]
        for separator in [TableSeparator.comma, .tab] {
            #expect(try rows(broken, separator) == ["1: a", "2: notUTF8", "3: b"])
        }
        // Half of a character on each side of a comma is none.
        #expect(try rows([0xC3, 0x2C, 0xA9, 0x0A], .comma) == ["1: notUTF8"])
    }

    /// A quote that is not closed must not take in the rest of a long file.
    @Test func aRowHasALimit() throws {
        #expect(
            try rows("a\n\"b\n" + String(repeating: "c\n", count: 100), .comma, limit: 20) == [
                "1: a", "2: unclosedQuote",
            ]
        )
        #expect(try rows("a\n" + String(repeating: "c", count: 100), .tab, limit: 20) == ["1: a", "2: tooLong"])
    }
}
