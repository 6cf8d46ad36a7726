#!/bin/sh
# Trains on read Mandarin and about as much synthesised speech in each pass, on the layers of Whisper tiny.en; adds a language model of the sentences;
# evaluates on its dev set, in Chinese characters, and transcribes 让机器学习语言; 机器学习 is in none of the sentences.
#
#   apt-get install espeak-ng sox
#   recipes/mandarin.sh DATA-FOLDER OUTPUT-FOLDER [asr train options]
#
# DATA-FOLDER holds common-voice-zh/{train,dev}.tsv and text/sentences-zh.txt.gz, the sentences to be spoken (into OUTPUT-FOLDER/synthesised).
# After an interruption, call it again with --resume to continue.
set -eu
if [ $# -lt 2 ]; then
    echo "usage: $0 DATA-FOLDER OUTPUT-FOLDER [asr train options]" >&2
    exit 64
fi
recipes=$(cd "$(dirname "$0")" && pwd)
speech=$1/common-voice-zh
sentences=$1/text/sentences-zh.txt.gz
output=$2
shift 2
asr=${ASR:-$recipes/../.build/release/asr}

synthesised=$output/synthesised/synthesised.jsonl
[ -e "$synthesised" ] || "$recipes/../scripts/synthesise-speech.sh" zh "$sentences" 12000 "$output/synthesised"

# Three tenths of the synthesised sentences come in each pass: about as many hours as there are recordings.
"$asr" train --config "$recipes/mandarin.yaml" --output "$output" --dev "$speech/dev.tsv" \
    --set "data.train=[{path: \"$speech/train.tsv\"}, {path: \"$synthesised\", weight: 0.3}]" "$@"
[ -e "$output/language-model" ] || "$asr" train-lm --text "$sentences" --vocabulary "$output" --output "$output/language-model"
"$asr" evaluate "$speech/dev.tsv" --model "$output" --ctc-weight 0.3 --no-lm --normalizer chinese
"$asr" evaluate "$speech/dev.tsv" --model "$output" --ctc-weight 0.5 --lm-weight 0.35 --normalizer chinese
# A voice that was not learned from.
espeak-ng -v cmn-latn-pinyin -s 130 -w "$output/ji-qi-xue-xi.wav" 让机器学习语言
"$asr" transcribe "$output/ji-qi-xue-xi.wav" --model "$output" --ctc-weight 0.3 --no-lm
