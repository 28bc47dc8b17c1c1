#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/text_block.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/train/count_pretokens.hpp>
#include <tessera/train/pretoken_counts.hpp>

#include "support.hpp"

namespace pretoken_counts_test {

using namespace tessera;

namespace {

// Blocks made in advance, handed out under a lock.
struct blocks {
    std::vector<text_block> all;
    std::size_t at = 0;
    std::mutex lock;
    bool next(text_block& block) {
        std::lock_guard const guard(lock);
        if (at == all.size()) return false;
        block = all[at++];
        return true;
    }
};

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("counts add up, whatever the length") {
        pretoken_counts counts;
        counts.add("a", 3);
        counts.add("a");
        counts.add("");
        counts.add("never", 0);
        counts.add(std::string(15, 'x'), 5);
        counts.add(std::string(16, 'x'), 6);
        counts.add(std::string_view("\0\0", 2), std::uint64_t{1} << 62);
        counts.add(std::string_view("\0", 1));
        CHECK(counts.size() == 5);
        CHECK(counts.sorted() ==
              std::vector<std::pair<std::string, std::uint64_t>>{{std::string(1, '\0'), 1},
                                                                 {std::string(2, '\0'), std::uint64_t{1} << 62},
                                                                 {"a", 4},
                                                                 {std::string(15, 'x'), 5},
                                                                 {std::string(16, 'x'), 6}});
        counts.clear();
        CHECK(counts.size() == 0);
        CHECK(counts.total() == 0);
    }

    TEST_CASE("sequences end where they end") {
        text_block lines{.bytes = "a\n\nb", .split_lines = true, .ends = {}};
        std::vector<std::string> seen;
        lines.for_each_sequence([&](std::string_view s) { seen.emplace_back(s); });
        CHECK(seen == std::vector<std::string>{"a\n", "\n", "b"});
        text_block documents{.bytes = "a\nbc", .split_lines = false, .ends = {3, 3, 4}};
        seen.clear();
        documents.for_each_sequence([&](std::string_view s) { seen.emplace_back(s); });
        CHECK(seen == std::vector<std::string>{"a\nb", "c"});
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("a map counts the same") {
        support::random_source random(11);
        std::map<std::string, std::uint64_t> expected;
        pretoken_counts counts;
        pretoken_counts other;
        for (int i = 0; i < 60000; ++i) {
            std::string const s =
                random.below(4) == 0 ? random.bytes(1 + random.below(24)) : random.text(1 + random.below(20), "ab");
            expected[s] += 1;
            if (i % 3 == 0) {
                other.add(s);
            } else {
                counts.add_later(s);
            }
        }
        counts.flush();
        counts.merge_from(other);
        auto const sorted = counts.sorted();
        CHECK(sorted == std::vector<std::pair<std::string, std::uint64_t>>(expected.begin(), expected.end()));
        CHECK(counts.total() == 60000);
    }
}

TEST_SUITE("property") {
    TEST_CASE("any number of threads counts the same") {
        std::string const text = support::read(support::data("text/english.txt"));
        REQUIRE(text.size() > 50000);
        auto const count = [&](auto const& executor, std::size_t block_bytes) {
            blocks source;
            for (std::size_t at = 0; at < text.size();) {
                std::size_t end = std::min(at + block_bytes, text.size());
                while (end < text.size() && text[end - 1] != '\n') ++end;
                source.all.push_back({.bytes = text.substr(at, end - at), .split_lines = true, .ends = {}});
                at = end;
            }
            return count_pretokens(source, gpt2_pretokenizer<>{}, executor).sorted();
        };
        auto const expected = count(serial_executor{}, text.size());
        CHECK(count(tbb_executor(2), 1000) == expected);
        CHECK(count(tbb_executor(5), 20000) == expected);
    }
}

}  // namespace pretoken_counts_test
