import Configuration
import Evaluation
import FoundationEssentials
import Models
import TestSupport
import Training

/// Small well-formed files of every format.
enum FuzzSeeds {
    /// Files that stand beside the one that is read, so that reading goes on to the end.
    static var companions: [(name: String, bytes: [UInt8])] {
        [
            ("a.wav", waveFile([0, 0.5, -0.5, 0])), ("b.wav", waveFile([0, 0.1])),
            (
                "segments.stm",
                bytes("f A s 0 1 a b\nf A s 1 2 <o,f0> c\n;; comment\nf B s 0 9 IGNORE_TIME_SEGMENT_IN_SCORING\n")
            ),
            ("recordings.jsonl", lhotseRecordings),
        ]
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    // Sound.

    static var audio: [[UInt8]] {
        let samples: [Float] = (0..<64).map { Float($0 % 8) / 16 }
        let wave = waveFile(samples)
        return [wave, waveFile(samples, isFloat: true, channelCount: 2), rf64(of: wave), au, aiff]
    }

    static let audioWords = [
        "RIFF", "RF64", "ds64", "data", "fmt ", "WAVE", "fact", "LIST", "COMM", "SSND", "FORM", "fLaC", "OggS", "ID3",
    ]

    /// A WAV file whose lengths stand in a `ds64` chunk of 64-bit numbers.
    private static func rf64(of wave: [UInt8]) -> [UInt8] {
        func little(_ value: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        }
        let dataCount = UInt64(wave.count - 44)
        let chunk =
            bytes("ds64") + little(28, 4) + little(UInt64(wave.count) + 28, 8) + little(dataCount, 8)
            + little(dataCount / 2, 8) + little(0, 4)
        return bytes("RF64") + little(0xFFFF_FFFF, 4) + bytes("WAVE") + chunk + wave[12..<40] + little(0xFFFF_FFFF, 4)
            + wave[44...]
    }

    /// 16-bit samples at 16 kHz, big endian.
    private static var au: [UInt8] {
        bytes(".snd") + [0, 0, 0, 24, 0, 0, 0, 32, 0, 0, 0, 3, 0, 0, 0x3E, 0x80, 0, 0, 0, 1]
            + (0..<32).map { UInt8($0) }
    }

    private static var aiff: [UInt8] {
        let common: [UInt8] =
            bytes("COMM") + [0, 0, 0, 18, 0, 1, 0, 0, 0, 16, 0, 16, 0x40, 0x0C, 0xFA, 0, 0, 0, 0, 0, 0, 0]
        let sound: [UInt8] =
            bytes("SSND") + [0, 0, 0, 40] + [UInt8](repeating: 0, count: 8) + (0..<32).map { UInt8($0) }
        let content = bytes("AIFF") + common + sound
        return bytes("FORM") + [0, 0, 0, UInt8(content.count)] + content
    }

    // Models.

    static let safeTensors: [[UInt8]] = [
        safeTensors(
            #"{"__metadata__":{"frontend":"x"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]}}"#,
            22)
    ]

    private static func safeTensors(_ header: String, _ dataCount: Int) -> [UInt8] {
        [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + header.utf8 + [UInt8](repeating: 1, count: dataCount)
    }

    static let tensorWords =
        jsonWords + ["__metadata__", "dtype", "shape", "data_offsets", "F32", "BF16", "F16", "I64"]

    static let vocabulary = [json(TinyModel.vocabulary)]

    /// Of a model with the smallest numbers that work.
    static let modelConfiguration = [
        json(SpeechModel.Description(model: TinyModel.configuration(), featureNormalization: .none))
    ]

    private static func json(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        do { return Array(try encoder.encode(value)) } catch { preconditionFailure("FuzzSeeds: \(error)") }
    }

    // Text.

    static let jsonWords = [
        "{", "}", "[", "]", "\"", ":", ",", "null", "true", "\\u0000", "\\ud800", "{}", "[]", "\n", "\t", "\u{FEFF}",
    ]
    static let yamlWords = [
        "- ", ": ", "&a ", "*a", "!!int ", "{", "}", "[", "]", "|", ">", "'", "\"", "\n", "  ", "# ", "<<: ", "---\n",
        "null", "~", "true",
    ]
    static let transcriptWords =
        jsonWords + ["(", ")", "{ a / b }", "@", "/", ";;", "<ALT_BEGIN>", "<o>", " ", "\r\n", "\"\"", "\u{301}"]

    static let yaml: [[UInt8]] = {
        do {
            return [
                bytes(try YAMLConfiguration.yaml(TrainingConfiguration())),
                bytes("model:\n  encoderLayerCount: 1\n  decoderLayerCount: 2 # more\nstopping: {epochs: 1}\n"),
            ]
        } catch {
            preconditionFailure("FuzzSeeds: \(error)")
        }
    }()

    private static let lhotseRecordings = bytes(
        #"{"id":"r","sources":[{"type":"file","channels":[0],"source":"a.wav"}],"sampling_rate":16000,"num_samples":4,"duration":0.00025}"#
            + "\n")

    static let manifests: [(name: String, fileName: String, seeds: [[UInt8]])] = [
        (
            "jsonl", "data.jsonl",
            [
                bytes(
                    "{\"audio_filepath\": \"a.wav\", \"text\": \"a b\", \"duration\": 1.5, \"offset\": 0.5, \"speaker\": 7, \"id\": \"x\"}\n{\"key\": 3, \"wav\": \"b.wav\", \"txt\": \"c\", \"start\": 0, \"end\": 1}\n"
                )
            ]
        ),
        (
            "cuts", "cuts.jsonl",
            [
                bytes(
                    #"{"id":"c","start":0,"duration":1,"channel":0,"supervisions":[{"id":"s","recording_id":"r","start":0,"duration":1,"channel":[0],"text":"a","speaker":"p"}],"recording":{"id":"r","sources":[{"type":"file","channels":[0,1],"source":"a.wav"}],"duration":1},"type":"MonoCut"}"#
                        + "\n")
            ]
        ),
        (
            "supervisions", "supervisions.jsonl",
            [bytes(#"{"id":"s","recording_id":"r","start":0.0,"duration":0.0001,"channel":0,"text":"a b"}"# + "\n")]
        ),
        (
            "csv", "data.csv",
            [bytes("wav_filename,wav_filesize,transcript,start,end\na.wav,12,\"a, \"\"b\"\"\nc\",0,1\nb.wav,3,d,,\n")]
        ),
        (
            "tsv", "data.tsv",
            [bytes("client_id\tpath\tsentence\tduration\np\ta.wav\t\"a \"\"b\"\"\"\t1\nq\tb.wav\tc\t\n")]
        ),
        ("trn", "data.trn", [bytes(";; comment\na b (a)\nc (b)\n")]),
        ("lst", "data.lst", [bytes("x a.wav 12.5 a b\ny b.wav 3 c\n")]),
        ("sphinx", "data.transcription", [bytes("<s> a b </s> (a)\n<s> c </s> (b)\n")]),
    ]

    static let transcripts: [(format: TranscriptFormat, seeds: [[UInt8]])] = [
        (.lines, [bytes("a b c\n\nd e\n")]),
        (.kaldi, [bytes("u1 a b\nu2 c\nu3\n")]),
        (.trn, [bytes(";; x\na { b / c d / @ } (e) (s-1)\nf (s-2)\n")]),
        (.stm, companions.filter { $0.name == "segments.stm" }.map(\.bytes)),
        (.ctm, [bytes("f A 0.1 0.2 a 0.9\nf A 0.5 0.2 b\n;; comment\nf A 1.5 0.1 c\nf B 1 1 d\n")]),
        (
            .jsonl,
            [
                bytes(
                    "{\"settings\":\"x\"}\n{\"id\": 1, \"text\": \"a b\", \"pred_text\": \"a\", \"snr\": 12.5, \"duration\": 3, \"speaker\": \"s\"}\n{\"id\": 2, \"text\": \"\", \"pred_text\": \"c\"}\n"
                )
            ]
        ),
        (.csv, [bytes("id,text,pred_text,snr,duration,speaker\n1,a b,\"a, \"\"b\"\"\n\",12,3,s\n2,,c,,,\n")]),
        (.tsv, [bytes("id\ttext\tpred_text\tsnr\n1\ta b\t\"a \"\"b\"\"\"\t12\n2\t\tc\t\n")]),
    ]
}
