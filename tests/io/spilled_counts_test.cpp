#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/core/text_block.hpp>
#include <tessera/io/spilled_counts.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/pretokenize/gpt2.hpp>

#include "support.hpp"

namespace spilled_counts_test {

namespace {

using namespace tessera;

struct text_out {
    std::string text;
    void write(std::string_view bytes) { text += bytes; }
};

struct block_list {
    std::vector<std::string> blocks;
    std::size_t at = 0;
    std::mutex mutex;
    bool next(text_block& block) {
        std::lock_guard const lock(mutex);
        if (at == blocks.size()) return false;
        block.bytes = blocks[at++];
        block.split_lines = true;
        return true;
    }
};

TEST_SUITE("unit") {
    TEST_CASE("runs are merged in byte order and added up") {
        spilled_counts spilled("/tmp");
        std::string const longer(10000, 'x');  // more than the reading buffer
        for (int i = 0; i < 3; ++i) {
            pretoken_counts counts;
            counts.add("b", 2);
            counts.add("\xFF", 1);
            if (i != 1) counts.add("a");
            if (i == 2) counts.add(longer, 5);
            spilled.spill(counts);
            CHECK(counts.size() == 0);
        }
        pretoken_counts empty;
        spilled.spill(empty);
        CHECK(spilled.n_runs() == 3);
        std::vector<std::pair<std::string, std::uint64_t>> all;
        spilled.merge([&](std::string_view pretoken, std::uint64_t n) { all.emplace_back(pretoken, n); }, 1);
        CHECK(all == std::vector<std::pair<std::string, std::uint64_t>>{{"a", 2}, {"b", 6}, {longer, 5}, {"\xFF", 3}});
    }

    TEST_CASE("a folder that does not exist is an error, at the first spill") {
        spilled_counts spilled("/nonexistent");
        pretoken_counts counts;
        counts.add("a");
        CHECK_THROWS_AS(spilled.spill(counts), error);
    }
}

TEST_SUITE("property") {
    TEST_CASE("the table does not depend on the memory limit or the threads") {
        auto const table = [](std::uint64_t limit, std::size_t threads, count_summary& summary) {
            support::random_source random(5);
            block_list source;
            for (int i = 0; i < 40; ++i) {
                source.blocks.push_back(random.text(20000, "abcdefghij     \n") + random.bytes(5000));
            }
            text_out out;
            summary = count_to_table(source, gpt2_pretokenizer<>(), tbb_executor(threads), out,
                                     {.memory_limit = limit, .folder = "/tmp"});
            return out.text;
        };
        count_summary whole;
        std::string const expected = table(0, 1, whole);
        CHECK(whole.n_runs == 0);
        for (std::size_t const threads : {1U, 2U}) {
            count_summary some;
            CHECK(table(1, threads, some) == expected);
            CHECK(some.n_runs > 2);
            CHECK(some.n_pretokens == whole.n_pretokens);
            CHECK(some.n_occurrences == whole.n_occurrences);
        }
    }
}

}  // namespace

}  // namespace spilled_counts_test
