import MessagePassing
import TestSupport
import Testing

@Suite struct LauncherTests {
    private static func launcher(_ environment: [String: String]) -> Launcher? { Launcher { environment[$0] } }

    // The variables are those that Open MPI 4.1, MPICH 4 and Slurm 22 set.
    @Test func knowsWhoStartedIt() throws {
        let openMPI = try #require(
            Self.launcher([
                "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_LOCAL_SIZE": "2",
                // mpirun in a Slurm job: its word counts.
                "SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "0",
            ]))
        #expect(openMPI.name == "mpirun" && openMPI.rankCount == 4 && openMPI.rank == 3 && openMPI.localRankCount == 2)
        let mpich = try #require(Self.launcher(["PMI_SIZE": "3", "PMI_RANK": "0", "MPI_LOCALNRANKS": "3"]))
        #expect(mpich.name == "mpiexec" && mpich.rankCount == 3 && mpich.localRankCount == 3)
        let slurm = try #require(
            Self.launcher(["SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "7", "SLURM_STEP_TASKS_PER_NODE": "4(x2)"]))
        #expect(slurm.name == "srun" && slurm.rankCount == 8 && slurm.rank == 7 && slurm.localRankCount == 4)
        let uneven = try #require(
            Self.launcher(["SLURM_STEP_NUM_TASKS": "5", "SLURM_PROCID": "0", "SLURM_STEP_TASKS_PER_NODE": "2(x2),1"]))
        #expect(uneven.localRankCount == nil)
    }

    /// A batch script of Slurm has the number of tasks too, but is one process.
    @Test func oneProcess() {
        #expect(Self.launcher([:]) == nil)
        #expect(Self.launcher(["SLURM_NTASKS": "4", "SLURM_PROCID": "0"]) == nil)
        #expect(Self.launcher(["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"]) == nil)
    }
}

/// What the tests of training rely on.
@Suite struct ThreadRanksTests {
    @Test(arguments: [1, 2, 5]) func everyoneGetsWhatEveryoneHas(count: Int) throws {
        let results = ThreadRanks.run(count) { communicator in
            var result: [[[UInt8]]] = []
            for round in 0..<50 { result.append(communicator.allGather([UInt8(communicator.rank), UInt8(round)])) }
            return result
        }
        for result in results {
            let expected = (0..<50).map { round in (0..<count).map { [UInt8($0), UInt8(round)] } }
            #expect(try result.get() == expected)
        }
    }

    @Test func transfersKeepTheirOrder() throws {
        let results = ThreadRanks.run(3) { communicator -> [UInt8] in
            let (next, previous) = ((communicator.rank + 1) % 3, (communicator.rank + 2) % 3)
            var received = [UInt8](repeating: 0, count: 4)
            let sent = (0..<4).map { UInt8(10 * communicator.rank + $0) }
            received.withUnsafeMutableBytes { received in
                sent.withUnsafeBytes { sent in
                    var transfers: [Transfer] = []
                    for index in 0..<4 {
                        transfers.append(
                            communicator.startReceive(.init(rebasing: received[index..<index + 1]), from: previous))
                        transfers.append(communicator.startSend(.init(rebasing: sent[index..<index + 1]), to: next))
                    }
                    communicator.wait(transfers)
                }
            }
            return received
        }
        #expect(try results.map { try $0.get() } == [[20, 21, 22, 23], [0, 1, 2, 3], [10, 11, 12, 13]])
    }
}
