#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/evaluate/compare.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/pretokenize/bytes.hpp>
#include <tessera/tokenizer.hpp>

namespace compare_test {

namespace {

using namespace tessera;
using byte_tokenizer = tokenizer<bytes_pretokenizer>;

byte_tokenizer with_merges(bool merged) {
    vocabulary_builder builder;
    for (unsigned b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(b);
        builder.add(b, {&byte, 1}, token_kind::byte);
    }
    std::vector<merge> merges;
    if (merged) {
        builder.add(256, "ab");
        merges.push_back({'a', 'b', 256, 0});
    }
    return byte_tokenizer(bpe_model(builder.build(), merges));
}

struct list_reader {
    std::vector<std::string> documents;
    std::size_t at = 0;
    bool next(std::string& document) {
        if (at == documents.size()) return false;
        document = documents[at++];
        return true;
    }
};

TEST_SUITE("unit") {
    TEST_CASE("text_size counts words between White_Space, code points, ill-formed bytes") {
        evaluate::text_size size;
        size.add("  one two\xC2\xA0three\n");
        CHECK(size.words == 3);  // U+00A0 is White_Space
        CHECK(size.code_points == 16);
        CHECK(size.bytes == 17);
        size.add("\xFF");
        CHECK(size.words == 4);
        CHECK(size.code_points == 17);
        size.add("");
        CHECK(size.documents == 3);
    }

    TEST_CASE("efficiency of known counts") {
        // tokenization-scorer's test: `pick @@ed pick @@l @@ed pick @@les`, Renyi 2.5 efficiency .826506.
        std::array<std::uint64_t, 5> const counts{3, 2, 1, 1, 0};
        evaluate::text_size text;
        text.bytes = 21;
        text.code_points = 14;
        text.words = 2;
        auto const e = evaluate::efficiency_of(counts, text);
        CHECK(e.tokens == 7);
        CHECK(e.distinct_tokens == 4);
        CHECK(e.bytes_per_token == 3);
        CHECK(e.code_points_per_token == 2);
        CHECK(e.fertility == 3.5);
        CHECK(e.vocabulary_utilisation == doctest::Approx(0.8));
        CHECK(e.renyi_efficiency == doctest::Approx(0.826506).epsilon(1e-5));
        CHECK(e.entropy == doctest::Approx(2 * 0.921185).epsilon(1e-5));
    }

    TEST_CASE("compare: two tokenizers, two documents") {
        byte_tokenizer const plain = with_merges(false);
        byte_tokenizer const merged = with_merges(true);
        std::array<byte_tokenizer const*, 2> const both{&plain, &merged};
        list_reader corpus{{"abab c", "b"}};
        auto const c = evaluate::compare<byte_tokenizer>(both, corpus);
        CHECK(c.text.documents == 2);
        CHECK(c.text.bytes == 7);
        CHECK(c.text.words == 3);
        REQUIRE(c.results.size() == 2);
        CHECK(c.results[0].tokens == 7);
        CHECK(c.results[1].tokens == 5);  // ab ab _ c | b
        CHECK(c.results[1].bytes_per_token == doctest::Approx(7.0 / 5));
        CHECK(c.results[1].distinct_tokens == 4);
        CHECK(c.results[1].fertility == doctest::Approx(5.0 / 3));
    }

    TEST_CASE("a corpus without text is an error") {
        byte_tokenizer const plain = with_merges(false);
        std::array<byte_tokenizer const*, 1> const one{&plain};
        list_reader nothing;
        CHECK_THROWS_AS((void)evaluate::compare<byte_tokenizer>(one, nothing), error);
        list_reader empty{{"", ""}};
        CHECK_THROWS_AS((void)evaluate::compare<byte_tokenizer>(one, empty), error);
    }
}

TEST_SUITE("property") {
    TEST_CASE("any number of threads, any cut into documents: the same sums") {
        byte_tokenizer const merged = with_merges(true);
        std::array<byte_tokenizer const*, 1> const one{&merged};
        std::string big;
        for (int i = 0; i < 200000; ++i) big += i % 7 == 0 ? "ab " : "b\n";
        list_reader whole{{big}};
        list_reader cut;
        for (std::size_t at = 0; at < big.size();) {  // after a newline no merge is cut
            std::size_t const end = big.find('\n', std::min(at + 1000, big.size() - 1)) + 1;
            cut.documents.push_back(big.substr(at, end - at));
            at = end;
        }
        auto const a = evaluate::compare<byte_tokenizer>(one, whole);
        auto const b = evaluate::compare<byte_tokenizer>(one, cut, tbb_executor(3));
        CHECK(a.results[0].tokens == b.results[0].tokens);
        CHECK(a.text.words == b.text.words);
        CHECK(a.results[0].entropy == b.results[0].entropy);
        CHECK(b.text.documents == cut.documents.size());
    }
}

}  // namespace

}  // namespace compare_test
