// The tokens a training run has made so far, and the orders in which equally frequent pairs may be taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/train/detail/pair_counts.hpp>

namespace tessera::inline v0::detail {

/// Bytes, length in symbols, and the id of each string.
struct training_tokens {
    std::vector<std::string> bytes;
    std::vector<std::uint32_t> lengths;
    std::unordered_map<std::string, token_id> ids;  // tokens that a merge may arrive at

    [[nodiscard]] token_id find(std::string const& text) const {
        auto const at = ids.find(text);
        return at == ids.end() ? no_token : at->second;
    }

    token_id add(std::string text, std::uint32_t length, bool findable = true) {
        auto const id = static_cast<token_id>(bytes.size());
        if (findable) ids.emplace(text, id);
        bytes.push_back(std::move(text));
        lengths.push_back(length);
        return id;
    }
};

// Compares a + b with c + d, without joining them: negative, zero, positive.
inline int compare_joined(std::string_view a, std::string_view b, std::string_view c, std::string_view d) noexcept {
    std::size_t const n = a.size() + b.size();
    std::size_t const m = c.size() + d.size();
    for (std::size_t i = 0; i < n && i < m; ++i) {
        auto const left = static_cast<unsigned char>(i < a.size() ? a[i] : b[i - a.size()]);
        auto const right = static_cast<unsigned char>(i < c.size() ? c[i] : d[i - c.size()]);
        if (left != right) return left < right ? -1 : 1;
    }
    return n == m ? 0 : n < m ? -1 : 1;
}

/// The smaller (left id, right id) first.
struct ids_first {
    training_tokens const* tokens = nullptr;
    bool operator()(symbol_pair a, symbol_pair b) const noexcept { return a < b; }
};

/// The result smaller in byte order first; of two ways to the same result the one with the shorter left part.
struct bytes_first {
    training_tokens const* tokens;
    bool operator()(symbol_pair a, symbol_pair b) const noexcept {
        auto const& t = tokens->bytes;
        int const order = compare_joined(t[left_of(a)], t[right_of(a)], t[left_of(b)], t[right_of(b)]);
        if (order != 0) return order < 0;
        if (t[left_of(a)].size() != t[left_of(b)].size()) return t[left_of(a)].size() < t[left_of(b)].size();
        return a < b;
    }
};

/// The shorter result, in symbols, first; then as bytes_first.
struct shorter_first {
    training_tokens const* tokens;
    bool operator()(symbol_pair a, symbol_pair b) const noexcept {
        std::uint32_t const n = tokens->lengths[left_of(a)] + tokens->lengths[right_of(a)];
        std::uint32_t const m = tokens->lengths[left_of(b)] + tokens->lengths[right_of(b)];
        return n != m ? n < m : bytes_first{tokens}(a, b);
    }
};

}  // namespace tessera::inline v0::detail
