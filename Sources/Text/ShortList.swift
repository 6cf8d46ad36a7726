/// The first 20 items of a list on one line, and how many more there are.
package func shortList(_ items: [String]) -> String {
    items.prefix(20).joined(separator: " ") + (items.count > 20 ? " and \(items.count - 20) more" : "")
}
