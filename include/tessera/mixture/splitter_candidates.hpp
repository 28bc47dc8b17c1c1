// The pretokenizers that a trainer may have used: those of published tokenizers.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/io/gguf_pretokenizers.hpp>
#include <tessera/pattern/regex_dialect.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>

namespace tessera::inline v0 {

/// What a candidate may be.
enum class splitter_role : std::uint8_t {
    words,       ///< it leaves no two words together
    superwords,  ///< it does: SuperBPE's second stage, or no splitting at all
};

struct splitter_candidate {
    std::string name;
    splitter_role role;
    any_pretokenizer pretokenizer;
};

/// All of them. Those that split texts as another does are there once: cl100k's differs from llama3's where white space
/// ends a text, and nowhere else.
[[nodiscard]] inline std::vector<splitter_candidate> splitter_candidates() {
    struct row {
        std::string_view name;
        splitter_role role;
        bool is_gguf;  // by the name that GGUF files have for it
    };
    using enum splitter_role;
    constexpr std::array<row, 20> rows{{
        {"gpt2", words, false},
        {"llama3", words, false},
        {"qwen2", words, false},
        {"qwen35", words, true},
        {"o200k", words, false},
        {"tekken", words, true},
        {"deepseek-v3", words, true},
        {"deepseek-llm", words, true},
        {"deepseek-coder", words, true},
        {"starcoder", words, true},
        {"falcon", words, true},
        {"bloom", words, true},
        {"kimi-k2", words, true},
        {"seed-coder", words, true},
        {"superbpe-1-words", words, false},
        {"superbpe-2-words", words, false},
        {"boundless-words", words, false},
        {"superbpe-1", superwords, false},
        {"superbpe-2", superwords, false},
        {"bytes", superwords, false},
    }};
    std::vector<splitter_candidate> out;
    for (row const& r : rows) {
        if (!r.is_gguf) {
            out.push_back({std::string(r.name), r.role, any_pretokenizer::by_name(r.name)});
            continue;
        }
        std::vector<any_pretokenizer::step> steps;
        for (std::string_view const regex : find_gguf_pretokenizer(r.name)->patterns) {
            steps.emplace_back(split_pretokenizer({.pattern = {std::string(regex), true}}, regex_dialect::oniguruma));
        }
        out.push_back({std::string(r.name), r.role, any_pretokenizer(std::move(steps))});
    }
    return out;
}

}  // namespace tessera::inline v0
