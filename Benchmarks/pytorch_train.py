#!/usr/bin/env python3
"""One training step of the reference models in PyTorch, timed: the peer of `asr benchmark train`.

The same work as ours: two convolutions of width 3 and stride 2 over the log-mel spectrogram, sinusoidal positions,
a Transformer encoder with a CTC output, a Transformer decoder with teacher forcing, label-smoothed cross-entropy
plus 0.3 CTC, gradients clipped by their norm, AdamW. Written as PyTorch's documentation would have it: nn.Transformer
layers, batch_first, fused scaled dot-product attention, fused AdamW. Inputs are random; what they hold changes no time.

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

PADDING, START, END, BLANK = 0, 1, 2, 0

PRESETS = {
    "base-8m": dict(dimension=256, heads=4, feed_forward=1024, encoder_layers=6, decoder_layers=3, batch=16),
    "base-17m": dict(dimension=384, heads=6, feed_forward=1536, encoder_layers=4, decoder_layers=4, batch=8),
}


def sinusoids(count, dimension):
    """Vaswani et al. (2017), section 3.5: [count, dimension]."""
    angle = torch.arange(count)[:, None] * torch.exp(
        torch.arange(0, dimension, 2) * (-math.log(10000.0) / dimension)
    )
    return torch.stack([angle.sin(), angle.cos()], dim=-1).reshape(count, dimension)


class EncoderDecoder(nn.Module):
    """Log-mel spectrogram and text in, decoder and CTC logits out."""

    def __init__(self, arguments):
        super().__init__()
        d = arguments.dimension
        layer = dict(
            d_model=d,
            nhead=arguments.heads,
            dim_feedforward=arguments.feed_forward,
            dropout=arguments.dropout,
            activation="relu",
            batch_first=True,
        )
        self.scale = math.sqrt(d)
        self.convolution1 = nn.Conv1d(arguments.mel_bins, d, 3, stride=2, padding=1)
        self.convolution2 = nn.Conv1d(d, d, 3, stride=2, padding=1)
        self.register_buffer("positions", sinusoids(4096, d), persistent=False)
        self.dropout = nn.Dropout(arguments.dropout)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(**layer), arguments.encoder_layers, enable_nested_tensor=False
        )
        self.embedding = nn.Embedding(arguments.vocabulary, d, padding_idx=PADDING)
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(**layer), arguments.decoder_layers)
        self.output = nn.Linear(d, arguments.vocabulary)
        self.ctc_output = nn.Linear(d, arguments.vocabulary)

    def forward(self, features, feature_lengths, text):
        # features: [batch, frame, mel] -> [batch, mel, frame] -> [batch, dimension, frame / 4]
        x = F.relu(self.convolution1(features.transpose(1, 2)))
        x = F.relu(self.convolution2(x))
        x = x.transpose(1, 2)  # [batch, time, dimension]
        lengths = (feature_lengths + 3) // 4
        padded = torch.arange(x.shape[1])[None, :] >= lengths[:, None]
        x = self.dropout(x + self.positions[: x.shape[1]])
        memory = self.encoder(x, src_key_padding_mask=padded)

        # text: [batch, character]
        y = self.embedding(text) * self.scale
        y = self.dropout(y + self.positions[: text.shape[1]])
        causal = nn.Transformer.generate_square_subsequent_mask(text.shape[1]).isinf()
        y = self.decoder(
            y, memory, tgt_mask=causal, tgt_is_causal=True, memory_key_padding_mask=padded,
            tgt_key_padding_mask=text == PADDING,
        )  # fmt: skip
        return self.output(y), self.ctc_output(memory), lengths


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", choices=sorted(PRESETS), default="base-8m")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=7, help="measured steps")
    parser.add_argument("--warmup", type=int, default=2, help="steps before them")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of an utterance")
    parser.add_argument("--characters", type=int, default=150, help="characters of an utterance")
    parser.add_argument("--vocabulary", type=int, default=32)
    parser.add_argument("--mel-bins", type=int, default=80)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--compile", action="store_true", help="with torch.compile, which the comparison does not use")
    for name in ("batch", "dimension", "heads", "feed-forward", "encoder-layers", "decoder-layers"):
        parser.add_argument("--" + name, type=int, help="instead of the preset's")
    values = parser.parse_args()
    for name, value in PRESETS[values.preset].items():
        if getattr(values, name) is None:
            setattr(values, name, value)
    return values


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    model = EncoderDecoder(a).train()
    forward = torch.compile(model) if a.compile else model
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-4, betas=(0.9, 0.98), eps=1e-9, weight_decay=0.01, fused=True
    )

    frames = round(a.seconds * 100)
    features = torch.randn(a.batch, frames, a.mel_bins)
    feature_lengths = torch.full((a.batch,), frames)
    characters = torch.randint(3, a.vocabulary, (a.batch, a.characters))
    decoder_input = torch.cat([torch.full((a.batch, 1), START), characters], dim=1)
    decoder_target = torch.cat([characters, torch.full((a.batch, 1), END)], dim=1)
    character_counts = torch.full((a.batch,), a.characters)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=a.precision == "bfloat16"):
            logits, ctc_logits, lengths = forward(features, feature_lengths, decoder_input)
        cross_entropy = F.cross_entropy(
            logits.float().flatten(0, 1), decoder_target.flatten(), ignore_index=PADDING, label_smoothing=0.1
        )
        log_probabilities = ctc_logits.float().log_softmax(dim=-1).transpose(0, 1)
        ctc = F.ctc_loss(log_probabilities, characters, lengths, character_counts, blank=BLANK, zero_infinity=True)
        loss = 0.7 * cross_entropy + 0.3 * ctc
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    for _ in range(a.warmup):
        step()
    times = []
    for _ in range(a.steps):
        start = time.perf_counter()
        loss = step()
        times.append(1000 * (time.perf_counter() - start))
    assert math.isfinite(loss.item())

    median = statistics.median(times)
    print(
        json.dumps(
            {
                "program": f"PyTorch {torch.__version__.split('+')[0]}",
                "preset": a.preset,
                "precision": a.precision,
                "compiled": a.compile,
                "threads": a.threads,
                "batch": a.batch,
                "parameters": sum(p.numel() for p in model.parameters()),
                "step_ms": round(median, 1),
                "step_ms_min": round(min(times), 1),
                "step_ms_max": round(max(times), 1),
                "audio_s_per_s": round(a.batch * a.seconds / (median / 1000), 1),
                "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
    )


if __name__ == "__main__":
    main()
