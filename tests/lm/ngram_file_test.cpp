// n-gram models in files: there and back, and whatever may be wrong with one.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/core/error.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/lm/ngram_file.hpp>
#include <tessera/lm/ngram_trainer.hpp>
#include <tessera/lm/vocabulary_hash.hpp>
#include "../io/hostile.hpp"
#include "../support.hpp"
#include "ngram_support.hpp"

using namespace tessera;
using hostile::check_fails;
using ngrams::file_of;
using ngrams::model_of;
using ngrams::text;

namespace {

lm::ngram_model small_model() {
    return model_of({{0, 1}, {0, 1, 0}, {1, 1}},
                    {.order = 3, .vocab_size = 3, .row_width = 5, .end = 2, .vocabulary = {0xABC, 0x123}});
}

std::string replaced(std::string bytes, std::string_view from, std::string_view to) {
    std::size_t const at = bytes.find(from);
    REQUIRE(at != std::string::npos);
    return bytes.replace(at, from.size(), to);
}

// With the hash of the header made right again.
std::string with_its_hash(std::string bytes) {
    std::size_t const line = bytes.find("\ncontent ");
    std::size_t const end = bytes.find("\n\n");
    if (line == std::string::npos || end == std::string::npos || end < line) return bytes;
    std::string const hash = lm::hexadecimal(long_hash_of(std::string_view(bytes).substr(end + 2)));
    return bytes.replace(line + 9, end - line - 9, hash);
}

vocabulary vocabulary_of(std::vector<std::string> const& tokens) {
    vocabulary_builder builder;
    for (std::size_t i = 0; i < tokens.size(); ++i) builder.add(static_cast<token_id>(i), tokens[i]);
    return builder.build();
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("the text of the header") {
        std::string const bytes = file_of(small_model());
        std::string const expected =
            "tessera n-gram model 1\nvocab_size 3\nrow_width 5\nend 2\n"
            "vocabulary 0000000000000abc0000000000000123\ncontexts 1 3 5\nsuccessors 3 7 6\ncontent ";
        CHECK(bytes.substr(0, expected.size()) == expected);
        // Of n contexts and s successors 4 n + 8 (n + 1) + 12 s bytes, and 8 (n + 1) more where there is a next level.
        CHECK(bytes.size() == expected.size() + 32 + 2 + (4 + 32 + 36) + (12 + 64 + 84) + (20 + 48 + 72));
        // Level 0: one context, whose key stands before a text; children 0 .. 3, successors 0 .. 3: a, b, the end.
        std::string_view const arrays = std::string_view(bytes).substr(expected.size() + 34);
        CHECK(arrays.substr(0, 4) == "\xFF\xFF\xFF\xFF");
        CHECK(arrays.substr(4, 16) == std::string_view("\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0", 16));
        CHECK(arrays.substr(36, 12) == std::string_view("\0\0\0\0\1\0\0\0\2\0\0\0", 12));
        CHECK(file_of(model_of({{0}}, {.vocab_size = 1})).find("\nend none\n") != std::string::npos);
    }

    TEST_CASE("what is wrong with a header is said") {
        std::string const bytes = file_of(small_model());
        auto const fails = [&](std::string const& file, std::string const& what, error_kind kind = error_kind::syntax) {
            check_fails([&] { (void)lm::read_ngram_model(file); }, kind, what);
        };
        fails("", "line 1: this is not an n-gram model");
        fails("{\"model\": 1}\n", "line 1: this is not an n-gram model");
        fails(replaced(bytes, "model 1", "model 2"), "version 1 only", error_kind::unsupported);
        fails(replaced(bytes, "vocab_size 3", "vocab_size x"), "line 2: expected a whole number");
        fails(replaced(bytes, "vocab_size 3", "vocab_size 99999999"), "line 2: expected a whole number of at most");
        fails(replaced(bytes, "vocab_size 3", "vocab_size 6"), "6 tokens in rows of 5", error_kind::bad_option);
        fails(replaced(bytes, "vocab_size 3", "vocab_size 0"), "0 tokens", error_kind::bad_option);
        fails(replaced(bytes, "row_width", "columns"), "line 3: expected row_width");
        fails(replaced(bytes, "end 2", "end 3"), "ends a text", error_kind::bad_option);
        fails(replaced(bytes, "abc", "abg"), "line 5: expected 32 hexadecimal digits");
        fails(replaced(bytes, "contexts 1 3 5", "contexts 1 3"), "line 7: there are not as many levels");
        fails(replaced(bytes, "contexts 1 3 5", "contexts 1 3 5 1 1 1 1 1 1"), "line 6: there are more than 8 levels");
        fails(replaced(bytes, "contexts 1 3 5", "contexts 1 3 99999999999"), "line 6: expected a whole number");
        fails(replaced(bytes, "contexts 1 3 5", "contexts 1 3 6"), "bytes should follow");
        fails(bytes.substr(0, bytes.size() - 1), "bytes should follow");
        fails(bytes + "x", "bytes should follow");
        fails(bytes.substr(0, bytes.size() - 1) + "x", "does not have the hash");
        fails(replaced(bytes, "\n\n", "\nx\n"), "line 9: expected an empty line");
    }

    TEST_CASE("a model belongs to a vocabulary") {
        vocabulary const ours = vocabulary_of({"a", "b", "ab"});
        // Each token's length in 32 bits, then its bytes.
        CHECK(lm::vocabulary_hash(ours) == long_hash_of(std::string_view("\1\0\0\0a\1\0\0\0b\2\0\0\0ab", 16)));
        vocabulary_builder builder;
        builder.add(1, "b");
        builder.add_unfindable(2, "<s>");
        CHECK(lm::vocabulary_hash(builder.build()) ==
              long_hash_of(std::string_view("\0\0\0\0\1\0\0\0b\xFF\xFF\xFF\xFF", 13)));
        lm::ngram_model const model = model_of({{0, 1}}, {.vocab_size = 3, .vocabulary = lm::vocabulary_hash(ours)});
        lm::require_vocabulary(model, ours);
        check_fails([&] { lm::require_vocabulary(model, vocabulary_of({"a", "ab", "b"})); }, error_kind::bad_option,
                    "the model was made with another tokenizer: one of 3 tokens with hash " +
                        lm::hexadecimal(lm::vocabulary_hash(ours)));
        check_fails([&] { lm::require_vocabulary(model, vocabulary_of({"a", "b", "ab", "c"})); },
                    error_kind::bad_option, "and this has 4 and ");
        check_fails([&] { lm::require_vocabulary(model, vocabulary_of({"ab", "a", "b"})); }, error_kind::bad_option,
                    "another tokenizer");
    }

    TEST_CASE("levels that do not fit together are refused") {
        auto const fails = [](auto&& change, std::string const& what, error_kind kind = error_kind::syntax) {
            lm::ngram_data data = small_model().data();
            change(data);
            check_fails([&] { lm::ngram_model const model(data); }, kind, what);
        };
        using data = lm::ngram_data;
        // Level 1 has the contexts a, b and ^; level 2 ba and ^a, ab, bb and ^b.
        REQUIRE(small_model().data().levels[1].first_child == std::vector<std::uint64_t>{0, 2, 5, 5});
        fails([](data& d) { d.levels.clear(); }, "0 is not in 1 .. 8", error_kind::bad_option);
        fails([](data& d) { d.levels.resize(9); }, "9 is not in 1 .. 8", error_kind::bad_option);
        fails([](data& d) { d.levels[0].keys.push_back(0); }, "level 0, context 0: there is one empty context");
        fails([](data& d) { d.levels[1].counts.pop_back(); }, "level 1, successor 7: there are not as many counts");
        fails([](data& d) { d.levels[2].counts[3] = 0; }, "level 2, successor 3: its count is 0");
        fails([](data& d) { d.levels[0].counts[0] = ~std::uint64_t{0}; }, "sum to more than 2^64 - 1",
              error_kind::limit);
        fails([](data& d) { d.levels[0].successors[2] = 3; }, "level 0, successor 2: it is not in the vocabulary",
              error_kind::bad_id);
        fails([](data& d) { std::swap(d.levels[0].successors[1], d.levels[0].successors[2]); },
              "level 0, successor 2: the successors are not in order");
        fails([](data& d) { d.levels[1].keys[1] = 3; }, "level 1, context 1: its token is not in the vocabulary",
              error_kind::bad_id);
        fails([](data& d) { std::swap(d.levels[1].keys[0], d.levels[1].keys[1]); },
              "level 1, context 1: the contexts are not in order");
        fails([](data& d) { d.levels[1].first_child = {0, 2, 4, 5}; }, "it reaches beyond the beginning of the text");
        fails([](data& d) { d.levels[1].first_child = {0, 6, 5, 5}; }, "goes backwards");
        fails([](data& d) { d.levels[1].first_child = {1, 2, 5, 5}; }, "level 1, children of context 0");
        fails([](data& d) { d.levels[1].first_child.pop_back(); }, "the ranges do not fill the level");
        fails([](data& d) { d.levels[2].first_child = {0}; }, "the longest contexts have none");
        fails([](data& d) { d.levels[2].first_successor[1] = 0; }, "level 2, successors of context 0");
        fails([](data& d) { d.levels[2].first_successor.back() = 1000; }, "the ranges do not fill the level");
        fails([](data& d) { d.levels[2].successors[0] = 0; },
              "level 2, successor 0: it does not follow the shorter context");
    }
}

TEST_SUITE("property") {
    TEST_CASE("a file read and written is the same file") {
        support::random_source random(2);
        for (std::size_t order = 1; order <= lm::max_ngram_order; ++order) {
            auto const texts = ngrams::random_texts(random, 10, 40, 12);
            lm::ngram_model const model = model_of(
                texts, {.order = order, .vocab_size = 12, .row_width = 12 + order, .end = 3, .vocabulary = {order, 9}});
            std::string const bytes = file_of(model);
            lm::ngram_model const again = lm::read_ngram_model(bytes);
            CHECK(again.data() == model.data());
            CHECK(again.order() == order);
            CHECK(again.end() == 3);
            CHECK(file_of(again) == bytes);
        }
    }

    TEST_CASE("hostile files are refused, or are models whose rows sum to 1") {
        auto const read = [](std::string_view bytes) {
            lm::ngram_model const model = lm::read_ngram_model(bytes);
            if (model.row_width() > 1000) return;
            std::vector<double> row(model.row_width());
            auto p = model.root();
            for (token_id id = 0; id < std::min<std::size_t>(model.vocab_size(), 5); ++id) {
                model.evaluate(std::vector{p}, row);
                double sum = 0;
                for (double const value : row) sum += std::exp(value);
                CHECK(std::abs(sum - 1) < 1e-12);
                p = model.child(p, id);
            }
        };
        std::string const bytes = file_of(small_model());
        // With the hash as it is no change of the arrays gets far.
        hostile::run(bytes, read);
        CHECK(hostile::run(bytes, [&](std::string_view changed) { read(with_its_hash(std::string(changed))); }) > 100);
    }
}
