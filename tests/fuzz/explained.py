"""Differences from Hugging Face's library that are meant, each with its row in docs/differences.md. A disagreement that
none of these explains is a bug, here or there.

Most are rules by which a file reads differently: RULES has, for each, what to write in the file so that Hugging Face's
library does as tessera. Its answer to that must be tessera's, so that nothing else hides behind a rule. What is left is in
OTHERS: a predicate on a `Case` (see both.py), which has `tokenizer` (the JSON), `mode` (load, or one of MODES), `given`,
`expected` (the oracle's), `actual` (tessera's; text as bytes), `error` (tessera's message, or "")."""

import base64
import copy
import json
import re

import generate
from both import Oracle
from generate.common import BYTE_ALPHABET, as_bytes
from generate.components import charsmap
from modes import DECODE, each_text

BYTES = {char: byte for byte, char in BYTE_ALPHABET.items()}
# As Unicode 15 has them: a consonant, its marks, and what ties it to the next one.
CONSONANT = "[\u0915-\u0939\u0958-\u095f\u0978-\u097f\u0995-\u09a8\u09aa-\u09b0\u09b2\u09b6-\u09b9\u09dc\u09dd\u09df\u09f0\u09f1\u0a95-\u0aa8\u0aaa-\u0ab0" \
            "\u0ab2\u0ab3\u0ab5-\u0ab9\u0af9\u0b15-\u0b28\u0b2a-\u0b30\u0b32\u0b33\u0b35-\u0b39\u0b5c\u0b5d\u0b5f\u0b71\u0c15-\u0c28\u0c2a-\u0c39\u0c58-\u0c5a" \
            "\u0d15-\u0d3a]"
LINKER = "[\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d]"
MARK = r"[\p{Mn}\u200d]"
# What joins the cluster before it since Unicode 15.1 and 16: to ICU 72 no characters, as U+0378 is to all.
NEWER = re.compile("[\u0897\U00010d69-\U00010d6d\U00010efc\U000113b8-\U000113e2\U00011f5a\U0001611e-\U0001612f\U00016d63\U00016d67-\U00016d6a\U0001e5ee\U0001e5ef]")


# ---- rules -----------------------------------------------------------------------------------------------------------


def parts(tokenizer):
    """Every component, and every pattern, as it stands in the JSON."""
    todo = [tokenizer[part] for part in ("normalizer", "pre_tokenizer", "decoder")]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            yield node
            todo += node.values()
        elif isinstance(node, list):
            todo += node


def last_of_two_entries(tokenizer):
    """An added token that is listed twice has the settings of the last entry."""
    entries = {}
    for token in tokenizer["added_tokens"]:
        entries[token["content"]] = {**token, "id": entries.get(token["content"], token)["id"]}
    tokenizer["added_tokens"] = list(entries.values())


def ids_of_the_file(tokenizer):
    """Where the number that an added token is due is another token's, because the vocabulary has gaps, the file's id
    counts: as if the token was in the vocabulary."""
    vocab = tokenizer["model"]["vocab"]
    if isinstance(vocab, list):
        return
    following, taken = len(vocab), set(vocab.values())
    for token in tokenizer["added_tokens"]:
        if token["content"] not in vocab:
            if following in taken:
                vocab[token["content"]] = token["id"]
            following += 1


def first_of_equals(tokenizer):
    """Of two added tokens that a normalizer makes equal, the one listed first is found."""
    oracle, vocab = Oracle(tokenizer), generate.vocabulary(tokenizer["model"])
    seen, kept = set(), []
    for token in tokenizer["added_tokens"]:
        content = oracle.normalize(token["content"]) if token["normalized"] else None
        if content in seen and token["content"] in vocab:
            continue
        if content in seen:  # it has a number of its own
            token.update(content=f"\ue000no text has this {len(kept)}", normalized=False)
        elif content is not None:
            seen.add(content)
        kept.append(token)
    tokenizer["added_tokens"] = kept


def added_tokens_are_text(tokenizer):
    """A model over bytes that takes whole pretokens does not take one for an added token whose spelling reads as bytes."""
    model, vocab = tokenizer["model"], generate.vocabulary(tokenizer["model"])
    spelled = [token["content"] for token in tokenizer["added_tokens"] if token["content"] in vocab and len(token["content"]) > 1]
    if model.get("ignore_merges") and any(not content.isascii() and all(c in BYTES for c in content) for content in spelled):
        model["ignore_merges"] = False


def no_empty_prepend(tokenizer):
    """Prepend of an empty string does nothing."""
    for node in parts(tokenizer):
        if node.get("type") == "Prepend" and node["prepend"] == "":
            node.clear()
            node.update(type="Sequence", normalizers=[])


def rounds_that_read_nothing_count(tokenizer):
    """A bounded repetition of a group counts every round, also one that reads nothing: as written out."""
    for node in parts(tokenizer):
        if isinstance(node.get("Regex"), str):
            node["Regex"] = written_out(node["Regex"])


def conjuncts_are_clusters(tokenizer):
    """ICU's \\X keeps consonants together that a virama ties."""
    for node in parts(tokenizer):
        if isinstance(node.get("Regex"), str):
            node["Regex"] = node["Regex"].replace(r"\X", rf"(?:(?:(?>{CONSONANT}{MARK}*)(?<={LINKER}|{LINKER}\u200d)(?={CONSONANT}))*\X)")


RULES = [
    ("an added token that is listed twice", "Files", last_of_two_entries),
    ("the id of an added token", "Files", ids_of_the_file),
    ("two added tokens that a normalizer makes equal", "Encoding", first_of_equals),
    ("an added token that reads as bytes", "Encoding", added_tokens_are_text),
    ("`Prepend` of an empty string", "Encoding", no_empty_prepend),
    ("the empty text, in a bounded repetition", "Encoding", rounds_that_read_nothing_count),
    ("`\\X`", "Encoding", conjuncts_are_clusters),
]


def written_out(pattern):
    """A pattern with (...){n,m} as n to m of (...)."""
    opened, group, i = [], None, 0  # group: where the one that has just been closed begins
    while i < len(pattern):
        bounds = re.compile(r"\{(\d+)(,?)(\d*)\}").match(pattern, i)
        if group is not None and bounds:
            one, least = pattern[group:i], int(bounds[1])
            most = int(bounds[3]) if bounds[3] else None if bounds[2] else least
            more = one + "*" if most is None else ""
            for _ in range(max(0, (most or 0) - least)):
                more = f"(?:{one}{more})?"
            whole = f"(?:{one * least}{more})"
            pattern = pattern[:group] + whole + pattern[bounds.end():]
            i = group + len(whole)
            continue
        group = None
        if pattern[i] == "[":
            i = re.compile(r"\[\^?\]?(?:\[:\w+:\]|\\.|[^\]])*", re.S).match(pattern, i).end()
        elif pattern[i] == "(":
            opened.append(i)
        elif pattern[i] == ")" and opened:
            group = opened.pop()
        i += 2 if pattern[i:i + 1] == "\\" else 1
    return pattern


def by_rules(case):
    """The names of the rules, one or all that apply, by which Hugging Face's library would do as tessera."""
    if case.mode == "load" or case.error:
        return None
    everything, names = copy.deepcopy(case.tokenizer), []
    given = case.given
    if r"\\X" in json.dumps(case.tokenizer["pre_tokenizer"]):
        given = each_text(given, lambda text: NEWER.sub("\u0378", text))
    for name, _, rule in RULES:
        before = copy.deepcopy(everything)
        alone = copy.deepcopy(case.tokenizer)
        try:
            rule(alone)
            rule(everything)
        except ValueError:
            return None
        if alone != case.tokenizer and case.is_as(case.under(alone, given)):
            return name
        if everything != before:
            names.append(name)
    return " and ".join(names) if len(names) > 1 and case.is_as(case.under(everything, given)) else None


# ---- others ----------------------------------------------------------------------------------------------------------


def no_decoder(case):
    """The tokens of byte-level BPE are joined with spaces there; here their bytes are joined, and the text of added tokens
    that the model does not have."""
    tokenizer = copy.deepcopy(case.tokenizer)
    if case.mode not in DECODE or case.error or tokenizer["decoder"] is not None or generate.model_type(tokenizer["model"]) != "BPE":
        return False
    vocab = generate.vocabulary(tokenizer["model"])
    tokens = {i: b"".join(bytes([BYTES[c]]) if c in BYTES else c.encode() for c in token) for token, i in vocab.items()}
    last_of_two_entries(tokenizer)
    oracle = Oracle(tokenizer)
    for token in tokenizer["added_tokens"]:
        text = oracle.answer(case.mode, [[token["id"]]])[0]
        if token["content"] not in vocab or text != token["content"]:
            tokens[token["id"]] = text.encode()
    return case.actual == b"".join(tokens[i] for i in case.given)


def inserted_before_byte_level(case):
    """There, ByteLevel doubles or loses a character beside what Replace has put for an empty match; not where the text is
    given as it is after that."""
    tokenizer, mode = copy.deepcopy(case.tokenizer), case.mode
    if mode == "offsets" or mode in DECODE or case.error or "ByteLevel" not in str(tokenizer["pre_tokenizer"]) or "Replace" not in str(tokenizer["normalizer"]):
        return False
    oracle = Oracle(tokenizer)
    for token in tokenizer["added_tokens"]:
        if token["normalized"]:
            token["content"] = oracle.normalize(token["content"])
    tokenizer["normalizer"] = None
    whole = sorted((token["content"] for token in tokenizer["added_tokens"] if not token["normalized"]), key=len, reverse=True)

    def normalized(text):
        pieces = re.split("(" + "|".join(map(re.escape, whole)) + ")", text) if whole else [text]
        return "".join(piece if i % 2 else oracle.normalize(piece) for i, piece in enumerate(pieces) if piece)
    return case.is_as(case.under(tokenizer, each_text(case.given, normalized)))


def shared_white_space(case):
    """Where two added tokens side by side take the same white space, each has its own part here."""
    if case.mode != "offsets" or case.error or len(case.expected) != len(case.actual):
        return False
    oracle, text = Oracle(case.tokenizer), case.given
    ids = oracle.untrimmed.encode(text, add_special_tokens=False).ids
    added = {token["content"] for token in case.tokenizer["added_tokens"]}
    for k, (i, theirs, ours) in enumerate(zip(ids, case.expected, case.actual)):
        if ours == theirs:
            continue
        beside = case.actual[max(0, k - 1):k + 2]
        is_tiled = all(one[1] <= other[0] for one, other in zip(beside, beside[1:]))
        if not is_tiled or oracle.tokenizer.id_to_token(i) not in added or text[slice(*ours)].strip() != text[slice(*theirs)].strip():
            return False
    return True


def dropped_symbols(case):
    """There, offsets count the bytes of tokens, as if a symbol that is dropped had not been there. Here the place of each
    token spells it, without what is dropped; part of a character stands for all of it."""
    tokenizer = case.tokenizer
    if case.mode != "offsets" or case.error or generate.model_type(tokenizer["model"]) != "BPE" or tokenizer["model"].get("unk_token") is not None:
        return False
    oracle, vocab = Oracle(tokenizer), generate.vocabulary(tokenizer["model"])
    ids = oracle.untrimmed.encode(case.given, add_special_tokens=False).ids
    added = {token["content"] for token in tokenizer["added_tokens"]}
    is_bytes = "ByteLevel" in str(tokenizer["pre_tokenizer"])
    starts = [begin for begin, _ in case.actual]
    if len(ids) != len(starts) or starts != sorted(starts):
        return False
    for i, (begin, end) in zip(ids, case.actual):
        token, part = oracle.tokenizer.id_to_token(i), case.given[begin:end]
        symbols = "".join(symbol for symbol in (as_bytes(part) if is_bytes else part) if symbol in vocab)
        if not (token in symbols if is_bytes else token == symbols) and not (token in added and token in part):
            return False
    return any(symbol not in vocab for symbol in (as_bytes(case.given) if is_bytes else case.given))


def no_token(case):
    """An id without a token is an error that names it."""
    vocab = generate.vocabulary(case.tokenizer["model"])
    known = {*vocab.values(), *(token["id"] for token in case.tokenizer["added_tokens"])}
    return case.mode in DECODE and any(i not in known and str(i) in case.error for i in case.given)


def two_tokens_of_one_id(case):
    vocab = generate.vocabulary(case.tokenizer["model"])
    ids = {}
    for token, i in [*vocab.items(), *((t["content"], t["id"]) for t in case.tokenizer["added_tokens"])]:
        if ids.setdefault(i, token) != token and str(i) in case.error:
            return True
    return False


def two_ids_of_one_token(case):
    vocab = case.tokenizer["model"]["vocab"]
    pieces = [entry[0] for entry in vocab] if isinstance(vocab, list) else []
    return any(pieces.count(piece) > 1 and piece in case.error for piece in pieces)


def dropout(case):
    return bool(case.tokenizer["model"].get("dropout")) and "dropout" in case.error


def large_id(case):
    return max(generate.vocabulary(case.tokenizer["model"]).values(), default=0) > 0xFFFFFF and "id" in case.error


def fixed_length_of_nothing(case):
    return any(node.get("type") == "FixedLength" and node.get("length") == 0 for node in parts(case.tokenizer)) and "length" in case.error


def no_type(case):
    untyped = [case.tokenizer[part] for part in ("normalizer", "pre_tokenizer", "post_processor", "decoder")]
    untyped += [child for node in parts(case.tokenizer) for key in ("normalizers", "pretokenizers", "decoders") for child in node.get(key, [])]
    return any(node is not None and "type" not in node for node in untyped) and "type" in case.error


def no_token_to_add(case):
    """A post-processor that adds an id without a token."""
    post, known = case.tokenizer["post_processor"], generate.vocabulary(case.tokenizer["model"]).values()
    known = {*known, *(token["id"] for token in case.tokenizer["added_tokens"])}
    return post is not None and any(int(i) not in known for i in re.findall(r"post_processor.*token id (\d+) is not", case.error))


def damaged_charsmap(case):
    """One that does not come out as it was where its entries are compiled again."""
    maps = [base64.b64decode(node["precompiled_charsmap"]) for node in parts(case.tokenizer) if node.get("type") == "Precompiled"]
    return "charsmap" in case.error and any(not is_sound(data) for data in maps)


def is_sound(data):
    size = int.from_bytes(data[:4], "little")
    units = [int.from_bytes(data[i:i + 4], "little") for i in range(4, 4 + size, 4)]
    strings = data[4 + size:]
    pairs, todo = {}, [(0, b"")]
    while todo and len(pairs) < 1000 and len(todo) < 10_000:
        at, key = todo.pop()
        base = at ^ (units[at] >> 10)
        for byte in range(1, 256):
            if (base ^ byte) < len(units) and units[base ^ byte] & 0x800000FF == byte and len(key) < 40:
                todo.append((base ^ byte, key + bytes([byte])))
        if units[at] >> 8 & 1 and base < len(units):
            begin = units[base] & 0x7FFFFFFF
            pairs[key] = strings[begin:strings.find(b"\0", begin)]
    try:
        return base64.b64decode(charsmap({key.decode(): value.decode() for key, value in pairs.items()})) == data
    except (UnicodeDecodeError, IndexError):
        return False


OTHERS = [
    ("`Replace` of an empty match", "Encoding", inserted_before_byte_level),
    ("byte-level BPE in a file with no decoder", "Decoding", no_decoder),
    ("ids without a token", "Decoding", no_token),
    ("offsets of two added tokens that take the same white space", "Encoding", shared_white_space),
    ("offsets behind a symbol that is dropped", "Encoding", dropped_symbols),
]
LOADING = [
    ("two entries for one token, or one id for two tokens", "Files", two_tokens_of_one_id),
    ("two entries for one token, or one id for two tokens", "Files", two_ids_of_one_token),
    ("dropout", "Files", dropout),
    ("an id without a token, in a post-processor", "Files", no_token_to_add),
    ("ids", "Files", large_id),
    ("`FixedLength` with length 0", "Encoding", fixed_length_of_nothing),
    ("components without `\"type\"`", "Files", no_type),
    ("a compiled charsmap that is damaged", "Encoding", damaged_charsmap),
]


def explain(case):
    """The name of what explains a disagreement, or None."""
    for name, _, predicate in LOADING if case.mode == "load" else OTHERS:
        if predicate(case):
            return name
    return by_rules(case)
