import Training

extension TrainingReport {
    /// Writes the page about a run. What keeps it from being written does not make the training fail.
    ///
    /// - Parameters:
    ///   - folder: of the run.
    ///   - what: is on it.
    /// - Returns: how the run went, where that is known.
    static func writeIfPossible(
        _ folder: String, what: String = "curves, attention and transcripts"
    ) -> TrainingVerdict? {
        do {
            let report = try TrainingReport(directory: folder)
            printError("\(what): \(try report.write())")
            return report.verdict
        } catch {
            printError("Warning: no report was written: \(error)")
            return nil
        }
    }
}
