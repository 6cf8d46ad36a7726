/// The colours of pictures of numbers: `magma` from dark to bright, and shades of ink on paper.
package enum ColourScale {
    /// Numbers of colours for levels, from dark to bright, and for ink on paper.
    private static let levelCount = 192
    package static let inkRange: ClosedRange<UInt8> = 192...255

    package static func colour(_ fraction: Double) -> UInt8 {
        UInt8(min(Double(levelCount - 1), max(0, (fraction * Double(levelCount)).rounded(.down))))
    }

    /// Seventeen colours of `magma` by Nathaniel Smith and Stefan van der Walt (CC0), evenly spaced: their brightness rises
    /// evenly, in print and for the colour-blind too.
    private static let magma = [
        0x000004, 0x0A0822, 0x1D1147, 0x36106B, 0x51127C, 0x6A1C81, 0x832681, 0x9C2E7F, 0xB73779, 0xD0416F, 0xE75263,
        0xF56B5C, 0xFC8961, 0xFEA772, 0xFEC488, 0xFDE2A3, 0xFCFDBF,
    ].map { IndexedImage.Colour($0) }

    package static let palette: [IndexedImage.Colour] = {
        let levels = (0..<levelCount).map { index -> IndexedImage.Colour in
            let position = Double(index) / Double(levelCount - 1) * Double(magma.count - 1)
            let lower = min(magma.count - 2, Int(position))
            return magma[lower].mixed(with: magma[lower + 1], fraction: position - Double(lower))
        }
        let (paper, ink) = (IndexedImage.Colour(0xFFFFFF), IndexedImage.Colour(0x1B1E28))
        let shades = inkRange.map { paper.mixed(with: ink, fraction: Double($0 - inkRange.lowerBound) / 63) }
        return levels + shades
    }()
}
