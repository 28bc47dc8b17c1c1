// The pretokenizer that a trainer used, guessed from what it made: for tokens made here, and for published tokenizers
// of which it is known.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/io/tokenizer_file.hpp>
#include <tessera/mixture/inherited_merges.hpp>
#include <tessera/mixture/splitter_guess.hpp>
#include "mixture/real_files.hpp"
#include "support.hpp"

namespace splitter_guess_test {

using namespace tessera;
using strings = std::vector<std::string>;

namespace {

/// A list that makes each text from the left.
training_merges merges_that_make(strings const& texts) {
    vocabulary_builder builder;
    std::map<std::string, token_id> ids;
    auto const id_of = [&](std::string const& text) {
        auto const [at, is_new] = ids.emplace(text, static_cast<token_id>(ids.size()));
        if (is_new) builder.add(at->second, text);
        return at->second;
    };
    std::vector<merge> merges;
    for (std::string const& text : texts) {
        for (std::size_t n = 2; n <= text.size(); ++n) {
            if (ids.contains(text.substr(0, n))) continue;
            merges.push_back({id_of(text.substr(0, n - 1)), id_of(text.substr(n - 1, 1)), id_of(text.substr(0, n)),
                              static_cast<std::uint32_t>(merges.size())});
        }
    }
    return merges_of_trainer(any_tokenizer(bpe_model(builder.build(), merges), any_pretokenizer::by_name("bytes")));
}

splitter_evidence const& evidence_of(splitter_guess const& guess, std::string_view name) {
    for (splitter_evidence const& e : guess.evidence) {
        if (e.name == name) return e;
    }
    FAIL("no such candidate");
    return guess.evidence.front();
}

}  // namespace

TEST_SUITE("splitter_guess") {
    TEST_CASE("Each candidate's cuts are counted") {
        splitter_guess const guess = guess_splitter(merges_that_make({"12", "(a", "\xC3\xA9"}));
        CHECK(guess.n_tokens == 3);
        CHECK(evidence_of(guess, "gpt2").n_cut == 1);
        CHECK(evidence_of(guess, "gpt2").first_cut == "(a");
        CHECK(evidence_of(guess, "llama3").n_cut == 0);
        CHECK(evidence_of(guess, "qwen2").n_cut == 1);
        CHECK(evidence_of(guess, "qwen2").first_cut == "12");
        CHECK(evidence_of(guess, "bytes").n_cut == 0);
        CHECK(judge_splitter(any_pretokenizer::by_name("gpt2"), merges_that_make({"(a"})).n_cut == 1);
    }

    TEST_CASE("Parts of characters say nothing") {
        CHECK(guess_splitter(merges_that_make({"\xE6\xBC\xA2"})).n_tokens == 1);
    }

    TEST_CASE("The strictest that cuts none") {
        // Several digits together but no more than three, a letter behind a bracket, a capital inside a word.
        CHECK(guess_splitter(merges_that_make({"123", "(a", " the", "getById"})).name() == "llama3");
        // Four digits, a space before them, punctuation that is no one's end of a sentence.
        CHECK(guess_splitter(merges_that_make({" 2024", "2024", " the", "'s", ".\"", "getById", "\n   "})).name() ==
              "gpt2");
        CHECK(guess_splitter(merges_that_make({"a b", "a1234 b"})).name() == "bytes");
        CHECK(!guess_splitter(merges_that_make({"a b", "a1234 b"})).superwords);
    }

    TEST_CASE("Two stages: the merge at which words are joined") {
        strings texts = {" 2024", " the", " of", " and", " to", "in"};
        std::size_t const n_words = merges_that_make(texts).merges.size();
        for (char const* const more : {" of the", " and the", " to the", " of and", "in the"}) texts.emplace_back(more);
        training_merges const merges = merges_that_make(texts);
        splitter_guess const guess = guess_splitter(merges);
        CHECK(guess.transition_point == n_words);
        REQUIRE(guess.superwords);
        CHECK(guess.evidence[*guess.superwords].role == splitter_role::superwords);
        CHECK(guess.evidence[guess.chosen].role == splitter_role::words);
        CHECK(guess.evidence[guess.chosen].n_cut_before == 0);
        // Fewer than ten may be by chance; and where words are learnt behind them, it is one stage.
        CHECK(guess_splitter(merges_that_make({" the", " of", " of t"})).transition_point == 7);
        CHECK(!guess_splitter(merges_that_make({" the", "a b", " and", "b c", " xyz"})).superwords);
    }
}

TEST_SUITE("golden") {
    TEST_CASE("Published tokenizers: the pretokenizer guessed is the one that is known") {
        struct expectation {
            char const* file;
            char const* name;
        };
        expectation const all[] = {
            {"gpt2", "gpt2"},
            {"hf_json/gpt_neox.json", "gpt2"},
            {"lenml_claude/tokenizer.json", "gpt2"},
            {"anthropic_claude/claude.json", "gpt2"},
            {"kl3m/kl3m-001-32k/tokenizer.json", "gpt2"},
            {"kl3m/kl3m-004-char-4k-cased/tokenizer.json", "gpt2"},
            {"kl3m/kl3m-005-multi-word-example-32k/tokenizer.json", "bytes"},
            {"tiktoken_ranks/p50k_base.tiktoken", "gpt2"},
            {"tiktoken_ranks/cl100k_base.tiktoken", "llama3"},  // cl100k, but where white space ends a text
            {"tiktoken_ranks/o200k_base.tiktoken", "o200k"},
            {"tiktoken_ranks/llama3_tiktoken.model", "llama3"},
            {"lenml_llama3_1/tokenizer.json", "llama3"},
            {"tiktoken_ranks/mistral_tekken_240718.tiktoken", "tekken"},
            {"ggml_vocab/ggml-vocab-deepseek-llm.gguf", "deepseek-llm"},
            {"superbpe/olmo2_p99_truncate_pretok_10G_200K", "superbpe-1-words"},
        };
        for (expectation const& e : all) {
            for (any_tokenizer const& tokenizer : real_files::tokenizers(e.file)) {
                CAPTURE(std::string(e.file));
                training_merges const merges = merges_of_trainer(tokenizer);
                splitter_guess const guess = guess_splitter(merges);
                CHECK(guess.name() == e.name);
                CHECK(!guess.superwords);
                CHECK(guess.transition_point == merges.merges.size());
            }
        }
    }

    TEST_CASE("What is guessed splits texts as the pretokenizer that is known") {
        struct expectation {
            char const* file;
            char const* known;  // or empty: what the file says
        };
        for (expectation const& e : {expectation{"tiktoken_ranks/cl100k_base.tiktoken", "cl100k"},
                                     {"tiktoken_ranks/o200k_base.tiktoken", "o200k"},
                                     {"lenml_llama3_1/tokenizer.json", ""},
                                     {"ggml_vocab/ggml-vocab-deepseek-llm.gguf", ""},
                                     {"lenml_claude/tokenizer.json", ""},
                                     {"kl3m/kl3m-001-32k/tokenizer.json", ""}}) {
            for (any_tokenizer const& tokenizer : real_files::tokenizers(e.file)) {
                CAPTURE(std::string(e.file));
                splitter_guess const guess = guess_splitter(merges_of_trainer(tokenizer));
                any_pretokenizer const known =
                    e.known[0] == 0 ? tokenizer.pretokenizer() : any_pretokenizer::by_name(e.known);
                auto const pretokens_of = [](any_pretokenizer const& pretokenizer, std::string const& text) {
                    strings out;
                    pretokenizer.for_each(text, [&](std::string_view pretoken) { out.emplace_back(pretoken); });
                    return out;
                };
                for (char const* const name : {"english", "french", "japanese", "hindi", "c", "go", "java"}) {
                    std::string const text = support::read(support::data("held_out/" + std::string(name) + ".txt"));
                    REQUIRE(!text.empty());
                    CHECK(pretokens_of(guess.evidence[guess.chosen].pretokenizer, text) == pretokens_of(known, text));
                }
            }
        }
    }

    // Qwen's file splits by a pattern that cuts 1,673 of its own tokens: Thai vowel signs and other marks, which are no
    // letters for it. They were made with marks among the letters, as the pattern of Qwen 3.5 has them.
    TEST_CASE("Qwen 3's tokens are not of the pattern in its file") {
        for (any_tokenizer const& tokenizer : real_files::tokenizers("lenml_qwen3/tokenizer.json")) {
            training_merges const merges = merges_of_trainer(tokenizer);
            splitter_guess const guess = guess_splitter(merges);
            CHECK(guess.name() == "qwen35");
            CHECK(judge_splitter(tokenizer.pretokenizer(), merges).n_cut > 100 * guess.evidence[guess.chosen].n_cut);
        }
    }

    // Of the published lists, that of 180,000 tokens and that without a second stage are of the same texts.
    TEST_CASE("SuperBPE: two stages, and where the second begins") {
        for (any_tokenizer const& one :
             real_files::tokenizers("superbpe/olmo2_p99_truncate_10G_180K_extend_200K_mw4_colon")) {
            training_merges const merges = merges_of_trainer(one);
            splitter_guess const guess = guess_splitter(merges);
            CHECK(guess.name() == "superbpe-1-words");
            REQUIRE(guess.superwords);
            CHECK(guess.evidence[*guess.superwords].name == "superbpe-1");
            CHECK(guess.transition_point == 179991);
            CHECK(guess.evidence[guess.chosen].n_cut_before == 0);
            for (any_tokenizer const& other : real_files::tokenizers("superbpe/olmo2_p99_truncate_pretok_10G_200K")) {
                CHECK(common_beginning(merges, merges_of_trainer(other)) == guess.transition_point);
            }
        }
    }
}

}  // namespace splitter_guess_test
