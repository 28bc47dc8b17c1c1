#!/usr/bin/env python3
"""Tests of the command line: inspect and compare. See cli.py."""

import json
import os

import cli
from cli import TEXT, changed, check, equal, test


@test
def inspect_text_and_json(t):
    tokenizer = t.tokenizer()
    text = t.ok("inspect", "-t", tokenizer).decode()
    for word in ["vocabulary size      380", "merges               123", "unreachable", "incomplete UTF-8", "duplicate", "unused"]:
        check(word in text, f"{word} is not in {text}")
    out = json.loads(t.ok("inspect", "-t", tokenizer, "--json"))
    equal((out["model"], out["vocab_size"], out["n_merges"], out["n_special_tokens"]), ("bpe", 380, 123, 1))
    equal(out["pretokenizer"], "gpt2")
    equal(out["normalizer"], None)
    equal((out["duplicate"], out["unused"]), ([], []))
    for id in out["unreachable"]:  # alone, each encodes to something else
        equal(len(t.ok("decode", "-t", tokenizer, "--separator", "", stdin=b"%d" % id)) > 1, True)
    check(len(out["incomplete_utf8"]) >= 128, "incomplete")


@test
def inspect_names_the_engine_of_each_pattern(t):
    def split_by(regex):
        def change(json_object):
            json_object["pre_tokenizer"] = {
                "type": "Sequence",
                "pretokenizers": [
                    {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False},
                    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
                ],
            }

        return t.write("pattern.json", changed(t, change))

    for regex, engine in ((r"(.)\1", "icu"), (r"\w+|\W", "automaton")):
        path = split_by(regex)
        found = json.loads(t.ok("inspect", "-t", path, "--json"))["pattern_engines"]
        check({"pattern": regex, "engine": engine} in found, f"{regex}: {found}")
        check(f"({engine}" in t.ok("inspect", "-t", path).decode(), f"inspect of {regex}")
    t.ok("encode", "-t", split_by(r"(.)\1"), stdin=b"hello")
    # ICU gives up in time, and the program with one line.
    t.fails(1, ["encode", "-t", split_by(r"(a+)+\1b"), "--documents", "file"], "ICU gave up", stdin=b"a" * 60)


@test
def compare_json_table_and_html(t):
    tokenizer, corpus = t.tokenizer(), t.corpus()
    t.ok("train", "-o", "small.json", "--vocab-size", 260, corpus)
    args = ["compare", "-t", tokenizer, "-t", "small.json", "--corpus", "<b>=corpus.txt", "--corpus", "x&y=corpus.txt"]
    out = json.loads(t.ok(*args, "--json"))
    equal([(x["name"], x["vocab_size"]) for x in out["tokenizers"]], [(os.path.basename(t.folder), 380), ("small", 260)])
    equal([x["name"] for x in out["corpora"]], ["<b>", "x&y"])
    corpus_entry = out["corpora"][0]
    equal((corpus_entry["bytes"], corpus_entry["code_points"], corpus_entry["words"], corpus_entry["documents"]),
          (len(TEXT.encode()), len(TEXT), len(TEXT.split()), 1))
    equal(len(out["results"]), 4)
    for result in out["results"]:
        path = tokenizer if result["tokenizer"] != "small" else "small.json"
        tokens = int(t.ok("encode", "-t", path, "--documents", "file", "--count", corpus))
        equal(result["tokens"], tokens)
        check(abs(result["bytes_per_token"] - len(TEXT.encode()) / tokens) < 1e-9, "bytes_per_token")
        check(abs(result["code_points_per_token"] - len(TEXT) / tokens) < 1e-9, "code_points_per_token")
        check(abs(result["fertility"] - tokens / len(TEXT.split())) < 1e-9, "fertility")
    table = t.ok(*args, "--html", "report.html").decode()
    side_by_side, details = table.split("\n\n")
    equal((len(side_by_side.splitlines()), len(details.splitlines())), (3, 5))
    html = t.read("report.html").decode()
    check("&lt;b&gt;" in html and "x&amp;y" in html and "<b>" not in html, "names are escaped")
    check("<script" not in html and "http" not in html, "nothing from elsewhere")


@test
def compare_names_are_unique(t):
    t.tokenizer()
    t.write("one/tokenizer.json", t.read("tokenizer.json"))
    t.write("two/tokenizer.json", t.read("tokenizer.json"))
    t.write("one/c.txt", "text\n")
    t.write("two/c.txt", "text\n")
    out = json.loads(t.ok("compare", "--json", "-t", "one/tokenizer.json", "-t", "two", "-t", "two", "one/c.txt", "two/c.txt"))
    names = [x["name"] for x in out["tokenizers"]]
    equal(names[0], "one")
    equal(len(set(names)), 3)
    equal([x["name"] for x in out["corpora"]], ["one/c.txt", "two/c.txt"])
    t.fails(1, ["compare", "-t", "one", t.write("empty.txt", "")], "empty.txt")
    t.fails(1, ["compare", "-t", "one", "--html", "absent/report.html", "one/c.txt"], "absent")


if __name__ == "__main__":
    cli.main()
