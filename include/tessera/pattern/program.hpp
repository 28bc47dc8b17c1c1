// A regular expression as instructions over symbols. Made by compile.hpp; automaton.hpp, look_passes.hpp and
// two_pass.hpp run it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <tessera/pattern/alphabet.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Instructions of a program; those that read nothing never lead back to themselves without one that reads.
struct program {
    enum class op : std::uint8_t {
        match,   // done
        one,     // a symbol of sets[x], then y
        split,   // x, or else y
        before,  // the symbol before is in sets[x], then y
        after,   // the symbol after is in sets[x], then y
        look,    // looks[x] holds here, then y
        no_look  // looks[x] does not hold here, then y
    };
    struct instruction {
        op code = op::match;
        std::uint32_t x = 0;
        std::uint32_t y = 0;
    };
    /// A condition on the text before or after a position that one symbol does not decide.
    struct look {
        std::uint32_t entry = 0;
        std::uint32_t accept = 0;  // its `match`
        bool behind = false;
    };
    static constexpr std::size_t most_looks = 32;

    alphabet symbols;
    std::vector<symbol_set> sets;
    std::vector<instruction> code;
    std::vector<look> looks;  // those inside others come first
    std::uint32_t entry = 0;

    std::vector<alphabet_symbol> before_class;   // of each symbol: one that no `before` tells from it
    bool has_before = false;                     // else all are in the class of symbol 0
    std::vector<std::uint32_t> order;            // instructions, each after those it leads to without reading
    bool has_behind = false, has_ahead = false;  // kinds of looks

    /// Whether the condition of an instruction holds. @pre code is before, after, look or no_look
    [[nodiscard]] bool holds(instruction const& i, std::size_t before, std::size_t after,
                             std::uint32_t look_bits) const noexcept {
        switch (i.code) {
            case op::before:
                return sets[i.x].contains(before);
            case op::after:
                return sets[i.x].contains(after);
            case op::look:
                return (look_bits >> i.x & 1) != 0;
            default:
                return (look_bits >> i.x & 1) == 0;
        }
    }
};

/// The threads of a prioritised simulation: where they go without reading, and what reading a symbol leaves.
class thread_step {
public:
    /// `next` becomes the threads after `after` is read, by priority; the result is whether one of `threads` matches
    /// before that, which ends those of lower priority.
    bool run(program const& p, std::vector<std::uint32_t> const& threads, std::size_t before, std::size_t after,
             std::uint32_t look_bits, std::vector<std::uint32_t>& next) {
        next.clear();
        if (seen_.size() != p.code.size()) {
            seen_.assign(p.code.size(), 0);
            listed_.assign(p.code.size(), 0);
            round_ = 0;
        }
        if (++round_ == 0) {
            std::fill(seen_.begin(), seen_.end(), 0);
            std::fill(listed_.begin(), listed_.end(), 0);
            round_ = 1;
        }
        for (std::uint32_t const thread : threads) {
            stack_.push_back(thread);
            while (!stack_.empty()) {
                std::uint32_t const at = stack_.back();
                stack_.pop_back();
                if (seen_[at] == round_) continue;
                seen_[at] = round_;
                program::instruction const i = p.code[at];
                switch (i.code) {
                    case program::op::match:
                        stack_.clear();
                        return true;
                    case program::op::one:
                        if (p.sets[i.x].contains(after) && listed_[i.y] != round_) {
                            listed_[i.y] = round_;
                            next.push_back(i.y);
                        }
                        break;
                    case program::op::split:
                        stack_.push_back(i.y);
                        stack_.push_back(i.x);
                        break;
                    default:
                        if (p.holds(i, before, after, look_bits)) stack_.push_back(i.y);
                }
            }
        }
        return false;
    }

private:
    std::vector<std::uint32_t> seen_, listed_;  // in which round
    std::vector<std::uint32_t> stack_;
    std::uint32_t round_ = 0;
};

/// Numbers for lists of numbers.
struct hash_list {
    [[nodiscard]] std::size_t operator()(std::vector<std::uint32_t> const& list) const noexcept {
        std::uint64_t h = list.size();
        for (std::uint32_t const x : list) h = (h ^ x) * 0x9E37'79B9'7F4A'7C15ULL, h ^= h >> 29;
        return static_cast<std::size_t>(h);
    }
};

}  // namespace detail
}  // namespace tessera::inline v0
