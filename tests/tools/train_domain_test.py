#!/usr/bin/env python3
"""Tests of the command line: train with presets, custom tokens, random splits, and of characters. See cli.py."""

import json
import os
import pathlib
import random
import sys

import cli
from cli import TEXT, check, equal, test

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import peer_package  # noqa: E402

tokenizers = peer_package.or_none("tokenizers")
PRESETS = pathlib.Path(__file__).resolve().parents[2] / "data" / "presets"
LEGAL = ("11 U.S.C. \u00a7 362(a)(1) (2010); Fed. R. Civ. P. 12(b)(6), 42 U.S.C. 1983.\n"
         "See <div class=\"a\"> {\"x\":true}  ** habeas corpus **, 12 Cal.App.4th 77 (1st) 1999.\n") * 30


def ids(t, tokenizer, text, *options):
    return [[int(i) for i in line.split()]
            for line in t.ok("encode", "-q", "-t", tokenizer, "--documents", "line", *options,
                             stdin=text.encode()).decode().splitlines()]


def same_as_hugging_face(t, name, text):
    if tokenizers is None:
        return
    library = tokenizers.Tokenizer.from_file(t.path(name))
    lines = text.splitlines()
    equal(ids(t, name, text), [library.encode(line, add_special_tokens=False).ids for line in lines], name)


@test
def every_preset_trains(t):
    corpus = t.write("corpus.txt", LEGAL * 8 + TEXT)
    for path in sorted(PRESETS.glob("*.json")):
        name = path.stem
        options = json.loads(path.read_text(encoding="utf-8"))["options"]
        padded = ["--pad-to", "none"] if options["vocab-size"] > 40000 else []  # far too much for this corpus
        summary = json.loads(t.ok("train", "--json", "-q", "-o", f"{name}.json", "--preset", name, *padded, corpus))
        check(summary["n_custom_tokens"] > 0 or "custom-tokens" not in options, f"{name}: custom tokens")
        equal(summary["n_special_tokens"], len(options["special-token"]), name)
        if "pad-to" in options and not padded:
            size = summary["vocab_size"]
            equal(size & (size - 1), 0, f"{name}: a power of two")
        file = json.loads(t.read(f"{name}.json"))
        if "random-chunks" in options or "random-whitespace" in options:
            equal(file["pre_tokenizer"]["type"], "ByteLevel", name)
            equal(file["pre_tokenizer"]["use_regex"], False, name)
        same_as_hugging_face(t, f"{name}.json", LEGAL[:600] + TEXT[:300])
        equal(t.ok("train", "--json", "-q", "-o", "again.json", "-f", "-j1", "--preset", path, *padded, corpus) != b"",
              True)
        equal(t.read("again.json"), t.read(f"{name}.json"), f"{name}: by path, one thread")


@test
def the_command_line_counts_before_the_preset(t):
    corpus = t.write("corpus.txt", LEGAL)
    t.write("lists/words.txt", "habeas corpus\n\u00a7 362\n")
    t.write("own.json", json.dumps({"description": "d", "options": {
        "vocab-size": 300, "custom-tokens": ["lists/words.txt"], "special-token": ["<s>"], "custom-single-word": True,
        "normalizer": "nfc"}}))
    summary = json.loads(t.ok("train", "--json", "-o", "a.json", "--preset", "own.json", "--vocab_size", 310,
                              "--special-token", "</s>", "--custom-token", "Civ. P.", corpus))
    equal((summary["vocab_size"], summary["n_special_tokens"], summary["n_custom_tokens"]), (310, 2, 3))
    file = json.loads(t.read("a.json"))
    equal([x["content"] for x in file["added_tokens"]], ["<s>", "</s>", "Civ. P.", "habeas corpus", "\u00a7 362"])
    equal([x["single_word"] for x in file["added_tokens"]], [False, False, True, True, True])
    equal([x["id"] for x in file["added_tokens"]], [0, 1, 307, 308, 309])
    same_as_hugging_face(t, "a.json", LEGAL[:300])


@test
def presets_that_are_none(t):
    corpus = t.corpus()
    t.fails(2, ["train", "-o", "out.json", "--preset", "kl3m-lagel", corpus], "kl3m-lagel", "kl3m-legal")
    t.fails(1, ["train", "-o", "out.json", "--preset", "absent.json", corpus], "absent.json")
    for content, place in [('{"options": {"vocab-size": 3', "JSON"), ('{"optoins": {}}', "optoins"),
                           ('{"options": {"preset": "x"}}', "options.preset"), ('[]', "an object"),
                           ('{"options": {"vocab-size": null}}', "vocab-size"),
                           ('{"options": {"--vocab-size": 5}}', "hyphens"),
                           ('{"options": {"output": "other.json"}}', "options.output"),
                           ('{"options": {"force": true}}', "options.force"),
                           ('{"options": {"counts": "x.tsv"}}', "options.counts"),
                           ('{"options": {"": "corpus.txt"}}', "no name of an option"),
                           ('{"options": {"output=other.json": true}}', "no name of an option"),
                           ('{"options": {"special-token": [["<s>"]]}}', "options.special-token[0]"),
                           ('{"options": {"special-token": [{"a": 1}]}}', "options.special-token[0]"),
                           ('{"options": {"vocab-size": 1e300}}', "options.vocab-size"),
                           ('{"options": ' + '{"a":' * 5000 + "1" + "}" * 5001, "p.json")]:
        t.write("p.json", content)
        t.fails(1, ["train", "-o", "out.json", "--preset", "p.json", corpus], "p.json", place)
    t.write("p.json", '{"options": {"vocab-sise": 5}}')
    t.fails(2, ["train", "-o", "out.json", "--preset", "p.json", corpus], "p.json", "--vocab-sise", "--vocab-size")
    for value in ("-5", "0", "1.5", '"x"', "true", "100000000000000000000"):
        t.write("p.json", '{"options": {"vocab-size": %s}}' % value)
        done = t.run("train", "-o", "out.json", "--preset", "p.json", corpus)
        check(done.returncode in (1, 2) and b"p.json" in done.stderr and not os.path.exists(t.path("out.json")),
              f"{value}: {done.stderr}")
    t.write("p.json", '{"options": {"custom-tokens": "absent.txt"}}')
    t.fails(1, ["train", "-o", "out.json", "--preset", "p.json", corpus], "absent.txt")


@test
def values_of_presets_that_look_like_options(t):
    tokens = ["--force", "-o", "--", "[INST]", '["a","b"]', "a,b", "'q'", '"', "{}", " x ", "a=b", "\n\n"]
    corpus = t.corpus()
    t.write("p.json", json.dumps({"options": {"special_token": tokens, "random-chunks": "2-9", "vocab-size": 300.0,
                                              "seed": 2**64 - 1, "custom-single-word": False}}))
    t.ok("train", "-q", "-o", "a.json", "--preset", "p.json", corpus)
    equal([x["content"] for x in json.loads(t.read("a.json"))["added_tokens"]], tokens)
    t.ok("train", "-q", "-o", "b.json", *[f"--special-token={x}" for x in tokens], "--random-chunks", "2-9",
         "--vocab-size", 300, "--seed", 2**64 - 1, corpus)
    equal(t.read("b.json"), t.read("a.json"))


@test
def names_of_pretokenizers_that_are_cut(t):
    corpus = t.corpus()
    t.ok("train", "-q", "-o", "a.json", "--vocab-size", 300, "--pretokenizer", "whitespace", "--max-pretoken-length", 3,
         corpus)
    tokens = json.loads(t.read("a.json"))["model"]["vocab"]
    check("\u0120" not in tokens and set(tokens) & set(TEXT), "characters, as without a length")
    check(max(map(len, tokens)) <= 3, "no token is longer")
    same_as_hugging_face(t, "a.json", "".join(c for c in TEXT[:300]))
    t.fails(2, ["train", "-o", "x.json", "--pretokenizer", "script-aware", "--max-pretoken-length", 3, corpus],
            "script-aware", ".tiktoken")


@test
def from_counts(t):
    corpus = t.write("corpus.txt", LEGAL + TEXT)
    cut = ["--max-pretoken-length", 3, "--normalizer", "nfkc"]
    t.ok("count", "-q", "-o", "cut.tsv", *cut, corpus)
    t.ok("train", "-q", "-o", "a.json", "--vocab-size", 400, *cut, corpus)
    t.ok("train", "-q", "-o", "b.json", "--vocab-size", 400, *cut, "--counts", "cut.tsv")
    equal(t.read("b.json"), t.read("a.json"))
    t.ok("count", "-q", "-o", "words.tsv", corpus)  # characters are taken from words
    t.ok("train", "-q", "-o", "c.json", "--model", "characters", corpus)
    t.ok("train", "-q", "-o", "d.json", "--model", "characters", "--counts", "words.tsv")
    equal(t.read("d.json"), t.read("c.json"))


@test
def custom_tokens_that_cannot_be(t):
    corpus = t.corpus()
    t.fails(2, ["train", "-o", "out.json", "--custom-token", "\u200b x", "--custom-token", " ", "--normalizer", "strip",
                corpus], "strip", "leaves nothing")
    for normalizer in ("strip", "bert", "nfkc+strip"):  # of white space nothing, or something else, is left
        t.fails(2, ["train", "-o", "x.json", "--pad-to", "power-of-two", "--normalizer", normalizer, corpus], "--pad-to",
                normalizer)
    done = t.run("train", "--json", "-o", "out.json", "--vocab-size", 300, "--custom-token", "\u00a7", corpus)
    check(b"byte alphabet" in done.stderr and json.loads(done.stdout)["n_custom_tokens"] == 0, done.stderr)
    t.fails(2, ["train", "-o", "x.json", "--model", "characters", "--custom-single-word", corpus], "--custom-single-word")
    t.fails(2, ["train", "-o", "x.json", "--custom-single-word", corpus], "--custom-single-word", "--custom-token")
    t.write("marked.txt", b"\xef\xbb\xbfhabeas corpus\r\n ipso facto\r\n")
    t.ok("train", "-q", "-o", "m.json", "--vocab-size", 300, "--custom-tokens", "marked.txt", corpus)
    equal([x["content"] for x in json.loads(t.read("m.json"))["added_tokens"]], ["habeas corpus", " ipso facto"])


@test
def custom_tokens_that_are_none(t):
    corpus = t.corpus()
    t.write("e.txt", "\n\n")
    t.write("l.json", '["a", ""]')
    t.write("b.txt", b"\xff\n")
    t.fails(1, ["train", "-o", "out.json", "--custom-tokens", "e.txt", corpus], "e.txt", "no tokens")
    t.fails(1, ["train", "-o", "out.json", "--custom-tokens", "l.json", corpus], "l.json", "[1]", "empty")
    t.fails(1, ["train", "-o", "out.json", "--custom-tokens", "b.txt", corpus], "b.txt:1", "UTF-8")
    t.fails(2, ["train", "-o", "out.json", "--custom-token", "", corpus], "empty")
    t.fails(2, ["train", "-o", "out.json", "--special-token", "", corpus], "empty")
    t.fails(1, ["train", "-o", "out.json", "--vocab-size", 300, "--pad-to", 90000, corpus], "padding")
    t.fails(2, ["train", "-o", "out.json", "--pad-to", "x", corpus], "--pad-to")


@test
def random_splits(t):
    corpus = t.write("corpus.txt", LEGAL + TEXT)
    for options in (["--random-chunks", "2-12"], ["--random-chunks", "4-5:.044,6-7:.091"], ["--random-whitespace", "0.3"]):
        t.ok("train", "-q", "-o", "a.json", "--vocab-size", 600, "-j2", *options, corpus)
        t.ok("train", "-q", "-o", "b.json", "--vocab-size", 600, "-j1", *options, corpus)
        t.ok("train", "-q", "-o", "c.json", "--vocab-size", 600, "--seed", 1, *options, corpus)
        equal(t.read("a.json"), t.read("b.json"), "threads")
        check(t.read("a.json") != t.read("c.json"), "the seed")
        check(any(" " in token.replace("\u0120", " ").strip() for token in json.loads(t.read("a.json"))["model"]["vocab"]),
              "a token of two words")
        same_as_hugging_face(t, "a.json", LEGAL[:400] + TEXT[:200])
        text = LEGAL[:400].encode() + b"\xff\xfe \n"
        equal(t.ok("decode", "-t", "a.json", "--separator", "",
                   stdin=t.ok("encode", "-q", "-t", "a.json", "--documents", "file", stdin=text)), text)
        for name in "abc":
            os.remove(t.path(f"{name}.json"))
    for wrong in (["--random-chunks", "5-3"], ["--random-chunks", "0"], ["--random-chunks", "2-"],
                  ["--random-chunks", "2-5:x"], ["--random-whitespace", "1.5"], ["--seed", "3"],
                  ["--random-chunks", "2-3", "--random-whitespace", "0.5"],
                  ["--random-chunks", "2-3", "--pretokenizer", "gpt2"],
                  ["--random-chunks", "2-3", "--model", "superbpe"]):
        t.fails(2, ["train", "-o", "out.json", *wrong, corpus], wrong[0])


@test
def characters(t):
    corpus = t.corpus()
    text = TEXT[:400] + "e\u0301 \U0001f468\u200d\U0001f469 \uac00\n"
    for unit in ("bytes", "code-points", "graphemes"):
        summary = json.loads(t.ok("train", "--json", "-o", f"{unit}.json", "--model", "characters", "--pretokenizer", unit,
                                  "--special-token", "<s>", corpus))
        equal(summary["characters_covered"], 1, unit)
        check(summary["vocab_size"] > 257 or unit == "bytes", unit)
        same_as_hugging_face(t, f"{unit}.json", text)
        t.ok("count", "-q", "-o", "counts.tsv", "-f", "--pretokenizer", unit, corpus)
        t.ok("train", "-q", "-o", "again.json", "-f", "--model", "characters", "--pretokenizer", unit,
             "--special-token", "<s>", "--counts", "counts.tsv")
        equal(t.read("again.json"), t.read(f"{unit}.json"), "from counts")
    line = "\u4e2d\u6587 x"
    equal([len(i) for i in ids(t, "code-points.json", line)], [4])
    equal([len(i) for i in ids(t, "bytes.json", line)], [8])
    t.ok("train", "-q", "-o", "all.json", "--model", "characters", "--initial-alphabet", "complete")
    equal([len(i) for i in ids(t, "all.json", "\U0010ffff\ua000x")], [3])
    for wrong in (["--pretokenizer", "gpt2"], ["--custom-token", "x"], ["--initial-alphabet", "complete"],
                  ["--initial-alphabet", "complete", "--pretokenizer", "graphemes"], ["--max-token-length", "3"]):
        t.fails(2, ["train", "-o", "out.json", "--model", "characters", *wrong, corpus], wrong[0])
    t.fails(2, ["train", "-o", "out.json", "--initial-alphabet", "complete", corpus], "characters")


@test
def a_wrong_character_moves_no_boundary_beyond_its_piece(t):
    corpus = t.write("corpus.txt", "".join(random.Random(1).choice(LEGAL.split()) + " " for _ in range(20000)))
    t.ok("train", "-q", "-o", "a.json", "--vocab-size", 400, "--max-pretoken-length", 3, "--max-token-length", 4, corpus)
    same_as_hugging_face(t, "a.json", LEGAL[:300])
    clean = "jurisdiction notwithstanding"

    def boundaries(text):
        done = json.loads(t.ok("encode", "-q", "-t", "a.json", "--output-format", "json", "--offsets",
                               stdin=text.encode()))
        return {end for _, end in done["offsets"]}

    for place in range(len(clean)):
        if clean[place] == " ":
            continue
        wrong = clean[:place] + "q" + clean[place + 1:]
        begin = clean.rfind(" ", 0, place)  # the space belongs to the word
        first = max(begin, 0) + (place - max(begin, 0)) // 3 * 3
        piece = set(range(first + 1, first + 3))
        equal(boundaries(clean) - piece, boundaries(wrong) - piece, wrong)


if __name__ == "__main__":
    cli.main()
