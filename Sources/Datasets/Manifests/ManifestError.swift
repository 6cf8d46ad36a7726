import Files

/// One thing that is wrong with labelled data, and where.
public struct ManifestProblem: Sendable, Equatable, CustomStringConvertible {
    public var source: SourceLine
    public var message: String

    public init(source: SourceLine, message: String) {
        self.source = source
        self.message = message
    }

    public var description: String { "\(source): \(message)" }
}

/// Labelled data that cannot be read as it is: names the first bad lines, at most ten, and how many there are.
public struct ManifestError: Error, Sendable, CustomStringConvertible {
    /// The first problems, in the order of the files.
    public var problems: [ManifestProblem]
    /// All of them.
    public var problemCount: Int

    static let listedProblemCount = 10

    public init(problems: [ManifestProblem]) {
        precondition(!problems.isEmpty, "ManifestError needs at least one problem")
        self.problems = Array(problems.prefix(Self.listedProblemCount))
        problemCount = problems.count
    }

    package init(_ message: String, path: String, line: Int? = nil) {
        self.init(problems: [ManifestProblem(source: SourceLine(path: path, line: line), message: message)])
    }

    public var description: String {
        if problemCount == 1 { return problems[0].description }
        var lines = problems.map(\.description)
        if problemCount > problems.count { lines.append("... and \(problemCount - problems.count) more") }
        lines.append("\(problemCount) problems; correct or remove these lines (`asr data check` lists what is wrong)")
        return lines.joined(separator: "\n")
    }
}
