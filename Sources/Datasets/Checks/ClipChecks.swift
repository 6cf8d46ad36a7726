import Files
import Glibc

/// What makes a single clip suspicious. The limits were set on LibriSpeech, Common Voice, CMU ARCTIC, speechocean762 and FSDD
/// so that few clips of clean sets and the odd ones of the others are listed.
enum ClipChecks {
    package static let clippedFraction = 0.001
    static let quietLevel = -45.0  // dB relative to full scale
    static let speechAboveNoise = 15.0  // dB
    /// Seconds: in a single word there is no pause to hear the background in, and it is often cut out closely on purpose.
    static let shortestSentence = 1.0
    static let cutDepth = 6.0  // dB below the speech level
    static let silenceInSeconds = 3.0
    package static let longestInSeconds = 30.0
    package static let shortestInSeconds = 0.1
    /// The rule of DeepSpeech's importers: fewer than one 20 ms step per character cannot be aligned.
    static let secondsPerCharacter = 0.02
    static let fastRatio = 0.45
    static let slowRatio = 2.5
    static let fastLeastDifference = 0.5  // seconds
    static let slowLeastDifference = 2.0  // seconds

    /// What is wrong with one clip.
    ///
    /// - Parameter secondsPerUnit: How long a unit of text takes in this source (`speechUnits`), its median.
    package static func findings(
        _ utterance: Utterance, _ measured: ClipMeasurement, secondsPerUnit: Double
    ) -> [DataFinding] {
        var findings: [DataFinding] = []
        func add(_ severity: DataFinding.Severity, _ kind: DataFinding.Kind, _ message: String, _ score: Double) {
            findings.append(DataFinding(severity, kind, message, score: score, utterance: utterance))
        }
        let duration = measured.durationInSeconds
        if !isTextClean(utterance.text) {
            add(.warning, .oddCharacters, "the text has control or replacement characters, or markup", 2)
        }
        let characterCount = utterance.text.count
        if duration < secondsPerCharacter * Double(characterCount) {
            add(
                .error, .textTooLong, "\(seconds(duration)) for \(characterCount) characters",
                secondsPerCharacter * Double(characterCount) / max(duration, 1e-3))
        }
        if measured.isSilent {
            add(.error, .silent, duration == 0 ? "no samples" : "nothing above \(decibels(measured.speechLevel))", 10)
            return findings
        }
        if measured.clippedFraction > clippedFraction {
            add(
                .warning, .clipped, "\(rounded(measured.clippedFraction * 100, 2)) % of the samples are at full scale",
                1 + log2(measured.clippedFraction / clippedFraction))
        }
        if measured.speechLevel < quietLevel {
            add(
                .warning, .quiet, "speech at \(decibels(measured.speechLevel))",
                1 + (quietLevel - measured.speechLevel) / 5)
        }
        let aboveNoise = measured.speechLevel - measured.noiseLevel
        if aboveNoise < speechAboveNoise && duration >= shortestSentence {
            add(
                .warning, .noisy, "speech is \(decibels(aboveNoise)) above the background",
                1 + (speechAboveNoise - aboveNoise) / 3)
        } else if duration >= shortestSentence {
            let edges = [("begins", measured.firstLevel), ("ends", measured.lastLevel)]
                .filter { $0.1 > measured.speechLevel - cutDepth }
            if !edges.isEmpty {
                add(.warning, .cut, edges.map(\.0).joined(separator: " and ") + " within a sound", Double(edges.count))
            }
        }
        for (side, silence) in [
            ("before", measured.leadingSilenceInSeconds), ("after", measured.trailingSilenceInSeconds),
        ] where silence > silenceInSeconds {
            add(.warning, .longSilence, "\(seconds(silence)) of silence \(side) the speech", silence / silenceInSeconds)
        }
        if duration > longestInSeconds {
            add(.warning, .tooLong, "\(seconds(duration)) long", duration / longestInSeconds)
        }
        if duration < shortestInSeconds {
            add(.warning, .tooShort, "\(seconds(duration)) long", shortestInSeconds / duration)
        }
        if !findings.contains(where: { $0.kind == .textTooLong }),
            let finding = rateFinding(utterance, measured, secondsPerUnit: secondsPerUnit)
        {
            findings.append(finding)
        }
        return findings
    }

    /// Whether there is much more or much less sound than texts of this length take in this source.
    private static func rateFinding(
        _ utterance: Utterance, _ measured: ClipMeasurement, secondsPerUnit: Double
    ) -> DataFinding? {
        let expected = secondsPerUnit * speechUnits(utterance.text)
        guard expected > 0 else { return nil }
        let actual = measured.soundDurationInSeconds
        let message = "\(seconds(actual)) of sound, about \(seconds(expected)) expected for this text"
        if actual < fastRatio * expected && expected - actual > fastLeastDifference {
            return DataFinding(
                .warning, .fastForItsText, message, score: fastRatio * expected / max(actual, 0.01),
                utterance: utterance)
        }
        if actual > slowRatio * expected && actual - expected > slowLeastDifference {
            return DataFinding(
                .warning, .slowForItsText, message, score: actual / expected / slowRatio, utterance: utterance)
        }
        return nil
    }

    /// How much there is to say, in letters: a Chinese character takes as long as 3.5 letters, a kana as 2, a syllable of
    /// Hangul as 2.5, a digit as 4; spaces and punctuation take nothing.
    static func speechUnits(_ text: String) -> Double {
        text.unicodeScalars.reduce(0) { units, scalar in
            switch scalar.value {
            case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x323AF: units + 3.5
            case 0x3040...0x30FF: units + 2
            case 0xAC00...0xD7A3: units + 2.5
            case 0x30...0x39: units + 4
            default: scalar.properties.isAlphabetic ? units + 1 : units
            }
        }
    }

    /// No control characters, no replacement character, no markup.
    private static func isTextClean(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control && $0.value != 0xFFFD && $0 != "<" && $0 != ">"
        }
    }

    private static func seconds(_ value: Double) -> String { "\(rounded(value, 2)) s" }
    private static func decibels(_ value: Double) -> String { "\(rounded(value, 0)) dB" }

    /// The number with at most this many digits behind the point; whole numbers without any.
    package static func rounded(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return "\(value)" }
        let scale = pow(10, Double(digits))
        let result = (value * scale).rounded() / scale
        return result == result.rounded() ? "\(Int(result))" : "\(result)"
    }
}
