// The switching process, LZW's dictionary and the unigram loss. The expected numbers of the experiment are published
// ones (of a computation of its own, to five decimals), as are those of the generator.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/core/error.hpp>
#include <tessera/evaluate/switching_source.hpp>
#include <tessera/evaluate/unigram_loss.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/model/greedy_model.hpp>
#include <tessera/train/bpe_trainer.hpp>
#include <tessera/train/lzw_trainer.hpp>
#include <tessera/train/pretoken_counts.hpp>
#include "support.hpp"

namespace switching_source_test {

using namespace tessera;
using evaluate::switching_source;

namespace {

constexpr std::size_t n_characters = std::size_t{1} << 18;
constexpr double five_decimals = 0.51e-5;

switching_source const k1_1{1, 0.1, 0.1};
switching_source const k2_8{2, 0.8, 0.8};
switching_source const k2_9{2, 0.9, 0.9};
switching_source const k4_9{4, 0.9, 0.9};

struct result {
    double best = 0;     // of all unigram models of the tokens
    double trained = 0;  // of the one fitted on the training text
    std::uint64_t n_tokens = 0;
    std::size_t n_bytes_read = 0;
};

template <class M>
result measure(M const& model, std::string_view train, std::string_view test) {
    auto const counts_of = [&](std::string_view text) {
        std::vector<std::uint64_t> counts(model.vocab().size());
        typename M::scratch scratch;
        model.encode(text, scratch, [&](token_id id) { ++counts[id]; });
        return counts;
    };
    std::vector<std::uint64_t> const fitted = counts_of(train);
    std::vector<std::uint64_t> const counts = counts_of(test);
    result r;
    r.best = evaluate::unigram_loss(counts, counts, test.size());
    r.trained = evaluate::unigram_loss(fitted, counts, test.size(), 0.5);
    for (std::uint64_t const c : counts) r.n_tokens += c;
    return r;
}

struct texts {
    explicit texts(switching_source const& source)
        : train(source.text(n_characters, 1)), test(source.text(n_characters, 2)) {}

    [[nodiscard]] result lzw(std::size_t vocab_size) const {
        trained_lzw trained = lzw_trainer({.vocab_size = vocab_size}).train(train);
        result r = measure(greedy_model(std::move(trained.vocab)), train, test);
        r.n_bytes_read = trained.n_bytes_read;
        return r;
    }
    [[nodiscard]] result bpe(std::size_t vocab_size) const {
        pretoken_counts counts;
        counts.add(train);
        trained_bpe trained =
            bpe_trainer({.vocab_size = vocab_size, .alphabet = initial_alphabet::corpus}).train(counts);
        return measure(bpe_model(std::move(trained.vocab), std::move(trained.merges)), train, test);
    }
    [[nodiscard]] double characters() const {
        std::vector<std::uint64_t> counts(2);
        for (char const c : test) ++counts[c == '1' ? 1 : 0];
        return evaluate::unigram_loss(counts, counts, test.size());
    }

    std::string train, test;
};

std::ptrdiff_t ones(std::string_view text) { return std::count(text.begin(), text.end(), '1'); }

void check(double found, double expected) {
    CAPTURE(found);
    CAPTURE(expected);
    CHECK(std::abs(found - expected) < five_decimals);
}

// The dictionary by its definition: the shortest beginning of what is left that is not in it.
std::vector<std::string> lzw_slowly(std::string_view text, std::size_t size, std::set<char> const& alphabet) {
    std::vector<std::string> tokens;
    std::set<std::string> known;
    for (char const c : alphabet) {
        tokens.emplace_back(1, c);
        known.insert(tokens.back());
    }
    while (tokens.size() < size) {
        std::size_t length = 1;
        while (length <= text.size() && known.contains(std::string(text.substr(0, length)))) ++length;
        if (length > text.size()) break;
        tokens.emplace_back(text.substr(0, length));
        known.insert(tokens.back());
        text.remove_prefix(length);
    }
    return tokens;
}

std::vector<std::string> tokens_of(trained_lzw const& trained) {
    std::vector<std::string> tokens;
    for (token_id id = 0; id < trained.vocab.size(); ++id) tokens.emplace_back(trained.vocab.bytes(id));
    return tokens;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("entropy rates") {
        check(switching_source{1, 0.01, 0.01}.entropy_rate(), 0.08079);
        check(switching_source{1, 0.5, 0.8}.entropy_rate(), 0.89305);
        check(switching_source{1, 0.5, 0.8}.unigram_entropy(), 0.96124);
        check(switching_source{1, 0.05, 0.2}.entropy_rate(), 0.37350);
        check(switching_source{3, 0.05, 0.2}.unigram_entropy(), 0.72193);
        check(k1_1.entropy_rate(), 0.46900);
        check(k2_8.entropy_rate(), 0.72193);
        check(k4_9.entropy_rate(), 0.46900);
        CHECK(k4_9.unigram_entropy() == doctest::Approx(1));
        CHECK_THROWS_AS((void)(switching_source{0, 0.1, 0.1}.text(1, 1)), error);
        CHECK_THROWS_AS((void)(switching_source{1, 0.1, 1.5}.text(1, 1)), error);
        CHECK(switching_source{2, 1, 1}.text(8, 1).substr(0, 4) != switching_source{2, 1, 1}.text(8, 1).substr(2, 4));
    }

    TEST_CASE("the generator") {
        texts const k1(k1_1);
        CHECK(ones(k1.train) == 130'870);
        CHECK(ones(k1.test) == 130'681);
        CHECK(k1.train.substr(0, 32) == "00000000000000000000100001110000");
        texts const k2(k2_8);
        CHECK(ones(k2.train) == 130'891);
        CHECK(ones(k2.test) == 131'219);
        CHECK(k2.train.substr(0, 32) == "00011011001100110111001100110110");
    }

    TEST_CASE("unigram_loss") {
        std::vector<std::uint64_t> const counts{2, 1, 1, 0};
        std::vector<std::uint64_t> const others{1, 3, 0, 0};
        CHECK(evaluate::unigram_loss(counts, counts, 10) == doctest::Approx(0.6));  // (2 * 1 + 2 + 2) / 10
        CHECK(std::isinf(evaluate::unigram_loss(others, counts, 10)));
        // Q = (1.5, 3.5, 0.5, 0.5) / 6
        CHECK(evaluate::unigram_loss(others, counts, 4, 0.5) ==
              doctest::Approx((2 * std::log2(4.0) + std::log2(6 / 3.5) + std::log2(12.0)) / 4));
        CHECK_THROWS_AS((void)evaluate::unigram_loss(std::vector<std::uint64_t>{1}, counts, 10), error);
        CHECK_THROWS_AS((void)evaluate::unigram_loss(counts, counts, 0), error);
    }

    TEST_CASE("LZW's dictionary") {
        trained_lzw const paper = lzw_trainer({.vocab_size = 10, .alphabet = lzw_alphabet::none}).train("0100111");
        CHECK(tokens_of(paper) == std::vector<std::string>{"0", "1", "00", "11"});
        CHECK(paper.n_bytes_read == 7);
        trained_lzw const cut = lzw_trainer({.vocab_size = 3, .alphabet = lzw_alphabet::none}).train("0100111");
        CHECK(tokens_of(cut) == std::vector<std::string>{"0", "1", "00"});
        CHECK(cut.n_bytes_read == 4);
        trained_lzw const corpus = lzw_trainer({.vocab_size = 4}).train("0100111");  // 01, 00; 111 is not read
        CHECK(tokens_of(corpus) == std::vector<std::string>{"0", "1", "01", "00"});
        CHECK(corpus.n_bytes_read == 4);
        trained_lzw const bytes = lzw_trainer({.vocab_size = 258, .alphabet = lzw_alphabet::bytes}).train("aab\xFF");
        CHECK(bytes.vocab.size() == 258);
        CHECK(bytes.vocab.bytes(256) == "aa");
        CHECK(bytes.vocab.bytes(257) == "b\xFF");
        CHECK(bytes.vocab.find("\xFE") == 0xFE);
        CHECK_THROWS_AS((void)lzw_trainer({.vocab_size = 10}).train(""), error);
        CHECK_THROWS_AS((void)lzw_trainer({.vocab_size = 10, .alphabet = lzw_alphabet::bytes}).train("a"), error);
        CHECK_THROWS_AS((void)lzw_trainer({.vocab_size = 1}).train("ab"), error);
    }

    TEST_CASE("published losses: k = 1, p = q = 0.1") {
        texts const t(k1_1);
        check(t.characters(), 0.99999);
        result const lzw16 = t.lzw(16);
        check(lzw16.best, 0.59781);
        CHECK(lzw16.n_tokens == 67'001);
        check(t.lzw(64).best, 0.54946);
        result const lzw256 = t.lzw(256);
        check(lzw256.best, 0.51975);
        CHECK(lzw256.n_tokens == 20'262);
        check(t.lzw(1024).best, 0.50568);
        result const lzw4096 = t.lzw(4096);
        check(lzw4096.best, 0.49151);
        CHECK(lzw4096.n_tokens == 12'218);
        CHECK(lzw4096.n_bytes_read == 79'477);
        check(t.bpe(16).best, 0.62751);
        check(t.bpe(64).best, 0.57163);
        result const bpe256 = t.bpe(256);
        check(bpe256.best, 0.53298);
        CHECK(bpe256.n_tokens == 18'536);
    }

    TEST_CASE("published losses: k = 2, p = q = 0.8") {
        texts const t(k2_8);
        CHECK(t.characters() == doctest::Approx(1).epsilon(1e-4));
        check(t.lzw(16).best, 0.89289);
        check(t.lzw(64).best, 0.84089);
        result const lzw256 = t.lzw(256);
        check(lzw256.best, 0.81580);
        CHECK(lzw256.n_tokens == 30'361);
        check(t.lzw(1024).best, 0.79207);
        result const lzw4096 = t.lzw(4096);
        check(lzw4096.best, 0.77318);
        check(lzw4096.trained, 0.79127);
        CHECK(lzw4096.n_bytes_read == 53'861);
        check(t.bpe(16).best, 0.78779);
        check(t.bpe(64).best, 0.75826);
        result const bpe256 = t.bpe(256);
        check(bpe256.best, 0.75547);
        check(bpe256.trained, 0.75707);
        CHECK(bpe256.n_tokens == 28'019);
    }

    TEST_CASE("published losses: k = 2, p = q = 0.9") {
        texts const t(k2_9);
        CHECK(t.characters() == doctest::Approx(1).epsilon(1e-4));
        check(t.lzw(16).best, 0.70229);
        check(t.lzw(64).best, 0.62017);
        check(t.lzw(256).best, 0.56876);
        check(t.lzw(1024).best, 0.54387);
        result const lzw4096 = t.lzw(4096);
        check(lzw4096.best, 0.51999);
        CHECK(lzw4096.n_bytes_read == 74'151);
        check(t.bpe(16).best, 0.54709);
        check(t.bpe(64).best, 0.48879);
        result const bpe256 = t.bpe(256);
        check(bpe256.best, 0.48823);
        CHECK(bpe256.n_tokens == 17'984);
    }

    TEST_CASE("published losses: k = 4, p = q = 0.9") {
        texts const t(k4_9);
        CHECK(t.characters() == doctest::Approx(1).epsilon(1e-4));
        check(t.lzw(16).best, 0.97983);
        check(t.lzw(64).best, 0.82199);
        check(t.lzw(256).best, 0.69876);
        check(t.lzw(1024).best, 0.63223);
        result const lzw4096 = t.lzw(4096);
        check(lzw4096.best, 0.58729);
        CHECK(lzw4096.n_bytes_read == 64'974);
        CHECK(std::abs(t.bpe(4).best - 1.2648) < 0.51e-4);  // more than a bit a character
        check(t.bpe(16).best, 0.71804);
        check(t.bpe(64).best, 0.56783);
        check(t.bpe(256).best, 0.53641);
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("LZW's dictionary by its definition") {
        for (std::uint64_t seed = 1; seed <= 100; ++seed) {
            CAPTURE(seed);
            support::random_source random(seed);
            std::string const text =
                random.text(1 + random.below(500), std::string_view("abcde").substr(random.below(4)));
            std::size_t const size = 5 + random.below(100);
            CHECK(tokens_of(lzw_trainer({.vocab_size = size}).train(text)) ==
                  lzw_slowly(text, size, {text.begin(), text.end()}));
            CHECK(tokens_of(lzw_trainer({.vocab_size = size, .alphabet = lzw_alphabet::none}).train(text)) ==
                  lzw_slowly(text, size, {}));
        }
    }
}

}  // namespace switching_source_test
