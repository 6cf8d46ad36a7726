#!/usr/bin/env python3
"""Golden strings of openai-whisper's normalisers; run in an environment with openai-whisper, regex, more-itertools.

    normalizer.py                     writes Tests/TextTests/Fixtures/normalizer.tsv (text, english, basic)
    normalizer.py english < in > out  normalises lines, for a comparison of long texts
    normalizer.py basic < in > out

Only `whisper.normalizers` is imported, so openai-whisper may be installed with `pip install --no-deps`.
White space at the ends of an expected string is removed.
"""

import importlib.util
import os
import random
import sys

package = os.path.dirname(importlib.util.find_spec("whisper").origin)
sys.path.insert(0, package)
from normalizers import BasicTextNormalizer, EnglishTextNormalizer  # noqa: E402

FIXTURE = os.path.join(os.path.dirname(__file__), "../../Tests/TextTests/Fixtures/normalizer.tsv")

CHOSEN = [
    "one thousand two hundred thirty four decillion", "1,2,3 and 4,567", "<noise> Hello [laughter] (aside) World",
    "Café naïve Straße ŒUVRE", "St. John's on 21st St.", "um, uh-huh hmm", "wait... what", "a $ sign and 50 % off",
    "twenty twenty-one and a half", "five dollars and 07 cents", "point and", "o o seven hundred",
    "ΟΔΥΣΣΕΥΣ Ａ①ﬁ ½ 한국", "the colour of grey theatres", "٣ million", "1.50 thousand", "1.2345 thousand dollars",
    "$0.05 and ten cents", "() (x) (y", "<a [b> c]", "", "   ", "İstanbul e\u0301 \u1e69 한국", "don ' t", "Ain't it 's got",
]


def made_up(count):
    """Number words, signs and odd characters in random order."""
    rng = random.Random(9)
    english = EnglishTextNormalizer()
    words = sorted(english.standardize_numbers.words)
    others = [
        "and a half", "$20", "£3.50", "€0", "12", "007", "3.14", "5.0", "1", "0", "1s", "mr.", "can't", "'s", "1,234",
        "a.b", "...", "50%", "x%", "$x", "¢5", "½", "²", "é", "ﬁ", "٣٤", "st", "10th", "b747", "<x>", "(z)", "3 .5",
        "+5", "-3", "-", "hmm", " '", "colour", "the", "of", "a", "Mr.Smith", "$0.25", "$0925", "$2 and ¢7", "机器",
    ]
    for _ in range(count):
        text = ""
        for _ in range(rng.randint(1, 9)):
            text += rng.choice([" "] * 8 + ["", "-", ", "])
            text += rng.choice(words) if rng.random() < 0.7 else rng.choice(others)
        yield text


def main():
    if len(sys.argv) > 1:
        normalize = {"english": EnglishTextNormalizer, "basic": BasicTextNormalizer}[sys.argv[1]]()
        for line in sys.stdin:
            print(normalize(line.rstrip("\n")).strip())
        return
    english, basic = EnglishTextNormalizer(), BasicTextNormalizer()
    os.makedirs(os.path.dirname(FIXTURE), exist_ok=True)
    with open(FIXTURE, "w", encoding="utf-8") as file:
        for text in CHOSEN + list(made_up(300)):
            file.write("\t".join([text, english(text).strip(), basic(text).strip()]) + "\n")


main()
