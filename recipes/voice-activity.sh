#!/bin/sh
# Trains the built-in detector of speech, on read English in noise and music.
#
#   recipes/voice-activity.sh DATA-FOLDER OUTPUT-FOLDER [asr vad train options]
#
# DATA-FOLDER holds LibriSpeech/train-clean-5 and common-voice-en/train.tsv. Noise is computed; music and sounds come from three packages of
# Debian, which apt-get fetches and which are unpacked into OUTPUT-FOLDER, not installed. scripts/compare-vad.py measures the result.
set -eu
if [ $# -lt 2 ]; then
    echo "usage: $0 DATA-FOLDER OUTPUT-FOLDER [asr vad train options]" >&2
    exit 64
fi
root=$(cd "$(dirname "$0")/.." && pwd)
asr=${ASR:-$root/.build/release/asr}
data=$1
mkdir -p "$2"
output=$(cd "$2" && pwd)
shift 2

if [ ! -e "$output/noise" ]; then
    (cd "$output" && apt-get download asc-music extremetuxracer-data sound-theme-freedesktop)
    for package in "$output"/*.deb; do
        name=$(basename "$package" | cut -d _ -f 1)
        dpkg-deb -x "$package" "$output/packages/$name"
        mkdir -p "$output/noise.part/$name"
        # What is spoken is no noise.
        find "$output/packages/$name" -type f \( -name '*.mp3' -o -name '*.og[ag]' -o -name '*.wav' \) ! -name 'audio-*' \
            -exec cp {} "$output/noise.part/$name" \;
    done
    mv "$output/noise.part" "$output/noise"
fi
"$asr" vad train "$data/LibriSpeech/train-clean-5" "$data/common-voice-en/train.tsv" --noise "$output/noise" \
    --output "$output/voice-activity" --steps 1200 --hours 7 "$@"
