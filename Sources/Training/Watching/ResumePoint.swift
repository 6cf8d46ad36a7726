/// Where a run goes on: what its records hold beyond it was written by a run that did not keep its checkpoint, and is written
/// anew.
package struct ResumePoint: Sendable {
    /// The last step that counts; 0 for a run that begins.
    package let step: Int
    /// Whether the evaluation after that step, if there was one, counts too.
    package let isEvaluated: Bool

    package init(step: Int, isEvaluated: Bool) {
        self.step = step
        self.isEvaluated = isEvaluated
    }

    package func keeps(_ line: MetricsLine) -> Bool {
        // An average is made at the end, and again at the end of a run that goes on.
        if case .evaluation(let metrics) = line, metrics.averagedModelCount != nil { return line.step < step }
        if line.step != step || isEvaluated { return line.step <= step }
        return switch line {
        case .step: true
        case .evaluation: false
        case .alert(let alert): alert.kind == .nonFiniteStep  // the other kinds come of evaluations
        }
    }
}
