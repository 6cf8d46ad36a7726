"""Golden values of the Conformer layer and its parts, without dropout: depthwise convolution, rotary positions, the layer.

The layer is written here from the paper (Gulati et al. 2020) on PyTorch's modules, with layer normalisation inside the
convolution module and rotary positions (Su et al. 2021) in the attention.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F
from golden import Case, padding_mask, randomize, seeded, uniform, write

BATCH, TIME, DIMENSION, HEADS, FEED_FORWARD, WIDTH = 2, 7, 8, 2, 12, 5


def depthwise(x, weight, bias, lengths):
    """x [batch, time, channel], weight [width, channel]; frames behind the end count as zero, and give zero."""
    mask = padding_mask(lengths, x.shape[1])[:, :, None]
    y = F.conv1d((x * mask).transpose(1, 2), weight.T[:, None, :], bias, padding=weight.shape[0] // 2, groups=x.shape[2])
    return y.transpose(1, 2) * mask


def rotate(x):
    """x [batch, head, time, feature]: planes (i, i + half) turned by t / 10000^(2 i / features)."""
    time, features = x.shape[2:]
    half = features // 2
    angles = torch.arange(time)[:, None] * 10_000.0 ** (-2 * torch.arange(half)[None, :] / features)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], dim=-1)


class Conformer(nn.Module):
    def __init__(self):
        super().__init__()
        for name in ("first", "second"):
            setattr(self, f"{name}_norm", nn.LayerNorm(DIMENSION))
            setattr(self, f"{name}_inner", nn.Linear(DIMENSION, FEED_FORWARD))
            setattr(self, f"{name}_outer", nn.Linear(FEED_FORWARD, DIMENSION))
        self.attention_norm = nn.LayerNorm(DIMENSION)
        self.query_key_value = nn.Linear(DIMENSION, 3 * DIMENSION)
        self.attention_output = nn.Linear(DIMENSION, DIMENSION)
        self.convolution_norm = nn.LayerNorm(DIMENSION)
        self.gated = nn.Linear(DIMENSION, 2 * DIMENSION)
        self.depthwise_weight = nn.Parameter(torch.empty(WIDTH, DIMENSION))
        self.depthwise_bias = nn.Parameter(torch.empty(DIMENSION))
        self.inner_norm = nn.LayerNorm(DIMENSION)
        self.convolution_output = nn.Linear(DIMENSION, DIMENSION)
        self.final_norm = nn.LayerNorm(DIMENSION)

    def feed_forward(self, name, x):
        hidden = F.silu(getattr(self, f"{name}_inner")(getattr(self, f"{name}_norm")(x)))
        return getattr(self, f"{name}_outer")(hidden)

    def attend(self, x, lengths):
        heads = [
            part.reshape(BATCH, TIME, HEADS, DIMENSION // HEADS).transpose(1, 2)
            for part in self.query_key_value(self.attention_norm(x)).chunk(3, dim=-1)
        ]
        mask = padding_mask(lengths, TIME)[:, None, None, :]
        context = F.scaled_dot_product_attention(rotate(heads[0]), rotate(heads[1]), heads[2], attn_mask=mask)
        return self.attention_output(context.transpose(1, 2).reshape(BATCH, TIME, DIMENSION))

    def convolve(self, x, lengths):
        x = F.glu(self.gated(self.convolution_norm(x)), dim=-1)
        x = depthwise(x, self.depthwise_weight, self.depthwise_bias, lengths)
        return self.convolution_output(F.silu(self.inner_norm(x)))

    def forward(self, x, lengths):
        x = x + 0.5 * self.feed_forward("first", x)
        x = x + self.attend(x, lengths)
        x = x + self.convolve(x, lengths)
        x = x + 0.5 * self.feed_forward("second", x)
        return self.final_norm(x)


cases = []
for width in (1, 3, 7):
    for lengths in ([6, 6], [6, 2]):
        generator = seeded(11)
        input, weight, bias = uniform(generator, 2, 6, 5), uniform(generator, width, 5), uniform(generator, 5)
        output = depthwise(input, weight, bias, lengths)
        upstream = uniform(generator, *output.shape, requires_grad=False)
        output.backward(upstream)
        case = Case(f"width {width}, lengths {lengths}").tensor("lengths", torch.tensor(lengths))
        case.tensor("input", input).tensor("weight", weight).tensor("bias", bias)
        case.tensor("output", output).tensor("upstream", upstream)
        cases.append(case.gradients(input=input, weight=weight, bias=bias))
write("AutogradTests", "depthwise_convolution", cases)

generator = seeded(12)
input = uniform(generator, 2, 5, 8 + 3)  # two heads of 4, and 3 columns that stay
heads = input[..., :8].reshape(2, 5, 2, 4).transpose(1, 2)
output = torch.cat([rotate(heads).transpose(1, 2).reshape(2, 5, 8), input[..., 8:]], dim=-1)
upstream = uniform(generator, *output.shape, requires_grad=False)
output.backward(upstream)
case = Case("two heads of 4, 3 columns that stay").number(headDimension=4, columnCount=8)
case.tensor("input", input).tensor("output", output).tensor("upstream", upstream)
write("NeuralNetworkTests", "rotary_positions", [case.gradients(input=input)])

cases = []
for lengths in ([TIME, TIME], [TIME, 4]):
    generator = seeded(13)
    layer = randomize(Conformer(), generator)
    input = uniform(generator, BATCH, TIME, DIMENSION)
    output = layer(input, lengths)
    upstream = uniform(generator, BATCH, TIME, DIMENSION, requires_grad=False)
    upstream = upstream * padding_mask(lengths, TIME)[:, :, None]
    output.backward(upstream)
    case = Case(f"lengths {lengths}").tensor("lengths", torch.tensor(lengths))
    case.tensor("input", input).tensor("output", output).tensor("upstream", upstream).gradients(input=input)
    for name, parameter in layer.named_parameters():
        case.tensor(name, parameter).tensor("gradient." + name, parameter.grad)
    cases.append(case)
write("NeuralNetworkTests", "conformer_layer", cases)
