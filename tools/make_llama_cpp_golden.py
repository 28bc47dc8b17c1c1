#!/usr/bin/env python3
"""Records what llama.cpp makes of texts with a `bert` model: data/golden/normalize/llama_cpp_{scalars,texts}.txt and
data/golden/encode/llama_cpp_bert.jsonl.

usage: make_llama_cpp_golden.py SOURCE LIBRARY    (recorded with version 0.4.0; invented text and lines of data/held_out)

SOURCE   llama.cpp's folder, for include/llama.h and ggml/include
LIBRARY  libllama.so; a small program that calls it is compiled with c++

What comes before the model is seen through a vocabulary that has U+2581 and every byte: its ids are the words, letter by
letter. Scalars: a checksum for 4096 code points each. Encoded: vocabularies of our own.
"""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CONTEXT = "a@b @ "  # the character is put for @; tests/normalize/llama_cpp_bert_test.cpp has the same
OPTIONS = [(strip, lower) for strip in (1, 0) for lower in (1, 0)]
PROGRAM = r"""
#include "llama.h"
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>
int main(int, char** arguments) {
    llama_log_set([](ggml_log_level, char const*, void*) {}, nullptr);
    llama_backend_init();
    llama_model_params parameters = llama_model_default_params();
    parameters.vocab_only = true;
    llama_model* const model = llama_model_load_from_file(arguments[1], parameters);
    if (model == nullptr) return 1;
    for (std::uint32_t size = 0; std::fread(&size, 4, 1, stdin) == 1;) {
        std::string text(size, 0);
        if (std::fread(text.data(), 1, size, stdin) != size) return 1;
        std::vector<llama_token> ids(8 * size + 16);
        int const n = llama_tokenize(llama_model_get_vocab(model), text.data(), static_cast<int>(size), ids.data(),
                                     static_cast<int>(ids.size()), false, true);
        if (n < 0) return 1;
        for (int i = 0; i < n; ++i) std::printf(i == 0 ? "%d" : " %d", ids[i]);
        std::putchar('\n');
    }
}
"""

NORMAL, UNKNOWN, CONTROL, USER_DEFINED = 1, 2, 3, 4
SPACE = "\u2581"
TRICKY = [
    "", " ", "a", "  A b\t\nC\r\n", "\ud55c\uad6d\uc5b4 \uac01\uac00 \u1112\u1161\u11ab", "caf\u00e9 cafe\u0301 \u00c5\u212b A\u030a\u0301", "\u0915\u093f\u0924\u093e\u092c \u0939\u093f\u0902\u0926\u0940 \u0958\u0915\u093c",
    "\u0ba4\u0bae\u0bbf\u0bb4\u0bcd \u0bca\u0bcb", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u0e33", "\u1fef\u037e\u0387\u2126\u212a", "\u2000\u2001a\u2002b\u3000c\u1680d\u0085e\u00a0f\u2028g\u2029h",
    "a\u200bb\u200dc\ufeffd\u00ade\u2060f\u061cg", "a\0b\x01c\x7fd\x9fe\ufffdf\ue000g\U000f0000h\ufffei\uffffj\u0378k", "\u4e2d\u6587\uf900\ufa0c\U0002f800\U0002b820\U0002b920\U00030000\u3042\u3005\u3007\u2f00",
    "a.b,c!d?e'f\"g(h)i[j]k{l}m", "a$b+c<d=e>f^g`h|i~j\x7fk", "\u00a3\u20ac\u00a9\u00ac\u00b1\u00d7 x\u00a3y", "\u00ab\u00bb\u00b6\u00a7\u00bf\u2018\u2019\u2026\u3001\u3002\uff01\uff5e", "\u0130I\u0131i\u1e9e\u00df\u01c5\u01c4\u03a3\u03c2 \u1f88\u1fbc",
    "\u2581", "\u2581a", "a\u2581b \u2581\u2581", "\U0001f600\U0001f468\u200d\U0001f469 \u2764\ufe0f 1\ufe0f\u20e3", "\u20dd\u0488a\u20e3", "\u0344\u0343\u0340\u0374", "\u2adc\ufb1d\ufb2a\U0001d15e\U0001d1bb",
    "\u0931\u0929\u09cb\u0a33\u0f43\u0f73\u0f75\u0f81\u1b06\U0001109a\U0001112e", "\u0300a \u0300\u0301", "\U00031350\U0002ebf0\u2ffc\u31ef \U0001fae8\U00011f43", "\u1c89\u1c8a\ua7cb\ua7da\U00010d50\U00016ea0", "#\u0301 \u0338=\u2260<\u0338",
]
WORDS = [
    "", "hello", "Hello, hello!", "helloworld world", "hellox xhello", "H\u00c9LLO hel\u0301lo", "a\u2581b", "\u2581a", "\u2581\u2581a", "b\u2581\u2581a \u2581", "ab\u2581hello", "x", "x y.z", ".", "...", "\ud55c\uad6d",
    "\ud55c", "\ud56d \u1112", "\u4e2d\u4e2d \u4e2da", "[UNK]", "a[UNK]b", "[CLS] hello[SEP]", "a<x>b <x>", "<x", "[x]", "[unused1]", "##b", "a##b", "hello\u0300\u093f", "worldworldworld " * 3, "a" * 300, "b" * 120 + "x", "\ufffd", "\0a\0b",
    "HELLO\u00a0WORLD", "hel lo", "helo", "\u00a0", "lo", "\u2581lo", "<x>\u2581b", "c\u2581", "\u2581c",
]
BYTES = [b"\xff", b"a\xffb", b"a\xc3", b"\xe4\xb8a", b"hello\x80 \x80", b"\xed\xa0\x80x", b"\xf0\x9f\x98", b"\xf8\x88\x80\x80\x80a"]
VOCABULARY = [("[PAD]", CONTROL), ("[UNK]", UNKNOWN), ("[CLS]", CONTROL), ("[SEP]", CONTROL), ("[unused1]", NORMAL), ("<x>", USER_DEFINED), (SPACE + "hello", NORMAL), (SPACE + "hel", NORMAL),
              (SPACE + "world", NORMAL), ("world", NORMAL), ("lo", NORMAL), ("l", NORMAL), (SPACE + "a", NORMAL), ("a", NORMAL), (SPACE + "b", NORMAL), ("b", NORMAL), (SPACE + "ab", NORMAL),
              (SPACE + ".", NORMAL), (SPACE + ",", NORMAL), (SPACE + "!", NORMAL), (SPACE + "\u1112", NORMAL), (SPACE + "\u4e2d", NORMAL), (SPACE + "\ud55c", NORMAL), (SPACE + "#", NORMAL),
              ("\u00e9llo", NORMAL), (SPACE + "h", NORMAL), ("c" + SPACE, NORMAL), (SPACE + "[", NORMAL), ("H\u00c9LLO", NORMAL)]


def gguf(tokens, strip, lower):
    def text(value):
        return struct.pack("<Q", len(value)) + value

    pairs = [(b"general.architecture", 8, text(b"bert")), (b"tokenizer.ggml.model", 8, text(b"bert")),
             (b"tokenizer.ggml.tokens", 9, struct.pack("<IQ", 8, len(tokens)) + b"".join(text(t) for t, _ in tokens)),
             (b"tokenizer.ggml.token_type", 9, struct.pack("<IQ", 5, len(tokens)) + struct.pack(f"<{len(tokens)}i", *(k for _, k in tokens))),
             (b"tokenizer.ggml.normalizer.strip_accents", 7, bytes([strip])), (b"tokenizer.ggml.normalizer.lowercase", 7, bytes([lower]))]
    for name, token in (("unknown", b"[UNK]"), ("cls", b"[CLS]"), ("bos", b"[CLS]"), ("seperator", b"[SEP]")):
        pairs.append((f"tokenizer.ggml.{name}_token_id".encode(), 4, struct.pack("<I", [t for t, _ in tokens].index(token))))
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + b"".join(text(key) + struct.pack("<I", kind) + value for key, kind, value in pairs)


class LlamaCpp:
    def __init__(self, source, library, folder):
        self.program, self.file = os.path.join(folder, "ids"), os.path.join(folder, "vocabulary.gguf")
        code = os.path.join(folder, "ids.cpp")
        with open(code, "w", encoding="ascii") as file:
            file.write(PROGRAM)
        library = os.path.realpath(library)
        where = os.path.dirname(library)
        subprocess.run(["c++", "-std=c++17", "-I", os.path.join(source, "include"), "-I", os.path.join(source, "ggml", "include"), code, library,
                        f"-Wl,-rpath,{where}", f"-Wl,-rpath-link,{where}", "-Wl,--allow-shlib-undefined", "-o", self.program], check=True)

    def ids(self, tokens, options, texts):
        """`tokens`: bytes and types; `texts`: bytes."""
        with open(self.file, "wb") as file:
            file.write(gguf(tokens, *options))
        done = subprocess.run([self.program, self.file], input=b"".join(struct.pack("<I", len(t)) + t for t in texts), capture_output=True, check=True)
        lines = done.stdout.decode().split("\n")[:-1]
        assert len(lines) == len(texts)
        return [[int(i) for i in line.split()] for line in lines]

    def words(self, options, texts):
        names = [(b"[UNK]", UNKNOWN), (b"[CLS]", CONTROL), (b"[SEP]", CONTROL), (SPACE.encode(), NORMAL)]
        every = names + [(bytes([b]), NORMAL) for b in range(256)]
        return [b"".join(every[i][0] for i in row) for row in self.ids(every, options, texts)]


def escaped(text):
    return "".join(c if " " <= c <= "~" and c != "\\" else f"\\u{{{ord(c):X}}}" for c in text)


def lines_of_data():
    for name in sorted(os.listdir(os.path.join(ROOT, "data", "held_out"))):
        with open(os.path.join(ROOT, "data", "held_out", name), encoding="utf-8") as file:
            lines = [line.rstrip("\n") for line in file]
        yield max((line for line in lines if len(line) <= 160), key=len)


def mixed(random_source):
    of = [(0x20, 0x7F), (0x20, 0x7F), (0xA0, 0x600), (0x600, 0x2000), (0x2000, 0x3100), (0xA000, 0xD800), (0xF900, 0x10000), (0x10000, 0x12000), (0x1D000, 0x20000)]
    return "".join(random_source.choice([" ", "\u0301", chr(random_source.randrange(*random_source.choice(of)))]) for _ in range(random_source.randrange(1, 25)))


def write(name, what, lines):
    text = f"# {what}\n# Peer: llama.cpp 0.4.0. Command: tools/make_llama_cpp_golden.py\n" + "".join(line + "\n" for line in lines)
    with open(os.path.join(ROOT, "data", "golden", "normalize", name), "w", encoding="ascii", newline="\n") as file:
        file.write(text)


def main():
    r = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        peer = LlamaCpp(sys.argv[1], sys.argv[2], folder)
        blocks = ["".join(CONTEXT.replace("@", chr(c)) for c in range(block << 12, block + 1 << 12) if not 0xD800 <= c < 0xE000).encode() for block in range(272)]
        scalars = []
        for options in OPTIONS:
            for block, words in enumerate(peer.words(options, blocks)):
                scalars.append(f"{options[0]},{options[1]} {block:X} {zlib.crc32(words):08X}")
        write("llama_cpp_scalars.txt", "strip_accents and lowercase, block of 4096 code points, CRC-32 of the words", scalars)
        lines = []
        texts = TRICKY + [mixed(r) for _ in range(60)]
        for options in OPTIONS:
            of_data = list(lines_of_data()) if options[0] == options[1] else []
            every = texts + of_data
            for text, words in zip(every, peer.words(options, [t.encode() for t in every])):
                lines.append(f"{options[0]},{options[1]}\t{escaped(text)}\t{escaped(words.decode())}")
        write("llama_cpp_texts.txt", "strip_accents and lowercase, text, words with U+2581 in front; \\u{HEX}", lines)

        pieces = [t for t, _ in VOCABULARY if t[0] not in "[<"] + [" ", " ", "<x>", "[SEP]", SPACE, "\u0301", "q", "\u00e9"]
        texts = [t.encode() for t in WORDS + ["".join(r.choice(pieces) for _ in range(r.randrange(1, 9))) for _ in range(120)]] + BYTES
        with open(os.path.join(ROOT, "data", "golden", "encode", "llama_cpp_bert.jsonl"), "w", encoding="ascii", newline="\n") as file:
            for tokens in (VOCABULARY, VOCABULARY + [(SPACE, NORMAL)]):
                for options in ((1, 1), (0, 0)):
                    head = {"tokens": [t for t, _ in tokens], "types": [k for _, k in tokens], "strip_accents": bool(options[0]), "lowercase": bool(options[1])}
                    file.write(json.dumps(head) + "\n")
                    for text, ids in zip(texts, peer.ids([(t.encode(), k) for t, k in tokens], options, texts)):
                        file.write(json.dumps({"hex": text.hex(), "ids": ids}) + "\n")


if __name__ == "__main__":
    main()
