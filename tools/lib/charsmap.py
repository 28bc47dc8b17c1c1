"""Compiles character maps (the precompiled_charsmap of SentencePiece models), small ones, for tests."""

import base64
import struct

IS_VALUE = 1 << 31


def compile_charsmap(rules):
    """`rules`: {bytes or str: str}. Returns the map's bytes: u32 size, units of a double-array trie, replacements."""
    rules = {k.encode() if isinstance(k, str) else k: v.encode() for k, v in rules.items()}
    replacements, value_of = b"", {}
    for replacement in sorted(set(rules.values())):
        value_of[replacement] = len(replacements)
        replacements += replacement + b"\0"

    root = {}
    for key, replacement in rules.items():
        node = root
        for byte in key:
            node = node.setdefault(byte, {})
        node[-1] = value_of[replacement]

    units = {0: 0}
    bases = set()
    todo = [(0, root, 0)]
    while todo:
        index, node, label = todo.pop()
        labels = sorted(byte for byte in node if byte >= 0)
        base = 1
        while base in bases or any(base ^ byte in units for byte in labels + [0]):
            base += 1
        bases.add(base)
        for byte in labels + [0]:
            units[base ^ byte] = IS_VALUE  # taken
        units[index] = label | (-1 in node) << 8 | (index ^ base) << 10
        if -1 in node:
            units[base] = IS_VALUE | node[-1]
        todo += [(base ^ byte, node[byte], byte) for byte in labels]
    size = (max(units) + 256) // 256 * 256
    trie = b"".join(struct.pack("<I", units.get(i, IS_VALUE)) for i in range(size))
    return struct.pack("<I", len(trie)) + trie + replacements


def to_base64(data):
    return base64.b64encode(data).decode("ascii")
