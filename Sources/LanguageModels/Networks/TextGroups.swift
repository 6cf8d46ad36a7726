extension Array where Element: Collection {
    /// Texts of ascending length in groups that a network reads at once: as many in each as fit when all are as long as its last one, with one
    /// more token.
    package func grouped(tokensAtOnce limit: Int) -> [[Element]] {
        var groups: [[Element]] = []
        for text in self {
            if let last = groups.last, (last.count + 1) * (text.count + 1) <= limit {
                groups[groups.count - 1].append(text)
            } else {
                groups.append([text])
            }
        }
        return groups
    }
}
