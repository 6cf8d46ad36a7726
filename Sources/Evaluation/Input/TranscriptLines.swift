import Files

/// The lines of a file of transcripts.
enum TranscriptLines {
    /// Calls `body` with each line.
    ///
    /// - Throws: `TranscriptError` for a file that cannot be read, a line that is not UTF-8 and one that does not end.
    static func forEach(of path: String, _ body: (TextLine) throws -> Void) throws {
        do {
            let lines = try TextLines(path: path)
            while let line = try lines.next() {
                try line.checkUTF8()
                try body(line)
            }
        } catch let error as TextFileError {
            throw TranscriptError(error)
        }
    }
}

extension TranscriptError {
    init(_ error: TextFileError) {
        let code: Code
        switch error.code {
        case .unreadable, .damaged: code = .unreadable
        case .notUTF8: code = .notUTF8
        case .tooLong, .unclosedQuote, .malformed: code = .malformed
        }
        self.init(code, error.path, line: error.line, error.message)
    }
}

extension TextLine {
    /// The first `count` words between spaces and tabs, and what follows the white space behind them.
    func leadingWords(_ count: Int) -> (words: [String], rest: UnsafeBufferPointer<UInt8>)? {
        bytes.leadingWords(count)
    }

    /// Whether the line is a comment of NIST's formats, `;; ...`.
    var isComment: Bool { bytes.starts(with: [0x3B, 0x3B]) }
}

extension UnsafeBufferPointer<UInt8> {
    /// The bytes as a string.
    var string: String { String(decoding: self, as: UTF8.self) }

    /// The first `count` words between spaces and tabs, and what follows the white space behind them.
    func leadingWords(_ count: Int) -> (words: [String], rest: UnsafeBufferPointer<UInt8>)? {
        var words: [String] = []
        var position = 0
        while position < self.count && self[position].isSpaceOrTab { position += 1 }
        while words.count < count {
            let start = position
            while position < self.count && !self[position].isSpaceOrTab { position += 1 }
            if position == start { return nil }
            words.append(UnsafeBufferPointer(rebasing: self[start..<position]).string)
            while position < self.count && self[position].isSpaceOrTab { position += 1 }
        }
        return (words, UnsafeBufferPointer(rebasing: self[position...]))
    }
}

extension UInt8 {
    var isSpaceOrTab: Bool { self == 0x20 || self == 0x09 }
}
