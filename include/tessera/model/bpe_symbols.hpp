// The first step of BPE: a pretoken becomes the symbols that merging starts from. Here lie all of Hugging Face's
// options but one (`ignore_merges`, see bpe_model.hpp). Source: tokenizers 0.23, src/models/bpe/model.rs, merge_word.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/core/vocabulary.hpp>

namespace tessera::inline v0 {

/// What merging starts from.
enum class symbol_unit : std::uint8_t {
    byte,        ///< byte-level BPE: GPT-2 and all that followed
    code_point,  ///< BPE over characters, as Hugging Face's library without a ByteLevel component
};

struct bpe_options {
    /// A pretoken that is a token becomes that token, whatever the merges say (Hugging Face's `ignore_merges`).
    bool ignore_merges = false;
    symbol_unit unit = symbol_unit::byte;
    /// Stands for a symbol outside the alphabet (`unk_token`); `no_token`: such symbols are dropped, as in Hugging
    /// Face's library where `unk_token` is null. (Where it names a string outside the vocabulary, that library loads
    /// the file and fails on the first unknown symbol; who reads such a file may refuse it, or pass `no_token`.)
    token_id unknown = no_token;
    /// A run of unknown symbols becomes one `unknown` (`fuse_unk`).
    bool fuse_unknown = false;
    /// A symbol outside the alphabet becomes one token `<0xXX>` for each byte of its spelling, prefix and suffix
    /// included, if the vocabulary has all of them; else it is unknown.
    bool byte_fallback = false;
    /// Stands before each symbol of a pretoken but the first. A merge drops it from its right part: `##a ##b` makes
    /// `##ab`.
    std::string continuing_subword_prefix = {};
    /// Stands behind the last symbol of a pretoken: `</w>`.
    std::string end_of_word_suffix = {};

    friend bool operator==(bpe_options const&, bpe_options const&) = default;
};

/// The tokens `<0x00>` to `<0xFF>`; `no_token` where the vocabulary has none.
[[nodiscard]] inline std::array<token_id, 256> byte_fallback_tokens(vocabulary const& vocab) {
    std::array<token_id, 256> tokens;
    for (std::size_t b = 0; b < 256; ++b) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        char const spelling[] = {'<', '0', 'x', digits[b >> 4], digits[b & 15], '>'};
        tokens[b] = vocab.find({spelling, sizeof spelling});
    }
    return tokens;
}

/// Tables of single symbols, made once a model.
class bpe_symbols {
public:
    bpe_symbols() = default;
    bpe_symbols(vocabulary const& vocab, bpe_options const& options)
        : plain_bytes_(options.unit == symbol_unit::byte && !options.byte_fallback &&
                       options.continuing_subword_prefix.empty() && options.end_of_word_suffix.empty()) {
        std::string spelling = options.continuing_subword_prefix;
        std::size_t const prefix = spelling.size();
        for (std::size_t b = 0; b < 256; ++b) {
            spelling.resize(prefix);
            spelling += static_cast<char>(b);
            inner_byte_[b] = vocab.find(spelling);
        }
        if (options.byte_fallback) fallback_ = byte_fallback_tokens(vocab);
        if (options.unit == symbol_unit::byte) return;
        inner_character_.assign(n_characters, no_token);
        for (token_id id = 0; id < vocab.size(); ++id) {
            std::string_view bytes = vocab.bytes(id);
            if (bytes.size() <= prefix || bytes.size() > prefix + 3) continue;
            if (!bytes.starts_with(options.continuing_subword_prefix) || vocab.find(bytes) != id) continue;
            bytes.remove_prefix(prefix);
            auto const [code_point, length] = decode_utf8(bytes, 0);
            if (length == bytes.size() && !(length == 1 && code_point == replacement_character)) {
                inner_character_[code_point] = id;
            }
        }
    }

    /// Whether `code_point`, neither first nor last in its pretoken, surely is a symbol. @pre the unit is code_point
    [[nodiscard]] bool knows(char32_t code_point) const noexcept {
        return code_point < n_characters && inner_character_[code_point] != no_token;
    }
    /// Whether each symbol is a byte as it stands: nothing around it, nothing it falls back to.
    [[nodiscard]] bool are_plain_bytes() const noexcept { return plain_bytes_; }
    /// Whether `byte` is a symbol. @pre are_plain_bytes()
    [[nodiscard]] bool knows_byte(char byte) const noexcept {
        return inner_byte_[static_cast<unsigned char>(byte)] != no_token;
    }
    /// A token `<0xXX>` that a fallback can lead to.
    [[nodiscard]] bool is_fallback(token_id id) const noexcept {
        return std::find(fallback_.begin(), fallback_.end(), id) != fallback_.end();
    }

    /// Writes the pretoken's symbols to the front of `out`, which grows as needed; returns how many.
    /// @param spelling  memory for a symbol's spelling
    /// @complexity      linear; with prefix or suffix, times their length for symbols that fall back to bytes
    std::size_t write(vocabulary const& vocab, bpe_options const& o, std::string_view pretoken,
                      std::vector<token_id>& out, std::string& spelling) const {
        if (out.size() < pretoken.size()) out.resize(pretoken.size());
        return plain_bytes_ ? write_bytes(o, pretoken, out.data()) : write_any(vocab, o, pretoken, out, spelling);
    }

private:
    static constexpr char32_t n_characters = 0x1'0000;  // code points that have a table entry

    std::size_t write_bytes(bpe_options const& o, std::string_view pretoken, token_id* out) const {
        std::size_t n = 0;
        bool in_unknown = false;
        for (char const b : pretoken) {
            token_id const id = inner_byte_[static_cast<unsigned char>(b)];
            if (id != no_token) {
                out[n++] = id;
                in_unknown = false;
            } else if (o.unknown != no_token) {
                if (!(in_unknown && o.fuse_unknown)) out[n++] = o.unknown;
                in_unknown = true;
            }
        }
        return n;
    }

    // As merge_word: an unknown token is held back until the next known symbol, so that it comes after the bytes of
    // symbols that fell back in between.
    std::size_t write_any(vocabulary const& vocab, bpe_options const& o, std::string_view pretoken,
                          std::vector<token_id>& out, std::string& spelling) const {
        std::size_t n = 0;
        bool held_back = false;
        auto const put = [&](token_id id) {
            if (n == out.size()) out.resize(2 * n + 16);
            out[n++] = id;
        };
        for (std::size_t at = 0; at < pretoken.size();) {
            decoded_code_point const c = o.unit == symbol_unit::byte
                                             ? decoded_code_point{detail::byte_at(pretoken.data() + at), 1}
                                             : decode_utf8(pretoken, at);
            std::string_view const unit = pretoken.substr(at, c.length);
            bool const first = at == 0;
            at += c.length;
            bool const inner = (!first || o.continuing_subword_prefix.empty()) &&
                               (at < pretoken.size() || o.end_of_word_suffix.empty());
            token_id id = no_token;
            if (inner && o.unit == symbol_unit::byte) {
                id = inner_byte_[c.code_point];
            } else if (inner && c.code_point < n_characters && !(c.length == 1 && c.code_point >= 0x80)) {
                id = inner_character_[c.code_point];
            } else {
                spell(o, unit, first, at == pretoken.size(), spelling);
                id = vocab.find(spelling);
            }
            if (id != no_token) {
                if (held_back) put(o.unknown);
                held_back = false;
                put(id);
                continue;
            }
            if (o.byte_fallback) {
                spell(o, unit, first, at == pretoken.size(), spelling);
                if (o.unit == symbol_unit::byte) spelling = to_byte_alphabet(spelling);
                auto const token = [&](char b) { return fallback_[static_cast<unsigned char>(b)]; };
                if (std::none_of(spelling.begin(), spelling.end(), [&](char b) { return token(b) == no_token; })) {
                    for (char const b : spelling) put(token(b));
                    continue;
                }
            }
            if (o.unknown == no_token) continue;
            if (held_back && !o.fuse_unknown) put(o.unknown);
            held_back = true;
        }
        if (held_back) put(o.unknown);
        return n;
    }

    static void spell(bpe_options const& o, std::string_view unit, bool first, bool last, std::string& spelling) {
        spelling.clear();
        if (!first) spelling += o.continuing_subword_prefix;
        spelling += unit;
        if (last) spelling += o.end_of_word_suffix;
    }

    std::array<token_id, 256> inner_byte_{};  // of symbols neither first (if there is a prefix) nor last (suffix)
    std::vector<token_id> inner_character_;   // the same by code point
    std::array<token_id, 256> fallback_{};
    bool plain_bytes_ = true;
};

}  // namespace tessera::inline v0
