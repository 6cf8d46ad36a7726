import FoundationEssentials

/// Draws a matrix as it is, without axes: each value a square, 0 dark, the largest bright.
public struct MatrixPicture {
    private let values: [Float]
    private let rowCount: Int
    private let columnCount: Int

    /// Pixels that the longer side has at least, if there is a value.
    private static let smallestLength = 320

    /// - Parameters:
    ///   - values: [row, column], not negative; what is no number is drawn as 0.
    ///   - rowCount: rows, the first at the top; at least 1.
    ///   - columnCount: at least 1.
    public init(_ values: [Float], rowCount: Int, columnCount: Int) {
        precondition(
            values.count == rowCount * columnCount && !values.isEmpty,
            "MatrixPicture: \(values.count) values for [\(rowCount), \(columnCount)]")
        self.values = values
        self.rowCount = rowCount
        self.columnCount = columnCount
    }

    /// Pixels along the side of the square of a value.
    private var scale: Int {
        let length = max(rowCount, columnCount)
        return (Self.smallestLength + length - 1) / length
    }

    /// In pixels.
    public var width: Int { columnCount * scale }
    /// In pixels.
    public var height: Int { rowCount * scale }

    /// The picture as the bytes of a PNG file.
    public var png: Data {
        var image = IndexedImage(
            width: width, height: height, palette: ColourScale.palette, inkRange: ColourScale.inkRange)
        let largest = values.lazy.filter(\.isFinite).max() ?? 0
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                let value = values[row * columnCount + column]
                image.fill(
                    columns: column * scale..<(column + 1) * scale, rows: row * scale..<(row + 1) * scale,
                    with: ColourScale.colour(value.isFinite && largest > 0 ? Double(value / largest) : 0))
            }
        }
        return PNGFile.encoded(image)
    }
}
