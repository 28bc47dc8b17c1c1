// Tokens by id as a file names them: each id once, no spelling twice, no gap that would cost more than the tokens.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/tiktoken.hpp>

namespace tessera::inline v0::detail {

/// Collects rows in the order of the file. `Where` makes the place of a row: where(row number).
class token_table {
public:
    /// @throws error  bad_token: the id is too large, or the bytes are empty
    template <class Where>
    void add(std::uint64_t id, std::string bytes, std::size_t place, Where&& where) {
        if (id >= max_vocabulary_size) {
            throw error(
                error_kind::bad_token, where(place),
                "the id " + std::to_string(id) + " is not from 0 to " + std::to_string(max_vocabulary_size - 1));
        }
        if (bytes.empty()) throw error(error_kind::bad_token, where(place), "the token is empty");
        rows_.push_back({std::move(bytes), static_cast<token_id>(id), place});
    }

    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }

    /// The tokens by id; empty where an id has none.
    /// @throws error  bad_token: an id or a spelling is there twice, or the ids lie too far apart
    template <class Where>
    [[nodiscard]] std::vector<std::string> build(Where&& where) {
        std::vector<std::string> tokens;
        if (rows_.empty()) return tokens;
        std::vector<std::uint32_t> order(rows_.size());
        std::iota(order.begin(), order.end(), 0U);
        std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
            int const c = rows_[a].bytes.compare(rows_[b].bytes);
            return c != 0 ? c < 0 : a < b;
        });
        for (std::size_t i = 1; i < order.size(); ++i) {
            row const& first = rows_[order[i - 1]];
            row const& second = rows_[order[i]];
            if (first.bytes == second.bytes) {
                throw error(error_kind::bad_token, where(second.place),
                            "the token " + shown(second.bytes) + " is in " + where(first.place) + " already",
                            "keep one of the two");
            }
        }
        auto const largest =
            std::max_element(rows_.begin(), rows_.end(), [](row const& a, row const& b) { return a.id < b.id; });
        check_id_range(largest->id, rows_.size(), where(largest->place));
        tokens.resize(std::size_t{largest->id} + 1);
        for (row& r : rows_) {
            if (!tokens[r.id].empty()) {
                throw error(error_kind::bad_token, where(r.place),
                            "the id " + std::to_string(r.id) + " is taken already", "keep one of the two");
            }
            tokens[r.id] = std::move(r.bytes);
        }
        return tokens;
    }

private:
    struct row {
        std::string bytes;
        token_id id;
        std::size_t place;
    };
    std::vector<row> rows_;
};

}  // namespace tessera::inline v0::detail
