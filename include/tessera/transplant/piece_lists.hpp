// For each of some tokens the tokens of another vocabulary that it is written with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/core/token.hpp>

namespace tessera::inline v0::transplant {

class piece_lists {
public:
    /// @param pieces   ids, in the order of the text
    /// @param lengths  bytes of each
    void add(std::span<token_id const> pieces, std::span<std::uint32_t const> lengths) {
        pieces_.insert(pieces_.end(), pieces.begin(), pieces.end());
        lengths_.insert(lengths_.end(), lengths.begin(), lengths.end());
        begin_.push_back(pieces_.size());
    }

    [[nodiscard]] std::size_t size() const noexcept { return begin_.size() - 1; }
    /// Empty if the token cannot be written. @pre i < size()
    [[nodiscard]] std::span<token_id const> operator[](std::size_t i) const noexcept {
        return {pieces_.data() + begin_[i], begin_[i + 1] - begin_[i]};
    }
    [[nodiscard]] std::span<std::uint32_t const> lengths(std::size_t i) const noexcept {
        return {lengths_.data() + begin_[i], begin_[i + 1] - begin_[i]};
    }

private:
    std::vector<token_id> pieces_;
    std::vector<std::uint32_t> lengths_;
    std::vector<std::size_t> begin_{0};
};

}  // namespace tessera::inline v0::transplant
