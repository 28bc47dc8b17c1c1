#!/usr/bin/env python3
"""Tests of the command line: train. See cli.py."""

import gzip
import json
import os
import pathlib
import sys

import cli
from cli import Skip, TEXT, check, equal, test

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import peer_package  # noqa: E402

tokenizers = peer_package.or_none("tokenizers")


@test
def train_writes_a_tokenizer_and_a_summary(t):
    summary = json.loads(t.ok("train", "--json", "-o", "out.json", "--vocab-size", 350, "--special-token", "[PAD]",
                              "--special-token", "<s>", t.corpus()))
    equal(summary["vocab_size"], 350)
    equal(summary["n_merges"], 350 - 256 - 2)
    equal(summary["bytes"], len(TEXT.encode()))
    equal(summary["output"], "out.json")
    for name in ["count", "merge", "total"]:
        check(summary["seconds"][name] >= 0, name)
    file = json.loads(t.read("out.json"))
    equal([(x["id"], x["content"], x["special"]) for x in file["added_tokens"]], [(0, "[PAD]", True), (1, "<s>", True)])
    equal(len(file["model"]["merges"]), summary["n_merges"])
    equal(len(os.listdir(t.folder)), 2, "files")


@test
def train_is_the_same_for_threads_counts_and_inputs(t):
    corpus = t.corpus()
    t.ok("train", "-o", "a.json", "--vocab-size", 400, "-j1", corpus)
    t.ok("train", "-o", "b.json", "--vocab-size", 400, "-j2", corpus)
    t.ok("train", "-o", "c.json", "--vocab-size", 400, stdin=TEXT.encode())
    half = len(TEXT) // 2
    t.write("folder/1.txt", TEXT[:half])
    with gzip.open(t.path("folder/2.txt.gz"), "wb") as file:
        file.write(TEXT[half:].encode())
    check(TEXT[half - 1] == "\n", "the cut is at a line")
    t.ok("train", "-o", "d.json", "--vocab-size", 400, "folder")
    t.ok("count", "-o", "1.tsv", "folder/1.txt")
    t.ok("count", "-o", "2.tsv", "folder/2.txt.gz", "-j2")
    t.ok("merge-counts", "-o", "all.tsv", "1.tsv", "2.tsv")
    t.ok("count", "-o", "whole.tsv", corpus)
    equal(t.read("all.tsv"), t.read("whole.tsv"), "merged counts")
    equal(t.ok("count", corpus), t.read("whole.tsv"), "counts on standard output")
    t.ok("train", "-o", "e.json", "--vocab-size", 400, "--counts", "all.tsv")
    for name in "bcde":
        equal(t.read(f"{name}.json"), t.read("a.json"), name)


@test
def train_formats(t):
    corpus = t.corpus()
    t.ok("train", "-o", "a.json", "--vocab-size", 350, corpus)
    t.ok("train", "-o", "a.tiktoken", "--vocab-size", 350, corpus)
    t.ok("train", "-o", "a/", "--vocab-size", 350, corpus)
    equal(sorted(os.listdir(t.path("a"))), ["merges.txt", "vocab.json"])
    ids = t.ok("encode", "-t", "a.json", corpus)
    equal(t.ok("encode", "-t", "a", "--pattern", "gpt2", corpus), ids, "folder")
    equal(len(t.read("a.tiktoken").splitlines()), 350)
    t.ok("encode", "-t", "a.tiktoken", "--pattern", "gpt2", corpus)
    t.fails(1, ["train", "-o", "a/", "--vocab-size", "350", corpus], "vocab.json", "--force")


@test
def superbpe_pretokenizers_are_written_as_published(t):
    text = "in 2024: 1234567 + 12  34\n  f(x);//\n\u0661\u0662\u0663\u0664 \u00bd123 don't.\n"
    corpus = t.write("corpus.txt", TEXT + text * 20)
    lines = (TEXT + text).splitlines()
    names = ["superbpe-1", "superbpe-1-words", "superbpe-2", "superbpe-2-words"]
    for name in names:
        t.ok("train", "-o", f"{name}.json", "--vocab-size", 400, "--pretokenizer", name, corpus)
        steps = [step["type"] for step in json.loads(t.read(f"{name}.json"))["pre_tokenizer"]["pretokenizers"]]
        equal(steps, ["Digits"] * ("-1" in name) + ["Split", "ByteLevel"], name)
        equal(json.loads(t.ok("inspect", "--json", "-t", f"{name}.json"))["pretokenizer"], name)
    if tokenizers is None:
        raise Skip("the package tokenizers is not installed")
    for name in names:
        theirs = tokenizers.Tokenizer.from_file(t.path(f"{name}.json"))
        ours = t.ok("encode", "-t", f"{name}.json", stdin="".join(line + "\n" for line in lines).encode())
        equal([[int(i) for i in line.split()] for line in ours.decode().splitlines()],
              [theirs.encode(line).ids for line in lines], name)


@test
def script_aware_is_not_of_a_tokenizer_json(t):
    corpus = t.corpus()
    t.fails(2, ["train", "-o", "out.json", "--pretokenizer", "script-aware", corpus], "script-aware", ".tiktoken")
    t.ok("train", "-o", "a.tiktoken", "--vocab-size", 300, "--pretokenizer", "script-aware", corpus)
    done = t.run("convert", "-t", "a.tiktoken", "--pattern", "script-aware", "-o", "out.json")
    equal(done.returncode, 1, "exit code")
    check(b"ScriptAware: tokenizer.json has no place" in done.stderr, done.stderr)
    equal(sorted(os.listdir(t.folder)), ["a.tiktoken", "corpus.txt"], "files")
    counts = t.ok("count", "--pretokenizer", "script-aware", stdin="\u4e2d\u6587 \u4e2d a, \u0430".encode())
    equal(counts.count(b"\n"), 6, "\u4e2d, \u6587, \u4e2d after a space, a after a space, ',', \u0430 after a space")


@test
def a_vocabulary_that_cannot_be_reached_is_a_warning(t):
    done = t.run("train", "-o", "out.json", "--vocab-size", 5000, t.write("small.txt", "aaa bbb\n"))
    equal(done.returncode, 0)
    check(b"warning" in done.stderr and b"no pair" in done.stderr, done.stderr)
    done = t.run("train", "--quiet", "-o", "out2.json", "--vocab-size", 5000, "small.txt")
    equal((done.returncode, done.stdout, done.stderr), (0, b"", b""), "quiet")


@test
def bad_training_input(t):
    t.fails(1, ["train", "-o", "out.json"], "standard input", "no text")
    t.fails(1, ["train", "-o", "out.json", t.write("empty.txt", "")], "empty.txt", "no text")
    corpus = t.corpus()
    t.fails(1, ["train", "-o", "out.json", "--vocab-size", "100", corpus], "256")
    t.fails(1, ["train", "-o", "out.json", "--vocab-size", "256", "--special-token", "<s>", corpus], "257")
    t.fails(2, ["train", "-o", "out.json", "--special-token", "", corpus], "--special-token", "empty")
    t.fails(2, ["train", "-o", "out.model", "--model", "boundless", "--special-token", "", corpus], "--special-token", "empty")
    t.fails(1, ["train", "-o", "out.json", "absent.txt"], "absent.txt", "No such file")
    t.fails(1, ["train", "-o", "absent/out.json", corpus], "absent/out.json", "no folder")
    t.fails(1, ["train", "-o", "corpus.txt/out.json", corpus], "corpus.txt/out.json")
    os.mkdir(t.path("dir.json"))
    t.fails(1, ["train", "-o", "dir.json", corpus], "dir.json", "directory")
    t.fails(1, ["train", "--counts", t.write("empty.tsv", ""), "-o", "out.json"], "empty.tsv")
    t.fails(1, ["train", "-o", "out.json", t.write("broken.txt.gz", b"\x1f\x8b\x08garbage")], "broken.txt.gz")


if __name__ == "__main__":
    cli.main()
