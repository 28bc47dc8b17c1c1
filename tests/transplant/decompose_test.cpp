// How a vocabulary writes a token that it does not have, or as if it did not have it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/io/read_tokenizer_json.hpp>
#include <tessera/model/bpe_from_ranks.hpp>
#include <tessera/model/sentencepiece_bpe_model.hpp>
#include <tessera/transplant/decompose.hpp>
#include <tessera/transplant/token_table.hpp>
#include "reference/bpe.hpp"
#include "transplant/small_tokenizers.hpp"

namespace decompose_test {

using namespace tessera;
using namespace tessera::transplant;
using strings = std::vector<std::string>;
using merge_list = std::vector<std::pair<std::string, std::string>>;

namespace {

std::string model_fields(merge_list const& merges, std::string const& more = "") {
    std::string out = "\"type\":\"BPE\"" + more + ",\"merges\":[";
    for (std::size_t i = 0; i < merges.size(); ++i) {
        out += std::string(i == 0 ? "" : ",") + "[\"" + merges[i].first + "\",\"" + merges[i].second + "\"]";
    }
    return out + "]";
}

std::string const byte_level = R"("pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true},)"
                               R"("decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true})";

/// What merges make of each token when they may not make it.
class taken_apart {
public:
    explicit taken_apart(any_tokenizer tokenizer, std::size_t rows = 1000)
        : tokenizer_(std::move(tokenizer)), table_(tokenizer_), decompose_(tokenizer_, table_, rows) {}
    taken_apart(strings const& tokens, std::string const& fields, std::string const& other, std::size_t rows = 1000)
        : taken_apart(read_tokenizer_json(small_tokenizers::json_of(tokens, {}, fields, other)), rows) {}

    [[nodiscard]] strings without(std::string const& spelling) const {
        for (token_id id = 0; id < table_.size(); ++id) {
            if (table_.spelling(id) == spelling) return spelled(decompose_.without(id));
        }
        FAIL("no token " << spelling);
        return {};
    }
    [[nodiscard]] strings parts(std::string const& spelling) const {
        merge_without_scratch s;
        return spelled(decompose_.parts(table_.find_text(spelling), s));
    }
    [[nodiscard]] strings operator()(std::string_view bytes) const { return spelled(decompose_(bytes)); }

private:
    [[nodiscard]] strings spelled(std::vector<token_id> const& ids) const {
        strings out;
        for (token_id const id : ids) out.emplace_back(table_.spelling(id));
        return out;
    }

    any_tokenizer tokenizer_;
    token_table table_;
    decomposer decompose_;
};

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("a token of merges is what the other merges make of it") {
        // The first merge that makes ssss is (s, sss), and sss is made later than ss.
        merge_list const runs = {{"s", "s"}, {"s", "sss"}, {"ss", "ss"}, {"sss", "s"}, {"s", "ss"}, {"ss", "s"}};
        taken_apart const of_runs({"s", "ss", "sss", "ssss"}, model_fields(runs), byte_level);
        CHECK(of_runs.without("ssss") == strings{"ss", "ss"});
        CHECK(of_runs.without("sss") == strings{"ss", "s"});
        CHECK(of_runs.without("ss") == strings{"s", "s"});
        CHECK(of_runs.without("s").empty());  // nothing else has its byte

        // abcd is never made of its own bytes: bc comes first.
        merge_list const crossed = {{"b", "c"}, {"ab", "cd"}, {"a", "b"}, {"c", "d"}};
        taken_apart const of_crossed({"a", "b", "c", "d", "bc", "ab", "cd", "abcd"}, model_fields(crossed), byte_level);
        CHECK(of_crossed.without("abcd") == strings{"a", "bc", "d"});
        CHECK(of_crossed.without("ab") == strings{"a", "b"});

        // yz comes first, and then xy finds no y.
        merge_list const chain = {{"y", "z"}, {"x", "yz"}, {"x", "y"}, {"xy", "z"}, {"xyz", "x"}};
        taken_apart const of_chain({"x", "y", "z", "xy", "yz", "xyz", "xyzx"}, model_fields(chain), byte_level);
        CHECK(of_chain.without("xyz") == strings{"x", "yz"});
        CHECK(of_chain.without("xyzx") == strings{"xyz", "x"});
        // Where xyz has no row, it is not on the way to anything.
        taken_apart const fewer({"x", "y", "z", "xy", "yz", "xyzx", "xyz"}, model_fields(chain), byte_level, 6);
        CHECK(fewer.without("xyzx") == strings{"x", "yz", "x"});

        // Splits of the pretokenizer do not count: a space in the middle.
        taken_apart const spaced({"a", "b", "\\u0120", "a\\u0120", "a\\u0120b"},
                                 model_fields({{"a", "\\u0120"}, {"a\\u0120", "b"}}), byte_level);
        CHECK(spaced.without("a\xC4\xA0"
                             "b") == strings{"a\xC4\xA0", "b"});
    }

    TEST_CASE("a run of blanks in halves") {
        // As in Gemma the longest run is made first, of all but one and one.
        auto const run = [](std::size_t n, char const* of) {
            std::string out;
            for (std::size_t i = 0; i < n; ++i) out += of;
            return out;
        };
        strings tokens;
        merge_list merges;
        for (std::size_t const n : {std::size_t{6}, std::size_t{4}, std::size_t{3}, std::size_t{2}}) {
            if (n != 6) merges.emplace_back(run(n - 1, "\\u010a"), "\\u010a");
            if (n != 6) merges.emplace_back(run(n - 1, "s"), "s");
            tokens.push_back(run(n, "\\u010a"));
            tokens.push_back(run(n, "s"));
        }
        tokens.insert(tokens.end(), {"s", "\\u010a", "\\u010a\\u010as"});
        taken_apart const taken(tokens, model_fields(merges), byte_level);
        auto const spelled = [&](std::size_t n) { return run(n, "\xC4\x8A"); };
        CHECK(taken.without(spelled(4)) == strings{spelled(3), spelled(1)});
        CHECK(taken.parts("\n\n\n\n") == strings{spelled(2), spelled(2)});
        CHECK(taken.parts("\n\n\n") == strings{spelled(2), spelled(1)});
        CHECK(taken.parts("\n\n\n\n\n\n") == strings{spelled(3), spelled(3)});
        CHECK(taken.parts("ssss") == strings{"sss", "s"});  // letters as they are written
        CHECK(taken.parts("\n\ns") == strings{spelled(2), "s"});
        CHECK(taken.parts("\n").empty());
        // Where a half is no token.
        taken_apart const few({"\\u010a", "\\u010a\\u010a", run(5, "\\u010a")}, model_fields({{"\\u010a", "\\u010a"}}),
                              byte_level);
        CHECK(few.parts("\n\n\n\n\n") == strings{spelled(2), spelled(2), spelled(1)});
    }

    TEST_CASE("by rank: any two neighbours that make a token") {
        vocabulary_builder builder;
        token_id id = 0;
        for (char const* const token : {"a", "b", "c", "bc", "ab", "abc", "abcb"}) {
            builder.add(id++, token, token_kind::normal);
        }
        taken_apart const taken(
            any_tokenizer(bpe_from_ranks(builder.build()), any_pretokenizer::by_name("gpt2"), {}, {}));
        CHECK(taken.without("abc") == strings{"a", "bc"});
        CHECK(taken.without("abcb") == strings{"abc", "b"});  // a bc b, then a + bc
        CHECK(taken.without("bc") == strings{"b", "c"});
    }

    TEST_CASE("by score: SentencePiece") {
        // Without a piece of its own, c is a character that only pieces have.
        vocabulary_builder builder;
        token_id id = 0;
        for (char const* const token : {"<unk>", "a", "b", "ab", "bc", "abc", "abcb"}) {
            builder.add(id++, token, token_kind::normal);
        }
        taken_apart const taken(any_tokenizer(
            sentencepiece_bpe_model(builder.build(), {0, -9, -9, -1, -2, -3, -4}, {.unknown = 0}), {}, {}, {}));
        CHECK(taken.without("abcb") == strings{"abc", "b"});
        CHECK(taken.without("abc") == strings{"a", "bc"});  // ab and c: c is no token, so the fewest
        CHECK(taken.without("ab") == strings{"a", "b"});
    }

    TEST_CASE("characters, fallback to bytes, marks of place") {
        std::string const decoder =
            R"("decoder":{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Fuse"}]})";
        std::string const fallback = ",\"byte_fallback\":true";
        taken_apart const of_characters({"<0xC3>", "<0xA9>", "a", "\\u00e9", "a\\u00e9", "a\\u00e9a"},
                                        model_fields({{"a", "\\u00e9"}, {"a\\u00e9", "a"}}, fallback), decoder);
        std::string const e = "\xC3\xA9";
        CHECK(of_characters.without("a" + e + "a") == strings{"a" + e, "a"});
        CHECK(of_characters.without("a" + e) == strings{"a", e});
        CHECK(of_characters.without(e) == strings{"<0xC3>", "<0xA9>"});
        CHECK(of_characters.without("a").empty());
        // A character that is no token: the bytes that it falls back to.
        taken_apart const no_character({"<0xC3>", "<0xA9>", "a", "aa", "a\\u00e9aa"},
                                       model_fields({{"a", "a"}}, fallback), decoder);
        CHECK(no_character.without("a" + e + "aa") == strings{"a", "<0xC3>", "<0xA9>", "aa"});

        merge_list const marked = {{"##b", "##c"}, {"a", "##bc"}, {"a", "##b"}, {"ab", "##c"}, {"##a", "##bc"}};
        taken_apart const of_marked({"a", "##a", "##b", "##c", "##bc", "ab", "abc", "##abc"},
                                    model_fields(marked, ",\"continuing_subword_prefix\":\"##\""),
                                    R"("decoder":{"type":"WordPiece","prefix":"##","cleanup":false})");
        CHECK(of_marked.without("abc") == strings{"a", "##bc"});
        CHECK(of_marked.without("##abc") == strings{"##a", "##bc"});
        CHECK(of_marked.without("##bc") == strings{"##b", "##c"});
        CHECK(of_marked.without("ab") == strings{"a", "##b"});

        merge_list const ended = {{"o", "w</w>"}, {"l", "ow</w>"}, {"l", "o"}, {"lo", "w</w>"}, {"lo", "w"}};
        taken_apart const of_ended({"l", "o", "w", "w</w>", "ow</w>", "lo", "low", "low</w>"},
                                   model_fields(ended, ",\"end_of_word_suffix\":\"</w>\""),
                                   R"("decoder":{"type":"BPEDecoder","suffix":"</w>"})");
        CHECK(of_ended.without("low</w>") == strings{"l", "ow</w>"});
        CHECK(of_ended.without("low") == strings{"lo", "w"});
    }

    TEST_CASE("without merges, the fewest tokens") {
        taken_apart const words(
            small_tokenizers::word_piece({"[UNK]", "ab", "##ab", "##c", "a", "##b", "abc", "##bc"}));
        // The longest first piece of those with two. Not ##ab for ab, which has the same bytes.
        CHECK(words.without("abc") == strings{"ab", "##c"});
        CHECK(words.without("ab") == strings{"a", "##b"});
        // Bytes that are no text.
        taken_apart const parts({"\\u00c3", "\\u00a9", "a", "a\\u00c3"}, model_fields({{"a", "\\u00c3"}}), byte_level);
        CHECK(parts("\xA9"
                    "a\xC3") == strings{"\xC2\xA9", "a\xC3\x83"});
        CHECK(parts("b").empty());
        // A letter that is a token goes before the fallback with its byte, whichever id is smaller.
        taken_apart const letters({"<0x61>", "<0xC3>", "a"}, model_fields({}, ",\"byte_fallback\":true"),
                                  R"("decoder":{"type":"Sequence","decoders":[{"type":"ByteFallback"}]})");
        CHECK(letters("a\xC3") == strings{"a", "<0xC3>"});
        CHECK(letters.without("a") == strings{"<0x61>"});
    }

    TEST_CASE("long tokens") {
        // Doubles of a letter, up to 2^13, and one token of 10,000: made of none, and taken apart from the left.
        strings tokens{"s"};
        merge_list merges;
        while (tokens.back().size() < 8192) {
            merges.emplace_back(tokens.back(), tokens.back());
            tokens.push_back(tokens.back() + tokens.back());
        }
        strings const doubles = tokens;
        tokens.emplace_back(10'000, 's');
        taken_apart const taken(tokens, model_fields(merges), byte_level);
        strings expected;  // 10,000 = 8192 + 1024 + 512 + 256 + 16
        for (std::size_t const power :
             {std::size_t{13}, std::size_t{10}, std::size_t{9}, std::size_t{8}, std::size_t{4}})
            expected.push_back(doubles[power]);
        CHECK(taken.without(tokens.back()) == expected);
        CHECK(taken.without(doubles.back()) == strings{doubles[12], doubles[12]});
    }

    TEST_CASE("random merges, against the reference") {
        std::mt19937 source(5);
        std::size_t n_in_two = 0;
        std::size_t n_in_more = 0;
        for (int round = 0; round < 300; ++round) {
            strings tokens{"a", "b", "c"};
            merge_list merges;
            reference::rank_of_pair ranks;
            while (tokens.size() < 30) {
                std::string const left = tokens[source() % tokens.size()];
                std::string const right = tokens[source() % tokens.size()];
                if (left.size() + right.size() > 9 || ranks.contains({left, right})) continue;
                ranks[{left, right}] = static_cast<std::uint32_t>(merges.size());
                merges.emplace_back(left, right);
                bool known = false;
                for (std::string const& token : tokens) known = known || token == left + right;
                if (!known) tokens.push_back(left + right);
            }
            std::shuffle(merges.begin(), merges.end(), source);
            for (std::size_t i = 0; i < merges.size(); ++i) ranks[merges[i]] = static_cast<std::uint32_t>(i);
            taken_apart const taken(tokens, model_fields(merges), byte_level);
            for (std::size_t i = 3; i < tokens.size(); ++i) {
                strings const expected = reference::merge_without(tokens[i], ranks);
                (expected.size() == 2 ? n_in_two : n_in_more) += 1;
                CHECK(taken.without(tokens[i]) == expected);
            }
        }
        CHECK(n_in_two > 500);
        CHECK(n_in_more > 500);
    }
}

}  // namespace decompose_test
