"""What the driver and the programs it starts share: which peers, how text is cut, how bytes are written."""

import base64
import os

# The peers, by their names in the Python package index. The second list may be missing without harm.
PEERS = {"tiktoken": "0.14.0", "tokenizers": "0.23.3", "gigabpe": "0.1.0", "rustbpe": "0.1.0", "gigatoken": "0.10.0"}
OPTIONAL_PEERS = {"fastokens": "0.3.5"}

GPT2_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def split_documents(text):
    """Bytes -> documents; one ends at the first newline at or after 1,024 bytes. As documents_of in encode_text.cpp."""
    documents = []
    begin = 0
    while begin < len(text):
        newline = text.find(b"\n", begin + 1023) if len(text) - begin > 1024 else -1
        end = len(text) if newline < 0 else newline + 1
        documents.append(text[begin:end])
        begin = end
    return documents


def byte_alphabet():
    """GPT-2's character for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    characters = [chr(b) for b in range(256)]
    n = 0
    for b in range(256):
        if b not in plain:
            characters[b] = chr(256 + n)
            n += 1
    return characters


def read_ranks(path):
    """A .tiktoken file, or a folder with GPT-2's vocab.json: bytes -> rank."""
    if os.path.isdir(path):
        import json

        byte_of = {c: b for b, c in enumerate(byte_alphabet())}
        with open(os.path.join(path, "vocab.json"), encoding="utf-8") as file:
            vocab = json.load(file)
        vocab.pop("<|endoftext|>", None)
        return {bytes(byte_of[c] for c in token): rank for token, rank in vocab.items()}
    ranks = {}
    with open(path, "rb") as file:
        for line in file:
            token, rank = line.split()
            ranks[base64.b64decode(token)] = int(rank)
    return ranks
