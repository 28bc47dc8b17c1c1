// SentencePiece's own normalization, for .model files. It differs from what Hugging Face's tokenizers do with the same
// character map (precompiled_normalizer.hpp): the longest key counts, wherever graphemes end.
// Source: sentencepiece src/normalizer.cc, Normalizer::Normalize and NormalizePrefix, version 0.2.1.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/packed_trie.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/normalize/charsmap.hpp>
#include <tessera/normalize/detail/rewriting.hpp>

namespace tessera::inline v0 {

/// Fields of NormalizerSpec and TrainerSpec in a .model file, under their names there.
struct sentencepiece_normalizer_options {
    std::string precompiled_charsmap;  ///< as `charsmap` reads it, not in base64; empty: no character is replaced
    bool add_dummy_prefix = true;
    bool remove_extra_whitespaces = true;
    bool escape_whitespaces = true;
    bool treat_whitespace_as_suffix = false;
    std::vector<std::string> user_defined_symbols = {};  ///< kept as they are where they stand in the text
    friend bool operator==(sentencepiece_normalizer_options const&, sentencepiece_normalizer_options const&) = default;
};

/// Replaces by the longest key, joins and removes spaces, adds the dummy space, writes spaces as U+2581. A byte that is
/// not UTF-8 becomes U+FFFD. The text it makes is the text SentencePiece segments.
/// Not a component of tokenizer.json, so it has no `describe`.
class sentencepiece_normalizer {
public:
    using options_type = sentencepiece_normalizer_options;
    static constexpr std::string_view type = "SentencePiece";

    /// @throws error  syntax, limit: the character map is broken, see charsmap
    explicit sentencepiece_normalizer(options_type options = {}) : options_(std::move(options)) {
        if (!options_.precompiled_charsmap.empty()) map_ = charsmap(options_.precompiled_charsmap);
        std::vector<packed_trie::entry> symbols;
        for (std::string const& symbol : options_.user_defined_symbols) symbols.emplace_back(symbol, 0);
        symbols_ = packed_trie(std::move(symbols));
    }

    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    friend bool operator==(sentencepiece_normalizer const& a, sentencepiece_normalizer const& b) noexcept {
        return a.options_ == b.options_;
    }

    struct scratch {
        std::string text;
        std::vector<std::size_t> places;  // of the bytes of `text`
    };

    /// Places are those of SentencePiece's norm_to_orig; a space put at the end stands for the last part of the text,
    /// or for the spaces removed there. Linear in text.size() x (the longest user-defined symbol, or
    /// charsmap::longest_key).
    template <class Edit>
    void rewrite(std::string_view text, scratch& s, Edit& edit) const {
        s.text.clear();
        s.places.clear();
        bool const remove_extra = options_.remove_extra_whitespaces;
        std::size_t at = 0;
        if (remove_extra) {
            while (at < text.size()) {
                auto const [bytes, length] = next_part(text, at);
                if (bytes != " ") break;
                at += length;
            }
        }
        if (at == text.size()) return;  // also an empty text: no dummy space

        std::size_t const until = detail::places_until(edit);
        auto const add = [&s, until](std::string_view bytes, std::size_t place) {
            s.text.append(bytes);
            if (place < until) s.places.insert(s.places.end(), bytes.size(), place);
        };
        bool const dummy = options_.add_dummy_prefix;
        if (dummy && !options_.treat_whitespace_as_suffix) add(space(), at);
        bool after_space = remove_extra;
        std::size_t last = at;
        while (at < text.size()) {
            last = at;
            if (std::size_t const end = end_of_kept(text, at); end > at && at >= until) {
                add(text.substr(at, end - at), at);
                after_space = false;
                last = end - 1;
                at = end;
                continue;
            }
            auto [bytes, length] = next_part(text, at);
            if (after_space) bytes.remove_prefix(std::min(bytes.find_first_not_of(' '), bytes.size()));
            if (!bytes.empty()) {
                after_space = remove_extra && bytes.back() == ' ';
                while (!bytes.empty()) {
                    std::size_t const plain = std::min(bytes.find(' '), bytes.size());
                    add(bytes.substr(0, plain), at);
                    bytes.remove_prefix(plain);
                    if (bytes.empty()) break;
                    add(space(), at);
                    bytes.remove_prefix(1);
                }
            }
            at += length;
        }
        if (remove_extra) {
            while (s.text.ends_with(space())) s.text.resize(s.text.size() - space().size());
        }
        if (s.places.size() > s.text.size()) {
            last = s.places[s.text.size()];  // where the removed spaces began
            s.places.resize(s.text.size());
        }
        if (dummy && options_.treat_whitespace_as_suffix) add(space(), last);
        put(s, last, edit);
    }

private:
    // Where the characters from `at` on end that surely stay: no space, and no key begins with one of them.
    [[nodiscard]] std::size_t end_of_kept(std::string_view text, std::size_t at) const noexcept {
        while (at + 1 < text.size() && text[at] != ' ' && map_.keeps_ascii(text[at]) &&
               static_cast<unsigned char>(text[at + 1]) < 0x80 && !symbols_.may_begin_at(text, at)) {
            ++at;
        }
        return at;
    }

    struct part {
        std::string_view bytes;
        std::size_t length;  // bytes of the text that they replace
    };

    [[nodiscard]] part next_part(std::string_view text, std::size_t at) const {
        if (symbols_.may_begin_at(text, at)) {
            auto const symbol = symbols_.longest_match(text, at);
            if (symbol.value != packed_trie::absent) return {text.substr(at, symbol.length), symbol.length};
        }
        charsmap::match const found = map_.longest_match(text.substr(at));
        if (found.length != 0) return {found.replacement, found.length};
        auto const [c, length] = decode_utf8(text, at);
        if (length == 1 && c == replacement_character) return {"\xEF\xBF\xBD", 1};
        return {text.substr(at, length), length};
    }

    [[nodiscard]] std::string_view space() const noexcept { return options_.escape_whitespaces ? "\xE2\x96\x81" : " "; }

    // What has no place recorded comes after what has, and its place makes no difference: `last`, then.
    template <class Edit>
    static void put(scratch const& s, std::size_t last, Edit& edit) {
        std::string_view const text = s.text;
        std::size_t begin = 0;
        while (begin < s.places.size()) {
            std::size_t end = begin + 1;
            while (end < s.places.size() && s.places[end] == s.places[begin]) ++end;
            edit.put(text.substr(begin, end - begin), s.places[begin]);
            begin = end;
        }
        if (begin < text.size()) edit.put(text.substr(begin), last);
    }

    options_type options_;
    charsmap map_;
    packed_trie symbols_;
};

}  // namespace tessera::inline v0
