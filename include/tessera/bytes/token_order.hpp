// Tokens sorted by their bytes: those that begin alike stand together.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>

namespace tessera::inline v0 {

/// An immutable list of tokens by bytes, then by id. A range of it that begins with some bytes has the tokens of just
/// these bytes first, several if there are several, and then those that have more.
class token_order {
public:
    /// Places in the list: [begin, end).
    struct range {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        [[nodiscard]] bool empty() const noexcept { return begin == end; }
        [[nodiscard]] std::size_t size() const noexcept { return end - begin; }
        friend bool operator==(range, range) = default;
    };

    /// @param vocab     outlives this
    /// @param contains  id -> whether it is listed; asked for tokens that have bytes
    /// @complexity      sorting
    template <class Contains>
    token_order(vocabulary const& vocab, Contains&& contains) : vocab_(&vocab), places_(vocab.size(), none) {
        for (token_id id = 0; id < vocab.size(); ++id) {
            if (!vocab.bytes(id).empty() && contains(id)) ids_.push_back(id);
        }
        std::stable_sort(ids_.begin(), ids_.end(),
                         [&](token_id a, token_id b) { return vocab.bytes(a) < vocab.bytes(b); });
        for (std::uint32_t i = 0; i < ids_.size(); ++i) {
            places_[ids_[i]] = i;
            longest_ = std::max(longest_, vocab.bytes(ids_[i]).size());
        }
        std::uint32_t at = 0;
        for (std::size_t byte = 0; byte < 256; ++byte) {
            first_byte_[byte] = at;
            while (at < ids_.size() && byte_of(at, 0) == byte) ++at;
        }
        first_byte_[256] = at;
    }

    static constexpr std::uint32_t none = 0xFFFF'FFFFU;

    [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }
    [[nodiscard]] range all() const noexcept { return {0, static_cast<std::uint32_t>(ids_.size())}; }
    [[nodiscard]] std::vector<token_id> const& ids() const noexcept { return ids_; }
    [[nodiscard]] token_id id(std::size_t place) const noexcept { return ids_[place]; }
    [[nodiscard]] std::string_view bytes(std::size_t place) const noexcept { return vocab_->bytes(ids_[place]); }
    /// `none` if it is not listed. @pre id is in the vocabulary
    [[nodiscard]] std::uint32_t place_of(token_id id) const noexcept { return places_[id]; }
    /// Length of the longest token, in bytes.
    [[nodiscard]] std::size_t longest() const noexcept { return longest_; }

    /// Those of the range whose byte number `depth` is `byte`.
    /// @pre         all of `r` are alike in their first `depth` bytes
    /// @complexity  O(log n); O(1) for the first byte of all
    [[nodiscard]] range narrow(range r, std::size_t depth, unsigned char byte) const noexcept {
        if (depth == 0 && r == all()) return {first_byte_[byte], first_byte_[std::size_t{byte} + 1]};
        std::uint32_t const begin = past_exact(r, depth);
        auto const first = ids_.begin() + begin;
        auto const last = ids_.begin() + r.end;
        auto const from = std::lower_bound(first, last, byte, [&](token_id id, unsigned char b) {
            return static_cast<unsigned char>(vocab_->bytes(id)[depth]) < b;
        });
        auto const to = std::upper_bound(from, last, byte, [&](unsigned char b, token_id id) {
            return b < static_cast<unsigned char>(vocab_->bytes(id)[depth]);
        });
        return {static_cast<std::uint32_t>(from - ids_.begin()), static_cast<std::uint32_t>(to - ids_.begin())};
    }

    /// The first place of the range whose token has more than `length` bytes: those before have just as many.
    [[nodiscard]] std::uint32_t past_exact(range r, std::size_t length) const noexcept {
        std::uint32_t at = r.begin;
        while (at < r.end && bytes(at).size() == length) ++at;
        return at;
    }

    /// A byte of a token. @pre it has it
    [[nodiscard]] unsigned char byte_of(std::size_t place, std::size_t depth) const noexcept {
        return static_cast<unsigned char>(vocab_->bytes(ids_[place])[depth]);
    }

private:
    vocabulary const* vocab_;
    std::vector<token_id> ids_;
    std::vector<std::uint32_t> places_;  // by id
    std::array<std::uint32_t, 257> first_byte_{};
    std::size_t longest_ = 0;
};

}  // namespace tessera::inline v0
