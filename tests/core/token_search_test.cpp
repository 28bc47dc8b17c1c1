#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/packed_trie.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token_search.hpp>
#include <tessera/model/prefix_trie.hpp>
#include "reference/added_tokens.hpp"
#include "support.hpp"

namespace token_search_test {

using namespace tessera;

namespace {

std::vector<token_search::entry> entries(std::vector<std::string> const& tokens) {
    std::vector<token_search::entry> out;
    for (std::size_t i = 0; i < tokens.size(); ++i) out.emplace_back(tokens[i], static_cast<std::uint32_t>(i));
    return out;
}

// What is found on the way through `text`, going on behind each match, as "place:token " each.
std::string found(std::vector<std::string> const& tokens, std::string_view text, std::size_t forbidden = 0) {
    token_search const set(entries(tokens));
    auto const accept = [&](std::uint32_t i) { return forbidden == 0 || i % forbidden != 0; };
    auto cursor = set.through(text, accept);
    std::string out;
    for (std::size_t at = set.next_candidate(text, 0); at < text.size();) {
        token_search::match const m = cursor.longest_at(at);
        if (m.value == token_search::absent) {
            at = set.next_candidate(text, at + 1);
            continue;
        }
        CHECK(m.length == tokens[m.value].size());
        out += std::to_string(at) + ':' + std::to_string(m.value) + ' ';
        at = set.next_candidate(text, at + m.length);
    }
    return out;
}

// The same by the other trie, asked at each place, and by for_each_longest.
std::string found_by_prefixes(std::vector<std::string> const& tokens, std::string_view text, std::size_t forbidden) {
    basic_token_search<prefix_trie> const set(entries(tokens));
    std::string out;
    auto const add = [&](std::size_t at, prefix_trie::match const& m) {
        if (m.length == 0) return at + 1;
        CHECK(m.length == tokens[m.value].size());
        out += std::to_string(at) + ':' + std::to_string(m.value) + ' ';
        return at + m.length;
    };
    if (forbidden == 0) {
        set.for_each_longest(text, 0, add);
        return out;
    }
    auto cursor = set.through(text, [&](std::uint32_t i) { return i % forbidden != 0; });
    for (std::size_t at = 0; at < text.size();) at = add(at, cursor.longest_at(at));
    return out;
}

std::string found_slowly(std::vector<std::string> const& tokens, std::string_view text, std::size_t forbidden = 0) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t const best = reference::longest_token_at(
            tokens, text, at, [&](std::size_t i) { return forbidden == 0 || i % forbidden != 0; });
        if (best != tokens.size()) out += std::to_string(at) + ':' + std::to_string(best) + ' ';
        at += best == tokens.size() ? 1 : tokens[best].size();
    }
    return out;
}

void check_found(std::vector<std::string> const& tokens, std::string_view text, std::size_t forbidden = 0) {
    std::string const expected = found_slowly(tokens, text, forbidden);
    CHECK(found(tokens, text, forbidden) == expected);
    CHECK(found_by_prefixes(tokens, text, forbidden) == expected);
}

std::vector<std::string> distinct(std::vector<std::string> const& tokens) {
    std::set<std::string> const once(tokens.begin(), tokens.end());
    return {once.begin(), once.end()};
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("packed_trie: strings, their beginnings, and which bytes they begin with") {
        packed_trie const trie({{"abcd", 1}, {"ab", 2}, {"x", 3}, {"abce", 4}, {"", 5}, {"ab", 6}});
        CHECK(trie.longest() == 4);
        CHECK(trie.longest_match("abcf", 0).length == 2);
        CHECK(trie.longest_match("abcf", 0).value == 2);  // the smaller of two values
        CHECK(trie.longest_match("zabcez", 1).value == 4);
        CHECK(trie.longest_match("abcd", 0, [](std::uint32_t v) { return v != 1; }).value == 2);
        CHECK(trie.longest_match("ac", 0).value == packed_trie::absent);
        CHECK(trie.longest_match("a", 0).value == packed_trie::absent);
        CHECK(trie.longest_beginning("abcf", 0) == 3);
        CHECK(trie.longest_beginning("ac", 0) == 1);
        CHECK(trie.longest_beginning("c", 0) == 0);
        CHECK(trie.next_candidate("ba.ab", 0) == 3);
        CHECK(trie.next_candidate("bx", 0) == 1);
        CHECK(trie.next_candidate("ba", 0) == 2);  // an "a" at the end is the beginning of none
        CHECK(trie.next_candidate("", 0) == 0);
        CHECK(trie.next_candidate("xx", 2) == 2);
        CHECK(packed_trie().next_candidate("xx", 0) == 2);
        packed_trie const one({{std::string_view("\xFF\0\xFF", 3), 0}});
        CHECK(one.next_candidate(std::string_view("\xFF.\xFF\0", 4), 0) == 2);
        CHECK(one.longest_match(std::string_view("\xFF\0\xFF", 3), 0).length == 3);
        std::set<std::string> strings;
        trie.for_each([&](std::string_view s, std::uint32_t v) { strings.insert(std::string(s) + std::to_string(v)); });
        CHECK(strings == std::set<std::string>{"ab2", "abcd1", "abce4", "x3"});
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("random tokens of few letters, in random text") {
        for (std::uint64_t seed = 1; seed <= 300; ++seed) {
            CAPTURE(seed);
            support::random_source random(seed);
            std::string_view const alphabet = std::string_view("abcdefgh").substr(0, 1 + random.below(4));
            std::vector<std::string> tokens;
            std::size_t const n = 1 + random.below(30);
            for (std::size_t i = 0; i < n; ++i) tokens.push_back(random.text(1 + random.below(12), alphabet));
            tokens = distinct(tokens);
            std::string const text = random.text(random.below(300), alphabet);
            std::size_t const forbidden = random.below(4);
            check_found(tokens, text, forbidden);
        }
    }

    TEST_CASE("random bytes") {
        support::random_source random(7);
        std::vector<std::string> tokens;
        for (std::size_t i = 0; i < 2000; ++i) tokens.push_back(random.bytes(1 + random.below(3)));
        tokens = distinct(tokens);
        std::string const text = random.bytes(20'000);
        check_found(tokens, text);
    }

    // Long enough that walking the trie is given up, several times over, and windows end inside of tokens.
    TEST_CASE("hostile text: tokens that nearly match at each place") {
        std::string const a(1000, 'a');
        std::vector<std::vector<std::string>> sets{{"a", a + "b"}, {a + "b"}, {"a", "aa", a.substr(0, 300) + "b", "b"}};
        sets.emplace_back();
        for (std::size_t n = 1; n < 120; ++n) {  // each is the beginning of another
            sets.back().push_back(a.substr(0, 3 * n) + "b");
            sets.back().push_back(a.substr(0, n));
        }
        support::random_source random(5);
        for (std::vector<std::string> const& tokens : sets) {
            std::string text(150'000, 'a');
            for (std::size_t i = 0; i < 40; ++i) text[random.below(text.size())] = "bcb"[random.below(3)];
            for (std::size_t const forbidden : {std::size_t{0}, std::size_t{2}, std::size_t{3}}) {
                CAPTURE(tokens.size());
                CAPTURE(forbidden);
                check_found(tokens, text, forbidden);
            }
        }
    }

    TEST_CASE("hostile text: tokens are pieces of the text, with another end") {
        support::random_source random(9);
        std::string const unit = random.text(5000, "ab");
        std::vector<std::string> tokens{"a", "abba", "b"};
        for (std::size_t i = 0; i + 400 < unit.size(); i += 40) tokens.push_back(unit.substr(i, 400) + "c");
        for (std::size_t i = 0; i + 50 < unit.size(); i += 333) tokens.push_back(unit.substr(i, 50));
        tokens = distinct(tokens);
        std::string text;
        for (int i = 0; i < 40; ++i) text += unit;
        check_found(tokens, text);
        check_found(tokens, text, 5);
    }

    TEST_CASE("special_tokens, with options and rules") {
        for (std::uint64_t seed = 1; seed <= 300; ++seed) {
            CAPTURE(seed);
            support::random_source random(seed);
            std::vector<added_token> tokens;
            std::set<std::string> contents;
            std::size_t const n = 1 + random.below(12);
            for (std::size_t i = 0; i < n; ++i) {
                std::string content = random.text(1 + random.below(4), "ab<") + random.text(random.below(2), " b");
                if (!contents.insert(content).second) continue;
                tokens.push_back({.id = static_cast<token_id>(i),
                                  .content = content,
                                  .single_word = random.below(3) == 0,
                                  .lstrip = random.below(3) == 0,
                                  .rstrip = random.below(3) == 0});
            }
            std::vector<special_action> each;
            for (std::size_t i = 0; i < tokens.size(); ++i) {
                each.push_back(random.below(4) == 0 ? special_action::ordinary : special_action::recognise);
            }
            special_tokens const set(tokens);
            for (special_rules const& rules : {special_rules(), special_rules(each)}) {
                std::string const text = random.text(random.below(200), "aaab<< ");
                std::string out;
                set.split(
                    text, false, rules, [&](std::string_view s) { out.append("(").append(s).append(")"); },
                    [&](added_token const& t) { out.append("[").append(t.content).append("]"); });
                CHECK(out == reference::cut(tokens, text, rules));
            }
        }
    }
}

}  // namespace token_search_test
