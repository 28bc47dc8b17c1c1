"""Encodes a text with one peer in this process, one thread:
encode_peer.py PEER ENCODING RANKS TEXT whole|documents RUNS OUT

ENCODING is gpt2, cl100k or o200k; RANKS a .tiktoken file or a folder with vocab.json. For tokenizers, ENCODING may be
file, and RANKS a tokenizer.json. Timed is the call alone, with the
text in memory as str. The first run is cold. Then the ids go to OUT as 32-bit little-endian integers. The last line of
standard output is JSON.
"""

import array
import json
import os
import sys
import tempfile
import time

from common import GPT2_PATTERN, byte_alphabet, read_ranks, split_documents

# For Oniguruma, which reads tiktoken's `{1,3}+` and `$` otherwise: the same without possessive repetition, with \z.
CL100K_PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
    r"\s+\z|\s*[\r\n]|\s+(?!\S)|\s"
)


def openai_definition(encoding, ranks):
    """tiktoken's own definition of the encoding, with ranks from our file instead of the network."""
    from tiktoken_ext import openai_public

    openai_public.load_tiktoken_bpe = lambda *arguments, **options: ranks
    openai_public.data_gym_to_mergeable_bpe_ranks = lambda *arguments, **options: ranks
    return getattr(openai_public, {"gpt2": "gpt2", "cl100k": "cl100k_base", "o200k": "o200k_base"}[encoding])()


def tokenizer_json(encoding, path):
    """A tokenizer.json of the same encoding; merges are all ways to make a token of two, in order of rank."""
    characters = byte_alphabet()
    spell = lambda token: "".join(characters[b] for b in token)
    ranks = read_ranks(path)
    if encoding == "gpt2":
        with open(os.path.join(path, "merges.txt"), encoding="utf-8") as file:
            merges = [line.rstrip("\n").split(" ") for line in file if line.strip() and not line.startswith("#version")]
    else:
        merges = []
        for token, _ in sorted(ranks.items(), key=lambda token_rank: token_rank[1]):
            ways = []
            for cut in range(1, len(token)):
                left, right = token[:cut], token[cut:]
                if left in ranks and right in ranks:
                    ways.append((ranks[left], ranks[right], spell(left), spell(right)))
            merges.extend([left, right] for _, _, left, right in sorted(ways))
    pattern = {"gpt2": GPT2_PATTERN, "cl100k": CL100K_PATTERN}.get(encoding)
    if pattern is None:
        pattern = openai_definition(encoding, ranks)["pat_str"]
    if encoding == "gpt2":
        split = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    else:
        split = {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
            ],
        }
    model = {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": encoding != "gpt2",
        "vocab": {spell(token): rank for token, rank in ranks.items()},
        "merges": merges,
    }
    decoder = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
    return json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [],
            "normalizer": None,
            "pre_tokenizer": split,
            "post_processor": None,
            "decoder": decoder,
            "model": model,
        }
    )


def tiktoken(encoding, path, documents):
    import tiktoken

    peer = tiktoken.Encoding(**openai_definition(encoding, read_ranks(path)))
    return lambda: [peer.encode_ordinary(document) for document in documents], lambda result: result


def tiktoken_numpy(encoding, path, documents):
    """Without a Python list of ids: the quickest way out of tiktoken."""
    import tiktoken

    peer = tiktoken.Encoding(**openai_definition(encoding, read_ranks(path)))
    return (
        lambda: [peer.encode_to_numpy(document, disallowed_special=()) for document in documents],
        lambda result: (ids.tolist() for ids in result),
    )


def huggingface(encoding, path, documents):
    from tokenizers import Tokenizer

    peer = Tokenizer.from_file(path) if encoding == "file" else Tokenizer.from_str(tokenizer_json(encoding, path))
    return (
        lambda: peer.encode_batch_fast(documents, add_special_tokens=False),
        lambda result: (encoded.ids for encoded in result),
    )


def gigatoken(encoding, path, documents):
    import gigatoken

    if encoding == "gpt2":
        peer = gigatoken.Tokenizer.from_json(tokenizer_json(encoding, path))
    else:
        peer = gigatoken.Tokenizer.from_tiktoken(path, pretokenizer=encoding, special_tokens={})
    if len(documents) == 1:
        return lambda: peer.encode(documents[0]), lambda ids: [ids.tolist()]
    return lambda: peer.encode_batch(documents, parallel=False), lambda result: result.to_list()


def fastokens(encoding, path, documents):
    import fastokens

    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(tokenizer_json(encoding, path))
        file.flush()
        peer = fastokens.Tokenizer.from_file(file.name)
    if len(documents) == 1:
        return lambda: [peer.encode(documents[0])], lambda result: (getattr(e, "ids", e) for e in result)
    return lambda: peer.encode_batch(documents), lambda result: (getattr(e, "ids", e) for e in result)


PEERS = {
    "tiktoken": tiktoken,
    "tiktoken (numpy)": tiktoken_numpy,
    "tokenizers": huggingface,
    "gigatoken": gigatoken,
    "fastokens": fastokens,
}


def main():
    peer, encoding, ranks, path, kind, runs, out = sys.argv[1:]
    with open(path, "rb") as file:
        text = file.read()
    documents = [d.decode("utf-8") for d in (split_documents(text) if kind == "documents" else [text])]
    size = len(text)
    del text
    encode, ids_of = PEERS[peer](encoding, ranks, documents)
    seconds = []
    for _ in range(int(runs)):
        result = None
        started = time.perf_counter()
        result = encode()
        seconds.append(time.perf_counter() - started)
    n = 0
    with open(out, "wb") as file:
        for ids in ids_of(result):
            array.array("I", ids).tofile(file)
            n += len(ids)
    sys.stdout.flush()
    print("\n" + json.dumps({"bytes": size, "documents": len(documents), "ids": n, "seconds": seconds}))


if __name__ == "__main__":
    main()
