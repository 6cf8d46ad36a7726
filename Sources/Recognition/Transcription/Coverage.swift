/// What became of each stretch of a recording: together they are all of it.
public struct Coverage: Sendable, Equatable {
    /// What became of a stretch.
    public enum Kind: String, Sendable, Codable {
        /// It was heard, and what was said in it is written.
        case speech
        /// It was left out: nobody speaks.
        case noSpeech = "no speech"
        /// Somebody may speak in it, and what is said is missing or not to be trusted.
        case gap
    }

    /// A stretch of a recording.
    public struct Stretch: Sendable, Equatable {
        public var startInSeconds: Double
        public var endInSeconds: Double
        public var kind: Kind
        /// Why it is a gap; empty for other kinds.
        public var reason: String
    }

    /// From the beginning to the end, without holes; neighbours differ in kind or reason.
    public private(set) var stretches: [Stretch] = []

    public init() {}

    /// Those that are gaps.
    public var gaps: [Stretch] { stretches.filter { $0.kind == .gap } }

    /// A line for each gap.
    var warnings: [String] {
        gaps.map {
            "\(hundredths($0.startInSeconds)) to \(hundredths($0.endInSeconds)) s: \($0.reason); what is said there may be missing or "
                + "wrong"
        }
    }

    /// Adds what became of all that follows, up to a time; nothing where that is covered already.
    package mutating func add(_ kind: Kind, to endInSeconds: Double, reason: String = "") {
        let start = stretches.last?.endInSeconds ?? 0
        guard endInSeconds > start else { return }
        if let last = stretches.last, last.kind == kind, last.reason == reason {
            stretches[stretches.count - 1].endInSeconds = endInSeconds
        } else {
            stretches.append(
                Stretch(startInSeconds: start, endInSeconds: endInSeconds, kind: kind, reason: reason))
        }
    }
}

/// Seconds with two digits behind the point at most.
func hundredths(_ seconds: Double) -> String { "\((seconds * 100).rounded() / 100)" }
