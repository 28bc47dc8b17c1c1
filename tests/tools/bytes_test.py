#!/usr/bin/env python3
"""Tests of the command line: bytes next, score, sample and fill. See cli.py."""

import json
import math
import re

import cli
from cli import TEXT, check, equal, test


def close(left, right, tolerance):
    check(abs(left - right) <= tolerance, f"{left} is not {right}")


def models(t, *options, text=TEXT * 4):
    """An n-gram model and its tokenizer, as arguments."""
    tokenizer = t.tokenizer()
    t.write("text.txt", text)
    t.ok("lm", "train", "-t", tokenizer, "-o", "m.lm", "--force", "--documents", "line", *options, "text.txt")
    return ["--lm", "m.lm", "-t", tokenizer]


def after(t, which, text, *options):
    """The probabilities of all bytes and of the end; leak."""
    t.write("prompt", text)
    told = json.loads(t.ok("bytes", "next", *which, *options, "--json", "prompt"))
    equal(len(told["log_probabilities"]), 256)
    return [math.exp(x) for x in told["log_probabilities"]], math.exp(told["stop"]), told["leak"]


def score(t, which, text, *options):
    t.write("scored", text)
    return json.loads(t.ok("bytes", "score", *which, *options, "--json", "scored"))


@test
def next_bytes_sum_to_one_and_multiply_to_the_score(t):
    which = models(t)
    for law in (["--law", "valid"], ["--law", "native", "--most-covers", 100000]):
        text = "The quick br"
        log_p = 0.0
        for i in range(len(text) + 1):
            p, stop, leak = after(t, which, text[:i], *law)
            close(sum(p) + stop + leak, 1, 1e-9)
            if i < len(text):
                log_p += math.log(p[ord(text[i])])
        told = score(t, which, text, "--no-end", *law)
        equal(told["bytes"], len(text))
        close(told["log_probability"], log_p, 1e-8)
        close(told["bits_per_byte"], -log_p / math.log(2) / len(text), 1e-8)
        close(score(t, which, text, *law)["log_probability"], log_p + math.log(stop), 1e-8)


@test
def with_its_end_a_text_costs_what_its_tokens_do(t):
    which = models(t)
    for text in (TEXT, "", "caf\u00e9 \u4e2d \U0001f999\n\n  x", "a" * 5000):
        told = score(t, which, text)
        t.write("scored", text)
        tokens = json.loads(t.ok("lm", "score", *which, "--json", "scored"))
        close(told["log_probability"], tokens["log_probability"], 1e-7 * max(1, len(text)))
        check(told["model_evaluations"] <= told["bytes"] + 1, "evaluations a byte")
    # All tokenizations are more probable than one.
    native = score(t, which, "The quick", "--law", "native")["log_probability"]
    check(native >= score(t, which, "The quick")["log_probability"], "the native law")


@test
def special_tokens_are_tokens_or_text(t):
    which = models(t)
    end = next(x["content"] for x in json.loads(t.read("tokenizer.json"))["added_tokens"])
    as_token = score(t, which, f"The{end}quick")["log_probability"]
    as_text = score(t, which, f"The{end}quick", "--allowed-special", "none")["log_probability"]
    check(as_token > as_text + 5, "a special token is one token")
    t.write("scored", f"The{end}quick")
    t.fails(1, ["bytes", "score", *which, "--allowed-special", "raise", "scored"], "special token")


@test
def prompts_that_are_no_text(t):
    which = models(t)
    for prompt in (b"", b"\xe2", b"\xe2\x82", b"\xff\xfe", b"\x00", b"  \n\n "):
        p, stop, leak = after(t, which, prompt)
        close(sum(p) + stop + leak, 1, 1e-9)
    p, _, _ = after(t, which, "x")
    told = json.loads(t.ok("bytes", "next", *which, "--json", "--prompt", "x"))
    close(math.exp(told["log_probabilities"][ord("y")]), p[ord("y")], 1e-12)


@test
def samples_are_drawn_again_and_obey(t):
    which = models(t)
    one = t.ok("bytes", "sample", *which, "--prompt", "The qu", "--seed", 5, "-n", 3, "--max-bytes", 20)
    equal(one, t.ok("bytes", "sample", *which, "--prompt", "The qu", "--seed", 5, "-n", 3, "--max-bytes", 20))
    drawn = {t.ok("bytes", "sample", *which, "--prompt", "", "--seed", seed, "-n", 5) for seed in range(3)}
    equal(len(drawn), 3, "seeds")
    rows = [json.loads(x) for x in t.ok("bytes", "sample", *which, "--prompt", "In ", "--regex", "[12][0-9]{3}", "-n", 20,
                                        "--json").splitlines()]
    equal(len(rows), 20)
    for row in rows:
        check(re.fullmatch("[12][0-9]{3}", row["text"]), row["text"])
        check(row["accepted"] and row["log_weight"] < 0, "weights")
    for row in t.ok("bytes", "sample", *which, "--constrain", "json", "-n", 5, "--max-bytes", 30, "--json",
                    "--prompt", "").splitlines():
        row = json.loads(row)
        if row["accepted"]:
            json.loads(row["text"])
    greedy = t.ok("bytes", "sample", *which, "--prompt", "The quick br", "--greedy", "--max-bytes", 3)
    p, _, _ = after(t, which, "The quick br")
    equal(greedy[0], max(range(256), key=lambda b: p[b]))
    t.ok("bytes", "sample", *which, "--prompt", "The qu", "--by-tokens", "-n", 3)
    t.fails(2, ["bytes", "sample", *which, "--prompt", "The qu", "--by-tokens", "--greedy"])


@test
def the_middle_is_filled_in(t):
    which = models(t)
    row = json.loads(t.ok("bytes", "fill", *which, "--prefix", "The qui", "--suffix", "own fox", "--max-bytes", 8,
                          "--candidates", 4, "--json"))
    check(len(row["text"].encode()) <= 8, row)
    t.fails(2, ["bytes", "fill", *which, "--prefix", "a", "--prefix-file", "text.txt"])
    t.fails(2, ["bytes", "fill", *which, "--prefix", "a", "--fill-tokens", "<a>,<b>"])


@test
def a_model_with_itself_is_itself(t):
    which = models(t)
    for mixture in ("linear", "log-linear"):
        p, stop, _ = after(t, which * 2, "The qu", "--mixture", mixture)
        own, own_stop, leak = after(t, which, "The qu")
        for a, b in zip([*p, stop], [*own, own_stop]):
            close(a, b / (1 - leak), 1e-9)
    t.fails(1, ["bytes", "next", *which, *which, "--weights", "1,-1", "--prompt", "x"])
    t.fails(2, ["bytes", "next", *which, "--lm", "m.lm", "--prompt", "x"])


@test
def errors_have_names(t):
    which = models(t)
    t.write("other.txt", "zebra crossing " * 50)
    t.ok("train", "--vocab-size", 300, "-o", "other.json", "--force", "other.txt", "-q")
    t.fails(1, ["bytes", "next", "--lm", "m.lm", "-t", "other.json", "--prompt", "x"], "m.lm")
    t.write("cut.lm", t.read("m.lm")[:1000])
    t.fails(1, ["bytes", "next", "--lm", "cut.lm", "-t", "tokenizer.json", "--prompt", "x"], "cut.lm")
    t.write("cut.gguf", b"GGUF\x03\x00\x00\x00")
    t.fails(1, ["bytes", "next", "--lm", "cut.gguf", "-t", "tokenizer.json", "--prompt", "x"], "cut.gguf")
    t.fails(2, ["bytes", "guess"])
    t.fails(2, ["bytes"])
    t.fails(2, ["bytes", "next", "--lm", "m.lm", "--prompt", "x"])


cli.main()
