// The loops in which matching pursuit spends its time, for the processor at hand, chosen when the program runs.
#pragma once

#include <cstddef>

#include <tessera/transplant/detail/avx2_kernels.hpp>
#include <tessera/transplant/detail/avx512_kernels.hpp>
#include <tessera/transplant/detail/kernel_set.hpp>
#include <tessera/transplant/detail/plain_kernels.hpp>

namespace tessera::inline v0::transplant::detail {

/// Those that this processor can run, the slowest first: for tests.
[[nodiscard]] inline std::size_t find_kernels(kernel_set const** sets) noexcept {
    std::size_t n = 0;
    sets[n++] = &plain::kernels;
#if TESSERA_HAS_X86_KERNELS
    bool const has_avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
    if (has_avx2) sets[n++] = &avx2::kernels;
    if (has_avx2 && __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
        __builtin_cpu_supports("avx512vnni") != 0) {
        sets[n++] = &avx512::kernels;
    }
#endif
    return n;
}

/// At most this many sets are found.
inline constexpr std::size_t most_kernel_sets = 3;

/// The fastest.
[[nodiscard]] inline kernel_set const& processor_kernels() noexcept {
    static kernel_set const* const fastest = [] {
        kernel_set const* sets[most_kernel_sets];
        return sets[find_kernels(sets) - 1];
    }();
    return *fastest;
}

}  // namespace tessera::inline v0::transplant::detail
