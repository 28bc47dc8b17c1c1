// Added tokens that overlap in a text: which of them is found is not the same in all libraries. Hugging Face's takes
// the leftmost, then the longest; llama.cpp the longest of all, then the next longest in what is left.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/utf8.hpp>

namespace tessera::inline v0::detail {

/// Finds texts in which the two orders find different tokens.
class overlapping_tokens {
public:
    /// @param tokens  distinct and not empty; the texts must outlive this object
    explicit overlapping_tokens(std::vector<std::string_view> tokens) : tokens_(std::move(tokens)), sorted_(tokens_) {
        std::stable_sort(tokens_.begin(), tokens_.end(), [](auto a, auto b) { return a.size() > b.size(); });
        std::sort(sorted_.begin(), sorted_.end());
        for (std::string_view const token : tokens_) by_first_[static_cast<unsigned char>(token[0])].push_back(token);
    }

    /// A text of two tokens that overlap; nothing where they never do in a way that matters. Overlaps nearly always
    /// matter: after a hundred that do not, and after ten million looks, the next is taken to.
    /// @complexity  O(b log n) comparisons, b = bytes and n = number of the tokens, but for those looks
    [[nodiscard]] std::optional<std::string> find() const {
        std::size_t n_tried = 0;
        std::size_t n_looks = 0;
        for (std::string_view const a : tokens_) {
            for (std::size_t at = 1; at < a.size(); ++at) {
                std::string_view const end = a.substr(at);
                for (auto b = std::lower_bound(sorted_.begin(), sorted_.end(), end);
                     b != sorted_.end() && b->starts_with(end); ++b) {
                    bool const is_enough = ++n_looks > 10'000'000;
                    if (!is_enough && (b->size() <= a.size() || (is_run(a) && is_run(*b))))
                        continue;  // the same for runs
                    std::string text = std::string(a.substr(0, at)) + std::string(*b);
                    if (is_enough || ++n_tried > 100 || leftmost_first(text) != longest_first(text)) return text;
                }
            }
        }
        return std::nullopt;
    }

private:
    using places = std::vector<std::pair<std::size_t, std::size_t>>;  // begin and size, in order

    /// One character, again and again.
    [[nodiscard]] static bool is_run(std::string_view token) noexcept {
        std::size_t const length = decode_utf8(token, 0).length;
        return token.substr(length) == token.substr(0, token.size() - length);
    }

    [[nodiscard]] places leftmost_first(std::string_view text) const {
        places out;
        for (std::size_t at = 0; at < text.size();) {
            auto const& here = by_first_[static_cast<unsigned char>(text[at])];
            auto const found = std::find_if(here.begin(), here.end(),
                                            [&](std::string_view token) { return text.substr(at).starts_with(token); });
            if (found != here.end()) out.emplace_back(at, found->size());
            at += found != here.end() ? found->size() : 1;
        }
        return out;
    }

    [[nodiscard]] places longest_first(std::string_view text) const {
        places out;
        std::vector<bool> taken(text.size(), false);
        for (std::string_view const token : tokens_) {
            for (std::size_t at = text.find(token); at != std::string_view::npos; at = text.find(token, at)) {
                auto const begin = taken.begin() + static_cast<std::ptrdiff_t>(at);
                auto const end = begin + static_cast<std::ptrdiff_t>(token.size());
                if (std::find(begin, end, true) != end) {
                    ++at;
                    continue;
                }
                std::fill(begin, end, true);
                out.emplace_back(at, token.size());
                at += token.size();
            }
        }
        std::sort(out.begin(), out.end());
        return out;
    }

    std::vector<std::string_view> tokens_;  // the longest first
    std::vector<std::string_view> sorted_;
    std::array<std::vector<std::string_view>, 256> by_first_;  // byte; the longest first
};

}  // namespace tessera::inline v0::detail
