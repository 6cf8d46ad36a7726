"""Golden values of GELU (with the error function, not the tanh approximation), ReLU, swish, the gated linear unit, softmax
and log-softmax."""

import math

import torch
import torch.nn.functional as F
from golden import Case, leaf, seeded, uniform, write


def elementwise(name, function, input, generator):
    output = function(input)
    upstream = uniform(generator, *output.shape, requires_grad=False)
    output.backward(upstream)
    case = Case(name).tensor("input", input).tensor("output", output).tensor("upstream", upstream)
    return case.gradients(input=input)


# 0, both sides of it, the minimum of GELU near -0.75, and where it becomes 0 or the identity.
POINTS = [-1e4, -20.0, -10.0, -6.0, -5.0, -4.0, -3.0, -2.0, -1.0, -0.7517915, -0.5, -0.1, -1e-3, -1e-30, -0.0]
POINTS += [0.0] + [-x for x in reversed(POINTS[:-1])]

generator = seeded(3)
write(
    "AutogradTests",
    "gelu",
    [
        elementwise("points", F.gelu, leaf(POINTS), generator),
        elementwise("batch and time", F.gelu, uniform(generator, 2, 5, 8, low=-4, high=4), generator),
    ],
)
write(
    "AutogradTests",
    "relu",
    [
        # At 0 the gradient is 0.
        elementwise("points", F.relu, leaf(POINTS), generator),
        elementwise("batch and time", F.relu, uniform(generator, 2, 5, 8), generator),
    ],
)
write(
    "AutogradTests",
    "swish",
    [
        elementwise("points", F.silu, leaf(POINTS), generator),
        elementwise("batch and time", F.silu, uniform(generator, 2, 5, 8, low=-4, high=4), generator),
    ],
)
write(
    "AutogradTests",
    "gated_linear_unit",
    [
        elementwise("one row", lambda x: F.glu(x, dim=-1), leaf([[1.0, -2.0, 30.0, 0.0, -100.0, 100.0]]), generator),
        elementwise("batch and time", lambda x: F.glu(x, dim=-1), uniform(generator, 2, 5, 8, low=-4, high=4), generator),
    ],
)

inf = math.inf
masked = [[1.0, -inf, 0.5, -inf], [-inf, -inf, -inf, 2.0], [0.25, 0.5, -0.5, -inf]]
large = [[1000.0, 999.0, -1000.0], [-1000.0, -1001.0, -1002.0], [3e4, 3e4, 3e4]]
for subject, function in [("softmax", F.softmax), ("log_softmax", F.log_softmax)]:
    generator = seeded(4)
    last_axis = lambda x, function=function: function(x, dim=-1)
    cases = [
        elementwise("batch and time", last_axis, uniform(generator, 2, 3, 5, low=-3, high=3), generator),
        elementwise("large values", last_axis, leaf(large), generator),
        elementwise("one class", last_axis, leaf([[5.0], [-7.0]]), generator),
    ]
    if subject == "softmax":
        cases.append(elementwise("masked with -infinity", last_axis, leaf(masked), generator))
    write("AutogradTests", subject, cases)
