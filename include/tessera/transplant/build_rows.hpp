// The new matrix: rows copied by the plan, and those that a method made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/transplant/matrix.hpp>
#include <tessera/transplant/methods/base_methods.hpp>
#include <tessera/transplant/row_plan.hpp>
#include <tessera/transplant/token_table.hpp>

namespace tessera::inline v0::transplant {

/// The rows of these ids, in this order. @pre each id < n_rows(m)
[[nodiscard]] inline matrix rows_of(matrix const& m, std::vector<token_id> const& ids) {
    matrix result(static_cast<Eigen::Index>(ids.size()), m.cols());
    for (std::size_t i = 0; i < ids.size(); ++i) result.row(static_cast<Eigen::Index>(i)) = m.row(ids[i]);
    return result;
}

/// Ids of tokens that text or a template can lead to: what statistics of the base's rows are taken over.
[[nodiscard]] inline std::vector<token_id> used_ids(token_table const& table, std::size_t rows) {
    std::vector<token_id> ids;
    for (token_id id = 0; id < std::min(rows, table.size()); ++id) {
        if (table.is_text(id)) ids.push_back(id);
    }
    return ids;
}

/// What the base gives an id that is no token, or that was never trained: the mean of its rows for such ids where it
/// has any (padding; tokens named unused or reserved), else the mean of all. Not zeros: a zero row of the head scores
/// 0, which is often more than what trained tokens score.
[[nodiscard]] inline row_vector junk_row(matrix const& base, token_table const& table) {
    Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(base.cols());
    std::size_t n = 0;
    for (std::size_t id = 0; id < n_rows(base); ++id) {
        bool is_unused = id >= table.size();
        if (!is_unused) {
            std::string_view const name = table.bytes(static_cast<token_id>(id));
            is_unused =
                table.kind(static_cast<token_id>(id)) == token_kind::unused ||
                (table.is_added(static_cast<token_id>(id)) &&
                 (name.find("unused") != std::string_view::npos || name.find("reserved") != std::string_view::npos));
        }
        if (!is_unused) continue;
        sum += base.row(static_cast<Eigen::Index>(id)).cast<double>();
        ++n;
    }
    return n > 0 ? row_vector((sum / static_cast<double>(n)).cast<float>())
                 : row_vector(detail::mean_row(base).cast<float>());
}

/// @param base      (n_base, dim)
/// @param approximated  (plan.approximated.size(), dim)
/// @return          (plan.n_rows(), dim)
/// @throws error    bad_option: the shapes do not fit
[[nodiscard]] inline matrix build_rows(row_plan const& plan, matrix const& base, token_table const& base_table,
                                       matrix const& approximated) {
    check_same_columns(base, approximated, "base and approximated rows");
    if (n_rows(approximated) != plan.approximated.size()) {
        throw error(error_kind::bad_option, "approximated rows",
                    "there are " + std::to_string(n_rows(approximated)) + " for " +
                        std::to_string(plan.approximated.size()) + " tokens");
    }
    row_vector const junk = junk_row(base, base_table);
    std::vector<token_id> controls;
    for (token_id id = 0; id < std::min(n_rows(base), base_table.size()); ++id) {
        if (base_table.kind(id) == token_kind::control) controls.push_back(id);
    }
    row_vector const control =
        controls.empty() ? junk : row_vector(detail::mean_row(rows_of(base, controls)).cast<float>());
    matrix result(static_cast<Eigen::Index>(plan.n_rows()), base.cols());
    std::size_t next = 0;
    for (std::size_t id = 0; id < plan.n_rows(); ++id) {
        auto const row = static_cast<Eigen::Index>(id);
        switch (plan.source[id]) {
            case row_source::shared:
            case row_source::special:
                result.row(row) = base.row(plan.base[id]);
                break;
            case row_source::approximated:
                result.row(row) = approximated.row(static_cast<Eigen::Index>(next++));
                break;
            case row_source::lost_special:
                result.row(row) = control;
                break;
            case row_source::user_text:
                break;  // below
            case row_source::junk:
                result.row(row) = junk;
                break;
        }
    }
    for (vocabulary_map::text const& text : plan.texts) {
        result.row(text.donor) = detail::mean_row(rows_of(base, text.pieces)).cast<float>();
    }
    return result;
}

}  // namespace tessera::inline v0::transplant
