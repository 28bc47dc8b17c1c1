#!/usr/bin/env python3
"""Records GPT-2's ids for tricky strings and for lines of data/, as data/golden/encode/gpt2.jsonl.

usage: make_encode_golden.py [TOKENIZER.JSON]    (needs the Python packages tokenizers 0.23.3 and tiktoken 0.14.0)

Both libraries run data/gpt2; with a tokenizer.json of GPT-2 from elsewhere, Hugging Face's library runs that instead.
A text is recorded where they agree; the others are printed, and none of those listed here is.
"""
import json
import os
import random
import sys

import tiktoken
import tokenizers
from tiktoken_ext import openai_public

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GPT2 = os.path.join(ROOT, "data", "gpt2")

TRICKY = [
    # Spaces and line ends: what a run gives back to the word behind it.
    "", " ", "  ", "   ", "\t", "\n", "\n\n", "\n\n\n", "\t\n", "    Hello\n    Hello", "today\n ", "today\n \n",
    "today\n  \n", "\n =", " (", "\r\n", "a\r\nb", "\n\x0b  ", "a  b", "a   b", "x" + " " * 40 + "y", " " * 100, "\n" * 100,
    "word   ", "a \tb", "a\u00a0\u00a0b", "a\u3000b", "a\u2003\u2003b", "a\u200bb", "\u1680a", "a\x85b", "\x1c\x1d\x1e\x1f",
    # Digits and numbers that are none.
    "3", "33", "333", "3333", "333333333", "1314151\u5929", "3.3 3..3 3...3", "\u00bc-a \u00bd-a \u00be-a", "\u2165-a",
    "a \u3007b", "ied 4 \u00bd months", "x\u00b2+y\u00b3", "\u0661\u0662\u0663 \u0967\u0968\u0969", "0" * 70, "1,234,567.89",
    # Contractions.
    "'s 'RE 'M 'LL We'Ve a'lL y'all '\u017f", "don't won't I'm you're he'd we'll I've it's", "''s", "' s", "'\u2019s", "O'Dea",
    # Letters whose case or composition is unusual.
    "\u212a", "\u0130", "\u0131", "\u03a3\u0391\u03a3", "\u00df/\u1e9e", "\u00e5", "a\u030a", "\u00c4pfel", "C\u1eeda Vi\u1ec7t",
    " Vi\u1ec7t", "\ufb01n", "\u01c5", "\U0001d400\U0001d401",
    # Controls, marks, the byte order mark, unassigned and private code points.
    "\x1f-a", "\ufeff//", "\xa0aC", "a\xa0\xa0\x00b", "\u2029 \ua3e4", " \u2e4e", "\U000522f4", "\U000ac517", "\ue000",
    " \x850", "\uff5e", "\u2026", "\x10", "\u0915\u092e", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u1797\u17b6\u179f\u17b6",
    "\u0f56\u0f7c\u0f51", "\u05e9\u05dc\u05d5\u05dd \u0639\u0644\u064a\u0643\u0645", "\ufffd", "\ufffd\ufffd",
    "\u0ba8\u0b9f\u0bbf\u0b95\u0bb0\u0bcd", "\u9664", "\uc2e4\ud5d8",
    # Emoji.
    "\U0001f999.cpp", "\U0001f636\u200d\U0001f32b\ufe0f", "\U0001f636\U0001f32b\ufe0f", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f1e9\U0001f1ea", "1\ufe0f\u20e3", "\U0001f44d\U0001f3fd", "\u2764\ufe0f \u2764",
    # Long runs of one thing; words that touch special tokens.
    "a" * 300, "ab" * 200, "_" * 200, "=" * 300, "\u4f60" * 100, "'s" * 100, "\U0001f600" * 50, "\t" * 80, "ACGT" * 60,
    "<|endoftext|", "|endoftext|>", "<s>a", "dancing", "https://example.org/a?b=c&d=%20", "if (x) {\n\t\treturn -1;\n}",
    "QmFzZTY0IGlzIG5vdCBhIHdvcmQgbGlrZSBvdGhlcnM=",
]


def main():
    with open(os.path.join(GPT2, "vocab.json"), encoding="utf-8") as f:
        vocab = json.load(f)
    byte_of = {c: b for c, b in zip(*bytes_to_unicode())}
    ranks = {bytes(byte_of[c] for c in token): i for token, i in vocab.items() if token != "<|endoftext|>"}
    ours = tiktoken.Encoding("gpt2", pat_str=openai_public.r50k_pat_str, mergeable_ranks=ranks, special_tokens={})
    if len(sys.argv) > 1:
        theirs = tokenizers.Tokenizer.from_file(sys.argv[1])
    else:
        theirs = tokenizers.Tokenizer(tokenizers.models.BPE.from_file(os.path.join(GPT2, "vocab.json"),
                                                                     os.path.join(GPT2, "merges.txt")))
        theirs.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)

    rng = random.Random(1)
    texts = list(TRICKY)
    for folder in ("text", "held_out"):
        for name in sorted(os.listdir(os.path.join(ROOT, "data", folder))):
            with open(os.path.join(ROOT, "data", folder, name), encoding="utf-8") as f:
                lines = f.read().split("\n")
            for _ in range(8):
                at = rng.randrange(len(lines))
                texts.append("\n".join(lines[at:at + rng.choice([1, 1, 1, 2, 4])])[:400])
    texts = list(dict.fromkeys(texts))
    folder = os.path.join(ROOT, "data", "golden", "encode")
    os.makedirs(folder, exist_ok=True)
    agreed = 0
    with open(os.path.join(folder, "gpt2.jsonl"), "w", encoding="utf-8", newline="\n") as f:
        for text in texts:
            a, b = ours.encode_ordinary(text), theirs.encode(text).ids
            if a == b:
                f.write(json.dumps({"text": text, "ids": a}) + "\n")
                agreed += 1
            else:
                print("they disagree on", json.dumps(text))
    print(f"{agreed} of {len(texts)} texts recorded")


def bytes_to_unicode():
    """GPT-2's byte alphabet: characters, bytes."""
    keep = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [b for b in range(256) if b not in keep]
    return [chr(b) for b in keep] + [chr(256 + i) for i in range(len(rest))], keep + rest


if __name__ == "__main__":
    main()
