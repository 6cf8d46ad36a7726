#!/usr/bin/env python3
"""Compares asr's voice activity detector with Silero VAD and with energy and spectral flatness.

    scripts/compare-vad.py --noise NOISE-FOLDER --output FOLDER MANIFEST.jsonl... [--asr PATH] [--detector DIR] [--every N]

needs the Python packages numpy, soundfile, torch and silero-vad. Each clip of the manifests stands between 2 s without speech on either side,
in noise of the second half of a recording of the folder (the recordings take turns), at 10 and at 0 dB: the mean power of the frames with speech
relative to that of the noise. Which frames of 10 ms are speech is known from the energy of the clean clip, as Sources/Training/VoiceActivity/SpeechLabels.swift
says it. Printed is the area under the receiver operating characteristic, over all frames and for each noise; the last column is asr's area
where the frames are labelled by Silero VAD on the clean clip instead, and Silero's own.
"""
import argparse, json, os, subprocess, sys
import numpy as np, soundfile as sf

RATE, FRAME = 16_000, 160
PAUSE = 2 * RATE


def labels(x):
    """SpeechLabels.swift"""
    padded = np.concatenate([np.zeros(120), x.astype(np.float64) ** 2, np.zeros(400)])
    sums = np.concatenate([[0], np.cumsum(padded)])
    ones = np.concatenate([[0], np.cumsum(np.concatenate([np.zeros(120), np.ones(len(x)), np.zeros(400)]))])
    starts = np.arange(0, len(x), FRAME)
    power = (sums[starts + 400] - sums[starts]) / np.maximum(1, ones[starts + 400] - ones[starts])
    level = 10 * np.log10(np.maximum(power, 1e-10))
    ordered = np.sort(level)
    low, high = ordered[len(ordered) // 20], ordered[len(ordered) - 1 - len(ordered) // 20]
    marks = level >= max(low + 0.3 * (high - low), high - 35)
    for value, count in ((True, 6), (False, 21)):
        start = 0
        while start < len(marks):
            end = start
            while end < len(marks) and marks[end] == marks[start]:
                end += 1
            inside = start > 0 and end < len(marks)
            if marks[start] == value and end - start < count and (inside or value):
                marks[start:end] = not value
            start = end
    return marks


def area(truth, score):
    """Area under the curve by ranks (Mann-Whitney), ties counted half."""
    values, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positive = truth.sum()
    return (ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * (len(truth) - positive))


def floor(x, count):
    """Energy above the quietest tenth of the last 10 s, in dB, less 20 times the spectral flatness, smoothed over 70 ms."""
    window = np.hanning(400)
    padded = np.concatenate([np.zeros(120), x, np.zeros(400)])
    energy, flat = np.empty(count), np.empty(count)
    for first in range(0, count, 4096):
        index = np.arange(first, min(count, first + 4096))
        frames = padded[index[:, None] * FRAME + np.arange(400)] * window
        power = np.abs(np.fft.rfft(frames, 512)[:, 4:]) ** 2 + 1e-10
        energy[index] = 10 * np.log10(power.mean(1))
        flat[index] = np.exp(np.log(power).mean(1)) / power.mean(1)
    quiet = np.array([np.percentile(energy[max(0, i - 1000): i + 1], 10) for i in range(0, count, 50)])
    score = energy - np.repeat(quiet, 50)[:count] - 20 * flat
    return np.convolve(score, np.ones(7) / 7, "same")


def silero(x, count):
    import torch
    from silero_vad import load_silero_vad
    torch.set_num_threads(1)
    model = load_silero_vad()
    with torch.no_grad():
        p = model.audio_forward(torch.from_numpy(x.astype(np.float32))[None], sr=RATE)[0].numpy()
    middle = (np.arange(count) * FRAME + FRAME // 2) / 512 - 0.5  # between the middles of chunks of 32 ms
    return np.interp(middle, np.arange(len(p)), p)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("manifests", nargs="+")
    a.add_argument("--noise", required=True)
    a.add_argument("--output", required=True)
    a.add_argument("--asr", default=".build/release/asr")
    a.add_argument("--detector")
    a.add_argument("--every", type=int, default=1)
    a = a.parse_args()
    os.makedirs(a.output, exist_ok=True)
    noises = {}
    for name in sorted(os.listdir(a.noise)):
        x = sf.read(f"{a.noise}/{name}", dtype="float32")[0]
        noises[name.rsplit(".", 1)[0]] = x[len(x) // 2:]
    names = list(noises)
    for manifest in a.manifests:
        clips = [json.loads(line)["audio_filepath"] for line in open(manifest)][:: a.every]
        for snr in (10, 0):
            base = f"{a.output}/{os.path.basename(manifest).rsplit('.', 1)[0]}-{snr}"
            if not os.path.exists(base + ".npz"):
                sound, truth, kind, other = [], [], [], []
                for number, path in enumerate(clips):
                    x = sf.read(path, dtype="float32")[0]
                    x = x[: len(x) // FRAME * FRAME]
                    mark = labels(x)
                    which = number % len(names)
                    noise = noises[names[which]]
                    total = len(x) + 2 * PAUSE
                    start = (number * 7919 * FRAME) % len(noise)
                    n = np.resize(np.roll(noise, -start), total)
                    speech = (x[np.repeat(mark, FRAME)] ** 2).mean()
                    y = n * np.sqrt(speech / (n ** 2).mean() * 10 ** (-snr / 10))
                    y[PAUSE:-PAUSE] += x
                    pause = np.zeros(PAUSE // FRAME, bool)
                    sound.append(y / max(1, np.abs(y).max()))
                    truth.append(np.concatenate([pause, mark, pause]))
                    clean = silero(np.concatenate([np.zeros(PAUSE, np.float32), x, np.zeros(PAUSE, np.float32)]), len(truth[-1]))
                    other.append(clean >= 0.5)
                    kind.append(np.full(len(truth[-1]), which))
                y, t, k, o = (np.concatenate(v) for v in (sound, truth, kind, other))
                sf.write(base + ".wav", y, RATE, subtype="PCM_16")
                y = sf.read(base + ".wav", dtype="float32")[0]
                np.savez(base + ".npz", truth=t, kind=k, other=o, silero=silero(y, len(t)), floor=floor(y, len(t)))
            data = np.load(base + ".npz")
            command = [a.asr, "vad", "find", base + ".wav", "--probabilities", base + ".npy"]
            subprocess.run(command + (["--detector", a.detector] if a.detector else []), check=True, stdout=subprocess.DEVNULL)
            own = np.load(base + ".npy")
            truth = data["truth"]
            print(f"{os.path.basename(base)}  {len(truth) / 6000:.1f} min, {100 * truth.mean():.0f} % speech")
            scores = {"asr": own, "silero": data["silero"], "floor": data["floor"]}
            for name, score in scores.items():
                each = "  ".join(
                    f"{names[w]} {area(truth[data['kind'] == w], score[data['kind'] == w]):.3f}" for w in range(len(names)))
                print(f"  {name:7s} {area(truth, score):.4f}  {each}  labels of silero {area(data['other'], score):.4f}", flush=True)


main()
