#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token_source.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/pretokenize/bytes.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/tokenizer.hpp>
#include <tessera/train/bpe_trainer.hpp>

#include "support.hpp"

namespace tokenizer_test {

using namespace tessera;
using ids = std::vector<token_id>;

namespace {

// Ids: 0 "a", 1 "b", 2 " ", 3 "ab", 4 " ab", 5 "<s>", 6 "<n>", 7 (none), 8 "A".
bpe_model tiny_model() {
    vocabulary_builder builder;
    token_id id = 0;
    for (auto const* t : {"a", "b", " ", "ab", " ab"}) builder.add(id++, t);
    builder.add_unfindable(5, "<s>");
    builder.add_unfindable(6, "<n>");
    builder.add(8, "A");
    return {builder.build(), {{0, 1, 3, 0}, {2, 3, 4, 1}}};
}

special_tokens tiny_specials() {
    return special_tokens(
        {{.id = 5, .content = "<s>"}, {.id = 6, .content = "<n>", .special = false, .normalized = true}});
}

// Lower case for A, so that normalization can be seen.
struct lower_a {
    static void normalize(std::string_view text, std::string& out) {
        out.assign(text);
        for (char& c : out) c = c == 'A' ? 'a' : c;
    }
    static bool is_identity() { return false; }
    static std::string name() { return "lower_a"; }
};

// Gives up at "b", as a pattern may.
struct fails_at_b {
    struct scratch {};
    static bool joins_bytes() { return false; }
    static void decode(token_source tokens, scratch&, std::string& out) {
        tokens([&](std::string_view token) {
            if (token == "b") throw error(error_kind::limit, "decoder", "it gives up");
            out += token;
        });
    }
    static void append_token_bytes(std::string_view token, std::string& out) { out += token; }
};
static_assert(Decoder<fails_at_b>);

tokenizer<gpt2_pretokenizer<>> trained_on_english() {
    pretoken_counts counts;
    gpt2_pretokenizer<>{}.for_each(support::read(support::data("text/english.txt")),
                                   [&](std::string_view pretoken) { counts.add(pretoken); });
    trained_bpe t = bpe_trainer({.vocab_size = 2000, .special_tokens = {"<|endoftext|>"}}).train(counts);
    return tokenizer<gpt2_pretokenizer<>>(bpe_model(std::move(t.vocab), std::move(t.merges)), {}, {},
                                          special_tokens(t.specials));
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("from text to ids and back") {
        tokenizer<gpt2_pretokenizer<>> const t(tiny_model(), {}, {}, tiny_specials());
        CHECK(t.encode("ab ab") == ids{3, 4});
        CHECK(t.encode("") == ids{});
        CHECK(t.encode("ab<s> ab<n>") == ids{3, 5, 4, 6});
        CHECK(t.encode_ordinary("ab<s>") == ids{3});  // this alphabet has no "<": it is dropped
        CHECK(t.count("ab ab<s>") == 3);
        CHECK(t.decode(ids{3, 5, 4, 6}) == "ab<s> ab<n>");
        CHECK(t.decode(ids{3, 5, 4, 6}, true) == "ab ab<n>");  // <n> is added, but not special
        tokenizer<gpt2_pretokenizer<>>::scratch s;
        std::string out = "out: ";
        t.decode(ids{3, 5, 4, 6}, out, s, true);
        CHECK(out == "out: ab ab<n>");
    }

    TEST_CASE("added tokens are looked for before or after normalization") {
        tokenizer<bytes_pretokenizer, bpe_model, lower_a> const t(tiny_model(), {}, {}, tiny_specials());
        CHECK(t.encode("Ab<s>A<n>") == ids{3, 5, 0, 6});
        tokenizer<bytes_pretokenizer, bpe_model, lower_a> const u(
            tiny_model(), {}, {}, special_tokens({{.id = 5, .content = "<A>", .normalized = true}}));
        CHECK(u.encode("b<A><a>") == ids{1, 5, 5});  // the token's content is normalized, too
        CHECK_THROWS_AS((void)t.encode("A<s>", special_action::refuse), error);
        CHECK_THROWS_AS((void)t.encode("A<n>", special_action::refuse), error);
    }

    TEST_CASE("a buffer that is too small gets the first ids, and the caller the number") {
        tokenizer<gpt2_pretokenizer<>> const t(tiny_model());
        tokenizer<gpt2_pretokenizer<>>::scratch s;
        std::array<token_id, 3> buffer{9, 9, 9};
        CHECK(t.encode_into("ab ab a", std::span(buffer).first(2), s) == 4);
        CHECK(buffer == std::array<token_id, 3>{3, 4, 9});
    }

    TEST_CASE("ids without a token are refused by place, and nothing is decoded") {
        tokenizer<gpt2_pretokenizer<>> const t(tiny_model());
        std::string out = "kept";
        CHECK_THROWS_WITH_AS(
            t.decode(ids{0, 9}, out),
            "id 2 of 2: 9 is not in the vocabulary of 9 ids; check that the ids come from this tokenizer", error);
        CHECK_THROWS_AS(t.decode(ids{0, 7}, out), error);
        CHECK_THROWS_AS(t.decode(ids{no_token}, out), error);
        CHECK(out == "kept");
        tokenizer<gpt2_pretokenizer<>, bpe_model, no_normalizer, fails_at_b> const u(tiny_model());
        CHECK_THROWS_AS(u.decode(ids{0, 3, 1}, out), error);
        CHECK(out == "kept");
        decltype(u)::scratch s;
        u.decode(ids{0, 3}, out, s);
        CHECK(out == "keptaab");
        CHECK_THROWS_AS(
            (tokenizer<gpt2_pretokenizer<>>(tiny_model(), {}, {}, special_tokens({{.id = 99, .content = "x"}}))),
            error);
    }
}

TEST_SUITE("property") {
    TEST_CASE("decode(encode(bytes)) == bytes, for any bytes") {
        auto const t = trained_on_english();
        support::random_source random(3);
        for (int i = 0; i < 2000; ++i) {
            std::string const bytes = i % 2 == 0 ? random.bytes(random.below(80))
                                                 : random.text(random.below(80), "aA1 \n\t'.\xC3\xA9\xE4\xBD\xA0\xF0");
            auto const encoded = t.encode(bytes);
            REQUIRE(t.decode(encoded) == bytes);
            REQUIRE(t.count(bytes) == encoded.size());
        }
    }

    TEST_CASE("a batch is its texts, one by one, on any number of threads") {
        auto const t = trained_on_english();
        std::string const text = support::read(support::data("text/english.txt"));
        std::vector<std::string_view> lines;
        for (std::size_t at = 0; at < text.size();) {
            std::size_t const end = std::min(text.find('\n', at), text.size() - 1) + 1;
            lines.push_back(std::string_view(text).substr(at, end - at));
            at = end;
        }
        std::vector<ids> expected;
        for (auto const line : lines) expected.push_back(t.encode(line));
        CHECK(t.encode_batch(lines, serial_executor{}) == expected);
        CHECK(t.encode_batch(lines, tbb_executor(2)) == expected);
        CHECK(t.encode_batch(std::span(lines).first(0), tbb_executor(2)).empty());
    }
}

}  // namespace tokenizer_test
