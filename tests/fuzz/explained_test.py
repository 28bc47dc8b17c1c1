#!/usr/bin/env python3
"""Each difference that explained.py knows, shown by a small file: tests/fuzz/explained_test.py PROGRAM

The two must still disagree, and by that name. Skipped where the package tokenizers is missing."""

import base64
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from both import Oracle, Tessera, Case  # noqa: E402
from tokenizers_fuzz import compared  # noqa: E402

import explained  # noqa: E402
from generate.components import charsmap  # noqa: E402


def bpe(*tokens, **more):
    return {"type": "BPE", "vocab": {token: i for i, token in enumerate(tokens)}, "merges": [], **more}


def added(content, i, **more):
    return {"id": i, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False, **more}


def split(regex):
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False}


BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
TO_LONGEST = {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}
LETTERS = bpe("a", "b", " ", "\u0915", "\u094d", "\u0937", "<unk>", unk_token="<unk>", ignore_merges=True)
SPOILED = bytearray(base64.b64decode(charsmap({"a": "b", "ab": "c"})))
SPOILED[4] ^= 1

# name, mode, given, and what the file says beyond a model; several where a name has several sides
CASES = [
    ("an added token that is listed twice", "decode_skip", [7],
     {"added_tokens": [added("x", 7, special=True), added("x", 7)], "model": LETTERS, "decoder": {"type": "Fuse"}}),
    ("two added tokens that a normalizer makes equal", "encode", "ab AB aB Ab" * 5,
     {"added_tokens": [added(content, 7 + i, normalized=True) for i, content in enumerate(("AB", "Ab", "aB", "ab"))], "normalizer": {"type": "Lowercase"},
      "model": LETTERS}),
    ("the id of an added token", "encode", "<x>", {"added_tokens": [added("<x>", 7)], "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 3}, "merges": []}}),
    ("an added token that reads as bytes", "encode", "\u6587",
     {"added_tokens": [added("\u00e6\u0138\u0129", 0)], "pre_tokenizer": BYTE_LEVEL, "model": bpe("\u00e6\u0138\u0129", ignore_merges=True)}),
    ("`Prepend` of an empty string", "encode", "a", {"normalizer": {"type": "Prepend", "prepend": ""}, "pre_tokenizer": BYTE_LEVEL, "model": LETTERS}),
    ("the empty text, in a bounded repetition", "encode", "aaa",
     {"pre_tokenizer": split("(?:|a|aaa){2}(?=a?$)"), "model": bpe("a", "aa", "aaa", ignore_merges=True)}),
    ("`\\X`", "encode", "\u0915\u094d\u0937",
     {"pre_tokenizer": split(r"\X"), "model": bpe("\u0915", "\u094d", "\u0937", "\u0915\u094d", "\u0915\u094d\u0937", ignore_merges=True)}),
    ("`\\X`", "encode", "?\U00010d6d", {"pre_tokenizer": split(r"\X"), "model": bpe("a", "<unk>", unk_token="<unk>", fuse_unk=True)}),
    ("`Replace` of an empty match", "encode", "\u00a0 ",
     {"added_tokens": [added(" ", 2, lstrip=True, normalized=True)], "normalizer": {"type": "Replace", "pattern": {"Regex": r"\d?"}, "content": "b"},
      "pre_tokenizer": BYTE_LEVEL, "model": bpe("<unk>", "b", unk_token="<unk>")}),
    ("`\\X`", "pair", ["a", "?\U00010d6d"], {"pre_tokenizer": split(r"\X"), "model": bpe("a", "<unk>", unk_token="<unk>", fuse_unk=True)}),
    ("`\\X`", "pair_batch", [["a", "a"], ["a", "?\U00010d6d"]],
     {"padding": TO_LONGEST, "pre_tokenizer": split(r"\X"), "model": bpe("a", "<unk>", unk_token="<unk>", fuse_unk=True)}),
    ("byte-level BPE in a file with no decoder", "decode", [0, 1], {"model": bpe("\u0120a", "b"), "pre_tokenizer": BYTE_LEVEL}),
    ("ids without a token", "decode", [0, 100], {"model": LETTERS}),
    ("offsets of two added tokens that take the same white space", "offsets", "\n\n", {"added_tokens": [added("\n", 7, rstrip=True)], "model": LETTERS}),
    ("offsets behind a symbol that is dropped", "offsets", "?a", {"model": bpe("a", "b")}),
    ("two entries for one token, or one id for two tokens", "load", "", {"model": {"type": "BPE", "vocab": {"a": 0, "b": 0}, "merges": []}}),
    ("two entries for one token, or one id for two tokens", "load", "", {"model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", 0.0], ["b", -1.0], ["b", -2.0]]}}),
    ("an id without a token, in a post-processor", "load", "", {"post_processor": {"type": "BertProcessing", "sep": ["a", 0], "cls": ["x", 100]}, "model": LETTERS}),
    ("dropout", "load", "", {"model": bpe("a", dropout=0.5)}),
    ("ids", "load", "", {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1 << 24}, "merges": []}}),
    ("`FixedLength` with length 0", "load", "", {"pre_tokenizer": {"type": "FixedLength", "length": 0}, "model": LETTERS}),
    ("components without `\"type\"`", "load", "", {"pre_tokenizer": {"individual_digits": True}, "model": LETTERS}),
    ("a compiled charsmap that is damaged", "load", "",
     {"normalizer": {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(SPOILED).decode()}, "model": LETTERS}),
]


def explanation(program, folder, mode, given, parts):
    tokenizer = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None, "post_processor": None,
                 "decoder": None, **parts}
    tessera = Tessera(program, folder)
    path = tessera.load(tokenizer)
    message = tessera.load_error(path)
    if mode == "load":
        return explained.explain(Case(tokenizer, mode, given, "loads", None, message)) if message else "it loads"
    if message:
        return message
    actual = tessera.answer(path, tokenizer, mode, [given])[0]
    for _ in range(50):  # what depends on the order of a hash table may agree by chance
        expected = Oracle(tokenizer).answer(mode, [given])[0]
        case = compared(tokenizer, mode, given, expected, actual)
        if case is not None:
            break
    if case is None:
        return f"nothing differs: {getattr(expected, 'what', expected)}"
    return explained.explain(case) or f"unexplained: {expected} there, {actual or case.error} here"


def main():
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the oracle's panics
    failed = 0
    with tempfile.TemporaryDirectory(prefix="tessera-explained-") as folder:
        for name, mode, given, parts in CASES:
            found = explanation(os.path.abspath(sys.argv[1]), folder, mode, given, parts)
            failed += found != name
            print(f"{name}: {'ok' if found == name else 'FAILED: ' + found}")
    known = {name for name, *_ in [*explained.RULES, *explained.OTHERS, *explained.LOADING]}
    for name in known - {name for name, *_ in CASES}:
        failed += 1
        print(f"{name}: FAILED: no case shows it")
    print(f"{len(CASES) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
