#!/usr/bin/env python3
"""Compares random decoders and post-processors with Hugging Face's library, and prints what differs.

Usage: tools/fuzz_decoders.py DRIVER [--seed N] [--decoders N] [--processings N] [--texts N] [--regexes]
DRIVER is tests/decode/decode_driver.cpp, compiled. Needs the package tokenizers; no network.
"""
import argparse
import collections
import random
import subprocess
import sys

import decode_components as components

REGEXES = [r"\s+", r"\s", r"a+|b", r"a*", r"(?=a)", r"\b", r"^", r"$", "", r"[^a]", r"^\s", r"\u2581+", r"\p{L}+", "."]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("driver")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--decoders", type=int, default=3000)
    parser.add_argument("--processings", type=int, default=3000)
    parser.add_argument("--texts", type=int, default=20, help="for each of them")
    parser.add_argument("--regexes", action="store_true", help="Replace with regular expressions, too")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    cases = []
    for _ in range(options.decoders):
        specification = components.random_decoder(rng, REGEXES if options.regexes else ())
        decode = components.decoder(specification)
        for _ in range(options.texts):
            tokens = components.random_tokens(rng)
            cases.append(("decode", specification, tokens, components.attempt(lambda: decode(tokens))))
    for _ in range(options.processings):
        specification = components.random_processing(rng)
        process = components.processing(specification)
        for _ in range(options.texts):
            batch = components.random_batch(rng)
            cases.append(("process", specification, batch, process(batch)))
    line_of = components.line_of
    asked = "".join(f"{kind}\t{line_of(spec)}\t{line_of(given)}\n" for kind, spec, given, _ in cases)
    answered = subprocess.run([options.driver], input=asked, capture_output=True, text=True, check=True).stdout
    counts = collections.Counter()
    for (kind, spec, given, expected), found in zip(cases, answered.split("\n"), strict=False):
        if kind == "decode":
            if not found.startswith("error"):
                found = bytes.fromhex(found).decode(errors="replace")  # as the library does it in ByteLevel
            if expected is None:
                expected = found  # it panics; here every text has an answer
                counts["decode, where the library panics"] += 1
        elif expected is None:
            counts["process, where the library fails"] += 1
            # What always fails, we refuse when it is made.
            expected = found if found.startswith("error") else "failed"
        counts[kind] += 1
        if found != expected:
            counts[kind + ", different"] += 1
            if counts[kind + ", different"] <= 5:
                print(f"{line_of(spec)}\n  {line_of(given)}\n  theirs {expected!r}\n  ours   {found!r}")
    print(", ".join(f"{name}: {n:,}" for name, n in sorted(counts.items())))
    sys.exit(any("different" in name for name in counts))


if __name__ == "__main__":
    main()
