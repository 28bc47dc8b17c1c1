#!/usr/bin/env python3
"""Writes data/golden/pretokenize/: how the reference engines classify and split.

Usage: tools/make_pretokenize_golden.py classes|tricky|scalars [...]   (needs tiktoken, tokenizers; no network)

classes.txt  the ranges of code points that \\p{Lu}, \\s, ... match, per engine (seconds)
tricky.txt   splits of tricky strings and of seeded random ones, per pattern (seconds)
scalars.txt  splits of every Unicode scalar value in 14 contexts, or 17, per pattern: a CRC-32 for each block of 256
             (fifteen minutes; `scalars PATTERN ENGINE` makes one part, in build/golden/)

tiktoken does not expose its pretokens. It looks each one up whole, though, before it merges, so an encoding whose
ranks hold every substring of the text gives one token a pretoken, and the tokens' lengths are the split.
"""
import importlib.metadata
import pathlib
import random
import sys
import zlib

import tiktoken
import tokenizers
from tiktoken_ext import openai_public
from tokenizers import Regex, pre_tokenizers

OUT = pathlib.Path(__file__).resolve().parent.parent / "data/golden/pretokenize"
BYTES = {bytes([b]): b for b in range(256)}
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]

# Contexts of scalars.txt; the character is put for @. The same list is in tests/pretokenize/golden_test.cpp.
CONTEXTS = ["@", "a@b", "A@B", "1@2", " @ ", "!@?", "\n@\n", "@@a", "  @a", "'@e", "'l@", "'r@", "a'@", "@'s"]

# And of SuperBPE's patterns, which count digits.
DIGIT_CONTEXTS = ["12@4", "!123@", "@123"]

CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
LLAMA3 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SUPERBPE = {  # PythonNut/superbpe: whether Digits goes before, and the pattern
    "superbpe-1": (True, r"(?=(\d{3})+(?!\d))"),
    "superbpe-1-words": (True, r"(?=(\d{3})+(?!\d))| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"),
    "superbpe-2": (False, r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]{2,}[\r\n/]*| +(?!\S)"),
    "superbpe-2-words": (False,
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
        r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"),
}
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")


def pattern_of(function):
    """The pat_str in tiktoken's own source, without the download of ranks that calling it would start."""
    load, openai_public.load_tiktoken_bpe = openai_public.load_tiktoken_bpe, lambda *a, **k: {}
    try:
        return function()["pat_str"]
    finally:
        openai_public.load_tiktoken_bpe = load


class tiktoken_engine:
    def __init__(self, pattern):
        self.pattern = pattern

    def splits(self, texts):
        """For each text, the (begin, end) byte offsets of its pretokens."""
        ranks = dict(BYTES)
        for text in texts:
            cut = [0]
            for c in text:
                cut.append(cut[-1] + len(c.encode()))
            raw = text.encode()
            for i, begin in enumerate(cut):
                for end in cut[i + 1:]:
                    ranks.setdefault(raw[begin:end], len(ranks))
        encoding = tiktoken.Encoding("golden", pat_str=self.pattern, mergeable_ranks=ranks, special_tokens={})
        length = [len(piece) for piece in ranks]
        for text in texts:
            at, split = 0, []
            for token in encoding.encode_ordinary(text):
                split.append((at, at + length[token]))
                at += length[token]
            assert at == len(text.encode())
            yield split

    def matches(self, pattern):
        encoding = tiktoken.Encoding("golden", pat_str=pattern, mergeable_ranks=BYTES, special_tokens={})
        for i in range(0, len(SCALARS), 1 << 16):
            text = "".join(map(chr, SCALARS[i:i + (1 << 16)]))
            yield from map(ord, bytes(encoding.encode_ordinary(text)).decode())


class tokenizers_engine:
    def __init__(self, pretokenizer):
        self.pretokenizer = pretokenizer

    def splits(self, texts):
        for text in texts:
            pieces = self.pretokenizer.pre_tokenize_str(text)
            if text.isascii():
                yield [offsets for _, offsets in pieces]
                continue
            cut = [0]
            for c in text:
                cut.append(cut[-1] + len(c.encode()))
            yield [(cut[begin], cut[end]) for _, (begin, end) in pieces]

    def matches(self, pattern):
        split = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
        for i in range(0, len(SCALARS), 1 << 16):
            for piece, _ in split.pre_tokenize_str("".join(map(chr, SCALARS[i:i + (1 << 16)]))):
                yield from map(ord, piece)


def split_isolated(pattern):
    return tokenizers_engine(pre_tokenizers.Split(Regex(pattern), "isolated"))


def superbpe(digits_first, pattern):
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    digits = pre_tokenizers.Digits(individual_digits=False)
    return tokenizers_engine(pre_tokenizers.Sequence([digits, split]) if digits_first else split)


ENGINES = {  # (pattern, engine) -> object
    ("gpt2", "tiktoken"): tiktoken_engine(openai_public.r50k_pat_str),
    ("gpt2", "tokenizers"): tokenizers_engine(pre_tokenizers.ByteLevel(add_prefix_space=False)),
    ("cl100k", "tiktoken"): tiktoken_engine(pattern_of(openai_public.cl100k_base)),
    ("o200k", "tiktoken"): tiktoken_engine(pattern_of(openai_public.o200k_base)),
    ("o200k", "tokenizers"): split_isolated(pattern_of(openai_public.o200k_base)),
    ("llama3", "tokenizers"): split_isolated(LLAMA3),
    ("qwen2", "tokenizers"): split_isolated(QWEN2),
    ("whitespace", "tokenizers"): tokenizers_engine(pre_tokenizers.Whitespace()),
    **{(name, "tokenizers"): superbpe(*how) for name, how in SUPERBPE.items()},
}


def escaped(text):
    plain = lambda c: " " <= c <= "~" and c not in "\\|"
    return "".join(c if plain(c) else f"\\u{{{ord(c):X}}}" for c in text)


TRICKY = r"""
||  |   |\t|\n|\n\n|\n\n\n|\t\n|    Hello\n    Hello|today\n |today\n \n|today\n  \n|\n =| (|\r\n|a\r\nb|\n\x0b  |a  b
a     b|a \n b|a \n\n  b|a\n \n  |x  \n|x  \n  y|x\n\n\ny|x \r\n \r\n  y|end   |end \t\t|\n  \nfoo\n\n  bar|\u00a0\u00a0a|a\u3000\u3000b
\u2028a\u2029b|\u2029 \uA3E4|\u0085\u0085x| \u00850|\u200b\u200bx|3|33|333|3333|33333|333333|3333333|1314151\u5929|3.3 3..3 3...3|1 2  3
\u00bc-a \u00bd-a \u00be-a|\u2165-a|a \u3007b|ied 4 \u00bd months|\u0661\u0662\u0663\u0664|1a2b3c|'s|'S 's|'RE 'M 'LL We'Ve a'lL y'all|I'll I'LL I'l'l
'\u017f|a'\u017f|'\u017ft x'\u017ft|'\u212a|'\u0130 '\u0131|don't DON'T can''t '' ''s|'t'was|!'s ''s 's's|'ll've're|'l 'r 'v|we'r|x'
\u03a3\u0391\u03a3 \u00df\u1e9e|\x1f-a|\ufeff//|\u00a0aC|a\u00a0\u00a0\x00b| \u2e4e|\u00e5 a\u030a|\u00c4pfel A\u0308pfel|C\u1eeda Vi\u1ec7t Cu\u031b\u0309a
\U000ac517\U000522f4|\uff5e|\u2026 \x10|\u0915\u092e \u0915\u093f\u092e|\u0e01\u0e33 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35|\u179f\u17bd\u179f\u17d2\u178f\u17b8|\u0f56\u0f7c\u0f51\u0f0b
\u0645\u0631\u062d\u0628\u0627 \u05e9\u05c1\u05dc\u05d5\u05dd|\U0001f999.cpp|\U0001f636\u200d\U0001f32b\ufe0f \U0001f636\U0001f32b\ufe0f|\U0001f468\u200d\U0001f469\u200d\U0001f467|\U0001f1f9\U0001f1f7
1\ufe0f\u20e3 #\ufe0f\u20e3|\U0001f44d\U0001f3fd|camelCase CamelCase XMLHttp HTTPServer iOS|aA aAa AaA AAa aaA|ABC'S abc's ABc'S|A\u4e00B \u4e00AB AB\u4e00 a\u4e00B
\u0301a a\u0301 \u0301 !\u0301a !\u0301 \u0301A \u0301AB \u0301\u0301AB|\u0301's \u0301A's|\u0301A|\u0301AB's|1\u0301AB|1\u0301aB|\u01c5a A\u01c5 \u01c5|\u02b0A\u02b0a|path/to/file //x /\n/\n|!/\n/ .../|foo();\n\n\n  bar
!!!\r\n\r\nx| !!!\n\n| !|!a| a!|_a __a a_b|a-b|\ta\tb| \ta|\t a|#include <a>|(a)|[a]| \u0301|\u0301\u0301| \u0301a|A\u0301B\u0301c|\u00aa\u00ba \u00b2\u00b3\u00b9 \u24b6\u24e9
\u200c\u200d a\u200db|\u203f\u2040_ \uff3f|<|endoftext|>|na\u00efve caf\u00e9|\ufffd \ufffda|\u1e9e's \u00df'S|\U00010400\U00010428 \U00010428\U00010400|\U0001d7d8\U0001d7d9\U0001d7da\U0001d7db
""".strip("\n")


DIGITS = r"""
1234567|in 2024|in  2024|2024 \t2024|123456 12 123456|12345678901234567890|-1,234,567.8910|a1b12c123d1234|\t1234\n5678
\u0661\u0662\u0663\u0664|1234\u0661\u0662\u0663|\u0661\u0662\u0663\u06641234|12\u00bd345678|\u00bd123\u00bd1234|\u21651234|1234\u00b2|\u30073456
1\U00011de1234|\U00011de1\U00011de2 1|12\U00016ff4|a\U00016ff4 \U00016ff5|\uff11\uff12\uff13\uff14|\U0001d7d8\U0001d7d9\U0001d7da\U0001d7db\U0001d7dc
It's a dog.\nIn 2024 (x) x();\n\n  y |a  !!b !c // \t|  !!|   !|! !! !!!| !!| !| !!\n/ !!/\r\n/x|!\n!!|a .b ..c|end. |end.\n \n|a \tb  \tc| \u00a0|  \u00a0x|a  b   c
""".strip("\n")


def digit_texts():
    rng = random.Random(17)
    texts = [text.encode("ascii").decode("unicode_escape") for line in DIGITS.split("\n") for text in line.split("|")]
    alphabet = list("0123456789  \t\na!/.\u0661\uff15\u0967\u00bd\u2165\u3007\U00011de1\U00016ff4\U0001d7d8\u00a0\u4e00")
    for _ in range(240):
        subset = rng.sample(alphabet, rng.randint(2, 9))
        texts.append("".join(rng.choice(subset) for _ in range(rng.randint(2, 30))))
    return texts


def tricky_texts():
    rng = random.Random(16)
    texts = []
    for line in TRICKY.split("\n"):
        texts += [text.encode("ascii").decode("unicode_escape") for text in line.split("|")]
    texts = list(dict.fromkeys(t for t in texts if t))
    alphabet = list("aAbBsSdDlLrReEvVmMtT019  \t\n\r'!/._\u00a0\u3000\u2028\u0085\u017f\u0301\u093f\u4e00\u0430\u0410"
                    "\u01c5\u02b0\u00aa\u00bd\u0661\u2165\U0001f999\u200d\u24b6\u203f")
    for _ in range(160):
        subset = rng.sample(alphabet, rng.randint(2, 9))
        texts.append("".join(rng.choice(subset) for _ in range(rng.randint(2, 24))))
    return texts


def ranges(code_points):
    out = []
    for c in sorted(code_points):
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return " ".join(f"{a:X}" if a == b else f"{a:X}-{b:X}" for a, b in out)


def write(name, what, lines):
    peers = " ".join(f"{p}=={importlib.metadata.version(p)}" for p in ("tiktoken", "tokenizers"))
    text = f"# {what}\n# Peers: {peers}. Command: tools/make_pretokenize_golden.py {name}\n"
    text += "".join(f"{line}\n" for line in lines)
    (OUT / f"{name}.txt").write_text(text, encoding="ascii", newline="\n")


def make_classes():
    lines = []
    for name in ("Lu", "Ll", "Lt", "Lm", "Lo", "L", "M", "N", "s", "w"):
        regex = rf"\{name}" if name in "sw" else rf"\p{{{name}}}"
        found = {}
        for label, key in (("tiktoken", ("gpt2", "tiktoken")), ("oniguruma", ("llama3", "tokenizers"))):
            found.setdefault(ranges(set(ENGINES[key].matches(regex))), []).append(label)
        lines += [f"{','.join(engines)} {name} {text}" for text, engines in found.items()]
    write("classes", "Engines, class, ranges of code points (hexadecimal); oniguruma is tokenizers.Regex", lines)


def make_tricky():
    texts, more, lines = tricky_texts(), digit_texts(), []
    for name, engine in ENGINES:
        for text in texts + more if name in SUPERBPE else texts:
            raw = text.encode()
            (split,) = ENGINES[name, engine].splits([text])
            pieces = "|".join(escaped(raw[a:b].decode()) for a, b in split)
            lines.append(f"{name}\t{engine}\t{escaped(text)}\t{pieces}")
    write("tricky", "Pattern, engine, text, pretokens between '|'; tabs between fields; \\u{HEX} for the rest", lines)


def block_crc(engine, block, contexts):
    code_points = [c for c in range(block << 8, (block + 1) << 8) if not 0xD800 <= c < 0xE000]
    texts = [context.replace("@", chr(c)) for c in code_points for context in contexts]
    crc = 0
    for split in engine.splits(texts):
        crc = zlib.crc32(bytes(offset for piece in split for offset in piece) + b"\xff", crc)
    return crc


def make_scalars(only):
    """Part files first, so that patterns can be made one at a time: scalars PATTERN ENGINE, then scalars."""
    parts = OUT.parent.parent.parent / "build/golden"
    parts.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, engine in ENGINES:
        part = parts / f"scalars.{name}.{engine}"
        if only and only != [name, engine]:
            continue
        if only or not part.exists():
            runs = []
            contexts = CONTEXTS + (DIGIT_CONTEXTS if name in SUPERBPE else [])
            for block in range(0x1100):
                if 0xD8 <= block < 0xE0:
                    continue
                crc = block_crc(ENGINES[name, engine], block, contexts)
                if runs and runs[-1][1] == block - 1 and runs[-1][2] == crc:
                    runs[-1][1] = block
                else:
                    runs.append([block, block, crc])
            part.write_text("".join(f"{name} {engine} {a:X} {b:X} {crc:08X}\n" for a, b, crc in runs))
        lines += part.read_text().splitlines()
    if not only:
        write("scalars", "Pattern, engine, first and last block of 256 code points, CRC-32 of each block's splits", lines)


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in ("classes", "tricky", "scalars"):
        sys.exit(__doc__)
    OUT.mkdir(parents=True, exist_ok=True)
    if sys.argv[1] == "classes":
        make_classes()
    elif sys.argv[1] == "tricky":
        make_tricky()
    else:
        make_scalars(sys.argv[2:])


if __name__ == "__main__":
    main()
