// Every method by its name, as a run-time choice; what it lacks is said before anything is computed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/transplant/method_inputs.hpp>
#include <tessera/transplant/methods/base_methods.hpp>
#include <tessera/transplant/methods/map_methods.hpp>
#include <tessera/transplant/methods/neighbour_methods.hpp>
#include <tessera/transplant/methods/omp_method.hpp>
#include <tessera/transplant/methods/regression_method.hpp>
#include <tessera/transplant/methods/subword_methods.hpp>
#include <tessera/transplant/methods/tokenadapt_method.hpp>

namespace tessera::inline v0::transplant {

/// Of all methods; each reads what it knows.
struct method_options {
    omp_options omp = {};
    nearest_options nearest = {};
    wechsel_options wechsel = {};
    tokenadapt_options tokenadapt = {};
    regression_options regression = {};
    double ridge = 0.01;  ///< of linear
    std::uint64_t seed = 0;
};

/// What there is for a method to work with; null for what there is not.
struct method_material {
    std::size_t n_new = 0;
    matrix const* base = nullptr;
    piece_lists const* pieces = nullptr;
    piece_lists const* anchor_pieces = nullptr;
    matrix const* base_anchors = nullptr;
    matrix const* other_anchors = nullptr;
    matrix const* other_new = nullptr;
    matrix const* auxiliary_base = nullptr;
    matrix const* auxiliary_new = nullptr;
    matrix const* table = nullptr;

    /// @throws error  bad_option: something is missing, with what it is
    template <class Needs>
    [[nodiscard]] Needs as(std::string_view method) const {
        auto const need = [&](auto const* there) -> auto const& {
            if (there == nullptr) {
                throw error(error_kind::bad_option, "method " + std::string(method),
                            "it needs " + std::string(Needs::needed), "give it, or choose another method");
            }
            return *there;
        };
        if constexpr (std::is_same_v<Needs, from_base>) {
            return {need(base), n_new};
        } else if constexpr (std::is_same_v<Needs, from_pieces>) {
            return {need(base), need(pieces)};
        } else if constexpr (std::is_same_v<Needs, from_anchors>) {
            return {need(base_anchors), need(other_anchors), need(other_new)};
        } else if constexpr (std::is_same_v<Needs, from_fitted_pieces>) {
            return {need(base), need(base_anchors), need(anchor_pieces), need(pieces)};
        } else if constexpr (std::is_same_v<Needs, from_anchors_and_pieces>) {
            return {need(base),   need(base_anchors),  need(anchor_pieces),
                    need(pieces), need(other_anchors), need(other_new)};
        } else if constexpr (std::is_same_v<Needs, from_auxiliary>) {
            return {need(base), need(auxiliary_base), need(auxiliary_new)};
        } else if constexpr (std::is_same_v<Needs, from_pieces_and_auxiliary>) {
            return {need(base), need(pieces), need(auxiliary_base), need(auxiliary_new)};
        } else {
            static_assert(std::is_same_v<Needs, from_table>);
            return {need(table)};
        }
    }
};

/// One of the methods.
template <Executor E>
class any_method {
public:
    using variant =
        std::variant<regression_method<E>, subword_regression_method<E>, omp_method<E>, mean_method, zero_method,
                     random_method, covariance_method, subword_method<subword_weights::mean>,
                     subword_method<subword_weights::sum>, subword_method<subword_weights::length>,
                     subword_method<subword_weights::first_last>, subword_method<subword_weights::asymmetric>,
                     nearest_method<E>, landmark_method, linear_method, focus_method<E>, clp_method, wechsel_method<E>,
                     tokenadapt_method<E>, table_method>;

    /// @throws error  bad_option: there is no method of this name; the message lists them
    any_method(std::string_view name, method_options const& options, E const& executor)
        : method_(make(name, options, executor)) {}

    [[nodiscard]] std::string_view name() const {
        return std::visit([](auto const& m) { return std::remove_cvref_t<decltype(m)>::name; }, method_);
    }
    /// What it cannot do without, in words.
    [[nodiscard]] std::string_view needed() const {
        return std::visit([](auto const& m) { return std::remove_cvref_t<decltype(m)>::needs::needed; }, method_);
    }
    template <class Needs>
    [[nodiscard]] bool needs() const {
        return std::visit(
            [](auto const& m) { return std::is_same_v<typename std::remove_cvref_t<decltype(m)>::needs, Needs>; },
            method_);
    }
    [[nodiscard]] bool needs_anchor_pieces() const {
        return needs<from_fitted_pieces>() || needs<from_anchors_and_pieces>();
    }
    [[nodiscard]] bool needs_pieces() const {
        return needs<from_pieces>() || needs<from_pieces_and_auxiliary>() || needs_anchor_pieces();
    }
    [[nodiscard]] bool needs_auxiliary() const { return needs<from_auxiliary>() || needs<from_pieces_and_auxiliary>(); }

    /// @return        (n_new, dim)
    /// @throws error  bad_option: something is missing; what the method throws
    [[nodiscard]] matrix operator()(method_material const& material, embedding_side side,
                                    pursuit_statistics* statistics = nullptr) const {
        return std::visit(
            [&](auto const& method) -> matrix {
                using method_type = std::remove_cvref_t<decltype(method)>;
                static_assert(EmbeddingMethod<method_type>);
                auto const inputs = material.as<typename method_type::needs>(method_type::name);
                if constexpr (std::is_same_v<method_type, omp_method<E>>) {
                    if (statistics != nullptr) return method(inputs, side, *statistics);
                }
                return method(inputs, side);
            },
            method_);
    }

    /// In the order of the variant.
    [[nodiscard]] static std::vector<std::string_view> names() {
        return []<std::size_t... i>(std::index_sequence<i...>) {
            return std::vector<std::string_view>{std::variant_alternative_t<i, variant>::name...};
        }(std::make_index_sequence<std::variant_size_v<variant>>());
    }

private:
    static variant make(std::string_view name, method_options const& o, E const& executor) {
        if (name == regression_method<E>::name) return regression_method<E>(o.regression, executor);
        if (name == subword_regression_method<E>::name) return subword_regression_method<E>(o.regression, executor);
        if (name == omp_method<E>::name) return omp_method<E>(o.omp, executor);
        if (name == nearest_method<E>::name) return nearest_method<E>(o.nearest, executor);
        if (name == focus_method<E>::name) return focus_method<E>(executor);
        if (name == wechsel_method<E>::name) return wechsel_method<E>(o.wechsel, executor);
        if (name == tokenadapt_method<E>::name) return tokenadapt_method<E>(o.tokenadapt, executor);
        if (name == random_method::name) return random_method{o.seed};
        if (name == covariance_method::name) return covariance_method{o.seed};
        if (name == linear_method::name) return linear_method{o.ridge};
        std::vector<variant> plain;
        plain.emplace_back(mean_method());
        plain.emplace_back(zero_method());
        plain.emplace_back(landmark_method());
        plain.emplace_back(clp_method());
        plain.emplace_back(table_method());
        plain.emplace_back(subword_method<subword_weights::mean>());
        plain.emplace_back(subword_method<subword_weights::sum>());
        plain.emplace_back(subword_method<subword_weights::length>());
        plain.emplace_back(subword_method<subword_weights::first_last>());
        plain.emplace_back(subword_method<subword_weights::asymmetric>());
        for (variant const& method : plain) {
            if (std::visit([](auto const& m) { return std::remove_cvref_t<decltype(m)>::name; }, method) == name) {
                return method;
            }
        }
        std::string all;
        for (std::string_view const known : names()) all += (all.empty() ? "" : ", ") + std::string(known);
        throw error(error_kind::bad_option, "method " + std::string(name), "there is none of this name",
                    "take one of " + all);
    }

    variant method_;
};

}  // namespace tessera::inline v0::transplant
