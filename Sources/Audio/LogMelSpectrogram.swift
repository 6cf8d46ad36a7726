import CKernels
import Glibc

/// Computes log-mel spectrograms: how loud each band of pitch is, 100 times a second.
///
/// Samples in windows of 25 ms -> power spectrum -> mel filters -> logarithm, as openai/whisper or Kaldi define them
/// (`FrontendConfiguration.Kind`). One instance serves any number of threads; the result does not depend on them.
public final class LogMelSpectrogram: @unchecked Sendable {
    public let configuration: FrontendConfiguration
    private let transform: RealFourierTransform
    /// `[windowLength]`, for Kaldi including the factor from -1...1 to 16-bit samples.
    private let window: [Float]
    private let filters: PaddedFilters
    private let kernels: mel_kernels

    /// Power below which whisper sees silence.
    static let whisperPowerFloor: Float = 1e-10
    /// Decades below the loudest value of the recording at which whisper cuts off.
    static let whisperRange: Float = 8
    static let kaldiPreemphasis: Float = 0.97
    static let kaldiSampleScale = 32_768.0
    static let kaldiPoveyExponent = 0.85

    /// Which kernels are used: `plain`, `avx2` or `avx512`.
    public let kernelsName: String

    /// - Parameters:
    ///   - configuration: the settings; they are validated.
    ///   - kernels: `plain`, `avx2` or `avx512`, for tests and comparisons; nil for those in use.
    /// - Throws: `FrontendError` for settings that cannot work, and for kernels that the processor lacks.
    public init(configuration: FrontendConfiguration, kernels name: String? = nil) throws(FrontendError) {
        try configuration.validate()
        guard let kernels = name.map({ kernel_table_named($0) }) ?? kernel_table_in_use() else {
            throw FrontendError("frontend: no kernels '\(name ?? "")' on this processor; use plain")
        }
        self.configuration = configuration
        self.kernels = kernels.pointee.mel
        kernelsName = String(cString: kernels.pointee.name)
        transform = RealFourierTransform(size: configuration.fftSize)
        window = Self.window(configuration)
        filters = PaddedFilters(MelFilterbank(configuration))
    }

    /// The features of a recording, `[frame, melBin]`.
    ///
    /// Any length will do: too short for one frame (`FrontendConfiguration.frameCount`) gives none.
    ///
    /// - Throws: `FrontendError` if the waveform has another sample rate than the configuration.
    public func callAsFunction(_ waveform: Waveform) throws(FrontendError) -> Spectrogram {
        guard waveform.sampleRate == configuration.sampleRate else {
            throw FrontendError(
                "frontend: audio at \(waveform.sampleRate) Hz for features at \(configuration.sampleRate) Hz; resample it first"
            )
        }
        let frameCount = configuration.frameCount(sampleCount: waveform.samples.count)
        let melBinCount = configuration.melBinCount
        let values = [Float](unsafeUninitializedCapacity: frameCount * melBinCount) { buffer, initializedCount in
            func zeros(_ count: Int) -> [Float] { [Float](repeating: 0, count: frameCount > 0 ? count : 0) }
            let (before, behind) = (
                zeros(configuration.leadingSilenceLength), zeros(configuration.trailingSilenceLength)
            )
            let samples =
                before.isEmpty && behind.isEmpty ? waveform.samples : before + waveform.samples + behind
            samples.withUnsafeBufferPointer { samples in
                melEnergies(
                    of: samples, offset: centringOffset, frameCount: frameCount, into: buffer.baseAddress!)
            }
            if frameCount > 0 { compress(buffer.baseAddress!, count: frameCount * melBinCount) }
            initializedCount = frameCount * melBinCount
        }
        return Spectrogram(values: values, frameCount: frameCount, melBinCount: melBinCount)
    }

    /// How many samples before the recording the first frame begins: Whisper centres its frames on multiples of the hop.
    var centringOffset: Int { configuration.kind == .whisper ? configuration.fftSize / 2 : 0 }

    /// The logarithms of the power in each mel bin before Whisper cuts off what is far below the loudest of them,
    /// `[frame, melBin]`, and the largest; the first frame begins with the first sample.
    ///
    /// - Precondition: the frames lie within the samples.
    func logPowers(of samples: UnsafeBufferPointer<Float>, frameCount: Int) -> (values: [Float], largest: Float) {
        precondition(configuration.kind == .whisper, "LogMelSpectrogram: features of Kaldi's kind have no cut-off")
        let count = frameCount * configuration.melBinCount
        var largest = -Float.greatestFiniteMagnitude
        let values = [Float](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            if frameCount > 0 {
                melEnergies(of: samples, offset: 0, frameCount: frameCount, into: buffer.baseAddress!)
                largest = logarithms(buffer.baseAddress!, count: count)
            }
            initializedCount = count
        }
        return (values, largest)
    }

    /// Makes features of logarithms of powers, in place, by the largest one of the recording.
    package func cutOff(_ logPowers: inout [Float], largest: Float) {
        logPowers.withUnsafeMutableBufferPointer { values in
            if let base = values.baseAddress { cutOff(base, count: values.count, largest: largest) }
        }
    }

    /// The power in each mel bin, `[frame, melBin]`; the first frame begins `offset` samples before the first one.
    private func melEnergies(
        of samples: UnsafeBufferPointer<Float>, offset: Int, frameCount: Int,
        into energies: UnsafeMutablePointer<Float>
    ) {
        let windowLength = configuration.windowLength
        let frame = AlignedBuffer(count: configuration.fftSize)
        let spectrum = AlignedBuffer(count: 2 * transform.binCount)
        let power = AlignedBuffer(count: transform.binCount + PaddedFilters.lanes)
        let edge = AlignedBuffer(count: windowLength)
        for index in 0..<frameCount {
            let start = index * configuration.hopLength - offset
            var frameSamples = samples.baseAddress! + max(0, start)
            if start < 0 || start + windowLength > samples.count {
                for i in 0..<windowLength { edge.pointer[i] = samples[Self.reflected(start + i, count: samples.count)] }
                frameSamples = UnsafePointer(edge.pointer)
            }
            switch configuration.kind {
            case .whisper:
                kernels.window(frameSamples, window, windowLength, frame.pointer)
            case .kaldi:
                kernels.window_preemphasised(frameSamples, window, windowLength, Self.kaldiPreemphasis, frame.pointer)
            }
            transform.execute(input: frame, output: spectrum)
            kernels.power(spectrum.pointer, transform.binCount, power.pointer)
            kernels.filter(
                power.pointer, filters.weights, filters.firstBins, filters.offsets, configuration.melBinCount,
                energies + index * configuration.melBinCount)
        }
    }

    /// Powers to logarithms, in place.
    private func compress(_ values: UnsafeMutablePointer<Float>, count: Int) {
        switch configuration.kind {
        case .whisper: cutOff(values, count: count, largest: logarithms(values, count: count))
        case .kaldi: _ = kernels.log(values, count, Float.ulpOfOne, 1)
        }
    }

    /// Decadic logarithms, in place; returns the largest.
    private func logarithms(_ values: UnsafeMutablePointer<Float>, count: Int) -> Float {
        kernels.log(values, count, Self.whisperPowerFloor, Float(1 / Glibc.log(10.0)))
    }

    private func cutOff(_ values: UnsafeMutablePointer<Float>, count: Int, largest: Float) {
        kernels.clamp(values, count, largest - Self.whisperRange, 0.25, 1)  // (x + 4) / 4
    }

    /// The index inside the recording that stands for one outside it: time runs backwards at either end, again and again
    /// where the recording is shorter than the part that is missing.
    static func reflected(_ index: Int, count: Int) -> Int {
        guard count > 1 else { return 0 }
        let period = 2 * (count - 1)
        let position = ((index % period) + period) % period
        return position < count ? position : period - position
    }

    /// `[windowLength]`: periodic Hann (whisper); symmetric Hann to the power 0.85 (Povey's window, kaldi).
    private static func window(_ configuration: FrontendConfiguration) -> [Float] {
        let length = configuration.windowLength
        return (0..<length).map { index in
            switch configuration.kind {
            case .whisper:
                return Float(0.5 - 0.5 * cos(2 * .pi * Double(index) / Double(length)))
            case .kaldi:
                let hann = 0.5 - 0.5 * cos(2 * .pi * Double(index) / Double(length - 1))
                return Float(pow(hann, kaldiPoveyExponent) * kaldiSampleScale)
            }
        }
    }
}

/// Mel filters as the kernel wants them: all weights in one array, those of each filter padded with zeros to whole vectors.
private struct PaddedFilters {
    static let lanes = 8
    var weights: [Float] = []
    /// `[melBin]`: the FFT bin of the first weight.
    var firstBins: [Int32] = []
    /// `[melBin + 1]`: where the weights of each filter begin; the last is where they all end.
    var offsets: [Int32] = [0]

    init(_ filterbank: MelFilterbank) {
        for filter in filterbank.filters {
            let paddedCount = (filter.weights.count + Self.lanes - 1) / Self.lanes * Self.lanes
            weights += filter.weights + [Float](repeating: 0, count: paddedCount - filter.weights.count)
            firstBins.append(Int32(filter.firstBin))
            offsets.append(Int32(weights.count))
        }
    }
}
