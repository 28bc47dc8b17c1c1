// Whether a text is in a normalization form, character by character.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>

#include <tessera/normalize/unicode_normalizer.hpp>

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>

namespace tessera::inline v0 {

/// Reads a text from its beginning and says where it stops being one that `unicode_normalizer` leaves as it is.
/// @par Source  Unicode 16.0, UAX #15 (canonical ordering, D115 of the standard: what is blocked); as unicode_normalizer,
///              characters newer than Unicode 9.0 take no part
class form_check {
public:
    static constexpr char32_t none = 0xFFFF'FFFFU;

    /// What of the text matters for the characters to come.
    struct state {
        char32_t starter = none;     ///< the last one, if a character can still be composed with it
        std::uint8_t mark_class = 0;  ///< combining class of the last character, if it is a mark
        friend bool operator==(state const&, state const&) = default;
        friend auto operator<=>(state const&, state const&) = default;
    };

    /// @throws error  unsupported: ICU's data files are missing
    explicit form_check(normalization_form form)
        : form_(form),
          composes_(form == normalization_form::nfc || form == normalization_form::nfkc),
          known_(&unicode_normalizer::known_characters()),
          pairs_(&unicode_normalizer::composition()) {}

    /// True if no text in the form has this character.
    [[nodiscard]] bool is_never(char32_t c) const { return known(c) && quick_check(c) == UNORM_NO; }
    /// True if it depends on the text before whether this character may follow.
    [[nodiscard]] bool asks_what_is_before(char32_t c) const {
        return known(c) && (u_getCombiningClass(static_cast<UChar32>(c)) != 0 || quick_check(c) == UNORM_MAYBE);
    }

    /// Reads `c`; false if the text is not in the form then, and `s` is as it was.
    [[nodiscard]] bool advance(state& s, char32_t c) const {
        if (!known(c)) {
            s = {};
            return true;
        }
        if (quick_check(c) == UNORM_NO) return false;
        auto const mark_class = u_getCombiningClass(static_cast<UChar32>(c));
        if (mark_class != 0 && s.mark_class > mark_class) return false;
        bool const is_blocked = s.mark_class != 0 && s.mark_class >= mark_class;
        if (composes_ && s.starter != none && !is_blocked &&
            pairs_->composePair(static_cast<UChar32>(s.starter), static_cast<UChar32>(c)) >= 0) {
            return false;
        }
        if (mark_class == 0) s.starter = c;
        s.mark_class = mark_class;
        return true;
    }

private:
    [[nodiscard]] bool known(char32_t c) const { return known_->contains(static_cast<UChar32>(c)) != 0; }
    [[nodiscard]] UNormalizationCheckResult quick_check(char32_t c) const {
        static constexpr UProperty properties[] = {UCHAR_NFC_QUICK_CHECK, UCHAR_NFD_QUICK_CHECK, UCHAR_NFKC_QUICK_CHECK,
                                                   UCHAR_NFKD_QUICK_CHECK};
        return static_cast<UNormalizationCheckResult>(
            u_getIntPropertyValue(static_cast<UChar32>(c), properties[static_cast<std::size_t>(form_)]));
    }

    normalization_form form_;
    bool composes_;
    icu::UnicodeSet const* known_;
    icu::Normalizer2 const* pairs_;
};

}  // namespace tessera::inline v0
