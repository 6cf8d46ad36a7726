"""The time of a training step on many machines, as a model of what was measured: prints the tables of docs/clusters.md and writes
docs/cluster-hours.svg. Needs nothing but Python; to be started in the top folder.

A step is computing and exchanging. Machines of `cores` cores take micro-batches of one utterance; the slowest machine has the most of
them. In the exchange each machine receives (R - 1) / R of all gradients and sends as much, then the same of the weights; both directions at once, so
twice (R - 1) / R x 4 bytes x parameters at the rate of the network. Gradients are sent during the backward pass of the last micro-batch, two
thirds of its time, which hides a part of what it could: only those of the layers that are done can be sent, and processors are busy. Then there is what messages take to arrive, `votes` times there and
back through a tree of log2 R machines, and the time to start 2 (R - 1) messages a chunk.
"""

import math
import sys

CORES = 32  # of a machine
UTTERANCE = 10.0  # seconds of audio of a micro-batch
SECONDS_OF_AUDIO = 125.0  # that a core learns from in a second, base-8m, float32, AVX-512: Benchmarks/RESULTS.md
PARAMETERS_MEASURED = 8.175e6
VOTES = 6  # times that the ranks agree in a step
MESSAGE = 10e-6  # seconds that one costs a processor
CHUNK = 1 << 20  # bytes
BACKWARD = 2 / 3  # of the time of a micro-batch
HIDDEN = 0.4  # of what the backward pass could hide: fitted to what was measured at 1 Gbit/s and 0.2 ms

# Payload of TCP in frames of 1,500 bytes (1,448 of 1,538 on the wire), in bytes a second, and one way's delay in seconds.
NETWORKS = {"1 Gbit/s": (1e9 / 8 * 1448 / 1538, 100e-6), "10 Gbit/s": (1e10 / 8 * 1448 / 1538, 30e-6), "100 Gbit/s": (1e11 / 8 * 1448 / 1538, 5e-6)}


def exchange(parameters, ranks, rate, delay, micro_batch, bytes_each=4):
    """Seconds in which nothing is computed because gradients and weights are on their way; micro_batch: seconds of one."""
    if ranks == 1:
        return 0.0
    own = bytes_each * parameters / ranks
    chunks = max(1, math.ceil(own / CHUNK))
    each = (ranks - 1) * own / rate
    wire = 2 * each - HIDDEN * min(each, BACKWARD * micro_batch)
    return wire + VOTES * 2 * delay * math.ceil(math.log2(ranks)) + 2 * 2 * delay + 2 * chunks * 2 * (ranks - 1) * MESSAGE


def micro_batch(parameters):
    """Seconds of the forward and backward pass of a micro-batch."""
    return UTTERANCE / SECONDS_OF_AUDIO * parameters / PARAMETERS_MEASURED


def compute(parameters, ranks, hours):
    """Seconds of forward and backward passes of a batch of so many hours."""
    micro_batches = round(hours * 3600 / UTTERANCE)
    return math.ceil(math.ceil(micro_batches / ranks) / CORES) * micro_batch(parameters)


def days(parameters, ranks, hours, network, local_steps=1, bytes_each=4, total=100_000):
    """Days of one pass over the data."""
    rate, delay = NETWORKS[network]
    step = compute(parameters, ranks, hours) + exchange(parameters, ranks, rate, delay, micro_batch(parameters), bytes_each) / local_steps
    return total / hours * step / 86_400


def main():
    # Two ranks of base-8m, one micro-batch each, whose seconds scripts/measure-exchange.sh prints.
    measured = float(sys.argv[1]) if len(sys.argv) > 1 else UTTERANCE / SECONDS_OF_AUDIO
    print(f"two ranks of base-8m, {measured} s for a micro-batch: seconds of the exchange")
    for name, rate, delay in [
        ("1 Gbit/s, 0.2 ms", 1e9 / 8 * 8948 / 9038, 200e-6),
        ("1 Gbit/s, 2 ms", 1e9 / 8 * 8948 / 9038, 2e-3),
        ("100 Mbit/s, 0.2 ms", 1e8 / 8 * 8948 / 9038, 200e-6),
    ]:
        print(f"  {name}: {exchange(PARAMETERS_MEASURED, 2, rate, delay, measured):.3f}")

    machines = [1, 2, 4, 8, 16, 32, 64, 128, 256]
    print("\n100 M parameters, days of a pass over 100,000 h")
    curves = {}
    for hours in [2, 16]:
        for network in NETWORKS:
            curves[f"{network}, batches of {hours} h"] = [days(1e8, r, hours, network) for r in machines]
    print("| machines |" + "|".join(f" {name} " for name in curves) + "|")
    print("|---|" + "---|" * len(curves))
    for index, r in enumerate(machines):
        print(f"| {r} |" + "|".join(f" {curve[index]:.2f} " for curve in curves.values()) + "|")
    print("\n64 machines, batches of 2 h, 1 Gbit/s:", round(days(1e8, 64, 2, "1 Gbit/s"), 2), "days; halves on the wire",
          round(days(1e8, 64, 2, "1 Gbit/s", bytes_each=2), 2), "; 8 local steps", round(days(1e8, 64, 2, "1 Gbit/s", local_steps=8), 2),
          "; batches of 16 h", round(days(1e8, 64, 16, "1 Gbit/s"), 2))
    with open("docs/cluster-hours.svg", "w") as file:
        file.write(picture(machines, curves))


def picture(machines, curves):
    """Days over machines, both logarithmic."""
    width, height, left, top, right, bottom = 720, 420, 60, 20, 220, 45
    colours = {"1 Gbit/s": "#b3432b", "10 Gbit/s": "#2b6cb3", "100 Gbit/s": "#2b8a5b"}
    low, high = 0.05, 50
    x = lambda r: left + (width - left - right) * math.log2(r) / math.log2(machines[-1])
    y = lambda d: top + (height - top - bottom) * (1 - math.log(d / low) / math.log(high / low))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for d in [0.1, 1, 10]:
        lines.append(f'<line x1="{left}" x2="{width - right}" y1="{y(d):.1f}" y2="{y(d):.1f}" stroke="#ddd"/>')
        lines.append(f'<text x="{left - 6}" y="{y(d) + 4:.1f}" text-anchor="end">{d:g}</text>')
    for r in machines:
        lines.append(f'<text x="{x(r):.1f}" y="{height - bottom + 16}" text-anchor="middle">{r}</text>')
    lines.append(f'<text x="{(left + width - right) / 2}" y="{height - 8}" text-anchor="middle">machines of {CORES} cores</text>')
    lines.append(f'<text x="14" y="{top + 130}" transform="rotate(-90 14 {top + 130})" text-anchor="middle">days of a pass</text>')
    for index, (name, days_) in enumerate(curves.items()):
        colour = colours[name.split(",")[0]]
        dash = ' stroke-dasharray="5 4"' if "16 h" in name else ""
        points = " ".join(f"{x(r):.1f},{y(d):.1f}" for r, d in zip(machines, days_))
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        place = top + 14 + 20 * index
        lines.append(f'<line x1="{width - right + 14}" x2="{width - right + 40}" y1="{place - 4}" y2="{place - 4}" stroke="{colour}" stroke-width="2"{dash}/>')
        lines.append(f'<text x="{width - right + 46}" y="{place}">{name}</text>')
    return "\n".join(lines + ["</svg>", ""])


main()
