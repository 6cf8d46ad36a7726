import CFFTW
import Synchronization

/// The discrete Fourier transform of real samples, by FFTW in single precision.
///
/// Plans are estimated, not measured: they cost a millisecond instead of a second, and they are the same on every run, as
/// are therefore the last bits of every feature.
final class RealFourierTransform: @unchecked Sendable {
    /// Real samples per transform.
    let size: Int
    /// Complex bins per transform: size / 2 + 1.
    var binCount: Int { size / 2 + 1 }
    private let plan: fftwf_plan

    /// FFTW's planner keeps global state; only execution may happen on several threads at once.
    private static let plannerLock = Mutex(())

    init(size: Int) {
        precondition(size > 0, "RealFourierTransform: size \(size)")
        self.size = size
        plan = Self.plannerLock.withLock { _ in
            // An estimated plan depends on the alignment of its buffers, not on the buffers themselves.
            let input = AlignedBuffer(count: size)
            let output = AlignedBuffer(count: 2 * (size / 2 + 1))
            return output.pointer.withMemoryRebound(to: fftwf_complex.self, capacity: size / 2 + 1) { bins in
                fftwf_plan_dft_r2c_1d(Int32(size), input.pointer, bins, UInt32(FFTW_ESTIMATE))
            }
        }!
    }

    deinit {
        Self.plannerLock.withLock { _ in fftwf_destroy_plan(plan) }
    }

    /// Transforms `[size]` samples into `[binCount, (re, im)]`. May be called by several threads with their own buffers.
    func execute(input: borrowing AlignedBuffer, output: borrowing AlignedBuffer) {
        precondition(
            input.count >= size && output.count >= 2 * binCount,
            "RealFourierTransform: buffers of \(input.count) and \(output.count) for size \(size)")
        output.pointer.withMemoryRebound(to: fftwf_complex.self, capacity: binCount) { bins in
            fftwf_execute_dft_r2c(plan, input.pointer, bins)
        }
    }
}

/// Zeroed floats at an address that suits the vector instructions of FFTW.
struct AlignedBuffer: ~Copyable {
    let pointer: UnsafeMutablePointer<Float>
    let count: Int

    init(count: Int) {
        self.count = count
        pointer = fftwf_alloc_real(count)
        pointer.initialize(repeating: 0, count: count)
    }

    deinit { fftwf_free(pointer) }
}
