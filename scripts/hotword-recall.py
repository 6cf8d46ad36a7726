#!/usr/bin/env python3
"""How much --hotwords helps: the words of a test set that are rarest in the training text, and how many of them are recognised.

    scripts/hotword-recall.py list COUNT TEXT[,TEXT...] FOLDER [FOLDER ...] > hotwords.txt
    scripts/hotword-recall.py recall hotwords.txt FOLDER_WITHOUT FOLDER_WITH

FOLDER is what asr evaluate --output left. list: words of at least four letters of the references, those of the fewest occurrences in the
first text first, of equals by the following texts, then by the alphabet; only words that all folders' normalisers leave as they are.
recall: of the listed words' occurrences, how many are hits, without and with --hotwords; the same of those that are wrong without; and
the error rate of all other words, to which every insertion counts.

Needs nothing but Python.
"""

import collections
import gzip
import json
import re
import sys

WORD = re.compile(r"[a-z']+")


def utterances(folder):
    return {line["id"]: line for line in map(json.loads, open(f"{folder}/utterances.jsonl"))}


def counts(path):
    lines = gzip.open(path, "rt") if path.endswith(".gz") else open(path)
    result = collections.Counter()
    for line in lines:
        result.update(WORD.findall(line.lower().replace("\u2019", "'")))
    return result


def listed(count, texts, folders):
    words = None
    for folder in folders:
        own = {word for line in utterances(folder).values() for word in line["normalizedReference"].split()}
        words = own if words is None else words & own
    words = {word for word in words if len(word) >= 4 and WORD.fullmatch(word)}
    known = [counts(text) for text in texts]
    return sorted(words, key=lambda word: ([text[word] for text in known], word))[:count]


def alignment(reference, hypothesis):
    """For each word of the reference whether it is a hit, and the number of insertions; the fewest errors."""
    rows = [list(range(len(hypothesis) + 1))]
    for i, word in enumerate(reference):
        row = [i + 1]
        for j, other in enumerate(hypothesis):
            row.append(min(rows[i][j] + (word != other), rows[i][j + 1] + 1, row[j] + 1))
        rows.append(row)
    hits, insertions, i, j = [False] * len(reference), 0, len(reference), len(hypothesis)
    while i > 0 or j > 0:
        if i > 0 and j > 0 and rows[i][j] == rows[i - 1][j - 1] + (reference[i - 1] != hypothesis[j - 1]):
            i, j = i - 1, j - 1
            hits[i] = reference[i] == hypothesis[j]
        elif i > 0 and rows[i][j] == rows[i - 1][j] + 1:
            i -= 1
        else:
            j, insertions = j - 1, insertions + 1
    return hits, insertions


def outcomes(folder, hotwords):
    """Of each occurrence of a hotword, by utterance and place, whether it is a hit; errors and number of other words."""
    found, errors, others = {}, 0, 0
    for name, line in utterances(folder).items():
        reference, hypothesis = line["normalizedReference"].split(), line["normalizedHypothesis"].split()
        hits, insertions = alignment(reference, hypothesis)
        errors += insertions
        for place, (word, isHit) in enumerate(zip(reference, hits)):
            if word in hotwords:
                found[name, place] = isHit
            else:
                others += 1
                errors += not isHit
    return found, errors, others


def main():
    if len(sys.argv) < 5 or sys.argv[1] not in ("list", "recall"):
        sys.exit(__doc__)
    if sys.argv[1] == "list":
        print("\n".join(listed(int(sys.argv[2]), sys.argv[3].split(","), sys.argv[4:])))
        return
    hotwords = {line.strip() for line in open(sys.argv[2])}
    (before, errors, others), (after, later, _) = (outcomes(folder, hotwords) for folder in sys.argv[3:5])
    wrong = [key for key, hit in before.items() if not hit]
    print(f"occurrences of listed words: {len(before)}")
    print(f"recall: {100 * sum(before.values()) / len(before):.1f} % without, {100 * sum(after.values()) / len(after):.1f} % with")
    if wrong:
        print(f"of {len(wrong)} that are wrong without: {100 * sum(after[key] for key in wrong) / len(wrong):.1f} % right with")
    print(f"error rate of the {others} other words: {100 * errors / others:.2f} % without, {100 * later / others:.2f} % with")


main()
