// Large tables on large pages: a table of 16 MiB is 4,096 pages of 4 KiB or 8 of 2 MiB. The system hands out each page
// at its first use, and the processor has to find each in its own table at every lookup far from the last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace tessera::inline v0 {

inline constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;

/// Asks for large pages for what of this memory has not been used yet; does nothing where the system has none.
inline void prefer_huge_pages(void const* begin, std::size_t bytes) noexcept {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (begin == nullptr || bytes < huge_page_bytes) return;
    auto const first = (reinterpret_cast<std::uintptr_t>(begin) + huge_page_bytes - 1) / huge_page_bytes;
    auto const last = (reinterpret_cast<std::uintptr_t>(begin) + bytes) / huge_page_bytes;
    if (first >= last) return;
    // A wish: if it is not granted, all works as before.
    (void)::madvise(reinterpret_cast<void*>(first * huge_page_bytes), (last - first) * huge_page_bytes, MADV_HUGEPAGE);
#else
    (void)begin;
    (void)bytes;
#endif
}

/// Fetches the pages of memory that is about to be used, all of it: one call where each page would be an interruption.
inline void populate_pages(void* begin, std::size_t bytes) noexcept {
#if defined(__linux__) && defined(MADV_POPULATE_WRITE)
    constexpr std::uintptr_t page = 4096;  // where they are larger, the call is refused, and all works as before
    auto const first = (reinterpret_cast<std::uintptr_t>(begin) + page - 1) / page * page;
    auto const last = (reinterpret_cast<std::uintptr_t>(begin) + bytes) / page * page;
    if (first < last) (void)::madvise(reinterpret_cast<void*>(first), last - first, MADV_POPULATE_WRITE);
#else
    (void)begin;
    (void)bytes;
#endif
}

/// An allocator for tables that may become large. Small ones are as from std::allocator.
template <class T>
class huge_page_allocator {
    static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);

public:
    using value_type = T;
    huge_page_allocator() = default;
    template <class U>
    huge_page_allocator(huge_page_allocator<U> const&) noexcept {}

    [[nodiscard]] T* allocate(std::size_t n) {
        if (n > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_array_new_length();
        if (!is_large(n)) return static_cast<T*>(::operator new(n * sizeof(T)));
        void* const memory = ::operator new(n * sizeof(T), std::align_val_t{huge_page_bytes});
        prefer_huge_pages(memory, n * sizeof(T));
        return static_cast<T*>(memory);
    }
    void deallocate(T* memory, std::size_t n) noexcept {
        if (!is_large(n)) return ::operator delete(memory);
        ::operator delete(memory, std::align_val_t{huge_page_bytes});
    }

    friend bool operator==(huge_page_allocator const&, huge_page_allocator const&) noexcept { return true; }

private:
    static bool is_large(std::size_t n) noexcept { return n >= huge_page_bytes / sizeof(T); }
};

template <class T>
using huge_page_vector = std::vector<T, huge_page_allocator<T>>;

}  // namespace tessera::inline v0
