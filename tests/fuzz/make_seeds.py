"""Small files of each format to start fuzzing from: make_seeds.py FOLDER writes FOLDER/TARGET/*, one folder a fuzz
target, and FOLDER/TARGET.dict, words for the fuzzer to put in. All are made here; nothing is anybody's tokenizer."""

import base64
import json
import pathlib
import struct
import sys

LIMIT = 8192  # as run.py's -max_len


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number, value):
    """A field of a protobuf message: int, float, bytes or text."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value & (1 << 64) - 1)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def piece(text, score=0.0, kind=1):
    return field(1, field(1, text) + field(2, score) + field(3, kind))


def pooled():
    for layout, shape, prefix, end in ("ragged", "(6,)", 0, None), ("padded", "(1, 2, 3)", 1, 5):
        ids = {"pad": 4, "n_prefix": prefix, **({"end_of_word": end} if end else {})}
        description = {"format": "tessera pooled words", "version": 1, "layout": layout, "joiner": " ", "document_end": "\n",
                       "units": {"name": "characters", "characters": [97, 98, 233, 0x110080]}, "ids": ids}
        header = f"{{'descr': '<i4', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
        units = bytes([6, 1, 4, 6, 2, 5] if prefix else [0, 1, 2, 3, 0, 1])
        yield json.dumps(description).encode() + b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + units


def sentencepiece():
    charsmap = struct.pack("<II", 4, 0) + b"a\0"
    head = piece("<unk>", kind=2) + piece("<s>", kind=3) + piece("</s>", kind=3)
    words = piece("\u2581a", -1.5) + piece("b", -2.0) + piece("\0", -3.0) + piece("<x>", kind=4) + piece("old", kind=5)
    normalizer = field(3, field(1, "nmt_nfkc") + field(2, charsmap) + field(3, 1) + field(4, 0))
    yield head + words + field(2, field(3, 1) + field(45, "<unk>")) + normalizer
    yield head + words + field(2, field(3, 2) + field(46, "<s>") + field(24, 1)) + normalizer + field(5, field(2, charsmap))
    yield head + field(4, field(1, field(1, "in") + field(2, "out"))) + b"\x9b\x06\x08\x01\x9c\x06"  # a group
    yield head + b"".join(piece(f"<0x{b:02X}>", kind=6) for b in range(256)) + field(2, field(35, 1))


STRING, ARRAY, UINT32, INT32, FLOAT32, BOOL, INT8 = 8, 9, 4, 5, 6, 7, 1
FORMATS = {UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?", INT8: "<b"}


def gguf_file(pairs, version=3):
    width = "<I" if version == 1 else "<Q"

    def value(kind, x):
        if kind == STRING:
            data = x.encode() if isinstance(x, str) else x
            return struct.pack(width, len(data)) + data
        return struct.pack(FORMATS[kind], x)

    out = b"GGUF" + struct.pack("<I", version) + struct.pack(width, 0) + struct.pack(width, len(pairs))
    for key, kind, x in pairs:
        out += value(STRING, key)
        if isinstance(x, list):
            out += struct.pack("<II", ARRAY, kind) + struct.pack(width, len(x)) + b"".join(value(kind, e) for e in x)
        else:
            out += struct.pack("<I", kind) + value(kind, x)
    return out


def gguf():
    ggml = "tokenizer.ggml."

    def of(model, tokens, *more):
        return [("general.architecture", STRING, "x"), (ggml + "model", STRING, model), (ggml + "tokens", STRING, tokens),
                *((ggml + key, kind, x) for key, kind, x in more)]

    llama = of("llama", ["<unk>", "<s>", "</s>", "<0x0A>", "\u2581a"], ("scores", FLOAT32, [0, 0, 0, 0, -1.5]),
               ("token_type", INT32, [2, 3, 3, 6, 1]), ("bos_token_id", UINT32, 1), ("add_bos_token", BOOL, True))
    for version in 1, 2, 3:
        yield gguf_file(llama, version)
    yield gguf_file(of("gpt2", ["a", "b", "ab", "<|end|>"], ("pre", STRING, "llama-bpe"), ("merges", STRING, ["a b"]),
                       ("token_type", INT32, [1, 1, 1, 3]), ("bos_token_id", UINT32, 3)))
    yield gguf_file(of("bert", ["[CLS]", "[SEP]", "\u2581a"], ("cls_token_id", UINT32, 0), ("seperator_token_id", UINT32, 1)))
    yield gguf_file(of("t5", ["<pad>", "</s>", "<unk>"], ("scores", FLOAT32, [0, 0, 0]),
                       ("precompiled_charsmap", INT8, [4, 0, 0, 0, 0, 0, 0, 0, 97, 0])))
    yield gguf_file(of("rwkv", ["<s>", "\\x00", "a\\n", "it's"]))
    yield gguf_file(of("gemma4", ["a", "<bos>"], ("merges", STRING, ["  a"]), ("bos_token_id", INT32, 1)))


def gguf_tensors():
    for version, alignment in (1, None), (3, None), (3, 8):
        width = "<I" if version == 1 else "<Q"
        pairs = [("general.alignment", UINT32, alignment)] if alignment else []
        infos, offset = b"", 0
        for name, dims, kind, size in ("a", [2, 3], 0, 24), ("token_embd.weight", [32, 2], 8, 68), ("k", [256], 12, 144), ("s", [], 30, 2):
            infos += struct.pack(width, len(name)) + name.encode() + struct.pack("<I", len(dims))
            infos += b"".join(struct.pack(width, d) for d in dims) + struct.pack("<IQ", kind, offset)
            offset += -(-size // (alignment or 32)) * (alignment or 32)
        head = gguf_file(pairs, version)
        at = 8  # of the number of tensors
        head = head[:at] + struct.pack(width, 4) + head[at + struct.calcsize(width):] + infos
        yield head + b"\0" * (-len(head) % (alignment or 32)) + bytes(range(256))[:offset].ljust(offset, b"\x3c")


def model_config():
    yield json.dumps({"vocab_size": 32000, "bos_token_id": 1, "eos_token_id": [1, 2], "tie_word_embeddings": False,
                      "time_step_limit": [0.0, float("inf")], "big": 10**30}, indent=2).encode()
    yield json.dumps({"eos_token_id": None, "text_config": {"vocab_size": 7, "pad_token_id": 0}, "x\u0000": "\\\"{"}).encode()


def ngram():
    def of(vocab_size, end, *levels):
        """A level: keys, first_child, first_successor, successors, counts."""
        header = (f"tessera n-gram model 1\nvocab_size {vocab_size}\nrow_width {vocab_size}\nend {end}\nvocabulary {32 * '0'}\n"
                  f"contexts {' '.join(str(len(level[0])) for level in levels)}\n"
                  f"successors {' '.join(str(len(level[3])) for level in levels)}\ncontent {32 * '0'}\n\n")
        kinds = "IQQIQ"
        return header.encode() + b"".join(struct.pack(f"<{len(a)}{kinds[i]}", *a) for level in levels for i, a in enumerate(level))

    before = 0xFFFFFFFF
    yield of(3, "none", ([before], [], [0, 2], [0, 2], [3, 1]))
    # The texts "a b" and "a a b", with trigrams; the end is 2.
    yield of(3, 2, ([before], [0, 3], [0, 3], [0, 1, 2], [2, 1, 1]),
             ([0, 1, before], [0, 2, 3, 3], [0, 2, 3, 4], [0, 1, 2, 0], [1, 2, 1, 2]),
             ([0, before, 0], [], [0, 1, 3, 4], [1, 0, 1, 2], [1, 1, 1, 2]))


def safetensors():
    def of(entries, data, **more):
        header = json.dumps({**more, **entries}).encode()
        return struct.pack("<Q", len(header)) + header + data

    yield of({}, b"")
    yield of({"a": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]}, "b": {"dtype": "F32", "shape": [], "data_offsets": [8, 12]}},
             bytes(12), __metadata__={"format": "pt"})
    yield of({"q": {"dtype": "F4", "shape": [4], "data_offsets": [0, 2]}, "e": {"dtype": "F64", "shape": [0, 9], "data_offsets": [2, 2]}}, b"ab")


def tokenizer_json():
    def of(model, **more):
        return json.dumps({"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
                           "pre_tokenizer": None, "post_processor": None, "decoder": None, "model": model, **more}).encode()

    special = {"id": 4, "content": "<|end|>", "single_word": False, "lstrip": True, "rstrip": False, "normalized": False,
               "special": True}
    bpe = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
           "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
           "vocab": {"a": 0, "b": 1, "ab": 2, "\u0120a": 3, "\u0120": 5}, "merges": [["a", "b"], ["\u0120", "a"]]}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    split = {"type": "Split", "pattern": {"Regex": "\\p{N}{1,3}| ?\\p{L}+|\\s+"}, "behavior": "Isolated", "invert": False}
    yield of(bpe, added_tokens=[special], pre_tokenizer=byte_level, decoder=byte_level, post_processor=byte_level)
    yield of({**bpe, "merges": ["a b"]}, normalizer={"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]},
             pre_tokenizer={"type": "Sequence", "pretokenizers": [split, {**byte_level, "use_regex": False}]})
    template = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<|end|>", "type_id": 0}},
                                                         {"Sequence": {"id": "A", "type_id": 0}}], "pair": [],
                "special_tokens": {"<|end|>": {"id": "<|end|>", "ids": [4], "tokens": ["<|end|>"]}}}
    yield of({**bpe, "unk_token": "a", "fuse_unk": True}, added_tokens=[special], pre_tokenizer={"type": "Whitespace"},
             post_processor=template)
    yield of({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
              "vocab": {"[UNK]": 0, "a": 1, "##b": 2}}, normalizer={"type": "BertNormalizer", "clean_text": True,
              "handle_chinese_chars": True, "strip_accents": None, "lowercase": True}, pre_tokenizer={"type": "BertPreTokenizer"},
             decoder={"type": "WordPiece", "prefix": "##", "cleanup": True})
    yield of({"type": "Unigram", "unk_id": 0, "byte_fallback": False, "vocab": [["<unk>", 0.0], ["\u2581a", -1.5], ["b", -2.0]]},
             normalizer={"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
             pre_tokenizer={"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True},
             decoder={"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True})


def vocab_merges():
    yield json.dumps({"a": 0, "b": 1, "ab": 2, "\u0120": 3}).encode() + b"\xfe#version: 0.2\na b\n"


def tiktoken():
    yield b"YWI= 256\nYWJj 300\n"
    yield b"#AA== 0\nAQ== 1\r\n"
    ranks = "! 5 @@\n! 300 YWI= YWJj"
    yield json.dumps({"explicit_n_vocab": 7, "pat_str": "\\s+", "special_tokens": {"<EOT>": 0}, "bpe_ranks": ranks}).encode()


def tekken():
    for version, specials in ("v3", None), ("v11", [{"rank": 0, "token_str": "<unk>", "is_control": True}]):
        row = json.dumps({"rank": 256, "token_bytes": base64.b64encode(b"ab").decode(), "token_str": "ab"})
        config = {"pattern": "a+", "num_vocab_tokens": 9, "default_vocab_size": 280, "default_num_special_tokens": 23,
                  "version": version}
        more = "" if specials is None else ',"special_tokens":' + json.dumps(specials)
        yield f'{{"config":{json.dumps(config)},"vocab":[@@,{row}]{more}}}'.encode()


def boundless():
    words = "1\n4 <end>\nwords\n@@\nmerges\n2\n0 a b 7 1\n2 ab a 9 0\ndeletions\n1\n1 ab\n"
    tokens = "vocabulary\n4\n0 a 3 0\n1 b 1 0\n2 ab 0 0\n3 aba 7 1\nspecial_tokens\n"
    yield ("BoundlessBPE v2 word\n" + tokens + words).encode()
    yield ("BoundlessBPE v2 word\n" + tokens + words + "+").encode()
    superwords = "superwords\n@+\nmerges\n1\n0 ab a 3 0\ndeletions\n0\n"
    for kind in "boundless", "superbpe":
        yield (f"BoundlessBPE v2 {kind}\n" + tokens + words + superwords).encode()


def vocabulary_text():
    yield b"1 '\\x00' 1\n2 b'\\xff' 1\n3 ' a b ' 5\n4 \"it's\" 4\n5 '\\u2581' 3\n"
    yield b"[PAD]\n[UNK]\nthe\n##ing\r\n\n\xe3\x80\x80\nthe\n"


def tokenizer_config():
    config = {"added_tokens_decoder": {"7": {"content": "<s>", "lstrip": True, "special": True}}, "bos_token": "<s>",
              "eos_token": {"content": "</s>", "rstrip": True}, "additional_special_tokens": ["<a>"], "add_bos_token": True,
              "model_max_length": 10**30, "tokenizer_class": "X"}
    yield json.dumps(config).encode()
    yield b"{}\xfe" + json.dumps({"unk_token": "<u>", "pad_token": ""}).encode() + b"\xfe" + json.dumps({"<u>": 9, "w": 4}).encode()


def count_table():
    yield "\u0120the\t12\nab\t9223372036854775807\n\u010a\t1\n".encode()


TARGETS = [boundless, count_table, gguf, gguf_tensors, model_config, ngram, pooled, safetensors, sentencepiece, tekken, tiktoken,
           tokenizer_config, tokenizer_json, vocab_merges, vocabulary_text]
WORDS = {
    "boundless": ["BoundlessBPE v2 ", "word", "superbpe", "boundless", "\u0120", " 1\n", "@@", "@+", "merges\n", "deletions\n"],
    "count_table": ["\u0120", "\t", "9223372036854775807"],
    "gguf": ["GGUF", "tokenizer.ggml.", "pre", "llama", "gpt2", "bert", "t5", "rwkv", "gemma4", "<0x-1>", "<0x41>", "\\x00",
             *("tokenizer.ggml." + key for key in (
                 "model tokens scores token_type merges precompiled_charsmap bos_token_id eos_token_id eot_token_id "
                 "unknown_token_id seperator_token_id padding_token_id mask_token_id cls_token_id add_bos_token "
                 "add_eos_token add_sep_token add_space_prefix remove_extra_whitespaces normalizer.lowercase").split())],
    "gguf_tensors": ["GGUF", "general.alignment", "token_embd.weight", *(f"{chr(i)}\0\0\0" for i in range(1, 42))],
    "ngram": ["vocab_size ", "row_width ", "end none", "\n", " 0", " 1", " 2", "\0\0\0\0"],
    "safetensors": ["\"__metadata__\"", "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"BF16\"", "\"F4\"", "\"F64\"", "\"U8\"",
                    "18446744073709551615", "9223372036854775808", "[0,0]", "{}"],
    "pooled": ["\"ragged\"", "\"padded\"", "\"characters\"", "\"end_of_word\"", "'descr'", "'<i8'", "'|u1'", "'shape'",
               "'fortran_order'", "False", "(", ")", "99999999999"],
    "sentencepiece": ["<unk>", "<s>", "</s>", "<0x41>", "<0x-1>"],
    "vocabulary_text": ["b'", "\\x", "\\u", "\\U", "\\n", " 1\n", "'"],
}


def main():
    folder = pathlib.Path(sys.argv[1])
    for target in TARGETS:
        name = target.__name__
        (folder / name).mkdir(parents=True, exist_ok=True)
        words = set(WORDS.get(name, []))
        for i, seed in enumerate(target()):
            assert len(seed) <= LIMIT, (name, i, len(seed))
            (folder / name / f"seed{i}").write_bytes(seed)
            if name not in WORDS and seed.startswith(b"{"):  # the keys and names of JSON
                words.update(part for part in seed.decode(errors="replace").split('"')[1::2] if part.isprintable())
        lines = "".join('"%s"\n' % "".join(f"\\x{b:02X}" for b in word.encode()) for word in sorted(words) if word)
        (folder / f"{name}.dict").write_text(lines)


if __name__ == "__main__":
    main()
