"""Reads the event file of `asr train` with TensorBoard's own reader and compares it with metrics.jsonl.

    python3 -m venv .venv && .venv/bin/pip install tensorboard
    asr train ... --output DIR --set watch.tensorboard=true
    .venv/bin/python scripts/check-tensorboard.py DIR

Prints what there is, and fails with a line for each thing that is wrong.
"""

import json
import math
import pathlib
import struct
import sys

from tensorboard.backend.event_processing import event_accumulator

SCALARS = {
    "train/loss": "loss",
    "train/ctc_loss": "ctcLoss",
    "train/accuracy": "accuracy",
    "train/learning_rate": "learningRate",
    "train/gradient_norm": "gradientNorm",
    "dev/wer": "devWordErrorRate",
    "dev/cer": "devCharacterErrorRate",
    "dev/loss": "devLoss",
    "dev/ctc_loss": "devCTCLoss",
}

output = pathlib.Path(sys.argv[1])
lines = [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]
# The average of the best models is an evaluation of no step, and not in the event file.
lines = [line for line in lines if "averagedModelCount" not in line]
evaluations = [line for line in lines if "samples" in line]
reader = event_accumulator.EventAccumulator(
    str(output / "tensorboard"), size_guidance={"scalars": 0, "images": 0, "tensors": 0}, purge_orphaned_data=False
)
reader.Reload()
tags = reader.Tags()
problems = []


def check(what, found, expected):
    if found != expected:
        problems.append(f"{what}: TensorBoard reads {found}, metrics.jsonl has {expected}")


def float32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


check("scalar tags", sorted(tags["scalars"]), sorted(SCALARS))
for tag, key in SCALARS.items():
    expected = [(line["step"], float32(line[key])) for line in lines if key in line]
    # What is no number is left out of metrics.jsonl.
    found = [(event.step, event.value) for event in reader.Scalars(tag) if math.isfinite(event.value)]
    check(tag, found, expected)

layers = [f"attention/layer_{index + 1}" for index in range(len(evaluations[0]["attention"]["pictures"]))]
check("image tags", sorted(tags["images"]), layers)
for index, tag in enumerate(layers):
    events = reader.Images(tag)
    check(f"steps of {tag}", [event.step for event in events], [line["step"] for line in evaluations])
    for event, line in zip(events, evaluations):
        png = (output / line["attention"]["pictures"][index]).read_bytes()
        check(f"picture {tag} of step {event.step}", event.encoded_image_string == png, True)
        check(f"size of {tag}", (event.width, event.height), struct.unpack(">II", png[16:24]))

check("text tags", tags["tensors"], ["transcripts"])
check("plugin of transcripts", reader.SummaryMetadata("transcripts").plugin_data.plugin_name, "text")
texts = reader.Tensors("transcripts")
check("steps of transcripts", [event.step for event in texts], [line["step"] for line in evaluations])
for event, line in zip(texts, evaluations):
    shape = [dimension.size for dimension in event.tensor_proto.tensor_shape.dim]
    cells = [cell.decode() for cell in event.tensor_proto.string_val]
    expected = ["said", "recognised"]
    for sample in line["samples"]:
        expected += [sample["reference"], sample["hypothesis"]]
    check(f"transcripts of step {event.step}", (shape, cells), ([len(line["samples"]) + 1, 2], expected))

steps = [line for line in lines if "learningRate" in line]
print(
    f"{output}: {len(SCALARS)} scalars of {len(steps)} steps and {len(evaluations)} evaluations, "
    f"{len(layers)} pictures and {len(evaluations[0]['samples'])} transcripts each"
)
for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
