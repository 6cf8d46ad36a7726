import Autograd
import NeuralNetwork
import Tensors

extension SpeechModel {
    /// The same model without adapters, whose changes are added to the weights; this model itself where it has none.
    ///
    /// - Throws: `ModelError` where there is no memory for it.
    package func withoutAdapters() throws -> SpeechModel {
        guard configuration.transformer.adapterRank > 0 else { return self }
        var description = description
        description.model.transformer.adapterRank = 0
        let result = try SpeechModel(description, vocabulary: vocabulary)
        do { try result.network.parameters.allocate() } catch { throw ModelError("merging adapters: \(error)") }
        let sources = network.parameters.parameters.reduce(into: [:]) { $0[$1.name] = $1 }
        for target in result.network.parameters.parameters {
            guard let source = sources[target.name] else {
                preconditionFailure("SpeechModel.withoutAdapters: no parameter \(target.name)")
            }
            target.value.floats.update(from: source.value.floats, count: target.count)
            let names = AdapterNames(weight: target.name)
            guard let down = sources[names.down], let up = sources[names.up] else { continue }
            MatrixProduct.multiply(
                MatrixView(up.value), MatrixView(down.value), into: MatrixView(target.value), accumulate: true)
        }
        return result
    }
}
