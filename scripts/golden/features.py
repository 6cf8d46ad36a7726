"""Reference log-mel features of a clip, for Tests/AudioTests/LogMelSpectrogramTests.swift.

Never needed to build or test. To make the fixtures again:

    python3 -m venv venv && venv/bin/pip install torch numpy soundfile kaldi-native-fbank
    venv/bin/pip install --no-deps openai-whisper
    venv/bin/python scripts/golden/features.py audio/sentence-awb.flac Tests/AudioTests/Fixtures

Writes every tenth frame, [frame, mel bin] in float32, as .npy. Made with openai-whisper 20250625, torch 2.15,
kaldi-native-fbank 1.22.5.
"""

import importlib.util
import pathlib
import sys
import types

import kaldi_native_fbank
import numpy
import soundfile
import torch


def whisper_audio():
    """The module whisper.audio alone: the package itself would ask for tiktoken and numba."""
    spec = importlib.util.find_spec("whisper")
    package = types.ModuleType("whisper")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["whisper"] = package
    return importlib.import_module("whisper.audio")


def whisper_features(audio, samples, mel_bins):
    return audio.log_mel_spectrogram(torch.from_numpy(samples), n_mels=mel_bins).T.numpy()


def kaldi_features(samples, mel_bins):
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0
    options.mel_opts.num_bins = mel_bins
    fbank = kaldi_native_fbank.OnlineFbank(options)
    fbank.accept_waveform(16000, (samples * 32768).tolist())
    fbank.input_finished()
    return numpy.stack([fbank.get_frame(i) for i in range(fbank.num_frames_ready)])


clip, folder = sys.argv[1], pathlib.Path(sys.argv[2])
samples, rate = soundfile.read(clip, dtype="float32")
audio = whisper_audio()
assert rate == 16000 and samples.ndim == 1
for name, features in {
    "whisper-80": whisper_features(audio, samples, 80),
    "whisper-128": whisper_features(audio, samples, 128),
    "kaldi-80": kaldi_features(samples, 80),
}.items():
    subset = numpy.ascontiguousarray(features[::10], dtype="float32")
    numpy.save(folder / f"{name}.npy", subset)
    print(name, features.shape, "->", subset.shape, float(features.min()), float(features.max()))
