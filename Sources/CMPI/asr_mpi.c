// Compiled by `make mpi` with mpicc, not by the Swift package: see asr_mpi.h. Errors of MPI end all ranks with MPI's own message
// (MPI_ERRORS_ARE_FATAL, its default): a rank that is gone cannot be done without.
#include "asr_mpi.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(MPI_Request) <= sizeof(asr_mpi_request), "an MPI_Request has room in an asr_mpi_request");

enum { tag = 1 };

static const char *library(void) {
    static char name[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    MPI_Get_library_version(name, &length);
    return name;
}

static int initialize(void) {
    int provided = 0;
    // Other threads compute meanwhile; one thread calls MPI.
    const int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    if (code != MPI_SUCCESS) return code;
    return provided >= MPI_THREAD_FUNNELED ? 0 : MPI_ERR_OTHER;
}

static void finalize(void) { MPI_Finalize(); }

static int rank(void) {
    int value = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &value);
    return value;
}

static int rank_count(void) {
    int value = 0;
    MPI_Comm_size(MPI_COMM_WORLD, &value);
    return value;
}

static void all_gather(const void *own, int own_count, const int *counts, const int *offsets, void *all) {
    MPI_Allgatherv(own, own_count, MPI_BYTE, all, counts, offsets, MPI_BYTE, MPI_COMM_WORLD);
}

static void broadcast(void *bytes, int count, int root) { MPI_Bcast(bytes, count, MPI_BYTE, root, MPI_COMM_WORLD); }

static asr_mpi_request stored(MPI_Request request) {
    asr_mpi_request result = 0;
    memcpy(&result, &request, sizeof request);
    return result;
}

static asr_mpi_request start_send(const void *bytes, int count, int to) {
    MPI_Request request;
    MPI_Isend(bytes, count, MPI_BYTE, to, tag, MPI_COMM_WORLD, &request);
    return stored(request);
}

static asr_mpi_request start_receive(void *bytes, int count, int from) {
    MPI_Request request;
    MPI_Irecv(bytes, count, MPI_BYTE, from, tag, MPI_COMM_WORLD, &request);
    return stored(request);
}

static MPI_Request *unpacked(const asr_mpi_request *requests, int count) {
    MPI_Request *all = malloc((size_t)count * sizeof *all);
    if (!all) MPI_Abort(MPI_COMM_WORLD, 1);
    for (int index = 0; index < count; index++) memcpy(&all[index], &requests[index], sizeof *all);
    return all;
}

static int are_done(const asr_mpi_request *requests, int count) {
    if (count == 0) return 1;
    MPI_Request *all = unpacked(requests, count);
    int done = 0;
    // All of them or none: MPI leaves the requests as they are where some are not done.
    MPI_Testall(count, all, &done, MPI_STATUSES_IGNORE);
    free(all);
    return done;
}

static void wait_for(const asr_mpi_request *requests, int count) {
    if (count == 0) return;
    MPI_Request *all = unpacked(requests, count);
    MPI_Waitall(count, all, MPI_STATUSES_IGNORE);
    free(all);
}

const struct asr_mpi *asr_mpi_table(void) {
    static const struct asr_mpi table = {
        .version = ASR_MPI_VERSION,
        .library = library,
        .initialize = initialize,
        .finalize = finalize,
        .rank = rank,
        .rank_count = rank_count,
        .all_gather = all_gather,
        .broadcast = broadcast,
        .start_send = start_send,
        .start_receive = start_receive,
        .are_done = are_done,
        .wait = wait_for,
    };
    return &table;
}
