#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/core/error.hpp>
#include <tessera/io/id_lines.hpp>
#include <tessera/io/map_documents.hpp>
#include <tessera/parallel/tbb_executor.hpp>

namespace map_documents_test {

namespace {

using namespace tessera;

struct counting_reader {
    std::size_t n;
    std::size_t at = 0;
    bool next(std::string& document) {
        if (at == n) return false;
        document = std::to_string(at++);
        return true;
    }
};
struct no_scratch {};

TEST_SUITE("unit") {
    TEST_CASE("results come in order, whatever the batches") {
        for (std::size_t const batch : {1U, 100U, 100000U}) {
            counting_reader reader{1000};
            std::string all;
            map_documents<no_scratch, std::string>(
                reader, tbb_executor(3),
                [](std::uint64_t index, std::string_view document, no_scratch&, std::string& out) {
                    out += std::to_string(index) + "=" + std::string(document) + " ";
                },
                [&](std::string const& out) { all += out; }, {.batch_bytes = batch, .task_bytes = batch / 5});
            std::string expected;
            for (int i = 0; i < 1000; ++i) expected += std::to_string(i) + "=" + std::to_string(i) + " ";
            CHECK(all == expected);
        }
    }

    TEST_CASE("the first failure is reported, after all that came before it") {
        counting_reader reader{1000};
        std::string all;
        try {
            map_documents<no_scratch, std::string>(
                reader, tbb_executor(4),
                [](std::uint64_t index, std::string_view, no_scratch&, std::string& out) {
                    if (index >= 500) throw error(error_kind::bad_id, std::to_string(index), "fails");
                    out += '.';
                },
                [&](std::string const& out) { all += out; }, {.task_bytes = 1});
            FAIL("no error");
        } catch (error const& e) {
            CHECK(e.where() == "500");
        }
        CHECK(all == std::string(500, '.'));
    }

    TEST_CASE("no documents, no results") {
        counting_reader reader{0};
        bool called = false;
        map_documents<no_scratch, std::string>(
            reader, serial_executor{}, [](std::uint64_t, std::string_view, no_scratch&, std::string&) {},
            [&](std::string const&) { called = true; });
        CHECK(!called);
    }

    TEST_CASE("parse_ids reads numbers and names what is none") {
        std::vector<token_id> ids{9};
        parse_ids(" 1 22\t333\r", ids);
        CHECK(ids == std::vector<token_id>{1, 22, 333});
        parse_ids("", ids);
        CHECK(ids.empty());
        auto const fails = [&](std::string_view line) {
            try {
                parse_ids(line, ids);
            } catch (error const& e) {
                return std::string(e.what());
            }
            return std::string();
        };
        CHECK(fails("1 x").starts_with("column 3: \"x\" is not a token id"));
        CHECK(fails("-1").starts_with("column 1: \"-1\" is not a token id"));
        CHECK(fails("1.5").starts_with("column 1"));
        CHECK(fails("0x10").starts_with("column 1"));
        CHECK(fails("99999999999").starts_with("column 1: \"99999999999\" is not an id of any vocabulary"));
        CHECK(fails("4294967295").starts_with("column 1"));  // no_token
        CHECK(fails("12" + std::string(1000, '3')).size() < 150);
    }
}

}  // namespace

}  // namespace map_documents_test
