// Which tokens may come next if a text's tokens are to be those that the tokenizer makes of it. Next: byte_lm.hpp,
// which weighs them by a language model.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <tessera/bytes/byte_law.hpp>
#include <tessera/bytes/detail/canonical_tokens.hpp>
#include <tessera/bytes/detail/merging.hpp>
#include <tessera/bytes/detail/text_characters.hpp>
#include <tessera/bytes/split_automaton.hpp>
#include <tessera/bytes/split_plan.hpp>
#include <tessera/bytes/token_order.hpp>
#include <tessera/bytes/token_set.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/normalize/form_check.hpp>

namespace tessera::inline v0 {

/// Token sequences that are the beginning of some text's own tokens: t_1 .. t_m such that a text exists which the
/// tokenizer turns into tokens that begin with these.
///
/// Special tokens are not text, and none of them is in such a sequence. Bytes that are not UTF-8 are text, as they are
/// to the tokenizer. A text that the tokenizer's normalizer would change has no tokens that decode to it, and no such
/// sequence leads there.
///
/// Not thread-safe: what it finds out about pretokens and tokens it keeps, within bounds.
/// @par Source  Phan et al. 2025, arXiv:2410.09303 (cover encodings); Hayase et al. 2025, arXiv:2506.14123 (the tree of
///              valid covers). Differs: a cover counts if some text has it as its beginning, where Phan et al. ask
///              whether it is what the tokenizer makes of its own bytes. The two differ where the pretokenizer looks
///              ahead, and only the former is the prefix probability that their lemma 1 speaks of. See
///              docs/differences.md
class valid_law {
public:
    /// What the text before matters for what may follow.
    class position {
        friend class valid_law;
        // One way to cut the text.
        struct way {
            split_automaton::state_id state = 0;
            std::uint32_t pretoken = 0;  // bytes of it so far; where that matters, and up to the longest token
            bool may_cut = true;         // the pretoken may end here
            bool may_go_on = true;       // it may have more tokens
            friend auto operator<=>(way const&, way const&) = default;
        };
        token_id last_ = no_token;
        std::vector<way> ways_;
        detail::text_characters::state characters_;
        std::string tail_;  // the last bytes of the text, as many as a pretoken needs
    };

    /// Bytes after a position, all within one token.
    class progress {
        friend class valid_law;
        struct run {
            split_automaton::state_id state = 0;
            std::uint32_t pretoken = 0;  // of the way that it comes from
            bool cut = false;            // a pretoken begins with the token
            bool whole = false;          // the token is an added one
            friend auto operator<=>(run const&, run const&) = default;
        };
        std::vector<run> runs_;
        detail::text_characters::state characters_;
        std::uint32_t n_ = 0;  // bytes
    };

    /// @tparam Tokenizer  tokenizer<...>; outlives this
    /// @throws error      unsupported: its model does not merge as BPE does, or a component changes texts so that they
    ///                    cannot be followed; limit
    template <class Tokenizer>
    explicit valid_law(Tokenizer const& tokenizer)
        : valid_law(
              tokenizer.vocab(), detail::merging_of(tokenizer.model()), tokenizer.specials(),
              split_plan(tokenizer.pretokenizer(), tokenizer.normalizer(), tokenizer.decoder(), tokenizer.specials())) {
    }

    /// All tokens that texts can have.
    [[nodiscard]] token_order const& order() const noexcept { return tokens_->order(); }

    /// What encoding puts in front of a text and decoding takes off again: nothing, or a space.
    /// @param after_special  what stands before is a special token, not the beginning
    [[nodiscard]] std::string_view prefix(bool after_special) const noexcept {
        using kind = split_plan::prefix_space;
        bool const has = prefix_ == kind::each || (prefix_ == kind::first && !after_special);
        return has ? " " : "";
    }

    /// The beginning of a text, or what follows a special token.
    [[nodiscard]] position start() const {
        position at;
        at.ways_.push_back({tokens_->automaton().start(), 0, true, false});
        return at;
    }

    /// Whether the text may end here.
    [[nodiscard]] bool may_end(position const& at) {
        return std::any_of(at.ways_.begin(), at.ways_.end(),
                           [&](position::way const& w) { return w.may_cut && tokens_->automaton().may_end(w.state); });
    }

    /// The tokens that may come next. Valid until the next call.
    [[nodiscard]] token_set const& next_tokens(position const& at) {
        if (tokens_->forget_if_full()) {
            leads_on_.clear();
            settled_.clear();
        }
        for (position::way const& w : at.ways_) settle(w.state);
        find_tokens(at, allowed_, &unsure_);
        unsure_.for_each([&](std::uint32_t place) {
            auto const next = after(at, place);
            if (!next || !leads_on(*next)) allowed_.remove(place);
            return true;
        });
        return allowed_;
    }

    /// Reads the first byte of a token, or the next one; false if no token goes on like this.
    [[nodiscard]] bool step(position const& at, progress& on, unsigned char byte) {
        std::vector<progress::run> next;
        if (on.n_ == 0) {
            on.characters_ = at.characters_;
            for (position::way const& w : at.ways_) {
                for (auto const& choice : tokens_->automaton().step(w.state, byte)) {
                    if (choice.cut ? !w.may_cut : !w.may_go_on) continue;
                    if (choice.whole && !choice.cut) continue;
                    next.push_back({choice.state, choice.cut ? 0 : w.pretoken, choice.cut, choice.whole});
                }
            }
        } else {
            for (progress::run const& r : on.runs_) {
                for (auto const& choice : tokens_->automaton().step(r.state, byte)) {
                    if (choice.cut || choice.whole != r.whole) continue;
                    next.push_back({choice.state, r.pretoken, r.cut, r.whole});
                }
            }
        }
        ++on.n_;
        if (!tokens_->characters().read(on.characters_, byte)) next.clear();
        std::sort(next.begin(), next.end());
        next.erase(std::unique(next.begin(), next.end()), next.end());
        on.runs_ = std::move(next);
        return !on.runs_.empty();
    }

    /// The position after a token whose bytes are those read; nothing if it may not stand there.
    /// @param place  of the token, in `order`
    [[nodiscard]] std::optional<position> complete(position const& at, progress const& on, std::uint32_t place) {
        std::optional<position> next = joined(at, on, place);
        if (next && !leads_on(*next)) next.reset();
        return next;
    }

private:
    valid_law(vocabulary const& vocab, detail::merging model, special_tokens const& specials, split_plan plan)
        : model_(std::move(model.bpe)), ignores_merges_(model_->options().ignore_merges), prefix_(plan.prefix()) {
        plan.keep_whole(std::move(model.kept_whole));
        tokens_ = std::make_unique<detail::canonical_tokens>(vocab, *model_, specials, std::move(plan));
        longest_ = order().longest();
    }

    // As `complete`, whether or not it leads anywhere.
    std::optional<position> joined(position const& at, progress const& on, std::uint32_t place) {
        token_id const id = order().id(place);
        std::string_view const bytes = order().bytes(place);
        detail::canonical_tokens& tokens = *tokens_;
        bool const continues = tokens.may_continue().contains(place);
        if (tokens.is_misspelled(at.characters_, place)) return std::nullopt;
        std::optional<bool> follows;  // asked at most once
        position next;
        for (progress::run const& r : on.runs_) {
            position::way w{r.state, 0, true, true};
            if (r.whole) {
                if (!tokens.is_added(place)) continue;
                w.may_go_on = false;
            } else if (r.cut) {
                if (!tokens.may_begin().contains(place)) continue;
                w.may_go_on = continues;
                if (ignores_merges_) {
                    w.pretoken = static_cast<std::uint32_t>(std::min(bytes.size(), longest_));
                    w.may_cut = tokens.is_found(place);
                }
            } else {
                if (!continues) continue;
                if (!follows) follows = at.last_ == no_token || tokens.adjacency().may_follow(at.last_, id);
                if (!*follows) continue;
                if (ignores_merges_) {
                    w.pretoken = static_cast<std::uint32_t>(std::min(r.pretoken + bytes.size(), longest_ + 1));
                    w.may_cut = !is_token(at.tail_, bytes, w.pretoken);
                }
            }
            if (w.may_cut || w.may_go_on) next.ways_.push_back(w);
        }
        if (next.ways_.empty()) return std::nullopt;
        std::sort(next.ways_.begin(), next.ways_.end());
        next.ways_.erase(std::unique(next.ways_.begin(), next.ways_.end()), next.ways_.end());
        next.last_ = id;
        next.characters_ = on.characters_;
        if (ignores_merges_) {
            next.tail_ = at.tail_;
            next.tail_ += bytes;
            if (next.tail_.size() > longest_) next.tail_.erase(0, next.tail_.size() - longest_);
        }
        return next;
    }

    // Whether the pretoken, the last bytes of the text and these, is a token: then the tokenizer takes it whole.
    [[nodiscard]] bool is_token(std::string_view tail, std::string_view bytes, std::size_t length) const {
        if (length > longest_) return false;
        std::string all(tail.substr(tail.size() - (length - bytes.size())));
        all += bytes;
        return model_->vocab().find(tokens_->characters().as_model_sees(std::move(all))) != no_token;
    }

    // The position after a whole token.
    std::optional<position> after(position const& at, std::uint32_t place) {
        progress on;
        for (char const b : order().bytes(place)) {
            if (!step(at, on, static_cast<unsigned char>(b))) return std::nullopt;
        }
        return joined(at, on, place);
    }

    // Tokens that may stand here. Those in `unsure` may have nothing that can follow.
    void find_tokens(position const& at, token_set& all, token_set* unsure) {
        all.assign(order().size());
        inner_.assign(order().size());
        if (unsure != nullptr) unsure->assign(order().size());
        bool inner = false;
        for (position::way const& w : at.ways_) {
            auto const& tokens = tokens_->after(w.state);
            if (w.may_cut) {
                all |= tokens.first;
                if (unsure != nullptr) unsure->add(tokens.first_unsure);
            }
            if (w.may_go_on) {
                inner_ |= tokens.inner;
                if (unsure != nullptr) unsure->add(tokens.inner_unsure);
                inner = true;
            }
        }
        all &= tokens_->may_begin();
        if (inner) {
            inner_ &= tokens_->may_continue();
            if (at.last_ != no_token) inner_.remove(tokens_->forbidden(at.last_));
            all |= inner_;
        }
        for (position::way const& w : at.ways_) {
            if (w.may_cut) all.add(tokens_->after(w.state).whole);
        }
        tokens_->remove_by_characters(at.characters_, all);
        if (unsure != nullptr) *unsure &= all;
    }

    // Finds out once for a state of which unsure tokens something follows. That depends on what was before only where a
    // pretoken of several tokens may be a token itself; those stay unsure.
    void settle(split_automaton::state_id state) {
        if (!settled_.insert(state).second) return;
        auto const follows = [&](std::uint32_t place, bool cut, std::uint32_t pretoken) {
            position at;
            at.ways_.push_back({state, pretoken, cut, !cut});
            at.characters_.partial = tokens_->automaton().partial_character(state);
            auto const next = after(at, place);
            return next && leads_on(*next);
        };
        detail::token_sets::from_state& tokens = tokens_->after(state);
        for (std::uint32_t const place : tokens.first_unsure) {
            if (!follows(place, true, 0)) tokens.first.remove(place);
        }
        tokens.first_unsure.clear();
        auto const never_a_token = static_cast<std::uint32_t>(longest_ + 1);
        std::erase_if(tokens.inner_unsure, [&](std::uint32_t place) {
            bool const as_several = follows(place, false, never_a_token);
            if (!as_several) tokens.inner.remove(place);
            return !as_several || !ignores_merges_ || follows(place, false, 0);
        });
    }

    // Whether some text ends after these tokens, or after more of them. Almost always it may end at once; not so where
    // a pattern has decided what comes (three digits, say), or where the pretoken so far is a token itself and has to
    // go on. After `most_tried` positions it is taken to be so; no pretokenizer that is tested comes near.
    bool leads_on(position const& at) {
        if (is_sure(at)) return true;
        constexpr std::size_t most_tried = 2000;
        auto const key = [](position const& p) { return std::pair(p.ways_, p.last_); };
        auto const known = leads_on_.find(key(at));
        if (known != leads_on_.end()) return known->second;
        std::vector<position> queue{at};
        std::set<std::pair<std::vector<position::way>, token_id>> seen{key(at)};
        bool found = false;
        token_set tokens;
        for (std::size_t i = 0; i < queue.size() && !found; ++i) {
            position const here = queue[i];
            find_tokens(here, tokens, nullptr);
            tokens.for_each([&](std::uint32_t place) {
                auto next = after(here, place);
                if (!next) return true;
                found = is_sure(*next) || seen.size() > most_tried;
                if (!found && seen.insert(key(*next)).second) queue.push_back(std::move(*next));
                return !found;
            });
        }
        return leads_on_[key(at)] = found;
    }

    bool is_sure(position const& at) {
        split_automaton& automaton = tokens_->automaton();
        return std::any_of(at.ways_.begin(), at.ways_.end(), [&](position::way const& w) {
            return automaton.may_end(w.state) && (w.may_cut || (w.may_go_on && automaton.may_go_on(w.state)));
        });
    }

    std::shared_ptr<bpe_model const> model_;
    bool ignores_merges_;
    split_plan::prefix_space prefix_;
    std::unique_ptr<detail::canonical_tokens> tokens_;
    std::size_t longest_ = 0;
    std::map<std::pair<std::vector<position::way>, token_id>, bool> leads_on_;
    std::unordered_set<split_automaton::state_id> settled_;
    token_set allowed_, inner_, unsure_;
};

static_assert(ByteLaw<valid_law>);

}  // namespace tessera::inline v0
