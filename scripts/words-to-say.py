#!/usr/bin/env python3
"""Lines of one to five words for scripts/synthesise-speech.sh words: digits, frequent words, and parts of sentences.

    scripts/words-to-say.py SENTENCES.txt.gz > lines.txt
"""

import collections
import gzip
import random
import re
import sys

DIGITS = "zero one two three four five six seven eight nine".split()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as file:
        sentences = [re.findall(r"[a-z]+", line.lower()) for line in file]
    random.seed(5)
    lines = [digit for digit in DIGITS for _ in range(120)]
    lines += [" ".join(random.choice(DIGITS) for _ in range(random.randint(2, 5))) for _ in range(400)]
    counts = collections.Counter(word for words in sentences for word in words if len(word) > 1)
    lines += random.sample([word for word, _ in counts.most_common(3000)], 800)
    for _ in range(400):
        words, count = random.choice(sentences), random.randint(2, 4)
        if len(words) >= count:
            start = random.randint(0, len(words) - count)
            lines.append(" ".join(words[start : start + count]))
    print("\n".join(lines))


main()
