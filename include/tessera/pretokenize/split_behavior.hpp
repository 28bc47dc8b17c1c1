// From the matches of a pattern to pieces of text: what becomes of a delimiter. All pretokenizers of Hugging Face's
// library that split by a pattern or by a set of characters share it. Next: split.hpp, punctuation.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <tessera/core/text_piece.hpp>

namespace tessera::inline v0 {

/// What becomes of a delimiter. Of "the-final--countdown" split at "-":
enum class split_behavior : std::uint8_t {
    removed,               ///< "the" "final" "countdown"
    isolated,              ///< "the" "-" "final" "-" "-" "countdown"
    merged_with_previous,  ///< "the-" "final-" "-" "countdown"
    merged_with_next,      ///< "the" "-final" "-" "-countdown"
    contiguous,            ///< "the" "-" "final" "--" "countdown"
};

/// The spelling in tokenizer.json.
[[nodiscard]] constexpr std::array<std::pair<std::string_view, split_behavior>, 5> names_of(split_behavior) noexcept {
    return {{{"Removed", split_behavior::removed},
             {"Isolated", split_behavior::isolated},
             {"MergedWithPrevious", split_behavior::merged_with_previous},
             {"MergedWithNext", split_behavior::merged_with_next},
             {"Contiguous", split_behavior::contiguous}}};
}

/// Takes the matches in a text from left to right, and gives out its pieces as soon as they are known. Never an empty
/// one. Allocates nothing; O(1) a match.
/// @tparam Sink    sink(text_piece)
/// @par Source     tokenizers 0.23.3, tokenizer/normalizer.rs (split) and tokenizer/pattern.rs (find_matches, Invert)
template <class Sink>
class split_pieces {
public:
    /// @param invert  what lies between matches is the delimiter, not the matches
    split_pieces(text_piece whole, split_behavior behavior, bool invert, Sink& sink) noexcept
        : whole_(whole), sink_(sink), behavior_(behavior), invert_(invert) {}

    /// The next match; it may be empty, which counts where delimiters merge. @pre end of the last <= begin <= end
    void match(std::size_t begin, std::size_t end) {
        if (begin != past_) stretch(begin, invert_);
        stretch(end, !invert_);
    }

    /// After the last match.
    void finish() {
        if (past_ != whole_.text.size()) stretch(whole_.text.size(), invert_);
        give(past_);
    }

private:
    // What reaches from the last stretch to `end`. [begin_, past_) has been seen and not given out.
    void stretch(std::size_t end, bool is_delimiter) {
        switch (behavior_) {
            case split_behavior::removed:
                if (is_delimiter) begin_ = end;
                past_ = end;
                give(end);
                return;
            case split_behavior::isolated:
                past_ = end;
                give(end);
                return;
            case split_behavior::contiguous:
                if (is_delimiter != last_is_delimiter_) give(past_);
                break;
            case split_behavior::merged_with_previous:
                if (!is_delimiter || last_is_delimiter_) give(past_);
                break;
            case split_behavior::merged_with_next:
                if (is_delimiter || !last_is_delimiter_) give(past_);
                break;
        }
        last_is_delimiter_ = is_delimiter;
        past_ = end;
    }

    void give(std::size_t end) {
        if (begin_ != end) sink_(whole_.part(begin_, end));
        begin_ = end;
    }

    text_piece whole_;
    Sink& sink_;
    std::size_t begin_ = 0;
    std::size_t past_ = 0;
    split_behavior behavior_;
    bool invert_;
    bool last_is_delimiter_ = false;
};

}  // namespace tessera::inline v0
