// The published SuperBPE tokenizers: what is said of their vocabularies, and ids that their authors and others printed.
// The data is not part of this project: TESSERA_SHARED_DATA names the folder it was unpacked to.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/io/tokenizer_file.hpp>

namespace superbpe_golden_test {

using namespace tessera;
namespace fs = std::filesystem;
using ids = std::vector<token_id>;

namespace {

std::string folder_of(std::string const& transition) {
    return "olmo2_p99_truncate_10G_" + transition + "_extend_200K_mw4_colon";
}

/// The tokenizer, as often as it is there: once, or not at all.
std::vector<any_tokenizer> published(std::string const& name) {
    char const* const folder = std::getenv("TESSERA_SHARED_DATA");
    fs::path const path = fs::path(folder == nullptr ? "" : folder) / "tokenizers" / "superbpe" / name;
    if (folder == nullptr || !fs::exists(path / "merges.txt")) {
        std::cout << "SKIPPED: " << name << " (TESSERA_SHARED_DATA is not set, or it is not there)" << std::endl;
        MESSAGE("skipped: " << name);
        return {};
    }
    // Digits are kept apart where text is encoded; these texts have none.
    return {load_tokenizer(path, {.pattern = "bytes", .specials = {}}).tokenizer};
}

/// Pieces between spaces that are not empty.
std::size_t n_words(std::string_view text) {
    std::size_t n = 0;
    for (std::size_t i = 0; i < text.size(); ++i) n += text[i] != ' ' && (i == 0 || text[i - 1] == ' ') ? 1 : 0;
    return n;
}

}  // namespace

TEST_SUITE("golden") {
    TEST_CASE("SuperBPE's published ids") {
        struct expectation {
            char const* transition;
            ids milky_way, answer_a, answer_c;
        };
        expectation const all[] = {
            {"180K", {189205, 181251, 244, 4332, 180235, 199785, 13}, {186258, 195149, 185}, {186258, 344, 185, 185}},
            {"80K", {89353, 115616, 104249, 100117, 13}, {86339, 95570, 185}, {86339, 100800, 185}},
        };
        for (expectation const& e : all) {
            for (any_tokenizer const& tokenizer : published(folder_of(e.transition))) {
                CAPTURE(std::string(e.transition));
                CHECK(tokenizer.encode("By the way, I am a fan of the Milky Way.") == e.milky_way);
                CHECK(tokenizer.encode("Answer: A\n\n") == e.answer_a);
                CHECK(tokenizer.encode("Answer: C\n\n") == e.answer_c);
            }
        }
    }

    TEST_CASE("SuperBPE's vocabularies: where the second stage begins, and what it may not make") {
        for (auto const& [transition, first_new] : {std::pair<char const*, std::size_t>{"20K", 19999},
                                                    {"40K", 39999},
                                                    {"60K", 59999},
                                                    {"80K", 79999},
                                                    {"100K", 99999},
                                                    {"120K", 119999},
                                                    {"140K", 139999},
                                                    {"160K", 159998},
                                                    {"180K", 179991}}) {
            for (any_tokenizer const& tokenizer : published(folder_of(transition))) {
                CAPTURE(std::string(transition));
                bpe_model const& model = bpe_of(tokenizer, "this test");
                vocabulary const& vocab = model.vocab();
                auto const merges = model.merges();
                REQUIRE(merges.size() == 199757);
                std::vector<std::string> first;
                for (std::size_t i = first_new; i < first_new + 6; ++i) {
                    first.push_back(std::string(vocab.bytes(merges[i].left)) + '|' +
                                    std::string(vocab.bytes(merges[i].right)));
                }
                CHECK(first == std::vector<std::string>{".|\n", " of| the", "'|s", ",| and", " in| the", "'|t"});
                std::size_t after_newline = 0, after_colon = 0, long_ones = 0;
                for (token_id id = 0; id < vocab.size(); ++id) {
                    std::string_view const bytes = vocab.bytes(id);
                    std::size_t const newline = bytes.find('\n');
                    after_newline += newline != std::string_view::npos && newline + 1 < bytes.size() ? 1 : 0;
                }
                for (merge const& m : merges.subspan(first_new)) {
                    std::string_view const bytes = vocab.bytes(m.result);
                    after_colon += bytes.find(": ") != std::string_view::npos ? 1 : 0;
                    long_ones += n_words(bytes) > 4 ? 1 : 0;
                }
                CHECK(after_newline == 0);
                CHECK(after_colon == 0);
                CHECK(long_ones == 0);
                // Words are cut apart for the lower level: from about there on they are joined.
                REQUIRE(model.levels());
                CHECK(model.levels().limit() >= first_new);
                CHECK(model.levels().limit() < first_new + 50);
            }
        }
        for (any_tokenizer const& tokenizer : published("olmo2_p99_truncate_pretok_10G_200K")) {
            CHECK_FALSE(bpe_of(tokenizer, "this test").levels());
        }
    }
}

}  // namespace superbpe_golden_test
