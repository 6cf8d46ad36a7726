#!/usr/bin/env bash
# Makes .build/asr_VERSION_ARCHITECTURE.deb of what `make release` has built. It installs where the libraries of the system that it was made on are:
# a package made on Debian 12 is for Debian 12.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

command -v dpkg-shlibdeps > /dev/null || {
    echo "asr: dpkg-shlibdeps is missing; install the package dpkg-dev" >&2
    exit 1
}
version=$(.build/install/release/asr --version)
architecture=$(dpkg --print-architecture)
folder=.build/deb
root=$folder/root
rm -rf "$folder"
mkdir -p "$root/DEBIAN" "$folder/debian"

make --no-print-directory install PREFIX=/usr DESTDIR="$root" > /dev/null
gzip -9n "$root"/usr/share/man/man1/*.1
install -m 644 LICENSE "$root/usr/share/doc/asr/copyright"
rm "$root/usr/share/doc/asr/LICENSE"
gzip -9nc CHANGELOG.md > "$root/usr/share/doc/asr/changelog.gz"

# Which packages hold the libraries that the two binaries are linked with.
printf 'Source: asr\n\nPackage: asr\nArchitecture: any\n' > "$folder/debian/control"
dependencies=$(cd "$folder" && dpkg-shlibdeps -O --ignore-missing-info root/usr/bin/asr root/usr/lib/libasr.so 2> /dev/null |
    sed -n 's/^shlibs:Depends=//p')

cat > "$root/DEBIAN/control" <<END
Package: asr
Version: $version
Architecture: $architecture
Maintainer: the authors of asr <root@localhost>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f 1)
Depends: $dependencies
Recommends: ffmpeg
Section: sound
Priority: optional
Description: speech to text on ordinary processors
 Writes down what is said in audio files, as text or subtitles, and trains
 and scores the models that do it. Needs no graphics card. Models for
 English are in the package.
END
package=.build/asr_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz -z2 --build "$root" "$package"
