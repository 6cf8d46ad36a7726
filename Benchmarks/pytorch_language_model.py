"""One training step of a character language model in PyTorch, as `asr train-lm` does it: an LSTM (nn.LSTM) or a Transformer that sees
only what was before (nn.TransformerEncoder with a causal mask), forward, backward, clipping, AdamW.

Prints the median step of each kind in milliseconds, and characters a second.
"""

import argparse
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Recurrent(nn.Module):
    def __init__(self, tokens, layers, dimension):
        super().__init__()
        self.embedding = nn.Embedding(tokens, dimension)
        self.lstm = nn.LSTM(dimension, dimension, layers, batch_first=True)
        self.output = nn.Linear(dimension, tokens)

    def forward(self, x):
        return self.output(self.lstm(self.embedding(x))[0])


class Transformer(nn.Module):
    def __init__(self, tokens, layers, dimension, heads, length):
        super().__init__()
        self.embedding = nn.Embedding(tokens, dimension)
        self.positions = nn.Parameter(torch.zeros(length, dimension), requires_grad=False)
        layer = nn.TransformerEncoderLayer(
            dimension, heads, 4 * dimension, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, nn.LayerNorm(dimension), enable_nested_tensor=False)
        self.output = nn.Linear(dimension, tokens)
        self.mask = nn.Transformer.generate_square_subsequent_mask(length)

    def forward(self, x):
        return self.output(self.layers(self.embedding(x) + self.positions, mask=self.mask, is_causal=True))


parser = argparse.ArgumentParser()
parser.add_argument("--kind", choices=["lstm", "transformer"], nargs="+", default=["lstm", "transformer"])
parser.add_argument("--tokens", type=int, default=34)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--length", type=int, default=128)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--steps", type=int, default=5)
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)
torch.manual_seed(1)
for kind in arguments.kind:
    model = (
        Recurrent(arguments.tokens, 1, 1024)
        if kind == "lstm"
        else Transformer(arguments.tokens, 6, 384, 6, arguments.length)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    text = torch.randint(0, arguments.tokens, (arguments.batch, arguments.length + 1))
    times = []
    for step in range(arguments.steps + 1):
        start = time.perf_counter()
        logits = model(text[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, arguments.tokens), text[:, 1:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step > 0:
            times.append(time.perf_counter() - start)
    median = statistics.median(times)
    characters = arguments.batch * arguments.length
    print(f"{kind}: {1000 * median:.0f} ms a step, {characters / median:.0f} characters/s")
