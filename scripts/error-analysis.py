#!/usr/bin/env python3
"""Where a recogniser's errors are: tables in Markdown.

    asr evaluate dev --model english --output results/english
    scripts/error-analysis.py --text labels.txt --names books.txt results/english results/whisper
    scripts/error-analysis.py --groups ages.txt results/english results/whisper
    scripts/error-analysis.py --noise results/english results/whisper

Each folder holds utterances.jsonl of asr evaluate --output; several folders joined by commas make one column.

--text FILE    words by how often they are in these labels, one a line, in the form of the references
--names FILE   with --text: words that this text, with its capitals, writes with one inside a sentence in four of five cases are names
--groups FILE  utterances by a group of theirs: lines "ID GROUP"
--noise        utterances by how far their loudest tenth is above their quietest tenth, in dB (frames of 20 ms; needs ffmpeg)

A word that is wrong is one of the reference that was substituted or deleted; inserted words have a row of their own.
"""

import argparse
import array
import collections
import gzip
import json
import math
import pathlib
import re
import subprocess

FUNCTION_WORDS = set(
    """a an the and or but if of to in on at by for from with as is are was were be been am do does did have has had
    i you he she it we they me him her us them my your his its our their this that these those there not no so
    will would can could shall should may might must who which what when where than then""".split())


def aligned(reference, hypothesis):
    """Pairs of words with the fewest differences; None where there is no partner."""
    rows, columns = len(reference) + 1, len(hypothesis) + 1
    cost = [[row + column if 0 in (row, column) else 0 for column in range(columns)] for row in range(rows)]
    for row in range(1, rows):
        for column in range(1, columns):
            cost[row][column] = min(
                cost[row - 1][column - 1] + (reference[row - 1] != hypothesis[column - 1]),
                cost[row - 1][column] + 1, cost[row][column - 1] + 1)
    pairs, row, column = [], rows - 1, columns - 1
    while row or column:
        if row and column and cost[row][column] == (
                cost[row - 1][column - 1] + (reference[row - 1] != hypothesis[column - 1])):
            row, column = row - 1, column - 1
            pairs.append((reference[row], hypothesis[column]))
        elif row and cost[row][column] == cost[row - 1][column] + 1:
            row -= 1
            pairs.append((reference[row], None))
        else:
            column -= 1
            pairs.append((None, hypothesis[column]))
    return pairs[::-1]


def is_wrong(pair):
    return pair[0] is not None and pair[0] != pair[1]


def kind(word, counts, names):
    """The row of a word of a reference."""
    if word in FUNCTION_WORDS:
        return "function words"
    if word in names:
        return "names"
    count = counts[word]
    for limit, name in [(0, "never seen"), (2, "seen once or twice"), (10, "3 to 10 times"), (100, "11 to 100 times")]:
        if count <= limit:
            return name
    return "more often"


KINDS = ["function words", "more often", "11 to 100 times", "3 to 10 times", "seen once or twice", "never seen", "names"]


def find_names(path):
    """Words that a text writes with a capital where no sentence begins."""
    capitals, all_words = collections.Counter(), collections.Counter()
    opened = gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")
    with opened as lines:
        for line in lines:
            for before, word in re.findall(r"([,;a-z]) ([A-Za-z]+)", line):
                all_words[word.lower()] += 1
                capitals[word.lower()] += word[0].isupper()
    return {word for word, count in all_words.items() if capitals[word] >= 0.8 * count}


def noise(path):
    """dB between the loudest and the quietest tenth of a recording."""
    sound = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-ac", "1", "-ar", "16000", "-f", "s16le", "-"], check=True, capture_output=True)
    samples = array.array("h", sound.stdout)
    levels = sorted(
        10 * math.log10(sum(x * x for x in samples[start : start + 320 : 4]) + 1) for start in range(0, len(samples) - 320, 320))
    return levels[len(levels) * 9 // 10] - levels[len(levels) // 10]


def noise_group(path):
    level = noise(path)
    for limit in [20, 30, 40, 50]:
        if level < limit:
            return f"below {limit} dB"
    return "from 50 dB"


def read(folders):
    """Utterances of one column, with their aligned words."""
    result = []
    for folder in folders.split(","):
        for line in open(pathlib.Path(folder) / "utterances.jsonl", encoding="utf-8"):
            utterance = json.loads(line)
            pairs = aligned(utterance["normalizedReference"].split(), utterance["normalizedHypothesis"].split())
            result.append((utterance, pairs))
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--text", help="labels that were learned from, one a line")
    way.add_argument("--groups", help="lines with the id of an utterance and its group")
    way.add_argument("--noise", action="store_true", help="group utterances by their level above the background")
    parser.add_argument("--names", help="text with capitals, with --text")
    parser.add_argument("folders", nargs="+", help="folders of asr evaluate --output")
    arguments = parser.parse_args()
    columns = [read(folders) for folders in arguments.folders]
    titles = [pathlib.Path(folders.split(",")[0]).name for folders in arguments.folders]

    if arguments.text:
        counts = collections.Counter()
        for line in open(arguments.text, encoding="utf-8"):
            counts.update(line.split())
        names = find_names(arguments.names) if arguments.names else set()
        rows = KINDS if names else KINDS[:-1]
    else:
        if arguments.noise:
            group = {utterance["id"]: noise_group(utterance["audio"]) for utterance, _ in columns[0]}
        else:
            group = dict(line.split(maxsplit=1) for line in open(arguments.groups, encoding="utf-8").read().splitlines())
        rows = sorted(set(group[utterance["id"]] for utterance, _ in columns[0]))

    said, wrong = collections.Counter(), [collections.Counter() for _ in columns]
    for place, column in enumerate(columns):
        for utterance, pairs in column:
            for pair in pairs:
                row = None if pair[0] is None and arguments.text else (
                    kind(pair[0], counts, names) if arguments.text else group[utterance["id"]])
                said[row] += place == 0 and pair[0] is not None
                wrong[place][row] += is_wrong(pair)
                wrong[place]["inserted", row] += pair[0] is None
    print("| | words |" + "".join(f" {title} |" for title in titles))
    print("|---|---|" + "---|" * len(columns))
    for row in rows:
        # Of words by kind nobody knows what an inserted one stands for; of utterances by group all errors count.
        errors = [counter[row] + (0 if arguments.text else counter["inserted", row]) for counter in wrong]
        print(f"| {row} | {said[row]} |" + "".join(f" {100 * count / max(1, said[row]):.1f} % ({count}) |" for count in errors))
    if arguments.text:
        print("| inserted | |" + "".join(f" {counter['inserted', None]} |" for counter in wrong))


if __name__ == "__main__":
    main()
