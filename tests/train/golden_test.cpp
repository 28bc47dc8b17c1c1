// Hugging Face's BpeTrainer, recorded by tools/make_train_golden.py on the texts that ship, against ours. A difference
// is a decision, not an accident: the files say which version made them.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include <tessera/core/text_block.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/pretokenize/whitespace.hpp>
#include <tessera/train/bpe_trainer.hpp>
#include <tessera/train/count_pretokens.hpp>

#include "support.hpp"

namespace golden_test {

using namespace tessera;

namespace {

struct whole_file {
    text_block block;
    bool done = false;
    bool next(text_block& out) {
        if (done) return false;
        done = true;
        out = block;
        return true;
    }
};

pretoken_counts count(std::string const& path, bool by_whitespace) {
    whole_file source{.block = {.bytes = support::read(path), .split_lines = true}};
    REQUIRE(!source.block.bytes.empty());
    if (by_whitespace) return count_pretokens(source, whitespace_pretokenizer<>{}, serial_executor{});
    return count_pretokens(source, gpt2_pretokenizer<>{}, serial_executor{});
}

std::size_t number(simdjson::dom::object options, std::string_view name, std::size_t otherwise) {
    std::uint64_t value = 0;
    return options[name].get(value) == simdjson::SUCCESS ? static_cast<std::size_t>(value) : otherwise;
}

void check(std::filesystem::path const& path) {
    INFO(path.filename().string());
    simdjson::dom::parser parser;
    simdjson::dom::element const file = parser.load(path.string());
    simdjson::dom::object const options = file["options"];
    bool const by_whitespace = std::string_view(file["pretokenizer"]) == "whitespace";

    bpe_trainer_options o;
    o.vocab_size = number(options, "vocab_size", 30000);
    o.min_frequency = number(options, "min_frequency", 0);
    o.max_token_length = number(options, "max_token_length", 0);
    o.limit_alphabet = number(options, "limit_alphabet", 0);
    o.alphabet =
        std::string_view(options["initial_alphabet"]) == "bytes" ? initial_alphabet::bytes : initial_alphabet::corpus;
    o.unit = by_whitespace ? symbol_unit::code_point : symbol_unit::byte;
    simdjson::dom::array specials;
    if (options["special_tokens"].get(specials) == simdjson::SUCCESS) {
        for (std::string_view const token : specials) o.special_tokens.emplace_back(token);
    }
    trained_bpe const t = bpe_trainer(o).train(
        count(support::data("text/" + std::string(std::string_view(file["text"])) + ".txt"), by_whitespace));

    auto const spelled = [&](token_id id) {
        bool const as_is = by_whitespace || (id < t.specials.size() && t.vocab.find(t.vocab.bytes(id)) != id);
        return as_is ? std::string(t.vocab.bytes(id)) : to_byte_alphabet(t.vocab.bytes(id));
    };
    std::size_t at = 0;
    for (std::string_view const token : simdjson::dom::array(file["vocab"])) {
        REQUIRE(at < t.vocab.size());
        REQUIRE(spelled(static_cast<token_id>(at)) == token);
        ++at;
    }
    CHECK(at == t.vocab.size());
    at = 0;
    for (simdjson::dom::array const pair : simdjson::dom::array(file["merges"])) {
        REQUIRE(at < t.merges.size());
        REQUIRE(spelled(t.merges[at].left) == std::string_view(pair.at(0)));
        REQUIRE(spelled(t.merges[at].right) == std::string_view(pair.at(1)));
        ++at;
    }
    CHECK(at == t.merges.size());
    CHECK(at > 500);
}

}  // namespace

TEST_SUITE("golden") {
    TEST_CASE("Hugging Face's vocabularies and merges") {
        std::size_t n = 0;
        for (auto const& entry : std::filesystem::directory_iterator(support::data("golden/train"))) {
            check(entry.path());
            ++n;
        }
        CHECK(n >= 10);
    }

    // tokenizer.json files that Hugging Face's trainer wrote, on texts that may not ship.
    TEST_CASE("Hugging Face's tokenizers trained on other texts") {
        char const* const shared = std::getenv("TESSERA_SHARED_DATA");
        if (shared == nullptr) {
            std::printf("SKIPPED: TESSERA_SHARED_DATA names no folder with bpe_train_oracle\n");
            return;
        }
        std::string const folder = shared;
        struct oracle {
            std::string name, text;
        };
        for (oracle const& o : {oracle{"botchan_en.bytelevel30k", "domain/literature__botchan_en"},
                                oracle{"botchan_en.whitespace30k", "domain/literature__botchan_en"},
                                oracle{"tatqa_dev.bytelevel30k", "domain/finance__tatqa_dev"},
                                oracle{"tinyshakespeare.bytelevel30k", "domain/literature__tinyshakespeare"},
                                oracle{"tr_boun.bytelevel30k", "turkish/ud_boun_dev"}}) {
            INFO(o.name);
            bool const by_whitespace = o.name.find("whitespace") != std::string::npos;
            trained_bpe const t = bpe_trainer({.vocab_size = 30000,
                                               .alphabet = initial_alphabet::corpus,
                                               .unit = by_whitespace ? symbol_unit::code_point : symbol_unit::byte})
                                      .train(count(folder + "/corpora/" + o.text + ".txt", by_whitespace));
            auto const spelled = [&](token_id id) {
                return by_whitespace ? std::string(t.vocab.bytes(id)) : to_byte_alphabet(t.vocab.bytes(id));
            };
            simdjson::dom::parser parser;
            simdjson::dom::element const file =
                parser.load(folder + "/conformance/bpe_train_oracle/" + o.name + ".tokenizer.json");
            simdjson::dom::object const vocab = file["model"]["vocab"];
            CHECK(vocab.size() == t.vocab.size());
            for (auto const& [token, id] : vocab) {
                REQUIRE(std::uint64_t(id) < t.vocab.size());
                REQUIRE(spelled(static_cast<token_id>(std::uint64_t(id))) == token);
            }
            std::size_t at = 0;
            for (simdjson::dom::element const pair : simdjson::dom::array(file["model"]["merges"])) {
                REQUIRE(at < t.merges.size());
                std::string_view line;
                if (pair.get(line) == simdjson::SUCCESS) {
                    REQUIRE(spelled(t.merges[at].left) + " " + spelled(t.merges[at].right) == line);
                } else {
                    simdjson::dom::array const parts = pair;
                    REQUIRE(spelled(t.merges[at].left) == std::string_view(parts.at(0)));
                    REQUIRE(spelled(t.merges[at].right) == std::string_view(parts.at(1)));
                }
                ++at;
            }
            CHECK(at == t.merges.size());
        }
    }
}

}  // namespace golden_test
