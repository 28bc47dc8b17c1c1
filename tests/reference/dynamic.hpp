// Dynamic tokenization as its authors wrote it: strings in the byte alphabet, all pairs counted anew for each merge. No
// code is shared with the library.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reference {

using namespace tessera;

using spelled_batch = std::vector<std::vector<std::string>>;
using word_batch = std::vector<std::vector<std::optional<int>>>;

struct dynamic_merge {
    std::string left, right;
    std::size_t count;
};

struct dynamic_bpe {
    enum kind { pretokens, word, word_hyphen, sentence };
    kind boundary = pretokens;
    bool guard = true;  ///< special tokens never merge; theirs may
    std::set<std::string> vocabulary;
    std::set<std::string> specials;
    std::function<std::size_t(std::string const&)> count_pretokens;
    std::function<std::size_t(std::string const&)> count_words;

    /// What a token in the byte alphabet stands for. GPT-2's table, from its description: printable Latin-1 is itself,
    /// the other bytes follow from U+0100 in order.
    static std::string bytes_of(std::string const& spelled) {
        static std::vector<std::string> const table = [] {
            std::vector<std::string> spelling(256);
            int next = 256;
            for (int b = 0; b < 256; ++b) {
                bool const itself = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xFF && b != 0xAD);
                int const c = itself ? b : next++;
                if (c < 0x80) {
                    spelling[static_cast<std::size_t>(b)] = std::string(1, static_cast<char>(c));
                } else {
                    spelling[static_cast<std::size_t>(b)] = {static_cast<char>(0xC0 + c / 64),
                                                             static_cast<char>(0x80 + c % 64)};
                }
            }
            return spelling;
        }();
        std::string out;
        for (std::size_t i = 0; i < spelled.size();) {
            for (std::size_t b = 0; b < 256; ++b) {
                if (spelled.compare(i, table[b].size(), table[b]) != 0) continue;
                out += static_cast<char>(b);
                i += table[b].size();
                break;
            }
        }
        return out;
    }

    /// Well-formed as Python's decoder sees it: shortest forms only, no surrogates, no more than U+10FFFF.
    static bool is_utf8(std::string const& s) {
        for (std::size_t i = 0; i < s.size();) {
            auto const first = static_cast<unsigned char>(s[i]);
            std::size_t const n = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
            if (n == 0 || i + n > s.size()) return false;
            unsigned c = n == 1 ? first : first & (0x7FU >> n);
            for (std::size_t k = 1; k < n; ++k) {
                auto const b = static_cast<unsigned char>(s[i + k]);
                if (b < 0x80 || b > 0xBF) return false;
                c = c * 64 + b % 64;
            }
            static constexpr unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
            if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) || first > 0xF7) return false;
            i += n;
        }
        return true;
    }

    [[nodiscard]] bool is_punctuation(std::string const& token) const {
        if (!vocabulary.contains(token)) return false;
        bool has = false;
        for (char const c : token) {
            has = has || std::string_view(R"(.,!?;:()-"'\/`$%&*+<=>@[]^_{|}~)").find(c) != std::string_view::npos;
            if (c >= '0' && c <= '9') return false;
        }
        for (char const* superscript : {"\xC2\xB2", "\xC2\xB3", "\xC2\xB9"}) {
            if (token.find(superscript) != std::string::npos) return false;
        }
        return has;
    }

    [[nodiscard]] bool is_valid(std::string const& a, std::string const& b) const {
        bool const special = specials.contains(a) || specials.contains(b);
        if (guard && special) return false;
        std::string const both = a + b;
        std::vector<std::string> characters;
        for (char const c : both) {
            if (characters.empty() || (static_cast<unsigned char>(c) & 0xC0) != 0x80) characters.emplace_back();
            characters.back() += c;
        }
        static std::set<std::string> const spaces{"\xC4\x89", "\xC4\xA0", "\xC4\x8A"};  // tab, space, newline
        std::size_t n_spaces = 0;
        bool inside = false;
        for (std::size_t i = 0; i < characters.size(); ++i) {
            if (!spaces.contains(characters[i])) continue;
            ++n_spaces;
            inside = inside || i > 0;
        }
        if (inside && (both == "\xC4\x8A\xC4\x8A" || n_spaces != characters.size())) return false;
        if (boundary == sentence) return !special;
        std::string const text = bytes_of(both);
        if (!is_utf8(text)) return true;
        if (boundary == pretokens) return count_pretokens(text) == 1;
        bool const words = count_words(text) == 1 && !special;
        if (boundary == word_hyphen && words && !is_punctuation(a) && is_punctuation(b)) return b == "-";
        return words;
    }

    /// @return  the merges that were made
    std::vector<dynamic_merge> operator()(spelled_batch& batch, word_batch& words, std::size_t max_merges) const {
        std::vector<dynamic_merge> merges;
        while (merges.size() < max_merges) {
            std::vector<dynamic_merge> pairs;  // in the order in which they are seen
            for (auto const& sequence : batch) {
                for (std::size_t i = 0; i + 1 < sequence.size(); ++i) {
                    if (!is_valid(sequence[i], sequence[i + 1])) continue;
                    std::size_t k = 0;
                    while (k < pairs.size() && (pairs[k].left != sequence[i] || pairs[k].right != sequence[i + 1])) ++k;
                    if (k == pairs.size()) pairs.push_back({sequence[i], sequence[i + 1], 0});
                    ++pairs[k].count;
                }
            }
            if (pairs.empty()) break;
            dynamic_merge best = pairs[0];
            for (auto const& pair : pairs) {
                if (pair.count > best.count) best = pair;
            }
            for (std::size_t s = 0; s < batch.size(); ++s) {
                std::vector<std::string> tokens;
                std::vector<std::optional<int>> word_ids;
                for (std::size_t i = 0; i < batch[s].size(); ++i) {
                    bool const here =
                        i + 1 < batch[s].size() && batch[s][i] == best.left && batch[s][i + 1] == best.right;
                    tokens.push_back(here ? best.left + best.right : batch[s][i]);
                    word_ids.push_back(words[s][i]);
                    if (here) ++i;
                }
                batch[s] = tokens;
                words[s] = word_ids;
            }
            merges.push_back(best);
        }
        return merges;
    }
};

}  // namespace reference
