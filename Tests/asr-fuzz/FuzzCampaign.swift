import Foundation
import Fuzzing

/// Runs the inputs of one target in workers, and keeps those that end a worker.
struct FuzzCampaign {
    private let target: FuzzTarget
    private let count: Int
    private let seed: UInt64

    /// A worker is replaced after so many inputs, so that what leaks does not add up.
    private static let inputsPerWorker = 20_000
    /// After so many crashers the target is left: they are likely the same.
    private static let crasherLimit = 10
    static let crasherFolder = "fuzz-crashers"

    init(_ target: FuzzTarget, count: Int, seed: UInt64) {
        self.target = target
        self.count = count
        self.seed = seed
    }

    /// - Returns: how many inputs ended a worker.
    func run() throws -> Int {
        let folder = NSTemporaryDirectory() + "asr-fuzz-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let start = ContinuousClock.now
        var crasherCount = 0
        var next = 0
        while next < count && crasherCount < Self.crasherLimit {
            let end = min(next + Self.inputsPerWorker, count)
            guard let cause = try worker(next..<end, in: folder) else {
                next = end
                continue
            }
            let current = FileManager.default.contents(atPath: folder + "/current") ?? Data()
            guard current.count == MemoryLayout<Int>.size else {
                ASRFuzz.fail("a worker ended before its first input: \(cause)")
            }
            let index = current.withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
            try keep(index, cause: cause)
            crasherCount += 1
            next = index + 1
        }
        let seconds = (ContinuousClock.now - start).components.seconds
        ASRFuzz.say("\(target.name): \(next) inputs, \(crasherCount) crashers, \(seconds) s")
        return crasherCount
    }

    /// Runs a worker; nil when it came to its end, else what ended it.
    private func worker(_ indices: Range<Int>, in folder: String) throws -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.arguments = ["--worker", target.name, "\(seed)", "\(indices.lowerBound)", "\(indices.upperBound)"]
        // Without the picture of the stack, which takes a second.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        let errors = folder + "/errors"
        try Data().write(to: URL(fileURLWithPath: errors))
        process.standardError = FileHandle(forWritingAtPath: errors)
        try process.run()
        process.waitUntilExit()
        if process.terminationReason == .exit, process.terminationStatus == 0 { return nil }
        let text = String(decoding: FileManager.default.contents(atPath: errors) ?? Data(), as: UTF8.self)
        let lastLine = text.split(separator: "\n").last.map { ", \($0.prefix(200))" } ?? ""
        if process.terminationReason == .uncaughtSignal { return "signal \(process.terminationStatus)\(lastLine)" }
        if process.terminationStatus == FuzzWorker.timeLimitExitCode {
            return "more than \(FuzzWorker.timeLimitInSeconds) s"
        }
        return "exit code \(process.terminationStatus)\(lastLine)"
    }

    private func keep(_ index: Int, cause: String) throws {
        let folder = Self.crasherFolder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = "\(folder)/\(target.name)-\(seed)-\(index)"
        try Data(FuzzMutator(target, seed: seed).input(index)).write(to: URL(fileURLWithPath: path))
        ASRFuzz.say("\(target.name): input \(index) of seed \(seed): \(cause); kept as \(path)")
    }
}
