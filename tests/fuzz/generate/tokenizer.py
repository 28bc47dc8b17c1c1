"""A whole random tokenizer."""

import base64

from .added_tokens import added_tokens
from .common import SPECIAL, Context, some
from .components import random_decoder, random_normalizer, random_pre_tokenizer
from .files import vocabulary
from .models import MODELS, visible_bytes, word_level
from .post_processors import random_post_processor, template
from .profiles import byte_level, metaspace, profile, sequence

ONLY = ["normalizer", "pretokenizer", "model", "decoder", "postprocessor", "added", "bytelevel"]


def specials_of(added, model):
    listed = [(token["content"], token["id"]) for token in added if token["special"]]
    vocab = vocabulary(model)
    return listed or [(token, vocab[token]) for token in SPECIAL if token in vocab]


def spoil(rng, model, post, *components):
    """Makes a file that tessera refuses, and Hugging Face's library does not."""
    kind = rng.randrange(6)
    if kind == 5 and post is not None and post["type"] in ("BertProcessing", "RobertaProcessing"):
        post["sep"][1] = rng.choice((500, 1 << 20))
    if kind == 0 and model["type"] == "BPE":
        model["dropout"] = rng.choice((0.1, 1.0))
    elif kind == 1 and isinstance(model["vocab"], list):
        model["vocab"].append(list(rng.choice(model["vocab"])))
    elif kind == 1 and len(model["vocab"]) > 1:
        model["vocab"][rng.choice(list(model["vocab"]))] = rng.choice((1 << 24, 1 << 30, rng.choice(list(model["vocab"].values()))))
    for component in components:
        if component is None:
            continue
        if kind == 2 and component["type"] == "FixedLength":
            component["length"] = 0
        elif kind == 3 and component["type"] == "Precompiled":
            data = bytearray(base64.b64decode(component["precompiled_charsmap"]))
            data[rng.randrange(4, len(data))] ^= 1 << rng.randrange(8)
            component["precompiled_charsmap"] = base64.b64encode(data).decode()
        elif kind == 4 and rng.random() < 0.5:
            del component["type"]


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
    if only in (None, "postprocessor") and rng.random() < 0.2:
        truncation = {"direction": rng.choice(("Left", "Right")), "max_length": rng.choice((rng.randint(0, 12), rng.randint(4, 40))),
                      "strategy": some(rng, (50, "LongestFirst"), (25, "OnlyFirst"), (25, "OnlySecond")), "stride": rng.choice((0, 0, 0, 1, 2, 5))}
    if only in (None, "postprocessor") and rng.random() < 0.2:
        padding = {"strategy": rng.choice(("BatchLongest", {"Fixed": 8}, {"Fixed": rng.randint(0, 40)})), "direction": rng.choice(("Left", "Right")),
                   "pad_to_multiple_of": rng.choice((None, 0, 3, 8)), "pad_id": rng.choice((0, 0, rng.randint(0, 300), 100_000)), "pad_type_id": rng.choice((0, 0, 1, 7)),
                   "pad_token": "[PAD]"}
    if added and rng.random() < 0.03:  # the same again, with other flags
        again = dict(rng.choice(added))
        again[rng.choice(("single_word", "lstrip", "rstrip", "normalized", "special"))] ^= True
        added.insert(rng.randint(0, len(added)), again)
    if only is None and rng.random() < 0.02:
        spoil(rng, model, post, normalizer, pre_tokenizer, decoder)
    tokenizer = {"version": "1.0", "truncation": truncation, "padding": padding, "added_tokens": added, "normalizer": normalizer,
                 "pre_tokenizer": pre_tokenizer, "post_processor": post, "decoder": decoder, "model": model}
    if rng.random() < 0.05:  # as other programs write it
        for key in ("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"):
            if key in model and model[key] is None:
                del model[key]
    if rng.random() < 0.03 and model["type"] != "Unigram":
        del model["type"]
    return name, tokenizer, c.words
