import Glibc

/// What has started this process as one of several, as the environment tells.
public struct Launcher: Sendable, Equatable {
    /// Its name, for messages.
    public let name: String
    /// How many processes it has started, on all machines.
    public let rankCount: Int
    /// The number of this one, from 0.
    public let rank: Int
    /// How many of them run on this machine; nil where that is not known.
    public let localRankCount: Int?

    /// - Parameter value: the value of a variable of the environment; nil where it is not set.
    /// - Returns: nil where nothing says that there are several processes.
    public init?(environment value: (String) -> String?) {
        func number(_ name: String) -> Int? { value(name).flatMap { Int($0) } }
        if let count = number("OMPI_COMM_WORLD_SIZE"), let rank = number("OMPI_COMM_WORLD_RANK") {  // Open MPI
            (name, rankCount, self.rank) = ("mpirun", count, rank)
            localRankCount = number("OMPI_COMM_WORLD_LOCAL_SIZE")
        } else if let count = number("PMI_SIZE"), let rank = number("PMI_RANK") {  // MPICH, Intel MPI
            (name, rankCount, self.rank) = ("mpiexec", count, rank)
            localRankCount = number("MPI_LOCALNRANKS")
        } else if let count = number("SLURM_STEP_NUM_TASKS"), let rank = number("SLURM_PROCID") {
            (name, rankCount, self.rank) = ("srun", count, rank)
            // "2(x3),1": as many on each of the first three machines, one on the fourth. Where they differ it is not known.
            let perMachine = value("SLURM_STEP_TASKS_PER_NODE")?.split(separator: ",") ?? []
            localRankCount = perMachine.count == 1 ? perMachine[0].split(separator: "(").first.flatMap { Int($0) } : nil
        } else {
            return nil
        }
        guard rankCount > 1 else { return nil }
    }

    /// What has started this process; nil where it is by itself.
    public static let current = Launcher { name in getenv(name).map { String(cString: $0) } }
}
