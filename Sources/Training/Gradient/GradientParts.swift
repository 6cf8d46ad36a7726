import Autograd

/// The flat memory of gradients, cut into parts that are added up and sent by themselves, while the backward pass goes on: a part is ready
/// as soon as the gradients of all parameters in it are there.
package struct GradientParts: Sendable {
    /// Elements of the flat memory of each part.
    package let ranges: [Range<Int>]
    /// By the places of the parameters in their store: the parts that have elements of theirs.
    private let partsOfParameters: [[Int]]
    /// Of each part: how many parameters have elements in it.
    let parameterCounts: [Int]

    /// - Parameters:
    ///   - ranges: of the parameters that learn.
    ///   - isFrozen: which do not.
    package init(
        _ ranges: [Range<Int>], of store: ParameterStore, isFrozen: (Parameter) -> Bool = { _ in false }
    ) {
        self.ranges = ranges
        var counts = [Int](repeating: 0, count: ranges.count)
        // In the order of the memory, as the parameters are.
        let sorted = ranges.indices.sorted { ranges[$0].lowerBound < ranges[$1].lowerBound }
        var first = 0
        partsOfParameters = store.parameters.map { parameter in
            if isFrozen(parameter) { return [] }
            let elements = parameter.offset..<parameter.offset + parameter.count
            while first < sorted.count, ranges[sorted[first]].upperBound <= elements.lowerBound { first += 1 }
            let parts = Array(sorted[first...].prefix { ranges[$0].lowerBound < elements.upperBound })
            for part in parts { counts[part] += 1 }
            return parts
        }
        parameterCounts = counts
    }

    /// The parts that have elements of a parameter.
    func parts(of parameter: Parameter) -> [Int] { partsOfParameters[parameter.index] }
}
