"""What is asked of both, Hugging Face's library and tessera, and how each is asked. A mode is one question about what is
given: a text, a pair of texts, a batch of these, or a list of ids. MODES is the table of them."""

import json

SEPARATOR = b"\x01\x7f~tessera~\x7f\x01"


def is_padded(tokenizer):
    """To a fixed length."""
    return tokenizer["padding"] is not None and not is_padded_to_longest(tokenizer)


def is_padded_to_longest(tokenizer):
    return tokenizer["padding"] is not None and tokenizer["padding"]["strategy"] == "BatchLongest"


def objects(out):
    return [json.loads(line) for line in out.decode().split("\n")[:-1]]


class Encode:
    """Text -> ids, with or without what the post-processor adds."""

    verb, file = "encode", "texts.jsonl"
    of_batch = None  # the mode of which this one asks several at once

    def __init__(self, special):
        self.special = special

    def is_for(self, tokenizer):
        return not self.special or tokenizer["post_processor"] is not None

    def options(self, _):
        return ["--add-special-tokens"] if self.special else []

    def oracle(self, oracle, texts):
        return [e.ids for e in oracle.tokenizer.encode_batch_fast(texts, add_special_tokens=self.special)]

    @staticmethod
    def write(texts):
        return "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()

    @staticmethod
    def read(out):
        return [[int(word) for word in line.split()] for line in out.decode().split("\n")[:-1]]

    @staticmethod
    def same(expected, actual):
        return actual == expected


def finishing(tokenizer, pad):
    """What tessera has to be asked for, and the library applies unasked."""
    return [*(["--truncate"] if tokenizer["truncation"] is not None else []), *(["--pad"] if pad else [])]


class Cut(Encode):
    """The file's truncation and padding applied: the ids, and those of each part that was cut off."""

    def __init__(self):
        super().__init__(True)

    def is_for(self, tokenizer):
        return tokenizer["truncation"] is not None or is_padded(tokenizer)

    def options(self, tokenizer):
        return ["--add-special-tokens", "--output-format", "json", *finishing(tokenizer, is_padded(tokenizer))]

    def oracle(self, oracle, texts):
        return [[e.ids, *(part.ids for part in e.overflowing)] for e in oracle.cut.encode_batch(texts, add_special_tokens=True)]

    @staticmethod
    def read(out):
        return [[o["ids"], *o.get("overflowing", [])] for o in objects(out)]


class Offsets(Encode):
    """The place of each token in the text, in code points. Where a normalizer changes the text, the two speak of
    different texts; and the post-processors that cut white space off are left out, as tessera has none of that."""

    def __init__(self):
        super().__init__(False)

    def is_for(self, tokenizer):
        return tokenizer["normalizer"] is None

    def options(self, _):
        return ["--output-format", "json", "--offsets", "--offset-unit", "code-points"]

    def oracle(self, oracle, texts):
        return [[list(pair) for pair in e.offsets] for e in oracle.untrimmed.encode_batch(texts, add_special_tokens=False)]

    @staticmethod
    def read(out):
        return [o["offsets"] for o in objects(out)]


class Pair(Encode):
    """Two texts: the ids and type ids. With `cut`, truncation and padding of the file are applied; then also which ids are
    padding, and the ids of each part that was cut off. With `tab` the two are one document; no first one has a tab then."""

    def __init__(self, special, cut=False, tab=False):
        super().__init__(special)
        self.cut, self.tab = cut, tab

    def is_for(self, tokenizer):
        return super().is_for(tokenizer) and (not self.cut or tokenizer["truncation"] is not None or is_padded(tokenizer))

    def options(self, tokenizer):
        return [*super().options(tokenizer), "--output-format", "json", *(["--pairs", "tab"] if self.tab else ["--pair-field", "pair"]),
                *(finishing(tokenizer, is_padded(tokenizer)) if self.cut else [])]

    def oracle(self, oracle, pairs):
        asked = oracle.cut if self.cut else oracle.tokenizer
        return [self.shown(e) for e in asked.encode_batch([tuple(pair) for pair in pairs], add_special_tokens=self.special)]

    def shown(self, e):
        return [e.ids, e.type_ids, *([e.attention_mask, *(part.ids for part in e.overflowing)] if self.cut else [])]

    def write(self, pairs):
        return "".join(json.dumps({"text": "\t".join(pair)} if self.tab else {"text": pair[0], "pair": pair[1]}) + "\n" for pair in pairs).encode()

    def read(self, out):
        return [[o["ids"], o["type_ids"], *([o.get("attention_mask", [1] * len(o["ids"])), *o.get("overflowing", [])] if self.cut else [])]
                for o in objects(out)]


class Batch(Encode):
    """Several texts, or pairs of texts, each padded to the longest of them, after truncation. One is given at a time."""

    def __init__(self, special, of_batch, is_of_pairs):
        super().__init__(special)
        self.of_batch, self.is_of_pairs = of_batch, is_of_pairs

    def is_for(self, tokenizer):
        return super().is_for(tokenizer) and is_padded_to_longest(tokenizer)

    def options(self, tokenizer):
        return [*super().options(tokenizer), "--output-format", "json", *(["--pair-field", "pair"] if self.is_of_pairs else []),
                *finishing(tokenizer, True)]

    def oracle(self, oracle, batches):
        return [[self.shown(e) for e in oracle.whole.encode_batch([tuple(one) if self.is_of_pairs else one for one in batch], add_special_tokens=self.special)]
                for batch in batches]

    def shown(self, e):
        return [e.ids, *([e.type_ids] if self.is_of_pairs else []), e.attention_mask, *(part.ids for part in e.overflowing)]

    def write(self, batches):
        return "".join(json.dumps({"text": one[0], "pair": one[1]} if self.is_of_pairs else {"text": one}) + "\n" for one in batches[0]).encode()

    def read(self, out):
        return [[[o["ids"], *([o["type_ids"]] if self.is_of_pairs else []), o["attention_mask"], *o.get("overflowing", [])] for o in objects(out)]]


class Decode:
    """Ids -> text; tessera's is bytes."""

    verb, file = "decode", "ids.txt"
    of_batch = None

    def __init__(self, skip):
        self.skip = skip

    @staticmethod
    def is_for(_):
        return True

    def options(self, _):
        return ["--skip-special-tokens"] if self.skip else []

    def oracle(self, oracle, lists):
        return oracle.tokenizer.decode_batch(lists, skip_special_tokens=self.skip)

    @staticmethod
    def write(lists):
        return "".join(" ".join(map(str, ids)) + "\n" for ids in lists).encode()

    @staticmethod
    def read(out):
        return out.split(SEPARATOR)[:-1]

    @staticmethod
    def same(expected, actual):
        """There, what is no UTF-8 is U+FFFD (docs/differences.md, Decoding)."""
        return actual == expected.encode("utf-8", "surrogatepass") or actual.decode("utf-8", "replace") == expected


MODES = {"encode": Encode(False), "encode_special": Encode(True), "cut": Cut(), "offsets": Offsets(),
         "pair": Pair(False, tab=True), "pair_special": Pair(True), "pair_cut": Pair(False, cut=True), "pair_cut_special": Pair(True, cut=True, tab=True),
         "batch": Batch(True, "cut", False), "pair_batch": Batch(False, "pair_cut", True), "pair_batch_special": Batch(True, "pair_cut_special", True),
         "decode": Decode(False), "decode_skip": Decode(True)}
PAIR = ("pair", "pair_special", "pair_cut", "pair_cut_special")
BATCH = ("batch", "pair_batch", "pair_batch_special")
DECODE = ("decode", "decode_skip")


def n_strings(mode, given):
    return len(given) if mode in BATCH else 1


def each_text(given, change):
    """What is given, with every text of it changed."""
    return change(given) if isinstance(given, str) else [each_text(one, change) for one in given] if isinstance(given, list) else given
