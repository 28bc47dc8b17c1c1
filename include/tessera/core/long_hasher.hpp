// The hash of bytes that are not side by side.
#pragma once

#include <string_view>

#include <tessera/core/hash.hpp>

namespace tessera::inline v0 {

/// long_hash_of all that was added, put together.
class long_hasher {
public:
    long_hasher() noexcept { XXH3_128bits_reset(&state_); }
    void add(std::string_view bytes) noexcept { XXH3_128bits_update(&state_, bytes.data(), bytes.size()); }
    [[nodiscard]] long_hash result() const noexcept {
        XXH128_hash_t const hash = XXH3_128bits_digest(&state_);
        return {hash.high64, hash.low64};
    }

private:
    XXH3_state_t state_;
};

}  // namespace tessera::inline v0
