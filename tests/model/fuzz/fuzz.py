"""Random models and words: the ids of driver.cpp beside those of Hugging Face's library (pip: tokenizers 0.23).

usage: fuzz.py DRIVER [--seed N] [--models N] [--words N]

Vocabularies, merges, scores and all options are random; words mix known and unknown characters, of one to four bytes."""

import argparse
import random
import subprocess
import sys

from tokenizers import models

LETTERS = list("abcdeABx<0>") + ["\u00e9", "\u00df", "\u2581", "\u20ac", "\u4e00", "\u4e01", "\U0001F600", "\U0001F601"]
FOREIGN = list("qz") + ["\u00ff", "\u3042", "\U0001F9E0", "\uFFFD"]


def in_hex(text):
    return "x" + text.encode().hex()


def random_word(r, letters, longest):
    word = []
    for _ in range(r.randint(1, longest)):
        if r.random() < 0.12:
            word.append(r.choice(FOREIGN))
        elif word and r.random() < 0.3:
            word.append(word[-1])
        else:
            word.append(r.choice(letters))
    return "".join(word)


def add_byte_tokens(r, tokens):
    """All of them, most of them, or none."""
    share = r.choice([0, 0, 1, 1, 0.97, 0.5])
    for b in range(256):
        if r.random() < share:
            tokens.setdefault(f"<0x{b:02X}>", len(tokens))


def bpe(r):
    letters = r.sample(LETTERS, r.randint(1, 9))
    prefix = r.choice([None, None, None, "##", "@", "xa"])
    suffix = r.choice([None, None, None, "</w>", "a"])
    unknown = r.choice([None, "<unk>", "a"])
    tokens = {}
    if unknown == "<unk>":
        tokens[unknown] = 0
    for letter in letters:
        for p in {"", prefix or ""}:
            for s in {"", suffix or ""}:
                if r.random() < 0.9:
                    tokens.setdefault(p + letter + s, len(tokens))
    if r.random() < 0.5:
        add_byte_tokens(r, tokens)
    if unknown not in tokens:
        unknown = None
    merges = []
    strip = len((prefix or "").encode())
    parts = [t for t in tokens if not t.startswith("<0x") or r.random() < 0.02]
    for _ in range(r.randint(0, 60)):
        if not parts:
            break
        left, right = r.choice(parts), r.choice(parts)
        if suffix and left.endswith(suffix) and r.random() < 0.8:
            continue
        if prefix and not right.startswith(prefix) and r.random() < 0.9:
            continue
        try:
            result = (left.encode() + right.encode()[strip:]).decode()
        except UnicodeDecodeError:
            continue
        if len(right.encode()) < strip or len(result) > 12 or ((left, right) in merges and r.random() < 0.7):
            continue
        if result not in tokens:
            parts.append(result)
            tokens[result] = len(tokens)
        merges.append((left, right))
    for _ in range(r.randint(0, 4)):
        tokens.setdefault(random_word(r, letters, 4), len(tokens))
    order = list(range(len(tokens)))
    if r.random() < 0.5:
        r.shuffle(order)
    tokens = {t: order[i] for t, i in tokens.items()}
    fuse, fallback, ignore = (r.random() < 0.5 for _ in range(3))
    options = {"continuing_subword_prefix": prefix, "end_of_word_suffix": suffix, "unk_token": unknown}
    theirs = models.BPE(tokens, merges, fuse_unk=fuse, byte_fallback=fallback, ignore_merges=ignore,
                        **{k: v for k, v in options.items() if v is not None})
    lines = [f"model bpe {int(ignore)} 1 {tokens[unknown] if unknown is not None else -1} {int(fuse)} {int(fallback)} "
             f"{in_hex(prefix or '')} {in_hex(suffix or '')} {len(tokens)} {len(merges)}"]
    lines += [f"{i} {in_hex(t)}" for t, i in tokens.items()]
    for left, right in merges:
        result = (left.encode() + right.encode()[strip:]).decode()
        lines.append(f"{tokens[left]} {tokens[right]} {tokens[result]}")
    return theirs, lines, letters


def unigram(r):
    letters = r.sample(LETTERS, r.randint(1, 9))
    tokens = {"<unk>": 0}
    for letter in letters:
        if r.random() < 0.8:
            tokens.setdefault(letter, len(tokens))
    for _ in range(r.randint(0, 40)):
        word = random_word(r, letters, 6)
        if len(word) > 1 or r.random() < 0.2:
            tokens.setdefault(word, len(tokens))
    if r.random() < 0.5:
        add_byte_tokens(r, tokens)
    unknown = 0 if r.random() < 0.8 else r.randrange(len(tokens))
    # Few different scores give ties; positive ones make runs of unknown characters win over tokens.
    low, high = r.choice([(-12, 0), (-3, 0), (-20, 40), (0, 100)])
    digits = r.choice([0, 1, 15])
    scores = [round(r.uniform(low, high), digits) for _ in tokens]
    fallback = r.random() < 0.5
    theirs = models.Unigram(list(zip(tokens, scores)), unknown, fallback)
    lines = [f"model unigram 0 {unknown} {int(fallback)} {len(tokens)}"]
    lines += [f"{in_hex(t)} {s!r} 1" for t, s in zip(tokens, scores)]
    return theirs, lines, letters


def wordpiece(r):
    letters = r.sample(LETTERS, r.randint(1, 9)) + ["#"]
    prefix = r.choice(["##", "##", "", "a", "\u2581"])
    tokens = {"[UNK]": 0}
    for letter in letters:
        for p in {"", prefix}:
            if r.random() < 0.95:
                tokens.setdefault(p + letter, len(tokens))
    for _ in range(r.randint(0, 60)):
        tokens.setdefault(r.choice(["", prefix]) + random_word(r, letters, 6), len(tokens))
    longest = r.choice([0, 3, 10, 100, 100000])
    theirs = models.WordPiece(tokens, unk_token="[UNK]", continuing_subword_prefix=prefix,
                              max_input_chars_per_word=longest)
    lines = [f"model wordpiece 0 {in_hex(prefix)} {longest} {len(tokens)}"]
    lines += [f"{i} {in_hex(t)}" for t, i in tokens.items()]
    return theirs, lines, letters


def word_level(r):
    letters = r.sample(LETTERS, r.randint(1, 4))
    tokens = {"[UNK]": 0}
    for _ in range(r.randint(0, 60)):
        tokens.setdefault(random_word(r, letters, 3), len(tokens))
    theirs = models.WordLevel(tokens, unk_token="[UNK]")
    return theirs, [f"model wordlevel 0 {len(tokens)}"] + [f"{i} {in_hex(t)}" for t, i in tokens.items()], letters


KINDS = {"BPE": bpe, "Unigram": unigram, "WordPiece": wordpiece, "WordLevel": word_level}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("driver")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--models", type=int, default=400)
    parser.add_argument("--words", type=int, default=60)
    parser.add_argument("--kind", choices=KINDS, action="append")
    arguments = parser.parse_args()
    lines, expected = [], []
    for m in range(arguments.models):
        seed = arguments.seed * 1_000_000 + m
        r = random.Random(seed)
        kind = r.choice(arguments.kind or list(KINDS))
        theirs, model, letters = KINDS[kind](r)
        lines += model
        for w in range(arguments.words):
            word = random_word(r, letters, 8 if w % 5 else 120)
            lines.append("text " + in_hex(word))
            expected.append((kind, seed, word, [t.id for t in theirs.tokenize(word)]))
    done = subprocess.run([arguments.driver], input="\n".join(lines) + "\n", text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    ours = done.stdout.split("\n")[:-1]
    different, counts = 0, {}
    for (kind, seed, word, ids), line in zip(expected, ours, strict=True):
        counts[kind] = counts.get(kind, 0) + 1
        if ids != [int(i) for i in line.split()]:
            different += 1
            if different <= 10:
                print(f"{kind} seed {seed} {word!r}: expected {ids}, got {line}")
    print(f"{len(ours)} words {counts}, {different} different")
    sys.exit(different != 0)


if __name__ == "__main__":
    main()
