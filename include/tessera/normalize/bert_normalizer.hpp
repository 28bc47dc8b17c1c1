// BertNormalizer. Source: tokenizers/src/normalizers/bert.rs of Hugging Face's tokenizers 0.23.3, which follows
// Google's BERT (tokenization.py, BasicTokenizer).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/utf8.hpp>
#include <tessera/normalize/detail/character_class.hpp>
#include <tessera/normalize/detail/rewriting.hpp>
#include <tessera/normalize/edit.hpp>
#include <tessera/normalize/unicode_normalizer.hpp>

namespace tessera::inline v0 {

struct bert_normalizer_options {
    bool clean_text = true;             ///< removes controls, makes a space of white space
    bool handle_chinese_chars = true;   ///< puts spaces around ideographs
    std::optional<bool> strip_accents;  ///< decomposes (NFD), removes nonspacing marks; none: as `lowercase`
    bool lowercase = true;
    friend bool operator==(bert_normalizer_options const&, bert_normalizer_options const&) = default;
};

/// Four steps, each of which may be left out. "Controls" and "nonspacing marks" are those of the crate
/// unicode_categories 0.1 (an old Unicode; U+0000 and U+FFFD are removed too), "lowercase" is Rust's. A byte that is
/// not UTF-8 is removed by `clean_text`, because U+FFFD is, and stays otherwise. Linear time.
class bert_normalizer {
public:
    using options_type = bert_normalizer_options;
    static constexpr std::string_view type = "BertNormalizer";

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("clean_text", o.clean_text);
        f("handle_chinese_chars", o.handle_chinese_chars);
        f("strip_accents", o.strip_accents);
        f("lowercase", o.lowercase);
    }

    /// @throws error  unsupported: ICU's data files are missing
    explicit bert_normalizer(options_type options = {}) : options_(options), nfd_(normalization_form::nfd) {}

    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    friend bool operator==(bert_normalizer const& a, bert_normalizer const& b) noexcept {
        return a.options_ == b.options_;
    }

    struct scratch {
        std::string run;                  // a part that NFD has to see, cleaned
        std::vector<std::size_t> places;  // of the bytes of `run`
        std::string decomposed;
        unicode_normalizer::scratch nfd;
    };

    template <class Edit>
    void rewrite(std::string_view text, scratch& s, Edit& edit) const {
        bool const strip_accents = options_.strip_accents.value_or(options_.lowercase);
        s.run.clear();
        s.places.clear();
        detail::run_writer<Edit> out(text, edit);
        for (std::size_t at = 0; at < text.size();) {
            auto const [c, length] = decode_utf8(text, at);
            std::size_t const end = at + length;
            std::uint8_t const flags = detail::character_class_of(c);
            if (options_.clean_text && (flags & flag::control) != 0) {
                out.remove(at, end);
            } else if (options_.clean_text && (flags & flag::space) != 0) {
                if (!s.run.empty()) finish_run(s, edit);
                if (c != ' ') out.replace(at, end, " ");
            } else if (strip_accents && c >= first_hangul && c <= last_hangul) {
                if (!s.run.empty()) finish_run(s, edit);
                put_jamo(c, at, end, out, edit);
            } else if (strip_accents && (flags & flag::nfd_active) != 0) {
                // What is removed above ends no run: the marks on both sides of it are sorted as one.
                bool const spaced = options_.handle_chinese_chars && (flags & flag::chinese) != 0;
                out.remove(at, end);
                if (spaced) add_to_run<Edit>(" ", at, s);
                add_to_run<Edit>(text.substr(at, length), at, s);
                if (spaced) add_to_run<Edit>(" ", at, s);
            } else {
                if (!s.run.empty()) finish_run(s, edit);
                if (strip_accents && (flags & flag::nonspacing_mark) != 0) {
                    out.remove(at, end);
                } else if (flags != 0) {  // most characters stay
                    put(text, c, flags, at, end, out, edit);
                }
            }
            at = end;
        }
        if (!s.run.empty()) finish_run(s, edit);
        out.finish();
    }

private:
    using flag = detail::character_class;

    // Syllables are all that Korean has for NFD, and need no tables (The Unicode Standard, 3.12).
    static constexpr char32_t first_hangul = 0xAC00;
    static constexpr char32_t last_hangul = 0xD7A3;

    template <class Edit>
    static void put_jamo(char32_t c, std::size_t at, std::size_t end, detail::run_writer<Edit>& out, Edit& edit) {
        char32_t const syllable = c - first_hangul;
        out.replace(at, end, detail::encoded_character(0x1100 + syllable / 588).view());
        edit.put(detail::encoded_character(0x1161 + syllable % 588 / 28).view(), at);
        if (syllable % 28 != 0) edit.put(detail::encoded_character(0x11A7 + syllable % 28).view(), at);
    }

    // A character that NFD does not touch.
    template <class Edit>
    void put(std::string_view text, char32_t c, std::uint8_t flags, std::size_t at, std::size_t end,
             detail::run_writer<Edit>& out, Edit& edit) const {
        if (options_.handle_chinese_chars && (flags & flag::chinese) != 0) {
            out.replace(at, end, " ");
            edit.put(text.substr(at, end - at), at);
            edit.put(" ", at);
        } else if (options_.lowercase && (flags & flag::upper) != 0) {
            out.replace(at, end, detail::encoded_character(detail::first_of_lowercase(c)).view());
            if (c == detail::capital_i_with_dot) edit.put(detail::encoded_character(detail::dot_above).view(), at);
        }
    }

    template <class Edit>
    static void add_to_run(std::string_view bytes, std::size_t at, scratch& s) {
        s.run.append(bytes);
        if constexpr (!Edit::is_plain) s.places.insert(s.places.end(), bytes.size(), at);
    }

    template <class Edit>
    void finish_run(scratch& s, Edit& edit) const {
        if constexpr (Edit::is_plain) {
            plain_edit decomposed(s.run, s.decomposed);
            nfd_.rewrite(s.run, s.nfd, decomposed);
            put_without_marks(s.decomposed, 0, edit);
        } else {
            through_nfd<Edit> decomposed{*this, s, edit};
            nfd_.rewrite(s.run, s.nfd, decomposed);
        }
        s.run.clear();
        s.places.clear();
    }

    // Takes what NFD makes of a run, one character at a time.
    template <class Edit>
    struct through_nfd {
        static constexpr bool is_plain = false;
        bert_normalizer const& self;
        scratch const& s;
        Edit& edit;
        void keep(std::size_t begin, std::size_t end) {
            self.put_without_marks(std::string_view(s.run).substr(begin, end - begin), s.places[begin], edit);
        }
        void put(std::string_view bytes, std::size_t at) { self.put_without_marks(bytes, s.places[at], edit); }
    };

    // `bytes` is decomposed; all of it stands for `place`.
    template <class Edit>
    void put_without_marks(std::string_view bytes, std::size_t place, Edit& edit) const {
        for (std::size_t at = 0; at < bytes.size();) {
            auto const [c, length] = decode_utf8(bytes, at);
            std::uint8_t const flags = detail::character_class_of(c);
            if ((flags & flag::nonspacing_mark) != 0) {
            } else if (options_.lowercase && (flags & flag::upper) != 0) {
                edit.put(detail::encoded_character(detail::first_of_lowercase(c)).view(), place);
            } else {
                edit.put(bytes.substr(at, length), place);
            }
            at += length;
        }
    }

    options_type options_;
    unicode_normalizer nfd_;
};

}  // namespace tessera::inline v0
