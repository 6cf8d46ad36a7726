#!/usr/bin/env bash
# Installs the package of `make deb` into a fresh Debian 12 in a folder, and uses it there: test-deb.sh FOLDER. Needs root, debootstrap and network;
# a folder that holds a Debian already is used as it is.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:?name a folder for the system}

[ -e "$folder/etc/debian_version" ] || debootstrap --variant=minbase bookworm "$folder"
mkdir -p "$folder/proc" "$folder/sample"
mountpoint -q "$folder/proc" || mount -t proc proc "$folder/proc"
trap 'umount "$folder/proc"' EXIT
cp .build/asr_*.deb audio/*.flac audio/*.wav Examples/python/transcribe.py "$folder/sample"
inside() { chroot "$folder" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }

inside apt-get update -qq
inside sh -c 'apt-get install -y -qq --no-install-recommends /sample/asr_*.deb > /dev/null'
inside asr --version
text=$(inside asr transcribe /sample/sentence-awb.flac)
[ "$text" = "It is easy to tell the depth of the well." ] || {
    echo "it wrote \"$text\"" >&2
    exit 1
}
inside asr transcribe /sample/sentence-awb.flac --model english --format srt
inside asr model list
inside apt-get install -y -qq --no-install-recommends python3 > /dev/null
inside python3 /sample/transcribe.py /sample/sentence-espeak.wav
inside apt-get remove -y -qq asr > /dev/null
[ ! -e "$folder/usr/bin/asr" ] && [ ! -e "$folder/usr/share/asr" ]
echo "installed, used and removed"
