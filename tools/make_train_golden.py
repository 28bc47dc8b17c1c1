#!/usr/bin/env python3
"""Records what Hugging Face's BpeTrainer makes of files of data/text, as data/golden/train/NAME.json.

usage: make_train_golden.py        (needs the Python package tokenizers, 0.23.3)

Each result is computed twice; one that differs between runs (the library's order of ties can depend on a random hash
seed) is not recorded.
"""
import json
import os

import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BYTES = {"initial_alphabet": pre_tokenizers.ByteLevel.alphabet()}

CASES = {
    # name: text, pretokenizer, trainer options
    "english_2000": ("english", "gpt2", {"vocab_size": 2000, "special_tokens": ["<|endoftext|>"], **BYTES}),
    "russian_2000": ("russian", "gpt2", {"vocab_size": 2000, "special_tokens": ["<|endoftext|>"], **BYTES}),
    "python_2000": ("python", "gpt2", {"vocab_size": 2000, "special_tokens": ["<|endoftext|>"], **BYTES}),
    "chinese_8000": ("chinese", "gpt2", {"vocab_size": 8000, **BYTES}),
    "english_all": ("english", "gpt2", {"vocab_size": 30000}),
    "arabic_frequency_3": ("arabic", "gpt2", {"vocab_size": 30000, "min_frequency": 3, **BYTES}),
    "c_length_6": ("c", "gpt2", {"vocab_size": 3000, "max_token_length": 6, **BYTES}),
    "legal_alphabet_60": ("legal", "gpt2", {"vocab_size": 2000, "limit_alphabet": 60}),
    "hindi_whitespace_3000": ("hindi", "whitespace", {"vocab_size": 3000}),
    "finance_special": ("finance", "gpt2", {"vocab_size": 2500, "special_tokens": ["the", "<s>", "ing", "a b"], **BYTES}),
}


def train(text, pretokenizer, options):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = (pre_tokenizers.ByteLevel(add_prefix_space=False) if pretokenizer == "gpt2"
                       else pre_tokenizers.Whitespace())
    t.train([os.path.join(ROOT, "data", "text", text + ".txt")], trainers.BpeTrainer(show_progress=False, **options))
    model = json.loads(t.to_str())["model"]
    return {"vocab": sorted(model["vocab"], key=model["vocab"].get), "merges": model["merges"]}


def main():
    folder = os.path.join(ROOT, "data", "golden", "train")
    os.makedirs(folder, exist_ok=True)
    for name, (text, pretokenizer, options) in CASES.items():
        result = train(text, pretokenizer, options)
        if result != train(text, pretokenizer, options):
            print(name, "differs between two runs: not recorded")
            continue
        shown = {k: v for k, v in options.items() if k != "initial_alphabet"}
        shown["initial_alphabet"] = "bytes" if "initial_alphabet" in options else "corpus"
        with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as f:
            json.dump({"made_by": "tokenizers " + tokenizers.__version__, "text": text, "pretokenizer": pretokenizer,
                       "options": shown, **result}, f, ensure_ascii=False, separators=(",", ":"))
            f.write("\n")


if __name__ == "__main__":
    main()
