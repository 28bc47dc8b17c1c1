#!/usr/bin/env python3
"""Records what Hugging Face's library decodes, and what it does to encodings, in data/golden/decode.

Usage: tools/make_decode_golden.py
The components, tokens and ids are random, with a fixed seed. Needs the package tokenizers; no network.
"""
import importlib.metadata
import pathlib
import random

import decode_components as components

OUT = pathlib.Path(__file__).resolve().parent.parent / "data/golden/decode"


def write(name, what, lines):
    OUT.mkdir(parents=True, exist_ok=True)
    text = f"# {what}\n# tokenizers {importlib.metadata.version('tokenizers')}. Command: tools/make_decode_golden.py\n"
    (OUT / name).write_text(text + "".join(f"{line}\n" for line in lines), encoding="ascii", newline="\n")


def main():
    rng = random.Random(7)
    lines = []
    while len(lines) < 600:
        specification = components.random_decoder(rng)
        decode = components.decoder(specification)
        for _ in range(3):
            tokens = components.random_tokens(rng)
            text = components.attempt(lambda: decode(tokens))
            # A panic is not recorded, nor what ByteLevel replaces where we keep the bytes.
            if text is not None and ("ByteLevel" not in str(specification) or "\ufffd" not in text):
                lines.append("\t".join(map(components.line_of, (specification, tokens, text))))
    write("decoders.txt", "Decoder, tokens and text, as JSON, tabs between", lines)
    lines = []
    while len(lines) < 400:
        specification = components.random_processing(rng)
        process = components.processing(specification)
        for _ in range(2):
            batch = components.random_batch(rng)
            found = process(batch)
            if found is None or len(found) < 1500:
                given = components.line_of(specification), components.line_of(batch)
                lines.append("\t".join([*given, found or "failed"]))
    write("post_processors.txt",
          "Settings, with or without special tokens and texts, encodings (tests/component_cases.hpp)", lines)


if __name__ == "__main__":
    main()
