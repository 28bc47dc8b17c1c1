// Facts about tokens that are found out while encoding, from several threads at once; and numbers by which a scratch
// knows whose results it remembers.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera::inline v0 {

namespace detail {

/// A number that no other model has, not 0. Copies of a model share it: they are the same model.
[[nodiscard]] inline std::uint64_t next_model_number() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace detail

/// One of three values for each index: nobody knows yet, no, yes. Whoever finds an answer notes it; answers never
/// change, so it does not matter who is first. A copy starts with nothing known.
class lazy_flags {
public:
    enum class state : std::uint8_t { unknown, no, yes };

    explicit lazy_flags(std::size_t n = 0) : states_(n, 0) {}
    lazy_flags(lazy_flags const& other) : states_(other.states_.size(), 0) {}
    lazy_flags(lazy_flags&&) noexcept = default;
    lazy_flags& operator=(lazy_flags const& other) {
        if (this != &other) states_.assign(other.states_.size(), 0);
        return *this;
    }
    lazy_flags& operator=(lazy_flags&&) noexcept = default;
    ~lazy_flags() = default;

    [[nodiscard]] state get(std::size_t i) const noexcept {
        return static_cast<state>(std::atomic_ref(states_[i]).load(std::memory_order_relaxed));
    }
    void note(std::size_t i, bool answer) const noexcept {
        auto const value = static_cast<std::uint8_t>(answer ? state::yes : state::no);
        std::atomic_ref(states_[i]).store(value, std::memory_order_relaxed);
    }

private:
    mutable std::vector<std::uint8_t> states_;
};

}  // namespace tessera::inline v0
