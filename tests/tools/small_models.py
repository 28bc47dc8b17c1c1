"""Small models for tests of the command line: random rows, other tensors that must come through as they are. What they are
written with is here alone, so that a file may be made wrong in any way. Needs nothing but Python.
"""

import json
import math
import os
import random
import struct

from cli import TEXT

# What the donor's tokenizer is trained on.
OTHER_TEXT = TEXT + "import numpy as np\nwhile (x != 0) { y += 1; }\n" * 40
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


def train(t, name, size, special, text=TEXT, *options):
    corpus = t.write("training.txt", text)
    os.makedirs(t.path(name), exist_ok=True)
    arguments = [a for s in special for a in ("--special-token", s)]
    t.ok("train", "-o", t.path(f"{name}/tokenizer.json"), "--vocab-size", size, *arguments, *options, "--quiet", "--force", corpus)
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
                  text=OTHER_TEXT)
    return base, donor


def tensors_of(t, name):
    return read_safetensors(t.read(f"{name}/model.safetensors"))


def row_bytes(tensor, i):
    dtype, shape, data = tensor
    size = len(data) // shape[0]
    return data[i * size:(i + 1) * size]


# GGUF: the numbers of types of values, and of tensors with (values, bytes) of a block.
VALUE_TYPES = {"u8": (0, "B"), "i32": (5, "i"), "u32": (4, "I"), "f32": (6, "f"), "bool": (7, "?"), "u64": (10, "Q")}
TENSOR_TYPES = {"F32": (0, 1, 4), "F16": (1, 1, 2), "Q8_0": (8, 32, 34), "I32": (26, 1, 4), "BF16": (30, 1, 2)}


def gguf_string(text):
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(data)) + data


def gguf_value(kind, value):
    """KIND is one of VALUE_TYPES, "str", or "[KIND]" for an array."""
    if kind.startswith("["):
        kind = kind[1:-1]
        head = struct.pack("<IIQ", 9, 8 if kind == "str" else VALUE_TYPES[kind][0], len(value))
        return head + b"".join(gguf_string(v) if kind == "str" else struct.pack("<" + VALUE_TYPES[kind][1], v) for v in value)
    if kind == "str":
        return struct.pack("<I", 8) + gguf_string(value)
    number, form = VALUE_TYPES[kind]
    return struct.pack("<I" + form, number, value)


def gguf_tensor(name, shape, number, offset):
    return (gguf_string(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", n) for n in reversed(shape)) +
            struct.pack("<IQ", number, offset))


def gguf_file(keys, tensors, alignment=32, change=None):
    """{key: (kind, value)} and {name: (dtype, shape, bytes)} as a file. CHANGE gets the parts before they are joined: the
    counts of tensors and keys, the keys, the list of tensors, the data; all as a dictionary."""
    data, listed = b"", b""
    for name, (dtype, shape, value) in tensors.items():
        listed += gguf_tensor(name, shape, TENSOR_TYPES[dtype][0], len(data))
        data += value + bytes(-len(value) % alignment)
    parts = {"magic": b"GGUF", "version": 3, "tensors": len(tensors), "keys": len(keys),
             "pairs": b"".join(gguf_string(key) + gguf_value(*value) for key, value in keys.items()), "list": listed, "data": data}
    if change is not None:
        change(parts)
    head = parts["magic"] + struct.pack("<IQQ", parts["version"], parts["tensors"], parts["keys"]) + parts["pairs"] + parts["list"]
    return head + bytes(-len(head) % alignment) + parts["data"]


def read_gguf(data):
    """({key: value}, {name: (number of the type, shape, bytes)})."""
    at = 24
    n_tensors, n_keys = struct.unpack("<QQ", data[8:24])

    def take(form):
        nonlocal at
        size = struct.calcsize("<" + form)
        at += size
        return struct.unpack("<" + form, data[at - size:at])[0]

    def string():
        nonlocal at
        n = take("Q")
        at += n
        return data[at - n:at].decode(errors="replace")

    forms = {number: form for number, form in VALUE_TYPES.values()}
    keys, tensors = {}, {}
    for _ in range(n_keys):
        key, kind = string(), take("I")
        if kind == 9:
            kind, n = take("I"), take("Q")
            keys[key] = [string() if kind == 8 else take(forms[kind]) for _ in range(n)]
        else:
            keys[key] = string() if kind == 8 else take(forms[kind])
    for _ in range(n_tensors):
        name = string()
        shape = [take("Q") for _ in range(take("I"))]
        tensors[name] = (take("I"), shape[::-1], take("Q"))
    begin = at + -at % 32
    blocks = {number: (values, size) for number, values, size in TENSOR_TYPES.values()}
    return keys, {name: (number, shape, data[begin + offset:begin + offset + math.prod(shape) // blocks[number][0] * blocks[number][1]])
                  for name, (number, shape, offset) in tensors.items()}


def gguf_keys(t, folder, roles, template=""):
    """The keys of a model with the tokenizer in FOLDER, as llama.cpp's converter writes them."""
    file, tokens = json.loads(t.read(f"{folder}/tokenizer.json")), vocabulary(t, folder + "/tokenizer.json")
    special = {token["id"] for token in file["added_tokens"]}
    spelled = sorted(tokens, key=tokens.get)
    keys = {"general.architecture": ("str", "llama"), "llama.context_length": ("u32", 64), "llama.vocab_size": ("u32", len(tokens)),
            "tokenizer.ggml.model": ("str", "gpt2"), "tokenizer.ggml.pre": ("str", "gpt-2"), "tokenizer.ggml.tokens": ("[str]", spelled),
            "tokenizer.ggml.token_type": ("[i32]", [3 if tokens[token] in special else 1 for token in spelled]),
            "tokenizer.ggml.merges": ("[str]", [m if isinstance(m, str) else " ".join(m) for m in file["model"]["merges"]]),
            "tokenizer.ggml.add_bos_token": ("bool", False)}
    for role, token in roles.items():
        keys[f"tokenizer.ggml.{role}_token_id"] = ("u32", tokens[token])
    if template:
        keys["tokenizer.chat_template"] = ("str", template)
    return keys


def gguf_tensors(n, dim, seed, head=False):
    tensors = {"token_embd.weight": ("F32", [n, dim], packed("F32", flat(rows(seed, n, dim)))),
               "blk.0.attn_q.weight": ("F32", [dim, dim], packed("F32", flat(rows(seed + 1, dim, dim)))),
               "output_norm.weight": ("F32", [dim], packed("F32", rows(seed + 2, 1, dim)[0]))}
    if head:
        tensors["output.weight"] = ("F32", [n, dim], packed("F32", flat(rows(seed + 3, n, dim))))
    return tensors


def gguf_pair(t):
    """base.gguf and donor.gguf, and the tokenizers of both in folders. Returns their keys and tensors."""
    made = []
    for name, size, special, roles, dim, text, template in (
            ("base", 420, ["<s>", "</s>"], {"bos": "<s>", "eos": "</s>"}, 32, TEXT, ""),
            ("donor", 500, ["<end>", "<begin>", "<call>"], {"bos": "<begin>", "eos": "<end>"}, 8, OTHER_TEXT, "template of the GGUF")):
        train(t, name, size, special, text)
        n = max(vocabulary(t, f"{name}/tokenizer.json").values()) + 1
        made.append((gguf_keys(t, name, roles, template), gguf_tensors(n, dim, len(name))))
        t.write(f"{name}.gguf", gguf_file(*made[-1]))
    return made
