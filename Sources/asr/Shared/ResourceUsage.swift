import Glibc

/// What this process has used.
enum ResourceUsage {
    /// The largest resident memory so far, in units of 2^20 bytes.
    static var peakMemoryInMegabytes: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) / 1_024
    }
}
