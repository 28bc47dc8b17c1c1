"""Trains one peer's tokenizer in this process: train_peer.py PEER TEXT VOCAB_SIZE THREADS OUT

Timed is the call alone (Python's start and imports are not), which reads TEXT. Peak memory is this process's until the
call returns. Then the merges go to OUT, a line each: `left right`, or only `result` where the peer does not say how a
token came about; in the byte alphabet. The last line of standard output is JSON.
"""

import json
import resource
import sys
import time

from common import GPT2_PATTERN, byte_alphabet


def huggingface(path, vocab_size, threads):
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, show_progress=False)

    def lines():
        for merge in json.loads(tokenizer.to_str())["model"]["merges"]:
            yield merge if isinstance(merge, str) else " ".join(merge)

    return lambda: tokenizer.train([path], trainer), lambda _: lines()


def gigabpe(path, vocab_size, threads):
    import gigabpe

    return (
        lambda: gigabpe.train_bpe([path], vocab_size=vocab_size, pretokenizer="bytelevel", threads=threads),
        lambda result: (f"{left} {right}" for left, right in result[1]),
    )


def rustbpe(path, vocab_size, threads):
    import rustbpe

    characters = byte_alphabet()
    tokenizer = rustbpe.Tokenizer()

    def train():
        with open(path, encoding="utf-8", newline="\n") as lines:
            tokenizer.train_from_iterator(lines, vocab_size, pattern=GPT2_PATTERN)

    def tokens(_):
        ranks = sorted(tokenizer.get_mergeable_ranks(), key=lambda token_rank: token_rank[1])
        for token, _ in ranks[256:]:
            yield "".join(characters[b] for b in token)

    return train, tokens


def gigatoken(path, vocab_size, threads):
    import gigatoken

    characters = byte_alphabet()

    def lines(result):
        for left, right in result[1]:
            yield "".join(characters[b] for b in left) + " " + "".join(characters[b] for b in right)

    return lambda: gigatoken.train_bpe(gigatoken.TextFileSource([path]), vocab_size, []), lines


PEERS = {"tokenizers": huggingface, "gigabpe": gigabpe, "rustbpe": rustbpe, "gigatoken": gigatoken}


def main():
    peer, path, vocab_size, threads, out = sys.argv[1:]
    train, lines = PEERS[peer](path, int(vocab_size), int(threads))
    started = time.perf_counter()
    result = train()
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    n = 0
    with open(out, "w", encoding="utf-8") as file:
        for line in lines(result):
            file.write(line + "\n")
            n += 1
    sys.stdout.flush()
    print("\n" + json.dumps({"seconds": seconds, "peak_bytes": peak, "merges": n}))


if __name__ == "__main__":
    main()
