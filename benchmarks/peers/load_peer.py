"""Loads a tokenizer.json with one peer in this process: load_peer.py PEER FILE TEXT OUT

Timed is from the path to the ids of one word: some build what they need with the first call. Then TEXT is encoded and its
ids go to OUT as 32-bit little-endian integers. The last line of standard output is JSON.
"""

import array
import json
import sys
import time


def huggingface(path):
    from tokenizers import Tokenizer

    def load():
        tokenizer = Tokenizer.from_file(path)
        return lambda text: tokenizer.encode(text, add_special_tokens=False).ids

    return load


PEERS = {"tokenizers": huggingface}


def main():
    peer, path, text, out = sys.argv[1:]
    load = PEERS[peer](path)  # imports the package, which does not count
    with open(text, encoding="utf-8", newline="") as file:
        content = file.read()
    started = time.perf_counter()
    encode = load()
    encode("word")
    seconds = time.perf_counter() - started
    with open(out, "wb") as file:
        array.array("I", encode(content)).tofile(file)
    print("\n" + json.dumps({"load_seconds": seconds}))


if __name__ == "__main__":
    main()
