#!/usr/bin/env python3
"""Golden tokens of byte-level vocabularies, by tiktoken; run in an environment with tiktoken, and openai-whisper for its vocabularies.

    byte_pairs.py          writes Tests/TextTests/Fixtures/byte_pairs.json: a small vocabulary, 400 texts, 200 strings of tokens
    byte_pairs.py OUTPUT   writes OUTPUT/{gpt2,multilingual}.json: 10,000 of each for Whisper's own vocabularies; the test reads them where
                           ASR_BYTE_PAIRS names that folder
"""

import base64
import collections
import importlib.util
import json
import os
import random
import sys
import unicodedata

import tiktoken

FIXTURE = os.path.join(os.path.dirname(__file__), "../../Tests/TextTests/Fixtures/byte_pairs.json")
PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
SAMPLES = [
    "the quick brown fox jumps over the lazy dog, and she'll say that they've been there before it's 1,234.50 o'clock",
    "Größe, Straße, über; être, ça, naïve; señor, mañana; łódź, žluťoučký kůň", "机器学习是人工智能的一个分支，今天天气很好。",
    "かな漢字まじり文をカタカナで", "한국어 문장입니다", "Привет, мир! как дела", "γειά σου Κόσμε", "مرحبا بالعالم", "שלום עולם",
    "नमस्ते दुनिया", "สวัสดีชาวโลก", "👩‍👩‍👧 🇩🇪 👍🏽 ½ ² Ⅷ ٣", "e\u0301 a\u0308 o\u0302\u0323", "\u00a0\u2003\u3000\u200b\ufeff\t\r\n\v\f\x1c\x85",
]
SIGNS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "' s", "''", "  ", "   ", "\n\n", " \n ", "<|endoftext|>", "...", "\x00"]


def texts(rng, count):
    """Words of many scripts, single scalars of all planes, signs and white space in random order."""
    words = [word for sample in SAMPLES for word in sample.split(" ")]
    yield ""
    yield "a" * 1000
    yield " " * 50
    yield from SAMPLES
    for _ in range(count - 3 - len(SAMPLES)):
        text = ""
        for _ in range(rng.randint(1, 12)):
            kind = rng.random()
            if kind < 0.55:
                text += rng.choice(words)
            elif kind < 0.75:
                text += rng.choice(SIGNS)
            else:
                text += chr(rng.choice([rng.randrange(0x80), rng.randrange(0xD800), rng.randrange(0xE000, 0x110000)]))
            text += rng.choice([" ", " ", "", "  ", "\t"])
        yield text


def assigned(text):
    """Scalars whose category is the same in every version of Unicode that matters here: those assigned in this one."""
    return "".join(c for c in text if unicodedata.category(c) != "Cn")


def small_vocabulary():
    """All bytes in GPT-2's order, then the most frequent pairs of the samples, one after the other."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    tokens = [bytes([b]) for b in printable + [b for b in range(256) if b not in printable]]
    words = [[bytes([b]) for b in (" " + w).encode()] for sample in SAMPLES for w in sample.split()]
    for _ in range(250):
        pairs = collections.Counter((a, b) for word in words for a, b in zip(word, word[1:]))
        (left, right), _ = max(pairs.items(), key=lambda item: (item[1], item[0]))
        tokens.append(left + right)
        for word in words:
            at = 0
            while at + 1 < len(word):
                if word[at] == left and word[at + 1] == right:
                    word[at:at + 2] = [left + right]
                at += 1
    return tokens


def write(path, tokens, count, decoded_count):
    encoding = tiktoken.Encoding("golden", pat_str=PATTERN, mergeable_ranks={t: i for i, t in enumerate(tokens)}, special_tokens={})
    rng = random.Random(17)
    encoded = []
    for text in texts(rng, count):
        text = assigned(text)
        encoded.append({"text": text, "tokens": encoding.encode_ordinary(text)})
    decoded = []
    for _ in range(decoded_count):
        # Random tokens: most of them break a character of several bytes.
        numbers = [rng.randrange(len(tokens)) for _ in range(rng.randint(0, 12))]
        decoded.append({"tokens": numbers, "text": encoding.decode_bytes(numbers).decode("utf-8", errors="replace")})
    content = {
        "source": f"byte_pairs.py, tiktoken {tiktoken.__version__}",
        "vocabulary": [base64.b64encode(t).decode() for t in tokens], "encoded": encoded, "decoded": decoded,
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file, separators=(",", ":"))
        file.write("\n")


def main():
    if len(sys.argv) == 1:
        return write(FIXTURE, small_vocabulary(), 400, 200)
    assets = os.path.join(os.path.dirname(importlib.util.find_spec("whisper").origin), "assets")
    os.makedirs(sys.argv[1], exist_ok=True)
    for name in ["gpt2", "multilingual"]:
        with open(f"{assets}/{name}.tiktoken", "rb") as file:
            lines = [line.split() for line in file.read().splitlines() if line]
        tokens = [base64.b64decode(token) if token != b"=" else b"" for token, _ in lines]
        write(f"{sys.argv[1]}/{name}.json", tokens, 10_000, 10_000)


main()
