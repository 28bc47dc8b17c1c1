// Numbers 64-bit keys in the order in which they are met. Emptied in constant time, so that a small batch behind a
// large one does not pay for it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tessera/core/hash.hpp>

namespace tessera::inline v0::dynamic::detail {

class key_index {
public:
    struct entry {
        std::uint32_t* value;  ///< valid until the next call
        bool is_new;           ///< the value is not set yet
    };

    /// Open addressing, at most half full.
    entry operator[](std::uint64_t key) {
        if (2 * (n_ + 1) > slots_.size()) grow();
        std::size_t const mask = slots_.size() - 1;
        for (std::size_t i = hash_key(key) & mask;; i = (i + 1) & mask) {
            slot& s = slots_[i];
            if (s.round != round_) {
                s = {key, 0, round_};
                ++n_;
                return {&s.value, true};
            }
            if (s.key == key) return {&s.value, false};
        }
    }

    void clear() {
        n_ = 0;
        if (++round_ == 0) {
            std::fill(slots_.begin(), slots_.end(), slot{});
            round_ = 1;
        }
    }

private:
    struct slot {
        std::uint64_t key = 0;
        std::uint32_t value = 0;
        std::uint32_t round = 0;  // of an older one: free
    };

    void grow() {
        std::vector<slot> old(slots_.empty() ? 64 : 2 * slots_.size());
        old.swap(slots_);
        std::size_t const mask = slots_.size() - 1;
        for (slot const& s : old) {
            if (s.round != round_) continue;
            std::size_t i = hash_key(s.key) & mask;
            while (slots_[i].round == round_) i = (i + 1) & mask;
            slots_[i] = s;
        }
    }

    std::vector<slot> slots_;
    std::size_t n_ = 0;
    std::uint32_t round_ = 1;
};

}  // namespace tessera::inline v0::dynamic::detail
