import Autograd
import NeuralNetwork
import Tensors
import TestSupport
import Testing

/// Which of PyTorch's arrays, stacked over one another, are one of our parameters.
struct ParameterMapping {
    let ours: String
    let theirs: [String]

    /// Query, key and value of PyTorch's attention `theirs` (its name with a dot, or "") as self-attention `ours`.
    static func selfAttention(_ ours: String, _ theirs: String) -> [ParameterMapping] {
        ["weight", "bias"].flatMap { kind in
            [
                ParameterMapping(
                    ours: "\(ours).query_key_value.\(kind)",
                    theirs: ["query", "key", "value"].map { "\(theirs)\($0).\(kind)" }),
                ParameterMapping(ours: "\(ours).output.\(kind)", theirs: ["\(theirs)out_proj.\(kind)"]),
            ]
        }
    }

    /// The same as cross-attention `ours`.
    static func crossAttention(_ ours: String, _ theirs: String) -> [ParameterMapping] {
        ["weight", "bias"].flatMap { kind in
            [
                ParameterMapping(ours: "\(ours).query.\(kind)", theirs: ["\(theirs)query.\(kind)"]),
                ParameterMapping(
                    ours: "\(ours).key_value.\(kind)", theirs: ["key", "value"].map { "\(theirs)\($0).\(kind)" }),
                ParameterMapping(ours: "\(ours).output.\(kind)", theirs: ["\(theirs)out_proj.\(kind)"]),
            ]
        }
    }

    /// A linear map.
    static func linear(_ ours: String, _ theirs: String) -> [ParameterMapping] {
        ["weight", "bias"].map { ParameterMapping(ours: "\(ours).\($0)", theirs: ["\(theirs).\($0)"]) }
    }

    /// A layer normalisation.
    static func norm(_ ours: String, _ theirs: String) -> [ParameterMapping] {
        [
            ParameterMapping(ours: "\(ours).scale", theirs: ["\(theirs).weight"]),
            ParameterMapping(ours: "\(ours).shift", theirs: ["\(theirs).bias"]),
        ]
    }
}

/// A case of a layer fixture with the parameters it fills.
struct GoldenLayer {
    let golden: GoldenCase
    let mappings: [ParameterMapping]

    /// Initializes the store with PyTorch's parameters, all of them.
    func fill(_ store: ParameterStore) throws {
        store.initialize(seed: 0)
        #expect(Set(store.parameters.map(\.name)) == Set(mappings.map(\.ours)), "every parameter has a source")
        for mapping in mappings {
            store.set(mapping.ours, try mapping.theirs.flatMap { try golden.tensor($0).values })
        }
    }

    /// Expects PyTorch's gradients of all parameters.
    ///
    /// A number that is a sum with a cancelling result has the rounding error of its parts: 1e-6 of the largest.
    func expectGradients(_ gradients: ParameterGradients, of store: ParameterStore) throws {
        for parameter in store.parameters {
            let mapping = mappings.first { $0.ours == parameter.name }!
            let expected = try mapping.theirs.flatMap { try golden.tensor("gradient.\($0)").values }
            let largest = expected.map(abs).max()!
            expectClose(
                gradients.gradient(of: parameter).values, expected, absolute: 1e-6 * max(1, largest), relative: 1e-5,
                "gradient of \(parameter.name)")
        }
    }
}
