// Where a pretoken of bytes may be cut before merging: between two bytes that no merge joins. And where a list of
// merges changes its mind about that: SuperBPE trains words first and then, from some rank on, merges across spaces.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tessera::inline v0 {

/// For each two bytes x and y: the lowest rank of a merge that joins something that ends in x and something that begins
/// with y. Before the merges of that rank, the symbols left and right of such a place know nothing of each other.
class byte_joints {
public:
    static constexpr std::uint32_t never = 0xFFFF'FFFFU;

    byte_joints() = default;
    /// @param in_use  false: the same as by default, where nothing may be called
    explicit byte_joints(bool in_use) : ranks_(in_use ? std::size_t{1} << 16 : 0, never) {}

    [[nodiscard]] explicit operator bool() const noexcept { return !ranks_.empty(); }

    /// @pre !left.empty() && !right.empty()
    void add(std::string_view left, std::string_view right, std::uint32_t rank) noexcept {
        std::uint32_t& lowest = ranks_[place(left.back(), right.front())];
        lowest = std::min(lowest, rank);
        highest_ = std::max(highest_, rank);
    }

    /// Nothing is cut beside this byte: what it becomes depends on its neighbours, or it is dropped.
    void keep_together(char byte) noexcept {
        for (int other = 0; other < 256; ++other) {
            ranks_[place(byte, static_cast<char>(other))] = 0;
            ranks_[place(static_cast<char>(other), byte)] = 0;
        }
    }

    [[nodiscard]] std::uint32_t lowest_rank(char last, char first) const noexcept { return ranks_[place(last, first)]; }

    /// The rank from which on words are joined, `never` if they are not. Words of many languages end in one of 26
    /// letters and are followed by a space. To cut there before the merges of a rank is worth the more, the more
    /// letters it can be done after, and the more merges come before; but of these only the logarithm counts, since the
    /// first thousand do half of the work. (Whichever rank is chosen, the tokens are the same.)
    [[nodiscard]] std::uint32_t transition() const {
        constexpr std::size_t n = 26;
        std::array<std::uint32_t, n> ranks{};
        for (std::size_t i = 0; i < n; ++i) ranks[i] = lowest_rank(static_cast<char>('a' + i), ' ');
        std::sort(ranks.begin(), ranks.end());
        auto const worth = [](std::size_t n_letters, std::uint32_t rank) {
            return 8 * n_letters * static_cast<std::size_t>(std::bit_width(rank));
        };
        auto const n_never = static_cast<std::size_t>(std::count(ranks.begin(), ranks.end(), never));
        std::size_t most = worth(n_never, highest_ + 1) * 9 / 8;  // no second level: that saves some work
        std::uint32_t best = never;
        for (std::size_t i = 0; i + n_never < n; ++i) {  // letters i and above are followed by a cut
            if (worth(n - i, ranks[i]) <= most) continue;
            most = worth(n - i, ranks[i]);
            best = ranks[i];
        }
        return best;
    }

    static std::size_t place(char last, char first) noexcept {
        return std::size_t{static_cast<unsigned char>(last)} << 8 | static_cast<unsigned char>(first);
    }

private:
    std::vector<std::uint32_t> ranks_;
    std::uint32_t highest_ = 0;
};

/// The places that no merge of a rank below a limit reaches across: merging what is between them, each part alone,
/// gives the same symbols.
class byte_cuts {
public:
    byte_cuts() = default;
    byte_cuts(byte_joints const& joints, std::uint32_t limit) : bits_((std::size_t{1} << 16) / 64) {
        for (std::size_t i = 0; i < 64 * bits_.size(); ++i) {
            bool const cut = joints.lowest_rank(static_cast<char>(i >> 8), static_cast<char>(i & 0xFF)) >= limit;
            bits_[i / 64] |= std::uint64_t{cut} << i % 64;
        }
    }

    /// Whether there are any, and the class may be used.
    [[nodiscard]] explicit operator bool() const noexcept { return !bits_.empty(); }

    /// Calls `f(part)` for each part, from left to right. @pre *this
    template <class F>
    void for_each_part(std::string_view text, F&& f) const {
        std::uint64_t const* const bits = bits_.data();
        std::size_t begin = 0;
        for (std::size_t at = 1; at < text.size(); ++at) {
            std::size_t const i = byte_joints::place(text[at - 1], text[at]);
            if ((bits[i / 64] >> i % 64 & 1) == 0) continue;
            f(text.substr(begin, at - begin));
            begin = at;
        }
        if (begin < text.size()) f(text.substr(begin));
    }

private:
    std::vector<std::uint64_t> bits_;  // by place: 8 KiB, in the nearest cache
};

}  // namespace tessera::inline v0
