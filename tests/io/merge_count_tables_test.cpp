#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <unistd.h>

#include <tessera/core/error.hpp>
#include <tessera/io/merge_count_tables.hpp>

namespace merge_count_tables_test {

namespace {

using namespace tessera;

struct temporary_file {
    std::string path = "/tmp/tessera_merge_count_tables_XXXXXX";
    explicit temporary_file(std::string const& content) {
        int const fd = ::mkstemp(path.data());
        REQUIRE(fd >= 0);
        ::close(fd);
        std::ofstream(path) << content;
    }
    ~temporary_file() { std::remove(path.c_str()); }
};

TEST_SUITE("unit") {
    TEST_CASE("tables are added up") {
        temporary_file const a("b\t1\na\t2\n");
        temporary_file const b("b\t5\nc\t7\nb\t1\n");
        auto const sum = merge_count_tables({a.path, b.path}).sorted();
        CHECK(sum == std::vector<std::pair<std::string, std::uint64_t>>{{"a", 2}, {"b", 7}, {"c", 7}});
    }

    TEST_CASE("sums up to 2^63 - 1 are exact, beyond they are an error") {
        temporary_file const most("a\t9223372036854775806\nb\t9223372036854775807\n");
        temporary_file const one("a\t1\n");
        auto const sum = merge_count_tables({most.path, one.path}).sorted();
        CHECK(sum[0].second == 9223372036854775807U);
        CHECK(sum[1].second == 9223372036854775807U);
        CHECK_THROWS_AS((void)merge_count_tables({most.path, one.path, one.path}), error);
        CHECK_THROWS_AS((void)merge_count_tables({most.path, most.path, most.path}), error);  // not even by wrapping
    }
}

}  // namespace

}  // namespace merge_count_tables_test
