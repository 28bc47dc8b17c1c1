// A search for a mixture that was interrupted, as a file.
//
//   tessera mixture search 1
//   HASH                        of all that follows
//   COUNTS_HASH N_CATEGORIES N_PLANES
//   SHARE SHARE ...             one line: the best mixture so far
//   SLOPE SLOPE ...             a line a plane
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/mixture/mixture_solution.hpp>

namespace tessera::inline v0 {

inline constexpr std::string_view search_file_head = "tessera mixture search 1\n";

[[nodiscard]] inline std::string write_search(mixture_search const& search) {
    std::string out;
    out += std::to_string(search.counts_hash) + ' ' + std::to_string(search.mixture.size()) + ' ' +
           std::to_string(search.planes.size()) + '\n';
    auto const put = [&](std::vector<double> const& numbers) {
        for (double const x : numbers) {
            char digits[40];
            out.append(digits, std::to_chars(digits, digits + sizeof digits, x).ptr);
            out += ' ';
        }
        out.back() = '\n';
    };
    put(search.mixture);
    for (auto const& plane : search.planes) put(plane);
    return std::string(search_file_head) + std::to_string(hash_bytes(out)) + '\n' + out;
}

/// @throws error  syntax: "line N" is not what write_search writes
[[nodiscard]] inline mixture_search read_search(std::string_view text) {
    std::size_t line = 1;
    auto const fail = [&](char const* what) -> void {
        throw error(error_kind::syntax, "line " + std::to_string(line), what, "begin anew, without this file");
    };
    if (!text.starts_with(search_file_head)) fail("this is no search of tessera mixture");
    text.remove_prefix(search_file_head.size());
    auto const number = [&](auto& value) {
        auto const [stop, code] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (code != std::errc()) fail("a number is missing");
        text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
        if (text.empty() || (text[0] != ' ' && text[0] != '\n')) fail("the file is cut short");
        line += text[0] == '\n';
        text.remove_prefix(1);
    };
    std::uint64_t hash = 0;
    number(hash);
    if (hash != hash_bytes(text)) fail("the file is damaged");
    mixture_search out;
    std::size_t n_categories = 0;
    std::size_t n_planes = 0;
    number(out.counts_hash);
    number(n_categories);
    number(n_planes);
    // Each number takes two bytes or more.
    if (n_categories == 0 || n_categories > text.size() || n_planes > text.size() / n_categories) {
        fail("the file is cut short");
    }
    auto const row = [&] {
        std::vector<double> numbers(n_categories);
        for (double& x : numbers) {
            number(x);
            if (!std::isfinite(x)) fail("a number is not finite");
        }
        return numbers;
    };
    out.mixture = row();
    double sum = 0;
    for (double const share : out.mixture) {
        if (share < 0) fail("a share is below 0");
        sum += share;
    }
    if (std::abs(sum - 1) > 1e-6) fail("shares do not sum to 1");
    for (std::size_t k = 0; k < n_planes; ++k) out.planes.push_back(row());
    if (!text.empty()) fail("there is more than was said");
    return out;
}

}  // namespace tessera::inline v0
