// Hugging Face's `BertPreTokenizer`: words between white space, each punctuation character by itself.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/core/text_piece.hpp>
#include <tessera/pretokenize/detail/character_set.hpp>

namespace tessera::inline v0 {

struct bert_options {
    friend bool operator==(bert_options const&, bert_options const&) = default;
};

/// `WhitespaceSplit`, then `Punctuation` with `isolated`, in one pass.
/// @complexity  O(n), any bytes; an ill-formed byte is neither white space nor punctuation
/// @par Source  tokenizers 0.23.3, pre_tokenizers/bert.rs
class bert_pretokenizer {
public:
    using options_type = bert_options;
    static constexpr std::string_view type = "BertPreTokenizer";
    static constexpr bool lossless = false;
    struct scratch {};

    template <class Fields, class Options>
    static void describe(Fields&, Options&) {}

    explicit bert_pretokenizer(options_type o = {}) noexcept : options_(o) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// Calls `sink(text_piece)` with each piece, in order.
    template <class Sink>
    void for_each(text_piece piece, scratch&, Sink&& sink) const {
        char const* const data = piece.text.data();
        char const* const end = data + piece.text.size();
        auto const offset = [data](char const* p) { return static_cast<std::size_t>(p - data); };
        char const* word = data;
        for (char const* p = data; p != end;) {
            detail::member_unit const unit = detail::member_at<breaking_set>(p, end);
            char const* const next = p + unit.length;
            if (unit.is_member) {
                if (word != p) sink(piece.part(offset(word), offset(p)));
                if (!detail::member_at<detail::white_space_set>(p, end).is_member) {
                    sink(piece.part(offset(p), offset(next)));
                }
                word = next;
            }
            p = next;
        }
        if (word != end) sink(piece.part(offset(word), offset(end)));
    }

    friend bool operator==(bert_pretokenizer const&, bert_pretokenizer const&) = default;

private:
    struct breaking_set {
        [[nodiscard]] static constexpr bool contains(char32_t c) noexcept {
            return detail::white_space_set::contains(c) || detail::punctuation_set::contains(c);
        }
    };

    options_type options_;
};

}  // namespace tessera::inline v0
