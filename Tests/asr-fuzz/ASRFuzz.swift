import Foundation
import Fuzzing

/// `asr-fuzz TARGET COUNT [SEED]`: gives each reader COUNT broken files, in a process of its own, and keeps those that end it.
///
/// TARGET is a name of `FuzzTarget.all`, or `all`. The exit code is 1 when an input ended a reader.
@main
enum ASRFuzz {
    static func main() throws {
        let arguments = CommandLine.arguments
        if arguments.count == 6, arguments[1] == "--worker", let target = FuzzTarget.named(arguments[2]),
            let seed = UInt64(arguments[3]), let first = Int(arguments[4]), let end = Int(arguments[5])
        {
            return try FuzzWorker(target, seed: seed).run(first..<end)
        }
        guard arguments.count >= 3, let count = Int(arguments[2]),
            let seed = UInt64(arguments.count > 3 ? arguments[3] : "1")
        else { fail("expected: asr-fuzz TARGET COUNT [SEED]") }
        let targets = FuzzTarget.all.filter { ["all", $0.name].contains(arguments[1]) }
        guard !targets.isEmpty else {
            fail("no target \(arguments[1]); there are all, \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
        }
        var crasherCount = 0
        for target in targets { crasherCount += try FuzzCampaign(target, count: count, seed: seed).run() }
        if crasherCount > 0 { exit(1) }
    }

    /// Prints a line at once, into a file too.
    static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    /// Ends the program with a message.
    static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data("asr-fuzz: \(message)\n".utf8))
        exit(64)
    }
}
