#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/train/bpe_trainer.hpp>

#include "reference/bpe_trainer.hpp"
#include "support.hpp"

namespace bpe_trainer_test {

using namespace tessera;
using strings = std::vector<std::string>;
using string_pairs = std::vector<std::pair<std::string, std::string>>;

namespace {

pretoken_counts counts_of(std::map<std::string, std::uint64_t> const& words) {
    pretoken_counts counts;
    for (auto const& [word, n] : words) counts.add(word, n);
    return counts;
}

strings tokens_of(trained_bpe const& t) {
    strings out;
    for (token_id id = 0; id < t.vocab.size(); ++id) out.emplace_back(t.vocab.bytes(id));
    return out;
}

string_pairs merges_of(trained_bpe const& t) {
    string_pairs out;
    for (merge const& m : t.merges) out.emplace_back(t.vocab.bytes(m.left), t.vocab.bytes(m.right));
    return out;
}

trained_bpe train(std::map<std::string, std::uint64_t> const& words, bpe_trainer_options options) {
    return bpe_trainer(std::move(options)).train(counts_of(words));
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("Wikipedia's example: aaabdaaabac") {
        trained_bpe const t = train({{"aaabdaaabac", 1}}, {.vocab_size = 7, .alphabet = initial_alphabet::corpus});
        CHECK(tokens_of(t) == strings{"a", "b", "c", "d", "aa", "ab", "aaab"});
        CHECK(merges_of(t) == string_pairs{{"a", "a"}, {"a", "b"}, {"aa", "ab"}});
        CHECK(t.stopped == stop_reason::vocab_size_reached);
        CHECK(t.smallest_count == 2);
    }

    TEST_CASE("Hugging Face's own test: hug, pug, pun, bun, hugs") {
        std::map<std::string, std::uint64_t> const words{{"hug", 10}, {"pug", 5}, {"pun", 12}, {"bun", 4}, {"hugs", 5}};
        trained_bpe const t = train(words, {.vocab_size = 10, .alphabet = initial_alphabet::corpus});
        CHECK(tokens_of(t) == strings{"b", "g", "h", "n", "p", "s", "u", "ug", "un", "hug"});
    }

    TEST_CASE("special tokens come first, then all bytes by their character") {
        trained_bpe const t = train({{"a", 1}}, {.vocab_size = 300, .special_tokens = {"<s>", "<a b>", "<s>"}});
        CHECK(t.vocab.size() == 258);
        CHECK(t.stopped == stop_reason::no_pairs_left);
        CHECK(t.specials.size() == 2);
        CHECK(t.vocab.bytes(1) == "<a b>");
        CHECK(t.vocab.kind(0) == token_kind::control);
        CHECK(t.vocab.find("<a b>") == no_token);
        CHECK(t.vocab.find("!") == 2);
        CHECK(t.vocab.find(std::string_view("\0", 1)) == 2 + 94 + 12 + 82);
        CHECK(t.vocab.find("\xAD") == 257);
        CHECK(t.vocab.kind(2) == token_kind::byte);
    }

    TEST_CASE("ties") {
        // Equal counts: (a, b), (c, d), (b, a) in order of ids; "ba" and "zz" in other orders.
        std::map<std::string, std::uint64_t> const words{{"zzz", 1}, {"ba", 2}, {"cd", 2}};
        auto const first = [&](tie_break ties) {
            auto const t = train(words, {.vocab_size = 6, .alphabet = initial_alphabet::corpus, .ties = ties});
            return tokens_of(t).at(5);
        };
        CHECK(first(tie_break::hugging_face) == "ba");
        CHECK(first(tie_break::bytes) == "ba");
        std::map<std::string, std::uint64_t> const long_or_short{{"abc", 4}, {"abd", 2}, {"yz", 4}};
        auto const second = [&](tie_break ties) {
            auto const t = train(long_or_short, {.vocab_size = 8, .alphabet = initial_alphabet::corpus, .ties = ties});
            return tokens_of(t).at(7);
        };
        CHECK(second(tie_break::sentencepiece) == "yz");  // "abc" is as frequent but longer
        CHECK(second(tie_break::bytes) == "abc");
        CHECK(second(tie_break::hugging_face) == "yz");  // (y, z) are smaller ids than (ab, c)
    }

    TEST_CASE("limits") {
        std::map<std::string, std::uint64_t> const words{{"abcd", 5}, {"xy", 1}};
        auto const t = train(words, {.vocab_size = 99, .min_frequency = 2, .alphabet = initial_alphabet::corpus});
        CHECK(tokens_of(t) == strings{"a", "b", "c", "d", "x", "y", "ab", "cd", "abcd"});
        CHECK(t.stopped == stop_reason::below_min_frequency);
        auto const few = train(words, {.vocab_size = 99, .limit_alphabet = 2, .alphabet = initial_alphabet::corpus});
        CHECK(tokens_of(few) == strings{"a", "b", "ab"});  // of equally frequent symbols the smaller are kept
        auto const shorter =
            train(words, {.vocab_size = 99, .max_token_length = 4, .alphabet = initial_alphabet::corpus});
        CHECK(tokens_of(shorter) == strings{"a", "b", "c", "d", "x", "y", "ab", "cd", "xy"});
    }

    TEST_CASE("counts beyond 32 bits") {
        std::uint64_t const many = std::uint64_t{1} << 40;
        auto const t = train({{"ab", many}, {"cd", many + 1}}, {.vocab_size = 6, .alphabet = initial_alphabet::corpus});
        CHECK(tokens_of(t) == strings{"a", "b", "c", "d", "cd", "ab"});
        CHECK(t.smallest_count == many);
    }

    TEST_CASE("impossible requests") {
        CHECK_THROWS_WITH_AS(train({}, {}), "corpus: there is no text to train on; name files that have some", error);
        CHECK_THROWS_WITH_AS(
            train({{"ab", 1}}, {.vocab_size = 255}),
            "vocabulary size: 255 is less than the alphabet and the special tokens take; ask for at least 256", error);
        CHECK_THROWS_AS(train({{"ab", 1}}, {.unit = symbol_unit::code_point}), error);
        CHECK_THROWS_AS(train({{"ab", 1}}, {.vocab_size = max_vocabulary_size + 1}), error);
        CHECK_THROWS_AS(train({{"ab", 1}}, {.special_tokens = {""}}), error);
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("the reference trainer makes the same tokens and merges") {
        for (std::uint64_t seed = 1; seed <= 400; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            std::string const letters = std::string("abcdef").substr(0, 1 + random.below(6));
            std::map<std::string, std::uint64_t> words;
            for (std::size_t n = 1 + random.below(30); n != 0; --n) {
                std::size_t const longest =
                    std::array<std::size_t, 4>{5, 25, 25, 300}[random.below(4)];  // 300: linked, not in an array
                words[random.text(1 + random.below(longest), letters)] += 1 + random.below(9);
            }
            reference::training_options o{.vocab_size = 20 + random.below(200),
                                          .min_frequency = random.below(3) == 0 ? random.below(5) : 0,
                                          .max_token_length = random.below(3) == 0 ? 2 + random.below(7) : 0,
                                          .special_tokens = {},
                                          .alphabet = {}};
            // A special token that merges arrive at, too, has two lives: its pairs are queued twice.
            if (random.below(2) == 0) o.special_tokens = {"ab", "abc", "<s>"};
            std::set<char> seen;
            for (auto const& [word, n] : words) seen.insert(word.begin(), word.end());
            for (char const c : seen) o.alphabet.emplace_back(1, c);
            reference::training_result const expected = reference::train_bpe(words, o);
            trained_bpe const t = train(words, {.vocab_size = o.vocab_size,
                                                .min_frequency = o.min_frequency,
                                                .max_token_length = o.max_token_length,
                                                .alphabet = initial_alphabet::corpus,
                                                .special_tokens = o.special_tokens});
            REQUIRE(tokens_of(t) == expected.tokens);
            REQUIRE(merges_of(t) == expected.merges);
        }
    }
}

TEST_SUITE("property") {
    TEST_CASE("the order in which counts are stored changes nothing") {
        support::random_source random(5);
        std::vector<std::pair<std::string, std::uint64_t>> words;
        for (int i = 0; i < 2000; ++i)
            words.emplace_back(random.text(1 + random.below(12), "abcdefgh"), 1 + random.below(20));
        auto const train_in_order = [&] {
            pretoken_counts counts;
            for (auto const& [word, n] : words) counts.add(word, n);
            return merges_of(bpe_trainer({.vocab_size = 3000}).train(counts));
        };
        auto const expected = train_in_order();
        std::reverse(words.begin(), words.end());
        CHECK(train_in_order() == expected);
        std::sort(words.begin(), words.end());
        CHECK(train_in_order() == expected);
    }

    TEST_CASE("counts that are given away are freed; the result is the same") {
        support::random_source random(8);
        pretoken_counts counts;
        for (int i = 0; i < 500; ++i) counts.add(random.text(1 + random.below(12), "abcd"), 1 + random.below(9));
        bpe_trainer const trainer({.vocab_size = 400});
        trained_bpe kept = trainer.train(counts);
        std::size_t const n = counts.size();
        trained_bpe given = trainer.train(std::move(counts));
        CHECK(counts.memory_bytes() < 100);
        CHECK(given.n_pretokens == n);
        CHECK(merges_of(std::move(given)) == merges_of(std::move(kept)));
    }

    TEST_CASE("the model that training makes reaches each of its tokens") {
        support::random_source random(6);
        pretoken_counts counts;
        for (int i = 0; i < 500; ++i) counts.add(random.text(1 + random.below(12), "abcd"), 1 + random.below(9));
        trained_bpe t = bpe_trainer({.vocab_size = 800}).train(counts);
        bpe_model const model(std::move(t.vocab), std::move(t.merges));
        for (token_id id = 0; id < model.vocab().size(); ++id) CHECK(model.is_whole(id));
    }
}

}  // namespace bpe_trainer_test
