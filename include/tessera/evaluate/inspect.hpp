// What is wrong with a vocabulary: tokens no text can produce, tokens that are not whole characters, doubles, gaps.
// After Land & Bartolo 2024, "Fishing for Magikarp", arXiv:2405.05417, sec. 3.1: everything before a model is needed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/concepts.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/evaluate/texts_with_token.hpp>

namespace tessera::inline v0::evaluate {

/// What `inspect` finds. All lists of ids ascend.
struct inspection {
    std::size_t vocab_size = 0;        ///< ids, gaps included
    std::size_t n_special_tokens = 0;  ///< added tokens that are special
    std::size_t n_added_tokens = 0;    ///< added tokens in all
    /// Tokens that are in no text that was tried: neither do their own bytes, as a whole text, encode to them alone,
    /// nor is the token among the ids of what it stands for, alone or between neighbours (texts_with_token.hpp). A
    /// token that is not well-formed UTF-8 is no text, and splits as no text does: there the question is whether
    /// merging its bytes gives it. Special, control and unused ids are not looked at; nor are added tokens, which are
    /// recognised before the model.
    std::vector<token_id> unreachable;
    /// Those of `unreachable` whose own bytes encode to one other id (the rest takes several).
    std::vector<token_id> unreachable_to_one;
    /// Tokens that are not well-formed UTF-8; those of a single byte included.
    std::vector<token_id> incomplete_utf8;
    std::size_t n_incomplete_single_bytes = 0;  ///< how many of these are one byte
    /// Ids with the same bytes, two or more in each group; by first id.
    std::vector<std::vector<token_id>> duplicate;
    std::vector<token_id> unused;         ///< gaps in the id space
    std::vector<std::uint8_t> no_symbol;  ///< bytes without a token of their own: text with them cannot be encoded
    std::vector<token_id> longest;        ///< the ten with the most bytes, longest first, then by id
};

namespace detail {

template <class M, class Scratch, class Sink>
void encode_part(M const& model, std::string_view bytes, Scratch& scratch, Sink& sink) {
    if constexpr (requires { model.merged(bytes, scratch); }) {
        for (token_id const t : model.merged(bytes, scratch)) sink(t);
    } else if constexpr (requires { model.visit(scratch, [](auto const&, auto&) {}); }) {
        model.visit(scratch, [&](auto const& inner, auto& held) { encode_part(inner, bytes, held, sink); });
    } else {
        model.encode(bytes, scratch, sink);
    }
}

/// For a model that tells a word's last token from the others, and may have bytes spelled in GPT-2's alphabet: is `id`
/// among what the bytes give as the end of a word, if it is an end, or else as the beginning of one?
template <class M, class Scratch>
bool turns_up_in_word(M const& model, token_id id, std::string_view bytes, Scratch& scratch) {
    constexpr std::string_view end = "</w>";
    bool const ends_word = bytes.ends_with(end);
    if (ends_word) bytes.remove_suffix(end.size());
    bool found = false;
    auto const sink = [&](token_id t) { found |= t == id; };
    for (std::string const& word : {std::string(bytes), to_byte_alphabet(bytes)}) {
        if (ends_word) {
            model.encode(word, scratch, sink);
        } else {
            for (char const after : {'a', 'x', '!'}) model.encode(word + after, scratch, sink);
        }
    }
    return found;
}

}  // namespace detail

/// Examines every token of `tokenizer`.
/// @tparam T     a tokenizer<P, M, N>
/// @complexity   one encoding for each token that is its own text, some hundreds for each that is unreachable
template <class T, Executor X = serial_executor>
[[nodiscard]] inspection inspect(T const& tokenizer, X const& executor = {}) {
    auto const& vocab = tokenizer.vocab();
    std::size_t const n = vocab.size();
    inspection result;
    result.vocab_size = n;

    std::vector<std::uint8_t> added(n, 0);
    for (added_token const& token : tokenizer.specials().tokens()) {
        ++result.n_added_tokens;
        if (token.special) ++result.n_special_tokens;
        added[token.id] = 1;
    }

    enum : std::uint8_t { reached, other_id, several };
    std::vector<std::uint8_t> outcome(n, reached);
    std::size_t const n_chunks = std::min(n, 8 * executor.concurrency());
    executor.for_each_index(n_chunks, [&](std::size_t chunk) {
        typename T::scratch scratch;
        token_texts texts(tokenizer);
        std::size_t const end = n * (chunk + 1) / n_chunks;
        for (std::size_t i = n * chunk / n_chunks; i < end; ++i) {
            auto const id = static_cast<token_id>(i);
            token_kind const kind = vocab.kind(id);
            if (added[i] != 0 || kind == token_kind::unused || kind == token_kind::control) continue;
            std::size_t count = 0;
            token_id last = no_token;
            auto const sink = [&](token_id t) {
                ++count;
                last = t;
            };
            std::string_view const bytes = vocab.bytes(id);
            if (is_valid_utf8(bytes)) {
                tokenizer.encode_ordinary(bytes, scratch, sink);
            } else {
                // By merges alone where there are some: in a text this is never a pretoken, to be taken whole.
                detail::encode_part(tokenizer.model(), bytes, scratch.model, sink);
            }
            outcome[i] = count != 1 ? several : last == id ? reached : other_id;
            if (outcome[i] == reached) continue;
            bool const found = is_valid_utf8(bytes)
                                   ? turns_up(tokenizer, id, texts, scratch)
                                   : detail::turns_up_in_word(tokenizer.model(), id, bytes, scratch.model);
            if (found) outcome[i] = reached;
        }
    });

    std::unordered_map<std::string_view, std::vector<token_id>> by_bytes;
    by_bytes.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
        auto const id = static_cast<token_id>(i);
        if (vocab.kind(id) == token_kind::unused) {
            result.unused.push_back(id);
            continue;
        }
        std::string_view const bytes = vocab.bytes(id);
        if (outcome[i] != reached) result.unreachable.push_back(id);
        if (outcome[i] == other_id) result.unreachable_to_one.push_back(id);
        if (!is_valid_utf8(bytes)) {
            result.incomplete_utf8.push_back(id);
            if (bytes.size() == 1) ++result.n_incomplete_single_bytes;
        }
        by_bytes[bytes].push_back(id);
        result.longest.push_back(id);
    }
    for (auto const& [bytes, ids] : by_bytes) {
        if (ids.size() > 1) result.duplicate.push_back(ids);
    }
    std::sort(result.duplicate.begin(), result.duplicate.end());
    for (unsigned b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(b);
        if (vocab.find({&byte, 1}) == no_token) result.no_symbol.push_back(static_cast<std::uint8_t>(b));
    }
    std::size_t const shown = std::min<std::size_t>(10, result.longest.size());
    std::partial_sort(result.longest.begin(), result.longest.begin() + static_cast<std::ptrdiff_t>(shown),
                      result.longest.end(), [&](token_id a, token_id b) {
                          std::size_t const x = vocab.bytes(a).size();
                          std::size_t const y = vocab.bytes(b).size();
                          return x != y ? x > y : a < b;
                      });
    result.longest.resize(shown);
    return result;
}

}  // namespace tessera::inline v0::evaluate
