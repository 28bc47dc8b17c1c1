#!/usr/bin/env python3
"""Tests of the command line: encode and decode. See cli.py."""

import base64
import json
import struct

import cli
from cli import TEXT, changed, check, equal, test


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
    settings["padding"].update(pad_id=100000, pad_token="< >")
    beyond = t.write("beyond.json", changed(t, lambda file: file.update(settings)))
    equal(t.ok("encode", "-t", beyond, "--truncate", "--pad", stdin=text).split(), ids[:4] + [b"100000"] * 3)
    out = json.loads(t.ok("encode", "-t", beyond, "--truncate", "--pad", "--json", stdin=text))
    equal(out["pieces"][4:], ["<\u0120>"] * 3, "an id that is no token's")
    settings["padding"].update(pad_id=0, pad_token="!")
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


if __name__ == "__main__":
    cli.main()
