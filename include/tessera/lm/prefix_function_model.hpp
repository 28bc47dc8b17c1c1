// A language model made of any function from the tokens of a prefix to a row: for tests, and for models of one's own
// (a server, a table, another library) that know nothing of handles.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/language_model.hpp>
#include <tessera/core/token.hpp>

namespace tessera::inline v0::lm {

/// A function that writes into `row`, of row_width values, the log-probabilities after the tokens of `prefix`.
template <class F>
concept PrefixFunction = std::invocable<F&, std::span<token_id const>, std::span<double>>;

struct prefix_function_options {
    std::size_t vocab_size = 0;
    std::size_t row_width = 0;  ///< 0: vocab_size
    std::size_t max_live = std::numeric_limits<std::size_t>::max();
};

/// Prefixes are nodes of a tree: each costs 24 bytes, however long, until it and all its descendants are released.
template <PrefixFunction F>
class prefix_function_model {
public:
    struct prefix {
        std::uint32_t node = 0;
        friend bool operator==(prefix, prefix) = default;
    };

    /// @throws error  bad_option: sizes without meaning
    prefix_function_model(prefix_function_options options, F function)
        : function_(std::move(function)),
          vocab_size_(options.vocab_size),
          row_width_(options.row_width == 0 ? options.vocab_size : options.row_width),
          max_live_(options.max_live) {
        if (vocab_size_ == 0 || row_width_ < vocab_size_ || max_live_ < 2) {
            throw error(error_kind::bad_option, "prefix_function_options",
                        "a model has at least one token, a column for each, and two live prefixes");
        }
    }

    [[nodiscard]] std::size_t vocab_size() const noexcept { return vocab_size_; }
    [[nodiscard]] std::size_t row_width() const noexcept { return row_width_; }
    [[nodiscard]] std::size_t max_live() const noexcept { return max_live_; }

    [[nodiscard]] prefix root() { return make(no_node, no_token); }
    [[nodiscard]] prefix child(prefix p, token_id token) {
        prefix const made = make(p.node, token);
        ++nodes_[p.node].n_references;
        return made;
    }
    void release(prefix p) {
        --n_live_;
        for (std::uint32_t node = p.node; node != no_node && --nodes_[node].n_references == 0;) {
            free_.push_back(node);
            node = nodes_[node].parent;
        }
    }
    void evaluate(std::span<prefix const> prefixes, std::span<double> rows) {
        for (std::size_t i = 0; i < prefixes.size(); ++i) {
            function_(tokens_of(prefixes[i]), rows.subspan(i * row_width_, row_width_));
            ++n_evaluated_;
        }
    }

    /// Handles that are not released yet.
    [[nodiscard]] std::size_t n_live() const noexcept { return n_live_; }
    /// Rows that were asked for.
    [[nodiscard]] std::uint64_t n_evaluated() const noexcept { return n_evaluated_; }
    /// The tokens of a prefix; valid until the next call.
    [[nodiscard]] std::span<token_id const> tokens_of(prefix p) {
        std::size_t const length = nodes_[p.node].length;
        tokens_.resize(length);
        std::uint32_t node = p.node;
        for (std::size_t i = length; i-- > 0; node = nodes_[node].parent) tokens_[i] = nodes_[node].token;
        return tokens_;
    }

private:
    static constexpr std::uint32_t no_node = 0xFFFF'FFFFU;

    struct prefix_node {
        std::uint32_t parent = no_node;
        token_id token = no_token;
        std::size_t length = 0;
        std::size_t n_references = 0;  // the handle, and the children
    };

    prefix make(std::uint32_t parent, token_id token) {
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
            return {static_cast<std::uint32_t>(nodes_.size() - 1)};
        }
        std::uint32_t const at = free_.back();
        free_.pop_back();
        nodes_[at] = made;
        ++n_live_;
        return {at};
    }

    F function_;
    std::size_t vocab_size_;
    std::size_t row_width_;
    std::size_t max_live_;
    std::vector<prefix_node> nodes_;
    std::vector<std::uint32_t> free_;
    std::vector<token_id> tokens_;  // of the prefix in hand
    std::size_t n_live_ = 0;
    std::uint64_t n_evaluated_ = 0;
};

namespace archetype {
struct prefix_function {
    void operator()(std::span<token_id const>, std::span<double>) const {}
};
}  // namespace archetype
static_assert(LanguageModel<prefix_function_model<archetype::prefix_function>>);

}  // namespace tessera::inline v0::lm
