import FoundationEssentials
import Glibc

/// How many processors this process may use.
public enum ProcessorCount {
    /// Those that are there.
    public static var all: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Those that the system lets this process run on (`taskset`, control groups); all where it does not tell.
    public static var available: Int {
        guard let status = FileManager.default.contents(atPath: "/proc/self/status") else { return all }
        let key = "Cpus_allowed:"
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(key) }
        let bits = line?.dropFirst(key.utf8.count).reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        return max(1, min(bits ?? all, all))
    }
}
