import FoundationEssentials

extension WhisperTokenizer {
    /// The files from which `transformers` makes a tokenizer that gives the same tokens, by name: `vocab.json`, `merges.txt`,
    /// `added_tokens.json`, `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json`.
    public func huggingFaceFiles() -> [(name: String, content: Data)] {
        let merges = vocabulary.merges().map { ByteLetters.text(of: $0.left) + " " + ByteLetters.text(of: $0.right) }
        let ordinary = (0..<vocabulary.ordinaryCount).map { ByteLetters.text(of: vocabulary.bytes(of: $0)) }
        let firstSpecial = special.endOfText
        // Whisper's own vocab.json has the end of text, which GPT-2's vocabulary has too, among all tokens.
        let listed = Self.numbers(ordinary + [vocabulary.specialNames[0]], from: 0)
        let added = Self.numbers(vocabulary.specialNames.dropFirst(), from: firstSpecial + 1)
        return [
            ("vocab.json", Data("{\(listed)}\n".utf8)),
            ("merges.txt", Data(("#version: 0.2\n" + merges.map { $0 + "\n" }.joined()).utf8)),
            ("added_tokens.json", Data("{\(added)}\n".utf8)),
            ("tokenizer.json", Data(tokenizerJSON(vocabulary: listed, merges: merges).utf8)),
            ("tokenizer_config.json", Data(tokenizerConfiguration.utf8)),
            ("special_tokens_map.json", Data("{\(Self.specialTokensMap)}\n".utf8)),
        ]
    }

    /// `"name":number` for each name.
    private static func numbers(_ names: some Collection<String>, from first: Int) -> String {
        names.enumerated().map { "\(JSONText.quoted($0.element)):\(first + $0.offset)" }.joined(separator: ",")
    }

    private static let specialTokensMap =
        ["bos_token", "eos_token", "unk_token", "pad_token"].map { "\"\($0)\":\"<|endoftext|>\"" }
        .joined(separator: ",")

    private var tokenizerConfiguration: String {
        // Longer than any text: transformers' own way to say that there is no limit is 10^30.
        """
        {"tokenizer_class":"WhisperTokenizer","add_prefix_space":false,"add_bos_token":false,"errors":"replace",\
        "clean_up_tokenization_spaces":false,"model_max_length":1024,\(Self.specialTokensMap)}

        """
    }

    private func tokenizerJSON(vocabulary listed: String, merges: [String]) -> String {
        let added = vocabulary.specialNames.enumerated().map { index, name in
            let token = special.endOfText + index
            // As transformers has it: timestamps are no special tokens, so that they can be shown.
            return """
                {"id":\(token),"content":"\(name)","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,\
                "special":\(token < special.firstTimestamp)}
                """
        }
        let names = startSequence.map { vocabulary.specialName(of: $0)! }
        let start = names.map { #"{"SpecialToken":{"id":"\#($0)","type_id":0}}"# }.joined(separator: ",")
        let used = zip(names + ["<|endoftext|>"], startSequence + [special.endOfText]).map { name, token in
            #""\#(name)":{"id":"\#(name)","ids":[\#(token)],"tokens":["\#(name)"]}"#
        }
        let pieces = #"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}"#
        let end = #"{"SpecialToken":{"id":"<|endoftext|>","type_id":0}}"#
        let text = #"{"Sequence":{"id":"A","type_id":0}}"#
        return """
            {"version":"1.0","truncation":null,"padding":null,
            "added_tokens":[\(added.joined(separator: ",\n"))],
            "normalizer":null,"pre_tokenizer":\(pieces),"decoder":\(pieces),
            "post_processor":{"type":"TemplateProcessing","single":[\(start),\(text),\(end)],\
            "pair":[\(start),\(text),{"Sequence":{"id":"B","type_id":1}},\(end)],\
            "special_tokens":{\(used.joined(separator: ","))}},
            "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":"","end_of_word_suffix":"",\
            "fuse_unk":false,"byte_fallback":false,"ignore_merges":false,
            "vocab":{\(listed)},
            "merges":[\(merges.map(JSONText.quoted).joined(separator: ","))]}}

            """
    }
}

/// Writes strings of JSON.
private enum JSONText {
    /// A text without control characters in quotes.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}
