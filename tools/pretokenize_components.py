"""Hugging Face's pretokenizers by the specifications of tests/pretokenize/components.hpp: what the golden data and the
fuzzer share."""
from tokenizers import Regex, pre_tokenizers

BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]


def escaped(text):
    r"""Printable ASCII as it is, but for what separates; else \u{HEX}."""
    plain = lambda c: " " <= c <= "~" and c not in "\\|:;"
    return "".join(c if plain(c) else f"\\u{{{ord(c):X}}}" for c in text)


def specification(steps):
    """Of a list of tuples: a type and its options."""
    return ";".join(":".join(escaped(str(int(x) if isinstance(x, bool) else x)) for x in step) for step in steps)


def behavior(name):
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


def component(type_, *options):
    if type_ == "ByteLevel":
        prefix, use_regex = options
        return pre_tokenizers.ByteLevel(add_prefix_space=prefix, use_regex=use_regex)
    if type_ == "Metaspace":
        replacement, scheme, split = options
        return pre_tokenizers.Metaspace(replacement=replacement, prepend_scheme=scheme, split=split)
    if type_ == "Split":
        kind, pattern, name, invert = options
        return pre_tokenizers.Split(Regex(pattern) if kind == "Regex" else pattern, behavior(name), invert)
    if type_ == "Punctuation":
        return pre_tokenizers.Punctuation(behavior(options[0]))
    if type_ == "Digits":
        return pre_tokenizers.Digits(individual_digits=options[0])
    if type_ == "FixedLength":
        return pre_tokenizers.FixedLength(length=options[0])
    return getattr(pre_tokenizers, type_)(*options)  # CharDelimiterSplit takes its character, others nothing


def pretokenizer(steps):
    built = [component(*step) for step in steps]
    return built[0] if len(built) == 1 else pre_tokenizers.Sequence(built)


def pieces(built, text):
    return [piece for piece, _ in built.pre_tokenize_str(text)]
