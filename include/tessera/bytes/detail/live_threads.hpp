// Which threads of a program can still come to its end, whatever the text before them was.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <tessera/bytes/detail/utf8_symbols.hpp>
#include <tessera/core/error.hpp>
#include <tessera/pattern/program.hpp>

namespace tessera::inline v0 {
namespace detail {

/// The symbols of a program in classes: by what its conditions ask of the symbol before, and of the symbol after.
struct condition_classes {
    std::vector<std::uint32_t> before, after;  // of each symbol
    std::vector<alphabet_symbol> before_member, after_member;

    condition_classes() = default;
    explicit condition_classes(program const& p) {
        split(p, program::op::before, before, before_member);
        split(p, program::op::after, after, after_member);
    }

private:
    static void split(program const& p, program::op code, std::vector<std::uint32_t>& of,
                      std::vector<alphabet_symbol>& member) {
        std::vector<std::uint32_t> asked;
        for (program::instruction const& i : p.code) {
            if (i.code == code) asked.push_back(i.x);
        }
        std::sort(asked.begin(), asked.end());
        asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
        std::map<std::vector<bool>, std::uint32_t> known;
        for (std::size_t s = 0; s < p.symbols.size(); ++s) {
            std::vector<bool> in;
            for (std::uint32_t const set : asked) in.push_back(p.sets[set].contains(s));
            auto const [at, is_new] = known.emplace(std::move(in), static_cast<std::uint32_t>(member.size()));
            if (is_new) member.push_back(static_cast<alphabet_symbol>(s));
            of.push_back(at->second);
        }
    }
};

/// For each instruction and class of the symbol before, the classes of the symbol after with which the end of the
/// program and of the text can be reached together. Exact, but for looks, which are taken to hold.
///
/// Found from the end: each step adds a class to an instruction, so there are at most instructions * classes before *
/// classes after of them.
class live_threads {
public:
    static constexpr std::size_t most_bytes = std::size_t{256} << 20;

    live_threads() = default;

    /// @param readable  symbols that texts have
    /// @throws error    limit
    live_threads(program const& p, condition_classes const& classes, symbol_set const& readable)
        : n_before_(classes.before_member.size()), n_words_((classes.after_member.size() + 63) / 64) {
        std::size_t const n = p.code.size();
        if (n * n_before_ * n_words_ > most_bytes / 16) {
            throw error(error_kind::limit, "regular expression", "it has too many conditions on neighbours");
        }
        bits_.assign(n * n_before_ * n_words_, 0);
        // Of each set: the classes of its symbols, as (before for what comes next, after for what came before).
        std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>> pairs(p.sets.size());
        for (std::size_t x = 0; x < p.sets.size(); ++x) {
            for (std::size_t s = 0; s < p.symbols.edge(); ++s) {
                if (p.sets[x].contains(s) && readable.contains(s)) {
                    pairs[x].emplace_back(classes.before[s], classes.after[s]);
                }
            }
            std::sort(pairs[x].begin(), pairs[x].end());
            pairs[x].erase(std::unique(pairs[x].begin(), pairs[x].end()), pairs[x].end());
        }
        std::vector<std::vector<std::uint32_t>> leads_to(n);  // the instructions that lead to this one
        for (std::uint32_t at = 0; at < n; ++at) {
            program::instruction const i = p.code[at];
            if (i.code == program::op::match) continue;
            leads_to[i.y].push_back(at);
            if (i.code == program::op::split) leads_to[i.x].push_back(at);
        }
        std::vector<std::pair<std::uint32_t, std::uint32_t>> todo;  // (instruction, before) that have grown
        for (std::uint32_t b = 0; b < n_before_; ++b) {
            row(0, b)[classes.after[p.symbols.edge()] / 64] |= std::uint64_t{1}
                                                               << (classes.after[p.symbols.edge()] % 64);
            todo.emplace_back(0, b);
        }
        std::vector<std::uint64_t> added(n_words_);
        while (!todo.empty()) {
            auto const [to, b] = todo.back();
            todo.pop_back();
            for (std::uint32_t const at : leads_to[to]) {
                program::instruction const i = p.code[at];
                if (i.code == program::op::one) {
                    std::fill(added.begin(), added.end(), 0);
                    for (auto const& [next, after] : pairs[i.x]) {
                        if (next == b) added[after / 64] |= std::uint64_t{1} << (after % 64);
                    }
                    for (std::uint32_t k = 0; k < n_before_; ++k) grow(at, k, added, todo);
                    continue;
                }
                if (i.code == program::op::before && !p.sets[i.x].contains(classes.before_member[b])) continue;
                std::copy_n(row(to, b), n_words_, added.begin());
                if (i.code == program::op::after) {
                    for (std::size_t a = 0; a < classes.after_member.size(); ++a) {
                        if (!p.sets[i.x].contains(classes.after_member[a])) {
                            added[a / 64] &= ~(std::uint64_t{1} << (a % 64));
                        }
                    }
                }
                grow(at, b, added, todo);
            }
        }
    }

    /// @param before  a class
    [[nodiscard]] bool operator()(std::uint32_t at, std::uint32_t before) const noexcept {
        std::uint64_t const* const r = bits_.data() + (at * n_before_ + before) * n_words_;
        return std::any_of(r, r + n_words_, [](std::uint64_t w) { return w != 0; });
    }

private:
    [[nodiscard]] std::uint64_t* row(std::size_t at, std::size_t before) noexcept {
        return bits_.data() + (at * n_before_ + before) * n_words_;
    }
    void grow(std::uint32_t at, std::uint32_t before, std::vector<std::uint64_t> const& added,
              std::vector<std::pair<std::uint32_t, std::uint32_t>>& todo) {
        std::uint64_t* const r = row(at, before);
        bool grown = false;
        for (std::size_t w = 0; w < n_words_; ++w) {
            grown = grown || (added[w] & ~r[w]) != 0;
            r[w] |= added[w];
        }
        if (grown) todo.emplace_back(at, before);
    }

    std::size_t n_before_ = 0, n_words_ = 0;
    std::vector<std::uint64_t> bits_;
};

}  // namespace detail
}  // namespace tessera::inline v0
