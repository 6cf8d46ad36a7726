import Autograd
import Glibc
import Numerics
import Tensors
import TestSupport
import Testing

@Suite struct AttentionOperationTests {
    // One head of one feature, so the scale is 1. Query ln 3, keys 0 and 1, values 10 and 20:
    // scores [0 ln 3], weights [1/4 3/4], output 2.5 + 15 = 17.5.
    // dO = 1: dV = weights; dweights = [10 20], dscores = w (dw - sum(w dw)) = [1/4 (10 - 17.5), 3/4 (20 - 17.5)]
    // = [-1.875 1.875]; dQ = dscores K = 1.875; dK = dscores Q = [-1.875 ln 3, 1.875 ln 3].
    @Test func handComputed() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let ln3 = log(Float(3))
        let q = tape.variable(Tensor([ln3], shape: [1, 1, 1]), wantsGradient: true)
        let k = tape.variable(Tensor([0, 1], shape: [1, 2, 1]), wantsGradient: true)
        let v = tape.variable(Tensor([10, 20], shape: [1, 2, 1]), wantsGradient: true)
        let y = attention(
            query: AttentionInput(q), key: AttentionInput(k), value: AttentionInput(v), modelDimension: 1, headCount: 1,
            mask: .none)
        tape.backward(from: y, gradient: Tensor([1], shape: [1, 1, 1]))
        expectClose(y.value.values, [17.5], relative: 1e-6, "output")
        expectClose(tape.gradient(of: q)!.values, [1.875], relative: 1e-5, "dQ")
        expectClose(tape.gradient(of: k)!.values, [-1.875 * ln3, 1.875 * ln3], relative: 1e-5, "dK")
        expectClose(tape.gradient(of: v)!.values, [0.25, 0.75], relative: 1e-6, "dV")
    }

    // The weights of the case above, for inference and for training; then those of two heads of one feature each: the
    // second head has query 0, so its weights are 1/2.
    @Test(arguments: [false, true]) func recordsWeights(isTraining: Bool) {
        let recorder = AttentionRecorder()
        let tape = Tape(
            gradients: isTraining ? ParameterGradients(for: ParameterStore()) : nil, attentionRecorder: recorder)
        func attend(_ query: [Float], _ key: [Float], headCount: Int) {
            let q = AttentionInput(tape.variable(Tensor(query, shape: [1, 1, headCount])))
            let k = AttentionInput(tape.variable(Tensor(key, shape: [1, 2, headCount])))
            _ = attention(
                query: q, key: k, value: k, modelDimension: headCount, headCount: headCount, mask: .none,
                recorder: tape.attentionRecorder)
        }
        attend([log(3)], [0, 1], headCount: 1)
        attend([log(3), 0], [0, 5, 1, 7], headCount: 2)
        tape.backward()  // What was recorded holds the tape until then.
        #expect(recorder.weights.map(\.shape) == [[1, 1, 1, 2], [1, 2, 1, 2]])
        expectClose(recorder.weights[0].values, [0.25, 0.75], relative: 1e-6, "one head")
        expectClose(recorder.weights[1].values, [0.25, 0.75, 0.5, 0.5], relative: 1e-6, "two heads")
    }

    /// Keys that stand for three each are the same keys three times; for inference (few queries and many) and for training.
    @Test(arguments: [1, 40], [false, true]) func keysThatStandForSeveral(queryCount: Int, isTraining: Bool) {
        let (query, keys) = (Tensor.random([1, queryCount, 8], seed: 1), Tensor.random([1, 5, 16], seed: 2))
        let rows = [0, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
        let repeated = Tensor(rows.flatMap { keys.reshaped([5, 16]).rows($0..<$0 + 1).values }, shape: [1, 11, 16])
        func attend(_ keys: Tensor, _ weights: KeyWeights?) -> [Float] {
            let tape = Tape(gradients: isTraining ? ParameterGradients(for: ParameterStore()) : nil)
            let variable = tape.variable(keys, wantsGradient: isTraining)
            let y = attention(
                query: AttentionInput(tape.variable(query)), key: AttentionInput(variable),
                value: AttentionInput(variable, offset: 8), modelDimension: 8, headCount: 2,
                mask: AttentionMask(keyWeights: weights))
            tape.backward()
            return y.value.values
        }
        expectClose(attend(keys, KeyWeights(first: 2, weight: 3)), attend(repeated, nil), absolute: 1e-6, "context")
    }

    /// [batch, head, time, headDimension] as [batch, time, head * headDimension].
    private func headsAsColumns(_ golden: GoldenTensor) -> Tensor {
        let (batch, heads, time, dimension) = (golden.shape[0], golden.shape[1], golden.shape[2], golden.shape[3])
        var values: [Float] = []
        for b in 0..<batch {
            for t in 0..<time {
                for head in 0..<heads {
                    let start = ((b * heads + head) * time + t) * dimension
                    values += golden.values[start..<start + dimension]
                }
            }
        }
        return Tensor(values, shape: [batch, time, heads * dimension])
    }

    /// The masks of scripts/golden/attention.py.
    private func mask(_ name: String, keys: Int) -> AttentionMask {
        AttentionMask(
            keyCounts: name.contains("padding") ? [keys, keys - 2] : nil,
            causalOffset: name.contains("causal") ? 0 : nil)
    }

    // scripts/golden/attention.py; queries, keys and values from three variables, and side by side in one.
    @Test(arguments: try GoldenFixture.load("scaled_dot_product_attention").cases, [false, true])
    func golden(_ golden: GoldenCase, isPacked: Bool) throws {
        let parts = try ["query", "key", "value"].map { headsAsColumns(try golden.tensor($0)) }
        let gradients = try ["query", "key", "value"].map { headsAsColumns(try golden.tensor("gradient.\($0)")) }
        let keys = parts[1].shape[1]
        if isPacked && keys != parts[0].shape[1] { return }
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let variables: [Variable]
        let inputs: [AttentionInput]
        if isPacked {
            variables = [tape.variable(sideBySide(parts), wantsGradient: true)]
            inputs = (0..<3).map { AttentionInput(variables[0], offset: 8 * $0) }
        } else {
            variables = parts.map { tape.variable($0, wantsGradient: true) }
            inputs = variables.map { AttentionInput($0) }
        }
        let y = attention(
            query: inputs[0], key: inputs[1], value: inputs[2], modelDimension: 8, headCount: 2,
            mask: mask(golden.name, keys: keys))
        tape.backward(from: y, gradient: headsAsColumns(try golden.tensor("upstream")))
        expectClose(
            y.value.values, headsAsColumns(try golden.tensor("output")).values, absolute: 1e-6, relative: 1e-5, "output"
        )
        let expected = isPacked ? [sideBySide(gradients)] : gradients
        for (index, gradient) in expected.enumerated() {
            expectClose(
                tape.gradient(of: variables[index])!.values, gradient.values, absolute: 1e-6, relative: 1e-5,
                "gradient \(index)")
        }
    }

    /// [batch, time, columns] tensors as the columns of one.
    private func sideBySide(_ tensors: [Tensor]) -> Tensor {
        let (rows, columns) = (tensors[0].rowCount, tensors[0].columnCount)
        let values = (0..<rows).flatMap { row in
            tensors.flatMap { tensor in tensor.values[row * columns..<(row + 1) * columns] }
        }
        return Tensor(values, shape: [tensors[0].shape[0], tensors[0].shape[1], columns * tensors.count])
    }

    @Test(
        arguments: [
            AttentionMask.none, .causal(), .causal(offset: 2), .padding(lengths: [5, 3]), .padding(lengths: [0, 1]),
            AttentionMask(keyCounts: [4, 2], causalOffset: 1),
        ], [Float(0), 0.3])
    func finiteDifferences(mask: AttentionMask, dropoutRate: Float) {
        let inputs = [
            Tensor.random([2, 3, 4], seed: 1), .random([2, 5, 4], seed: 2), .random([2, 5, 4], seed: 3),
        ]
        expectGradients(inputs, dropoutKey: RandomKey(seed: 5)) { _, inputs in
            attention(
                query: AttentionInput(inputs[0]), key: AttentionInput(inputs[1]), value: AttentionInput(inputs[2]),
                modelDimension: 4, headCount: 2, mask: mask, dropoutRate: dropoutRate)
        }
    }

    // The views need not cover their variable: columns nobody read have gradient 0.
    @Test func partsOfAVariable() {
        expectGradients([.random([2, 3, 7], seed: 1), .random([2, 4, 11], seed: 2)]) { _, inputs in
            attention(
                query: AttentionInput(inputs[0], offset: 2),
                key: AttentionInput(inputs[1], offset: 1),
                value: AttentionInput(inputs[1], offset: 6), modelDimension: 4, headCount: 2, mask: .none)
        }
    }

    // Queries, keys and values may be the very same columns: their gradients add up.
    @Test func theSameColumnsThrice() {
        expectGradients([.random([2, 3, 4], seed: 1)]) { _, inputs in
            let x = AttentionInput(inputs[0])
            return attention(query: x, key: x, value: x, modelDimension: 4, headCount: 2, mask: .none)
        }
    }

    // Gradients are computed for those who want them, whatever the shapes of the others.
    @Test func constantKeysAndValues() {
        let (key, value) = (Tensor.random([1, 5, 2], seed: 2), Tensor.random([1, 5, 9], seed: 3))
        expectGradients([.random([1, 3, 2], seed: 1)]) { tape, inputs in
            attention(
                query: AttentionInput(inputs[0]), key: AttentionInput(tape.variable(key)),
                value: AttentionInput(tape.variable(value), offset: 7), modelDimension: 2, headCount: 1, mask: .none)
        }
    }

    /// Attention of one sequence with one head, from the formula.
    private func reference(_ q: [Float], _ k: [Float], _ v: [Float], dimension: Int, sees: (Int, Int) -> Bool)
        -> [Float]
    {
        let (queries, keys) = (q.count / dimension, k.count / dimension)
        var output: [Float] = []
        for i in 0..<queries {
            let weights = (0..<keys).map { j -> Double in
                if !sees(i, j) { return 0 }
                let product = (0..<dimension).reduce(0.0) {
                    $0 + Double(q[i * dimension + $1]) * Double(k[j * dimension + $1])
                }
                return exp(product / Double(dimension).squareRoot())
            }
            let sum = weights.reduce(0, +)
            for d in 0..<dimension {
                let total = (0..<keys).reduce(0.0) { $0 + weights[$1] * Double(v[$1 * dimension + d]) }
                output.append(sum == 0 ? 0 : Float(total / sum))
            }
        }
        return output
    }

    @Test(arguments: [1, 7, 8, 9, 64, 65], [false, true]) func equalsTheFormula(count: Int, isCausal: Bool) {
        let dimension = 8
        let inputs = (1...3).map { Tensor.random([1, count, dimension], seed: UInt64($0), in: -2...2) }
        let variables = inputs.map { Tape().variable($0) }
        let y = attention(
            query: AttentionInput(variables[0]), key: AttentionInput(variables[1]), value: AttentionInput(variables[2]),
            modelDimension: dimension, headCount: 1, mask: isCausal ? .causal() : .none)
        let expected = reference(
            inputs[0].values, inputs[1].values, inputs[2].values, dimension: dimension, sees: { !isCausal || $1 <= $0 })
        expectClose(y.value.values, expected, absolute: 3e-6, relative: 1e-5)
    }

    // Where there is nothing to attend to, the output is zero and so are the gradients.
    @Test(arguments: [AttentionMask.padding(lengths: [0]), AttentionMask(keyCounts: [0], causalOffset: 0)])
    func aQueryThatSeesNoKeyGetsZeros(mask: AttentionMask) {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let variables = (1...3).map { tape.variable(.random([1, 3, 4], seed: UInt64($0)), wantsGradient: true) }
        let y = attention(
            query: AttentionInput(variables[0]), key: AttentionInput(variables[1]), value: AttentionInput(variables[2]),
            modelDimension: 4, headCount: 2, mask: mask)
        tape.backward(from: y, gradient: .random([1, 3, 4], seed: 9))
        let zeros = Array(repeating: Float(0), count: 12)
        #expect(y.value.values == zeros)
        for variable in variables { #expect(tape.gradient(of: variable)?.values == zeros) }
    }

    // An encoder output of no positions at all.
    @Test func noKeysAtAll() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let q = tape.variable(.random([1, 3, 4], seed: 1), wantsGradient: true)
        let empty = tape.variable(Tensor(zeros: [1, 0, 4]), wantsGradient: true)
        // Memory that was used before: undefined contents are not zeros by chance.
        for _ in 0..<8 { _ = Tensor.random([1, 3, 4], seed: 2) }
        let y = attention(
            query: AttentionInput(q), key: AttentionInput(empty), value: AttentionInput(empty), modelDimension: 4,
            headCount: 2, mask: .none)
        tape.backward(from: y, gradient: .random([1, 3, 4], seed: 9))
        #expect(y.value.values == Array(repeating: 0, count: 12))
        #expect(tape.gradient(of: q)?.values == Array(repeating: 0, count: 12))
    }

    // What a causal mask hides, or lies in the padding, may be anything.
    @Test func hiddenKeysDoNotMatter() {
        let dimension = 4
        let q = Tensor.random([1, 5, dimension], seed: 1)
        let (k, v) = (randomValues(5 * dimension, seed: 2), randomValues(5 * dimension, seed: 3))
        func run(changedFrom row: Int, _ mask: AttentionMask) -> [Float] {
            let variables = [k, v].map { values in
                Tape().variable(
                    Tensor(
                        values.enumerated().map { $0 < row * dimension ? $1 : 7 - 3 * $1 }, shape: [1, 5, dimension]))
            }
            return attention(
                query: AttentionInput(Tape().variable(q)), key: AttentionInput(variables[0]),
                value: AttentionInput(variables[1]), modelDimension: dimension, headCount: 2, mask: mask
            ).value.values
        }
        for row in 1...5 {
            let seen = row * dimension
            #expect(run(changedFrom: row, .causal()).prefix(seen) == run(changedFrom: 5, .causal()).prefix(seen))
        }
        #expect(run(changedFrom: 3, .padding(lengths: [3])) == run(changedFrom: 5, .padding(lengths: [3])))
        #expect(run(changedFrom: 3, .causal()) != run(changedFrom: 5, .causal()), "the later queries do see them")
    }

    // Weights sum to 1: with all values equal the output is that value.
    @Test func weightsSumToOne() {
        let ones = Tensor(Array(repeating: 1, count: 2 * 9 * 4), shape: [2, 9, 4])
        let tape = Tape()
        let y = attention(
            query: AttentionInput(tape.variable(.random([2, 9, 4], seed: 1, in: -9...9))),
            key: AttentionInput(tape.variable(.random([2, 9, 4], seed: 2, in: -9...9))),
            value: AttentionInput(tape.variable(ones)), modelDimension: 4, headCount: 2,
            mask: AttentionMask(keyCounts: [9, 4], causalOffset: 0))
        expectClose(y.value.values, ones.values, absolute: 1e-6)
    }

    // Scores of +-1e4 and more: only differences to the largest are exponentiated.
    @Test func largeScores() {
        let tape = Tape()
        let y = attention(
            query: AttentionInput(tape.variable(Tensor([1000], shape: [1, 1, 1]))),
            key: AttentionInput(tape.variable(Tensor([1000, -1000, 999], shape: [1, 3, 1]))),
            value: AttentionInput(tape.variable(Tensor([1, 2, 4], shape: [1, 3, 1]))), modelDimension: 1, headCount: 1,
            mask: .none)
        #expect(y.value.values == [1])
    }

    @Test(.enabled(if: ElementType.bfloat16.isSupported, "this processor has no bfloat16 products"))
    func bfloat16IsCloseToFloat32() {
        let inputs = (1...3).map { Tensor.random([2, 9, 8], seed: UInt64($0)) }
        let upstream = Tensor.random([2, 9, 8], seed: 4)
        func run(_ type: ElementType) -> [[Float]] {
            let tape = Tape(precision: type, gradients: ParameterGradients(for: ParameterStore()))
            let variables = inputs.map { tape.variable($0.converted(to: type), wantsGradient: true) }
            let y = attention(
                query: AttentionInput(variables[0]), key: AttentionInput(variables[1]),
                value: AttentionInput(variables[2]), modelDimension: 8, headCount: 2, mask: .causal())
            tape.backward(from: y, gradient: upstream.converted(to: type))
            return [y.value.values] + variables.map { tape.gradient(of: $0)!.values }
        }
        for (actual, expected) in zip(run(.bfloat16), run(.float32)) {
            expectClose(actual, expected, absolute: 0.02, relative: 0.02)
        }
    }

    // Many queries are worked on in blocks, which must not show: they give what each half of them gives alone, and the
    // gradients of keys and values are the sums of the halves'.
    @Test(arguments: [AttentionMask.none, .causal(), .padding(lengths: [201])])
    func blocksOfQueries(mask: AttentionMask) {
        let (queryTime, keyTime, model) = (300, 480, 4)
        let (q, k, v) = (
            Tensor.random([1, queryTime, model], seed: 1), Tensor.random([1, keyTime, model], seed: 2),
            Tensor.random([1, keyTime, model], seed: 3)
        )
        let upstream = Tensor.random([1, queryTime, model], seed: 4)
        func run(_ rows: Range<Int>) -> (context: [Float], dq: [Float], dk: [Float], dv: [Float]) {
            func part(_ tensor: Tensor) -> Tensor {
                tensor.reshaped([queryTime, model]).rows(rows).reshaped([1, rows.count, model])
            }
            let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
            let inputs = [part(q), k, v].map { tape.variable($0, wantsGradient: true) }
            var mask = mask
            mask.causalOffset = mask.causalOffset.map { $0 + rows.lowerBound }
            let context = attention(
                query: AttentionInput(inputs[0]), key: AttentionInput(inputs[1]), value: AttentionInput(inputs[2]),
                modelDimension: model, headCount: 2, mask: mask)
            tape.backward(from: context, gradient: part(upstream))
            let gradients = inputs.map { tape.gradient(of: $0)!.values }
            return (context.value.values, gradients[0], gradients[1], gradients[2])
        }
        let (whole, first, second) = (run(0..<queryTime), run(0..<140), run(140..<queryTime))
        expectClose(whole.context, first.context + second.context, absolute: 1e-6, "context")
        expectClose(whole.dq, first.dq + second.dq, absolute: 1e-6, "queries")
        expectClose(whole.dk, zip(first.dk, second.dk).map { $0 + $1 }, absolute: 1e-5, "keys")
        expectClose(whole.dv, zip(first.dv, second.dv).map { $0 + $1 }, absolute: 1e-5, "values")
    }
}
