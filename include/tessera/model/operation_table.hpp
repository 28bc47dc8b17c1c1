// Merges and deletions in the order of training, for models that may take a token apart again (PickyBPE, BoundlessBPE).
//
// What an operation may apply to depends on when it comes: `the` may be made, deleted and made again by other parts. So
// each has an index, and a pair has every index at which it was merged.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <tessera/core/hash.hpp>
#include <tessera/core/huge_pages.hpp>
#include <tessera/core/token.hpp>

namespace tessera::inline v0 {

/// A step of training, to be repeated in encoding: `left right -> result`, or a deletion, which takes `result` apart.
struct merge_operation {
    token_id left = no_token;   ///< no_token: a deletion
    token_id right = no_token;  ///< of a deletion: no_token
    token_id result = no_token;
    std::uint64_t count = 0;  ///< how often the pair occurred; of a deletion 0
    bool completes = false;   ///< some pretoken became one token by it

    [[nodiscard]] bool is_deletion() const noexcept { return left == no_token; }
    friend bool operator==(merge_operation const&, merge_operation const&) = default;
};

/// Operations by what they apply to. Index i is the i-th operation.
class operation_table {
public:
    static constexpr std::uint32_t never = 0xFFFF'FFFFU;

    struct found {
        std::uint32_t index = never;
        token_id result = no_token;
    };

    operation_table() : operation_table(std::span<merge_operation const>()) {}

    /// @pre         fewer than 2^32 - 1 operations
    /// @complexity  linear in the operations; O(r log r) in those that come again
    explicit operation_table(std::span<merge_operation const> operations) : size_(operations.size()) {
        slots_.resize(std::bit_ceil(operations.size() + operations.size() / 2 + 2));
        for (std::uint32_t i = 0; i < operations.size(); ++i) {
            merge_operation const& o = operations[i];
            std::uint64_t const key = key_of(o);
            slot& s = slots_[probe(key)];
            if (s.key == key) {
                again_.emplace_back(key, i);
            } else {
                s = {key, {i, o.result}};
            }
            n_deletions_ += o.is_deletion();
        }
        std::sort(again_.begin(), again_.end());
    }

    /// The first merge of this pair after operation `after`. @param after  never: from the start
    [[nodiscard]] found merge(token_id left, token_id right, std::uint32_t after = never) const noexcept {
        return find(key_of(left, right), after);
    }
    /// The first deletion of this token after operation `after`.
    [[nodiscard]] found deletion(token_id token, std::uint32_t after = never) const noexcept {
        if (n_deletions_ == 0) return {};
        return find(key_of(no_token, token), after);
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t n_deletions() const noexcept { return n_deletions_; }

private:
    static constexpr std::uint64_t empty = ~std::uint64_t{0};
    struct slot {
        std::uint64_t key = empty;
        found first = {};
    };

    // No pair has no_token on its left.
    static std::uint64_t key_of(token_id left, token_id right) noexcept { return std::uint64_t{left} << 32 | right; }
    static std::uint64_t key_of(merge_operation const& o) noexcept {
        return o.is_deletion() ? key_of(no_token, o.result) : key_of(o.left, o.right);
    }

    [[nodiscard]] std::size_t probe(std::uint64_t key) const noexcept {
        std::size_t const mask = slots_.size() - 1;
        std::size_t i = hash_key(key) & mask;
        while (slots_[i].key != key && slots_[i].key != empty) i = (i + 1) & mask;
        return i;
    }

    [[nodiscard]] found find(std::uint64_t key, std::uint32_t after) const noexcept {
        slot const& s = slots_[probe(key)];
        if (s.key == empty || after == never || s.first.index > after) return s.first;
        auto const next = std::lower_bound(again_.begin(), again_.end(), std::pair(key, after + 1));
        if (next == again_.end() || next->first != key) return {};
        return {next->second, s.first.result};
    }

    huge_page_vector<slot> slots_;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> again_;  // operations that are not the first of their kind
    std::size_t size_ = 0;
    std::size_t n_deletions_ = 0;
};

}  // namespace tessera::inline v0
