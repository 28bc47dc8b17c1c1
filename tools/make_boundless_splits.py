#!/usr/bin/env python3
"""Writes data/golden/pretokenize/boundless_scripts.txt and boundless_texts.txt: the scripts and splits of BoundlessBPE.

Usage: tools/make_boundless_splits.py CHECKOUT     (of kensho-technologies/fastboundlessbpe; needs the package regex)

The Unicode of the package may be a later one than ours: texts are of characters whose properties have not changed.
"""
import importlib.metadata
import pathlib
import random
import sys

OUT = pathlib.Path(__file__).resolve().parent.parent / "data/golden/pretokenize"
# Characters that patterns and scripts tell apart.
ASCII = list("aAbBsStTlL'' \t\n\r019!/._-#*")
OTHERS = """
301 93f 200d 200c fe0f fe0e 20e3 1f1e6 1f1ff 1f3fb 1f999 1f468 a0 3000 2028 85 17f 2019 4e00 4e8c 3042 3044 30a2 30fc
3099 e01 e33 e48 1000 102d 1780 17d2 e81 430 410 5d0 660 966 bd 2165 3007 1c5 2b0 aa ad feff 0 1f e000 fffd 10ffff 378
ac00 a000 13a0 3b1 561 531 627 64b 915 10a0 1200 104b0 1e900 20000
""".split()
TRICKY = ["ab, \u043f\u0440\u0438\u0432\u0435\u0442", "Hello \u4e16\u754c! How are you?", "\u3053\u308c\u306f\u30da\u30f3\u3067\u3059\u3002",
          "!\u0301a", "\u0301 \u0301\u4e2d", "\u4e2d, \u0301 a", "a\u0301, \u0301b \u0430", "  ", "12,345 \u4e8c\u5341", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u0e04\u0e23\u0e31\u0e1a",
          "don't DON'T we\u2019re \u4e2d's", "camelCase snake_case XMLHttpRequest", "1234567 123456\n12", "a\n\n  b\r\n c\t\t\nd",
          "\u30ab\u30fc \u30ab\u3099\u3042", "\U0001f468\u200d\U0001f469\u200d\U0001f467 1\ufe0f\u20e3 \U0001f1f9\U0001f1f7\U0001f1f9", " " * 40 + "x", "!" * 40 + "\u4e00", "\n" * 20]


def escaped(text):
    plain = lambda c: " " <= c <= "~" and c not in "\\|"
    return "".join(c if plain(c) else f"\\u{{{ord(c):X}}}" for c in text)


def texts():
    rng = random.Random(18)
    out = list(TRICKY)
    for _ in range(240):
        some = [rng.choice(ASCII) if rng.random() < .45 else chr(int(rng.choice(OTHERS), 16))
                for _ in range(rng.randint(2, 9))]
        out.append("".join(rng.choice(some) for _ in range(rng.randint(2, 40))))
    return out


def write(name, what, lines):
    head = f"# {what}\n# fastboundlessbpe, regex=={importlib.metadata.version('regex')}. Command: tools/make_boundless_splits.py\n"
    (OUT / name).write_text(head + "".join(f"{line}\n" for line in lines), encoding="ascii", newline="\n")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.path.insert(0, str(pathlib.Path(sys.argv[1]) / "python"))
    from boundlessbpe import regexconstants as patterns
    from boundlessbpe.pretokenize import Pretokenizer
    from boundlessbpe.script_data import SCRIPT_NAMES, init_script_array

    scripts = init_script_array()
    ranges = {name: [] for name in SCRIPT_NAMES}
    for c in range(0x110000):
        runs = ranges[SCRIPT_NAMES[scripts[c]]]
        if runs and runs[-1][1] == c - 1:
            runs[-1][1] = c
        else:
            runs.append([c, c])
    write("boundless_scripts.txt", "Script, ranges of code points (hexadecimal)",
          [name + "".join(f" {a:X}" if a == b else f" {a:X}-{b:X}" for a, b in runs) for name, runs in ranges.items()])

    default = patterns.DEFAULT_SCRIPT_SPECIFIC_SCRIPTS
    splits = {
        "script-aware": Pretokenizer(None, patterns.SCRIPT_SPECIFIC_GPT4O_REGEX, default),
        "script-aware-words": Pretokenizer(patterns.WORD_LEVEL_REGEX, patterns.SCRIPT_SPECIFIC_REGEX, default),
        "boundless-ultimate": Pretokenizer(patterns.ULTIMATE_PATTERN),
        "boundless-words": Pretokenizer(patterns.WORD_LEVEL_REGEX),
    }
    write("boundless_texts.txt", "Name, text, pretokens between '|'; tabs between fields; \\u{HEX} for the rest",
          [f"{name}\t{escaped(text)}\t{'|'.join(map(escaped, split.pretokenize(text)))}"
           for name, split in splits.items() for text in texts()])


if __name__ == "__main__":
    main()
