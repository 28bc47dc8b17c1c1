#!/usr/bin/env python3
"""Writes data/golden/normalize/: what the reference normalizers make of texts.

Usage: tools/make_normalize_golden.py maps|scalars|texts|sentencepiece    (no network; invented text only)

maps.txt           character maps, compiled from the rules below and in fuzz_normalizers.py
scalars.txt        every Unicode scalar value in several contexts: a CRC-32 of the result for each block of 4096
texts.txt          random texts and sequences of normalizers: the result, and the place of each byte
sentencepiece.txt  the same, without places, by SentencePiece 0.2.3; the others need tokenizers 0.23.3

Normalizers are written as in tests/normalize/stages.hpp.
"""
import importlib.metadata
import pathlib
import sys
import zlib

from fuzz_normalizers import (TINY, compile_charsmap, hf_answer, hf_stage, sentencepiece_model, source,
                              to_base64)

OUT = pathlib.Path(__file__).resolve().parent.parent / "data/golden/normalize"
MAPS = {
    "tiny": TINY,
    # A cluster shorter than 6 bytes becomes one "<", another one for each character: shows where clusters end.
    "bytes": {bytes([b]): "<" for b in range(1, 256)},
}

# The character is put for @. The same lists are in tests/normalize/golden_test.cpp.
CONTEXTS = ["@ ", "a@\u0301 ", "\u0345@\u0327\u0301 "]
CLUSTERS = ["a@\n", "@a\n", "@\u0301\n", "@\u200d\u00a9\u0301\n", "\u00a9@\u200d\u00a9\u0301\n", "\u0915\u094d@\u0301\n",
            "\u0915@\u0915\u0301\n", "\u0915@\u094d\u0915\u0301\n", "@\u094d\u0915\u0301\n", "@\u1161\u0301\n",
            "@\u11a8\u0301\n", "\u1100@\u0301\n", "\u1161@\u0301\n", "\u11a8@\u0301\n", "\uac00@\u0301\n",
            "\uac01@\u0301\n", "\u0600@\n", "\r@", "@\n"]
STRIPPED = ["@x@"]
SCALARS = {"Strip,1,1": STRIPPED, "Precompiled,bytes": CLUSTERS, "Precompiled,tiny": CONTEXTS}
for spec in ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel", "BertNormalizer,1,1,-,1",
             "BertNormalizer,1,0,0,0", "BertNormalizer,0,1,1,0", "BertNormalizer,0,0,0,1"]:
    SCALARS[spec] = CONTEXTS
BLOCK = 4096


def theirs(spec):
    from tokenizers import normalizers as n
    name, *options = spec.split(",")
    if name == "Strip":
        return n.Strip(options[0] == "1", options[1] == "1")
    if name == "BertNormalizer":
        a, b, c, d = ({"1": True, "0": False, "-": None}[o] for o in options)
        return n.BertNormalizer(a, b, c, d)
    if name == "Precompiled":
        return n.Precompiled(compile_charsmap(MAPS[options[0]]))
    return getattr(n, name)()


def escaped(text):
    return "".join(c if "!" <= c <= "~" and c != "\\" else f"\\u{{{ord(c):X}}}" for c in text)


def write(name, what, lines, peer="tokenizers"):
    text = f"# {what}\n# Peer: {peer}=={importlib.metadata.version(peer)}. Command: tools/make_normalize_golden.py {name}\n"
    text += "".join(f"{line}\n" for line in lines)
    (OUT / f"{name}.txt").write_text(text, encoding="ascii", newline="\n")


def make_maps():
    lines = [f"{name} {to_base64(compile_charsmap(rules))}" for name, rules in MAPS.items()]
    write("maps", "Name, character map in base64", lines)


def make_scalars():
    lines = []
    for spec, contexts in SCALARS.items():
        normalizer = theirs(spec)
        runs = []
        for block in range(0x110000 // BLOCK):
            scalars = [c for c in range(block * BLOCK, (block + 1) * BLOCK) if not 0xD800 <= c < 0xE000]
            texts = [context.replace("@", chr(c)) for c in scalars for context in contexts]
            if contexts is not STRIPPED:
                texts = ["".join(texts)]
            crc = 0
            for text in texts:
                crc = zlib.crc32(normalizer.normalize_str(text).encode() + b"\xff", crc)
            lines.append(f"{spec} {block:X} {crc:08X}")
    write("scalars", f"Normalizer, block of {BLOCK} code points, CRC-32 of the results", lines)


def make_texts():
    rnd = source(23)
    rnd.regex = True
    maps = {"tiny": compile_charsmap(TINY)}
    lines = []
    while len(lines) < 800:
        stages = [hf_stage(rnd, maps) for _ in range(rnd.random.choice([1, 1, 2, 3]))]
        from tokenizers import normalizers as n
        normalizer = stages[0][1] if len(stages) == 1 else n.Sequence([s for _, s in stages])
        for _ in range(3):
            text = rnd.text()
            answer = hf_answer(normalizer, text)
            if answer is not None:
                result, places = answer
                lines.append("\t".join(["|".join(s for s, _ in stages), escaped(text), escaped(result.decode()),
                                        ",".join(map(str, places))]))
    write("texts", "Normalizers, text, result, place in the text of each byte of the result; \\u{HEX}", lines)


def make_sentencepiece():
    import sentencepiece
    rnd = source(24)
    data = {"tiny": compile_charsmap(TINY), "-": b""}
    lines = []
    while len(lines) < 500:
        name = rnd.random.choice(list(data))
        flags = [int(rnd.yes()) for _ in range(4)]
        symbols = rnd.random.choice([[], [], ["zz"], ["ab", "abcd", " a", "\u2581b", "e\u0301", "\u4e00"], [" ", "  b"]])
        model = sentencepiece.SentencePieceProcessor(model_proto=sentencepiece_model(data[name], *flags, symbols))
        spec = ",".join(["SentencePiece", name, *map(str, flags), *(s.encode().hex() for s in symbols)])
        for _ in range(4):
            text = rnd.text()
            lines.append("\t".join([spec, escaped(text), escaped(model.Normalize(text))]))
    write("sentencepiece", "Normalizer, text, result; \\u{HEX}", lines, "sentencepiece")


def main():
    makers = {"maps": make_maps, "scalars": make_scalars, "texts": make_texts, "sentencepiece": make_sentencepiece}
    if len(sys.argv) != 2 or sys.argv[1] not in makers:
        sys.exit(__doc__)
    OUT.mkdir(parents=True, exist_ok=True)
    makers[sys.argv[1]]()


if __name__ == "__main__":
    main()
