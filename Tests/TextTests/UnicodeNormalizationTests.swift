import Foundation
import Testing
import Text

/// Unicode's own test file: each line has a text and its normal forms NFC, NFD, NFKC and NFKD, as code points.
@Suite struct UnicodeNormalizationTests {
    private struct Line {
        let number: Int
        /// Source, NFC, NFD, NFKC, NFKD.
        let columns: [[Unicode.Scalar]]
    }

    private static func lines(_ text: String) -> [Line] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            guard let first = line.first, first != "#", first != "@" else { return nil }
            let columns = line.split(separator: ";").prefix(5).map { column in
                column.split(separator: " ").map { Unicode.Scalar(UInt32($0, radix: 16)!)! }
            }
            return Line(number: index + 1, columns: columns)
        }
    }

    /// The conformance rules at the head of the file: NFKC of each column is the fourth, NFKD the fifth. What is in
    /// NFC already comes out of its decomposition again.
    private func check(_ lines: [Line]) {
        for line in lines {
            for (index, column) in line.columns.enumerated() {
                let composed = UnicodeNormalization.compatibilityComposed(column)
                #expect(composed == line.columns[3], "line \(line.number), column \(index + 1)")
                let decomposed = UnicodeNormalization.compatibilityDecomposed(column)
                #expect(decomposed == line.columns[4], "line \(line.number), column \(index + 1)")
            }
            // Characters that NFC replaces for good, as ångström's sign, stay as they are where they stand alone.
            let source = line.columns[0]
            if source == line.columns[1] {
                for column in [source, line.columns[2]] {
                    let composed = UnicodeNormalization.canonicallyComposed(column.string)
                    // Scalar by scalar, since strings are equal whatever their form.
                    #expect(Array(composed.unicodeScalars) == source, "line \(line.number)")
                }
            }
        }
    }

    @Test func whatStandsAloneStays() {
        let composed = UnicodeNormalization.canonicallyComposed("10 \u{212B}, cafe\u{301}\r\n")
        #expect(Array(composed.unicodeScalars) == Array("10 \u{212B}, caf\u{E9}\r\n".unicodeScalars))
    }

    @Test func agreesWithASampleOfUnicodesTestFile() throws {
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let text = try String(contentsOfFile: "\(folder)/Fixtures/NormalizationTest-sample.txt", encoding: .utf8)
        let lines = Self.lines(text)
        #expect(lines.count > 150)
        check(lines)
    }

    private static let installed = "/usr/share/unicode/NormalizationTest.txt.bz2"

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: installed),
            "needs \(installed), which Debian's package unicode-data brings"))
    func agreesWithUnicodesTestFile() throws {
        let unpacking = Process()
        let pipe = Pipe()
        unpacking.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        unpacking.arguments = ["bzip2", "-dc", Self.installed]
        unpacking.standardOutput = pipe
        try unpacking.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        unpacking.waitUntilExit()
        try #require(unpacking.terminationStatus == 0)
        let lines = Self.lines(text)
        #expect(lines.count > 19_000)
        check(lines)
    }
}

extension [Unicode.Scalar] {
    fileprivate var string: String { String(String.UnicodeScalarView(self)) }
}
