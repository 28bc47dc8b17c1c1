#include <doctest/doctest.h>

#include <string>

#include <tessera/core/error.hpp>
#include <tessera/core/vocabulary.hpp>

#include "support.hpp"

namespace vocabulary_test {

using namespace tessera;

TEST_SUITE("unit") {
    TEST_CASE("a vocabulary finds its tokens and keeps gaps") {
        vocabulary_builder builder;
        builder.add(3, "the");
        builder.add(0, "t", token_kind::byte);
        builder.add(1, std::string_view("\0", 1), token_kind::byte);
        builder.add_unfindable(5, "<s>");
        vocabulary const v = builder.build();
        CHECK(v.size() == 6);
        CHECK(v.find("the") == 3);
        CHECK(v.find("t") == 0);
        CHECK(v.find(std::string_view("\0", 1)) == 1);
        CHECK(v.find("th") == no_token);
        CHECK(v.find("") == no_token);
        CHECK(v.find("<s>") == no_token);
        CHECK(v.bytes(5) == "<s>");
        CHECK(v.kind(5) == token_kind::control);
        CHECK(v.kind(2) == token_kind::unused);
        CHECK(v.bytes(2).empty());
        CHECK(v.longest() == 3);
    }

    TEST_CASE("an empty vocabulary finds nothing") {
        CHECK(vocabulary().find("a") == no_token);
        CHECK(vocabulary_builder().build().find("a") == no_token);
    }

    TEST_CASE("duplicates and impossible ids are refused") {
        vocabulary_builder same_id;
        same_id.add(1, "a");
        CHECK_THROWS_WITH_AS(same_id.add(1, "b"),
                             "token id 1: the id is given to two tokens, \"a\" and \"b\"; give each token its own id",
                             error);
        vocabulary_builder same_bytes;
        same_bytes.add(0, "a b");
        same_bytes.add(1, "a b");
        CHECK_THROWS_WITH_AS((void)same_bytes.build(),
                             "token id 1: \"a\xC4\xA0"
                             "b\" has id 0 already; keep one of the two",
                             error);
        vocabulary_builder far;
        CHECK_THROWS_AS(far.add(max_vocabulary_size, "a"), error);
        CHECK_THROWS_AS(far.add(0xFFFF'FFFE, "a"), error);
        CHECK_THROWS_AS(far.add(1, ""), error);
        CHECK(far.size() == 0);
    }
}

TEST_SUITE("property") {
    TEST_CASE("every token of a random vocabulary is found again") {
        support::random_source random(1);
        support::random_bpe const bpe(random, "abcdefgh", 3000);
        vocabulary const v = bpe.vocab();
        for (token_id id = 0; id < v.size(); ++id) REQUIRE(v.find(v.bytes(id)) == id);
        for (int i = 0; i < 10000; ++i) {
            std::string const text = random.text(1 + random.below(14), "abcdefghi");
            token_id const id = v.find(text);
            REQUIRE((id == no_token || v.bytes(id) == text));
        }
    }
}

}  // namespace vocabulary_test
