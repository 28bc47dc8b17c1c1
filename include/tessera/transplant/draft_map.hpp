// Speculative decoding where the draft model has another vocabulary than its target: ids and logits of the one, seen
// from the other. Only tokens that both have can be drafted; with those, and sampling as usual, nothing is lost
// (token-level intersection, arXiv 2502.05202).
//
//   draft   hello world foo baz           target  hello world foo bar, and logits for 6 ids
//   ids     0     1     2   3       ->            0     1     2   suppressed
//   logits  .1    .2    .3  .4      ->            .1    .2    .3  -inf -inf -inf
//
// Next to read: vocabulary_map.hpp, whose maps these are made of; draft_keys.hpp, what two engines match.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/transplant/vocabulary_map.hpp>

namespace tessera::inline v0::transplant {

/// "The target has no such token."
inline constexpr std::int32_t suppressed = -1;

struct draft_map_options {
    /// How many logits the models have, which may be more or fewer than their tokenizers have ids. Ids from there on
    /// take part in nothing.
    std::size_t draft_width = 0;
    std::size_t target_width = 0;
    /// Which of several draft tokens with one target token may be drafted, as in chosen_donor: the logits of only one
    /// can be the target's. The others are suppressed as drafts, but for the way back from an id see `to_target`.
    collision_policy collisions = collision_policy::lowest_id;
};

/// Ids of a draft model as ids of its target, and the way back. Immutable after it is made.
class draft_map {
public:
    /// @param map   from the draft's tokens (the donor) to the target's (the base)
    /// @throws error  bad_option: a width is 0; bad_token: `refuse`, and two draft tokens have the same target token
    /// @complexity    O(draft_width + target_width)
    draft_map(vocabulary_map const& map, draft_map_options const& options)
        : to_target_(options.draft_width, suppressed), to_draft_(options.target_width, suppressed) {
        if (options.draft_width == 0 || options.target_width == 0) {
            throw error(error_kind::bad_option, "width", "a model without logits has no drafts",
                        "give the number of rows of each output layer");
        }
        for (token_id id = 0; id < map.base.size() && id < options.draft_width; ++id) {
            token_id const target = map.base[id];
            if (target >= options.target_width) continue;
            to_target_[id] = static_cast<std::int32_t>(target);
            std::int32_t& back = to_draft_[target];
            if (back == suppressed) {
                back = static_cast<std::int32_t>(id);
            } else {
                token_id const before = static_cast<token_id>(back);
                back = static_cast<std::int32_t>(chosen_donor(map, before, id, options.collisions, n_collisions_));
            }
        }
        for (std::size_t target = 0; target < to_draft_.size(); ++target) {
            if (to_draft_[target] == suppressed) continue;
            kept_targets_.push_back(static_cast<std::int32_t>(target));
            kept_drafts_.push_back(to_draft_[target]);
        }
    }

    /// By draft id: the target id, or `suppressed`. As many as the draft has logits. Tokens of the same target token
    /// have it all, so that what was drafted can always be read.
    [[nodiscard]] std::span<std::int32_t const> to_target() const noexcept { return to_target_; }
    /// By target id: the draft id that may be drafted for it, or `suppressed`.
    [[nodiscard]] std::span<std::int32_t const> to_draft() const noexcept { return to_draft_; }

    /// The rows of the draft's output layer that are of use, in the order of the target's ids: a layer pruned to them
    /// has at place i the logit of target id `kept_targets()[i]`.
    [[nodiscard]] std::span<std::int32_t const> kept_drafts() const noexcept { return kept_drafts_; }
    [[nodiscard]] std::span<std::int32_t const> kept_targets() const noexcept { return kept_targets_; }

    /// The draft ids that may not be drafted: no target token, or one that another draft token stands for.
    [[nodiscard]] std::vector<std::int32_t> suppressed_drafts() const {
        std::vector<std::int32_t> ids;
        for (std::size_t id = 0; id < to_target_.size(); ++id) {
            std::int32_t const target = to_target_[id];
            if (target == suppressed || to_draft_[static_cast<std::size_t>(target)] != static_cast<std::int32_t>(id))
                ids.push_back(static_cast<std::int32_t>(id));
        }
        return ids;
    }
    [[nodiscard]] std::size_t n_collisions() const noexcept { return n_collisions_; }

    /// The target id, or `suppressed`, also for ids that the draft model does not have.
    [[nodiscard]] std::int32_t target_of(token_id draft) const noexcept {
        return draft < to_target_.size() ? to_target_[draft] : suppressed;
    }
    /// The draft id, or `otherwise` (the draft's unknown token, say: any other token would put a lie into its cache).
    [[nodiscard]] std::int32_t draft_of(token_id target, std::int32_t otherwise = suppressed) const noexcept {
        std::int32_t const id = target < to_draft_.size() ? to_draft_[target] : suppressed;
        return id == suppressed ? otherwise : id;
    }

    /// Logits of the draft as logits of the target: all that have no draft token are minus infinity.
    /// @param draft   beyond the draft's width ignored; where there are fewer, the missing ones are minus infinity
    /// @param target  replaced; beyond the target's width minus infinity
    /// @complexity    O(target.size())
    template <class Real>
    void remap_logits(std::span<Real const> draft, std::span<Real> target) const noexcept {
        for (Real& logit : target) logit = -std::numeric_limits<Real>::infinity();
        for (std::size_t i = 0; i < kept_targets_.size(); ++i) {
            auto const from = static_cast<std::size_t>(kept_drafts_[i]);
            auto const to = static_cast<std::size_t>(kept_targets_[i]);
            if (from < draft.size() && to < target.size()) target[to] = draft[from];
        }
    }

    /// The same for logits of an output layer pruned to `kept_drafts()`. @pre pruned.size() == kept_drafts().size()
    template <class Real>
    void remap_pruned_logits(std::span<Real const> pruned, std::span<Real> target) const noexcept {
        for (Real& logit : target) logit = -std::numeric_limits<Real>::infinity();
        for (std::size_t i = 0; i < pruned.size(); ++i) {
            auto const to = static_cast<std::size_t>(kept_targets_[i]);
            if (to < target.size()) target[to] = pruned[i];
        }
    }

    /// The way back: logits of the target as logits of the draft, for comparing the two where both have a token.
    template <class Real>
    void gather_logits(std::span<Real const> target, std::span<Real> draft) const noexcept {
        for (std::size_t id = 0; id < draft.size(); ++id) {
            std::int32_t const from = target_of(static_cast<token_id>(id));
            draft[id] = from != suppressed && static_cast<std::size_t>(from) < target.size()
                            ? target[static_cast<std::size_t>(from)]
                            : -std::numeric_limits<Real>::infinity();
        }
    }

private:
    std::vector<std::int32_t> to_target_;
    std::vector<std::int32_t> to_draft_;
    std::vector<std::int32_t> kept_targets_;
    std::vector<std::int32_t> kept_drafts_;
    std::size_t n_collisions_ = 0;
};

}  // namespace tessera::inline v0::transplant
