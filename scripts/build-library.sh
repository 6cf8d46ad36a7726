#!/usr/bin/env bash
# Makes .build/install/libasr.so, which needs no Swift where it is installed: build-library.sh. Run by `make release`, after the program is built.
set -euo pipefail
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
compiler=$(dirname "$(command -v "$swift")")/swiftc
static=$("$compiler" -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')_static/linux

"$swift" build -c release --product asr-c --static-swift-stdlib -Xlinker "-L$static" --scratch-path .build/install
# The package manager links Swift's shared libraries to a library, whatever it is asked for: here it is linked once more, with the static ones.
# Nothing but the functions of asr.h is seen from outside.
printf '{ global: asr_load; asr_transcribe; asr_free; asr_free_text; local: *; };\n' > .build/install/asr.map
"$compiler" -emit-library -static-stdlib -o .build/install/libasr.so @.build/install/release/asr-c.product/Objects.LinkFileList \
    -ldnnl -Xlinker -s -Xlinker -soname -Xlinker libasr.so -Xlinker --version-script -Xlinker .build/install/asr.map
