/// The alignment of sclite: substitution 4, insertion and deletion 3, the cheapest path.
///
/// The full matrix is kept as one byte a cell (the step that leads there), so memory is reference x hypothesis bytes.
struct WeightedMatrix: ~Copyable {
    static let substitutionCost: Int32 = 4
    static let insertionCost: Int32 = 3
    static let deletionCost: Int32 = 3

    private var steps: [EditOperation] = []
    private var distances: [Int32] = []

    /// Aligns and appends every step, from the last to the first.
    mutating func align(
        _ reference: UnsafeBufferPointer<Int32>, _ hypothesis: UnsafeBufferPointer<Int32>,
        reversedOperations: inout [EditOperation]
    ) {
        let width = reference.count + 1
        let cellCount = width * (hypothesis.count + 1)
        if steps.count < cellCount { steps = Array(repeating: .hit, count: cellCount) }
        if distances.count < width { distances = Array(repeating: 0, count: width) }
        distances[0] = 0
        for column in 1..<max(width, 1) {
            distances[column] = distances[column - 1] + Self.deletionCost
            steps[column] = .deletion
        }
        for row in 0..<hypothesis.count {
            var diagonal = distances[0]
            distances[0] += Self.insertionCost
            let offset = (row + 1) * width
            steps[offset] = .insertion
            for column in 0..<reference.count {
                let isEqual = reference[column] == hypothesis[row]
                var best = diagonal + (isEqual ? 0 : Self.substitutionCost)
                var step: EditOperation = isEqual ? .hit : .substitution
                diagonal = distances[column + 1]
                let inserted = diagonal + Self.insertionCost
                if inserted < best {
                    best = inserted
                    step = .insertion
                }
                let deleted = distances[column] + Self.deletionCost
                if deleted < best {
                    best = deleted
                    step = .deletion
                }
                distances[column + 1] = best
                steps[offset + column + 1] = step
            }
        }
        var column = reference.count
        var row = hypothesis.count
        while row > 0 || column > 0 {
            let step = steps[row * width + column]
            reversedOperations.append(step)
            if step != .insertion { column -= 1 }
            if step != .deletion { row -= 1 }
        }
    }
}
