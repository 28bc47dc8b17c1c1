#!/usr/bin/env python3
"""What `tessera convert` writes gives the same ids as what it read: each tokenizer of data/ and of TESSERA_SHARED_DATA is
converted to a tokenizer.json, and that is run by Hugging Face's library, on text and on strings made to break merges.
A refusal must say why. Then the tokenizer.json is converted to ranks and to a folder, where those can hold it.

Usage: tests/io/convert_test.py PROGRAM [--seed N] [--only WORD]
"""

import argparse
import glob
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import peer_package  # noqa: E402

PATTERNS = ("cl100k", "o200k", "p50k", "llama3")  # of rank files, by their names
UNITS = [" ", "  ", "\t", "\n", "\r\n", "a", "aa", "b", "ab", "=", "-", "--", "/", "*", "0", "12", "\u00e9", "\u4e2d", "\u0301",
         "\U0001f600", "'s", "'S", "\u017f", "K", "\u212a", "A", "Aa", "\u3000", "\u00a0", "#", "##", "_", ".", "\u2581"]
REFUSED = 1  # the exit code


def texts(rng):
    out = []
    for path in sorted((ROOT / "data" / "held_out").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        out += [text[i:i + 1000] for i in range(0, min(len(text), 10000), 1000)]
    for _ in range(1000):
        some = rng.sample(UNITS, rng.choice([2, 3, 5, len(UNITS)]))
        out.append("".join(rng.choice(some) for _ in range(rng.randint(1, 60))))
    for unit in UNITS:
        out += [unit * n for n in (1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 64, 127)]
    return out


def tokenizers():
    """Paths and the options that go with them."""
    found = [(str(ROOT / "data" / "gpt2"), [])]
    shared = os.environ.get("TESSERA_SHARED_DATA")
    if not shared:
        print("only data/: TESSERA_SHARED_DATA is not set")
        return found
    for path in sorted(glob.glob(os.path.join(shared, "tokenizers", "*", "*"))):
        name = os.path.basename(path)
        ranks = next((["--pattern", p] for p in PATTERNS if name.startswith(p)), [])
        if name.endswith((".gguf", ".model", "claude.json")) or (name.endswith(".tiktoken") and ranks) or name.startswith("rwkv"):
            found.append((path, ranks))
    return found


class Program:
    def __init__(self, path, folder):
        self.path, self.folder = os.path.abspath(path), folder

    def run(self, *arguments):
        return subprocess.run([self.path, *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=600)

    def encode(self, tokenizer, given, options=()):
        done = self.run("encode", "-t", tokenizer, *options, "--documents", "jsonl", "--quiet", given)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode(errors="replace"))
        return [[int(i) for i in line.split()] for line in done.stdout.decode().split("\n")[:-1]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", metavar="WORD", help="tokenizers in whose path it occurs")
    options = parser.parse_args()
    peer = peer_package.or_skip("tokenizers")
    given = texts(random.Random(options.seed))
    failed = strings = 0
    with tempfile.TemporaryDirectory(prefix="tessera-convert-") as folder:
        program = Program(options.program, folder)
        lines = os.path.join(folder, "given.jsonl")
        pathlib.Path(lines).write_text("".join(json.dumps({"text": text}) + "\n" for text in given), encoding="ascii")
        for path, more in tokenizers():
            if options.only not in path:
                continue
            name = os.path.join(*path.split(os.sep)[-2:])
            out = os.path.join(folder, "tokenizer.json")
            done = program.run("convert", "-t", path, *more, "-o", out, "--force", "--quiet")
            if done.returncode != 0:
                why = done.stderr.decode(errors="replace")
                wrong = done.returncode != REFUSED or why.count("\n") != 1 or os.path.exists(out)
                failed += wrong
                print(f"{name}: {'FAILED' if wrong else 'refused'}: {why.strip().split(': ', 2)[-1]}", flush=True)
                continue
            ours = program.encode(path, lines, more)
            again = program.encode(out, lines)
            theirs = [e.ids for e in peer.Tokenizer.from_file(out).encode_batch(given, add_special_tokens=False)]
            different = [i for i in range(len(given)) if not ours[i] == theirs[i] == again[i]]
            strings += len(given)
            failed += bool(different)
            print(f"{name}: {len(given)} strings, {len(different)} differ", flush=True)
            for i in sorted(different, key=lambda i: len(given[i]))[:2]:
                print(f"    {given[i][:100]!r}\n      as read   {ours[i][:20]}\n      as written {theirs[i][:20]}\n      read again {again[i][:20]}")
            os.remove(out)
    print(f"{strings} strings, {failed} tokenizers differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
