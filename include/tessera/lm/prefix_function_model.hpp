// A language model made of any function from the tokens of a prefix to a row: for tests, and for models of one's own
// (a server, a table, another library) that know nothing of handles.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/language_model.hpp>
#include <tessera/core/token.hpp>
#include <tessera/lm/detail/prefix_tree.hpp>

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
          tree_(options.max_live) {
        if (vocab_size_ == 0 || row_width_ < vocab_size_ || options.max_live < 2) {
            throw error(error_kind::bad_option, "prefix_function_options",
                        "a model has at least one token, a column for each, and two live prefixes");
        }
    }

    [[nodiscard]] std::size_t vocab_size() const noexcept { return vocab_size_; }
    [[nodiscard]] std::size_t row_width() const noexcept { return row_width_; }
    [[nodiscard]] std::size_t max_live() const noexcept { return tree_.max_live(); }

    [[nodiscard]] prefix root() { return {tree_.root()}; }
    [[nodiscard]] prefix child(prefix p, token_id token) { return {tree_.child(p.node, token)}; }
    void release(prefix p) { tree_.release(p.node); }
    void evaluate(std::span<prefix const> prefixes, std::span<double> rows) {
        for (std::size_t i = 0; i < prefixes.size(); ++i) {
            function_(tokens_of(prefixes[i]), rows.subspan(i * row_width_, row_width_));
            ++n_evaluated_;
        }
    }

    /// Handles that are not released yet.
    [[nodiscard]] std::size_t n_live() const noexcept { return tree_.n_live(); }
    /// Rows that were asked for.
    [[nodiscard]] std::uint64_t n_evaluated() const noexcept { return n_evaluated_; }
    /// The tokens of a prefix; valid until the next call.
    [[nodiscard]] std::span<token_id const> tokens_of(prefix p) {
        tokens_.clear();
        tree_.append_tokens(p.node, tokens_);
        return tokens_;
    }

private:
    F function_;
    std::size_t vocab_size_;
    std::size_t row_width_;
    detail::prefix_tree tree_;
    std::vector<token_id> tokens_;  // of the prefix in hand
    std::uint64_t n_evaluated_ = 0;
};

namespace archetype {
struct prefix_function {
    void operator()(std::span<token_id const>, std::span<double>) const {}
};
}  // namespace archetype
static_assert(LanguageModel<prefix_function_model<archetype::prefix_function>>);

}  // namespace tessera::inline v0::lm
