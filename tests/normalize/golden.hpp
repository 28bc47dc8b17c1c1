// How the golden data of normalizers is read: data/golden/normalize/.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "normalize/stages.hpp"
#include "recorded.hpp"
#include "support.hpp"

namespace golden {

/// But for comments.
inline std::vector<std::string> lines_of(std::string const& name) {
    std::string const file = support::read(support::data("golden/normalize/" + name));
    REQUIRE_MESSAGE(!file.empty(), name);
    std::vector<std::string> lines;
    for (std::string const& line : stages::split(file, '\n')) {
        if (!line.empty() && line[0] != '#') lines.push_back(line);
    }
    return lines;
}

}  // namespace golden
