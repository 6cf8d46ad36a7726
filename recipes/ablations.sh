#!/bin/sh
# Trains a small model on LibriSpeech train-clean-5 again and again, each time without one part of the recipe, or with more or less
# data, and prints the error rates of all on the LibriSpeech dev speakers. Every run hears the same hours of audio, repeats counted.
#
#   recipes/ablations.sh DATA-FOLDER OUTPUT-FOLDER [RUN...]
#
# DATA-FOLDER holds LibriSpeech, what recipes/english-small.sh reads, and for the run `synthesised` text/books.txt.gz and
# text/prompts-en.txt.gz, sentences to be spoken. Without RUN all runs are made,
# one after the other. After an interruption the same command continues; finished runs are not repeated.
set -eu
# Paths may have spaces: what is not quoted is split at line ends only.
IFS=$(printf '\n_')
IFS=${IFS%_}
if [ $# -lt 2 ]; then
    echo "usage: $0 DATA-FOLDER OUTPUT-FOLDER [RUN...]" >&2
    exit 64
fi
recipes=$(cd "$(dirname "$0")" && pwd)
asr=${ASR:-$recipes/../.build/release/asr}
data=$1
output=$2
speech=$data/LibriSpeech
train=$speech/train-clean-5
shift 2
[ $# -gt 0 ] || set -- all-parts no-spec-augment no-speed transformer no-average synthesised \
    hours-1.4 hours-2.7 hours-5.3 hours-17 no-ctc no-intermediate-ctc
mkdir -p "$output"

# learn NAME PATH... [--set KEY=VALUE...]: a finished model in OUTPUT-FOLDER/NAME, and its error rates.
learn() {
    name=$1
    shift
    if [ ! -e "$output/$name/finished" ]; then
        resume=
        [ ! -e "$output/$name/checkpoint.safetensors" ] || resume=--resume
        # shellcheck disable=SC2086 # an empty $resume is no argument
        "$asr" train --config "$recipes/ablations.yaml" --output "$output/$name" $resume \
            --dev "$speech/extra-4-speakers/5652" "$speech/extra-4-speakers/8226" --train "$@"
        touch "$output/$name/finished"
    fi
    # A CTC output that has learned nothing says nothing.
    weight=0.3
    [ "$name" != no-ctc ] || weight=0
    echo "$name:"
    "$asr" evaluate "$speech/extra-4-speakers/5652" "$speech/extra-4-speakers/8226" --model "$output/$name" --ctc-weight "$weight"
}

# The folders of the first so many speakers, of 28.
speakers() { find "$train" -mindepth 1 -maxdepth 1 -type d | LC_ALL=C sort | head -n "$1"; }

# curve NAME EPOCHS PATH... [--set KEY=VALUE...]: without masks and at half the rate, where a model begins to hear from any amount of data.
curve() {
    name=$1
    epochs=$2
    shift 2
    learn "$name" "$@" --set "stopping.epochs=$epochs" --set "stopping.evaluationInterval=$((epochs / 4))" \
        --set augmentation.specAugment.firstEpoch=1000 --set schedule.peakLearningRate=0.001 --set schedule.warmupSteps=2000
}

for run; do
    case $run in
    all-parts) learn all-parts "$train" ;;
    no-spec-augment) learn no-spec-augment "$train" --set augmentation.specAugment.firstEpoch=1000 ;;
    no-speed) learn no-speed "$train" --set 'augmentation.speedFactors=[1]' ;;
    # 15 layers have the parameters of 8 Conformer layers.
    transformer) learn transformer "$train" --set model.encoder.layer=transformer --set model.encoderLayerCount=15 \
        --set 'loss.intermediateCTCLayers=[8]' ;;
    no-average) learn no-average "$train" --set optimizer.averageDecay=0 ;;
    # Half of each pass is synthesised: 12 passes of twice the hours.
    synthesised)
        [ -e "$output/speech/synthesised.jsonl" ] || {
            { gzip -dc "$data/text/books.txt.gz"; gzip -dc "$data/text/prompts-en.txt.gz"; } > "$output/sentences.txt"
            "$recipes/../scripts/synthesise-speech.sh" en "$output/sentences.txt" 4800 "$output/speech"
        }
        learn synthesised "$train" "$output/speech/synthesised.jsonl" --set stopping.epochs=12 --set stopping.evaluationInterval=3 \
            --set augmentation.specAugment.firstEpoch=3 ;;
    hours-1.4) curve hours-1.4 96 $(speakers 7) ;;
    hours-2.7) curve hours-2.7 48 $(speakers 14) ;;
    hours-5.3) curve hours-5.3 24 "$train" ;;
    hours-17) curve hours-17 7 "$train" "$speech/extra-4-speakers/4088" "$speech/extra-4-speakers/4406" \
        "$data/common-voice-en/train.tsv" "$data/kathleen-arctic" "$data/speechocean762/train" ;;
    # To be compared with hours-5.3.
    no-ctc) curve no-ctc 24 "$train" --set loss.ctcWeight=0 --set 'loss.intermediateCTCLayers=[]' --set evaluation.ctcWeight=0 ;;
    no-intermediate-ctc) curve no-intermediate-ctc 24 "$train" --set 'loss.intermediateCTCLayers=[]' ;;
    *) echo "$0: there is no run called $run" >&2; exit 64 ;;
    esac
done
