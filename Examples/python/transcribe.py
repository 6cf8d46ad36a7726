#!/usr/bin/env python3
"""Writes down what is said in a WAV file of 16-bit samples: transcribe.py FILE [MODEL].

ASR_LIBRARY names libasr.so where the system does not find it.
"""
import array
import ctypes
import os
import sys
import wave

asr = ctypes.CDLL(os.environ.get("ASR_LIBRARY", "libasr.so"))
asr.asr_load.restype = ctypes.c_void_p
asr.asr_load.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(ctypes.c_void_p)]
asr.asr_transcribe.restype = ctypes.c_void_p
asr.asr_transcribe.argtypes = [
    ctypes.c_void_p, ctypes.POINTER(ctypes.c_float), ctypes.c_size_t, ctypes.c_int, ctypes.c_char_p,
    ctypes.POINTER(ctypes.c_void_p)]
asr.asr_free_text.argtypes = [ctypes.c_void_p]
asr.asr_free.argtypes = [ctypes.c_void_p]


def text_of(pointer):
    """The text at a pointer, which is freed."""
    text = ctypes.string_at(pointer).decode()
    asr.asr_free_text(pointer)
    return text


class Transcriber:
    def __init__(self, model=None, threads=0):
        error = ctypes.c_void_p()
        self.handle = asr.asr_load(model.encode() if model else None, threads, ctypes.byref(error))
        if not self.handle:
            raise RuntimeError(text_of(error))

    def transcribe(self, samples, sample_rate, format="text"):
        """What is said in a sequence of numbers from -1 to 1."""
        values = (ctypes.c_float * len(samples))(*samples)
        error = ctypes.c_void_p()
        text = asr.asr_transcribe(self.handle, values, len(samples), sample_rate, format.encode(), ctypes.byref(error))
        if not text:
            raise RuntimeError(text_of(error))
        return text_of(text)

    def __del__(self):
        asr.asr_free(getattr(self, "handle", None))


def main():
    with wave.open(sys.argv[1]) as file:
        if file.getsampwidth() != 2 or file.getnchannels() != 1:
            sys.exit("this example reads one channel of 16-bit samples")
        rate = file.getframerate()
        samples = array.array("h", file.readframes(file.getnframes()))
    if sys.byteorder == "big":
        samples.byteswap()
    transcriber = Transcriber(sys.argv[2] if len(sys.argv) > 2 else None)
    print(transcriber.transcribe([sample / 32768 for sample in samples], rate), end="")


if __name__ == "__main__":
    main()
