#!/usr/bin/env python3
"""Golden counts of NIST sclite (Debian package sctk, 2.10) on a made-up corpus through trn, stm and ctm.

    sclite_counts.py                             writes Tests/EvaluationTests/Fixtures/sclite/ (small)
    sclite_counts.py SEED UTTERANCES DIRECTORY   writes a corpus of any size to DIRECTORY

Made are plain.ref.trn, plain.hyp.trn, alternatives.ref.trn, alternatives.hyp.trn, segments.stm, segments.ctm, a
second system plain.second.trn, and for each what sclite and sc_stats count: *.expected with one line an utterance
(id, hits, substitutions, deletions, insertions; segments have no id, in the order of the stm file), and mapsswe.expected.
Options: -s (case counts), -D for alternatives and segments (optional words).
"""

import os
import random
import re
import subprocess
import sys

FIXTURES = os.path.join(os.path.dirname(__file__), "../../Tests/EvaluationTests/Fixtures/sclite")
VOCABULARY = [chr(97 + index) * (index % 3 + 1) for index in range(14)]
rng = random.Random(3)


def words(count):
    return [rng.choice(VOCABULARY) for _ in range(count)]


def changed(said, rate):
    result = []
    for word in said:
        dice = rng.random() / rate
        if dice < 1 / 3:
            continue
        if dice < 2 / 3:
            result.append(rng.choice(VOCABULARY))
            continue
        result.append(word)
        if dice < 1:
            result.append(rng.choice(VOCABULARY))
    return result


def with_alternatives(said):
    """Some words optional, some one of several; no alternative twice, which sclite 2.10 does not align best."""
    result = []
    for word in said:
        dice = rng.random()
        if dice < 0.08:
            result.append(f"({word})")
        elif dice < 0.25:
            choices = [word if rng.random() < 0.6 else " ".join(words(rng.randint(1, 3))) for _ in range(3)]
            if rng.random() < 0.4:
                choices[-1] = "@"
            choices = list(dict.fromkeys(choices))
            result.append("{ " + " / ".join(choices) + " }" if len(choices) > 1 else choices[0])
        else:
            result.append(word)
    return result


def write_trn(directory, name, alternatives, count):
    with open(f"{directory}/{name}.ref.trn", "w") as reference, open(f"{directory}/{name}.hyp.trn", "w") as hypothesis, \
            open(f"{directory}/{name}.second.trn", "w") as second:
        for index in range(count):
            said = words(rng.randint(1, 25))
            identifier = f"spk{index % 7:02d}_{index:05d}"
            text = with_alternatives(said) if alternatives else said
            reference.write(" ".join(text) + f" ({identifier})\n")
            hypothesis.write(" ".join(changed(said, rng.choice([0.1, 0.4, 0.9]))) + f" ({identifier})\n")
            second.write(" ".join(changed(said, 0.35)) + f" ({identifier})\n")
    if alternatives:
        os.remove(f"{directory}/{name}.second.trn")


def write_segments(directory, count):
    with open(f"{directory}/segments.stm", "w") as stm, open(f"{directory}/segments.ctm", "w") as ctm:
        stm.write(";; file channel speaker begin end labels text\n")
        for file in range(2):
            for channel in "AB":
                time, recognised = 0.0, []
                for _ in range(count // 4):
                    duration = rng.uniform(1, 8)
                    said = words(rng.randint(1, 16))
                    ignored = rng.random() < 0.08
                    text = "IGNORE_TIME_SEGMENT_IN_SCORING" if ignored else " ".join(with_alternatives(said))
                    labels = rng.choice(["<o,f0,m> ", "<o,f1,f> ", ""])
                    # Not at a multiple of 0.0005 s, where the middle of a word may be: there sclite decides by rounding.
                    stm.write(
                        f"file{file} {channel} file{file}-{channel} {time:.2f}03 {time + duration:.2f}03 {labels}{text}\n"
                    )
                    heard = changed(said, 0.4)
                    for index, word in enumerate(heard):
                        start = max(0, time + duration * index / len(heard) + rng.uniform(-0.3, 0.3))
                        recognised.append((start, duration / len(heard), word))
                    time += duration + rng.choice([0, 0, 1.5])
                for start, duration, word in sorted(recognised):
                    ctm.write(f"file{file} {channel} {start:.3f} {duration:.3f} {word} 0.50\n")


def sclite(directory, name, *arguments):
    command = ["sctk", "sclite", *arguments, "-s", "-o", "pralign", "-n", name]
    subprocess.run(command, cwd=directory, check=True, stdout=subprocess.DEVNULL)
    rows, identifier = [], ""
    with open(f"{directory}/{name}.pra") as file:
        for line in file:
            if match := re.match(r"id: \((.*)\)", line):
                identifier = match[1]
            elif line.startswith("Scores:"):
                rows.append([identifier] + line.split(")")[1].split())
    os.remove(f"{directory}/{name}.pra")
    if name != "segments":
        rows.sort()
    with open(f"{directory}/{name}.expected", "w") as file:
        for row in rows:
            file.write(" ".join(row[1:] if name == "segments" else row) + "\n")


def mapsswe(directory):
    """Segments, mean, standard deviation and z of sc_stats' matched-pairs test."""
    for name, hypothesis in [("first", "plain.hyp.trn"), ("second", "plain.second.trn")]:
        subprocess.run(["sctk", "sclite", "-r", "plain.ref.trn", "trn", "-h", hypothesis, "trn", name, "-i", "spu_id",
                        "-s", "-o", "sgml", "-n", name], cwd=directory, check=True, stdout=subprocess.DEVNULL)
    inputs = "".join(open(f"{directory}/{name}.sgml").read() for name in ["first", "second"])
    output = subprocess.run(["sctk", "sc_stats", "-p", "-t", "mapsswe", "-v", "-n", "-"], input=inputs, cwd=directory,
                            capture_output=True, text=True, check=True).stdout
    match = re.search(r"# segs: (\d+).*mean: *(\S+)\) \(std dev: *(\S+)\) \(Z Stat: *(\S+)\)", output)
    with open(f"{directory}/mapsswe.expected", "w") as file:
        file.write(" ".join(match.groups()) + "\n")
    for name in ["first", "second"]:
        os.remove(f"{directory}/{name}.sgml")


def main():
    directory, count = FIXTURES, 60
    if len(sys.argv) > 1:
        rng.seed(int(sys.argv[1]))
        count, directory = int(sys.argv[2]), sys.argv[3]
    os.makedirs(directory, exist_ok=True)
    write_trn(directory, "plain", False, count)
    write_trn(directory, "alternatives", True, count)
    write_segments(directory, count)
    sclite(directory, "plain", "-r", "plain.ref.trn", "trn", "-h", "plain.hyp.trn", "trn", "-i", "spu_id")
    sclite(directory, "alternatives", "-r", "alternatives.ref.trn", "trn", "-h", "alternatives.hyp.trn", "trn",
           "-i", "spu_id", "-D")
    sclite(directory, "segments", "-r", "segments.stm", "stm", "-h", "segments.ctm", "ctm", "-D")
    mapsswe(directory)


main()
