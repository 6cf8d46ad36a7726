#!/usr/bin/env python3
"""Draws how far the confidence of words can be trusted, from the tables that asr calibrate --words writes.

    scripts/plot-reliability.py OUTPUT.svg NAME=WORDS.csv [NAME=WORDS.csv ...]

A curve for each table: the share of right words over the mean confidence, in ten bins. The diagonal is what a calibrated confidence
has. The size of a dot goes by the number of words in the bin.

Needs nothing but Python.
"""

import csv
import math
import sys

SIZE, LEFT, BOTTOM, TOP, RIGHT = 400, 60, 50, 20, 240
COLORS = ["#1f5fbf", "#d1495b", "#2a9d6f", "#8a5fbf"]


def bins(path):
    """(mean confidence, share of right words, words) of each bin that has a word."""
    sums = [[0, 0, 0] for _ in range(10)]
    for row in csv.DictReader(open(path)):
        confidence = float(row["confidence"])
        entry = sums[min(9, int(confidence * 10))]
        entry[0] += confidence
        entry[1] += int(row["right"])
        entry[2] += 1
    return [(a / count, b / count, count) for a, b, count in sums if count]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    x = lambda value: LEFT + SIZE * value
    y = lambda value: TOP + SIZE * (1 - value)
    width, height = LEFT + SIZE + RIGHT, TOP + SIZE + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for tick in range(0, 11, 2):
        value = tick / 10
        parts.append(f'<line x1="{x(0)}" x2="{x(1)}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x(0) - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
        parts.append(f'<text x="{x(value):.1f}" y="{y(0) + 18}" text-anchor="middle">{value:g}</text>')
    parts.append(f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}" stroke="#999" stroke-dasharray="4 4"/>')
    parts.append(f'<text x="{x(0.5)}" y="{height - 10}" text-anchor="middle">confidence</text>')
    parts.append(f'<text transform="translate(16 {y(0.5)}) rotate(-90)" text-anchor="middle">share of right words</text>')
    for index, argument in enumerate(sys.argv[2:]):
        name, path = argument.split("=", 1)
        color, points = COLORS[index % len(COLORS)], bins(path)
        line = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b, _ in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="1.6"/>')
        for a, b, count in points:
            parts.append(f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="{1.5 + math.log10(count):.1f}" fill="{color}"/>')
        row = TOP + 20 + 20 * index
        parts.append(f'<line x1="{x(1) + 20}" x2="{x(1) + 50}" y1="{row}" y2="{row}" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<text x="{x(1) + 58}" y="{row + 4}">{name}</text>')
    open(sys.argv[1], "w").write("\n".join(parts + ["</svg>", ""]))


main()
