#!/usr/bin/env python3
"""One encoder pass over 30 s of audio at the Whisper sizes in PyTorch, timed: the peer of
`asr benchmark transcribe --preset whisper-tiny|whisper-base`.

The architecture of openai/whisper (Radford et al. 2022): two convolutions of width 3, the second with stride 2, GELU,
fixed sinusoidal positions, pre-norm Transformer layers. The weights are random: what they hold changes no time.

Prints one JSON line.
"""

import argparse
import json
import math
import resource
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

PRESETS = {"whisper-tiny": dict(dimension=384, heads=6, layers=4), "whisper-base": dict(dimension=512, heads=8, layers=6)}
FRAMES, MEL_BINS = 3000, 80  # 30 s, a frame every 10 ms


class SelfAttention(nn.Module):
    def __init__(self, dimension, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(dimension, dimension)
        self.key = nn.Linear(dimension, dimension, bias=False)
        self.value = nn.Linear(dimension, dimension)
        self.output = nn.Linear(dimension, dimension)

    def forward(self, x):
        split = lambda t: t.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # [batch, head, time, head dimension]
        y = F.scaled_dot_product_attention(split(self.query(x)), split(self.key(x)), split(self.value(x)))
        return self.output(y.transpose(1, 2).flatten(2))


class EncoderLayer(nn.Module):
    def __init__(self, dimension, heads):
        super().__init__()
        self.attention_norm = nn.LayerNorm(dimension)
        self.attention = SelfAttention(dimension, heads)
        self.feed_forward_norm = nn.LayerNorm(dimension)
        self.feed_forward = nn.Sequential(
            nn.Linear(dimension, 4 * dimension), nn.GELU(), nn.Linear(4 * dimension, dimension)
        )

    def forward(self, x):
        x = x + self.attention(self.attention_norm(x))
        return x + self.feed_forward(self.feed_forward_norm(x))


class Encoder(nn.Module):
    def __init__(self, dimension, heads, layers):
        super().__init__()
        self.convolution1 = nn.Conv1d(MEL_BINS, dimension, 3, padding=1)
        self.convolution2 = nn.Conv1d(dimension, dimension, 3, stride=2, padding=1)
        rate = torch.exp(torch.arange(dimension // 2) * (-math.log(10000.0) / (dimension // 2 - 1)))
        angle = torch.arange(FRAMES // 2)[:, None] * rate
        self.register_buffer("positions", torch.cat([angle.sin(), angle.cos()], dim=1), persistent=False)
        self.layers = nn.Sequential(*[EncoderLayer(dimension, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(dimension)

    def forward(self, mel):
        x = F.gelu(self.convolution1(mel))
        x = F.gelu(self.convolution2(x)).transpose(1, 2)  # [batch, time, dimension]
        return self.norm(self.layers(x + self.positions))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", choices=sorted(PRESETS), default="whisper-tiny")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--passes", type=int, default=9, help="measured passes")
    parser.add_argument("--warmup", type=int, default=2, help="passes before them")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    encoder = Encoder(**PRESETS[a.preset]).eval()
    mel = torch.randn(1, MEL_BINS, FRAMES)

    times = []
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=a.precision == "bfloat16"):
        for index in range(a.warmup + a.passes):
            start = time.perf_counter()
            output = encoder(mel)
            if index >= a.warmup:
                times.append(1000 * (time.perf_counter() - start))
    assert output.isfinite().all()
    median = statistics.median(times)
    print(
        json.dumps(
            {
                "program": f"PyTorch {torch.__version__.split('+')[0]}",
                "preset": a.preset,
                "precision": a.precision,
                "threads": a.threads,
                "parameters": sum(p.numel() for p in encoder.parameters()),
                "encoder_ms_per_30_s": round(median, 1),
                "encoder_ms_min": round(min(times), 1),
                "encoder_ms_max": round(max(times), 1),
                "audio_s_per_s": round(30 / (median / 1000), 1),
                "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
    )


if __name__ == "__main__":
    main()
