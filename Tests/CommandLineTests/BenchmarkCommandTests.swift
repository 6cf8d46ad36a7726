import FoundationEssentials
import Models
import Recognition
import Testing
import Training

@Suite("asr benchmark")
struct BenchmarkCommandTests {
    private func object(_ result: Program.Result) throws -> [String: Double?] {
        // Texts and lists become nil.
        struct Value: Decodable {
            let number: Double?
            init(from decoder: any Decoder) throws {
                number = try? decoder.singleValueContainer().decode(Double.self)
            }
        }
        try #require(result.exitCode == 0, "\(result.standardError)")
        return try JSONDecoder().decode([String: Value].self, from: Data(result.standardOutput.utf8)).mapValues(
            \.number)
    }

    @Test("transcribe measures a model on files and on made-up sound")
    func transcribe() throws {
        try TinyModel.with { tiny in
            let arguments = [
                "benchmark", "transcribe", "--model", tiny.model, "--runs", "2", "--tokens", "3", "--json",
            ]
            let files = try object(Program.run(arguments + [tiny.clip, tiny.clip]))
            #expect(files["audio_s"] == 1 && files["utterances"] == 2)  // two clips of 8000 samples
            let sound = try object(Program.run(arguments))
            #expect(sound["audio_s"] == 30 && sound["utterances"] == 1)
            for key in [
                "utterance_ms", "utterance_ms_min", "utterance_ms_max", "real_time_factor", "audio_s_per_s",
                "encoder_ms_per_30_s", "encoder_ms_min", "encoder_ms_max", "gflop_per_s", "product_gflop_per_s",
                "share_of_product_speed", "peak_rss_mb", "parameters",
            ] {
                #expect(try #require(files[key] ?? nil) > 0, "\(key)")
            }
            let text = try Program.run("benchmark", "transcribe", "--model", tiny.model, "--runs", "1", tiny.clip)
            for line in ["encoder of 30 s ", "decoder, beam 1 ", "decoder, beam 5 ", "real-time factor "] {
                #expect(text.standardOutput.contains("\n\(line)"))
            }
            expectOneLine(
                try Program.run("benchmark", "transcribe", "--model", tiny.model, "\(tiny.folder)/none.wav"),
                contains: "none.wav: ")
        }
    }

    /// It has as many positions as 30 s have, and puts silence before every recording: the made-up sound is shorter by that.
    @Test("transcribe measures a model that puts silence around recordings")
    func silenceAround() throws {
        let result = try Program.run(
            "benchmark", "transcribe", "--model", "english", "--runs", "1", "--tokens", "1", "--json")
        #expect(try #require(try object(result)["encoder_ms_per_30_s"] ?? nil) > 0)
    }

    /// Sizes for which a step takes milliseconds.
    private static let tiny = [
        "benchmark", "train", "--dimension", "16", "--heads", "2", "--feed-forward", "16", "--encoder-layers", "1",
        "--decoder-layers", "1", "--steps", "7", "--warmup", "0",
    ]

    @Test("train --growth measures every batch, length and number of threads by itself")
    func growth() throws {
        struct Growth: Decodable {
            struct Row: Decodable {
                let batch: Int
                let seconds: Double
                let threads: Int
                let step: Double
                let memory: Double
                enum CodingKeys: String, CodingKey {
                    case batch, threads
                    case seconds = "utterance_s"
                    case step = "step_ms"
                    case memory = "peak_rss_mb"
                }
            }
            let rows: [Row]
        }
        let result = try Program.run(Self.tiny + ["--growth", "--threads", "2", "--json"])
        try #require(result.exitCode == 0, "\(result.standardError)")
        let rows = try JSONDecoder().decode(Growth.self, from: Data(result.standardOutput.utf8)).rows
        let sizes: [[Int]] = rows.map { [$0.batch, Int($0.seconds), $0.threads] }
        let expected: [[Int]] = [
            [8, 10, 2], [16, 10, 2], [32, 10, 2], [64, 10, 2], [16, 5, 2], [16, 20, 2], [16, 30, 2], [16, 10, 1],
        ]
        #expect(sizes == expected)
        #expect(rows.allSatisfy { $0.step > 0 && $0.memory > 0 })
        // Each row is its own process: the last one is smaller than that with four times the batch before it.
        #expect(rows[7].memory < rows[3].memory)
    }

    @Test("train measures other networks")
    func settings() throws {
        let sizes = ["--batch", "2", "--seconds", "1", "--characters", "9", "--json"]
        let network = [
            "--set", "model.encoder.layer=lstm", "--set", "model.encoder.pyramidLayerCount=1", "--encoder-layers", "2",
            "--set", "model.decoder.layer=lstm", "--set", "model.subsamplingStrides=[2]", "--heads", "1",
        ]
        let transformer = try object(Program.run(Self.tiny + sizes))
        let recurrent = try object(Program.run(Self.tiny + sizes + network))
        for result in [transformer, recurrent] {
            #expect(try #require(result["step_ms"] ?? nil) > 0 && #require(result["gflop_per_s"] ?? nil) > 0)
        }
        #expect(transformer["parameters"] != recurrent["parameters"])
    }

    @Test(
        "train refuses sizes that cannot work",
        arguments: [
            (["--batch", "1000000", "--seconds", "600"], "GB to be trained, and this machine has "),
            (["--dimension", "65536", "--feed-forward", "65536"], "GB to be trained, and this machine has "),
            (["--set", "model.encoder.layr=lstm"], "--set model.encoder.layr=lstm: unknown key"),
            (["--seconds", "1"], "150 characters need 15"), (["--heads", "3"], "is not a multiple of"),
        ])
    func absurdSizes(options: [String], message: String) throws {
        expectOneLine(try Program.run(["benchmark", "train"] + options), contains: message)
    }
}
