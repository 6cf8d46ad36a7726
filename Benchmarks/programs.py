"""Runs the programs that are compared, in turn, and keeps what they print."""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent
BUSY_LIMIT = 0.1  # share of all cores that other work may take


def log(text):
    print(text, file=sys.stderr, flush=True)


def fail(text):
    log(f"compare: {text}")
    sys.exit(1)


def run(command):
    """The JSON object that the command prints last on its stdout."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    line = " ".join(str(part) for part in command)
    if result.returncode != 0:
        fail(f"exit code {result.returncode} from: {line}\n{result.stderr.strip()}")
    try:
        text = result.stdout.strip()
        return json.loads(text[text.index("{") :])
    except ValueError:
        fail(f"no JSON object on the stdout of: {line}\n{result.stdout[:500]}")


def finished(command, environment={}):
    """Runs a program to its end: its seconds, its peak memory, and what it wrote."""
    line = [str(part) for part in command]
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(line, stdout=stdout, stderr=stderr, env={**os.environ, **environment})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = [file.seek(0) or file.read() for file in (stdout, stderr)]
    if process.returncode != 0:
        fail(f"exit code {process.returncode} from: {' '.join(line)}\n{texts[1].strip()}")
    return {"seconds": seconds, "peak_rss_mb": usage.ru_maxrss / 1024, "stdout": texts[0], "stderr": texts[1]}


def markdown(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def output_of(*command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=REPOSITORY)
    return result.stdout.strip() if result.returncode == 0 else "unknown"


def figure(figures, key):
    """The number at a dotted key; None if there is none."""
    for part in key.split("."):
        figures = figures.get(part) if isinstance(figures, dict) else None
    return figures if isinstance(figures, (int, float)) else None


class Runs:
    """All runs of one program on one piece of work."""

    def __init__(self):
        self.results = []

    def median(self, key):
        """The median over all runs of a figure; None where a run lacks it."""
        values = [figure(result, key) for result in self.results]
        return None if None in values else statistics.median(values)

    def spread(self, key, digits):
        values = [figure(result, key) for result in self.results]
        return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


class Machine:
    """The machine, and whether other work disturbed a run."""

    def __init__(self):
        self.disturbed = []

    def check(self, what):
        """Looks for a second whether other work takes processor time."""

        def times():
            values = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
            return sum(values), values[3] + values[4]  # all, idle and waiting

        total, idle = times()
        time.sleep(1)
        later_total, later_idle = times()
        if 1 - (later_idle - idle) / max(1, later_total - total) > BUSY_LIMIT:
            self.disturbed.append(what)
            log(f"compare: {what}: other work runs on this machine: the next figure will be wrong")

    def alternating(self, works, rounds, what, shown):
        """Does every piece of work `rounds` times, one after the other.

        - works: by name, what to call; it returns figures
        - shown: the key of the figure that progress shows; every run must have it
        """
        runs = {name: Runs() for name in works}
        for number in range(1, rounds + 1):
            for name, work in works.items():
                self.check(f"{what}, {name}")
                figures = work()
                if figure(figures, shown) is None:
                    fail(f'{what}: {name} gives no number "{shown}"')
                runs[name].results.append(figures)
                log(f"{what} round {number} {name}: {shown} {figure(figures, shown):.1f}")
        return runs


def start_in_milliseconds(command, repetitions=20):
    """Milliseconds from starting a program to its end, its files being in memory."""
    line = [str(part) for part in command]
    times = []
    for _ in range(repetitions + 2):
        null = os.open(os.devnull, os.O_RDWR)
        start = time.perf_counter()
        process = os.posix_spawn(
            line[0], line, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, stream) for stream in (0, 1, 2)]
        )
        _, status = os.waitpid(process, 0)
        times.append(1000 * (time.perf_counter() - start))
        os.close(null)
        if status != 0:
            fail(f"wait status {status} from: {' '.join(line)}")
    return statistics.median(times[2:])


def python_with_torch(given):
    """An interpreter that has PyTorch: the given one, or that of an environment which is made if need be."""
    if given:
        return given
    environment = REPOSITORY / ".build" / "benchmark-venv"
    python = environment / "bin" / "python"
    ready = python.exists() and subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0
    if not ready:
        log(f"compare: installing PyTorch into {environment}")
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([environment / "bin" / "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
    return python
