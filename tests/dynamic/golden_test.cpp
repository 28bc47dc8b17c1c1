// What the authors' code makes of batches of GPT-2's tokens, recorded by tools/make_dynamic_golden.py.
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <simdjson.h>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/dynamic/batch_merger.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include "../support.hpp"

using namespace tessera;
using namespace tessera::dynamic;

namespace {

/// GPT-2's tokens, then <s> and </s>.
vocabulary with_frame(vocabulary const& gpt2) {
    vocabulary_builder builder;
    for (token_id id = 0; id < gpt2.size(); ++id) {
        if (gpt2.kind(id) != token_kind::unused) builder.add(id, gpt2.bytes(id));
    }
    builder.add_unfindable(static_cast<token_id>(builder.size()), "<s>");
    builder.add_unfindable(static_cast<token_id>(builder.size()), "</s>");
    return builder.build();
}

token_id id_of(vocabulary const& vocab, std::string_view spelling) {
    auto const last = static_cast<token_id>(vocab.size() - 1);
    if (spelling == "</s>") return last;
    if (spelling == "<s>") return last - 1;
    std::string bytes;
    REQUIRE(from_byte_alphabet(spelling, bytes));
    REQUIRE(vocab.find(bytes) != no_token);
    return vocab.find(bytes);
}

std::vector<std::vector<std::string>> strings_of(simdjson::dom::array lists) {
    std::vector<std::vector<std::string>> out;
    for (simdjson::dom::array const list : lists) {
        out.emplace_back();
        for (std::string_view const s : list) out.back().emplace_back(s);
    }
    return out;
}

std::vector<word_index> words_of(simdjson::dom::array list) {
    std::vector<word_index> out;
    for (simdjson::dom::element const e : list) {
        out.push_back(e.is_null() ? no_word : static_cast<word_index>(std::uint64_t(e)));
    }
    return out;
}

}  // namespace

TEST_SUITE("golden") {
    TEST_CASE("the authors' code on GPT-2's tokens") {
        any_tokenizer const gpt2 = load_tokenizer(support::data("gpt2")).tokenizer;
        vocabulary const vocab = with_frame(gpt2.vocab());
        static constexpr std::array names{"pretokens", "word", "word_hyphen", "sentence"};
        simdjson::dom::parser parser;
        token_batch batch;  // of the last row without merges
        std::size_t n_rows = 0;
        std::size_t n_with_specials = 0;
        for (simdjson::dom::element const row : parser.load_many(support::data("golden/dynamic/gpt2.jsonl"))) {
            ++n_rows;
            CAPTURE(n_rows);
            auto const expected = strings_of(row["tokens"]);
            std::vector<std::vector<word_index>> words;
            simdjson::dom::array lists;
            if (row["words"].get(lists) == simdjson::SUCCESS) {
                for (simdjson::dom::array const list : lists) words.push_back(words_of(list));
            }
            std::size_t const n_merges = std::uint64_t(row["merges"]);
            if (n_merges == 0) {
                batch = token_batch();
                for (std::size_t i = 0; i < expected.size(); ++i) {
                    std::vector<token_id> ids;
                    for (std::string const& token : expected[i]) ids.push_back(id_of(vocab, token));
                    batch.add(ids, words.empty() ? std::vector<word_index>() : words[i]);
                }
            }
            std::size_t where = 0;
            while (names.at(where) != std::string_view(row["boundary"])) ++where;
            batch_merger merger(base_tokens(vocab), boundary_rule(gpt2.pretokenizer(), static_cast<boundary>(where),
                                                                  special_merging::as_reference));
            merged_batch const merged = merger.merge(batch, n_merges);
            REQUIRE(merged.batch.size() == expected.size());
            for (std::size_t i = 0; i < expected.size(); ++i) {
                std::vector<std::string> found;
                for (token_id const id : merged.batch.sequence(i)) {
                    std::string_view const bytes = id < vocab.size() ? vocab.bytes(id) : merged.new_tokens.bytes(id);
                    found.push_back(to_byte_alphabet(bytes));
                    if (bytes.size() > 3 && bytes.starts_with("<s>")) ++n_with_specials;
                }
                CHECK(found == expected[i]);
                if (!words.empty()) {
                    auto const of = merged.batch.words_of(i);
                    CHECK(std::vector(of.begin(), of.end()) == words[i]);
                }
            }
        }
        CHECK(n_rows == 112);
        CHECK(n_with_specials > 0);  // what the default forbids
    }
}
