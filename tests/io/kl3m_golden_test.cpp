// The published KL3M tokenizers: token counts of legal and financial terms, and a sentence with and without errors of
// OCR, as the paper's repository prints them (alea-institute/kl3m-tokenizer-paper, figures/domain_term_counts.csv).
// The tokenizers are not part of this project: TESSERA_SHARED_DATA names the folder they were unpacked to.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/io/tokenizer_file.hpp>

namespace kl3m_golden_test {

using namespace tessera;
namespace fs = std::filesystem;

namespace {

/// The tokenizer, as often as it is there: once, or not at all.
std::vector<any_tokenizer> published(std::string const& name) {
    char const* const folder = std::getenv("TESSERA_SHARED_DATA");
    fs::path const path = fs::path(folder == nullptr ? "" : folder) / "tokenizers" / "kl3m" / name / "tokenizer.json";
    if (folder == nullptr || !fs::exists(path)) {
        std::cout << "SKIPPED: " << name << " (TESSERA_SHARED_DATA is not set, or it is not there)" << std::endl;
        MESSAGE("skipped: " << name);
        return {};
    }
    return {load_tokenizer(path).tokenizer};
}

std::string pieces_of(any_tokenizer const& tokenizer, std::string_view text) {
    std::string pieces;
    for (token_id const id : tokenizer.encode(text)) {
        pieces += pieces.empty() ? "" : "|";
        pieces += tokenizer.vocab().bytes(id);
    }
    return pieces;
}

}  // namespace

TEST_SUITE("golden") {
    TEST_CASE("KL3M's published counts and pieces") {
        struct row {
            char const* term;
            std::size_t char_4k, words_32k;
        };
        row const rows[] = {
            {"11 U.S.C. \u00A7 362(a)", 13, 13},
            {"res judicata", 5, 6},
            {"stare decisis", 6, 5},
            {"habeas corpus", 5, 4},
            {"certiorari", 4, 2},
            {"de novo review", 6, 6},
            {"28 C.F.R. \u00A7 14.2(a)", 14, 15},
            {"42 U.S.C. \u00A7 1983", 10, 12},
            {"Fed. R. Civ. P. 12(b)(6)", 15, 15},
            {"prima facie", 5, 5},
            {"EBITDA", 4, 3},
            {"P/E ratio", 6, 6},
            {"10-K filing", 6, 5},
            {"SEC Form 8-K", 6, 7},
            {"quarterly dividend", 8, 5},
            {"year-over-year growth", 11, 8},
            {"Basel III compliance", 9, 6},
            {"GAAP accounting", 7, 5},
            {"ROI analysis", 6, 4},
            {"market capitalization", 10, 4},
        };
        for (any_tokenizer const& tokenizer : published("kl3m-004-char-4k-cased")) {
            for (row const& r : rows) {
                CAPTURE(r.term);
                CHECK(tokenizer.count(r.term) == r.char_4k);
            }
            CHECK(pieces_of(tokenizer, "Thc Vnited S tates 5enate is nesp0nslbe for the") ==
                  "Th|c| V|n|it|ed| S| t|at|es| 5|en|ate| is| n|esp|0|ns|l|be| f|or| t|he");
            CHECK(pieces_of(tokenizer, "The United States Senate is responsible for the") ==
                  "The| Un|it|ed| St|at|es| S|en|ate| is| re|sp|ons|ib|le| f|or| t|he");
        }
        for (any_tokenizer const& tokenizer : published("kl3m-001-32k")) {
            for (row const& r : rows) {
                CAPTURE(r.term);
                CHECK(tokenizer.count(r.term) == r.words_32k);
            }
        }
    }
}

}  // namespace kl3m_golden_test
