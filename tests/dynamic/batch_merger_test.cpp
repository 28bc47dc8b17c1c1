// Merging a batch: the authors' own example, hand-made ones, and random batches against the recounting twin.
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/dynamic/batch_merger.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/pretokenize/bytes.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include "../reference/dynamic.hpp"
#include "../reference/pretokenize.hpp"
#include "../support.hpp"

using namespace tessera;
using namespace tessera::dynamic;

namespace {

using strings = std::vector<std::string>;

vocabulary vocabulary_of(strings const& tokens, std::size_t n_special) {
    vocabulary_builder builder;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (i < n_special) {
            builder.add_unfindable(static_cast<token_id>(i), tokens[i]);
        } else {
            builder.add(static_cast<token_id>(i), tokens[i]);
        }
    }
    return builder.build();
}

std::string bytes_of(token_id id, vocabulary const& vocab, merged_batch const& merged) {
    return std::string(id < vocab.size() ? vocab.bytes(id) : merged.new_tokens.bytes(id));
}

std::vector<strings> tokens_of(vocabulary const& vocab, merged_batch const& merged) {
    std::vector<strings> out;
    for (std::size_t i = 0; i < merged.batch.size(); ++i) {
        out.emplace_back();
        for (token_id const id : merged.batch.sequence(i)) out.back().push_back(bytes_of(id, vocab, merged));
    }
    return out;
}

// A vocabulary of exactly the tokens of some sequences. "<s>" and "</s>" are special.
struct small {
    strings tokens{"<s>", "</s>"};
    vocabulary vocab;
    token_batch batch;

    explicit small(std::vector<strings> const& sequences) {
        std::vector<std::vector<token_id>> ids;
        for (strings const& sequence : sequences) {
            ids.emplace_back();
            for (std::string const& token : sequence) {
                std::size_t k = 0;
                while (k < tokens.size() && tokens[k] != token) ++k;
                if (k == tokens.size()) tokens.push_back(token);
                ids.back().push_back(static_cast<token_id>(k));
            }
        }
        vocab = vocabulary_of(tokens, 2);
        for (auto const& sequence : ids) batch.add(sequence);
    }

    template <Pretokenizer P>
    [[nodiscard]] merged_batch merged(P const& pretokenizer, boundary where, std::size_t n) const {
        return batch_merger(base_tokens(vocab), boundary_rule(pretokenizer, where)).merge(batch, n);
    }
};

std::size_t n_tokens(std::vector<strings> const& sequences) {
    std::size_t n = 0;
    for (strings const& s : sequences) n += s.size();
    return n;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("the authors' example") {
        // README.md of their repository: the tokens of Mistral, here with the space that "\xE2\x96\x81" stands for, and
        // between <s> and </s>, which frame what comes out. 36 tokens and one for padding become 20 by 10 merges.
        std::vector<strings> const before{{"<s>", " R", "ib", "on", "uc", "le", "op", "rote", "in", " particles",
                                           " reg", "ulate", " m", "R", "NA", " stability", ".", "</s>"},
                                          {"<s>", " m", "R", "NA", " stability", " is", " mod", "ulated", " by", " rib",
                                           "on", "uc", "le", "op", "rote", "in", " factors", ".", "</s>"}};
        std::vector<strings> const after{
            {"<s>", " Ribonucleoprotein", " particles", " regulate", " mRNA", " stability", ".", "</s>"},
            {"<s>", " mRNA", " stability", " is", " mod", "ulated", " by", " rib", "onucleoprotein", " factors", ".",
             "</s>"}};
        small const example(before);
        merged_batch const merged = example.merged(gpt2_pretokenizer<>(), boundary::pretokens, 10);
        CHECK(tokens_of(example.vocab, merged) == after);
        CHECK(n_tokens(after) == 20);
        CHECK(merged.n_tokens(10) == 20);
        CHECK(merged.merges.size() == 10);
        CHECK_FALSE(merged.is_exhausted);
        // Two more are all there are.
        merged_batch const all = example.merged(gpt2_pretokenizer<>(), boundary::pretokens, all_merges);
        CHECK(all.merges.size() == 12);
        CHECK(all.is_exhausted);
        CHECK(all.average_length(0) == 18.5);
        CHECK(all.average_length(12) == 9);
        CHECK(all.merges_for_reduction(0) == 0);
        CHECK(all.merges_for_reduction(50) == 5);  // 2 tokens each, of 19
        CHECK(all.merges_for_reduction(100) == 12);
    }
    TEST_CASE("overlapping pairs count, and are replaced from the left") {
        small const example({{"a", "a", "a"}, {"b", "c"}, {"c", "b", "c"}});
        merged_batch const merged = example.merged(bytes_pretokenizer(), boundary::pretokens, 2);
        // "a a" twice, as "b c", and before it.
        CHECK(tokens_of(example.vocab, merged) == std::vector<strings>{{"aa", "a"}, {"bc"}, {"c", "bc"}});
        CHECK(merged.merges[0].count == 2);
        CHECK(merged.merges[0].n_tokens_left == 7);
        CHECK(merged.merges[0].result == 5);  // the first id behind <s> </s> a b c
        CHECK(merged.merges[1].n_tokens_left == 5);
        CHECK(merged.new_tokens.size() == 2);
        CHECK(merged.new_tokens.bytes(5) == "aa");
    }
    TEST_CASE("of equally frequent pairs the first in the text as it is now") {
        // After "x y" is merged, "z xy" stands before "p q", where "y z" stood.
        small const example({{"x", "y", "z", "x", "y"}, {"p", "q"}});
        merged_batch const merged = example.merged(bytes_pretokenizer(), boundary::pretokens, 2);
        CHECK(tokens_of(example.vocab, merged) == std::vector<strings>{{"xyz", "xy"}, {"p", "q"}});
    }
    TEST_CASE("a token that was there already moves a pair to the front") {
        // "ab x" stands behind "p q"; merging "a b" makes another "ab x" before it.
        small const example({{"a", "b", "x"}, {"p", "q"}, {"p", "q"}, {"ab", "x"}, {"a", "b"}, {"a", "b"}});
        merged_batch const merged = example.merged(bytes_pretokenizer(), boundary::pretokens, 2);
        CHECK(example.tokens[7] == "ab");
        CHECK(merged.merges[0].result == 7);
        CHECK(merged.merges[0].count == 3);
        CHECK(merged.merges[1].left == 7);
        CHECK(merged.merges[1].count == 2);
        CHECK(tokens_of(example.vocab, merged) ==
              std::vector<strings>{{"abx"}, {"p", "q"}, {"p", "q"}, {"abx"}, {"ab"}, {"ab"}});
    }
    TEST_CASE("words of tokens: the left one's") {
        small example({{"a", "b", "a", "b"}});
        std::vector<word_index> const words{0, 1, 1, no_word};
        token_batch batch;
        batch.add(example.batch.ids, words);
        batch.add(std::vector<token_id>{2});
        merged_batch const merged =
            batch_merger(base_tokens(example.vocab), boundary_rule(bytes_pretokenizer(), boundary::sentence))
                .merge(batch, 1);
        CHECK(merged.batch.words == std::vector<word_index>{0, 1, no_word});
        CHECK(merged.batch.words_of(1).size() == 1);
    }
    TEST_CASE("boundaries") {
        auto const may = [](boundary where, std::string_view left, std::string_view right) {
            gpt2_pretokenizer<> const gpt2;
            boundary_rule rule(gpt2, where);
            return rule({left, false, reads_as_punctuation(left)}, {right, false, reads_as_punctuation(right)});
        };
        for (boundary const b : {boundary::pretokens, boundary::word, boundary::word_hyphen, boundary::sentence}) {
            CHECK(may(b, " m", "RNA"));
            CHECK_FALSE(may(b, "a", " b"));
            CHECK_FALSE(may(b, "a", "\n"));
            CHECK_FALSE(may(b, "\n", "\n"));
            CHECK_FALSE(may(b, "\xE4", "\t"));
            CHECK(may(b, "\xE4", "\xB8"));
            CHECK(may(b, "a", "\xE4"));
        }
        CHECK(may(boundary::pretokens, " ", " "));
        CHECK_FALSE(may(boundary::word, " ", " "));  // no word
        CHECK(may(boundary::sentence, "\n", "\n\n"));
        CHECK_FALSE(may(boundary::pretokens, "a", "."));
        CHECK(may(boundary::word, "a", "."));
        CHECK_FALSE(may(boundary::word_hyphen, "a", "."));
        CHECK(may(boundary::word_hyphen, "a", "-"));
        CHECK(may(boundary::word_hyphen, ".", "a"));
        CHECK(may(boundary::word_hyphen, ".", "."));
        CHECK(may(boundary::word_hyphen, "a", ".5"));         // a digit
        CHECK(may(boundary::word_hyphen, "a", ".\xC3\xB2"));  // and what reads as one
        CHECK_FALSE(may(boundary::word_hyphen, "a", ".\xC3\xA4"));
        CHECK(may(boundary::word_hyphen, "a", "#"));  // not in their list
        CHECK_FALSE(may(boundary::word, "a",
                        "\xC2\xA0"
                        "b"));  // no-break space
        CHECK(may(boundary::sentence, "a", "\xC2\xA0"));
    }
    TEST_CASE("special tokens do not merge, unless as in the reference") {
        small const example({{"<s>", "\xE4"}, {"<s>", "\xE4"}, {"<s>", "</s>"}});
        CHECK(example.merged(bytes_pretokenizer(), boundary::pretokens, all_merges).merges.empty());
        CHECK(example.merged(bytes_pretokenizer(), boundary::sentence, all_merges).merges.empty());
        batch_merger theirs(base_tokens(example.vocab),
                            boundary_rule(bytes_pretokenizer(), boundary::pretokens, special_merging::as_reference));
        CHECK(theirs.merge(example.batch, 1).merges[0].count == 2);
    }
    TEST_CASE("text that spells a special token is text") {
        small const example({{"<", "s", ">", "a"}, {"<s>", "a"}});
        merged_batch const merged = example.merged(bytes_pretokenizer(), boundary::pretokens, all_merges);
        CHECK(tokens_of(example.vocab, merged) == std::vector<strings>{{"<s>a"}, {"<s>", "a"}});
        CHECK(merged.merges[1].result >= example.vocab.size());
    }
    TEST_CASE("empty batches and sequences, and ids that are none") {
        small const example({{}, {"a", "b"}, {}, {"a"}});
        merged_batch const merged = example.merged(bytes_pretokenizer(), boundary::pretokens, all_merges);
        CHECK(merged.batch.size() == 4);
        CHECK(merged.batch.sequence(1).size() == 1);
        CHECK(merged.batch.sequence(2).empty());
        CHECK(example.merged(bytes_pretokenizer(), boundary::pretokens, 0).batch == example.batch);
        batch_merger merger(base_tokens(example.vocab), boundary_rule(bytes_pretokenizer()));
        merged_batch const none = merger.merge(token_batch(), 5);
        CHECK(none.merges.empty());
        CHECK(none.is_exhausted);
        CHECK(none.average_length(0) == 0);
        token_batch wrong;
        wrong.add(std::vector<token_id>{99});
        CHECK_THROWS_AS(static_cast<void>(merger.merge(wrong, 1)), error);
        CHECK(merger.merge(example.batch, all_merges).batch == merged.batch);  // and goes on
    }
}

namespace {

// The library and the twin on one random batch.
void compare(support::random_source& random, batch_merger<any_pretokenizer>& merger, vocabulary const& vocab,
             strings const& tokens, reference::dynamic_bpe const& twin) {
    token_batch batch;
    reference::spelled_batch expected;
    reference::word_batch expected_words;
    std::size_t const n_sequences = random.below(6);
    bool const with_words = random.below(2) == 0;
    for (std::size_t s = 0; s < n_sequences; ++s) {
        std::vector<token_id> ids;
        std::vector<word_index> words;
        expected.emplace_back();
        expected_words.emplace_back();
        for (std::size_t n = random.below(25); n > 0; --n) {
            ids.push_back(static_cast<token_id>(random.below(tokens.size())));
            words.push_back(random.below(4) == 0 ? no_word : static_cast<word_index>(random.below(9)));
            expected.back().push_back(to_byte_alphabet(tokens[ids.back()]));
            expected_words.back().push_back(words.back() == no_word ? std::nullopt
                                                                    : std::optional(static_cast<int>(words.back())));
        }
        if (with_words) {
            batch.add(ids, words);
        } else {
            batch.add(ids);
        }
    }
    std::size_t const most = random.below(3) == 0 ? all_merges : random.below(12);
    merged_batch const merged = merger.merge(batch, most);
    auto const merges = twin(expected, expected_words, most);
    REQUIRE(merged.merges.size() == merges.size());
    for (std::size_t i = 0; i < merges.size(); ++i) {
        batch_merge const& m = merged.merges[i];
        CHECK(to_byte_alphabet(bytes_of(m.left, vocab, merged)) == merges[i].left);
        CHECK(to_byte_alphabet(bytes_of(m.right, vocab, merged)) == merges[i].right);
        CHECK(to_byte_alphabet(bytes_of(m.result, vocab, merged)) == merges[i].left + merges[i].right);
        CHECK(m.count == merges[i].count);
    }
    auto const found = tokens_of(vocab, merged);
    REQUIRE(found.size() == expected.size());
    for (std::size_t s = 0; s < found.size(); ++s) {
        strings spelled;
        for (std::string const& token : found[s]) spelled.push_back(to_byte_alphabet(token));
        CHECK(spelled == expected[s]);
        if (!with_words) continue;
        std::vector<std::optional<int>> words;
        for (word_index const w : merged.batch.words_of(s)) {
            words.push_back(w == no_word ? std::nullopt : std::optional(static_cast<int>(w)));
        }
        if (!merged.batch.words.empty()) CHECK(words == expected_words[s]);
    }
    std::size_t total = 0;
    for (auto const& s : expected) total += s.size();
    CHECK(merged.n_tokens(all_merges) == total);
    CHECK(merged.batch.ids.size() == total);
    if (most == all_merges) CHECK(merged.is_exhausted);
    if (merged.is_exhausted) {
        auto again = expected;
        CHECK(twin(again, expected_words, 1).empty());
    }
}

}  // namespace

TEST_SUITE("oracle") {
    TEST_CASE("random batches") {
        static reference::pattern<> const gpt2(gpt2_pretokenizer<>::pattern());
        static reference::pattern<> const words("\\S+");
        any_pretokenizer const pretokenizer = any_pretokenizer::by_name("gpt2");
        std::size_t n_batches = 0;
        for (std::uint64_t seed = 1; seed <= 400; ++seed) {
            CAPTURE(seed);
            support::random_source random(seed);
            static constexpr std::string_view alphabets[] = {"a",           "ab",     "abc ",
                                                             "a-. \n",      "\n \t",  "\xE4\xB8\xADx",
                                                             "a1.\xC3\xB2", "<s>/ab", "ab'1 -.\n\xC2\xA0\xE2\x80\x9C"};
            std::string_view const alphabet = alphabets[random.below(std::size(alphabets))];
            // Special tokens first, which may be spelled by others; then some strings, others missing.
            strings tokens{"<s>", "</s>", "\xE4"};
            if (random.below(2) == 0) tokens.pop_back();
            std::size_t const n_special = tokens.size();
            for (std::size_t tries = 0; tries < 3 + random.below(10); ++tries) {
                std::string const token = random.text(1 + random.below(3), alphabet);
                bool known = false;
                for (std::string const& t : tokens) known = known || t == token;
                if (!known) tokens.push_back(token);
            }
            vocabulary const vocab = vocabulary_of(tokens, n_special);
            for (boundary const where :
                 {boundary::pretokens, boundary::word, boundary::word_hyphen, boundary::sentence}) {
                for (special_merging const specials : {special_merging::never, special_merging::as_reference}) {
                    // Where specials are apart, the twin cannot tell one from text that spells it.
                    if (specials == special_merging::never && alphabet.starts_with('<')) continue;
                    if (specials == special_merging::never && alphabet.starts_with('\xE4') && n_special == 3) continue;
                    reference::dynamic_bpe twin;
                    twin.boundary = static_cast<reference::dynamic_bpe::kind>(where);
                    twin.guard = specials == special_merging::never;
                    for (std::string const& t : tokens) twin.vocabulary.insert(to_byte_alphabet(t));
                    for (std::size_t i = 0; i < n_special; ++i) twin.specials.insert(to_byte_alphabet(tokens[i]));
                    twin.count_pretokens = [](std::string const& text) { return gpt2.split(text).size(); };
                    twin.count_words = [](std::string const& text) { return words.split(text).size(); };
                    batch_merger<any_pretokenizer> merger(base_tokens(vocab),
                                                          boundary_rule(pretokenizer, where, specials));
                    for (int round = 0; round < 4; ++round) {
                        compare(random, merger, vocab, tokens, twin);
                        ++n_batches;
                    }
                }
            }
        }
        CHECK(n_batches > 8'000);
    }
}
