#!/usr/bin/env python3
"""Golden counts of jiwer 4.0.0 on random pairs: words, characters, Unicode, odd white space, empty and long texts.

    jiwer_counts.py                    writes Tests/EvaluationTests/Fixtures/jiwer.tsv (300 pairs)
    jiwer_counts.py COUNT DIRECTORY    writes COUNT pairs as reference.jsonl, hypothesis.jsonl and expected.tsv

A row has reference and hypothesis as JSON strings, then hits, substitutions, insertions and deletions of
words and of characters. Needs `pip install jiwer==4.0.0`.
"""

import json
import os
import random
import sys

import jiwer

FIXTURE = os.path.join(os.path.dirname(__file__), "../../Tests/EvaluationTests/Fixtures/jiwer.tsv")
WORDS = [
    "a", "b", "c", "the", "cat", "naïve", "机器", "学习", "x", "yy", "zzz", "Straße", "e\u0301", "🙂",
    "long-word-that-has-more-than-sixteen-bytes", "long-word-that-has-more-than-sixteen-bytez",
]
MANY_WORDS = [f"w{index}" for index in range(3000)]
SPACES = [" "] * 12 + ["  ", "\t", "\u3000", " \t", "\u00a0", "\u2003 "]
rng = random.Random(5)


def spaced(count, words):
    text = ""
    for index in range(count):
        if index or rng.random() < 0.1:
            text += rng.choice(SPACES)
        text += rng.choice(words)
    return text + (rng.choice(SPACES) if rng.random() < 0.1 else "")


def changed(words, rate, vocabulary):
    result = []
    for word in words:
        dice = rng.random() / rate
        if dice < 1 / 3:
            continue
        if dice < 2 / 3:
            result.append(rng.choice(vocabulary))
            continue
        result.append(word)
        if dice < 1:
            result.append(rng.choice(vocabulary))
    return result


def pair(index, longest):
    kind = rng.random()
    if kind < 0.9:
        words = rng.sample(WORDS, rng.randint(2, len(WORDS)))
        reference = spaced(rng.choice([0, 1, 2, 3, 5, 8, 13, 20]), words)
        if rng.random() < 0.6:
            return reference, " ".join(changed(reference.split(), rng.choice([0.1, 0.3, 0.6]), words))
        return reference, spaced(rng.choice([0, 1, 2, 3, 5, 8, 13, 20]), words)
    words = rng.choice([WORDS, MANY_WORDS, WORDS[:3]])
    count = rng.randint(20, 300) if kind < 0.998 else rng.randint(300, longest)
    reference = [rng.choice(words) for _ in range(count)]
    if kind > 0.9996:
        hypothesis = [rng.choice(words) for _ in range(rng.randint(300, longest))]
    else:
        hypothesis = changed(reference, rng.choice([0.01, 0.1, 0.3, 0.9]), words)
    return " ".join(reference), " ".join(hypothesis)


def counts(output):
    return [output.hits, output.substitutions, output.insertions, output.deletions]


def row(reference, hypothesis):
    values = counts(jiwer.process_words(reference, hypothesis))
    values += counts(jiwer.process_characters(reference, hypothesis))
    return "\t".join([json.dumps(reference, ensure_ascii=False), json.dumps(hypothesis, ensure_ascii=False)]
                     + [str(value) for value in values])


def main():
    if len(sys.argv) == 1:
        with open(FIXTURE, "w", encoding="utf-8") as file:
            for index in range(299):
                reference, hypothesis = pair(index, 300)
                file.write(row(reference[:600], hypothesis[:600]) + "\n")
        return
    count, directory = int(sys.argv[1]), sys.argv[2]
    os.makedirs(directory, exist_ok=True)
    names = ["reference.jsonl", "hypothesis.jsonl", "expected.tsv"]
    files = [open(os.path.join(directory, name), "w", encoding="utf-8") for name in names]
    for index in range(count):
        reference, hypothesis = pair(index, 6000)
        for file, text in zip(files, [reference, hypothesis]):
            file.write(json.dumps({"id": f"{index:07d}", "text": text}, ensure_ascii=False) + "\n")
        files[2].write(row(reference, hypothesis) + "\n")


main()
