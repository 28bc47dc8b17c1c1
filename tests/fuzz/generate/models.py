"""Random models: BPE, Unigram, WordPiece, WordLevel, and one that shows every byte that reaches it."""

import collections
import struct

from .common import BYTE_ALPHABET, SPECIAL, options, some
from .files import merged


def numbered(rng, tokens):
    """token -> id; mostly in order."""
    tokens = list(dict.fromkeys(tokens))
    how = rng.random()
    ids = list(range(len(tokens)))
    if how < 0.1:
        rng.shuffle(ids)
    elif how < 0.14:
        ids = sorted(rng.sample(range(len(tokens) + 20), len(tokens)))
    elif how < 0.16:
        ids = [i + 7 for i in ids]
    vocab = dict(zip(tokens, ids))
    if rng.random() < 0.5:
        vocab = dict(sorted(vocab.items(), key=lambda item: item[1]))
    return vocab


def byte_tokens(rng):
    how = rng.random()
    if how < 0.75:
        return [f"<0x{b:02X}>" for b in range(256)]
    if how < 0.9:
        return [f"<0x{b:02X}>" for b in range(256) if rng.random() < 0.6]
    return []


def bpe(c, **fixed):
    rng = c.rng
    if c.view == "bytes":
        prefix, suffix, fallback = some(rng, (95, None), (3, ""), (2, "##")), some(rng, (92, None), (4, ""), (4, "</w>")), 0.02
        unknown = some(rng, (75, None), (15, "<|endoftext|>"), (10, "<unk>"))
    else:
        prefix = some(rng, (75, None), (5, ""), (14, "##"), (3, "@"), (3, "\u2581\u2581"))
        suffix = some(rng, (75, None), (5, ""), (15, "</w>"), (5, "_"))
        fallback = 0.45
        unknown = some(rng, (75, "<unk>"), (10, "[UNK]"), (15, None))
    model = {"type": "BPE", "dropout": some(rng, (95, None), (5, 0.0)), "unk_token": unknown,
             "continuing_subword_prefix": prefix, "end_of_word_suffix": suffix,
             **options(rng, fuse_unk=0.4, byte_fallback=fallback, ignore_merges=0.3)}
    model.update(fixed)
    prefix, suffix = model["continuing_subword_prefix"] or "", model["end_of_word_suffix"] or ""
    words = []
    for word in c.words:
        for _ in range(rng.randint(1, 3)):
            text = c.seen(word)
            words.append([(prefix if i else "") + char + (suffix if i + 1 == len(text) else "")
                          for i, char in enumerate(text)])
    characters = sorted({symbol for word in words for symbol in word})
    if prefix or suffix:
        plain = sorted({char for word in c.words for char in c.seen(word)})
        characters += [p + char + s for char in plain for p in {"", prefix} for s in {"", suffix} if rng.random() < 0.8]
    if c.view == "bytes" and rng.random() < 0.93:
        characters = sorted(set(characters) | {a for a in BYTE_ALPHABET.values()})
        if (prefix or suffix) and rng.random() < 0.7:
            characters += [p + a + s for a in BYTE_ALPHABET.values() for p in {"", prefix} for s in {"", suffix}]
    elif rng.random() < 0.6:
        characters += [char for char in " \u2581.,!'abcdeABCDE0123456789\n\u00e9\u4e2d\u0301" if rng.random() < 0.7]
    if rng.random() < 0.35 and c.view != "bytes":
        characters = [char for char in characters if rng.random() < 0.85]
    head = []
    if model["unk_token"] is not None and rng.random() < 0.97:
        head.append(model["unk_token"])
    head += rng.sample(SPECIAL, rng.randint(0, 3))
    if model["byte_fallback"] or rng.random() < 0.03:
        head += byte_tokens(rng)
    known = set(head) | set(characters)
    tokens = head + characters
    merges = []
    for _ in range(int(rng.expovariate(1 / 40))):  # a small training, with mistakes
        counts = collections.Counter(pair for word in words for pair in zip(word, word[1:]))
        if not counts:
            break
        pairs = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        pair = pairs[min(int(rng.expovariate(0.7)), len(pairs) - 1)][0]
        if rng.random() < 0.08 and len(tokens) > 2:
            pair = (rng.choice(tokens), rng.choice(tokens))
        new = merged(pair, prefix)
        if new is None or pair[0] not in known or pair[1] not in known or len(new) > 30:
            words = [word for word in words if pair not in zip(word, word[1:])]
            continue
        merges.append(pair)
        if new not in known:
            known.add(new)
            tokens.append(new)
        for k, word in enumerate(words):
            out = []
            for symbol in word:
                if out and (out[-1], symbol) == pair:
                    out[-1] = new
                else:
                    out.append(symbol)
            words[k] = out
    if rng.random() < 0.4:  # every way to make a token, as conversions of ranks list them
        for token in tokens[-30:]:
            for cut in range(1, len(token)):
                pair = (token[:cut], prefix + token[cut:])
                if merged(pair, prefix) != token:
                    continue
                if pair[0] in known and pair[1] in known and pair not in merges and rng.random() < 0.7:
                    merges.append(pair)
    if rng.random() < 0.12:
        rng.shuffle(merges)
    if merges and rng.random() < 0.02:
        merges.append(rng.choice(merges))
    if rng.random() < 0.5:  # tokens that no merge makes
        tokens += [c.seen(word) for word in c.words if rng.random() < 0.3]
    model["vocab"] = numbered(rng, tokens)
    legacy = rng.random() < 0.4 and not any(" " in part for pair in merges for part in pair)
    model["merges"] = [" ".join(pair) for pair in merges] if legacy else [list(pair) for pair in merges]
    for name, default in (("ignore_merges", False), ("byte_fallback", False), ("dropout", None)):
        if model[name] == default and rng.random() < 0.1:
            del model[name]
    return model


def subwords(c, chance):
    out = set()
    for word in c.words:
        text = c.seen(word)
        for begin in range(len(text)):
            for end in range(begin + 1, min(begin + 6, len(text)) + 1):
                if end - begin == 1 or rng_chance(c.rng, chance):
                    out.add(text[begin:end])
        if rng_chance(c.rng, 0.6):
            out.add(text)
    return sorted(out)


def rng_chance(rng, chance):
    return rng.random() < chance


def unigram(c, **fixed):
    rng = c.rng
    pieces = subwords(c, 0.3)
    if rng.random() < 0.7:
        pieces += [char for char in " \u2581.,!'abcdeABCDE0123\n\u00e9\u4e2d\u0301" if rng.random() < 0.7]
    if rng.random() < 0.3:
        pieces = [piece for piece in pieces if rng.random() < 0.85]
    if rng.random() < 0.3:
        pieces.append(rng.choice(["\u2581\u2581", "\u2581", "  ", "\u2581\u2581\u2581\u2581"]))
    pieces = list(dict.fromkeys(pieces))
    rng.shuffle(pieces)
    how = rng.randrange(6)
    def score(piece):
        if how == 0:
            return -rng.uniform(1, 15)
        if how == 1:
            return round(-rng.uniform(1, 8), 1)
        if how == 2:
            return float(-rng.randint(1, 4))
        if how == 3:
            return -1.0 * len(piece)
        if how == 4:
            return struct.unpack("<f", struct.pack("<f", -rng.uniform(2, 12)))[0]
        return rng.choice((-2.5, 0.0, -1.25, -100.0, 1.5))
    head = ["<unk>"]
    if rng.random() < 0.6:
        head = rng.choice((["<s>", "<pad>", "</s>", "<unk>"], ["<pad>", "</s>", "<unk>"], ["<unk>", "<s>", "</s>"],
                           ["<cls>", "<sep>", "<unk>", "[UNK]"]))
    fallback = fixed.get("byte_fallback", rng.random() < 0.3)
    vocab = [[piece, 0.0] for piece in head]
    if fallback:
        vocab += [[piece, 0.0 if rng.random() < 0.9 else -3.0] for piece in byte_tokens(rng)]
    vocab += [[piece, score(piece)] for piece in pieces if piece not in head]
    model = {"type": "Unigram", "unk_id": some(rng, (90, head.index("<unk>")), (5, 0), (3, None), (2, len(vocab) - 1)),
             "vocab": vocab, "byte_fallback": fallback}
    if not fallback and rng.random() < 0.3:
        del model["byte_fallback"]
    return model


def word_piece(c, **fixed):
    rng = c.rng
    prefix = some(rng, (80, "##"), (8, ""), (6, "@@"), (6, "\u2581"))
    unknown = some(rng, (90, "[UNK]"), (10, "<unk>"))
    tokens = [unknown] if rng.random() < 0.97 else []
    tokens += rng.sample(SPECIAL, rng.randint(0, 4))
    for text in subwords(c, 0.25):
        if rng.random() < 0.8:
            tokens.append(text)
        if rng.random() < 0.7:
            tokens.append(prefix + text)
    if rng.random() < 0.7:
        for char in " .,!'abcdeABCDE0123\n\u00e9\u4e2d\u0301\u2581":
            tokens += [p + char for p in ("", prefix) if rng.random() < 0.7]
    return {"type": "WordPiece", "unk_token": unknown, "continuing_subword_prefix": prefix,
            "max_input_chars_per_word": some(rng, (60, 100), (25, rng.randint(1, 12)), (10, 200), (5, 0)),
            "vocab": numbered(rng, tokens), **fixed}


def word_level(c, **fixed):
    rng = c.rng
    unknown = some(rng, (60, "<unk>"), (40, "[UNK]"))
    tokens = [unknown] if rng.random() < 0.97 else []
    tokens += rng.sample(SPECIAL, rng.randint(0, 3)) + [c.seen(word) for word in c.words]
    tokens += [char for char in " .,!'abcde0123\n\u2581" if rng.random() < 0.5]
    return {"type": "WordLevel", "vocab": numbered(rng, tokens), "unk_token": unknown, **fixed}


def visible_bytes(c, ends=False):
    """A model whose ids spell what reaches it, byte for byte, and where pieces end if `ends`."""
    rng = c.rng
    vocab = {f"<0x{b:02X}>": b for b in range(256)}
    merges = []
    vocab["<unk>"] = 256
    return {"type": "BPE", "dropout": None, "unk_token": some(rng, (70, "<unk>"), (30, None)),
            "continuing_subword_prefix": None, "end_of_word_suffix": "\u00a6" if ends else None, "fuse_unk": False,
            "byte_fallback": True, "ignore_merges": False, "vocab": vocab, "merges": merges}


MODELS = {"BPE": bpe, "Unigram": unigram, "WordPiece": word_piece, "WordLevel": word_level}
