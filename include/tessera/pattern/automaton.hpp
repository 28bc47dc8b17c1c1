// Runs a program as a deterministic automaton that is built while it runs. Next: look_passes.hpp, what it knows of the
// text around; two_pass.hpp, what runs where it would read too much.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/pattern/program.hpp>

namespace tessera::inline v0 {
namespace detail {

/// What `look_passes` found: for each position of a text a number, and for each number the looks that hold.
struct look_table {
    std::vector<std::uint16_t> at;  // text.size() + 1; those inside a character are not used
    std::vector<std::uint32_t> bits;
    std::uint64_t version = 0;  // grows when the numbers change their meaning
};

/// A state is a list of threads by priority, not yet followed through the instructions that read nothing, and the class
/// of the symbol before. So the conditions of a position are known when the symbol after it is read, and a transition
/// says whether there was a match before that symbol.
///
/// Memory is bounded: when the cache is full it is emptied and filled anew.
class automaton {
public:
    static constexpr std::size_t no_match = ~std::size_t{0};
    static constexpr std::size_t most_bytes = std::size_t{8} << 20;

    void bind(program const& p) {
        program_ = &p;
        n_looks_ = 1;
        reset();
    }

    /// The end of the match that begins at `begin`, or no_match. `before` is the class of the symbol before; `reached`
    /// is set to how far it read. @pre bound; `looks` is there if the program has looks. O(n) while the cache holds.
    std::size_t match_at(std::string_view text, std::size_t begin, alphabet_symbol before, look_table const& looks,
                         std::size_t& reached) {
        return program_->looks.empty() ? run<false>(text, begin, before, looks, reached)
                                       : run<true>(text, begin, before, looks, reached);
    }

    /// The first position from `begin` on where a match may begin, text.size() if there is none before it; `before` is
    /// kept right. Reads each character once.
    std::size_t candidate(std::string_view text, std::size_t begin, alphabet_symbol& before, look_table const& looks) {
        program const& p = *program_;
        if (p.looks.empty() && !p.has_before) {
            while (begin < text.size()) {
                pattern_unit const unit = p.symbols.at(text, begin);
                if (transition(start_state(0), unit.id, 0) != dead) return begin;
                begin += unit.length;
            }
            return begin;
        }
        bool const with_looks = !p.looks.empty();
        if (with_looks) make_room(looks);
        while (begin < text.size()) {
            pattern_unit const unit = p.symbols.at(text, begin);
            if (transition(start_state(before), unit.id, with_looks ? looks.at[begin] : 0, &looks) != dead) break;
            before = p.before_class[unit.id];
            begin += unit.length;
        }
        return begin;
    }

private:
    static constexpr std::uint32_t dead = 0;
    static constexpr std::uint32_t matched = 0x8000'0000U;
    static constexpr std::uint32_t unknown = 0x7FFF'FFFFU;

    template <bool Looks>
    std::size_t run(std::string_view text, std::size_t begin, alphabet_symbol before, look_table const& looks,
                    std::size_t& reached) {
        if constexpr (Looks) make_room(looks);
        alphabet const& symbols = program_->symbols;
        std::size_t const n = text.size();
        std::size_t end = no_match;
        std::uint32_t state = start_state(before);
        std::size_t at = begin;
        for (;;) {
            pattern_unit unit{symbols.edge(), 1};
            if (at < n) unit = symbols.at(text, at);
            std::uint32_t const t = transition(state, unit.id, Looks ? looks.at[at] : 0, &looks);
            if ((t & matched) != 0) end = at;
            state = t & ~matched;
            if (state == dead) break;
            at += unit.length;
        }
        reached = at;
        return end;
    }

    std::uint32_t transition(std::uint32_t state, alphabet_symbol c, std::size_t look,
                             look_table const* looks = nullptr) {
        std::uint32_t const known = next_[state * stride_ + look * n_symbols_ + c];
        if (known != unknown) [[likely]] {
            return known;
        }
        return make(state, c, look, looks);
    }

    std::uint32_t make(std::uint32_t state, alphabet_symbol c, std::size_t look, look_table const* looks) {
        program const& p = *program_;
        std::uint32_t const bits = p.looks.empty() ? 0 : looks->bits[look];
        bool const match = step_.run(p, lists_[state], before_[state], c, bits, list_);
        if (c == p.symbols.edge()) list_.clear();
        std::uint32_t to = dead;
        if (!list_.empty()) {
            if (bytes_ > most_bytes) {
                // The threads that come next are all that is needed of what is lost; the transition is not kept.
                std::vector<std::uint32_t> const threads = list_;
                reset();
                return number(threads, p.before_class[c]) | (match ? matched : 0);
            }
            to = number(list_, p.before_class[c]);
        }
        return next_[state * stride_ + look * n_symbols_ + c] = to | (match ? matched : 0);
    }

    std::uint32_t start_state(alphabet_symbol before) {
        std::uint32_t& known = start_[before];
        if (known == dead) {
            std::uint32_t const made = number({program_->entry}, before);
            start_[before] = made;
        }
        return start_[before];
    }

    // The state of these threads, none of which is dead.
    std::uint32_t number(std::vector<std::uint32_t> const& threads, alphabet_symbol before) {
        key_ = threads;
        key_.push_back(before);
        auto const [at, is_new] = known_.emplace(key_, static_cast<std::uint32_t>(lists_.size()));
        if (is_new) add_state(threads, before);
        return at->second;
    }
    void add_state(std::vector<std::uint32_t> const& threads, alphabet_symbol before) {
        lists_.push_back(threads);
        before_.push_back(before);
        next_.resize(lists_.size() * stride_, unknown);
        bytes_ += stride_ * 4 + threads.size() * 8 + 100;
    }

    // Columns for all numbers of `looks`.
    void make_room(look_table const& looks) {
        if (looks.bits.size() <= n_looks_ && looks.version == looks_version_) return;
        looks_version_ = looks.version;
        while (n_looks_ < looks.bits.size()) n_looks_ *= 2;
        reset();
    }

    void reset() {
        n_symbols_ = program_->symbols.size();
        stride_ = n_symbols_ * n_looks_;
        known_.clear();
        lists_.clear();
        before_.clear();
        next_.clear();
        bytes_ = 0;
        start_.assign(n_symbols_, dead);
        add_state({}, 0);  // dead
        for (std::uint32_t& t : next_) t = dead;
    }

    program const* program_ = nullptr;
    std::size_t n_symbols_ = 0;
    std::size_t n_looks_ = 1;
    std::uint64_t looks_version_ = 0;
    std::size_t stride_ = 0;
    std::vector<std::uint32_t> next_;  // (state, look, symbol)
    std::vector<std::vector<std::uint32_t>> lists_;
    std::vector<alphabet_symbol> before_;
    std::vector<std::uint32_t> start_;  // by the symbol before
    std::unordered_map<std::vector<std::uint32_t>, std::uint32_t, hash_list> known_;
    std::size_t bytes_ = 0;
    std::vector<std::uint32_t> list_, key_;
    thread_step step_;
};

}  // namespace detail
}  // namespace tessera::inline v0
