"""Texts that break tokenizers, and random ones. Everything comes from a random.Random, so a seed gives the same again."""

import os
import unicodedata

# Strings on which some tokenizer was wrong once. What is right is what the oracle says, never written here.
TRICKY = [
    # White space
    "", " ", "  ", "   ", "\t", "\n", "\n\n", "\n\n\n", "\t\n", "    Hello\n    Hello", "today\n ", "today\n \n",
    "today\n  \n", "\n =", " (", "\r\n", "a\r\nb", "\n\x0b  ", "a  b", "a   b ", " a", "a ", "\u00a0", "a\u00a0b",
    "\u3000a\u3000", "\u2003x", "\u2028", "\u2029 \ua3e4", "\u200b", "a\u200bb", "\ufeff//", "\u1680", "\x1c\x1d\x1e\x1f",
    "\x85", " \x850", "\u180e", "x\u00ady",
    # Digits and numbers
    "3", "33", "333", "3333", "33333", "333333", "3333333", "33333333", "333333333", "1314151\u5929",
    "3.3 3..3 3...3", "\u00bc-a \u00bd-a \u00be-a", "\u2165-a", "a \u3007b", "ied 4 \u00bd months", "\u0661\u0662\u0663",
    "\u096a\u0968", "\U0001d7d8\U0001d7d9", "\u2460\u2461", "x\u00b2+y\u00b3=\u00b9", "1,234.56", "\u19da",
    # Contractions and case
    "'s 'RE 'M 'LL We'Ve a'lL y'all '\u017f", "\u212a", "I'\u0130", "\u0130stanbul", "\u0131", "\u03a3\u0391\u03a3",
    "\u039f\u0394\u039f\u03a3 \u039f\u0394\u039f\u03a3.", "\u00df/\u1e9e", "Stra\u00dfe", "\ufb01ne", "\u01c5", "\u1fb3",
    "don't can't I'll we've they're", "'''", "''s", "it's'", "'d'd", "\u2019s \u2019re",
    # Unicode
    "\x1f-a", "\x00", "a\x00b", "\u00a0aC", "a\u00a0\u00a0\x00b", " \u2e4e", "\u00e5", "\u00c4pfel", "A\u0308pfel",
    "C\u1eeda Vi\u1ec7t", " Vi\u1ec7t", "\U000ac517", "\U000522f4", "\uff5e", "\u2026", "\x10", "\u0915\u092e",
    "\u0915\u094d\u0937", "\u1000\u103c", "\u178f\u17d2\u179a\u17bc\u179c", "\u0e01\u0e33\u0e1b", "\u0f40\u0f74",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629", "\u05e9\u05c1\u05dc\u05d5\u05dd", "\u202eabc\u202c", "\u061c", "\ufffd",
    "\ufffd\ufffd", "\ufffe\uffff", "\ue000", "\U0010ffff", "\U000f0000", "\u0345", "\u0300", "a\u0300\u0301\u0302",
    "\u1112\u1161\u11ab", "\ud55c\uae00", "\u1100\u1161\u11a8\u11a8", "\u2126\u212b", "\u2329x\u232a", "\u0958", "\u0344",
    "e\u0323\u0302", "\u1e69s\u0323\u0307", "\ufdfa", "\u3300\u33ff", "\u2155", "\u00c0\u0327", "\uff21\uff22\uff23",
    "\uff76\uff9e", "\u304b\u3099", "x\u0367y", "\u0f77", "\u1d15e", "\U0001d15e\U0001d165", "\u0b92\u0bd7",
    "\u0ba8\u0b9f\u0bbf\u0b95\u0bb0\u0bcd", "\u9664", "\u534e\u4e3a", "\u4e2d\u6587 English \u6df7\u5408 text 123",
    "\u65e5\u672c\u8a9e\u306e\u30c8\u30fc\u30af\u30ca\u30a4\u30b6\u30fc", "\U00020000\U0002a6d6", "\uf900\ufa0e\U0002f800",
    "\U0002b820\U0002b81f", "\u3400\u4dbf\u9fff", "\u1f600", "\u02bb\u02bc", "\u00aa\u00ba", "\u2160\u2170", "\u24b6",
    # Emoji
    "\U0001f999.cpp", "\U0001f636\u200d\U0001f32b\ufe0f", "\U0001f636\U0001f32b\ufe0f",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7",
    "1\ufe0f\u20e3#\ufe0f\u20e3", "\U0001f44d\U0001f3fd", "\u2764\ufe0f", "\U0001f3f4\U000e0067\U000e0062\U000e007f",
    # Punctuation and symbols
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "$+<=>^`~", "...", "--", "---\n---", "https://example.com/path?q=1&x=2",
    "a_b__c", "\u00a1\u00bf\u00ab\u00bb", "\u3001\u3002\uff01", "\u20ac\u0430", "\u2200x\u2208R", "<|endoftext|", "<s>a", "</s>",
    "<unk><|endoftext|><s>", "<s> <s> <unk><s>a<s>b", "a </s> b", "one <mask> two", "[CLS] a [SEP]", "[UNK]", "<0x0A>",
    "<0xE2><0x96><0x81>", "\u2581", "\u2581a\u2581b", " \u2581 ", "a\u2581", "##a", "a</w>", "</w>", "\u0120a\u010a", "\u0120",
    "\u010d", "danci", "dancing nci ing", "ing in dancing", "(a)[b]{c}", "Hello, world!", "Hello World",
    "The quick brown fox jumps over the lazy dog.", "def f(x):\n\treturn x  # 1\n\n\n", "ALLCAPS lowercase MixedCase 42 3.14",
    "\u00f1andu\u0301 cafe\u0301 caf\u00e9", "   leading\n\ttabs and  spaces   ", "fi\u200d\u200c\ufb03",
    "\u8072\ua000\ua490\U00011f02\U0001e4d0\u1c89\ua7cb", "\u16ee\u3007\u3021", "\u0903\u0c03\u20dd",
]

SPACES = [" ", "  ", "\t", "\n", "\r\n", "\n\n", "\u00a0", "\u3000", "   ", " \n", "\u2028", ""]
CHARACTERS = ["a", "0", "'s", " ", "\n", "\u4e2d", "\U0001f600", "=", "_", "ab", "Aa", "\u0301", "a\u0301", "-", ".", "\u00df",
              "\u0130", "\u1112\u1161\u11ab", "\u0915\u094d"]
# First and last code point of what random text is drawn from.
BLOCKS = [(0x20, 0x7E), (0x00, 0x20), (0x7F, 0xFF), (0x100, 0x24F), (0x250, 0x36F), (0x370, 0x52F), (0x590, 0x6FF),
          (0x900, 0xDFF), (0xE00, 0xFFF), (0x1000, 0x11FF), (0x1200, 0x18AF), (0x1AB0, 0x1CFF), (0x1D00, 0x1FFF),
          (0x2000, 0x206F), (0x2070, 0x2BFF), (0x2C00, 0x2FFF), (0x3000, 0x33FF), (0x3400, 0x9FFF), (0xA000, 0xABFF),
          (0xAC00, 0xD7FF), (0xE000, 0xF8FF), (0xF900, 0xFFFF), (0x10000, 0x10FFF), (0x11000, 0x12FFF), (0x13000, 0x1CFFF),
          (0x1D000, 0x1F0FF), (0x1F100, 0x1FAFF), (0x20000, 0x323AF), (0xE0000, 0xE01EF), (0x323B0, 0x10FFFF)]
COMBINING = [c for c in map(chr, range(0x300, 0x20000)) if unicodedata.combining(c)]
DECOMPOSING = [c for c in map(chr, range(0xA0, 0x30000)) if unicodedata.decomposition(c)]


def code_point(rng):
    first, last = rng.choice(BLOCKS)
    c = rng.randint(first, last)
    return "?" if 0xD800 <= c <= 0xDFFF else chr(c)


def near(text):
    """Whether it is made of characters that can stand in an UTF-8 file."""
    return not any(0xD800 <= ord(c) <= 0xDFFF for c in text)


def random_unicode(rng):
    kind = rng.randrange(6)
    n = min(int(rng.expovariate(0.12)) + 1, 60)
    if kind == 0:
        return "".join(code_point(rng) for _ in range(n))
    if kind == 1:  # one script
        first, last = rng.choice(BLOCKS)
        return "".join(c for c in (chr(rng.randint(first, last)) for _ in range(n)) if not 0xD800 <= ord(c) <= 0xDFFF)
    if kind == 2:  # heaps of marks
        return "".join(rng.choice((rng.choice("aeo\u00e9\u4e2d "), rng.choice(COMBINING))) for _ in range(n))
    if kind == 3:  # what normalizes
        return "".join(rng.choice((rng.choice(DECOMPOSING), rng.choice(COMBINING), rng.choice("ab ")))
                       for _ in range(n))
    if kind == 4:
        return "".join(rng.choice("aB1 .'\n\t\u00e9\u4e2d\U0001f600\u0301") for _ in range(n))
    return "".join(chr(rng.randint(0x20, 0x7E)) for _ in range(n))


def emoji_cut(rng):
    """Emoji sequences, cut somewhere."""
    text = "".join(rng.choice(("\U0001f468", "\U0001f469", "\u200d", "\ufe0f", "\U0001f3fd", "\U0001f1e9", "\U0001f1ea", "\u2764",
                               "#", "\u20e3", "\U0001f600", " ")) for _ in range(rng.randint(1, 12)))
    return text[rng.randrange(len(text)):]


def run(rng, longest):
    n = int(2 ** rng.uniform(0, longest))
    unit = rng.choice(CHARACTERS)
    return (rng.choice(("", " ", "x", "1", "\n")) + unit * (n // len(unit) + 1) + rng.choice(("", " ", "x", "\n", " x")))


def mixed_case(rng, text):
    how = rng.randrange(4)
    if how == 0:
        return text.upper()
    if how == 1:
        return text.title()
    if how == 2:
        return "".join(rng.choice((c, c.upper())) for c in text)
    return unicodedata.normalize(rng.choice(("NFC", "NFD", "NFKC", "NFKD")), text)


class Texts:
    """Makes texts for tokenizers; what does not depend on the tokenizer is made once."""

    def __init__(self, rng, folder=None, n_pool=3000):
        self.prose = []
        if folder and os.path.isdir(folder):
            for name in sorted(os.listdir(folder)):
                with open(os.path.join(folder, name), encoding="utf-8", errors="ignore") as file:
                    self.prose.append(file.read(200_000))
        self.pool = list(TRICKY)
        while len(self.pool) < n_pool:
            kind = rng.randrange(10)
            if kind < 5:
                self.pool.append(random_unicode(rng))
            elif kind == 5:
                self.pool.append(emoji_cut(rng))
            elif kind == 6:
                self.pool.append(run(rng, 7))
            elif self.prose:
                text = rng.choice(self.prose)
                begin = rng.randrange(len(text))
                self.pool.append(text[begin:begin + int(rng.expovariate(1 / 60)) + 1])
            else:
                self.pool.append(rng.choice(TRICKY) + rng.choice(TRICKY))
        self.pool = [text for text in self.pool if near(text)]

    def text(self, rng, words, added):
        """One text for a tokenizer with these words in its vocabulary and these added tokens."""
        kind = rng.random()
        if kind < 0.18:
            return rng.choice(self.pool)
        if kind < 0.30:
            return rng.choice(self.pool) + rng.choice(SPACES) + rng.choice(self.pool)
        if kind < 0.32:
            return rng.choice(TRICKY)
        if kind < 0.62 and words:
            out = []
            joint = rng.choice(("", " ", None))
            for _ in range(int(rng.expovariate(0.25)) + 1):
                out.append(rng.choice(words))
                between = joint if joint is not None else rng.choice(SPACES)
                out.append(between)
                if rng.random() < 0.05:
                    out.append(code_point(rng))
            return "".join(out if rng.random() < 0.3 else out[:-1])
        if kind < 0.85 and added:
            out = []
            for _ in range(int(rng.expovariate(0.4)) + 1):
                pick = rng.random()
                if pick < 0.55:
                    token = rng.choice(added)
                    if rng.random() < 0.15:  # part of one
                        token = token[rng.randrange(len(token)):] if rng.random() < 0.5 else token[:-1]
                    if rng.random() < 0.08:
                        token = mixed_case(rng, token)
                    out.append(token)
                elif pick < 0.75:
                    out.append(rng.choice(SPACES))
                elif pick < 0.9 and words:
                    out.append(rng.choice(words))
                else:
                    out.append(rng.choice(self.pool)[:12])
            return "".join(out)
        if kind < 0.90 and words:
            return mixed_case(rng, "".join(rng.choice(words) for _ in range(rng.randint(1, 4))))
        if kind < 0.905:
            return run(rng, 12)
        if kind < 0.92:
            return rng.choice(CHARACTERS) * rng.randint(1, 40)
        return random_unicode(rng)

    def texts(self, rng, n, words, added):
        out = []
        while len(out) < n:
            text = self.text(rng, words, added)
            if near(text):
                out.append(text)
        return out
