#!/bin/sh
# Trains on LibriSpeech train-clean-5 alone and evaluates on the LibriSpeech dev speakers.
#
#   recipes/librispeech-mini.sh DATA-FOLDER OUTPUT-FOLDER [asr train options]
#
# DATA-FOLDER holds LibriSpeech/{train-clean-5,extra-4-speakers}. After an interruption, call it again with
# --resume to continue.
set -eu
if [ $# -lt 2 ]; then
    echo "usage: $0 DATA-FOLDER OUTPUT-FOLDER [asr train options]" >&2
    exit 64
fi
recipes=$(cd "$(dirname "$0")" && pwd)
speech=$1/LibriSpeech
output=$2
shift 2
asr=${ASR:-$recipes/../.build/release/asr}

"$asr" train --config "$recipes/librispeech-mini.yaml" --output "$output" --train "$speech/train-clean-5" \
    --dev "$speech/extra-4-speakers/5652" "$speech/extra-4-speakers/8226" "$@"
for beam in 1 10; do
    "$asr" evaluate "$speech/extra-4-speakers/5652" "$speech/extra-4-speakers/8226" --model "$output" --beam-size "$beam"
done
