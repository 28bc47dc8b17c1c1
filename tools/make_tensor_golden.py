#!/usr/bin/env python3
"""Records what ggml's block formats stand for: data/golden/tensors/blocks.txt.

usage: make_tensor_golden.py    (needs the packages gguf and numpy; recorded with gguf 0.19.0)

Lines of three words. `TYPE BLOCK FLOATS`: a block of random bytes with scales of usual size, and its values as
little-endian floats; `to_TYPE BLOCK FLOATS`: the block that the values become. Bytes in hexadecimal.
"""
import os

import numpy
from gguf import GGMLQuantizationType
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize, quantize

# Where the float16 scales are in a block.
SCALES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2],
          "Q5_K": [0, 2], "Q6_K": [208]}
PATH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "golden", "tensors", "blocks.txt")


def main():
    rng = numpy.random.default_rng(1)
    lines = []
    for name, scales in SCALES.items():
        kind = GGMLQuantizationType[name]
        block = rng.integers(0, 256, (1, GGML_QUANT_SIZES[kind][1]), dtype=numpy.uint8)
        for at in scales:
            block[0, at:at + 2] = numpy.frombuffer(numpy.float16(rng.normal() * 0.01).tobytes(), numpy.uint8)
        lines.append(f"{name} {block.tobytes().hex()} {dequantize(block, kind).astype('<f4').tobytes().hex()}")
    rows = [rng.normal(size=32) * 10.0 ** e for e in (-9, -3, 0, 3)] + [numpy.zeros(32), (numpy.arange(32) - 16) * 127 / 32]
    for row in rows:
        values = row.astype("<f4").reshape(1, 32)
        lines.append(f"to_Q8_0 {quantize(values, GGMLQuantizationType.Q8_0).tobytes().hex()} {values.tobytes().hex()}")
    with open(PATH, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
