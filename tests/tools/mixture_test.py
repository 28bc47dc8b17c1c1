#!/usr/bin/env python3
"""Tests of the command line: mixture. See cli.py."""

import json
import os

import cli
from cli import check, equal, test

TEXTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "text")


def lines_of(name):
    with open(os.path.join(TEXTS, name + ".txt"), encoding="utf-8") as file:
        return file.read().splitlines(keepends=True)


def setting(t, parts, vocab_size=2000):
    """A tokenizer trained on parts of texts, and texts of the same kinds. @return shares, options"""
    trained, sizes, options = "", {}, []
    for name, part in parts.items():
        lines = lines_of(name)
        estimate = [x for i, x in enumerate(lines) if i % 10 in (3, 6, 9)]
        train = [x for i, x in enumerate(lines) if i % 10 not in (3, 6, 9) and (i * 7919) % 100 < 100 * part]
        t.write(name + ".txt", "".join(estimate))
        trained += "".join(train)
        sizes[name] = len("".join(train).encode())
        options += ["--category", f"{name}={name}.txt"]
    t.write("train.txt", trained)
    t.ok("train", "-o", "tokenizer.json", "--force", "--vocab-size", vocab_size, "train.txt")
    return {name: size / sum(sizes.values()) for name, size in sizes.items()}, options


@test
def shares_are_those_of_the_training_text(t):
    truth, options = setting(t, {"english": 1, "russian": 0.5, "python": 0.8, "greek": 0})
    told = json.loads(t.ok("mixture", "-t", "tokenizer.json", *options, "--json"))
    equal([c["name"] for c in told["categories"]], list(truth))
    check(abs(sum(c["share"] for c in told["categories"]) - 1) < 1e-9, "shares do not sum to 1")
    for c in told["categories"]:
        check(abs(c["share"] - truth[c["name"]]) < 0.03, f"{c} is not {truth[c['name']]}")
        check(c["low"] <= c["share"] <= c["high"], f"{c}")
        check(0 <= c["residual"] < 0.3, f"{c}")
    check(told["certificate_gap"] <= 2e-9, f"{told['certificate_gap']}")
    equal(told["merges_used"] + told["merges_skipped"], told["n_merges"])
    # The same by the simplex method, and from tables.
    few = ["--merges", 300, "--method", "linear-program", "--json"]
    planes = json.loads(t.ok("mixture", "-t", "tokenizer.json", *options, *few))
    simplex = json.loads(t.ok("mixture", "-t", "tokenizer.json", *options, *few, "--solver", "simplex"))
    check(abs(planes["objective"] - simplex["objective"]) < 1e-8, f"{planes['objective']} {simplex['objective']}")
    tables = []
    for name in truth:
        t.ok("count", "-o", name + ".tsv", "--force", name + ".txt")
        tables += ["--category", f"{name}={name}.tsv"]
    of_tables = json.loads(t.ok("mixture", "-t", "tokenizer.json", *tables, *few))
    check(abs(planes["objective"] - of_tables["objective"]) < 1e-9, "tables are not their texts")


@test
def any_form_of_the_merges_gives_the_same(t):
    truth, options = setting(t, {"english": 1, "german": 0.6}, 800)
    t.ok("convert", "-t", "tokenizer.json", "-o", "folder/")
    t.ok("convert", "-t", "tokenizer.json", "-o", "ranks.tiktoken")
    told = [json.loads(t.ok("mixture", "-t", path, *options, "--json")) for path in
            ("tokenizer.json", "folder/", "folder/merges.txt", "ranks.tiktoken")]
    for other in told[1:]:
        for left, right in zip(other["categories"], told[0]["categories"]):
            equal(left["name"], right["name"])
            for key in ("share", "low", "high", "pair_share", "residual", "program_share"):
                check(abs(left[key] - right[key]) < 1e-6, f"{key}: {left[key]} is not {right[key]}")
    text = t.ok("mixture", "-t", "folder/merges.txt", *options).decode()
    check("guessed from the tokens: gpt2" in text, text)
    check("english" in text and "%" in text, text)


@test
def a_page_is_written_whole_and_alone(t):
    _, options = setting(t, {"english": 1, "german": 0.6}, 800)
    t.ok("mixture", "-t", "tokenizer.json", *options, "--html", "page.html")
    page = t.read("page.html").decode()
    check("<svg" in page and "english" in page and "http" not in page, page[:200])
    t.fails(1, ["mixture", "-t", "tokenizer.json", *options, "--html", "page.html"], "page.html")
    t.ok("mixture", "-t", "tokenizer.json", *options, "--html", "page.html", "--force")


@test
def a_search_is_kept_and_resumed(t):
    _, options = setting(t, {"english": 1, "german": 0.6}, 600)
    whole = json.loads(t.ok("mixture", "-t", "tokenizer.json", *options, "--json", "--resume", "search"))
    again = json.loads(t.ok("mixture", "-t", "tokenizer.json", *options, "--json", "--resume", "search"))
    check(abs(whole["objective"] - again["objective"]) < 2e-9, f"{whole['objective']} {again['objective']}")
    t.write("search", "something else")
    t.fails(1, ["mixture", "-t", "tokenizer.json", *options, "--resume", "search"], "search", "line 1")


@test
def what_is_wrong_is_named(t):
    _, options = setting(t, {"english": 1, "german": 0.6}, 600)
    t.write("empty.txt", "")
    t.write("latin.txt", ("h\u00e9 caf\u00e9 \u00fcber \n" * 500).encode("latin-1"))
    for more, message in ((["--category", "e=empty.txt"], "has no text"), (["--category", "l=latin.txt"], "is not UTF-8"),
                          (["--category", "again=english.txt"], "the same text"),
                          (["--category", "x=absent.txt"], "absent.txt")):
        t.fails(1, ["mixture", "-t", "tokenizer.json", *options, *more], message)
    for arguments in (["-t", "tokenizer.json"], ["-t", "tokenizer.json", "--category", "english"],
                      ["-t", "tokenizer.json", *options, *options[:2]], options):
        t.fails(2, ["mixture", *arguments])
    t.write("bad/merges.txt", "a b\nab\n")
    t.fails(1, ["mixture", "-t", "bad/merges.txt", *options], "line 2")


cli.main()
