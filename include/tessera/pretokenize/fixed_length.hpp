// Hugging Face's `FixedLength`: so many characters a piece. For sequences without words, such as DNA.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/core/error.hpp>
#include <tessera/core/text_piece.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {

struct fixed_length_options {
    std::size_t length = 5;  ///< code points
    friend bool operator==(fixed_length_options const&, fixed_length_options const&) = default;
};

/// Cuts after each `length` code points; the last piece may be shorter.
/// @complexity  O(n), any bytes; an ill-formed byte is a character
/// @par Source  tokenizers 0.23.3, pre_tokenizers/fixed_length.rs. Differs: a length of 0, which fails there when the
///              first text is split, is refused at once.
class fixed_length_pretokenizer {
public:
    using options_type = fixed_length_options;
    static constexpr std::string_view type = "FixedLength";
    static constexpr bool lossless = true;
    struct scratch {};

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f.optional("length", o.length);
    }

    /// @throws error  bad_option: length is 0
    explicit fixed_length_pretokenizer(options_type o = {}) : options_(o) {
        if (o.length == 0) {
            throw error(error_kind::bad_option, "length", "pieces of 0 characters cannot be cut", "give 1 or more");
        }
    }
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// Calls `sink(text_piece)` with each piece, in order.
    template <class Sink>
    void for_each(text_piece piece, scratch&, Sink&& sink) const {
        std::size_t const size = piece.text.size();
        for (std::size_t begin = 0; begin < size;) {
            std::size_t end = begin;
            for (std::size_t n = 0; n < options_.length && end < size; ++n) end += decode_utf8(piece.text, end).length;
            sink(piece.part(begin, end));
            begin = end;
        }
    }

    friend bool operator==(fixed_length_pretokenizer const&, fixed_length_pretokenizer const&) = default;

private:
    options_type options_;
};

}  // namespace tessera::inline v0
