#!/bin/sh
# Writes JSON-lines manifests for the Free Spoken Digit Dataset: files named {digit}_{speaker}_{index}.flac (or .wav).
#
#   scripts/prepare-fsdd.sh FSDD-FOLDER OUTPUT-FOLDER
#
# train.jsonl, test.jsonl  the official split: test = indices 0 to 4, train = the rest
# fit.jsonl, dev.jsonl     train, divided: dev = indices 5 and 6, to choose a model by; fit = the rest
# SPEAKER.jsonl, without-SPEAKER.jsonl, dev-without-SPEAKER.jsonl
#                          for each speaker: this one to test on; all others to train on, except for their part of dev.jsonl
set -eu

if [ $# -ne 2 ]; then
    echo "usage: $0 FSDD-FOLDER OUTPUT-FOLDER" >&2
    exit 64
fi
data=$(cd "$1" && pwd)
mkdir -p "$2"
output=$(cd "$2" && pwd)

find "$data" -maxdepth 1 \( -name '*_*_*.flac' -o -name '*_*_*.wav' \) | LC_ALL=C sort | LC_ALL=C awk -v output="$output" '
    BEGIN { split("zero one two three four five six seven eight nine", words, " ") }
    {
        name = $0
        sub(/.*\//, "", name)
        if (name !~ /^[0-9]_[a-z]+_[0-9]+\.(flac|wav)$/) {
            print "not named digit_speaker_index: " $0 > "/dev/stderr"
            failed = 1
            exit 1
        }
        stem = name
        sub(/\.[a-z]+$/, "", stem)
        split(stem, part, "_")
        path = $0
        gsub(/["\\]/, "\\\\&", path)
        line = sprintf("{\"id\": \"%s\", \"audio_filepath\": \"%s\", \"text\": \"%s\", \"speaker\": \"%s\"}",
            stem, path, words[part[1] + 1], part[2])
        count++
        lines[count] = line
        speaker[count] = part[2]
        speakers[part[2]] = 1
        isDev[count] = part[3] == 5 || part[3] == 6
        print line > (output "/" (part[3] < 5 ? "test" : "train") ".jsonl")
        if (part[3] >= 5) print line > (output "/" (isDev[count] ? "dev" : "fit") ".jsonl")
    }
    END {
        if (failed) exit 1
        if (!count) { print "there are no files named digit_speaker_index.flac (or .wav)" > "/dev/stderr"; exit 1 }
        for (i = 1; i <= count; i++) {
            for (name in speakers) {
                kind = speaker[i] == name ? "" : (isDev[i] ? "dev-without-" : "without-")
                print lines[i] > (output "/" kind name ".jsonl")
            }
        }
        print count " recordings" > "/dev/stderr"
    }'
