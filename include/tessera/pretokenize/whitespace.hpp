// Hugging Face's `Whitespace` pretokenizer: words and punctuation, without the space between. Used by many WordPiece
// and word-level tokenizers. Not their `WhitespaceSplit`, which keeps punctuation with the words.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/core/text_piece.hpp>
#include <tessera/pretokenize/detail/scan.hpp>

namespace tessera::inline v0 {

struct whitespace_options {
    friend bool operator==(whitespace_options const&, whitespace_options const&) = default;
};

/// Matches runs of \w and runs of what is neither \w nor \s; white space is dropped.
/// @tparam Unicode  a policy of unicode_class.hpp; \w is that of the crate `regex`, which this pretokenizer of HF uses
/// @complexity      O(n), any bytes; an ill-formed byte is neither \w nor \s
/// @par Source      tokenizers 0.23.3, pre_tokenizers/whitespace.rs
template <class Unicode = unicode_rust>
class whitespace_pretokenizer {
public:
    using options_type = whitespace_options;
    static constexpr std::string_view type = "Whitespace";
    static constexpr bool lossless = false;
    struct scratch {};

    template <class Fields, class Options>
    static void describe(Fields&, Options&) {}

    whitespace_pretokenizer() = default;
    explicit whitespace_pretokenizer(options_type o) noexcept : options_(o) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "whitespace"; }
    [[nodiscard]] static constexpr std::string_view pattern() noexcept { return R"(\w+|[^\w\s]+)"; }

    /// The end of the pretoken that starts at byte `begin`; `begin` itself if white space is there.
    /// @pre begin < text.size()
    [[nodiscard]] static std::size_t next(std::string_view text, std::size_t begin) noexcept {
        char const* const data = text.data();
        char const* const end = data + text.size();
        char const* const p = data + begin;
        constexpr std::uint8_t mask = unicode_class::word | unicode_class::space;
        char const* const past = detail::class_at<Unicode>(p, end).is(unicode_class::word)
                                     ? detail::skip_letters<Unicode, unicode_class::word>(p, end)
                                     : detail::skip<Unicode, mask, false>(p, end);
        return static_cast<std::size_t>(past - data);
    }

    /// Calls `sink(std::string_view)` with each pretoken, in order.
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        char const* const data = text.data();
        char const* const end = data + text.size();
        for (std::size_t begin = 0; begin < text.size();) {
            std::size_t const past = next(text, begin);
            if (past == begin) {
                char const* const p = detail::skip<Unicode, unicode_class::space>(data + begin, end);
                begin = static_cast<std::size_t>(p - data);
            } else {
                sink(std::string_view(data + begin, past - begin));
                begin = past;
            }
        }
    }

    /// Calls `sink(text_piece)` with each piece, in order.
    template <class Sink>
        requires requires(Sink& sink, text_piece piece) { sink(piece); }
    void for_each(text_piece piece, scratch&, Sink&& sink) const {
        for_each(piece.text, [&](std::string_view found) {
            auto const begin = static_cast<std::size_t>(found.data() - piece.text.data());
            sink(piece.part(begin, begin + found.size()));
        });
    }

    friend bool operator==(whitespace_pretokenizer const&, whitespace_pretokenizer const&) = default;

private:
    options_type options_;
};

}  // namespace tessera::inline v0
