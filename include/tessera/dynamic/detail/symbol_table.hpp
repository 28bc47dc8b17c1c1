// Tokens by what they stand for: two tokens of the same bytes are one symbol, whether they came with the text or were
// merged, and by whichever pair. (The reference compares strings.) A special token is a symbol of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/dynamic/base_tokens.hpp>
#include <tessera/dynamic/boundary.hpp>
#include <tessera/dynamic/detail/key_index.hpp>
#include <tessera/dynamic/token_batch.hpp>

namespace tessera::inline v0::dynamic::detail {

using symbol = std::uint32_t;

class symbol_table {
public:
    /// @param specials  `as_reference`: text that spells a special token is that token
    symbol_table(base_tokens base, special_merging specials)
        : base_(std::move(base)), specials_apart_(specials == special_merging::never), new_tokens_(base_.size()) {
        for (token_id id = 0; !specials_apart_ && id < base_.size(); ++id) {
            if (base_.is_special(id)) specials_.try_emplace(std::string(base_.bytes(id)), id);
        }
    }

    /// For the next batch.
    void clear() {
        symbols_.clear();
        by_id_.clear();
        by_bytes_.clear();
        new_tokens_ = ephemeral_vocabulary(base_.size());
    }

    /// @pre id < base().size()
    symbol of(token_id id) {
        auto const [known, is_new] = by_id_[id];
        if (!is_new) return *known;
        bool const special = base_.is_special(id);
        symbol found = 0;
        if (special && specials_apart_) {
            found = add(id, true, true);
        } else {
            joined_.assign(base_.bytes(id));
            token_id const first = in_base(joined_);
            if (first == id) {
                found = add(id, special, true);
            } else if (first != no_token) {
                found = of(first);  // which is the first of its bytes
            } else {
                auto const [at, added] = by_bytes_.try_emplace(joined_, static_cast<symbol>(symbols_.size()));
                if (added) add(id, special, true);
                found = at->second;
            }
        }
        *by_id_[id].value = found;
        return found;
    }

    /// What the two become.
    symbol joined(symbol left, symbol right) {
        joined_.assign(bytes(left)).append(bytes(right));
        if (token_id const id = in_base(joined_); id != no_token) return of(id);
        auto const [at, added] = by_bytes_.try_emplace(joined_, static_cast<symbol>(symbols_.size()));
        if (added) add(new_tokens_.add(joined_), false, false);
        return at->second;
    }

    [[nodiscard]] token_id id(symbol s) const { return symbols_[s].id; }
    [[nodiscard]] side seen(symbol s) const { return {bytes(s), symbols_[s].is_special, symbols_[s].is_punctuation}; }
    [[nodiscard]] base_tokens const& base() const noexcept { return base_; }
    /// Leaves none behind.
    [[nodiscard]] ephemeral_vocabulary take_new_tokens() {
        return std::exchange(new_tokens_, ephemeral_vocabulary(base_.size()));
    }

private:
    struct entry {
        token_id id;
        bool is_special;
        bool is_punctuation;
    };

    // The token that text of these bytes is, or none.
    [[nodiscard]] token_id in_base(std::string const& bytes) const {
        if (!specials_apart_) {
            if (auto const at = specials_.find(bytes); at != specials_.end()) return at->second;
        }
        token_id const id = base_.find(bytes);
        return id != no_token && specials_apart_ && base_.is_special(id) ? no_token : id;
    }
    [[nodiscard]] std::string_view bytes(symbol s) const {
        token_id const id = symbols_[s].id;
        return id < base_.size() ? base_.bytes(id) : new_tokens_.bytes(id);
    }

    symbol add(token_id id, bool is_special, bool in_vocabulary) {
        symbols_.push_back({id, is_special, in_vocabulary && reads_as_punctuation(base_.bytes(id))});
        return static_cast<symbol>(symbols_.size() - 1);
    }

    base_tokens base_;
    bool specials_apart_;
    std::unordered_map<std::string, token_id> specials_;  // by their bytes, unless they are apart
    std::vector<entry> symbols_;
    key_index by_id_;
    std::unordered_map<std::string, symbol> by_bytes_;  // of those that the base vocabulary does not find
    ephemeral_vocabulary new_tokens_;
    std::string joined_;
};

}  // namespace tessera::inline v0::dynamic::detail
