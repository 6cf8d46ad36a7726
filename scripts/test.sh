#!/usr/bin/env bash
# Builds, and runs every test as this processor runs the program. Before that, with kernels that it would not choose itself: the
# quick tests with the plainest ones, and where there is AVX-512 every test as on a processor that has only AVX2.
set -euo pipefail
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}

# As `make demo` builds, whose modules are then there already: `swift test` by itself would build all of them with other flags.
"$swift" build -c release --build-tests
run() { "$swift" test -c release --skip-build --disable-xctest "$@"; }

quick='CKernelsTests|TensorsTests|AutogradTests|NeuralNetworkTests|AudioTests|ModelsTests|RecognitionTests'
echo "== Quick tests with the plain kernels"
ASR_KERNELS=plain ONEDNN_MAX_CPU_ISA=SSE41 run --filter "$quick"
if grep -qsw avx512f /proc/cpuinfo; then
    echo "== All tests with AVX2"
    ASR_KERNELS=avx2 ONEDNN_MAX_CPU_ISA=AVX2 run
fi
echo "== All tests"
run "$@"
