"""Whisper checkpoints in every layout, from the same values, to try the readers of Sources/Models/Checkpoints with.

    python scripts/golden/whisper_layouts.py OUTPUT --from CTRANSLATE2_FOLDER
    python scripts/golden/whisper_layouts.py OUTPUT --random tiny|large-v3-2|distilled [--dtype float16|float32]

Writes OUTPUT/hf, hf-sharded, hf-bin (folders), openai.pt, ggml-{f32,f16,q4_0,q4_1,q5_0,q5_1,q8_0}.bin, and ct2,
ct2-{int8,int8_float16,int16,bfloat16,float32} where the package ctranslate2 is there.
Needs numpy, torch, safetensors, tokenizers, openai-whisper (for its assets: mel filters and token lists); ctranslate2 and
transformers for the last ones. Nothing of it is needed to build or test.
"""

import argparse
import base64
import json
import os
import shutil
import struct
import subprocess
import sys

import numpy as np
import torch
import whisper
from safetensors.torch import save_file

ASSETS = os.path.join(os.path.dirname(whisper.__file__), "assets")
DTYPES = (np.float32, np.int8, np.int16, np.int32, np.float16, None)


def read_ctranslate2(path):
    """The variables of a model.bin of version 6, by name; aliases resolved."""
    with open(path, "rb") as file:
        def take(form):
            return struct.unpack("<" + form, file.read(struct.calcsize("<" + form)))

        def string():
            (count,) = take("H")
            return file.read(count)[:-1].decode()

        assert take("I") == (6,)
        string()
        take("I")
        variables = {}
        for _ in range(take("I")[0]):
            name = string()
            shape = take("I" * take("B")[0])
            dtype, count = take("BI")
            variables[name] = np.frombuffer(file.read(count), DTYPES[dtype]).reshape(shape)
        for _ in range(take("I")[0]):
            alias, name = string(), string()
            variables[alias] = variables[name]
    return variables


def openai_state(ct2):
    """openai/whisper's state dict from CTranslate2's variables."""
    state = {}

    def put(name, array):
        state[name] = torch.from_numpy(np.array(array))

    def norm(name, source):
        put(name + ".weight", ct2[source + "/gamma"])
        put(name + ".bias", ct2[source + "/beta"])

    def linears(names, source):
        weights = np.split(ct2[source + "/weight"], len(names))
        biases = np.split(ct2[source + "/bias"], len(names))
        for name, weight, bias in zip(names, weights, biases):
            put(name + ".weight", weight)
            if name.endswith("key"):
                assert not bias.any(), name
            else:
                put(name + ".bias", bias)

    for stack in ("encoder", "decoder"):
        put(stack + ".positional_embedding", ct2[stack + "/position_encodings/encodings"])
        if stack == "encoder":
            for conv in ("conv1", "conv2"):
                put(f"encoder.{conv}.weight", ct2[f"encoder/{conv}/weight"])
                put(f"encoder.{conv}.bias", ct2[f"encoder/{conv}/bias"])
        else:
            put("decoder.token_embedding.weight", ct2["decoder/embeddings/weight"])
        index = 0
        while f"{stack}/layer_{index}/ffn/linear_0/weight" in ct2:
            theirs, ours = f"{stack}/layer_{index}", f"{stack}.blocks.{index}"
            linears([f"{ours}.attn.{n}" for n in ("query", "key", "value")], theirs + "/self_attention/linear_0")
            linears([ours + ".attn.out"], theirs + "/self_attention/linear_1")
            norm(ours + ".attn_ln", theirs + "/self_attention/layer_norm")
            if stack == "decoder":
                linears([ours + ".cross_attn.query"], theirs + "/attention/linear_0")
                linears([f"{ours}.cross_attn.{n}" for n in ("key", "value")], theirs + "/attention/linear_1")
                linears([ours + ".cross_attn.out"], theirs + "/attention/linear_2")
                norm(ours + ".cross_attn_ln", theirs + "/attention/layer_norm")
            linears([ours + ".mlp.0"], theirs + "/ffn/linear_0")
            linears([ours + ".mlp.2"], theirs + "/ffn/linear_1")
            norm(ours + ".mlp_ln", theirs + "/ffn/layer_norm")
            index += 1
        norm(stack + (".ln_post" if stack == "encoder" else ".ln"), stack + "/layer_norm")
    return state


SHAPES = {
    "tiny": dict(n_mels=80, n_vocab=51865, n_audio_ctx=1500, n_audio_state=384, n_audio_head=6, n_audio_layer=4,
                 n_text_ctx=448, n_text_state=384, n_text_head=6, n_text_layer=4),
    "large-v3-2": dict(n_mels=128, n_vocab=51866, n_audio_ctx=1500, n_audio_state=1280, n_audio_head=20,
                       n_audio_layer=2, n_text_ctx=448, n_text_state=1280, n_text_head=20, n_text_layer=2),
    "distilled": dict(n_mels=80, n_vocab=51864, n_audio_ctx=1500, n_audio_state=512, n_audio_head=8,
                      n_audio_layer=6, n_text_ctx=448, n_text_state=512, n_text_head=8, n_text_layer=2),
}


def random_state(dims, dtype, seed):
    """Random values of the size that training gives; openai/whisper's own module names and shapes them."""
    torch.manual_seed(seed)
    model = whisper.model.Whisper(whisper.ModelDimensions(**dims))
    state = {}
    for name, value in model.state_dict().items():
        if name.endswith("positional_embedding") and name.startswith("encoder"):
            state[name] = value
        elif "ln" in name and name.endswith("weight"):
            state[name] = 1 + 0.1 * torch.randn_like(value)
        else:
            state[name] = 0.03 * torch.randn_like(value)
    return {name: value.to(dtype).contiguous() for name, value in state.items()}


HUGGING_FACE = [("blocks", "layers"), ("cross_attn_ln", "encoder_attn_layer_norm"), ("attn_ln", "self_attn_layer_norm"),
                ("mlp_ln", "final_layer_norm"), ("cross_attn.", "encoder_attn."), (".attn.", ".self_attn."),
                (".query", ".q_proj"), (".key", ".k_proj"), (".value", ".v_proj"), (".out.", ".out_proj."),
                ("mlp.0", "fc1"), ("mlp.2", "fc2"), ("encoder.ln_post", "encoder.layer_norm"),
                ("decoder.ln.", "decoder.layer_norm."), ("positional_embedding", "embed_positions.weight"),
                ("token_embedding", "embed_tokens")]


def hugging_face_name(name):
    for theirs, ours in HUGGING_FACE:
        name = name.replace(theirs, ours)
    return "model." + name


def token_bytes(dims):
    name = "gpt2" if dims["n_vocab"] < 51865 else "multilingual"
    with open(f"{ASSETS}/{name}.tiktoken", "rb") as file:
        return [base64.b64decode(line.split()[0]) for line in file.read().splitlines() if line]


def write_openai(path, dims, state):
    torch.save({"dims": dims, "model_state_dict": state}, path)


# Quantisation as ggml-quants.c has it (quantize_row_q*_ref), for blocks of 32 values.

def halves(x):
    return x.astype(np.float16).view(np.uint8).reshape(len(x), 2)


def inverse(d):
    return np.where(d != 0, np.float32(1) / np.where(d != 0, d, 1), 0).astype(np.float32)[:, None]


def nibbles(q):
    q = q.astype(np.uint8)
    return (q[:, :16] & 15) | ((q[:, 16:] & 15) << 4)


def fifth_bits(q):
    return np.packbits((q.astype(np.uint8) >> 4) & 1, axis=1, bitorder="little")


def quantise(kind, values):
    x = values.astype(np.float32).reshape(-1, 32)
    rows = np.arange(len(x))
    largest = x[rows, np.abs(x).argmax(axis=1)]
    low, high = x.min(axis=1), x.max(axis=1)
    if kind in ("q4_0", "q5_0"):
        half = 8 if kind == "q4_0" else 16
        d = largest / np.float32(-half)
        q = np.minimum(2 * half - 1, (x * inverse(d) + np.float32(half + 0.5)).astype(np.int8))
        parts = [halves(d)]
    elif kind in ("q4_1", "q5_1"):
        top = 15 if kind == "q4_1" else 31
        d = (high - low) / np.float32(top)
        q = np.minimum(top, ((x - low[:, None]) * inverse(d) + np.float32(0.5)).astype(np.int8))
        parts = [halves(d), halves(low)]
    else:
        d = np.abs(x).max(axis=1) / np.float32(127)
        scaled = x * inverse(d)
        q = np.trunc(scaled + np.copysign(np.float32(0.5), scaled)).astype(np.int8)
        return np.concatenate([halves(d), q.view(np.uint8)], axis=1).tobytes()
    if kind.startswith("q5"):
        parts.append(fifth_bits(q))
    return np.concatenate(parts + [nibbles(q)], axis=1).tobytes()


GGML_TYPES = {"f32": (0, 0), "f16": (1, 1), "q4_0": (2, 2), "q4_1": (3, 3), "q5_0": (8, 6), "q5_1": (9, 7),
              "q8_0": (7, 8)}  # kind: (number in the header, number of a tensor)


def write_ggml(path, dims, state, kind):
    """As whisper.cpp's convert-pt-to-ggml.py and its quantize tool write it."""
    header, type_number = GGML_TYPES[kind]
    with open(path, "wb") as file:
        file.write(struct.pack("<i", 0x67676D6C))
        for key in ("n_vocab", "n_audio_ctx", "n_audio_state", "n_audio_head", "n_audio_layer", "n_text_ctx",
                    "n_text_state", "n_text_head", "n_text_layer", "n_mels"):
            file.write(struct.pack("<i", dims[key]))
        file.write(struct.pack("<i", header if kind in ("f32", "f16") else header + 2000))
        filters = np.load(f"{ASSETS}/mel_filters.npz")[f"mel_{dims['n_mels']}"].astype(np.float32)
        file.write(struct.pack("<ii", *filters.shape))
        file.write(filters.tobytes())
        tokens = token_bytes(dims)
        file.write(struct.pack("<i", len(tokens)))
        for token in tokens:
            file.write(struct.pack("<i", len(token)) + token)
        for name, value in state.items():
            data = value.numpy()
            if name in ("encoder.conv1.bias", "encoder.conv2.bias"):
                data = data.reshape(-1, 1)
            plain = data.ndim < 2 or name.endswith("positional_embedding") or name.startswith("encoder.conv") and \
                name.endswith("bias")
            if plain or kind == "f32":
                number, content = 0, data.astype(np.float32).tobytes()
            elif kind == "f16" or data.ndim != 2:
                number, content = 1, data.astype(np.float16).tobytes()
            else:
                number, content = type_number, quantise(kind, data)
            encoded = name.encode()
            file.write(struct.pack("<iii", data.ndim, len(encoded), number))
            file.write(struct.pack("<" + "i" * data.ndim, *reversed(data.shape)))
            file.write(encoded + content)


def configuration(dims, dtype):
    multilingual = dims["n_vocab"] >= 51865
    end = 50257 if multilingual else 50256
    return {
        "architectures": ["WhisperForConditionalGeneration"], "model_type": "whisper",
        "activation_dropout": 0.0, "activation_function": "gelu", "attention_dropout": 0.0,
        "begin_suppress_tokens": [220, end], "bos_token_id": end, "d_model": dims["n_audio_state"],
        "decoder_attention_heads": dims["n_text_head"], "decoder_ffn_dim": 4 * dims["n_text_state"],
        "decoder_layerdrop": 0.0, "decoder_layers": dims["n_text_layer"], "decoder_start_token_id": end + 1,
        "dropout": 0.0, "encoder_attention_heads": dims["n_audio_head"],
        "encoder_ffn_dim": 4 * dims["n_audio_state"], "encoder_layerdrop": 0.0,
        "encoder_layers": dims["n_audio_layer"], "eos_token_id": end, "init_std": 0.02, "is_encoder_decoder": True,
        "max_source_positions": dims["n_audio_ctx"], "max_target_positions": dims["n_text_ctx"],
        "num_hidden_layers": dims["n_audio_layer"], "num_mel_bins": dims["n_mels"], "pad_token_id": end,
        "scale_embedding": False, "torch_dtype": dtype, "use_cache": True, "vocab_size": dims["n_vocab"],
    }


def generation(dims, ct2_config):
    multilingual = dims["n_vocab"] >= 51865
    end = 50257 if multilingual else 50256
    languages = dims["n_vocab"] - 51765 - multilingual
    first = end + 2
    result = {
        "begin_suppress_tokens": [220, end], "bos_token_id": end, "decoder_start_token_id": end + 1,
        "eos_token_id": end, "pad_token_id": end, "is_multilingual": multilingual, "max_initial_timestamp_index": 50,
        "max_length": 448, "no_timestamps_token_id": end + 2 + languages + 5,
        "prev_sot_token_id": end + 2 + languages + 3, "return_timestamps": False,
    }
    if ct2_config:
        result["alignment_heads"] = ct2_config["alignment_heads"]
        result["suppress_tokens"] = ct2_config["suppress_ids"]
    if multilingual:
        names = list(whisper.tokenizer.LANGUAGES)[:languages]
        result["lang_to_id"] = {f"<|{name}|>": first + index for index, name in enumerate(names)}
        result["task_to_id"] = {"translate": first + languages, "transcribe": first + languages + 1}
    return result


def merges_of(ranks):
    """The merges of a byte-level BPE whose tokens are ranked by age: each token's last merge."""
    result = []
    for token, rank in sorted(ranks.items(), key=lambda item: item[1]):
        parts = [bytes([byte]) for byte in token]
        while len(parts) > 2:
            best = min(range(len(parts) - 1), key=lambda i: ranks.get(parts[i] + parts[i + 1], 1 << 30))
            parts[best:best + 2] = [parts[best] + parts[best + 1]]
        if len(token) > 1:
            result.append(tuple(parts))
    return result


def byte_text():
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {**{byte: chr(byte) for byte in printable}, **{byte: chr(256 + i) for i, byte in enumerate(others)}}


def write_tokenizer(folder, dims):
    ranks = {token: rank for rank, token in enumerate(token_bytes(dims))}
    text = byte_text()
    spell = lambda token: "".join(text[byte] for byte in token)
    multilingual = dims["n_vocab"] >= 51865
    languages = dims["n_vocab"] - 51765 - multilingual
    special = ["<|endoftext|>", "<|startoftranscript|>"]
    special += [f"<|{name}|>" for name in list(whisper.tokenizer.LANGUAGES)[:languages]]
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>",
                "<|nospeech|>" if languages == 100 else "<|nocaptions|>", "<|notimestamps|>"]
    first = len(ranks)
    timestamps = [f"<|{index * 0.02:.2f}|>" for index in range(1501)]
    added = {name: first + index for index, name in enumerate(special + timestamps)}
    assert first + len(added) == dims["n_vocab"], (first, len(added), dims)
    vocabulary = {spell(token): rank for token, rank in ranks.items()}
    vocabulary["<|endoftext|>"] = first
    json.dump(vocabulary, open(f"{folder}/vocab.json", "w"), ensure_ascii=False)
    with open(f"{folder}/merges.txt", "w", encoding="utf8") as file:
        file.write("#version: 0.2\n")
        for merge in merges_of(ranks):
            file.write(" ".join(spell(part) for part in merge) + "\n")
    del added["<|endoftext|>"]
    json.dump(added, open(f"{folder}/added_tokens.json", "w"), indent=2)
    json.dump({"add_prefix_space": False, "model_max_length": 1024, "tokenizer_class": "WhisperTokenizer",
               "unk_token": "<|endoftext|>", "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>",
               "additional_special_tokens": special}, open(f"{folder}/tokenizer_config.json", "w"), indent=2)
    json.dump({"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>",
               "pad_token": "<|endoftext|>", "additional_special_tokens": special},
              open(f"{folder}/special_tokens_map.json", "w"), indent=2)


def write_hugging_face(folder, dims, state, ct2_config, source):
    os.makedirs(folder, exist_ok=True)
    tensors = {hugging_face_name(name): value.contiguous() for name, value in state.items()}
    dtype = str(next(iter(tensors.values())).dtype).removeprefix("torch.")
    save_file(tensors, f"{folder}/model.safetensors", metadata={"format": "pt"})
    json.dump(configuration(dims, dtype), open(f"{folder}/config.json", "w"), indent=2)
    json.dump(generation(dims, ct2_config), open(f"{folder}/generation_config.json", "w"), indent=2)
    json.dump({"chunk_length": 30, "feature_extractor_type": "WhisperFeatureExtractor",
               "feature_size": dims["n_mels"], "hop_length": 160, "n_fft": 400, "n_samples": 480000,
               "nb_max_frames": 3000, "padding_side": "right", "padding_value": 0.0,
               "processor_class": "WhisperProcessor", "return_attention_mask": False, "sampling_rate": 16000},
              open(f"{folder}/preprocessor_config.json", "w"), indent=2)
    write_tokenizer(folder, dims)
    return tensors


def copy_texts(source, folder):
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(source):
        if name.endswith((".json", ".txt")) and not name.startswith("model."):
            shutil.copy(f"{source}/{name}", f"{folder}/{name}")


def write_sharded(source, folder, tensors, count=3):
    copy_texts(source, folder)
    names = sorted(tensors)
    mapping = {}
    for shard in range(count):
        file = f"model-{shard + 1:05}-of-{count:05}.safetensors"
        part = {name: tensors[name] for name in names[shard::count]}
        save_file(part, f"{folder}/{file}", metadata={"format": "pt"})
        mapping |= {name: file for name in part}
    total = sum(value.nbytes for value in tensors.values())
    json.dump({"metadata": {"total_size": total}, "weight_map": mapping},
              open(f"{folder}/model.safetensors.index.json", "w"), indent=2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--from", dest="source")
    parser.add_argument("--random", choices=SHAPES)
    parser.add_argument("--dtype", default="float32", choices=["float16", "float32"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-ctranslate2", action="store_true")
    arguments = parser.parse_args()
    out = arguments.output
    os.makedirs(out, exist_ok=True)
    ct2_config = None
    if arguments.source:
        state = openai_state(read_ctranslate2(f"{arguments.source}/model.bin"))
        width = state["encoder.ln_post.weight"].shape[0]
        layers = lambda stack: 1 + max(int(n.split(".")[2]) for n in state if n.startswith(stack + ".blocks"))
        dims = dict(n_mels=state["encoder.conv1.weight"].shape[1],
                    n_vocab=state["decoder.token_embedding.weight"].shape[0],
                    n_audio_ctx=state["encoder.positional_embedding"].shape[0], n_audio_state=width,
                    n_audio_head=width // 64, n_audio_layer=layers("encoder"),
                    n_text_ctx=state["decoder.positional_embedding"].shape[0], n_text_state=width,
                    n_text_head=width // 64, n_text_layer=layers("decoder"))
        ct2_config = json.load(open(f"{arguments.source}/config.json"))
        shutil.copytree(arguments.source, f"{out}/ct2", dirs_exist_ok=True)
    else:
        dims = SHAPES[arguments.random]
        state = random_state(dims, getattr(torch, arguments.dtype), arguments.seed)
    tensors = write_hugging_face(f"{out}/hf", dims, state, ct2_config, arguments.source)
    write_sharded(f"{out}/hf", f"{out}/hf-sharded", tensors)
    copy_texts(f"{out}/hf", f"{out}/hf-bin")
    torch.save(tensors, f"{out}/hf-bin/pytorch_model.bin")
    write_openai(f"{out}/openai.pt", dims, state)
    for kind in GGML_TYPES:
        write_ggml(f"{out}/ggml-{kind}.bin", dims, state, kind)
    if arguments.no_ctranslate2:
        return
    for kind in ("int8", "int8_float16", "int16", "bfloat16", "float32") + (() if ct2_config else ("float16",)):
        target = f"{out}/ct2" if kind == "float16" else f"{out}/ct2-{kind}"
        subprocess.run([sys.executable, "-m", "ctranslate2.converters.transformers", "--model", f"{out}/hf",
                        "--output_dir", target, "--quantization", kind, "--force",
                        "--copy_files", "preprocessor_config.json"], check=True)


if __name__ == "__main__":
    main()
