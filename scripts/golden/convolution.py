"""Golden values of the one-dimensional convolution over time, kernel 3, padding 1.

Input and output are [batch, time, channel]; the weight is PyTorch's [output channel, input channel, kernel].
"""

import torch.nn.functional as F
from golden import Case, seeded, uniform, write

cases = []
for stride in (1, 2):
    for time in (1, 5, 6):
        generator = seeded(6)
        input = uniform(generator, 2, time, 4)
        weight = uniform(generator, 3, 4, 3)
        bias = uniform(generator, 3)
        output = F.conv1d(input.transpose(1, 2), weight, bias, stride=stride, padding=1).transpose(1, 2)
        upstream = uniform(generator, *output.shape, requires_grad=False)
        output.backward(upstream)
        case = Case(f"stride {stride}, time {time}").number(stride=stride, padding=1, kernel=3)
        case.tensor("input", input).tensor("weight", weight).tensor("bias", bias)
        case.tensor("output", output).tensor("upstream", upstream)
        cases.append(case.gradients(input=input, weight=weight, bias=bias))
write("AutogradTests", "convolution", cases)
