"""Random SentencePiece models: trained ones, and ones put together piece by piece, which have what training never makes.

The wire format is written here, so that nothing but the package sentencepiece is needed. Everything comes from a
random.Random; training gives the same again with the same version of the package."""

import io
import struct

import sentencepiece

SPACE = "\u2581"
UNIGRAM, BPE, WORD, CHAR = 1, 2, 3, 4
NAMES = {UNIGRAM: "unigram", BPE: "bpe", WORD: "word", CHAR: "char"}
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6

WORDS = ["a", "b", "ab", "ba", "aa", "the", "th", "he", "hello", "world", "of", "1", "12", "2024", "\u00e9t\u00e9", "na\u00efve", "\u4e2d\u6587",
         "\u4e2d", "\u65e5\u672c\u8a9e", "\u0440\u0443\u0441", "\ufb01ne", "\u2460", "\uff21\uff22", "\U0001f600", "\U0001f600\U0001f600", "e\u0301", "\u0bae\u0bbf", "...", "-",
         "(x)", "a.b", "'s", "don't", "\u00df", "\u0130", "x\u00a0y", "\u3000", "\u2047", "\ud55c\uae00", "aaaa", "abab", "<s>", "</s>", "<unk>", "<0x41>", "\u2581x"]
SYMBOLS = ["<a>", "<b>", "<a><b>", "foo", "fo", "ab", "abc", " x", "x ", "  ", "\u2581", "\u2581\u2581", "\u2581a", "a\u2581b", "1", "12", "123", "\n", "\t", "\u00e9", "e\u0301",
           "\u4e2d", "\uff21", "\U0001f600", "<|im_start|>", "\ufb01", "\u00a0", "aa", "aaa", "<0x41", "\u2047"]
CONTROLS = ["<c>", "[CLS]", "<mask>", "x", "\u2581c", "ab", "\u4e2d", "<pad2>"]
RULES = ["nmt_nfkc", "nfkc", "nmt_nfkc_cf", "nfkc_cf", "identity"]


# The wire format.

def varint(n):
    out = bytearray()
    while True:
        out.append(n & 0x7F | (0x80 if n > 0x7F else 0))
        n >>= 7
        if not n:
            return bytes(out)


def field(number, value):
    if isinstance(value, bool) or isinstance(value, int):
        return varint(number << 3) + varint(int(value))
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(data):
    """(number, value) of each field of a message."""
    def number(at):
        n = shift = 0
        while True:
            n |= (data[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if data[at - 1] < 0x80:
                return n, at
    at = 0
    while at < len(data):
        key, at = number(at)
        if key & 7 == 0:
            value, at = number(at)
        elif key & 7 == 2:
            size, at = number(at)
            value, at = data[at:at + size], at + size
        else:
            size = 4 if key & 7 == 5 else 8
            value, at = struct.unpack("<f" if size == 4 else "<d", data[at:at + size])[0], at + size
        yield key >> 3, value


class Model:
    """A ModelProto taken apart."""

    def __init__(self, data=None):
        self.pieces = []  # [text, score, type]
        self.trainer, self.normalizer, self.denormalizer = {}, {}, {}
        for key, value in fields(data or b""):
            if key == 1:
                piece = dict(fields(value))
                self.pieces.append([piece[1].decode(), piece.get(2, 0.0), piece.get(3, NORMAL)])
            elif key in (2, 3, 5):
                {2: self.trainer, 3: self.normalizer, 5: self.denormalizer}[key].update(fields(value))

    def data(self):
        out = b"".join(field(1, field(1, text) + field(2, float(score)) + (field(3, kind) if kind != NORMAL else b"")) for text, score, kind in self.pieces)
        for number, message in ((2, self.trainer), (3, self.normalizer), (5, self.denormalizer)):
            if message:
                out += field(number, b"".join(field(key, value) for key, value in sorted(message.items())))
        return out


# Trained ones.

def corpus(rng, prose):
    lines = []
    words = rng.sample(WORDS, rng.randint(5, len(WORDS)))
    for _ in range(rng.randint(20, 120)):
        if prose and rng.random() < 0.5:
            text = rng.choice(prose)
            begin = rng.randrange(len(text))
            lines += [line for line in text[begin:begin + 300].replace("\0", "").split("\n") if line.strip()][:4]
        else:
            lines.append(rng.choice((" ", "", "  ")).join(rng.choice(words) for _ in range(rng.randint(1, 12))))
    return [line for line in lines if line.strip()] or ["a"]


def rules_file(rng, path):
    """Rules of our own: what becomes what, by code points."""
    def points(text):
        return " ".join(f"{ord(c):X}" for c in text)
    rules = {}
    for _ in range(rng.randint(1, 12)):
        source = "".join(rng.choice("abcAB1. \u00e9\u0301\u4e2d\U0001f600\u2581") for _ in range(rng.randint(1, 4)))
        target = "".join(rng.choice("abc 1\u00e9\u4e2d\u2581") for _ in range(rng.randint(0, 3)))
        rules[source] = target
    with open(path, "w", encoding="ascii") as file:
        for source, target in sorted(rules.items()):
            file.write(f"{points(source)}\t{points(target)}\n")


def trained(rng, prose, folder):
    """(model, what it was trained with); None if the trainer would not."""
    kind = rng.choice((UNIGRAM, UNIGRAM, BPE, BPE, WORD, CHAR))
    options = {"model_type": NAMES[kind], "vocab_size": int(2 ** rng.uniform(5, 9.5)), "hard_vocab_limit": rng.random() < 0.2,
               "character_coverage": rng.choice((1.0, 0.9995, 0.98)), "num_threads": 1, "minloglevel": 2}

    def maybe(name, *values, chance=0.5):
        if rng.random() < chance:
            options[name] = rng.choice(values)

    maybe("add_dummy_prefix", False)
    maybe("remove_extra_whitespaces", False)
    maybe("treat_whitespace_as_suffix", True, chance=0.25)
    maybe("allow_whitespace_only_pieces", True, chance=0.4)
    maybe("split_by_whitespace", False, chance=0.25)
    maybe("split_by_number", False, chance=0.4)
    maybe("split_by_unicode_script", False, chance=0.4)
    maybe("split_digits", True, chance=0.3)
    maybe("max_sentencepiece_length", 2, 5, 40, chance=0.3)
    maybe("byte_fallback", True, chance=0.4 if kind in (UNIGRAM, BPE) else 0.05)
    maybe("unk_surface", "", "?", "\u2581u", " ", "<unk>", chance=0.2)
    maybe("unk_piece", "[UNK]", "\u2047", chance=0.15)
    maybe("pad_id", 3, chance=0.2)
    maybe("bos_id", -1, chance=0.1)
    maybe("required_chars", "\u00e9z", chance=0.1)
    if kind in (WORD, CHAR):
        maybe("use_all_vocab", True, chance=0.2)
    if options.get("byte_fallback"):
        options["vocab_size"] += 256
    if rng.random() < 0.2:
        path = f"{folder}/rules.tsv"
        rules_file(rng, path)
        options["normalization_rule_tsv"] = path
    else:
        options["normalization_rule_name"] = rng.choice(RULES)
    if rng.random() < 0.1:
        path = f"{folder}/denormalization.tsv"
        rules_file(rng, path)
        options["denormalization_rule_tsv"] = path
    if rng.random() < 0.5:
        options["user_defined_symbols"] = rng.sample(SYMBOLS, rng.randint(1, 8))
    if rng.random() < 0.4:
        options["control_symbols"] = [c for c in rng.sample(CONTROLS, rng.randint(1, 4)) if c not in options.get("user_defined_symbols", ())]
    lines = corpus(rng, prose)
    for _ in range(3):
        out = io.BytesIO()
        try:
            sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_writer=out, **options)
            return out.getvalue(), options
        except Exception:  # pylint: disable=broad-except
            options["vocab_size"] += 700  # more than there are characters
            options["hard_vocab_limit"] = False
    return None


# Ones put together.

def map_of(rule, cache={}):  # pylint: disable=dangerous-default-value
    """The compiled character map of one of the package's rules."""
    if rule not in cache:
        out = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(["a b"]), model_writer=out, model_type="char", vocab_size=10, hard_vocab_limit=False,
                                                 normalization_rule_name=rule, minloglevel=2)
        cache[rule] = Model(out.getvalue()).normalizer.get(2, b"")
    return cache[rule]


def put_together(rng):
    model = Model()
    kind = rng.choice((UNIGRAM, UNIGRAM, BPE, BPE, WORD, CHAR))
    alphabet = rng.choice(("ab", "abc", "ab" + SPACE, "a\u4e2d" + SPACE, "ab\U0001f600\u0301" + SPACE, "aA\uff21\ufb01 " + SPACE))
    scores = rng.choice(((-1.0,), (-1.0, -2.0), (-1.0, -2.0, -3.5, -0.25), None, (0.0, 1.0, -1.0), (-1e9, 3e38, -0.1), (float(2 ** 24), 0.1)))
    types = rng.choice(([NORMAL], [NORMAL] * 6 + [UNUSED], [NORMAL] * 4 + [USER_DEFINED], [NORMAL] * 5 + [USER_DEFINED, UNUSED, CONTROL]))
    spellings = {}
    for _ in range(rng.randint(1, 60)):
        if rng.random() < 0.1:
            spellings[rng.choice(WORDS + SYMBOLS)] = None
        else:
            spellings["".join(rng.choice(alphabet) for _ in range(min(int(rng.expovariate(0.5)) + 1, 12)))] = None
    for text in spellings:
        model.pieces.append([text, rng.uniform(-12, 0) if scores is None else rng.choice(scores), rng.choice(types)])
    taken = set(spellings)
    for text, how in (("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL)):
        if text not in taken:
            model.pieces.insert(rng.choice((0, len(model.pieces))), [text, 0.0, how])
            taken.add(text)
    if "<unk>" in spellings:
        model.pieces.append(["<<unk>>", 0.0, UNKNOWN])
    model.trainer = {3: kind}
    if rng.random() < 0.4:
        model.trainer[35] = True
        model.pieces = [p for p in model.pieces if p[0] != "<0x41>"]
        model.pieces += [[f"<0x{b:02X}>", 0.0, BYTE] for b in range(256)]
    if rng.random() < 0.3:
        model.trainer[24] = True
    if rng.random() < 0.2:
        model.trainer[44] = rng.choice(("", "?", SPACE, "a b"))
    for number in (3, 4, 5):
        if rng.random() < 0.4:
            model.normalizer[number] = False
    if rng.random() < 0.6:
        model.normalizer[2] = map_of(rng.choice(RULES))
    if rng.random() < 0.1:
        model.denormalizer = {2: map_of("nmt_nfkc_cf"), **{number: rng.random() < 0.5 for number in (3, 4, 5)}}
    return model.data()


def changed(rng, data):
    """A trained model, some of its pieces of other types and scores."""
    model = Model(data)
    share = rng.choice((0.02, 0.2, 0.6))
    for piece in model.pieces:
        if piece[2] in (NORMAL, UNUSED, USER_DEFINED) and rng.random() < share:
            if rng.random() < 0.7:
                piece[2] = rng.choice((NORMAL, UNUSED, UNUSED, USER_DEFINED))
            else:
                piece[1] = rng.choice(model.pieces)[1]
    for number in (3, 4, 5):
        if rng.random() < 0.3:
            model.normalizer[number] = rng.random() < 0.5
    return model.data()
