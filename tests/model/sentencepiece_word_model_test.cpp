#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/model/sentencepiece_word_model.hpp>

#include "model/model_support.hpp"
#include "reference/models.hpp"
#include "support.hpp"

namespace sentencepiece_word_model_test {

using namespace tessera;
using support::pieces;
using support::strings;

namespace {

constexpr char const* space = "\xE2\x96\x81";

vocabulary vocabulary_of(strings const& tokens) {
    vocabulary_builder builder;
    token_id id = 0;
    for (std::string const& t : tokens) {
        builder.add(id++, t, t.starts_with("<0x") ? token_kind::byte : token_kind::normal);
    }
    return builder.build();
}

std::string spelled(std::string text) {
    for (std::size_t at = 0; (at = text.find('_', at)) != std::string::npos;) text.replace(at, 1, space);
    return text;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("words begin with U+2581; a run of unknown ones is one token") {
        strings const tokens{"<unk>", spelled("_a"), spelled("_b"), "a", "<0x5F>"};
        sentencepiece_word_model const model(vocabulary_of(tokens), {.unknown = 0});
        CHECK(pieces(model, spelled("a_b_a")) == strings{"a", spelled("_b"), spelled("_a")});
        CHECK(pieces(model, spelled("_x_y_a_z")) == strings{"<unk>", spelled("_a"), "<unk>"});
        CHECK(pieces(model, spelled("__a")) == strings{"<unk>", spelled("_a")});
        CHECK(pieces(model, "").empty());
        CHECK(pieces(model, "<0x5F>") == strings{"<unk>"});
        CHECK(pieces(sentencepiece_word_model(vocabulary_of(tokens), {.unknown = 0, .finds_bytes = true}), "<0x5F>") ==
              strings{"<0x5F>"});
        CHECK(pieces(sentencepiece_word_model(vocabulary_of(tokens)), spelled("_x_a")) == strings{spelled("_a")});
        CHECK_THROWS_AS(sentencepiece_word_model(vocabulary_of(tokens), {.unknown = 5}), error);
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("as one would say it") {
        for (std::uint64_t seed = 1; seed <= 300; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            strings tokens{"<unk>"};
            reference::sentencepiece_words words;
            if (random.below(4) != 0) words.unknown = "<unk>";
            words.tokens.insert("<unk>");
            auto const random_word = [&] {
                return spelled(random.below(3) == 0 ? "" : "_") + random.text(random.below(3), "ab") +
                       (random.below(6) == 0 ? "\xC3\xA9" : "");
            };
            for (std::size_t i = random.below(15); i > 0; --i) {
                std::string const word = random_word();
                if (!word.empty() && words.tokens.insert(word).second) tokens.push_back(word);
            }
            bool const fallback = random.below(2) == 0;
            bool const finds_bytes = random.below(2) == 0;
            bool const lacks_some = random.below(3) == 0;
            for (unsigned b = 0; b < 256; ++b) {
                std::string const token = reference::byte_token(static_cast<char>(b));
                if (lacks_some && (b == 'a' || b == 0xA9)) continue;
                tokens.push_back(token);
                if (fallback) words.bytes.insert(token);
                if (finds_bytes) words.tokens.insert(token);
            }
            sentencepiece_word_model const model(vocabulary_of(tokens),
                                                 {.unknown = words.unknown.empty() ? no_token : token_id{0},
                                                  .byte_fallback = fallback,
                                                  .finds_bytes = finds_bytes});
            for (int i = 0; i < 30; ++i) {
                std::string text;
                for (std::size_t n = random.below(8); n > 0; --n) {
                    text += random.below(8) == 0 ? spelled("_") + "<0x61>" : random_word();
                }
                text = spelled(random.below(9) == 0 ? "<0x41>" : "") + text;
                INFO("text " << text);
                REQUIRE(pieces(model, text) == words(text));
            }
        }
    }
}

}  // namespace sentencepiece_word_model_test
