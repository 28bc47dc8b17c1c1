// Rows for a new vocabulary in a model that was trained with another: the matrices, the anchors, and the methods
// brought together, for input and output alike.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/transplant/any_method.hpp>
#include <tessera/transplant/build_rows.hpp>
#include <tessera/transplant/decompose.hpp>
#include <tessera/transplant/held_out.hpp>
#include <tessera/transplant/matrix.hpp>
#include <tessera/transplant/row_plan.hpp>
#include <tessera/transplant/token_table.hpp>

namespace tessera::inline v0::transplant {

/// What is known of the tokens beside the base's rows. Empty matrices for what is not.
struct other_rows {
    matrix anchors = {};         ///< (plan.anchors.size(), other_dim): the donor's rows of the anchors
    matrix approximated = {};    ///< (plan.approximated.size(), other_dim)
    matrix auxiliary_base = {};  ///< (n_base, auxiliary_dim)
    matrix auxiliary_new = {};   ///< (new vocabulary, auxiliary_dim), by new id
    matrix table = {};           ///< (new vocabulary, dim), by new id
};

/// One of the two matrices of a model. All arguments outlive it.
class transplanter {
public:
    /// @param base  (n_base, dim), by base id; finite
    transplanter(row_plan const& plan, token_table const& added, token_table const& base_table,
                 decomposer const& pieces, matrix const& base, other_rows const& other)
        : plan_(plan), new_table_(added), decompose_(pieces), base_(base), other_(other) {
        used_ = rows_of(base, used_ids(base_table, n_rows(base)));
        std::vector<token_id> base_ids;
        for (token_id const id : plan.anchors) base_ids.push_back(plan.base[id]);
        base_anchors_ = rows_of(base, base_ids);
    }

    /// The rows of plan.approximated, by the method. (n, dim)
    /// @throws error  bad_option: the method needs what there is not
    template <Executor E>
    [[nodiscard]] matrix approximate(any_method<E> const& method, embedding_side side,
                                     pursuit_statistics* statistics = nullptr) const {
        if (plan_.approximated.empty()) return matrix(0, base_.cols());
        piece_lists pieces;
        if (method.needs_pieces()) {
            for (token_id const id : plan_.approximated) decompose_.add_to(pieces, decompose_(new_table_.bytes(id)));
        }
        piece_lists const anchor_pieces = pieces_of_anchors(method, plan_.anchors);
        matrix const auxiliary_new = of_new(other_.auxiliary_new, plan_.approximated);
        matrix const table = of_new(other_.table, plan_.approximated);
        method_material const material =
            material_of(plan_.approximated.size(), method, pieces, anchor_pieces, base_anchors_, other_.anchors,
                        other_.approximated, other_.auxiliary_base, auxiliary_new, table);
        return checked(method(material, side, statistics), method.name());
    }

    /// Scores of the method on some shared tokens that it must make as if they were new: they are no anchors then, and
    /// the base writes them with other tokens.
    template <Executor E>
    [[nodiscard]] held_out_score held_out(any_method<E> const& method, embedding_side side, std::size_t n,
                                          std::uint64_t seed) const {
        if (method.template needs<from_table>()) return {};
        std::vector<std::size_t> const drawn = draw_held_out(plan_.anchors, new_table_, n, seed);
        if (drawn.empty()) return {};
        std::vector<token_id> kept;  // indices of anchors
        std::vector<token_id> held;
        for (std::size_t i = 0, next = 0; i < plan_.anchors.size(); ++i) {
            bool const is_held = next < drawn.size() && drawn[next] == i;
            (is_held ? held : kept).push_back(static_cast<token_id>(i));
            next += is_held ? 1 : 0;
        }
        piece_lists pieces;
        merge_without_scratch scratch;
        std::vector<token_id> new_ids;
        for (token_id const anchor : held) {
            token_id const id = plan_.anchors[anchor];
            new_ids.push_back(id);
            if (method.needs_pieces()) {
                decompose_.add_to(pieces, decompose_.without(plan_.base[id], scratch));
            }
        }
        std::vector<token_id> kept_ids;
        for (token_id const anchor : kept) kept_ids.push_back(plan_.anchors[anchor]);
        piece_lists const anchor_pieces = pieces_of_anchors(method, kept_ids);
        matrix const base_anchors = rows_of(base_anchors_, kept);
        bool const has_other = other_.anchors.rows() > 0;
        matrix const anchors = has_other ? rows_of(other_.anchors, kept) : matrix();
        matrix const targets = has_other ? rows_of(other_.anchors, held) : matrix();
        matrix auxiliary_base = other_.auxiliary_base;
        if (auxiliary_base.rows() > 0 && method.needs_auxiliary()) {
            for (token_id const id : new_ids) auxiliary_base.row(plan_.base[id]).setZero();  // similar to nothing
        }
        matrix const auxiliary_new = of_new(other_.auxiliary_new, new_ids);
        method_material const material = material_of(held.size(), method, pieces, anchor_pieces, base_anchors, anchors,
                                                     targets, auxiliary_base, auxiliary_new, matrix());
        return score_held_out(checked(method(material, side), method.name()), rows_of(base_anchors_, held));
    }

    [[nodiscard]] matrix const& base() const noexcept { return base_; }
    /// Rows of tokens that text leads to.
    [[nodiscard]] matrix const& used() const noexcept { return used_; }

private:
    static matrix of_new(matrix const& by_id, std::vector<token_id> const& ids) {
        return by_id.rows() > 0 ? rows_of(by_id, ids) : matrix();
    }

    /// What there is to learn from, of how pieces make a token.
    template <Executor E>
    [[nodiscard]] piece_lists pieces_of_anchors(any_method<E> const& method, std::vector<token_id> const& ids) const {
        piece_lists lists;
        if (!method.needs_anchor_pieces()) return lists;
        merge_without_scratch scratch;
        for (token_id const id : ids) {
            decompose_.add_to(lists, decompose_.parts(plan_.base[id], scratch));
        }
        return lists;
    }

    template <Executor E>
    [[nodiscard]] method_material material_of(std::size_t n, any_method<E> const& method, piece_lists const& pieces,
                                              piece_lists const& anchor_pieces, matrix const& base_anchors,
                                              matrix const& anchors, matrix const& targets,
                                              matrix const& auxiliary_base, matrix const& auxiliary_new,
                                              matrix const& table) const {
        auto const there = [](matrix const& m) { return m.rows() > 0 ? &m : nullptr; };
        // Pieces and auxiliary vectors are by base id; statistics are of the tokens in use.
        bool const by_id = method.needs_pieces() || method.needs_auxiliary();
        return {.n_new = n,
                .base = by_id ? &base_ : &used_,
                .pieces = method.needs_pieces() ? &pieces : nullptr,
                .anchor_pieces = method.needs_anchor_pieces() ? &anchor_pieces : nullptr,
                .base_anchors = there(base_anchors),
                .other_anchors = there(anchors),
                .other_new = there(targets),
                .auxiliary_base = there(auxiliary_base),
                .auxiliary_new = there(auxiliary_new),
                .table = there(table)};
    }

    static matrix checked(matrix rows, std::string_view method) {
        if (!rows.allFinite()) {
            throw error(error_kind::limit, "method " + std::string(method), "it made a row that is not finite",
                        "choose another method, or fewer anchors");
        }
        return rows;
    }

    row_plan const& plan_;
    token_table const& new_table_;
    decomposer const& decompose_;
    matrix const& base_;
    other_rows const& other_;
    matrix used_;
    matrix base_anchors_;
};

}  // namespace tessera::inline v0::transplant
