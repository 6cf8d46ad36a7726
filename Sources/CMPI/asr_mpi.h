/// What asr asks of MPI, as a table of functions.
///
/// MPI's handles are macros that differ from one MPI to the next. So asr_mpi.c is compiled by itself, with the mpicc of the MPI in use
/// (`make mpi`), into a library that asr opens when mpirun has started it. Nothing else of asr depends on an MPI.
#pragma once
#include <stdint.h>

/// Changes with this file.
#define ASR_MPI_VERSION 2

/// A transfer that was started: an MPI_Request, which is a pointer or a number.
typedef uint64_t asr_mpi_request;

struct asr_mpi {
    int32_t version;
    /// Name and version of the MPI, for messages.
    const char *(*library)(void);
    /// Joins the other processes. Called once, by the thread that makes all other calls. 0, or MPI's error code.
    int (*initialize)(void);
    void (*finalize)(void);
    int (*rank)(void);
    int (*rank_count)(void);
    /// Gathers `counts[rank]` bytes of every rank, one after the other, on all ranks.
    void (*all_gather)(const void *own, int own_count, const int *counts, const int *offsets, void *all);
    /// Copies bytes of one rank to all others.
    void (*broadcast)(void *bytes, int count, int root);
    /// Starts to send bytes to, or to receive them from, a rank. Transfers between two ranks keep their order.
    asr_mpi_request (*start_send)(const void *bytes, int count, int rank);
    asr_mpi_request (*start_receive)(void *bytes, int count, int rank);
    /// Whether these transfers are done: then they are forgotten. They may make progress only during such calls.
    int (*are_done)(const asr_mpi_request *requests, int count);
    /// Waits until these transfers are done.
    void (*wait)(const asr_mpi_request *requests, int count);
};

/// The name of the function that the library has: `const struct asr_mpi *asr_mpi_table(void)`.
#define ASR_MPI_ENTRY "asr_mpi_table"
