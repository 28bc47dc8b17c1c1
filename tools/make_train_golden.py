#!/usr/bin/env python3
"""Records what Hugging Face's BpeTrainer makes of files of data/text, as data/golden/train/NAME.json.

usage: make_train_golden.py        (needs the Python package tokenizers, 0.23.3)

Each result is computed three times, once in a process of its own: the library's maps are seeded anew in each process, and
an order that depends on them is no expectation. One that differs is not recorded. Where a limit of the alphabet is set,
the counts of the last symbol in and the first one out must differ, as the library chooses among equals at random.
"""
import collections
import json
import multiprocessing
import os

import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BYTES = {"initial_alphabet": pre_tokenizers.ByteLevel.alphabet()}
END = {"special_tokens": ["<|endoftext|>"]}

CASES = {
    # name: text, pretokenizer, trainer options
    "english_2000": ("english", "gpt2", {"vocab_size": 2000, "min_frequency": 0, **END, **BYTES}),
    "russian_2000": ("russian", "gpt2", {"vocab_size": 2000, "min_frequency": 0, **END, **BYTES}),
    "python_2000": ("python", "gpt2", {"vocab_size": 2000, "min_frequency": 0, **END, **BYTES}),
    "chinese_2000": ("chinese", "gpt2", {"vocab_size": 2000, "min_frequency": 0, **END, **BYTES}),
    "biomedical_8000": ("biomedical", "gpt2", {"vocab_size": 8000, "min_frequency": 0, **END, **BYTES}),
    "english_all": ("english", "gpt2", {"vocab_size": 30000}),
    "arabic_frequency_3": ("arabic", "gpt2", {"vocab_size": 30000, "min_frequency": 3, **BYTES}),
    "c_length_6": ("c", "gpt2", {"vocab_size": 3000, "max_token_length": 6, **BYTES}),
    "legal_alphabet_62": ("legal", "gpt2", {"vocab_size": 2000, "limit_alphabet": 62}),
    "hindi_whitespace_3000": ("hindi", "whitespace", {"vocab_size": 3000}),
    "japanese_whitespace_3000": ("japanese", "whitespace", {"vocab_size": 3000}),
    "finance_special": ("finance", "gpt2", {"vocab_size": 2500, "special_tokens": ["the", "<s>", "ing", "a b"], **BYTES}),
}


def path_of(text):
    return os.path.join(ROOT, "data", "text", text + ".txt")


def pretokenizer_of(name):
    return pre_tokenizers.ByteLevel(add_prefix_space=False) if name == "gpt2" else pre_tokenizers.Whitespace()


def train(name):
    text, pretokenizer, options = CASES[name]
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pretokenizer_of(pretokenizer)
    t.train([path_of(text)], trainers.BpeTrainer(show_progress=False, **options))
    model = json.loads(t.to_str())["model"]
    return {"vocab": sorted(model["vocab"], key=model["vocab"].get), "merges": model["merges"]}


def has_tie_at_limit(name):
    text, pretokenizer, options = CASES[name]
    limit, count = options.get("limit_alphabet"), collections.Counter()
    if limit is None:
        return False
    with open(path_of(text), encoding="utf-8", newline="") as f:
        for line in f:
            for piece, _ in pretokenizer_of(pretokenizer).pre_tokenize_str(line):
                count.update(piece)
    counts = sorted(count.values(), reverse=True)
    return limit < len(counts) and counts[limit - 1] == counts[limit]


def main():
    folder = os.path.join(ROOT, "data", "golden", "train")
    os.makedirs(folder, exist_ok=True)
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name, (text, pretokenizer, options) in CASES.items():
            results = [train(name), pool.apply(train, (name,)), pool.apply(train, (name,))]
            if results[0] != results[1] or results[0] != results[2]:
                print(name, "differs between runs: not recorded")
                continue
            if has_tie_at_limit(name):
                print(name, "has a tie at the limit of its alphabet: not recorded")
                continue
            shown = {k: v for k, v in options.items() if k != "initial_alphabet"}
            shown["initial_alphabet"] = "bytes" if "initial_alphabet" in options else "corpus"
            with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8", newline="\n") as f:
                json.dump({"made_by": "tokenizers " + tokenizers.__version__, "text": text, "pretokenizer": pretokenizer,
                           "options": shown, **results[0]}, f, ensure_ascii=False, separators=(",", ":"))
                f.write("\n")


if __name__ == "__main__":
    main()
