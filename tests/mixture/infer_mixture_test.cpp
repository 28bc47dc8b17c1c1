// Shares of simulated mixtures, their intervals, and what cannot be answered.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/mixture/category_text.hpp>
#include <tessera/mixture/clp_solver.hpp>
#include <tessera/mixture/infer_mixture.hpp>
#include "support.hpp"

namespace infer_mixture_test {

using namespace tessera;
using namespace mixture_support;

constexpr std::size_t n_groups = 10;

// Lines whose number modulo 10 is 3, 6 or 9 are to estimate with, the others are trained on.
struct halves {
    pretoken_counts train, all;
    std::vector<pretoken_counts> groups;
    std::uint64_t n_bytes = 0, n_trained = 0;
};

halves halves_of(std::string const& name, double part) {
    halves out;
    out.groups.resize(n_groups);
    std::string const text = support::read(support::data("text/" + name + ".txt"));
    std::size_t line = 0;
    std::size_t n_estimate = 0;
    for (std::size_t at = 0; at < text.size(); ++line) {
        std::size_t const end = std::min(text.find('\n', at), text.size() - 1) + 1;
        std::string_view const content = std::string_view(text).substr(at, end - at);
        at = end;
        if (line % 10 == 3 || line % 10 == 6 || line % 10 == 9) {
            count_lines(content, out.groups[n_estimate++ % n_groups]);
            out.n_bytes += content.size();
        } else if (static_cast<double>((line * 7919) % 100) < 100 * part) {
            count_lines(content, out.train);
            out.n_trained += content.size();
        }
    }
    for (pretoken_counts const& group : out.groups) out.all.merge_from(group);
    return out;
}

// What is trained on in all, and its bytes.
std::pair<pretoken_counts, double> training_text(std::vector<halves> const& categories) {
    std::pair<pretoken_counts, double> out;
    for (halves const& c : categories) {
        out.first.merge_from(c.train);
        out.second += static_cast<double>(c.n_trained);
    }
    return out;
}

mixture_result infer(std::vector<halves> const& categories, std::vector<merge> const& merges,
                     mixture_options const& options = {}, std::size_t n_inherited = 0) {
    std::vector<mixture_category> described;
    for (std::size_t i = 0; i < categories.size(); ++i) {
        described.push_back({"category " + std::to_string(i), categories[i].n_bytes, n_groups});
    }
    auto const words = [&](std::size_t i, std::size_t group, std::span<merge const> list) {
        return words_of(group < n_groups ? categories[i].groups[group] : categories[i].all, list);
    };
    std::vector<std::uint8_t> learnt(merges.size(), 1);
    std::fill_n(learnt.begin(), n_inherited, std::uint8_t{0});
    return infer_mixture<clp_solver>(merges, learnt, described, words, serial_executor{}, options);
}

TEST_SUITE("infer_mixture") {
    TEST_CASE("shares of text of the same kind, with intervals that hold them") {
        std::vector<halves> categories;
        for (auto const& [name, part] : std::vector<std::pair<std::string, double>>{
                 {"english", 1.0}, {"german", 0.6}, {"russian", 0.9}, {"python", 0.25}, {"greek", 0.0}}) {
            categories.push_back(halves_of(name, part));
        }
        auto const [mixture, sum] = training_text(categories);
        trained_merges const trained = train(mixture, 4000);
        mixture_result const result = infer(categories, trained.merges);
        CHECK(result.method == mixture_method::merge_order);
        CHECK(result.merges_used + result.merges_skipped == trained.merges.size());
        CHECK(result.certificate_gap <= 2e-9);
        double squares = 0;
        double of_program = 0;
        double shares = 0;
        for (std::size_t i = 0; i < categories.size(); ++i) {
            double const truth = static_cast<double>(categories[i].n_trained) / sum;
            auto const& c = result.categories[i];
            CAPTURE(i);
            CAPTURE(truth);
            CHECK(c.low <= truth);
            CHECK(truth <= c.high);
            CHECK(c.high - c.low < 0.12);
            CHECK(c.residual < 0.2);
            squares += (c.share - truth) * (c.share - truth) / 5;
            of_program += (c.program_share - truth) * (c.program_share - truth) / 5;
            shares += c.share;
        }
        CHECK(shares == doctest::Approx(1).epsilon(1e-12));
        CHECK(std::log10(squares) < -4);
        CHECK(std::log10(of_program) < -3.5);
        CHECK(result.categories[4].share < 0.002);  // Greek was not there
    }

    TEST_CASE("merges that were inherited are replayed, and say nothing") {
        std::vector<halves> categories;
        for (auto const& [name, part] :
             std::vector<std::pair<std::string, double>>{{"english", 1.0}, {"german", 0.6}, {"python", 0.8}}) {
            categories.push_back(halves_of(name, part));
        }
        auto const [mixture, sum] = training_text(categories);
        trained_merges const trained = train(mixture, 3000);
        // So many that the others are frequent, rare, and too rare for the regression.
        for (std::size_t const n_inherited : {std::size_t{300}, std::size_t{1500}, std::size_t{2900}}) {
            CAPTURE(n_inherited);
            mixture_result const result = infer(categories, trained.merges, {}, n_inherited);
            CHECK(result.merges_used <= 3000 - n_inherited);
            for (std::size_t i = 0; i < categories.size(); ++i) {
                double const truth = static_cast<double>(categories[i].n_trained) / sum;
                auto const& c = result.categories[i];
                CHECK(std::abs(c.share - truth) < 0.15);
                CHECK(c.low <= c.share);
                CHECK(c.share <= c.high);
                if (n_inherited == 300) CHECK(std::abs(c.share - truth) < 0.03);
            }
        }
    }

    TEST_CASE("a mixture that explains every merge is the answer") {
        std::vector<halves> categories;
        for (char const* const name : {"german", "french", "python"}) categories.push_back(halves_of(name, 1));
        pretoken_counts mixture;
        for (std::size_t i = 0; i < categories.size(); ++i) {
            categories[i].all.for_each([&](std::string_view p, std::uint64_t n) { mixture.add(p, (i + 1) * n); });
        }
        mixture_result const result = infer(categories, train(mixture, 600).merges);
        CHECK(result.method == mixture_method::linear_program);
        CHECK(result.objective < 2e-9);
        double sum = 0;
        for (std::size_t i = 0; i < 3; ++i) sum += static_cast<double>((i + 1) * categories[i].n_bytes);
        for (std::size_t i = 0; i < 3; ++i) {
            double const truth = static_cast<double>((i + 1) * categories[i].n_bytes) / sum;
            CHECK(std::abs(result.categories[i].share - truth) < 1e-6);
            CHECK(result.categories[i].low <= truth);
            CHECK(result.categories[i].high >= truth);
            CHECK(result.categories[i].high - result.categories[i].low < 0.01);
        }
    }

    TEST_CASE(
        "a kind of text that is missing shows in merges that occur nowhere, texts of another kind in counts that "
        "stray") {
        std::vector<halves> categories;
        for (char const* const name : {"english", "german", "chinese"}) categories.push_back(halves_of(name, 1));
        pretoken_counts mixture;
        for (halves const& c : categories) mixture.merge_from(c.train);
        trained_merges const trained = train(mixture, 2000);
        mixture_result const whole = infer(categories, trained.merges);
        categories.pop_back();
        mixture_result const lacking = infer(categories, trained.merges);
        mixture_result const unlike = infer({halves_of("legal", 1), halves_of("french", 1)}, trained.merges);
        CHECK(unlike.straying > 3 * whole.straying);
        CHECK(unlike.straying > 0.15);
        CHECK(unlike.objective > 3 * whole.objective);
        CHECK(unlike.categories[0].high - unlike.categories[0].low >
              3 * (whole.categories[0].high - whole.categories[0].low));
        CHECK(lacking.merges_not_seen.size() > 100 + 3 * whole.merges_not_seen.size());
        CHECK(lacking.objective > whole.objective);
    }

    TEST_CASE("what cannot be told apart, or is not there, is named") {
        halves const english = halves_of("english", 1);
        halves const german = halves_of("german", 1);
        trained_merges const trained = train(english.train, 300);
        auto const kind_of = [&](std::vector<halves> const& categories, std::vector<merge> const& merges,
                                 mixture_options const& options = {}) {
            try {
                static_cast<void>(infer(categories, merges, options));
            } catch (error const& e) {
                return std::string(e.where()) + ": " + e.message();
            }
            return std::string("none");
        };
        CHECK(kind_of({}, trained.merges).find("there are none") != std::string::npos);
        halves empty;
        empty.groups.resize(n_groups);
        CHECK(kind_of({english, empty}, trained.merges).find("category 1") != std::string::npos);
        CHECK(kind_of({english, german, english}, trained.merges).find("the same text") != std::string::npos);
        CHECK(kind_of({english, german}, {{0, 1, 256, 0}}).find("occurs in any category") != std::string::npos);
        CHECK(
            kind_of({english, german}, {trained.merges[0]}, {.method = mixture_method::merge_order}).find("too few") !=
            std::string::npos);
        CHECK(kind_of({english}, trained.merges) == "none");
    }

    TEST_CASE("groups of a category are all of it, from text and from a table") {
        any_tokenizer const tokenizer(bpe_model(detail::vocabulary_of({"a", "b"}), {}),
                                      any_pretokenizer::by_name("gpt2"));
        trainer_splitters const splitters{any_normalizer(), training_splitter(any_pretokenizer::by_name("gpt2"))};
        category_text text("x", 4);
        category_text::scratch scratch;
        std::string document = support::read(support::data("text/english.txt")).substr(0, 20'000);
        std::erase_if(document, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
        pretoken_counts expected;
        for (std::size_t at = 0; at < document.size(); at += 500) {
            text.add(document.substr(at, 500), splitters, scratch);
            gpt2_pretokenizer().for_each(document.substr(at, 500), [&](std::string_view p) { expected.add(p); });
        }
        text.add("\xFF\xFE", splitters, scratch);
        gpt2_pretokenizer().for_each("\xFF\xFE", [&](std::string_view p) { expected.add(p); });
        CHECK(text.n_bytes() == document.size() + 2);
        CHECK(text.n_ill_formed() == 2);
        auto const sum_of_groups = [](category_text const& category) {
            pretoken_counts sum;
            for (std::size_t g = 0; g < category.n_groups(); ++g) {
                category.for_each_word(g, [&](std::string_view p, std::uint64_t n) { sum.add(p, n); });
            }
            return sum.sorted();
        };
        auto const all_of = [](category_text const& category) {
            pretoken_counts sum;
            category.for_each_word(category.n_groups(), [&](std::string_view p, std::uint64_t n) { sum.add(p, n); });
            return sum.sorted();
        };
        CHECK(sum_of_groups(text) == expected.sorted());
        CHECK(all_of(text) == expected.sorted());
        category_text const table("y", expected, 4);
        CHECK(sum_of_groups(table) == expected.sorted());
        CHECK(table.n_bytes() == text.n_bytes());
        for (std::size_t g = 0; g < 4; ++g) {
            std::uint64_t n = 0;
            table.for_each_word(g, [&](std::string_view, std::uint64_t m) { n += m; });
            CHECK(static_cast<double>(n) == doctest::Approx(static_cast<double>(expected.total()) / 4).epsilon(0.2));
        }
    }
}

}  // namespace infer_mixture_test
