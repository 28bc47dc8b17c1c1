// A language model whose rows are looked at before anyone uses them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/language_model.hpp>
#include <tessera/core/token.hpp>
#include <tessera/lm/check_row.hpp>

namespace tessera::inline v0::lm {

/// Passes everything on to another model, and checks each row that comes back. Costs an exponential a column.
template <LanguageModel M>
class checked_model {
public:
    struct prefix {
        typename M::prefix inner;
        std::size_t length = 0;  ///< tokens
    };

    explicit checked_model(M& model, double tolerance = row_tolerance) : model_(&model), tolerance_(tolerance) {}

    [[nodiscard]] std::size_t vocab_size() const { return std::as_const(*model_).vocab_size(); }
    [[nodiscard]] std::size_t row_width() const { return std::as_const(*model_).row_width(); }
    [[nodiscard]] std::size_t max_live() const { return std::as_const(*model_).max_live(); }

    [[nodiscard]] prefix root() { return {model_->root(), 0}; }
    /// @throws error  bad_id: the token is not in the vocabulary
    [[nodiscard]] prefix child(prefix const& p, token_id token) {
        if (token >= vocab_size()) {
            throw error(error_kind::bad_id, "token id " + std::to_string(token),
                        "the model has " + std::to_string(vocab_size()) + " tokens",
                        "check that model and tokenizer belong together");
        }
        return {model_->child(p.inner, token), p.length + 1};
    }
    void release(prefix const& p) { model_->release(p.inner); }

    /// @throws error  bad_row;  bad_option: `rows` has another size than the rows
    void evaluate(std::span<prefix const> prefixes, std::span<double> rows) {
        std::size_t const width = row_width();
        if (rows.size() / width != prefixes.size() || rows.size() % width != 0) {
            throw error(error_kind::bad_option, "rows",
                        std::to_string(prefixes.size()) + " rows of " + std::to_string(width) + " columns are not " +
                            std::to_string(rows.size()) + " values");
        }
        inner_.clear();
        for (prefix const& p : prefixes) inner_.push_back(p.inner);
        model_->evaluate(std::span<typename M::prefix const>(inner_), rows);
        for (std::size_t i = 0; i < prefixes.size(); ++i) {
            check_row(rows.subspan(i * width, width), prefixes[i].length, tolerance_);
        }
    }

private:
    M* model_;
    double tolerance_;
    std::vector<typename M::prefix> inner_;
};

}  // namespace tessera::inline v0::lm
