// A vector whose `resize` writes nothing: for arrays of numbers that are about to be written anyway, from several
// threads perhaps. Large ones lie on large pages.
#pragma once

#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include <tessera/core/huge_pages.hpp>

namespace tessera::inline v0 {

/// Leaves elements that are made without a value as they are.
template <class T>
class uninitialized_allocator : public huge_page_allocator<T> {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_default_constructible_v<T>);

public:
    using value_type = T;
    uninitialized_allocator() = default;
    template <class U>
    uninitialized_allocator(uninitialized_allocator<U> const&) noexcept {}

    template <class U>
    void construct(U* at) noexcept {
        ::new (static_cast<void*>(at)) U;
    }
    template <class U, class... Arguments>
    void construct(U* at, Arguments&&... arguments) {
        ::new (static_cast<void*>(at)) U(std::forward<Arguments>(arguments)...);
    }
};

template <class T>
using uninitialized_vector = std::vector<T, uninitialized_allocator<T>>;

}  // namespace tessera::inline v0
