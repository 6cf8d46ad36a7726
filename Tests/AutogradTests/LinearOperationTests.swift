import Autograd
import Numerics
import Tensors
import TestSupport
import Testing

@Suite struct LinearOperationTests {
    // x = [1 2], W = [[3 4], [5 6]], b = [10 -30]: y = [3 + 8 + 10, 5 + 12 - 30] = [21, -13].
    // With dy = [1 2]: dx = dy W = [3 + 10, 4 + 12], dW = dy^T x = [[1 2], [2 4]], db = dy.
    // Behind a rectifier y2 is cut off, and so is dy2: y = [21, 0], dx = [3 4], dW = [[1 2], [0 0]], db = [1 0].
    @Test(arguments: [false, true]) func handComputed(relu: Bool) {
        let (store, parameters) = ParameterStore.of([
            ("weight", Tensor([3, 4, 5, 6], shape: [2, 2])), ("bias", Tensor([10, -30], shape: [2])),
        ])
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let x = tape.variable(Tensor([1, 2], shape: [1, 2]), wantsGradient: true)
        let y = x.linear(parameters[0], bias: parameters[1], relu: relu)
        tape.backward(from: y, gradient: Tensor([1, 2], shape: [1, 2]))
        #expect(y.value.values == (relu ? [21, 0] : [21, -13]))
        #expect(tape.gradient(of: x)?.values == (relu ? [3, 4] : [13, 16]))
        #expect(gradients.gradient(of: parameters[0]).values == (relu ? [1, 2, 0, 0] : [1, 2, 2, 4]))
        #expect(gradients.gradient(of: parameters[1]).values == (relu ? [1, 0] : [1, 2]))
    }

    // scripts/golden/linear.py
    @Test(arguments: try GoldenFixture.load("linear").cases) func golden(_ golden: GoldenCase) throws {
        let weight = try golden.tensor("weight")
        let bias = try? golden.tensor("bias")
        let (store, parameters) = ParameterStore.of(
            [("weight", weight.tensor)] + (bias.map { [("bias", $0.tensor)] } ?? []))
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let x = tape.variable(try golden.tensor("input").tensor, wantsGradient: true)
        let y = x.linear(parameters[0], bias: parameters.count > 1 ? parameters[1] : nil)
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        expectGolden(y.value, try golden.tensor("output"), "output")
        expectGolden(tape.gradient(of: x), try golden.tensor("gradient.input"), "gradient of the input")
        expectGolden(
            gradients.gradient(of: parameters[0]), try golden.tensor("gradient.weight"), "gradient of the weight")
        if bias != nil {
            expectGolden(
                gradients.gradient(of: parameters[1]), try golden.tensor("gradient.bias"), "gradient of the bias")
        }
    }

    // scripts/golden/activations.py; an identity matrix before the rectifier shows the rectifier alone.
    @Test func goldenReLU() throws {
        let golden = try GoldenFixture.load("relu").named("points")
        let count = try golden.tensor("input").values.count
        let (store, parameters) = ParameterStore.of([("weight", Tensor([1], shape: [1, 1]))])
        let tape = Tape(gradients: ParameterGradients(for: store))
        let x = tape.variable(try golden.tensor("input").tensor([count, 1]), wantsGradient: true)
        let y = x.linear(parameters[0], bias: nil, relu: true)
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor([count, 1]))
        #expect(try y.value.values == golden.tensor("output").values)
        #expect(try tape.gradient(of: x)?.values == golden.tensor("gradient.input").values)
    }

    @Test(arguments: [(1, 1, 1), (3, 7, 5), (9, 8, 7)]) func finiteDifferences(rows: Int, inputs: Int, outputs: Int) {
        let (store, parameters) = ParameterStore.of([
            ("weight", .random([outputs, inputs], seed: 1)), ("bias", .random([outputs], seed: 2)),
        ])
        expectGradients([.random([1, rows, inputs], seed: 3)], store: store) { _, inputs in
            inputs[0].linear(parameters[0], bias: parameters[1])
        }
    }

    @Test func finiteDifferencesBehindReLU() {
        // Biases of +-2 keep every sum of three products of numbers below 1/2 away from the kink at 0.
        let (store, parameters) = ParameterStore.of([
            ("weight", .random([4, 3], seed: 1, in: -0.5...0.5)), ("bias", Tensor([2, -2, 2, -2], shape: [4])),
        ])
        expectGradients([.random([2, 2, 3], seed: 3, in: -0.5...0.5)], store: store) { _, inputs in
            inputs[0].linear(parameters[0], bias: parameters[1], relu: true)
        }
        expectGradients(
            [.random([2, 2, 3], seed: 3, in: -0.5...0.5)], store: store, dropoutKey: RandomKey(seed: 4)
        ) { _, inputs in
            inputs[0].linear(parameters[0], bias: parameters[1], relu: true, dropoutRate: 0.4)
        }
    }

    // Gradients of parameters are added to what is there: two uses of a weight, or two micro-batches.
    @Test func gradientsAccumulate() {
        let (store, parameters) = ParameterStore.of([("weight", Tensor([3], shape: [1, 1]))])
        let gradients = ParameterGradients(for: store)
        for x: Float in [2, 5] {
            let tape = Tape(gradients: gradients)
            let y = tape.variable(Tensor([x], shape: [1, 1])).linear(parameters[0], bias: nil)
            tape.backward(from: y, gradient: Tensor([1], shape: [1, 1]))
        }
        #expect(gradients.gradient(of: parameters[0]).values == [7])
    }

    // Operands rounded to bfloat16 (relative error 2^-9 each), sums in float32.
    @Test(.enabled(if: ElementType.bfloat16.isSupported, "this processor has no bfloat16 products"))
    func bfloat16IsCloseToFloat32() {
        let (store, parameters) = ParameterStore.of([
            ("weight", .random([9, 65], seed: 1)), ("bias", .random([9], seed: 2)),
        ])
        store.updateBFloat16Values()
        let input = Tensor.random([7, 65], seed: 3)
        let upstream = Tensor.random([7, 9], seed: 4)
        func run(_ precision: ElementType) -> (Tensor, Tensor, [Float]) {
            let gradients = ParameterGradients(for: store)
            let tape = Tape(precision: precision, gradients: gradients)
            let x = tape.variable(input, wantsGradient: true)
            let y = x.linear(parameters[0], bias: parameters[1], outputType: .float32)
            tape.backward(from: y, gradient: upstream)
            return (y.value, tape.gradient(of: x)!, gradients.values.values)
        }
        let (expected, actual) = (run(.float32), run(.bfloat16))
        expectClose(actual.0.values, expected.0.values, absolute: 0.03, "output")
        expectClose(actual.1.values, expected.1.values, absolute: 0.03, "gradient of the input")
        expectClose(actual.2, expected.2, absolute: 0.03, "gradients of the parameters")
        #expect(actual.1.elementType == .float32, "the gradient has the type of the value")
    }
}
