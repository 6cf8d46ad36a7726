#!/bin/sh
# Trains three networks of as many parameters, two million, for as many minutes on LibriSpeech train-clean-5, and prints the error rates of
# each on the LibriSpeech dev speakers: a recurrent one with additive attention, a Transformer and a Conformer. See
# docs/recurrent-or-attention.md.
#
#   recipes/recurrent-or-attention.sh DATA-FOLDER OUTPUT-FOLDER MINUTES [NETWORK...] [--set KEY=VALUE...]
#
# DATA-FOLDER holds LibriSpeech, what recipes/english-small.sh reads. Networks are lstm, transformer and conformer; without any all are
# trained, one after the other, with settings that are the same but for the network itself and its batches. A network that has a checkpoint goes on
# for so many minutes more; what is kept is the best model of the passes that it has finished.
set -eu
if [ $# -lt 3 ]; then
    echo "usage: $0 DATA-FOLDER OUTPUT-FOLDER MINUTES [NETWORK...] [--set KEY=VALUE...]" >&2
    exit 64
fi
recipes=$(cd "$(dirname "$0")" && pwd)
asr=${ASR:-$recipes/../.build/release/asr}
speech=$1/LibriSpeech
output=$2
minutes=$3
shift 3
networks=
while [ $# -gt 0 ]; do
    case $1 in
    lstm | transformer | conformer) networks="$networks $1" ;;
    -*) break ;;
    *) echo "$0: there is no network called $1" >&2; exit 64 ;;
    esac
    shift
done
mkdir -p "$output"

# learn NETWORK YAML [--set KEY=VALUE...]: trains for so many minutes, then the error rates.
learn() {
    name=$1
    config=$2
    shift 2
    resume=
    [ ! -e "$output/$name/checkpoint.safetensors" ] || resume=--resume
    status=0
    # Ctrl-C, at which asr writes a checkpoint and ends with 130; timeout itself ends with 124.
    # shellcheck disable=SC2086 # an empty $resume is no argument
    timeout --signal=INT "${minutes}m" "$asr" train --config "$recipes/$config" --output "$output/$name" $resume \
        --train "$speech/train-clean-5" --dev "$speech/extra-4-speakers/5652" "$speech/extra-4-speakers/8226" \
        --set evaluation.maximumUtterances=60 --set stopping.epochs=60 --set stopping.evaluationInterval=2 --set schedule.warmupSteps=1000 \
        --set batches.maximumFramesPerBatch=4000 --set batches.maximumFramesPerMicroBatch=2000 \
        --set 'augmentation.speedFactors=[1.0]' --set augmentation.specAugment.firstEpoch=15 "$@" || status=$?
    case $status in 0 | 124 | 130) ;; *) exit "$status" ;; esac
    if [ ! -e "$output/$name/model.safetensors" ]; then
        echo "$name: two passes, after which the dev speakers are heard for the first time, are not finished; call again for more minutes" >&2
        return
    fi
    echo "$name:"
    "$asr" evaluate "$speech/extra-4-speakers/5652" "$speech/extra-4-speakers/8226" --model "$output/$name"
}

# Recurrent networks learn best at a rate of 0.002. Without speed changes and, at first, masks all begin to listen sooner.
attention="--set model.transformer.modelDimension=96 --set model.transformer.feedForwardDimension=384 --set schedule.peakLearningRate=0.0015
    --set precision=float32"
for network in ${networks:-lstm transformer conformer}; do
    # shellcheck disable=SC2086 # several words
    case $network in
    lstm) learn lstm librispeech-mini-lstm.yaml --set model.transformer.modelDimension=200 --set schedule.peakLearningRate=0.002 "$@" ;;
    transformer) learn transformer ablations.yaml $attention --set model.encoder.layer=transformer --set model.encoderLayerCount=15 \
        --set 'loss.intermediateCTCLayers=[8]' "$@" ;;
    conformer) learn conformer ablations.yaml $attention "$@" ;;
    esac
done
