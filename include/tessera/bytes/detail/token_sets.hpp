// Which tokens a pretokenizer lets stand after a text, and which merges do: sets of them, remembered. Next:
// valid_law.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/bytes/detail/symbol_trie.hpp>
#include <tessera/bytes/forbidden_successors.hpp>
#include <tessera/bytes/split_automaton.hpp>
#include <tessera/bytes/token_order.hpp>
#include <tessera/bytes/token_set.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Tokens by the state of a split_automaton, and by the token before. Most tokens are whole characters, and those whose
/// characters are of the same kinds are tried as one.
class token_sets {
public:
    using state_id = split_automaton::state_id;
    using places = std::vector<std::uint32_t>;
    static constexpr std::size_t most_bytes = std::size_t{192} << 20;

    /// Tokens that may come after a state, each in one piece.
    struct from_state {
        token_set first;  ///< if a pretoken begins with them
        token_set inner;  ///< if the pretoken goes on
        places whole;     ///< added tokens
        /// Of these, tokens after which no text may end at once, so that it is not sure that one goes on.
        places first_unsure, inner_unsure;
    };

    struct description {
        bool pretokens_may_be_tokens = false;  ///< of several tokens, though they are one: those may have to go on
        token_set listed;                      ///< tokens that may stand anywhere
        std::vector<bool> is_found;            ///< by place: no other token has its bytes and comes first
        places added;                          ///< added tokens
    };

    /// @param order, automaton, forbidden  outlive this
    token_sets(token_order const& order, split_automaton& automaton, forbidden_successors const& forbidden,
               description tokens)
        : order_(&order), automaton_(&automaton), forbidden_(&forbidden), tokens_(std::move(tokens)) {
        std::vector<std::vector<text_symbols::symbol>> sequences(order.size());
        for (std::uint32_t place = 0; place < order.size(); ++place) {
            std::string_view const bytes = order.bytes(place);
            if (!tokens_.listed.contains(place)) continue;
            if (!is_valid_utf8(bytes)) {
                ragged_.push_back(place);
                continue;
            }
            for (std::size_t at = 0; at < bytes.size();) {
                auto const [c, length] = decode_utf8(bytes, at);
                sequences[place].push_back(automaton.symbols().of(c));
                at += length;
            }
        }
        trie_ = symbol_trie(sequences);
    }

    /// Valid until `forget_if_full` returns true. Who finds out about unsure tokens may note it there.
    from_state& after(state_id state) {
        auto const found = by_state_.find(state);
        if (found != by_state_.end()) return found->second;
        from_state made;
        made.first.assign(order_->size());
        made.inner.assign(order_->size());
        // Where a character has begun, either it is none and another begins, or the token goes on with it.
        if (automaton_->n_partial(state) == 0) {
            add_whole_characters(automaton_->by_symbols(state), made);
        } else {
            for (state_id const at : automaton_->if_ill_formed(state)) add_whole_characters(at, made);
        }
        for (std::uint32_t const place : ragged_) add_by_bytes(state, place, made);
        for (std::uint32_t const place : tokens_.added) {
            if (reads(state, order_->bytes(place), true, true)) made.whole.push_back(place);
        }
        remembered_ += 2 * order_->size() / 8;
        return by_state_.emplace(state, std::move(made)).first->second;
    }

    /// Tokens that may not stand behind `last` in one pretoken. @pre it is reachable
    token_set const& forbidden(token_id last) {
        auto const found = by_last_.find(last);
        if (found != by_last_.end()) return found->second;
        token_set made;
        made.assign(order_->size());
        forbidden_->for_each(last, [&](token_id id) {
            std::uint32_t const place = order_->place_of(id);
            if (place != token_order::none) made.add(place);
        });
        remembered_ += order_->size() / 8;
        return by_last_.emplace(last, std::move(made)).first->second;
    }

    /// Forgets what is remembered, if it is too much. References end.
    bool forget_if_full() {
        if (remembered_ < most_bytes) return false;
        by_state_.clear();
        by_last_.clear();
        remembered_ = 0;
        return true;
    }

private:
    void add_whole_characters(state_id at, from_state& out) {
        trie_.for_each_readable(
            at, [&](state_id s, text_symbols::symbol c) { return automaton_->step_symbol(s, c); },
            [&](std::span<std::uint32_t const> tokens, bool cut, std::span<state_id const> states) {
                bool const sure = std::any_of(states.begin(), states.end(), [&](state_id s) {
                    return automaton_->may_end_by_symbols(s) &&
                           (cut || !tokens_.pretokens_may_be_tokens || automaton_->may_go_on_by_symbols(s));
                });
                for (std::uint32_t const place : tokens) note(place, cut, sure, out);
            });
    }

    void add_by_bytes(state_id state, std::uint32_t place, from_state& out) {
        for (bool const cut : {true, false}) {
            if (!reads(state, order_->bytes(place), cut, false)) continue;
            bool const sure = std::any_of(read_.begin(), read_.end(), [&](state_id s) {
                return automaton_->may_end(s) && (cut || !tokens_.pretokens_may_be_tokens || automaton_->may_go_on(s));
            });
            note(place, cut, sure, out);
        }
    }

    void note(std::uint32_t place, bool cut, bool sure, from_state& out) const {
        (cut ? out.first : out.inner).add(place);
        if (!sure || (cut && !tokens_.is_found[place])) (cut ? out.first_unsure : out.inner_unsure).push_back(place);
    }

    // Whether the text may go on with these bytes, in one piece; `read_` has the states then.
    bool reads(state_id state, std::string_view bytes, bool cut, bool whole) {
        std::vector<state_id> now{state};
        std::vector<state_id> next;
        for (std::size_t i = 0; i < bytes.size() && !now.empty(); ++i) {
            next.clear();
            for (state_id const s : now) {
                for (auto const& choice : automaton_->step(s, static_cast<unsigned char>(bytes[i]))) {
                    if (choice.cut == (i == 0 && cut) && choice.whole == whole) next.push_back(choice.state);
                }
            }
            std::sort(next.begin(), next.end());
            next.erase(std::unique(next.begin(), next.end()), next.end());
            now.swap(next);
        }
        read_ = std::move(now);
        return !read_.empty();
    }

    token_order const* order_;
    split_automaton* automaton_;
    forbidden_successors const* forbidden_;
    description tokens_;
    places ragged_;  // tokens that are not whole characters
    symbol_trie trie_;
    std::unordered_map<state_id, from_state> by_state_;
    std::unordered_map<token_id, token_set> by_last_;
    std::size_t remembered_ = 0;
    std::vector<state_id> read_;
};

}  // namespace detail
}  // namespace tessera::inline v0
