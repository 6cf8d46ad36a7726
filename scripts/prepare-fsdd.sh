#!/bin/sh
# Writes JSON-lines manifests for the Free Spoken Digit Dataset: files named {digit}_{speaker}_{index}.flac (or .wav).
#
#   scripts/prepare-fsdd.sh FSDD-FOLDER OUTPUT-FOLDER
#
# train.jsonl, test.jsonl               the official split: test = indices 0 to 4, train = the rest
# without-SPEAKER.jsonl, SPEAKER.jsonl  for each speaker: all others to train on, this one to test on
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
        print line > (output "/" (part[3] < 5 ? "test" : "train") ".jsonl")
    }
    END {
        if (failed) exit 1
        if (!count) { print "no files named digit_speaker_index.flac" > "/dev/stderr"; exit 1 }
        for (i = 1; i <= count; i++) {
            for (name in speakers) {
                print lines[i] > (output "/" (speaker[i] == name ? "" : "without-") name ".jsonl")
            }
        }
        print count " recordings" > "/dev/stderr"
    }'
