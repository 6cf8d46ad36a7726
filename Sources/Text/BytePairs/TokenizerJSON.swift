import Files

/// What a `tokenizer.json` says of its tokens. What it says of texts before and behind them (templates, truncation) is not ours to do.
struct TokenizerJSON {
    private let path: String
    private var listing: TokenListing
    private var modelType: String?
    /// The parts of the merges, in letters, one behind the other: left, right, left, right ...
    private var parts: [UInt8] = []
    private var partEnds: [Int] = []
    private var hasMerges = false

    init(path: String) {
        self.path = path
        listing = TokenListing(path: path)
    }

    /// Reads the whole object.
    mutating func read(_ scanner: inout JSONScanner) throws(TextFileError) {
        try scanner.object { scanner, key throws(TextFileError) in
            switch key {
            case "added_tokens": try readAddedTokens(&scanner)
            case "model": try readModel(&scanner)
            default: try scanner.skip()
            }
        }
    }

    /// The vocabulary, once all has been read.
    func vocabulary() throws(TextFileError) -> BytePairVocabulary {
        func malformed(_ message: String) -> TextFileError { TextFileError(.malformed, path, message) }
        // Files of the first versions name no type.
        guard modelType == nil || modelType == "BPE" else {
            throw malformed("its model is \(modelType!); only BPE is read")
        }
        guard hasMerges else { throw malformed("no \"merges\" in its \"model\"; is this a tokenizer of type BPE?") }
        let vocabulary = try listing.vocabulary()
        var check = MergeCheck(vocabulary)
        func part(_ index: Int) -> ArraySlice<UInt8> {
            parts[(index == 0 ? 0 : partEnds[index - 1])..<partEnds[index]]
        }
        for index in stride(from: 0, to: partEnds.count, by: 2) {
            try check.take(part(index), part(index + 1), error: malformed)
        }
        try check.end(error: malformed)
        return vocabulary
    }

    private mutating func readModel(_ scanner: inout JSONScanner) throws(TextFileError) {
        try scanner.object { scanner, key throws(TextFileError) in
            switch key {
            case "type": modelType = try scanner.string()
            case "vocab": try BytePairFiles.readNumbers(&scanner, into: &listing, isSpecial: nil)
            case "merges": try readMerges(&scanner)
            default: try scanner.skip()
            }
        }
    }

    /// A list of `"left right"`, as older files have it, or of `["left", "right"]`.
    private mutating func readMerges(_ scanner: inout JSONScanner) throws(TextFileError) {
        guard !hasMerges else { throw scanner.malformed("a second list \"merges\"; fetch the file again") }
        hasMerges = true
        try scanner.list { scanner throws(TextFileError) in
            let start = parts.count
            let partCount = partEnds.count
            if try scanner.kind() == .list {
                try scanner.list { scanner throws(TextFileError) in
                    try scanner.appendString(to: &parts)
                    partEnds.append(parts.count)
                }
            } else {
                try scanner.appendString(to: &parts)
                if let space = parts[start...].firstIndex(of: UInt8(ascii: " ")) {
                    parts.remove(at: space)
                    partEnds.append(space)
                    partEnds.append(parts.count)
                }
            }
            guard partEnds.count == partCount + 2 else {
                throw scanner.malformed("merge \(partCount / 2 + 1) is not two parts; fetch the file again")
            }
        }
    }

    /// A list of objects with `id` and `content`.
    private mutating func readAddedTokens(_ scanner: inout JSONScanner) throws(TextFileError) {
        try scanner.list { scanner throws(TextFileError) in
            var number: Int?
            var content: [UInt8]?
            try scanner.object { scanner, key throws(TextFileError) in
                switch key {
                case "id": number = try scanner.count()
                case "content": content = Array(try scanner.string().utf8)
                default: try scanner.skip()
                }
            }
            guard let number, let content else {
                throw scanner.malformed("an added token without \"id\" or without \"content\"; fetch the file again")
            }
            try listing.add(content, number: number, isSpecial: true) { scanner.malformed($0) }
        }
    }
}
