#!/usr/bin/env python3
"""Tests of the command line: what every verb says of a broken tokenizer. See cli.py."""

import base64
import os

import cli
from cli import changed, test


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


if __name__ == "__main__":
    cli.main()
