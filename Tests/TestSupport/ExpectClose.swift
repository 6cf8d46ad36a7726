import Testing

/// Expects that two sequences of numbers agree within `absolute + relative * |expected|`, element by element.
///
/// A failure prints the largest difference, where it is, and the first five pairs that differ.
public func expectClose(
    _ actual: [Float], _ expected: [Float], absolute: Float = 0, relative: Float = 0,
    _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual.count == expected.count else {
        Issue.record("\(what): \(actual.count) values, expected \(expected.count)", sourceLocation: sourceLocation)
        return
    }
    var worst: (index: Int, difference: Float)?
    var failing: [Int] = []
    for index in actual.indices {
        let difference = abs(actual[index] - expected[index])
        let same = actual[index] == expected[index] || (actual[index].isNaN && expected[index].isNaN)
        if same || difference <= absolute + relative * abs(expected[index]) { continue }
        failing.append(index)
        if worst == nil || !(difference <= worst!.difference) { worst = (index, difference) }
    }
    guard let worst else { return }
    let pairs = failing.prefix(5).map { "[\($0)] \(actual[$0]) != \(expected[$0])" }.joined(separator: ", ")
    Issue.record(
        "\(what): \(failing.count) of \(actual.count) values differ, largest difference \(worst.difference) at \(worst.index); \(pairs)",
        sourceLocation: sourceLocation)
}
