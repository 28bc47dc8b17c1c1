// Custom tokens and padding: what the vocabulary holds, against training by hand to each size in turn.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/train/bpe_trainer.hpp>

namespace custom_tokens_test {

using namespace tessera;

namespace {

pretoken_counts random_words(std::mt19937& random) {
    pretoken_counts counts;
    for (int i = 0; i < 60; ++i) {
        std::string word;
        auto const length = 1 + random() % 7;
        for (std::size_t k = 0; k < length; ++k) word += static_cast<char>('a' + random() % 3);
        counts.add(word, 1 + random() % 20);
    }
    return counts;
}

trained_bpe train(pretoken_counts const& counts, bpe_trainer_options options) {
    options.alphabet = initial_alphabet::corpus;
    return bpe_trainer(options).train(counts);
}

std::size_t n_unknown(vocabulary const& vocab, std::vector<std::string> const& custom) {
    return static_cast<std::size_t>(
        std::count_if(custom.begin(), custom.end(), [&](auto const& c) { return vocab.find(c) == no_token; }));
}

}  // namespace

TEST_SUITE("custom tokens") {
    TEST_CASE("as many merges as leave room for the custom tokens that they do not make") {
        std::mt19937 random(1);
        for (int round = 0; round < 200; ++round) {
            pretoken_counts const counts = random_words(random);
            std::vector<std::string> custom{"(a)", "aa", "abc"};
            for (int i = 0; i < 6; ++i) {
                std::string token;
                for (std::size_t k = 0; k < 2 + random() % 4; ++k) token += static_cast<char>('a' + random() % 3);
                if (std::find(custom.begin(), custom.end(), token) == custom.end()) custom.push_back(token);
            }
            std::size_t const size = 16 + random() % 60;
            // By hand: the smallest plain vocabulary that leaves no room.
            trained_bpe expected = train(counts, {.vocab_size = 3});
            for (std::size_t n = 4; n <= size; ++n) {
                trained_bpe plain = train(counts, {.vocab_size = n});
                expected = std::move(plain);
                if (expected.vocab.size() + n_unknown(expected.vocab, custom) == size) break;
            }
            trained_bpe const trained = train(counts, {.vocab_size = size, .custom_tokens = custom});
            CAPTURE(round);
            CHECK(trained.merges == expected.merges);
            std::vector<std::string> rest;
            for (auto const& c : custom) {
                if (expected.vocab.find(c) == no_token) rest.push_back(c);
            }
            REQUIRE(trained.vocab.size() == expected.vocab.size() + rest.size());
            REQUIRE(trained.specials.size() == rest.size());
            for (std::size_t i = 0; i < rest.size(); ++i) {
                auto const id = static_cast<token_id>(expected.vocab.size() + i);
                CHECK(trained.vocab.bytes(id) == rest[i]);
                CHECK(trained.specials[i] ==
                      added_token{.id = id, .content = rest[i], .special = false, .normalized = true});
            }
        }
    }

    TEST_CASE("they are found before the text is split, special tokens come first") {
        pretoken_counts counts;
        counts.add("see", 9);
        counts.add(" U", 9);
        trained_bpe trained = bpe_trainer({.vocab_size = 270,
                                           .special_tokens = {"<s>"},
                                           .custom_tokens = {"U.S.C.", "<s>", "12", "U.S.C."},
                                           .custom_single_word = true})
                                  .train(counts);
        CHECK(trained.specials.size() == 3);
        any_tokenizer const tokenizer(bpe_model(std::move(trained.vocab), std::move(trained.merges)),
                                      any_pretokenizer(), {}, special_tokens(std::move(trained.specials)));
        auto const pieces = [&](std::string_view text) {
            std::string out;
            for (token_id const id : tokenizer.encode(text)) out += std::string(tokenizer.vocab().bytes(id)) + '|';
            return out;
        };
        CHECK(pieces("see U.S.C. 12") == "see| |U.S.C.| |12|");
        CHECK(pieces("12 112") == "12| |1|1|2|");
    }

    TEST_CASE("padding") {
        pretoken_counts counts;
        counts.add("  ", 5);
        auto const runs = [&](vocabulary_padding padding, std::vector<std::string> custom) {
            trained_bpe const trained =
                train(counts, {.vocab_size = 10, .custom_tokens = std::move(custom), .padding = padding});
            std::vector<std::string> all;
            for (added_token const& token : trained.specials) all.push_back(token.content);
            return all;
        };
        using all = std::vector<std::string>;
        // One space, two spaces (a merge), then what fills up.
        CHECK(runs({}, {}).empty());
        CHECK(runs({.to = vocabulary_padding::kind::power_of_two}, {}).empty());
        CHECK(runs({.to = vocabulary_padding::kind::power_of_two}, {"\n\n\n"}) == all{"\n\n\n", "\n\n"});
        CHECK(runs({.to = vocabulary_padding::kind::size, .size = 6}, {}) == all{"\n\n", "   ", "\n\n\n", "    "});
        CHECK(runs({.to = vocabulary_padding::kind::size, .size = 1}, {}).empty());
        CHECK_THROWS_AS((void)runs({.to = vocabulary_padding::kind::size, .size = 20000}, {}), error);
    }

    TEST_CASE("what cannot be one") {
        pretoken_counts counts;
        counts.add("ab", 5);
        CHECK_THROWS_AS((void)train(counts, {.vocab_size = 10, .custom_tokens = {"x", ""}}), error);
        CHECK_THROWS_AS((void)train(counts, {.vocab_size = 3, .custom_tokens = {"xx", "yy"}}), error);
        // As an added token of a byte-level file "\u00A7" would be the byte A7.
        trained_bpe const trained =
            bpe_trainer({.vocab_size = 300, .custom_tokens = {"\xC2\xA7", "\xE2\x84\xA2"}}).train(counts);
        REQUIRE(trained.specials.size() == 1);
        CHECK(trained.specials[0].content == "\xE2\x84\xA2");
    }
}

}  // namespace custom_tokens_test
