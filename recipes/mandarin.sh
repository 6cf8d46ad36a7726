#!/bin/sh
# Trains on read Mandarin, beginning with the weights of the built-in English model, and evaluates on its dev set, in Chinese characters.
#
#   recipes/mandarin.sh DATA-FOLDER OUTPUT-FOLDER [asr train options]
#
# DATA-FOLDER holds common-voice-zh/{train,dev}.tsv. Interrupted, it goes on where it was when it is called again with --resume.
set -eu
if [ $# -lt 2 ]; then
    echo "usage: $0 DATA-FOLDER OUTPUT-FOLDER [asr train options]" >&2
    exit 64
fi
recipes=$(cd "$(dirname "$0")" && pwd)
speech=$1/common-voice-zh
output=$2
shift 2
asr=${ASR:-$recipes/../.build/release/asr}

"$asr" train --config "$recipes/mandarin.yaml" --output "$output" --train "$speech/train.tsv" --dev "$speech/dev.tsv" "$@"
for beam in 1 10; do
    "$asr" evaluate "$speech/dev.tsv" --model "$output" --beam-size "$beam" --ctc-weight 0.5 --normalizer chinese
done
