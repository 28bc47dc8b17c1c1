"""Random decoders and post-processors of tokenizer.json, and what Hugging Face's library makes of them. For
make_decode_golden.py and fuzz_decoders.py. Needs the package tokenizers; no network."""
import json
import os

os.environ["RUST_BACKTRACE"] = "0"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
import tokenizers  # noqa: E402: the library reads its environment when it is loaded

N_IDS = 100
TOKENS = ["a", "b", "ab", "##a", "##", "##ing", "\u2581a", "\u2581", "\u2581\u2581", "a\u2581b", " ", "  ", "", " a",
          "a ", "hello", "\u2581the", "</w>", "lo</w>", "a</w>b</w>", "<pad>", "|", "a|b", "x<pad>y", ".", " .", ",",
          "?", "!", "n't", " n't", "'s", " 's", "'", " ' ", "do", " do not", "not", "'ve", "'re", "'m", "<0x0A>",
          "<0xE5>", "<0x8f>", "<0xab>", "<0x61>", "<0xF0>", "<0x9F>", "<0xA6>", "<0x99>", "<0x+A>", "<0x-1>",
          "<0xGG>", "<0x\u00e9>", "<0x6>", "<0X61>", "\u0120a", "\u0120", "\u00c3", "\u00a9", "\u00e2\u0124\u00ac",
          "\u00e9", "\u0378", "\u4e00", "\U0001f999", "<|end|>", "\u010a", "caf\u00c3\u00a9",
          "\u00f0\u0141\u00a6\u013b", "\ufffd", "\x00", "</s>"]
DIRECTIONS = ["Left", "Right"]


def line_of(value):
    return json.dumps(value, separators=(",", ":"))


def random_decoder_step(rng, regexes):
    kind = rng.randrange(10)
    if kind == 0:
        return {"type": "ByteLevel", "add_prefix_space": rng.random() < 0.5, "trim_offsets": rng.random() < 0.5}
    if kind == 1:
        prefix = rng.choice(["##", "##", "a", "", "\u2581"])
        return {"type": "WordPiece", "prefix": prefix, "cleanup": rng.random() < 0.7}
    if kind == 2:
        return {"type": "Metaspace", "replacement": rng.choice("\u2581\u2581\u2581_a"),
                "prepend_scheme": rng.choice(["first", "never", "always"]), "split": rng.random() < 0.5}
    if kind == 3:
        return {"type": "BPEDecoder", "suffix": rng.choice(["</w>", "</w>", "a", "", "\u2581"])}
    if kind == 4:
        return {"type": "Strip", "content": rng.choice(" \u2581a"), "start": rng.randrange(3), "stop": rng.randrange(2)}
    if kind == 5 or kind == 6:
        if regexes and rng.random() < 0.4:
            pattern = {"Regex": rng.choice(regexes)}
        else:
            pattern = {"String": rng.choice(["\u2581", "a", "##", " ", "aa", "</w>"] + ([""] if regexes else []))}
        return {"type": "Replace", "pattern": pattern, "content": rng.choice([" ", "", "a", "\u2581", "aa"])}
    if kind == 7:
        return {"type": "CTC", "pad_token": rng.choice(["<pad>", "a", ""]),
                "word_delimiter_token": rng.choice(["|", "\u2581", ""]), "cleanup": rng.random() < 0.7}
    return {"type": ["ByteFallback", "Fuse"][kind - 8]}


def random_decoder(rng, regexes=()):
    if rng.random() < 0.1:
        replace = {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}
        strip = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
        return {"type": "Sequence", "decoders": [replace, {"type": "ByteFallback"}, {"type": "Fuse"}, strip]}
    steps = [random_decoder_step(rng, regexes) for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 3, 4]))]
    if not steps:
        return None
    return steps[0] if len(steps) == 1 else {"type": "Sequence", "decoders": steps}


def random_tokens(rng):
    some = rng.sample(TOKENS, rng.randint(1, 10))
    return [rng.choice(some) for _ in range(rng.choice([0, 1, 2, 3, 5, 8, 20]))]


def attempt(f):
    """The result of `f`, or None if it failed; a panic of Rust's is not an Exception."""
    try:
        return f()
    except BaseException as e:
        if isinstance(e, (KeyboardInterrupt, MemoryError)):
            raise
        return None


def decoder(specification):
    """A function from a list of tokens to a text."""
    if specification is None:
        return " ".join
    model = {"type": "WordLevel", "vocab": {"0": 0}, "unk_token": "0"}
    return tokenizers.Tokenizer.from_str(json.dumps({"version": "1.0", "model": model, "added_tokens": [],
                                                     "decoder": specification})).decoder.decode


def random_template(rng, names, sequences):
    pieces = [{"Sequence": {"id": name, "type_id": rng.randrange(3)}} for name in sequences]
    for _ in range(rng.choice([0, 1, 1, 2, 2, 3])):
        pieces.insert(rng.randint(0, len(pieces)),
                      {"SpecialToken": {"id": rng.choice(names), "type_id": rng.randrange(3)}})
    return pieces


def random_processor_step(rng):
    kind = rng.randrange(6)
    if kind == 0:
        return {"type": "BertProcessing", "sep": ["s", rng.randrange(N_IDS)], "cls": ["c", rng.randrange(N_IDS)]}
    if kind == 1:
        return {"type": "RobertaProcessing", "sep": ["s", rng.randrange(N_IDS)], "cls": ["c", rng.randrange(N_IDS)],
                "trim_offsets": rng.random() < 0.5, "add_prefix_space": rng.random() < 0.5}
    if kind == 2:
        return {"type": "ByteLevel", "add_prefix_space": rng.random() < 0.5, "trim_offsets": rng.random() < 0.5,
                "use_regex": rng.random() < 0.5}
    names = ["[A]", "[B]", "c"]
    specials = {}
    for name in names:
        ids = [rng.randrange(N_IDS) for _ in range(rng.choice([1, 1, 1, 2, 0]))]
        specials[name] = {"id": name, "ids": ids, "tokens": [str(i) for i in ids]}
    single = rng.choice(["A", "A", "A", "A", "AA", ""])
    pair = rng.choice(["AB", "AB", "AB", "BA", "A", "B", "ABA", "AABB"])
    return {"type": "TemplateProcessing", "single": random_template(rng, names, single),
            "pair": random_template(rng, names, pair), "special_tokens": specials}


def random_processing(rng):
    steps = [random_processor_step(rng) for _ in range(rng.choice([0, 1, 1, 1, 1, 2, 3]))]
    processor = None if not steps else {"type": "Sequence", "processors": steps}
    if len(steps) == 1 and rng.random() < 0.8:
        processor = steps[0]
    truncation = padding = None
    if rng.random() < 0.7:
        truncation = {"direction": rng.choice(DIRECTIONS), "max_length": rng.choice([0, 1, 2, 3, 4, 5, 6, 8, 10, 15]),
                      "strategy": rng.choice(["LongestFirst", "LongestFirst", "OnlyFirst", "OnlySecond"]),
                      "stride": rng.choice([0, 0, 1, 2, 3])}
    if rng.random() < 0.5:
        padding = {"strategy": rng.choice(["BatchLongest", {"Fixed": rng.randrange(20)}]),
                   "direction": rng.choice(DIRECTIONS), "pad_to_multiple_of": rng.choice([None, None, 0, 1, 3, 8]),
                   "pad_id": rng.randrange(N_IDS), "pad_type_id": rng.randrange(3), "pad_token": "[PAD]"}
    return {"post_processor": processor, "truncation": truncation, "padding": padding}


def random_batch(rng):
    def text():
        return [rng.randrange(1, N_IDS) for _ in range(rng.choice([0, 1, 2, 3, 5, 7, 12]))]
    texts = [[text()] if rng.random() < 0.5 else [text(), text()] for _ in range(rng.choice([1, 1, 3]))]
    return [rng.random() < 0.8] + texts


def processing(specification):
    """A function from a batch to the encodings as a text, or None if it fails."""
    model = {"type": "WordLevel", "vocab": {str(i): i for i in range(N_IDS)}, "unk_token": "0"}
    built = tokenizers.Tokenizer.from_str(json.dumps(
        {"version": "1.0", "model": model, "added_tokens": [], "pre_tokenizer": {"type": "WhitespaceSplit"},
         **specification}))

    def listed(e):
        return [e.ids, e.type_ids, e.special_tokens_mask, e.attention_mask, [listed(o) for o in e.overflowing]]

    def run(batch):
        inputs = [tuple(" ".join(map(str, text)) for text in texts) for texts in batch[1:]]
        inputs = [i[0] if len(i) == 1 else i for i in inputs]
        return "".join(line_of(listed(e)) for e in built.encode_batch(inputs, add_special_tokens=batch[0]))
    return lambda batch: attempt(lambda: run(batch))
