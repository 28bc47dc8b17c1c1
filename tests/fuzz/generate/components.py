"""Random normalizers, pretokenizers and decoders, with every option."""

import base64
import struct

from .common import options, some
from .patterns import BEHAVIORS, split_pattern

CHARMAP_KEYS = [("\uff21", "A"), ("\ufb01", "fi"), ("\u00a0", " "), ("\u3000", " "), ("\u00e9", "e\u0301"), ("e\u0301", "\u00e9"),
                ("\u2026", "..."), ("\u00ad", ""), ("\u200b", " "), ("a", "b"), ("ab", "X"), ("\t", " "), ("\n", " "), ("\x7f", ""),
                ("\u2460", "1"), ("\u304b\u3099", "\u304c"), ("\u1112\u1161", "\ud558"), ("\u00bd", "1\u20442"), ("\U0001d400", "A"),
                ("\u0915\u094d", "k"), ("\r\n", "\n"), ("\u017f", "s"), ("\u0301", ""), ("#\ufe0f", "#"), ("A", "a"), ("\u4e00", "\u3007\u3007")]


def charsmap(pairs):
    """SentencePiece's precompiled_charsmap of these replacements: the size of a double array, the double array, and the
    new strings, each closed by a NUL. Built one node after the other, first fit."""
    trie, blob, offsets = {}, b"", {}
    for key, value in sorted(pairs.items()):
        offsets[key] = len(blob)
        blob += value.encode() + b"\0"
        node = trie
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[None] = offsets[key]
    units, used, bases = {0: 0}, {0}, set()
    todo = [(0, trie)]
    while todo:
        position, node = todo.pop()
        labels = [0 if label is None else label for label in node]
        base = 1
        while base in bases or any((base ^ label) in used for label in labels) or (base ^ position) >= 1 << 21:
            base += 1
        bases.add(base)
        units[position] |= (base ^ position) << 10
        for label, child in node.items():
            place = base ^ (label or 0)
            used.add(place)
            if label is None:
                units[position] |= 1 << 8
                units[place] = child | 1 << 31
            else:
                units[place] = label
                todo.append((place, child))
    size = (max(units) | 0xFF) + 1
    array = struct.pack(f"<{size}I", *(units.get(i, 0) for i in range(size)))
    return base64.b64encode(struct.pack("<I", len(array)) + array + blob).decode()


def random_normalizer(c, depth=0):
    rng = c.rng
    kind = some(rng, (8, "BertNormalizer"), (5, "Strip"), (5, "StripAccents"), (6, "NFC"), (5, "NFD"), (6, "NFKC"), (5, "NFKD"),
                (10 if depth < 3 else 0, "Sequence"), (7, "Lowercase"), (5, "Nmt"), (7, "Precompiled"), (11, "Replace"), (6, "Prepend"),
                (3, "ByteLevel"))
    out = {"type": kind}
    if kind == "BertNormalizer":
        out.update(options(rng, clean_text=0.7, handle_chinese_chars=0.7, lowercase=0.5),
                   strip_accents=rng.choice((None, None, True, False)))
    elif kind == "Strip":
        out.update(options(rng, strip_left=0.6, strip_right=0.6))
    elif kind == "Sequence":
        out["normalizers"] = [random_normalizer(c, depth + 1) for _ in range(some(rng, (5, 0), (20, 1), (40, 2), (25, 3), (10, 4)))]
    elif kind == "Precompiled":
        out["precompiled_charsmap"] = charsmap(dict(rng.sample(CHARMAP_KEYS, rng.randint(1, len(CHARMAP_KEYS)))))
    elif kind == "Replace":
        out["pattern"] = split_pattern(c) if rng.random() < 0.5 else rng.choice(
            ({"String": " "}, {"Regex": " {2,}"}, {"Regex": r"\s+"}, {"String": "``"}, {"String": "\u2581"}, {"Regex": r"\n"}, {"Regex": r"\t+"}))
        out["content"] = rng.choice(["\u2581", " ", "", "_", "ab", "\u00e9", "$1", "\\0", "\n", "\U0001f600x", "\""])
    elif kind == "Prepend":
        out["prepend"] = rng.choice(["\u2581", " ", "", "ab", "\u0301", "\u4e2d", "x "])
    return out


def random_pre_tokenizer(c, depth=0):
    rng = c.rng
    kind = some(rng, (6, "BertPreTokenizer"), (12, "ByteLevel"), (4, "CharDelimiterSplit"), (12, "Metaspace"), (6, "Whitespace"),
                (14 if depth < 3 else 0, "Sequence"), (16, "Split"), (7, "Punctuation"), (6, "WhitespaceSplit"), (7, "Digits"),
                (5, "UnicodeScripts"), (4, "FixedLength"))
    out = {"type": kind}
    if kind == "ByteLevel":
        out.update(options(rng, add_prefix_space=0.4, trim_offsets=0.5, use_regex=0.6))
        if rng.random() < 0.1 and out["use_regex"]:
            del out["use_regex"]
        c.view = "bytes"
    elif kind == "CharDelimiterSplit":
        out["delimiter"] = rng.choice(" -_a\n\u2581\u4e2d\u0301")
    elif kind == "Metaspace":
        c.replacement = out["replacement"] = some(rng, (85, "\u2581"), (5, "_"), (3, " "), (3, "\u0120"), (4, "\u4e2d"))
        out["prepend_scheme"] = rng.choice(("always", "first", "never"))
        out["split"] = rng.random() < 0.7
        if rng.random() < 0.15:
            out["add_prefix_space"] = out["prepend_scheme"] != "never"
        if out["prepend_scheme"] == "always" and rng.random() < 0.2:
            del out["prepend_scheme"]
        if out["split"] and rng.random() < 0.2:
            del out["split"]
        if c.view == "plain":
            c.view = "metaspace"
    elif kind == "Sequence":
        out["pretokenizers"] = [random_pre_tokenizer(c, depth + 1)
                                for _ in range(some(rng, (4, 0), (16, 1), (45, 2), (25, 3), (10, 4)))]
    elif kind == "Split":
        out.update(pattern=split_pattern(c), behavior=rng.choice(BEHAVIORS), invert=rng.random() < 0.25)
    elif kind == "Punctuation":
        out["behavior"] = rng.choice(BEHAVIORS)
        if out["behavior"] == "Isolated" and rng.random() < 0.3:
            del out["behavior"]
    elif kind == "Digits":
        out["individual_digits"] = rng.random() < 0.5
    elif kind == "FixedLength":
        out["length"] = rng.choice((1, 2, 3, 5, 8))
        if out["length"] == 5:
            del out["length"]
    return out


def random_decoder(c, depth=0):
    rng = c.rng
    kind = some(rng, (6, "BPEDecoder"), (14, "ByteLevel"), (8, "WordPiece"), (10, "Metaspace"), (5, "CTC"), (14 if depth < 3 else 0, "Sequence"),
                (7, "Replace"), (7, "Fuse"), (7, "Strip"), (8, "ByteFallback"))
    out = {"type": kind}
    if kind == "BPEDecoder":
        out["suffix"] = rng.choice(("</w>", "_", "", "a"))
    elif kind == "ByteLevel":
        out.update(options(rng, add_prefix_space=0.5, trim_offsets=0.5, use_regex=0.5))
    elif kind == "WordPiece":
        out.update(prefix=rng.choice(("##", "##", "", "@@", "a")), cleanup=rng.random() < 0.5)
    elif kind == "Metaspace":
        out.update(replacement=some(rng, (80, c.replacement), (10, "\u2581"), (10, "_")), prepend_scheme=rng.choice(("always", "first", "never")),
                   split=rng.random() < 0.7)
    elif kind == "CTC":
        out.update(pad_token=rng.choice(("<pad>", "[PAD]", "a", "")), word_delimiter_token=rng.choice(("|", "\u2581", " ", "")),
                   cleanup=rng.random() < 0.6)
    elif kind == "Sequence":
        out["decoders"] = [random_decoder(c, depth + 1) for _ in range(some(rng, (4, 0), (12, 1), (30, 2), (30, 3), (24, 4)))]
    elif kind == "Replace":
        out["pattern"] = rng.choice(({"String": "\u2581"}, {"String": " "}, {"Regex": r"\s+"}, {"Regex": "a+"}, {"String": "##"}, {"Regex": "^."},
                                     {"String": "a"}))
        out["content"] = rng.choice((" ", "", "x", "\u00e9", "a b"))
    elif kind == "Strip":
        out.update(content=rng.choice((" ", " ", "\u2581", "a", "#")), start=rng.choice((0, 1, 1, 2, 5)), stop=rng.choice((0, 0, 0, 1, 2)))
    return out
