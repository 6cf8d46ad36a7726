import Autograd
import Configuration
import Datasets
import Files
import Models

/// The parameters that training leaves as they are: those whose names begin with one of some prefixes.
struct FrozenParameters {
    private let names: Set<String>

    /// - Parameter prefixes: whole parts of names: `encoder.layers.1` is not a prefix of `encoder.layers.10.norm.scale`.
    /// - Throws: `TrainingError` for a prefix that no name has, where nothing is left to learn, or where a new character could
    ///   not be learned.
    init(_ prefixes: [String], in model: SpeechTransformer, newCharacterCount: Int) throws {
        let all = model.parameters.parameters.map(\.name)
        func matches(_ name: String, _ prefix: String) -> Bool { name == prefix || name.hasPrefix(prefix + ".") }
        for prefix in prefixes where !all.contains(where: { matches($0, prefix) }) {
            let known = Self.prefixes(of: all)
            let first = known.filter { !$0.contains(".") }.joined(separator: ", ")
            let hint = nearestName(to: prefix, among: known).map { "did you mean \($0)?" } ?? "the parts are \(first)"
            throw TrainingError(
                "initialization.frozen: no parameter has a name that begins with \"\(prefix)\"; \(hint)")
        }
        names = Set(all.filter { name in prefixes.contains { matches(name, $0) } })
        if names.count == all.count { throw TrainingError("initialization.frozen: nothing is left to learn") }
        if newCharacterCount > 0, let frozen = model.tokenParameters.first(where: contains) {
            throw TrainingError(
                "initialization.frozen: \(frozen.name) has random rows for \(newCharacterCount) new characters, which could "
                    + "not be learned; do not freeze it")
        }
    }

    func contains(_ parameter: Parameter) -> Bool { names.contains(parameter.name) }

    /// How many learned values stay as they are.
    func count(in store: ParameterStore) -> Int { store.parameters.filter(contains).reduce(0) { $0 + $1.count } }

    /// Every name, and every beginning of one that ends before a point, in order.
    private static func prefixes(of names: [String]) -> [String] {
        var result: [String] = []
        var seen: Set<String> = []
        for name in names {
            let parts = name.split(separator: ".")
            for count in 1...parts.count {
                let prefix = parts.prefix(count).joined(separator: ".")
                if seen.insert(prefix).inserted { result.append(prefix) }
            }
        }
        return result
    }
}
