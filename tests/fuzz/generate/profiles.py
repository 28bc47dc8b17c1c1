"""Tokenizers put together as those of known models are."""

from .components import CHARMAP_KEYS, charsmap
from .models import bpe, unigram, word_level, word_piece
from .patterns import BLOOM, CLIP, DEEPSEEK, GPT2, LLAMA3, O200K, QWEN2


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
