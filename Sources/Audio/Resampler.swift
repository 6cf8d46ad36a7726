import CSoxr

/// Changes the sample rate of a stream of samples, with libsoxr's high-quality recipe (20 bits, linear phase).
///
/// Samples are given block by block with `process` and the rest fetched with `finish`; how the stream is cut into blocks
/// does not change the result. Equal rates pass samples through. Not for use by two threads at once.
public final class Resampler {
    /// Hz.
    public let inputRate: Int
    /// Hz.
    public let outputRate: Int
    private let handle: soxr_t?

    public init(from inputRate: Int, to outputRate: Int) throws(AudioError) {
        precondition(inputRate > 0 && outputRate > 0, "Resampler: from \(inputRate) Hz to \(outputRate) Hz")
        self.inputRate = inputRate
        self.outputRate = outputRate
        guard inputRate != outputRate else {
            handle = nil
            return
        }
        var error: soxr_error_t?
        var format = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I)
        var quality = soxr_quality_spec(UInt(SOXR_HQ), 0)
        var runtime = soxr_runtime_spec(1)
        handle = soxr_create(Double(inputRate), Double(outputRate), 1, &error, &format, &quality, &runtime)
        if handle == nil { throw failure(error) }
    }

    deinit { soxr_delete(handle) }

    /// How many samples come of so many: `inputCount * outputRate / inputRate`, rounded, halves upwards, as libsoxr computes it.
    public static func outputCount(inputCount: Int, from inputRate: Int, to outputRate: Int) -> Int {
        if inputRate == outputRate { return inputCount }
        return Int(Double(inputCount) / (Double(inputRate) / Double(outputRate)) + 0.5)
    }

    /// The samples at the output rate that the input so far determines, `[sample]`: the filter holds some back.
    public func process(_ samples: [Float]) throws(AudioError) -> [Float] {
        guard let handle else { return samples }
        guard !samples.isEmpty else { return [] }
        var output: [Float] = []
        var consumed = 0
        while consumed < samples.count {
            let capacity = outputCapacity(for: samples.count - consumed)
            var usedCount = 0
            var error: soxr_error_t?
            let block = [Float](unsafeUninitializedCapacity: capacity) { buffer, initializedCount in
                samples.withUnsafeBufferPointer { input in
                    error = soxr_process(
                        handle, input.baseAddress! + consumed, input.count - consumed, &usedCount,
                        buffer.baseAddress, capacity, &initializedCount)
                }
            }
            if error != nil { throw failure(error) }
            consumed += usedCount
            output += block
        }
        return output
    }

    /// What is left when the input has ended, `[sample]`. In all, `outputCount` samples.
    public func finish() throws(AudioError) -> [Float] {
        guard let handle else { return [] }
        var output: [Float] = []
        while true {
            var error: soxr_error_t?
            let block = [Float](unsafeUninitializedCapacity: 4_096) { buffer, initializedCount in
                error = soxr_process(handle, nil, 0, nil, buffer.baseAddress, buffer.count, &initializedCount)
            }
            if error != nil { throw failure(error) }
            if block.isEmpty { return output }
            output += block
        }
    }

    private func outputCapacity(for inputCount: Int) -> Int {
        Int(Double(inputCount) * Double(outputRate) / Double(inputRate)) + 1_024
    }

    private func failure(_ error: soxr_error_t?) -> AudioError {
        AudioError(
            .conversion, path: "resampling",
            reason: "from \(inputRate) Hz to \(outputRate) Hz failed ("
                + (error.map { String(cString: $0) } ?? "no reason given") + ")",
            hint: "convert the file to \(outputRate) Hz first")
    }
}
