#!/usr/bin/env python3
"""Tests of the command line: help, --version, and mistakes on the command line. See cli.py."""

import re

import cli
from cli import check, equal, test

VERBS = ["train", "count", "merge-counts", "encode", "decode", "inspect", "convert", "compare", "dynamic", "pool", "unpool",
         "overlap", "align", "transplant", "lm", "bytes", "mixture"]


@test
def help_lists_the_verbs(t):
    text = t.ok("--help").decode()
    for verb in VERBS:
        check(re.search(rf"^  {verb} ", text, re.M), f"{verb} is not listed")
    for verb in ["verify"]:
        check(not re.search(rf"^  {verb}\b", text, re.M), f"{verb} is listed but does not exist")
    equal(t.ok("help").decode(), text)
    check(t.run().returncode == 2, "no verb is a mistake")


@test
def each_verb_has_help_with_an_example(t):
    for verb in VERBS:
        text = t.ok(verb, "--help").decode()
        check(text.startswith(f"Usage: tessera {verb} "), text[:80])
        example = text[text.index("\nExample"):]
        check(f"tessera {verb} " in example, f"{verb}: no example")
        for option in ["--threads", "--json", "--quiet", "--progress", "--help", "--version"]:
            check(option in text, f"{verb}: {option} is not in the help")
        equal(t.ok("help", verb).decode(), text)
        check(max(map(len, text[:text.index("\nExample")].splitlines())) <= 110, f"{verb}: long lines")


@test
def the_help_of_train_names_pretokenizers(t):
    text = t.ok("train", "--help").decode()
    for name in ["gpt2", "cl100k", "o200k", "llama3", "qwen2", "superbpe-1", "superbpe-2-words", "whitespace", "bytes"]:
        check(name in text, name)
    check("duckdb" in text, "no word on Parquet")


@test
def version(t):
    check(re.fullmatch(rb"tessera \d+\.\d+\.\d+\n", t.ok("--version")), "version")
    equal(t.ok("encode", "--version"), t.ok("--version"))


@test
def unknown_verbs_and_options(t):
    t.fails(2, ["tran"], "did you mean train?")
    t.fails(2, ["merge_count"], "did you mean merge-counts?")
    t.fails(2, ["xyzzy"], "tessera --help")
    t.fails(2, ["train", "--vocabsize", "5", "-o", "out.json"], "--vocabsize", "did you mean --vocab-size?")
    t.fails(2, ["train", "--voacb-size=5", "-o", "out.json"], "did you mean --vocab-size?")
    t.fails(2, ["encode", "--tokeniser", "x"], "did you mean --tokenizer?")
    t.fails(2, ["encode", "--qqqqqqq", "x"], "--qqqqqqq", "--help")
    t.fails(2, ["inspect", "--frobnicate"], "--frobnicate")


@test
def wrong_values(t):
    corpus = t.corpus()
    t.fails(2, ["train", corpus], "--output is missing")
    t.fails(2, ["train", "-o", "out.json", "--vocab-size", "many", corpus], "--vocab-size", "many")
    t.fails(2, ["train", "-o", "out.json", "--vocab-size", "-5", corpus], "--vocab-size")
    t.fails(2, ["train", "-o", "out.json", "--vocab-size", "99999999999999999999", corpus], "--vocab-size")
    t.fails(2, ["train", "-o", "out.json", "--vocab-size"], "needs a value")
    t.fails(2, ["train", "-o", "out.json", "--model", "unigram", corpus], "is not one of", "bpe")
    t.fails(2, ["train", "-o", "out.json", "--pretokenizer", "gpt3", corpus], "--pretokenizer", "gpt2")
    t.fails(2, ["train", "-o", "out.json", "--normalizer", "nfq", corpus], "--normalizer", "nfkc")
    t.fails(2, ["train", "-o", "out.json", "--tie-break", "byte", corpus], "did you mean bytes?")
    t.fails(2, ["train", "-o", "out.bin", corpus], "out.bin", ".json")
    t.fails(2, ["train", "-o", "out.json", "--counts", "c.tsv", corpus], "not both")
    t.fails(2, ["encode", corpus], "--tokenizer is missing")
    t.fails(2, ["encode", "-t", t.tokenizer(), "--threads", "0"], "--threads")
    t.fails(2, ["encode", "-t", t.tokenizer(), "--output-format", "u64"], "--output-format", "u16")
    t.fails(2, ["encode", "-t", t.tokenizer(), "--offsets"], "--offsets")
    t.fails(2, ["encode", "-t", t.tokenizer(), "--allowed-special", "<x>"], "<x>")
    t.fails(2, ["decode", "-t", t.tokenizer(), "--separator", "\\q"], "--separator")
    t.fails(2, ["compare", "-t", t.tokenizer(), "--corpus", "name"], "NAME=PATH")
    t.fails(2, ["inspect", t.tokenizer()], "-t")


@test
def underscores_are_hyphens_and_order_is_free(t):
    corpus = t.corpus()
    t.ok("train", corpus, "-o", "a.json", "--vocab_size=300", "-j1")
    t.ok("train", "--vocab-size", "300", "--output=b.json", "--threads", 2, "--", corpus)
    equal(t.read("a.json"), t.read("b.json"), "the same options")


if __name__ == "__main__":
    cli.main()
