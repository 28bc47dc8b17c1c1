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
from small_models import (OTHER_TEXT, bf16, flat, gguf_file, gguf_pair, model, packed, pair, read_gguf, read_safetensors, row_bytes, rows,
                          safetensors, tensors_of, train, vocabulary)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import peer_package  # noqa: E402


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
    train(t, "donor", 500, special, OTHER_TEXT)
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
          text=OTHER_TEXT)
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
def a_copy_of_tied_embeddings_is_no_head(t):
    """Some libraries write it; but a head that the configuration calls one stays one, though it is the same."""
    pair(t)
    tensors = tensors_of(t, "base")
    embeddings = tensors["model.embed_tokens.weight"]
    dtype, shape, data = embeddings
    config = json.loads(t.read("base/config.json"))
    for head, says, tied in ((embeddings, True, True), (embeddings, None, True), (embeddings, False, False),
                             ((dtype, shape, data[32:] + data[:32]), True, False)):
        t.write("base/model.safetensors", safetensors({**tensors, "lm_head.weight": head}))
        t.write("base/config.json", json.dumps({**config, "tie_word_embeddings": says}))
        report = json.loads(t.ok("transplant", "base", "donor", "out", "--json", "--force", "--output-method", "zero"))
        equal(report["tied"], tied, says)
        new = tensors_of(t, "out")
        equal(new["lm_head.weight"] == new["model.embed_tokens.weight"], tied, "one matrix")
        equal(json.loads(t.read("out/config.json"))["tie_word_embeddings"], says if tied else False)


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
def a_gguf_model_gets_the_donor_s_keys_and_rows(t):
    (base_keys, base), (donor_keys, donor) = gguf_pair(t)
    base_ids, new_ids = vocabulary(t, "base/tokenizer.json"), vocabulary(t, "donor/tokenizer.json")
    for head, options in ((False, []), (True, []), (False, ["--untie"]), (False, ["--pad-to-multiple", 64])):
        tensors = dict(base)
        if head:
            tensors["output.weight"] = ("F16", [len(base_ids), 32], b"".join(struct.pack("<e", i % 97) for i in range(len(base_ids) * 32)))
        t.write("base.gguf", gguf_file(base_keys, tensors))
        for donor_options in (["donor.gguf", "out.gguf"], ["out.gguf", "--tokenizer", "donor.gguf"]):
            t.ok("transplant", "base.gguf", *donor_options, "--force", "--quiet", *options)
            keys, new = read_gguf(t.read("out.gguf"))
            n = len(new_ids) if "--pad-to-multiple" not in options else -(-len(new_ids) // 64) * 64
            names = set(tensors) | ({"output.weight"} if options == ["--untie"] else set())
            equal(set(new), names)
            for name in names:
                if name not in ("token_embd.weight", "output.weight"):
                    equal(new[name][2], tensors[name][2], name)
                    continue
                old = tensors.get(name, tensors["token_embd.weight"])
                equal(new[name][:2], (1 if old[0] == "F16" else 0, [n, 32]), f"{name}: each matrix keeps its own type")
                shared = [token for token in new_ids if token in base_ids]
                check(len(shared) > 300, "shared")
                for token in shared:
                    equal(row_bytes(new[name], new_ids[token]), row_bytes(old, base_ids[token]), token)
            # The donor's keys as they are, but for what the new rows ask for; the others are the base's.
            equal([keys["llama.vocab_size"], keys["llama.context_length"], keys["general.architecture"]], [n, 64, "llama"])
            unnamed = n - len(new_ids)
            for key, (_, value) in donor_keys.items():
                if key == "tokenizer.ggml.tokens":
                    value = value + [f"[PAD{i}]" for i in range(len(new_ids), n)]
                if key == "tokenizer.ggml.token_type":
                    value = value + [5] * unnamed
                if key.startswith("tokenizer."):
                    equal(keys[key], value, key)
            equal({key for key in keys if key.startswith("tokenizer.")}, {key for key in donor_keys if key.startswith("tokenizer.")})


@test
def the_chat_template_comes_along(t):
    """Into a GGUF file, wherever the new tokenizer has it. The base's never stays."""
    (base_keys, base), _ = gguf_pair(t)
    t.write("base.gguf", gguf_file({**base_keys, "tokenizer.chat_template": ("str", "the base's")}, base))
    several = [{"name": "tool_use", "template": "for tools"}, {"name": "default", "template": "{{ 'a' }}\n"}]
    for files, expected in (({}, None), ({"tokenizer_config.json": '{"chat_template": null, "model_max_length": 1000000000000000019884624838656}'}, None),
                            ({"tokenizer_config.json": json.dumps({"chat_template": "{{ \"\u00e9\" }}\n"})}, "{{ \"\u00e9\" }}\n"),
                            ({"tokenizer_config.json": json.dumps({"chat_template": several})}, "{{ 'a' }}\n"),
                            ({"tokenizer_config.json": json.dumps({"chat_template": several[:1]})}, None),
                            ({"tokenizer_config.json": '{"chat_template": "old"}', "chat_template.jinja": "{# new #}"}, "{# new #}"),
                            ({"tokenizer_config.json": "{}", "chat_template.json": '{"chat_template": "third"}'}, "third")):
        cli.shutil.rmtree(t.path("new"), ignore_errors=True)
        t.write("new/tokenizer.json", t.read("donor/tokenizer.json"))
        for name, content in files.items():
            t.write(f"new/{name}", content)
        for options in ([], ["--pad-to-multiple", 64]):
            t.ok("transplant", "base.gguf", "out.gguf", "--tokenizer", "new", "--force", "--quiet", *options)
            equal(read_gguf(t.read("out.gguf"))[0].get("tokenizer.chat_template"), expected, files)
    for wrong, place in (("[1]", "chat_template[0]"), ("1", "chat_template"), ('[{"name": "default"}]', "template")):
        t.write("new/tokenizer_config.json", f'{{"chat_template": {wrong}}}')
        t.fails(1, ["transplant", "base.gguf", "other.gguf", "--tokenizer", "new"], "new/tokenizer_config.json", place)


@test
def a_folder_s_tokenizer_is_the_one_that_the_rows_are_for(t):
    """Whatever class of transformers its files name, and whatever files lie beside it."""
    pair(t)
    gguf_pair(t)
    t.write("donor/tokenizer_config.json", '{\n  "eos_token": "<end>",\n  "model_max_length": 1000000000000000019884624838656,'
                                           '\n  "tokenizer_class": "GPT2Tokenizer"\n}\n')
    t.ok("transplant", "base", "donor", "out")
    equal(t.read("out/tokenizer_config.json"),
          t.read("donor/tokenizer_config.json").replace(b'"GPT2Tokenizer"', b'"PreTrainedTokenizerFast"'))
    # A tokenizer with no other file beside it: without a class, the model's type would choose one.
    t.write("alone/tokenizer.json", t.read("donor/tokenizer.json"))
    t.ok("transplant", "base", "out", "--tokenizer", "alone", "--force")
    equal(json.loads(t.read("out/tokenizer_config.json")), {"tokenizer_class": "PreTrainedTokenizerFast"})
    # A file that is not called tokenizer.json, beside one that is.
    t.write("two/tokenizer.json", t.read("base/tokenizer.json"))
    t.write("two/mine.json", t.read("donor/tokenizer.json"))
    t.ok("transplant", "base", "out", "--tokenizer", "two/mine.json", "--force")
    equal(t.read("out/tokenizer.json"), t.read("donor/tokenizer.json"))
    # A GGUF file has in its keys what files say otherwise.
    t.ok("transplant", "base", "donor.gguf", "out", "--force")
    equal(json.loads(t.read("out/tokenizer_config.json")),
          {"bos_token": "<begin>", "eos_token": "<end>", "chat_template": "template of the GGUF",
           "tokenizer_class": "PreTrainedTokenizerFast"})
    text = "The quick <begin>brown\u00fc 123 <end>"
    equal(t.ok("encode", "-t", "out", stdin=text.encode()), t.ok("encode", "-t", "donor.gguf", stdin=text.encode()))
    # Where transformers does as it likes, that is said.
    config = json.loads(t.read("base/config.json"))
    t.write("base/config.json", json.dumps({**config, "model_type": "qwen2"}))
    for donor_type, is_said in (("llama", True), ("qwen2", False)):
        t.write("donor/config.json", json.dumps({**json.loads(t.read("donor/config.json")), "model_type": donor_type}))
        notes = json.loads(t.ok("transplant", "base", "donor", "out", "--force", "--json"))["notes"]
        equal(any("PreTrainedTokenizerFast.from_pretrained" in note for note in notes), is_said, notes)


@test
def a_beginning_that_is_gone_is_said(t):
    """A model whose texts all began with one token makes nonsense of a text without it."""
    pair(t)

    def begins_with(name, token):
        file = json.loads(t.read(f"{name}/tokenizer.json"))
        ids = vocabulary(t, f"{name}/tokenizer.json")
        text = {"Sequence": {"id": "A", "type_id": 0}}
        file["post_processor"] = token and {
            "type": "TemplateProcessing", "single": [{"SpecialToken": {"id": token, "type_id": 0}}, text], "pair": [text, text],
            "special_tokens": {token: {"id": token, "ids": [ids[token]], "tokens": [token]}}}
        t.write(f"{name}/tokenizer.json", json.dumps(file))
        return ids.get(token)

    def notes():
        return [n for n in json.loads(t.ok("transplant", "base", "donor", "--dry-run", "--json"))["notes"] if "begins each text" in n]

    equal(notes(), [])
    old = begins_with("base", "<s>")
    new = vocabulary(t, "donor/tokenizer.json")["<begin>"]
    said, = notes()
    check(f'"<s>" (id {old})' in said and f'"<begin>" (id {new})' in said, said)
    begins_with("donor", "<begin>")
    equal(notes(), [])
    begins_with("base", None)
    equal(notes(), [])


@test
def each_matrix_keeps_its_own_type(t):
    pair(t, head=True)
    tensors = tensors_of(t, "base")
    dtype, shape, data = tensors["lm_head.weight"]
    halves = b"".join(bf16(x) for x in struct.unpack(f"<{len(data) // 4}f", data))
    t.write("base/model.safetensors", safetensors({**tensors, "lm_head.weight": ("BF16", shape, halves)}))
    for options, expected in (([], ["F32", "BF16"]), (["--output-type", "f16"], ["F16", "F16"])):
        t.ok("transplant", "base", "donor", "out", "--force", *options)
        new = tensors_of(t, "out")
        equal([new["model.embed_tokens.weight"][0], new["lm_head.weight"][0]], expected)


@test
def mistakes_are_named_and_leave_nothing(t):
    """What is wrong with files is in transplant_hostile_test.py."""
    pair(t)
    (keys, tensors), _ = gguf_pair(t)
    for arguments, place in ((["base", "donor"], "OUT"), (["base", "donor", "out", "--output-type", "q8_0"], "q8_0"),
                             (["base", "donor", "out", "--output-type", "f8"], "f8"), (["base", "donor", "out", "--shard-size", "1X"], "1X"),
                             (["base", "donor", "out", "--pad-to-multiple", 2 ** 64 - 1], "--pad-to-multiple"),
                             (["base", "donor", "out", "--tolerance", "-1"], "--tolerance")):
        t.fails(2, ["transplant", *arguments], place)
    t.fails(1, ["transplant", "base", "donor", "out.gguf"], "out.gguf", "GGUF")
    t.fails(1, ["transplant", "base.gguf", "donor", "out"], "out", ".gguf")
    t.fails(1, ["transplant", "nowhere", "donor", "out"], "nowhere")
    t.fails(1, ["transplant", "base", "nowhere", "out"], "nowhere")
    t.ok("transplant", "base", "donor", "there")
    t.fails(1, ["transplant", "base", "donor", "there"], "there", "--force")
    t.write("precious/file", "x")
    t.fails(1, ["transplant", "base", "donor", "precious", "--force"], "precious")
    equal(t.read("precious/file"), b"x")
    t.write("map.json", '{"<nothing>": "a"}')
    t.fails(1, ["transplant", "base", "donor", "out", "--special-map", "map.json"], "<nothing>")
    t.fails(1, ["transplant", "base", "donor", "out", "--input-tensor", "x"], "base", '"x"')
    t.fails(1, ["transplant", "base.gguf", "donor.gguf", "out.gguf", "--input-tensor", "output_norm.weight"], "output_norm.weight", "matrix")
    # 33 columns are no blocks of 32.
    n = tensors["token_embd.weight"][1][0]
    t.write("odd.gguf", gguf_file(keys, {"token_embd.weight": ("F32", [n, 33], packed("F32", flat(rows(1, n, 33))))}))
    t.fails(1, ["transplant", "odd.gguf", "donor.gguf", "out.gguf", "--output-type", "q8_0"], "odd.gguf", "33 columns")
    good = t.read("base/config.json")
    for config, place in [("{", "config.json"), ("[]", "config.json"), ('{"model_type": "llama"}', "vocab_size"),
                          ('{"vocab_size": 1, "vocab_size": 2}', "vocab_size")]:
        t.write("base/config.json", config)
        t.fails(1, ["transplant", "base", "donor", "out", "--approximation-method", "mean"], "base/config.json", place)
    os.remove(t.path("base/config.json"))
    t.fails(1, ["transplant", "base", "donor", "out"], "base/config.json")
    t.write("base/config.json", good)
    t.ok("transplant", "base", "donor", "out")


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
