#!/usr/bin/env python3
"""Prints jiwer's counts for the long pairs of Tests/EvaluationTests/JiwerTests.swift. Needs jiwer 4.0.0."""

import jiwer


def texts(word_count, vocabulary_size, change_interval):
    state = 1

    def draw(bound):
        nonlocal state
        state = (state * 1664525 + 1013904223) % 2**32
        return (state >> 8) % bound

    reference, hypothesis = [], []
    for _ in range(word_count):
        word = f"w{draw(vocabulary_size)}"
        reference.append(word)
        change = draw(change_interval)
        if change == 1:
            hypothesis.append(f"w{draw(vocabulary_size)}")
        elif change == 2:
            hypothesis += [word, word]
        elif change > 2:
            hypothesis.append(word)
    return " ".join(reference), " ".join(hypothesis)


for case in [(3000, 100, 10), (5000, 5, 4), (10000, 2000, 50), (4000, 30, 3)]:
    output = jiwer.process_words(*texts(*case))
    print(case, output.hits, output.substitutions, output.insertions, output.deletions)
