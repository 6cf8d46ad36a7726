#!/usr/bin/env python3
"""Which words a recogniser gets wrong, by how often it has met them: a table in Markdown.

    asr evaluate dev --model english --output results/english
    scripts/word-errors.py --text labels.txt results/english results/whisper

Each folder holds utterances.jsonl of asr evaluate --output. --text is what was learned from, one label a line, in the form of the references.
A word that is wrong is one of the reference that was replaced or left out; inserted words stand in a row of their own.
"""

import argparse
import collections
import json
import pathlib

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


def group(word, counts):
    """The row of a word of a reference."""
    if word in FUNCTION_WORDS:
        return "function words"
    count = counts[word]
    for limit, name in [(0, "never met"), (2, "met once or twice"), (10, "3 to 10 times"), (100, "11 to 100 times")]:
        if count <= limit:
            return name
    return "more often"


GROUPS = ["function words", "more often", "11 to 100 times", "3 to 10 times", "met once or twice", "never met"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", required=True, help="labels that were learned from, one a line")
    parser.add_argument("folders", nargs="+", help="folders of asr evaluate --output")
    arguments = parser.parse_args()
    counts = collections.Counter()
    for line in open(arguments.text, encoding="utf-8"):
        counts.update(line.split())
    totals, columns = collections.Counter(), []
    for folder in arguments.folders:
        wrong = collections.Counter()
        totals = collections.Counter()
        for line in open(pathlib.Path(folder) / "utterances.jsonl", encoding="utf-8"):
            utterance = json.loads(line)
            pairs = aligned(utterance["normalizedReference"].split(), utterance["normalizedHypothesis"].split())
            for said, heard in pairs:
                if said is None:
                    wrong["inserted"] += 1
                    continue
                totals[group(said, counts)] += 1
                wrong[group(said, counts)] += said != heard
        columns.append(wrong)
    print("| words | said |" + "".join(f" {pathlib.Path(folder).name} |" for folder in arguments.folders))
    print("|---|---|" + "---|" * len(columns))
    for name in GROUPS:
        cells = "".join(f" {100 * wrong[name] / max(1, totals[name]):.1f} % ({wrong[name]}) |" for wrong in columns)
        print(f"| {name} | {totals[name]} |{cells}")
    print("| inserted | |" + "".join(f" {wrong['inserted']} |" for wrong in columns))


if __name__ == "__main__":
    main()
