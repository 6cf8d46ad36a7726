#!/bin/sh
# The built-in model, models/digits: spoken digits, one and several, of people and of synthesisers.
#
#   recipes/digits.sh FSDD-FOLDER OUTPUT-FOLDER
#
# Needs Debian's espeak-ng, flite and sox. The program is .build/release/asr (`make build`), or what the environment variable
# ASR names.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: $0 FSDD-FOLDER OUTPUT-FOLDER" >&2
    exit 64
fi
root=$(cd "$(dirname "$0")/.." && pwd)
asr=${ASR:-$root/.build/release/asr}
output=$2
lists=$output/lists
model=$output/model

"$root/scripts/prepare-digits.sh" "$1" "$lists"

# The clips of audio/ that say digits, of voices that are not learned from.
awk -F '\t' -v folder="$root/audio" '
    $2 ~ /^((zero|one|two|three|four|five|six|seven|eight|nine)( |$))+$/ {
        printf "{\"id\": \"%s\", \"audio_filepath\": \"%s/%s\", \"text\": \"%s\"}\n", $1, folder, $1, $2
    }' "$root/audio/transcripts.tsv" > "$lists/clips.jsonl"

"$asr" train --config "$root/recipes/digits.yaml" --set "augmentation.noise.folder=$lists/noise" \
    --train "$lists/fsdd/fit.jsonl" --train "$lists/synthesised.jsonl" --train "$lists/sequences.jsonl" \
    --dev "$lists/dev.jsonl" --output "$model"

for list in dev fsdd/test clips; do
    echo "$list:"
    "$asr" evaluate "$lists/$list.jsonl" --model "$model" --output "$output/results-$(basename "$list")"
done
