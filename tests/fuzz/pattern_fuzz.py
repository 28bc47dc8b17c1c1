#!/usr/bin/env python3
"""Random patterns over random texts: tessera against Oniguruma, in Hugging Face's tokenizers.

Usage: tests/fuzz/pattern_fuzz.py DRIVER [--seed N] [--patterns N] [--texts N]

DRIVER is pattern_driver.cpp, compiled. Needs the Python package tokenizers. Prints each difference, and at the end how
many patterns ran, were refused by both, and by which one only.
"""
import argparse
import collections
import random
import subprocess

from tokenizers import Regex
from tokenizers.pre_tokenizers import Split

LETTERS = "aabbcA"
ATOMS = ["a", "b", "c", "a", "b", " ", "\\s", "\\S", "\\d", "\\w", "\\W", "\\p{L}", "\\p{Lu}", "\\P{L}", "\\p{N}", "1", ".",
         "\\n", "'", "[ab]", "[^ab]", "[a-c]", "[^\\s\\p{L}\\p{N}]", "[\\p{L}\\p{M}]", "[^\\r\\n\\p{L}\\p{N}]", "[\\r\\n]", "\\h",
         "[[:alpha:]]", "[[:punct:]]", "[\\w&&[^b]]", "\\p{Han}", "[a-c&&b-z]", "\u4e00", "\u00df", "s", "\\R", "\\N", "\\O",
         "\\x61", "\\u4E00", "\\t", "\\D", "[[a]1]", "[^a&&\\w]", "\\p{^L}", "[\\D]", "ss", "\\.", "\\-"]
ANCHORS = ["^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z"]
SUFFIXES = ["*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,2}", "{,2}", "{2,}", "{1,3}?", "{0,1}", "{2}+",
            "{1,2}+", "{2}?", "{3,1}", "{1,}", "{0,}"]
TEXT = ["a", "a", "b", "b", "c", "A", "B", " ", " ", "  ", "\n", "\r\n", "\t", "1", "2", "123", "'", "'s", ".", "!", "s", "S",
        "\u017f", "\u00df", "\u1e9e", "\u4e00", "\u00e9", "e\u0301", "\u00a0", "\u3000", "\u2028", "\u0085", "$", "_", "\u00b2",
        "\U0001f600", "\u200d", "K", "k", "\u212a", "ss", "\ufb03", "ffi"]


class Writer:
    def __init__(self, rng, features):
        self.rng = rng
        self.features = features

    def choice(self, depth):
        n = self.rng.choice([1, 1, 1, 2, 2, 3])
        return "|".join(self.sequence(depth) for _ in range(n))

    def sequence(self, depth):
        n = self.rng.choice([0, 1, 1, 2, 2, 3])
        return "".join(self.item(depth) for _ in range(n))

    def item(self, depth):
        r = self.rng.random()
        if depth > 0 and r < 0.3:
            inside = self.choice(depth - 1)
            kinds = ["(?:%s)"] * 4 + ["(%s)"]
            if "group" in self.features:
                kinds += ["(%s)"] * 4 + (["(?<x>%s)"] if "name" in self.features else [])
            if "look" in self.features:
                kinds += ["(?=%s)", "(?!%s)"]
            if "behind" in self.features:
                kinds += ["(?<=%s)", "(?<!%s)"]
            if "atomic" in self.features:
                kinds += ["(?>%s)"]
            if "fold" in self.features:
                kinds += ["(?i:%s)", "(?i)%s", "(?m:%s)", "(?-i:%s)"]
            unit = self.rng.choice(kinds) % inside
        elif "group" in self.features and r < 0.45:
            unit = self.rng.choice(["\\k<x>"] if "name" in self.features else ["\\1", "\\1", "\\2", "\\k<1>", "\\X"])
        elif r < 0.36:
            return self.rng.choice(ANCHORS)
        else:
            unit = self.rng.choice(ATOMS)
        if self.rng.random() < 0.4:
            suffix = self.rng.choice(SUFFIXES)
            if "atomic" in self.features or not (len(suffix) > 1 and suffix[-1] == "+" and suffix[0] != "{") and suffix != "{3,1}":
                unit += suffix
                if self.rng.random() < 0.05:
                    unit += self.rng.choice("*+?")
        return unit


def pieces_of(matches, n):
    """As Split(isolated) has them: the non-empty pieces between all cuts."""
    out, last = [], 0
    for begin, end in matches:
        if begin > last:
            out.append((last, begin))
        if end > begin:
            out.append((begin, end))
        last = end
    if last < n:
        out.append((last, n))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("driver")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patterns", type=int, default=10000)
    parser.add_argument("--texts", type=int, default=8)
    parser.add_argument("--features", default="look,behind,atomic,fold,group,name")
    parser.add_argument("--show", type=int, default=20)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    driver = subprocess.Popen([options.driver], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    tally = collections.Counter()
    reasons = collections.Counter()
    shown = 0
    for _ in range(options.patterns):
        features = {f for f in options.features.split(",") if rng.random() < 0.4}
        regex = Writer(rng, features).choice(rng.choice([0, 1, 2, 3]))
        try:
            compiled = Regex(regex)
        except Exception as e:  # noqa: BLE001
            compiled, theirs = None, str(e)
        driver.stdin.write(f"P {regex.encode().hex()}\n")
        different = False
        for _ in range(options.texts):
            text = "".join(rng.choice(TEXT) for _ in range(rng.randrange(1, 12)))
            driver.stdin.write(f"T {text.encode().hex()}\n")
            driver.stdin.flush()
            answer = driver.stdout.readline().rstrip("\n")
            if answer.startswith("!") or compiled is None:
                if answer.startswith("!") and compiled is None:
                    tally["refused by both"] += 1
                elif compiled is None:
                    tally["refused by Oniguruma only"] += 1
                    reasons[theirs[:90]] += 1
                else:
                    tally["refused by tessera only"] += 1
                    reasons[answer.split(": ")[-1][:90]] += 1
                different = True
                break
            offset = {len(text[:i].encode()): i for i in range(len(text) + 1)}
            matches = [tuple(offset[int(x)] for x in m.split(",")) for m in answer.split()]
            ours = pieces_of(matches, len(text)), [m for m in matches if m[0] < m[1]]
            try:
                theirs = ([s for _, s in Split(compiled, "isolated").pre_tokenize_str(text)],
                          [s for _, s in Split(compiled, "removed", invert=True).pre_tokenize_str(text)])
            except BaseException as e:  # noqa: BLE001  (a panic: retry-limit-in-match over)
                if isinstance(e, KeyboardInterrupt):
                    raise
                tally["Oniguruma gave up"] += 1
                continue
            if ours != theirs:
                tally["different"] += 1
                different = True
                if shown < options.show:
                    shown += 1
                    print(f"DIFFERENT {regex!r}\n  text {text!r}\n  tessera   {ours}\n  Oniguruma {theirs}")
                break
            tally["texts"] += 1
        if not different:
            tally["the same"] += 1
    print(dict(tally))
    for reason, n in reasons.most_common(25):
        print(n, reason)


if __name__ == "__main__":
    main()
