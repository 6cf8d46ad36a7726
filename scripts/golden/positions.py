"""Golden values of the sinusoidal position encoding of Vaswani et al. (2017), section 3.5:
encoding[position, 2i] = sin(position / 10000^(2i / dimension)), encoding[position, 2i + 1] = cos(the same)."""

import torch
from golden import Case, write


def encoding(positions, dimension):
    table = torch.zeros(len(positions), dimension)
    for row, position in enumerate(positions):
        for i in range(0, dimension, 2):
            angle = torch.tensor(position / 10000 ** (i / dimension))
            table[row, i] = torch.sin(angle)
            table[row, i + 1] = torch.cos(angle)
    return table


cases = []
for dimension, positions in [(8, list(range(10))), (256, [0, 1, 2, 99, 1499])]:
    case = Case(f"dimension {dimension}").number(modelDimension=dimension)
    case.tensor("positions", torch.tensor(positions)).tensor("encoding", encoding(positions, dimension))
    cases.append(case)
write("NeuralNetworkTests", "sinusoidal_positions", cases)
