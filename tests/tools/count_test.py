#!/usr/bin/env python3
"""Tests of the command line: count and merge-counts. See cli.py."""

import json

import cli
from cli import TEXT, equal, test


@test
def counts_table(t):
    # each line is a sequence, with its newline
    table = dict(line.split("\t") for line in t.ok("count", stdin=b"a b\na b\n").decode().splitlines())
    equal(table, {"a": "2", "\u0120b": "2", "\u010a": "2"})
    lines = t.ok("count", stdin=TEXT.encode()).decode().splitlines()
    keys = [line.split("\t")[0] for line in lines]
    equal(len(set(keys)), len(keys))
    summary = json.loads(t.ok("count", "--json", "-o", "c.tsv", stdin=b"a b\n"))
    equal((summary["n_pretokens"], summary["n_pretoken_occurrences"]), (3, 3))
    t.fails(2, ["count", "--json"], "-o")


@test
def counts_in_little_memory(t):
    words = " ".join(f"word{i * 7919 % 100003}" for i in range(200000)) + "\n"
    t.write("words.txt", "".join(words[i:i + 5000] + "\n" for i in range(0, len(words), 5000)))
    t.ok("count", "-o", "whole.tsv", "words.txt")
    for limit in ["1", "1MB", "0.5MiB", "2G"]:
        t.ok("count", "-o", "out.tsv", "--force", "--memory-limit", limit, "words.txt")
        equal(t.read("out.tsv") == t.read("whole.tsv"), True, limit)
    equal(t.ok("count", "--memory-limit", "1", "words.txt") == t.read("whole.tsv"), True, "standard output")
    for bad in ["x", "5X", "-1", "1e30", "iB"]:
        t.fails(2, ["count", "--memory-limit", bad, "words.txt"], "--memory-limit")


@test
def merge_counts_takes_any_order(t):
    t.write("a.tsv", "b\t1\na\t9223372036854775806\nb\t2\n")
    equal(t.ok("merge-counts", "a.tsv"), b"a\t9223372036854775806\nb\t3\n")
    equal(t.ok("merge-counts", stdin=b"x\t1\n"), b"x\t1\n")


@test
def bad_count_tables(t):
    for content, line in [("a\t1\nb\n", "2"), ("a\t1\nb\tx\n", "2"), ("a\t-1\n", "1"), ("a\t9223372036854775808\n", "1"),
                          ("a\t1\n\u4e2d\t1\n", "2"), ("a\t9223372036854775807\nb\t1\na\t1\n", "")]:
        t.write("bad.tsv", content)
        t.fails(1, ["merge-counts", "-o", "out.tsv", "bad.tsv"], "bad.tsv:" + line)
        t.fails(1, ["train", "-o", "out.json", "--counts", "bad.tsv"], "bad.tsv:" + line)
    t.fails(1, ["merge-counts", "-o", "out.tsv", "absent.tsv"], "absent.tsv")


if __name__ == "__main__":
    cli.main()
