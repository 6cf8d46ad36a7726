#!/usr/bin/env bash
# Installs the system libraries that asr is built with (Debian, Ubuntu), and the packages that are named. Does nothing when all are there.
# Without root and without sudo it prints the line to run and exits 1.
# Nothing else is changed: the script checks for Swift, but never installs it.
set -euo pipefail

packages=(libsndfile1-dev libfftw3-dev libdnnl-dev libsoxr-dev zlib1g-dev "$@")
swift_minimum=6.1

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

swift_version() {
    swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1
}

# 1. Swift.
command -v swift >/dev/null 2>&1 ||
    fail "asr: the Swift compiler is missing: install Swift ${swift_minimum} or later from https://www.swift.org/install/linux/ and put it on PATH"
version=$(swift_version)
if [ -n "$version" ] && [ "$(printf '%s\n' "$swift_minimum" "$version" | sort -V | head -n 1)" != "$swift_minimum" ]; then
    fail "asr: Swift $version is too old: install Swift ${swift_minimum} or later from https://www.swift.org/install/linux/"
fi

# 2. Which packages are missing?
command -v dpkg-query >/dev/null 2>&1 || {
    # No Debian package manager: ask for the libraries themselves.
    absent=()
    for header in sndfile.h fftw3.h dnnl.h soxr.h zlib.h; do
        echo "#include <$header>" | clang -fsyntax-only -x c - 2>/dev/null || absent+=("$header")
    done
    [ ${#absent[@]} -eq 0 ] && exit 0
    fail "asr: this script knows Debian and Ubuntu only. Install the development packages that provide: ${absent[*]}" \
        "(libsndfile, FFTW 3 in single precision, oneDNN 2.6 or later, libsoxr, zlib)"
}
missing=()
for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

# 3. Install them.
install=(apt-get install -y --no-install-recommends "${missing[@]}")
if [ "$(id -u)" -eq 0 ]; then
    as_root=(env)
elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=(sudo)
else
    fail "asr: these packages are missing: ${missing[*]}" "Run this line as root, then try again:" \
        "    apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
fi
echo "asr: installing ${missing[*]}" >&2
# The package lists are fetched where there are none, or where they turn out to be too old.
update() { "${as_root[@]}" apt-get update >&2; }
compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" >&2 || {
    update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" >&2
} || fail "asr: apt-get could not install ${missing[*]}: see its message above"
