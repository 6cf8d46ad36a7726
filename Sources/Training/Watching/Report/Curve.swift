/// Values over steps or hours, ready to be drawn.
struct Curve {
    /// A value, or the mean of neighbouring ones with the range that they had.
    struct Point: Equatable {
        var x: Double
        var y: Double
        var range: ClosedRange<Double>
    }

    let name: String
    let points: [Point]
    /// Whether each value is marked: for few values.
    let hasDots: Bool

    /// More points than this are not told apart on a screen.
    private static let largestCount = 300

    /// A curve of single values.
    init(_ name: String, _ values: [(x: Double, y: Double)], hasDots: Bool) {
        self.name = name
        self.hasDots = hasDots
        points = values.map { Point(x: $0.x, y: $0.y, range: $0.y...$0.y) }
    }

    /// A curve of many values: neighbours are joined until few enough are left.
    init(_ name: String, joining values: [(x: Double, y: Double)]) {
        self.name = name
        hasDots = false
        let size = max(1, (values.count + Self.largestCount - 1) / Self.largestCount)
        points = stride(from: 0, to: values.count, by: size).map { start in
            let part = values[start..<min(start + size, values.count)]
            let ys = part.map(\.y)
            return Point(
                x: part.reduce(0) { $0 + $1.x } / Double(part.count), y: ys.reduce(0, +) / Double(ys.count),
                range: ys.min()!...ys.max()!)
        }
    }
}
