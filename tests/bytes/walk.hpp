// What tests of constraints share: reading a text, and every text over an alphabet.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/bytes/byte_constraint.hpp>

namespace bytes_test {

/// The state after `text`, if all of it may be read from `from`.
template <class C>
std::optional<typename C::state> read(C const& constraint, std::string_view text, typename C::state from) {
    for (char const c : text) {
        if (!constraint.step(from, static_cast<unsigned char>(c))) return std::nullopt;
    }
    return from;
}
template <class C>
std::optional<typename C::state> read(C const& constraint, std::string_view text) {
    return read(constraint, text, constraint.start());
}
template <class C>
bool accepts(C const& constraint, std::string_view text) {
    auto const end = read(constraint, text);
    return end && constraint.accepts(*end);
}

/// Calls f(text, state) for all texts of at most `most` letters; no state where the constraint refuses.
template <class C, class F>
void for_each_text(C const& constraint, std::vector<std::string> const& letters, std::size_t most, F const& f,
                   std::string const& text, std::optional<typename C::state> const& at) {
    f(text, at);
    if (most == 0) return;
    for (std::string const& letter : letters) {
        for_each_text(constraint, letters, most - 1, f, text + letter,
                      at ? read(constraint, letter, *at) : std::nullopt);
    }
}
template <class C, class F>
void for_each_text(C const& constraint, std::vector<std::string> const& letters, std::size_t most, F const& f) {
    for_each_text(constraint, letters, most, f, "", std::optional(constraint.start()));
}

inline std::vector<std::string> letters_of(std::string_view bytes) {
    std::vector<std::string> out;
    for (char const c : bytes) out.emplace_back(1, c);
    return out;
}

}  // namespace bytes_test
