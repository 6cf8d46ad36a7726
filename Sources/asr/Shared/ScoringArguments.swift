import ArgumentParser
import Datasets
import Evaluation
import Text

extension TextNormalizer: ExpressibleByArgument {}
extension AlignmentWeights: ExpressibleByArgument {}
extension TranscriptFormat: ExpressibleByArgument {}
extension Grouping: ExpressibleByArgument {}
extension TextTable.Style: ExpressibleByArgument {}

/// How texts are compared and what is reported: shared by every command that scores.
struct ScoringArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How both texts are made comparable: none, basic (any language), english (Whisper's rules), chinese (default: "
                + "none; asr evaluate with a Whisper model: that of its language).", valueName: "name"))
    var normalizer: TextNormalizer?

    @Option(
        help: ArgumentHelp(
            "Costs of the alignment: levenshtein counts as jiwer does, sclite (4/3/3) as NIST's scorer.",
            valueName: "name"))
    var alignmentWeights = AlignmentWeights.levenshtein

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Bootstrap resamples for the 95 % interval; 0 for none.", valueName: "n"))
    var bootstrap = 1000

    @Option(help: ArgumentHelp("Seed of the bootstrap.", valueName: "n"))
    var bootstrapSeed: UInt64 = 1

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Error rates by speaker, length (of the reference) or snr (signal-to-noise ratio); several may be named.",
            valueName: "group"))
    var by: [Grouping] = []

    @Option(
        parsing: .unconditional, help: ArgumentHelp("List the n most frequent errors of each kind.", valueName: "n"))
    var frequentErrors = 0

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    @Option(
        name: [.long, .customShort("o")],
        help: ArgumentHelp(
            "Folder for summary.json, summary.txt, utterances.jsonl, utterances.csv and alignments.txt.",
            valueName: "dir"))
    var output: String?

    @Option(help: ArgumentHelp("Write a report for the browser: one file that works offline.", valueName: "file"))
    var report: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Spectrograms in the report, for the n utterances with the most errors (their audio must exist).",
            valueName: "n"))
    var reportSpectrograms = 200

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Exit with 1 if the word error rate is above this, in percent.", valueName: "percent"))
    var failAbove: Double?

    /// What decides over the figures.
    ///
    /// - Parameter usual: the normaliser where none is named.
    func options(usual: TextNormalizer = .none) -> ScoringOptions {
        ScoringOptions(normalizer: normalizer ?? usual, weights: alignmentWeights)
    }

    /// What is computed beyond the sums.
    var details: ScoreSummary.Details {
        ScoreSummary.Details(
            resampleCount: bootstrap, seed: bootstrapSeed, groupings: by, frequentErrorCount: frequentErrors)
    }

    func validate() throws {
        guard (0...1_000_000).contains(bootstrap) else {
            throw ValidationError("--bootstrap must be from 0 to 1000000.")
        }
        guard frequentErrors >= 0 else { throw ValidationError("--frequent-errors must not be negative.") }
        guard reportSpectrograms >= 0 else { throw ValidationError("--report-spectrograms must not be negative.") }
        if let failAbove, !(failAbove >= 0) { throw ValidationError("--fail-above must be a percentage, 0 or more.") }
    }

    /// Throws exit code 1 when the error rate is above the limit.
    func checkLimit(_ summary: ScoreSummary) throws {
        guard let failAbove, summary.wer * 100 > failAbove else { return }
        printError("Error: word error rate \(percent(summary.wer)) is above --fail-above \(failAbove) %")
        throw ExitCode.failure
    }
}
