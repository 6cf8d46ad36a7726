"""Golden values of the linear layer: output = input weightᵀ + bias."""

import torch.nn.functional as F
from golden import Case, seeded, uniform, write

cases = []
for name, shape in [("one row", (1, 3)), ("batch and time", (2, 5, 8))]:
    for has_bias in (True, False):
        generator = seeded(1)
        output_count = 6
        input = uniform(generator, *shape)
        weight = uniform(generator, output_count, shape[-1])
        bias = uniform(generator, output_count) if has_bias else None
        output = F.linear(input, weight, bias)
        upstream = uniform(generator, *output.shape, requires_grad=False)
        output.backward(upstream)
        case = Case(name + (", bias" if has_bias else ", no bias"))
        case.tensor("input", input).tensor("weight", weight).tensor("output", output).tensor("upstream", upstream)
        case.gradients(input=input, weight=weight)
        if has_bias:
            case.tensor("bias", bias).gradients(bias=bias)
        cases.append(case)
write("AutogradTests", "linear", cases)
