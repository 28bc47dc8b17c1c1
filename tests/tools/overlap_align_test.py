#!/usr/bin/env python3
"""Tests of the command line: overlap and align. See cli.py."""

import json

import cli
from cli import check, equal, test

# A tokenizer of Gemma's family: U+2581 for spaces, byte fallback. Its tokens of one letter are those of `WORDS`.
WORDS = ["\u2581the", "the", "\u00e9", "\u4e2d", "\u2581", "t", "h", "e", "\n", "<0x0A>", "<0xC3>", "\u2581quick"]


def byte_fallback(t, name="other/tokenizer.json", specials=("<s>", "<end>")):
    vocab = {token: id for id, token in enumerate(WORDS)}
    added = [{"id": len(WORDS) + i, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": True} for i, content in enumerate(specials)]
    return t.write(name, json.dumps({
        "version": "1.0", "added_tokens": added, "pre_tokenizer": None, "post_processor": None,
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"},
            {"type": "Fuse"}]},
        "model": {"type": "BPE", "byte_fallback": True, "vocab": vocab,
                  "merges": []}}))


def canonical(path, program):
    """Bytes -> ids of the small tokenizer, which is byte-level, and the names of its special tokens."""
    with open(path, encoding="utf-8") as file:
        root = json.load(file)
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in printable]
    byte_of = {chr(b): b for b in printable} | {chr(0x100 + i): b for i, b in enumerate(others)}
    special = {token["content"]: token["id"] for token in root["added_tokens"]}
    text = {bytes(byte_of[c] for c in token): id for token, id in root["model"]["vocab"].items() if token not in special}
    return text, special


@test
def overlap_counts_tokens_by_bytes(t):
    small, other = t.tokenizer(), byte_fallback(t)
    text, special = canonical(small, t.program)
    theirs = {"\u2581the": b" the", "\u2581": b" ", "<0x0A>": b"\n", "<0xC3>": b"\xc3", "\u2581quick": b" quick"}
    theirs = {word: theirs.get(word, word.encode()) for word in WORDS}
    out = json.loads(t.ok("overlap", small, other, "--json"))
    equal(out["a"]["text_tokens"], {"n": len(text), "n_shared": len(set(text) & set(theirs.values()))})
    equal(out["b"]["text_tokens"], {"n": len(WORDS), "n_shared": sum(bytes in text for bytes in theirs.values())})
    equal(out["a"]["special"], {"n": 1, "n_shared": 0})
    equal(out["a"]["by_length"][0]["n"], 256)
    beyond = [bytes for bytes in theirs.values() if max(bytes) >= 128]
    equal(out["b"]["beyond_ascii"], {"n": len(beyond), "n_shared": sum(bytes in text for bytes in beyond)})
    check("text is split differently before the tokens are made" in out["warnings"], out["warnings"])
    table = t.ok("overlap", small, other).decode()
    check("text tokens" in table and "warning: text is split differently" in table, table)
    # The other lacks most letters, which is a change too.
    check("changes nothing" in table and "A changes nothing, B case" in table, table)


@test
def overlap_matches_special_tokens_by_role_and_as_told(t):
    t.write("a/tokenizer.json", open(t.tokenizer(), encoding="utf-8").read())
    t.write("a/tokenizer_config.json", json.dumps({"eos_token": "<|endoftext|>"}))
    byte_fallback(t)
    t.write("other/tokenizer_config.json", json.dumps({"bos_token": "<s>", "eos_token": "<end>"}))
    out = json.loads(t.ok("overlap", "a", "other", "--json"))
    equal(out["a"]["matched_by"]["special_by_role"], 1)
    t.write("said.json", json.dumps({"<|endoftext|>": "<s>"}))
    out = json.loads(t.ok("overlap", "a", "other", "--special-map", "said.json", "--json", "--map", "map.json"))
    equal((out["a"]["matched_by"]["special_by_role"], out["a"]["matched_by"]["user_token"]), (0, 1))
    _, special = canonical(t.path("a/tokenizer.json"), t.program)
    equal(json.loads(t.read("map.json"))["draft_to_target"][special["<|endoftext|>"]], WORDS.index("\u2581quick") + 1)
    t.write("wrong.json", json.dumps({"<absent>": "<s>"}))
    t.fails(1, ["overlap", "a", "other", "--special-map", "wrong.json"], "<absent>")
    t.write("wrong.json", "[1]")
    t.fails(1, ["overlap", "a", "other", "--special-map", "wrong.json"], "wrong.json")


@test
def overlap_writes_the_map_of_a_draft(t):
    small, other = t.tokenizer(), byte_fallback(t)
    text, _ = canonical(small, t.program)
    t.ok("overlap", other, small, "--map", "map.json", "--draft-width", 20, "--target-width", 400)
    file = json.loads(t.read("map.json"))
    equal((len(file["draft_to_target"]), len(file["target_to_draft"])), (20, 400))
    newline, fallback = WORDS.index("\n"), WORDS.index("<0x0A>")
    for word, bytes in [("t", b"t"), ("\u2581", b" "), ("\n", b"\n"), ("<0xC3>", b"\xc3"), ("\u4e2d", "\u4e2d".encode())]:
        equal(file["draft_to_target"][WORDS.index(word)], text.get(bytes, -1), word)
    equal(file["draft_to_target"][fallback], file["draft_to_target"][newline])
    equal(file["target_to_draft"][text[b"\n"]], newline)  # which texts become, not the byte fallback
    equal(sorted(file["kept_drafts"] + file["suppressed"]), list(range(20)))
    equal([file["target_to_draft"][id] for id in file["kept_targets"]], file["kept_drafts"])
    t.fails(1, ["overlap", other, small, "--map", "map.json"], "map.json", "--force")
    t.ok("overlap", other, small, "--map", "map.json", "--force", "--collisions", "highest")
    file = json.loads(t.read("map.json"))
    equal(file["target_to_draft"][text[b"\n"]], newline)
    equal(len(file["draft_to_target"]), len(WORDS) + 2)
    t.ok("overlap", other, small, "--map", "new.json", "--collisions", "refuse")
    # " quick" is there twice: the sign for a space, and a space.
    WORDS.append(" quick")
    twice = byte_fallback(t, "twice/tokenizer.json")
    WORDS.pop()
    t.fails(1, ["overlap", twice, small, "--map", "third.json", "--collisions", "refuse"], "choose")
    for policy, kept in [("lowest", WORDS.index("\u2581quick")), ("highest", len(WORDS))]:
        t.ok("overlap", twice, small, "--map", policy + ".json", "--collisions", policy)
        equal(json.loads(t.read(policy + ".json"))["target_to_draft"][text[b" quick"]], kept)


@test
def overlap_covers_texts(t):
    small, corpus = t.tokenizer(), t.corpus()
    other = byte_fallback(t)
    out = json.loads(t.ok("overlap", small, other, corpus, "--json"))
    ids = [int(id) for id in t.ok("encode", "-t", small, "--documents", "file", corpus).split()]
    t.ok("overlap", small, other, "--map", "map.json")
    to = json.loads(t.read("map.json"))["draft_to_target"]
    equal((out["documents"], out["a"]["texts"]["tokens"]), (1, len(ids)))
    equal(out["a"]["texts"]["shared_tokens"], sum(to[id] >= 0 for id in ids))
    equal(out["a"]["texts"]["bytes"], len(cli.TEXT.encode()))
    check("tokens in texts" in t.ok("overlap", small, other, corpus).decode(), "a row for the texts")


@test
def overlap_as_other_tools_match(t):
    small, other = t.tokenizer(), byte_fallback(t)
    by_bytes = json.loads(t.ok("overlap", small, other, "--json"))["a"]["text_tokens"]["n_shared"]
    for how in ["mergekit", "transformers", "vllm"]:
        out = json.loads(t.ok("overlap", small, other, "--match", how, "--json"))
        equal(out["match"], how)
        n = out["a"]["matched_by"]["key"]
        check(0 < n < by_bytes, f"{how}: {n} of {by_bytes}")


@test
def overlap_mistakes(t):
    small = t.tokenizer()
    t.fails(2, ["overlap", small], "which two tokenizers")
    t.fails(2, ["overlap", small, small, "--match", "strings"], "--match")
    t.fails(2, ["overlap", small, small, "--draft-width", "5"], "--map")
    t.fails(2, ["overlap", small, small, "--map", "m.json", "--draft-width", "0"], "--draft-width")
    t.write("m.json", "{}")
    t.fails(2, ["overlap", small, small, "--special-map", "m.json", "--match", "vllm"], "--special-map")
    t.fails(1, ["overlap", small, "absent.json"], "absent.json")
    t.fails(1, ["overlap", small, small, "absent.txt"], "absent.txt")


def ends(program, path, text):
    """After how many bytes each token ends."""
    done, total = [], 0
    for piece in json.loads(program("encode", "-t", path, "--output-format", "json", "--offsets", stdin=text))["offsets"]:
        total = piece[1]
        done.append(total)
    return done


@test
def align_cuts_where_both_cut(t):
    small, corpus = t.tokenizer(), t.corpus()
    t.ok("train", "-o", "tiny.json", "--vocab-size", 270, corpus)
    lines = t.ok("align", "-t", small, "--against", "tiny.json", corpus).splitlines()
    texts = cli.TEXT.splitlines()
    equal(len(lines), len(texts))
    for line, text in list(zip(lines, texts))[:3]:
        out = json.loads(line)
        left, right = ends(t.ok, small, text.encode()), ends(t.ok, "tiny.json", text.encode())
        equal((len(out["left"]), len(out["right"])), (len(left), len(right)))
        equal([chunk[5] for chunk in out["chunks"]], sorted(set(left) & set(right)))
        at = [0, 0, 0]
        for a0, a1, b0, b1, begin, end in out["chunks"]:
            equal([a0, b0, begin], at)
            equal((left[a1 - 1], right[b1 - 1]), (end, end))
            at = [a1, b1, end]
        equal((out["special"], out["different"]), ([], []))
    sums = json.loads(t.ok("align", "-t", small, "--against", "tiny.json", "--json", corpus))
    equal((sums["documents"], sums["chunks"]), (len(texts), sum(len(json.loads(line)["chunks"]) for line in lines)))
    equal(sums["different"], 0)
    equal(t.ok("align", "-t", small, "--against", "tiny.json", "-j", "1", corpus).splitlines(), lines)


@test
def align_special_tokens_and_words(t):
    small, other = t.tokenizer(), byte_fallback(t)
    t.write("said.json", json.dumps({"<|endoftext|>": "<end>"}))
    text = b"the<|endoftext|>the<end>"
    out = json.loads(t.ok("align", "-t", small, "--against", other, "--special-map", "said.json", stdin=b"the the"))
    equal([chunk[4:] for chunk in out["chunks"]][-1][1], 7)
    words = json.loads(t.ok("align", "-t", small, "--against", small, "--words", stdin=b"two words here"))
    equal([chunk[4:] for chunk in words["chunks"]], [[0, 3], [3, 9], [9, 14]])
    # Either name is text for the other tokenizer, so bytes differ; the program says which.
    out = json.loads(t.ok("align", "-t", small, "--against", other, "--special-map", "said.json", stdin=text))
    check(out["different"], out)
    t.fails(2, ["align", "-t", small], "--against")
    t.fails(2, ["align", "--against", small], "--tokenizer")
    t.fails(1, ["align", "-t", small, "--against", "absent"], "absent")


if __name__ == "__main__":
    cli.main()
