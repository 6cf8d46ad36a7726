import Audio
import Models
import NeuralNetwork
import Recognition
import Testing

@Suite struct WhisperWindowTests {
    // 5 s are 250 positions, with a second behind them 300, rounded up 384; of the 1116 behind these every fourth, from the third on.
    @Test func thinnedPadding() {
        let thinning = WhisperWindow.thinning(frameCount: 500, positionCount: 1500)
        #expect(thinning.keyWeights.first == 384 && thinning.keyWeights.weight == 4)
        #expect(thinning.places.count == 384 + 1116 / 4)
        #expect(Array(thinning.places[..<384]) == Array(0..<384) && thinning.places[384..<387] == [386, 390, 394])
        #expect(thinning.places.last == 1498)
    }

    // A checkpoint may say any number of positions.
    @Test func aModelOfShorterWindowsIsRefused() throws {
        var configuration = ModelConfiguration()
        configuration.subsamplingStrides = [1, 2]
        configuration.encoder.positions = .learned
        configuration.encoder.positionCount = 1499
        let model = EncoderDecoder(configuration, vocabularySize: 5)
        let features = Spectrogram(values: Array(repeating: 0, count: 800), frameCount: 10, melBinCount: 80)
        let error = #expect(throws: ModelError.self) {
            try WhisperWindow(model, features, 0..<10, precision: .float32)
        }
        #expect(error?.description.contains("has 1499 positions, but") == true)
    }

    @Test(arguments: [2900, 3000]) func aFullWindowIsHeardWhole(frameCount: Int) {
        #expect(WhisperWindow.thinning(frameCount: frameCount, positionCount: 1500).places == Array(0..<1500))
    }
}
