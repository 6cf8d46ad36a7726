import FoundationEssentials
import Glibc
import Recognition
import TestSupport
import Training

/// The built program, run as a user runs it.
enum Program {
    struct Result {
        let exitCode: Int32
        let standardOutput: String
        let standardError: String
    }

    /// The top folder of the package.
    static let packageRoot: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)  // Tests/CommandLineTests/Program.swift
        return parts.joined(separator: "/")
    }()

    /// `asr`, built beside the program that runs the tests.
    static let path: String = {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer[..<max(0, length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let beside =
            own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/asr"
        return access(beside, X_OK) == 0 ? beside : "\(packageRoot)/.build/release/asr"
    }()

    /// Runs `asr` with arguments, without input.
    static func run(_ arguments: String...) throws -> Result { try run(arguments) }

    static func run(_ arguments: [String]) throws -> Result {
        // Made-up clips hold no speech: they are transcribed as a whole where a test does not say otherwise.
        let isWhole =
            arguments.first == "transcribe" && !arguments.contains("--vad-threshold") && !arguments.contains("--help")
        return try spawn([path] + arguments + (isWhole ? ["--vad-threshold", "0"] : []))
    }

    /// Runs a line of shell in which `"$0"` is `asr`.
    static func run(shell: String) throws -> Result { try spawn(["/bin/sh", "-c", shell, path]) }

    private static func spawn(_ arguments: [String]) throws -> Result {
        try TemporaryFolder.with { folder in
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            let (output, error) = ("\(folder)/stdout", "\(folder)/stderr")
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT, 0o600)
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error, O_WRONLY | O_CREAT, 0o600)
            var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
            defer { for pointer in pointers { free(pointer) } }
            // The threads that run tests block signals, and a program inherits that; a user's shell blocks none.
            var attributes = posix_spawnattr_t()
            posix_spawnattr_init(&attributes)
            defer { posix_spawnattr_destroy(&attributes) }
            var noSignals = sigset_t()
            sigemptyset(&noSignals)
            posix_spawnattr_setsigmask(&attributes, &noSignals)
            posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
            var process: pid_t = 0
            let code = posix_spawn(&process, arguments[0], &actions, &attributes, &pointers, environ)
            guard code == 0 else { throw SpawnError(reason: "\(arguments[0]): \(String(cString: strerror(code)))") }
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            // The low seven bits are the signal that ended the process, the next eight its exit code.
            let exitCode = status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
            return Result(
                exitCode: exitCode, standardOutput: try text(output), standardError: try text(error))
        }
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }

    struct SpawnError: Error { let reason: String }
}
