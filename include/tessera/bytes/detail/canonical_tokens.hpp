// The tokens of a BPE tokenizer: which texts can have, where, and behind which. Next: valid_law.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/bytes/detail/text_characters.hpp>
#include <tessera/bytes/detail/token_sets.hpp>
#include <tessera/bytes/forbidden_successors.hpp>
#include <tessera/bytes/split_automaton.hpp>
#include <tessera/bytes/split_plan.hpp>
#include <tessera/bytes/token_adjacency.hpp>
#include <tessera/bytes/token_order.hpp>
#include <tessera/bytes/token_set.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_model.hpp>

namespace tessera::inline v0 {
namespace detail {

/// What valid_law knows of single tokens. Not thread-safe, and stays where it was made.
class canonical_tokens {
public:
    /// @param vocab   canonical bytes; with `model`, outlives this
    canonical_tokens(vocabulary const& vocab, bpe_model const& model, special_tokens const& specials, split_plan plan)
        : model_(&model),
          adjacency_(model),
          forbidden_(model, adjacency_),
          characters_(model, plan.spaces_are_visible(), !plan.loses_ill_formed(), plan.form()),
          order_(vocab, [is_text = texts(model, specials)](token_id id) { return id < is_text.size() && is_text[id]; }),
          added_(plan.added()),
          automaton_(make_automaton(std::move(plan))),
          sets_(order_, automaton_, forbidden_, describe()) {
        for (std::uint32_t place = 0; place < order_.size(); ++place) {
            if (characters_.asks_what_is_before(order_.bytes(place))) asking_.push_back(place);
        }
    }
    canonical_tokens(canonical_tokens const&) = delete;
    canonical_tokens& operator=(canonical_tokens const&) = delete;

    [[nodiscard]] token_order const& order() const noexcept { return order_; }
    [[nodiscard]] token_adjacency const& adjacency() const noexcept { return adjacency_; }
    [[nodiscard]] split_automaton& automaton() noexcept { return automaton_; }
    [[nodiscard]] text_characters const& characters() const noexcept { return characters_; }

    /// Tokens that a pretoken may begin with, by themselves or before others; that may stand within one.
    [[nodiscard]] token_set const& may_begin() const noexcept { return may_begin_; }
    [[nodiscard]] token_set const& may_continue() const noexcept { return may_continue_; }
    /// Of tokens with the same bytes, the one that these bytes are.
    [[nodiscard]] bool is_found(std::uint32_t place) const noexcept { return is_found_[place]; }
    [[nodiscard]] bool is_added(std::uint32_t place) const noexcept { return is_added_[place]; }

    /// Whether it is a byte's token, and what the byte is part of has a token of its own.
    [[nodiscard]] bool is_misspelled(text_characters::state const& before, std::uint32_t place) {
        return is_spelling_[place] && !characters_.may_spell(before, order_.bytes(place));
    }

    [[nodiscard]] token_sets::from_state& after(split_automaton::state_id state) { return sets_.after(state); }
    /// Tokens that may not stand behind `last` in a pretoken.
    [[nodiscard]] token_set const& forbidden(token_id last) {
        return adjacency_.is_reachable(last) ? sets_.forbidden(last) : none_;
    }
    bool forget_if_full() { return sets_.forget_if_full(); }

    /// Takes out tokens that the characters before do not allow.
    void remove_by_characters(text_characters::state const& at, token_set& tokens) {
        for (std::uint32_t const place : spelling_) {
            if (tokens.contains(place) && is_misspelled(at, place)) tokens.remove(place);
        }
        if (!characters_.form()) return;
        if (at.partial.empty()) {
            if (at.form == form_check::state{}) return;
            auto const [known, is_new] = out_of_form_.try_emplace(at.form);
            if (is_new) {
                for (std::uint32_t const place : asking_) {
                    if (!characters_.reads(at, order_.bytes(place))) known->second.push_back(place);
                }
            }
            for (std::uint32_t const place : known->second) tokens.remove(place);
            return;
        }
        // Tokens that go on with the character: few, and each is looked at.
        for (unsigned byte = 0x80; byte < 0xC0; ++byte) {
            token_order::range const r = order_.narrow(order_.all(), 0, static_cast<unsigned char>(byte));
            for (std::uint32_t place = r.begin; place < r.end; ++place) {
                if (tokens.contains(place) && !characters_.reads(at, order_.bytes(place))) tokens.remove(place);
            }
        }
    }

private:
    using places = token_sets::places;

    // By id: no special tokens, none that is not used.
    static std::vector<bool> texts(bpe_model const& model, special_tokens const& specials) {
        std::vector<bool> is_text(model.vocab().size());
        for (token_id id = 0; id < is_text.size(); ++id) is_text[id] = model.vocab().kind(id) != token_kind::unused;
        for (added_token const& token : specials.tokens()) {
            if (token.special && token.id < is_text.size()) is_text[token.id] = false;
        }
        return is_text;
    }

    split_automaton make_automaton(split_plan plan) const {
        bpe_options const& o = model_->options();
        auto const has_token = [&](std::uint32_t c) {
            if (c == ill_formed) return o.unit == symbol_unit::byte || o.byte_fallback;
            std::string spelled;
            encode_utf8(static_cast<char32_t>(c), spelled);
            if (o.unit == symbol_unit::code_point) {
                return o.byte_fallback || (!(c >= 0xD800 && c < 0xE000) && model_->vocab().find(spelled) != no_token);
            }
            return std::all_of(spelled.begin(), spelled.end(), [&](char const& b) {
                return model_->vocab().find(std::string_view(&b, 1)) != no_token;
            });
        };
        return std::move(plan).automaton(has_token);
    }

    token_sets::description describe() {
        bpe_options const& o = model_->options();
        std::size_t const n = order_.size();
        auto const fallback = byte_fallback_tokens(model_->vocab());
        none_.assign(n);
        may_begin_.assign(n);
        may_continue_.assign(n);
        is_found_.assign(n, true);
        is_added_.assign(n, false);
        is_spelling_.assign(n, false);
        for (std::uint32_t place = 0; place < n; ++place) {
            token_id const id = order_.id(place);
            std::string_view const bytes = order_.bytes(place);
            if (!characters_.is_in_form(bytes)) continue;
            bool reachable = adjacency_.is_reachable(id);
            if (o.byte_fallback && bytes.size() == 1 && id == fallback[static_cast<unsigned char>(bytes[0])]) {
                // A byte of a character that is no token.
                is_spelling_[place] = true;
                spelling_.push_back(place);
                reachable = true;
            }
            if (o.ignore_merges) is_found_[place] = model_->vocab().find(model_->vocab().bytes(id)) == id;
            if (reachable) may_continue_.add(place);
            if (reachable || (o.ignore_merges && is_found_[place])) may_begin_.add(place);
        }
        places added;
        for (added_token const& token : added_) {
            std::uint32_t const place =
                token.id < model_->vocab().size() ? order_.place_of(token.id) : token_order::none;
            if (place == token_order::none) continue;
            is_added_[place] = true;
            added.push_back(place);
        }
        return {o.ignore_merges, may_begin_, is_found_, std::move(added)};
    }

    bpe_model const* model_;
    token_adjacency adjacency_;
    forbidden_successors forbidden_;
    text_characters characters_;
    token_order order_;
    std::vector<added_token> added_;
    split_automaton automaton_;
    token_set none_, may_begin_, may_continue_;
    std::vector<bool> is_found_, is_added_, is_spelling_;
    places spelling_;  // tokens of bytes, for characters that have none
    token_sets sets_;
    places asking_;  // tokens that may not stand behind each character
    std::map<form_check::state, places> out_of_form_;
};

}  // namespace detail
}  // namespace tessera::inline v0
