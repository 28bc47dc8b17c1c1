"""Patterns: those of known tokenizers, those that are hard, and random ones."""

from .common import some

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
                sequence += rng.choice(("", "", "", "", "?", "?", "+", "*", "{2}", "{1,3}", "{2,}"))
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
