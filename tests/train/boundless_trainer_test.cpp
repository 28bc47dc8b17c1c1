// BoundlessBPE's trainer against the slow one, operation for operation, and against what fastboundlessbpe made of the
// texts that ship, byte for byte (tools/make_boundless_golden.py).
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <tessera/core/text_block.hpp>
#include <tessera/io/write_boundless_file.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/pretokenize/o200k.hpp>
#include <tessera/train/boundless_trainer.hpp>

#include "reference/boundless.hpp"
#include "support.hpp"

namespace boundless_trainer_test {

using namespace tessera;
namespace slow = reference::boundless;

namespace {

/// A block for each document.
class documents {
public:
    explicit documents(std::vector<std::string> const& all) : all_(&all) {}
    documents(documents const& other) : all_(other.all_) {}
    bool next(text_block& block) {
        std::lock_guard const lock(mutex_);
        if (at_ == all_->size()) return false;
        block.bytes = (*all_)[at_++];
        block.ends = {block.bytes.size()};
        return true;
    }

private:
    std::vector<std::string> const* all_;
    std::size_t at_ = 0;
    std::mutex mutex_;
};

using lines = std::vector<std::string>;

void describe(boundless_section const& section, boundless_data const& data, lines& out) {
    for (merge_operation const& o : section.operations) {
        out.push_back(o.is_deletion() ? "delete [" + data.symbols[o.result] + "]"
                                      : "merge [" + data.symbols[o.left] + "][" + data.symbols[o.right] + "] " +
                                            std::to_string(o.count) + (o.completes ? " whole" : ""));
    }
}
lines described(boundless_data const& data) {
    lines out;
    describe(data.words, data, out);
    out.emplace_back("superwords");
    describe(data.superwords, data, out);
    for (std::size_t i = 0; i < data.tokens.size(); ++i) {
        out.push_back("[" + data.symbols[i] + "] " + std::to_string(data.tokens[i].count) +
                      (data.tokens[i].is_super ? " super" : ""));
    }
    return out;
}

void describe(std::vector<slow::operation> const& operations, lines& out) {
    for (slow::operation const& o : operations) {
        out.push_back(o.deleted.empty() ? "merge [" + o.merged.first + "][" + o.merged.second + "] " +
                                              std::to_string(o.count) + (o.completes ? " whole" : "")
                                        : "delete [" + o.deleted + "]");
    }
}
lines described(slow::training const& t) {
    lines out;
    describe(t.words, out);
    out.emplace_back("superwords");
    describe(t.superwords, out);
    for (auto const& [token, is_super] : t.tokens) {
        auto const n = t.counts.find(token);
        out.push_back("[" + token + "] " + std::to_string(n == t.counts.end() ? 0 : n->second) +
                      (is_super ? " super" : ""));
    }
    return out;
}

using pretokenizer = gpt2_pretokenizer<>;

slow::training train_slowly(std::vector<std::string> const& texts, boundless_trainer_options const& o) {
    std::vector<slow::word> documents;
    for (std::string const& text : texts) {
        slow::word& d = documents.emplace_back();
        pretokenizer().for_each(text, [&](std::string_view p) { d.emplace_back(p); });
    }
    slow::settings s;
    s.vocab_size = o.vocab_size;
    s.delete_threshold = o.delete_threshold;
    s.blow_up = o.blow_up;
    s.competes = o.kind == boundless_kind::boundless;
    s.supermerges = o.kind == boundless_kind::superbpe ? o.supermerges : 0;
    s.min_ngram = o.greedy_split ? o.min_ngram_count : 0;
    s.max_ngram = o.max_ngram_length;
    s.matches = [&](std::string const& token) { return matches(o.pattern, token); };
    s.is_pretoken = [](std::string const& token) {
        std::size_t n = 0;
        pretokenizer().for_each(token, [&](std::string_view) { ++n; });
        return n == 1;
    };
    return {documents, s};
}

template <class X = serial_executor>
boundless_data train(std::vector<std::string> const& texts, boundless_trainer_options const& o, X const& executor = {},
                     boundless_report* report = nullptr) {
    return boundless_trainer(o).train([&] { return documents(texts); }, pretokenizer(), executor, report);
}

// Words of few letters, so that pairs overlap, repeat and come back; some in runs, some apart.
std::vector<std::string> random_texts(support::random_source& random) {
    std::vector<std::string> texts;
    std::string_view const alphabet = random.below(2) == 0 ? "aab" : "abc'";
    std::vector<std::string> words;
    for (std::size_t i = 3 + random.below(12); i > 0; --i) words.push_back(random.text(1 + random.below(7), alphabet));
    for (std::size_t d = 1 + random.below(6); d > 0; --d) {
        std::string& text = texts.emplace_back();
        for (std::size_t i = random.below(60); i > 0; --i) {
            std::size_t const kind = random.below(20);
            if (kind == 0) text += random.below(2) == 0 ? "1" : ".\n";
            std::string const& word = words[std::min(random.below(words.size()), random.below(words.size()))];
            for (std::size_t n = kind == 1 ? random.below(9) : 1; n > 0; --n) text += ' ' + word;
        }
    }
    texts.emplace_back("a");
    return texts;
}

void compare(lines const& fast, lines const& slowly) {
    for (std::size_t i = 0; i < std::min(fast.size(), slowly.size()); ++i) REQUIRE(fast[i] == slowly[i]);
    CHECK(fast.size() == slowly.size());
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("words, with and without deletions") {
        for (std::uint64_t seed = 0; seed < 120; ++seed) {
            CAPTURE(seed);
            support::random_source random(seed);
            std::vector<std::string> const texts = random_texts(random);
            boundless_trainer_options o;
            o.kind = boundless_kind::word;
            o.vocab_size = 243 + random.below(40);
            o.delete_threshold = std::vector{1.1, 1.0, 0.9, 0.6, 0.3}[random.below(5)];
            o.blow_up = random.below(2) == 0;
            CAPTURE(o.delete_threshold);
            CAPTURE(o.blow_up);
            compare(described(train(texts, o)), described(train_slowly(texts, o)));
        }
    }

    TEST_CASE("superwords of both kinds, cut anywhere") {
        std::size_t n_read_again = 0;
        for (std::uint64_t seed = 1000; seed < 1120; ++seed) {
            CAPTURE(seed);
            support::random_source random(seed);
            std::vector<std::string> const texts = random_texts(random);
            boundless_trainer_options o;
            o.kind = random.below(2) == 0 ? boundless_kind::boundless : boundless_kind::superbpe;
            o.vocab_size = 243 + random.below(40);
            o.supermerges = 1 + random.below(30);
            o.delete_threshold = random.below(2) == 0 ? 1.1 : 0.7;
            o.blow_up = random.below(2) == 0;
            o.pattern = std::vector{superword_pattern::simple, superword_pattern::improved,
                                    superword_pattern::original}[random.below(3)];
            lines const expected = described(train_slowly(texts, o));
            for (std::uint64_t const threshold : std::initializer_list<std::uint64_t>{0, 1, 2, 3, 7, 1000}) {
                CAPTURE(threshold);
                o.first_threshold = threshold;
                o.memory_limit = threshold == 7 ? 1 : 0;
                boundless_report report;
                compare(described(train(texts, o, serial_executor{}, &report)), expected);
                n_read_again += report.n_levels > 1;
            }
            compare(described(train(texts, o, tbb_executor(3))), expected);
        }
        CHECK(n_read_again > 200);
    }

    TEST_CASE("superwords of split runs") {
        for (std::uint64_t seed = 2000; seed < 2060; ++seed) {
            CAPTURE(seed);
            support::random_source random(seed);
            std::vector<std::string> const texts = random_texts(random);
            boundless_trainer_options o;
            o.kind = random.below(2) == 0 ? boundless_kind::boundless : boundless_kind::superbpe;
            o.vocab_size = 243 + random.below(40);
            o.supermerges = 1 + random.below(30);
            o.greedy_split = true;
            o.min_ngram_count = 1 + random.below(4);
            o.max_ngram_length = 2 + random.below(6);
            compare(described(train(texts, o)), described(train_slowly(texts, o)));
        }
    }

    TEST_CASE("long runs of one symbol cost what they should") {
        // Merges of one word that repeats: overlapping pairs in every step, and runs beside them.
        std::vector<std::string> const texts{std::string(200'000, 'a') + " " + std::string(50'001, 'a'), [] {
                                                 std::string s;
                                                 for (int i = 0; i < 60'000; ++i) s += i % 7 == 0 ? "ab" : "abab";
                                                 return s;
                                             }()};
        boundless_trainer_options o;
        o.kind = boundless_kind::word;
        o.vocab_size = 280;
        boundless_data const data = train(texts, o);
        REQUIRE(data.words.operations.size() > 10);
        std::size_t const n_ab = (60'000 / 7 + 1) + 2 * (60'000 - 60'000 / 7 - 1);
        std::size_t at = 0;
        for (auto const& [token, count] : std::vector<std::pair<std::string, std::uint64_t>>{
                 {"aa", 125'000}, {"ab", n_ab}, {"aaaa", 62'500}, {"abab", n_ab / 2}, {"aaaaaaaa", 31'250}}) {
            CHECK(data.symbols[data.words.operations[at].result] == token);
            CHECK(data.words.operations[at++].count == count);
        }
    }

    TEST_CASE("patterns of words") {
        using enum superword_pattern;
        for (auto const& [token, is_simple, is_improved, is_original] :
             std::vector<std::tuple<std::string, bool, bool, bool>>{{"a", true, false, true},
                                                                    {" a", true, true, true},
                                                                    {"ab", true, true, true},
                                                                    {"ab\n", true, true, true},
                                                                    {"\nab", true, false, false},
                                                                    {"_", false, false, false},
                                                                    {" it's", true, true, true},
                                                                    {" it\xE2\x80\x99s", true, true, false},
                                                                    {"(ab", true, false, false},
                                                                    {"\xC3\xA9", true, false, false},
                                                                    {" \xC3\xA9", true, true, false},
                                                                    {" e\xCC\x81", true, true, false},
                                                                    {" \xCC\x81"
                                                                     "e",
                                                                     true, false, false},
                                                                    {"12", false, false, false},
                                                                    {"\xC3", false, false, false},
                                                                    {"", false, false, false}}) {
            CAPTURE(token);
            CHECK(matches(simple, token) == is_simple);
            CHECK(matches(improved, token) == is_improved);
            CHECK(matches(original, token) == is_original);
        }
    }

    TEST_CASE("what fastboundlessbpe makes") {
        struct golden {
            std::string name, text;
            boundless_trainer_options options;
            std::string_view pretokenizer = "o200k", regex = o200k_pretokenizer<>::pattern();
        };
        std::vector<golden> const all{
            {"english_boundless", "english", {.vocab_size = 1500}},
            {"legal_superbpe", "legal", {.kind = boundless_kind::superbpe, .vocab_size = 900, .supermerges = 400}},
            {"finance_superbpe_split",
             "finance",
             {.kind = boundless_kind::superbpe, .vocab_size = 700, .supermerges = 150, .greedy_split = true}},
            {"english_superbpe_improved",
             "english",
             {.kind = boundless_kind::superbpe,
              .vocab_size = 700,
              .supermerges = 200,
              .pattern = superword_pattern::improved}},
            {"german_word_bytes",
             "german",
             {.kind = boundless_kind::word, .vocab_size = 1200, .delete_threshold = 0.7, .blow_up = true}},
            {"french_boundless_pairs", "french", {.vocab_size = 1400, .delete_threshold = 0.7}},
            {"english_word_gpt2",
             "english",
             {.kind = boundless_kind::word, .vocab_size = 600},
             "gpt2",
             R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)"},
            {"python_superbpe_gpt4",
             "python",
             {.kind = boundless_kind::superbpe, .vocab_size = 600, .supermerges = 60},
             "llama3",
             R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|)"
             R"(\s*[\r\n]|\s+(?!\S)|\s+)"},
        };
        for (golden const& g : all) {
            CAPTURE(g.name);
            std::vector<std::string> const texts{support::read(support::data("text/" + g.text + ".txt"))};
            REQUIRE(!texts[0].empty());
            boundless_data data = boundless_trainer(g.options).train(
                [&] { return documents(texts); }, any_pretokenizer::by_name(g.pretokenizer), serial_executor{});
            data.words.main_regex = data.superwords.main_regex = g.regex;
            data.specials = {{data.tokens.size(), "<|endoftext|>"}, {data.tokens.size() + 1, "<|a b|>"}};
            std::string const expected = support::read(support::data("golden/boundless/" + g.name + ".model"));
            std::string const ours = write_boundless_file(data);
            std::size_t const common =
                static_cast<std::size_t>(std::ranges::mismatch(ours, expected).in1 - ours.begin());
            CHECK(ours.substr(common, 80) == expected.substr(std::min(common, expected.size()), 80));
        }
    }

    TEST_CASE("what cannot be trained") {
        std::vector<std::string> const none{""};
        CHECK_THROWS_AS((void)train(none, {}), error);
        std::vector<std::string> const some{"a b"};
        CHECK_THROWS_AS((void)train(some, {.vocab_size = 242}), error);
        CHECK_THROWS_AS((void)train(some, {.vocab_size = 1u << 25}), error);
        CHECK_THROWS_AS((void)train(some, {.max_ngram_length = 256}), error);
        // Less than asked for, for want of pairs; text that is not UTF-8 says nothing.
        boundless_report report;
        std::vector<std::string> const odd{"ab\xFF ab"};
        boundless_data const data =
            boundless_trainer({.vocab_size = 300})
                .train([&] { return documents(odd); }, pretokenizer(), serial_executor{}, &report);
        CHECK(!report.complete);
        CHECK(data.words.operations.size() == 2);
    }
}

}  // namespace boundless_trainer_test
