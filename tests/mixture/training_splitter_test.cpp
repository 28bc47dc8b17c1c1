// The pretokens a trainer counted pairs in. Of SentencePiece's, pieces that its trainer made are replayed: at each step
// the pair it merged must be the most frequent one there is.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/stages.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/sentencepiece_tokenizer.hpp>
#include <tessera/mixture/training_splitter.hpp>
#include <tessera/train/count_pretokens.hpp>
#include "mixture/real_files.hpp"
#include "support.hpp"

namespace training_splitter_test {

using namespace tessera;
using strings = std::vector<std::string>;

namespace {

/// U+2581 for "_".
std::string spaced(std::string_view text) {
    std::string out;
    for (char const c : text) c == '_' ? void(out += "\xE2\x96\x81") : void(out += c);
    return out;
}
strings spaced(strings texts) {
    for (std::string& text : texts) text = spaced(text);
    return texts;
}

strings words_of(sentencepiece_rules const& rules, std::string_view text, std::string_view line_begins = "") {
    strings out;
    sentencepiece_words::scratch s;
    sentencepiece_words(rules, spaced(line_begins)).for_each(spaced(text), s, [&](std::string_view word) {
        out.emplace_back(word);
    });
    return out;
}

strings characters_of(std::string_view text) {
    strings out;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t const n = decode_utf8(text, at).length;
        out.emplace_back(text.substr(at, n));
        at += n;
    }
    return out;
}

/// As SentencePiece's trainer writes it: pieces in the order in which it made them, then characters.
any_tokenizer trained(strings const& pieces, strings const& kept_whole = {}) {
    sentencepiece_file file;
    file.model_type = sentencepiece_model_type::bpe;
    file.unk_id = 0;
    file.pieces.push_back({"<unk>", 0, sentencepiece_type::unknown});
    for (std::string const& piece : kept_whole) file.pieces.push_back({piece, 0, sentencepiece_type::user_defined});
    float score = 0;
    strings letters;
    for (std::string const& piece : pieces) {
        file.pieces.push_back({piece, score--, sentencepiece_type::normal});
        for (std::string const& c : characters_of(piece)) {
            if (std::find(letters.begin(), letters.end(), c) == letters.end()) letters.push_back(c);
        }
    }
    for (std::string const& c : letters) file.pieces.push_back({c, score--, sentencepiece_type::normal});
    file.normalizer.remove_extra_whitespaces = false;
    return sentencepiece_tokenizer(file);
}

/// Recounts everything at every step. Returns how many merges had a count.
std::size_t replay(any_tokenizer const& tokenizer, training_splitter const& splitter, strings const& lines) {
    std::vector<strings> words;
    training_splitter::scratch s;
    any_normalizer::scratch normalizing;
    for (std::string const& line : lines) {
        std::string normalized;
        text_piece const text =
            detail::normalized(tokenizer.normalizer(), text_piece{line, 0}, normalizing, normalized);
        splitter.for_each(text, s, [&](std::string_view word) { words.push_back(characters_of(word)); });
    }
    training_merges const merges = merges_of_trainer(tokenizer);
    std::size_t n = 0;
    for (merge const& m : merges.merges) {
        std::pair const own(merges.symbols[m.left], merges.symbols[m.right]);
        CAPTURE(own.first);
        CAPTURE(own.second);
        std::map<std::pair<std::string, std::string>, std::size_t> counts;
        for (strings const& word : words) {
            for (std::size_t i = 0; i + 1 < word.size(); ++i) ++counts[{word[i], word[i + 1]}];
        }
        std::size_t most = 0;
        for (auto const& [pair, count] : counts) most = std::max(most, count);
        CHECK(counts[own] == most);
        if (most == 0) break;  // of a text as small as this, the trainer goes on with what has no count
        ++n;
        for (strings& word : words) {
            for (std::size_t i = 0; i + 1 < word.size(); ++i) {
                if (word[i] != own.first || word[i + 1] != own.second) continue;
                word[i] += word[i + 1];
                word.erase(word.begin() + static_cast<std::ptrdiff_t>(i) + 1);
            }
        }
    }
    return n;
}

strings const corpus = {"the cat sat on the mat, the cat ate",
                        "def cat(the):",
                        "    the = 2024",
                        "    if the:",
                        "        cat(2020)",
                        "        mat = 24",
                        "in 2024 the hat, in 2020 the mat",
                        "\xD0\xBA\xD0\xBE\xD1\x82 \xD0\xB8 \xD0\xBA\xD0\xBE\xD1\x82; the \xD0\xBA\xD0\xBE\xD1\x82"};

}  // namespace

TEST_SUITE("training_splitter") {
    // The pieces are those that SentencePiece 0.2.1 makes of the corpus: model_type bpe, vocab_size 150,
    // hard_vocab_limit false, normalization_rule_name identity, remove_extra_whitespaces false, character_coverage 1.
    TEST_CASE("SentencePiece's own pieces, replayed") {
        SUBCASE("as it is by default") {
            strings const pieces = spaced(strings{"at",     "he",   "the",
                                                  "_the",   "20",   "_c",
                                                  "_cat",   "24",   "\xD0\xBA\xD0\xBE",
                                                  "_i",     "_m",   "\xD0\xBA\xD0\xBE\xD1\x82",
                                                  "_20",    "_mat", "_\xD0\xBA\xD0\xBE\xD1\x82",
                                                  "_=",     "_in",  "_2024",
                                                  "):",     "de",   "on",
                                                  "_h",     "_s",   "_\xD0\xB8",
                                                  "(20",    "20)",  "ate",
                                                  "def",    "_24",  "_if",
                                                  "_on",    "_ate", "_def",
                                                  "_hat",   "_sat", "_2020",
                                                  "(2020)", "(2"});
            any_tokenizer const tokenizer = trained(pieces);
            training_splitter const splitter =
                splitter_of_trainer(tokenizer, merges_of_trainer(tokenizer), sentencepiece_rules{});
            CHECK(replay(tokenizer, splitter, corpus) == 37);
        }
        SUBCASE("with pieces of spaces alone, and digits apart: Llama's options") {
            strings lines = corpus;
            for (char const* const line : {"   the", "   cat", "   mat"}) lines.emplace_back(line);  // even runs
            strings const pieces = spaced(strings{"__",        "at",
                                                  "____",      "he",
                                                  "the",       "_the",
                                                  "cat",       "mat",
                                                  "_cat",      "\xD0\xBA\xD0\xBE",
                                                  "_i",        "\xD0\xBA\xD0\xBE\xD1\x82",
                                                  "_mat",      "_\xD0\xBA\xD0\xBE\xD1\x82",
                                                  "_=",        "_in",
                                                  "________",  "):",
                                                  "de",        "on",
                                                  "_h",        "_s",
                                                  "_\xD0\xB8", "ate",
                                                  "def",       "_if",
                                                  "_on",       "_ate",
                                                  "_def",      "_hat",
                                                  "_sat",      "ca"});
            any_tokenizer const tokenizer = trained(pieces);
            training_splitter const splitter =
                splitter_of_trainer(tokenizer, merges_of_trainer(tokenizer),
                                    sentencepiece_rules{.split_digits = true, .allow_whitespace_only_pieces = true});
            CHECK(replay(tokenizer, splitter, lines) == 31);
        }
        SUBCASE("across scripts") {
            strings const pieces = spaced(strings{"at",         "he",         "the",
                                                  "_the",       "20",         "_c",
                                                  "_cat",       "24",         "\xD0\xBA\xD0\xBE",
                                                  "_i",         "_m",         "\xD0\xBA\xD0\xBE\xD1\x82",
                                                  "_20",        "_mat",       "_\xD0\xBA\xD0\xBE\xD1\x82",
                                                  "_=",         "_in",        "_2024",
                                                  "_cat(",      "):",         "de",
                                                  "on",         "_h",         "_s",
                                                  "_\xD0\xB8",  "20)",        "at,",
                                                  "ate",        "def",        "_24",
                                                  "_if",        "_on",        "_ate",
                                                  "_def",       "_sat",       "2020)",
                                                  "the):",      "_2020",      "_hat,",
                                                  "_mat,",      "_the:",      "_\xD0\xBA\xD0\xBE\xD1\x82;",
                                                  "_cat(2020)", "_cat(the):", "(2"});
            any_tokenizer const tokenizer = trained(pieces);
            training_splitter const splitter = splitter_of_trainer(
                tokenizer, merges_of_trainer(tokenizer), sentencepiece_rules{.split_by_unicode_script = false});
            CHECK(replay(tokenizer, splitter, corpus) == 44);
        }
    }

    // What SentencePiece 0.2.1 makes pieces of, and what not, with the same options; each a line of its own.
    TEST_CASE("SentencePiece's rules") {
        sentencepiece_rules const by_default;
        CHECK(words_of(by_default, "_ab_c") == spaced(strings{"_ab", "_c"}));
        CHECK(words_of(by_default, "a\xD0\xB1") == strings{"a", "\xD0\xB1"});  // Latin, Cyrillic
        CHECK(words_of(by_default, "a1") == strings{"a", "1"});
        CHECK(words_of(by_default, "1.1.") == strings{"1.1."});  // both Common
        CHECK(words_of(by_default, "a.") == strings{"a", "."});
        CHECK(words_of(by_default, "\xE3\x81\x8B\xE3\x82\xAB\xE6\xBC\xA2").size() == 1);  // kana and Han
        CHECK(words_of(by_default, "\xE3\x83\xBC\xE3\x82\xAB").size() == 1);              // and U+30FC
        CHECK(words_of(by_default,
                       "\xE3\x83\xBC"
                       "a")
                  .size() == 2);
        CHECK(words_of(by_default, "a\xCC\x81\xD0\xB1") == strings{"a\xCC\x81", "\xD0\xB1"});  // a combining mark
        CHECK(words_of(by_default, "a__b") == spaced(strings{"a", "_", "_b"}));
        CHECK(words_of(by_default, "") == strings{});

        sentencepiece_rules rules;
        rules.split_by_number = false;
        CHECK(words_of(rules, "_a1") == spaced(strings{"_a1"}));
        CHECK(words_of(rules,
                       "\xEF\xBC\x91"
                       "a") == strings{"\xEF\xBC\x91"
                                       "a"});  // wide digits

        rules = {};
        rules.split_digits = true;
        CHECK(words_of(rules, "_12.a") == spaced(strings{"_", "1", "2", ".", "a"}));

        rules = {};
        rules.split_by_unicode_script = false;
        CHECK(words_of(rules,
                       "_a\xD0\xB1"
                       "1.") == spaced(strings{"_a\xD0\xB1"
                                               "1."}));

        rules = {};
        rules.allow_whitespace_only_pieces = true;
        CHECK(words_of(rules, "__a___b____") == spaced(strings{"__", "a", "__", "_b", "____"}));

        rules = {};
        rules.treat_whitespace_as_suffix = true;
        CHECK(words_of(rules, "ab_c__d") == spaced(strings{"ab_", "c_", "_", "d"}));

        rules = {};
        rules.split_by_whitespace = false;
        CHECK(words_of(rules, "_ab_c") == spaced(strings{"_ab_c"}));
    }

    TEST_CASE("Lines are texts of their own") {
        CHECK(words_of({}, "_a\nb_c\n\nd", "_") == spaced(strings{"_a", "_b", "_c", "_d"}));
        CHECK(words_of({}, "_a\nb", "") == spaced(strings{"_a", "b"}));
    }

    TEST_CASE("User-defined pieces are cut out, the longest first") {
        strings const kept = {spaced("__"), spaced("___"), "\n"};
        any_tokenizer const tokenizer = trained(spaced(strings{"_a"}), kept);
        training_splitter const splitter = splitter_of_trainer(tokenizer, merges_of_trainer(tokenizer));
        strings out;
        splitter.for_each(spaced("_a___b\nc_d"), [&](std::string_view word) { out.emplace_back(word); });
        CHECK(out == spaced(strings{"_a", "b", "c", "_d"}));
    }

    TEST_CASE("A byte-level tokenizer is trained on what it encodes") {
        vocabulary_builder builder;
        builder.add(0, "a");
        builder.add(1, "b");
        builder.add(2, "ab");
        any_tokenizer const tokenizer(bpe_model(builder.build(), {{0, 1, 2, 0}}), any_pretokenizer::by_name("gpt2"));
        training_splitter const splitter = splitter_of_trainer(tokenizer, merges_of_trainer(tokenizer));
        strings out;
        splitter.for_each("ab ab", [&](std::string_view word) { out.emplace_back(word); });
        CHECK(out == strings{"ab", " ab"});
        CHECK(splitter.name() == "gpt2");
    }

    TEST_CASE("A trainer that read lines made no token with anything behind a newline") {
        auto const made = [](strings const& tokens) {
            vocabulary_builder builder;
            builder.add(0, "\n");
            token_id id = 1;
            for (char const c : std::string("abcdefghij")) builder.add(id++, std::string(1, c));
            std::vector<merge> merges;
            for (std::string const& token : tokens) {
                auto const part = [](char c) { return c == '\n' ? 0 : static_cast<token_id>(c - 'a' + 1); };
                builder.add(id, token);
                merges.push_back({part(token[0]), part(token[1]), id++, static_cast<std::uint32_t>(merges.size())});
            }
            return any_tokenizer(bpe_model(builder.build(), merges), any_pretokenizer::by_name("bytes"));
        };
        auto const pretokens_of = [](any_tokenizer const& tokenizer, std::string_view text) {
            strings out;
            splitter_of_trainer(tokenizer, merges_of_trainer(tokenizer)).for_each(text, [&](std::string_view pretoken) {
                out.emplace_back(pretoken);
            });
            return out;
        };
        strings tokens;
        for (char const c : std::string("abcdefghij")) tokens.push_back(std::string(1, c) + "\n");
        CHECK(pretokens_of(made(tokens), "a\n\nbc\nd") == strings{"a\n", "\n", "bc\n", "d"});
        CHECK(pretokens_of(made({"ab"}), "a\nb") == strings{"a\n", "b"});
        tokens.emplace_back("\na");
        CHECK(pretokens_of(made(tokens), "a\nb") == strings{"a\nb"});
    }

    TEST_CASE("The options of a trainer, from the pieces it made") {
        auto const guess = [](strings const& pieces) {
            return guess_sentencepiece_rules(merges_of_trainer(trained(spaced(pieces))));
        };
        sentencepiece_rules expected{.split_digits = true};
        CHECK(guess({"_a", "_ab"}) == expected);
        expected.split_digits = false;
        CHECK(guess({"_a", "12"}) == expected);
        expected.split_by_number = false;
        CHECK(guess({"_a", "a1"}) == expected);
        expected = {.split_by_unicode_script = false, .split_digits = true};
        CHECK(guess({"_a", "a."}) == expected);
        expected = {.split_digits = true, .allow_whitespace_only_pieces = true};
        CHECK(guess({"__", "_a"}) == expected);
        expected = {.split_digits = true, .treat_whitespace_as_suffix = true};
        CHECK(guess({"a_", "b_"}) == expected);
        expected = {.split_by_whitespace = false, .split_digits = true};
        CHECK(guess({"_a", "b_a", "_a_a"}) == expected);
    }
}

TEST_SUITE("golden") {
    TEST_CASE("Published SentencePiece models: the options guessed are those that they were trained with") {
        for (char const* const name : {"sentencepiece/llama2.model", "sentencepiece/mistral01.model"}) {
            for (auto const& path : real_files::paths(name)) {
                sentencepiece_file const file = read_sentencepiece_file(support::read(path.string()));
                sentencepiece_rules const rules = rules_of(file);
                CHECK(rules == sentencepiece_rules{.split_digits = true, .allow_whitespace_only_pieces = true});
                CHECK(guess_sentencepiece_rules(merges_of_trainer(sentencepiece_tokenizer(file))) == rules);
            }
        }
    }

    TEST_CASE("SuperBPE was trained on lines, others on texts") {
        for (auto const& [name, expected] :
             {std::pair{"superbpe/olmo2_p99_truncate_10G_180K_extend_200K_mw4_colon", true},
              {"superbpe/olmo2_p99_truncate_pretok_10G_200K", true},
              {"gpt2", false},
              {"hf_json/gpt_neox.json", false},
              {"tiktoken_ranks/cl100k_base.tiktoken", false}}) {
            for (any_tokenizer const& tokenizer : real_files::tokenizers(name)) {
                CAPTURE(std::string(name));
                CHECK(is_trained_on_lines(merges_of_trainer(tokenizer)) == expected);
            }
        }
    }

    TEST_CASE("A model and its conversions have the same words") {
        std::string const text = "Hello  the 2024 world's\n\nNew   line: foo()\n    four     five \xE6\xBC\xA2";
        strings const expected = spaced(
            strings{"_Hello", "__", "the",   "_", "2",    "0",  "2",    "4",     "_world", "'",     "s",
                    "_New",   "__", "_line", ":", "_foo", "()", "____", "_four", "____",   "_five", "_\xE6\xBC\xA2"});
        for (char const* const name : {"ggml_vocab/ggml-vocab-llama-spm.gguf", "sentencepiece/llama2.model",
                                       "hf_json/llama2.json", "hf_json/mistral01.json"}) {
            for (any_tokenizer const& tokenizer : real_files::tokenizers(name)) {
                CAPTURE(std::string(name));
                training_splitter const splitter = splitter_of_trainer(tokenizer, merges_of_trainer(tokenizer));
                strings out;
                std::string normalized;
                any_normalizer::scratch normalizing;
                training_splitter::scratch s;
                text_piece const piece = detail::normalized(tokenizer.normalizer(), detail::whole_input(splitter, text),
                                                            normalizing, normalized);
                splitter.for_each(piece, s, [&](std::string_view word) { out.emplace_back(word); });
                CHECK(out == expected);
            }
        }
    }
}

}  // namespace training_splitter_test
