#!/usr/bin/env python3
"""Tests of the command line: what encode does after the model, with pairs of texts and padding. See cli.py.

Expected values are worked out by hand from the tokenizer below; where there is the Python package tokenizers, the same
calls are compared with it as well.
"""

import json
import pathlib
import sys

import cli
from cli import Skip, check, equal, test

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import peer_package  # noqa: E402

tokenizers = peer_package.or_none("tokenizers")
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "d"]


def tokenizer(padding=None, truncation=None, post_processor=True):
    """Words of one letter; [CLS] a [SEP] b [SEP] with type ids 0 and 1, as BERT has it."""
    part = lambda kind, name, type_id: {kind: {"id": name, "type_id": type_id}}
    template = {
        "type": "TemplateProcessing",
        "single": [part("SpecialToken", "[CLS]", 0), part("Sequence", "A", 0), part("SpecialToken", "[SEP]", 0)],
        "pair": [part("SpecialToken", "[CLS]", 0), part("Sequence", "A", 0), part("SpecialToken", "[SEP]", 0),
                 part("Sequence", "B", 1), part("SpecialToken", "[SEP]", 1)],
        "special_tokens": {name: {"id": name, "ids": [WORDS.index(name)], "tokens": [name]} for name in ["[CLS]", "[SEP]"]},
    }
    return {
        "version": "1.0", "truncation": truncation, "padding": padding,
        "added_tokens": [{"id": i, "content": WORDS[i], "single_word": False, "lstrip": False, "rstrip": False,
                          "normalized": False, "special": True} for i in range(4)],
        "normalizer": None, "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": template if post_processor else None, "decoder": None,
        "model": {"type": "WordLevel", "vocab": {word: i for i, word in enumerate(WORDS)}, "unk_token": "[UNK]"},
    }


def padding(strategy, **more):
    return {"strategy": strategy, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0,
            "pad_token": "[PAD]"} | more


def ok(t, settings, *args, stdin=""):
    path = t.write("tokenizer.json", json.dumps(settings))
    return t.ok("encode", "-q", "-t", path, *args, stdin=stdin.encode()).decode()


def fails(t, code, settings, *args, stdin="", says=""):
    path = t.write("tokenizer.json", json.dumps(settings))
    t.fails(code, ["encode", "-q", "-t", path, *args], says, stdin=stdin.encode())


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


@test
def pairs_by_tab(t):
    text = "a b\tc\n\td\nc\t\n"
    equal(ok(t, tokenizer(), "--pairs", "tab", stdin=text), "4 5 6\n7\n6\n")
    equal(ok(t, tokenizer(), "--pairs", "tab", "--add-special-tokens", stdin=text), "2 4 5 3 6 3\n2 3 7 3\n2 6 3 3\n")
    rows = objects(ok(t, tokenizer(), "--pairs", "tab", "--add-special-tokens", "--json", stdin=text))
    equal([row["type_ids"] for row in rows], [[0, 0, 0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]])
    equal(rows[0]["pieces"], ["[CLS]", "a", "b", "[SEP]", "c", "[SEP]"])
    # Only the first tab parts; without a post-processor texts follow one another.
    equal(ok(t, tokenizer(), "--pairs", "tab", stdin="a\tb\tc\n"), "4 5 6\n")
    rows = objects(ok(t, tokenizer(post_processor=False), "--pairs", "tab", "--json", stdin="a\tb c\n"))
    equal((rows[0]["ids"], rows[0]["type_ids"]), ([4, 5, 6], [0, 1, 1]))
    equal(ok(t, tokenizer(), "--pairs", "tab", "--count", "--add-special-tokens", stdin=text), "6\n4\n4\n")


@test
def pairs_in_json_lines(t):
    text = '{"q": "a", "p": "b c"}\n\n{"p": "d", "q": ""}\n'
    options = ["--text-field", "q", "--pair-field", "p", "--add-special-tokens"]
    equal(ok(t, tokenizer(), *options, stdin=text), "2 4 3 5 6 3\n2 3 7 3\n")
    equal(ok(t, tokenizer(), *options, "--documents", "jsonl", stdin=text), "2 4 3 5 6 3\n2 3 7 3\n")
    many = "".join(json.dumps({"q": "abcd"[i % 4], "p": " ".join("abcd"[: i % 5])}) + "\n" for i in range(3000))
    expected = "".join(" ".join(map(str, [2, 4 + i % 4, 3, *[4, 5, 6, 7][: i % 5], 3])) + "\n" for i in range(3000))
    equal(ok(t, tokenizer(), *options, stdin=many), expected)


@test
def pair_errors(t):
    fails(t, 1, tokenizer(), "--pairs", "tab", stdin="a\tb\nc\n", says="document 2: there is no tab")
    for line, says in [('{"text": "a"}', 'there is no field "p"'), ('{"p": "a"}', 'there is no field "text"'),
                       ('{"text": "a", "p": 1}', 'the field "p" is not a string'), ("{", "it is not JSON")]:
        fails(t, 1, tokenizer(), "--pair-field", "p", stdin='{"text": "a", "p": "b"}\n' + line + "\n", says="document 2: " + says)
    fails(t, 2, tokenizer(), "--pair-field", "p", "--pairs", "tab", says="--pair-field")
    fails(t, 2, tokenizer(), "--pair-field", "p", "--documents", "line", says="--documents jsonl")
    fails(t, 2, tokenizer(), "--pairs", "comma", says="comma")
    fails(t, 2, tokenizer(), "--pairs", "tab", "--json", "--offsets", says="--offsets")


@test
def pairs_are_truncated(t):
    settings = tokenizer(truncation={"direction": "Right", "max_length": 6, "strategy": "LongestFirst", "stride": 0})
    equal(ok(t, settings, "--pairs", "tab", "--add-special-tokens", "--truncate", stdin="a b c d\ta b\n"), "2 4 5 3 4 3\n")
    equal(ok(t, settings, "--pairs", "tab", "--add-special-tokens", stdin="a b c d\ta b\n"), "2 4 5 6 7 3 4 5 3\n")


@test
def padding_to_the_longest(t):
    settings = tokenizer(padding=padding("BatchLongest"))
    equal(ok(t, settings, "--pad", stdin="a\na b c\n\n"), "4 0 0\n4 5 6\n0 0 0\n")
    equal(ok(t, settings, stdin="a\na b c\n"), "4\n4 5 6\n")
    rows = objects(ok(t, settings, "--pad", "--json", "--add-special-tokens", stdin="a\na b\n"))
    equal([row["ids"] for row in rows], [[2, 4, 3, 0], [2, 4, 5, 3]])
    equal([row["attention_mask"] for row in rows], [[1, 1, 1, 0], [1, 1, 1, 1]])
    left = tokenizer(padding=padding("BatchLongest", direction="Left", pad_id=7, pad_to_multiple_of=4, pad_type_id=5))
    equal(ok(t, left, "--pad", stdin="a\na b c\n"), "7 7 7 4\n7 4 5 6\n")
    rows = objects(ok(t, left, "--pad", "--json", "--pairs", "tab", "--add-special-tokens", stdin="a\tb\n"))
    equal((rows[0]["ids"], rows[0]["type_ids"]), ([7, 7, 7, 2, 4, 3, 5, 3], [5, 5, 5, 0, 0, 0, 1, 1]))
    # All inputs are one batch, whatever the number of threads.
    text = "".join("a " * (i % 7) + "\n" for i in range(5000))
    expected = "".join(" ".join(["4"] * (i % 7) + ["0"] * (6 - i % 7)) + "\n" for i in range(5000))
    for threads in "1", "4":
        equal(ok(t, settings, "--pad", "-j", threads, stdin=text), expected)
    equal(ok(t, settings, "--pad", "--count", stdin="a\na b c\n"), "3\n3\n")
    equal(json.loads(ok(t, settings, "--pad", "--count", "--json", stdin="a\na b c\n")), {"documents": 2, "tokens": 6, "bytes": 6})
    equal(ok(t, settings, "--pad", stdin=""), "")


@test
def padding_to_a_length(t):
    for settings in tokenizer(padding=padding("BatchLongest")), tokenizer(padding=padding({"Fixed": 9})):
        equal(ok(t, settings, "--pad", "--pad-to", "2", stdin="a\na b c\n"), "4 0\n4 5 6\n")
    multiple = tokenizer(padding=padding("BatchLongest", pad_to_multiple_of=3))
    equal(ok(t, multiple, "--pad", "--pad-to", "2", stdin="a\n"), "4 0 0\n")
    fails(t, 2, tokenizer(), "--pad", "--pad-to", "2", says="no settings of padding")
    fails(t, 2, tokenizer(padding=padding("BatchLongest")), "--pad-to", "2", says="--pad")
    fails(t, 1, tokenizer(padding=padding("BatchLongest")), "--pad", "--pad-to", "999999999", stdin="a\n", says="too large")


@test
def as_the_package_tokenizers(t):
    if tokenizers is None:
        raise Skip("the Python package tokenizers is not installed")
    texts = [("a b c", "d"), ("", "a"), ("b x", "c c c c"), ("d", "")]
    for settings in [
        tokenizer(padding=padding("BatchLongest")),
        tokenizer(padding=padding("BatchLongest", direction="Left", pad_type_id=3, pad_to_multiple_of=5)),
        tokenizer(padding=padding({"Fixed": 7}), truncation={"direction": "Left", "max_length": 6, "strategy": "OnlySecond", "stride": 1}),
        tokenizer(padding=padding("BatchLongest"), truncation={"direction": "Right", "max_length": 5, "strategy": "LongestFirst", "stride": 0}),
        tokenizer(padding=padding("BatchLongest"), post_processor=False),
    ]:
        reference = tokenizers.Tokenizer.from_str(json.dumps(settings))
        options = ["--pad", "--json"] + (["--truncate"] if settings["truncation"] else [])
        for framed in False, True:
            pairs = "".join(f"{a}\t{b}\n" for a, b in texts)
            singles = "".join(f"{a}\n" for a, _ in texts)
            for batch, stdin, more in [(texts, pairs, ["--pairs", "tab"]), ([a for a, _ in texts], singles, [])]:
                if framed:
                    more = [*more, "--add-special-tokens"]
                try:
                    wanted = reference.encode_batch(batch, add_special_tokens=framed)
                except Exception:  # a text too short for OnlySecond
                    path = t.write("tokenizer.json", json.dumps(settings))
                    done = t.run("encode", "-q", "-t", path, *options, *more, stdin=stdin.encode())
                    check(done.returncode == 1, f"exit code {done.returncode}")
                    continue
                rows = objects(ok(t, settings, *options, *more, stdin=stdin))
                equal([row["ids"] for row in rows], [e.ids for e in wanted])
                equal([row["attention_mask"] for row in rows], [e.attention_mask for e in wanted])
                if "--pairs" in more:
                    equal([row["type_ids"] for row in rows], [e.type_ids for e in wanted])


if __name__ == "__main__":
    cli.main()
