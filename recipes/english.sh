#!/bin/sh
# Trains English on the weights of Whisper tiny.en, without its 30 s windows, and evaluates it.
#
#   apt-get install espeak-ng sox flite
#   recipes/english.sh DATA-FOLDER OUTPUT-FOLDER
#
# DATA-FOLDER holds LibriSpeech/{train-clean-5,extra-4-speakers}, common-voice-en with the folder `unlabelled`, kathleen-arctic, speechocean762
# and text/{books,prompts-en}.txt.gz. The result is OUTPUT-FOLDER/english.
# After an interruption, call it again: it goes on where it was.
set -eu
if [ $# -ne 2 ]; then
    echo "usage: $0 DATA-FOLDER OUTPUT-FOLDER" >&2
    exit 64
fi
recipes=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$1" && pwd)
mkdir -p "$2"
output=$(cd "$2" && pwd)
asr=${ASR:-$recipes/../.build/release/asr}
scripts=$recipes/../scripts
speech=$data/LibriSpeech
dev="$speech/extra-4-speakers/5652 $speech/extra-4-speakers/8226 $data/common-voice-en/dev.tsv"
whisper=whisper-tiny.en-int8

# A tenth of the speakers of speechocean762 is kept apart: every tenth, from the sixth on.
ocean=$data/speechocean762
for part in train dev; do
    mkdir -p "$output/speechocean-$part"
    cut -d ' ' -f 2 "$ocean/train/utt2spk" | sort -u | awk -v part=$part '(NR % 10 == 6) == (part == "dev")' > "$output/speakers-$part"
    for file in text utt2spk wav.scp; do
        awk -v root="$ocean/" -v file=$file '
            FNR == 1 { input += 1 }
            input == 1 { kept[$1] = 1; next }
            input == 2 { if ($2 in kept) own[$1] = 1; next }
            $1 in own { if (file == "wav.scp") print $1, root $2; else print }
        ' "$output/speakers-$part" "$ocean/train/utt2spk" "$ocean/train/$file" > "$output/speechocean-$part/$file"
    done
done

# Labels in capitals get the style of Whisper's, which its decoder knows how to write.
"$asr" data label "$speech/train-clean-5" "$speech/extra-4-speakers/4088" "$speech/extra-4-speakers/4406" \
    --model $whisper --agree labels --fast --max-difference 0.3 --output "$output/librispeech"
"$asr" data label "$output/speechocean-train" --model $whisper --agree labels --fast --max-difference 1 --output "$output/speechocean"

labelled="$output/librispeech/labelled.jsonl $output/speechocean/labelled.jsonl $data/common-voice-en/train.tsv $data/kathleen-arctic"

# train FOLDER DATA... : with the settings of english.yaml, and those in $options.
train() {
    folder=$1
    shift
    "$asr" train --config "$recipes/english.yaml" --output "$output/$folder" --resume --train "$@" --dev $dev $options
}

# A first model of the labelled speech, which confirms what Whisper makes of the speech without labels. Labels with digits are dropped: the others spell numbers out.
# Its tokens are those that novels, sentences and labels have at least three times, with Whisper's rows of the embedding, which do not learn.
options="--set initialization.model=$whisper --set initialization.parts=[encoder,decoder] --set initialization.minimumTokenCount=3
    --set initialization.vocabularyText=[$data/text/books.txt.gz,$data/text/prompts-en.txt.gz]"
train first $labelled
"$asr" data label "$data/common-voice-en/unlabelled" --model $whisper --agree "$output/first" --fast --max-difference 0.2 \
    --output "$output/unlabelled"
grep -v '"text":"[^"]*[0-9]' "$output/unlabelled/labelled.jsonl" > "$output/unlabelled/words.jsonl"

# Single words and digits: synthesised ones, and those that the first model finds in sentences.
if [ ! -e "$output/words.jsonl" ]; then
    "$scripts/words-to-say.py" "$data/text/prompts-en.txt.gz" > "$output/words-to-say.txt"
    "$scripts/synthesise-speech.sh" words "$output/words-to-say.txt" all "$output/said-words"
    "$scripts/synthesise-speech.sh" en "$data/text/prompts-en.txt.gz" 1000 "$output/said-sentences"
    cut -d ' ' -f 2 "$output/speechocean-train/wav.scp" > "$output/recordings.txt"
    find "$data/kathleen-arctic/clips" -type f | sort >> "$output/recordings.txt"
    tail -n +2 "$data/common-voice-en/train.tsv" | cut -f 2 | head -n 2500 | sed "s|^|$data/common-voice-en/clips/|" >> "$output/recordings.txt"
    "$asr" transcribe --manifest "$output/recordings.txt" --model "$output/first" --beam-size 1 --format json --output-dir "$output/transcripts"
    "$scripts/isolated-words.py" "$output/transcripts" 3500 > "$output/words.jsonl"
fi

# The rows of the embedding are rounded to 4 bits before the second training, which gets used to that.
[ -e "$output/rounded" ] || "$asr" model convert "$output/first" --precision int8-fp4 --output "$output/rounded"
options="--set initialization.model=$output/rounded --set stopping.epochs=2"
train trained $labelled "$output/unlabelled/words.jsonl" "$output/said-words/synthesised.jsonl" "$output/said-sentences/synthesised.jsonl" \
    "$output/words.jsonl"

[ -e "$output/english" ] || "$asr" model convert "$output/trained" --precision int8-fp4 --output "$output/english"
# Fits the confidence of words.
"$asr" calibrate $dev --model "$output/english"

for set in "$speech/extra-4-speakers/5652 $speech/extra-4-speakers/8226" "$data/common-voice-en/dev.tsv" "$output/speechocean-dev"; do
    "$asr" evaluate $set --model "$output/english" --normalizer basic
done
