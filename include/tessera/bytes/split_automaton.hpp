// Where a text may be cut into pretokens, byte by byte, whatever comes after it. Next: split_plan.hpp, which makes one
// for a tokenizer; valid_law.hpp, which asks it what tokens may come.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/bytes/detail/split_stage.hpp>
#include <tessera/bytes/detail/text_symbols.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {

/// All ways in which some continuation of a text cuts it into pretokens. A state is one way: the way so far, and what
/// must come true of the text to come. Each whole text has one way, that of the tokenizer.
///
/// A way that no continuation takes is never given: each choice leads to a state from where a text can end.
///
/// Not thread-safe: it is made while it is used. Its size depends on the pretokenizer and on what kinds of characters
/// the texts have, not on how long they are.
/// @par Source  Hayase, Liu, Smith and Oh 2025, arXiv:2506.14123, keep several splits of a text alive, with handlers
///              written for known patterns. Here the ways come out of the pattern itself, whichever it is.
class split_automaton {
public:
    using state_id = std::uint32_t;
    using symbol = detail::text_symbols::symbol;

    /// One way on by a byte or a symbol.
    struct choice {
        state_id state = 0;
        bool cut = false;    ///< a pretoken begins right before it
        bool whole = false;  ///< it belongs to an added token, which is its own pretoken
        friend bool operator==(choice, choice) = default;
        friend auto operator<=>(choice, choice) = default;
    };

    static constexpr std::size_t most_states = 1'000'000;

    /// @param stages  each splits what the one before has left in one piece; of the first one matches may stay whole
    split_automaton(std::vector<detail::split_stage> stages, detail::text_symbols symbols)
        : stages_(std::move(stages)), symbols_(std::move(symbols)) {
        std::vector<std::uint32_t> first(stages_.size() + 1, detail::split_stage::start);
        first.back() = 0;
        start_ = number_of(first);
        byte_start_ = number_of(partial{start_, {}});
    }

    /// The beginning of a text, and what comes after a pretoken's certain end: a pretoken begins here.
    [[nodiscard]] state_id start() const noexcept { return byte_start_; }

    /// All ways on by a byte. The first byte after `start()` is cut off from what is before it. Valid until the next
    /// call.
    /// @throws error  limit
    [[nodiscard]] std::span<choice const> step(state_id from, unsigned char byte) {
        std::uint64_t const key = std::uint64_t{from} << 8 | byte;
        auto known = byte_next_.find(key);
        if (known == byte_next_.end()) {
            std::vector<choice> found;
            step_byte(from, byte, found);
            auto const begin = static_cast<std::uint32_t>(byte_choices_.size());
            byte_choices_.insert(byte_choices_.end(), found.begin(), found.end());
            known = byte_next_.emplace(key, std::pair(begin, static_cast<std::uint32_t>(found.size()))).first;
        }
        return std::span(byte_choices_).subspan(known->second.first, known->second.second);
    }

    /// Whether the text may end here.
    [[nodiscard]] bool may_end(state_id at) {
        partial const p = partials_[at];
        for (state_id const s : as_ill_formed(p)) {
            if (ends(s)) return true;
        }
        return false;
    }

    /// Whether the pretoken may have more characters.
    [[nodiscard]] bool may_go_on(state_id at) {
        partial const p = partials_[at];
        if (p.n > 0) return true;
        return may_go_on_by_symbols(p.from);
    }

    /// How many bytes of a character stand at the end of the text: 0 to 3.
    [[nodiscard]] std::size_t n_partial(state_id at) const noexcept { return partials_[at].n; }

    [[nodiscard]] std::string_view partial_character(state_id at) const noexcept { return partials_[at].text(); }

    // --- the same by symbols, between characters ---

    [[nodiscard]] detail::text_symbols const& symbols() const noexcept { return symbols_; }
    [[nodiscard]] bool may_end_by_symbols(state_id at) { return ends(at); }
    [[nodiscard]] bool may_go_on_by_symbols(state_id at) {
        if (goes_on_[at] == not_known) {
            goes_on_[at] = no;
            for (std::size_t s = 0; s < symbols_.size() && goes_on_[at] == no; ++s) {
                for (choice const& c : step_symbol(at, static_cast<symbol>(s))) {
                    if (!c.cut) goes_on_[at] = yes;
                }
            }
        }
        return goes_on_[at] == yes;
    }
    /// The state by symbols. @pre n_partial(at) == 0
    [[nodiscard]] state_id by_symbols(state_id at) const noexcept { return partials_[at].from; }
    /// All states by symbols where the bytes of the character that stand at the end are none: another begins.
    [[nodiscard]] std::vector<state_id> if_ill_formed(state_id at) { return as_ill_formed(partials_[at]); }
    /// All ways on by a symbol. Valid until the next call.
    [[nodiscard]] std::span<choice const> step_symbol(state_id from, symbol s) {
        row& known = next_[from][s];
        if (!known.is_viable) {
            std::vector<choice> found;
            auto const all = raw_choices(from, s);
            found.assign(all.begin(), all.end());
            std::erase_if(found, [&](choice const& c) { return !is_viable(c.state); });
            row& to = next_[from][s];
            to = {static_cast<std::uint32_t>(choices_.size()), static_cast<std::uint32_t>(found.size()), true, true};
            choices_.insert(choices_.end(), found.begin(), found.end());
            return std::span(choices_).subspan(to.begin, to.n);
        }
        return std::span(choices_).subspan(known.begin, known.n);
    }

private:
    static constexpr std::uint32_t idle = 0xFFFF'FFFFU;  // a stage that has nothing to split

    // Bytes of a character after a state by symbols, and what was decided about them: whether the text is cut before
    // each, and whether they belong to an added token.
    struct partial {
        state_id from = 0;
        std::array<unsigned char, 3> bytes{};
        std::uint8_t n = 0;
        std::uint8_t cuts = 0;  // by byte
        bool whole = false;

        [[nodiscard]] std::string_view text() const noexcept {
            return {reinterpret_cast<char const*>(bytes.data()), n};
        }
        friend auto operator<=>(partial const&, partial const&) = default;
    };

    struct row {
        std::uint32_t begin = 0;
        std::uint32_t n = 0;
        bool is_known = false;
        bool is_viable = false;  // those that lead nowhere are left out
    };

    void check_size(std::size_t n) const {
        if (n >= most_states) {
            throw error(error_kind::limit, "pretokenizer", "it can split a text in too many ways to follow them all");
        }
    }

    state_id number_of(std::vector<std::uint32_t> const& parts) {
        auto const [at, is_new] = known_.emplace(parts, static_cast<state_id>(states_.size()));
        if (is_new) {
            check_size(states_.size());
            states_.push_back(parts);
            next_.emplace_back(symbols_.size());
            viable_.push_back(not_known);
            goes_on_.push_back(not_known);
        }
        return at->second;
    }
    state_id number_of(partial const& p) {
        auto const [at, is_new] = known_partials_.emplace(p, static_cast<state_id>(partials_.size()));
        if (is_new) {
            check_size(partials_.size());
            partials_.push_back(p);
        }
        return at->second;
    }

    // All ways on, dead ends among them. Valid until the next call.
    std::span<choice const> raw_choices(state_id from, symbol s) {
        row& known = next_[from][s];
        if (!known.is_known) {
            std::vector<choice> found;
            if (!symbols_.is_dead(s)) {
                std::vector<std::uint32_t> const at = states_[from];
                std::vector<std::uint32_t> to(at.size());
                to.back() = 1;
                choose(at, s, 0, from == start_, false, to, found);
            }
            std::sort(found.begin(), found.end());
            found.erase(std::unique(found.begin(), found.end()), found.end());
            row& made = next_[from][s];
            made = {static_cast<std::uint32_t>(choices_.size()), static_cast<std::uint32_t>(found.size()), true, false};
            choices_.insert(choices_.end(), found.begin(), found.end());
            return std::span(choices_).subspan(made.begin, made.n);
        }
        return std::span(choices_).subspan(known.begin, known.n);
    }

    // From stage `i` on: each splits pieces, so where one before it cuts, its piece ends and another begins.
    void choose(std::vector<std::uint32_t> const& at, symbol s, std::size_t i, bool cut, bool whole,
                std::vector<std::uint32_t>& to, std::vector<choice>& out) {
        if (i == stages_.size()) {
            out.push_back({number_of(to), cut, whole});
            return;
        }
        bool const begins = cut || at[i] == idle;
        if (cut && at[i] != idle && at.back() != 0 && !stages_[i].may_end(at[i])) return;
        if (whole) {
            to[i] = idle;
            choose(at, s, i + 1, cut, true, to, out);
            return;
        }
        detail::alphabet_symbol const mine = symbols_.for_stage(s, i);
        auto const ways = stages_[i].step(begins ? detail::split_stage::start : at[i], mine);
        std::vector<detail::split_choice> const copy(ways.begin(), ways.end());
        for (detail::split_choice const& way : copy) {
            to[i] = way.state;
            choose(at, s, i + 1, cut || way.cut, way.whole, to, out);
        }
    }

    bool ends(state_id at) {
        std::vector<std::uint32_t> const& parts = states_[at];
        for (std::size_t i = 0; i < stages_.size(); ++i) {
            if (parts.back() != 0 && parts[i] != idle && !stages_[i].may_end(parts[i])) return false;
        }
        return true;
    }

    // Whether some text leads from here to an end. Almost always it may end at once.
    bool is_viable(state_id at) {
        if (viable_[at] != not_known) return viable_[at] == yes;
        std::vector<state_id> queue{at};
        std::map<state_id, state_id> from{{at, at}};
        for (std::size_t i = 0; i < queue.size(); ++i) {
            state_id const here = queue[i];
            if (viable_[here] == yes || (viable_[here] == not_known && ends(here))) {
                for (state_id s = here;; s = from[s]) {
                    viable_[s] = yes;
                    if (s == at) return true;
                }
            }
            if (viable_[here] == no) continue;
            for (std::size_t s = 0; s < symbols_.size(); ++s) {
                auto const ways = raw_choices(here, static_cast<symbol>(s));
                for (choice const& c : ways) {
                    if (from.emplace(c.state, here).second) queue.push_back(c.state);
                }
            }
        }
        for (state_id const s : queue) viable_[s] = no;
        return false;
    }

    // The states after the partial character, each byte of it ill-formed.
    std::vector<state_id> as_ill_formed(partial const& p) {
        std::vector<state_id> here{p.from};
        for (std::size_t i = 0; i < p.n; ++i) {
            std::vector<state_id> after;
            for (state_id const s : here) {
                for (choice const& c : step_symbol(s, symbols_.of_ill_formed())) {
                    if (c.cut == ((p.cuts >> i & 1) != 0) && c.whole == p.whole) after.push_back(c.state);
                }
            }
            std::sort(after.begin(), after.end());
            after.erase(std::unique(after.begin(), after.end()), after.end());
            here = std::move(after);
        }
        return here;
    }

    bool is_viable(partial const& p) {
        if (!as_ill_formed(p).empty()) return true;
        if ((p.cuts & ~1U) != 0) return false;  // no character is cut
        auto const beginning = symbols_.of_beginning(p.text());
        std::vector<symbol> const all(beginning.begin(), beginning.end());
        return std::any_of(all.begin(), all.end(), [&](symbol s) {
            auto const ways = step_symbol(p.from, s);
            return std::any_of(ways.begin(), ways.end(),
                               [&](choice const& c) { return c.cut == ((p.cuts & 1) != 0) && c.whole == p.whole; });
        });
    }

    void step_byte(state_id from, unsigned char byte, std::vector<choice>& out) {
        partial const p = partials_[from];
        if (p.n == 0) {
            first_byte(p.from, byte, out);
        } else {
            partial longer = p;
            longer.bytes[std::min<std::size_t>(p.n, 2)] = byte;
            std::string text(p.text());
            text += static_cast<char>(byte);
            if (text.size() < 4 && detail::text_symbols::is_beginning(text)) {
                ++longer.n;
                if (is_viable(longer)) out.push_back({number_of(longer), false, p.whole});
                longer.cuts = static_cast<std::uint8_t>(longer.cuts | 1U << p.n);
                if (is_viable(longer)) out.push_back({number_of(longer), true, p.whole});
            } else if (auto const c = decode_utf8(text, 0); c.length == text.size()) {
                if ((p.cuts & ~1U) == 0) {
                    auto const ways = step_symbol(p.from, symbols_.of(c.code_point));
                    for (choice const& way : std::vector<choice>(ways.begin(), ways.end())) {
                        if (way.cut != ((p.cuts & 1) != 0) || way.whole != p.whole) continue;
                        out.push_back({number_of(partial{way.state, {}}), false, way.whole});
                    }
                }
            } else {
                for (state_id const s : as_ill_formed(p)) first_byte(s, byte, out);
            }
        }
        std::sort(out.begin(), out.end());
        out.erase(std::unique(out.begin(), out.end()), out.end());
    }

    void first_byte(state_id from, unsigned char byte, std::vector<choice>& out) {
        partial next{from, {byte, 0, 0}, 1, 0, false};
        if (byte >= 0x80 && detail::text_symbols::is_beginning(next.text())) {
            for (bool const cut : {false, true}) {
                for (bool const whole : {false, true}) {
                    next.cuts = cut ? 1 : 0;
                    next.whole = whole;
                    if (is_viable(next)) out.push_back({number_of(next), cut, whole});
                }
            }
            return;
        }
        symbol const s = byte < 0x80 ? symbols_.of(byte) : symbols_.of_ill_formed();
        auto const ways = step_symbol(from, s);
        for (choice const& way : std::vector<choice>(ways.begin(), ways.end())) {
            out.push_back({number_of(partial{way.state, {}}), way.cut, way.whole});
        }
    }

    enum : std::uint8_t { not_known, yes, no };

    std::vector<detail::split_stage> stages_;
    detail::text_symbols symbols_;
    state_id start_ = 0;
    state_id byte_start_ = 0;
    std::map<std::vector<std::uint32_t>, state_id> known_;
    std::vector<std::vector<std::uint32_t>> states_;  // a state of each stage, and whether the text has begun
    std::vector<std::vector<row>> next_;
    std::vector<choice> choices_;
    std::vector<std::uint8_t> viable_, goes_on_;
    std::map<partial, state_id> known_partials_;
    std::vector<partial> partials_;
    std::unordered_map<std::uint64_t, std::pair<std::uint32_t, std::uint32_t>> byte_next_;  // by state and byte
    std::vector<choice> byte_choices_;
};

}  // namespace tessera::inline v0
