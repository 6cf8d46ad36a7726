#!/bin/sh
# Makes what the built-in model learns from: spoken digits, one and several, of people and of synthesisers.
#
#   apt-get install espeak-ng flite sox
#   scripts/prepare-digits.sh FSDD-FOLDER OUTPUT-FOLDER
#
# fsdd/              what prepare-fsdd.sh writes
# synthesised.jsonl  single digits of many synthesised voices
# sequences.jsonl    two to six digits: synthesised ones, and recordings of one speaker of fsdd/fit.jsonl with pauses between
# dev.jsonl          fsdd/dev.jsonl, sequences of its recordings, espeak-ng variants that are in no other list, flite's kal
# audio/             the recordings of these lists, 8 kHz
# noise/             a minute each of white, pink and brown noise, to be mixed in
#
# The voices of the clips of audio/ are used (flite's slt and rms) or not (espeak-ng's en-us as it is); the recordings are never
# those of the clips: rate, pitch, words or level differ.
# What is drawn at random comes from a generator with a fixed seed: the same versions make the same files.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: $0 FSDD-FOLDER OUTPUT-FOLDER" >&2
    exit 64
fi
for program in espeak-ng flite sox; do
    command -v "$program" > /dev/null || { echo "$program is missing: apt-get install espeak-ng flite sox" >&2; exit 1; }
done
# espeak-ng speaks with its default voice, which is not to be used, where it does not know a variant.
variants="m1 m2 m4 m5 m6 m7 m8 f1 f2 f3 f5 klatt klatt2 klatt3 klatt4 croak adam Alicia Andrea Andy Annie belinda benjamin
    boris caleb david ed edward Gene john Lee linda max Michael Mike paul rob robert steph victor zac"
devVariants="m3 f4 Denis anika"
for variant in $variants $devVariants; do
    espeak-ng --voices=variant | grep -q "!v/$variant *\$" || {
        echo "espeak-ng has no variant $variant: see espeak-ng --voices=variant" >&2
        exit 1
    }
done
mkdir -p "$2/audio" "$2/noise"
output=$(cd "$2" && pwd)
"$(dirname "$0")/prepare-fsdd.sh" "$1" "$output/fsdd"

for color in white pink brown; do
    sox -R -n -r 16000 -b 16 "$output/noise/$color.flac" synth 60 "${color}noise" gain -12
done
for gap in 0.05 0.1 0.15 0.2 0.3 0.4 0.6 0.8; do
    sox -D -R -n -r 8000 -b 16 "$output/audio/gap-$gap.flac" trim 0 "$gap"
done

# One shell command a line for each recording, and its line in a list.
cat "$output/fsdd/fit.jsonl" "$output/fsdd/dev.jsonl" | LC_ALL=C awk -v output="$output" \
    -v variantNames="$(echo $variants)" -v devVariantNames="$devVariants" '
    # A linear congruential generator: rand() is another in each awk.
    function random(count) {
        state = (state * 16807) % 2147483647
        return int(state / 2147483647 * count)
    }
    function drawDigits(count,    i) {
        label = ""
        for (i = 1; i <= count; i++) {
            drawn[i] = words[random(10) + 1]
            label = label (i > 1 ? " " : "") drawn[i]
        }
    }
    function entry(list, id) {
        printf "{\"id\": \"%s\", \"audio_filepath\": \"audio/%s.flac\", \"text\": \"%s\"}\n", id, id, label > (output "/" list)
    }
    # A recording of a synthesiser: the voice, rate and pitch are drawn, silence before and after as well.
    function synthesised(list, id, isDev, count,    speech, spoken, i, cut, separator) {
        drawDigits(count)
        separator = random(3) ? ", " : " "
        spoken = ""
        for (i = 1; i <= count; i++) spoken = spoken (i > 1 ? separator : "") drawn[i]
        if (random(4) == 0) {
            speech = sprintf("flite -voice %s --setf duration_stretch=%.2f --setf int_f0_target_mean=%d -t \"%s\" -o $f", \
                isDev ? "kal" : fliteVoices[random(fliteVoiceCount) + 1], 0.7 + random(80) / 100, 80 + random(120), spoken)
        } else {
            speech = sprintf("espeak-ng -v %s+%s -s %d -p %d -g %d -w $f \"%s\"", accents[random(accentCount) + 1], \
                isDev ? devVariants[random(devVariantCount) + 1] : variants[random(variantCount) + 1], \
                100 + random(110), 20 + random(65), random(3) * random(8), spoken)
        }
        cut = random(2) ? "silence 1 0.01 0.3% reverse silence 1 0.01 0.3% reverse" : ""
        printf "f=%s/audio/%s.wav; %s && sox -D $f -b 16 %s/audio/%s.flac gain -6 rate 8000 %s pad %.2f %.2f && rm $f\n", \
            output, id, speech, output, id, cut, random(2) * random(40) / 100, random(2) * random(50) / 100
        entry(list, id)
    }
    # Recordings of one speaker, one after the other.
    function joined(list, id, set,    name, count, i, j, files) {
        name = speakers[random(speakerCount) + 1]
        count = 2 + random(5)
        files = label = ""
        for (i = 1; i <= count; i++) {
            j = random(recordingCount[set, name])
            files = files sprintf(" \"%s\"", recording[set, name, j])
            label = label (i > 1 ? " " : "") text[set, name, j]
            if (i < count) files = files sprintf(" %s/audio/gap-%s.flac", output, gaps[random(8) + 1])
        }
        printf "sox -D%s -b 16 %s/audio/%s.flac pad %.2f %.2f\n", files, output, id, \
            random(2) * random(40) / 100, random(2) * random(40) / 100
        entry(list, id)
    }
    BEGIN {
        state = 20170101
        split("zero one two three four five six seven eight nine", words, " ")
        split("0.05 0.1 0.15 0.2 0.3 0.4 0.6 0.8", gaps, " ")
        accentCount = split("en-us en-us en-us en-gb en-gb-scotland en-029 en-gb-x-rp en-gb-x-gbclan en-gb-x-gbcwmd", accents, " ")
        fliteVoiceCount = split("awb kal16 slt rms", fliteVoices, " ")
        variantCount = split(variantNames, variants, " ")
        devVariantCount = split(devVariantNames, devVariants, " ")
    }
    {
        split($0, part, "\"")
        match(part[4], /_[a-z]+_/)
        name = substr(part[4], RSTART + 1, RLENGTH - 2)
        index_ = part[4]
        sub(/.*_/, "", index_)
        set = index_ == 5 || index_ == 6 ? "dev" : "fit"
        if (!(name in seen)) { seen[name] = 1; speakers[++speakerCount] = name }
        j = recordingCount[set, name]++
        recording[set, name, j] = part[8]
        text[set, name, j] = part[12]
        if (set == "dev") print > (output "/dev.jsonl")
    }
    END {
        for (i = 1; i <= 2400; i++) synthesised("synthesised.jsonl", "synthesised-" i, 0, 1)
        for (i = 1; i <= 800; i++) synthesised("sequences.jsonl", "synthesised-sequence-" i, 0, 2 + random(5))
        for (i = 1; i <= 800; i++) joined("sequences.jsonl", "joined-" i, "fit")
        for (i = 1; i <= 80; i++) synthesised("dev.jsonl", "dev-synthesised-" i, 1, 1)
        for (i = 1; i <= 40; i++) synthesised("dev.jsonl", "dev-synthesised-sequence-" i, 1, 2 + random(5))
        for (i = 1; i <= 40; i++) joined("dev.jsonl", "dev-joined-" i, "dev")
    }' | tr '\n' '\0' | xargs -0 -n 1 -P "$(nproc)" sh -c
rm "$output"/audio/gap-*.flac
wc -l "$output"/*.jsonl >&2
