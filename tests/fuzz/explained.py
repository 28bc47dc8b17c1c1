"""Differences from Hugging Face's library that are meant, each with the section of docs/differences.md that says so. A
disagreement that none of these explains is a bug, here or there.

A predicate gets a `Case` (see tokenizers_fuzz.py): `tokenizer` (the JSON), `mode` (load, encode, encode_special, decode,
decode_skip), `given` (text or ids), `expected` (the oracle's), `actual` (tessera's; text as bytes), `error` (tessera's
message, or ""), and `oracle_decode(ids, skip)`. It should compute what tessera's rule gives wherever that is short, so
that nothing else hides behind it."""

import generate

def lossy(data):
    return data.decode("utf-8", errors="replace")


def no_decoder(case):
    """Without a decoder the tokens of byte-level BPE are joined with spaces there, without here."""
    return (case.mode.startswith("decode") and case.tokenizer["decoder"] is None
            and case.tokenizer["model"].get("type") == "BPE" and "ByteLevel" in str(case.tokenizer["pre_tokenizer"]))


def listed_twice(case):
    """Which of two entries of an added token counts depends, there, on what is asked."""
    if not case.mode.startswith("decode"):
        return False
    settings = {}
    for token in case.tokenizer["added_tokens"]:
        settings.setdefault(token["content"], []).append(token)
    twice = {token["id"] for tokens in settings.values() if len(tokens) > 1 for token in tokens}
    return any(i in twice for i in case.given)


def bytes_not_text(case):
    """Decoding gives bytes; there, text with U+FFFD. The same after replacing what is no UTF-8."""
    if not case.mode.startswith("decode") or "\ufffd" not in case.expected or case.error:
        return False
    import re
    squeeze = lambda text: re.sub("\ufffd+", "\ufffd", text)
    return squeeze(lossy(case.actual)) == squeeze(case.expected)


def unknown_token_missing(case):
    """An unk_token that is not in the vocabulary is an error on loading."""
    model = case.tokenizer["model"]
    unknown = model.get("unk_token")
    return case.mode == "load" and unknown is not None and unknown not in generate.vocabulary(model)


def duplicate_ids(case):
    """Two tokens of one id are an error."""
    if case.mode != "load":
        return False
    ids = {}
    vocab = generate.vocabulary(case.tokenizer["model"])
    for token, i in [*vocab.items(), *((t["content"], t["id"]) for t in case.tokenizer["added_tokens"])]:
        if ids.setdefault(i, token) != token:
            return True
    return False


def renumbered_added_token(case):
    """There an added token gets the next free id, here the one that the file says."""
    vocab = generate.vocabulary(case.tokenizer["model"])
    known = dict(vocab)
    top = None
    for token in case.tokenizer["added_tokens"]:
        if not token["content"]:
            return True
        if token["content"] not in known:
            known[token["content"]] = len(vocab) if top is None or top < len(vocab) else top + 1
        top = max(top or 0, known[token["content"]])
        if known[token["content"]] != token["id"]:
            return True
    return False


EXPLAINED = [
    ("a file with no decoder", "Decoding", no_decoder),
    ("an added token listed twice", "Files", listed_twice),
    ("bytes, not text", "Decoding", bytes_not_text),
    ("unk_token not in the vocabulary", "Files", unknown_token_missing),
    ("one id for two tokens", "Files", duplicate_ids),
    ("the id of an added token", "Files", renumbered_added_token),
]

# What the file says and tessera does not do (docs/differences.md, Files): taken out of the oracle as well.
NOT_APPLIED = ("truncation", "padding")


def explain(case):
    """The name of what explains a disagreement, or None."""
    for name, _, predicate in EXPLAINED:
        if predicate(case):
            return name
    return None
