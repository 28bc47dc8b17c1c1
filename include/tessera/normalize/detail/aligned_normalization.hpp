// Unicode normalization, character by character, that knows what each new character stands for: the algorithm of UAX
// #15 with the places that the crate unicode-normalization-alignments 0.1.12 gives. Next: unicode_normalizer.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <tessera/core/utf8.hpp>
#include <tessera/normalize/detail/rewriting.hpp>

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

namespace tessera::inline v0 {
namespace detail {

struct aligned_character {
    char32_t character = 0;
    std::uint8_t combining_class = 0;
    std::ptrdiff_t change = 0;  // see change_writer
};

struct aligned_normalization_scratch {
    std::vector<aligned_character> marks;    // not sorted yet
    std::vector<aligned_character> sorted;   // of a long run of marks
    std::vector<aligned_character> waiting;  // after the starter that more marks may join
    icu::UnicodeString decomposition;
};

// One text's way through. A decomposed character is a replacement (0) and new ones (1); these numbers stay with the
// characters when marks are sorted, and add up where characters are composed.
template <class Edit>
class aligned_normalization {
public:
    aligned_normalization(icu::Normalizer2 const& form, bool compose, std::string_view text,
                          aligned_normalization_scratch& s, Edit& edit)
        : form_(form), compose_(compose), text_(text), s_(s), out_(text, edit) {}

    void run() {
        s_.marks.clear();
        s_.waiting.clear();
        for (std::size_t at = 0; at < text_.size();) {
            auto const [c, length] = decode_utf8(text_, at);
            if (c < 0x80) {
                decomposed(c, 0);
            } else if (length == 1) {
                decomposed(encoded_character::ill_formed + byte_at(text_.data() + at), 0);
            } else if (form_.getDecomposition(static_cast<UChar32>(c), s_.decomposition) != 0) {
                std::ptrdiff_t change = 0;
                for (std::int32_t i = 0; i < s_.decomposition.length(); change = 1) {
                    UChar32 const part = s_.decomposition.char32At(i);
                    decomposed(static_cast<char32_t>(part), change);
                    i += U16_LENGTH(part);
                }
            } else {
                decomposed(c, 0);
            }
            at += length;
        }
        sort_marks();
        finish();
    }

private:
    void decomposed(char32_t c, std::ptrdiff_t change) {
        bool const may_combine = c >= 0x300 && c < encoded_character::ill_formed;
        std::uint8_t const combining = may_combine ? form_.getCombiningClass(static_cast<UChar32>(c)) : std::uint8_t{0};
        if (combining != 0) {
            s_.marks.push_back({c, combining, change});
        } else {
            sort_marks();
            recompose({c, 0, change});
        }
    }

    // Stable, by combining class; in linear time where there are many.
    void sort_marks() {
        auto& marks = s_.marks;
        if (marks.size() <= 16) {
            for (std::size_t i = 1; i < marks.size(); ++i) {
                aligned_character const mark = marks[i];
                std::size_t j = i;
                for (; j > 0 && marks[j - 1].combining_class > mark.combining_class; --j) marks[j] = marks[j - 1];
                marks[j] = mark;
            }
        } else {
            std::array<std::size_t, 257> begin{};
            for (auto const& mark : marks) ++begin[mark.combining_class + std::size_t{1}];
            for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
            s_.sorted.resize(marks.size());
            for (auto const& mark : marks) s_.sorted[begin[mark.combining_class]++] = mark;
            marks.swap(s_.sorted);
        }
        for (auto const& mark : marks) recompose(mark);
        marks.clear();
    }

    void recompose(aligned_character const& next) {
        if (!compose_) return put(next);
        if (!has_starter_) {
            if (next.combining_class != 0) return put(next);
            starter_ = next;
            has_starter_ = true;
            return;
        }
        bool const blocked = !s_.waiting.empty() && s_.waiting.back().combining_class >= next.combining_class;
        if (!blocked && starter_.character < encoded_character::ill_formed &&
            next.character < encoded_character::ill_formed) {
            UChar32 const both =
                form_.composePair(static_cast<UChar32>(starter_.character), static_cast<UChar32>(next.character));
            if (both >= 0) {
                starter_.character = static_cast<char32_t>(both);
                starter_.change += next.change - 1;
                return;
            }
        }
        if (next.combining_class == 0) {
            finish();
            starter_ = next;
            has_starter_ = true;
        } else {
            s_.waiting.push_back(next);
        }
    }

    void finish() {
        if (has_starter_) put(starter_);
        has_starter_ = false;
        for (auto const& mark : s_.waiting) put(mark);
        s_.waiting.clear();
    }

    void put(aligned_character const& c) { out_.put(encoded_character(c.character).view(), c.change); }

    icu::Normalizer2 const& form_;
    bool compose_;
    std::string_view text_;
    aligned_normalization_scratch& s_;
    change_writer<Edit> out_;
    aligned_character starter_;
    bool has_starter_ = false;
};

}  // namespace detail
}  // namespace tessera::inline v0
