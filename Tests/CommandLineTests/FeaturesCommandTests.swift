import Files
import FoundationEssentials
import TestSupport
import Testing

@Suite("asr features")
struct FeaturesCommandTests {
    private let clip = "\(Program.packageRoot)/audio/sentence-awb.flac"

    @Test("writes numbers and pictures")
    func output() throws {
        try TemporaryFolder.with { folder in
            for (name, magic) in [
                ("a.npy", [0x93, 0x4E] as [UInt8]), ("a.png", [0x89, 0x50]), ("B.PNG", [0x89, 0x50]),
            ] {
                let result = try Program.run("features", clip, "--output", "\(folder)/\(name)")
                #expect(result.exitCode == 0 && result.standardOutput.isEmpty && result.standardError.isEmpty)
                #expect(Array(try Data(contentsOf: URL(filePath: "\(folder)/\(name)")).prefix(2)) == magic)
            }
        }
    }

    /// The same features must come from a pipe, which cannot be sought, and from a redirected file.
    @Test(
        "reads standard input",
        arguments: ["sentence-awb.flac", "sentence-slt.opus", "sentence-rms.ogg", "sentence-espeak.wav"])
    func standardInput(name: String) throws {
        try TemporaryFolder.with { folder in
            let clip = "\(Program.packageRoot)/audio/\(name)"
            try #require(try Program.run("features", clip, "-o", "\(folder)/file.npy").exitCode == 0)
            let piped = try Program.run(shell: "cat '\(clip)' | \"$0\" features - -o '\(folder)/pipe.npy'")
            let redirected = try Program.run(shell: "\"$0\" features - -o '\(folder)/redirected.npy' < '\(clip)'")
            #expect(
                piped.exitCode == 0 && redirected.exitCode == 0, "\(piped.standardError)\(redirected.standardError)")
            let expected = try Data(contentsOf: URL(filePath: "\(folder)/file.npy"))
            for copy in ["pipe", "redirected"] {
                #expect(try Data(contentsOf: URL(filePath: "\(folder)/\(copy).npy")) == expected)
            }
        }
    }

    @Test("a recording is not overwritten by its own features, be it through a link")
    func ownInput() throws {
        try TemporaryFolder.with { folder in
            let recording = try Data(contentsOf: URL(filePath: clip))
            try recording.write(to: URL(filePath: "\(folder)/a.npy"))
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/link.npy", withDestinationPath: "\(folder)/a.npy")
            for output in ["a.npy", "./a.npy", "link.npy"] {
                let result = try Program.run("features", "\(folder)/a.npy", "-o", "\(folder)/\(output)")
                #expect(result.exitCode == 64)
                #expect(result.standardError.contains("that is the recording itself"))
                #expect(try Data(contentsOf: URL(filePath: "\(folder)/a.npy")) == recording)
            }
        }
    }

    @Test("says in one line what is wrong with a file")
    func badInput() throws {
        try TemporaryFolder.with { folder in
            let text = "\(folder)/notes.wav"
            try Data("no sound".utf8).write(to: URL(filePath: text))
            for (arguments, message) in [
                ([text], "\(text): is not audio that can be read; "),
                (["\(folder)/none.wav"], "\(folder)/none.wav: there is no such file; check the path"),
                ([folder], "\(folder): is a folder, not an audio file; "),
                ([clip, "--channel", "2"], "\(clip): has 1 channel(s), so there is no channel 2; "),
            ] {
                let result = try Program.run(["features", "-o", "\(folder)/a.npy"] + arguments)
                #expect(result.exitCode == 1)
                #expect(result.standardError.hasPrefix("Error: \(message)"), "\(result.standardError)")
                #expect(result.standardError.split(separator: "\n").count == 1)
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/a.npy"))
            }
            let unwritable = try Program.run("features", clip, "-o", "\(folder)/none/a.png")
            #expect(unwritable.exitCode == 1)
            #expect(unwritable.standardError.contains("\(folder)/none/a.png: cannot be written"))
            let empty = try Program.run(shell: "\"$0\" features - -o '\(folder)/a.npy' < /dev/null")
            #expect(empty.exitCode == 1)
        }
    }

    @Test(
        "refuses wrong usage",
        arguments: [
            ["a.wav", "-o", "a.jpeg"], ["a.wav", "-o", "a.npy", "--mel-bins", "0"],
            ["a.wav", "-o", "a.npy", "--mel-bins", "201"],
            ["a.wav", "-o", "a.npy", "--kind", "mfcc"], ["a.wav", "-o", "a.npy", "--channel", "0"], ["a.wav"],
        ])
    func usage(arguments: [String]) throws {
        #expect(try Program.run(["features"] + arguments).exitCode == 64)
    }

    @Test("warns of a recording too short for a frame")
    func short() throws {
        try TemporaryFolder.with { folder in
            // 10 ms: Kaldi's frames are 25 ms long. An AU header is six numbers; 3 is 16-bit samples.
            let header: [UInt8] = [
                ".snd".utf8.map { $0 }, [0, 0, 0, 24], [0, 0, 1, 64], [0, 0, 0, 3], [0, 0, 0x3E, 0x80], [0, 0, 0, 1],
            ].flatMap { $0 }
            try Data(header + [UInt8](repeating: 0, count: 320)).write(to: URL(filePath: "\(folder)/a.au"))
            let result = try Program.run("features", "\(folder)/a.au", "--kind", "kaldi", "-o", "\(folder)/a.npy")
            #expect(result.exitCode == 0)
            #expect(
                result.standardError == "Warning: \(folder)/a.au: 0.01 s is too short for a frame: nothing to show\n")
        }
    }
}
