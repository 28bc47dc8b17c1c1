#!/usr/bin/env python3
"""Records what the authors' code makes of batches of text, as data/golden/dynamic/gpt2.jsonl.

usage: make_dynamic_golden.py CHECKOUT

CHECKOUT is one of DariusFeher/dynamic-tokenization (6686e72); needs the Python package tokenizers. Their class is run as it
is, with GPT-2's tokenizer and two special tokens of the names that their layouts use; what it imports for other ends (data
sets, hypernetworks) is replaced by nothing. A row has the tokens before and after, in the byte alphabet.
"""
import contextlib
import importlib
import io
import json
import os
import random
import sys
import types

from tokenizers import Tokenizer, models, pre_tokenizers

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(ROOT, "data", "golden", "dynamic", "gpt2.jsonl")
SPECIALS = ["<s>", "</s>"]
BOUNDARIES = ["pretokens", "word", "word_hyphen", "sentence"]
# Beginning with parts of characters, which stand beside special tokens; spaces; what joins words.
STRANGE = [
    "\u2603\u2603 \u2602", "\U0001f999\U0001f999\U0001f98a", "\u4e2d\u6587\u5b57\u7b26\u4e2d\u6587", "",
    " ", "\n\n\n\n  \t\n", "a\n\nb\n\n", "self-made well-made well-known", "e-mail, e.mail; e/mail", "x=y*z; a[b]=c(d)",
    "1.5 2.5 3.5, 10,000.50", "don't can't won't we've", "\u00b2\u00b3\u00b9.\u00f2.", "aaaaaaaaa aaaaaaaaa", "\u00a0\u2028x\u00a0y",
    "</ s> <s", "#tag #tag", "ab" * 20,
]


class Base:
    """As much of a tokenizer of transformers as their class asks for."""

    def __init__(self):
        folder = os.path.join(ROOT, "data", "gpt2")
        self._tokenizer = Tokenizer(models.BPE.from_file(os.path.join(folder, "vocab.json"), os.path.join(folder, "merges.txt")))
        self._tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        self._tokenizer.add_special_tokens(SPECIALS)
        self.special_tokens_map = {"bos_token": SPECIALS[0], "eos_token": SPECIALS[1]}
        self.vocab = self._tokenizer.get_vocab()

    def tokenize(self, text, **_):
        return self._tokenizer.encode(text, add_special_tokens=False).tokens


def authors_module(checkout):
    chars = {c: b for b, c in enumerate(byte_characters())}
    for name, content in {"datasets": {}, "datasets.formatting": {}, "datasets.formatting.formatting": {"LazyBatch": dict},
                          "transformers": {"AutoTokenizer": None}, "zett": {}, "zett.utils": {"CHARS_TO_BYTES": chars}}.items():
        module = types.ModuleType(name)
        vars(module).update(content)
        sys.modules[name] = module
    sys.path.insert(0, checkout)
    return importlib.import_module("tokenizations.dynamic_bpe")


def byte_characters():
    following = iter(range(0x100, 0x200))
    return [chr(b) if 0x21 <= b <= 0x7e or 0xa1 <= b <= 0xff and b != 0xad else chr(next(following)) for b in range(256)]


def batches():
    rng = random.Random(1)
    for names in [["english"], ["german", "python"], ["korean", "arabic", "finance"]]:
        texts = []
        for name in names:
            with open(os.path.join(ROOT, "data", "held_out", name + ".txt"), encoding="utf-8", newline="") as f:
                text = f.read()
            for _ in range(6 // len(names)):
                at = rng.randrange(len(text) - 200)
                texts.append(text[at:at + 120])
        yield texts
    yield STRANGE
    pieces = ["a", "b", "-", ".", " ", "\n", "ab", "ion", "\u00e9", "\u2603", "1", "'s"]
    for few in (3, 5, 12):
        some = rng.sample(pieces, few)
        yield ["".join(rng.choices(some, k=rng.randint(0, 25))) for _ in range(8)]


def rows(dynamic_bpe, base):
    for number, texts in enumerate(batches()):
        layouts = {
            "mlm": [{"text": t} for t in texts],
            "nli": [{"premise": a, "hypothesis": b} for a, b in zip(texts[::2], texts[1::2])],
            "ner": [{"tokens": [w if i == 0 else " " + w for i, w in enumerate(t.split())]} for t in texts],
        }
        for k, boundary in enumerate(BOUNDARIES):
            layout = list(layouts)[(number + k) % 3]
            for merges in (0, 1, 7, 1000):
                merger = dynamic_bpe.Dynamic_BPE(base, boundary)
                with contextlib.redirect_stdout(io.StringIO()):
                    tokens, _, lengths, words = merger.tokenize_batch(layouts[layout], merges, max_length=1280, **{layout: True})
                assert lengths == [len(t) for t in tokens]
                row = {"boundary": boundary, "layout": layout, "merges": merges, "tokens": tokens}
                yield row | ({"words": words} if words else {})


def main(checkout):
    base = Base()
    dynamic_bpe = authors_module(checkout)
    os.makedirs(os.path.dirname(OUT), exist_ok=True)
    with open(OUT, "w", encoding="utf-8") as f:
        for n, row in enumerate(rows(dynamic_bpe, base), 1):
            f.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(n, "rows")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
