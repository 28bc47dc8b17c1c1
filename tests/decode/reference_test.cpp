// Decoders, which see one token after another, against their slow twins, which map lists: random steps in any order,
// and tokens that are made for being misread.
#include <doctest/doctest.h>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <tessera/decode/any_decoder.hpp>

#include "../reference/decode.hpp"
#include "../support.hpp"

namespace decode_reference_test {

using namespace tessera;
using strings = reference::strings;

namespace {

template <class T>
T one_of(support::random_source& random, std::initializer_list<T> list) {
    return list.begin()[random.below(list.size())];
}

std::string text_of(support::random_source& random, std::initializer_list<char const*> list) {
    return one_of(random, list);
}

any_decoder::step random_step(support::random_source& random) {
    bool const yes = random.below(2) == 0;
    switch (random.below(11)) {
        case 0:
            return bpe_decoder({.suffix = text_of(random, {"</w>", "a", "", "\u2581", "aa"})});
        case 1:
            return byte_fallback_decoder();
        case 2:
            return byte_level_decoder();
        case 3:
            return ctc_decoder({.pad_token = text_of(random, {"<pad>", "a", "", " "}),
                                .word_delimiter_token = text_of(random, {"|", "\u2581", "", "a"}),
                                .cleanup = yes});
        case 4:
            return fuse_decoder();
        case 5:
            return metaspace_decoder({.replacement = one_of(random, {U'\u2581', U'_', U'a'}),
                                      .prepend_scheme = one_of(random, {prepend_scheme::first, prepend_scheme::never,
                                                                        prepend_scheme::always}),
                                      .split = true,
                                      .add_prefix_space = {},
                                      .str_rep = {}});
        case 6:
            return replace_decoder({.pattern = {text_of(random, {"\u2581", "a", " ", "aa"}), false},
                                    .content = text_of(random, {" ", "", "a", "\u2581", "bb"})});
        case 7:
            return replace_decoder({.pattern = {text_of(random, {"\\s+", "a*", "^", "[^a]", "$"}), true},
                                    .content = text_of(random, {" ", "", "a", "bb"})});
        case 8:
            return strip_decoder({.content = one_of(random, {U' ', U'\u2581', U'a'}),
                                  .start = random.below(3),
                                  .stop = random.below(3)});
        case 9:
            return word_piece_decoder({.prefix = text_of(random, {"##", "a", "", "\u2581"}), .cleanup = yes});
        default:
            return sentencepiece_decoder({.control_pieces = {"<s>", "a"},
                                          .unknown_piece = text_of(random, {"<unk>", "", "b"}),
                                          .unknown_surface = " ? ",
                                          .byte_fallback = random.below(4) != 0,
                                          .add_dummy_prefix = yes,
                                          .remove_extra_whitespaces = random.below(2) == 0,
                                          .literal_pieces = {"\u2581\u2581", "<0x41>"},
                                          .keeps_ill_formed_bytes = random.below(4) == 0,
                                          .denormalizer = {}});
    }
}

/// A token of its own, or a few bytes.
std::string random_token(support::random_source& random) {
    static constexpr std::initializer_list<char const*> tokens{"",         "",
                                                               "a",        "a",
                                                               "aa",       "b",
                                                               "ab",       "##a",
                                                               "##",       "\u2581",
                                                               "\u2581a",  "\u2581\u2581",
                                                               "a\u2581b", " ",
                                                               "  ",       " a",
                                                               "a ",       "</w>",
                                                               "a</w>",    "<pad>",
                                                               "x<pad>y",  "|",
                                                               "a|b",      ".",
                                                               " .",       " . ,",
                                                               "n't",      " n't",
                                                               " do not",  "do not",
                                                               " ' ",      "'s",
                                                               " 's",      "<0x0A>",
                                                               "<0xE2>",   "<0x96>",
                                                               "<0x81>",   "<0xe2>",
                                                               "<0x+A>",   "<0x41>",
                                                               "<0xFF>",   "<0xGG>",
                                                               "<s>",      "<unk>",
                                                               "\u0120a",  "\u00e2\u0138\u0123",
                                                               "\u4e00",   "\U0001f999",
                                                               "\x96",     "\xE2\x96",
                                                               "\xE2",     "\x81",
                                                               "\xFF"};
    if (random.below(20) == 0) return random.bytes(random.below(5));
    std::string token = one_of(random, tokens);
    if (random.below(10) == 0) token += one_of(random, tokens);
    return token;
}

strings random_tokens(support::random_source& random) {
    static constexpr std::size_t counts[] = {0, 1, 1, 2, 3, 5, 8, 20};
    strings tokens(counts[random.below(8)]);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        tokens[i] = i > 0 && random.below(3) == 0 ? tokens[i - 1] : random_token(random);  // CTC drops repetitions
    }
    return tokens;
}

}  // namespace

TEST_CASE("a stream of tokens is decoded as a list of them is") {
    support::random_source random(20);
    any_decoder::scratch kept;  // by all decoders: nothing of one may be seen by the next
    std::size_t n_different_from_joined = 0;
    for (int i = 0; i < 4'000; ++i) {
        std::vector<any_decoder::step> steps;
        for (std::size_t n = random.below(6); n > 0; --n) steps.push_back(random_step(random));
        any_decoder const d(std::move(steps), random.below(20) == 0);
        for (int j = 0; j < 5; ++j) {
            strings const tokens = random_tokens(random);
            std::string const expected = reference::decoded(d, tokens);
            std::string out = "before ";
            d.decode(
                [&](token_sink sink) {
                    for (std::string const& token : tokens) sink(token);
                },
                kept, out);
            CAPTURE(i);
            CAPTURE(tokens);
            REQUIRE(out == "before " + expected);
            n_different_from_joined += expected != reference::joined(tokens) ? 1 : 0;
        }
    }
    CHECK(n_different_from_joined > 10'000);
}

TEST_CASE("the longest sequence of decoders that a file may have") {
    strings const tokens{"\u2581a", "\u2581b", "<0x0A>", "a"};
    std::vector<any_decoder::step> steps;
    for (std::size_t i = 0; i < 64; ++i) {
        steps.emplace_back(word_piece_decoder({.prefix = i % 2 == 0 ? " " : "##", .cleanup = false}));
    }
    any_decoder const d(std::move(steps));
    CHECK(d.decode(tokens) == reference::decoded(d, tokens));
}

}  // namespace decode_reference_test
