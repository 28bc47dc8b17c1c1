#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/model/bpe_from_ranks.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/train/bpe_trainer.hpp>
#include <tessera/train/continued_bpe.hpp>
#include <tessera/train/superbpe_trainer.hpp>

#include "reference/bpe_trainer.hpp"
#include "support.hpp"
#include "train/memory_corpus.hpp"

namespace continued_bpe_test {

using namespace tessera;
using strings = std::vector<std::string>;
using string_pairs = std::vector<std::pair<std::string, std::string>>;
using word_counts = std::map<std::string, std::uint64_t>;

namespace {

strings tokens_of(vocabulary const& vocab) {
    strings out;
    for (token_id id = 0; id < vocab.size(); ++id) out.emplace_back(vocab.bytes(id));
    return out;
}

string_pairs merges_of(vocabulary const& vocab, std::vector<merge> const& merges) {
    string_pairs out;
    for (merge const& m : merges) out.emplace_back(vocab.bytes(m.left), vocab.bytes(m.right));
    return out;
}

word_counts count(std::string const& text, any_pretokenizer const& pretokenizer) {
    word_counts counts;
    memory_corpus(text).for_each_line([&](std::string_view line) {
        pretokenizer.for_each(line, [&](std::string_view pretoken) { ++counts[std::string(pretoken)]; });
    });
    return counts;
}

// Lines of few words, which therefore come again: in other company, with spaces, digits and signs between them.
std::string random_text(support::random_source& random) {
    std::size_t const n_words = 1 + random.below(12);
    strings words;
    for (std::size_t i = 0; i < n_words; ++i) words.push_back(random.text(1 + random.below(5), "abce"));
    static constexpr std::array<std::string_view, 10> between{" ",  " ",  " ",  " ",  ", ",
                                                              ": ", "  ", "\n", "\n", ". 12345 "};
    std::string text;
    for (std::size_t n = random.below(400); n != 0; --n) {
        text += words[random.below(words.size())];
        text += between[random.below(between.size())];
    }
    return text;
}

struct pretokenizers {
    any_pretokenizer words, superwords;
};

pretokenizers generation(std::size_t number) {
    std::string const name = "superbpe-" + std::to_string(number);
    return {any_pretokenizer::by_name(name + "-words"), any_pretokenizer::by_name(name)};
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("words of a token") {
        CHECK(superword_rules::count_words("") == 0);
        CHECK(superword_rules::count_words("  ") == 0);
        CHECK(superword_rules::count_words("a") == 1);
        CHECK(superword_rules::count_words(" a b ") == 2);
        CHECK(superword_rules::count_words("a\tb\nc") == 1);
        CHECK(superword_rules{}.allow(" one two three four"));
        CHECK_FALSE(superword_rules{}.allow("one two three four five"));
        CHECK(superword_rules{.max_words = 0}.allow("one two three four five"));
        CHECK_FALSE(superword_rules{}.allow("a: b"));
        CHECK(superword_rules{}.allow("a:b "));
        CHECK(superword_rules{.colon_space = true}.allow("a: b"));
        CHECK(superword_rules{}.veto()(": "));
    }

    TEST_CASE("a superword is made of words, and keeps their ids") {
        memory_corpus corpus("by the way\nby the way\nby the\n");
        trained_bpe words = bpe_trainer({.vocab_size = 262}).train([] {
            pretoken_counts c;
            for (auto const* w : {"by", " the", " way"}) c.add(w, 3);
            return c;
        }());
        std::size_t const n = words.vocab.size();
        CHECK(n == 262);
        bpe_model const base(std::move(words.vocab), std::move(words.merges));
        any_pretokenizer const lines = any_pretokenizer::by_name("bytes");
        continued_bpe const r = continue_bpe(base, corpus, lines, serial_executor{}, {.vocab_size = n + 3});
        CHECK(r.n_new_merges == 3);
        for (token_id id = 0; id < n; ++id) CHECK(r.vocab.bytes(id) == base.vocab().bytes(id));
        CHECK(std::equal(base.merges().begin(), base.merges().end(), r.merges.begin()));
        CHECK(r.vocab.bytes(static_cast<token_id>(n)) == "by the");
        CHECK(r.n_tokens_before > r.n_tokens);
        CHECK(r.stopped == stop_reason::vocab_size_reached);
    }

    TEST_CASE("what cannot be") {
        memory_corpus corpus("ab ab\n");
        any_pretokenizer const lines = any_pretokenizer::by_name("bytes");
        pretoken_counts counts;
        counts.add("ab", 2);
        trained_bpe const words = bpe_trainer({.vocab_size = 300}).train(counts);
        CHECK(words.vocab.size() == 257);
        bpe_model const base(words.vocab, words.merges);
        CHECK_THROWS_WITH_AS((void)continue_bpe(base, corpus, lines, serial_executor{}, {.vocab_size = 256}),
                             "vocabulary size: 256 is less than the 257 tokens that there are already; ask for more",
                             error);
        CHECK_THROWS_AS(
            (void)continue_bpe(base, corpus, lines, serial_executor{}, {.vocab_size = max_vocabulary_size + 1}), error);
        CHECK_THROWS_WITH_AS(check_transition_point(words, 300),
                             "transition point: 300 is never reached: inside words there is nothing left to merge at "
                             "257 tokens; ask for 257 at most, or give more text",
                             error);
        CHECK_THROWS_WITH_AS(check_transition_point(words, 255),
                             "transition point: 255 is less than the alphabet and the special tokens take; ask for at "
                             "least 256",
                             error);
        // Nothing to read, nothing to do: no error, the model as it was.
        memory_corpus empty("");
        continued_bpe const same = continue_bpe(base, empty, lines, serial_executor{}, {.vocab_size = 300});
        CHECK(same.vocab.size() == 257);
        CHECK(same.stopped == stop_reason::no_pairs_left);
        continued_bpe const full = continue_bpe(base, corpus, lines, serial_executor{}, {.vocab_size = 257});
        CHECK(full.n_new_merges == 0);
        CHECK(full.stopped == stop_reason::vocab_size_reached);
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("both stages make the reference's tokens and merges, whatever the limit, and so does a sweep") {
        std::size_t n_vetoed = 0;
        std::size_t n_readings = 0;
        for (std::uint64_t seed = 1; seed <= 300; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            std::string const text = random_text(random);
            if (text.empty()) continue;
            memory_corpus corpus(text);
            pretokenizers const split = generation(1 + random.below(2));
            superword_rules const rules{.max_words = random.below(4), .colon_space = random.below(2) == 0};
            bool const has_veto = random.below(4) != 0;

            reference::training_options o{.vocab_size = 256 + random.below(40), .special_tokens = {}, .alphabet = {}};
            for (auto const& symbol : detail::make_alphabet({}, symbol_unit::byte, initial_alphabet::bytes, 0)) {
                o.alphabet.push_back(symbol);
            }
            if (random.below(3) == 0) o.special_tokens = {"<|end of text|>", "ab", "abc"};  // merges make two of them
            reference::training_result const first = reference::train_bpe(count(text, split.words), o);
            reference::training_options p = o;
            p.vocab_size = first.tokens.size() + random.below(80);
            p.inherited = first.merges;
            p.min_frequency = random.below(4) == 0 ? 1 + random.below(5) : 0;
            p.max_token_length = random.below(4) == 0 ? 3 + random.below(12) : 0;
            if (has_veto) p.veto = [&](std::string const& token) { return !rules.allow(token); };
            reference::training_result const second = reference::train_bpe(count(text, split.superwords), p);

            superbpe_options options;
            options.words.vocab_size = first.tokens.size();
            options.words.special_tokens = o.special_tokens;
            options.superwords = {.vocab_size = p.vocab_size,
                                  .min_frequency = p.min_frequency,
                                  .max_token_length = p.max_token_length,
                                  .veto = has_veto ? rules.veto() : merge_veto{}};
            for (std::uint64_t const limit : std::initializer_list<std::uint64_t>{0, 1, 1 << 20}) {
                INFO("limit " << limit);
                options.superwords.memory_limit = limit;
                options.superwords.first_threshold = limit == 0 ? 0 : random.below(20);
                trained_superbpe const t =
                    train_superbpe(corpus, split.words, split.superwords, serial_executor{}, options);
                REQUIRE(tokens_of(t.words.vocab) == first.tokens);
                REQUIRE(tokens_of(t.superwords.vocab) == second.tokens);
                REQUIRE(merges_of(t.superwords.vocab, t.superwords.merges) == second.merges);
                bpe_model const result(t.superwords.vocab, t.superwords.merges);
                std::uint64_t n_tokens = 0;
                bpe_model::scratch s;
                for (auto const& [pretoken, n] : count(text, split.superwords)) {
                    result.encode(pretoken, s, [&, n = n](token_id) { n_tokens += n; });
                }
                REQUIRE(t.superwords.n_tokens == n_tokens);
                n_readings += t.superwords.n_readings;
            }
            n_vetoed += has_veto && std::any_of(second.tokens.begin(), second.tokens.end(), [](auto const& token) {
                            return superword_rules::count_words(token) > 1;
                        });
            bpe_trainer_options longer = options.words;
            longer.vocab_size += 30;
            trained_bpe const more = bpe_trainer(longer).train(count_of(text, split.words));
            shorter_training const cut = first_tokens(more, first.tokens.size());
            REQUIRE(tokens_of(cut.model.vocab()) == first.tokens);
            REQUIRE(merges_of(cut.model.vocab(), {cut.model.merges().begin(), cut.model.merges().end()}) ==
                    first.merges);
            REQUIRE(cut.n_tokens == bpe_trainer(options.words).train(count_of(text, split.words)).n_tokens);
        }
        CHECK(n_vetoed > 50);         // there are superwords
        CHECK(n_readings > 300 * 8);  // and corpora that take several thresholds
    }
}

TEST_SUITE("property") {
    TEST_CASE("two threads, blocks of any size and any limit give the same") {
        support::random_source random(11);
        std::string text;
        for (int i = 0; i < 40; ++i) text += random_text(random);
        pretokenizers const split = generation(2);
        superbpe_options options;
        options.words.vocab_size = 330;
        options.superwords.vocab_size = 600;
        memory_corpus whole(text);
        auto const expected = train_superbpe(whole, split.words, split.superwords, serial_executor{}, options);
        CHECK(expected.superwords.n_new_merges == 270);
        for (std::size_t const block : std::initializer_list<std::size_t>{100, 5000}) {
            for (std::uint64_t const limit : std::initializer_list<std::uint64_t>{0, 1, 100'000}) {
                memory_corpus corpus(text, block);
                options.superwords.memory_limit = limit;
                options.superwords.first_threshold = limit == 1 ? 50 : 0;
                auto const t = train_superbpe(corpus, split.words, split.superwords, tbb_executor(2), options);
                CHECK(t.superwords.merges == expected.superwords.merges);
                CHECK(t.superwords.n_tokens == expected.superwords.n_tokens);
                CHECK(t.superwords.smallest_count == expected.superwords.smallest_count);
            }
        }
    }

    TEST_CASE("models with tokens that their own merges do not reach: any threshold gives the same") {
        std::size_t n_reused = 0;  // tokens that were there, and that a new merge makes
        for (std::uint64_t seed = 1; seed <= 300; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            vocabulary_builder builder;
            std::set<std::string> tokens;
            for (auto const& symbol : detail::make_alphabet({}, symbol_unit::byte, initial_alphabet::bytes, 0)) {
                builder.add(static_cast<token_id>(tokens.size()), symbol);
                tokens.insert(symbol);
            }
            for (std::size_t n = random.below(25); n != 0; --n) {
                std::string const token = random.text(2 + random.below(3), "aab ");
                if (tokens.insert(token).second) builder.add(static_cast<token_id>(tokens.size() - 1), token);
            }
            bpe_model const base = bpe_from_ranks(builder.build());
            memory_corpus corpus(random_text(random) + random.text(random.below(800), "aaab \n"));
            any_pretokenizer const split = any_pretokenizer::by_name(random.below(3) == 0 ? "gpt2" : "bytes");
            continued_bpe_options options{.vocab_size = base.vocab().size() + 60};
            superword_rules const rules{.max_words = random.below(4), .colon_space = random.below(2) == 0};
            if (random.below(2) == 0) options.veto = rules.veto();
            continued_bpe const expected = continue_bpe(base, corpus, split, serial_executor{}, options);
            for (std::uint64_t const threshold : std::initializer_list<std::uint64_t>{3, 9, 26}) {
                options.first_threshold = threshold;
                continued_bpe const r = continue_bpe(base, corpus, split, serial_executor{}, options);
                REQUIRE(r.merges == expected.merges);
                REQUIRE(r.n_tokens == expected.n_tokens);
            }
            n_reused += expected.n_new_merges > expected.vocab.size() - base.vocab().size();
        }
        CHECK(n_reused > 10);
    }
}

}  // namespace continued_bpe_test
