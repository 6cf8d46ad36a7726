#!/usr/bin/env bash
# Runs the tests under a sanitizer: scripts/sanitize.sh thread|address [--filter REGEX ...]
# Further arguments go to `swift test`. Suppressions, each with its reason, stand beside this script.
set -euo pipefail
cd "$(dirname "$0")/.."

sanitizer=${1:-}
case $sanitizer in
    thread | address) shift ;;
    *)
        echo "usage: scripts/sanitize.sh thread|address [arguments of swift test]" >&2
        exit 64
        ;;
esac

suppressions=$PWD/scripts/sanitizers/$sanitizer.supp
case $sanitizer in
    thread) export TSAN_OPTIONS="suppressions=$suppressions halt_on_error=0 exitcode=66 allocator_may_return_null=1 ${TSAN_OPTIONS:-}" ;;
    address)
        export ASAN_OPTIONS="detect_leaks=1 exitcode=66 allocator_may_return_null=1 ${ASAN_OPTIONS:-}"
        export LSAN_OPTIONS="suppressions=$suppressions print_suppressions=0 ${LSAN_OPTIONS:-}"
        ;;
esac
# A build folder of its own: the objects differ from those of `make test`.
exec swift test -c release --disable-xctest --sanitize="$sanitizer" --scratch-path ".build/sanitize-$sanitizer" "$@"
