import Audio
import Datasets
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// What a layout should give, without the source lines: id, audio path below the folder, text, speaker, start, duration.
func rows(_ manifest: Manifest, below folder: TemporaryFolder) -> [String] {
    manifest.utterances.map { utterance in
        let path = utterance.audioPath.replacing(folder.path + "/", with: "")
        let times = [utterance.startInSeconds, utterance.durationInSeconds].map { $0.map { "\($0)" } ?? "-" }
        return "\(utterance.id)|\(path)|\(utterance.text)|\(utterance.speaker ?? "-")|\(times[0])|\(times[1])"
    }
}

/// The problems found, without the folder's path.
func problems(_ path: String, below folder: TemporaryFolder) throws -> [String] {
    try Manifest.inspect(path: path).problems.map { "\($0)".replacing(folder.path + "/", with: "") }
}

struct ManifestLayoutTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test func libriSpeechTreeAtAnyDepthWithAnyAudioFormat() throws {
        try folder.write(
            "dev-clean/84/121123/84-121123.trans.txt", "84-121123-0000 GO DO YOU HEAR\r\n84-121123-0001 BUT IN LESS\n")
        try folder.write("dev-clean/84/121123/84-121123-0000.flac")
        try folder.write("dev-clean/84/121123/84-121123-0001.opus")
        try folder.write("dev-clean/84/121123/.DS_Store")
        let expected = [
            "84-121123-0000|dev-clean/84/121123/84-121123-0000.flac|GO DO YOU HEAR|84|-|-",
            "84-121123-0001|dev-clean/84/121123/84-121123-0001.opus|BUT IN LESS|84|-|-",
        ]
        #expect(try rows(.load(path: folder.path), below: folder) == expected)
        #expect(try rows(.load(path: folder.path + "/dev-clean/84/"), below: folder) == expected)
        let first = try #require(try Manifest.load(path: folder.path).utterances.first)
        #expect("\(first.source)" == folder.path + "/dev-clean/84/121123/84-121123.trans.txt:1")
    }

    @Test func libriSpeechNamesWhatIsMissingOnEitherSide() throws {
        try folder.write("1/2/1-2.trans.txt", "1-2-0000 HERE\n1-2-0001 GONE\n")
        try folder.write("1/2/1-2-0000.flac")
        try folder.write("1/2/1-2-0007.flac")
        #expect(
            try problems(folder.path, below: folder) == [
                "1/2/1-2-0007.flac: no line of a .trans.txt file in this folder names this audio file",
                "1/2/1-2.trans.txt:2: no audio file 1-2-0001.flac (or .wav, .opus ...) in this folder",
            ])
    }

    @Test func kaldiFolderWithPathsRelativeToItsParent() throws {
        try folder.write("WAVE/a.wav")
        try folder.write("train/wav.scp", "u1 WAVE/a.wav\n")
        try folder.write("train/text", "u1 WE CALL IT BEAR\n")
        try folder.write("train/utt2spk", "u1 0001\n")
        #expect(
            try rows(.load(path: folder.path + "/train"), below: folder) == ["u1|WAVE/a.wav|WE CALL IT BEAR|0001|-|-"])
    }

    /// The data folder comes first for every line, whatever the lines before it were found in.
    @Test func kaldiPathsAreLookedForInTheDataFolderFirst() throws {
        for name in ["both.wav", "train/both.wav", "only.wav"] { try folder.write(name) }
        let ids = (0..<20).map { "u\($0)" }
        try folder.write(
            "train/wav.scp", ids.map { "\($0) \($0.hasSuffix("1") ? "only.wav" : "both.wav")\n" }.joined())
        try folder.write("train/text", ids.map { "\($0) X\n" }.joined())
        let paths = try Manifest.load(path: folder.path + "/train").utterances.map(\.audioPath)
        #expect(paths == ids.map { folder.path + ($0.hasSuffix("1") ? "/only.wav" : "/train/both.wav") })
    }

    @Test func kaldiSegments() throws {
        try folder.write("a.wav")
        try folder.write("wav.scp", "rec \(folder.path)/a.wav\n")
        try folder.write("text", "u1 ONE\nu2 TWO\n")
        try folder.write("segments", "u1 rec 0.5 2.0\nu2 rec 2.0 -1\n")
        #expect(
            try rows(.load(path: folder.path), below: folder) == ["u1|a.wav|ONE|-|0.5|1.5", "u2|a.wav|TWO|-|2.0|-"])
    }

    @Test func kaldiCommandIsNeverRun() throws {
        let mark = folder.path + "/ran"
        try folder.write("wav.scp", "u1 touch \(mark) |\n")
        try folder.write("text", "u1 ONE\n")
        let found = try problems(folder.path, below: folder)
        #expect(found == ["wav.scp:1: a command, which is never run; convert to audio files first: touch ran |"])
        #expect(!FileManager.default.fileExists(atPath: mark))
    }

    @Test func kaldiFilesThatDisagree() throws {
        try folder.write("a.wav")
        try folder.write("wav.scp", "u1 a.wav\nu2 a.wav\nu3 b.wav\n")
        try folder.write("text", "u1\nu3 THREE\nu4 FOUR\n")
        try folder.write("reco2file_and_channel", "u1 a A\nu2 a C\n")
        #expect(
            try problems(folder.path, below: folder) == [
                "reco2file_and_channel:2: expected `recording file channel` with channel A or B, not u2 a C",
                "text:1: empty text; remove the line or write what is said",
                "text:3: no line of `wav.scp` for u4",
                "wav.scp:2: no line of `text` for u2",
                "wav.scp:3: no audio file b.wav in \(folder.path), its parent or the parent's parent",
            ])
    }

    /// Both sides of a telephone call in one file: each utterance is read from its own channel.
    @Test func kaldiChannels() throws {
        let sides: [[Float]] = [50, 30].map { period in (0..<2_000).map { Float($0 % period) / 100 } }
        let samples = zip(sides[0], sides[1]).flatMap { [$0, $1] }
        try folder.write("call.wav", bytes: waveFile(samples, sampleRate: 8_000, channelCount: 2))
        try folder.write("wav.scp", "call-A call.wav\ncall-B call.wav\n")
        try folder.write("text", "call-A YES\ncall-B NO\n")
        try folder.write("reco2file_and_channel", "call-A call A\ncall-B call B\n")
        let manifest = try Manifest.load(path: folder.path)
        #expect(manifest.utterances.map(\.channel) == [1, 2])
        let data = try TrainingData(
            manifest, frontend: FrontendConfiguration(sampleRate: 8_000), labelNormalizer: .words, keepsSamples: true,
            workers: WorkerPool(threadCount: 1))
        for channel in 0...1 {
            expectClose(try data.waveform(channel, sampleRate: 8_000).samples, sides[channel], absolute: 1e-4)
        }
        // The sides in files of their own keep their letters.
        try folder.write("b.wav", bytes: waveFile(sides[1], sampleRate: 8_000))
        var alone = manifest.utterances[1]
        alone.audioPath = "\(folder.path)/b.wav"
        expectClose(try alone.waveform(sampleRate: 8_000).samples, sides[1], absolute: 1e-4)
        // Without the file the two are mixed, which the check tells.
        try FileManager.default.removeItem(atPath: "\(folder.path)/reco2file_and_channel")
        let findings = try DataCheck(train: [folder.path]).run(threadCount: 1).findings.filter { $0.kind == .channels }
        #expect(findings.map(\.message).first?.hasPrefix("2 clips with several channels") == true)
    }

    /// Times of a table that cuts one recording into stretches.
    @Test func tablesWithStretches() throws {
        try folder.write("a.wav")
        let path = try folder.write(
            "t.csv",
            """
            id,path,text,offset,duration,end
            1,a.wav,one,1.5,0.5,
            2,a.wav,two,2,,2.75
            3,a.wav,three,,,
            4,a.wav,four,soon,,

            """)
        #expect(try problems(path, below: folder) == ["t.csv:5: the offset soon is not a number of seconds"])
        #expect(
            try rows(Manifest.inspect(path: path).manifest, below: folder) == [
                "1|a.wav|one|-|1.5|0.5", "2|a.wav|two|-|2.0|0.75", "3|a.wav|three|-|-|-",
            ])
    }

    @Test func nemoAndWenetLines() throws {
        try folder.write("audio/a.wav")
        try folder.write("audio/b.wav")
        let path = try folder.write(
            "train.json",
            """
            {"audio_filepath": "audio/a.wav", "text": "one", "duration": 1.5, "offset": 2, "speaker": 7}
            {"key": "w1", "wav": "\(folder.path)/audio/b.wav", "txt": "机器学习"}
            {"key": "w2", "wav": "\(folder.path)/audio/b.wav", "txt": "机器", "start": 0.5, "end": 2.0}

            """)
        let expected = [
            "a-0002000|audio/a.wav|one|7|2.0|1.5", "w1|audio/b.wav|机器学习|-|-|-", "w2|audio/b.wav|机器|-|0.5|1.5",
        ]
        #expect(try rows(.load(path: path), below: folder) == expected)
        #expect(try rows(.load(path: folder.path), below: folder) == expected)
    }

    @Test func filesOfOneNameInTwoFoldersAreToldApartByTheirPaths() throws {
        try folder.write("a/1.wav")
        try folder.write("b/1.wav")
        try folder.write("b/2.wav")
        let path = try folder.write(
            "m.jsonl", ["a/1", "b/1", "b/2"].map { "{\"audio_filepath\": \"\($0).wav\", \"text\": \"x\"}\n" }.joined())
        #expect(try Manifest.load(path: path).utterances.map(\.id) == ["a/1", "b/1", "2"])
    }

    @Test func badLinesOfJSON() throws {
        try folder.write("a.wav")
        let path = try folder.write(
            "m.jsonl",
            bytes: Array(
                """
                {"audio_filepath": "a.wav", "text": "fine"}
                {"audio_filepath": "a.wav", "text": "again"}
                not json
                ["a.wav"]
                {"text": "no file"}
                {"audio_filepath": "a.wav"}
                {"audio_filepath": "gone.wav", "text": "x"}
                {"audio_filepath": "a.wav", "text": " "}
                {"audio_filepath": "a.wav", "text": "x", "duration": -1}
                {"audio_filepath": "a.wav", "text": 5}
                {"audio_filepath": "a.wav", "text": "x", "offset": 1e300}
                {"wav": "a.wav", "txt": "x", "start": 2, "end": 1.5}
                {"audio_filepath": "a.wav", "text": "
                """.utf8) + [0xFF] + Array("\"}\n".utf8))
        let expected = [
            "m.jsonl:2: duplicate id a; first at \(folder.path)/m.jsonl:1".replacing(folder.path + "/", with: ""),
            "m.jsonl:3: not JSON; expected one object {...} per line, not not json",
            "m.jsonl:4: not a JSON object; expected one object {...} per line",
            "m.jsonl:5: no key `audio_filepath` (or `wav`)",
            "m.jsonl:6: no key `text` (or `txt`)",
            "m.jsonl:7: no audio file gone.wav; correct the path or remove the line",
            "m.jsonl:8: empty text; remove the line or write what is said",
            "m.jsonl:9: no recording lasts -1.0 s",
            "m.jsonl:10: the value of `text` has the wrong type",
            "m.jsonl:11: the start 1e+300 s is not a time in a recording",
            "m.jsonl:12: no recording lasts -0.5 s",
            "m.jsonl:13: byte 485 is not UTF-8; convert the file",
        ]
        let found = try problems(path, below: folder)
        #expect(found.count == expected.count)
        for (found, expected) in zip(found, expected) { #expect(found.hasPrefix(expected)) }
    }

    @Test func strictLoadingNamesTheFirstTenAndTheTotal() throws {
        let path = try folder.write("m.jsonl", String(repeating: "{}\n", count: 12))
        let error = #expect(throws: ManifestError.self) { try Manifest.load(path: path) }
        #expect(error?.problemCount == 12)
        let lines = "\(error!)".split(separator: "\n")
        #expect(lines.count == 12)
        #expect(lines[9] == "\(path):10: no key `audio_filepath` (or `wav`)")
        #expect(lines[10] == "... and 2 more")
        #expect(lines[11].hasPrefix("12 problems"))
    }

    @Test func commonVoiceByHeaderWithClipsBesideTheTable() throws {
        try folder.write("clips/a.mp3")
        try folder.write("clips/b.mp3")
        let path = try folder.write(
            "train.tsv",
            "path\tup_votes\tclient_id\tsentence\na.mp3\t2\tunknown\t\"He said \"\"no\"\".\"\nb.mp3\t1\tc7\t\"Yes\", 5\" long\n"
        )
        #expect(
            try rows(.load(path: path), below: folder) == [
                "a|clips/a.mp3|He said \"no\".|-|-|-", "b|clips/b.mp3|\"Yes\", 5\" long|c7|-|-",
            ])
    }

    @Test func deepSpeechTableWithQuotedFields() throws {
        try folder.write("clips/a.wav")
        try folder.write("clips/b.wav")
        let path = try folder.write(
            "train.csv",
            "\u{FEFF}wav_filename,wav_filesize,transcript\r\nclips/a.wav,632964,\"Author of the \"\"trail\"\", etc.\"\r\n"
                + "clips/b.wav,5,\"two\nlines\"\r\nclips/b.wav,5\r\n")
        let (manifest, problems) = try Manifest.inspect(path: path)
        #expect(
            rows(manifest, below: folder) == [
                "a|clips/a.wav|Author of the \"trail\", etc.|-|-|-", "b|clips/b.wav|two\nlines|-|-|-",
            ])
        // The row with the line end takes lines 3 and 4.
        #expect(problems.map(\.description) == ["\(path):5: 2 fields, but the header has 3"])
    }

    @Test func tablesThatCannotBeRead() throws {
        try folder.write("a.wav")
        let noText = try folder.write("1/t.csv", "path,label\na.wav,x\n")
        #expect(
            "\(#expect(throws: ManifestError.self) { try Manifest.load(path: noText) }!)".contains(
                "t.csv:1: the header has"))
        let openQuote = try folder.write("2/t.csv", "path,text\n\"a.wav,x\n")
        #expect(try problems(openQuote, below: folder) == ["2/t.csv:2: a quote that is never closed; close it"])
        let empty = try folder.write("3/t.tsv", "")
        #expect(
            "\(#expect(throws: ManifestError.self) { try Manifest.load(path: empty) }!)".contains(
                "empty; expected a header"))
        let headerOnly = try folder.write("4/t.tsv", "path\tsentence\n")
        #expect(
            try problems(headerOnly, below: folder) == ["4/t.tsv: no utterances; name labelled data with at least one"])
    }

    @Test func trnBesideItsAudio() throws {
        try folder.write("spk-1.sph")
        try folder.write("spk-2.wav")
        try folder.write("ref.trn", ";; made by hand\nhello (there) you (spk-1)\nuh { a / b } (spk-2)\nno id\n")
        let (manifest, _) = try Manifest.inspect(path: folder.path)
        #expect(rows(manifest, below: folder) == ["spk-1|spk-1.sph|hello (there) you|spk|-|-"])
        #expect(
            try problems(folder.path, below: folder) == [
                "ref.trn:3: alternatives { a / b } cannot be learned from; keep what is said",
                "ref.trn:4: no (id) at the end of the line",
            ])
    }

    @Test func flashlightList() throws {
        let path = try folder.write(
            "train.lst",
            "train001 \(folder.path)/a.flac 100.03 this is sparta\ntrain002\tclips/b.wav\t36\tcoca cola\nc clips/b.wav hello world\n"
        )
        try folder.write("a.flac")
        try folder.write("clips/b.wav")
        let (manifest, _) = try Manifest.inspect(path: path)
        #expect(
            rows(manifest, below: folder) == [
                "train001|a.flac|this is sparta|-|-|-", "train002|clips/b.wav|coca cola|-|-|-",
            ])
        #expect(
            try problems(path, below: folder) == [
                "train.lst:3: expected `id path size text`, the size a number, not c clips/b.wav hello world"
            ])
    }

    /// The folders of AN4.
    @Test func sphinxTranscriptBesideItsFileIDs() throws {
        try folder.write("etc/an4_train.fileids", "an4_clstk/fash/an251-fash-b\nan4_clstk/fash/an253-fash-b\n")
        let path = try folder.write(
            "etc/an4_train.transcription",
            "<s> YES </s> (an251-fash-b)\n<s> GO </s> (an253-fash-b)\n<s> NO </s> (beside)\n<s> STOP </s>\n")
        try folder.write("wav/an4_clstk/fash/an251-fash-b.sph")
        try folder.write("wav/an4_clstk/fash/an253-fash-b.raw")
        try folder.write("etc/beside.wav")
        let (manifest, _) = try Manifest.inspect(path: path)
        #expect(
            rows(manifest, below: folder) == [
                "an251-fash-b|wav/an4_clstk/fash/an251-fash-b.sph|YES|-|-|-", "beside|etc/beside.wav|NO|-|-|-",
            ])
        #expect(
            try problems(path, below: folder) == [
                "etc/an4_train.transcription:2: no audio file an4_clstk/fash/an253-fash-b.sph (or .wav ...) in wav or etc",
                "etc/an4_train.transcription:4: no (id) at the end of the line",
            ])
    }

    @Test func plainFolderOfRecordingsWithTexts() throws {
        try folder.write("kitchen/tea.WAV")
        try folder.write("kitchen/tea.txt", "make tea\n please \n")
        try folder.write("stop.mp3")
        try folder.write("stop.txt", "stop")
        try folder.write("lonely.wav")
        try folder.write("README.txt", "where this comes from")
        let (manifest, problems) = try Manifest.inspect(path: folder.path)
        #expect(
            rows(manifest, below: folder) == ["stop|stop.mp3|stop|-|-|-", "tea|kitchen/tea.WAV|make tea please|-|-|-"])
        #expect(
            problems.map(\.description) == ["\(folder.path)/lonely.wav: no text \(folder.path)/lonely.txt beside it"])
    }

    @Test func whatIsNotRecognised() throws {
        func message(_ path: String) -> String {
            "\(#expect(throws: ManifestError.self) { try Manifest.load(path: path) }!)"
        }
        #expect(message(folder.path + "/gone").hasSuffix("/gone: no such file or folder; check the path"))
        #expect(message(folder.path).contains("no labelled data; expected a LibriSpeech tree"))
        try folder.write("x.wav")
        #expect(message(folder.path).contains("1 audio files without any text"))
        #expect(message(folder.path + "/x.wav").contains("not a manifest"))
        try folder.write("train.tsv", "path\tsentence\n")
        try folder.write("dev.tsv", "path\tsentence\n")
        #expect(message(folder.path).hasSuffix("2 manifests (dev.tsv, train.tsv); name the one to read"))
    }

    /// Missing files and repeated ids are looked for in 100,000 lines too.
    @Test func bigManifestIsRead() throws {
        try folder.write("a.wav")
        let lines = (0..<100_000).map {
            "{\"audio_filepath\": \"a.wav\", \"text\": \"sentence number \($0)\", \"duration\": 1.25, \"offset\": \($0)}\n"
        }
        let path = try folder.write("m.jsonl", lines.joined())
        #expect(try Manifest.load(path: path).utterances.count == 100_000)
    }
}
