#!/usr/bin/env bash
# Builds the example package in Swift and runs it: it must write what asr writes. (The examples in C and Python are run by the tests.)
# The package is built without optimisation, which takes a third of the time; the sums of asr are in C, and the same.
set -euo pipefail
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
clip=audio/sentence-awb.flac

"$swift" build -c release --product asr
"$swift" build --package-path Examples/swift --scratch-path .build/examples
expected=$(.build/release/asr transcribe "$clip" --model english)
found=$(ASR_MODELS=models .build/examples/debug/segments "$clip" english | cut -f 3)
[ "$found" = "$expected" ] || {
    printf 'the example wrote "%s" instead of "%s"\n' "$found" "$expected" >&2
    exit 1
}
echo "the example in Swift writes what asr writes"
