import Glibc
import Models
import Testing

@Suite("TensorBoard's own reader")
struct TensorBoardReaderTests {
    /// A Python that has the package tensorboard.
    private static let python = getenv("ASR_TENSORBOARD_PYTHON").map { String(cString: $0) }

    @Test(
        "reads what asr train writes, over a resume",
        .enabled(
            if: python != nil, "set ASR_TENSORBOARD_PYTHON to a Python with the package tensorboard to run this test"))
    func reader() throws {
        let python = try #require(Self.python)
        try TinyModel.with(model: false) { tiny in
            // The average of the best models is in metrics.jsonl only.
            let settings = [
                "--set", "watch.tensorboard=true", "--set", "stopping.patience=0", "--set", "stopping.keepBest=2",
            ]
            for (epochs, resume) in [("2", []), ("4", ["--resume"])] {
                let result = try Program.run(
                    [
                        "train", "--config", tiny.configuration, "--train", tiny.data, "--dev", tiny.data, "-o",
                        tiny.model,
                    ]
                        + settings + ["--set", "stopping.epochs=\(epochs)"] + resume)
                #expect(result.exitCode == 0, "\(result.standardError)")
            }
            let check = try Program.run(
                shell: "'\(python)' '\(Program.packageRoot)/scripts/check-tensorboard.py' '\(tiny.model)'")
            #expect(check.exitCode == 0, "\(check.standardError)")
            // Three utterances make one step an epoch.
            #expect(
                check.standardOutput.contains(": 9 scalars of 4 steps and 4 evaluations, 1 pictures and 3 transcripts"))
        }
    }
}
