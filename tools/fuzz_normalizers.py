#!/usr/bin/env python3
"""Compares the normalizers with Hugging Face's and SentencePiece's on random text: texts, and the place of every byte.

Usage: tools/fuzz_normalizers.py [--texts N] [--seed N] [--charsmap FILE]... [--sentencepiece] [--cxxflags FLAGS]

Needs g++ and ICU, and the Python package tokenizers 0.23.3 (or sentencepiece). FILE is a tokenizer.json with a
Precompiled normalizer, whose map is tried too. Prints each difference; exit code 1 if there is one.
"""
import argparse
import base64
import json
import os
import pathlib
import random
import shlex
import subprocess
import sys
import tempfile

os.environ["RUST_BACKTRACE"] = "0"
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools/lib"))
from charsmap import compile_charsmap, to_base64  # noqa: E402

# Invented rules that meet every case: joined, split, removed and kept; prefixes of each other; parts of clusters.
TINY = {
    "a": "A", "e": "e", "ab": "<ab>", "abc": "!", "e\u0301": "\u00e9", "\u0301": "'", "\r": " ", "\n": " ", "\r\n": "N",
    "\t": " ", "\x01": "", "\u200b": "", "\u3000": " ", "\uff21": "A", "\ufb01": "fi", "\u2460": "1", "\u0130": "i\u0307",
    "\u1100\u1161": "\uac00", "\u1100": "g", "\u00df": "ss", "\u0915\u094d\u0937": "ksh", "\u0915": "ka", "  ": " ",
    "\U0001f468": "man", "\U0001f1e9\U0001f1ea": "DE", "\U0001f1e9": "D", "\u2122": "TM", "\ufdfa": "\u0635\u0644\u0649 x",
    "\u00a0": " ", "\u2581": "_", "z": "", "q": "  ", "w": " w", "x": "x ",
}

ALPHABETS = [
    "abcdezqwxy AEIZ  ", "ab\u0301\u0300\u0327\u0323\u0344e\u00e9\u1eadA\u030a\u212b\u0130i\u0307I",
    "\r\n\t \x00\x01\x0b\x7f\x85\u00a0\u200b\u200d\ufeff\ufffd\u2028\u3000a\u2581",
    "\u1100\u1161\u11a8\uac00\uac01\ud7a3\u11a7\u11c2\ud7b0\ud7cb\ua960\u1160",
    "\u0915\u094d\u0937\u093f\u0301\u200d\u0902\u09cd\u0995\u0c4d\u0c15\u0600\u0031",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\U0001f3fd\ufe0f\u2764\U0001f1e9\U0001f1ea\U0001f1fa",
    "\u4e00\u9fff\u3400\U00020000\U0002b820\uf900\ufa0e\U0002f800\u3042\u3099\u304c\uff76\uff9e",
    "\ufb01\u2460\ufdfa\u2122\u00bd\u01c4\u01c5\u03d3\u1e9b\u0323\u0345\u0f73\u0f71\u0f72\u1d15e\U0001d15e\U0001d165",
    "\u0344\u0f75\u0e33\u0e49\u0e33\u0ecd\u0eb2\u05b8\u05b0\u05bc\ufb2c\u0591\u064b\u0651\u0654\u0627\u0622",
    "\u03a3\u03c3\u03c2\u0391\u1f88\u1fb3\u0410\u0430\u10a0\u1c90\u2c00\ua64a\U00010400\U0001e900\u1e9e\ua7dc\u1c89",
]


class source:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.every = [chr(c) for c in range(1, 0x30000) if not 0xD800 <= c < 0xE000] + [chr(c) for c in range(0xE0000, 0xE0200)]

    def character(self):
        if self.random.random() < 0.03:
            return self.random.choice(self.every)
        return self.random.choice(self.random.choice(ALPHABETS))

    def text(self):
        size = self.random.choice([0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12, 20, 40])
        if self.random.random() < 0.6:
            alphabet = self.random.choice(ALPHABETS) + self.random.choice([self.random.choice(ALPHABETS), " ", "a"])
            return "".join(self.random.choice(alphabet) for _ in range(size))
        return "".join(self.character() for _ in range(size))

    def yes(self):
        return self.random.choice("01")


class program:
    """The library, as a process that answers line by line."""

    def __init__(self, folder, flags):
        binary = str(pathlib.Path(folder) / "rewrite_lines")
        icu = subprocess.run(["pkg-config", "--libs", "icu-uc", "icu-i18n"], capture_output=True, text=True, check=True)
        subprocess.run(
            ["g++", "-std=c++20", "-O1", "-D_GLIBCXX_ASSERTIONS", f"-I{ROOT / 'include'}", *shlex.split(flags),
             str(ROOT / "tests/normalize/oracle/rewrite_lines.cpp"), "-o", binary, *icu.stdout.split()], check=True)
        self.process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def add_map(self, name, data):
        self.process.stdin.write(f"map {name} {to_base64(data)}\n".encode())

    def ask(self, lines):
        """Answers to (spec, text bytes), in order."""
        self.process.stdin.write("".join(f"{spec} {text.hex()}\n" for spec, text in lines).encode())
        self.process.stdin.flush()
        return [self.process.stdout.readline().decode().rstrip("\n") for _ in lines]


def hf_stage(rnd, maps):
    """A random normalizer: (ours, theirs)."""
    from tokenizers import Regex, normalizers as n
    kind = rnd.random.choice(
        ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel", "Strip", "Prepend", "Replace",
         "BertNormalizer", "BertNormalizer", "Precompiled", "Precompiled"])
    if kind == "Strip":
        left, right = rnd.yes(), rnd.yes()
        return f"Strip,{left},{right}", n.Strip(left == "1", right == "1")
    if kind == "Prepend":
        text = rnd.random.choice(["\u2581", "a", "xyz", " \u00e9"])
        return f"Prepend,{text.encode().hex()}", n.Prepend(text)
    if kind == "Replace":
        content = rnd.random.choice(["", "\u2581", "yy", "\u0301", "a b"])
        if rnd.random.random() < 0.5 and rnd.regex:
            pattern = rnd.random.choice([r" {2,}", r"\s+", r"[a-e]", r"\p{M}", r"a|ab", r"$", r"(?<=a)", r".", r"[^ ]+ "])
            return f"Replace,1,{pattern.encode().hex()},{content.encode().hex()}", n.Replace(Regex(pattern), content)
        pattern = rnd.random.choice([" ", "a", "ab", "aa", "\u0301", "\u2581", "  ", "e\u0301", "\u4e00", "*", "."])
        return f"Replace,0,{pattern.encode().hex()},{content.encode().hex()}", n.Replace(pattern, content)
    if kind == "BertNormalizer":
        a, b, c, d = rnd.yes(), rnd.yes(), rnd.random.choice("01-"), rnd.yes()
        return (f"BertNormalizer,{a},{b},{c},{d}",
                n.BertNormalizer(a == "1", b == "1", None if c == "-" else c == "1", d == "1"))
    if kind == "Precompiled":
        name = rnd.random.choice(list(maps))
        return f"Precompiled,{name}", n.Precompiled(maps[name])
    return kind, getattr(n, kind)()


def hf_answer(normalizer, text):
    """Text, and the place of every byte, as Hugging Face's library has it; None where it fails."""
    from tokenizers import PreTokenizedString
    try:
        pieces = PreTokenizedString(text)
        pieces.normalize(lambda s: normalizer.normalize(s))
        pieces.split(lambda _, s: [s[i:i + 1] for i in range(len(s.normalized))])
        splits = pieces.get_splits("original", "byte") if text else []
    except BaseException as e:
        if isinstance(e, KeyboardInterrupt):
            raise
        return None
    out, places = "", []
    for piece, (begin, _), _ in splits:
        out += piece
        places += [begin] * len(piece.encode())
    return out.encode(), places


def compare_with_hf(options, ours):
    from tokenizers import normalizers as n
    rnd = source(options.seed)
    rnd.regex = options.regex
    maps = {"tiny": compile_charsmap(TINY)}
    for i, file in enumerate(options.charsmap):
        def find(node):
            if isinstance(node, dict):
                if node.get("type") == "Precompiled":
                    maps[f"map{i}"] = base64.b64decode(node["precompiled_charsmap"])
                for child in node.values():
                    find(child)
            elif isinstance(node, list):
                for child in node:
                    find(child)
        find(json.loads(pathlib.Path(file).read_text(encoding="utf-8"))["normalizer"])
    for name, data in maps.items():
        ours.add_map(name, data)
    n_texts = n_failed = n_wrong = n_single = 0
    per_kind = {}
    while n_texts < options.texts and n_wrong < 20:
        stages = [hf_stage(rnd, maps) for _ in range(rnd.random.choice([1, 1, 1, 2, 2, 3, 4]))]
        spec = "|".join(spec for spec, _ in stages)
        theirs = stages[0][1] if len(stages) == 1 else n.Sequence([s for _, s in stages])
        texts = [rnd.text() for _ in range(25)]
        for text, answer in zip(texts, ours.ask([(spec, t.encode()) for t in texts])):
            expected = hf_answer(theirs, text)
            n_texts += 1
            n_single += len(stages) == 1
            for s, _ in stages:
                per_kind[s.split(",")[0]] = per_kind.get(s.split(",")[0], 0) + 1
            if expected is None:
                n_failed += 1
                continue
            bytes_, places = expected
            first = len(text[:1].encode())
            from_start = next((i for i, p in enumerate(places) if p >= first), len(places))
            fields = answer.split(" ")
            good = fields[0] != "error" and fields[0] == fields[1] == fields[3] == bytes_.hex()
            good = good and fields[4] == "".join(f"{p}," for p in places) and int(fields[2]) == from_start
            if not good:
                n_wrong += 1
                print(f"DIFFERENT {spec} {text!r}\n  theirs {bytes_.decode()!r} {places} {from_start}\n  ours   {answer}")
                if fields[0] != "error":
                    print(f"         {bytes.fromhex(fields[0]).decode(errors='backslashreplace')!r}")
    print(f"{n_texts} texts ({n_single} with one normalizer), {n_failed} on which Hugging Face's library fails, "
          f"{n_wrong} different; uses: {per_kind}")
    return n_wrong


def protobuf(number, value):
    def varint(i):
        out = b""
        while i > 0x7F:
            out += bytes([i & 0x7F | 0x80])
            i >>= 7
        return out + bytes([i])
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def sentencepiece_model(data, prefix, extra, escape, suffix, symbols):
    model = b""
    for piece, kind in [("<unk>", 2), ("<s>", 3), ("</s>", 3), ("\u2581", 1), ("a", 1)] + [(s, 4) for s in symbols]:
        model += protobuf(1, protobuf(1, piece.encode()) + protobuf(3, kind))
    model += protobuf(2, protobuf(3, 1) + protobuf(24, suffix))
    spec = protobuf(1, b"test") + (protobuf(2, data) if data else b"")
    return model + protobuf(3, spec + protobuf(3, prefix) + protobuf(4, extra) + protobuf(5, escape))


def compare_with_sentencepiece(options, ours):
    import sentencepiece
    rnd = source(options.seed)
    maps = {"tiny": compile_charsmap(TINY), "-": b""}
    for i, file in enumerate(options.charsmap):
        normalizer = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))["normalizer"]
        for stage in normalizer.get("normalizers", [normalizer]):
            if stage["type"] == "Precompiled":
                maps[f"map{i}"] = base64.b64decode(stage["precompiled_charsmap"])
    for name, data in maps.items():
        if data:
            ours.add_map(name, data)
    n_texts = n_wrong = 0
    while n_texts < options.texts and n_wrong < 20:
        name = rnd.random.choice(list(maps))
        flags = [int(rnd.yes()) for _ in range(4)]
        symbols = rnd.random.choice([[], [], ["zz"], ["ab", "abcd", " a", "\u2581b", "e\u0301", "\u4e00"], [" ", "  b"]])
        model = sentencepiece.SentencePieceProcessor(model_proto=sentencepiece_model(maps[name], *flags, symbols))
        spec = ",".join(["SentencePiece", name, *map(str, flags), *(s.encode().hex() for s in symbols)])
        texts = [rnd.text() for _ in range(100)]
        for text, answer in zip(texts, ours.ask([(spec, t.encode()) for t in texts])):
            n_texts += 1
            expected = model.Normalize(text).encode()
            fields = answer.split(" ")
            if not fields[0] == fields[1] == fields[3] == expected.hex():
                n_wrong += 1
                print(f"DIFFERENT {spec} {text!r}\n  theirs {expected.decode()!r}\n  ours   {answer}")
    print(f"{n_texts} texts, {n_wrong} different from SentencePiece {sentencepiece.__version__}")
    return n_wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--charsmap", action="append", default=[])
    parser.add_argument("--sentencepiece", action="store_true")
    parser.add_argument("--no-regex", dest="regex", action="store_false")
    parser.add_argument("--cxxflags", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours = program(folder, options.cxxflags)
        compare = compare_with_sentencepiece if options.sentencepiece else compare_with_hf
        sys.exit(1 if compare(options, ours) else 0)


if __name__ == "__main__":
    main()
