// Which tokens may be neighbours, against encoding the bytes of both by the textbook's BPE: all pairs of small random
// models, among them such whose merges make tokens unreachable, make a token in several ways, or in an order in which
// no trainer makes them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <tessera/bytes/forbidden_successors.hpp>
#include <tessera/bytes/token_adjacency.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include <tessera/model/bpe_from_ranks.hpp>
#include <tessera/model/bpe_model.hpp>
#include "random_models.hpp"
#include "reference/bpe.hpp"
#include "support.hpp"

namespace {

using namespace tessera;
using namespace random_models;

std::vector<token_id> textbook(bpe_model const& model, std::string const& bytes) {
    vocabulary const& vocab = model.vocab();
    std::map<std::pair<std::string, std::string>, std::uint32_t> ranks;
    for (merge const& m : model.merges()) {
        ranks[{std::string(vocab.bytes(m.left)), std::string(vocab.bytes(m.right))}] = m.rank;
    }
    std::vector<token_id> ids;
    for (std::string const& piece : reference::merge_by_list(reference::bytes_of(bytes), ranks)) {
        ids.push_back(vocab.find(piece));
    }
    return ids;
}

struct seen {
    std::size_t n_pairs = 0, n_refused = 0, n_unreachable = 0, n_out_of_order = 0;
};

void compare_with_textbook(bpe_model const& model, seen& all) {
    token_adjacency const adjacency(model);
    vocabulary const& vocab = model.vocab();
    std::vector<token_id> reachable;
    for (token_id id = 0; id < vocab.size(); ++id) {
        std::string const bytes(vocab.bytes(id));
        bool const expected = textbook(model, bytes) == std::vector<token_id>{id};
        REQUIRE(adjacency.is_reachable(id) == expected);
        if (expected) reachable.push_back(id);
    }
    all.n_unreachable += vocab.size() - reachable.size();
    for (token_id const id : reachable) {
        token_derivation const& d = adjacency.derivation(id);
        all.n_out_of_order += d.left != no_token && d.top != d.rank ? 1 : 0;
    }
    for (token_id const left : reachable) {
        for (token_id const right : reachable) {
            std::string const bytes = std::string(vocab.bytes(left)) + std::string(vocab.bytes(right));
            bool const expected = textbook(model, bytes) == std::vector<token_id>{left, right};
            CAPTURE(bytes);
            REQUIRE(adjacency.may_follow(left, right) == expected);
            ++all.n_pairs;
            all.n_refused += expected ? 0 : 1;
        }
    }
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("neighbours of all pairs of random models are those of the textbook") {
        std::mt19937 source(1);
        seen trained;
        seen shuffled;
        seen ranked;
        for (int i = 0; i < 400; ++i) compare_with_textbook(random_model(source, rank_order::as_trained), trained);
        for (int i = 0; i < 300; ++i) compare_with_textbook(random_model(source, rank_order::shuffled), shuffled);
        for (int i = 0; i < 200; ++i) compare_with_textbook(random_model_of_ranks(source), ranked);
        // The models are such as they should be.
        CHECK(trained.n_unreachable > 100);
        CHECK(trained.n_refused > 1000);
        CHECK(trained.n_pairs > 2 * trained.n_refused);
        CHECK(shuffled.n_out_of_order > 50);
        CHECK(ranked.n_refused > 1000);
    }

    TEST_CASE("all successors at once are those of each pair") {
        std::mt19937 source(4);
        std::size_t n_forbidden = 0;
        for (int i = 0; i < 900; ++i) {
            bpe_model const model = i % 3 == 0   ? random_model(source, rank_order::as_trained)
                                    : i % 3 == 1 ? random_model(source, rank_order::shuffled)
                                                 : random_model_of_ranks(source);
            token_adjacency const adjacency(model);
            forbidden_successors const forbidden(model, adjacency);
            for (token_id left = 0; left < model.vocab().size(); ++left) {
                if (!adjacency.is_reachable(left)) continue;
                std::vector<bool> found(model.vocab().size());
                forbidden.for_each(left, [&](token_id right) { found[right] = true; });
                for (token_id right = 0; right < model.vocab().size(); ++right) {
                    bool const expected = adjacency.is_reachable(right) && !adjacency.may_follow(left, right);
                    REQUIRE(found[right] == expected);
                    n_forbidden += expected ? 1 : 0;
                }
            }
        }
        CHECK(n_forbidden > 10'000);
    }

    TEST_CASE("a sequence is canonical exactly if all neighbours are allowed") {
        std::mt19937 source(2);
        std::size_t n_canonical = 0;
        for (int i = 0; i < 150; ++i) {
            bpe_model const model = random_model(source, i % 2 == 0 ? rank_order::as_trained : rank_order::shuffled);
            token_adjacency const adjacency(model);
            for (int j = 0; j < 60; ++j) {
                std::vector<token_id> ids(1 + source() % 6);
                for (token_id& id : ids) id = static_cast<token_id>(source() % model.vocab().size());
                std::string bytes;
                for (token_id const id : ids) bytes += model.vocab().bytes(id);
                bool allowed = adjacency.is_reachable(ids[0]);
                for (std::size_t k = 1; k < ids.size() && allowed; ++k) {
                    allowed = adjacency.is_reachable(ids[k]) && adjacency.may_follow(ids[k - 1], ids[k]);
                }
                REQUIRE(allowed == (textbook(model, bytes) == ids));
                n_canonical += allowed ? 1 : 0;
            }
        }
        CHECK(n_canonical > 500);
    }

    TEST_CASE("GPT-2: neighbours are those that encoding gives, derivations are the tokens' last merges") {
        load_options options;
        options.pattern = "gpt2";
        any_tokenizer const tokenizer = load_tokenizer(support::data("gpt2"), options).tokenizer;
        tokenizer.model().visit([](auto const& model) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(model)>, bpe_model>) {
                token_adjacency const adjacency(model);
                bpe_model::scratch s;
                std::mt19937 source(3);
                auto const n = static_cast<token_id>(model.vocab().size());
                std::size_t n_refused = 0;
                for (token_id id = 0; id < n; ++id) CHECK(adjacency.is_reachable(id) == model.is_whole(id, s));
                for (int i = 0; i < 200'000; ++i) {
                    token_id const pair[] = {static_cast<token_id>(source() % n), static_cast<token_id>(source() % n)};
                    if (!adjacency.is_reachable(pair[0]) || !adjacency.is_reachable(pair[1])) continue;
                    std::string bytes(model.vocab().bytes(pair[0]));
                    bytes += model.vocab().bytes(pair[1]);
                    auto const ids = model.merged(bytes, s);
                    bool const expected = std::equal(ids.begin(), ids.end(), pair, pair + 2);
                    REQUIRE(adjacency.may_follow(pair[0], pair[1]) == expected);
                    n_refused += expected ? 0 : 1;
                }
                CHECK(n_refused > 1000);
            } else {
                FAIL("not a BPE model");
            }
        });
    }
}
