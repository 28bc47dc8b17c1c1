// A part of a const object that few need and that takes time to make: made when it is first asked for.
#pragma once

#include <atomic>
#include <utility>

namespace tessera::inline v0 {

/// May be asked by many threads. Two that ask first at the same time both make it, and one of the two results stays: so
/// what is made must depend on nothing that changes.
template <class T>
class made_on_use {
public:
    made_on_use() = default;
    made_on_use(made_on_use const& other) : made_(other.copy()) {}
    made_on_use(made_on_use&& other) noexcept : made_(other.made_.exchange(nullptr)) {}
    made_on_use& operator=(made_on_use other) noexcept {
        made_.store(other.made_.exchange(made_.load()));
        return *this;
    }
    ~made_on_use() { delete made_.load(); }

    /// @param make  returns a T
    template <class Make>
    [[nodiscard]] T const& get(Make&& make) const {
        T const* found = made_.load(std::memory_order_acquire);
        if (found != nullptr) return *found;
        T const* const fresh = new T(std::forward<Make>(make)());
        if (made_.compare_exchange_strong(found, fresh, std::memory_order_acq_rel, std::memory_order_acquire)) {
            return *fresh;
        }
        delete fresh;
        return *found;
    }

private:
    [[nodiscard]] T const* copy() const {
        T const* const made = made_.load(std::memory_order_acquire);
        return made == nullptr ? nullptr : new T(*made);
    }

    mutable std::atomic<T const*> made_{nullptr};
};

}  // namespace tessera::inline v0
