#!/bin/sh
# Trains on read English from the weights of Whisper tiny.en, adds a language model, and evaluates.
#
#   recipes/english-on-whisper.sh DATA-FOLDER OUTPUT-FOLDER
#
# DATA-FOLDER holds LibriSpeech/{train-clean-5,extra-4-speakers}, common-voice-en, kathleen-arctic, speechocean762 and
# text/{books,prompts-en}.txt.gz. The result is OUTPUT-FOLDER/english.
# After an interruption, call it again: it goes on where it was.
set -eu
if [ $# -ne 2 ]; then
    echo "usage: $0 DATA-FOLDER OUTPUT-FOLDER" >&2
    exit 64
fi
recipes=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$1" && pwd)
output=$2
asr=${ASR:-$recipes/../.build/release/asr}
speech=$data/LibriSpeech
dev="$speech/extra-4-speakers/5652 $speech/extra-4-speakers/8226"

# A tenth of the speakers of speechocean762 is kept apart: every tenth, from the sixth on.
ocean=$data/speechocean762
for part in train dev; do
    mkdir -p "$output/speechocean-$part"
    cut -d ' ' -f 2 "$ocean/train/utt2spk" | sort -u | awk -v part=$part '(NR % 10 == 6) == (part == "dev")' > "$output/speakers-$part"
    for file in text utt2spk wav.scp; do
        awk -v root="$ocean/" -v file=$file '
            FILENAME == ARGV[1] { kept[$1] = 1; next }
            FILENAME == ARGV[2] { if ($2 in kept) own[$1] = 1; next }
            $1 in own { if (file == "wav.scp") print $1, root $2; else print }
        ' "$output/speakers-$part" "$ocean/train/utt2spk" "$ocean/train/$file" > "$output/speechocean-$part/$file"
    done
done

"$asr" train --config "$recipes/english-on-whisper.yaml" --output "$output/trained" --resume \
    --train "$speech/train-clean-5" "$speech/extra-4-speakers/4088" "$speech/extra-4-speakers/4406" \
    "$data/common-voice-en/train.tsv" "$data/kathleen-arctic" "$output/speechocean-train" --dev $dev

"$asr" model convert "$output/trained" --precision int8 --output "$output/english"
"$asr" train-lm --text "$data/text/books.txt.gz" "$data/text/prompts-en.txt.gz" --vocabulary "$output/english" \
    --output "$output/english/language-model"
"$asr" tune --model "$output/english" --dev $dev "$data/common-voice-en/dev.tsv" --limit 120 --beam-size 10
# How far its words can be trusted.
"$asr" calibrate $dev "$data/common-voice-en/dev.tsv" --model "$output/english"

for set in "$dev" "$data/common-voice-en/dev.tsv" "$output/speechocean-dev"; do
    "$asr" evaluate $set --model "$output/english" --beam-size 10
done
