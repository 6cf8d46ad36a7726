import Audio
import Datasets
import Files
import FoundationEssentials
import Glibc
import Tensors
import TestSupport
import Testing

@Suite struct LengthReaderTests {
    private let folder: TemporaryFolder
    private let utterances: [Utterance]
    private var path: String { "\(folder.path)/lengths.bin" }

    /// A file of a second at 8 kHz, read whole and as stretches, one of half a second at 16 kHz, and one of two channels.
    init() throws {
        folder = try TemporaryFolder()
        try folder.write("a.wav", bytes: waveFile([Float](repeating: 0.1, count: 8_000), sampleRate: 8_000))
        try folder.write("b.wav", bytes: waveFile([Float](repeating: 0.1, count: 8_000)))
        try folder.write("c.wav", bytes: waveFile([Float](repeating: 0.1, count: 6_000), channelCount: 2))
        let rows: [(String, Double?, Double?, Int?)] = [
            ("a", nil, nil, nil), ("a", 0.25, nil, nil), ("a", 0.25, 0.5, nil), ("b", nil, 0.1, nil),
            ("c", nil, nil, 2),
        ]
        utterances = rows.enumerated().map { [folder] number, row in
            Utterance(
                id: "\(number)", audioPath: "\(folder.path)/\(row.0).wav", startInSeconds: row.1,
                durationInSeconds: row.2, channel: row.3, text: "x", source: SourceLine(path: "m", line: number + 1))
        }
    }

    private func counts(_ utterances: [Utterance], at rate: Int = 16_000) throws -> [Int?] {
        try LengthReader(path: path, workers: WorkerPool(threadCount: 2)).sampleCounts(utterances, sampleRate: rate)
            .map { try? $0.get() }
    }

    /// By hand: 1, 0.75, 0.5, 0.1 s and 3,000 samples a channel; and the decoder says the same.
    @Test func lengthsAreThoseOfTheDecoder() throws {
        let decoded = try utterances.map { try $0.waveform(sampleRate: 16_000).samples.count }
        #expect(decoded == [16_000, 12_000, 8_000, 1_600, 3_000])
        #expect(try counts(utterances) == decoded)
        // Remembered, and at another rate.
        #expect(try counts(utterances) == decoded)
        #expect(try counts(utterances, at: 8_000) == [8_000, 6_000, 4_000, 800, 1_500])
        #expect(RememberedLengths(path: path).count == 3)
    }

    /// The files are made unreadable without a change of size or time: the second run does not open them. One that changes is opened again.
    @Test func whatIsRememberedIsNotOpenedAgain() throws {
        let first = try counts(utterances)
        for name in ["a", "b"] {
            let file = "\(folder.path)/\(name).wav"
            let state = try #require(FileState(path: file))
            try folder.write("\(name).wav", bytes: [UInt8](repeating: 0, count: state.byteCount))
            let (seconds, nanoseconds) = state.modified.quotientAndRemainder(dividingBy: 1_000_000_000)
            let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
            #expect(utimensat(AT_FDCWD, file, [time, time], 0) == 0)
        }
        #expect(try counts(utterances) == first)
        try folder.write("a.wav", bytes: waveFile([Float](repeating: 0.1, count: 4_000), sampleRate: 4_000))
        #expect(try counts(utterances).prefix(2) == [16_000, 12_000])
        try folder.write("a.wav", "gone bad")
        #expect(try counts(utterances)[0] == nil)
    }

    /// Cut off anywhere, with any bit changed, of another version, or no such file at all: nothing is remembered, and all is measured.
    @Test func aDamagedFileRemembersNothing() throws {
        let first = try counts(utterances)
        let bytes = try Data(contentsOf: URL(filePath: path))
        var broken: [Data] = (0..<bytes.count).map { bytes.prefix($0) }
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 1 << UInt8(index % 8)
            broken.append(other)
        }
        broken.append(Data(repeating: 0xFF, count: 64))
        for data in broken {
            try data.write(to: URL(filePath: path))
            #expect(RememberedLengths(path: path).count == 0)
        }
        #expect(try counts(utterances) == first)
        #expect(RememberedLengths(path: path).count == 3)  // written anew
    }

    /// MP3 has no count: its samples are counted by decoding it, and a whole file's count is not taken for that of a stretch.
    @Test func whatHasNoReliableHeaderIsCounted() throws {
        // MPEG 1, layer 3, 128 kbit/s, 44.1 kHz, one channel: 40 frames of 417 bytes and 1,152 samples of silence.
        let frame: [UInt8] = [0xFF, 0xFB, 0x90, 0xC0] + [UInt8](repeating: 0, count: 413)
        let clip = try folder.write("clip.mp3", bytes: (0..<40).flatMap { _ in frame })
        let spans: [(Double?, Double?)] = [(nil, nil), (0.5, nil), (nil, 0.7), (0.5, 0.5)]
        let utterances = spans.enumerated().map { number, span in
            Utterance(
                id: "\(number)", audioPath: clip, startInSeconds: span.0, durationInSeconds: span.1, text: "x",
                source: SourceLine(path: "m", line: number + 1))
        }
        let decoded = try utterances.map { try $0.waveform(sampleRate: 16_000).samples.count }
        #expect(try counts(utterances) == decoded)
        #expect(RememberedLengths(path: path).count == 5)  // the header's, and four stretches
        #expect(try counts(utterances) == decoded)
    }

    /// Each line is told: a channel that is not there, a stretch outside, no file.
    @Test func whatCannotBeReadIsTold() throws {
        var wrong = Array(utterances.suffix(3))
        wrong[0].startInSeconds = 5
        wrong[1].audioPath += "x"
        wrong[2].channel = 3
        for _ in 0..<2 {
            let results = try LengthReader(path: path, workers: WorkerPool(threadCount: 1)).sampleCounts(
                wrong, sampleRate: 16_000)
            let codes = results.map { result -> AudioError.Code? in
                if case .failure(let error) = result { error.code } else { nil }
            }
            #expect(codes == [.outOfRange, .notFound, .noSuchChannel])
        }
    }
}
