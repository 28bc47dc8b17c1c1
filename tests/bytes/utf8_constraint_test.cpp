// Well-formed UTF-8 against decode_utf8, and which bytes may follow against the beginnings of all characters.
#include <doctest/doctest.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <tessera/bytes/byte_constraint.hpp>
#include <tessera/bytes/utf8_constraint.hpp>
#include <tessera/core/utf8.hpp>
#include "../support.hpp"
#include "walk.hpp"

namespace {

using namespace tessera;

/// The bytes that begin a character and are not all of it.
std::set<std::string, std::less<>> unfinished_characters() {
    std::set<std::string, std::less<>> out;
    for (char32_t c = 0x80; c <= 0x10FFFF; ++c) {
        if (c >= 0xD800 && c <= 0xDFFF) continue;
        std::string bytes;
        encode_utf8(c, bytes);
        for (bytes.pop_back(); !bytes.empty(); bytes.pop_back()) {
            if (!out.insert(bytes).second) break;
        }
    }
    return out;
}

/// Whether something well-formed begins so.
bool may_go_on(std::string_view text, std::set<std::string, std::less<>> const& unfinished) {
    for (std::size_t at = 0; at < text.size();) {
        auto const [c, length] = decode_utf8(text, at);
        if (c == replacement_character && length == 1) return unfinished.contains(text.substr(at));
        at += length;
    }
    return true;
}

}  // namespace

TEST_CASE("UTF-8: all texts of at most three bytes") {
    auto const unfinished = unfinished_characters();
    CHECK(unfinished.size() > 17'000);
    utf8_constraint const constraint;
    std::size_t n_wrong = 0;
    std::size_t n_accepted = 0;
    std::string text;
    auto const visit = [&](auto const& self, std::optional<utf8_constraint::state> at) -> void {
        bool const accepted = at && constraint.accepts(*at);
        n_accepted += accepted ? 1 : 0;
        n_wrong += accepted != is_valid_utf8(text) ? 1 : 0;
        n_wrong += at.has_value() != may_go_on(text, unfinished) ? 1 : 0;
        if (text.size() == 3) return;
        if (at) {
            byte_set const next = allowed(constraint, *at);
            for (std::size_t b = 0; b < 256; ++b) {
                auto after = *at;
                if (constraint.step(after, static_cast<unsigned char>(b)) != next[b]) ++n_wrong;
                if (!next[b] && !(after == *at)) ++n_wrong;
            }
        }
        for (int b = 0; b < 256; ++b) {
            text.push_back(static_cast<char>(b));
            self(self, at ? bytes_test::read(constraint, text.substr(text.size() - 1), *at) : std::nullopt);
            text.pop_back();
        }
    };
    visit(visit, constraint.start());
    CHECK(n_wrong == 0);
    // Characters of one, two and three bytes: 128, 1920 and 61440.
    CHECK(n_accepted == 1 + 128 + (128 * 128 + 1920) + (128 * 128 * 128 + 2 * 128 * 1920 + 61440));
}

TEST_CASE("UTF-8: random bytes") {
    auto const unfinished = unfinished_characters();
    utf8_constraint const constraint;
    support::random_source random(1);
    std::size_t n_alive = 0;
    for (int round = 0; round < 100'000; ++round) {
        std::string text;
        for (std::size_t n = random.below(6); n > 0; --n) {
            std::string character;
            encode_utf8(static_cast<char32_t>(random.below(0x110000) >> random.below(16)), character);
            if (random.below(8) == 0) character = random.bytes(1 + random.below(2));
            if (random.below(8) == 0) character.pop_back();
            text += character;
        }
        bool const alive = bytes_test::read(constraint, text).has_value();
        n_alive += alive ? 1 : 0;
        REQUIRE(alive == may_go_on(text, unfinished));
        REQUIRE(bytes_test::accepts(constraint, text) == is_valid_utf8(text));
    }
    CHECK(n_alive > 20'000);
    CHECK(n_alive < 80'000);
}

TEST_CASE("no constraint: all bytes") {
    CHECK(bytes_test::accepts(no_constraint(), "\xFF\x80 a"));
    CHECK(allowed(no_constraint(), no_constraint::start()).all());
}
