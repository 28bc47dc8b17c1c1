// A vocabulary while it is trained: ids are the order in which tokens came, and a deleted token leaves no gap.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tessera/core/token.hpp>

namespace tessera::inline v0::detail {

class ordered_tokens {
public:
    struct entry {
        token_id symbol;
        bool is_super;
    };

    /// Adds a token at the end, unless it is there.
    void add(token_id symbol, bool is_super) {
        if (symbol >= place_.size()) place_.resize(std::size_t{symbol} + 1, none);
        if (place_[symbol] != none) return;
        place_[symbol] = entries_.size();
        entries_.push_back({symbol, is_super});
        ++size_;
    }
    void remove(token_id symbol) {
        if (!contains(symbol)) return;
        entries_[place_[symbol]].symbol = no_token;
        place_[symbol] = none;
        --size_;
    }
    [[nodiscard]] bool contains(token_id symbol) const noexcept {
        return symbol < place_.size() && place_[symbol] != none;
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// The tokens in order.
    [[nodiscard]] std::vector<entry> list() const {
        std::vector<entry> out;
        out.reserve(size_);
        std::ranges::copy_if(entries_, std::back_inserter(out), [](entry const& e) { return e.symbol != no_token; });
        return out;
    }

private:
    static constexpr std::size_t none = ~std::size_t{0};
    std::vector<entry> entries_;
    std::vector<std::size_t> place_;  // by symbol
    std::size_t size_ = 0;
};

}  // namespace tessera::inline v0::detail
