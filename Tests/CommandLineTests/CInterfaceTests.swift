import Foundation
import Glibc
import TestSupport
import Testing

/// libasr.so as C and Python use it: the examples, built and run.
@Suite("C interface")
struct CInterfaceTests {
    private static let library = Program.path.dropLast("asr".count) + "libasr-c.so"
    private static let clip = "\(Program.packageRoot)/audio/sentence-espeak.wav"

    @Test("the example in C writes what asr writes; errors are texts")
    func c() throws {
        try TemporaryFolder.with { folder in
            let build = try Program.run(
                shell: """
                    cd '\(folder)' && ln -s '\(Self.library)' libasr.so &&
                    cc -Wall -Wextra -Werror -std=c11 '\(Program.packageRoot)/Examples/c/transcribe.c' -I'\(Program.packageRoot)/Sources/CInterface' -L. -lasr -lsndfile -o transcribe
                    """)
            try #require(build.exitCode == 0, "\(build.standardError)")
            let run = "cd '\(folder)' && LD_LIBRARY_PATH=. ./transcribe"
            for model in ["english", "english-small", "whisper-tiny.en-int8"] {
                let expected = try Program.run(shell: "\"$0\" transcribe '\(Self.clip)' -m \(model)")
                let result = try Program.run(shell: "\(run) '\(Self.clip)' \(model)")
                #expect(
                    result.exitCode == 0 && result.standardOutput == expected.standardOutput, "\(result.standardError)")
            }
            let missing = try Program.run(shell: "\(run) '\(Self.clip)' no-such-model")
            #expect(missing.exitCode == 1 && missing.standardOutput.isEmpty)
            #expect(missing.standardError.hasPrefix("no-such-model: no such model folder"), "\(missing.standardError)")
        }
    }

    @Test("the example in Python writes what asr writes; errors are texts")
    func python() throws {
        let run = "ASR_LIBRARY='\(Self.library)' python3 '\(Program.packageRoot)/Examples/python/transcribe.py'"
        let expected = try Program.run(shell: "\"$0\" transcribe '\(Self.clip)'")
        let result = try Program.run(shell: "\(run) '\(Self.clip)'")
        #expect(result.exitCode == 0 && result.standardOutput == expected.standardOutput, "\(result.standardError)")

        // Every mistake is told, and none of them ends the process.
        let mistakes = try Program.run(
            shell: """
                ASR_LIBRARY='\(Self.library)' PYTHONPATH='\(Program.packageRoot)/Examples/python' python3 - <<'END'
                from transcribe import Transcriber
                asr = Transcriber("whisper-tiny.en-int8", 1)
                for arguments in ([0.0], 16000, "docx"), ([0.0], 12), ([float("nan")], 16000), ([], 16000):
                    try:
                        print(repr(asr.transcribe(*arguments)))
                    except RuntimeError as error:
                        print(error)
                END
                """)
        #expect(
            mistakes.standardOutput == """
                format "docx": the formats are text, json, srt, vtt, tsv, lrc, ctm, trn
                12 Hz: the sample rate must be from 1000 to 768000 Hz
                a sample is not sound: samples are numbers from -1 to 1
                '\\n'

                """, "\(mistakes.standardError)")
    }
}
