import Datasets
import Glibc

/// The memory of this machine: what surely does not fit is refused with a message, before the system ends the program.
enum MachineMemory {
    /// Bytes of all memory, used or not.
    static var byteCount: Double { Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE))) }

    /// - Parameters:
    ///   - bytes: at least so much is needed.
    ///   - what: who needs it, for the message: "8 parameters".
    ///   - remedy: what to choose instead.
    /// - Throws: `TrainingError` if this machine does not have it.
    static func require(_ bytes: Double, toTrain what: String, remedy: String) throws {
        guard bytes > byteCount else { return }
        func gigabytes(_ bytes: Double) -> Double { (bytes / 1e8).rounded() / 10 }
        throw TrainingError(
            "\(what) need \(gigabytes(bytes)) GB to be trained, and this machine has \(gigabytes(byteCount)) GB; \(remedy)"
        )
    }
}
