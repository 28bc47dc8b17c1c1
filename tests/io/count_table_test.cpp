#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include <tessera/io/count_table.hpp>

#include "support.hpp"

namespace count_table_test {

namespace {

using namespace tessera;

struct text_out {
    std::string text;
    void write(std::string_view bytes) { text += bytes; }
};

std::string written(pretoken_counts const& counts) {
    text_out out;
    write_count_table(counts, out);
    return out.text;
}

void check_fails(std::string const& table, error_kind kind, std::string const& part) {
    try {
        (void)read_count_table(table);
        FAIL_CHECK("no error");
    } catch (error const& e) {
        CAPTURE(e.what());
        CHECK(e.kind() == kind);
        CHECK(std::string(e.what()).find(part) != std::string::npos);
    }
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("sorted by bytes, in the byte alphabet") {
        pretoken_counts counts;
        counts.add(" the", 3);
        counts.add("a\n", 2);
        counts.add("\xFF", 1);
        CHECK(written(counts) == "\xC4\xA0the\t3\na\xC4\x8A\t2\n\xC3\xBF\t1\n");
    }

    TEST_CASE("lines in any order, and more than once") {
        CHECK(written(read_count_table("b\t1\na\t2\r\n\nb\t3")) == "a\t2\nb\t4\n");
        CHECK(read_count_table("").size() == 0);
    }

    TEST_CASE("bad lines are named") {
        check_fails("a\t1\nb 2\n", error_kind::syntax, "line 2: expected a pretoken, a tab and a count");
        check_fails("\t1\n", error_kind::syntax, "line 1: ");
        check_fails("a b\t1\n", error_kind::syntax, "line 1: a character of the pretoken is not of the byte alphabet");
        check_fails("a\t-1\n", error_kind::syntax, "line 1: \"-1\" is not a count");
        check_fails("a\t1.5\n", error_kind::syntax, "line 1: ");
        check_fails("a\t1\t2\n", error_kind::syntax, "line 1: ");
        check_fails("a\t\n", error_kind::syntax, "line 1: ");
        check_fails("a\t9223372036854775808\n", error_kind::limit, "line 1: the count is above 2^63 - 1");
        check_fails("a\t99999999999999999999999\n", error_kind::limit, "line 1: ");
    }

    TEST_CASE("counts up to 2^63 - 1, and no sum beyond") {
        std::string const two = "a\t9223372036854775807\nb\t9223372036854775807\n";
        CHECK(written(read_count_table(two)) == two);
        CHECK(written(read_count_table("a\t9223372036854775806\nb\t5\na\t1\n")) == "a\t9223372036854775807\nb\t5\n");
        check_fails("a\t9223372036854775807\nb\t5\na\t1\n", error_kind::limit, "\"a\" add up to more than 2^63 - 1");
        check_fails("a\t9223372036854775807\na\t9223372036854775807\na\t9223372036854775807\n", error_kind::limit,
                    "\"a\" add up");
    }
}

TEST_SUITE("property") {
    TEST_CASE("reading what was written gives the same counts") {
        support::random_source random(5);
        pretoken_counts counts;
        for (int i = 0; i < 2000; ++i) counts.add(random.bytes(1 + random.below(30)), 1 + random.below(1'000'000));
        std::string const table = written(counts);
        CHECK(written(read_count_table(table)) == table);
        CHECK(read_count_table(table).total() == counts.total());
    }
}

}  // namespace count_table_test
