// What llama.cpp does to a text before its unigram model (T5): much as SentencePiece, and yet not the same.
// Source: llama.cpp src/llama-vocab.cpp, llm_tokenizer_ugm_session::normalize and normalize_prefix, commit 00ad355e.
// Neighbour: sentencepiece_normalizer.hpp.
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

namespace tessera::inline v0 {

/// Fields of a GGUF file, under llama.cpp's names.
struct llama_cpp_normalizer_options {
    std::string precompiled_charsmap = {};  ///< as `charsmap` reads it; empty: no character is replaced
    bool add_space_prefix = false;
    bool remove_extra_whitespaces = false;
    bool escape_whitespaces = true;
    std::vector<std::string> user_defined_tokens = {};
    friend bool operator==(llama_cpp_normalizer_options const&, llama_cpp_normalizer_options const&) = default;
};

/// Replaces by the longest key, adds a space in front, joins spaces. Differs from SentencePiece: the space in front
/// comes with the first character that is no space, so a text of spaces has none; where spaces are joined there is one
/// in front always; not only user-defined tokens stay as they are, but whatever one of them begins with.
/// Not a component of tokenizer.json, so it has no `describe`.
class llama_cpp_normalizer {
public:
    using options_type = llama_cpp_normalizer_options;
    static constexpr std::string_view type = "llama.cpp";

    /// @throws error  syntax, limit: the character map is broken, see charsmap
    explicit llama_cpp_normalizer(options_type options = {}) : options_(std::move(options)) {
        if (!options_.precompiled_charsmap.empty()) map_ = charsmap(options_.precompiled_charsmap);
        std::vector<packed_trie::entry> tokens;
        for (std::string const& token : options_.user_defined_tokens) tokens.emplace_back(token, 0);
        kept_ = packed_trie(std::move(tokens));
    }

    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    friend bool operator==(llama_cpp_normalizer const& a, llama_cpp_normalizer const& b) noexcept {
        return a.options_ == b.options_;
    }

    struct scratch {};

    /// Linear in text.size() x (the longest user-defined token, or charsmap::longest_key).
    template <class Edit>
    void rewrite(std::string_view text, scratch& /*s*/, Edit& edit) const {
        std::string_view const space = options_.escape_whitespaces ? "\xE2\x96\x81" : " ";
        bool const joins = options_.remove_extra_whitespaces;
        bool has_space = !options_.add_space_prefix;
        bool in_word = false;
        for (std::size_t at = 0; at < text.size();) {
            auto [bytes, length] = next_part(text, at);
            while (!bytes.empty()) {
                if (bytes.front() == ' ') {
                    in_word = false;
                    if (!joins) edit.put(space, at);
                    bytes.remove_prefix(1);
                    continue;
                }
                if (!in_word && (joins || !has_space)) {
                    edit.put(space, at);
                    has_space = true;
                }
                in_word = true;
                std::size_t const end = std::min(bytes.find(' '), bytes.size());
                edit.put(bytes.substr(0, end), at);
                bytes.remove_prefix(end);
            }
            at += length;
        }
    }

private:
    struct part {
        std::string_view bytes;
        std::size_t length;  // bytes of the text that they replace
    };

    [[nodiscard]] part next_part(std::string_view text, std::size_t at) const {
        if (std::size_t const kept = kept_.longest_beginning(text, at); kept != 0) return {text.substr(at, kept), kept};
        charsmap::match const found = map_.longest_match(text.substr(at));
        if (found.length != 0) return {found.replacement, found.length};
        auto const [c, length] = decode_utf8(text, at);
        if (length == 1 && c == replacement_character) return {"\xEF\xBF\xBD", 1};
        return {text.substr(at, length), length};
    }

    options_type options_;
    charsmap map_;
    packed_trie kept_;
};

}  // namespace tessera::inline v0
