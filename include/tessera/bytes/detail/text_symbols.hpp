// One alphabet for several stages: characters that none of them tells apart are one symbol. Next: split_automaton.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/function_ref.hpp>
#include <tessera/pattern/alphabet.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Symbols of the text as it is written; each stage reads a character as its own alphabet has it, as it stands or
/// rewritten (a space as U+2581).
class text_symbols {
public:
    using symbol = std::uint16_t;
    static constexpr std::uint32_t no_character = 0xFFFF'FFFFU;

    struct reader {
        alphabet const* symbols = nullptr;
        bool rewritten = false;  ///< it reads what `rewrite` makes of a character
    };

    /// @param rewrite     code point or `ill_formed` -> what becomes of it; no_character: texts with it have no tokens
    /// @throws error      limit: too many symbols
    /// @complexity        O(code points * readers)
    text_symbols(std::span<reader const> readers, function_ref<std::uint32_t(std::uint32_t)> rewrite) {
        std::map<std::vector<alphabet_symbol>, symbol> known;
        std::vector<alphabet_symbol> one(readers.size());
        std::vector<alphabet_symbol> last;
        symbol last_number = 0;
        of_.resize(ill_formed + std::size_t{1});
        for (std::uint32_t c = 0; c <= ill_formed; ++c) {
            std::uint32_t const becomes = rewrite(c);
            one.resize(readers.size());
            for (std::size_t i = 0; i < readers.size(); ++i) {
                one[i] = becomes == no_character ? none : readers[i].symbols->of(readers[i].rewritten ? becomes : c);
            }
            if (becomes == no_character && readers.empty()) one = {none};
            if (c == 0 || one != last) {
                auto const [at, is_new] = known.emplace(one, static_cast<symbol>(known.size()));
                if (is_new) {
                    if (known.size() > alphabet::most_symbols) {
                        throw error(error_kind::limit, "tokenizer", "its stages tell too many characters apart");
                    }
                    parts_.push_back(one);
                }
                last_number = at->second;
                last = one;
            }
            of_[c] = last_number;
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return parts_.size(); }
    /// @pre code_point <= ill_formed
    [[nodiscard]] symbol of(std::uint32_t code_point) const noexcept { return of_[code_point]; }
    [[nodiscard]] symbol of_ill_formed() const noexcept { return of_[ill_formed]; }
    /// Of texts with it there is nothing to say.
    [[nodiscard]] bool is_dead(symbol s) const noexcept { return !parts_[s].empty() && parts_[s][0] == none; }
    /// What the stage reads. @pre !is_dead(s)
    [[nodiscard]] alphabet_symbol for_stage(symbol s, std::size_t stage) const noexcept { return parts_[s][stage]; }

    /// The symbols of all characters that begin with these bytes: none if there is no such character, or if the bytes
    /// are one already. Sorted; valid until the next call. @pre 1 to 3 bytes, the first 0xC2 to 0xF4
    [[nodiscard]] std::span<symbol const> of_beginning(std::string_view bytes) {
        std::uint32_t key = 0;
        for (char const b : bytes) key = key << 8 | static_cast<unsigned char>(b);
        auto const [at, is_new] = beginnings_.try_emplace(key);
        if (is_new) {
            auto const [first, past] = characters_from(bytes);
            std::vector<symbol>& found = at->second;
            std::vector<bool> seen(parts_.size());
            for (std::uint32_t c = first; c < past; ++c) {
                if (c >= 0xD800 && c < 0xE000) continue;
                if (!seen[of_[c]]) found.push_back(of_[c]);
                seen[of_[c]] = true;
            }
            std::sort(found.begin(), found.end());
        }
        return at->second;
    }

    /// Whether some character begins with these bytes and has more. @pre 1 to 3 bytes
    [[nodiscard]] static bool is_beginning(std::string_view bytes) noexcept {
        auto const [first, past] = characters_from(bytes);
        return first < past;
    }

    /// Whether f(character) is true of one that begins with these bytes and has more.
    template <class F>
    [[nodiscard]] static bool any_character_from(std::string_view bytes, F&& f) {
        auto const [first, past] = characters_from(bytes);
        for (std::uint32_t c = first; c < past; ++c) {
            if (!(c >= 0xD800 && c < 0xE000) && f(static_cast<char32_t>(c))) return true;
        }
        return false;
    }

private:
    static constexpr alphabet_symbol none = 0xFFFF;

    // The range of code points; surrogates may lie in it, but do not fill it.
    static std::pair<std::uint32_t, std::uint32_t> characters_from(std::string_view bytes) noexcept {
        auto const byte = [&](std::size_t i) {
            return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]));
        };
        std::uint32_t const lead = byte(0);
        std::size_t const length = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
        if (bytes.size() >= length) return {0, 0};
        std::uint32_t value = lead & (0x7FU >> length);
        for (std::size_t i = 1; i < bytes.size(); ++i) {
            if ((byte(i) & 0xC0) != 0x80) return {0, 0};
            value = value << 6 | (byte(i) & 0x3F);
        }
        auto const rest = static_cast<std::uint32_t>(6 * (length - bytes.size()));
        std::uint32_t const least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
        std::uint32_t const first = std::max(value << rest, least);
        std::uint32_t const past = std::min((value + 1) << rest, std::uint32_t{ill_formed});
        if (first >= 0xD800 && past <= 0xE000) return {0, 0};
        return {first, past};
    }

    std::vector<symbol> of_;  // by code point
    std::vector<std::vector<alphabet_symbol>> parts_;
    std::map<std::uint32_t, std::vector<symbol>> beginnings_;
};

}  // namespace detail
}  // namespace tessera::inline v0
