import Audio
import TestSupport
import Testing

@Suite("sound that ffmpeg takes out of other files")
struct ConvertedAudioTests {
    /// What ffmpeg 9.0.2 says of a file of mp4, and of one whose length it does not know.
    @Test("the length of a file is found in what ffmpeg says of it")
    func length() {
        func text(_ line: String) -> String {
            """
            Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:/proc/self/fd/3':
              Metadata:
                major_brand     : isom
                title           : Duration: 99:00:00.00, start
            \(line)
              Stream #0:0[0x1](und): Audio: aac (LC) (mp4a / 0x6134706D), 16000 Hz, mono, fltp, 71 kb/s (default)
            At least one output file must be specified
            """
        }
        let known = ConvertedAudio.durationInSeconds(
            said: text("  Duration: 10:02:03.47, start: 0.000000, bitrate: 76 kb/s"))
        #expect(known.map { abs($0 - 36_123.47) < 1e-6 } == true)  // 10 * 3,600 + 2 * 60 + 3.47
        #expect(ConvertedAudio.durationInSeconds(said: text("  Duration: N/A, start: 0.000000, bitrate: N/A")) == nil)
        #expect(ConvertedAudio.durationInSeconds(said: "file:/proc/self/fd/3: Invalid data found") == nil)
        #expect(ConvertedAudio.durationInSeconds(said: "") == nil)
    }

    @Test("what libsndfile reads tells its length itself; what nobody reads is an error or has none")
    func lengthOfSound() throws {
        let folder = try TemporaryFolder()
        let sound = try folder.write("a.wav", bytes: waveFile([Float](repeating: 0.1, count: 12_000)))
        #expect(try RecordingFile.durationInSeconds(path: sound) == 0.75)
        let text = try folder.write("a.txt", bytes: Array("no sound".utf8))
        #expect(try RecordingFile.durationInSeconds(path: text) == nil)
        #expect(throws: AudioError.self) { try RecordingFile.durationInSeconds(path: "\(folder.path)/none.wav") }
    }
}
