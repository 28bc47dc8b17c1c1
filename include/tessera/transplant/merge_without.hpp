// What a BPE model's merges make of a token's own text if they may not make the token.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_symbols.hpp>
#include <tessera/model/merge_buckets.hpp>
#include <tessera/model/merge_scan.hpp>
#include <tessera/model/pair_table.hpp>
#include <tessera/transplant/token_table.hpp>

namespace tessera::inline v0::transplant {

/// The merges of a table but those that make certain bytes, or a token without a row.
struct merges_without {
    pair_table const& all;
    token_table const& table;
    std::string_view bytes;
    std::size_t rows;

    [[nodiscard]] pair_table::found find(token_id left, token_id right) const noexcept {
        pair_table::found const found = all.find(left, right);
        bool const stays = found.result < rows && table.bytes(found.result) != bytes;
        return stays ? found : pair_table::found{0xFFFF'FFFFU, no_token};
    }
};
static_assert(MergeTable<merges_without>);

/// Memory that is kept between calls.
struct merge_without_scratch {
    std::vector<token_id> symbols;
    std::string spelling;
    merge_scan short_engine;
    merge_buckets long_engine;
};

namespace detail {

/// The symbols of a token where they are marked: with a prefix unless it is the first of a word, with a suffix if it is
/// the last. Without those that the vocabulary lacks.
inline void write_marked_symbols(vocabulary const& vocab, bpe_options const& options, std::string_view spelled,
                                 merge_without_scratch& s) {
    std::string_view const prefix = options.continuing_subword_prefix;
    std::string_view const suffix = options.end_of_word_suffix;
    bool const is_first = prefix.empty() || spelled.size() <= prefix.size() || !spelled.starts_with(prefix);
    if (!is_first) spelled.remove_prefix(prefix.size());
    bool const is_last = !suffix.empty() && spelled.size() > suffix.size() && spelled.ends_with(suffix);
    if (is_last) spelled.remove_suffix(suffix.size());
    s.symbols.clear();
    for (std::size_t at = 0; at < spelled.size();) {
        std::size_t const length = options.unit == symbol_unit::byte ? 1 : decode_utf8(spelled, at).length;
        s.spelling = is_first && at == 0 ? std::string_view{} : prefix;
        s.spelling += spelled.substr(at, length);
        at += length;
        if (is_last && at == spelled.size()) s.spelling += suffix;
        if (token_id const id = vocab.find(s.spelling); id != no_token) s.symbols.push_back(id);
    }
}

}  // namespace detail

/// By rank, the leftmost first, as the model merges what its pretokenizer gives it; the whole token is one pretoken
/// here. A model where any two neighbours merge that make a token is treated alike: it has a merge for each such two.
/// @param model  has write_symbols() and pairs()
/// @param rows   tokens from here on are not made
/// @return       what is left, in `s` until its next use; symbols that are no token are among it, others may be missing
/// @complexity   O(n log n) for n bytes, and once the memory that merge_buckets says
template <class Model>
[[nodiscard]] std::span<token_id const> merge_without(Model const& model, token_table const& table, token_id id,
                                                      std::size_t rows, merge_without_scratch& s) {
    std::string_view const spelled = id < model.vocab().size() ? model.vocab().bytes(id) : std::string_view{};
    merges_without const merges{model.pairs(), table, table.bytes(id), rows};
    if constexpr (requires { model.options().continuing_subword_prefix; }) {
        if (!model.options().continuing_subword_prefix.empty() || !model.options().end_of_word_suffix.empty()) {
            detail::write_marked_symbols(model.vocab(), model.options(), spelled, s);
            // A symbol may be the prefix alone, and only this engine then merges as the model does.
            return std::span(s.symbols).first(s.long_engine.apply(merges, s.symbols));
        }
    }
    std::size_t const n_symbols = model.write_symbols(spelled, s.symbols);
    std::span<token_id> const symbols = std::span(s.symbols).first(n_symbols);
    for (token_id const symbol : symbols) {
        if (symbol == no_token) return {};
    }
    return symbols.first(symbols.size() <= merge_scan::max_symbols ? s.short_engine.apply(merges, symbols)
                                                                   : s.long_engine.apply(merges, symbols));
}

}  // namespace tessera::inline v0::transplant
