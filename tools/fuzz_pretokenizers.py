#!/usr/bin/env python3
"""Compares random chains of pretokenizers on random texts with Hugging Face's library, and prints what differs.

Usage: tools/fuzz_pretokenizers.py DRIVER [--seed N] [--chains N] [--texts N] [--scanners-only]
DRIVER is tests/pretokenize/chain_driver.cpp, compiled. Needs the package tokenizers; no network.
"""
import argparse
import random
import subprocess
import sys

from pretokenize_components import BEHAVIORS, pieces, pretokenizer, specification

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
LLAMA3 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
CL100K = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
          r"\s+\z|\s*[\r\n]|\s+(?!\S)|\s")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + CONTRACTIONS + "?|"
         r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*" + CONTRACTIONS + "?|"
         r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
OTHER_SPELLINGS = [
    r"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}]+| ?[\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s",
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"]
SCANNERS = [GPT2, LLAMA3, QWEN2, CL100K, O200K] + OTHER_SPELLINGS
REGEXES = [r"\s+", r"\s", r"\S+", r"\d", r"\p{N}{1,3}", r"a+|b", r"a*", r"(?=a)", r"(?<=a)", r"\b", r"^", r"$", "", "b?",
           r"\w+|[^\w\s]+", r"[^\s]+|\s{2,}", r"\p{P}", r"[\u4e00-\u9fff]", ".", r"(?m:.)", r"\n+|[^\n]+", r" ?[^(\s|[.,!?])]+"]
STRINGS = ["", " ", "  ", "a", "ab", "aa", "aba", ".", "\u2581", "\u4e00", "\n", "\\", "a.b", "(", "-", "#"]
SPECIAL = ["\u2581", "\u00a0", "\u3000", "\u2028", "\u0085", "\u200b", "\u200d", "\u0301", "\u1f0f", "\u0378", "\ufffd",
           "\U0001f999", "\u0120", "\x00", "\x7f", "\u00bd", "\u0663", "\u2165", "\u0430", "\u05d0", "\u3042", "\u30a2",
           "\u30fc", "\u4e00", "\uac00", "\u0e01", "\u166d", "\u2e4f", "\U00011de3", "\U00016ff4", "\u3001", "\u00aa",
           "\u1e9e", "\u017f", "\u01c5", "\u02b0", "\ue000", "\U0010ffff"]
LETTERS = list("aAbB sStTlLrReE'\"  \t\n\r0123.,!?-_@#$+<=>^`~|&()") + SPECIAL


def random_step(rng, regexes):
    kind = rng.randrange(14)
    if kind < 2:
        return ("Metaspace", rng.choice("\u2581\u2581\u2581_ a"), rng.choice(["first", "first", "never", "always"]),
                rng.random() < 0.7)
    if kind < 4:
        return ("ByteLevel", rng.random() < 0.5, rng.random() < 0.5)
    if kind < 6:
        if rng.random() < 0.4:
            return ("Split", "String", rng.choice(STRINGS), rng.choice(BEHAVIORS), rng.random() < 0.4)
        return ("Split", "Regex", rng.choice(regexes), rng.choice(BEHAVIORS), rng.random() < 0.4)
    return [("Punctuation", rng.choice(BEHAVIORS)), ("Digits", rng.random() < 0.5),
            ("CharDelimiterSplit", rng.choice(" a.\u2581\u4e00\ufffd")), ("FixedLength", rng.randint(1, 7)),
            ("UnicodeScripts",), ("Whitespace",), ("WhitespaceSplit",), ("BertPreTokenizer",)][kind - 6]


def random_chain(rng, regexes):
    if rng.random() < 0.7:
        return [random_step(rng, regexes) for _ in range(rng.choice([1, 1, 2, 2, 3, 4]))]
    # What stands for the start of the input, on its way through what rewrites and cuts it.
    rewriters = [("ByteLevel", True, False), ("ByteLevel", False, False), ("Metaspace", "_", "always", False),
                 ("Metaspace", "\u2581", "first", False), ("ByteLevel", True, True)]
    chain = [rng.choice(rewriters) for _ in range(rng.randint(1, 3))]
    chain.insert(rng.randint(1, len(chain)), ("FixedLength", rng.choice([1, 1, 2])))
    return chain + [("Metaspace", "-", "first", rng.random() < 0.5)]


def random_text(rng):
    if rng.random() < 0.1:
        scalars = [rng.randrange(0x110000) for _ in range(rng.randint(1, 30))]
        return "".join(chr(c) for c in scalars if not 0xD800 <= c < 0xE000)
    subset = rng.sample(LETTERS, rng.randint(1, 12))
    return "".join(rng.choice(subset) for _ in range(rng.randint(0, 40)))


def expected(built, text):
    try:
        return pieces(built, text)
    except BaseException as e:  # a panic of Rust's is not an Exception
        if isinstance(e, KeyboardInterrupt):
            raise
        return f"failed: {e}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("driver")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chains", type=int, default=2000)
    parser.add_argument("--texts", type=int, default=60, help="per chain")
    parser.add_argument("--scanners-only", action="store_true", help="no regular expression that is not a known one")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    regexes = SCANNERS if options.scanners_only else SCANNERS + REGEXES
    cases = []
    for _ in range(options.chains):
        steps = random_chain(rng, regexes)
        built = pretokenizer(steps)
        for _ in range(options.texts):
            text = random_text(rng)
            cases.append((specification(steps), text, expected(built, text)))
    asked = "".join(f"{spec}\n{text.encode().hex()}\n" for spec, text, _ in cases)
    answered = subprocess.run([options.driver], input=asked, capture_output=True, text=True, check=True).stdout
    n_wrong = n_failed = 0
    for (spec, text, right), line in zip(cases, answered.split("\n"), strict=False):
        if isinstance(right, str):
            n_failed += 1
            continue
        got = line if line.startswith("error") else [bytes.fromhex(p).decode() for p in line.split()]
        if got != right:
            n_wrong += 1
            if n_wrong <= 20:
                print(f"{spec}\n  text     {text!r}\n  expected {right!r}\n  got      {got!r}")
    print(f"seed {options.seed}: {len(cases)} texts, {n_wrong} differ; {n_failed} made the reference fail")
    sys.exit(1 if n_wrong else 0)


if __name__ == "__main__":
    main()
