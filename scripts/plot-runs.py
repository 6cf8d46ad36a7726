#!/usr/bin/env python3
"""Draws training runs as an SVG picture, from what they left in metrics.jsonl.

    scripts/plot-runs.py loss OUTPUT.svg NAME=METRICS.jsonl [NAME=METRICS.jsonl ...]
    scripts/plot-runs.py hours OUTPUT.svg NAME=METRICS.jsonl [NAME=METRICS.jsonl ...]
    scripts/plot-runs.py data OUTPUT.svg METRICS.jsonl [METRICS.jsonl ...]
    scripts/plot-runs.py perplexity OUTPUT.svg NAME=METRICS.jsonl@SECONDS [NAME=METRICS.jsonl@SECONDS ...] [NAME=NUMBER ...]

loss: the training loss over the steps, the mean of 20.
hours: the dev word error rate over the hours of training. A step that took more than ten times as long as the median step
       counts as a median one: the run was stopped in it.
data: the last dev word error rate of each run over the hours of audio that a pass has; one curve through all runs.

Needs nothing but Python.
"""

import json
import statistics
import sys

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT, WINDOW = 720, 400, 60, 50, 20, 20, 20
COLORS = ["#1f5fbf", "#d1495b", "#2a9d6f", "#8a5fbf", "#b8860b", "#555555"]


def read(path):
    lines = [json.loads(line) for line in open(path)]
    return [line for line in lines if "gradientNorm" in line], [line for line in lines if "devWordErrorRate" in line]


def losses(path):
    steps, _ = read(path)
    values = [step["loss"] for step in steps]
    return [(steps[i]["step"], statistics.mean(values[i - WINDOW + 1 : i + 1])) for i in range(WINDOW - 1, len(steps))]


def errors_by_hours(path):
    steps, evaluations = read(path)
    middle = statistics.median(step["durationInSeconds"] for step in steps)
    hours, at = 0, {}
    for step in steps:
        duration = step["durationInSeconds"]
        hours += (duration if duration <= 10 * middle else middle) / 3600
        at[step["step"]] = hours
    return [(at[line["step"]], 100 * line["devWordErrorRate"]) for line in evaluations if line["step"] in at]


def last_error_by_data(path):
    steps, evaluations = read(path)
    hours = sum(step["audioInSeconds"] for step in steps if step["epoch"] == 1) / 3600
    return (hours, 100 * evaluations[-1]["devWordErrorRate"])


def perplexities_by_minutes(path, seconds_per_step):
    lines = [json.loads(line) for line in open(path)]
    key = "devPerplexityPerCharacter"
    return [(line["step"] * seconds_per_step / 60, line[key]) for line in lines if key in line]


def ticks(low, high):
    """Round numbers from low to high, at most ten steps apart."""
    steps = (size * 10.0**power for power in range(-3, 9) for size in (1, 2, 5))
    step = next(step for step in steps if (high - low) / step <= 10)
    first = int(low // step)
    return [step * i for i in range(first, int(-(-high // step)) + 1)]


def picture(runs, x_label, y_label, marks, levels=()):
    x_ticks = ticks(0, max(x for _, points in runs for x, _ in points))
    values = [y for _, points in runs for _, y in points] + [y for _, y in levels]
    y_ticks = ticks(min(values), max(values))
    x = lambda value: LEFT + (WIDTH - LEFT - RIGHT) * value / x_ticks[-1]
    y = lambda value: HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (value - y_ticks[0]) / (y_ticks[-1] - y_ticks[0])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for tick in y_ticks:
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for tick in x_ticks:
        parts.append(f'<text x="{x(tick):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tick:g}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{x_label}</text>')
    parts.append(
        f'<text transform="translate(16 {(HEIGHT - BOTTOM + TOP) / 2}) rotate(-90)" text-anchor="middle">{y_label}</text>'
    )
    dashed = [(name, [(0, level), (x_ticks[-1], level)]) for name, level in levels]
    for index, (name, points) in enumerate(runs + dashed):
        color = COLORS[index % len(COLORS)]
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
        dashes = ' stroke-dasharray="6 4"' if index >= len(runs) else ""
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.6"{dashes}/>')
        if marks and not dashes:
            parts += [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="{color}"/>' for a, b in points]
        if name:
            row = TOP + 20 + 20 * index
            parts.append(f'<line x1="{WIDTH - 200}" x2="{WIDTH - 170}" y1="{row}" y2="{row}" stroke="{color}" stroke-width="2"{dashes}/>')
            parts.append(f'<text x="{WIDTH - 162}" y="{row + 4}">{name}</text>')
    return "\n".join(parts + ["</svg>", ""])


def main():
    if len(sys.argv) < 4 or sys.argv[1] not in ("loss", "hours", "data", "perplexity"):
        sys.exit(__doc__)
    kind, output, arguments = sys.argv[1], sys.argv[2], sys.argv[3:]
    if kind == "data":
        svg = picture(
            [("", sorted(last_error_by_data(path) for path in arguments))],
            "hours of audio to learn from", "dev word error rate in %", True,
        )
    elif kind == "perplexity":
        named = [argument.split("=", 1) for argument in arguments]
        files = [(name, *value.rsplit("@", 1)) for name, value in named if "@" in value]
        svg = picture(
            [(name, perplexities_by_minutes(path, float(seconds))) for name, path, seconds in files],
            "minutes of training", "dev perplexity per character", True,
            [(name, float(value)) for name, value in named if "@" not in value],
        )
    else:
        curve, labels = {
            "loss": (losses, ("step", "training loss in nats per token")),
            "hours": (errors_by_hours, ("hours of training", "dev word error rate in %")),
        }[kind]
        runs = [(name, curve(path)) for name, path in (argument.split("=", 1) for argument in arguments)]
        svg = picture(runs, *labels, kind == "hours")
    open(output, "w").write(svg)


main()
