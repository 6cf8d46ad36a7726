#!/usr/bin/env bash
# Trains with one to four processes under mpirun, and checks that the weights are the same bits. Needs Open MPI.
set -euo pipefail
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}

"$swift" build -c release --build-tests
make --no-print-directory .build/release/libasr-mpi.so

# Containers are often root, and have fewer processors than there are processes here. Open MPI would bind two threads to one processor.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export ASR_TEST_MPIRUN="mpirun --oversubscribe --bind-to none"
"$swift" test -c release --skip-build --disable-xctest --filter MPITests "$@"
