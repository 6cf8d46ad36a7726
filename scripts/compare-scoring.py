#!/usr/bin/env python3
"""Runs `asr score`, jiwer and sclite and compares their counts, and the speed of `asr score` with jiwer's.

    scripts/compare-scoring.py .build/release/asr [--pairs 100000] [--speed 1000000] [--sclite 2000]

Needs jiwer 4.0.0 (pip) for the pairs and the speed, Debian's sctk for sclite; what is missing is reported and left out.
Exits with 1 if a count differs.
"""

import argparse
import importlib.util
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")


def score(program, folder, *arguments):
    command = [program, "score", "--bootstrap", "0", "--json", *arguments]
    return json.loads(subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout)


def counts(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def compare_pairs(program, count, folder):
    subprocess.run([sys.executable, GOLDEN + "/jiwer_counts.py", str(count), folder], check=True)
    score(program, folder, "--reference", "reference.jsonl", "--hypothesis", "hypothesis.jsonl", "--output", "out")
    with open(folder + "/expected.tsv", encoding="utf-8") as file:
        rows = [[int(field) for field in line.split("\t")[2:]] for line in file]
    wrong = 0
    for ours, row in zip(counts(folder + "/out/utterances.jsonl"), rows):
        words = [ours[key] for key in ["hits", "substitutions", "insertions", "deletions"]]
        errors, length = sum(row[5:8]), row[4] + row[5] + row[7]
        cer = errors / length if length else row[6]
        if words != row[:4] or abs(ours["cer"] - cer) > 1e-12:
            wrong += 1
    print(f"jiwer: {count} pairs, {wrong} differ")
    return wrong


def compare_sclite(program, count, folder):
    wrong = 0
    subprocess.run([sys.executable, GOLDEN + "/sclite_counts.py", "11", str(count), folder], check=True)
    cases = [("plain", "plain.ref.trn", "plain.hyp.trn"), ("alternatives", "alternatives.ref.trn", "alternatives.hyp.trn"),
             ("segments", "segments.stm", "segments.ctm")]
    for name, reference, hypothesis in cases:
        score(program, folder, "--reference", reference, "--hypothesis", hypothesis, "--alignment-weights", "sclite",
              "--output", name)
        keys = ["hits", "substitutions", "deletions", "insertions"]
        ours = [[line["id"]] + [str(line[key]) for key in keys] for line in counts(f"{folder}/{name}/utterances.jsonl")]
        if name == "segments":
            ours = [row[1:] for row in ours]
        else:
            ours.sort()
        with open(f"{folder}/{name}.expected", encoding="utf-8") as file:
            expected = [line.split() for line in file]
        differing = sum(a != b for a, b in zip(ours, expected)) + abs(len(ours) - len(expected))
        print(f"sclite {name}: {len(expected)} utterances, {differing} differ")
        wrong += differing
    return wrong


def compare_speed(program, count, folder):
    rng = random.Random(1)
    words = ["".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(2, 9))) for _ in range(20000)]
    with open(folder + "/r.txt", "w") as reference, open(folder + "/h.txt", "w") as hypothesis:
        for _ in range(count):
            said = [rng.choice(words) for _ in range(10)]
            heard = []
            for word in said:
                dice = rng.random()
                if dice < 0.04:
                    continue
                heard.append(rng.choice(words) if dice < 0.1 else word)
                if dice > 0.97:
                    heard.append(rng.choice(words))
            reference.write(" ".join(said) + "\n")
            hypothesis.write(" ".join(heard) + "\n")
    theirs = ("import jiwer; o = jiwer.process_words(open('r.txt').read().split('\\n')[:-1], "
              "open('h.txt').read().split('\\n')[:-1]); print(o.hits, o.substitutions, o.insertions, o.deletions)")

    def timed(command):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        output = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return time.perf_counter() - start, processor, output

    ours = min(timed([program, "score", "--reference", "r.txt", "--hypothesis", "h.txt", "--bootstrap", "0", "--json"])
               for _ in range(3))
    jiwer = timed([sys.executable, "-c", theirs])
    summary = json.loads(ours[2])
    keys = ["hits", "substitutions", "insertions", "deletions"]
    same = " ".join(str(summary[key]) for key in keys) == jiwer[2].strip()
    print(f"{count} pairs of 10 words: asr (words and characters) {ours[0]:.2f} s, processor {ours[1]:.2f} s; "
          f"jiwer (words) {jiwer[0]:.2f} s, processor {jiwer[1]:.2f} s; {jiwer[0] / ours[0]:.1f} times; "
          f"counts {'equal' if same else 'DIFFER'}")
    long = [" ".join(rng.choice(words) for _ in range(10000)) for _ in range(2)]
    for name, text in zip(["long_r.txt", "long_h.txt"], long):
        with open(folder + "/" + name, "w") as file:
            file.write(text + "\n")
    command = [program, "score", "--reference", "long_r.txt", "--hypothesis", "long_h.txt", "--json"]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds, peak = time.perf_counter() - start, usage.ru_maxrss // 1024
    assert status == 0
    print(f"10,000 words against 10,000 others as one pair: {seconds:.2f} s, {peak} MB")
    return 0 if same else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--speed", type=int, default=1_000_000)
    parser.add_argument("--sclite", type=int, default=2000)
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.program)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        if importlib.util.find_spec("jiwer"):
            if arguments.pairs:
                wrong += compare_pairs(program, arguments.pairs, folder)
            if arguments.speed:
                wrong += compare_speed(program, arguments.speed, folder)
        else:
            print("jiwer is not installed: pairs and speed are left out")
        if not shutil.which("sctk"):
            print("sctk is not installed: sclite is left out")
        elif arguments.sclite:
            wrong += compare_sclite(program, arguments.sclite, folder)
    sys.exit(1 if wrong else 0)


main()
