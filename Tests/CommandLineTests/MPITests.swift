import FoundationEssentials
import Glibc
import Testing

/// `asr train` as several processes; needs what `make test-mpi` builds.
@Suite("asr train under mpirun", .serialized)
struct MPITests {
    private static let mpirun = getenv("ASR_TEST_MPIRUN").map { String(cString: $0) }
    private static let isWanted = ConditionTrait.enabled(
        if: mpirun != nil, "make test-mpi sets ASR_TEST_MPIRUN and runs this test")

    /// Training data for steps of eight micro-batches, and what was trained with them by one process.
    private struct Data {
        let tiny: TinyModel
        let list: String
        var reference: String { "\(tiny.folder)/reference" }

        /// 17 passes of three steps: 51 steps.
        init(_ tiny: TinyModel) throws {
            self.tiny = tiny
            let lines = (0..<8).flatMap { copy in
                ["low", "mid", "high"].map { name in
                    #"{"id": "\#(name)-\#(copy)", "audio_filepath": "\#(tiny.data)/\#(name).wav", "text": "\#(name)"}"#
                }
            }
            list = try tiny.write("list.jsonl", Array((lines.joined(separator: "\n") + "\n").utf8))
            let configuration = """
                model:
                  encoderLayerCount: 1
                  decoderLayerCount: 1
                  transformer: {modelDimension: 32, headCount: 2, feedForwardDimension: 64}
                batches: {maximumFramesPerBatch: 400, maximumFramesPerMicroBatch: 60}
                augmentation: {speedFactors: [0.9, 1, 1.1]}
                stopping: {epochs: 17, patience: 0, evaluationInterval: 8, keepBest: 2}
                optimizer: {averageDecay: 0.99}
                """
            try tiny.write("tiny.yaml", Array(configuration.utf8))
        }

        func arguments(_ output: String, threads: Int = 1, dev: String? = nil) -> [String] {
            [
                "train", "--config", tiny.configuration, "--train", list, "--dev", dev ?? list, "--output", output,
                "--threads",
                "\(threads)",
            ]
        }

        func trainReference() throws {
            let result = try Program.run(arguments(reference, threads: 2))
            try #require(result.exitCode == 0, "\(result.standardError)")
        }

        /// Whether a run has left the same files.
        func expectSame(_ output: String) throws {
            for name in ["checkpoint.safetensors", "model.safetensors", "best/models.json", "training.yaml"] {
                let (first, second) = (try bytes("\(reference)/\(name)"), try bytes("\(output)/\(name)"))
                #expect(first == second, "\(name)")
            }
            let stepCount = String(decoding: try bytes("\(output)/metrics.jsonl"), as: UTF8.self)
                .split(separator: "\n").count { $0.contains("\"kind\":\"step\"") || $0.contains("learningRate") }
            #expect(stepCount >= 50)
        }

        private func bytes(_ path: String) throws -> FoundationEssentials.Data {
            try FoundationEssentials.Data(contentsOf: URL(filePath: path))
        }
    }

    private static func quoted(_ arguments: [String]) -> String { arguments.map { "'\($0)'" }.joined(separator: " ") }

    /// A line of shell that begins with mpirun; `asr` is `"$0"`.
    private static func line(_ rankCount: Int, _ arguments: [String]) -> String {
        "\(mpirun ?? "") -n \(rankCount) \"$0\" \(quoted(arguments))"
    }

    @Test("gives the same bits for one to four processes", isWanted)
    func sameBits() throws {
        try TinyModel.with(model: false) { tiny in
            let data = try Data(tiny)
            try data.trainReference()
            for (ranks, threads) in [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (4, 1), (4, 2)] {
                let output = "\(tiny.folder)/\(ranks)-\(threads)"
                let result = try Program.run(shell: Self.line(ranks, data.arguments(output, threads: threads)))
                #expect(result.exitCode == 0, "\(result.standardError)")
                try data.expectSame(output)
            }
        }
    }

    /// SIGUSR1 to mpirun, as Slurm sends it before the time is up; three processes go on where four have stopped.
    @Test("saves at SIGUSR1, and goes on with another number of processes", isWanted)
    func goesOn() throws {
        try TinyModel.with(model: false) { tiny in
            let data = try Data(tiny)
            try data.trainReference()
            let output = "\(tiny.folder)/stopped"
            let stopped = try Program.run(
                shell: Self.line(4, data.arguments(output)) + " & job=$!; "
                    + Self.untilStep(9, output) + " kill -USR1 $job; wait $job")
            #expect(stopped.exitCode == 130, "\(stopped.standardError)")
            #expect(stopped.standardError.contains("interrupted: saved in \(output)"))
            let resumed = try Program.run(shell: Self.line(3, data.arguments(output) + ["--resume"]))
            #expect(resumed.exitCode == 0, "\(resumed.standardError)")
            try data.expectSame(output)
        }
    }

    @Test("a killed process ends the others, and the checkpoint is whole", isWanted)
    func killed() throws {
        try TinyModel.with(model: false) { tiny in
            let data = try Data(tiny)
            try data.trainReference()
            let output = "\(tiny.folder)/killed"
            let start = ContinuousClock.now
            // A checkpoint after every step; the last of mpirun's children is one of the ranks.
            let killed = try Program.run(
                shell: Self.line(4, data.arguments(output) + ["--set", "checkpointMinutes=0"]) + " & job=$!; "
                    + Self.untilStep(5, output)
                    + " date +%s > '\(tiny.folder)/start'; for child in $(cat /proc/$job/task/*/children); do :; done; kill -KILL $child; wait $job; code=$?; "
                    + "echo $(($(date +%s) - $(cat '\(tiny.folder)/start'))) >&1; exit $code")
            #expect(killed.exitCode != 0, "\(killed.standardError)")
            let seconds = try #require(Int(killed.standardOutput.split(separator: "\n").last ?? ""))
            #expect(seconds <= 30, "\(ContinuousClock.now - start)")
            let resumed = try Program.run(
                shell: Self.line(2, data.arguments(output) + ["--set", "checkpointMinutes=0", "--resume"]))
            #expect(resumed.exitCode == 0, "\(resumed.standardError)")
            #expect(resumed.standardError.contains("continuing after step"))
            // training.yaml has the other interval of checkpoints, and so has the checkpoint.
            #expect(
                try String(
                    decoding: FoundationEssentials.Data(contentsOf: URL(filePath: "\(output)/best/models.json")),
                    as: UTF8.self)
                    == String(
                        decoding: FoundationEssentials.Data(
                            contentsOf: URL(filePath: "\(data.reference)/best/models.json")), as: UTF8.self))
            #expect(
                try FoundationEssentials.Data(contentsOf: URL(filePath: "\(output)/model.safetensors"))
                    == FoundationEssentials.Data(contentsOf: URL(filePath: "\(data.reference)/model.safetensors")))
        }
    }

    @Test("an error of one process is told once, with its rank", isWanted)
    func error() throws {
        try TinyModel.with(model: false) { tiny in
            let data = try Data(tiny)
            let output = "\(tiny.folder)/model"
            let (good, bad) = (data.arguments(output), data.arguments(output, dev: "/no/such/list.jsonl"))
            let result = try Program.run(
                shell: "\(Self.mpirun ?? "") -n 2 \"$0\" \(Self.quoted(good)) : -n 1 \"$0\" \(Self.quoted(bad))")
            #expect(result.exitCode == 1, "\(result.standardError)")
            let lines = result.standardError.split(separator: "\n").filter { $0.hasPrefix("Error: ") }
            #expect(lines.count == 1 && lines[0].hasPrefix("Error: rank 2 on "), "\(result.standardError)")
            #expect(lines.first?.contains("/no/such/list.jsonl") == true)
        }
    }

    /// Processors that compute other bits: made up by what the environment allows the second process.
    @Test("processors of different kinds are refused, and pinned by --kernels", isWanted)
    func kernels() throws {
        try TinyModel.with(model: false) { tiny in
            let data = try Data(tiny)
            let output = "\(tiny.folder)/model"
            let arguments = Self.quoted(data.arguments(output) + ["--set", "stopping.epochs=1"])
            func line(_ more: String) -> String {
                "\(Self.mpirun ?? "") -n 1 \"$0\" \(arguments) \(more) : -n 1 env ASR_KERNELS=plain ONEDNN_MAX_CPU_ISA=SSE41 \"$0\" \(arguments) \(more)"
            }
            let refused = try Program.run(shell: line(""))
            #expect(refused.exitCode == 1)
            #expect(refused.standardError.contains("Error: rank 1 on "), "\(refused.standardError)")
            #expect(refused.standardError.contains("name those that all have with --kernels"))
            let pinned = try Program.run(shell: line("--kernels plain"))
            #expect(pinned.exitCode == 0, "\(pinned.standardError)")
        }
    }

    /// Waits until a run has done so many steps.
    private static func untilStep(_ step: Int, _ output: String) -> String {
        "n=0; while [ $n -lt 3000 ] && ! grep -qs '\"step\":\(step)[,}]' '\(output)/metrics.jsonl'; do n=$((n+1)); sleep 0.02; done;"
    }
}

@Suite("asr train without MPI")
struct NoMPITests {
    /// Processes that cannot find each other would each train by themselves.
    @Test func isRefusedUnderALauncher() throws {
        for environment in [
            "OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=", "PMI_SIZE=4 PMI_RANK=",
            "SLURM_STEP_NUM_TASKS=4 SLURM_PROCID=",
        ] {
            try TinyModel.with(model: false) { tiny in
                for rank in 0..<2 {
                    let result = try Program.run(
                        shell:
                            "env ASR_MPI_LIBRARY=/no/such/library \(environment)\(rank) \"$0\" train --config \(tiny.configuration) "
                            + "--train \(tiny.data) --dev \(tiny.data) -o \(tiny.model)")
                    guard rank == 0 else {
                        #expect(result.exitCode == 1 && result.standardError.isEmpty)
                        continue
                    }
                    expectOneLine(result, contains: "has started 4 processes, but this asr was built without MPI")
                }
                #expect(!FileManager.default.fileExists(atPath: tiny.model))
            }
        }
    }
}
