#!/bin/sh
# Spoken digits: lists of the recordings, training, error rates.
#
#   recipes/fsdd.sh FSDD-FOLDER OUTPUT-FOLDER                         from random weights, the official split
#   recipes/fsdd.sh FSDD-FOLDER OUTPUT-FOLDER --leave-one-out         from random weights, each speaker by a model that has never heard them
#   recipes/fsdd.sh FSDD-FOLDER OUTPUT-FOLDER --leave-one-out MODEL   the same, each model starting from the weights of MODEL
#
# After an interruption the same command continues. The program is .build/release/asr (`make build`), or what the environment variable
# ASR names.
set -eu

if [ $# -lt 2 ] || [ $# -gt 4 ] || [ "${3:---leave-one-out}" != --leave-one-out ]; then
    echo "usage: $0 FSDD-FOLDER OUTPUT-FOLDER [--leave-one-out [MODEL]]" >&2
    exit 64
fi
root=$(cd "$(dirname "$0")/.." && pwd)
asr=${ASR:-$root/.build/release/asr}
output=$2
lists=$output/lists
model=${4:-}

# run NAME TRAIN DEV TEST: a model in OUTPUT-FOLDER/NAME, and its error rates.
run() {
    settings=fsdd.yaml
    [ -z "$model" ] || settings=fsdd-tune.yaml
    resume=
    [ ! -e "$output/$1/checkpoint.safetensors" ] || resume=--resume
    # shellcheck disable=SC2086 # an empty $resume is no argument
    "$asr" train --config "$root/recipes/$settings" ${model:+--init "$model"} --train "$lists/$2.jsonl" --dev "$lists/$3.jsonl" \
        --output "$output/$1" $resume
    "$asr" evaluate "$lists/$4.jsonl" --model "$output/$1" --by speaker --output "$output/$1-results"
}

"$root/scripts/prepare-fsdd.sh" "$1" "$lists"
if [ $# -eq 2 ]; then
    run model fit dev test
    exit
fi
for speaker in george jackson lucas nicolas theo yweweler; do
    run "without-$speaker" "without-$speaker" "dev-without-$speaker" "$speaker"
done
