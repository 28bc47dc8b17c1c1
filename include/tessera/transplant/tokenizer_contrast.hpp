// What a new tokenizer does to text in another way than the base's: no row of the embeddings mends it, so a user should
// know.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/token.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/transplant/digit_scheme.hpp>
#include <tessera/transplant/row_plan.hpp>
#include <tessera/transplant/split_fingerprint.hpp>
#include <tessera/transplant/token_table.hpp>

namespace tessera::inline v0::transplant {

struct tokenizer_contrast {
    digit_scheme base_digits;
    digit_scheme new_digits;
    std::vector<std::string> notes;  ///< a sentence each
};

namespace detail {

/// The token that begins each text, if a single one does.
inline token_id beginning_of(any_tokenizer const& tokenizer) {
    auto const& frame = tokenizer.post_processor().frame();
    return frame && frame->before.size() == 1 ? frame->before[0] : no_token;
}

inline std::string named(token_table const& table, token_id id) {
    return tessera::detail::shown(table.bytes(id)) + " (id " + std::to_string(id) + ")";
}

}  // namespace detail

/// @param plan  of the new rows, for the new token that has the row of the one that the base begins a text with
[[nodiscard]] inline tokenizer_contrast contrast_of(any_tokenizer const& base, token_table const& base_table,
                                                    any_tokenizer const& added, token_table const& added_table,
                                                    row_plan const& plan) {
    tokenizer_contrast contrast{find_digit_scheme(base, base_table), find_digit_scheme(added, added_table), {}};
    if (name_of(contrast.base_digits) != name_of(contrast.new_digits)) {
        contrast.notes.push_back("numbers are cut differently: the base has " + name_of(contrast.base_digits) +
                                 ", the new tokenizer " + name_of(contrast.new_digits) +
                                 "; arithmetic will suffer until it is trained anew");
    }
    split_fingerprint const base_split = fingerprint_of(base, base_table);
    split_fingerprint const new_split = fingerprint_of(added, added_table);
    if (base_split.pretokenizer != new_split.pretokenizer || base_split.pattern != new_split.pattern) {
        contrast.notes.push_back("text is split differently: the base's pretokenizer is " + base_split.pretokenizer +
                                 ", the new one's " + new_split.pretokenizer);
    }
    // A model that has seen each text begin with one token may say nothing but nonsense without it.
    token_id const begin = detail::beginning_of(base);
    if (begin != no_token && detail::beginning_of(added) == no_token) {
        std::string note = "the base begins each text with " + detail::named(base_table, begin) +
                           ", and the new tokenizer with none: ";
        token_id same = no_token;
        for (token_id id = 0; id < plan.n_rows() && same == no_token; ++id) {
            if (plan.base[id] == begin) same = id;
        }
        note += same == no_token ? "the model may need one there"
                                 : "put " + detail::named(added_table, same) + ", which has its row, before each text";
        contrast.notes.push_back(std::move(note));
    }
    return contrast;
}

}  // namespace tessera::inline v0::transplant
