import Tensors
import Testing

@Suite struct TensorFiniteTests {
    @Test(arguments: [0, 8, 36], [Float.nan, .infinity, -.infinity, .signalingNaN])
    func oneValueIsEnough(index: Int, bad: Float) {
        var values = (0..<37).map { Float($0) - 18 }
        values[4] = .leastNonzeroMagnitude
        values[3] = 3e38
        for type in [ElementType.float32, .bfloat16] {
            #expect(Tensor(values, shape: [37]).converted(to: type).isFinite)
        }
        values[index] = bad
        for type in [ElementType.float32, .bfloat16] {
            #expect(!Tensor(values, shape: [37]).converted(to: type).isFinite)
        }
    }
}
