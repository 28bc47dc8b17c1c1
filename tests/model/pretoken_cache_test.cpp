#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/hash.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/model/pretoken_cache.hpp>

#include "support.hpp"

namespace pretoken_cache_test {

using namespace tessera;

namespace {

using ids = std::vector<token_id>;

ids found(pretoken_cache const& cache, std::string_view pretoken) {
    auto const span = cache.find(pretoken, hash_bytes(pretoken));
    return {span.begin(), span.end()};
}
void insert(pretoken_cache& cache, std::string_view pretoken, ids const& value) {
    cache.insert(pretoken, hash_bytes(pretoken), value);
}
// The table is made only when there is something to gain.
void fill(pretoken_cache& cache) {
    for (int i = 0; i < 100; ++i) insert(cache, "filler " + std::to_string(i), {1});
}

ids encode(bpe_model const& model, std::string_view pretoken, bpe_model::scratch& s) {
    ids out;
    model.encode(pretoken, s, [&](token_id id) { out.push_back(id); });
    return out;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("what is put in is found, up to 30 bytes and 8 ids") {
        pretoken_cache cache;
        fill(cache);
        for (std::size_t length = 1; length <= 40; ++length) {
            for (std::size_t n = 1; n <= 10; ++n) {
                INFO(length << " bytes, " << n << " ids");
                std::string const pretoken = std::string(length, static_cast<char>('a' + n));
                ids value(n);
                for (std::size_t i = 0; i < n; ++i) value[i] = static_cast<token_id>(100 * length + i);
                insert(cache, pretoken, value);
                CHECK(found(cache, pretoken) == (length <= 30 && n <= 8 ? value : ids{}));
            }
        }
        insert(cache, "", {1});
        insert(cache, "nothing", {});
        CHECK(found(cache, "").empty());
        CHECK(found(cache, "nothing").empty());
    }

    TEST_CASE("one byte makes a difference, wherever it is") {
        for (std::size_t length = 1; length <= 30; ++length) {
            std::string const pretoken(length, 'x');
            std::uint64_t const hash = hash_bytes(pretoken);
            pretoken_cache cache;
            fill(cache);
            insert(cache, pretoken, {7});
            REQUIRE(found(cache, pretoken) == ids{7});
            for (std::size_t i = 0; i < length; ++i) {
                std::string other = pretoken;
                other[i] = 'y';
                INFO(other);
                CHECK(cache.find(other, hash).empty());  // the same place in the table
            }
            CHECK(cache.find(pretoken + "x", hash).empty());
            CHECK(cache.find(pretoken.substr(1), hash).empty());
        }
    }

    TEST_CASE("a limit of 0 remembers nothing; another model forgets") {
        pretoken_cache none(0);
        for (int i = 0; i < 1000; ++i) insert(none, std::to_string(i), {1});
        CHECK(found(none, "999").empty());

        pretoken_cache cache;
        cache.serve(1);
        fill(cache);
        insert(cache, "abc", {5});
        cache.serve(1);
        CHECK(found(cache, "abc") == ids{5});
        cache.serve(2);
        CHECK(found(cache, "abc").empty());
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("a cache of any limit holds what was last put in, or nothing") {
        for (std::size_t const limit : {1U, 2U, 100U, 1U << 10, 1U << 16}) {
            INFO("limit " << limit);
            support::random_source random(limit);
            pretoken_cache cache(limit);
            std::map<std::string, ids> last;
            std::size_t hits = 0;
            for (int i = 0; i < 20'000; ++i) {
                std::string const pretoken = random.text(1 + random.below(6), "abcde");
                if (ids const value = found(cache, pretoken); !value.empty()) {
                    ++hits;
                    REQUIRE(value == last.at(pretoken));
                }
                ids const value(1 + random.below(8), static_cast<token_id>(i));
                insert(cache, pretoken, value);
                last[pretoken] = value;
            }
            CHECK(hits > (limit > 1000 ? 10'000U : 1U));
        }
    }

    TEST_CASE("one scratch for several models, with and without a cache") {
        support::random_source random(11);
        std::vector<bpe_model> models;
        for (int i = 0; i < 4; ++i) {
            support::random_bpe const bpe(random, "abcdefgh", 10 + random.below(60));
            models.emplace_back(bpe.vocab(), bpe.merges);
            // The same tokens and merges, and another answer: the cache must not mix them up.
            models.emplace_back(bpe.vocab(), bpe.merges, bpe_options{.ignore_merges = true});
            models.emplace_back(bpe.vocab(), bpe.merges, bpe_options{.unknown = 0});
            models.emplace_back(bpe.vocab(), bpe.merges, bpe_options{.unknown = 0, .fuse_unknown = true});
        }
        std::vector<std::string> words;
        for (int i = 0; i < 300; ++i) words.push_back(random.text(1 + random.below(40), "abcdefgh??"));
        bpe_model::scratch shared;
        bpe_model::scratch uncached{.cache = pretoken_cache(0), .symbols = {}, .short_engine = {}, .long_engine = {}};
        for (int i = 0; i < 20'000; ++i) {
            bpe_model const& model = models[i % 1000 < 900 ? static_cast<std::size_t>(i) / 1000 % models.size()
                                                           : random.below(models.size())];
            std::string const& word = words[random.below(words.size())];
            REQUIRE(encode(model, word, shared) == encode(model, word, uncached));
        }
    }
}

}  // namespace pretoken_cache_test
