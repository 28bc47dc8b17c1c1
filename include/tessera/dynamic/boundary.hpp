// Which two neighbours dynamic tokenization may join. A rule looks at their bytes alone, so what it says of two tokens
// holds wherever they stand.
// Source: DariusFeher/dynamic-tokenization at 6686e72, tokenizations/dynamic_bpe.py, is_valid_pair.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tessera/core/concepts.hpp>
#include <tessera/core/stages.hpp>
#include <tessera/core/text_piece.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/pretokenize/whitespace_split.hpp>

namespace tessera::inline v0::dynamic {

/// What no merge reaches across.
enum class boundary : std::uint8_t {
    pretokens,    ///< the two together are one pretoken of the tokenizer's own pretokenizer
    word,         ///< they are one word between white space
    word_hyphen,  ///< the same, but punctuation joins what is none only where it is a hyphen
    sentence,     ///< a sequence; spaces still begin tokens
};

/// Whether special tokens merge.
enum class special_merging : std::uint8_t {
    never,
    as_reference,  ///< `pretokens` takes them for text, and so do `word` and `word_hyphen` where the two are not UTF-8
};

/// One of two neighbours.
struct side {
    std::string_view bytes;
    bool is_special = false;
    bool is_punctuation = false;  ///< a token of the vocabulary that reads_as_punctuation
};

/// True if a token has punctuation and no digit. Bytes 0xB2, 0xB3 and 0xB9 are digits: in the byte alphabet, in which
/// the reference reads tokens, they are superscripts, which Python's isdigit accepts. `#` is no punctuation there.
[[nodiscard]] constexpr bool reads_as_punctuation(std::string_view bytes) noexcept {
    constexpr std::string_view digits = "0123456789\xB2\xB3\xB9";
    return bytes.find_first_of(".,!?;:()-\"'\\/`$%&*+<=>@[]^_{|}~") != std::string_view::npos &&
           bytes.find_first_of(digits) == std::string_view::npos;
}

/// Says of two tokens whether they may become one. Keeps a reference to the pretokenizer.
/// @tparam P  of the tokenizer, by which `pretokens` are meant
template <Pretokenizer P>
class boundary_rule {
public:
    explicit boundary_rule(P const& pretokenizer, boundary where = boundary::pretokens,
                           special_merging specials = special_merging::never)
        : pretokenizer_(&pretokenizer), where_(where), specials_(specials) {}

    [[nodiscard]] boundary where() const noexcept { return where_; }
    [[nodiscard]] special_merging specials() const noexcept { return specials_; }

    /// Two tokens whose bytes together are no UTF-8 always may, unless a space or newline is behind the first byte.
    /// @complexity  linear in the bytes of both
    [[nodiscard]] bool operator()(side left, side right) {
        bool const special = left.is_special || right.is_special;
        if (special && specials_ == special_merging::never) return false;
        if (!spaces_allow(left.bytes, right.bytes)) return false;
        if (where_ == boundary::sentence) return !special;
        joined_.assign(left.bytes).append(right.bytes);
        if (!is_valid_utf8(joined_)) return true;
        if (where_ == boundary::pretokens) return is_one_pretoken();
        if (special || !is_one_word()) return false;
        return where_ == boundary::word || left.is_punctuation || !right.is_punctuation || right.bytes == "-";
    }

private:
    static constexpr bool is_spacelike(char c) noexcept { return c == ' ' || c == '\t' || c == '\n'; }

    // None behind the first byte, or nothing else; but two newlines stay two.
    static bool spaces_allow(std::string_view left, std::string_view right) noexcept {
        if (left.empty() || right.empty()) return false;
        bool const inside = std::any_of(left.begin() + 1, left.end(), is_spacelike) ||
                            std::any_of(right.begin(), right.end(), is_spacelike);
        if (!inside) return true;
        return std::all_of(left.begin(), left.end(), is_spacelike) &&
               std::all_of(right.begin(), right.end(), is_spacelike) && !(left == "\n" && right == "\n");
    }

    bool is_one_pretoken() {
        std::size_t n = 0;
        tessera::detail::for_each_pretoken(*pretokenizer_, tessera::detail::whole_input(*pretokenizer_, joined_),
                                           scratch_, [&](std::string_view) { ++n; });
        return n == 1;
    }
    bool is_one_word() const {
        std::size_t n = 0;
        whitespace_split_pretokenizer::scratch none;
        whitespace_split_pretokenizer().for_each(text_piece{joined_, 0}, none, [&](text_piece) { ++n; });
        return n == 1;
    }

    P const* pretokenizer_;
    boundary where_;
    special_merging specials_;
    typename tessera::detail::scratch_of<P>::type scratch_;
    std::string joined_;
};

}  // namespace tessera::inline v0::dynamic
