import Autograd
import Configuration
import Datasets
import Models
import NeuralNetwork

/// How each parameter of a model learns: what stays as it is, for good or in the first steps, and what the learning rate is multiplied by.
struct LearningRules: Sendable {
    /// By the names of the parameters that learn, if only later.
    private let rules: [String: LearningRule]
    /// Optimiser steps after which `initialization.frozen` learns too; 0: never.
    let frozenStepCount: Int

    /// - Parameters:
    ///   - alwaysFrozen: beginnings of names of what is not learned in such a network.
    ///   - newCharacterCount: characters whose weights are random.
    /// - Throws: `TrainingError` for a beginning that no name has, where nothing is left to learn, or where a new character could not be
    ///   learned.
    init(
        _ configuration: TrainingConfiguration, in network: EncoderDecoder, alwaysFrozen: [String],
        newCharacterCount: Int
    ) throws {
        let (initialization, factors) = (configuration.initialization, configuration.optimizer.rateFactors)
        let names = ParameterNames(network.parameters.parameters.map(\.name))
        try names.check(initialization.frozen, of: "initialization.frozen")
        try names.check(factors.keys.sorted(), of: "optimizer.rateFactors")
        frozenStepCount = initialization.frozenSteps
        var rules: [String: LearningRule] = [:]
        let hasAdapters = configuration.model.transformer.adapterRank > 0
        for name in names.all where !ParameterNames.matches(name, anyOf: alwaysFrozen) {
            if hasAdapters && !AdapterNames.isAdapter(name) { continue }
            let isFrozen = ParameterNames.matches(name, anyOf: initialization.frozen)
            if isFrozen && frozenStepCount == 0 { continue }
            let prefix = factors.keys.filter { ParameterNames.matches(name, $0) }.max { $0.utf8.count < $1.utf8.count }
            rules[name] = LearningRule(
                rateFactor: prefix.flatMap { factors[$0] } ?? 1, frozenStepCount: isFrozen ? frozenStepCount : 0)
        }
        self.rules = rules
        if rules.allSatisfy({ $0.value.frozenStepCount > 0 }) {
            throw TrainingError(
                "initialization.frozen: nothing is left to learn" + (rules.isEmpty ? "" : " in the first steps"))
        }
        if newCharacterCount > 0, let frozen = network.tokenParameters.first(where: { rules[$0.name] == nil }) {
            throw TrainingError(
                "\(hasAdapters ? "model.transformer.adapterRank" : "initialization.frozen"): \(frozen.name) has random rows for "
                    + "\(newCharacterCount) new characters, which could not be learned; do not freeze it")
        }
    }

    /// How a parameter learns; nil: never.
    func callAsFunction(_ parameter: Parameter) -> LearningRule? { rules[parameter.name] }

    /// Whether a parameter stays as it is in the step after so many steps of the optimiser.
    func isFrozen(_ parameter: Parameter, afterSteps steps: Int) -> Bool {
        rules[parameter.name].map { steps < $0.frozenStepCount } ?? true
    }

    /// How many learned values stay as they are: for good, and in the first steps.
    func frozenCounts(in store: ParameterStore) -> (forGood: Int, atFirst: Int) {
        var counts = (forGood: 0, atFirst: 0)
        for parameter in store.parameters where isFrozen(parameter, afterSteps: 0) {
            if rules[parameter.name] == nil { counts.forGood += parameter.count }
            counts.atFirst += parameter.count
        }
        return counts
    }
}

/// The names of a model's parameters, and the beginnings by which settings name many at once: whole parts, so that `encoder.layers.1` is
/// no beginning of `encoder.layers.10.norm.scale`.
struct ParameterNames {
    let all: [String]

    init(_ names: [String]) { all = names }

    static func matches(_ name: String, _ prefix: String) -> Bool { name == prefix || name.hasPrefix(prefix + ".") }

    static func matches(_ name: String, anyOf prefixes: [String]) -> Bool {
        prefixes.contains { matches(name, $0) }
    }

    /// Refuses beginnings that no name has.
    ///
    /// - Parameter key: the setting that has them, for the message.
    func check(_ prefixes: [String], of key: String) throws(TrainingError) {
        for prefix in prefixes where !all.contains(where: { Self.matches($0, prefix) }) {
            let known = self.prefixes
            let first = known.filter { !$0.contains(".") }.joined(separator: ", ")
            let hint = nearestName(to: prefix, among: known).map { "did you mean \($0)?" } ?? "the parts are \(first)"
            throw TrainingError("\(key): no parameter has a name that begins with \"\(prefix)\"; \(hint)")
        }
    }

    /// Every name, and every beginning of one that ends before a point, in order.
    private var prefixes: [String] {
        var result: [String] = []
        var seen: Set<String> = []
        for name in all {
            let parts = name.split(separator: ".")
            for count in 1...parts.count {
                let prefix = parts.prefix(count).joined(separator: ".")
                if seen.insert(prefix).inserted { result.append(prefix) }
            }
        }
        return result
    }
}
