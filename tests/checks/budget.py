"""Compile time is a feature: the preprocessed size of each public header, in lines, has a budget. Lines are the same
on every run, so this cannot flake; they are counted with g++ 12 and its library (other compilers: skipped)."""

import fnmatch
import sys

from common import compilable_headers, compiler, finish, parallel, run

# First match counts. Of the core's lines, 12,000 are <string>'s and 15,000 <immintrin.h>'s, which xxhash.h includes for
# its vectorised hash (declarations only: cheap). Sorting takes <algorithm>, another 10,000: special tokens pay for it,
# and so does everything that stands on them. A model takes <atomic>, 3,000, and so do special tokens.
BUDGET = {
    "tessera/core/token.hpp": 500,
    "tessera/core/packed_trie.hpp": 36_000,
    "tessera/core/backward_matcher.hpp": 36_000,
    "tessera/core/token_search.hpp": 41_000,
    "tessera/core/special_tokens.hpp": 42_000,
    "tessera/core/stages.hpp": 34_000,
    "tessera/core/*": 32_000,
    "tessera/pretokenize/any_pretokenizer.hpp": 80_000,  # a pattern
    "tessera/pretokenize/split.hpp": 75_000,  # a pattern
    "tessera/pretokenize/script_aware.hpp": 75_000,  # patterns
    "tessera/pretokenize/*": 34_000,
    "tessera/decode/replace_decoder.hpp": 70_000,  # a pattern
    "tessera/decode/any_decoder.hpp": 76_000,  # a pattern
    "tessera/decode/*": 42_000,
    "tessera/post_process/*": 46_000,
    "tessera/model/any_model.hpp": 51_000,  # <variant>
    "tessera/pattern/pattern.hpp": 68_000,  # <memory>: 20,000
    "tessera/pattern/icu_pattern.hpp": 75_000,  # ICU
    "tessera/pattern/compile.hpp": 60_000,  # <memory>
    "tessera/pattern/*": 54_000,
    "tessera/model/*": 46_000,
    "tessera/tokenizer.hpp": 48_000,
    "tessera/offsets.hpp": 48_000,
    "tessera/pool/*": 46_000,
    "tessera/word_pool.hpp": 46_000,
    "tessera/io/tiktoken.hpp": 42_000,  # with tokenizer.hpp: 60,000 at most
    "tessera/io/protobuf.hpp": 32_000,
    "tessera/io/gguf.hpp": 46_000,
    "tessera/io/gguf_tensors.hpp": 46_000,
    "tessera/io/tensor_type.hpp": 32_000,
    "tessera/io/tensor_entry.hpp": 32_000,
    "tessera/io/tensor_values.hpp": 42_000,
    "tessera/io/quantized_blocks.hpp": 42_000,
    "tessera/io/gguf_pretokenizers.hpp": 32_000,
    "tessera/io/*_vocab.hpp": 46_000,
    "tessera/io/sentencepiece_file.hpp": 46_000,
    "tessera/io/special_roles.hpp": 32_000,
    "tessera/train/superbpe_trainer.hpp": 62_000,  # <atomic>
    "tessera/train/boundless_trainer.hpp": 68_000,  # <atomic>, <mutex>, <unordered_map>
    "tessera/train/*": 60_000,
    "tessera/normalize/replace_normalizer.hpp": 70_000,  # patterns
    "tessera/normalize/any_normalizer.hpp": 82_000,  # patterns
    "tessera/normalize/*": 60_000,  # ICU
    "tessera/any_tokenizer.hpp": 92_000,
    "tessera/parallel/*": 115_000,  # oneTBB: 95,000
    "tessera/io/*": 177_000,  # simdjson: 91,000; <filesystem>: 41,000; every component of a tokenizer.json: 20,000
    "tessera/dynamic/longest_prefix.hpp": 94_000,  # any tokenizer
    "tessera/dynamic/*": 54_000,  # <unordered_map>
    "tessera/lm/llama_cpp_model.hpp": 64_000,  # <memory>, llama.h
    "tessera/lm/detail/llama_*": 64_000,  # the same
    "tessera/lm/*": 48_000,
    "tessera/bytes/regex_constraint.hpp": 72_000,  # a pattern, <queue>
    "tessera/bytes/valid_law.hpp": 98_000,  # any tokenizer's components
    "tessera/bytes/detail/canonical_tokens.hpp": 95_000,  # the same
    "tessera/bytes/split_plan.hpp": 92_000,  # the same
    "tessera/bytes/detail/text_characters.hpp": 68_000,  # ICU
    "tessera/bytes/detail/token_sets.hpp": 69_000,  # <unordered_map>
    "tessera/bytes/byte_lm.hpp": 64_000,  # <memory>
    "tessera/bytes/detail/*": 64_000,  # the same
    "tessera/bytes/split_automaton.hpp": 60_000,  # <map>, <unordered_map>
    "tessera/bytes/*": 52_000,
    "tessera/evaluate/*": 175_000,
    "tessera/mixture/lp_solver.hpp": 44_000,
    "tessera/mixture/merge_replay.hpp": 44_000,
    "tessera/mixture/pair_history.hpp": 48_000,
    "tessera/mixture/splitter_candidates.hpp": 80_000,  # a pattern
    "tessera/mixture/*": 125_000,  # any tokenizer, or Eigen
    "tessera/transplant/detail/kernels.hpp": 75_000,  # <immintrin.h>
    "tessera/transplant/*": 225_000,  # Eigen: 120,000; any tokenizer; files
}


def lines(header):
    done = run([*compiler(), "-O2", "-E", "-P", "-x", "c++", "-"], f"#include <{header}>\n")
    return done.stdout.count("\n") if done.returncode == 0 else None


def main():
    version = run([*compiler(), "-dM", "-E", "-x", "c++", "-"], "").stdout
    if "#define __clang__" in version or "#define __GNUC__ 12\n" not in version:
        print("SKIPPED: the budgets are for g++ 12")
        sys.exit(77)
    problems = []
    found = compilable_headers()
    for header, n in zip(found, parallel(lines, found)):
        budget = next((b for pattern, b in BUDGET.items() if fnmatch.fnmatch(header, pattern)), None)
        print(f"{n if n is not None else 'error':>8}  {budget or 'none':>8}  {header}")
        if budget is None:
            problems.append(f"{header} has no budget")
        elif n is None:
            problems.append(f"{header} cannot be preprocessed")
        elif n > budget:
            problems.append(f"{header}: {n} lines, over its budget of {budget}")
    finish(problems, f"{len(found)} headers")


if __name__ == "__main__":
    main()
