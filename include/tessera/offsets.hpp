// Which bytes of a text each token stands for.
//
//   text     "Hi there<|endoftext|>"
//   tokens    Hi| there|<|endoftext|>
//   offsets   [0,2) [2,8) [8,21)
//
// Differs from Hugging Face's library: no bytes are trimmed (its ByteLevel leaves out a leading space by default), and
// where a normalizer changes the text, offsets are of the changed text, which is handed back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/tokenizer.hpp>

namespace tessera::inline v0 {

/// A token and the bytes [begin, end) it stands for.
struct located_token {
    token_id id = no_token;
    std::size_t begin = 0;
    std::size_t end = 0;

    friend bool operator==(located_token const&, located_token const&) = default;
};

/// What an offset counts.
enum class offset_unit : std::uint8_t { bytes, code_points, utf16 };

namespace detail {

// Offsets are known where tokens are parts of the pretoken: BPE without prefix, suffix and byte fallback.
template <class M>
bpe_model const* locatable(M const& model) {
    bpe_model const* bpe = nullptr;
    if constexpr (requires { model.template get_if<bpe_model>(); }) {
        bpe = model.template get_if<bpe_model>();
    } else if constexpr (std::is_same_v<M, bpe_model>) {
        bpe = &model;
    }
    if (bpe == nullptr || bpe->options().byte_fallback || !bpe->options().continuing_subword_prefix.empty() ||
        !bpe->options().end_of_word_suffix.empty()) {
        return nullptr;
    }
    return bpe;
}

template <class M>
bool tiles_text(M const& model) noexcept {
    if constexpr (requires { model.tiles_text(); }) return model.tiles_text();
    return false;
}

// Lays tokens over a text of which they leave out nothing but bytes without a token.
inline void locate_in_text(vocabulary const& vocab, std::string_view text, std::size_t begin,
                           std::vector<token_id> const& ids, std::vector<located_token>& out) {
    std::size_t at = 0;
    for (token_id const id : ids) {
        std::size_t const length = vocab.bytes(id).size();
        while (at + length < text.size() && vocab.find(text.substr(at, 1)) == no_token) ++at;
        out.push_back({id, begin + at, begin + at + length});
        at += length;
    }
}

// Lays the tokens of one pretoken, which starts at `begin` of the text, over its bytes.
inline void locate_in_pretoken(bpe_model const& model, std::string_view pretoken, std::size_t begin,
                               std::vector<token_id> const& ids, std::vector<located_token>& out) {
    if (ids.size() == 1 && model.vocab().bytes(ids.front()) == pretoken) {  // also one that spells the unknown token
        out.push_back({ids.front(), begin, begin + pretoken.size()});
        return;
    }
    std::size_t at = 0;
    bpe_options const& options = model.options();
    auto const length_at = [&](std::size_t i) {
        return options.unit == symbol_unit::byte ? std::size_t{1} : decode_utf8(pretoken, i).length;
    };
    auto const is_symbol = [&](std::size_t i) {
        return model.vocab().find(pretoken.substr(i, length_at(i))) != no_token;
    };
    for (token_id const id : ids) {
        std::string_view const bytes = model.vocab().bytes(id);
        if (id == options.unknown && (at >= pretoken.size() || !is_symbol(at))) {
            std::size_t const from = at;
            do {
                if (at < pretoken.size()) at += length_at(at);
            } while (options.fuse_unknown && at < pretoken.size() && !is_symbol(at));
            out.push_back({id, begin + from, begin + at});
            continue;
        }
        if (pretoken.substr(at, bytes.size()) == bytes) {
            out.push_back({id, begin + at, begin + at + bytes.size()});
            at += bytes.size();
            continue;
        }
        // Symbols outside the alphabet were dropped somewhere in it, or are unknown tokens and merged with others.
        std::string_view const unknown =
            options.unknown == no_token ? std::string_view() : model.vocab().bytes(options.unknown);
        while (unknown.empty() && at < pretoken.size() && !is_symbol(at)) at += length_at(at);
        std::size_t const from = at;
        for (std::size_t matched = 0; matched < bytes.size() && at < pretoken.size();) {
            bool const known = is_symbol(at);
            matched += known ? length_at(at) : unknown.size();
            do {
                at += length_at(at);
            } while (!known && options.fuse_unknown && !unknown.empty() && at < pretoken.size() && !is_symbol(at));
        }
        out.push_back({id, begin + from, begin + at});
    }
}

}  // namespace detail

/// Encodes `text` as `tokenizer.encode(text, rules, ...)` does, with the bytes of each token. An added token covers the
/// whitespace that `lstrip` or `rstrip` gives it.
/// @throws error      unsupported: the pretokenizer rewrites the text (Metaspace, add_prefix_space)
/// @param normalized  what the offsets refer to where the tokenizer's normalizer is not the identity; else unchanged
/// @complexity        as encode
template <class T>
[[nodiscard]] std::vector<located_token> encode_with_offsets(T const& tokenizer, std::string_view text,
                                                             special_rules const& rules, typename T::scratch& scratch,
                                                             std::string& normalized) {
    if constexpr (requires { tokenizer.pretokenizer().is_in_place(); }) {
        if (!tokenizer.pretokenizer().is_in_place()) {
            throw error(error_kind::unsupported, "pretokenizer", "it rewrites the text, so tokens have no place in it",
                        "encode without offsets");
        }
    }
    bpe_model const* const bpe = detail::locatable(tokenizer.model());
    if (bpe == nullptr && !detail::tiles_text(tokenizer.model())) {
        throw error(error_kind::unsupported, "model",
                    "only the tokens of BPE without prefix, suffix and byte fallback have known places",
                    "encode without offsets");
    }
    std::vector<located_token> out;
    std::vector<token_id> ids;
    bool const identity = tokenizer.normalizer().is_identity();
    if (!identity) normalized.clear();

    // `whole` holds what is split; it starts at `base` of the text that offsets refer to.
    auto const ordinary = [&](std::string_view piece, std::size_t base) {
        tokenizer.pretokenizer().for_each(piece, [&](std::string_view pretoken) {
            ids.clear();
            tokenizer.model().encode(pretoken, scratch.model, [&](token_id id) { ids.push_back(id); });
            std::size_t const begin = base + static_cast<std::size_t>(pretoken.data() - piece.data());
            if (bpe != nullptr) {
                detail::locate_in_pretoken(*bpe, pretoken, begin, ids, out);
            } else {
                detail::locate_in_text(tokenizer.model().vocab(), pretoken, begin, ids, out);
            }
        });
    };
    // Cuts `whole` at added tokens. Stretches and tokens tile it, so a token lies between its neighbours; two tokens
    // side by side meet where the first one's content ends, or, where it takes whitespace, where the second one's
    // begins.
    auto const split = [&](std::string_view whole, bool in_normalized, auto&& on_stretch, auto&& on_added) {
        added_token const* pending = nullptr;
        std::size_t done = 0;
        auto const flush = [&](std::size_t end) {
            if (pending != nullptr) on_added(*pending, done, end);
            pending = nullptr;
            done = end;
        };
        tokenizer.specials().split(
            whole, in_normalized, rules,
            [&](std::string_view stretch) {
                flush(static_cast<std::size_t>(stretch.data() - whole.data()));
                on_stretch(stretch);
                done += stretch.size();
            },
            [&](added_token const& token) {
                if (pending != nullptr) {
                    std::size_t const own_end = whole.find(pending->content, done) + pending->content.size();
                    flush(pending->rstrip ? whole.find(token.content, own_end) : own_end);
                }
                pending = &token;
            });
        flush(whole.size());
    };
    auto const normalize = [&](std::string_view stretch) -> std::string_view {
        if (identity) return stretch;
        tokenizer.normalizer().normalize(stretch, scratch.normalized);
        normalized += scratch.normalized;
        return scratch.normalized;
    };
    auto const base_of = [&](std::string_view original, std::string_view after) {
        return identity ? static_cast<std::size_t>(original.data() - text.data()) : normalized.size() - after.size();
    };

    if (tokenizer.specials().empty() || rules.all_ordinary()) {
        ordinary(normalize(text), 0);
        return out;
    }
    split(
        text, false,
        [&](std::string_view stretch) {
            std::string_view const after = normalize(stretch);
            std::size_t const base = base_of(stretch, after);
            if (!tokenizer.specials().has_normalized()) {
                ordinary(after, base);
                return;
            }
            split(
                after, true,
                [&](std::string_view inner) {
                    ordinary(inner, base + static_cast<std::size_t>(inner.data() - after.data()));
                },
                [&](added_token const& token, std::size_t begin, std::size_t end) {
                    out.push_back({token.id, base + begin, base + end});
                });
        },
        [&](added_token const& token, std::size_t begin, std::size_t end) {
            std::size_t const base = identity ? 0 : normalized.size() - begin;
            if (!identity) normalized += text.substr(begin, end - begin);
            out.push_back({token.id, base + begin, base + end});
        });
    return out;
}

/// Turns byte offsets of `text` into offsets in `unit`. A token that begins or ends inside a character covers all of
/// it. An ill-formed byte is one code point, and one UTF-16 unit.
/// @pre         tokens ascend, as encode_with_offsets gives them
/// @complexity  O(text.size())
inline void convert_offsets(std::string_view text, offset_unit unit, std::vector<located_token>& tokens) {
    if (unit == offset_unit::bytes) return;
    std::size_t at = 0;        // a character starts here ...
    std::size_t position = 0;  // ... which in units is this
    std::size_t before = 0;    // where the character that ends at `at` starts, in units
    std::size_t before_at = 0;
    auto const step = [&] {
        auto const [code_point, length] = decode_utf8(text, at);
        before = position;
        before_at = at;
        at += length;
        position += unit == offset_unit::utf16 && code_point > 0xFFFF ? 2U : 1U;
    };
    for (located_token& token : tokens) {
        std::size_t const begin = token.begin;
        while (at < begin) step();
        std::size_t const first = at == begin ? position : begin >= before_at ? before : position;
        while (at < token.end) step();
        token.begin = first;
        token.end = position;
    }
}

}  // namespace tessera::inline v0
