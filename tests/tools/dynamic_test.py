#!/usr/bin/env python3
"""Tests of the command line: dynamic, and convert --longest-prefix. See cli.py."""

import json
import pathlib

import cli
from cli import TEXT, check, equal, test

TWO = b"Ribonucleoprotein particles regulate mRNA stability.\nmRNA stability is modulated by ribonucleoprotein factors.\n"
GPT2 = str(pathlib.Path(__file__).resolve().parents[2] / "data" / "gpt2")


def lines(data):
    return data.decode().splitlines()


@test
def merges_the_most_frequent_pairs(t):
    run = ["dynamic", "-q", "-t", GPT2, "--output-format", "pieces"]
    encoded = t.ok("encode", "-q", "-t", GPT2, "--output-format", "pieces", stdin=TWO)
    equal(t.ok(*run, "--merges", 0, stdin=TWO), encoded)
    # R ib on ucle op rotein, m RNA, mod ulated, rib on ucle op rotein: what occurs twice goes first, from the left.
    equal(lines(t.ok(*run, "--merges", 3, stdin=TWO)),
          ["R ib onucleoprotein \u0120particles \u0120regulate \u0120mRNA \u0120stability .",
           "m RNA \u0120stability \u0120is \u0120mod ulated \u0120by \u0120rib onucleoprotein \u0120factors ."])
    equal(lines(t.ok(*run, "--merges", 4, stdin=TWO))[0].split()[0], "Rib")
    equal(lines(t.ok(*run, stdin=TWO)),
          ["Ribonucleoprotein \u0120particles \u0120regulate \u0120mRNA \u0120stability .",
           "mRNA \u0120stability \u0120is \u0120modulated \u0120by \u0120ribonucleoprotein \u0120factors ."])
    equal(lines(t.ok(*run, "--boundary", "word", stdin=TWO))[0].split()[-1], "\u0120stability.")
    equal(lines(t.ok(*run, "--boundary", "word-hyphen", stdin=b"self-made.\n")), ["self-made ."])
    # Each batch for itself: no pair is there twice.
    equal(lines(t.ok(*run, "--batch-size", 1, "--merges", 1, stdin=TWO))[0].split()[:2], ["Rib", "on"])


@test
def json_has_the_vocabulary_of_each_batch(t):
    run = ["dynamic", "-q", "-t", GPT2, "--merges", 3, "--json"]
    one = json.loads(t.ok(*run, stdin=TWO))
    equal((one["tokens_before"], one["tokens"]), (25, 19))
    equal([(m["left"], m["right"], m["id"], m["count"], m["tokens"]) for m in one["merges"]],
          [("on", "ucle", 50257, 2, 23), ("onucle", "op", 50258, 2, 21), ("onucleop", "rotein", 50259, 2, 19)])
    equal([n["piece"] for n in one["new_tokens"]], ["onucle", "onucleop", "onucleoprotein"])
    equal(one["documents"][0]["ids"][2], 50259)
    equal(one["documents"][0]["pieces"][2], "onucleoprotein")
    batches = lines(t.ok(*run, "--batch-size", 1, stdin=TWO))
    equal([json.loads(b)["merges"][0]["id"] for b in batches][1], 50257, "ids begin anew")
    summary = json.loads(t.ok(*run, "-o", "ids.txt", stdin=TWO))
    equal(summary["average_lengths"], [12.5, 11.5, 10.5, 9.5])
    equal((summary["documents"], summary["batches"], summary["bytes"], summary["merges"]), (2, 1, len(TWO) - 2, 3))
    equal(summary["new_tokens"][0], {"piece": "onucle", "batches": 1})
    equal(len(lines(t.read("ids.txt"))), 2)
    # A batch that has no merge left keeps its length.
    uneven = json.loads(t.ok(*run[:-3], "--json", "--batch-size", 1, "-o", "ids.txt", "-f", stdin=b"a\n" + TWO[:17] + b"\n"))
    equal(uneven["average_lengths"][0], (1 + 6) / 2)
    equal(uneven["average_lengths"][-1], 1.0)


@test
def a_token_of_the_vocabulary_keeps_its_id(t):
    t.tokenizer()
    small = json.loads(t.read("tokenizer.json"))["model"]["vocab"]
    batch = json.loads(t.ok("dynamic", "-t", "tokenizer.json", "--json", "--batch-size", 1000, stdin=TEXT.encode()))
    for n in batch["new_tokens"]:
        check(n["piece"] not in small, n)
    check(all(m["id"] == small.get(m["left"] + m["right"], m["id"]) for m in batch["merges"]), "an id of the vocabulary")


@test
def threads_change_nothing(t):
    t.tokenizer()
    corpus = t.corpus()
    runs = [t.ok("dynamic", "-t", "tokenizer.json", "--merges", 7, "--batch-size", 3, "-j", n, "--json", corpus) for n in (1, 2, 5)]
    equal(len({*runs}), 1)
    equal(sum(len(json.loads(line)["documents"]) for line in lines(runs[0])), TEXT.count("\n"))


@test
def layouts(t):
    t.tokenizer()
    file = json.loads(t.read("tokenizer.json"))
    end = file["added_tokens"][0]["id"]
    special = {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [end], "tokens": ["<|endoftext|>"]}}
    piece = {"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}
    a, b = ({"Sequence": {"id": i, "type_id": 0}} for i in "AB")
    file["post_processor"] = {"type": "TemplateProcessing", "single": [piece, a, piece], "pair": [piece, a, piece, piece, b, piece],
                              "special_tokens": special}
    t.write("framed.json", json.dumps(file))
    run = ["dynamic", "-t", "framed.json", "--output-format", "pieces"]
    e = "<|endoftext|>"
    equal(lines(t.ok(*run, "--add-special-tokens", stdin=b"xyzzy\n")), [f"{e} xyzzy {e}"])
    equal(lines(t.ok(*run, "--add-special-tokens", "--boundary", "sentence", stdin=b"xyzzy\n")), [f"{e} xyzzy {e}"])
    equal(lines(t.ok(*run, "--add-special-tokens", "--pairs", "tab", stdin=b"xyz\txyz\n")), [f"{e} xyz {e} {e} xyz {e}"])
    words = json.loads(t.ok("dynamic", "-t", "framed.json", "--words", "--add-special-tokens", "--json", stdin=b"xyzzy xyzzy\n"))
    equal(words["documents"][0]["pieces"], [e, "xyzzyxyzzy", e], "words may join, as in the authors' code")
    equal(words["documents"][0]["words"], [None, 0, None])
    words = json.loads(t.ok("dynamic", "-t", "framed.json", "--words", "--merges", 4, "--json", stdin=b"xyzzy xyzzy\n"))
    equal(words["documents"][0]["words"], [0, 1])
    t.fails(1, ["dynamic", "-t", "framed.json", "--pairs", "tab"], "tab", stdin=b"no pair\n")
    t.fails(2, ["dynamic", "-t", "framed.json", "--pairs", "tab", "--words"], "--words")
    # Half of a character beside a special token: theirs merges, ours does not.
    half = "\u2603\n".encode()
    equal(lines(t.ok(*run, "--add-special-tokens", stdin=half))[0].split()[0], e)
    check(len(lines(t.ok(*run, "--add-special-tokens", "--merge-special-tokens", "--merges", 1, stdin=half))[0].split()) ==
          len(lines(t.ok(*run, "--add-special-tokens", "--merges", 0, stdin=half))[0].split()) - 1, "one merge")


@test
def words_are_the_shortest(t):
    run = ["dynamic", "-q", "-t", GPT2, "--word-level", "--output-format"]
    equal(lines(t.ok(*run, "pieces", stdin=b"Ribonucleoprotein is  mRNA.\n")),
          ["Ribonucleoprotein \u0120is \u0120 \u0120mRNA ."])
    batch = json.loads(t.ok(*run, "json", stdin=b"the xqzzx xqzzx the\n"))
    equal(len(batch["new_tokens"]), 1)
    equal(batch["documents"][0]["ids"], [1169, 50257, 50257, 262])
    t.fails(2, [*run, "ids", "--merges", "5"], "--word-level")


@test
def wrong_options(t):
    t.tokenizer()
    t.fails(2, ["dynamic", "-t", "tokenizer.json", "--merges", "few"], "--merges")
    t.fails(2, ["dynamic", "-t", "tokenizer.json", "--boundary", "words"], "--boundary", "word")
    t.fails(2, ["dynamic", "-t", "tokenizer.json", "--batch-size", "0"], "--batch-size")
    t.fails(2, ["dynamic", "-t", "tokenizer.json", "--json", "--output-format", "ids"], "--json")
    t.fails(2, ["dynamic"], "--tokenizer")
    equal(t.ok("dynamic", "-t", "tokenizer.json", stdin=b""), b"")
    equal(t.ok("dynamic", "-t", "tokenizer.json", stdin=b"\n\n"), b"\n\n")


@test
def longest_prefix(t):
    t.tokenizer()
    file = json.loads(t.read("tokenizer.json"))
    t.ok("convert", "-t", "tokenizer.json", "--longest-prefix", "-o", "longest.json")
    longest = json.loads(t.read("longest.json"))
    equal(longest["model"]["type"], "WordPiece")
    equal({**longest["model"]["vocab"], **{a["content"]: a["id"] for a in longest["added_tokens"]}},
          {**file["model"]["vocab"], **{a["content"]: a["id"] for a in file["added_tokens"]}}, "the vocabulary")
    vocab = file["model"]["vocab"]
    word = "The" + "q" * 300  # no limit of characters
    expected = []
    while word:
        n = max(n for n in range(1, len(word) + 1) if word[:n] in vocab)
        expected.append(vocab[word[:n]])
        word = word[n:]
    found = t.ok("encode", "-t", "longest.json", stdin=b"The" + b"q" * 300 + b"\n")
    equal([int(i) for i in found.split()], expected)
    t.ok("convert", "-t", "tokenizer.json", "--longest-prefix", "--max-word-chars", 100, "--unknown", "<|endoftext|>", "-o", "limited.json")
    equal(t.ok("encode", "-t", "limited.json", stdin=b"The" + b"q" * 300 + b"\n").split(), [str(vocab.get("<|endoftext|>", 0)).encode()])
    t.fails(2, ["convert", "-t", "tokenizer.json", "--max-word-chars", "5", "-o", "out.json"], "--longest-prefix")
    t.fails(2, ["convert", "-t", "tokenizer.json", "--longest-prefix", "--unknown", "<x>", "-o", "out.json"], "<x>")
    t.fails(1, ["convert", "-q", "-t", "longest.json", "--longest-prefix", "-o", "out.json"], "BPE")


if __name__ == "__main__":
    cli.main()
