#!/usr/bin/env python3
"""Trains small SentencePiece models on lines of data/text and records what SentencePiece makes of texts with them, as
data/golden/sentencepiece/recorded.txt; or, with a newer SentencePiece, what it makes otherwise: changed.txt.

usage: make_sentencepiece_golden.py    (with the Python package sentencepiece 0.2.1, then with 0.2.3)

Lines of the files: `model NAME BASE64` (`model NAME` in changed.txt), and for the model before: `encode HEX: ID ...` and
`decode HEX: ID ...`, where HEX is the text. Character maps are of rules of our own, since those of nmt_nfkc alone are
240 kB.
"""
import base64
import io
import os
import random
import sys
import tempfile

import sentencepiece

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "fuzz"))
import sentencepiece_models as models  # noqa: E402

RULES = ["41\t61", "42\t62", "C9\tE9", "65 301\tE9", "FB01\t66 69", "A0\t20", "3000\t20 20", "AD\t", "2026\t2E 2E 2E", "FF21\t41", "61 62 63\t78 20 79", "200B\t20"]
BACK = ["E9\t65", "28 28\t28"]
# name: options of the trainer; the text's lines are of these files
TRAINED = [
    ("unigram", ["english", "german"], {"model_type": "unigram", "vocab_size": 400}),
    ("unigram rules", ["english", "french"], {"model_type": "unigram", "vocab_size": 300, "rules": RULES, "user_defined_symbols": ["<sep>", "<se", "  ", "ab"], "control_symbols": ["<c>", "q"]}),
    ("unigram bytes", ["chinese", "english"], {"model_type": "unigram", "vocab_size": 900, "byte_fallback": True, "character_coverage": 0.98, "split_digits": True}),
    ("unigram suffix", ["english"], {"model_type": "unigram", "vocab_size": 250, "treat_whitespace_as_suffix": True, "allow_whitespace_only_pieces": True, "remove_extra_whitespaces": False}),
    ("bpe", ["english", "russian"], {"model_type": "bpe", "vocab_size": 400}),
    ("bpe llama", ["python", "english"], {"model_type": "bpe", "vocab_size": 800, "byte_fallback": True, "remove_extra_whitespaces": False, "allow_whitespace_only_pieces": True,
                                          "split_digits": True, "character_coverage": 0.999, "unk_surface": " ? "}),
    ("bpe symbols", ["javascript"], {"model_type": "bpe", "vocab_size": 400, "user_defined_symbols": ["function", "fun", "\n", "\t", "\u2581\u2581", "<|end|>"], "control_symbols": ["<c>"],
                                     "add_dummy_prefix": False, "remove_extra_whitespaces": False}),
    ("bpe across words", ["legal"], {"model_type": "bpe", "vocab_size": 400, "split_by_whitespace": False, "max_sentencepiece_length": 30, "back": BACK}),
    ("words", ["english"], {"model_type": "word", "vocab_size": 300}),
    ("characters", ["japanese", "english"], {"model_type": "char", "vocab_size": 300, "rules": RULES, "user_defined_symbols": ["ing", "<sep>"]}),
]
TEXTS = [
    b"", b" ", b"   ", b"a", b" a", b"a ", b"  two  spaces  ", b"The quick brown fox jumps over the lazy dog.", b"don't 1234 5.67", b"\n", b"\t\n\ta", b"line\nline\r\n", "\u2581".encode(),
    "\u2581a\u2581 \u2581".encode(), " \u2581 ".encode(), "a\u2581\u2581b".encode(), "\u00c9tude e\u0301t\u00e9 caf\u00e9".encode(), "\ufb01ne\u2026\u00a0x\u3000y\u00adz".encode(),
    "\u4e2d\u6587\u65e5\u672c\u8a9e \ud55c\uae00".encode(), "\u0440\u0443\u0441\u0441\u043a\u0438\u0439 \u03b1\u03b2".encode(), "\U0001f600\U0001f468\u200d\U0001f469 \u2764\ufe0f".encode(), b"<s>a</s>", b"<unk> <c> q", b"<0x41><0xE2>",
    b"<sep><se<sep> ab<sep>", b"abcabc abab", b"function fun func", b"  \t\n<|end|>  ", b"\xff", b"\xe2\x96", b"a\x80b\xc0\x80c", b"\xed\xa0\x80x\xf4\x90\x80\x80", "\ufffd".encode(), b"a\0b\0", b"\0",
    b"((a)) [b] {c}", b"a" * 200, b" " * 200, "\u2581".encode() * 100, "\u4e2d".encode() * 60, "\U0001f600".encode() * 40, b"\n" * 50, b"ab" * 80, b"0123456789" * 8, b"the the the the", b"aQmFzZTY0Cg==",
    "\u2047".encode(), " \u2047 ".encode(), b"x  y", b"def f(x):\n    return x  # 1\n",
]


def map_file(folder, name, rules):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(rules) + "\n")
    return path


def train(folder, files, options):
    lines = []
    for name in files:
        with open(os.path.join(ROOT, "data", "text", name + ".txt"), encoding="utf-8") as file:
            lines += [line for line in file.read(40_000).split("\n") if line.strip()]
    options = dict(options)
    if "rules" in options:
        options["normalization_rule_tsv"] = map_file(folder, "rules.tsv", options.pop("rules"))
    else:
        options["normalization_rule_name"] = "identity"
    if "back" in options:
        options["denormalization_rule_tsv"] = map_file(folder, "back.tsv", options.pop("back"))
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_writer=out, hard_vocab_limit=False, num_threads=1, minloglevel=2, **options)
    model = models.Model(out.getvalue())
    model.trainer = {key: value for key, value in model.trainer.items() if key in (3, 24, 26, 35, 44)}  # no path, no limits
    for spec in (model.normalizer, model.denormalizer):
        spec.pop(6, None)
    return model


def put_by_hand():
    """What training never makes: unused pieces, scores that are equal, a piece above zero."""
    for kind, name in ((models.UNIGRAM, "unigram by hand"), (models.BPE, "bpe by hand")):
        model = models.Model()
        model.pieces = [["<unk>", 0.0, models.UNKNOWN], ["</s>", 0.0, models.CONTROL]]
        for text, score, how in (("a", -1, 1), ("b", -1, 1), ("ab", -1, 1), ("ba", -1, 5), ("aba", -1, 1), ("bab", -2, 5), ("\u2581", -1, 1), ("\u2581a", -1, 1), ("\u2581\u2581", 0.5, 1),
                                 ("abab", -3, 5), ("bb", -1, 4), ("c", -1, 5), ("cc", -1, 1), ("xy", -1, 1)):
            model.pieces.append([text, float(score), how])
        model.trainer = {3: kind}
        model.normalizer = {4: False}
        yield name, model
    # Scores so far from zero that their sums lose what decides between them.
    model = models.Model()
    model.pieces = [["<unk>", 0.0, models.UNKNOWN]]
    for text, score in (("a", -7000.3), ("aa", -14000.61), ("aaa", -21000.87), ("b", -0.7), ("ab", -7001.1), ("\u2581", -3.1), (" ", -2.0), ("0", -901.17), ("01", -1801.9), ("12", -1803.1), ("1", -900.4)):
        model.pieces.append([text, score, models.NORMAL])
    model.trainer = {3: models.UNIGRAM}
    yield "unigram far", model


def changed(folder):
    """Goes through recorded.txt with another SentencePiece."""
    processor, n = None, 0
    with open(os.path.join(folder, "recorded.txt"), encoding="ascii") as old, open(os.path.join(folder, "changed.txt"), "w", encoding="ascii", newline="\n") as file:
        for line in old:
            what, rest = line.rstrip("\n").split(" ", 1)
            if what == "model":
                name, data = rest.split(" ")
                processor = sentencepiece.SentencePieceProcessor(model_proto=base64.b64decode(data))
                file.write(f"model {name}\n")
                continue
            text, ids = rest.split(":")
            ids = [int(i) for i in ids.split()]
            if what == "encode":
                new = f"{text}: {' '.join(map(str, processor.encode(bytes.fromhex(text))))}"
            else:
                new = f"{processor.decode(ids).encode().hex()}: {' '.join(map(str, ids))}"
            if new != rest:
                file.write(f"{what} {new}\n")
                n += 1
    print(n, "lines changed")


def main():
    rng = random.Random(1)
    folder = os.path.join(ROOT, "data", "golden", "sentencepiece")
    os.makedirs(folder, exist_ok=True)
    if sentencepiece.__version__ == "0.2.3":
        changed(folder)
        return
    if sentencepiece.__version__ != "0.2.1":
        print("warning: sentencepiece is", sentencepiece.__version__)
    n = 0
    with tempfile.TemporaryDirectory() as scratch, open(os.path.join(folder, "recorded.txt"), "w", encoding="ascii", newline="\n") as file:
        all_models = [(name, train(scratch, files, options), files) for name, files, options in TRAINED]
        all_models += [(name, model, []) for name, model in put_by_hand()]
        for name, model, files in all_models:
            data = model.data()
            processor = sentencepiece.SentencePieceProcessor(model_proto=data)
            file.write(f"model {name.replace(' ', '-')} {base64.b64encode(data).decode()}\n")
            texts = list(TEXTS)
            texts += ["".join(rng.choice("ab \u2581cxy") for _ in range(rng.randint(1, 24))).encode() for _ in range(20)]
            for held_out in files:
                with open(os.path.join(ROOT, "data", "held_out", held_out + ".txt"), encoding="utf-8") as held:
                    lines = held.read().split("\n")
                texts += [rng.choice(lines)[:200].encode() for _ in range(10)]
            lists = []
            for text in texts:
                ids = processor.encode(text)
                file.write(f"encode {text.hex()}: {' '.join(map(str, ids))}\n")
                lists.append(ids)
            lists += [[rng.randrange(len(model.pieces)) for _ in range(rng.randint(1, 10))] for _ in range(40)]
            for ids in lists:
                file.write(f"decode {processor.decode(ids).encode().hex()}: {' '.join(map(str, ids))}\n")
            n += len(texts) + len(lists)
    print(f"{len(all_models)} models, {n} lines")


if __name__ == "__main__":
    main()
