// All matches in linear time whatever the pattern: backward over the text to see where matches can be reached, then
// forward along the preferred way (Frisch and Cardelli, Greedy regular expression matching, ICALP 2004). Slower than
// automaton.hpp on common patterns and texts, which reads too much on others: `a.*b|a` on a run of `a`.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/pattern/look_passes.hpp>
#include <tessera/pattern/program.hpp>

namespace tessera::inline v0 {
namespace detail {

/// O(n * instructions) time, O(sqrt(n) * instructions) bits of memory: what the backward pass finds is kept for a block
/// of positions, and for the end of each block, from where it is found again.
class two_pass {
public:
    /// Calls f(begin, end) with the matches that begin at `from` or later; `last_end` is where the match before ended.
    template <class F>
    void run(program const& p, std::string_view text, std::size_t from, std::size_t last_end, look_table const& looks,
             F&& f) {
        program_ = &p;
        text_ = text;
        looks_ = &looks;
        back_.bind(p, false);
        mark_blocks(from);
        std::uint32_t pc = 0;
        bool inside = false;
        std::size_t begin = from;
        std::size_t not_before = from;
        for (std::size_t number = blocks_.size(); number-- > 0;) {
            std::size_t const block_end = number == 0 ? text.size() + 1 : blocks_[number - 1].position;
            fill_block(blocks_[number].position, number);
            std::size_t row = positions_.size();
            for (std::size_t at = blocks_[number].position; at < block_end;) {
                --row;
                pattern_unit unit{p.symbols.edge(), 1};
                if (at < text.size()) unit = p.symbols.at(text, at);
                for (;;) {
                    if (!inside) {
                        if (at < not_before || !reaches(row, p.entry)) break;
                        inside = true;
                        begin = at;
                        pc = p.entry;
                    }
                    program::instruction i = p.code[pc];
                    while (i.code != program::op::match && i.code != program::op::one) {
                        pc = i.code == program::op::split && reaches(row, i.x) ? i.x : i.y;
                        i = p.code[pc];
                    }
                    if (i.code == program::op::one) {
                        pc = i.y;
                        break;
                    }
                    inside = false;
                    if (begin == at && last_end == at) {  // an empty match after a match
                        not_before = at + unit.length;
                    } else {
                        f(begin, at);
                        last_end = at;
                    }
                }
                at += unit.length;
            }
        }
    }

private:
    struct block {
        std::size_t position = 0;   // its first character
        alphabet_symbol after = 0;  // of the position past its last one, and what is alive there
        std::vector<std::uint32_t> alive;
    };

    [[nodiscard]] bool reaches(std::size_t row, std::uint32_t at) const noexcept {
        return (rows_[row * words_ + at / 64] >> (at % 64) & 1) != 0;
    }

    // Visits positions from `end` back to `begin`, both included; `after` and alive_ are of `end`.
    template <class Visit>
    void backward(std::size_t begin, std::size_t end, alphabet_symbol& after, Visit&& visit) {
        program const& p = *program_;
        for (std::size_t at = end;;) {
            pattern_unit unit{p.symbols.edge(), 1};
            if (at > 0) unit = p.symbols.before(text_, at);
            std::uint32_t const bits = p.looks.empty() ? 0 : looks_->bits[looks_->at[at]];
            back_.at_position(alive_, unit.id, after, bits);
            visit(at);
            if (at == begin) break;
            back_.go_back(unit.id, alive_);
            after = unit.id;
            at -= unit.length;
        }
    }

    // Last block first.
    void mark_blocks(std::size_t from) {
        words_ = (program_->code.size() + 63) / 64;
        auto const n = static_cast<std::size_t>(std::sqrt(static_cast<double>(text_.size() - from))) + 16;
        blocks_.clear();
        alive_.clear();
        alphabet_symbol after = program_->symbols.edge();
        block next{0, after, {}};
        std::size_t size = 0;
        backward(from, text_.size(), after, [&](std::size_t at) {
            next.position = at;
            if (++size < n && at != from) return;
            blocks_.push_back(next);
            size = 0;
            if (at == from) return;
            // What lies before this position sees it as its end.
            next.after = after;
            next.alive = alive_;
        });
    }

    void fill_block(std::size_t begin, std::size_t number) {
        positions_.clear();
        rows_.clear();
        alive_ = blocks_[number].alive;
        alphabet_symbol after = blocks_[number].after;
        std::size_t end = number == 0 ? text_.size() : blocks_[number - 1].position;
        backward(begin, end, after, [&](std::size_t at) {
            if (number != 0 && at == end) return;
            positions_.push_back(at);
            std::size_t const row = rows_.size();
            rows_.resize(row + words_);
            for (std::uint32_t i = 0; i < program_->code.size(); ++i) {
                if (back_.reaches(i)) rows_[row + i / 64] |= std::uint64_t{1} << (i % 64);
            }
        });
    }

    program const* program_ = nullptr;
    std::string_view text_;
    look_table const* looks_ = nullptr;
    backward_step back_;
    std::vector<block> blocks_;
    std::vector<std::uint32_t> alive_;
    std::vector<std::size_t> positions_;
    std::vector<std::uint64_t> rows_;  // a bit for each instruction, a row for each position, last one first
    std::size_t words_ = 0;
};

}  // namespace detail
}  // namespace tessera::inline v0
