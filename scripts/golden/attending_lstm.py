"""Golden values of an LSTM that attends (Bahdanau et al. 2015, Chan et al. 2016): PyTorch's nn.LSTMCell, which reads its input and what it
attended to before, side by side, and additive attention of its output, written out.

PyTorch has two biases whose sum counts: they are written as one, whose gradient is that of each. The weight of the input is written in two
parts, that of the input and that of the context. Sequences are [time, batch, feature].
"""

import torch
import torch.nn as nn
from golden import Case, padding_mask, randomize, seeded, uniform, write

TIME, BATCH, INPUT, UNITS, VALUES, WIDTH, POSITIONS = 5, 3, 4, 3, 6, 7, 4

cases = []
for lengths in ([4, 4, 4], [4, 1, 3]):
    generator = seeded(41)
    cell = randomize(nn.LSTMCell(INPUT + VALUES, UNITS), generator)
    key = randomize(nn.Linear(VALUES, WIDTH), generator)
    query = randomize(nn.Linear(UNITS, WIDTH, bias=False), generator)
    energy = uniform(generator, WIDTH)
    input = uniform(generator, TIME, BATCH, INPUT)
    encoded = uniform(generator, BATCH, POSITIONS, VALUES)
    upstream = uniform(generator, TIME, BATCH, UNITS + VALUES, requires_grad=False)

    mask = padding_mask(lengths, POSITIONS)
    keys = key(encoded)
    hidden, memory, context = torch.zeros(BATCH, UNITS), torch.zeros(BATCH, UNITS), torch.zeros(BATCH, VALUES)
    outputs, weights = [], []
    for step in range(TIME):
        hidden, memory = cell(torch.cat([input[step], context], dim=1), (hidden, memory))
        energies = torch.tanh(query(hidden)[:, None, :] + keys) @ energy
        attention = torch.softmax(energies.masked_fill(~mask, -torch.inf), dim=1)
        context = (attention[:, None, :] @ encoded)[:, 0]
        outputs.append(torch.cat([hidden, context], dim=1))
        weights.append(attention)
    output = torch.stack(outputs)
    output.backward(upstream)
    assert torch.allclose(cell.bias_ih.grad, cell.bias_hh.grad, rtol=1e-12)

    case = Case(f"lengths {lengths}").tensor("lengths", torch.tensor(lengths)).tensor("input", input)
    case.tensor("encoded", encoded).tensor("upstream", upstream).tensor("output", output)
    case.tensor("weights", torch.stack(weights, dim=1)).tensor("cell", memory)
    case.gradients(input=input, encoded=encoded)
    for name, value, gradient in (
        ("input.weight", cell.weight_ih[:, :INPUT], cell.weight_ih.grad[:, :INPUT]),
        ("context.weight", cell.weight_ih[:, INPUT:], cell.weight_ih.grad[:, INPUT:]),
        ("recurrent.weight", cell.weight_hh, cell.weight_hh.grad),
        ("bias", cell.bias_ih + cell.bias_hh, cell.bias_ih.grad),
        ("query.weight", query.weight, query.weight.grad),
        ("key.weight", key.weight, key.weight.grad),
        ("key.bias", key.bias, key.bias.grad),
        ("energy.weight", energy, energy.grad),
    ):
        case.tensor(name, value).tensor("gradient." + name, gradient)
    cases.append(case)
write("NeuralNetworkTests", "attending_lstm", cases)
