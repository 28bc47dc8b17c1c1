// Cutting text where the script changes, as BoundlessBPE does. Next: script_aware.hpp, which splits the runs.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>

#include <tessera/core/utf8.hpp>
#include <tessera/pretokenize/detail/scan.hpp>
#include <tessera/pretokenize/detail/unicode_tables_scripts_17_0.hpp>

namespace tessera::inline v0 {
namespace detail {

/// The number of a script by its name in Unicode, "Old_Italic".
[[nodiscard]] constexpr std::optional<std::uint8_t> find_script(std::string_view name) noexcept {
    for (std::size_t i = 0; i < std::size(unicode_scripts_17_0::names); ++i) {
        if (unicode_scripts_17_0::names[i] == name) return static_cast<std::uint8_t>(i);
    }
    return std::nullopt;
}

/// Scripts of code points, one after another: text seldom leaves the run of code points that it is in.
class script_finder {
public:
    /// @pre c <= 0x10FFFF
    [[nodiscard]] std::uint8_t operator()(char32_t c) noexcept {
        if (c - first_ >= n_) look_up(c);
        return script_;
    }

private:
    // The run in which each 256 code points begin.
    static constexpr std::array<std::uint16_t, 0x1100> run_of_block = [] {
        using unicode_scripts_17_0::runs;
        std::array<std::uint16_t, 0x1100> table{};
        std::size_t run = 0;
        for (std::size_t block = 0; block < table.size(); ++block) {
            while (run + 1 < std::size(runs) && (runs[run + 1] >> 8) <= block << 8) ++run;
            table[block] = static_cast<std::uint16_t>(run);
        }
        return table;
    }();

    void look_up(char32_t c) noexcept {
        using unicode_scripts_17_0::runs;
        std::size_t run = run_of_block[c >> 8];
        while (run + 1 < std::size(runs) && (runs[run + 1] >> 8) <= c) ++run;
        first_ = runs[run] >> 8;
        n_ = (run + 1 < std::size(runs) ? runs[run + 1] >> 8 : 0x110000) - first_;
        script_ = static_cast<std::uint8_t>(runs[run] & 0xFF);
    }

    char32_t first_ = 0;
    char32_t n_ = 0;  // nothing yet
    std::uint8_t script_ = 0;
};

/// Cuts text into runs of one script each. Common and Unknown characters go with the script after them, but where
/// Inherited ones follow (marks, for example), or nothing does, with that before them. Text without any script is one
/// run.
/// @param sink  sink(begin, end, script); the script is `common` where there is none
/// @complexity  O(n), any bytes; an ill-formed byte is a character of no script
template <class Sink>
inline void for_each_script_run(std::string_view text, Sink&& sink) {
    using unicode_scripts_17_0::common;
    using unicode_scripts_17_0::inherited;
    constexpr std::uint8_t latin = *find_script("Latin");
    script_finder script_at;
    std::size_t begin = 0;
    std::size_t past = 0;           // the last character that belongs to the script; what follows is undecided
    std::uint8_t current = common;  // none yet
    auto const see = [&](std::uint8_t script, std::size_t end) {
        if (script != current) {
            if (current != common) {
                sink(begin, past, current);
                begin = past;
            }
            current = script;
        }
        past = end;
    };
    for (std::size_t at = 0; at < text.size();) {
        // ASCII is Latin letters and Common: eight bytes a step, of which the first and the last letter count.
        if constexpr (std::endian::native == std::endian::little) {
            if (text.size() - at >= 8) {
                std::uint64_t bytes;
                std::memcpy(&bytes, text.data() + at, 8);
                std::uint64_t const beyond = bytes & 0x8080'8080'8080'8080ULL;
                auto const n_ascii = static_cast<std::size_t>(std::countr_zero(beyond)) >> 3;
                if (n_ascii != 0) {
                    std::uint64_t letters = ascii_letters_of<true>(bytes);
                    if (beyond != 0) letters &= (beyond & (~beyond + 1)) - 1;
                    if (letters != 0) {
                        see(latin, at + 8 - (static_cast<std::size_t>(std::countl_zero(letters)) >> 3));
                    }
                    at += n_ascii;
                    continue;
                }
            }
        }
        auto const [c, length] = decode_utf8(text, at);
        std::uint8_t const script = script_at(c);
        at += length;
        if (script == inherited) {
            past = at;
        } else if (script > inherited) {
            see(script, at);
        }
    }
    if (begin != text.size()) sink(begin, text.size(), current);
}

}  // namespace detail
}  // namespace tessera::inline v0
