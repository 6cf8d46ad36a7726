import Files
import FoundationEssentials
import Glibc

/// Runs this program once more, for work whose memory must not mix with that of other work.
enum OwnProcess {
    /// What `asr` with these arguments writes to stdout; its stderr is this process's.
    ///
    /// - Throws: `ProcessError` if it cannot be started or does not end with exit code 0.
    static func output(_ arguments: [String]) throws -> Data {
        func failed(_ reason: String) -> ProcessError {
            ProcessError(description: "asr \(arguments.joined(separator: " ")): \(reason)")
        }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw failed("no pipe (\(String(cString: strerror(errno))))") }
        let (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(reading) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, writing, STDOUT_FILENO)
        var pointers: [UnsafeMutablePointer<CChar>?] = (["asr"] + arguments).map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, "/proc/self/exe", &actions, nil, &pointers, environ)
        close(writing)
        guard code == 0 else { throw failed("cannot be started (\(String(cString: strerror(code))))") }

        var output = Data()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(reading, &buffer, buffer.count)
            if count > 0 { output.append(contentsOf: buffer[..<count]) }
            if count == 0 || (count < 0 && errno != EINTR) { break }
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        // The low seven bits are the signal that ended the process, the next eight its exit code.
        guard status & 0x7F == 0 else { throw failed("was ended by signal \(status & 0x7F)") }
        guard status == 0 else { throw failed("exit code \(status >> 8 & 0xFF)") }
        return output
    }
}

/// A process could not be run.
struct ProcessError: Error, CustomStringConvertible {
    let description: String
}
