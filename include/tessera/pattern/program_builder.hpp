// Where compile.hpp and compile_atomic.hpp put instructions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/pattern/program.hpp>

namespace tessera::inline v0 {
namespace detail {

/// A program that grows, up to a limit.
struct program_builder {
    using op = program::op;
    static constexpr std::uint32_t accept = 0;  // the first instruction: the match of the whole pattern
    static constexpr std::size_t most_instructions = 200'000;

    program out;
    std::map<symbol_set, std::uint32_t> numbers;

    std::uint32_t put(op code, std::uint32_t x = 0, std::uint32_t y = 0) {
        if (out.code.size() >= most_instructions) {
            throw error(error_kind::limit, "regular expression",
                        "it takes more than " + std::to_string(most_instructions) + " instructions",
                        "use smaller numbers of repetitions");
        }
        out.code.push_back({code, x, y});
        return static_cast<std::uint32_t>(out.code.size() - 1);
    }
    std::uint32_t number_of(symbol_set const& set) {
        auto const [at, is_new] = numbers.emplace(set, static_cast<std::uint32_t>(out.sets.size()));
        if (is_new) out.sets.push_back(set);
        return at->second;
    }
    std::uint32_t put_look(bool negated, std::uint32_t look, std::uint32_t next) {
        return put(negated ? op::no_look : op::look, look, next);
    }
    std::uint32_t add_look(program::look look) {
        if (out.looks.size() == program::most_looks) {
            throw error(error_kind::limit, "regular expression", "it looks ahead or behind in too many ways");
        }
        out.looks.push_back(look);
        return static_cast<std::uint32_t>(out.looks.size() - 1);
    }
    /// One instruction that goes on to each of `targets`, the first one preferred; no target: nowhere.
    std::uint32_t put_split(std::vector<std::uint32_t> const& targets) {
        if (targets.empty()) return put(op::one, number_of(symbol_set(out.symbols.size())), accept);
        std::uint32_t at = targets.back();
        for (std::size_t i = targets.size() - 1; i-- > 0;) at = put(op::split, targets[i], at);
        return at;
    }
};

}  // namespace detail
}  // namespace tessera::inline v0
