import Files
import Glibc
import Synchronization

/// The sound of a file that libsndfile does not know (mp4, m4a, mkv, webm ...), as the program `ffmpeg` takes it out: the first sound track as one
/// channel, block by block.
package final class ConvertedAudio {
    private let name: String
    private let process: pid_t
    /// Where ffmpeg's samples come out: float32, in the processor's order of bytes.
    private let output: Int32
    private let messages: UnnamedFile
    private var isFinished = false

    private init(name: String, process: pid_t, output: Int32, messages: UnnamedFile) {
        (self.name, self.process, self.output, self.messages) = (name, process, output, messages)
    }

    /// A process inherits the open pipes of the others that are started at the same time: one after the other.
    private static let startLock = Mutex(())

    /// Starts ffmpeg; nil where there is none on the path.
    ///
    /// It reads the open file, whatever it is called, and opens no other one and no address.
    ///
    /// - Parameters:
    ///   - channel: counted from 1; nil: ffmpeg mixes all.
    ///   - sampleRate: of the samples, in Hz.
    /// - Throws: `AudioError` where it cannot be started.
    static func start(
        _ file: FileDescriptor, name: String, channel: Int?, sampleRate: Int
    ) throws(AudioError) -> ConvertedAudio? {
        let messages: UnnamedFile
        do {
            messages = try makeMessages()
        } catch {
            throw AudioError(.unreadable, path: name, reason: "\(error)", hint: "set TMPDIR to a folder with space")
        }
        let mix = channel.map { ["-af", "pan=mono|c0=c\($0 - 1)"] } ?? ["-ac", "1"]
        let arguments =
            input(logLevel: "error") + ["-map", "0:a:0"] + mix
            + ["-ar", "\(sampleRate)", "-f", format, "-c:a", "pcm_\(format)", "pipe:1"]
        let (code, process, output) = startLock.withLock { _ in
            spawn(arguments, input: file.rawValue, messages: messages.descriptor)
        }
        if code == ENOENT { return nil }
        guard code == 0 else {
            throw AudioError(
                .conversion, path: name, reason: "ffmpeg cannot be started (\(String(cString: strerror(code))))",
                hint: "convert the file to WAV or FLAC")
        }
        return ConvertedAudio(name: name, process: process, output: output, messages: messages)
    }

    /// How long a file is, as its container says; nil where it does not, where ffmpeg cannot read it, or there is none.
    static func durationInSeconds(of file: FileDescriptor) -> Double? {
        guard let messages = try? makeMessages() else { return nil }
        // Without an output ffmpeg tells what is in the file, and ends.
        let (code, process, output) = startLock.withLock { _ in
            spawn(input(logLevel: "info"), input: file.rawValue, messages: messages.descriptor)
        }
        guard code == 0 else { return nil }
        close(output)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return durationInSeconds(said: messages.text(limit: 65_536))
    }

    /// The length in what ffmpeg says of a file: a line "Duration: 00:01:02.50, start: ..."; nil where there is none, or N/A in it.
    package static func durationInSeconds(said text: String) -> Double? {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 1, words[0] == "Duration:" else { continue }
            let parts = words[1].prefix { $0 != "," }.split(separator: ":").map { Double($0) }
            guard parts.count == 3, let hours = parts[0], let minutes = parts[1], let seconds = parts[2] else {
                continue
            }
            return 3_600 * hours + 60 * minutes + seconds
        }
        return nil
    }

    private static func makeMessages() throws(FileWriteError) -> UnnamedFile {
        try UnnamedFile(folder: UnnamedFile.temporaryFolder, name: "asr-ffmpeg")
    }

    /// How ffmpeg is called, up to its input.
    private static func input(logLevel: String) -> [String] {
        ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", logLevel, "-xerror", "-protocol_whitelist", "file,pipe"]
            + ["-format_whitelist", containers, "-i", "file:/proc/self/fd/\(inputNumber)"]
    }

    /// - Returns: 0 or the number of the system's error, the process, and where its output comes out.
    private static func spawn(
        _ arguments: [String], input: Int32, messages: Int32
    ) -> (code: Int32, process: pid_t, output: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return (errno, 0, 0) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, messages, STDERR_FILENO)
        posix_spawn_file_actions_adddup2(&actions, input, inputNumber)
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process: pid_t = 0
        let code = posix_spawnp(&process, arguments[0], &actions, nil, &pointers, environ)
        close(ends[1])
        if code != 0 { close(ends[0]) }
        return (code, process, ends[0])
    }

    deinit {
        close(output)
        if !isFinished {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
    }

    /// ffmpeg's names of what it may read: no lists, which lead to other files.
    private static let containers = "aac,ac3,amr,ape,asf,avi,caf,flv,matroska,mov,mp3,mpeg,mpegts,ogg,tta,wav,wv"

    /// The number that ffmpeg knows the file by.
    private static let inputNumber: Int32 = 3
    private static let format = UInt16(littleEndian: 1) == 1 ? "f32le" : "f32be"

    /// The next samples, `[sample]`; nil at the end.
    ///
    /// - Throws: `AudioError` with what ffmpeg says where it cannot read the file to its end.
    package func readBlock() throws(AudioError) -> [Float]? {
        if isFinished { return nil }
        let maximum = 32_768 * MemoryLayout<Float>.size
        var byteCount = 0
        let samples = [Float](unsafeUninitializedCapacity: 32_768) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            while byteCount < maximum {
                let readCount = read(output, bytes.baseAddress! + byteCount, maximum - byteCount)
                if readCount < 0, errno == EINTR { continue }
                if readCount <= 0 { break }
                byteCount += readCount
            }
            count = byteCount / MemoryLayout<Float>.size
        }
        if byteCount < maximum { try finish() }
        return samples.isEmpty ? nil : samples
    }

    /// Waits for ffmpeg to end.
    private func finish() throws(AudioError) {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        isFinished = true
        let said = messages.text(limit: 65_536)
        // It ends with 0 after files that break off, too.
        guard status != 0 || !said.isEmpty else { return }
        if said.contains("matches no streams") {
            throw AudioError(.notAudio, path: name, reason: "has no sound", hint: "name another file")
        }
        var reason = said.split(separator: "\n").first.map(String.init) ?? "it ended with status \(status)"
        // "[aac @ 0x55]" and our name of the file tell the user nothing.
        if reason.hasPrefix("["), let end = reason.firstIndex(of: "]") {
            reason = trimmed(String(reason[reason.index(after: end)...]))
        }
        if let end = reason.firstRange(of: "/fd/\(Self.inputNumber): ") { reason = String(reason[end.upperBound...]) }
        throw AudioError(
            .notAudio, path: name, reason: "is not audio that can be read (ffmpeg: \(SystemPath.shown(reason)))",
            hint: "if a player plays it, convert it first (ffmpeg -i FILE out.wav)")
    }
}
