#!/usr/bin/env python3
"""Draws the training loss of several runs over their steps, as an SVG picture.

    scripts/plot-losses.py OUTPUT.svg NAME=METRICS.jsonl [NAME=METRICS.jsonl ...]

Each curve is the mean over a window of 20 steps. Needs nothing but Python.
"""

import json
import sys

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT, WINDOW = 720, 400, 60, 50, 20, 20, 20
COLORS = ["#1f5fbf", "#d1495b", "#2a9d6f", "#8a5fbf"]


def losses(path):
    lines = [json.loads(line) for line in open(path)]
    return [(line["step"], line["loss"]) for line in lines if "gradientNorm" in line]


def smooth(points):
    values = [loss for _, loss in points]
    return [
        (points[i][0], sum(values[i - WINDOW + 1 : i + 1]) / WINDOW) for i in range(WINDOW - 1, len(points))
    ]


def main():
    runs = [(name, smooth(losses(path))) for name, path in (argument.split("=", 1) for argument in sys.argv[2:])]
    last = max(points[-1][0] for _, points in runs)
    low = min(loss for _, points in runs for _, loss in points)
    high = max(loss for _, points in runs for _, loss in points)
    low, high = int(low * 2) / 2, int(high * 2 + 1) / 2
    x = lambda step: LEFT + (WIDTH - LEFT - RIGHT) * step / last
    y = lambda loss: HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (loss - low) / (high - low)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    ticks = [low + 0.5 * i for i in range(int((high - low) * 2) + 1)]
    for loss in ticks:
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(loss):.1f}" y2="{y(loss):.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(loss) + 4:.1f}" text-anchor="end">{loss:g}</text>')
    interval = next(size * 10**power for power in range(9) for size in (1, 2, 5) if last / (size * 10**power) <= 10)
    for step in range(0, last + 1, interval):
        parts.append(f'<text x="{x(step):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{step}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">step</text>')
    parts.append(
        f'<text transform="translate(16 {(HEIGHT - BOTTOM + TOP) / 2}) rotate(-90)" text-anchor="middle">'
        "training loss in nats per token</text>"
    )
    for index, (name, points) in enumerate(runs):
        color = COLORS[index % len(COLORS)]
        path = " ".join(f"{x(step):.1f},{y(loss):.1f}" for step, loss in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.6"/>')
        parts.append(f'<line x1="{WIDTH - 170}" x2="{WIDTH - 140}" y1="{TOP + 20 + 20 * index}" y2="{TOP + 20 + 20 * index}" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<text x="{WIDTH - 132}" y="{TOP + 24 + 20 * index}">{name}</text>')
    open(sys.argv[1], "w").write("\n".join(parts + ["</svg>", ""]))


main()
