import Glibc

/// A picture of at most 256 colours: numbers of colours in rows from the top.
package struct IndexedImage {
    package struct Colour: Equatable {
        var red: UInt8
        var green: UInt8
        var blue: UInt8

        /// From 0xRRGGBB.
        init(_ code: Int) {
            red = UInt8(code >> 16 & 0xFF)
            green = UInt8(code >> 8 & 0xFF)
            blue = UInt8(code & 0xFF)
        }

        /// The colour a fraction of the way from this one to another.
        func mixed(with other: Colour, fraction: Double) -> Colour {
            func mix(_ from: UInt8, _ to: UInt8) -> UInt8 {
                let mixed = Double(from) + (Double(to) - Double(from)) * fraction
                return UInt8(mixed.rounded())
            }
            var result = self
            result.red = mix(red, other.red)
            result.green = mix(green, other.green)
            result.blue = mix(blue, other.blue)
            return result
        }
    }

    package let width: Int
    package let height: Int
    package let palette: [Colour]
    /// The numbers of the colours from paper to ink, for soft edges of lines and letters.
    package let inkRange: ClosedRange<UInt8>
    /// `[row, column]`, indices into the palette.
    var pixels: [UInt8]

    /// A blank sheet in the first colour of `inkRange`.
    package init(width: Int, height: Int, palette: [Colour], inkRange: ClosedRange<UInt8>) {
        self.width = width
        self.height = height
        self.palette = palette
        self.inkRange = inkRange
        pixels = Array(repeating: inkRange.lowerBound, count: width * height)
    }

    /// Fills a rectangle with one colour of the palette.
    package mutating func fill(columns: Range<Int>, rows: Range<Int>, with colour: UInt8) {
        for row in rows {
            for column in columns { pixels[row * width + column] = colour }
        }
    }

    /// Draws the one-pixel frame around a rectangle, in ink.
    package mutating func frame(columns: Range<Int>, rows: Range<Int>) {
        let ink = inkRange.upperBound
        fill(
            columns: columns.lowerBound - 1..<columns.upperBound + 1, rows: rows.lowerBound - 1..<rows.lowerBound,
            with: ink)
        fill(
            columns: columns.lowerBound - 1..<columns.upperBound + 1, rows: rows.upperBound..<rows.upperBound + 1,
            with: ink)
        fill(columns: columns.lowerBound - 1..<columns.lowerBound, rows: rows, with: ink)
        fill(columns: columns.upperBound..<columns.upperBound + 1, rows: rows, with: ink)
    }

    /// What the position given for a text means.
    package enum Alignment { case left, centre, right }

    /// Draws a line of text.
    ///
    /// - Parameters:
    ///   - x, y: where the base line is at the alignment's point, in pixels from the top left.
    ///   - capHeight: the height of capital letters in pixels.
    ///   - isUpright: true for text that reads from bottom to top.
    package mutating func drawText(
        _ text: String, x: Double, y: Double, capHeight: Double, alignment: Alignment = .left, isUpright: Bool = false
    ) {
        let scale = capHeight / StrokeFont.capHeight
        let length = StrokeFont.width(text) * scale
        var advance =
            switch alignment {
            case .left: 0.0
            case .centre: -length / 2
            case .right: -length
            }
        let halfWidth = 0.062 * capHeight
        for character in text {
            let glyph = StrokeFont.glyph(character)
            for stroke in glyph.strokes where stroke.count > 1 {
                let points = stroke.map { point -> (Double, Double) in
                    let (along, down) = (advance + point.x * scale, point.y * scale)
                    return isUpright ? (x + down, y - along) : (x + along, y + down)
                }
                for (from, to) in zip(points, points.dropFirst()) { drawSegment(from, to, halfWidth: halfWidth) }
            }
            advance += glyph.advance * scale
        }
    }

    /// Draws a line with round ends and soft edges; where strokes overlap the darker one counts.
    private mutating func drawSegment(_ from: (Double, Double), _ to: (Double, Double), halfWidth: Double) {
        let reach = halfWidth + 1
        let columns = Int(min(from.0, to.0) - reach)...Int(max(from.0, to.0) + reach)
        let rows = Int(min(from.1, to.1) - reach)...Int(max(from.1, to.1) + reach)
        let (dx, dy) = (to.0 - from.0, to.1 - from.1)
        let squaredLength = max(dx * dx + dy * dy, 1e-12)
        for row in rows.clamped(to: 0...height - 1) {
            for column in columns.clamped(to: 0...width - 1) {
                let (px, py) = (Double(column) + 0.5 - from.0, Double(row) + 0.5 - from.1)
                let along = min(1, max(0, (px * dx + py * dy) / squaredLength))
                let distance = hypot(px - along * dx, py - along * dy)
                let coverage = min(1, max(0, 0.5 + halfWidth - distance))
                let shade = inkRange.lowerBound + UInt8((coverage * Double(inkRange.count - 1)).rounded())
                let index = row * width + column
                if coverage > 0, shade > pixels[index] { pixels[index] = shade }
            }
        }
    }
}
