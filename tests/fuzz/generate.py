"""Random tokenizer.json files: half of them look like those of known models and are then changed a little, half are
random components put together. Every component and option of tokenizers 0.23 can occur."""

import base64
import collections
import struct
import unicodedata

SPECIAL = ["<unk>", "<s>", "</s>", "<pad>", "[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]", "<mask>", "<|endoftext|>",
           "<|im_start|>", "<|im_end|>", "<0x0A>"]

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
         r"|\s+(?!\S)|\s+")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK = [r"\p{N}{1,3}", r"[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+".encode().decode("unicode_escape"),
            r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"
            r"|\s*[\r\n]+|\s+(?!\S)|\s+"]
CLIP = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
BLOOM = r" ?[^(\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+"
PATTERNS = [GPT2, LLAMA3, QWEN2, O200K, *DEEPSEEK, CLIP, BLOOM, r"\p{N}", r"\p{N}{1,3}", r"\d", r"\d{1,3}", r"\s+", r"\S+",
            r"\w+|[^\w\s]+", r"\w+", r"[0-9][0-9][0-9]", r"\n", r"[\r\n]", r" ?[^\s]+", r"\s+$", r"^\s+", r" {2,}",
            r"\n+|[^\n]+", r"(?<=\d)(?=\d)", r"\d{1,3}(?=(?:\d{3})*\b)", r"\p{P}", r"[\p{P}\p{S}]", r"\p{Han}", r"\p{Lu}",
            r"(?=\p{Lu})", r"\b", r"", r"a*", r"(?:\r?\n)+(?!\r?\n)", r"[^\S\n]+", r"\p{L}\p{M}*", r"(?i)the", r"'(?=\w)",
            r"[[:punct:]]", r"\h", r"\R", r"x{,2}", r"[^\p{L}]", r"(?i:[a-c\u00e9])", r"(?:ab|a)(?:c|bc)?", r"\X", r".", r"(?s:.)"]
CHARMAP_KEYS = [("\uff21", "A"), ("\ufb01", "fi"), ("\u00a0", " "), ("\u3000", " "), ("\u00e9", "e\u0301"), ("e\u0301", "\u00e9"),
                ("\u2026", "..."), ("\u00ad", ""), ("\u200b", " "), ("a", "b"), ("ab", "X"), ("\t", " "), ("\n", " "), ("\x7f", ""),
                ("\u2460", "1"), ("\u304b\u3099", "\u304c"), ("\u1112\u1161", "\ud558"), ("\u00bd", "1\u20442"), ("\U0001d400", "A"),
                ("\u0915\u094d", "k"), ("\r\n", "\n"), ("\u017f", "s"), ("\u0301", ""), ("#\ufe0f", "#"), ("A", "a"), ("\u4e00", "\u3007\u3007")]


def byte_alphabet():
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table, n = {b: chr(b) for b in shown}, 0
    for b in range(256):
        if b not in table:
            table[b] = chr(256 + n)
            n += 1
    return table


BYTE_ALPHABET = byte_alphabet()


def as_bytes(text):
    return "".join(BYTE_ALPHABET[b] for b in text.encode())


# ---- precompiled normalization ---------------------------------------------------------------------------------------


def charsmap(pairs):
    """SentencePiece's precompiled_charsmap of these replacements: the size of a double array, the double array, and the
    new strings, each closed by a NUL. Built one node after the other, first fit."""
    trie, blob, offsets = {}, b"", {}
    for key, value in sorted(pairs.items()):
        offsets[key] = len(blob)
        blob += value.encode() + b"\0"
        node = trie
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[None] = offsets[key]
    units, used, bases = {0: 0}, {0}, set()
    todo = [(0, trie)]
    while todo:
        position, node = todo.pop()
        labels = [0 if label is None else label for label in node]
        base = 1
        while base in bases or any((base ^ label) in used for label in labels) or (base ^ position) >= 1 << 21:
            base += 1
        bases.add(base)
        units[position] |= (base ^ position) << 10
        for label, child in node.items():
            place = base ^ (label or 0)
            used.add(place)
            if label is None:
                units[position] |= 1 << 8
                units[place] = child | 1 << 31
            else:
                units[place] = label
                todo.append((place, child))
    size = (max(units) | 0xFF) + 1
    array = struct.pack(f"<{size}I", *(units.get(i, 0) for i in range(size)))
    return base64.b64encode(struct.pack("<I", len(array)) + array + blob).decode()


# ---- vocabularies ----------------------------------------------------------------------------------------------------

THEMES = ["abcde", "abcdefghijklmnopqrstuvwxyz", "etaoinshrdlu", "aAbBcC", "\u00e9\u00e0\u00fc\u00f1ao\u0301e", "\u0430\u0431\u0432\u0433\u0434\u0435",
          "\u03b1\u03b2\u03c3\u03c2\u03a3", "\u4e2d\u6587\u5b57\u7b26\u65e5\u672c", "\ud55c\uad6d\u1112\u1161\u11ab", "\u304b\u304d\u3099\u30c8\u30fc", "0123456789", "01a",
          "\U0001f600\U0001f468\u200d\u2764\ufe0f", "\u0915\u092e\u094d\u093f", "\u0645\u0631\u062d\u0628\u0627", "ab'-.,!", "aB1 ", "\u00df\u017fsS\u1e9e", "#a", "_=<>/"]


def make_words(rng):
    themes = rng.sample(THEMES, rng.randint(1, 3))
    words = set()
    for _ in range(rng.randint(4, 40)):
        theme = rng.choice(themes)
        words.add("".join(rng.choice(theme) for _ in range(min(int(rng.expovariate(0.35)) + 1, 12))))
    if rng.random() < 0.3:
        words |= {"the", "The", "don't", "it's", "12", "2024", "hello", "world", "Hello"}
    return sorted(words)


class Context:
    """What the parts of one tokenizer share."""

    def __init__(self, rng):
        self.rng = rng
        self.words = make_words(rng)
        self.view = "plain"  # how the model sees words: plain, bytes, metaspace
        self.replacement = "\u2581"

    def seen(self, word, first=None):
        space = self.rng.random() < 0.6 if first is None else first
        if self.view == "bytes":
            return as_bytes((" " if space else "") + word)
        if self.view == "metaspace":
            return (self.replacement if space else "") + word.replace(" ", self.replacement)
        return word


def options(rng, **chances):
    return {name: rng.random() < chance for name, chance in chances.items()}


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


def some(rng, *choices):
    """One of (weight, value)."""
    return rng.choices([value for _, value in choices], [weight for weight, _ in choices])[0]


def byte_tokens(rng):
    how = rng.random()
    if how < 0.75:
        return [f"<0x{b:02X}>" for b in range(256)]
    if how < 0.9:
        return [f"<0x{b:02X}>" for b in range(256) if rng.random() < 0.6]
    return []


def merged(pair, prefix):
    """The token that a merge makes: the library cuts off as many bytes as the prefix has, whatever they are."""
    right = pair[1].encode()
    cut = len((prefix or "").encode())
    try:
        return pair[0] + right[cut:].decode() if len(right) >= cut else None
    except UnicodeDecodeError:
        return None


def model_type(model):
    """Files of old versions do not say it."""
    guess = "Unigram" if isinstance(model["vocab"], list) else "BPE" if "merges" in model else "WordPiece" if "max_input_chars_per_word" in model else "WordLevel"
    return model.get("type", guess)


def merges_are_sound(model):
    if model_type(model) != "BPE":
        return True
    vocab = model["vocab"]
    for merge in model["merges"]:
        pair = merge.split(" ") if isinstance(merge, str) else merge
        if len(pair) != 2 or any(token not in vocab for token in (*pair, merged(pair, model.get("continuing_subword_prefix")))):
            return False
    return True


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


# ---- patterns --------------------------------------------------------------------------------------------------------

ATOMS = [r"\p{L}", r"\p{N}", r"\s", r"\S", r"\w", r"\W", r"\d", r"\D", r"[^\s\p{L}\p{N}]", r".", "a", "b", " ", "'", "\\.", r"[a-z]",
         r"[A-Z]", r"\p{Lu}", r"\p{Ll}", r"\p{M}", r"\p{P}", r"\p{S}", r"\p{Han}", r"[\r\n]", r"\n", r"\t", r"[^a-c]", r"[\p{L}\p{M}]",
         r"\u4e2d".encode().decode("unicode_escape"), r"\P{L}", r"[^\r\n]", r"\p{Z}", r"[0-9]", r"\x20", r"\p{Greek}", r"[\s\S]"]


def random_regex(rng, depth=0):
    alternatives = []
    for _ in range(some(rng, (60, 1), (25, 2), (10, 3), (5, 4))):
        sequence = ""
        for _ in range(some(rng, (45, 1), (35, 2), (20, 3))):
            kind = rng.random()
            if kind < 0.12 and depth < 2:
                sequence += rng.choice(("(?:{})", "({})", "(?i:{})")).format(random_regex(rng, depth + 1))
                sequence += rng.choice(("", "", "?"))
            elif kind < 0.18 and depth < 2:
                sequence += rng.choice(("(?={})", "(?!{})")).format(rng.choice(ATOMS))
            elif kind < 0.21:
                sequence += rng.choice(("^", "$", r"\b", r"\B", r"\A", r"\z"))
            else:
                quantifier = some(rng, (45, ""), (22, "+"), (8, "*"), (12, "?"), (5, "{1,3}"), (2, "{2}"), (2, "+?"), (2, "++"),
                                  (1, "{2,}"), (1, "*?"))
                sequence += rng.choice(ATOMS) + quantifier
        alternatives.append(sequence)
    return "|".join(alternatives)


def split_pattern(c):
    rng = c.rng
    kind = rng.random()
    if kind < 0.25:
        return {"String": rng.choice([" ", "\u2581", "a", "ab", "\n", "", "  ", ".", "aa", "'", "</w>", rng.choice(c.words), "\u00e9", "e\u0301"])}
    if kind < 0.8:
        return {"Regex": rng.choice(PATTERNS)}
    return {"Regex": random_regex(rng)}


BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]


# ---- normalizers -----------------------------------------------------------------------------------------------------


def random_normalizer(c, depth=0):
    rng = c.rng
    kind = some(rng, (8, "BertNormalizer"), (5, "Strip"), (5, "StripAccents"), (6, "NFC"), (5, "NFD"), (6, "NFKC"), (5, "NFKD"),
                (10 if depth < 3 else 0, "Sequence"), (7, "Lowercase"), (5, "Nmt"), (7, "Precompiled"), (11, "Replace"), (6, "Prepend"),
                (3, "ByteLevel"))
    out = {"type": kind}
    if kind == "BertNormalizer":
        out.update(options(rng, clean_text=0.7, handle_chinese_chars=0.7, lowercase=0.5),
                   strip_accents=rng.choice((None, None, True, False)))
    elif kind == "Strip":
        out.update(options(rng, strip_left=0.6, strip_right=0.6))
    elif kind == "Sequence":
        out["normalizers"] = [random_normalizer(c, depth + 1) for _ in range(some(rng, (5, 0), (20, 1), (40, 2), (25, 3), (10, 4)))]
    elif kind == "Precompiled":
        out["precompiled_charsmap"] = charsmap(dict(rng.sample(CHARMAP_KEYS, rng.randint(1, len(CHARMAP_KEYS)))))
    elif kind == "Replace":
        out["pattern"] = split_pattern(c) if rng.random() < 0.5 else rng.choice(
            ({"String": " "}, {"Regex": " {2,}"}, {"Regex": r"\s+"}, {"String": "``"}, {"String": "\u2581"}, {"Regex": r"\n"}, {"Regex": r"\t+"}))
        out["content"] = rng.choice(["\u2581", " ", "", "_", "ab", "\u00e9", "$1", "\\0", "\n", "\U0001f600x", "\""])
    elif kind == "Prepend":
        out["prepend"] = rng.choice(["\u2581", " ", "", "ab", "\u0301", "\u4e2d", "x "])
    return out


def random_pre_tokenizer(c, depth=0):
    rng = c.rng
    kind = some(rng, (6, "BertPreTokenizer"), (12, "ByteLevel"), (4, "CharDelimiterSplit"), (12, "Metaspace"), (6, "Whitespace"),
                (14 if depth < 3 else 0, "Sequence"), (16, "Split"), (7, "Punctuation"), (6, "WhitespaceSplit"), (7, "Digits"),
                (5, "UnicodeScripts"), (4, "FixedLength"))
    out = {"type": kind}
    if kind == "ByteLevel":
        out.update(options(rng, add_prefix_space=0.4, trim_offsets=0.5, use_regex=0.6))
        if rng.random() < 0.1 and out["use_regex"]:
            del out["use_regex"]
        c.view = "bytes"
    elif kind == "CharDelimiterSplit":
        out["delimiter"] = rng.choice(" -_a\n\u2581\u4e2d\u0301")
    elif kind == "Metaspace":
        c.replacement = out["replacement"] = some(rng, (85, "\u2581"), (5, "_"), (3, " "), (3, "\u0120"), (4, "\u4e2d"))
        out["prepend_scheme"] = rng.choice(("always", "first", "never"))
        out["split"] = rng.random() < 0.7
        if rng.random() < 0.15:
            out["add_prefix_space"] = out["prepend_scheme"] != "never"
        if out["prepend_scheme"] == "always" and rng.random() < 0.2:
            del out["prepend_scheme"]
        if out["split"] and rng.random() < 0.2:
            del out["split"]
        if c.view == "plain":
            c.view = "metaspace"
    elif kind == "Sequence":
        out["pretokenizers"] = [random_pre_tokenizer(c, depth + 1)
                                for _ in range(some(rng, (4, 0), (16, 1), (45, 2), (25, 3), (10, 4)))]
    elif kind == "Split":
        out.update(pattern=split_pattern(c), behavior=rng.choice(BEHAVIORS), invert=rng.random() < 0.25)
    elif kind == "Punctuation":
        out["behavior"] = rng.choice(BEHAVIORS)
        if out["behavior"] == "Isolated" and rng.random() < 0.3:
            del out["behavior"]
    elif kind == "Digits":
        out["individual_digits"] = rng.random() < 0.5
    elif kind == "FixedLength":
        out["length"] = rng.choice((1, 2, 3, 5, 8))
        if out["length"] == 5:
            del out["length"]
    return out


def random_decoder(c, depth=0):
    rng = c.rng
    kind = some(rng, (6, "BPEDecoder"), (14, "ByteLevel"), (8, "WordPiece"), (10, "Metaspace"), (5, "CTC"), (14 if depth < 3 else 0, "Sequence"),
                (7, "Replace"), (7, "Fuse"), (7, "Strip"), (8, "ByteFallback"))
    out = {"type": kind}
    if kind == "BPEDecoder":
        out["suffix"] = rng.choice(("</w>", "_", "", "a"))
    elif kind == "ByteLevel":
        out.update(options(rng, add_prefix_space=0.5, trim_offsets=0.5, use_regex=0.5))
    elif kind == "WordPiece":
        out.update(prefix=rng.choice(("##", "##", "", "@@", "a")), cleanup=rng.random() < 0.5)
    elif kind == "Metaspace":
        out.update(replacement=some(rng, (80, c.replacement), (10, "\u2581"), (10, "_")), prepend_scheme=rng.choice(("always", "first", "never")),
                   split=rng.random() < 0.7)
    elif kind == "CTC":
        out.update(pad_token=rng.choice(("<pad>", "[PAD]", "a", "")), word_delimiter_token=rng.choice(("|", "\u2581", " ", "")),
                   cleanup=rng.random() < 0.6)
    elif kind == "Sequence":
        out["decoders"] = [random_decoder(c, depth + 1) for _ in range(some(rng, (4, 0), (12, 1), (30, 2), (30, 3), (24, 4)))]
    elif kind == "Replace":
        out["pattern"] = rng.choice(({"String": "\u2581"}, {"String": " "}, {"Regex": r"\s+"}, {"Regex": "a+"}, {"String": "##"}, {"Regex": "^."},
                                     {"String": "a"}))
        out["content"] = rng.choice((" ", "", "x", "\u00e9", "a b"))
    elif kind == "Strip":
        out.update(content=rng.choice((" ", " ", "\u2581", "a", "#")), start=rng.choice((0, 1, 1, 2, 5)), stop=rng.choice((0, 0, 0, 1, 2)))
    return out


def template(c, specials):
    """`specials`: (content, id) to choose from."""
    rng = c.rng
    used, single = {}, []

    def put_specials(n):
        for _ in range(n):
            content, token_id = rng.choice(specials)
            name = content if rng.random() < 0.9 else content + "2"
            ids, tokens = [token_id], [content]
            if rng.random() < 0.1:
                other, other_id = rng.choice(specials)
                ids, tokens = ids + [other_id], tokens + [other]
            used.setdefault(name, {"id": name, "ids": ids, "tokens": tokens})
            single.append({"SpecialToken": {"id": name, "type_id": 0}})
    if specials:
        put_specials(some(rng, (30, 0), (60, 1), (10, 2)))
    sequence = {"Sequence": {"id": "A", "type_id": 0}}
    if rng.random() < 0.97:
        single.append(sequence)
    if specials:
        put_specials(some(rng, (40, 0), (55, 1), (5, 2)))
    if rng.random() < 0.03:
        single.append(sequence)
    pair = [*single, {"Sequence": {"id": "B", "type_id": 1}}]
    return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": used}


def random_post_processor(c, specials, depth=0):
    rng = c.rng
    kind = some(rng, (40, "TemplateProcessing"), (15 if specials else 0, "BertProcessing"), (12 if specials else 0, "RobertaProcessing"),
                (15, "ByteLevel"), (12 if depth < 2 else 0, "Sequence"))
    out = {"type": kind}
    if kind == "TemplateProcessing":
        return template(c, specials)
    if kind in ("BertProcessing", "RobertaProcessing"):
        out.update(sep=list(rng.choice(specials)), cls=list(rng.choice(specials)))
        if kind == "RobertaProcessing":
            out.update(options(rng, trim_offsets=0.5, add_prefix_space=0.5))
    elif kind == "ByteLevel":
        out.update(options(rng, add_prefix_space=0.5, trim_offsets=0.5, use_regex=0.5))
    else:
        out["processors"] = [random_post_processor(c, specials, depth + 1) for _ in range(rng.randint(0, 3))]
    return out


# ---- added tokens ----------------------------------------------------------------------------------------------------


def vocabulary(model):
    """token -> id of a model as tokenizer.json has it."""
    vocab = model["vocab"]
    return vocab if isinstance(vocab, dict) else {entry[0]: i for i, entry in enumerate(vocab)}


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


# ---- as known models have them ---------------------------------------------------------------------------------------


def byte_level(prefix=False, regex=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}


def split(regex, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": behavior, "invert": invert}


def sequence(kind, *parts):
    return {"type": "Sequence", kind: list(parts)}


def metaspace(scheme, split_=True, **more):
    return {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": scheme, "split": split_, **more}


REPLACE_SPACE = {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}
LLAMA_DECODER = sequence("decoders", {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"},
                         {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0})
BERT_NORMALIZER = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True}
PLAIN_BPE = {"continuing_subword_prefix": None, "end_of_word_suffix": None, "dropout": None}
BYTE_BPE = {**PLAIN_BPE, "byte_fallback": False, "fuse_unk": False, "unk_token": None}


def profile(c):
    """(normalizer, pre_tokenizer, model function, decoder, post-processor kind) of a family of models."""
    rng = c.rng
    sp_bpe = {**PLAIN_BPE, "unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True}
    name = rng.choice(("gpt2", "gpt2", "roberta", "llama3", "llama3", "qwen2", "qwen2", "deepseek", "o200k", "bloom", "clip", "starcoder", "neox",
                       "superbpe", "llama2", "llama2", "mistral", "gemma", "gemma3", "bert", "bert", "bert-cased", "albert", "t5", "xlm-r", "deberta",
                       "xlnet", "word-level", "openai-gpt", "ctc", "falcon", "byte-normalizer", "byte-fallback-bpe"))
    c.view = {"llama2": "metaspace", "mistral": "metaspace", "gemma": "metaspace", "gemma3": "metaspace", "albert": "metaspace", "t5": "metaspace",
              "xlm-r": "metaspace", "deberta": "metaspace", "xlnet": "metaspace", "bert": "plain", "bert-cased": "plain",
              "word-level": "plain", "openai-gpt": "plain", "ctc": "plain", "byte-fallback-bpe": "plain"}.get(name, "bytes")
    precompiled = {"type": "Precompiled", "precompiled_charsmap": charsmap(dict(rng.sample(CHARMAP_KEYS, 18)))}
    ml = metaspace("always")
    flat = {"ignore_merges": rng.random() < 0.5}
    table = {
        "gpt2": (None, byte_level(), lambda: bpe(c, **BYTE_BPE), byte_level(), "ByteLevel"),
        "roberta": (None, byte_level(True), lambda: bpe(c, **{**BYTE_BPE, "unk_token": "<unk>"}), byte_level(True), "RobertaProcessing"),
        "llama3": (None, sequence("pretokenizers", split(LLAMA3), byte_level(regex=False)), lambda: bpe(c, **BYTE_BPE, **flat), byte_level(), "Template"),
        "qwen2": ({"type": "NFC"}, sequence("pretokenizers", split(QWEN2), byte_level(regex=False)), lambda: bpe(c, **BYTE_BPE), byte_level(), "ByteLevel"),
        "deepseek": (sequence("normalizers"), sequence("pretokenizers", *(split(p) for p in DEEPSEEK), byte_level(regex=False)),
                     lambda: bpe(c, **BYTE_BPE), byte_level(), "Template"),
        "o200k": (None, sequence("pretokenizers", split(O200K), byte_level(regex=False)), lambda: bpe(c, **BYTE_BPE, **flat), byte_level(), "ByteLevel"),
        "bloom": (None, sequence("pretokenizers", split(BLOOM), byte_level(regex=False)), lambda: bpe(c, **BYTE_BPE), byte_level(), "ByteLevel"),
        "clip": (sequence("normalizers", {"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}, {"type": "Lowercase"}),
                 sequence("pretokenizers", split(CLIP, "Removed", True), byte_level()),
                 lambda: bpe(c, **{**BYTE_BPE, "unk_token": "<|endoftext|>", "end_of_word_suffix": "</w>"}), byte_level(), "RobertaProcessing"),
        "starcoder": (None, sequence("pretokenizers", {"type": "Digits", "individual_digits": True}, byte_level()), lambda: bpe(c, **BYTE_BPE),
                      byte_level(), None),
        "neox": ({"type": "NFC"}, byte_level(), lambda: bpe(c, **BYTE_BPE), byte_level(), "ByteLevel"),
        "superbpe": (None, sequence("pretokenizers", split(r"\d{1,3}(?=(?:\d{3})*\b)"), byte_level(regex=False)), lambda: bpe(c, **BYTE_BPE), byte_level(), None),
        "falcon": (None, sequence("pretokenizers", {"type": "Punctuation", "behavior": "Contiguous"}, byte_level(),
                                  {"type": "Digits", "individual_digits": False}, split("[0-9][0-9][0-9]")), lambda: bpe(c, **BYTE_BPE), byte_level(), None),
        "byte-normalizer": (sequence("normalizers", {"type": "NFC"}, {"type": "ByteLevel"}), split(rng.choice((r"\u0120+".encode().decode("unicode_escape"), GPT2))),
                            lambda: bpe(c, **BYTE_BPE), byte_level(), None),
        "llama2": (sequence("normalizers", {"type": "Prepend", "prepend": "\u2581"}, REPLACE_SPACE), None, lambda: bpe(c, **sp_bpe), LLAMA_DECODER, "Template"),
        "mistral": (None, metaspace("first", False), lambda: bpe(c, **sp_bpe), LLAMA_DECODER, "Template"),
        "gemma": (REPLACE_SPACE, None, lambda: bpe(c, **sp_bpe), sequence("decoders", *LLAMA_DECODER["decoders"][:3]), "Template"),
        "gemma3": (REPLACE_SPACE, {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}, lambda: bpe(c, **sp_bpe),
                   sequence("decoders", *LLAMA_DECODER["decoders"][:3]), "Template"),
        "byte-fallback-bpe": ({"type": "NFKC"}, {"type": "WhitespaceSplit"}, lambda: bpe(c, **sp_bpe), LLAMA_DECODER, None),
        "bert": (BERT_NORMALIZER, {"type": "BertPreTokenizer"}, lambda: word_piece(c), {"type": "WordPiece", "prefix": "##", "cleanup": True}, "Template"),
        "bert-cased": ({**BERT_NORMALIZER, "lowercase": False}, {"type": "BertPreTokenizer"}, lambda: word_piece(c),
                       {"type": "WordPiece", "prefix": "##", "cleanup": True}, "BertProcessing"),
        "albert": (sequence("normalizers", {"type": "Replace", "pattern": {"String": "``"}, "content": "\""}, {"type": "NFKD"}, {"type": "StripAccents"},
                            {"type": "Lowercase"}, precompiled), sequence("pretokenizers", {"type": "WhitespaceSplit"}, ml), lambda: unigram(c), ml, "Template"),
        "t5": (precompiled, sequence("pretokenizers", {"type": "WhitespaceSplit"}, ml), lambda: unigram(c), ml, "Template"),
        "xlm-r": (sequence("normalizers", precompiled, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}),
                  sequence("pretokenizers", {"type": "WhitespaceSplit"}, ml), lambda: unigram(c), ml, "Template"),
        "deberta": (sequence("normalizers", {"type": "Strip", "strip_left": False, "strip_right": True}, precompiled,
                             {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "\u2581"}), ml, lambda: unigram(c), ml, "Template"),
        "xlnet": (sequence("normalizers", precompiled, {"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "NFKD"}, {"type": "StripAccents"}),
                  sequence("pretokenizers", {"type": "WhitespaceSplit"}, ml), lambda: unigram(c), ml, "Template"),
        "word-level": ({"type": "Lowercase"}, {"type": "Whitespace"}, lambda: word_level(c), None, None),
        "openai-gpt": ({**BERT_NORMALIZER, "clean_text": True}, {"type": "BertPreTokenizer"},
                       lambda: bpe(c, **{**PLAIN_BPE, "end_of_word_suffix": "</w>", "unk_token": "<unk>"}), {"type": "BPEDecoder", "suffix": "</w>"}, None),
        "ctc": (REPLACE_SPACE | {"content": "|"}, split("", "Isolated"), lambda: word_level(c),
                {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": True}, None),
    }
    return name, *table[name]


# ---- the whole -------------------------------------------------------------------------------------------------------

ONLY = ["normalizer", "pretokenizer", "model", "decoder", "postprocessor", "added", "bytelevel"]


def specials_of(added, model):
    listed = [(token["content"], token["id"]) for token in added if token["special"]]
    vocab = vocabulary(model)
    return listed or [(token, vocab[token]) for token in SPECIAL if token in vocab]


def random_tokenizer(rng, only=None):
    """A tokenizer.json as a dict, and the words of its vocabulary as they stand in texts."""
    c = Context(rng)
    normalizer = pre_tokenizer = decoder = post = None
    name = "random"
    if only in (None, "bytelevel") and (only or rng.random() < 0.5):
        while True:
            name, normalizer, pre_tokenizer, make_model, decoder, post_kind = profile(c)
            if only != "bytelevel" or c.view == "bytes":
                break
        changed = rng.random() if only != "bytelevel" else 1
        if changed < 0.08:
            normalizer = random_normalizer(c)
        elif changed < 0.16:
            pre_tokenizer = random_pre_tokenizer(c)
        elif changed < 0.20:
            view, decoder = c.view, random_decoder(c)
            c.view = view
        elif changed < 0.24 and normalizer is not None:
            normalizer = sequence("normalizers", normalizer, random_normalizer(c))
        elif changed < 0.28 and pre_tokenizer is not None:
            pre_tokenizer = sequence("pretokenizers", *rng.sample([pre_tokenizer, random_pre_tokenizer(c)], 2))
        model = make_model()
        if 0.28 < changed < 0.34:
            model = MODELS[rng.choice(sorted(MODELS))](c)
    else:
        post_kind = "random" if only in (None, "postprocessor") and rng.random() < 0.6 else None
        if only in (None, "normalizer") and (only or rng.random() < 0.6):
            normalizer = random_normalizer(c)
        if only in (None, "pretokenizer") and (only or rng.random() < 0.75):
            pre_tokenizer = random_pre_tokenizer(c)
        if only == "model":
            c.view = rng.choice(("plain", "plain", "metaspace"))
            pre_tokenizer = rng.choice((None, {"type": "WhitespaceSplit"}, metaspace("always"))) if c.view != "plain" else rng.choice(
                (None, {"type": "WhitespaceSplit"}, {"type": "Whitespace"}))
        if only in (None, "decoder") and (only or rng.random() < 0.75):
            view, decoder = c.view, random_decoder(c)
            c.view = view
        if only in ("normalizer", "pretokenizer") and rng.random() < 0.8:
            model = visible_bytes(c, ends=only == "pretokenizer")
        elif only in ("normalizer", "pretokenizer"):
            model = MODELS[rng.choice(("BPE", "Unigram"))](c)
        elif only == "decoder":
            model = word_level(c)
            for token in ("\u2581a", "a", "aa", "##a", "a</w>", "</w>", "\u2581", "|", "<pad>", ".", "'s", "n't", "\u0120a", "\u010a", "\u00c3", "\u00a9", "\u00e4", "\u00b8\u0143", "#", "<0xE2>", "<0x96>",
                          "<0x81>", "<0x41>", "<0xff>", "<0x4G>", "", " ", " a", "a ", "  ", "\u00e9", "\u4e2d", "do", "not", "?", "'", " ' ", "_", "\u2581\u2581", "<0x0A>", "<0xC3>", "<0xA9>"):
                model["vocab"].setdefault(token, max(model["vocab"].values(), default=-1) + 1)
        else:
            model = MODELS[some(rng, (50, "BPE"), (22, "Unigram"), (16, "WordPiece"), (12, "WordLevel"))](c)
    added = [] if only in ("normalizer", "pretokenizer", "model") and rng.random() < 0.7 else added_tokens(c, model)
    specials = specials_of(added, model)
    if post_kind == "Template":
        post = template(c, specials)
    elif post_kind in ("BertProcessing", "RobertaProcessing") and specials:
        post = {"type": post_kind, "sep": list(rng.choice(specials)), "cls": list(rng.choice(specials))}
        if post_kind == "RobertaProcessing":
            post.update(trim_offsets=True, add_prefix_space=False)
    elif post_kind == "ByteLevel":
        post = byte_level()
    elif post_kind == "random":
        post = random_post_processor(c, specials)
    truncation = padding = None
    if only is None and rng.random() < 0.03:
        truncation = {"direction": rng.choice(("Left", "Right")), "max_length": rng.randint(0, 12), "strategy": rng.choice(("LongestFirst", "OnlyFirst")),
                      "stride": rng.choice((0, 0, 1))}
    if only is None and rng.random() < 0.03:
        padding = {"strategy": rng.choice(("BatchLongest", {"Fixed": 8})), "direction": rng.choice(("Left", "Right")),
                   "pad_to_multiple_of": rng.choice((None, 8)), "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}
    if added and rng.random() < 0.03:  # the same again, with other flags
        again = dict(rng.choice(added))
        again[rng.choice(("single_word", "lstrip", "rstrip", "normalized", "special"))] ^= True
        added.insert(rng.randint(0, len(added)), again)
    tokenizer = {"version": "1.0", "truncation": truncation, "padding": padding, "added_tokens": added, "normalizer": normalizer,
                 "pre_tokenizer": pre_tokenizer, "post_processor": post, "decoder": decoder, "model": model}
    if rng.random() < 0.05:  # as other programs write it
        for key in ("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"):
            if key in model and model[key] is None:
                del model[key]
    if rng.random() < 0.03 and model["type"] != "Unigram":
        del model["type"]
    return name, tokenizer, c.words
