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

    @Test(arguments: [2900, 3000]) func aFullWindowIsHeardWhole(frameCount: Int) {
        #expect(WhisperWindow.thinning(frameCount: frameCount, positionCount: 1500).places == Array(0..<1500))
    }
}
