#!/bin/sh
# Makes the clips of audio/ and their table of transcripts, audio/transcripts.tsv.
#
# Needs Debian's flite, espeak-ng, sox and sndfile-programs (Debian 12: flite 2.2, espeak-ng 1.51, sox 14.4.2,
# libsndfile 1.2.0). The same versions make the same bits, except for the serial numbers inside the Ogg files.
# Neither the build nor the tests need this script: the clips are kept with the sources.
#
#   apt-get install flite espeak-ng sox sndfile-programs
#   scripts/make-sample-audio.sh [FOLDER]
set -eu

folder=${1:-$(dirname "$0")/../audio}
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
table=$folder/transcripts.tsv
printf 'path\tsentence\n' > "$table"

# speak VOICE TEXT: $work/speech.wav, at the synthesiser's own rate (flite 16000 Hz, espeak-ng 22050 Hz), 16 bits, mono.
speak() {
    case $1 in
    espeak) espeak-ng -v en-us -s 140 -w "$work/speech.wav" "$2" ;;
    *) flite -voice "$1" -t "$2" -o "$work/speech.wav" ;;
    esac
}

# clip FILE VOICE SENTENCE [SPOKEN]: one clip and its line in the table. SPOKEN is what the synthesiser gets instead, where
# punctuation should make it pause. -D: no dither, so that the same input gives the same bits.
clip() {
    speak "$2" "${4:-$3}"
    case $1 in
    *.opus) sndfile-convert -opus "$work/speech.wav" "$folder/$1" ;;
    *.ogg) sndfile-convert -vorbis "$work/speech.wav" "$folder/$1" ;;
    *) sox -D "$work/speech.wav" "$folder/$1" ;;
    esac
    printf '%s\t%s\n' "$1" "$3" >> "$table"
}

for voice in slt rms espeak; do
    for digit in zero one two three four five six seven eight nine; do
        clip "$digit-$voice.flac" "$voice" "$digit"
    done
done
clip digits-slt.flac slt "three one four one five" "three, one, four, one, five."
clip digits-rms.flac rms "two seven one eight two" "two, seven, one, eight, two."

clip sentence-slt.opus slt "the birch canoe slid on the smooth planks"
clip sentence-rms.ogg rms "glue the sheet to the dark blue background"
clip sentence-awb.flac awb "it is easy to tell the depth of a well"
clip sentence-espeak.wav espeak "four hours of steady work faced us"

# No speech: their transcript is empty.
sox -D -R -n -r 16000 -c 1 -b 16 "$folder/tone-440.flac" synth 1 sine 440 gain -6
sox -D -R -n -r 16000 -c 1 -b 16 "$folder/silence.flac" trim 0 1
