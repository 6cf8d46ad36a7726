import FoundationEssentials
import Glibc
import Pictures

/// Draws a log-mel spectrogram: time to the right, frequency upwards, loudness as brightness, all with their units.
public struct SpectrogramPicture {
    private let spectrogram: Spectrogram
    private let configuration: FrontendConfiguration
    private let title: String

    /// Columns of the plot: short recordings are widened to the smallest number, long ones averaged to the largest.
    private static let plotWidths = 960...2_000
    /// Rows of the plot, about; each mel bin has a whole number of them.
    private static let plotHeight = 480
    /// What is shown below the loudest value, in dB.
    private static let range = 80.0
    private static let margins = (left: 108, top: 64, right: 148, bottom: 84)  // pixels
    private static let capHeights = (title: 16.0, label: 14.0, tick: 13.0)  // pixels

    /// - Parameters:
    ///   - spectrogram: as `LogMelSpectrogram` made it, not normalised.
    ///   - configuration: the settings it was made with: they give the axes.
    ///   - title: stands above the plot.
    public init(_ spectrogram: Spectrogram, configuration: FrontendConfiguration, title: String) {
        precondition(
            spectrogram.melBinCount == configuration.melBinCount,
            "SpectrogramPicture: \(spectrogram.melBinCount) mel bins with settings for \(configuration.melBinCount)")
        self.spectrogram = spectrogram
        self.configuration = configuration
        self.title = title
    }

    /// The picture as the bytes of a PNG file.
    public var png: Data { PNGFile.encoded(image) }

    private var plotWidth: Int {
        min(Self.plotWidths.upperBound, max(Self.plotWidths.lowerBound, spectrogram.frameCount))
    }
    private var rowsPerBin: Int { max(1, Self.plotHeight / spectrogram.melBinCount) }

    var image: IndexedImage {
        let height = rowsPerBin * spectrogram.melBinCount
        let columns = Self.margins.left..<Self.margins.left + plotWidth
        let rows = Self.margins.top..<Self.margins.top + height
        var image = IndexedImage(
            width: columns.upperBound + Self.margins.right, height: rows.upperBound + Self.margins.bottom,
            palette: ColourScale.palette, inkRange: ColourScale.inkRange)
        image.drawText(
            title, x: Double(columns.lowerBound), y: Double(rows.lowerBound) - 26, capHeight: Self.capHeights.title)
        drawPlot(levels, on: &image, columns: columns, rows: rows)
        drawTimeAxis(on: &image, columns: columns, rows: rows)
        drawFrequencyAxis(on: &image, columns: columns, rows: rows)
        drawScale(on: &image, left: columns.upperBound + 24, rows: rows)
        return image
    }

    // MARK: Values

    /// Power in dB, `[column, melBin]`, where 0 dB is the power 1 of the frontend: samples of -1...1 for whisper, of 16 bits
    /// for Kaldi.
    private var levels: [Double] {
        let frameCount = spectrogram.frameCount
        guard frameCount > 0 else { return [] }
        let melBinCount = spectrogram.melBinCount
        return (0..<plotWidth).flatMap { column -> [Double] in
            let first = column * frameCount / plotWidth
            let last = max(first + 1, (column + 1) * frameCount / plotWidth)
            return (0..<melBinCount).map { bin in
                let sum = (first..<last).reduce(0.0) { $0 + Double(spectrogram.values[$1 * melBinCount + bin]) }
                return decibels(sum / Double(last - first))
            }
        }
    }

    private func decibels(_ value: Double) -> Double {
        switch configuration.kind {
        case .whisper: 10 * (4 * value - 4)  // value = (log10 power + 4) / 4
        case .kaldi: 10 / Glibc.log(10) * value  // value = ln power
        }
    }

    private func drawPlot(_ levels: [Double], on image: inout IndexedImage, columns: Range<Int>, rows: Range<Int>) {
        let melBinCount = spectrogram.melBinCount
        // Nothing but one value, as in silence, is dark, not bright.
        let (lowest, highest) = (levels.min() ?? 0, levels.max() ?? 0)
        let loudest = highest > lowest ? highest : highest + Self.range
        image.fill(columns: columns, rows: rows, with: 0)
        for column in 0..<(levels.count / max(1, melBinCount)) {
            for bin in 0..<melBinCount {
                let fraction = 1 + (levels[column * melBinCount + bin] - loudest) / Self.range
                let top = rows.upperBound - (bin + 1) * rowsPerBin
                image.fill(
                    columns: columns.lowerBound + column..<columns.lowerBound + column + 1,
                    rows: top..<top + rowsPerBin,
                    with: ColourScale.colour(fraction))
            }
        }
        image.frame(columns: columns, rows: rows)
    }

    // MARK: Axes

    private func drawTimeAxis(on image: inout IndexedImage, columns: Range<Int>, rows: Range<Int>) {
        let duration = Double(spectrogram.frameCount) * configuration.hopInSeconds
        let ink = image.inkRange.upperBound
        if duration > 0 {
            let step = AxisTicks.step(duration, count: Double(columns.count) / 110)
            for index in 0...Int(duration / step + 1e-9) {
                let seconds = Double(index) * step
                let x = columns.lowerBound + min(columns.count - 1, Int(seconds / duration * Double(columns.count)))
                image.fill(columns: x..<x + 1, rows: rows.upperBound + 1..<rows.upperBound + 8, with: ink)
                image.drawText(
                    AxisTicks.text(seconds, step: step), x: Double(x), y: Double(rows.upperBound) + 28,
                    capHeight: Self.capHeights.tick, alignment: .centre)
            }
        }
        image.drawText(
            "Time (s)", x: Double(columns.lowerBound + columns.upperBound) / 2, y: Double(rows.upperBound) + 62,
            capHeight: Self.capHeights.label, alignment: .centre)
    }

    private func drawFrequencyAxis(on image: inout IndexedImage, columns: Range<Int>, rows: Range<Int>) {
        let scale: MelFilterbank.Scale = configuration.kind == .whisper ? .slaney : .htk
        let centres = MelFilterbank(configuration).centreFrequencies.map { scale.mel(fromHertz: $0) }
        let firstMel = scale.mel(fromHertz: configuration.frequencyRange.lowerBound)
        let melPerBin = centres[0] - firstMel
        var lowestFree = Double(rows.upperBound) + 20
        for frequency in [
            0.0, 125, 250, 500, 1_000, 1_500, 2_000, 3_000, 4_000, 6_000, 8_000, 12_000, 16_000, 24_000, 32_000,
        ] {
            // The centre of bin 0 is in the middle of the lowest row of bins.
            let bins = (scale.mel(fromHertz: frequency) - centres[0]) / melPerBin + 0.5
            let y = Double(rows.upperBound) - bins * Double(rowsPerBin)
            guard y >= Double(rows.lowerBound) - Double(rowsPerBin), y <= Double(rows.upperBound) + Double(rowsPerBin),
                lowestFree - y >= 20
            else { continue }
            lowestFree = y
            let row = min(rows.upperBound - 1, max(rows.lowerBound, Int(y)))
            image.fill(
                columns: columns.lowerBound - 8..<columns.lowerBound - 1, rows: row..<row + 1,
                with: image.inkRange.upperBound)
            image.drawText(
                "\(Int(frequency))", x: Double(columns.lowerBound) - 14, y: Double(row) + 6.5,
                capHeight: Self.capHeights.tick, alignment: .right)
        }
        image.drawText(
            "Frequency (Hz)", x: 32, y: Double(rows.lowerBound + rows.upperBound) / 2, capHeight: Self.capHeights.label,
            alignment: .centre, isUpright: true)
    }

    /// The legend of the colours: decibels below the loudest value.
    private func drawScale(on image: inout IndexedImage, left: Int, rows: Range<Int>) {
        let columns = left..<left + 22
        for row in rows {
            let fraction = 1 - (Double(row - rows.lowerBound) + 0.5) / Double(rows.count)
            image.fill(columns: columns, rows: row..<row + 1, with: ColourScale.colour(fraction))
        }
        image.frame(columns: columns, rows: rows)
        for level in stride(from: 0, through: Self.range, by: 20) {
            let row = rows.lowerBound + min(rows.count - 1, Int(level / Self.range * Double(rows.count)))
            image.fill(
                columns: columns.upperBound + 1..<columns.upperBound + 8, rows: row..<row + 1,
                with: image.inkRange.upperBound)
            image.drawText(
                level == 0 ? "0" : "-\(Int(level))", x: Double(columns.upperBound) + 14, y: Double(row) + 6.5,
                capHeight: Self.capHeights.tick)
        }
        image.drawText(
            "Level (dB, loudest = 0)", x: Double(columns.upperBound) + 82,
            y: Double(rows.lowerBound + rows.upperBound) / 2, capHeight: Self.capHeights.label, alignment: .centre,
            isUpright: true)
    }
}
