import Recognition
import Testing

/// How srt and vtt are cut. Words are said at 0.3 s each, one after the other, if a test says nothing else.
@Suite struct SubtitleTests {
    private func transcription(_ segments: [String], wordInSeconds: Double = 0.3, pauses: [Int: Double] = [:])
        -> Transcription
    {
        var time = 0.0
        var number = 0
        return Transcription(
            segments: segments.map { text in
                let words = text.split(separator: " ").enumerated().map { place, word in
                    time += pauses[number] ?? 0
                    number += 1
                    defer { time += wordInSeconds }
                    return Transcription.Word(
                        text: place == 0 ? String(word) : " \(word)", startInSeconds: time,
                        endInSeconds: time + wordInSeconds, probability: 1)
                }
                return .init(
                    startInSeconds: words[0].startInSeconds, endInSeconds: words.last!.endInSeconds, text: text,
                    tokens: [], averageLogProbability: 0, words: words)
            }, durationInSeconds: time, language: "en")
    }

    /// The lines of each cue.
    private func cues(_ transcription: Transcription, _ options: SubtitleOptions = SubtitleOptions()) throws
        -> [[String]]
    {
        let text = try TranscriptionFormat.vtt.content(transcription, subtitles: options)
        return text.split(separator: "\n\n").dropFirst().map { cue in
            cue.split(separator: "\n").dropFirst().map(String.init)
        }
    }

    private static let long =
        "I went down to the harbour in the morning, and when I had looked at all of the ships, I walked home again. It rained."

    @Test func linesAreShortAndCuesEndWithClauses() throws {
        let cues = try cues(transcription([Self.long]))
        #expect(cues.flatMap(\.self).allSatisfy { $0.count <= 42 } && cues.allSatisfy { $0.count <= 2 })
        #expect(cues.flatMap(\.self).joined(separator: " ") == Self.long)
        #expect(cues.first?.last?.hasSuffix("morning,") == true, "\(cues)")
        #expect(cues.last?.last?.hasSuffix("It rained.") == true)
    }

    // The two lines of a cue have nearly the same length.
    @Test func linesAreBalanced() throws {
        #expect(
            try cues(transcription(["The quick brown fox jumps over the lazy dog of mine."]))
                == [["The quick brown fox jumps", "over the lazy dog of mine."]])
    }

    @Test func nothingIsShownForLongerThanSevenSecondsNorThroughAPause() throws {
        // Twelve short words at 1.5 s: at most four of them fit into 7 s.
        let slow = try cues(transcription(["a b c d e f g h i j k l"], wordInSeconds: 1.5))
        #expect(slow.map { $0.joined(separator: " ").split(separator: " ").count }.max() == 4)
        #expect(try cues(transcription(["one two three four"], pauses: [2: 1.2])) == [["one two"], ["three four"]])
        #expect(try cues(transcription(["one two three four"], pauses: [2: 0.9])) == [["one two three four"]])
    }

    @Test func limitsOfTheUser() throws {
        var options = SubtitleOptions()
        options.maximumWordsPerLine = 2
        options.maximumLineCount = 1
        #expect(
            try cues(transcription(["one two three four five"]), options).map { $0[0].split(separator: " ").count }
                .max() == 2)
        options = SubtitleOptions()
        options.maximumLineWidth = 10
        options.maximumLineCount = nil
        let narrow = try cues(transcription(["a word incomprehensibilities of its own"]), options)
        #expect(narrow.flatMap(\.self).allSatisfy { $0.count <= 10 || $0 == "incomprehensibilities" }, "\(narrow)")
        options.maximumLineWidth = nil
        #expect(try cues(transcription([Self.long, "And more."]), options) == [[Self.long], ["And more."]])
    }

    // openai/whisper, `utils.py`, WriteSRT with `highlight_words`: each word in turn, and the cue as it is in between.
    @Test func highlightedWords() throws {
        var options = SubtitleOptions()
        options.highlightsWords = true
        let text = try TranscriptionFormat.srt.content(
            transcription(["one two"], wordInSeconds: 0.5, pauses: [1: 0.25]), subtitles: options)
        #expect(
            text == """
                1
                00:00:00,000 --> 00:00:00,500
                <u>one</u> two

                2
                00:00:00,500 --> 00:00:00,750
                one two

                3
                00:00:00,750 --> 00:00:01,250
                one <u>two</u>


                """)
    }

    // Words without times of their own have those in proportion to the characters before them: 10 of 20 s behind "aaaa bbbb" and a space.
    @Test func segmentsWithoutWordTimes() throws {
        var plain = transcription(["aaaa bbbb cccc dddd"])
        plain.segments[0].words = nil
        plain.segments[0].startInSeconds = 0
        plain.segments[0].endInSeconds = 19
        let text = try TranscriptionFormat.srt.content(plain)
        #expect(text.contains("--> 00:00:04,000\n") || text.contains("00:00:04,000 -->"), "\(text)")
        #expect(text.contains("00:00:19,000\n"))
    }

    @Test func otherFormats() throws {
        let spoken = transcription(["so be it"], wordInSeconds: 0.5)
        #expect(
            try TranscriptionFormat.ctm.content(spoken, name: "talk")
                == "talk 1 0.000 0.500 so 1.000\ntalk 1 0.500 0.500 be 1.000\ntalk 1 1.000 0.500 it 1.000\n")
        #expect(try TranscriptionFormat.trn.content(spoken, name: "talk") == "so be it (talk)\n")
        // A name is one column.
        #expect(try TranscriptionFormat.ctm.content(spoken, name: "my talk").hasPrefix("my_talk 1 0.000 "))
        #expect(try TranscriptionFormat.trn.content(spoken, name: "my talk") == "so be it (my_talk)\n")
        #expect(try TranscriptionFormat.lrc.content(spoken) == "[00:00.00]so be it\n")
        #expect(try TranscriptionFormat.json.content(spoken, file: "a/talk.wav").contains(#""file":"a/talk.wav""#))
        var plain = spoken
        plain.segments[0].words = nil
        #expect(throws: TranscriptionFormatError.self) { try TranscriptionFormat.ctm.content(plain, name: "talk") }
    }
}
