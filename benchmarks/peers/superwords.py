"""A tokenizer.json for a folder with the vocab.json and merges.txt of a SuperBPE, or of the plain BPE it is compared with
(Liu et al., arXiv 2503.13423): the pretokenizers of the tokenizers they published. Plain BPE may not merge across words;
for a SuperBPE only digits are kept apart from the rest, three by three from the right."""

import json
import os

DIGITS = r"(?=(\d{3})+(?!\d))"
WORDS = DIGITS + r"| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
SUPERWORDS = DIGITS


def tokenizer_json(path, pattern, out):
    """The path of a tokenizer.json: `path` itself if it is a file, else `out`, made from what is in the folder."""
    if not os.path.isdir(path):
        return path
    with open(os.path.join(path, "vocab.json"), encoding="utf-8") as file:
        vocab = json.load(file)
    with open(os.path.join(path, "merges.txt"), encoding="utf-8", newline="\n") as file:
        merges = [line.rstrip("\n").split(" ") for line in file if line.strip() and not line.startswith("#version")]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
             "fuse_unk": False, "byte_fallback": False, "ignore_merges": False, "vocab": vocab, "merges": merges}
    with open(out, "w", encoding="utf-8") as file:
        json.dump({
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [],
            "normalizer": None,
            "pre_tokenizer": {"type": "Sequence",
                              "pretokenizers": [{"type": "Digits", "individual_digits": False}, split, byte_level]},
            "post_processor": None,
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
            "model": model,
        }, file)
    return out
