"""Golden values of the embedding: rows of a table, whose gradients add up where an index repeats."""

import torch
import torch.nn.functional as F
from golden import Case, seeded, uniform, write

generator = seeded(5)
table = uniform(generator, 7, 4)
indices = torch.tensor([[3, 1, 3], [6, 0, 3]])
output = F.embedding(indices, table)
upstream = uniform(generator, *output.shape, requires_grad=False)
output.backward(upstream)
case = Case("repeated indices").tensor("table", table).tensor("indices", indices).tensor("output", output)
case.tensor("upstream", upstream).gradients(table=table)
write("AutogradTests", "embedding", [case])
