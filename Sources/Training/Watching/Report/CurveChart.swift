import Evaluation
import Files
import Glibc
import Pictures

/// Curves over steps or hours, as an SVG picture inside a page: it takes its colours from the page's style.
struct CurveChart {
    /// How values stand on the vertical axis.
    enum Scale {
        case linear
        /// For positive values; others are left out.
        case logarithmic
    }

    let title: String
    /// What the values are, behind the title.
    let unit: String
    let curves: [Curve]
    var scale = Scale.linear
    /// Whether the vertical axis begins at 0 however far the values are from it.
    var startsAtZero = false
    /// What lies along the horizontal axis: `steps`, `hours`.
    let horizontalUnit: String
    /// Where the horizontal axis ends; above 0.
    let horizontalEnd: Double
    /// Where alerts are marked on the horizontal axis.
    var marks: [Double] = []

    private static let (width, height) = (480.0, 264.0)
    private static let plot = (left: 58.0, top: 10.0, right: 470.0, bottom: 222.0)

    /// The picture with its heading and legend.
    var html: String {
        let legend = curves.indices.map { "<span><i class=\"c\($0 + 1)\"></i>\(curves[$0].name)</span>" }
        return """
            <figure class="chart"><figcaption><b>\(title)</b> <span class="dim">\(unit)</span>\
            <span class="names">\(curves.count > 1 ? legend.joined() : "")</span></figcaption>
            \(svg)</figure>

            """
    }

    private var svg: String {
        let points = curves.flatMap(\.points).filter { isDrawn($0.y) }
        let label = "\(title) over \(horizontalUnit)"
        var parts = [
            "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\" aria-label=\"\(label)\">"
        ]
        if points.isEmpty {
            parts.append(text("no values yet", x: (Self.plot.left + Self.plot.right) / 2, y: 120, anchor: "middle"))
        } else {
            let xRange = 0...horizontalEnd
            let yRange = verticalRange(points)
            parts.append(axes(xRange, yRange))
            let clip = "clip-\(title)-\(horizontalUnit)".filter { $0 != " " }
            parts.append(
                """
                <clipPath id="\(clip)"><rect x="\(Self.plot.left)" y="\(Self.plot.top - 3)" \
                width="\(Self.plot.right - Self.plot.left + 4)" height="\(Self.plot.bottom - Self.plot.top + 6)"/>\
                </clipPath><g clip-path="url(#\(clip))">
                """)
            for mark in marks {
                let x = position(mark, xRange)
                parts.append("<path class=\"mark\" d=\"M\(x) \(Self.plot.top)V\(Self.plot.bottom)\"/>")
            }
            for (index, curve) in curves.enumerated() {
                parts.append(draw(curve, colour: "c\(index + 1)", xRange, yRange))
            }
            parts.append("</g>")
        }
        return parts.joined(separator: "\n") + "\n</svg>"
    }

    private func isDrawn(_ value: Double) -> Bool { value.isFinite && (scale == .linear || value > 0) }

    // MARK: Axes

    /// In round numbers, and from 0 where the values come near it; values are not negative.
    private func verticalRange(_ points: [Curve.Point]) -> ClosedRange<Double> {
        let (lowest, highest) = (points.map(\.y).min()!, points.map(\.y).max()!)
        switch scale {
        case .logarithmic:
            let bottom = points.map(\.range.lowerBound).filter { $0 > 0 }.min() ?? lowest
            return bottom / 1.15...highest * 1.15
        case .linear:
            let bottom = startsAtZero || lowest < 0.5 * highest ? 0 : lowest
            let step = AxisTicks.step(max(highest - bottom, highest * 0.02, 1e-12), count: 5)
            let first = (bottom / step).rounded(.down) * step
            return first...max(first + step, (highest / step).rounded(.up) * step)
        }
    }

    private func axes(_ xRange: ClosedRange<Double>, _ yRange: ClosedRange<Double>) -> String {
        var parts: [String] = []
        for (value, label) in verticalTicks(yRange) {
            let y = height(value, yRange)
            parts.append("<path class=\"rule\" d=\"M\(Self.plot.left) \(y)H\(Self.plot.right)\"/>")
            parts.append(text(label, x: Self.plot.left - 7, y: y + 4.5, anchor: "end"))
        }
        let smallestStep: Double = horizontalUnit == "steps" ? 1 : 0
        let step = max(smallestStep, AxisTicks.step(xRange.upperBound, count: 6))
        for index in 0...Int(xRange.upperBound / step + 1e-9) {
            let value = Double(index) * step
            parts.append(
                text(
                    AxisTicks.text(value, step: step), x: position(value, xRange), y: Self.plot.bottom + 19,
                    anchor: "middle"))
        }
        parts.append("<path class=\"axis\" d=\"M\(Self.plot.left) \(Self.plot.bottom)H\(Self.plot.right)\"/>")
        parts.append(
            text(
                horizontalUnit, x: (Self.plot.left + Self.plot.right) / 2, y: Self.plot.bottom + 37, anchor: "middle"))
        return parts.joined(separator: "\n")
    }

    private func verticalTicks(_ range: ClosedRange<Double>) -> [(value: Double, label: String)] {
        switch scale {
        case .linear:
            let step = AxisTicks.step(range.upperBound - range.lowerBound, count: 5)
            let first = Int((range.lowerBound / step).rounded(.up))
            return (first...max(first, Int(range.upperBound / step + 1e-9))).map {
                (Double($0) * step, AxisTicks.text(Double($0) * step, step: step))
            }
        case .logarithmic:
            let decades = Int(floor(log10(range.lowerBound)))...Int(floor(log10(range.upperBound)))
            let digits: [Double] = decades.count > 3 ? [1] : [1, 2, 5]
            return decades.flatMap { decade in digits.map { $0 * pow(10, Double(decade)) } }
                .filter { range.contains($0) }
                .map { ($0, AxisTicks.text($0, step: pow(10, floor(log10($0) + 1e-9)))) }
        }
    }

    // MARK: Curves

    private func draw(
        _ curve: Curve, colour: String, _ xRange: ClosedRange<Double>, _ yRange: ClosedRange<Double>
    ) -> String {
        let points = curve.points.filter { isDrawn($0.y) }
        var parts: [String] = []
        func path(_ points: [(x: Double, y: Double)]) -> String {
            points.map { "\(position($0.x, xRange)) \(height($0.y, yRange))" }.joined(separator: "L")
        }
        if points.contains(where: { $0.range.lowerBound < $0.range.upperBound }) {
            let above = points.map { ($0.x, $0.range.upperBound) }
            let below = points.reversed().map { ($0.x, $0.range.lowerBound) }
            parts.append("<path class=\"band \(colour)\" d=\"M\(path(above + below))Z\"/>")
        }
        if points.count > 1 {
            parts.append("<path class=\"line \(colour)\" d=\"M\(path(points.map { ($0.x, $0.y) }))\"/>")
        }
        if curve.hasDots || points.count == 1 {
            for point in points {
                let place = "cx=\"\(position(point.x, xRange))\" cy=\"\(height(point.y, yRange))\""
                let digits = horizontalUnit == "hours" ? 2 : 0
                let note = "\(curve.name) \(point.y.text(2)) at \(point.x.text(digits)) \(horizontalUnit)"
                parts.append("<circle class=\"dot \(colour)\" \(place) r=\"3\"><title>\(note)</title></circle>")
            }
        }
        return parts.joined(separator: "\n")
    }

    /// From the left, in units of the picture.
    private func position(_ x: Double, _ range: ClosedRange<Double>) -> String {
        (Self.plot.left + x / range.upperBound * (Self.plot.right - Self.plot.left)).text(1)
    }

    /// From the top, in units of the picture.
    private func height(_ y: Double, _ range: ClosedRange<Double>) -> Double {
        let (value, low, high) =
            scale == .linear
            ? (y, range.lowerBound, range.upperBound)
            : (log(max(y, range.lowerBound / 10)), log(range.lowerBound), log(range.upperBound))
        let place = Self.plot.bottom - (value - low) / (high - low) * (Self.plot.bottom - Self.plot.top)
        return (min(max(place, -500), 1_000) * 10).rounded() / 10
    }

    private func text(_ content: String, x: Double, y: Double, anchor: String) -> String {
        "<text x=\"\(x.text(1))\" y=\"\(y.text(1))\" text-anchor=\"\(anchor)\">\(content)</text>"
    }
    private func text(_ content: String, x: String, y: Double, anchor: String) -> String {
        "<text x=\"\(x)\" y=\"\(y.text(1))\" text-anchor=\"\(anchor)\">\(content)</text>"
    }
}
