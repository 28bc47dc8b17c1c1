#!/usr/bin/env python3
"""Writes data/golden/pretokenize/component_*.txt: how Hugging Face's pretokenizers split.

Usage: tools/make_pretokenize_component_golden.py texts|scalars     (needs the package tokenizers; no network)

component_texts.txt    splits of tricky texts by each component with each of its options, and by chains (seconds)
component_scalars.txt  splits of every Unicode scalar value, alone and between others: a CRC-32 for each block of 8192
                       (ten minutes)
"""
import importlib.metadata
import pathlib
import sys
import zlib

from pretokenize_components import BEHAVIORS, escaped, pieces, pretokenizer, specification

OUT = pathlib.Path(__file__).resolve().parent.parent / "data/golden/pretokenize"
BLOCK = 8192
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

TEXTS = [text.encode("ascii").decode("unicode_escape") for text in r"""
a| |  |ab|Hello there|  Hello   there  |\u2581Hello\u2581 there|_Hello _there_|the-final--countdown|don't you'll 'S '|a1b22c333
3.14, 1/2 \u00bd\u00be \u0663\u0664 \u2165x|\U00011de3\U00011de4 \U00016ff4a|(a) [b]! "c" $5+$6=$11 ^`|\u166d\u2e4f\u3001a\u3002
\u4eca\u65e5\u306f\u30c6\u30b9\u30c8\u30fc abc|\u3042\u30a2\u4e00\uac00|  \u3042 \u0378a\u0378|\u0378 \u0378|caf\u00e9 \u00c0 bient\u00f4t|\u0430\u0431 ab \u05d0\u05d1 \u0e01
\ta\nb\r\nc\u0085d\u00a0e\u3000f|\x00\x7f\u200b\u200d|\ufffd\ufffd|\U0001f468\u200d\U0001f469 \U0001f1f9|aaaa|aaba aab|a.b.c.|..|\u0120a \u010a
""".strip().replace("\n", "|").split("|")] + ["~|~ a|b"]
SPLIT_TEXTS = ["ab  ba", "  a", "a  ", "aab", "", " ", "b \u4e00 a1", "a"]


def all_specifications():
    one = [("ByteLevel", prefix, use_regex) for prefix in (False, True) for use_regex in (False, True)]
    one += [("Metaspace", "\u2581", scheme, split) for scheme in ("first", "never", "always") for split in (False, True)]
    one += [("Metaspace", "_", "always", True), ("Metaspace", " ", "always", True), ("Metaspace", "a", "first", True)]
    one += [("Punctuation", name) for name in BEHAVIORS]
    one += [("Digits", False), ("Digits", True), ("FixedLength", 1), ("FixedLength", 3), ("UnicodeScripts",),
            ("Whitespace",), ("WhitespaceSplit",), ("BertPreTokenizer",), ("CharDelimiterSplit", " "),
            ("CharDelimiterSplit", "a"), ("CharDelimiterSplit", "\u4e00"), ("CharDelimiterSplit", "\ufffd")]
    chains = [
        [("WhitespaceSplit",), ("Metaspace", "\u2581", "first", True)],
        [("WhitespaceSplit",), ("Metaspace", "\u2581", "always", True)],
        [("Metaspace", "\u2581", "first", True), ("Metaspace", "_", "first", True)],
        [("FixedLength", 1), ("Metaspace", "\u2581", "first", False), ("Metaspace", "_", "first", True)],
        [("ByteLevel", True, False), ("Metaspace", "\u2581", "first", True)],
        [("Metaspace", "_", "always", False), ("FixedLength", 1), ("Metaspace", "\u2581", "first", True)],
        [("ByteLevel", True, False), ("FixedLength", 1), ("Metaspace", "-", "first", True)],
        [("ByteLevel", True, True), ("ByteLevel", True, True)],
        [("Digits", True), ("Punctuation", "Contiguous"), ("ByteLevel", False, True)],
        [("UnicodeScripts",), ("BertPreTokenizer",)],
        [("CharDelimiterSplit", "a"), ("Metaspace", "\u2581", "first", True)],
    ]
    return [[step] for step in one] + chains


def split_specifications():
    patterns = [("String", "a"), ("String", " "), ("String", ""), ("Regex", r"\s+"), ("Regex", GPT2)]
    return [[("Split", *pattern, name, invert)] for pattern in patterns for name in BEHAVIORS
            for invert in (False, True)]


def write(name, what, lines):
    text = f"# {what}\n# tokenizers {importlib.metadata.version('tokenizers')}. "
    text += f"Command: tools/make_pretokenize_component_golden.py {name}\n"
    text += "".join(f"{line}\n" for line in lines)
    (OUT / f"component_{name}.txt").write_text(text, encoding="ascii", newline="\n")


def make_texts():
    lines = []
    for specifications, texts in ((all_specifications(), TEXTS), (split_specifications(), SPLIT_TEXTS)):
        for steps in specifications:
            built = pretokenizer(steps)
            for text in texts:
                found = "|".join(escaped(piece) for piece in pieces(built, text))
                lines.append(f"{specification(steps)}\t{escaped(text)}\t{found}")
    write("texts", "Components, text, pieces between '|'; tabs between fields; \\u{HEX} for the rest", lines)


# The character is put for @; tests/pretokenize/components_golden_test.cpp has the same.
CONTEXTS = ["@", "a@b1@2 @ !@?@@a@'s\u4e00@\u30a2@ @\u2581@"]

SCALAR_SPECIFICATIONS = [
    [("ByteLevel", True, True)], [("ByteLevel", False, False)], [("Metaspace", "\u2581", "always", True)],
    [("Punctuation", "Isolated")], [("Punctuation", "MergedWithNext")], [("Digits", False)], [("Digits", True)],
    [("FixedLength", 2)], [("UnicodeScripts",)], [("Whitespace",)], [("WhitespaceSplit",)], [("BertPreTokenizer",)],
    [("CharDelimiterSplit", "\u2581")], [("UnicodeScripts",), ("Metaspace", "\u2581", "first", True)],
]


def make_scalars():
    lines = []
    for steps in SCALAR_SPECIFICATIONS:
        built = pretokenizer(steps)
        for first in range(0, 0x110000, BLOCK):
            found = []
            for c in range(first, first + BLOCK):
                if not 0xD800 <= c < 0xE000:
                    for context in CONTEXTS:
                        found += pieces(built, context.replace("@", chr(c)))
                        found.append("")
            lines.append(f"{specification(steps)}\t{first:X}\t{zlib.crc32(chr(0).join(found).encode()):08X}")
    write("scalars", "Components, first of 8192 code points, CRC-32 of all pieces with zero bytes between", lines)


if __name__ == "__main__":
    if sys.argv[1:] == ["texts"]:
        make_texts()
    elif sys.argv[1:] == ["scalars"]:
        make_scalars()
    else:
        sys.exit(__doc__)
