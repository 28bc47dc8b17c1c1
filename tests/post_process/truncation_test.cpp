#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

#include <tessera/post_process/padding.hpp>
#include <tessera/post_process/truncation.hpp>

namespace truncation_test {

using namespace tessera;

namespace {

using ids = std::vector<token_id>;

encoding counted(std::size_t n) {
    ids list(n);
    std::iota(list.begin(), list.end(), 1);
    return encoding::from_ids(std::move(list));
}

error_kind kind_of(auto&& f) {
    try {
        f();
    } catch (error const& e) {
        return e.kind();
    }
    FAIL("nothing was thrown");
    return {};
}

}  // namespace

TEST_CASE("truncation leaves overlapping parts") {
    encoding e = counted(5);
    truncate(e, 2, 0, truncation_direction::right);
    CHECK(e.ids == ids{1, 2});
    REQUIRE(e.overflowing.size() == 2);
    CHECK(e.overflowing[0].ids == ids{3, 4});
    CHECK(e.overflowing[1].ids == ids{5});

    e = counted(5);
    truncate(e, 2, 1, truncation_direction::left);
    CHECK(e.ids == ids{4, 5});
    REQUIRE(e.overflowing.size() == 3);
    CHECK(e.overflowing[2].ids == ids{1, 2});

    e = counted(3);
    truncate(e, 0, 7, truncation_direction::right);
    CHECK(e.ids.empty());
    CHECK(e.overflowing.at(0) == counted(3));

    e = counted(3);
    truncate(e, 3, 7, truncation_direction::right);
    CHECK(e == counted(3));
}

TEST_CASE("what cannot be truncated") {
    CHECK(kind_of([] {
              encoding e = counted(5);
              truncate(e, 2, 2, truncation_direction::right);
          }) == error_kind::bad_option);
    CHECK(kind_of([] {
              encoding e = counted(1 << 20);
              truncate(e, 1 << 18, (1 << 18) - 1, truncation_direction::right);
          }) == error_kind::limit);
    encoding a = counted(5);
    std::optional<encoding> b;
    CHECK(kind_of([&] { truncate_encodings(a, b, {.max_length = 3, .strategy = truncation_strategy::only_second}); }) ==
          error_kind::bad_option);
    b = counted(2);
    CHECK(kind_of([&] { truncate_encodings(a, b, {.max_length = 3, .strategy = truncation_strategy::only_second}); }) ==
          error_kind::bad_option);
}

TEST_CASE("a long text in many parts is merged with short ones") {
    encoding e = counted(3'000'000);
    truncate(e, 100, 0, truncation_direction::right);
    REQUIRE(e.overflowing.size() == 29'999);
    encoding all = encoding::from_ids({0});
    merge_with(all, e);
    merge_with(all, encoding::from_ids({7}));
    REQUIRE(all.overflowing.size() == 29'999);
    CHECK(all.overflowing.back().size() == 102);
    CHECK(all.overflowing.back().ids.front() == 0);
    CHECK(all.overflowing.back().ids.back() == 7);
}

TEST_CASE("merging many overflowing parts is refused") {
    encoding a = counted(20'000);
    truncate(a, 1, 0, truncation_direction::right);
    encoding const b = a;
    CHECK(kind_of([&] { merge_with(a, b); }) == error_kind::limit);
}

TEST_CASE("padding to a length that no machine has is refused") {
    std::vector<encoding> batch{counted(3), counted(1)};
    padding_params p;
    p.pad_id = 9;
    pad_encodings(batch, p);
    CHECK(batch[1].ids == ids{1, 9, 9});
    CHECK(batch[1].attention_mask == std::vector<std::uint32_t>{1, 0, 0});
    CHECK(batch[1].special_tokens_mask == std::vector<std::uint32_t>{0, 1, 1});
    p.strategy = {true, SIZE_MAX};
    CHECK(kind_of([&] { pad_encodings(batch, p); }) == error_kind::limit);
    p.strategy = {};
    p.pad_to_multiple_of = SIZE_MAX;
    CHECK(kind_of([&] { pad_encodings(batch, p); }) == error_kind::limit);
    p.strategy = {true, SIZE_MAX};
    p.pad_to_multiple_of = 16;
    CHECK(kind_of([&] { pad_encodings(batch, p); }) == error_kind::limit);
    std::vector<encoding> none;
    pad_encodings(none, p);
}

}  // namespace truncation_test
