// The definition of both laws on two small models whose numbers are known to twelve digits: a Markov chain of letters
// seen through a tokenizer, and a chain of tokens that gives mass to what no tokenizer makes.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "golden_laws.hpp"

using namespace golden;

TEST_SUITE("unit") {
    TEST_CASE("a Markov chain of letters, through a tokenizer: both laws are the chain") {
        for (letter_chain const& chain : letter_chains()) {
            for (letter_chain::expected const& e : chain.values) {
                CAPTURE(e.bytes);
                for (law const which : {law::native, law::valid}) {
                    reference::byte_law const l = chain.law(which);
                    double const p = l.probability(e.bytes);
                    CHECK(std::fabs(l.probability(e.bytes + "A") / p - e.next_a) < 1e-12);
                    if (e.probability >= 0) CHECK(std::fabs(p - e.probability) < 1e-12);
                    if (e.covers.empty()) continue;
                    auto const covers = l.covers(e.bytes);
                    REQUIRE(covers.size() == e.covers.size());
                    for (auto const& [tokens, mass] : e.covers) {
                        REQUIRE(covers.contains(chain.ids(tokens)));
                        CHECK(std::fabs(covers.at(chain.ids(tokens)) - mass) < 1e-12);
                    }
                }
            }
        }
    }

    TEST_CASE("a chain of tokens with mass on what no tokenizer makes: the laws differ") {
        for (token_chain_value const& e : token_chain_values()) {
            CAPTURE(e.bytes);
            reference::byte_law const l = token_chain(e.which);
            double const p = l.probability(e.bytes);
            CHECK(l.covers(e.bytes).size() == e.n_covers);
            CHECK(std::fabs(p - e.probability) < 1e-12);
            double const a = l.probability(e.bytes + "a") / p;
            double const b = l.probability(e.bytes + "b") / p;
            double const stop = l.probability_of_whole(e.bytes) / p;
            CHECK(std::fabs(a - e.next_a) < 1e-12);
            CHECK(std::fabs(b - e.next_b) < 1e-12);
            CHECK(std::fabs(stop - e.stop) < 1e-12);
            CHECK(std::fabs(1 - a - b - stop - e.leak) < 1e-12);
        }
    }
}
