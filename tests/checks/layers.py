"""The layers of ARCHITECTURE.md: which folder of include/tessera may include which, and which third-party headers.
An arrow only points down. Only what a row names is allowed."""

import collections
import re

from common import INCLUDE, finish, headers, includes

Row = collections.namedtuple("Row", "folders third_party")

# A hash, and on Linux large pages.
FOR_ALL = {"xxhash.h", "sys/mman.h"}

# The files right under tessera/ are rows of their own.
LAYERS = {
    "core": Row({"core"}, FOR_ALL),
    "model": Row({"core", "model"}, set()),
    "pattern": Row({"core", "pattern"}, set()),
    "pretokenize": Row({"core", "pattern", "pretokenize"}, set()),
    "normalize": Row({"core", "pattern", "normalize"}, {"unicode/"}),
    "decode": Row({"core", "pattern", "normalize", "decode"}, set()),  # SentencePiece decodes with a denormalizer
    "post_process": Row({"core", "post_process"}, set()),
    "tokenizer.hpp": Row({"core", "model", "pretokenize", "normalize", "decode", "post_process"}, set()),
    "offsets.hpp": Row({"core", "model", "tokenizer.hpp"}, set()),
    "pool": Row({"core", "pool"}, set()),
    "word_pool.hpp": Row({"core", "pool"}, set()),
    "any_tokenizer.hpp": Row(
        {"core", "pattern", "model", "pretokenize", "normalize", "decode", "post_process", "tokenizer.hpp"}, set()
    ),
    "parallel": Row({"core", "parallel"}, {"tbb/", "oneapi/tbb/"}),
    "train": Row({"core", "model", "pretokenize", "normalize", "parallel", "tokenizer.hpp", "train"}, set()),
    "io": Row(
        {"core", "pattern", "model", "pretokenize", "normalize", "decode", "post_process", "tokenizer.hpp",
         "any_tokenizer.hpp", "pool", "train", "io"},
        {"simdjson.h", "zlib.h", "zstd.h", "unistd.h", "fcntl.h", "sys/", "glob.h"},
    ),
    "dynamic": Row(
        {"core", "pattern", "model", "pretokenize", "normalize", "decode", "post_process", "tokenizer.hpp",
         "any_tokenizer.hpp", "dynamic"},
        set(),
    ),
    "transplant": Row(
        {"core", "pattern", "model", "pretokenize", "normalize", "decode", "post_process", "tokenizer.hpp",
         "any_tokenizer.hpp", "offsets.hpp", "parallel", "io", "transplant"},
        {"Eigen/", "immintrin.h"},
    ),
    "lm": Row({"core", "lm"}, set()),
    "mixture": Row(
        {"core", "pattern", "model", "pretokenize", "normalize", "decode", "post_process", "tokenizer.hpp",
         "any_tokenizer.hpp", "parallel", "train", "io", "mixture"},
        {"Eigen/"},
    ),
    "bytes": Row(
        {"core", "pattern", "model", "pretokenize", "normalize", "decode", "lm", "tokenizer.hpp", "any_tokenizer.hpp", "bytes"},
        set(),
    ),
    "evaluate": Row(
        {"core", "pattern", "model", "pretokenize", "normalize", "decode", "post_process", "tokenizer.hpp",
         "any_tokenizer.hpp", "offsets.hpp", "parallel", "train", "io", "evaluate"},
        set(),
    ),
}

# Wider than their folder: no other header of that folder may include these; they themselves may.
WIDER = {
    "tessera/pattern/icu_pattern.hpp": {"unicode/"},
    "tessera/lm/llama_cpp_model.hpp": {"llama.h"},
    "tessera/lm/detail/llama_evaluator.hpp": {"llama.h"},
    "tessera/lm/detail/llama_loading.hpp": {"llama.h", "unistd.h"},
    "tessera/lm/detail/llama_sequences.hpp": {"llama.h"},
    "tessera/mixture/clp_solver.hpp": {"ClpSimplex.hpp"},
}

# Narrower than their folder: for those who want an encoder and nothing installed but a compiler and xxHash's header.
# Everything these reach is free of third-party headers (FOR_ALL excepted) and of the standard headers named.
FREE = {
    "tessera/tokenizer.hpp": {"filesystem", "thread"},
    "tessera/word_pool.hpp": {"filesystem", "thread"},
    "tessera/pattern/pattern.hpp": {"filesystem", "thread"},
    "tessera/io/tiktoken.hpp": {"filesystem", "thread"},
    "tessera/io/sentencepiece_file.hpp": {"filesystem", "thread"},
    "tessera/io/gguf.hpp": {"filesystem", "thread"},
    "tessera/io/gguf_tensors.hpp": {"filesystem", "thread"},
    "tessera/io/tensor_values.hpp": {"filesystem", "thread"},
    "tessera/io/rwkv_vocab.hpp": {"filesystem", "thread"},
    "tessera/io/bert_vocab.hpp": {"filesystem", "thread"},
}

# Standard headers that cost much to compile, or do what the layer must not do; reached through our headers only.
HEAVY = {"functional", "ranges", "iostream", "fstream", "sstream", "regex", "filesystem", "thread", "random", "chrono",
         "future", "memory_resource"}
WITHOUT_HEAVY = {"core", "model", "pretokenize", "normalize", "tokenizer.hpp", "pool", "word_pool.hpp", "lm"}
NEVER = {"regex", "iostream"}

STANDARD = re.compile(r"[a-z0-9_]+")


def part(header):
    """The row a header belongs to: its folder, or the file itself right under tessera/."""
    return header.split("/")[1]


def reached(header, graph, seen=None):
    """All that a header includes, directly or through other headers of ours."""
    todo, found = [header], set()
    while todo:
        for name in graph.get(todo.pop(), ()):
            if name not in found:
                found.add(name)
                todo.append(name)
    return found


def main():
    graph = {header: includes(header) for header in headers()}
    problems = []
    for header, names in graph.items():
        row = LAYERS.get(part(header))
        if row is None:
            problems.append(f"{header}: the layer table does not know {part(header)}")
            continue
        for name in names:
            if name.startswith("tessera/"):
                if name not in graph:
                    problems.append(f"{header} includes {name}, which does not exist")
                elif name in WIDER and header not in WIDER and part(header) == part(name):
                    problems.append(f"{header} includes {name}, which is for others")
                elif part(name) not in row.folders:
                    problems.append(f"{header} includes {name}: {part(header)} may not include {part(name)}")
            elif STANDARD.fullmatch(name):
                if name in NEVER or (part(header) in WITHOUT_HEAVY and name in HEAVY):
                    problems.append(f"{header} includes <{name}>, which is too heavy there")
            elif not any(name == t or (t.endswith("/") and name.startswith(t)) for t in row.third_party | WIDER.get(header, set())):
                problems.append(f"{header} includes {name}: not in {part(header)}")
        if '#include "' in (INCLUDE / header).read_text(encoding="utf-8"):
            problems.append(f'{header}: write #include <tessera/...>, not "..."')
        if header in reached(header, graph):
            problems.append(f"{header} includes itself, through others")

    for header, forbidden in FREE.items():
        for name in sorted(reached(header, graph)):
            third_party = not name.startswith("tessera/") and not STANDARD.fullmatch(name) and name not in FOR_ALL
            if third_party or name in forbidden:
                problems.append(f"{header} reaches {name}, but must stay free of it")
    finish(problems, f"{len(graph)} headers")


if __name__ == "__main__":
    main()
