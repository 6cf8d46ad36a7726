#!/usr/bin/env python3
"""Whisper tiny.en in CTranslate2, timed: the peer of `asr benchmark transcribe --model whisper-tiny.en` and, with recordings, of
`asr transcribe`, by faster-whisper.

A token's time is the difference between a search for many tokens and one for few, divided by the difference of their tokens:
features, the encoder and the prompt take no part in it. No text ends before it has all its tokens.

Prints one JSON line. Importing Python's packages and loading the model take no part in the times.
"""

import argparse
import json
import os
import resource
import statistics
import time

START_OF_TRANSCRIPT, NO_TIMESTAMPS, END_OF_TEXT = 50257, 50362, 50256  # of the English-only models
FEW_TOKENS = 10


def timed(work):
    start = time.perf_counter()
    result = work()
    return result, 1000 * (time.perf_counter() - start)


def parts(a):
    """Encoder and decoder on 30 s of made-up features; times in milliseconds."""
    import ctranslate2
    import numpy

    model = ctranslate2.models.Whisper(a.model, device="cpu", compute_type=a.compute_type, intra_threads=a.threads)
    features = numpy.random.default_rng(1).standard_normal((1, 80, 3000), dtype=numpy.float32)  # [batch, mel bin, frame]
    features = ctranslate2.StorageView.from_array(features)

    def search(encoded, beam_size, max_length):
        """Tokens and milliseconds of one search."""
        prompts = [[START_OF_TRANSCRIPT, NO_TIMESTAMPS]]
        options = dict(beam_size=beam_size, max_length=max_length, suppress_tokens=[END_OF_TEXT])
        result, milliseconds = timed(lambda: model.generate(encoded, prompts, **options))
        return len(result[0].sequences_ids[0]), milliseconds

    encoder, tokens = [], {"beam_1": [], "beam_5": []}
    for index in range(a.passes + 1):
        encoded, milliseconds = timed(lambda: model.encode(features))
        if index > 0:
            encoder.append(milliseconds)
        for beam_size in (1, 5):
            few, short = search(encoded, beam_size, FEW_TOKENS)
            many, long = search(encoded, beam_size, FEW_TOKENS + a.tokens)
            if index > 0:
                tokens[f"beam_{beam_size}"].append((long - short) / (many - few))
    return {
        "encoder_ms_per_30_s": statistics.median(encoder),
        "decoder_ms_per_token": {name: statistics.median(times) for name, times in tokens.items()},
    }


def recordings(a):
    """Whole recordings, one after the other, as faster-whisper transcribes them."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    model = WhisperModel(a.model, device="cpu", compute_type=a.compute_type, cpu_threads=a.threads)

    options = dict(language="en", beam_size=5)
    if a.batch > 1:
        model = BatchedInferencePipeline(model)
        options["batch_size"] = a.batch

    def transcribe():
        for recording in a.recordings:
            segments, _ = model.transcribe(recording, **options)
            list(segments)  # it works while it is read

    return {"seconds": timed(transcribe)[1] / 1000}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recordings", nargs="*", help="measure the transcription of these instead of the parts")
    parser.add_argument("--model", required=True, help="folder with model.bin")
    parser.add_argument("--compute-type", default="float32")
    parser.add_argument("--batch", type=int, default=1, help="segments of a recording at once; finds speech first")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--passes", type=int, default=3, help="measured passes, after one that is not")
    parser.add_argument("--tokens", type=int, default=100, help="tokens of each search")
    a = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", str(a.threads))
    figures = recordings(a) if a.recordings else parts(a)
    figures["peak_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
