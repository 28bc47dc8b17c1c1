// One matrix of a new model: made by a method, scored on tokens that are shared, and searched for odd rows.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/token.hpp>
#include <tessera/transplant/any_method.hpp>
#include <tessera/transplant/build_rows.hpp>
#include <tessera/transplant/held_out.hpp>
#include <tessera/transplant/matrix.hpp>
#include <tessera/transplant/row_outliers.hpp>
#include <tessera/transplant/row_plan.hpp>
#include <tessera/transplant/token_table.hpp>
#include <tessera/transplant/transplanter.hpp>

namespace tessera::inline v0::transplant {

struct made_matrix {
    std::string method;  ///< its name
    matrix rows;         ///< (plan.n_rows(), dim)
    held_out_score held_out;
    row_outliers outliers;
    pursuit_statistics pursuit;
    double seconds = 0;  ///< that the method took
};

/// @param plan        that the transplanter was made with
/// @param n_held_out  shared tokens to score the method on; 0: none
/// @param seed        which ones
/// @throws error      what the method throws
template <Executor E>
[[nodiscard]] made_matrix make_matrix(transplanter const& transplanter, any_method<E> const& method,
                                      embedding_side side, row_plan const& plan, token_table const& base,
                                      std::size_t n_held_out, std::uint64_t seed) {
    using clock = std::chrono::steady_clock;
    made_matrix made;
    made.method = method.name();
    clock::time_point const begin = clock::now();
    matrix const approximated = transplanter.approximate(method, side, &made.pursuit);
    made.seconds = std::chrono::duration<double>(clock::now() - begin).count();
    made.rows = build_rows(plan, transplanter.base(), base, approximated);
    made.held_out = transplanter.held_out(method, side, n_held_out, seed);
    std::vector<token_id> changed;
    for (token_id id = 0; id < plan.n_rows(); ++id) {
        if (plan.base[id] == no_token) changed.push_back(id);
    }
    made.outliers = find_outliers(made.rows, changed, transplanter.used());
    return made;
}

}  // namespace tessera::inline v0::transplant
