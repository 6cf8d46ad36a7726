"""The first steps of fine-tuning a Whisper model, by openai/whisper in PyTorch, beside those that `asr train` has logged.

    python scripts/golden/whisper_training.py OPENAI_PT TRAIN_JSONL METRICS_JSONL [--steps 20] [--bfloat16]

METRICS_JSONL is the metrics.jsonl of
    asr train --init MODEL --train TRAIN_JSONL --dev ... --set model.labelNormalizer=words
whose other settings have their defaults, and OPENAI_PT the same model. The batches are drawn again by the rules of
Sources/Datasets/Loading/BatchSampler.swift; features, network, loss, gradients and AdamW are those of openai/whisper and PyTorch. Prints both
losses of each step, their largest difference, and seconds of audio per second.
Needs torch, openai-whisper, soundfile.
"""

import argparse
import json
import re
import statistics
import time

import soundfile
import torch
import torch.nn.functional as F
import whisper
from whisper.audio import log_mel_spectrogram, pad_or_trim
from whisper.tokenizer import get_tokenizer

MASK = (1 << 64) - 1


def mixed(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


class Key:
    """Sources/Numerics/RandomKey.swift"""

    def __init__(self, seed):
        self.bits = mixed((seed + 0x9E3779B97F4A7C15) & MASK)

    def derived(self, use):
        if isinstance(use, int):
            return Key(self.bits ^ mixed((use + 0x632BE59BD9B4E019) & MASK))
        fingerprint = 0xCBF29CE484222325  # FNV-1a
        for byte in use.encode():
            fingerprint = ((fingerprint ^ byte) * 0x100000001B3) & MASK
        return Key(self.bits ^ fingerprint)


class Generator:
    def __init__(self, key):
        self.state = key.bits

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        return mixed(self.state)

    def uniform(self):
        return (self.next() >> 40) * 2.0**-24

    def shuffle(self, values):
        for last in range(len(values) - 1, 0, -1):
            other = (self.next() * (last + 1)) >> 64
            values[last], values[other] = values[other], values[last]


def batches(count, seed=1, micro=4, micros=4):
    """The first epoch's: every utterance has 3000 frames, so all share a bucket."""
    generator = Generator(Key(seed).derived("batches").derived(0))
    order = list(range(count))
    generator.shuffle(order)
    parts = [order[i:i + micro] for i in range(0, count, micro)]
    generator.shuffle(parts)
    result, frames = [], 0
    for part in parts:
        if not result or frames + len(part) * 3000 > micro * micros * 3000:
            result.append([])
            frames = 0
        result[-1].append(part)
        frames += len(part) * 3000
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("train")
    parser.add_argument("metrics")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--bfloat16", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    lines = [json.loads(line) for line in open(arguments.train)]
    ours = {}
    for line in map(json.loads, open(arguments.metrics)):
        if "loss" in line and "learningRate" in line:
            ours[line["step"]] = line
    model = whisper.load_model(arguments.model, device="cpu").float().train()
    model.encoder.positional_embedding.requires_grad_(False)
    tokenizer = get_tokenizer(model.is_multilingual, language="en", task="transcribe")
    start = list(tokenizer.sot_sequence_including_notimestamps)
    decayed, others = [], []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            isMatrix = parameter.dim() >= 2 and "positional" not in name
            (decayed if isMatrix else others).append(parameter)
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}], betas=(0.9, 0.999),
        eps=1e-8)
    largest, speeds = 0.0, []
    for step, batch in enumerate(batches(len(lines))[:arguments.steps], 1):
        begin = time.time()
        seconds, tokens = 0.0, 0
        labels = {}
        for index in sum(batch, []):
            text = " ".join(re.sub(r"[^a-z0-9']+", " ", lines[index]["text"].lower()).split())
            labels[index] = tokenizer.encode(" " + text) + [tokenizer.eot]
            tokens += len(labels[index])
        total, norm = 0.0, 0.0
        optimizer.zero_grad()
        for part in batch:
            mels = []
            for index in part:
                samples, rate = soundfile.read(lines[index]["audio_filepath"], dtype="float32")
                assert rate == 16000
                seconds += len(samples) / rate
                mels.append(pad_or_trim(log_mel_spectrogram(torch.from_numpy(samples)), 3000))
            longest = max(len(labels[i]) for i in part)
            inputs = torch.full((len(part), len(start) + longest - 1), tokenizer.eot)
            targets = torch.full_like(inputs, -100)
            for row, index in enumerate(part):
                label = torch.tensor(labels[index])
                inputs[row, :len(start)] = torch.tensor(start)
                inputs[row, len(start):len(start) + len(label) - 1] = label[:-1]
                targets[row, len(start) - 1:len(start) - 1 + len(label)] = label
            with torch.autocast("cpu", torch.bfloat16, enabled=arguments.bfloat16):
                logits = model(torch.stack(mels), inputs)
            loss = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=-100, reduction="sum")
            (loss / tokens).backward()
            total += loss.item() / tokens
        norm = torch.nn.utils.clip_grad_norm_(decayed + others, 1.0).item()
        for group in optimizer.param_groups:
            group["lr"] = 1e-5 * step / 50
        optimizer.step()
        elapsed = time.time() - begin
        speeds.append(seconds / elapsed)
        mine = ours[step]
        assert abs(mine["audioInSeconds"] - seconds) < 0.5, (mine["audioInSeconds"], seconds)
        largest = max(largest, abs(total - mine["loss"]))
        print(
            f"step {step}: loss {total:.6f}, asr {mine['loss']:.6f}; gradient norm {norm:.4f}, asr "
            f"{mine['gradientNorm']:.4f}; {elapsed:.2f} s, asr {mine['durationInSeconds']:.2f} s")
    print(f"largest difference {largest:.2e}")
    mine = statistics.median(line["audioInSeconds"] / line["durationInSeconds"] for line in ours.values())
    print(f"median seconds of audio per second: {statistics.median(speeds):.2f}, asr {mine:.2f}")


main()
