"""Random added tokens: parts of words, spaces, overlapping ones, with every flag."""

import unicodedata

from .common import SPECIAL, some
from .files import vocabulary


def added_tokens(c, model, n=None):
    rng = c.rng
    vocab = vocabulary(model)
    out = []
    contents = []
    for token in SPECIAL:
        if token in vocab and rng.random() < 0.8:
            contents.append(token)
    for _ in range(some(rng, (25, 0), (25, 1), (25, 2), (15, 4), (10, 8)) if n is None else n):
        kind = rng.randrange(14)
        word = rng.choice(c.words)
        contents.append((
            lambda: rng.choice(SPECIAL), lambda: f"<|{word}|>", lambda: word, lambda: word.upper(), lambda: " " + word, lambda: word + " ",
            lambda: rng.choice(list(vocab)), lambda: " " * rng.randint(1, 6), lambda: rng.choice(("\n", "\n\n", "\t", "\r\n", "\u00a0")),
            lambda: rng.choice((contents or [word]))[:rng.randint(1, 4)], lambda: unicodedata.normalize("NFD", word) + "\u0301",
            lambda: rng.choice(("\u4e2d", "\u00e9", "e\u0301", "\u010d", "\u2581", "\u2581a", "A", "a", "aa", "aaa", "\U0001f600", "\uff21", "\u0130", "\u03a3", ".", "'s", "##a")),
            lambda: word + rng.choice(c.words), lambda: rng.choice(("danc", "nci", "ing", "<s>a", "a<s>", "[MASK] ", " <mask>")))[kind]())
    next_id = None
    ids = {}
    for content in dict.fromkeys(contents):
        if not content:
            continue
        special = rng.random() < (0.85 if content in SPECIAL or content.startswith("<|") else 0.3)
        plain = rng.random() < 0.5
        token = {"id": 0, "content": content, "single_word": not plain and rng.random() < 0.3,
                 "lstrip": not plain and rng.random() < 0.35, "rstrip": not plain and rng.random() < 0.35,
                 "normalized": rng.random() < (0.2 if special else 0.7), "special": special}
        if content in vocab:
            token["id"] = vocab[content]
        else:  # as the library numbers them
            if next_id is None:
                top = max(ids.values(), default=None)
                next_id = len(vocab) if top is None or top < len(vocab) else top + 1
            token["id"] = next_id
            next_id += 1
        ids[content] = token["id"]
        out.append(token)
    if rng.random() < 0.6:
        out.sort(key=lambda token: token["id"])
    return out
