import Audio
import Autograd
import Glibc
import Models
import Recognition
import Tensors
import Testing

@Suite struct WhisperLogitsTests {
    private static let folder = getenv("ASR_WHISPER_LOGITS").map { String(cString: $0) }

    // By teacher forcing, against openai/whisper or transformers in PyTorch.
    @Test(
        .enabled(
            if: folder != nil, "ASR_WHISPER_LOGITS names no folder that scripts/golden/whisper_logits.py has written"))
    func theLogitsArePyTorchs() throws {
        let folder = try #require(Self.folder)
        let model = try SpeechModel.read("\(folder)/model")
        let clips = try SafeTensors(path: "\(folder)/clips.safetensors")
        func tensor(_ name: String) throws -> Tensor? {
            guard let entry = clips.entries.first(where: { $0.name == name }) else { return nil }
            let result = Tensor(uninitialized: entry.shape)
            try clips.read(name, into: result)
            return result
        }
        var (largest, count): (Float, Int) = (0, 0)
        while let samples = try tensor("\(count).samples") {
            let silence = [Float](repeating: 0, count: 480_000)  // as openai/whisper puts behind a recording
            let features = try model.features(Waveform(samples: samples.values + silence, sampleRate: 16_000))
            let window = try WhisperWindow(
                model.network, features, 0..<features.frameCount - 3_000, precision: .float32)
            let tokens = try #require(try tensor("\(count).tokens")).values.map { Int32($0) }
            let expected = try #require(try tensor("\(count).logits"))
            let logits = window.logits(tokens)
            #expect(logits.count == expected.count)
            let difference = zip(logits.values, expected.values).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
            largest = max(largest, difference)
            count += 1
        }
        print("\(count) clips, largest difference of logits \(largest)")
        #expect(count > 0 && largest < 1e-3)
    }
}
