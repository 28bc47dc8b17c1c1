// Tokenizers of characters, against the characters themselves.
#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/pattern/icu_pattern.hpp>
#include <tessera/train/character_trainer.hpp>

namespace character_trainer_test {

using namespace tessera;

namespace {

any_tokenizer tokenizer_of(trained_characters trained, std::string_view pretokenizer) {
    return any_tokenizer(std::move(trained.model), any_pretokenizer::by_name(pretokenizer, &icu_pattern::make), {},
                         special_tokens(std::move(trained.specials)));
}

pretoken_counts characters_in(std::string_view text, std::string_view pretokenizer) {
    pretoken_counts counts;
    any_pretokenizer::by_name(pretokenizer, &icu_pattern::make).for_each(text, [&](std::string_view c) {
        counts.add(c);
    });
    return counts;
}

std::vector<std::string> pieces_of(any_tokenizer const& tokenizer, std::string_view text) {
    std::vector<std::string> pieces;
    for (token_id const id : tokenizer.encode(text)) pieces.emplace_back(tokenizer.vocab().bytes(id));
    return pieces;
}

using strings = std::vector<std::string>;

}  // namespace

TEST_SUITE("characters") {
    TEST_CASE("the most frequent ones get ids, the rest are bytes") {
        std::string const text = "\u00E9\u00E9\u00E9\u4E2D\u4E2D\u6587\u6587\U0001F999x";
        auto trained = train_characters(characters_in(text, "code-points"), {.vocab_size = 258});
        CHECK(trained.n_characters == 9);
        CHECK(trained.n_covered == 6);
        any_tokenizer const tokenizer = tokenizer_of(std::move(trained), "code-points");
        CHECK(tokenizer.vocab().size() == 258);
        CHECK(tokenizer.vocab().bytes(256) == "\u00E9");
        CHECK(tokenizer.vocab().bytes(257) == "\u4E2D");  // of two that occur as often, the smaller bytes
        CHECK(pieces_of(tokenizer, "\u00E9x\u6587") == strings{"\u00E9", "x", "\xE6", "\x96", "\x87"});
        CHECK(train_characters(characters_in(text, "code-points"), {.min_frequency = 3}).model.vocab().size() == 257);
    }

    TEST_CASE("grapheme clusters") {
        std::string const text = "e\u0301e\u0301 \U0001F468\u200D\U0001F469\u200D\U0001F467\r\n";
        any_tokenizer const tokenizer = tokenizer_of(
            train_characters(characters_in(text, "graphemes"), {.unit = character_unit::grapheme}), "graphemes");
        CHECK(pieces_of(tokenizer, text) ==
              strings{"e\u0301", "e\u0301", " ", "\U0001F468\u200D\U0001F469\u200D\U0001F467", "\r\n"});
        CHECK(pieces_of(tokenizer, "o\u0301") == strings{"o", "\xCC", "\x81"});
        CHECK(tokenizer.pretokenizer().name() == "graphemes");
        CHECK_THROWS_AS((void)all_characters(character_unit::grapheme), error);
        CHECK_THROWS_AS((void)any_pretokenizer::by_name("graphemes"), error);  // without an engine for it
    }

    TEST_CASE("bytes") {
        auto const corpus = train_characters(characters_in("abca", "bytes"),
                                             {.unit = character_unit::byte, .alphabet = initial_alphabet::corpus});
        CHECK(corpus.model.vocab().size() == 3);
        CHECK(corpus.n_covered == 4);
        auto const all = all_characters(character_unit::byte, {"<s>"});
        CHECK(all.model.vocab().size() == 257);
        CHECK(all.specials.size() == 1);
    }

    TEST_CASE("complete: every code point is a token, every text comes back") {
        any_tokenizer const tokenizer = tokenizer_of(all_characters(character_unit::code_point), "code-points");
        CHECK(tokenizer.vocab().size() == 256 + 1'111'936);
        std::mt19937 random(3);
        for (int round = 0; round < 300; ++round) {
            std::string text;
            for (int i = 0; i < 20; ++i) encode_utf8(static_cast<char32_t>(random() % 0x110000), text);
            CHECK(tokenizer.encode(text).size() == count_code_points(text));
            text += static_cast<char>(random());  // perhaps no UTF-8
            CHECK(tokenizer.decode(tokenizer.encode(text)) == text);
        }
    }

    TEST_CASE("what cannot be") {
        CHECK_THROWS_AS((void)train_characters({}, {}), error);
        CHECK_THROWS_AS((void)train_characters(characters_in("abc", "code-points"), {.vocab_size = 255}), error);
    }
}

}  // namespace character_trainer_test
