#!/usr/bin/env python3
"""Records what fastboundlessbpe makes of files of data/text, as data/golden/boundless/NAME.model, and the ids that it then
gives some texts, as NAME.jsonl; the tokens instead, where it has no ids for them.

usage: make_boundless_golden.py CHECKOUT

CHECKOUT is one of kensho-technologies/fastboundlessbpe (c. April 2026); needs the Python packages regex and heapdict. The
Python implementation is run, not the Rust one. A text is one document.
"""
import contextlib
import io
import json
import os
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = os.path.join(ROOT, "data", "golden", "boundless")

CASES = {
    # name: text, kind, tokens of words, supermerges, tau, blowup, greedy split, merge pattern, expression if not GPT-4o's
    "english_boundless": ("english", "boundless", 1500, 0, 1.1, False, False, "simple"),
    "legal_superbpe": ("legal", "superbpe", 900, 400, 1.1, False, False, "simple"),
    "finance_superbpe_split": ("finance", "superbpe", 700, 150, 1.1, False, True, "simple"),
    "english_superbpe_improved": ("english", "superbpe", 700, 200, 1.1, False, False, "improved"),
    "german_word_bytes": ("german", "word", 1200, 0, 0.7, True, False, "simple"),
    "french_boundless_pairs": ("french", "boundless", 1400, 0, 0.7, False, False, "simple"),
    "english_word_gpt2": ("english", "word", 600, 0, 1.1, False, False, "simple", "GPT2_REGEX"),
    "python_superbpe_gpt4": ("python", "superbpe", 600, 60, 1.1, False, False, "simple", "GPT4_REGEX"),
}

# No document of these: ids are also of texts in other scripts, of whitespace, of what was deleted.
TEXTS = [
    "", " ", "a", "the", " the", "of the of the of the", "It is a truth universally acknowledged, that a single man",
    "it is  in   the\n\n of the\nof the", "I do not know what you mean by it.", "don't can't won't I'm we'll they've",
    "1234567 12 1", "(a) the Mayor shall, pursuant to title I of Chapter 3", "\t\tthe\r\nof the\r\n",
    "die der den dem des das Datei Dateien Dokument Dokuments", "l'option de la cellule dans le document",
    "\u4e2d\u6587\u5b57\u7b26 \u306e \u0440\u0443\u0441\u0441\u043a\u0438\u0439 \U0001f600\U0001f1e9\U0001f1ea", "aaaaaaaaaaaaaaaaaaaaaaaa", "the the the the the the the",
    "XMLHttpRequest of_the of-the of.the of,the", "\u00e9\u00e8\u00ea e\u0301 \u2019s it\u2019s", "\u0000\u0001\u007f\u00a0\u2028",
    " of the" * 40, "of the " * 40, "Mr. Darcy and Mr. Bingley to be in the same room with her",
    "year ended December 31, 2019 and 2018, respectively, in the fiscal year",
]


def row_of(tokenizer, text):
    try:
        return {"text": text, "ids": tokenizer.encode_ordinary(text)}
    except KeyError:  # a deleted token is left over
        from boundlessbpe.util import frombytes
        return {"text": text, "tokens": [frombytes(t) for t in tokenizer.encode_ordinary_chunks(text)]}


def main(checkout):
    sys.path.insert(0, os.path.join(checkout, "python"))
    from boundlessbpe.inference import Tokenizer
    from boundlessbpe.pretokenize import Pretokenizer
    from boundlessbpe import regexconstants
    from boundlessbpe.regexconstants import IMPROVED_MERGE_PATTERN, SIMPLE_MERGE_PATTERN
    from boundlessbpe.train import BoundlessBpeTrainer, BpeTrainer, SuperBpeTrainer

    os.makedirs(FOLDER, exist_ok=True)
    for name, (text, kind, n_words, n_supers, tau, blowup, split, pattern, *regex) in CASES.items():
        patterns = {"simple": SIMPLE_MERGE_PATTERN, "improved": IMPROVED_MERGE_PATTERN}
        main_regex = getattr(regexconstants, regex[0] if regex else "GPT4O_REGEX")
        pretokenizer = Pretokenizer(main_regex=main_regex, merge_pattern=patterns[pattern])
        quiet = {"checkpoint_iterations": 0, "verbose": False, "progress_interval": 0}
        out = os.path.join(FOLDER, name)
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            corpus, words = os.path.join(folder, "corpus.jsonl"), os.path.join(folder, "words")
            with open(os.path.join(ROOT, "data", "text", text + ".txt"), encoding="utf-8", newline="") as f:
                document = f.read()
            with open(corpus, "w", encoding="utf-8") as f:
                f.write(json.dumps({"text": document}) + "\n")
            trainer = BpeTrainer(pretokenizer)
            trainer.train(tau, corpus, words, 1, n_words, 0, blowup, **quiet)
            if kind != "word":
                trainer.save(words)
                second = {"word_model_file": words + ".model", "greedy_split": split, **quiet}
                if kind == "superbpe":
                    trainer = SuperBpeTrainer(pretokenizer)
                    trainer.train(corpus, os.path.join(folder, "s"), 1, n_supers, 0, **second)
                else:
                    trainer = BoundlessBpeTrainer(pretokenizer)
                    trainer.train(corpus, os.path.join(folder, "s"), 1, 0, **second)
            trainer.register_special_tokens(["<|endoftext|>", "<|a b|>"])
            trainer.save(out)
            tokenizer = Tokenizer()
            tokenizer.load(out + ".model")
            with open(os.path.join(ROOT, "data", "held_out", text + ".txt"), encoding="utf-8", newline="") as f:
                held_out = f.read()[:4000]
            rows = [row_of(tokenizer, t) for t in TEXTS + [document[:3000], held_out]]
            special = "of the<|endoftext|>of the<|a b|> of the"
            rows.append({"text": special, "ids": tokenizer.encode(special, allowed_special="all")})
        with open(out + ".jsonl", "w", encoding="utf-8") as f:
            for row in rows:
                f.write(json.dumps(row, ensure_ascii=False) + "\n")
        print(name, len(rows))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
