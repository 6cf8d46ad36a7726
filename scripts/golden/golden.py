"""What the golden scripts share: numbers to start from, and the fixture that they are written to.

Inputs are float32 values. PyTorch computes in float64 from exactly these, so that what is written is right to
the last float32 digit and a test's tolerance is the error of the code under test alone.

A fixture is one JSON object: {"source": ..., "cases": [{"name": ..., "numbers": {...}, "words": {...},
"tensors": {NAME: {"shape": [...], "values": [...]}}}]}. Values that JSON has no word for are the strings
"inf", "-inf" and "nan". Tests/TestSupport/GoldenFixture.swift reads it.
"""

import json
import math
import pathlib
import sys

import torch

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


class Case:
    """One set of inputs with what they give."""

    def __init__(self, name):
        self.name = name
        self.numbers = {}
        self.words = {}
        self.tensors = {}

    def number(self, **values):
        self.numbers.update(values)
        return self

    def word(self, **values):
        self.words.update(values)
        return self

    def tensor(self, name, value):
        """Adds a tensor; float64 values are rounded to float32 in the file."""
        value = torch.as_tensor(value).detach()
        self.tensors[name] = {
            "shape": list(value.shape),
            "values": [json_value(x, value.dtype) for x in value.reshape(-1).tolist()],
        }
        return self

    def gradients(self, **variables):
        """Adds `gradient.NAME` for every leaf that the backward pass reached."""
        for name, variable in variables.items():
            self.tensor("gradient." + name, variable.grad)
        return self


def json_value(x, dtype):
    if dtype in (torch.bool, torch.int64, torch.int32):
        return int(x)
    if math.isnan(x):
        return "nan"
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    # Nine digits tell every float32 from its neighbours.
    return float(f"{torch.tensor(x, dtype=torch.float32).item():.9g}")


def uniform(generator, *shape, low=-1.0, high=1.0, requires_grad=True):
    """Uniform float32 values, held as float64."""
    values = torch.rand(shape, generator=generator, dtype=torch.float32) * (high - low) + low
    return values.to(torch.float64).requires_grad_(requires_grad)


def leaf(values):
    """The given numbers rounded to float32, held as float64, with a gradient."""
    return torch.tensor(values, dtype=torch.float32).to(torch.float64).requires_grad_(True)


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def padding_mask(lengths, count):
    """[batch, count], true where a position may be attended to."""
    return torch.arange(count)[None, :] < torch.tensor(lengths)[:, None]


def causal_mask(count):
    """[query, key], true where a position may be attended to."""
    return torch.tril(torch.ones(count, count, dtype=torch.bool))


def randomize(module, generator, scale=0.5):
    """Uniform float32 parameters, so that biases and norm weights matter too."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(uniform(generator, *parameter.shape, low=-scale, high=scale))
        for name, parameter in module.named_parameters():
            if "norm" in name and name.endswith("weight"):
                parameter.add_(1.0)
                parameter.copy_(parameter.to(torch.float32).to(torch.float64))
    return module


def add_module(case, module):
    """Adds a module's parameters and their gradients under PyTorch's names, with the three rows of blocks of
    `in_proj_weight` and `in_proj_bias` as `query`, `key` and `value`."""
    for name, parameter in module.named_parameters():
        if name.endswith(("in_proj_weight", "in_proj_bias")):
            prefix = name[: name.index("in_proj_")]
            kind = name[name.index("in_proj_") + len("in_proj_") :]
            parts = zip(("query", "key", "value"), parameter.chunk(3), parameter.grad.chunk(3))
            for role, value, gradient in parts:
                case.tensor(f"{prefix}{role}.{kind}", value)
                case.tensor(f"gradient.{prefix}{role}.{kind}", gradient)
        else:
            case.tensor(name, parameter)
            case.tensor("gradient." + name, parameter.grad)
    return case


def write(target, subject, cases):
    """Writes Tests/TARGET/Fixtures/SUBJECT.json."""
    folder = REPOSITORY / "Tests" / target / "Fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{subject}.json"
    version = torch.__version__.split("+")[0]
    script = pathlib.Path(sys.argv[0]).name
    lines = []
    for case in cases:
        tensors = ",\n    ".join(f"{json.dumps(n)}: {json.dumps(t, separators=(',', ':'))}" for n, t in case.tensors.items())
        lines.append(
            f'  {{"name": {json.dumps(case.name)}, "numbers": {json.dumps(case.numbers)}, '
            f'"words": {json.dumps(case.words)}, "tensors": {{\n    {tensors}}}}}'
        )
    text = f'{{"source": "scripts/golden/{script}, PyTorch {version}", "cases": [\n' + ",\n".join(lines) + "\n]}\n"
    json.loads(text)
    path.write_text(text)
    size = len(text) / 1000
    assert size < 200, f"{path}: {size:.0f} kB, fixtures stay below 200 kB"
    print(f"{path.relative_to(REPOSITORY)}: {len(cases)} cases, {size:.0f} kB")
