#!/bin/sh
# Makes labelled speech from text with the synthesisers that Debian packages: many voices, rates and pitches.
#
#   apt-get install espeak-ng sox flite        (flite for English only)
#   scripts/synthesise-speech.sh en SENTENCES COUNT OUTPUT-FOLDER
#   scripts/synthesise-speech.sh zh SENTENCES COUNT OUTPUT-FOLDER
#   scripts/synthesise-speech.sh words LINES COUNT OUTPUT-FOLDER
#
# SENTENCES has one sentence a line and may be compressed (.gz). COUNT of them, or `all`, are drawn: English ones of
# 4 to 20 words without digits and abbreviations, Mandarin ones of 4 to 30 characters, because only these are certain to be spoken as
# they are written. `words` is English too: lines of one to five words in small letters, each as often as it is there.
#
# synthesised.jsonl  the recordings and what is said
# audio/             the recordings, 16 kHz
#
# Random choices come from a generator with a fixed seed: the same versions make the same files.
set -eu

if [ $# -ne 4 ]; then
    echo "usage: $0 en|zh|words SENTENCES COUNT OUTPUT-FOLDER" >&2
    exit 64
fi
language=$1
order="sort -u"
case $language in
    # Two or more letters a word, apostrophes inside words only: no lists, titles ("Mr."), initials or shouting.
    en) sentence="^[\"'A-Z]?[A-Z]?[a-z]+([,;:]? ([A-Z]?[a-z]+|[aI])('[a-z]+)?){3,19}[.!?]?$" ;;
    zh) sentence='^(\p{Han}|，|。|？|！){4,30}$' ;;
    words) sentence='^[a-z]+( [a-z]+){0,4}$' language=en order=sort ;;
    *) echo "$0: the language must be en, zh or words, not $language" >&2; exit 64 ;;
esac
programs="espeak-ng sox"
[ "$language" != en ] || programs="$programs flite"
for program in $programs; do
    command -v "$program" > /dev/null || { echo "$program is missing: apt-get install $programs" >&2; exit 1; }
done
case $3 in
    all | [1-9]*) ;;
    *) echo "$0: COUNT must be a number above 0, or all, not $3" >&2; exit 64 ;;
esac
abbreviations='(^|[^A-Za-z])(Mr|Mrs|Ms|Dr|St|Esq|Capt|Col|Gen|Prof|Rev|No|Vol|etc|viz)([^A-Za-z]|$)'

# espeak-ng speaks with its default voice, which is one of few, where it does not know a variant.
variants="m1 m2 m4 m5 m6 m7 m8 f1 f2 f3 f5 klatt klatt2 klatt3 klatt4 adam Alicia Andrea Andy Annie belinda benjamin
    boris caleb david ed edward Gene john Lee linda max Michael Mike paul rob robert steph victor zac"
for variant in $variants; do
    espeak-ng --voices=variant | grep -q "!v/$variant *\$" || {
        echo "espeak-ng has no variant $variant: see espeak-ng --voices=variant" >&2
        exit 1
    }
done
sentences=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
mkdir -p "$4/audio"
cd "$4"
list=synthesised.jsonl  # has this name when all recordings are made
rm -f "$list" "$list.part"

# One shell command a line for each recording, and its line in the list.
case $sentences in *.gz) gzip -dc "$sentences" ;; *) cat "$sentences" ;; esac | tr -d '\r' | LC_ALL=C.UTF-8 grep -P "$sentence" |
    LC_ALL=C grep -v -E "$abbreviations" | LC_ALL=C $order | LC_ALL=C awk -v list="$list" -v language="$language" \
    -v count="$3" -v variantNames="$(echo $variants)" '
    # A linear congruential generator: rand() is another in each awk.
    function random(count) {
        state = (state * 16807) % 2147483647
        return int(state / 2147483647 * count)
    }
    # A recording: the voice, rate and pitch are drawn, silence before and after as well.
    function synthesise(id, text,    speech, quoted) {
        quoted = text
        gsub(/\047/, "\047\\\047\047", quoted)
        if (language == "en" && random(3) == 0) {
            speech = sprintf("flite -voice %s --setf duration_stretch=%.2f --setf int_f0_target_mean=%d -t \047%s\047 -o $f.wav", \
                fliteVoices[random(fliteVoiceCount) + 1], 0.8 + random(50) / 100, 80 + random(120), quoted)
        } else {
            speech = sprintf("espeak-ng -v %s+%s -s %d -p %d -w $f.wav \047%s\047", accents[random(accentCount) + 1], \
                variants[random(variantCount) + 1], 120 + random(80), 20 + random(65), quoted)
        }
        printf "f=audio/%s; %s && sox -D $f.wav -b 16 $f.flac gain -n -6 rate 16000 pad %.2f %.2f && rm $f.wav\n", \
            id, speech, random(30) / 100, random(30) / 100
        gsub(/"/, "", text)
        printf "{\"audio_filepath\": \"audio/%s.flac\", \"text\": \"%s\"}\n", id, text > (list ".part")
    }
    BEGIN {
        state = 20170101
        # The voice cmn speaks the pinyin of many characters as if it were English.
        accentCount = split(language == "en" ? "en-us en-us en-us en-gb en-gb-x-rp en-gb-scotland en-gb-x-gbclan" : "cmn-latn-pinyin", accents, " ")
        fliteVoiceCount = split("awb kal16 slt rms", fliteVoices, " ")
        variantCount = split(variantNames, variants, " ")
    }
    { sentences[NR] = $0 }
    END {
        if (count == "all") count = NR
        if (NR == 0) {
            print "none of the sentences is certain to be spoken as it is written" > "/dev/stderr"
            exit 1
        }
        if (NR < count) {
            printf "only %d sentences are certain to be spoken as they are written: ask for fewer, or for all\n", NR > "/dev/stderr"
            exit 1
        }
        # The first `count` of a shuffle.
        for (i = 1; i <= count; i++) {
            j = i + random(NR - i + 1)
            drawn = sentences[j]
            sentences[j] = sentences[i]
            synthesise(language "-" i, drawn)
        }
    }' | tr '\n' '\0' | xargs -0 -r -n 1 -P "$(nproc)" sh -c
[ -e "$list.part" ] || exit 1
mv "$list.part" "$list"
wc -l "$list" >&2
