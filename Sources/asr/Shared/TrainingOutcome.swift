import ArgumentParser
import Training

extension Trainer.Outcome {
    /// Of training that was interrupted: tells how to go on, and ends the command.
    ///
    /// - Parameters:
    ///   - output: the output folder
    ///   - tell: shows a line
    /// - Throws: the exit code of an interrupted program.
    func throwIfInterrupted(output: String, tell: (String) -> Void = printError) throws {
        switch self {
        case .finished, .stoppedEarly: return
        case .interrupted: tell("interrupted: saved in \(output); the same command with --resume continues")
        case .interruptedBetweenSkippedSteps(let count):
            tell(
                "interrupted: the last \(count) steps had no finite gradient and are not saved; the checkpoint in \(output) is from "
                    + "before them, and the same command with --resume continues from there")
        }
        throw ExitCode(130)
    }
}
