#!/usr/bin/env python3
"""Tests of the command line: transplant, of files that are damaged or made to do harm. See cli.py.

Each is refused in one line that names the file and the place, with exit code 1, and nothing is written. What is not wrong
but looks so (links of a download cache, a header of the largest size) is accepted.
"""

import json
import math
import os
import random
import struct

import cli
from cli import check, equal, test
from small_models import (TENSOR_TYPES, bf16, flat, gguf_file, gguf_pair, gguf_string, gguf_tensor, gguf_value, model, packed, pair,
                          read_gguf, read_safetensors, rows, safetensors, tensors_of)

EMBEDDINGS = "model.embed_tokens.weight"
RUN = ["transplant", "base", "donor", "out"]
RUN_GGUF = ["transplant", "base.gguf", "donor.gguf", "out.gguf"]


def with_header(good, change, data=None):
    """A safetensors file with another header: CHANGE gets the object, or is the text."""
    length, = struct.unpack("<Q", good[:8])
    text = change
    if callable(change):
        header = json.loads(good[8:8 + length])
        change(header)
        text = json.dumps(header)
    text = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(text)) + text + (good[8 + length:] if data is None else data)


def setting(tensor, **values):
    def change(header):
        header[tensor].update(values)
    return change


def refused(t, side, name, data, *places):
    """Exit code 1, the file and the places on one line, no output."""
    path = f"{side}/model.safetensors"
    t.write(path, data)
    try:
        t.fails(1, RUN, path, *places)
    except cli.Failure as e:
        raise cli.Failure(f"{side}, {name}: {e}") from e


@test
def damaged_headers(t):
    pair(t)
    for side in ("base", "donor"):
        good = t.read(f"{side}/model.safetensors")
        length, = struct.unpack("<Q", good[:8])
        n_data = len(good) - 8 - length
        header = json.loads(good[8:8 + length])
        begin, end = header[EMBEDDINGS]["data_offsets"]
        norm = 8 * header["model.norm.weight"]["shape"][0]
        for name, data, *places in (
                ("empty", b"", "byte 0"), ("cut in the length", good[:7], "byte 0"), ("cut in the header", good[:8 + length // 2], "byte 8"),
                ("cut behind the header", good[:8 + length], "the file ends"), ("cut in the tensors", good[:-1], "the file ends"),
                ("one byte more", good + b"\0", "1 bytes follow"),
                ("a header beyond the file", struct.pack("<Q", len(good)) + good[8:], "byte 8"),
                ("a header above 100 MB", struct.pack("<Q", 100_000_001) + good[8:], "100000001"),
                ("a header of 2^64 - 1 bytes", b"\xff" * 8 + good[8:], "18446744073709551615"),
                ("no JSON", with_header(good, good[8:8 + length].rstrip()[:-1]), "header"), ("a list", with_header(good, "[]"), "byte 8"),
                ("nested", with_header(good, "{\"a\":" * 5000 + "1" + "}" * 5000), "header"),
                ("not UTF-8", with_header(good, b'{"\xff": 1}'), "header"),
                ("no dtype", with_header(good, lambda h: h[EMBEDDINGS].pop("dtype")), EMBEDDINGS, "dtype"),
                ("an unknown dtype", with_header(good, setting(EMBEDDINGS, dtype="F33")), EMBEDDINGS, "F33"),
                ("a dtype of another size", with_header(good, setting(EMBEDDINGS, dtype="F16")), EMBEDDINGS, "data_offsets"),
                ("no shape", with_header(good, lambda h: h[EMBEDDINGS].pop("shape")), EMBEDDINGS, "shape"),
                ("a negative shape", with_header(good, setting(EMBEDDINGS, shape=[-1, -1])), EMBEDDINGS, "shape"),
                ("a fraction as shape", with_header(good, setting(EMBEDDINGS, shape=[0.5, 8])), EMBEDDINGS, "shape"),
                ("a product that overflows", with_header(good, setting(EMBEDDINGS, shape=[2 ** 62, 2 ** 62])), EMBEDDINGS, "too many"),
                ("a product that overflows to what is right",
                 with_header(good, setting(EMBEDDINGS, shape=[2 ** 32, 2 ** 32, 0])), EMBEDDINGS),
                ("bytes that overflow", with_header(good, setting(EMBEDDINGS, shape=[2 ** 61, 4])), EMBEDDINGS, "too many"),
                ("bits that overflow", with_header(good, setting(EMBEDDINGS, shape=[2 ** 59, 4])), EMBEDDINGS),
                ("a number beyond 64 bits", with_header(good, f'{{"{EMBEDDINGS}":{{"dtype":"F32","shape":[{2 ** 64}],"data_offsets":[0,4]}}}}'),
                 "header"),
                ("offsets that overlap", with_header(good, setting("model.norm.weight", data_offsets=[begin, begin + norm])),
                 "inside the one before it"),
                ("two tensors of the same bytes", with_header(good, lambda h: h.update(copy=h["model.norm.weight"])), "inside the one before it"),
                ("a hole", with_header(good, lambda h: [v.update(data_offsets=[x + 8 for x in v["data_offsets"]]) for v in h.values()]),
                 "not behind"),
                ("offsets the wrong way round", with_header(good, setting(EMBEDDINGS, data_offsets=[end, begin])), EMBEDDINGS, "data_offsets"),
                ("offsets beyond the file", with_header(good, setting(EMBEDDINGS, data_offsets=[n_data, n_data + end - begin])), "byte"),
                ("offsets of 2^64", with_header(good, setting(EMBEDDINGS, data_offsets=[2 ** 64 - 1 - (end - begin), 2 ** 64 - 1])), EMBEDDINGS),
                ("a tensor twice", with_header(good, good[8:8 + length].decode().replace("model.norm.weight", EMBEDDINGS)), "twice")):
            refused(t, side, name, data, *places)
        t.write(f"{side}/model.safetensors", good)
    good = t.read("base/model.safetensors")
    # As large as a header may be, and true: accepted.
    t.write("base/model.safetensors", with_header(good, good[8:8 + struct.unpack("<Q", good[:8])[0]].ljust(100_000_000)))
    t.ok("transplant", "base", "donor", "out", "--quiet")
    # Larger, and true: refused without being read.
    t.write("base/model.safetensors", with_header(good, good[8:8 + struct.unpack("<Q", good[:8])[0]].ljust(100_000_001)))
    os.rename(t.path("out"), t.path("kept"))
    t.fails(1, RUN, "base/model.safetensors", "100000001")


@test
def numbers_that_are_none(t):
    pair(t, head=True)
    tokens = len(read_safetensors(t.read("donor/model.safetensors"))[EMBEDDINGS][2]) // 24
    for side, tensor, row in (("base", EMBEDDINGS, 7), ("base", "lm_head.weight", 9), ("base", EMBEDDINGS, 0), ("donor", EMBEDDINGS, 300),
                              ("donor", EMBEDDINGS, tokens - 1)):
        good = t.read(f"{side}/model.safetensors")
        tensors = read_safetensors(good)
        dtype, shape, data = tensors[tensor]
        columns = shape[1]
        numbers = list(struct.unpack(f"<{len(data) // 4}f", data))
        for kind in ("F32", "F64", "BF16", "F16"):
            for value in (math.nan, math.inf, -math.inf):
                numbers[row * columns + columns - 1] = value
                if kind == "F16":
                    changed = b"".join(struct.pack("<e", x) for x in numbers)
                else:
                    changed = packed(kind, numbers) if kind != "BF16" or value == value else b"".join(
                        b"\xc0\x7f" if x != x else bf16(x) for x in numbers)
                refused(t, side, f"{kind} {value}", safetensors({**tensors, tensor: (kind, shape, changed)}), tensor, f"row {row}")
        if side == "base" and row == 7:  # finite there, infinite as a float
            numbers[row * columns] = 1e300
            refused(t, side, "1e300", safetensors({**tensors, tensor: ("F64", shape, packed("F64", numbers))}), tensor, f"row {row}")
        t.write(f"{side}/model.safetensors", good)
    for dtype, size in (("I32", 4), ("U8", 1), ("BOOL", 1), ("F8_E4M3", 1), ("I64", 8), ("C64", 8)):
        for side in ("base", "donor"):
            good = t.read(f"{side}/model.safetensors")
            shape = tensors_of(t, side)[EMBEDDINGS][1]
            refused(t, side, dtype, safetensors({**read_safetensors(good), EMBEDDINGS: (dtype, shape, bytes(shape[0] * shape[1] * size))}),
                    EMBEDDINGS, dtype)
            t.write(f"{side}/model.safetensors", good)


@test
def shapes_that_are_none_of_embeddings(t):
    for head in (False, True):
        pair(t, head=head)
        for side in ("base", "donor"):
            good = t.read(f"{side}/model.safetensors")
            tensors = read_safetensors(good)
            shape = tensors[EMBEDDINGS][1]
            size = len(tensors[EMBEDDINGS][2])
            for name, other, place in (("a vector", [size // 4], "matrix"), ("three dimensions", [shape[0], shape[1] // 2, 2], "matrix"),
                                       ("no dimension", [], "matrix"), ("no rows", [0, shape[1]], "[0, "), ("no columns", [shape[0], 0], ", 0]"),
                                       ("nothing", [0, 0], "[0, 0]")):
                refused(t, side, name, safetensors({**tensors, EMBEDDINGS: ("F32", other, bytes(4 * math.prod(other)))}), EMBEDDINGS, place)
            if head and side == "base":
                for name, other in (("columns of the head", [shape[0], 3]), ("rows of the head", [shape[0] - 5, shape[1]]),
                                    ("no rows of the head", [0, shape[1]])):
                    refused(t, side, name, safetensors({**tensors, "lm_head.weight": ("F32", other, bytes(4 * math.prod(other)))}),
                            "lm_head.weight")
            refused(t, side, "no embeddings", safetensors({"a": tensors[EMBEDDINGS]}), "embeddings")
            refused(t, side, "no tensors", safetensors({}), "embeddings")
            t.write(f"{side}/model.safetensors", good)
    # Fewer rows than tokens, which is a model as it may be: what has no row is no shared token.
    model(t, "base", 420, 8, ["<s>"], {"bos_token": "<s>"}, 1, extra_rows=-100)
    model(t, "donor", 500, 6, ["<s>"], {"bos_token": "<s>"}, 5, extra_rows=-200)
    t.ok("transplant", "base", "donor", "out", "--quiet")


@test
def more_numbers_than_memory(t):
    """A file with a hole costs nobody anything, and all its bytes are there."""
    pair(t)
    overcommit = "/proc/sys/vm/overcommit_memory"
    if not os.path.exists(overcommit) or open(overcommit, encoding="ascii").read().strip() == "1":
        raise cli.Skip("the system gives more memory than it has")
    with open(t.program, "rb") as program:
        if b"__asan_init" in program.read():
            raise cli.Skip("the address sanitizer ends a program that asks for too much")
    size = 2 ** 40
    header = json.dumps({EMBEDDINGS: {"dtype": "F32", "shape": [2 ** 18, 2 ** 20], "data_offsets": [0, size]}}).encode()
    t.write("base/model.safetensors", struct.pack("<Q", len(header)) + header)
    try:
        os.truncate(t.path("base/model.safetensors"), 8 + len(header) + size)
    except OSError as e:
        raise cli.Skip(f"no files with holes here: {e}") from e
    t.fails(1, RUN, "base/model.safetensors", EMBEDDINGS, "262144 rows")


@test
def shards(t):
    pair(t)
    for side in ("base", "donor"):
        tensors = tensors_of(t, side)
        os.remove(t.path(f"{side}/model.safetensors"))
        names = sorted(tensors)
        shard = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
        index = f"{side}/model.safetensors.index.json"
        t.write(f"{side}/{shard[0]}", safetensors({names[0]: tensors[names[0]]}))
        t.write(f"{side}/{shard[1]}", safetensors({name: tensors[name] for name in names[1:]}))
        good = {name: shard[min(i, 1)] for i, name in enumerate(names)}
        t.write(f"{side}/sub/x.safetensors", safetensors({}))
        t.write("x.safetensors", safetensors({names[1]: tensors[names[1]]}))

        def refuses(content, *places):
            t.write(index, content if isinstance(content, str) else json.dumps({"metadata": {}, "weight_map": content}))
            t.fails(1, RUN, side, *places)

        for outside in ("../x.safetensors", t.path("x.safetensors"), "sub/x.safetensors", "..", ".", "", "a\0b", "x" * 300):
            refuses({name: outside for name in names}, "not the name of a file")
        refuses({**good, names[1]: "absent.safetensors"}, "absent.safetensors", "no such file")
        refuses({**good, names[1]: "config.json"}, "config.json")
        refuses({name: file for name, file in good.items() if name != names[2]}, names[2], "not by")
        refuses({**good, "other": shard[0]}, "other")
        refuses({}, "empty")
        refuses({**good, names[1]: 1}, names[1])
        for content, place in (("", "index.json"), ("{", "index.json"), ("[]", "index.json"), ("{}", "weight_map"),
                               ('{"weight_map": []}', "weight_map")):
            refuses(content, place)
        t.write(f"{side}/{shard[1]}", safetensors({name: tensors[name] for name in names}))
        refuses(good, names[0])
        os.remove(t.path(f"{side}/{shard[1]}"))
        refuses(good, shard[1], "no such file")
        os.remove(t.path(index))
        t.write(f"{side}/pytorch_model.bin", "x")
        t.fails(1, RUN, side, "safetensors")
        os.remove(t.path(f"{side}/pytorch_model.bin"))
        t.write(f"{side}/model.safetensors", safetensors(tensors))
    t.ok("transplant", "base", "donor", "out", "--quiet")


@test
def links_to_read(t):
    """A link out of the folder would put somebody's file into a model that is then given away. A download cache is made of
    links, though, and what the user names is what the user wants."""
    READ_FIRST = ("tokenizer.json",)  # before it is copied, and it is no tokenizer
    pair(t)
    secret = t.write("secret", "{}")
    for name in ("model.safetensors", "config.json", "generation_config.json", "tokenizer_config.json", "tokenizer.json", "merges.txt",
                 "chat_template.jinja", "special_tokens_map.json"):
        for side in ("base", "donor"):
            if side == "base" and name in ("merges.txt", "chat_template.jinja", "special_tokens_map.json", "tokenizer.json",
                                           "tokenizer_config.json") or side == "donor" and name == "generation_config.json":
                continue  # not copied
            path = t.path(f"{side}/{name}")
            kept = t.read(f"{side}/{name}") if os.path.exists(path) else None
            for target in (secret, "../secret", "nothing", name):
                if os.path.lexists(path):
                    os.remove(path)
                os.symlink(target, path)
                t.fails(1, RUN, side, *["outside the folder"] * (target in (secret, "../secret") and name not in READ_FIRST))
            os.remove(path)
            if kept is not None:
                t.write(f"{side}/{name}", kept)
    os.remove(t.path("base/model.safetensors"))
    os.mkfifo(t.path("base/model.safetensors"))
    t.fails(1, RUN, "base/model.safetensors", "not a regular file")
    os.remove(t.path("base/model.safetensors"))
    os.mkdir(t.path("base/model.safetensors"))
    t.fails(1, RUN, "base/model.safetensors", "is a directory")
    os.rmdir(t.path("base/model.safetensors"))
    # The cache: files are links to blobs, and the folder may be reached by a link, too.
    pair(t)
    t.ok("transplant", "base", "donor", "expected", "--quiet")
    for side in ("base", "donor"):
        snapshot = t.path(f"hub/models--x--{side}/snapshots/0123abc")
        os.makedirs(snapshot)
        os.mkdir(t.path(f"hub/models--x--{side}/blobs"))
        for i, name in enumerate(sorted(os.listdir(t.path(side)))):
            os.rename(t.path(f"{side}/{name}"), t.path(f"hub/models--x--{side}/blobs/{i}"))
            os.symlink(f"../../blobs/{i}", os.path.join(snapshot, name))
        os.rmdir(t.path(side))
        os.symlink(snapshot, t.path(side))
    t.ok("transplant", "base", "donor", "out", "--quiet")
    for name in ("model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json"):
        equal(t.read(f"out/{name}"), t.read(f"expected/{name}"), name)
        check(not os.path.islink(t.path(f"out/{name}")), "a copy")


@test
def links_to_write(t):
    """What a link leads to is never written: the name is taken, or with --force the link is replaced."""
    pair(t)
    gguf_pair(t)
    precious = t.write("precious", "x")
    t.ok("transplant", "base", "donor", "whole", "--quiet")
    before = t.read("whole/transplant_manifest.json")
    for target in ("precious", "whole", "nothing"):
        os.symlink(target, t.path("link"))
        for options in ([], ["--force"]):
            t.fails(1, ["transplant", "base", "donor", "link", *options], "link")
        os.remove(t.path("link"))
    equal(t.read("whole/transplant_manifest.json"), before)
    for target in ("precious", "nothing"):
        for arguments in (["transplant", "base.gguf", "donor.gguf", "link.gguf"],
                          ["transplant", "base", "donor", "--dry-run", "--report", "link.gguf"]):
            os.symlink(target, t.path("link.gguf"))
            t.fails(1, arguments, "link.gguf", "--force")
            t.ok(*arguments, "--force", "--quiet")
            check(not os.path.islink(t.path("link.gguf")) and os.path.getsize(t.path("link.gguf")) > 100, "the link was replaced")
            equal(t.read("precious"), b"x")
            check(not os.path.exists(t.path("nothing")), "written through a link")
            os.remove(t.path("link.gguf"))
    # The names that are written under before the end, too.
    for name, arguments in (("out.gguf.tmp0", RUN_GGUF), ("out.tmp0", RUN)):
        os.symlink(precious, t.path(name))
        t.ok(*arguments, "--quiet")
        equal(t.read("precious"), b"x")
        check(os.path.islink(t.path(name)), "somebody's link")
        os.remove(t.path(name))
    # The base itself, as output.
    kept = t.read("base.gguf")
    t.fails(1, ["transplant", "base.gguf", "donor.gguf", "base.gguf"], "base.gguf", "--force")
    t.fails(1, ["transplant", "base", "donor", "base", "--force"], "base", "is not replaced")
    equal(t.read("base.gguf"), kept)
    t.ok("transplant", "base.gguf", "donor.gguf", "base.gguf", "--force", "--quiet")
    equal(t.read("base.gguf"), t.read("out.gguf"))
    for arguments in (["transplant", "base", "donor", "no/such/out"], ["transplant", "base.gguf", "donor.gguf", "no/such/out.gguf"],
                      ["transplant", "base", "donor", "new", "--report", "no/such/report"]):
        t.fails(1, arguments, "no/such")


def refused_gguf(t, side, name, data, *places):
    t.write(f"{side}.gguf", data)
    if os.path.exists(t.path("out.gguf")):
        os.remove(t.path("out.gguf"))
    try:
        t.fails(1, RUN_GGUF, f"{side}.gguf", *places)
    except cli.Failure as e:
        raise cli.Failure(f"{side}, {name}: {e}") from e


@test
def damaged_gguf_files(t):
    made = dict(zip(("base", "donor"), gguf_pair(t)))
    t.ok(*RUN_GGUF)
    name = "token_embd.weight"
    for side, (keys, tensors) in made.items():
        good = t.read(f"{side}.gguf")
        dtype, shape, data = tensors[name]

        def file(change=None, more=None, **changed):
            return gguf_file({**keys, **(more or {})}, {**tensors, **changed.get("tensors", {})}, change=change)

        def put(part, value):
            def change(parts):
                parts[part] = value
            return change

        def listing(*entries):
            """Another list of tensors, with as many entries as are given."""
            def change(parts):
                parts["list"], parts["tensors"] = b"".join(entries), len(entries)
            return change

        sizes = [len(value) + -len(value) % 32 for _, _, value in tensors.values()]
        others = [gguf_tensor(other, tensors[other][1], 0, sum(sizes[:i])) for i, other in enumerate(tensors) if i > 0]
        first = len(gguf_file({}, {}))
        check(first == 32, first)
        nan = data[:4 * 5 * shape[1]] + struct.pack("<f", math.nan) + data[4 * 5 * shape[1] + 4:]
        for what, content, *places in (
                ("big-endian", file(put("version", 3 << 24)), "byte 4"), ("version 4", file(put("version", 4)), "byte 4"),
                ("version 0", file(put("version", 0)), "byte 4"),
                ("2^63 tensors", file(put("tensors", 2 ** 63)), ""), ("2^64 - 1 tensors", file(put("tensors", 2 ** 64 - 1)), ""),
                ("a tensor more", file(put("tensors", len(tensors) + 1)), ""),
                ("2^63 keys", file(put("keys", 2 ** 63)), "byte"), ("2^64 - 1 keys", file(put("keys", 2 ** 64 - 1)), "byte"),
                ("a key more", file(put("keys", len(keys) + 1)), ""),
                ("a key of 2^63 bytes", file(put("pairs", struct.pack("<Q", 2 ** 63))), "byte 24"),
                ("a key of 2^64 - 1 bytes", file(put("pairs", struct.pack("<Q", 2 ** 64 - 1))), "byte 24"),
                ("a type 13", file(put("pairs", gguf_string("a") + struct.pack("<I", 13))), "type 13"),
                ("an array of 2^62", file(put("pairs", gguf_string("a") + struct.pack("<IIQ", 9, 4, 2 ** 62))), "byte"),
                ("an array of 2^63 strings", file(put("pairs", gguf_string("a") + struct.pack("<IIQ", 9, 8, 2 ** 63))), "byte"),
                ("an array of arrays", file(put("pairs", gguf_string("a") + struct.pack("<IIQ", 9, 9, 1))), "array of arrays"),
                ("an alignment of 0", file(more={"general.alignment": ("u32", 0)}), "general.alignment"),
                ("an alignment of 3", file(more={"general.alignment": ("u32", 3)}), "general.alignment"),
                ("an alignment of 2^31", file(more={"general.alignment": ("u32", 2 ** 31)}), "general.alignment"),
                ("an alignment that is a string", file(more={"general.alignment": ("str", "32")}), "general.alignment"),
                ("a split model", file(more={"split.count": ("u32", 2)}), "split.count"),
                ("a name of 65 bytes", file(listing(gguf_tensor("a" * 65, shape, 0, 0), *others)), "65 bytes"),
                ("a name of 2^63 bytes", file(listing(struct.pack("<Q", 2 ** 63))), str(2 ** 63)),
                ("5 dimensions", file(listing(gguf_tensor(name, [*shape, 1, 1, 1], 0, 0), *others)), name, "dimensions"),
                ("2^32 - 1 dimensions", file(listing(gguf_string(name) + b"\xff" * 4)), name, "dimensions"),
                ("a product that overflows", file(listing(gguf_tensor(name, [2 ** 62, 2 ** 62], 0, 0), *others)), name, "too many"),
                ("a product of 0 that overflows", file(listing(gguf_tensor(name, [2 ** 63, 2 ** 63, 0], 0, 0), *others)), name),
                ("bytes that overflow", file(listing(gguf_tensor(name, [2 ** 60, 16], 0, 0), *others)), name, "too many"),
                ("more than the file", file(listing(gguf_tensor(name, [2 ** 40, shape[1]], 0, 0), *others)), name, "the file ends"),
                ("an unknown type", file(listing(gguf_tensor(name, shape, 77, 0), *others)), name, "77"),
                ("half a block", file(listing(gguf_tensor(name, [shape[0], 31], 8, 0), *others)), name, "blocks"),
                ("an offset between", file(listing(gguf_tensor(name, shape, 0, 4), *others)), name, "multiple of 32"),
                ("an offset beyond", file(listing(gguf_tensor(name, shape, 0, 2 ** 40), *others)), name, "the file ends"),
                ("an offset of 2^64 - 32", file(listing(gguf_tensor(name, shape, 0, 2 ** 64 - 32), *others)), name, "the file ends"),
                ("bytes of two tensors", file(listing(gguf_tensor(name, shape, 0, 0), others[0], gguf_tensor("output_norm.weight", [8], 0, 32))),
                 "bytes are also those of"),
                ("a tensor twice", file(listing(gguf_tensor(name, shape, 0, 0), gguf_tensor(name, shape, 0, 0))), name, "two of this name"),
                ("no embeddings", file(listing(*others)), "embeddings"), ("no tensors", file(listing()), "embeddings"),
                ("integers", file(tensors={name: ("I32", shape, data)}), name, "I32"),
                ("a vector", file(listing(gguf_tensor(name, [shape[0] * shape[1]], 0, 0), *others)), name, "matrix"),
                ("no rows", file(tensors={name: ("F32", [0, shape[1]], b"")}), name, "[0, "),
                ("NaN", file(tensors={name: ("F32", shape, nan)}), name, "row 5"),
                ("a NaN as scale", file(tensors={name: ("Q8_0", [shape[0], 32], bytes(34 * 5) + b"\x00\x7e" + bytes(32) +
                                                          bytes(34 * (shape[0] - 6)))}), name, "row 5"),
                ("no tokenizer", gguf_file({k: v for k, v in keys.items() if not k.startswith("tokenizer.")}, tensors), "tokenizer.ggml.model"),
                ("no tokens", gguf_file({k: v for k, v in keys.items() if k != "tokenizer.ggml.tokens"}, tensors), "tokenizer.ggml.tokens"),
                ("tokens that are numbers", file(more={"tokenizer.ggml.tokens": ("[u32]", [1])}), "tokenizer.ggml.tokens")):
            refused_gguf(t, side, what, content, *places)
        t.write(f"{side}.gguf", good)
    t.ok(*RUN_GGUF)


def ends_well(t, what):
    """Whatever is in the file: no crash, and an output only with exit code 0. Returns whether it was accepted."""
    if os.path.exists(t.path("out.gguf")):
        os.remove(t.path("out.gguf"))
    before = sorted(os.listdir(t.folder))
    done = t.run(*RUN_GGUF, "--quiet", "--held-out", 20)
    error = done.stderr.decode()
    if done.returncode == 0:
        check(error == "", f"{what}: {error[:300]}")
        read_gguf(t.read("out.gguf"))
        return True
    check(done.returncode == 1, f"{what}: exit code {done.returncode}: {error[:500]!r}")
    check(error.startswith("tessera transplant: ") and error.count("\n") == 1 and ".gguf" in error, f"{what}: {error[:500]!r}")
    equal(sorted(os.listdir(t.folder)), before, f"{what}: files left")
    return False


@test
def gguf_files_cut_off_anywhere(t):
    made = gguf_pair(t)
    for side, (keys, tensors) in zip(("base", "donor"), made):
        good = t.read(f"{side}.gguf")
        head = len(gguf_file(keys, tensors, change=lambda parts: parts.update(data=b"")))
        # Where the parts begin and end, and a byte to either side.
        places, at = {0, 1, 3, 4, 8, 12, 16, 20, 24}, 24
        for key, value in keys.items():
            places |= {at, at + 7, at + 8, at + 8 + len(key), at + 8 + len(key) + 4}
            at += len(gguf_string(key)) + len(gguf_value(*value))
        for tensor, (_, shape, _) in tensors.items():
            places |= {at, at + 8, at + 8 + len(tensor)}
            at += len(gguf_tensor(tensor, shape, 0, 0))
        places |= {at, head}
        padding = 0
        for _, (dtype, shape, value) in tensors.items():
            head += len(value) + -len(value) % 32
            padding = -len(value) % 32
            places.add(head)
        places = {p for place in places for p in (place - 1, place, place + 1)}
        numbers = random.Random(side)
        while len(places) < 200:
            places.add(numbers.randrange(len(good)))
        for place in sorted(p for p in places if 0 <= p < len(good)):
            t.write(f"{side}.gguf", good[:place])
            accepted = ends_well(t, f"{side} cut at {place} of {len(good)}")
            # What pads the last tensor says nothing.
            check(accepted == (place >= len(good) - padding), f"{side} cut at {place} of {len(good)}: accepted {accepted}")
        t.write(f"{side}.gguf", good)


@test
def gguf_files_changed_anywhere(t):
    made = gguf_pair(t)
    numbers = random.Random(1)
    n_accepted = 0
    for side, (keys, tensors) in zip(("base", "donor"), made):
        good = t.read(f"{side}.gguf")
        head = len(gguf_file(keys, tensors, change=lambda parts: parts.update(data=b"")))
        for _ in range(100 if not t.long else 2000):
            changed = bytearray(good)
            at = numbers.randrange(head) if numbers.random() < 0.8 else numbers.randrange(head - 300, head)
            changed[at] = numbers.choice([0, 0xff, 0x80, changed[at] ^ 1 << numbers.randrange(8)])
            t.write(f"{side}.gguf", bytes(changed))
            n_accepted += ends_well(t, f"{side}, byte {at} is {changed[at]}")
        t.write(f"{side}.gguf", good)
    check(0 < n_accepted, "a character of a token more or less is no damage")


if __name__ == "__main__":
    cli.main()
