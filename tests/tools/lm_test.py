#!/usr/bin/env python3
"""Tests of the command line: lm train and lm score. See cli.py."""

import collections
import json
import math

import cli
from cli import TEXT, check, equal, test


def ids_of(t, name):
    """The ids of each line of a file."""
    lines = t.ok("encode", "-t", t.tokenizer(), name).decode().splitlines()
    return [[int(i) for i in line.split()] for line in lines]


def end_of(t):
    return next(token["id"] for token in json.loads(t.read("tokenizer.json"))["added_tokens"])


def model(t, *options, name="m.lm", text=TEXT):
    t.write("text.txt", text)
    t.ok("lm", "train", "-t", t.tokenizer(), "-o", name, "--force", *options, "text.txt")
    return name


def score(t, name, *options, text=TEXT):
    t.write("scored.txt", text)
    return json.loads(t.ok("lm", "score", "--lm", name, "-t", t.tokenizer(), "--json", *options, "scored.txt"))


@test
def unigrams_are_those_of_the_formulas(t):
    model(t, "--order", 1, "--documents", "line")
    documents = ids_of(t, "text.txt")
    end = end_of(t)
    counts = collections.Counter(i for ids in documents for i in [*ids, end])
    n = collections.Counter(counts.values())
    discount = [0, 0.5, 1, 1.5]
    if n[1] and n[2] and n[3]:
        y = n[1] / (n[1] + 2 * n[2])
        own = [0, *(i - (i + 1) * y * n[i + 1] / n[i] for i in (1, 2, 3))]
        if all(0 < own[i] <= i for i in (1, 2, 3)):
            discount = own
    total = sum(counts.values())
    given = sum(discount[min(c, 3)] for c in counts.values())
    width = json.loads(t.ok("inspect", "-t", "tokenizer.json", "--json"))["vocab_size"]

    def log(i):
        own = counts[i] - discount[min(counts[i], 3)] if counts[i] else 0
        return math.log(own / total + given / total / width)

    new = "Something else: \u4e2d zebra!\n\nThe fox\n"
    t.write("new.txt", new)
    expected = [sum(log(i) for i in [*ids, end]) for ids in ids_of(t, "new.txt")]
    rows = t.ok("lm", "score", "--lm", "m.lm", "-t", "tokenizer.json", "--each", "--documents", "line", "new.txt").decode()
    rows = [line.split("\t") for line in rows.splitlines()]
    equal(len(rows), 3)
    for row, ids, line, log_probability in zip(rows, ids_of(t, "new.txt"), new.splitlines(), expected):
        equal([int(row[0]), int(row[1])], [len(ids) + 1, len(line.encode())])
        check(abs(float(row[2]) - log_probability) < 1e-9, (row, log_probability))
        check(abs(float(row[3]) + log_probability / math.log(2) / (len(ids) + 1)) < 1e-4, row)
    equal(rows[1][4], "-", "an empty document has no bytes to divide by")
    check(abs(float(rows[0][4]) + expected[0] / math.log(2) / len(new.splitlines()[0].encode())) < 1e-4, rows[0])
    sums = score(t, "m.lm", "--documents", "line", text=new)
    check(abs(sums["log_probability"] - sum(expected)) < 1e-9, sums)
    equal((sums["documents"], sums["bytes"]), (3, len(new.encode()) - 3))
    check(abs(sums["bits_per_token"] * sums["tokens"] + sum(expected) / math.log(2)) < 1e-9, sums)
    check(abs(sums["bits_per_byte"] * sums["bytes"] + sum(expected) / math.log(2)) < 1e-9, sums)


@test
def longer_contexts_know_more(t):
    bits = [score(t, model(t, "--order", n, "--documents", "line"), "--documents", "line")["bits_per_byte"] for n in (1, 2, 4)]
    check(bits[0] > 1.5 * bits[1] > 1.5 * bits[2], bits)
    equal(model(t, "--documents", "line", name="a.lm"), "a.lm")
    check(t.read("a.lm") == t.read("m.lm"), "4 is the default")
    text = t.ok("lm", "score", "--lm", "a.lm", "-t", "tokenizer.json", "--documents", "line", "text.txt").decode()
    check(f"bits per byte   {bits[2]:.4f}" in text, text)
    both = [score(t, "a.lm", "--documents", "line", *o)["tokens"] for o in ([], ["--no-end"])]
    equal(both[0] - both[1], TEXT.count("\n"))


@test
def the_same_file_for_any_number_of_threads(t):
    lines = TEXT.splitlines()
    text = "".join(f"{lines[i * 7 % len(lines)]} {i * 7919 % 1013}\n" for i in range(20000))
    model(t, "--threads", 1, "--documents", "line", name="one.lm", text=text)
    model(t, "-j", 3, "--documents", "line", name="three.lm", text=text)
    check(t.read("one.lm") == t.read("three.lm"), "threads")
    t.write("text.jsonl", "".join(json.dumps({"text": line}) + "\n" for line in text.splitlines()))
    t.ok("lm", "train", "-t", "tokenizer.json", "-o", "jsonl.lm", "text.jsonl")
    check(t.read("one.lm") == t.read("jsonl.lm"), "JSON lines")
    one, three = (t.ok("lm", "score", "--lm", "one.lm", "-t", "tokenizer.json", "--each", "--json", "-j", n, "text.jsonl")
                  for n in (1, 3))
    check(one == three, "scores")
    equal(len(one.splitlines()), 20000)


@test
def documents_and_their_ends(t):
    t.tokenizer()
    t.write("one.txt", "a fox\na dog\n")
    t.write("two.txt", "a cat\n")

    def summary(*options):
        return json.loads(t.ok("lm", "train", "-t", "tokenizer.json", "-o", "m.lm", "--force", "--json", *options, "one.txt", "two.txt"))

    whole = summary()
    equal((whole["output"], whole["order"], whole["end_token"], whole["documents"], whole["bytes"]),
          ("m.lm", 4, end_of(t), 2, 18))
    n_ids = sum(len(ids) for ids in ids_of(t, "one.txt") + ids_of(t, "two.txt"))
    equal(whole["tokens"], n_ids + 3 + 2, "three newlines and two ends")
    equal(len(whole["n_grams"]), 4)
    lines = summary("--documents", "line", "--order", "2")
    equal((lines["documents"], lines["bytes"], lines["tokens"], len(lines["n_grams"])), (3, 15, n_ids + 3, 2))
    none = summary("--documents", "line", "--end-token", "none")
    equal((none["end_token"], none["tokens"]), (None, n_ids))
    equal(summary("--end-token", "a")["end_token"], ids_of(t, t.write("a.txt", "a"))[0][0])
    t.write("tokenizer_config.json", json.dumps({"eos_token": "a"}))
    equal(summary()["end_token"], ids_of(t, "a.txt")[0][0], "as the files beside the tokenizer say")
    told = t.run("lm", "train", "-t", "tokenizer.json", "-o", "told.lm", "one.txt").stderr.decode()
    check("1 documents of" in told and '"a", ends a document' in told, told)
    equal(t.run("lm", "train", "-t", "tokenizer.json", "-o", "quiet.lm", "-q", "one.txt").stderr, b"")


@test
def added_tokens_in_text(t):
    model(t)
    end = "<|endoftext|>"
    known, text = (score(t, "m.lm", "--allowed-special", how, text=end)["tokens"] for how in ("all", "none"))
    equal(known, 2)
    check(text > 3, text)
    t.write("special.txt", "a\n" + end)
    t.fails(1, ["lm", "score", "--lm", "m.lm", "-t", "tokenizer.json", "--allowed-special", "raise", "special.txt"], end)
    t.fails(1, ["lm", "train", "-t", "tokenizer.json", "-o", "out.lm", "--allowed-special", "raise", "special.txt"], end)


@test
def a_model_of_another_tokenizer_is_refused(t):
    model(t)
    t.write("corpus.txt", TEXT)
    t.ok("train", "-q", "-o", "other.json", "--vocab-size", 379, "--special-token", "<|endoftext|>", "corpus.txt")
    t.fails(1, ["lm", "score", "--lm", "m.lm", "-t", "other.json", "corpus.txt"], "m.lm: ", "another tokenizer", "380 tokens", "379")
    # The same tokens in another format are the same tokenizer: without control tokens, which a vocab.json does not know.
    t.ok("convert", "-q", "-t", "tokenizer.json", "-o", "with_control/")
    t.fails(1, ["lm", "score", "-q", "--lm", "m.lm", "-t", "with_control/", "corpus.txt"], "another tokenizer")
    t.ok("train", "-q", "-o", "plain.json", "--vocab-size", 379, "corpus.txt")
    t.ok("convert", "-q", "-t", "plain.json", "-o", "plain/")
    t.ok("lm", "train", "-q", "-t", "plain.json", "-o", "plain.lm", "corpus.txt")
    one = t.ok("lm", "score", "-q", "--lm", "plain.lm", "-t", "plain.json", "corpus.txt")
    equal(t.ok("lm", "score", "-q", "--lm", "plain.lm", "-t", "plain/", "corpus.txt"), one)


@test
def bad_models(t):
    model(t)
    good = t.read("m.lm")
    for content, place in [(b"", "line 1"), (b"tessera n-gram model 9\n", "line 1"), (good[:-1], "bytes should follow"),
                           (good[:-1] + bytes([good[-1] ^ 1]), "hash"), (good.replace(b"end ", b"end x", 1), "line 4"),
                           (b"\x1f\x8b" + good, "not an n-gram model")]:
        t.write("bad.lm", content)
        t.fails(1, ["lm", "score", "--lm", "bad.lm", "-t", "tokenizer.json", "text.txt"], "bad.lm: ", place)
    t.fails(1, ["lm", "score", "--lm", "absent.lm", "-t", "tokenizer.json", "text.txt"], "absent.lm")
    t.fails(1, ["lm", "score", "--lm", ".", "-t", "tokenizer.json", "text.txt"], "is a directory")


@test
def mistakes(t):
    t.tokenizer()
    t.write("text.txt", TEXT)
    train = ["lm", "train", "-t", "tokenizer.json"]
    t.fails(2, ["lm"], "train")
    t.fails(2, ["lm", "trian", "--order", "3"], "did you mean train?")
    t.fails(2, ["lm", "bake"], "neither train nor score")
    t.fails(2, [*train, "text.txt"], "--output is missing")
    t.fails(2, [*train, "-o", "-", "text.txt"], "--output")
    t.fails(2, ["lm", "train", "-o", "out.lm", "text.txt"], "--tokenizer is missing")
    t.fails(2, ["lm", "score", "-t", "tokenizer.json", "text.txt"], "--lm is missing")
    for order in "0", "9", "x":
        t.fails(2, [*train, "-o", "out.lm", "--order", order, "text.txt"], "--order")
    t.fails(2, [*train, "-o", "out.lm", "--end-token", "<nothing>", "text.txt"], "--end-token", "<nothing>")
    t.fails(2, [*train, "-o", "out.lm", "--memory-limit", "x", "text.txt"], "--memory-limit")
    t.fails(1, [*train, "-o", "out.lm", "--memory-limit", "10k", "text.txt"], "10000", "raise the memory limit")
    t.fails(1, [*train, "-o", "out.lm", "--end-token", "none"], "no token to learn from")
    t.fails(1, [*train, "-o", "out.lm", "absent.txt"], "absent.txt")
    t.fails(1, [*train, "-o", "nowhere/out.lm", "text.txt"], "nowhere")
    t.write("m.lm", "precious")
    t.fails(1, [*train, "-o", "m.lm", "text.txt"], "m.lm", "exists")
    equal(t.read("m.lm"), b"precious")
    for verb in "train", "score":
        text = t.ok("lm", verb, "--help").decode()
        check(text.startswith(f"Usage: tessera lm {verb} ") and f"tessera lm {verb} -" in text, text[:200])
        check("duckdb" in text, "no word on Parquet")


if __name__ == "__main__":
    cli.main()
