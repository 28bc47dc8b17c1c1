#!/usr/bin/env python3
"""Tests of the command line: train --model superbpe and train --extend. See cli.py.

Hugging Face's library has no second stage, but can express one: each token of the first stage becomes a character of
its own, and its trainer goes on from these. That is the oracle here."""

import collections
import json
import os
import pathlib
import random
import sys

import cli
from cli import Skip, check, equal, test

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import peer_package  # noqa: E402

tokenizers = peer_package.or_none("tokenizers")

SOURCE = pathlib.Path(os.environ.get("TESSERA_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
WORDS = {1: r"(?=(\d{3})+(?!\d))| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
         2: r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|"
            r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"}
LINES = {1: r"(?=(\d{3})+(?!\d))", 2: r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]{2,}[\r\n/]*| +(?!\S)"}
FIRST_CHARACTER = 0xF0000  # of a plane for private use: nothing is done to it


def texts():
    """Some hundred kilobytes of the texts that ship, and lines made of few words."""
    out = [path.read_text(encoding="utf-8", errors="replace")[:20_000]
           for path in sorted((SOURCE / "data" / "text").glob("*.txt"))[::3]]
    choose = random.Random(5)
    words = ["the", "of", "a", "Answer:", "A", "12345678", "1.5", "--", "in", "way", "by", "\u4e2d\u6587", "  ", "x=1;"]
    out.append("\n".join(" ".join(choose.choice(words) for _ in range(choose.randrange(9))) for _ in range(4000)) + "\n")
    return out


def pretokenizer(generation, pattern):
    steps = [tokenizers.pre_tokenizers.Digits(individual_digits=False)] if generation == 1 else []
    steps += [tokenizers.pre_tokenizers.Split(tokenizers.Regex(pattern), "isolated"),
              tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    return tokenizers.pre_tokenizers.Sequence(steps)


def lines_of(text):
    return [line + "\n" for line in text.split("\n")[:-1]] + [text.split("\n")[-1]]


def two_stages(lines, generation, transition_point, vocab_size):
    """The merges of both stages, as pairs of strings of the byte alphabet."""
    first = tokenizers.Tokenizer(tokenizers.models.BPE())
    first.pre_tokenizer = pretokenizer(generation, WORDS[generation])
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    first.train_from_iterator(lines, tokenizers.trainers.BpeTrainer(
        vocab_size=transition_point, initial_alphabet=alphabet, show_progress=False))
    spelling = [first.id_to_token(i) for i in range(first.get_vocab_size())]
    equal(len(spelling), transition_point, "tokens of stage 1")

    first.pre_tokenizer = pretokenizer(generation, LINES[generation])
    characters = [chr(FIRST_CHARACTER + i) for i in range(transition_point)]
    recoded = []
    for line in lines:
        for piece, _ in first.pre_tokenizer.pre_tokenize_str(line):
            recoded.append("".join(characters[t.id] for t in first.model.tokenize(piece)))
    second = tokenizers.Tokenizer(tokenizers.models.BPE())
    second.train_from_iterator(recoded, tokenizers.trainers.BpeTrainer(
        vocab_size=vocab_size, initial_alphabet=characters, limit_alphabet=transition_point, show_progress=False))

    def spelled(token):
        return "".join(spelling[ord(c) - FIRST_CHARACTER] for c in token)
    merges = [tuple(m) for m in json.loads(first.to_str())["model"]["merges"]]
    return merges + [tuple(map(spelled, m)) for m in json.loads(second.to_str())["model"]["merges"]]


@test
def both_stages_are_those_of_hugging_face(t):
    if tokenizers is None:
        raise Skip("the Python package tokenizers is not installed")
    text = "".join(texts())
    corpus = t.write("corpus.txt", text)
    lines = lines_of(text)
    for generation in WORDS:
        for transition_point, vocab_size in [(256, 700), (1000, 2000), (3000, 5000), (5000, 5001)]:
            t.ok("train", "-f", "-o", "out.json", "--model", "superbpe", "--pretokenizer", f"superbpe-{generation}",
                 "--transition-point", transition_point, "--vocab-size", vocab_size, "--max-superword-words", 0,
                 "--colon-space", corpus)
            ours = [tuple(m) for m in json.loads(t.read("out.json"))["model"]["merges"]]
            theirs = two_stages(lines, generation, transition_point, vocab_size)
            for i, (a, b) in enumerate(zip(ours, theirs)):
                equal(a, b, f"generation {generation}, transition point {transition_point}, merge {i}")
            equal(len(ours), len(theirs), f"generation {generation}, transition point {transition_point}: merges")
            loaded = tokenizers.Tokenizer.from_file(t.path("out.json"))
            for sample in texts():
                sample = sample[:5000]
                ids = t.ok("encode", "-t", "out.json", "--documents", "file", stdin=sample.encode())
                equal(list(map(int, ids.split())), loaded.encode(sample).ids, "ids")


@test
def superbpe_reports_and_keeps_its_rules(t):
    corpus = t.write("corpus.txt", "".join(texts()))
    summary = json.loads(t.ok("train", "--json", "-o", "out.json", "--model", "superbpe", "--vocab-size", 3000,
                              "--transition-point", 1500, "--special-token", "<s>", corpus))
    equal(summary["vocab_size"], 3000)
    equal(summary["transition_point"], 1500)
    equal(summary["n_new_merges"], 1500)
    equal(summary["pretokenizer"], "superbpe-1")
    by_words = summary["superwords_by_words"]
    equal(sum(by_words.values()), summary["n_superwords"])
    check(set(by_words) <= {"2", "3", "4"}, by_words)
    check(by_words["2"] > 100, by_words)
    check(summary["tokens_of_text"]["after"] < summary["tokens_of_text"]["before"], summary)
    file = json.loads(t.read("out.json"))
    vocabulary = sorted(file["model"]["vocab"], key=file["model"]["vocab"].get)
    for token in vocabulary[1500:]:
        check(":\u0120" not in token, token)
        check(len(token.replace("\u0120", " ").split()) <= 4, token)
    for token in vocabulary[1:]:
        check("\u010a" not in token[:-1], f"{token!r} goes on after a newline")
    equal(t.ok("encode", "-t", "out.json", "--count", "--documents", "file", corpus).strip(),
          str(summary["tokens_of_text"]["after"]).encode(), "tokens of the text")


@test
def a_limit_threads_and_pipes_change_nothing(t):
    text = "".join(texts())
    corpus = t.write("corpus.txt", text)
    arguments = ["train", "--model", "superbpe", "--vocab-size", 2000, "--transition-point", 1000]
    t.ok(*arguments, "-o", "a.json", corpus)
    t.ok(*arguments, "-o", "b.json", "-j1", "--memory-limit", "1", corpus)
    t.ok(*arguments, "-o", "c.json", "-j2", "--memory-limit", "1M", stdin=text.encode())
    half = text.index("\n", len(text) // 2) + 1
    t.write("folder/1.txt", text[:half])
    t.write("folder/2.txt", text[half:])
    t.ok(*arguments, "-o", "d.json", "folder")
    for name in "bcd":
        equal(t.read(f"{name}.json"), t.read("a.json"), name)
    equal(sorted(os.listdir(t.folder)), ["a.json", "b.json", "c.json", "corpus.txt", "d.json", "folder"], "files")


@test
def a_sweep_makes_what_single_runs_make(t):
    corpus = t.write("corpus.txt", "".join(texts()))
    lines = t.ok("train", "--json", "-o", "{}.json", "--model", "superbpe", "--vocab-size", 1500, "--special-token", "ab",
                 "--transition-point", "900,400,1500", corpus).splitlines()
    equal([json.loads(line)["transition_point"] for line in lines], [400, 900, 1500])
    for line in lines:
        point = json.loads(line)["transition_point"]
        single = json.loads(t.ok("train", "--json", "-f", "-o", "single.json", "--model", "superbpe", "--vocab-size", 1500,
                                 "--special-token", "ab", "--transition-point", point, corpus))
        equal(t.read(f"{point}.json"), t.read("single.json"), f"transition point {point}")
        equal(single["tokens_of_text"], json.loads(line)["tokens_of_text"], f"transition point {point}")


@test
def extending_keeps_every_id(t):
    text = "".join(texts())
    corpus = t.write("corpus.txt", text)
    t.ok("train", "-o", "old.json", "--vocab-size", 1000, "--special-token", "<|endoftext|>", "--pretokenizer", "llama3",
         corpus)
    t.ok("train", "-o", "whole.json", "--vocab-size", 1600, "--special-token", "<|endoftext|>", "--pretokenizer",
         "llama3", corpus)
    t.ok("train", "-o", "more.json", "--vocab-size", 1600, "--extend", "old.json", corpus)
    equal(t.read("more.json"), t.read("whole.json"), "training that went on from 1,000 tokens")
    report = json.loads(t.ok("train", "--json", "-o", "super.json", "--model", "superbpe", "--vocab-size", 1600,
                             "--extend", "old.json", corpus))
    equal(report["pretokenizer"], "superbpe-1")
    old, new = (json.loads(t.read(f"{name}.json")) for name in ["old", "super"])
    equal({k: new["model"]["vocab"].get(k) for k in old["model"]["vocab"]}, old["model"]["vocab"], "ids")
    equal(new["model"]["merges"][:len(old["model"]["merges"])], old["model"]["merges"], "merges")
    equal(new["added_tokens"], old["added_tokens"], "added tokens")
    check(report["n_superwords"] > 20, report)
    gpt2 = SOURCE / "data" / "gpt2"
    t.ok("train", "-o", "gpt2.json", "--vocab-size", 50400, "--extend", gpt2, corpus)
    for folder_or_file in [gpt2, "gpt2.json"]:  # text without new tokens has the old ids
        equal(t.ok("encode", "-t", folder_or_file, "--allowed-special", "all", stdin=b"zq<|endoftext|>"),
              t.ok("encode", "-t", gpt2, "--allowed-special", "all", stdin=b"zq<|endoftext|>"), folder_or_file)


@test
def what_cannot_be_trained_is_said(t):
    corpus = t.corpus()
    sup = ["train", "-o", "out.json", "--model", "superbpe"]
    t.fails(1, [*sup, "--vocab-size", 9000, "--transition-point", 8000, corpus], "transition point", "8000",
            "is never reached")
    t.fails(2, [*sup, "--vocab-size", 1000, "--transition-point", 2000, corpus], "--transition-point 2000",
            "--vocab-size 1000")
    t.fails(2, [*sup, "--transition-point", "300,x", corpus], "--transition-point")
    t.fails(2, [*sup, "--transition-point", "300,400", corpus], "--output", "{}")
    t.fails(2, [*sup, "--pretokenizer", "gpt2", corpus], "--superword-pretokenizer")
    t.fails(2, [*sup, "--counts", "x.tsv"], "--counts", "text")
    t.fails(2, ["train", "-o", "out.json", "--transition-point", 300, corpus], "--transition-point", "superbpe")
    t.fails(2, ["train", "-o", "out.json", "--memory-limit", "1G", corpus], "--memory-limit")
    t.fails(1, ["train", "-o", "out.json", "--extend", "missing.json", corpus], "missing.json")
    t.fails(2, ["train", "-o", "out.json", "--extend", "missing.json", "--special-token", "x", corpus], "--special-token")
    t.tokenizer()
    t.fails(1, ["train", "-o", "out.json", "--extend", "tokenizer.json", "--vocab-size", 300, corpus], "300", "380")
    t.fails(1, [*sup, "--transition-point", 256], "no text", stdin=b"")
    t.fails(1, ["train", "-o", "out.json", "--extend", "tokenizer.json"], "no text", stdin=b"")
    t.fails(2, [*sup, "--transition-point", 200, corpus], "--transition-point 200", "256 bytes")
    t.fails(2, [*sup, "--vocab-size", 300, corpus], "--vocab-size 300", "--transition-point")
    t.fails(1, [*sup, "--transition-point", "256,400", "--special-token", "x y", "-o", "{}.json", corpus],
            "transition point", "256", "257")
    t.fails(1, [*sup, "--documents", "jsonl", "--transition-point", 300], "standard input", stdin=b"no json\n")
    done = t.run("train", "-o", "small.json", "--model", "superbpe", "--vocab-size", 5000, "--transition-point", 300,
                 stdin=b"a b c d e f g h " * 3 + b"\n")
    equal(done.returncode, 1, "three short lines")
    done = t.run("train", "-o", "small.json", "--model", "superbpe", "--vocab-size", 5000, "--transition-point", 260,
                 stdin=b"by the way " * 30 + b"\n")
    equal(done.returncode, 0, done.stderr)
    check(b"warning" in done.stderr and b"no pair of tokens is left" in done.stderr, done.stderr)


@test
def boundless_writes_its_own_format(t):
    text = "".join(texts())
    corpus = t.write("corpus.txt", text)
    run = ["train", "--json", "--model", "boundless", "--vocab-size", 2000, "--special-token", "<s>"]
    competing = json.loads(t.ok(*run, "-o", "a.model", corpus))
    equal(competing["pretokenizer"], "script-aware")
    equal(competing["vocab_size"], 2000)
    check(competing["superwords"]["2"] > 50, competing)
    beside = json.loads(t.ok(*run, "-o", "b.model", "--supermerges", 300, stdin=text.encode()))
    equal(beside["n_supermerges"], 300)
    t.ok(*run, "-o", "c.model", "--supermerges", 300, "--memory-limit", "1M", "-j1", corpus)
    equal(t.read("c.model"), t.read("b.model"), "standard input, a limit and one thread")
    t.ok(*run, "-o", "d.model", "--delete-threshold", "0.7", "--blow-up", "--merge-pattern", "improved", "--greedy-split",
         "--pretokenizer", "o200k", corpus)
    for name in "abd":
        ids = t.ok("encode", "-t", f"{name}.model", "--documents", "file", corpus)
        equal(t.ok("decode", "-t", f"{name}.model", "--separator", "", stdin=ids), text.encode(), f"{name}: round trip")
    t.fails(2, ["train", "-o", "out.json", "--model", "boundless", corpus], "--output", "out.json", ".model")
    t.fails(2, ["train", "-o", "out.model", "--model", "boundless", "--tie-break", "hf", corpus], "--tie-break")
    t.fails(2, ["train", "-o", "out.model", "--model", "boundless", "--delete-threshold", "x", corpus],
            "--delete-threshold")
    t.fails(2, ["train", "-o", "out.json", "--supermerges", 3, corpus], "--supermerges", "boundless")
    t.fails(1, ["convert", "-t", "a.model", "-o", "out.json"], "whole pretokens")


PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
OTHERS = [byte for byte in range(256) if byte not in PRINTABLE]
BYTE_ALPHABET = [chr(byte) if byte in PRINTABLE else chr(0x100 + OTHERS.index(byte)) for byte in range(256)]


def slow_superwords(words, text, transition_point, size):
    """The tokens behind the 256 bytes. Symbols are characters, so that a merge is str.replace; every step counts anew.
    `words` are the pretokens of stage 1 with their counts; in stage 2, `text` is one."""
    symbols = {byte: chr(rank) for rank, byte in enumerate(sorted(range(256), key=BYTE_ALPHABET.__getitem__))}
    spelt = {symbols[byte]: bytes([byte]) for byte in range(256)}
    by_text = {b: s for s, b in spelt.items()}
    merges = []

    def run(sequences, size, is_vetoed):
        vetoed = set()
        while len(spelt) < size:
            pairs = collections.Counter()
            for sequence, n in sequences:
                for pair, times in collections.Counter(zip(sequence, sequence[1:])).items():
                    pairs[pair] += n * times
            left = {pair: n for pair, n in pairs.items() if pair not in vetoed}
            if not left:
                return
            best = min(left, key=lambda pair: (-left[pair], pair))
            joined = spelt[best[0]] + spelt[best[1]]
            if is_vetoed(joined):
                vetoed.add(best)
                continue
            symbol = by_text.setdefault(joined, chr(len(spelt)))
            spelt[symbol] = joined
            merges.append(("".join(best), symbol))
            sequences[:] = [(sequence.replace("".join(best), symbol), n) for sequence, n in sequences]

    run([("".join(symbols[byte] for byte in word), n) for word, n in words], transition_point, lambda _: False)
    sequence = "".join(symbols[byte] for byte in text)
    for pair, symbol in merges[:]:
        sequence = sequence.replace(pair, symbol)
    run([(sequence, 1)], size, lambda token: b": " in token or len([w for w in token.split(b" ") if w]) > 4)
    return [token for token in spelt.values() if len(token) > 1]


@test
def long_lines_and_one_word_again_and_again(t):
    million = 1_000_000
    way = b"the way of the world " * (million // 21)
    word = b"word " * (million // 5)
    for text, words, superwords in [
            (way, collections.Counter(b" " + w for w in way.split()) + collections.Counter([b"the", b" "])
             - collections.Counter([b" the"]), True),
            (word, {b" word": million // 5 - 1, b"word": 1, b" ": 1}, True),
            (b"a" * million, {b"a" * million: 1}, True),
            (b" " * million, {b" " * million: 1}, True),
            (b"7" * million, {b"777": million // 3, b"7": 1}, False)]:  # digits are in threes in both stages
        summary = json.loads(t.ok("train", "--json", "-q", "-f", "-o", "out.json", "--model", "superbpe", "--vocab-size",
                                  300, "--transition-point", 258, stdin=text))
        expected = slow_superwords(words.items(), text if superwords else b"", 258, 300)
        vocabulary = json.loads(t.read("out.json"))["model"]["vocab"]
        tokens = [bytes(BYTE_ALPHABET.index(c) for c in token) for token in sorted(vocabulary, key=vocabulary.get)]
        equal([token for token in tokens if len(token) > 1], expected, text[:20])
        equal(summary["vocab_size"], 256 + len(expected), text[:20])


if __name__ == "__main__":
    cli.main()
