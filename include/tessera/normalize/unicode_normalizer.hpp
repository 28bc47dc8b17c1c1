// Unicode normalization forms (UAX #15) by ICU, in the version of Unicode that Hugging Face's library normalizes with.
//
// tokenizers 0.23 normalizes by Unicode 9.0 (the crate unicode-normalization-alignments): a character that is newer has
// no decomposition and combines with nothing. ICU knows newer versions, so characters outside 9.0 are filtered out.
// ICU is included here and nowhere else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/normalize/detail/aligned_normalization.hpp>
#include <tessera/normalize/detail/character_class.hpp>
#include <tessera/normalize/edit.hpp>

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uniset.h>

namespace tessera::inline v0 {

/// The four normalization forms.
enum class normalization_form : std::uint8_t { nfc, nfd, nfkc, nfkd };

/// Brings text into a normalization form. Bytes that are not UTF-8 stay as they are.
/// Differs from ICU: characters newer than Unicode 9.0 are left alone, as in Hugging Face's tokenizers.
class unicode_normalizer {
public:
    /// @throws error  unsupported: ICU's data files are missing
    explicit unicode_normalizer(normalization_form form = normalization_form::nfc)
        : normalizer_(&instances().of(form)), form_(form) {}

    [[nodiscard]] normalization_form form() const noexcept { return form_; }

    /// What `rewrite` needs; one a thread, reused.
    struct scratch {
        std::string piece;
        detail::aligned_normalization_scratch aligned;
    };

    /// Replaces `out` by the normalized text. Linear time. `text` must not lie in `out`.
    void normalize(std::string_view text, std::string& out) const {
        scratch s;
        plain_edit edit(text, out);
        out.reserve(text.size());
        rewrite(text, s, edit);
    }

    /// The same, with places: a decomposed character stands for the one it comes from, a composed one for the first of
    /// those it is made of; sorted marks as the crate has it, which may be the place of a neighbour. Linear time.
    template <class Edit>
    void rewrite(std::string_view text, scratch& s, Edit& edit) const {
        std::size_t aligned = 0;
        if constexpr (!Edit::is_plain) {
            aligned = boundary_from(text, detail::places_until(edit));
            if (aligned > 0) rewrite_aligned(text.substr(0, aligned), s, edit);
        }
        rewrite_plain(text, aligned, s, edit);
    }

    [[nodiscard]] static constexpr bool is_identity() noexcept { return false; }
    [[nodiscard]] std::string name() const {
        static constexpr std::array<char const*, 4> names{"NFC", "NFD", "NFKC", "NFKD"};
        return names[static_cast<std::size_t>(form_)];
    }

    friend bool operator==(unicode_normalizer const& a, unicode_normalizer const& b) noexcept {
        return a.form_ == b.form_;
    }

    /// The characters that normalization touches at all: those of Unicode 9.0.
    [[nodiscard]] static icu::UnicodeSet const& known_characters() { return instances().known; }
    /// What composes pairs of them.
    [[nodiscard]] static icu::Normalizer2 const& composition() { return instances().nfc; }

private:
    struct known_instances {
        icu::UnicodeSet known;  // characters of Unicode 9.0
        icu::FilteredNormalizer2 nfc, nfd, nfkc, nfkd;

        explicit known_instances(UErrorCode& status)
            : known(icu::UnicodeString::fromUTF8("[:age=9.0:]"), status),
              nfc(checked(icu::Normalizer2::getNFCInstance(status), status), known),
              nfd(checked(icu::Normalizer2::getNFDInstance(status), status), known),
              nfkc(checked(icu::Normalizer2::getNFKCInstance(status), status), known),
              nfkd(checked(icu::Normalizer2::getNFKDInstance(status), status), known) {
            known.freeze();
        }

        [[nodiscard]] icu::Normalizer2 const& of(normalization_form form) const noexcept {
            switch (form) {
                case normalization_form::nfd:
                    return nfd;
                case normalization_form::nfkc:
                    return nfkc;
                case normalization_form::nfkd:
                    return nfkd;
                default:
                    return nfc;
            }
        }

        static icu::Normalizer2 const& checked(icu::Normalizer2 const* normalizer, UErrorCode status) {
            if (U_FAILURE(status) || normalizer == nullptr) {
                throw error(error_kind::unsupported, "normalizer",
                            std::string("ICU cannot normalize: ") + u_errorName(status), "install ICU's data");
            }
            return *normalizer;
        }
    };

    // Made once and never changed; ICU's own instances live as long.
    static known_instances const& instances() {
        static UErrorCode status = U_ZERO_ERROR;
        static known_instances const all(status);
        return all;
    }

    static std::size_t ascii_prefix(std::string_view text) noexcept {
        std::size_t n = 0;
        while (n < text.size() && static_cast<unsigned char>(text[n]) < 0x80) ++n;
        return n;
    }

    template <class Edit>
    void rewrite_aligned(std::string_view text, scratch& s, Edit& edit) const {
        bool const compose = form_ == normalization_form::nfc || form_ == normalization_form::nfkc;
        detail::aligned_normalization<Edit>(*normalizer_, compose, text, s.aligned, edit).run();
    }

    // The first place at or after `at` where the text can be cut.
    [[nodiscard]] std::size_t boundary_from(std::string_view text, std::size_t at) const {
        if (at == 0) return 0;
        while (at < text.size()) {
            auto const [c, length] = decode_utf8(text, at);
            bool const is_inside = (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
            if (!is_inside && (c < 0x80 || normalizer_->hasBoundaryBefore(static_cast<UChar32>(c)) != 0)) return at;
            at += length;
        }
        return text.size();
    }

    // From `at` on, many characters at once, by ICU.
    template <class Edit>
    void rewrite_plain(std::string_view text, std::size_t at, scratch& s, Edit& edit) const {
        // ICU puts each mark into its place among those before it: more of them in a row than this would be slow.
        constexpr std::size_t many_marks = 64;
        // Text without a character above ASCII is in all four forms, and a letter before an accent may join with it:
        // the piece for ICU begins at the last ASCII character before the first other one.
        std::size_t const begin = at;
        at += ascii_prefix(text.substr(at));
        if (at > begin && at < text.size()) --at;
        if (at > begin) edit.keep(begin, at);
        while (at < text.size()) {
            std::size_t end = at;
            std::size_t bad = 0;  // length of the malformed sequence at `end`
            std::size_t marks = 0;
            std::size_t most_marks = 0;
            while (end < text.size()) {
                auto const [code_point, length] = decode_utf8(text, end);
                if (length == 1 && code_point == replacement_character) {
                    bad = 1;
                    break;
                }
                end += length;
                if ((detail::character_class_of(code_point) & detail::character_class::combining) == 0) {
                    marks = 0;
                } else if (++marks > most_marks) {
                    most_marks = marks;
                }
            }
            std::string_view const piece = text.substr(at, end - at);
            if (most_marks > many_marks) {
                without_places<Edit> out{edit, at};
                rewrite_aligned(piece, s, out);
            } else if (!piece.empty()) {
                s.piece.clear();
                append_normalized(piece, s.piece);
                edit.put(s.piece, at);
            }
            if (bad != 0) edit.keep(end, end + bad);
            at = end + bad;
        }
    }

    // Takes a part of a text for an edit that has no use for places.
    template <class Edit>
    struct without_places {
        static constexpr bool is_plain = false;
        Edit& edit;
        std::size_t begin;
        void put(std::string_view bytes, std::size_t at) { edit.put(bytes, begin + at); }
    };

    void append_normalized(std::string_view text, std::string& out) const {
        // ICU counts in int32_t; a cut is made before an ASCII character, which joins with nothing before it.
        constexpr std::size_t most = std::size_t{1} << 28;
        while (!text.empty()) {
            std::size_t cut = text.size();
            if (cut > most) {
                cut = most;
                while (cut > most / 2 && static_cast<unsigned char>(text[cut]) >= 0x80) --cut;
                while ((static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
            }
            UErrorCode status = U_ZERO_ERROR;
            icu::StringByteSink<std::string> sink(&out);
            icu::StringPiece const piece(text.data(), static_cast<std::int32_t>(cut));
            normalizer_->normalizeUTF8(0, piece, sink, nullptr, status);
            if (U_FAILURE(status)) throw error(error_kind::limit, "normalizer", u_errorName(status));
            text.remove_prefix(cut);
        }
    }

    icu::Normalizer2 const* normalizer_;
    normalization_form form_;
};

static_assert(Normalizer<unicode_normalizer>);

}  // namespace tessera::inline v0
