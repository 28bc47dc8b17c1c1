// The slow twins of word pooling: words letter by letter, one vector a word, no layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/utf8.hpp>
#include <tessera/pool/layouts.hpp>

namespace reference {

using namespace tessera;

/// A word: its units, and the bytes of the text that it came from.
struct pooled_word {
    std::vector<std::int32_t> ids;
    std::size_t begin = 0;
    std::size_t end = 0;
    friend bool operator==(pooled_word const&, pooled_word const&) = default;
};

/// `\s*\S+|\s+$`
inline std::vector<std::string> white_space_words(std::string const& text) {
    std::string const spaces = " \t\n\v\f\r";
    std::vector<std::string> words;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = std::min(text.find_first_not_of(spaces, at), text.size());
        end = std::min(text.find_first_of(spaces, end), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

inline std::string replaced(std::string const& text, std::string const& what, std::string const& by) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        bool const found = text.compare(at, what.size(), what) == 0;
        out += found ? by : text.substr(at, 1);
        at += found ? what.size() : 1;
    }
    return out;
}

/// Python's `strip`.
inline std::string stripped(std::string text) {
    std::vector<std::string> const spaces = {
        "\t",           "\n",           "\v",           "\f",           "\r",
        "\x1C",         "\x1D",         "\x1E",         "\x1F",         " ",
        "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
        "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
        "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
        "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};
    for (bool found = true; found;) {
        found = false;
        for (std::string const& space : spaces) {
            if (text.starts_with(space)) {
                text.erase(0, space.size());
                found = true;
            }
            if (text.ends_with(space)) {
                text.erase(text.size() - space.size());
                found = true;
            }
        }
    }
    return text;
}

/// The paper's code, line by line.
inline std::vector<std::string> paper_words(std::string text) {
    for (std::string const remove : {"\n", "<unk>", "=", "@-@"}) text = replaced(text, remove, " ");
    std::string spaced;
    for (std::size_t at = 0; at < text.size();) {
        std::string match;
        for (std::string const alternative : {"-", "{", "}:", ",", ";", ".", "\n", "!", "'", "--", "?"}) {
            if (match.empty() && text.compare(at, alternative.size(), alternative) == 0) match = alternative;
        }
        spaced += match.empty() ? text.substr(at, 1) : " " + match + " ";
        at += match.empty() ? 1 : match.size();
    }
    std::string collapsed;
    for (char const c : spaced) {
        if (c != ' ' || !collapsed.ends_with(' ')) collapsed += c;
    }
    collapsed = stripped(collapsed);
    std::vector<std::string> words(1);
    for (char const c : collapsed) {
        if (c == ' ') {
            words.emplace_back();
        } else {
            words.back() += c;
        }
    }
    return words;
}

/// Each well-formed character, and each other byte.
inline std::vector<std::string> characters(std::string const& word) {
    std::vector<std::string> all;
    for (std::size_t at = 0; at < word.size();) {
        std::size_t n = 1;
        for (std::size_t length = 2; length <= 4 && at + length <= word.size(); ++length) {
            std::string const part = word.substr(at, length);
            if (count_code_points(part) == 1 && is_valid_utf8(part)) n = length;
        }
        all.push_back(word.substr(at, n));
        at += n;
    }
    return all;
}

/// What a pool makes of one document, if `units` are its words', each with the text of that unit.
inline std::vector<pooled_word> cut_words(std::vector<std::vector<std::pair<std::int32_t, std::string>>> const& words,
                                          std::vector<std::size_t> const& begins, pool_options const& options,
                                          std::int32_t end_of_word) {
    std::vector<pooled_word> out;
    std::size_t const ends = options.end_of_word ? 1 : 0;
    for (std::size_t w = 0; w < words.size(); ++w) {
        pooled_word word;
        word.begin = word.end = begins[w];
        for (auto const& [id, bytes] : words[w]) {
            if (options.canvas != 0 && word.ids.size() + ends == options.canvas) {
                if (options.overlong == overlong_words::truncate) break;
                out.push_back(word);
                word.ids.clear();
                word.begin = word.end;
            }
            word.ids.push_back(id);
            word.end += bytes.size();
        }
        if (options.end_of_word) word.ids.push_back(end_of_word);
        out.push_back(word);
    }
    return out;
}

}  // namespace reference
