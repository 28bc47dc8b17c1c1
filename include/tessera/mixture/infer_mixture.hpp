// From a merge list and the texts of some categories to the mixture that a tokenizer was trained on.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/core/token.hpp>
#include <tessera/mixture/lp_solver.hpp>
#include <tessera/mixture/mixture_program.hpp>
#include <tessera/mixture/order_fit.hpp>
#include <tessera/mixture/pair_history.hpp>
#include <tessera/mixture/slack_program.hpp>

namespace tessera::inline v0 {

/// One category's text, as groups of documents: how much the groups differ says how much chance there is in all.
struct mixture_category {
    std::string name;
    std::uint64_t n_bytes = 0;  ///< of the text
    std::size_t n_groups = 1;
};

enum class mixture_method : std::uint8_t {
    automatic,       ///< linear_program if a mixture explains all merges, else merge_order
    linear_program,  ///< the least sum of slacks. @see solve_mixture_program
    merge_order,     ///< the regression that weighs its noise. @see order_fit
};

enum class program_solver : std::uint8_t { cutting_planes, simplex };

struct mixture_options {
    mixture_method method = mixture_method::automatic;
    program_solver solver = program_solver::cutting_planes;
    mixture_program_options program = {};
    order_fit_options order = {};
    progress_listener* progress = nullptr;
};

struct mixture_result {
    struct category {
        std::string name;
        double share = 0;  ///< of the bytes of the trainer's text
        double low = 0;    ///< of the interval of the share
        double high = 0;
        double pair_share = 0;     ///< of the neighbours in its pretokens, which is what merges tell of
        double program_share = 0;  ///< of the bytes, by the linear program
        /// What part of the category's own pairs the trainer's text seems not to have: near 0 where the two are alike.
        double residual = 0;
    };
    /// A merge that the categories do not explain.
    struct unexplained_merge {
        std::size_t rank;
        double slack;  ///< what its pair's share in the trainer's text is above its share in the mixture, at least
    };

    std::vector<category> categories;
    mixture_method method = mixture_method::automatic;  ///< whose shares these are
    double objective = 0;                               ///< of the linear program
    double certificate_gap = 0;                         ///< by how much no mixture has a lower one, at most
    std::size_t merges_used = 0;
    std::size_t merges_skipped = 0;              ///< those that occur in no category or were not learnt
    std::vector<std::size_t> merges_not_seen;    ///< ranks of those that occur in no category
    std::vector<unexplained_merge> unexplained;  ///< the 20 of the greatest slack, greatest first
    double unexplained_share = 0;                ///< the sum of all slacks of merges
    std::size_t merges_of_order = 0;             ///< that the regression read; 0: it could not be made
    double training_pairs = 0;                   ///< of the trainer's text, by the noise of its counts; 0: unknown
    double straying = 0;  ///< by what part of themselves frequent counts differ from the trainer's beyond chance
};

namespace detail {

/// Standard deviations of shares of pairs under a regression: chance in the text at hand, by its groups; in the
/// trainer's, by how much further counts stray than that explains; and what no count can tell.
/// @param groups  a history of all groups of all categories, one after another, up to the last merge read
inline Eigen::MatrixXd covariance_of_groups(order_fit const& fit, pair_history const& history,
                                            pair_history const& groups, std::span<mixture_category const> categories) {
    using matrix = order_fit::matrix;
    auto const n = static_cast<Eigen::Index>(categories.size());
    std::unordered_map<std::uint64_t, pair_history::pair_index> index;
    for (std::size_t p = 0; p < groups.n_pairs(); ++p) {
        auto const pair = static_cast<pair_history::pair_index>(p);
        index.emplace(make_pair_of(groups.left(pair), groups.right(pair)), pair);
    }
    Eigen::MatrixXd covariance = fit.covariance();
    std::size_t column = 0;
    std::vector<std::int64_t> counts(groups.n_categories());
    for (Eigen::Index i = 0; i < n; ++i) {
        std::size_t const n_groups = categories[static_cast<std::size_t>(i)].n_groups;
        std::size_t const first = column;
        column += n_groups;
        if (n_groups < 2) continue;
        double total = 0;
        for (std::size_t g = 0; g < n_groups; ++g) total += static_cast<double>(groups.total(first + g));
        auto const put = [&](std::span<std::int64_t const> of_groups, auto&& row) {
            double sum = 0;
            for (std::size_t g = 0; g < n_groups; ++g) sum += static_cast<double>(of_groups[first + g]);
            for (std::size_t g = 0; g < n_groups; ++g) {
                double const expected = sum * static_cast<double>(groups.total(first + g)) / total;
                row[static_cast<Eigen::Index>(g)] =
                    (static_cast<double>(of_groups[first + g]) - expected) / total * constraint_rows::pairs;
            }
        };
        auto const g = static_cast<Eigen::Index>(n_groups);
        matrix by_merge = matrix::Zero(static_cast<Eigen::Index>(fit.end()), g);
        for (std::size_t t = 0; t < fit.end(); ++t) put(groups.own(t), by_merge.row(static_cast<Eigen::Index>(t)));
        matrix by_left = matrix::Zero(static_cast<Eigen::Index>(fit.left().size()), g);
        for (std::size_t k = 0; k < fit.left().size(); ++k) {
            auto const p = fit.left()[k];
            auto const at = index.find(make_pair_of(history.left(p), history.right(p)));
            if (at == index.end()) continue;
            groups.counts_at(at->second, fit.end(), counts);
            put(counts, by_left.row(static_cast<Eigen::Index>(k)));
        }
        Eigen::MatrixXd const moves = fit.influence(i, by_merge, by_left);
        double const factor =
            std::max(fit.stray_ratio(), 1.0) * static_cast<double>(n_groups) / static_cast<double>(n_groups - 1);
        covariance += factor * moves * moves.transpose();
    }
    return covariance;
}

/// @throws error  bad_option: what infer_mixture says of categories
inline void require_categories(pair_history const& history, std::span<mixture_category const> categories) {
    for (std::size_t i = 0; i < categories.size(); ++i) {
        if (history.total(i) == 0) {
            throw error(error_kind::bad_option, "category " + categories[i].name, "has no text that merges could join",
                        "give it text, or leave it out");
        }
    }
    // The same counts at every merge, in proportion.
    for (std::size_t i = 0; i < categories.size(); ++i) {
        for (std::size_t j = i + 1; j < categories.size(); ++j) {
            bool same = true;
            bool any = false;
            for (std::size_t t = 0; t < history.n_merges() && same; ++t) {
                auto const own = history.own(t);
                any |= own[i] != 0;
                same = static_cast<double>(own[i]) * static_cast<double>(history.total(j)) ==
                       static_cast<double>(own[j]) * static_cast<double>(history.total(i));
            }
            if (same && any) {
                throw error(error_kind::bad_option, "categories " + categories[i].name + " and " + categories[j].name,
                            "are the same text, so nothing tells their shares apart", "leave one of them out");
            }
        }
    }
}

/// What part of each category's pairs its slacks say are missing in the trainer's text.
inline std::vector<double> residuals_of(pair_history const& history, mixture_solution const& solution) {
    std::size_t const n = history.n_categories();
    std::vector<double> out(n);
    std::vector<std::int64_t> counts(n), most(n);
    for (std::size_t p = 0; p < history.n_pairs(); ++p) {
        if (solution.pair_slack[p] == 0) continue;
        // As often as it ever was: what a slack makes up for is a part of that.
        std::fill(counts.begin(), counts.end(), 0);
        std::fill(most.begin(), most.end(), 0);
        for (auto const& c : history.changes(static_cast<pair_history::pair_index>(p))) {
            counts[c.category] += c.by;
            most[c.category] = std::max(most[c.category], counts[c.category]);
        }
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
            sum += solution.mixture[i] * static_cast<double>(most[i]) / static_cast<double>(history.total(i));
        }
        if (sum == 0) continue;
        for (std::size_t i = 0; i < n; ++i) {
            out[i] +=
                solution.pair_slack[p] * static_cast<double>(most[i]) / static_cast<double>(history.total(i)) / sum;
        }
    }
    return out;
}

}  // namespace detail

/// Infers the mixture of a tokenizer's training text.
/// @param merges      in the order the trainer made them
/// @param is_learnt   T: 0 for merges that are replayed but say nothing
/// @param categories  at least one, with text
/// @param words       `std::vector<replay_part> words(std::size_t category, std::size_t group, std::span<merge
/// const>)`:
///                    the words of one group of a category; group n_groups: of all
/// @throws error      bad_option: a category has no pairs, or two have the same counts; empty_input: no merge occurs
/// @par Paper         Hayase et al. 2024, arXiv 2407.16607. Beyond it: the regression, the intervals, the certificate
template <LpSolver Solver, class Words, Executor X>
[[nodiscard]] mixture_result infer_mixture(std::span<merge const> merges, std::span<std::uint8_t const> is_learnt,
                                           std::span<mixture_category const> categories, Words const& words,
                                           X const& executor, mixture_options const& options = {}) {
    std::size_t const n = categories.size();
    if (n == 0) {
        throw error(error_kind::bad_option, "categories", "there are none", "name at least one text to look for");
    }
    std::vector<std::vector<replay_part>> replays(n);
    for (std::size_t i = 0; i < n; ++i) replays[i] = words(i, categories[i].n_groups, merges);
    pair_history const history(merges, std::move(replays), executor, options.progress);
    detail::require_categories(history, categories);

    mixture_result out;
    std::vector<std::uint8_t> used = merges_seen(history);
    for (std::size_t t = 0; t < used.size(); ++t) {
        if (is_learnt[t] == 0) {
            used[t] = 0;
        } else if (used[t] == 0) {
            out.merges_not_seen.push_back(t);
        }
        out.merges_used += used[t];
    }
    out.merges_skipped = merges.size() - out.merges_used;
    if (out.merges_used == 0) {
        throw error(error_kind::empty_input, "merges", "none of them occurs in any category",
                    "give texts of the kind that the tokenizer was trained on, split as its trainer split them");
    }

    order_fit const fit(history, used, options.order);
    out.merges_of_order = fit.is_determined() ? fit.end() : 0;
    out.training_pairs = fit.is_determined() ? fit.training_pairs() : 0;
    out.straying = fit.is_determined() ? fit.straying() : 0;
    std::vector<double> const start(fit.mixture().begin(), fit.mixture().end());
    mixture_program_options program = options.program;
    if (program.progress == nullptr) program.progress = options.progress;
    // Where the program is the answer, its extent is the interval: if it is asked for, explains every merge, or is all
    // there is. (The extent takes about as long for each category as the rest.)
    bool const is_answer = options.method == mixture_method::linear_program || !fit.is_determined();
    program.extent_below = is_answer ? lp_infinity : 2 * program.tolerance;
    mixture_solution const solution = options.solver == program_solver::simplex
                                          ? solve_slack_program<Solver>(history, used, executor, program)
                                          : solve_mixture_program<Solver>(history, used, executor, program, start);
    out.objective = solution.objective;
    out.certificate_gap = solution.gap;
    out.method = options.method;
    if (out.method == mixture_method::automatic) {
        bool const explained = solution.objective <= 2 * program.tolerance;
        out.method = explained || !fit.is_determined() ? mixture_method::linear_program : mixture_method::merge_order;
    } else if (out.method == mixture_method::merge_order && !fit.is_determined()) {
        throw error(error_kind::bad_option, "method",
                    std::to_string(out.merges_used) + " merges are too few for " + std::to_string(n) + " categories",
                    "use the linear program");
    }

    // From shares of pairs to shares of bytes.
    Eigen::VectorXd bytes_a_pair(static_cast<Eigen::Index>(n));
    for (std::size_t i = 0; i < n; ++i) {
        bytes_a_pair[static_cast<Eigen::Index>(i)] =
            static_cast<double>(categories[i].n_bytes) / static_cast<double>(history.total(i));
    }
    auto const to_bytes = [&](Eigen::VectorXd const& pairs) -> Eigen::VectorXd {
        Eigen::VectorXd const bytes = pairs.cwiseProduct(bytes_a_pair);
        return bytes / bytes.sum();
    };
    Eigen::VectorXd const by_program =
        Eigen::Map<Eigen::VectorXd const>(solution.mixture.data(), static_cast<Eigen::Index>(n));
    Eigen::VectorXd const pairs = out.method == mixture_method::merge_order ? fit.mixture() : by_program;
    Eigen::VectorXd const bytes = to_bytes(pairs);
    Eigen::VectorXd const program_bytes = to_bytes(by_program);
    std::vector<double> const residuals = detail::residuals_of(history, solution);
    for (std::size_t i = 0; i < n; ++i) {
        auto const k = static_cast<Eigen::Index>(i);
        out.categories.push_back(
            {categories[i].name, bytes[k], bytes[k], bytes[k], pairs[k], program_bytes[k], residuals[i]});
    }
    if (out.method == mixture_method::merge_order) {
        std::vector<std::vector<replay_part>> groups;
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t g = 0; g < categories[i].n_groups; ++g) {
                groups.push_back(words(i, g, merges.first(fit.end())));
            }
        }
        pair_history const of_groups(merges.first(fit.end()), std::move(groups), executor, options.progress);
        double const sum = pairs.dot(bytes_a_pair);
        Eigen::MatrixXd const slope =
            Eigen::MatrixXd(bytes_a_pair.asDiagonal()) / sum - bytes * bytes_a_pair.transpose() / sum;
        Eigen::MatrixXd const covariance =
            slope * detail::covariance_of_groups(fit, history, of_groups, categories) * slope.transpose();
        for (std::size_t i = 0; i < n; ++i) {
            auto const k = static_cast<Eigen::Index>(i);
            // What the method itself may be off by was seen in experiments: half a percent of what shares can trade.
            double const method = 0.005 * bytes[k] * (1 - bytes[k]);
            double const deviation = std::sqrt(std::max(covariance(k, k), 0.0) + method * method);
            out.categories[i].low = std::max(bytes[k] - 3 * deviation, 0.0);
            out.categories[i].high = std::min(bytes[k] + 3 * deviation, 1.0);
        }
    } else if (!solution.extent.empty()) {
        for (std::size_t i = 0; i < n; ++i) {
            // The other shares stay in proportion.
            auto const at = [&](double share) {
                Eigen::VectorXd moved = pairs;
                auto const k = static_cast<Eigen::Index>(i);
                double const rest = 1 - pairs[k];
                if (rest > 0) moved *= (1 - share) / rest;
                moved[k] = share;
                return to_bytes(moved)[k];
            };
            out.categories[i].low = std::min(at(solution.extent[i].first), bytes[static_cast<Eigen::Index>(i)]);
            out.categories[i].high = std::max(at(solution.extent[i].second), bytes[static_cast<Eigen::Index>(i)]);
        }
    }

    for (std::size_t t = 0; t < merges.size(); ++t) {
        if (solution.merge_slack[t] > 0) out.unexplained.push_back({t, solution.merge_slack[t]});
        out.unexplained_share += solution.merge_slack[t];
    }
    std::sort(out.unexplained.begin(), out.unexplained.end(),
              [](auto const& a, auto const& b) { return a.slack != b.slack ? a.slack > b.slack : a.rank < b.rank; });
    if (out.unexplained.size() > 20) out.unexplained.resize(20);
    return out;
}

}  // namespace tessera::inline v0
