import Configuration
import Files
import FoundationEssentials
import Testing
import Training

@Suite struct AlertMonitorTests {
    /// A line of `metrics.jsonl` of a step.
    private static func step(_ step: Int, loss: Double? = 1, isSkipped: Bool = false) throws -> MetricsLine {
        let values = (loss.map { #","loss":\#($0)"# } ?? "") + (isSkipped ? #","wasSkipped":true"# : "")
        return try line(
            #"{"step":\#(step),"epoch":1,"accuracy":0,"learningRate":1,"audioInSeconds":1,"durationInSeconds":1\#(values)}"#
        )
    }

    /// A line of `metrics.jsonl` of an evaluation.
    private static func evaluation(
        _ step: Int, error: Double = 0.5, slopes: [Double] = [1], tokenCount: Int = 30
    ) throws -> MetricsLine {
        try line(
            #"{"step":\#(step),"epoch":1,"devCharacterErrorRate":\#(error),"attention":{"utterance":"a","text":"b","#
                + #""audioInSeconds":1,"tokenCount":\#(tokenCount),"slopes":\#(slopes),"pictures":[]}}"#)
    }

    private static func line(_ json: String) throws -> MetricsLine {
        try JSONDecoder().decode(MetricsLine.self, from: Data(json.utf8))
    }

    /// The alerts of all lines.
    private static func alerts(_ lines: [MetricsLine], warmupSteps: Int = 0) -> [TrainingAlert] {
        var monitor = AlertMonitor(warmupSteps: warmupSteps)
        return lines.flatMap { monitor.alerts(after: $0) }
    }

    @Test func countsStepsThatAreLeftOut() throws {
        let alerts = Self.alerts([
            try Self.step(1), try Self.step(2, isSkipped: true), try Self.step(3),
            try Self.step(4, loss: nil, isSkipped: true), try Self.step(5, loss: nil, isSkipped: true),
        ])
        #expect(alerts.map(\.step) == [2, 4, 5])
        #expect(
            alerts.allSatisfy { $0.kind == .nonFiniteStep && $0.message.contains("lower schedule.peakLearningRate") })
        #expect(
            alerts[0].message.hasPrefix(
                "step 2: the gradient is NaN or infinite; the step is skipped (the 1st such step);"))
        #expect(
            alerts[1].message.hasPrefix(
                "step 4: the loss and its gradient are NaN or infinite; the step is skipped (the 2nd such step);"))
        #expect(alerts[2].message.contains("(2 steps in a row, 3 in all)"))
    }

    // Five evaluations below 0.3 that lie behind step 1000 and twice the warm-up; one alert until it has been better.
    @Test func attentionThatDoesNotMove() throws {
        func evaluations(_ steps: [Int], slopes: [Double], tokenCount: Int = 30) throws -> [MetricsLine] {
            try steps.map { try Self.evaluation($0, slopes: slopes, tokenCount: tokenCount) }
        }
        let flat = try evaluations(Array(stride(from: 200, through: 2_400, by: 200)), slopes: [0.1, 0.29])
        let alerts = Self.alerts(flat)
        #expect(alerts.map(\.step) == [1_800])
        #expect(alerts.first?.kind == .attentionNotMonotonic)
        #expect(alerts.first?.message.contains("slope 0.29 over 5 evaluations") == true)
        #expect(Self.alerts(flat, warmupSteps: 750).map(\.step) == [2_400])
        #expect(Self.alerts(flat, warmupSteps: 1_200).isEmpty)
        let again = try flat + [Self.evaluation(2_600, slopes: [0, 0.3])] + evaluations([3, 4, 5, 6, 7], slopes: [0])
        #expect(Self.alerts(again).map(\.step) == [1_800])
        let later = try flat + [Self.evaluation(2_600)] + evaluations(Array(3_001...3_005), slopes: [-1])
        #expect(Self.alerts(later).map(\.step) == [1_800, 3_005])
        // One short word is not read from its beginning to its end.
        #expect(try Self.alerts(evaluations(Array(3_001...3_009), slopes: [0], tokenCount: 19)).isEmpty)
    }

    // Three rises in a row, by 5 % together, while the mean training loss falls from the first to the last.
    @Test(
        arguments: [
            ([0.40, 0.41, 0.42, 0.43], [2, 1.5, 1.2, 1], [4]), ([0.40, 0.405, 0.41, 0.415], [2, 1.5, 1.2, 1], []),
            ([0.40, 0.45, 0.44, 0.60], [2, 1.5, 1.2, 1], []), ([0.40, 0.41, 0.42, 0.43], [1, 1, 1, 1], []),
            // Told once while it goes on, and again after a fall.
            ([0.5, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65], [7, 6, 5, 4, 3, 2, 1], [5]),
            ([0.4, 0.45, 0.5, 0.55, 0.5, 0.6, 0.7, 0.8], [8, 7, 6, 5, 4, 3, 2, 1], [4, 8]),
        ] as [([Double], [Double], [Int])])
    func divergence(errors: [Double], losses: [Double], expected: [Int]) throws {
        var lines: [MetricsLine] = []
        for (index, (error, loss)) in zip(errors, losses).enumerated() {
            lines += [
                try Self.step(index + 1, loss: loss - 0.1), try Self.step(index + 1, loss: loss + 0.1),
                try Self.evaluation(index + 1, error: error),
            ]
        }
        let alerts = Self.alerts(lines)
        #expect(alerts.map(\.step) == expected)
        #expect(alerts.allSatisfy { $0.kind == .divergence && $0.message.contains("the training loss falls") })
    }

    /// What an alert advises can be done: the settings that it names exist.
    @Test func adviceNamesSettingsThatExist() throws {
        var lines = [try Self.step(1, isSkipped: true)]
        for step in 2_001...2_005 { lines.append(try Self.evaluation(step, slopes: [0])) }
        for (step, error) in zip(3_000..., [0.6, 0.7, 0.8, 0.9]) {
            lines += [try Self.step(step, loss: 1 / error), try Self.evaluation(step, error: error)]
        }
        let alerts = Self.alerts(lines)
        #expect(Set(alerts.map(\.kind.rawValue)).count == 3)
        let settings = alerts.flatMap {
            $0.message.matches(of: /\b[a-z]+(\.[a-z][A-Za-z]+)+\b/).map { String($0.output.0) }
        }
        #expect(settings.count >= 5)
        for setting in settings {
            // The value is of the wrong type for each of them; where there is no such key the message is another.
            let error = #expect(throws: ConfigurationError.self) {
                try YAMLConfiguration.load(TrainingConfiguration(), path: nil, overrides: ["\(setting)={x: 1}"])
            }
            #expect(error?.description.contains("unknown key") == false, "\(setting)")
        }
    }

    @Test func divergenceSaysHowFar() throws {
        var lines: [MetricsLine] = []
        for (index, error) in [0.2, 0.21, 0.22, 0.25].enumerated() {
            lines += [try Self.step(index, loss: 2 - Double(index) / 4), try Self.evaluation(index, error: error)]
        }
        #expect(
            Self.alerts(lines).first?.message.contains(
                "(CER 20.00 % to 25.00 % over 3 evaluations) while the training loss falls (2.00 to 1.25)") == true)
    }
}
