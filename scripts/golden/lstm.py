"""Golden values of LSTM layers: PyTorch's nn.LSTM over packed sequences, one direction and both.

PyTorch has two biases whose sum counts: they are written as one, whose gradient is that of each. The gates stand in PyTorch's order,
in, forget, candidate, out.
"""

import torch
import torch.nn as nn
from golden import Case, padding_mask, randomize, seeded, uniform, write
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

BATCH, TIME, INPUT, UNITS = 3, 6, 5, 4

cases = []
for directions in (1, 2):
    for lengths in ([6, 6, 6], [6, 1, 4]):
        generator = seeded(31)
        layer = randomize(nn.LSTM(INPUT, UNITS, batch_first=True, bidirectional=directions == 2), generator)
        input = uniform(generator, BATCH, TIME, INPUT)
        packed = pack_padded_sequence(input, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        output, (hidden, cell) = layer(packed)
        output, _ = pad_packed_sequence(output, batch_first=True, total_length=TIME)
        upstream = uniform(generator, *output.shape, requires_grad=False) * padding_mask(lengths, TIME)[:, :, None]
        output.backward(upstream)
        case = Case(f"{directions} directions, lengths {lengths}").number(directions=directions)
        case.tensor("lengths", torch.tensor(lengths)).tensor("input", input).tensor("upstream", upstream)
        case.tensor("output", output).tensor("hidden", hidden).tensor("cell", cell).gradients(input=input)
        for direction, suffix in zip(("forward", "backward")[:directions], ("_l0", "_l0_reverse")):
            parameters = {kind: getattr(layer, kind + suffix) for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
            assert torch.allclose(parameters["bias_ih"].grad, parameters["bias_hh"].grad, rtol=1e-12)
            for kind, name in (("weight_ih", "input.weight"), ("weight_hh", "recurrent.weight")):
                case.tensor(f"{direction}.{name}", parameters[kind])
                case.tensor(f"gradient.{direction}.{name}", parameters[kind].grad)
            case.tensor(f"{direction}.bias", parameters["bias_ih"] + parameters["bias_hh"])
            case.tensor(f"gradient.{direction}.bias", parameters["bias_ih"].grad)
        cases.append(case)
write("NeuralNetworkTests", "lstm", cases)
