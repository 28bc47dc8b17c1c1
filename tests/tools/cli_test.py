#!/usr/bin/env python3
"""Tests of the command line: tests/tools/cli_test.py PROGRAM [--long] [NAME...]

Prints a line for each test and closes with `N passed, N failed, N skipped`. Needs nothing but Python: what it reads it
makes itself, tokenizers with the program under test. NAME picks the tests whose names contain it.
"""

import base64
import gzip
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

TESTS = []
TEXT = ("The quick brown fox jumps over the lazy dog. It's a test, isn't it?  Two spaces\tand a tab.\n"
        "Der schnelle braune Fuchs \u00e4\u00f6\u00fc\u00df springt; 12345 numbers 67890!\n"
        "\u4e2d\u6587\u5b57\u7b26 \u0440\u0443\u0441\u0441\u043a\u0438\u0439 \u0442\u0435\u043a\u0441\u0442 \U0001f999\n") * 40


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def test(function):
    TESTS.append(function)
    return function


def check(condition, what):
    if not condition:
        raise Failure(what)


def equal(left, right, what=""):
    if left != right:
        raise Failure(f"{what}: {str(left)[:300]!r} is not {str(right)[:300]!r}")


class Place:
    """A folder of its own for each test, and the program."""

    shared = {}

    def __init__(self, program, folder, long):
        self.program, self.folder, self.long = program, folder, long

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return path

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def run(self, *args, stdin=b"", **options):
        return subprocess.run([self.program, *map(str, args)], input=stdin, capture_output=True, cwd=self.folder,
                              timeout=300, **options)

    def ok(self, *args, stdin=b""):
        """Runs, expects exit code 0, returns standard output."""
        done = self.run(*args, stdin=stdin)
        check(done.returncode == 0, f"{args}: exit code {done.returncode}, {done.stderr[:500]!r}")
        return done.stdout

    def fails(self, code, args, *places, stdin=b"", absent="out"):
        """Expects an exit code, one line on standard error that names the places, and no output file."""
        before = sorted(os.listdir(self.folder))
        done = self.run(*args, stdin=stdin)
        error = done.stderr.decode()
        check(done.returncode == code, f"{args}: exit code {done.returncode}, not {code}: {error[:500]!r}")
        check(error.endswith("\n") and error.count("\n") == 1, f"{args}: not one line: {error[:600]!r}")
        verb = f"tessera {args[0]}: " if args and not args[0].startswith("-") else "tessera: "
        check(error.startswith(verb) or error.startswith("tessera: "), f"{args}: {error!r}")
        for place in places:
            check(place in error, f"{args}: {place!r} is not in {error!r}")
        check(len(error) < 1500, f"{args}: the line has {len(error)} bytes")
        equal(sorted(os.listdir(self.folder)), before, f"{args}: files left")
        return error

    def tokenizer(self):
        """A small tokenizer.json, trained once."""
        if "json" not in Place.shared:
            corpus = self.write("training/corpus.txt", TEXT)
            out = self.path("training/tokenizer.json")
            self.ok("train", "-o", out, "--vocab-size", 380, "--special-token", "<|endoftext|>", corpus)
            with open(out, encoding="utf-8") as file:
                Place.shared["json"] = file.read()
            shutil.rmtree(self.path("training"))
        return self.write("tokenizer.json", Place.shared["json"])

    def corpus(self):
        return self.write("corpus.txt", TEXT)


# ---- help, version, mistakes -----------------------------------------------------------------------------------------

VERBS = ["train", "count", "merge-counts", "encode", "decode", "inspect", "convert", "compare"]


@test
def help_lists_the_verbs(t):
    text = t.ok("--help").decode()
    for verb in VERBS:
        check(re.search(rf"^  {verb} ", text, re.M), f"{verb} is not listed")
    for verb in ["verify", "transplant", "mixture"]:
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
    for name in ["gpt2", "cl100k", "o200k", "llama3", "qwen2", "whitespace", "bytes"]:
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
    t.fails(2, ["train", "-o", "out.json", "--model", "unigram", corpus], "not in this version", "bpe")
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


# ---- train, count, merge-counts --------------------------------------------------------------------------------------


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
def a_vocabulary_that_cannot_be_reached_is_a_warning(t):
    done = t.run("train", "-o", "out.json", "--vocab-size", 5000, t.write("small.txt", "aaa bbb\n"))
    equal(done.returncode, 0)
    check(b"warning" in done.stderr and b"no pair" in done.stderr, done.stderr)
    done = t.run("train", "--quiet", "-o", "out2.json", "--vocab-size", 5000, "small.txt")
    equal((done.returncode, done.stdout, done.stderr), (0, b"", b""), "quiet")


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


@test
def jsonl_and_documents(t):
    t.write("a.jsonl", '{"text": "a b"}\n{"text": "c\\nd", "other": 1}\n')
    t.write("b.jsonl", '{"body": "a b"}\n')
    tokenizer = t.tokenizer()
    equal(len(t.ok("encode", "-t", tokenizer, "a.jsonl").splitlines()), 2)
    equal(t.ok("encode", "-t", tokenizer, "--text-field", "body", "b.jsonl"),
          t.ok("encode", "-t", tokenizer, stdin=b"a b\n"))
    t.fails(1, ["encode", "-t", tokenizer, "b.jsonl"], "b.jsonl", "text")
    t.fails(1, ["encode", "-t", tokenizer, t.write("c.jsonl", '{"text": "x"}\n{"text": \n')], "c.jsonl:2")
    equal(len(t.ok("encode", "-t", tokenizer, "--documents", "nul", stdin=b"a\0b\n\0c").splitlines()), 3)
    equal(len(t.ok("encode", "-t", tokenizer, "--documents", "file", stdin=b"a\nb\n").splitlines()), 1)
    equal(len(t.ok("encode", "-t", tokenizer, "--documents", "line", stdin=b"a\n\nb").splitlines()), 3)


@test
def bad_training_input(t):
    t.fails(1, ["train", "-o", "out.json"], "standard input", "no text")
    t.fails(1, ["train", "-o", "out.json", t.write("empty.txt", "")], "empty.txt", "no text")
    corpus = t.corpus()
    t.fails(1, ["train", "-o", "out.json", "--vocab-size", "100", corpus], "256")
    t.fails(1, ["train", "-o", "out.json", "--vocab-size", "256", "--special-token", "<s>", corpus], "257")
    t.fails(1, ["train", "-o", "out.json", "absent.txt"], "absent.txt", "No such file")
    t.fails(1, ["train", "-o", "absent/out.json", corpus], "absent/out.json", "no folder")
    t.fails(1, ["train", "-o", "corpus.txt/out.json", corpus], "corpus.txt/out.json")
    os.mkdir(t.path("dir.json"))
    t.fails(1, ["train", "-o", "dir.json", corpus], "dir.json", "directory")
    t.fails(1, ["train", "--counts", t.write("empty.tsv", ""), "-o", "out.json"], "empty.tsv")
    t.fails(1, ["train", "-o", "out.json", t.write("broken.txt.gz", b"\x1f\x8b\x08garbage")], "broken.txt.gz")


@test
def an_unwritable_output(t):
    if os.geteuid() == 0:
        path = "/proc/out.json"  # root may write everywhere else
        if not os.path.isdir("/proc"):
            raise Skip("no folder that root cannot write to")
    else:
        os.mkdir(t.path("locked"), 0o555)
        path = "locked/out.json"
    t.fails(1, ["train", "-o", path, t.corpus()], path)
    t.fails(1, ["count", "-o", path + ".tsv", t.corpus()], path)
    t.fails(1, ["encode", "-t", t.tokenizer(), "-o", path, t.corpus()], path)


@test
def outputs_are_not_overwritten_without_force(t):
    corpus, tokenizer = t.corpus(), t.tokenizer()
    t.write("out.json", "mine")
    for args in [["train", "-o", "out.json", "--vocab-size", "300", corpus], ["count", "-o", "out.json", corpus],
                 ["merge-counts", "-o", "out.json"], ["encode", "-t", tokenizer, "-o", "out.json", corpus],
                 ["decode", "-t", tokenizer, "-o", "out.json"],
                 ["compare", "-t", tokenizer, "--html", "out.json", corpus]]:
        t.fails(1, args, "out.json: exists", "--force")
        equal(t.read("out.json"), b"mine")
    t.ok("train", "--force", "-o", "out.json", "--vocab-size", 300, corpus)
    check(t.read("out.json") != b"mine", "--force")


# ---- encode, decode --------------------------------------------------------------------------------------------------


@test
def round_trip(t):
    tokenizer, corpus = t.tokenizer(), t.corpus()
    ids = t.ok("encode", "-t", tokenizer, corpus)
    equal(t.ok("decode", "-t", tokenizer, stdin=ids), TEXT.encode())
    equal(t.ok("encode", "-t", tokenizer, "-j", 1, corpus), ids, "one thread")
    whole = t.ok("encode", "-t", tokenizer, "--documents", "file", corpus)
    equal(t.ok("decode", "-t", tokenizer, "--separator", "", stdin=whole), TEXT.encode(), "whole file")
    t.ok("encode", "-t", tokenizer, "-o", "ids.txt", corpus)
    equal(t.read("ids.txt"), ids, "-o")
    t.ok("decode", "-t", tokenizer, "-o", "text.txt", "ids.txt")
    equal(t.read("text.txt"), TEXT.encode(), "-o")


@test
def any_bytes_come_back(t):
    tokenizer = t.tokenizer()
    data = bytes(range(256)) * 3 + b"\xff\xfe\xed\xa0\x80\xc0\x80 \xf0\x9f\x00 \x00\x00 end\xe2\x82"
    for kind in ["file", "line"]:
        ids = t.ok("encode", "-t", tokenizer, "--documents", kind, stdin=data)
        equal(t.ok("decode", "-t", tokenizer, "--separator", "" if kind == "file" else "\\n", stdin=ids),
              data if kind == "file" else data + b"\n", kind)
    t.ok("train", "-o", "out.json", "--vocab-size", 300, t.write("bytes.bin", data * 10))
    ids = t.ok("encode", "-t", "out.json", "--documents", "file", stdin=data)
    equal(t.ok("decode", "-t", "out.json", "--separator", "", stdin=ids), data, "trained on it")


@test
def formats(t):
    tokenizer = t.tokenizer()
    text = "Hello world\n\nthe fox\n".encode()
    lines = [list(map(int, line.split())) for line in t.ok("encode", "-t", tokenizer, stdin=text).decode().split("\n")[:-1]]
    equal(len(lines), 3)
    equal(lines[1], [])
    flat = sum(lines, [])
    equal(list(struct.unpack(f"<{len(flat)}H", t.ok("encode", "-t", tokenizer, "--output-format", "u16", stdin=text))), flat)
    equal(list(struct.unpack(f"<{len(flat)}I", t.ok("encode", "-t", tokenizer, "--output-format=u32", stdin=text))), flat)
    npy = t.ok("encode", "-t", tokenizer, "--output_format", "npy", stdin=text)
    equal(npy[:8], b"\x93NUMPY\x01\x00")
    size = struct.unpack("<H", npy[8:10])[0]
    equal((10 + size) % 64, 0)
    equal(eval(npy[10:10 + size]), {"descr": "<u4", "fortran_order": False, "shape": (len(flat),)})
    equal(list(struct.unpack(f"<{len(flat)}I", npy[10 + size:])), flat)
    objects = [json.loads(line) for line in t.ok("encode", "-t", tokenizer, "--output-format", "json", stdin=text).splitlines()]
    equal([o["ids"] for o in objects], lines)
    equal([json.loads(line) for line in t.ok("encode", "-t", tokenizer, "--json", stdin=text).splitlines()], objects)
    pieces = t.ok("encode", "-t", tokenizer, "--output-format", "pieces", stdin=text).decode().splitlines()
    equal([line.split(" ") if line else [] for line in pieces], [o["pieces"] for o in objects])
    equal("".join(objects[0]["pieces"]), "Hello\u0120world")
    counts = t.ok("encode", "-t", tokenizer, "--count", stdin=text).decode().split()
    equal(list(map(int, counts)), list(map(len, lines)))
    equal(json.loads(t.ok("encode", "-t", tokenizer, "--count", "--json", stdin=text)),
          {"documents": 3, "tokens": len(flat), "bytes": len(text) - 3})
    equal(t.ok("encode", "-t", tokenizer, stdin=b""), b"", "no document")
    equal([json.loads(x)["text"] for x in t.ok("decode", "-t", tokenizer, "--json", stdin=b"%d\n" % flat[0]).splitlines()],
          [t.ok("decode", "-t", tokenizer, stdin=b"%d\n" % flat[0]).decode()[:-1]])


@test
def u16_does_not_truncate(t):
    ranks = [base64.b64encode(bytes([i])).decode() + f" {i}\n" for i in range(255)]
    ranks.append(base64.b64encode(b"\xff").decode() + " 70000\n")
    t.write("big.tiktoken", "".join(ranks))
    equal(t.ok("encode", "-t", "big.tiktoken", "--pattern", "bytes", "--output-format", "u16", stdin=b"A\n"), b"A\0")
    t.fails(1, ["encode", "-t", "big.tiktoken", "--pattern", "bytes", "--quiet", "--output-format", "u16", "-o", "out"], "70000",
            "document 2", stdin=b"A\n\xff\n")


@test
def offsets(t):
    tokenizer = t.tokenizer()
    text = "a \u00e4\U0001f999 b<|endoftext|>c"
    for unit, whole in [("bytes", text.encode()), ("code-points", text), ("utf16", text.encode("utf-16-le"))]:
        out = json.loads(t.ok("encode", "-t", tokenizer, "--json", "--offsets", "--offset-unit", unit, stdin=text.encode()))
        equal(len(out["offsets"]), len(out["ids"]))
        width = 2 if unit == "utf16" else 1
        at = 0
        for begin, end in out["offsets"]:
            check(begin <= at <= end, f"{unit}: {out['offsets']}")
            at = end
        equal(at * width, len(whole), unit)
    out = json.loads(t.ok("encode", "-t", tokenizer, "--json", "--offsets", stdin=text.encode()))
    at = out["pieces"].index("<|endoftext|>")
    equal(out["offsets"][at], [10, 23])


@test
def truncation_and_padding(t):
    settings = {
        "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 1},
        "padding": {"strategy": {"Fixed": 7}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0,
                    "pad_token": "!"},
    }
    plain = t.tokenizer()
    path = t.write("settings.json", changed(t, lambda file: file.update(settings)))
    text = b"a b c d e f g h"
    ids = t.ok("encode", "-t", plain, stdin=text).split()
    check(len(ids) > 7, "the text is long enough")
    equal(t.ok("encode", "-t", path, stdin=text).split(), ids, "not applied unasked")
    equal(t.ok("encode", "-t", path, "--truncate", stdin=text).split(), ids[:4])
    equal(t.ok("encode", "-t", path, "--truncate", "--max-length", 6, stdin=text).split(), ids[:6])
    equal(t.ok("encode", "-t", plain, "--truncate", "--max-length", 2, stdin=text).split(), ids[:2])
    equal(t.ok("encode", "-t", path, "--truncate", "--pad", stdin=text).split(), ids[:4] + [b"0"] * 3)
    out = json.loads(t.ok("encode", "-t", path, "--truncate", "--output-format", "json", stdin=text))
    numbers = [int(i) for i in ids]
    equal(out["overflowing"][0], numbers[3:7], "the next part begins with the last id of the part before")
    t.ok("convert", "-t", path, "-o", "again.json")
    again = json.loads(t.read("again.json"))
    equal({key: again[key] for key in settings}, settings, "written back")
    t.fails(2, ["encode", "-t", plain, "--truncate"], "--truncate", "give --max-length N")
    t.fails(2, ["encode", "-t", plain, "--pad"], "--pad")
    t.fails(2, ["encode", "-t", path, "--stride", "1"], "--stride")


@test
def special_tokens_in_the_text(t):
    tokenizer = t.tokenizer()
    text = b"a<|endoftext|>b\n"
    equal(t.ok("encode", "-t", tokenizer, "--output-format", "pieces", stdin=text), b"a <|endoftext|> b\n")
    check(len(t.ok("encode", "-t", tokenizer, "--allowed-special", "none", stdin=text).split()) > 3, "none")
    equal(t.ok("encode", "-t", tokenizer, "--allowed-special", "<|endoftext|>", stdin=text),
          t.ok("encode", "-t", tokenizer, "--allowed-special", "all", stdin=text))
    t.fails(1, ["encode", "-t", tokenizer, "--allowed_special", "raise", "-o", "out"], "document 2", "byte 1",
            "<|endoftext|>", stdin=b"fine\n" + text)
    ids = t.ok("encode", "-t", tokenizer, stdin=text)
    equal(t.ok("decode", "-t", tokenizer, stdin=ids), text)
    equal(t.ok("decode", "-t", tokenizer, "--skip-special-tokens", stdin=ids), b"ab\n")


@test
def decode_separators(t):
    tokenizer = t.tokenizer()
    ids = t.ok("encode", "-t", tokenizer, stdin=b"a\nb\n")
    for separator, bytes_ in [("", b""), ("\\t", b"\t"), ("\\0", b"\0"), ("-", b"-"), ("{}", b"{}"),
                              ("\\x41", b"A"), ("[x]", b"[x]")]:
        equal(t.ok("decode", "-t", tokenizer, "--separator", separator, stdin=ids), b"a" + bytes_ + b"b" + bytes_, separator)
        equal(t.ok("decode", "-t", tokenizer, "--separator=" + separator, stdin=ids), b"a" + bytes_ + b"b" + bytes_, separator)


@test
def bad_ids(t):
    tokenizer = t.tokenizer()
    for word in ["380", "99999", "4294967295", "4294967296", "1099511627776", "99999999999999999999", "-1", "x", "1.0"]:
        t.write("ids.txt", f"1 2\n\n3 {word} 4\n")
        t.fails(1, ["decode", "-t", tokenizer, "-o", "out", "ids.txt"], "ids.txt:3", word)
        t.fails(1, ["decode", "-t", tokenizer, "-o", "out"], "standard input:3", stdin=f"1\n1\n{word}\n".encode())


@test
def encode_input_errors(t):
    tokenizer = t.tokenizer()
    t.fails(1, ["encode", "-t", tokenizer, "-o", "out", "absent.txt"], "absent.txt", "No such file")
    t.fails(1, ["encode", "-t", tokenizer, "-o", "out", "no-such-*.txt"], "no-such-*.txt")
    t.fails(1, ["encode", "-t", "absent.json", "-o", "out", t.corpus()], "absent.json", "No such file")


# ---- broken tokenizers -----------------------------------------------------------------------------------------------


def refused(t, name, content, *places, options=()):
    t.write(name, content)
    text = t.write("text.txt", "some text\n")
    for args in [["encode", "-t", name, *options, "-o", "out", text], ["inspect", "-t", name, *options]]:
        t.fails(1, args, name, *places)


@test
def a_folder_as_tokenizer(t):
    os.mkdir(t.path("folder"))
    for args in [["encode", "-t", "folder"], ["decode", "-t", "folder"], ["inspect", "-t", "folder"],
                 ["compare", "-t", "folder", t.corpus()]]:
        t.fails(1, args, "folder")


@test
def tokenizer_json_cut_anywhere(t):
    t.tokenizer()
    whole = t.read("tokenizer.json")
    for share in [0, 1, 7, 13, 50, 88, 99]:
        refused(t, "cut.json", whole[:len(whole) * share // 100])
    refused(t, "cut.json", whole[:-2])
    refused(t, "cut.json", whole + b"}")


def changed(t, change):
    t.tokenizer()
    file = json.loads(t.read("tokenizer.json"))
    change(file)
    return json.dumps(file)


@test
def tokenizer_json_with_bad_contents(t):
    def merge(value):
        return lambda f: f["model"]["merges"].insert(3, value)

    def vocab(token, id):
        return lambda f: f["model"]["vocab"].__setitem__(token, id)

    refused(t, "x.json", changed(t, merge(["absent", "token"])), "absent")
    refused(t, "x.json", changed(t, merge("absent token")))
    refused(t, "x.json", changed(t, merge(["a"])))
    refused(t, "x.json", changed(t, merge(7)))
    refused(t, "x.json", changed(t, vocab("new", 5)), "5")
    refused(t, "x.json", changed(t, vocab("new", -1)), "-1")
    refused(t, "x.json", changed(t, vocab("new", 2**40)), str(2**40))
    refused(t, "x.json", changed(t, vocab("new", 2**63)))
    refused(t, "x.json", changed(t, vocab("new", 2**80)))
    refused(t, "x.json", changed(t, vocab("new", "7")))
    refused(t, "x.json", changed(t, vocab("new", 1.5)))
    refused(t, "x.json", changed(t, lambda f: f["model"].__setitem__("type", "Quantum")), "Quantum")
    refused(t, "x.json", changed(t, lambda f: f["model"].__delitem__("vocab")), "vocab")
    refused(t, "x.json", changed(t, lambda f: f.__setitem__("pre_tokenizer", {"type": "Unheard"})), "Unheard")
    refused(t, "x.json", changed(t, lambda f: f.__setitem__("normalizer", {"type": "Unheard"})), "Unheard")
    refused(t, "x.json", changed(t, lambda f: f["added_tokens"][0].__setitem__("id", -3)))
    refused(t, "x.json", changed(t, lambda f: f["added_tokens"][0].__setitem__("id", 2**40)))
    refused(t, "x.json", "[]")
    refused(t, "x.json", "null")
    refused(t, "x.json", b"\xff\xfe{}")
    refused(t, "x.json", b"{\"model\": \"\xff\"}")


@test
def tokenizer_json_nested_deep(t):
    for opening, closing in [("[", "]"), ('{"a":', "}")]:
        depth = 100000
        refused(t, "deep.json", opening * depth + "1" + closing * depth)
        refused(t, "deep.json", opening * depth)
        refused(t, "deep.json", '{"version":"1.0","model":' + opening * depth + "1" + closing * depth + "}")


@test
def bad_rank_files(t):
    good = [base64.b64encode(bytes([i])).decode() + f" {i}\n" for i in range(256)]

    def ranks(line):
        return "".join(good[:40] + [line] + good[40:])

    options = ("--pattern", "gpt2")
    for line in ["!!!! 256\n", "YQ 256\n", "YWI= x\n", "YWI=\n", "YWI= -1\n", f"YWI= {2**40}\n", "YWI= 3\n", "YQ== 256\n",
                 "YWI= 256 7\n", "=== 256\n"]:
        refused(t, "bad.tiktoken", ranks(line), "bad.tiktoken:", options=options)
    refused(t, "bad.tiktoken", "", options=options)
    t.write("good.tiktoken", "".join(good))
    t.fails(1, ["encode", "-t", "good.tiktoken"], "good.tiktoken", "--pattern")
    t.fails(2, ["encode", "-t", "good.tiktoken", "--pattern", "gtp2"], "--pattern", "gpt2")


@test
def bad_vocab_and_merges(t):
    t.ok("train", "-o", "v/", "--vocab-size", 300, t.corpus())
    merges = t.read("v/merges.txt")
    for bad in [b"absent token\n", b"a\n", b"a b c\n"]:
        t.write("v/merges.txt", merges + bad)
        t.fails(1, ["inspect", "-t", "v", "--pattern", "gpt2"], f"merges.txt:{merges.count(10) + 1}")
    t.write("v/merges.txt", merges)
    t.write("v/vocab.json", "{")
    t.fails(1, ["inspect", "-t", "v", "--pattern", "gpt2"], "vocab.json")


# ---- inspect, compare ------------------------------------------------------------------------------------------------


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


# ---- streams, signals, sizes -----------------------------------------------------------------------------------------


@test
def a_full_disk_is_an_error(t):
    if not os.path.exists("/dev/full"):
        raise Skip("no /dev/full")
    tokenizer = t.tokenizer()
    for args in [["encode", "-t", tokenizer], ["count"], ["--help"], ["inspect", "-t", tokenizer], ["train", "--help"]]:
        with open("/dev/full", "wb") as full:
            done = subprocess.run([t.program, *args], input=TEXT.encode(), stdout=full, stderr=subprocess.PIPE, cwd=t.folder)
        equal(done.returncode, 1, str(args))
        check(done.stderr.count(b"\n") == 1 and b"standard output" in done.stderr, done.stderr)


@test
def a_closed_pipe_is_quiet(t):
    tokenizer = t.tokenizer()
    t.write("long.txt", TEXT * 100)
    process = subprocess.Popen([t.program, "encode", "-t", tokenizer, "long.txt"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, cwd=t.folder)
    process.stdout.readline()
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    equal(error, b"")
    check(process.wait(60) in (-signal.SIGPIPE, 0), f"exit code {process.returncode}")


@test
def interruption_leaves_nothing(t):
    tokenizer = t.tokenizer()
    for number in [signal.SIGINT, signal.SIGTERM]:
        for args in [["count", "-o", "out"], ["train", "-o", "out.json"], ["encode", "-t", tokenizer, "-o", "out"]]:
            before = sorted(os.listdir(t.folder))
            process = subprocess.Popen([t.program, *args, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, cwd=t.folder,
                                       preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
            process.stdin.write(TEXT.encode() * 50)
            process.stdin.flush()
            time.sleep(0.3)
            check(process.poll() is None, f"{args} ended early")
            process.send_signal(number)
            equal(process.wait(20), 130, f"{args}: exit code")
            for stream in [process.stdin, process.stdout, process.stderr]:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass
            equal(sorted(os.listdir(t.folder)), before, f"{args}: files left")


@test
def progress(t):
    corpus = t.corpus()
    done = t.run("train", "--progress", "json", "-o", "a.json", "--vocab-size", 300, corpus)
    lines = [json.loads(line) for line in done.stderr.decode().splitlines() if line.startswith("{")]
    check(lines and {"stage", "done", "total", "seconds", "rate", "seconds_left"} <= set(lines[0]), done.stderr)
    check({"counting"} <= {line["stage"] for line in lines}, "stages")
    for name in ["b.json", "c.json"]:
        done = t.run("train", *(["--progress", "none"] if name == "b.json" else []), "-o", name, "--vocab-size", 300, corpus)
        check(b"\r" not in done.stderr and b"{" not in done.stderr, done.stderr)
    done = t.run("train", "--progress", "bar", "-o", "d.json", "--vocab-size", 300, corpus)
    check(b"\r" in done.stderr and b"%" in done.stderr, done.stderr)
    ours, theirs = pty.openpty()
    done = subprocess.run([t.program, "train", "-o", "e.json", "--vocab-size", "300", corpus], stderr=theirs, cwd=t.folder)
    os.close(theirs)
    shown = os.read(ours, 100000)
    os.close(ours)
    equal(done.returncode, 0)
    check(b"\r" in shown and b"left" in shown or b"%" in shown, shown)


@test
def one_line_errors_even_for_odd_names(t):
    t.fails(1, ["train", "-o", "out.json", "a\nb\x1b[31m.txt"], "a\\nb")
    t.fails(2, ["train\n", "x"])


@test
def a_long_line(t):
    size = (100 if t.long else 5) << 20
    tokenizer = t.tokenizer()
    for line in [b"word " * (size // 5), b"a" * size]:
        t.write("long.txt", line)
        t.ok("train", "-o", "out.json", "--force", "--vocab-size", 260, "long.txt")
        ids = t.ok("encode", "-t", tokenizer, "long.txt")
        equal(t.ok("decode", "-t", tokenizer, "--separator", "", stdin=ids) == line, True, "comes back")
        os.remove(t.path("long.txt"))


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    long = "--long" in sys.argv or bool(os.environ.get("TESSERA_LONG"))
    if not arguments:
        sys.exit(__doc__)
    program = os.path.abspath(arguments[0])
    passed = failed = skipped = 0
    for function in TESTS:
        name = function.__name__
        if len(arguments) > 1 and not any(part in name for part in arguments[1:]):
            continue
        with tempfile.TemporaryDirectory(prefix="tessera-test-") as folder:
            started = time.monotonic()
            try:
                function(Place(program, folder, long))
                outcome, passed = "ok", passed + 1
            except Skip as reason:
                outcome, skipped = f"SKIPPED: {reason}", skipped + 1
            except Exception as reason:  # a bug of the test is a failure too
                outcome, failed = f"FAILED: {type(reason).__name__ if not isinstance(reason, Failure) else ''} {reason}", failed + 1
        print(f"{name}: {outcome} ({time.monotonic() - started:.1f} s)", flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
