#!/usr/bin/env python3
"""Bits per byte of model folders on texts: what a transplanted tokenizer costs a model, with transformers as the engine.

    python3 benchmarks/transplant_quality.py --text english=speech.txt --text python=code.txt FOLDER [FOLDER...]

One row per folder, one column per text: the sum of -log2 p(token | what is before it in its chunk) over the text's bytes. Texts
are cut into chunks of --chunk-bytes (at a line's end where there is one), each encoded by itself after the model's
beginning-of-text token, so that every tokenizer sees the same bytes of context. A byte costs the same whatever token it is in:
models with different tokenizers compare.

Needs torch and transformers; tools/models/dequantize.py makes an environment with both (build-models/venv).
"""

import argparse
import math
import os
import sys
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch  # noqa: E402
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer  # noqa: E402


def chunks(data, size):
    """The text in pieces of at most `size` bytes: cut after the last newline, or at least between characters."""
    at = 0
    while at < len(data):
        end = min(at + size, len(data))
        if end < len(data):
            newline = data.rfind(b"\n", at, end)
            if newline > at:
                end = newline + 1
            while end < len(data) and data[end] & 0xC0 == 0x80:
                end -= 1
        yield data[at:end].decode("utf-8")
        at = end


def token_bits(network, ids, bos, block=512):
    """-log2 p of each of `ids`, after the token `bos`."""
    with torch.inference_mode():
        tokens = torch.tensor([[bos, *ids]])
        hidden = network.base_model(tokens[:, :-1]).last_hidden_state[0]
        bits = []
        for at in range(0, len(ids), block):  # the logits of a chunk would be large
            logits = network.get_output_embeddings()(hidden[at : at + block]).float()
            target = tokens[0, 1 + at : 1 + at + len(logits)]
            bits.append(torch.nn.functional.cross_entropy(logits, target, reduction="none") / math.log(2))
        return torch.cat(bits)


def beginning(folder):
    """The id that begins a text: the model's configuration says it, in `text_config` for models of several parts."""
    config = AutoConfig.from_pretrained(folder)
    bos = getattr(config.get_text_config(), "bos_token_id", None)
    if bos is None:
        sys.exit(f"{folder}: config.json has no bos_token_id; give --bos")
    return bos


def measure(folder, texts, arguments):
    """{text: (bits per byte, tokens)}"""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, arguments.dtype)).eval()
    bos = beginning(folder) if arguments.bos is None else arguments.bos
    measured = {}
    for name, data in texts.items():
        total, n_tokens = 0.0, 0
        for text in chunks(data, arguments.chunk_bytes):
            ids = tokenizer.encode(text, add_special_tokens=False)
            if tokenizer.decode(ids) != text:
                print(f"{folder}: {name} does not come back from its tokens", file=sys.stderr)
            total += token_bits(network, ids, bos).sum().item()
            n_tokens += len(ids)
        measured[name] = (total / len(data), n_tokens)
    return measured


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--text", action="append", required=True, metavar="NAME=FILE", help="UTF-8; may be repeated")
    parser.add_argument("--chunk-bytes", type=int, default=4096)
    parser.add_argument("--bos", type=int, help="id of the token before each chunk (default: config.json's bos_token_id)")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    texts = {}
    for text in arguments.text:
        name, _, path = text.partition("=")
        with open(path, "rb") as file:
            texts[name] = file.read()
    print("| model | " + " | ".join(texts) + " | seconds |\n|---|" + "---:|" * (len(texts) + 1), flush=True)
    for folder in arguments.folders:
        begin = time.time()
        measured = measure(folder, texts, arguments)
        cells = [f"{bits:.4f} ({n_tokens})" for bits, n_tokens in measured.values()]
        print(f"| {os.path.basename(os.path.abspath(folder))} | " + " | ".join(cells) + f" | {time.time() - begin:.0f} |", flush=True)


if __name__ == "__main__":
    main()
