#!/bin/sh
# Trains on read English and evaluates on the LibriSpeech dev speakers and on Common Voice dev.
#
#   recipes/english-small.sh DATA-FOLDER OUTPUT-FOLDER [asr train options]
#
# DATA-FOLDER holds LibriSpeech/{train-clean-5,extra-4-speakers}, common-voice-en, kathleen-arctic and speechocean762.
# The environment variable SETTINGS names another file of settings than recipes/english-small.yaml.
# After an interruption, call it again with --resume to continue.
set -eu
if [ $# -lt 2 ]; then
    echo "usage: $0 DATA-FOLDER OUTPUT-FOLDER [asr train options]" >&2
    exit 64
fi
recipes=$(cd "$(dirname "$0")" && pwd)
data=$1
output=$2
shift 2
asr=${ASR:-$recipes/../.build/release/asr}
speech=$data/LibriSpeech

"$asr" train --config "${SETTINGS:-$recipes/english-small.yaml}" --output "$output" \
    --train "$speech/train-clean-5" "$speech/extra-4-speakers/4088" "$speech/extra-4-speakers/4406" \
    "$data/common-voice-en/train.tsv" "$data/kathleen-arctic" "$data/speechocean762/train" \
    --dev "$speech/extra-4-speakers/5652" "$speech/extra-4-speakers/8226" "$@"
for beam in 1 10; do
    "$asr" evaluate "$speech/extra-4-speakers/5652" "$speech/extra-4-speakers/8226" --model "$output" --beam-size "$beam"
    "$asr" evaluate "$data/common-voice-en/dev.tsv" --model "$output" --beam-size "$beam"
done
# How far its words can be trusted; again once the model has a language model.
"$asr" calibrate "$speech/extra-4-speakers/5652" "$speech/extra-4-speakers/8226" "$data/common-voice-en/dev.tsv" --model "$output"
