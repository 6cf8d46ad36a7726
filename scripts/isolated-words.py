#!/usr/bin/env python3
"""Cuts single words out of transcribed recordings: a manifest of short utterances for asr train.

    asr transcribe recordings --format json --output-dir transcripts
    scripts/isolated-words.py transcripts COUNT > words.jsonl

Takes words of a probability of at least 0.9 that last 0.2 to 1.2 s: every digit, at most eight of any other word, and COUNT in all. A model that has only heard sentences writes a single word twice, or not at all.
"""

import glob
import json
import random
import re
import sys

LEAST_PROBABILITY = 0.9
SHORTEST, LONGEST = 0.2, 1.2  # seconds
MARGIN = 0.06  # seconds on either side
DIGITS = set("zero one two three four five six seven eight nine".split())


def candidates(folder):
    for path in sorted(glob.glob(f"{folder}/**/*.json", recursive=True)):
        with open(path, encoding="utf-8") as file:
            transcript = json.load(file)
        end = transcript["duration"]
        for segment in transcript["segments"]:
            for word in segment.get("words", []):
                text = re.sub(r"[^a-z']", "", word["word"].lower())
                length = word["end"] - word["start"]
                if text and word["probability"] >= LEAST_PROBABILITY and SHORTEST <= length <= LONGEST:
                    start = max(0, word["start"] - MARGIN)
                    yield text, {
                        "audio_filepath": transcript["file"],
                        "offset": round(start, 3),
                        "duration": round(min(end, word["end"] + MARGIN) - start, 3),
                        "text": text,
                    }


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    found = list(candidates(sys.argv[1]))
    random.seed(1)
    random.shuffle(found)
    counts, kept = {}, []
    for text, line in sorted(found, key=lambda pair: pair[0] not in DIGITS):
        counts[text] = counts.get(text, 0) + 1
        if (counts[text] <= 8 or text in DIGITS) and len(kept) < int(sys.argv[2]):
            kept.append(line)
    for line in kept:
        print(json.dumps(line))


main()
