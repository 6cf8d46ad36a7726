/// The name most like a mistyped one, compared without regard to case; nil when none is near: more than a third of it, and more
/// than two, of its letters would have to change.
package func nearestName(to name: String, among names: [String]) -> String? {
    let distances = names.map { (name: $0, distance: letterChanges(Array(name.lowercased()), Array($0.lowercased()))) }
    guard let nearest = distances.min(by: { $0.distance < $1.distance }) else { return nil }
    return nearest.distance <= max(2, name.count / 3) ? nearest.name : nil
}

/// Levenshtein's distance: how many letters must be changed, added or removed.
private func letterChanges(_ from: [Character], _ to: [Character]) -> Int {
    var previous = Array(0...to.count)
    for (row, letter) in from.enumerated() {
        var current = [row + 1]
        for (column, other) in to.enumerated() {
            let changed = previous[column] + (letter == other ? 0 : 1)
            current.append(min(changed, previous[column + 1] + 1, current[column] + 1))
        }
        previous = current
    }
    return previous[to.count]
}
