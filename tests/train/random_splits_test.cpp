// Pretokenizers for training alone: what every cut must obey, and that the numbers are where the seed says.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/train/random_chunks.hpp>
#include <tessera/train/random_whitespace.hpp>

namespace random_splits_test {

using namespace tessera;

namespace {

template <class P>
std::vector<std::string> pieces(P const& pretokenizer, std::string_view text) {
    std::vector<std::string> all;
    pretokenizer.for_each(text, [&](std::string_view piece) { all.emplace_back(piece); });
    return all;
}

std::string joined(std::vector<std::string> const& all) {
    std::string text;
    for (auto const& piece : all) text += piece;
    return text;
}

using strings = std::vector<std::string>;

}  // namespace

TEST_SUITE("random splits") {
    TEST_CASE("chunks are of the lengths asked for, any bytes") {
        std::mt19937 random(5);
        for (int round = 0; round < 300; ++round) {
            std::string text;
            auto const size = random() % 200;
            for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(random() % (round % 2 == 0 ? 128 : 256));
            auto const all = pieces(random_chunks({{4, 5, .044}, {9, 12, .1}}, 7), text);
            CHECK(joined(all) == text);
            for (std::size_t i = 0; i + 1 < all.size(); ++i) {
                std::size_t const n = count_code_points(all[i]);
                // The last but one may be cut short by the end of the text, as the original does it.
                if (i + 2 < all.size()) CHECK(((n >= 4 && n <= 5) || (n >= 9 && n <= 12)));
            }
            if (!all.empty()) CHECK(count_code_points(all.back()) <= 12);
        }
        CHECK(pieces(random_chunks({{3, 3, 1}}), "\u00E9\u00E9\u00E9\u00E9\u00E9") ==
              strings{"\u00E9\u00E9\u00E9", "\u00E9\u00E9"});
        CHECK(pieces(random_chunks({{3, 3, 1}}), "").empty());
    }

    TEST_CASE("ranges are drawn by weight, lengths of a range alike") {
        random_chunks const chunks({{2, 3, 3}, {10, 10, 1}}, 1);
        std::map<std::size_t, double> n;
        double total = 0;
        for (int i = 0; i < 2000; ++i) {
            std::string const text = std::to_string(i) + std::string(400, 'x');
            auto const all = pieces(chunks, text);
            for (std::size_t k = 0; k + 12 < all.size(); ++k) {  // away from the end
                n[all[k].size()] += 1;
                total += 1;
            }
        }
        CHECK(n[2] / total == doctest::Approx(.375).epsilon(.02));
        CHECK(n[3] / total == doctest::Approx(.375).epsilon(.02));
        CHECK(n[10] / total == doctest::Approx(.25).epsilon(.02));
    }

    TEST_CASE("white space") {
        std::string const text = "any other\t\nprovision \u3000of\xFF law";
        CHECK(pieces(random_whitespace(1), text) == strings{"any ", "other\t\n", "provision \u3000", "of\xFF ", "law"});
        CHECK(pieces(random_whitespace(0), text) == strings{text});
        CHECK(pieces(random_whitespace(1), "  a ") == strings{"  ", "a "});
        std::string words;
        for (int i = 0; i < 20000; ++i) words += "w ";
        CHECK(static_cast<double>(pieces(random_whitespace(.3), words).size()) == doctest::Approx(6000).epsilon(.03));
    }

    TEST_CASE("the same seed and text, the same cuts; another seed, others") {
        std::string const text(500, 'x');
        CHECK(pieces(random_chunks({{2, 9, 1}}, 4), text) == pieces(random_chunks({{2, 9, 1}}, 4), text));
        CHECK(pieces(random_chunks({{2, 9, 1}}, 4), text) != pieces(random_chunks({{2, 9, 1}}, 5), text));
    }

    TEST_CASE("what cannot be drawn") {
        using ranges = std::vector<chunk_lengths>;
        for (ranges const& wrong : {ranges{}, ranges{{0, 3, 1}}, ranges{{4, 3, 1}}, ranges{{2, 3, 0}},
                                    ranges{{2, 3, -1}}, ranges{{2, 3, NAN}}, ranges{{2, 3, INFINITY}}}) {
            CHECK_THROWS_AS(random_chunks{wrong}, error);
        }
        CHECK_THROWS_AS(random_whitespace(1.5), error);
        CHECK_THROWS_AS(random_whitespace(NAN), error);
    }
}

}  // namespace random_splits_test
