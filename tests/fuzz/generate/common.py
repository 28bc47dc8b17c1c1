"""What the parts of one random tokenizer share: its words, how its model sees them, and ways to draw."""

SPECIAL = ["<unk>", "<s>", "</s>", "<pad>", "[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]", "<mask>", "<|endoftext|>",
           "<|im_start|>", "<|im_end|>", "<0x0A>"]


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


def some(rng, *choices):
    """One of (weight, value)."""
    return rng.choices([value for _, value in choices], [weight for weight, _ in choices])[0]
