// Every way in which a text may be cut, against what the pretokenizers do with all its continuations.
#include <doctest/doctest.h>

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/bytes/split_plan.hpp>
#include <tessera/core/split_mix.hpp>

using namespace tessera;

namespace {

std::string const visible = "\xE2\x96\x81";

split_automaton automaton_of(any_pretokenizer const& pretokenizer, special_tokens const& specials = {}) {
    return split_plan(pretokenizer, no_normalizer(), byte_decoder(), specials).automaton([](std::uint32_t) {
        return true;
    });
}

// Where pretokens begin, by byte; added tokens are pretokens.
std::vector<bool> cuts_of(any_pretokenizer const& pretokenizer, special_tokens const& specials, std::string_view text) {
    std::vector<bool> cuts(text.size() + 1);
    auto const note = [&](std::string_view piece) {
        cuts[static_cast<std::size_t>(piece.data() - text.data())] = true;
    };
    std::size_t at = 0;
    specials.split(
        text, false, specials.rules(special_action::ordinary),
        [&](std::string_view stretch) {
            at = static_cast<std::size_t>(stretch.data() - text.data()) + stretch.size();
            pretokenizer.for_each(stretch, note);
        },
        [&](added_token const& token) {
            cuts[at] = true;
            at += token.content.size();
        });
    return cuts;
}

using ways = std::map<std::vector<bool>, std::set<split_automaton::state_id>>;

// All ways to cut the text, and the states they lead to.
ways ways_of(split_automaton& automaton, std::string_view text) {
    ways now{{{}, {automaton.start()}}};
    for (char const byte : text) {
        ways next;
        for (auto const& [cuts, states] : now) {
            for (auto const state : states) {
                for (auto const& choice : automaton.step(state, static_cast<unsigned char>(byte))) {
                    std::vector<bool> longer = cuts;
                    longer.push_back(choice.cut);
                    next[longer].insert(choice.state);
                }
            }
        }
        now = std::move(next);
    }
    return now;
}

struct texts {
    split_mix random;
    std::vector<std::string> parts;

    std::string operator()(std::size_t most) {
        std::string text;
        for (std::size_t n = random.below(most + 1); n > 0; --n) text += parts[random.below(parts.size())];
        return text;
    }
};

std::vector<std::string> const pieces{"a",
                                      "b",
                                      "l",
                                      "L",
                                      "re",
                                      "'",
                                      "s",
                                      " ",
                                      " ",
                                      "\n",
                                      "\r",
                                      "\t",
                                      "1",
                                      "23",
                                      ".",
                                      "-",
                                      "/",
                                      "\xC3\xA9",
                                      "\xE4\xB8\xAD",
                                      "\xC2\xA0",
                                      "\xE2\x80\x8D",
                                      "\xCC\x81",
                                      "\xF0\x9F\xA6\x99",
                                      "\xE2",
                                      "\x80",
                                      "\xC3"};

// Whether the way of the tokenizer is there for each text, alone at its end, and whether at each place all ways are
// ways of some continuation.
void check(any_pretokenizer const& pretokenizer, special_tokens const& specials, std::vector<std::string> const& parts,
           std::size_t rounds) {
    split_automaton automaton = automaton_of(pretokenizer, specials);
    texts make{split_mix(7), parts};
    std::vector<std::string> probes{""};
    for (std::string const& a : parts) {
        probes.push_back(a);
        for (std::string const& b : parts) probes.push_back(a + b);
    }
    // What a character that has begun may become: letters, numbers, spaces and others.
    for (char const* const rest : {"\xB0\x80", "\xB0\xB0", "\x85\xA0", "\x80\x83", "\x80\x8D", "\x80", "\x83", "\x8D",
                                   "\xA9", "\x97", "\xA7\x80", "\xA0", "\xB8\xAD", "\xAD"}) {
        probes.emplace_back(rest);
        for (std::string const& a : parts) probes.push_back(rest + a);
    }
    for (std::size_t n = 2; n < 8; ++n) {
        probes.push_back(std::string(n, '1'));
        probes.push_back(std::string(n, '1') + " ");
        probes.push_back(std::string(n, ' ') + "\n");
    }
    for (std::size_t round = 0; round < rounds; ++round) {
        std::string const text = make(8);
        if (text.empty()) continue;
        CAPTURE(text);
        ways const found = ways_of(automaton, text);
        std::vector<bool> right = cuts_of(pretokenizer, specials, text);
        right.pop_back();
        std::size_t n_ends = 0;
        for (auto const& [cuts, states] : found) {
            for (auto const state : states) {
                if (!automaton.may_end(state)) continue;
                ++n_ends;
                CHECK(cuts == right);
            }
        }
        CHECK(n_ends == 1);
        std::set<std::vector<bool>> expected;
        for (std::string const& probe : probes) {
            std::vector<bool> cuts = cuts_of(pretokenizer, specials, text + probe);
            cuts.resize(text.size());
            expected.insert(cuts);
        }
        std::set<std::vector<bool>> all;
        for (auto const& [cuts, states] : found) all.insert(cuts);
        CHECK(all == expected);
    }
}

}  // namespace

TEST_CASE("all cuts of known pretokenizers, for all continuations") {
    for (char const* const name :
         {"gpt2", "cl100k", "o200k", "llama3", "qwen2", "superbpe-1", "superbpe-2", "bytes", "code-points"}) {
        CAPTURE(name);
        check(any_pretokenizer::by_name(name), {}, pieces, 150);
    }
}

TEST_CASE("all cuts of patterns that look around, and of all behaviors") {
    for (char const* const pattern :
         {R"(\d{1,3}(?=(?:\d{3})*(?!\d)))", R"((?<=a)b|l+)", R"((?<!1)23|\s+)", R"(a(?=b)|ab(?!l)|b+?)", R"(a*)",
          R"((?=ab)a|.)", R"((?:ab|a)(?:bl|l)?)", R"(a(?!(?=b)bl)|b)"}) {
        CAPTURE(pattern);
        for (split_behavior const behavior : {split_behavior::isolated, split_behavior::contiguous,
                                              split_behavior::merged_with_previous, split_behavior::merged_with_next}) {
            for (bool const invert : {false, true}) {
                split_pretokenizer const split({{pattern, true}, behavior, invert});
                check(any_pretokenizer({split}), {}, {"a", "b", "l", "1", "23", " "}, 60);
            }
        }
    }
}

TEST_CASE("all cuts of several components and of added tokens") {
    any_pretokenizer const steps({digits_pretokenizer({.individual_digits = true}), punctuation_pretokenizer(),
                                  split_pretokenizer(split_options{{R"(\s+(?!\S)|\s)", true}}),
                                  byte_level_pretokenizer({.add_prefix_space = false, .translate = false})});
    check(steps, {}, pieces, 150);
    special_tokens const added({{1, "  ", false},
                                {2, "   ", false},
                                {3, "ab", false},
                                {4, "abl", false},
                                {5, "b'", false},
                                {6, "\xE4\xB8\xAD.", false}});
    check(any_pretokenizer::by_name("gpt2"), added,
          {"a", "b", "l", "'", " ", ".", "\n", "\xE4\xB8\xAD", "\xE4\xB8", "1"}, 300);
}
