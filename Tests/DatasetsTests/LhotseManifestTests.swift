import Datasets
import Files
import Foundation
import TestSupport
import Testing

/// The lines are as `lhotse prepare`, `lhotse cut simple` and `lhotse cut trim-to-supervisions` write them, shortened.
struct LhotseManifestTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let recording =
        #"{"id":"call","sources":[{"type":"file","channels":[0,1],"source":"audio/call.wav"}],"sampling_rate":8000,"num_samples":80000,"duration":10.0}"#

    private static func supervision(_ id: String, _ start: Double, _ duration: Double, channel: String = "0") -> String
    {
        #"{"id":"\#(id)","recording_id":"call","start":\#(start),"duration":\#(duration),"channel":\#(channel),"text":"say \#(id)","speaker":"s1"}"#
    }

    private static func cut(_ supervisions: [String], start: Double, recording: String = recording) -> String {
        #"{"id":"c","start":\#(start),"duration":4.0,"channel":0,"supervisions":[\#(supervisions.joined(separator: ","))],"recording":\#(recording),"type":"MonoCut"}"#
    }

    /// Supervisions begin at the beginning of their cut; the last one ends with the recording.
    @Test func cuts() throws {
        try folder.write("audio/call.wav")
        let path = try folder.write(
            "data/manifests/train_cuts.jsonl",
            Self.cut([Self.supervision("a", 0, 1.5), Self.supervision("b", 1.5, 2, channel: "1")], start: 2) + "\n"
                + Self.cut([Self.supervision("c", 0, 4)], start: 6) + "\n" + Self.cut([], start: 9) + "\n")
        let manifest = try Manifest.load(path: path)
        #expect(
            rows(manifest, below: folder) == [
                "a|audio/call.wav|say a|s1|2.0|1.5", "b|audio/call.wav|say b|s1|3.5|2.0",
                "c|audio/call.wav|say c|s1|6.0|-",
            ])
        #expect(manifest.utterances.map(\.channel) == [1, 2, 1])
    }

    /// As `lhotse prepare` leaves them: two files, packed.
    @Test func supervisionsBesideTheirRecordings() throws {
        try folder.write("audio/call.wav")
        try folder.write("corpus_recordings_dev.jsonl.gz", bytes: gzipped(Self.recording + "\n"))
        let path = try folder.write(
            "corpus_supervisions_dev.jsonl.gz",
            bytes: gzipped(
                Self.supervision("a", 0, 10, channel: "[0, 1]") + "\n" + Self.supervision("b", 1, 2.5) + "\n"
                    + Self.supervision("c", 1, 2).replacing("call", with: "other") + "\n"))
        let (manifest, _) = try Manifest.inspect(path: path)
        #expect(
            rows(manifest, below: folder) == [
                "a|audio/call.wav|say a|s1|-|-", "b|audio/call.wav|say b|s1|1.0|2.5",
            ])
        #expect(manifest.utterances.map(\.channel) == [nil, 1])
        let expected = ["corpus_supervisions_dev.jsonl.gz:3: no recording other in corpus_recordings_dev.jsonl.gz"]
        #expect(try problems(path, below: folder) == expected)
        // The recordings are no second manifest of the folder.
        #expect(try problems(folder.path, below: folder) == expected)
        try FileManager.default.removeItem(atPath: "\(folder.path)/corpus_recordings_dev.jsonl.gz")
        let error = #expect(throws: ManifestError.self) { try Manifest.load(path: path) }
        #expect(error?.description.contains("supervisions without their recordings") == true)
    }

    @Test func whatIsNotReadIsSaid() throws {
        try folder.write("audio/call.wav")
        let mark = "\(folder.path)/ran"
        let command = Self.recording.replacing("\"file\"", with: "\"command\"").replacing(
            "audio/call.wav", with: "touch \(mark)")
        let changed = Self.recording.dropLast() + #","transforms":[{"name":"Speed","kwargs":{"factor":0.9}}]}"#
        let one = [Self.supervision("a", 0, 1)]
        let lines = [
            Self.cut(one, start: 0, recording: command), Self.cut(one, start: 0, recording: String(changed)),
            #"{"id":"m","tracks":[{"cut":\#(Self.cut(one, start: 0))}],"type":"MixedCut"}"#,
            Self.cut([Self.supervision("a", 0, 1, channel: "2")], start: 0),
            Self.cut([#"{"id":"a","start":0,"duration":1}"#], start: 0),
            Self.cut(one, start: 0, recording: Self.recording.replacing("call.wav", with: "gone.wav")),
            Self.cut([Self.supervision("a", 0, 1, channel: "-1")], start: 0),
            Self.cut([Self.supervision("a", 0, 1e300)], start: 0),
            Self.cut([Self.supervision("a", 0, 0)], start: 0),
        ]
        let path = try folder.write("cuts.jsonl", lines.joined(separator: "\n"))
        let expected = [
            "cuts.jsonl:1: a source of type command, which is never run or fetched",
            "cuts.jsonl:2: the recording call has transforms of Lhotse, which are not applied here",
            "cuts.jsonl:3: a MixedCut without a recording; only cuts of one recording can be read",
            "cuts.jsonl:4: no file of call has the channels [2]",
            "cuts.jsonl:5: no key `recording_id`",
            "cuts.jsonl:6: no audio file audio/gone.wav in \(folder.path), its parent or the parent's parent",
            "cuts.jsonl:7: the channel -1; channels are counted from 0",
            "cuts.jsonl:8: from 0.0 s for 1e+300 s, which is not a part of call, a recording of ",
            "cuts.jsonl:9: from 0.0 s for 0.0 s, which is not a part of call",
        ]
        let found = try problems(path, below: folder)
        #expect(found.count == expected.count)
        for (found, expected) in zip(found, expected) { #expect(found.hasPrefix(expected)) }
        #expect(!FileManager.default.fileExists(atPath: mark))
    }

    /// The format is told from the beginning of a list that is much longer.
    @Test func aLongPackedList() throws {
        try folder.write("audio/call.wav")
        let lines = (0..<5_000).map { Self.cut([Self.supervision("\($0 * 7_919 % 10_007)", 0, 1)], start: 1) + "\n" }
        let path = try folder.write("cuts.jsonl.gz", bytes: gzipped(lines.joined()))
        #expect(try Manifest.load(path: path).utterances.count == 5_000)
    }

    /// Any table or list may be packed; one that breaks off is said to.
    @Test func packedFiles() throws {
        try folder.write("a.wav")
        let bytes = try gzipped("path\tsentence\na.wav\tmake tea\n")
        let path = try folder.write("train.tsv.gz", bytes: bytes)
        #expect(try rows(.load(path: path), below: folder) == ["a|a.wav|make tea|-|-|-"])
        try folder.write("train.tsv.gz", bytes: bytes.dropLast(10))
        let error = #expect(throws: ManifestError.self) { try Manifest.load(path: path) }
        #expect(error?.description.contains("train.tsv.gz: damaged, or cut off") == true)
    }
}
