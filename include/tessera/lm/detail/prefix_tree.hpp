// Prefixes as nodes of a tree: the bookkeeping of models that know nothing cheaper.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>

namespace tessera::inline v0::lm::detail {

/// Each prefix costs 24 bytes, however long, until it and all its descendants are released.
class prefix_tree {
public:
    static constexpr std::uint32_t no_node = 0xFFFF'FFFFU;

    explicit prefix_tree(std::size_t max_live) : max_live_(max_live) {}

    [[nodiscard]] std::size_t max_live() const noexcept { return max_live_; }
    /// Handles that are not released yet.
    [[nodiscard]] std::size_t n_live() const noexcept { return n_live_; }
    /// Tokens of the prefix.
    [[nodiscard]] std::size_t length(std::uint32_t node) const noexcept { return nodes_[node].length; }

    /// @throws error  limit: max_live() are live
    [[nodiscard]] std::uint32_t root() { return make(no_node, no_token); }
    [[nodiscard]] std::uint32_t child(std::uint32_t parent, token_id token) {
        std::uint32_t const made = make(parent, token);
        ++nodes_[parent].n_references;
        return made;
    }
    void release(std::uint32_t node) noexcept {
        --n_live_;
        for (; node != no_node && --nodes_[node].n_references == 0; node = nodes_[node].parent) free_.push_back(node);
    }

    /// Puts the tokens of the prefix behind those that are in `out`.
    void append_tokens(std::uint32_t node, std::vector<token_id>& out) const {
        std::size_t const begin = out.size();
        out.resize(begin + nodes_[node].length);
        for (std::size_t i = out.size(); i-- > begin; node = nodes_[node].parent) out[i] = nodes_[node].token;
    }

private:
    struct prefix_node {
        std::uint32_t parent = no_node;
        token_id token = no_token;
        std::size_t length = 0;
        std::size_t n_references = 0;  // the handle, and the children
    };

    std::uint32_t make(std::uint32_t parent, token_id token) {
        if (n_live_ >= max_live_ || (free_.empty() && nodes_.size() >= no_node)) {
            throw error(error_kind::limit, "model", std::to_string(n_live_) + " prefixes live, and no more may",
                        "release some, or raise the limit");
        }
        std::size_t const length = parent == no_node ? 0 : nodes_[parent].length + 1;
        prefix_node const made{parent, token, length, 1};
        if (free_.empty()) {
            nodes_.push_back(made);
            free_.reserve(nodes_.capacity());  // so that `release` cannot fail
            ++n_live_;
            return static_cast<std::uint32_t>(nodes_.size() - 1);
        }
        std::uint32_t const at = free_.back();
        free_.pop_back();
        nodes_[at] = made;
        ++n_live_;
        return at;
    }

    std::size_t max_live_;
    std::vector<prefix_node> nodes_;
    std::vector<std::uint32_t> free_;
    std::size_t n_live_ = 0;
};

}  // namespace tessera::inline v0::lm::detail
