// The options of Hugging Face's BPE, and texts without a pretokenizer.
#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/model/bpe_model.hpp>

#include "model/model_support.hpp"
#include "reference/models.hpp"
#include "support.hpp"

namespace bpe_options_test {

using namespace tessera;
using support::pieces;
using support::strings;
using support::vocabulary_of;

namespace {

bpe_options characters(bpe_options o) {
    o.unit = symbol_unit::code_point;
    return o;
}

struct random_case {
    strings tokens;
    std::vector<merge> merges;
    bpe_options options;
    reference::bpe_with_options naive;
    std::size_t n_letters;

    explicit random_case(support::random_source& random) : n_letters(1 + random.below(support::letters.size())) {
        options.unit = symbol_unit::code_point;
        options.ignore_merges = random.below(4) == 0;
        options.fuse_unknown = random.below(2) == 0;
        options.byte_fallback = random.below(2) == 0;
        if (random.below(3) == 0) options.continuing_subword_prefix = "##";
        if (random.below(3) == 0) options.end_of_word_suffix = "</w>";
        std::set<std::string> known;
        auto const add = [&](std::string const& t) {
            if (known.insert(t).second) tokens.push_back(t);
        };
        if (random.below(3) != 0) {
            add("<unk>");
            options.unknown = 0;
        }
        std::string const& prefix = options.continuing_subword_prefix;
        for (std::size_t i = 0; i < n_letters; ++i) {
            for (auto const& before : {std::string(), prefix}) {
                for (auto const& after : {std::string(), options.end_of_word_suffix}) {
                    if (random.below(10) != 0) add(before + support::letters[i] + after);
                }
            }
        }
        std::size_t const n_mergeable = tokens.size();
        if (random.below(2) == 0) {
            for (int b = 0; b < 256; ++b) add(reference::byte_token(static_cast<char>(b)));
        }
        strings parts(tokens.begin() + (options.unknown == 0),
                      tokens.begin() + static_cast<std::ptrdiff_t>(n_mergeable));
        for (std::size_t i = random.below(60); i > 0 && !parts.empty(); --i) {
            std::string const left = parts[random.below(parts.size())];
            std::string const right = parts[random.below(parts.size())];
            if (!right.starts_with(prefix) || right.size() == prefix.size() || left.size() + right.size() > 20)
                continue;
            std::string const result = left + right.substr(prefix.size());
            if (known.insert(result).second) {
                tokens.push_back(result);
                parts.push_back(result);
            }
            auto const id = [&](std::string const& t) {
                return static_cast<token_id>(std::find(tokens.begin(), tokens.end(), t) - tokens.begin());
            };
            auto const rank = static_cast<std::uint32_t>(merges.size());
            merges.push_back({id(left), id(right), id(result), rank});
            naive.ranks[{left, right}] = rank;
        }
        naive.tokens = {tokens.begin(), tokens.end()};
        naive.unknown = options.unknown == 0 ? "<unk>" : "";
        naive.prefix = prefix;
        naive.suffix = options.end_of_word_suffix;
        naive.fuse = options.fuse_unknown;
        naive.fallback = options.byte_fallback;
        naive.ignore_merges = options.ignore_merges;
    }
    [[nodiscard]] bpe_model model() const { return {vocabulary_of(tokens), merges, options}; }
};

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("byte fallback needs all bytes of a symbol") {
        strings const tokens{"<unk>", "a", "<0xC3>", "<0xA9>"};
        bpe_model const model(vocabulary_of(tokens), {}, characters({.unknown = 0, .byte_fallback = true}));
        CHECK(pieces(model, "a\xC3\xA9") == strings{"a", "<0xC3>", "<0xA9>"});
        CHECK(pieces(model, "a\xC3\xA8\x61") == strings{"a", "<unk>", "a"});
        // An ill-formed byte is a character of its own.
        CHECK(pieces(model, "a\xC3") == strings{"a", "<0xC3>"});
    }

    TEST_CASE(
        "an unknown symbol comes after the bytes of those that fell back behind it, as in Hugging Face's library") {
        strings const tokens{"<unk>", "a", "<0x62>"};
        bpe_model const apart(vocabulary_of(tokens), {}, characters({.unknown = 0, .byte_fallback = true}));
        CHECK(pieces(apart, "qbqba") == strings{"<0x62>", "<unk>", "<0x62>", "<unk>", "a"});
        bpe_model const fused(vocabulary_of(tokens), {},
                              characters({.unknown = 0, .fuse_unknown = true, .byte_fallback = true}));
        CHECK(pieces(fused, "qbqba") == strings{"<0x62>", "<0x62>", "<unk>", "a"});
    }

    TEST_CASE("fallback of a byte-level model is by the bytes of the alphabet's character") {
        strings const tokens{"a", "<0xC4>", "<0xA0>"};
        bpe_model const model(vocabulary_of(tokens), {}, {.byte_fallback = true});
        CHECK(pieces(model, "a b") == strings{"a", "<0xC4>", "<0xA0>"});
    }

    TEST_CASE("prefix and suffix") {
        strings const tokens{"a", "##b", "##c", "c</w>", "##c</w>", "ab", "##bc</w>", "abc</w>"};
        std::vector<merge> const merges{{1, 4, 6, 0}, {0, 6, 7, 1}, {0, 1, 5, 2}};
        bpe_options const options = characters({.continuing_subword_prefix = "##", .end_of_word_suffix = "</w>"});
        bpe_model const model(vocabulary_of(tokens), merges, options);
        for (int again = 0; again < 3; ++again) {
            CHECK(pieces(model, "abc") == strings{"abc</w>"});
            CHECK(pieces(model, "c") == strings{"c</w>"});
            CHECK(pieces(model, "abcc") == strings{"ab", "##c", "##c</w>"});
        }
        CHECK(model.is_whole(7));
        CHECK(model.is_whole(3));
        CHECK_FALSE(model.is_whole(5));  // "ab" would need ##b</w>
    }

    TEST_CASE("bad options and merges are refused") {
        strings const tokens{"a", "b", "ab"};
        CHECK_THROWS_AS(bpe_model(vocabulary_of(tokens), {}, {.unknown = 3}), error);
        CHECK_THROWS_AS(bpe_model(vocabulary_of(tokens), {{0, 1, 2, 0}}, {.continuing_subword_prefix = "##"}), error);
    }

    TEST_CASE("copies share nothing that changes, and threads may find out the same thing") {
        strings const tokens{"a", "b", "ab"};
        bpe_model const model(vocabulary_of(tokens), {{0, 1, 2, 0}});
        auto const work = [&] {
            bpe_model const copy = model;
            bpe_model::scratch s;
            for (int i = 0; i < 1000; ++i) CHECK(pieces(i % 2 == 0 ? model : copy, "ab", s) == strings{"ab"});
        };
        std::thread other(work);
        work();
        other.join();
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("random options: as the naive model, short and long") {
        for (std::uint64_t seed = 1; seed <= 400; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            random_case const c(random);
            bpe_model const model = c.model();
            bpe_model::scratch s;
            for (int i = 0; i < 40; ++i) {
                std::string const word = support::word(random, i % 8 == 0 ? 150 : 9, c.n_letters);
                INFO("word " << word);
                REQUIRE(pieces(model, word, s) == c.naive(word));
            }
            for (token_id id = 0; id < model.vocab().size(); ++id) {
                std::string const text(model.vocab().bytes(id));
                if (c.options.end_of_word_suffix.empty() || c.options.ignore_merges) {
                    REQUIRE(model.is_whole(id, s) == (c.naive(text) == strings{text}));
                }
            }
        }
    }
}

TEST_SUITE("property") {
    TEST_CASE("a text without a pretokenizer, whatever it repeats, in about linear time") {
        support::random_source random(5);
        strings tokens{"<unk>", "a", "b", "\xE2\x96\x81"};
        std::vector<merge> merges;
        for (int i = 0; i < 60; ++i) {
            auto const left = static_cast<token_id>(1 + random.below(tokens.size() - 1));
            auto const right = static_cast<token_id>(1 + random.below(tokens.size() - 1));
            std::string const joined = tokens[left] + tokens[right];
            if (joined.find("\xE2\x96\x81", 1) != std::string::npos || joined.size() > 16) continue;
            if (std::find(tokens.begin(), tokens.end(), joined) != tokens.end()) continue;
            merges.push_back(
                {left, right, static_cast<token_id>(tokens.size()), static_cast<std::uint32_t>(merges.size())});
            tokens.push_back(joined);
        }
        bpe_model const model(vocabulary_of(tokens), merges, characters({.unknown = 0, .fuse_unknown = true}));
        for (std::string const unit : {"a", "ab", "\xE2\x96\x81",
                                       "\xE2\x96\x81"
                                       "ab",
                                       "q", "\xFF"}) {
            std::string text;
            while (text.size() < 100'000) text += unit;
            CHECK(support::is_about_linear(model, text));
        }
    }
}

}  // namespace bpe_options_test
