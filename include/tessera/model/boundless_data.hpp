// What a BoundlessBPE tokenizer is made of, as training makes it and a file holds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/model/operation_table.hpp>

namespace tessera::inline v0 {

enum class boundless_kind : std::uint8_t {
    word,       ///< no superwords: byte-pair encoding, perhaps with deletions
    boundless,  ///< superwords in the place of rarer words
    superbpe,   ///< superwords beside all words
};

/// Operations of one of the two phases, and the settings they were made with.
struct boundless_section {
    double delete_threshold = 1.1;  ///< "tau": above 1 nothing was deleted
    bool blow_up = false;           ///< a deleted token becomes bytes; else the pair it was first made from
    std::string main_regex = {};    ///< in the syntax of Python's `regex`
    std::optional<std::string> script_regex = {};
    std::optional<std::vector<std::string>> scripts = {};
    std::string merge_pattern = {};
    std::vector<merge_operation> operations = {};  ///< their ids are places in `symbols`

    friend bool operator==(boundless_section const&, boundless_section const&) = default;
};

struct boundless_data {
    struct token {
        std::uint64_t count = 0;  ///< in the training text, at the end
        bool is_super = false;
        friend bool operator==(token const&, token const&) = default;
    };

    boundless_kind kind = boundless_kind::word;
    std::vector<std::string> symbols;  ///< the bytes of all tokens by id, then of those that were deleted for good
    std::vector<token> tokens;
    std::vector<std::pair<std::uint64_t, std::string>> specials;  ///< ids, after those of the tokens
    boundless_section words;
    boundless_section superwords;  ///< without deletions

    friend bool operator==(boundless_data const&, boundless_data const&) = default;
};

}  // namespace tessera::inline v0
