// A small random generator whose numbers are the same everywhere: the standard library's engines are, its
// distributions are not.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::inline v0 {

/// SplitMix64. Copyable; two with the same seed give the same numbers.
/// @par Source  Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators"
class split_mix {
public:
    explicit constexpr split_mix(std::uint64_t seed) noexcept : state_(seed) {}

    /// 64 random bits.
    constexpr std::uint64_t next() noexcept {
        state_ += 0x9E37'79B9'7F4A'7C15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EBULL;
        return z ^ (z >> 31);
    }

    /// In [0, 1), a multiple of 2^-53.
    constexpr double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }

    /// In [0, n). The remainder favours no number by more than n / 2^64. @pre n > 0
    constexpr std::uint64_t below(std::uint64_t n) noexcept { return next() % n; }

private:
    std::uint64_t state_;
};

static_assert(split_mix(1234567).next() == 6457827717110365317ULL);

}  // namespace tessera::inline v0
