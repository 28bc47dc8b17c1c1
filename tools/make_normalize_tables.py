#!/usr/bin/env python3
"""Writes include/tessera/normalize/detail/unicode_tables_{character,grapheme,llama_cpp}.hpp.

Usage: tools/make_normalize_tables.py [--out FOLDER]
       (needs tokenizers 0.23.3, regex >= 2026.11 and unicodedata2 15.1; no network)

character  what Hugging Face's normalizers do to single characters. They are of several versions of Unicode (Rust's
           standard library, and two crates), so the engine itself is asked, character by character.
grapheme   the properties that decide where an extended grapheme cluster ends (UAX #29), from the package `regex`. Its
           Unicode is newer than the engine's 17.0, so this too is checked, and corrected, character by character.
llama_cpp  what llama.cpp does to single characters for a model of BERT. Its tables are of Unicode 15.1, and so is
           unicodedata2; tools/make_llama_cpp_golden.py records what the program itself does.
"""
import argparse
import collections
import pathlib

import regex
import tokenizers
import unicodedata2
from tokenizers import normalizers

from make_normalize_golden import CLUSTERS, MAPS, compile_charsmap

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
BLOCK = 128

CATEGORIES = ["any", "cr", "lf", "control", "extend", "zwj", "regional", "prepend", "spacing", "l", "v", "t", "lv", "lvt",
              "consonant", "pictographic"]  # in the order of `grapheme_category`
GCB = {"cr": "CR", "lf": "LF", "control": "Control", "extend": "Extend", "zwj": "ZWJ", "regional": "Regional_Indicator",
       "prepend": "Prepend", "spacing": "SpacingMark", "l": "L", "v": "V", "t": "T", "lv": "LV", "lvt": "LVT"}


def rows(values, width=118):
    lines, line = [], "   "
    for value in values:
        item = f" {value},"
        if len(line) + len(item) > width:
            lines.append(line)
            line = "   "
        line += item
    return "\n".join(lines + [line])


def two_stages(name, classes, as_text=False):
    """The C++ of a table: a block's number for each block of code points, then the blocks. `as_text`: a class is a
    character of a string literal, that of '0' + class, which takes a third of the lines."""
    blocks, index = {}, []
    for begin in range(0, 0x110000, BLOCK):
        index.append(blocks.setdefault(tuple(classes[begin:begin + BLOCK]), len(blocks)))
    assert len(blocks) <= 0x100
    flat = [c for block in blocks for c in block]
    if as_text:
        spelled = "".join(chr(ord("0") + c) for c in flat)
        assert spelled.isprintable() and not set(spelled) & set('\\"?')
        literals = "\n".join(f'    "{spelled[i:i + 112]}"' for i in range(0, len(spelled), 112))
        table = f"inline constexpr char {name}_classes[] =\n{literals};"
    else:
        table = f"inline constexpr std::uint8_t {name}_classes[{len(flat)}] = {{\n{rows(flat)}\n}};"
    return f"""inline constexpr unsigned {name}_block_shift = {BLOCK.bit_length() - 1};

inline constexpr std::uint8_t {name}_block_of[{len(index)}] = {{
{rows(index)}
}};

{table}
"""


def with_result(normalizer, result=None):
    """The characters that `normalizer` makes `result` of; by default, those it changes."""
    done = ((c, normalizer.normalize_str(chr(c))) for c in SCALARS)
    return {c for c, r in done if (r == result if result is not None else r != chr(c))}


def bert(**options):
    every = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**every, **options})


def lowercase_ranges():
    """[first, last, step, difference] of the characters that have a lowercase."""
    lower, ranges = normalizers.Lowercase(), []
    for c in SCALARS:
        r = lower.normalize_str(chr(c))
        if r == chr(c):
            continue
        assert len(r) == 1 or (c == 0x130 and r == "i\u0307")
        difference = ord(r[0]) - c
        last = ranges[-1] if ranges else None
        if last and last[3] == difference and c - last[1] in (1, 2) and last[2] in (0, c - last[1]):
            last[1], last[2] = c, c - last[1]
        else:
            ranges.append([c, c, 0, difference])
    return [[first, last, step or 1, difference] for first, last, step, difference in ranges]


def character_header():
    ranges = lowercase_ranges()
    nfd, nfkd = normalizers.NFD(), normalizers.NFKD()
    # U+0345 has the highest combining class: what has one changes places with it.
    combines = {c for c in SCALARS if c == 0x345 or nfd.normalize_str("\u0345" + chr(c))[0] != "\u0345"}
    unchanged = {c for c in SCALARS if nfd.normalize_str(chr(c)) == chr(c)}
    sets = [
        with_result(bert(clean_text=True), ""),
        with_result(normalizers.Strip(), ""),
        with_result(bert(strip_accents=True), "") & unchanged,
        with_result(normalizers.StripAccents(), ""),
        {c for first, last, step, _ in ranges for c in range(first, last + 1, step)},
        with_result(bert(handle_chinese_chars=True)),
        {c for c in SCALARS if c not in unchanged} | combines,
        {c for c in SCALARS if all(ord(part) in combines for part in nfkd.normalize_str(chr(c)))},
    ]
    classes = [0] * 0x110000
    for bit, members in enumerate(sets):
        for c in members:
            classes[c] |= 1 << bit
    text = "\n".join(f"    {{0x{a:X}, 0x{b:X}, {s}, {d}}}," for a, b, s, d in ranges)
    return f"""// What the normalizers of Hugging Face's tokenizers {tokenizers.__version__} do to single characters; the bits:
// character_class.hpp. Generated by tools/make_normalize_tables.py; do not edit.
#pragma once

#include <cstdint>

namespace tessera::inline v0 {{
namespace detail {{

{two_stages("character", classes)}
// Every `step`th character from `first` to `last` becomes the one `difference` further on.
struct lowercase_range {{
    std::uint32_t first;
    std::uint32_t last;
    std::uint32_t step;
    std::int32_t difference;
}};

inline constexpr lowercase_range lowercase_ranges[{len(ranges)}] = {{
{text}
}};

}}  // namespace detail
}}  // namespace tessera::inline v0
"""


def ask_engine(classes):
    """Corrects characters that are of another class in the engine's Unicode: they behave unlike the rest of theirs."""
    engine = normalizers.Precompiled(compile_charsmap(MAPS["bytes"]))
    behaviour = [""] * 0x110000
    groups = collections.defaultdict(collections.Counter)
    for c in SCALARS:
        behaviour[c] = engine.normalize_str("".join(context.replace("@", chr(c)) for context in CLUSTERS))
        groups[classes[c], len(chr(c).encode())][behaviour[c]] += 1
    usual = {group: counts.most_common(1)[0][0] for group, counts in groups.items()}
    n_corrected = 0
    for c in SCALARS:
        size = len(chr(c).encode())
        if c >= 0x80 and behaviour[c] != usual[classes[c], size]:
            classes[c] = min(k for k, n in usual if n == size and usual[k, n] == behaviour[c])
            n_corrected += 1
    print(f"{n_corrected} characters have another class in tokenizers than in the package regex")


def grapheme_header():
    every = "".join(map(chr, SCALARS))
    members = lambda prop: [ord(c) for c in regex.findall(r"\p{" + prop + "}", every)]
    classes = [0] * 0x110000
    named = {name: f"GCB={GCB[name]}" for name in GCB}
    named |= {"consonant": "InCB=Consonant", "pictographic": "Extended_Pictographic"}
    for name, prop in named.items():
        for c in members(prop):
            assert classes[c] == 0, (name, hex(c))
            classes[c] = CATEGORIES.index(name)
    for c in members("InCB=Linker"):
        classes[c] |= 16
    for c in members("InCB=Extend"):
        classes[c] |= 32
    ask_engine(classes)
    return f"""// Where extended grapheme clusters end, in Unicode 17.0; grapheme_scan.hpp says what the classes mean.
// Generated by tools/make_normalize_tables.py; do not edit.
#pragma once

#include <cstdint>

namespace tessera::inline v0 {{
namespace detail {{

{two_stages("grapheme", classes)}
}}  // namespace detail
}}  // namespace tessera::inline v0
"""


# llama.cpp copies them from Hugging Face's library, where 2B820 is misspelled.
CHINESE = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
           (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]


def llama_cpp_header():
    assert unicodedata2.unidata_version == "15.1.0"
    category = {c: unicodedata2.category(chr(c)) for c in SCALARS}
    first = {c: ord(unicodedata2.normalize("NFD", chr(c))[0]) for c in SCALARS}
    spaces = with_result(normalizers.Strip(), "")
    lower = with_result(normalizers.Lowercase())
    sets = [
        spaces,
        {c for c in SCALARS if category[c] in ("Cc", "Cf", "Co") or c == 0xFFFD} - spaces,
        {c for c in SCALARS if category[c][0] == "M"},
        {c for c in SCALARS if category[c][0] == "P" or (c < 0x7F and category[c][0] == "S")}
        | {c for begin, last in CHINESE for c in range(begin, last + 1)},
        {c for c in lower if category[c] != "Cn"},
        {c for c in SCALARS if first[c] != c},
    ]
    classes = [0] * 0x110000
    for bit, members in enumerate(sets):
        for c in members:
            classes[c] |= 1 << bit
    ranges = []
    for c in sorted(sets[5]):
        if ranges and ranges[-1][1] == c - 1 and ranges[-1][2] == first[c]:
            ranges[-1][1] = c
        else:
            ranges.append([c, c, first[c]])
    text = rows([f"{{0x{a:X}, 0x{b:X}, 0x{to:X}}}" for a, b, to in ranges])
    return f"""// What llama.cpp does to single characters for a model of BERT, in Unicode 15.1; the bits:
// llama_cpp_bert_normalizer.hpp. Generated by tools/make_normalize_tables.py; do not edit.
#pragma once

#include <cstdint>

namespace tessera::inline v0 {{
namespace detail {{

{two_stages("llama_cpp", classes, as_text=True)}
// The canonical decompositions of all characters from `first` to `last` begin with `decomposed`.
struct decomposition_range {{
    std::uint32_t first;
    std::uint32_t last;
    std::uint32_t decomposed;
}};

inline constexpr decomposition_range decomposition_ranges[{len(ranges)}] = {{
{text}
}};

}}  // namespace detail
}}  // namespace tessera::inline v0
"""


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=root / "include/tessera/normalize/detail")
    out = pathlib.Path(parser.parse_args().out)
    (out / "unicode_tables_character.hpp").write_text(character_header(), encoding="ascii")
    (out / "unicode_tables_grapheme.hpp").write_text(grapheme_header(), encoding="ascii")
    (out / "unicode_tables_llama_cpp.hpp").write_text(llama_cpp_header(), encoding="ascii")


if __name__ == "__main__":
    main()
