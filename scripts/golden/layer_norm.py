"""Golden values of layer normalisation over the last axis (biased variance, epsilon inside the root)."""

import torch
import torch.nn.functional as F
from golden import Case, leaf, seeded, uniform, write

EPSILON = 1e-5


def case_of(name, input, generator):
    count = input.shape[-1]
    weight = uniform(generator, count, low=0.5, high=1.5)
    bias = uniform(generator, count)
    output = F.layer_norm(input, (count,), weight, bias, EPSILON)
    upstream = uniform(generator, *output.shape, requires_grad=False)
    output.backward(upstream)
    case = Case(name).number(epsilon=EPSILON).tensor("input", input).tensor("weight", weight).tensor("bias", bias)
    case.tensor("output", output).tensor("upstream", upstream)
    return case.gradients(input=input, weight=weight, bias=bias)


generator = seeded(2)
rows = torch.arange(8.0)
write(
    "AutogradTests",
    "layer_norm",
    [
        case_of("batch and time", uniform(generator, 2, 5, 8), generator),
        # Variance 0: epsilon alone keeps the output finite, and the output is the bias.
        case_of("constant row", leaf([[3.0] * 8, [0.0] * 8]), generator),
        # The mean is far larger than the spread: subtracting it first is what keeps the digits.
        case_of("large offset", leaf((rows[None, :] * 0.25 + 512).tolist()), generator),
        case_of("small values", uniform(generator, 2, 7, low=-1e-3, high=1e-3), generator),
        case_of("one element", uniform(generator, 3, 1), generator),
    ],
)
