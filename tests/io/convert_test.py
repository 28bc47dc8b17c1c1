#!/usr/bin/env python3
"""What `tessera convert` writes gives the same ids as what it read. Each tokenizer of data/ and of TESSERA_SHARED_DATA is
converted to a tokenizer.json, and that is run by Hugging Face's library, on text and on strings made to break merges;
what came from a .model is compared with the package sentencepiece, too, where it is installed, and so are random small
models. Ranks go on to a .tiktoken again. A refusal must say why, and must not be of a tokenizer that has to convert.

Usage: tests/io/convert_test.py PROGRAM [--seed N] [--only WORD] [--models N]
"""

import argparse
import collections
import glob
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "fuzz")]
import peer_package  # noqa: E402
try:
    import sentencepiece
    import sentencepiece_fuzz
    import sentencepiece_models
except ImportError:
    sentencepiece = None

PATTERNS = ("cl100k", "o200k", "p50k", "llama3")  # of rank files, by their names
UNITS = [" ", "  ", "\t", "\n", "\r\n", "a", "aa", "b", "ab", "=", "-", "--", "/", "*", "0", "12", "\u00e9", "\u4e2d", "\u0301",
         "\U0001f600", "'s", "'S", "\u017f", "K", "\u212a", "A", "Aa", "\u3000", "\u00a0", "#", "##", "_", ".", "\u2581", "<0x0A>",
         "<unk>", "<s>", "\0"]
REFUSED = 1  # the exit code
HAVE_TO_CONVERT = ("llama2.model", "mistral01.model", "ggml-vocab-llama-spm.gguf", "cl100k_base.tiktoken", "o200k_base.tiktoken",
                   "p50k_base.tiktoken", "claude.json")


def texts(rng):
    out = []
    for path in sorted((ROOT / "data" / "held_out").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        out += [text[i:i + 1000] for i in range(0, min(len(text), 10000), 1000)]
    for _ in range(1000):
        some = rng.sample(UNITS, rng.choice([2, 3, 5, len(UNITS)]))
        out.append("".join(rng.choice(some) for _ in range(rng.randint(1, 60))))
    shared = os.environ.get("TESSERA_SHARED_DATA")
    inputs = os.path.join(shared, "conformance", "hf_oracle", "inputs_dev.jsonl") if shared else ""
    if os.path.exists(inputs):
        with open(inputs, encoding="utf-8") as file:
            out += [json.loads(line)["text"] for line in file]
    for unit in UNITS:
        out += [unit * n for n in (1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 64, 127)]
    return out


def mixes(rng, pieces):
    """Texts of a tokenizer's own pieces: any, and those of a few characters, which compete for the same neighbours."""
    pieces = [p for p in pieces if p]
    out = ["".join(rng.choices(pieces, k=rng.randint(1, 10))) for _ in range(1000)]
    for alphabet in ("-=\u2581", "/*-=#\u2581", "abcdef\u2581", "0123456789.\u2581\n"):
        few = [p for p in pieces if set(p) <= set(alphabet)]
        if few:
            out += ["".join(rng.choices(few, k=rng.randint(1, 20))) for _ in range(500)]
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


class Comparison:
    """Texts, and what each library makes of them."""

    def __init__(self):
        self.n_texts = self.n_failed = 0

    def compare(self, name, given, answers):
        """`answers`: a list of ids for each text, by who gave it; None: it failed there."""
        self.n_texts += len(given)
        different = [i for i in range(len(given)) if len({tuple(a[i]) for a in answers.values() if a[i] is not None}) > 1]
        self.n_failed += bool(different)
        for i in sorted(different, key=lambda i: len(given[i]))[:2]:
            print(f"{name}: {len(different)} of {len(given)} differ: {given[i][:100]!r}")
            for who, answer in answers.items():
                print(f"      {who:14} {answer[i] if answer[i] is None else answer[i][:20]}")
        return not different

    def fail(self, message):
        self.n_failed += 1
        print(f"FAILED: {message}", flush=True)


def json_lines(path, given):
    pathlib.Path(path).write_text("".join(json.dumps({"text": text}) + "\n" for text in given), encoding="ascii")
    return path


def convert(program, path, more, out, result):
    """None if it was written, else why it was not."""
    done = program.run("convert", "-t", path, *more, "-o", out, "--force", "--quiet")
    if done.returncode == 0:
        return None
    why = done.stderr.decode(errors="replace")
    if done.returncode != REFUSED or why.count("\n") != 1 or os.path.exists(out):
        result.fail(f"{path}: exit code {done.returncode}: {why}")
    return why.strip().split(": ", 1)[-1]


def real_tokenizers(program, options, result, Tokenizer):
    for path, more in tokenizers():
        if options.only not in path:
            continue
        rng = random.Random(options.seed)
        name = os.path.join(*path.split(os.sep)[-2:])
        out = os.path.join(program.folder, "tokenizer.json")
        why = convert(program, path, more, out, result)
        if why is not None:
            print(f"{name}: refused: {why}", flush=True)
            if os.path.basename(path) in HAVE_TO_CONVERT:
                result.fail(f"{name}: it has to convert")
            continue
        converted = Tokenizer.from_file(out)
        given = texts(rng)
        if path.endswith((".model", ".gguf")) and not more:
            given += mixes(rng, list(converted.get_vocab(with_added_tokens=False)))
        lines = json_lines(os.path.join(program.folder, "given.jsonl"), given)
        answers = {"as read": program.encode(path, lines, more), "as written": [e.ids for e in converted.encode_batch(given, add_special_tokens=False)],
                   "read again": program.encode(out, lines)}
        if path.endswith(".model") and not more and sentencepiece is not None:
            answers["sentencepiece"] = sentencepiece.SentencePieceProcessor(model_file=path).encode(given)
        if more:
            ranks = os.path.join(program.folder, "ranks.tiktoken")
            why = convert(program, out, [], ranks, result)
            if why is not None:
                result.fail(f"{name}: not written as ranks again: {why}")
            else:
                answers["ranks again"] = program.encode(ranks, lines, more)
        result.compare(name, given, answers)
        print(f"{name}: {len(given)} strings, by {', '.join(answers)}", flush=True)
        os.remove(out)


def nearest(program, options, result, Tokenizer):
    """Models without an exact form: refused, and written with --nearest, which says what differs. What is written is
    read by both libraries in the same way, and differs from the model on few texts."""
    shared = os.environ.get("TESSERA_SHARED_DATA")
    for path in sorted(glob.glob(os.path.join(shared, "tokenizers", "sentencepiece", "*.model"))) if shared else []:
        out = os.path.join(program.folder, "nearest.json")
        pathlib.Path(out).unlink(missing_ok=True)
        if options.only not in path or convert(program, path, [], out, result) is None:
            continue
        name = os.path.join(*path.split(os.sep)[-2:])
        done = program.run("convert", "-t", path, "-o", out, "--force", "--nearest")
        if done.returncode != 0 or b"note: ids differ on some texts: model: " not in done.stderr:
            result.fail(f"{name}: --nearest: exit code {done.returncode}: {done.stderr!r}")
            continue
        given = texts(random.Random(options.seed))
        lines = json_lines(os.path.join(program.folder, "given.jsonl"), given)
        written = [e.ids for e in Tokenizer.from_file(out).encode_batch(given, add_special_tokens=False)]
        result.compare(name, given, {"as written": written, "read again": program.encode(out, lines)})
        n_equal = sum(a == b for a, b in zip(program.encode(path, lines), written))
        if n_equal < 0.9 * len(given):
            result.fail(f"{name}: --nearest gives the model's ids on {n_equal} of {len(given)} texts only")
        print(f"{name}: --nearest gives the model's ids on {n_equal} of {len(given)} texts", flush=True)


def small_model(rng, oracle, folder):
    """A model that is more often than not one that converts, or None."""
    data, _ = oracle.make(rng.random(), None, folder)
    if data is None:
        return None
    model = sentencepiece_models.Model(data)
    if rng.random() < 0.9:
        model.trainer[3] = rng.choice((sentencepiece_models.BPE,) * 4 + (sentencepiece_models.CHAR,))
        model.normalizer.pop(2, None)
    # Newer releases take unused characters for unknown ones.
    if rng.random() < 0.5 or not sentencepiece_fuzz.IS_OLD:
        for piece in model.pieces:
            if piece[2] in (sentencepiece_models.USER_DEFINED, sentencepiece_models.UNUSED):
                piece[2] = sentencepiece_models.NORMAL
    for piece in model.pieces:
        if rng.random() < 0.3:
            piece[1] = -float(rng.randrange(30) if rng.random() < 0.2 else rng.randrange(10 ** 6))
    return model.data()


def random_models(program, options, result, Tokenizer):
    """Small models as SentencePiece and as Hugging Face's library, where they convert; why not, where they do not."""
    oracle = sentencepiece_fuzz.Oracle()
    path, out = os.path.join(program.folder, "small.model"), os.path.join(program.folder, "small.json")
    reasons, n_converted, n_texts = collections.Counter(), collections.Counter(), result.n_texts
    for number in range(options.models):
        rng = random.Random(f"{options.seed} {number}")
        data = small_model(rng, oracle, program.folder)
        if data is None or isinstance(oracle.ask(data, [], []), str):
            continue
        pathlib.Path(path).write_bytes(data)
        why = convert(program, path, [], out, result)
        if why is not None:
            reasons[why.split(": ", 2)[-1].split('" ')[-1][:60]] += 1
            continue
        model = sentencepiece_models.Model(data)
        n_converted[sentencepiece_models.NAMES[model.trainer.get(3, 1)]] += 1
        pieces = [piece[0] for piece in model.pieces]
        letters = sorted({c for piece in pieces for c in piece}) + [" ", "  ", "\u2581", "q", "\n"]
        given = ["".join(rng.choices(rng.sample(letters, min(len(letters), 4)), k=rng.randint(0, 40))) for _ in range(100)]
        given += ["".join(rng.choices(pieces + [" "], k=rng.randint(1, 8))) for _ in range(100)]
        given += [letter * n for letter in letters for n in (2, 3, 5, 17)]
        answer = oracle.ask(data, given, [])
        if isinstance(answer, str):
            continue
        written = [e.ids for e in Tokenizer.from_file(out).encode_batch(given, add_special_tokens=False)]
        if not result.compare(f"random model {number}", given, {"sentencepiece": answer[0], "as written": written}):
            print(f"    --seed {options.seed} --models {number + 1}", flush=True)
        os.remove(out)
    print(f"random models: {dict(n_converted)} converted, {result.n_texts - n_texts} strings; refused:")
    for reason, n in reasons.most_common():
        print(f"    {n:4} {reason}")
    if options.models >= 100 and not (n_converted["bpe"] >= 10 and n_converted["char"] >= 3):
        result.fail("too few random models convert for the test to say anything")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", metavar="WORD", help="tokenizers in whose path it occurs")
    parser.add_argument("--models", type=int, default=200, metavar="N", help="random SentencePiece models")
    options = parser.parse_args()
    Tokenizer = peer_package.or_skip("tokenizers").Tokenizer
    result = Comparison()
    with tempfile.TemporaryDirectory(prefix="tessera-convert-") as folder:
        program = Program(options.program, folder)
        real_tokenizers(program, options, result, Tokenizer)
        nearest(program, options, result, Tokenizer)
        if sentencepiece is None:
            print("no random models: the Python package sentencepiece is not installed")
        else:
            random_models(program, options, result, Tokenizer)
    print(f"{result.n_texts} strings, {result.n_failed} failures")
    return 1 if result.n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
