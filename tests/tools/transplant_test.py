#!/usr/bin/env python3
"""Tests of the command line: transplant. See cli.py.

Models are small, made here: random rows, other tensors that must come through as they are. What a method makes is the
business of tests/transplant; here it is that the right rows stand in the right places, in files that are whole or not there.
"""

import json
import math
import os
import pathlib
import random
import struct
import sys

import cli
from cli import TEXT, check, equal, test

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import peer_package  # noqa: E402

FORMATS = {"F32": ("f", 4), "F64": ("d", 8)}


def bf16(x):
    bits, = struct.unpack("<I", struct.pack("<f", x))
    return struct.pack("<H", (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)


def packed(dtype, numbers):
    if dtype == "BF16":
        return b"".join(bf16(x) for x in numbers)
    return struct.pack(f"<{len(numbers)}{FORMATS[dtype][0]}", *numbers)


def safetensors(tensors):
    """{name: (dtype, shape, bytes)} as a file."""
    header, data = {}, b""
    for name, (dtype, shape, value) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(value)]}
        data += value
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def read_safetensors(data):
    length, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    return {name: (t["dtype"], t["shape"], data[8 + length + t["data_offsets"][0]:8 + length + t["data_offsets"][1]])
            for name, t in header.items()}


def vocabulary(t, path):
    """Token -> id, as the file spells them; added tokens among them."""
    file = json.loads(t.read(path))
    tokens = dict(file["model"]["vocab"])
    for token in file["added_tokens"]:
        tokens[token["content"]] = token["id"]
    return tokens


def rows(seed, n, dim, spread=0.05):
    random.seed(seed)
    return [[random.gauss(0.01, spread) for _ in range(dim)] for _ in range(n)]


def flat(matrix):
    return [x for row in matrix for x in row]


def train(t, name, size, special, text=TEXT):
    corpus = t.write("training.txt", text)
    os.makedirs(t.path(name), exist_ok=True)
    arguments = [a for s in special for a in ("--special-token", s)]
    t.ok("train", "-o", t.path(f"{name}/tokenizer.json"), "--vocab-size", size, *arguments, "--quiet", "--force", corpus)
    os.remove(t.path("training.txt"))


def model(t, name, size, dim, special, roles, seed, dtype="F32", head=False, extra_rows=0, text=TEXT, matrix=None):
    """A folder as Hugging Face has it. Returns its embeddings."""
    train(t, name, size, special, text)
    n = max(vocabulary(t, f"{name}/tokenizer.json").values()) + 1
    matrix = (matrix or rows(seed, n + extra_rows, dim))
    tensors = {"model.embed_tokens.weight": (dtype, [len(matrix), dim], packed(dtype, flat(matrix))),
               "model.layers.0.weight": ("F32", [3, 2], packed("F32", flat(rows(seed + 1, 3, 2)))),
               "model.norm.weight": ("F64", [dim], packed("F64", rows(seed + 2, 1, dim)[0]))}
    if head:
        other = rows(seed + 3, len(matrix), dim)
        tensors["lm_head.weight"] = (dtype, [len(matrix), dim], packed(dtype, flat(other)))
    t.write(f"{name}/model.safetensors", safetensors(tensors))
    tokens = vocabulary(t, f"{name}/tokenizer.json")
    ids = {f"{role}_id": tokens[token] for role, token in roles.items()}
    t.write(f"{name}/config.json", json.dumps({"model_type": "llama", "hidden_size": dim, "vocab_size": len(matrix),
                                               "tie_word_embeddings": not head, **ids}, indent=2))
    t.write(f"{name}/generation_config.json", json.dumps({"do_sample": True, **ids}))
    t.write(f"{name}/tokenizer_config.json", json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **roles,
                                                         "chat_template": f"template of {name}"}))
    return matrix


def pair(t, **options):
    base = model(t, "base", 420, 8, ["<s>", "</s>", "<unused0>"], {"bos_token": "<s>", "eos_token": "</s>"}, 1,
                 **options)
    donor = model(t, "donor", 500, 6, ["<end>", "<begin>", "<call>"], {"bos_token": "<begin>", "eos_token": "<end>"}, 5,
                  text=TEXT + "import numpy as np\nwhile (x != 0) { y += 1; }\n" * 40)
    return base, donor


def tensors_of(t, name):
    return read_safetensors(t.read(f"{name}/model.safetensors"))


def row_bytes(tensor, i):
    dtype, shape, data = tensor
    size = len(data) // shape[0]
    return data[i * size:(i + 1) * size]


@test
def shared_rows_are_the_base_s_and_everything_else_comes_along(t):
    for dtype in ("F32", "BF16", "F64"):
        for head in (False, True):
            pair(t, dtype=dtype, head=head)
            t.ok("transplant", "base", "donor", "out", "--force", "--report", "report.json")
            old, new = tensors_of(t, "base"), tensors_of(t, "out")
            equal(sorted(old), sorted(new))
            base_ids, new_ids = vocabulary(t, "base/tokenizer.json"), vocabulary(t, "donor/tokenizer.json")
            for name in old:
                if name in ("model.embed_tokens.weight", "lm_head.weight"):
                    equal(new[name][:2], (dtype, [len(new_ids), 8]), name)
                    n_shared = 0
                    for token, i in new_ids.items():
                        if token in base_ids:
                            n_shared += 1
                            equal(row_bytes(new[name], i), row_bytes(old[name], base_ids[token]), f"{name} {token}")
                    check(n_shared > 300, f"{n_shared} tokens are shared")
                    for token, other in {"<begin>": "<s>", "<end>": "</s>"}.items():
                        equal(row_bytes(new[name], new_ids[token]), row_bytes(old[name], base_ids[other]), token)
                else:
                    equal(new[name], old[name], name)
            report = json.loads(t.read("report.json"))
            equal(report["n_shared"], n_shared)
            equal(report["n_shared"] + report["n_approximated"] + report["n_special"] + report["n_junk"], report["n_rows"])
            equal(report["n_lost_special"], 1, "<call>")
            check(report["held_out"]["input"]["n"] > 20 and -1 <= report["held_out"]["output"]["mean_cosine"] <= 1, "held out")
            check(report["seconds"] > 0 and report["peak_bytes"] > 1e6, "cost")
            equal(report["tied"], not head)
            manifest = json.loads(t.read("out/transplant_manifest.json"))
            equal(len(manifest["base_ids"]), report["n_rows"])
            for token, i in new_ids.items():
                if token in base_ids:
                    equal(manifest["base_ids"][i], base_ids[token])
                    equal(manifest["reverse_map"][base_ids[token]], i)
            check({f["role"] for f in manifest["files"]} == {"base", "donor", "tokenizer", "output"}, "files")
            config = json.loads(t.read("out/config.json"))
            equal([config["vocab_size"], config["bos_token_id"], config["eos_token_id"], config["hidden_size"]],
                  [len(new_ids), new_ids["<begin>"], new_ids["<end>"], 8])
            equal(config["tie_word_embeddings"], not head)
            generation = json.loads(t.read("out/generation_config.json"))
            equal([generation["bos_token_id"], generation["do_sample"]], [new_ids["<begin>"], True])
            equal(t.read("out/tokenizer.json"), t.read("donor/tokenizer.json"))
            check(b"template of donor" in t.read("out/tokenizer_config.json"), "chat template")
            # And back: what was shared is as it was.
            t.ok("transplant", "out", "base", "back", "--force", "--quiet")
            again = tensors_of(t, "back")["model.embed_tokens.weight"]
            for token, i in base_ids.items():
                if token in new_ids:
                    equal(row_bytes(again, i), row_bytes(old["model.embed_tokens.weight"], i), token)


@test
def sparse_combinations_come_back(t):
    """Donor rows of new tokens that are sums of three anchors: omp finds them, and takes the same sums of the base's."""
    dim, other = 24, 40
    special = ["<s>"]
    model(t, "base", 420, dim, special, {"bos_token": "<s>"}, 1)
    base = None
    train(t, "donor", 500, special, TEXT + "import numpy as np\nwhile (x != 0) { y += 1; }\n" * 40)
    base_ids, new_ids = vocabulary(t, "base/tokenizer.json"), vocabulary(t, "donor/tokenizer.json")
    base = [struct.unpack(f"<{dim}f", row_bytes(tensors_of(t, "base")["model.embed_tokens.weight"], i))
            for i in range(len(base_ids))]
    donor = rows(9, len(new_ids), other, 1.0)
    shared = [i for token, i in new_ids.items() if token in base_ids and token not in special]
    spelled = {i: token for token, i in new_ids.items()}
    random.seed(4)
    combined = {}
    for token, i in new_ids.items():
        if token not in base_ids:
            parts = [(random.choice(shared), random.choice([-1, 1]) * random.uniform(1, 2)) for _ in range(3)]
            combined[i] = parts
            donor[i] = [sum(c * donor[a][j] for a, c in parts) for j in range(other)]
    check(len(combined) > 20, f"{len(combined)} new tokens")
    model(t, "donor", 500, other, special, {"bos_token": "<s>"}, 1, matrix=donor,
          text=TEXT + "import numpy as np\nwhile (x != 0) { y += 1; }\n" * 40)
    results = []
    for engine in ("automatic", "residual", "gram", "screened-residual", "screened-gram"):
        t.ok("transplant", "base", "donor", "out", "--force", "--approximation-method", "omp", "--k", 8, "--no-centring",
             "--tolerance", "1e-6", "--engine", engine, "--report", "report.json")
        results.append(t.read("out/model.safetensors"))
        check(json.loads(t.read("report.json"))["pursuit"]["engine"] != "automatic", "engine")
    for other_result in results:
        equal(other_result, results[0], "engines")
    made = tensors_of(t, "out")["model.embed_tokens.weight"]
    n_found = 0
    for i, parts in combined.items():
        expected = [sum(c * base[base_ids[spelled[a]]][j] for a, c in parts) for j in range(dim)]
        got = struct.unpack(f"<{dim}f", row_bytes(made, i))
        error = math.dist(got, expected) / math.hypot(*expected)
        n_found += error < 1e-5
    check(n_found >= 0.9 * len(combined), f"{n_found} of {len(combined)}")  # greedy: not every combination is found


@test
def every_method_writes_a_model(t):
    pair(t)
    n = len(vocabulary(t, "donor/tokenizer.json"))
    n_base = len(vocabulary(t, "base/tokenizer.json"))
    t.write("aux.safetensors", safetensors({"new": ("F32", [n, 5], packed("F32", flat(rows(1, n, 5)))),
                                            "base": ("F32", [n_base, 5], packed("F32", flat(rows(2, n_base, 5))))}))
    table = rows(3, n, 8)
    t.write("table.safetensors", safetensors({"input": ("F32", [n, 8], packed("F32", flat(table)))}))
    names = t.run("transplant", "base", "donor", "out", "--approximation-method", "x").stderr.decode()
    names = names[names.index("take one of ") + 12:].strip().split(", ")
    check(len(names) == 20, names)
    made = {}
    for name in names:
        options = {"wechsel": ["--auxiliary", "aux.safetensors"], "tokenadapt": ["--auxiliary", "aux.safetensors"],
                   "table": ["--table", "table.safetensors"]}.get(name, [])
        t.ok("transplant", "base", "donor", "out", "--force", "--approximation-method", name, *options)
        made[name] = tensors_of(t, "out")["model.embed_tokens.weight"]
    check(len({m[2] for m in made.values()}) == len(names), "two methods made the same")
    tokens = vocabulary(t, "donor/tokenizer.json")
    base_ids = vocabulary(t, "base/tokenizer.json")
    new = [i for token, i in tokens.items() if token not in base_ids and not token.startswith("<")]
    for i in new:
        equal(row_bytes(made["zero"], i), b"\0" * 32)
        equal(row_bytes(made["table"], i), packed("F32", table[i]))
    t.fails(1, ["transplant", "base", "donor", "other", "--approximation-method", "wechsel"], "wechsel", "auxiliary")
    t.fails(1, ["transplant", "base", "other", "--tokenizer", "donor", "--approximation-method", "omp"], "omp", "donor model")


@test
def without_a_donor_a_tokenizer_is_enough(t):
    pair(t)
    out = t.ok("transplant", "base", "out", "--tokenizer", "donor/tokenizer.json", "--json")
    report = json.loads(out)
    equal(report["n_rows"], len(vocabulary(t, "donor/tokenizer.json")))
    equal(report["held_out"]["input"]["method"], "subword-regression")
    equal(tensors_of(t, "out")["model.embed_tokens.weight"][1], [report["n_rows"], 8])


@test
def heads_are_tied_or_not_and_rows_are_padded(t):
    pair(t)
    t.ok("transplant", "base", "donor", "out", "--untie", "--approximation-method", "mean", "--output-method", "zero",
         "--pad-to-multiple", 64)
    new = tensors_of(t, "out")
    n = new["lm_head.weight"][1][0]
    equal([n % 64, new["model.embed_tokens.weight"][1][0]], [0, n])
    config = json.loads(t.read("out/config.json"))
    equal([config["vocab_size"], config["tie_word_embeddings"]], [n, False])
    check(new["lm_head.weight"][2] != new["model.embed_tokens.weight"][2], "methods of both sides")
    # What the base gives ids that are no tokens: here the row of <unused0>.
    unused = row_bytes(tensors_of(t, "base")["model.embed_tokens.weight"], vocabulary(t, "base/tokenizer.json")["<unused0>"])
    equal(row_bytes(new["model.embed_tokens.weight"], n - 1), unused)
    # Rows beyond the tokens on both sides, and a donor with fewer rows than ids.
    model(t, "base", 420, 8, ["<s>"], {"bos_token": "<s>"}, 1, extra_rows=9)
    model(t, "donor", 500, 6, ["<s>"], {"bos_token": "<s>"}, 5, extra_rows=-3, text=TEXT + "numpy as np " * 99)
    report = json.loads(t.ok("transplant", "base", "donor", "out", "--force", "--json"))
    equal(report["n_rows"], len(vocabulary(t, "donor/tokenizer.json")))


@test
def large_models_are_split_and_read_in_parts(t):
    pair(t)
    t.ok("transplant", "base", "donor", "out", "--shard-size", "4K")
    index = json.loads(t.read("out/model.safetensors.index.json"))
    check(len(set(index["weight_map"].values())) > 1, "shards")
    t.ok("transplant", "out", "base", "back")
    t.ok("transplant", "base", "donor", "whole")
    t.ok("transplant", "whole", "base", "back2")
    equal(t.read("back/model.safetensors"), t.read("back2/model.safetensors"), "split or whole")
    safetensors_package = peer_package.or_none("safetensors")
    if safetensors_package is not None and hasattr(safetensors_package, "safe_open"):
        with safetensors_package.safe_open(t.path("whole/model.safetensors"), framework="np") as file:
            equal(sorted(file.keys()), sorted(tensors_of(t, "whole")))


@test
def mistakes_are_named_and_leave_nothing(t):
    pair(t)
    good = t.read("base/model.safetensors")
    tensors = read_safetensors(good)
    t.fails(2, ["transplant", "base", "donor"], "OUT")
    t.fails(2, ["transplant", "base", "donor", "out", "--output-type", "q8_0"], "q8_0")
    t.fails(1, ["transplant", "base", "donor", "out.gguf"], "out.gguf", "GGUF")
    t.fails(1, ["transplant", "nowhere", "donor", "out"], "nowhere")
    t.ok("transplant", "base", "donor", "there")
    t.fails(1, ["transplant", "base", "donor", "there"], "there", "--force")
    t.write("precious/file", "x")
    t.fails(1, ["transplant", "base", "donor", "precious", "--force"], "precious")
    equal(t.read("precious/file"), b"x")
    t.write("map.json", '{"<call>": "no such text \\u0000"}')
    t.write("map2.json", '{"<nothing>": "a"}')
    t.fails(1, ["transplant", "base", "donor", "out", "--special-map", "map2.json"], "<nothing>")

    def with_embeddings(data, dtype="F32", shape=None):
        changed = dict(tensors)
        old = tensors["model.embed_tokens.weight"]
        changed["model.embed_tokens.weight"] = (dtype, shape or old[1], data)
        return safetensors(changed)

    embeddings = tensors["model.embed_tokens.weight"][2]
    nan = bytearray(embeddings)
    nan[32 * 7:32 * 7 + 4] = struct.pack("<f", math.nan)
    header = json.loads(good[8:8 + struct.unpack("<Q", good[:8])[0]])
    overlapping = json.loads(json.dumps(header))
    overlapping["model.norm.weight"]["data_offsets"] = [0, 64]
    overflowing = json.loads(json.dumps(header))
    overflowing["model.embed_tokens.weight"]["shape"] = [2 ** 62, 2 ** 62]

    def with_header(h):
        text = json.dumps(h).encode()
        return struct.pack("<Q", len(text)) + text + good[8 + struct.unpack("<Q", good[:8])[0]:]

    for name, data, places in [("empty", b"", ["model.safetensors"]), ("cut", good[:100], ["model.safetensors"]),
                               ("short", good[:-1], ["model.safetensors"]),
                               ("large header", struct.pack("<Q", 100_000_001) + good[8:], ["model.safetensors"]),
                               ("overlap", with_header(overlapping), ["inside the one before it"]),
                               ("overflow", with_header(overflowing), ["model.embed_tokens.weight"]),
                               ("integers", with_embeddings(embeddings, "I32"), ["model.embed_tokens.weight", "I32"]),
                               ("vector", with_embeddings(embeddings, shape=[len(embeddings) // 4]), ["matrix"]),
                               ("NaN", with_embeddings(bytes(nan)), ["model.embed_tokens.weight", "row 7"])]:
        t.write("base/model.safetensors", data)
        t.fails(1, ["transplant", "base", "donor", "out"], "base", *places)
    os.remove(t.path("base/model.safetensors"))
    os.symlink("/etc/passwd", t.path("base/model.safetensors"))
    t.fails(1, ["transplant", "base", "donor", "out"], "link")
    os.remove(t.path("base/model.safetensors"))
    t.write("base/model.safetensors.index.json",
            json.dumps({"metadata": {}, "weight_map": {name: "model-00001-of-00001.safetensors" for name in tensors}}))
    t.fails(1, ["transplant", "base", "donor", "out"], "model-00001-of-00001.safetensors")
    os.remove(t.path("base/model.safetensors.index.json"))
    t.write("base/model.safetensors", good)
    for config, place in [("{", "config.json"), ("[]", "config.json"), ('{"model_type": "llama"}', "vocab_size")]:
        t.write("base/config.json", config)
        t.fails(1, ["transplant", "base", "donor", "out"], place)


@test
def a_dry_run_says_the_same_and_writes_nothing(t):
    pair(t)
    before = sorted(os.listdir(t.folder))
    dry = json.loads(t.ok("transplant", "base", "donor", "--dry-run", "--json"))
    equal(sorted(os.listdir(t.folder)), before)
    wet = json.loads(t.ok("transplant", "base", "donor", "out", "--json"))
    for key in ("n_shared", "n_approximated", "held_out", "digits"):
        equal(dry[key], wet[key], key)
    equal(t.ok("transplant", "base", "donor", "out2", "-j", 1, "--quiet"), b"")
    equal(t.read("out/model.safetensors"), t.read("out2/model.safetensors"), "threads")


if __name__ == "__main__":
    cli.main()
