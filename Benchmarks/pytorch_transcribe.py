#!/usr/bin/env python3
"""Encoder and decoder at the Whisper sizes in PyTorch, timed: the peer of
`asr benchmark transcribe --preset whisper-tiny|whisper-base`.

The architecture of openai/whisper (Radford et al. 2022): two convolutions of width 3, the second with stride 2, GELU,
fixed sinusoidal positions, pre-norm Transformer layers; a decoder with cached keys and values, whose output projection is
its embedding. The weights are random: what they hold changes no time.

Written to be as fast as plain PyTorch is: fused scaled dot-product attention, one product for queries, keys and values,
caches that are allocated once, all hypotheses of a beam as queries of one cross-attention. For bfloat16 the weights are
converted once; --autocast has them float32 and converts on the way, which is slower.

Prints one JSON line.
"""

import argparse
import contextlib
import json
import math
import resource
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

PRESETS = {"whisper-tiny": dict(dimension=384, heads=6, layers=4), "whisper-base": dict(dimension=512, heads=8, layers=6)}
FRAMES, MEL_BINS, VOCABULARY = 3000, 80, 51865  # 30 s, a frame every 10 ms
END = 4
BEAM_SIZES = (1, 5)


def sinusoids(count, dimension):
    rate = torch.exp(torch.arange(dimension // 2) * (-math.log(10000.0) / (dimension // 2 - 1)))
    angle = torch.arange(count)[:, None] * rate
    return torch.cat([angle.sin(), angle.cos()], dim=1)


def split(x, heads):
    """[batch, time, model] -> [batch, head, time, head dimension]"""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def joined(x):
    return x.transpose(1, 2).flatten(2)


def feed_forward(dimension):
    return nn.Sequential(nn.Linear(dimension, 4 * dimension), nn.GELU(), nn.Linear(4 * dimension, dimension))


class EncoderLayer(nn.Module):
    def __init__(self, dimension, heads):
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(dimension)
        self.query_key_value = nn.Linear(dimension, 3 * dimension)
        self.output = nn.Linear(dimension, dimension)
        self.feed_forward_norm = nn.LayerNorm(dimension)
        self.feed_forward = feed_forward(dimension)

    def forward(self, x):
        query, key, value = (split(y, self.heads) for y in self.query_key_value(self.attention_norm(x)).chunk(3, -1))
        x = x + self.output(joined(F.scaled_dot_product_attention(query, key, value)))
        return x + self.feed_forward(self.feed_forward_norm(x))


class Encoder(nn.Module):
    def __init__(self, dimension, heads, layers):
        super().__init__()
        self.convolution1 = nn.Conv1d(MEL_BINS, dimension, 3, padding=1)
        self.convolution2 = nn.Conv1d(dimension, dimension, 3, stride=2, padding=1)
        self.register_buffer("positions", sinusoids(FRAMES // 2, dimension), persistent=False)
        self.layers = nn.Sequential(*[EncoderLayer(dimension, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(dimension)

    def forward(self, mel):
        x = F.gelu(self.convolution1(mel))
        x = F.gelu(self.convolution2(x)).transpose(1, 2)  # [batch, time, dimension]
        return self.norm(self.layers(x + self.positions))


class DecoderLayer(nn.Module):
    def __init__(self, dimension, heads):
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(dimension)
        self.query_key_value = nn.Linear(dimension, 3 * dimension)
        self.output = nn.Linear(dimension, dimension)
        self.cross_norm = nn.LayerNorm(dimension)
        self.cross_query = nn.Linear(dimension, dimension)
        self.cross_key_value = nn.Linear(dimension, 2 * dimension)
        self.cross_output = nn.Linear(dimension, dimension)
        self.feed_forward_norm = nn.LayerNorm(dimension)
        self.feed_forward = feed_forward(dimension)

    def forward(self, x, position, cache, encoder_keys_values):
        # x: [beam, 1, model]; cache: [2, beam, head, capacity, head dimension]
        query, key, value = (split(y, self.heads) for y in self.query_key_value(self.attention_norm(x)).chunk(3, -1))
        cache[0, :, :, position : position + 1] = key
        cache[1, :, :, position : position + 1] = value
        seen = cache[:, :, :, : position + 1]
        x = x + self.output(joined(F.scaled_dot_product_attention(query, seen[0], seen[1])))
        # All hypotheses hear the same: they are the queries of one attention. [1, head, beam, head dimension]
        query = split(self.cross_query(self.cross_norm(x)).transpose(0, 1), self.heads)
        context = F.scaled_dot_product_attention(query, *encoder_keys_values)
        x = x + self.cross_output(joined(context).transpose(0, 1))
        return x + self.feed_forward(self.feed_forward_norm(x))


class Decoder(nn.Module):
    def __init__(self, dimension, heads, layers, capacity):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, dimension)
        self.register_buffer("positions", sinusoids(capacity, dimension), persistent=False)
        self.layers = nn.ModuleList([DecoderLayer(dimension, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(dimension)

    def keys_values(self, encoded):
        return [[split(y, l.heads) for y in l.cross_key_value(encoded).chunk(2, -1)] for l in self.layers]

    def forward(self, tokens, position, caches, keys_values):
        x = self.embedding(tokens[:, None]) + self.positions[position]
        for layer, cache, cross in zip(self.layers, caches, keys_values):
            x = layer(x, position, cache, cross)
        return F.linear(self.norm(x[:, 0]), self.embedding.weight)  # [beam, vocabulary]


def search(decoder, keys_values, beam_size, step_count):
    """Greedy or beam search that never ends before `step_count` steps."""
    cross = keys_values[0][0]
    heads, head_dimension = cross.shape[1], cross.shape[3]
    caches = [
        torch.zeros(2, beam_size, heads, step_count, head_dimension, dtype=cross.dtype) for _ in decoder.layers
    ]
    tokens = torch.full((beam_size,), 3)
    scores = torch.full((beam_size,), -math.inf)
    scores[0] = 0
    for position in range(step_count):
        logits = decoder(tokens, position, caches, keys_values).float()
        logits[:, END] = -math.inf
        log_probabilities = logits.log_softmax(dim=-1)
        if beam_size == 1:
            tokens = log_probabilities.argmax(dim=-1)
            continue
        best = (scores[:, None] + log_probabilities).flatten().topk(beam_size)
        scores, parents, tokens = best.values, best.indices // VOCABULARY, best.indices % VOCABULARY
        for cache in caches:
            cache[:, :, :, : position + 1] = cache[:, parents, :, : position + 1]
    assert scores.isfinite().all()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", choices=sorted(PRESETS), default="whisper-tiny")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--passes", type=int, default=7, help="measured passes")
    parser.add_argument("--warmup", type=int, default=2, help="passes before them")
    parser.add_argument("--tokens", type=int, default=100, help="tokens of each search")
    parser.add_argument("--autocast", action="store_true", help="bfloat16 by autocast instead of converted weights")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    encoder = Encoder(**PRESETS[a.preset]).eval()
    decoder = Decoder(**PRESETS[a.preset], capacity=a.tokens + 1).eval()
    mel = torch.randn(1, MEL_BINS, FRAMES)
    by_autocast = a.precision == "bfloat16" and a.autocast
    if a.precision == "bfloat16" and not by_autocast:
        encoder, decoder, mel = encoder.bfloat16(), decoder.bfloat16(), mel.bfloat16()

    times = {"encoder": []} | {beam: [] for beam in BEAM_SIZES}

    def timed(name, measured, work):
        start = time.perf_counter()
        result = work()
        if measured:
            times[name].append(1000 * (time.perf_counter() - start))
        return result

    precision = torch.autocast("cpu", dtype=torch.bfloat16) if by_autocast else contextlib.nullcontext()
    with torch.inference_mode(), precision:
        for index in range(a.warmup + a.passes):
            encoded = timed("encoder", index >= a.warmup, lambda: encoder(mel))
            keys_values = decoder.keys_values(encoded)
            for beam in BEAM_SIZES:
                timed(beam, index >= a.warmup, lambda: search(decoder, keys_values, beam, a.tokens + 1))
    assert encoded.isfinite().all()

    median = statistics.median(times["encoder"])
    print(
        json.dumps(
            {
                "program": f"PyTorch {torch.__version__.split('+')[0]}",
                "preset": a.preset,
                "precision": a.precision,
                "threads": a.threads,
                "parameters": sum(p.numel() for m in (encoder, decoder) for p in m.parameters()),
                "encoder_ms_per_30_s": round(median, 1),
                "encoder_ms_min": round(min(times["encoder"]), 1),
                "encoder_ms_max": round(max(times["encoder"]), 1),
                "decoder_ms_per_token": {
                    f"beam_{beam}": round(statistics.median(times[beam]) / (a.tokens + 1), 3) for beam in BEAM_SIZES
                },
                "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
    )


if __name__ == "__main__":
    main()
