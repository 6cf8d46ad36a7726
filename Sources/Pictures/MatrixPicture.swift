import FoundationEssentials

/// Draws a matrix as it is, without axes: each value a rectangle, 0 dark, 1 and more bright.
package struct MatrixPicture {
    private let values: [Float]
    private let rowCount: Int
    private let columnCount: Int

    /// Pixels that the picture has at least.
    private static let (smallestWidth, smallestHeight) = (320, 200)

    /// - Parameters:
    ///   - values: [row, column], not negative; NaN and infinity are drawn as 0.
    ///   - rowCount: rows, the first at the top; at least 1.
    ///   - columnCount: at least 1.
    package init(_ values: [Float], rowCount: Int, columnCount: Int) {
        precondition(
            values.count == rowCount * columnCount && !values.isEmpty,
            "MatrixPicture: \(values.count) values for [\(rowCount), \(columnCount)]")
        self.values = values
        self.rowCount = rowCount
        self.columnCount = columnCount
    }

    /// Pixels of a value from left to right, and from top to bottom.
    private var columnWidth: Int { (Self.smallestWidth + columnCount - 1) / columnCount }
    private var rowHeight: Int { (Self.smallestHeight + rowCount - 1) / rowCount }

    /// In pixels.
    package var width: Int { columnCount * columnWidth }
    /// In pixels.
    package var height: Int { rowCount * rowHeight }

    /// The picture as the bytes of a PNG file.
    package var png: Data {
        var image = IndexedImage(
            width: width, height: height, palette: ColourScale.palette, inkRange: ColourScale.inkRange)
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                let value = values[row * columnCount + column]
                image.fill(
                    columns: column * columnWidth..<(column + 1) * columnWidth,
                    rows: row * rowHeight..<(row + 1) * rowHeight,
                    with: ColourScale.colour(value.isFinite ? Double(min(1, value)) : 0))
            }
        }
        return PNGFile.encoded(image)
    }
}
