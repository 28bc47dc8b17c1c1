#!/usr/bin/env python3
"""Tests of the command line: pool and unpool. See cli.py.

The arrays are read by the few lines below; with the Python package numpy, by NumPy as well. The paper's layout is
compared with its own code, abridged.
"""

import ast
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import time

import cli
from cli import Skip, TEXT, check, equal, test

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import peer_package  # noqa: E402

numpy = peer_package.or_none("numpy")
tokenizers = peer_package.or_none("tokenizers")

ALL_BYTES = bytes(range(256)) + bytes(reversed(range(256)))
ODD = ALL_BYTES + b" \xc3 \xa9\xc3\xa9 \t\n\n <unk> a=b @-@ c--d {x}: y} 'z?\xe3\x80\x80" + TEXT.encode()[:2000] + b"  \n"
PAPER = ("It's {a}: b} c; - -- ... <unk> = @-@ @-@-@ \t x\ty \u3000\n\n  word-word !?\x1c end \u00e9\u4e2d\U0001f999 \x85 "
         "<un\nk> <<unk>unk>\n" + TEXT[:3000] + " \t \u00a0")


def array(path):
    """An .npy file as (dtype, shape, numbers)."""
    data = pathlib.Path(path).read_bytes()
    equal(data[:8], b"\x93NUMPY\x01\x00", path)
    length, = struct.unpack("<H", data[8:10])
    equal((10 + length) % 64, 0, "aligned")
    header = ast.literal_eval(data[10:10 + length].decode())
    equal(header["fortran_order"], False)
    kind = {"|u1": "B", "<i4": "i", "<i8": "q"}[header["descr"]]
    numbers = [n for n, in struct.iter_unpack("<" + kind, data[10 + length:])]
    size = 1
    for n in header["shape"]:
        size *= n
    equal(len(numbers), size, path)
    return {"|u1": "uint8", "<i4": "int32", "<i8": "int64"}[header["descr"]], list(header["shape"]), numbers


def folder(path):
    """Description and arrays, which must be all that there is, and as described."""
    path = pathlib.Path(path)
    description = json.loads((path / "description.json").read_text())
    arrays = {}
    for entry in description["arrays"]:
        dtype, shape, numbers = array(path / entry["file"])
        equal([dtype, shape], [entry["dtype"], entry["shape"]], entry["name"])
        check(entry["meaning"], entry["name"])
        arrays[entry["name"]] = numbers
        if numpy is not None:
            opened = numpy.load(path / entry["file"], mmap_mode="r")
            equal([str(opened.dtype), list(opened.shape)], [dtype, shape], entry["name"])
            equal(opened.reshape(-1).tolist() == numbers, True, f"NumPy reads {entry['name']}")
    equal(sorted(os.listdir(path)), sorted([e["file"] for e in description["arrays"]] + ["description.json"]))
    return description, arrays


def paper_words(data):
    text = data
    for remove in ["\n", "<unk>", "=", "@-@"]:
        text = text.replace(remove, " ")
    text = re.sub(r"(-|{|}:|,|;|\.|\n|!|'|--|\?)", r" \1 ", text)
    return re.sub(r" +", r" ", text).strip().split(" ")


def paper_layout(words, to_ids, prefix, rows, size):
    """ids[row][word][slot], lengths: padded to the longest word with 0, prefix ids behind all others."""
    units = [to_ids(word) for word in words]
    canvas = max(1, max(map(len, units)))
    out, lengths = [], []
    for at in range(0, -(-len(units) // rows) * rows):
        word = units[at] if at < len(units) else None
        lengths.append(len(word or []))
        out += [0] * (prefix + canvas) if word is None else [size + i for i in range(prefix)] + word + [0] * (canvas - len(word))
    return out, lengths


@test
def any_bytes_come_back(t):
    tokenizer = t.tokenizer()
    t.write("odd", ODD)
    t.write("empty", b"")
    n = 0
    for units in [["--units", "bytes"], ["--units", "byt5"], ["--units", "code-points"], ["--units", "characters"],
                  ["-t", tokenizer]]:
        for words in ["whitespace", "gpt2", "o200k", r"\s*\S+|\s+", "[a-z]+"]:
            for layout in [[], ["--canvas", 3, "--overlong", "split"], ["--layout", "padded", "--prefix", 2, "--end-of-word"],
                           ["--layout", "padded", "--canvas", 4, "--overlong", "split", "--block-words", 7]]:
                n += 1
                t.ok("pool", "-o", f"d{n}", *units, "--words", words, *layout, "odd", "empty", "odd")
                check(json.loads(t.read(f"d{n}/description.json"))["lossless"], f"{units} {words}")
                equal(t.ok("unpool", *(units if units[0] == "-t" else []), f"d{n}") == ODD + ODD, True,
                      f"{units} {words} {layout}")
    check(n == 100, "all combinations")


@test
def the_paper_is_its_own_code(t):
    t.write("text", PAPER)
    for prefix, rows in [(4, 192), (0, 5)]:
        t.ok("pool", "-o", "d", "--force", "--words", "paper", "--units", "byt5", "--layout", "padded", "--prefix", prefix,
             "--block-words", rows, "text")
        words = paper_words(PAPER)
        description, arrays = folder(t.path("d"))
        ids, lengths = paper_layout(words, lambda word: [byte + 3 for byte in word.encode()], prefix, rows, 259)
        equal(arrays["ids"] == ids, True, "ids")
        equal(arrays["lengths"], lengths)
        equal(description["ids"]["prefix"], list(range(259, 259 + prefix)))
        equal(t.ok("unpool", "d").decode(), " ".join(words))
        data = PAPER.encode()
        places = list(zip(arrays["byte_begin"], arrays["byte_end"]))[:len(words)]
        equal([data[a:b].decode() for a, b in places], words, "places in the text")
    # Characters of the text, numbered; of words alone, since other characters have no unit to be.
    t.ok("pool", "-o", "c", "--words", "paper", "--units", "characters", "text")
    description, arrays = folder(t.path("c"))
    vocabulary = sorted(set(PAPER))
    equal(description["units"]["characters"], [ord(c) for c in vocabulary])
    equal(arrays["ids"], [vocabulary.index(c) for word in words for c in word])
    equal(arrays["word_index"], [i for i, word in enumerate(words) for _ in word])
    for text in ["", " ", "\n\t", "=", "<unk>", "\u3000"]:
        t.write("text", text)
        t.ok("pool", "-o", "e", "--force", "--words", "paper", "text")
        equal(folder(t.path("e"))[1]["word_offsets"], [0, 0], f"one empty word in {text!r}")


@test
def the_paper_with_tokens(t):
    if tokenizers is None:
        raise Skip("the Python package tokenizers is not installed")
    gpt2 = pathlib.Path(os.environ["TESSERA_DATA"]) / "gpt2"
    theirs = tokenizers.Tokenizer(tokenizers.models.BPE.from_file(str(gpt2 / "vocab.json"), str(gpt2 / "merges.txt")))
    theirs.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.write("text", PAPER)
    t.ok("pool", "-o", "d", "--words", "paper", "-t", gpt2, "text")
    expected = [theirs.encode(word).ids for word in paper_words(PAPER)]
    _, arrays = folder(t.path("d"))
    equal(arrays["ids"], [id for word in expected for id in word])
    equal([b - a for a, b in zip(arrays["word_offsets"], arrays["word_offsets"][1:])], [len(word) for word in expected])


@test
def the_layouts(t):
    t.write("a.jsonl", '{"text": "Hi you"}\n{"text": ""}\n{"text": "a  b "}\n')
    t.ok("pool", "-o", "d", "--layout", "padded", "--prefix", 1, "--end-of-word", "a.jsonl")
    description, arrays = folder(t.path("d"))
    equal(description["ids"], {"pad": 256, "end_of_word": 257, "n_prefix": 1, "prefix": [258], "size": 259})
    row = lambda *words: [id for word in words
                          for id in ([258, *word.encode(), 257] + [256] * (4 - len(word)) if word else [256] * 6)]
    equal(arrays["ids"], row("Hi", " you", None) + row(None, None, None) + row("a", "  b", " "))
    equal(arrays["lengths"], [3, 5, 0, 0, 0, 0, 2, 4, 2])
    equal(arrays["word_mask"], [1, 1, 0, 0, 0, 0, 1, 1, 1])
    equal(arrays["unit_mask"], [int(0 < slot <= n) for n in arrays["lengths"] for slot in range(6)])
    equal(arrays["byte_begin"], [0, 2, 0, 0, 0, 0, 0, 1, 4])
    equal(arrays["byte_end"], [2, 6, 0, 0, 0, 0, 1, 4, 5])
    equal(arrays["document_offsets"], [0, 1, 2, 3])
    equal(t.ok("unpool", "d"), b"Hi you\n\na  b \n")
    equal(t.ok("unpool", "--separator", "\\0", "d"), b"Hi you\0\0a  b \0")
    t.ok("pool", "-o", "r", "a.jsonl")
    _, arrays = folder(t.path("r"))
    equal(bytes(arrays["ids"]), b"Hi youa  b ")
    equal(arrays["word_offsets"], [0, 2, 6, 7, 10, 11])
    equal(arrays["word_index"], [0, 0, 1, 1, 1, 1, 2, 3, 3, 3, 4])
    equal(arrays["byte_begin"], [0, 2, 0, 1, 4])
    equal(arrays["document_offsets"], [0, 2, 2, 5])
    t.ok("pool", "-o", "lines", "--documents", "line", stdin=b"a b\n\nc\n")
    equal(folder(t.path("lines"))[1]["document_offsets"], [0, 2, 2, 3])
    equal(t.ok("unpool", "lines"), b"a b\n\nc\n")
    t.ok("pool", "-o", "nul", "--documents", "nul", stdin=b"a b\0c\nd\0")
    equal(t.ok("unpool", "nul"), b"a b\0c\nd\0")


@test
def a_word_longer_than_the_canvas(t):
    t.write("text", "one\ntwo extraordinary three\n")
    for layout in ["ragged", "padded"]:
        t.fails(1, ["pool", "-o", "d", "--documents", "line", "--layout", layout, "--canvas", 6, "text"], "text: document 2: byte 3",
                "14 units", "canvas has 6", "truncated or split")
        t.fails(1, ["pool", "-o", "d", "--layout", layout, "--canvas", 6, "-t", t.tokenizer(), "text"], "text: document 1: byte 7")
    t.ok("pool", "-o", "cut", "--canvas", 6, "--overlong", "truncate", "text")
    description, arrays = folder(t.path("cut"))
    check(not description["lossless"], "a truncated text is not lossless")
    equal(t.ok("unpool", "cut"), b"one\ntwo extra three\n")
    equal(list(zip(arrays["byte_begin"], arrays["byte_end"])), [(0, 3), (3, 7), (7, 13), (21, 27), (27, 28)])
    t.ok("pool", "-o", "split", "--canvas", 6, "--overlong", "split", "text")
    _, arrays = folder(t.path("split"))
    equal(list(zip(arrays["byte_begin"], arrays["byte_end"])), [(0, 3), (3, 7), (7, 13), (13, 19), (19, 21), (21, 27), (27, 28)])
    equal(t.ok("unpool", "split"), t.read("text"))


@test
def a_long_document_is_read_in_parts(t):
    text = b"".join(b" word%d" % i for i in range(1_200_000)) + b"x" * 100 + "\u00e9 ".encode() * 2_500_000
    check(len(text) > 18 << 20, "longer than a part")
    t.write("text", text)
    del_words = len(text.split())
    for n, options in enumerate([["--no-word-index"], ["--layout", "padded", "--canvas", 5, "--overlong", "split",
                                                       "--block-words", 1000],
                                 ["--units", "code-points", "--no-word-index", "--words", "whitespace"],
                                 ["--layout", "padded", "--units", "code-points", "--canvas", 4, "--overlong", "split",
                                  "--block-words", 5_000_000]]):
        t.ok("pool", "-o", "d", "--force", *options, "text")
        description = json.loads(t.read("d/description.json"))
        if n in (0, 2):
            equal(description["n_words"], del_words + 1, "the last space is a word")
        equal(description["n_documents"], 1)
        equal(t.ok("unpool", "d") == text, True, f"{options}")
        if n == 0:
            with open(t.path("d/byte_end.npy"), "rb") as file:
                file.seek(-8, os.SEEK_END)
                equal(struct.unpack("<q", file.read())[0], len(text), "places count from the beginning")
    t.fails(1, ["pool", "-o", "e", "--canvas", 150, "--units", "bytes", t.write("long", text + b"z" * 200)],
            f"byte {len(text) - 1}:")


@test
def threads_make_no_difference(t):
    t.write("text", TEXT * 400)
    for n, options in enumerate([[], ["--layout", "padded"], ["-t", t.tokenizer(), "--documents", "line"],
                                 ["-t", t.tokenizer(), "--layout", "padded", "--documents", "line"]]):
        for threads in [1, 3]:
            t.ok("pool", "-o", f"d{n}-{threads}", "-j", threads, *options, "text")
        for name in os.listdir(t.path(f"d{n}-1")):
            equal(t.read(f"d{n}-1/{name}") == t.read(f"d{n}-3/{name}"), True, f"{options} {name}")


@test
def statistics(t):
    t.write("text", TEXT)
    lengths = sorted(len(word.encode()) for word in re.findall(r"[ \t\n]*[^ \t\n]+|[ \t\n]+$", TEXT))
    found = json.loads(t.ok("pool", "--statistics", "--json", "--canvas", 4, "text"))
    equal([found["words"], found["units"], found["longest"]], [len(lengths), sum(lengths), lengths[-1]])
    equal(found["canvases"][0]["canvas"], lengths[-(-99 * len(lengths) // 100) - 1])
    equal(found["canvases"][2]["canvas"], lengths[-1])
    for row in found["canvases"]:
        canvas = row["canvas"]
        check(abs(row["cut"] - sum(n > canvas for n in lengths) / len(lengths)) < 1e-12, row)
        check(abs(row["waste"] - (1 - sum(min(n, canvas) for n in lengths) / (len(lengths) * canvas))) < 1e-12, row)
    equal(found["canvases"][3]["canvas"], 4)
    check(b"words cut" in t.ok("pool", "--statistics", "text"), "a table")
    done = json.loads(t.ok("pool", "--statistics", "--json", "-o", "d", "--units", "characters", stdin=TEXT.encode()))
    equal(done["statistics"], json.loads(t.read("d/description.json"))["statistics"])
    equal(t.ok("pool", "--statistics", "--units", "code-points", "text"),
          t.ok("pool", "--statistics", "--units", "characters", stdin=TEXT.encode()))


@test
def mistakes(t):
    t.write("text", TEXT)
    tokenizer = t.tokenizer()
    for args, places in [(["pool", "text"], ["-o FOLDER"]), (["pool", "-o", "d", "--prefix", 1, "text"], ["--prefix", "padded"]),
                         (["pool", "-o", "d", "--units", "tokens", "text"], ["-t"]),
                         (["pool", "-o", "d", "--units", "bytes", "-t", tokenizer, "text"], ["-t"]),
                         (["pool", "-o", "d", "--words", "whitespac", "text"], ["--words", "whitespace"]),
                         (["pool", "-o", "d", "--words", "(", "text"], ["--words"]),
                         (["pool", "-o", "d", "--overlong", "split", "text"], ["--canvas"]),
                         (["pool", "-o", "d", "--canvas", 1, "--end-of-word", "text"], ["canvas"]),
                         (["pool", "-o", "d", "--canvas", 0, "text"], ["--canvas"]),
                         (["pool", "-o", "d", "--layout", "padded", "--pad-id", 65, "text"], ["pad id", "256"]),
                         (["pool", "-o", "d", "--layout", "padded", "--prefix", 70000, "text"], []),
                         (["pool", "-o", "d", "--canvas", 1 << 40, "text"], ["--canvas"]),
                         (["pool", "-o", "d", "--layout", "square", "text"], ["ragged"]),
                         (["unpool"], ["FOLDER"]), (["unpool", "a", "b"], ["FOLDER"])]:
        t.fails(2, args, *places)
    t.fails(1, ["pool", "-o", "d", "nothing.txt"], "nothing.txt")
    t.fails(1, ["pool", "-o", "no/where/d", "text"], "no/where")
    t.fails(1, ["pool", "-o", "text", "text"], "text")
    t.fails(1, ["unpool", "nowhere"], "nowhere")
    t.ok("pool", "-o", "d", "-t", tokenizer, "text")
    t.fails(2, ["unpool", "d"], "--tokenizer")
    t.ok("train", "-o", "other.json", "--vocab-size", 300, "text")
    t.fails(1, ["unpool", "-t", "other.json", "d"], "other.json", "vocabulary")
    t.ok("pool", "-o", "bytes", "text")
    t.fails(2, ["unpool", "-t", tokenizer, "bytes"], "-t", "bytes")


@test
def a_folder_is_whole_or_not_there(t):
    t.write("text", TEXT)
    t.ok("pool", "-o", "d/", "text")
    before = t.read("d/description.json")
    t.fails(1, ["pool", "-o", "d", "--layout", "padded", "text"], "d: exists", "--force")
    equal(t.read("d/description.json"), before)
    t.ok("pool", "-o", "d", "--force", "--layout", "padded", "text")
    equal(sorted(os.listdir(t.folder)), ["d", "text"])
    check(os.path.exists(t.path("d/lengths.npy")) and not os.path.exists(t.path("d/word_offsets.npy")), "replaced as a whole")
    t.write("mine/precious.txt", "x")
    t.fails(1, ["pool", "-o", "mine", "--force", "text"], "mine", "description.json")
    equal(os.listdir(t.path("mine")), ["precious.txt"])
    for args in [["-o", "e"], ["-o", "e", "--layout", "padded"], ["-o", "d", "--force"]]:
        content = sorted(os.listdir(t.path("d")))
        process = subprocess.Popen([t.program, "pool", *args, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, cwd=t.folder)
        process.stdin.write(TEXT.encode() * 50)
        process.stdin.flush()
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        equal(process.wait(20), 130, str(args))
        for stream in [process.stdin, process.stdout, process.stderr]:
            try:
                stream.close()
            except BrokenPipeError:
                pass
        equal(sorted(os.listdir(t.folder)), ["d", "mine", "text"], str(args))
        equal(sorted(os.listdir(t.path("d"))), content)


def damaged(t, name, change):
    """The folder `bad`: `good` with one file changed."""
    for file in os.listdir(t.path("good")):
        t.write(f"bad/{file}", t.read(f"good/{file}"))
    t.write(f"bad/{name}", change(t.read(f"good/{name}")))


@test
def hostile_folders(t):
    t.write("text", "some words of a text\n\nand more")
    number = lambda at, value: lambda data: data[:256 + at * 8] + struct.pack("<q", value) + data[264 + at * 8:]
    unit = lambda at, value: lambda data: data[:256 + at * 4] + struct.pack("<i", value) + data[260 + at * 4:]
    longer = lambda old, new: lambda data: data.replace(old, new).replace(b" " * (len(new) - len(old)) + b"\n", b"\n", 1)
    shape = lambda old, new: longer(old, new.ljust(len(old)))
    t.ok("pool", "-o", "good", "--documents", "line", "text")
    size = len(t.read("text")) - 2
    for name, change, place in [
            ("ids.npy", unit(3, 256), "256 is no unit"), ("ids.npy", unit(3, -7), "-7"), ("ids.npy", lambda d: d[:-1], "says"),
            ("ids.npy", lambda d: d + b"\0", "says"), ("ids.npy", lambda d: d[:100], "cut off"), ("ids.npy", lambda d: b"", "begin"),
            ("ids.npy", shape(b"<i4", b"<i8"), "int64"), ("ids.npy", shape(b"<i4", b"<f4"), "type"),
            ("ids.npy", shape(b"(%d,)" % size, b"(99999999999999999999,)"), "shape"), ("ids.npy", shape(b"(%d,)" % size, b"(-1,)"), "shape"),
            ("ids.npy", shape(b"False", b"True "), "C order"), ("word_offsets.npy", number(1, 99), "word_offsets.npy"),
            ("word_offsets.npy", number(1, -1), "word_offsets.npy"), ("word_offsets.npy", number(0, 1), "begin with 0"),
            ("word_offsets.npy", number(7, 1 << 62), "ids.npy"), ("document_offsets.npy", number(1, 1 << 62), "document_offsets.npy"),
            ("document_offsets.npy", number(3, 1), "document_offsets.npy"), ("document_offsets.npy", number(0, 1), "rise from 0"),
            ("description.json", lambda d: d[:50], "description.json"), ("description.json", lambda d: b"[]", "description.json"),
            ("description.json", shape(b'"version":1', b'"version":2'), "version"),
            ("description.json", shape(b'"ragged"', b'"padded"'), "ids.npy"),
            ("description.json", shape(b'"bytes"', b'"bites"'), "units"),
            ("description.json", shape(b'"pad":256', b'"pad":0'), "pad"),
            ("description.json", lambda d: d.replace(b'"n_prefix":0', b'"n_prefix":2000000000'), "prefix")]:
        damaged(t, name, change)
        check(t.read(f"bad/{name}") != t.read(f"good/{name}"), f"{name}: nothing is damaged, {place}")
        t.fails(1, ["unpool", "bad"], place, "bad")
        t.fails(1, ["unpool", "-o", "out", "bad"], place)
    t.ok("pool", "-o", "good", "--force", "--layout", "padded", "--prefix", 2, "text")
    for name, change, place in [("ids.npy", unit(0, 1), "prefix"), ("ids.npy", unit(2, 300), "300"),
                                ("document_offsets.npy", number(1, 5), "document_offsets.npy"),
                                ("ids.npy", lambda d: re.sub(rb"\((\d+), (\d+), (\d+)\)", rb"(\1, \3, \2)", d), "prefix")]:
        damaged(t, name, change)
        check(t.read(f"bad/{name}") != t.read(f"good/{name}"), f"{name}: nothing is damaged")
        t.fails(1, ["unpool", "bad"], place)


if __name__ == "__main__":
    cli.main()
