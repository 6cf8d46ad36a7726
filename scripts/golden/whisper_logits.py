"""Logits of a Whisper model by teacher forcing, to compare this program's with.

    python scripts/golden/whisper_logits.py OUTPUT --openai model.pt | --transformers FOLDER --clips LIST.jsonl [--count 20]

LIST.jsonl has a line {"audio_filepath": ..., "text": ...} for each clip, 16 kHz. Writes OUTPUT/clips.safetensors: of clip N the tensors N.samples
[sample], N.tokens [token], a start sequence and the text, and N.logits [token, vocabulary], float32. With ASR_WHISPER_LOGITS naming
OUTPUT, which must have the same model beside it as `model` (a link will do), a test compares them.
Needs torch, openai-whisper, soundfile, safetensors; transformers for --transformers.
"""

import argparse
import json
import os

import soundfile
import torch
import whisper
from safetensors.torch import save_file
from whisper.audio import N_SAMPLES, log_mel_spectrogram, pad_or_trim
from whisper.tokenizer import get_tokenizer


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--openai")
    parser.add_argument("--transformers")
    parser.add_argument("--clips", required=True)
    parser.add_argument("--count", type=int, default=20)
    arguments = parser.parse_args()
    if arguments.openai:
        model = whisper.load_model(arguments.openai, device="cpu").float().eval()
        mel_count, size = model.dims.n_mels, model.dims.n_vocab

        def logits_of(features, tokens):
            return model(features, tokens)
    else:
        from transformers import WhisperForConditionalGeneration
        model = WhisperForConditionalGeneration.from_pretrained(arguments.transformers).float().eval()
        mel_count, size = model.config.num_mel_bins, model.config.vocab_size

        def logits_of(features, tokens):
            return model(input_features=features, decoder_input_ids=tokens).logits
    is_multilingual = size > 51864
    tokenizer = get_tokenizer(
        is_multilingual, num_languages=size - 51765 - int(is_multilingual), language="en", task="transcribe")
    tensors = {}
    lines = [json.loads(line) for line in open(arguments.clips)]
    step = max(1, len(lines) // arguments.count)
    for number, line in enumerate(lines[::step][:arguments.count]):
        samples, rate = soundfile.read(line["audio_filepath"], dtype="float32")
        assert rate == 16000
        samples = torch.from_numpy(samples)
        mel = log_mel_spectrogram(samples, mel_count, padding=N_SAMPLES)
        mel = pad_or_trim(mel[:, :mel.shape[1] - 3000], 3000)
        tokens = torch.tensor(list(tokenizer.sot_sequence_including_notimestamps) + tokenizer.encode(" " + line["text"]))
        with torch.no_grad():
            logits = logits_of(mel[None], tokens[None])[0]
        tensors[f"{number}.samples"] = samples
        tensors[f"{number}.tokens"] = tokens.float()
        tensors[f"{number}.logits"] = logits.contiguous()
    os.makedirs(arguments.output, exist_ok=True)
    save_file(tensors, os.path.join(arguments.output, "clips.safetensors"))
    print(f"{len(tensors) // 3} clips")


main()
