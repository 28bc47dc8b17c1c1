// The longest-prefix tokenizer of random vocabularies against a search of all lengths, and pretokens as tokens.
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/dynamic/longest_prefix.hpp>
#include <tessera/dynamic/texts.hpp>
#include <tessera/io/read_tokenizer_json.hpp>
#include <tessera/io/write_tokenizer_json.hpp>
#include "../reference/pretokenize.hpp"
#include "../support.hpp"

using namespace tessera;
using namespace tessera::dynamic;

namespace {

/// All bytes as tokens, and random ones over `alphabet`, by GPT-2's pattern. "<s>" is special.
any_tokenizer random_tokenizer(support::random_source& random, std::string_view alphabet, bool all_bytes) {
    vocabulary_builder builder;
    std::map<std::string, token_id> known;
    auto const add = [&](std::string const& token) {
        if (known.emplace(token, static_cast<token_id>(known.size())).second) builder.add(known[token], token);
    };
    for (int b = 0; b < 256; ++b) {
        if (all_bytes || b != 'b') add(std::string(1, static_cast<char>(b)));
    }
    for (int i = 0; i < 40; ++i) add(random.text(1 + random.below(6), alphabet));
    auto const special = static_cast<token_id>(known.size());
    builder.add_unfindable(special, "<s>");
    return any_tokenizer(bpe_model(builder.build(), {}, {.unknown = special}), any_pretokenizer::by_name("gpt2"), {},
                         special_tokens({{.id = special, .content = "<s>"}}));
}

std::vector<token_id> expected_ids(any_tokenizer const& tokenizer, std::string const& text, std::size_t most) {
    static reference::pattern<> const gpt2(gpt2_pretokenizer<>::pattern());
    vocabulary const& vocab = tokenizer.model().vocab();
    auto const special = static_cast<token_id>(vocab.size() - 1);
    std::vector<token_id> out;
    for (auto const& [begin, end] : gpt2.split(text)) {
        std::vector<token_id> ids;
        bool covered = end - begin <= most;
        for (std::size_t at = begin; covered && at < end;) {
            std::size_t n = end - at;
            // The special token is in the vocabulary as well, and no text that is split like this has it whole.
            while (n > 0 && vocab.find(text.substr(at, n)) == no_token) --n;
            covered = n > 0;
            if (covered) ids.push_back(vocab.find(text.substr(at, n)));
            at += n;
        }
        if (covered) {
            out.insert(out.end(), ids.begin(), ids.end());
        } else {
            out.push_back(special);
        }
    }
    return out;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("pretokens as tokens") {
        support::random_source random(1);
        any_tokenizer const tokenizer = random_tokenizer(random, "a", true);
        std::vector<std::string_view> const texts{"xyz b xyz", "", " b"};
        pretoken_batch const words = pretokens_of(tokenizer, texts);
        REQUIRE(words.batch.size() == 3);
        REQUIRE(words.batch.sequence(0).size() == 3);
        REQUIRE(words.new_tokens.size() == 3);
        CHECK(words.new_tokens.bytes(words.batch.sequence(0)[0]) == "xyz");
        CHECK(words.new_tokens.bytes(words.batch.sequence(0)[2]) == " xyz");
        CHECK(words.batch.sequence(1).empty());
        CHECK(words.batch.sequence(2)[0] == words.batch.sequence(0)[1]);
        std::vector<std::string_view> const byte{"b"};
        CHECK(tokenizer.vocab().bytes(pretokens_of(tokenizer, byte).batch.ids.at(0)) == "b");
    }
    TEST_CASE("words one by one") {
        support::random_source random(1);
        any_tokenizer const tokenizer = random_tokenizer(random, "z", true);
        any_tokenizer::scratch s;
        token_batch batch;
        std::vector<std::string_view> const words{"ab", "", "c"};
        std::vector<token_id> const frame{static_cast<token_id>(tokenizer.vocab().size() - 1)};
        add_words(tokenizer, words, frame, frame, s, batch);
        CHECK(batch.words == std::vector<word_index>{no_word, 0, 0, 2, no_word});
        CHECK(batch.ids.front() == batch.ids.back());
        merged_batch const merged = merger_of(tokenizer).merge(batch, all_merges);
        CHECK(merged.batch.words == std::vector<word_index>{no_word, 0, no_word});
        CHECK(merged.new_tokens.bytes(merged.batch.ids[1]) == "abc");
    }
    TEST_CASE("what is refused") {
        any_tokenizer const words(word_level_model(vocabulary()), any_pretokenizer::by_name("whitespace"));
        CHECK_THROWS_AS(static_cast<void>(longest_prefix_tokenizer(words)), error);
        support::random_source random(1);
        any_tokenizer const tokenizer = random_tokenizer(random, "a", true);
        CHECK_THROWS_AS(static_cast<void>(longest_prefix_tokenizer(
                            tokenizer, {.max_word_characters = 1, .unknown = token_id{100'000}})),
                        error);
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("longest prefixes, in memory and written") {
        for (std::uint64_t seed = 1; seed <= 60; ++seed) {
            CAPTURE(seed);
            support::random_source random(seed);
            bool const all_bytes = random.below(3) > 0;
            bool const limited = random.below(2) == 0;
            std::size_t const most = limited ? 4 : ~std::size_t{0};
            any_tokenizer const tokenizer = random_tokenizer(random, "ab \xC3\xA9", all_bytes);
            longest_prefix_options options;
            if (limited) options.max_word_characters = most;
            any_tokenizer const longest = longest_prefix_tokenizer(tokenizer, options);
            any_tokenizer const written = read_tokenizer_json(write_tokenizer_json(longest));
            for (int i = 0; i < 50; ++i) {
                std::string const text = random.text(random.below(40), "aab \xC3\xA9\n");
                auto const expected = expected_ids(tokenizer, text, most);
                CHECK(longest.encode(text) == expected);
                CHECK(written.encode(text) == expected);
                CHECK(longest.decode(longest.encode_ordinary("ab")) == tokenizer.decode(longest.encode_ordinary("ab")));
            }
            CHECK(longest.encode("<s>") == tokenizer.encode("<s>"));
        }
    }
}
