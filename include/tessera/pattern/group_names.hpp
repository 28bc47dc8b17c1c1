// The numbers and names of a pattern's groups, for engines that remember what groups matched. Used by parse.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/pattern/pattern_reader.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Found by a look at the whole pattern, since a reference may come before its group.
class group_names {
public:
    /// @throws error  unsupported: a name that occurs twice
    explicit group_names(pattern_reader in) : rust_(in.rust()) {
        std::size_t unnamed = 0;
        unsigned brackets = 0;  // in [...], which may nest, parentheses are characters
        while (!in.at_end()) {
            if (in.take('\\')) {
                if (!in.at_end()) static_cast<void>(in.next());
            } else if (in.take('[')) {
                ++brackets;
                static_cast<void>(in.take('^'));
                if (in.sees(']')) static_cast<void>(in.take(']'));
            } else if (brackets > 0) {
                if (in.next() == ']') --brackets;
            } else if (in.take('(')) {
                if (!in.take('?')) {
                    ++unnamed;
                    names_.emplace_back();
                } else if (!in.sees("<=") && !in.sees("<!") && (in.take('<') || in.take("P<") || in.take('\''))) {
                    std::size_t const end = in.rest().find_first_of(">'");
                    if (end == std::string_view::npos || end == 0) in.fail("a group's name without end");
                    std::string name(in.rest().substr(0, end));
                    if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
                        in.refuse("two groups of one name");
                    }
                    names_.push_back(std::move(name));
                    has_names_ = true;
                }
            } else {
                static_cast<void>(in.next());
            }
        }
        // Oniguruma: with named groups in the pattern, the others are not remembered.
        if (!counts_unnamed() && unnamed > 0) std::erase(names_, std::string());
    }

    [[nodiscard]] bool counts_unnamed() const noexcept { return rust_ || !has_names_; }

    /// The number of the group that `\k<name>` or `\N` means. @pre the backslash and `c`, a digit or k, have been taken
    [[nodiscard]] std::uint32_t read_reference(pattern_reader& in, std::uint32_t c) const {
        if (c != 'k') {
            if (!counts_unnamed()) in.fail("a reference by number to a group, where groups have names");
            std::uint32_t number = c - '0';
            if (!in.at_end() && in.rest()[0] >= '0' && in.rest()[0] <= '9') {
                number = std::min<std::uint32_t>(number * 10 + *in.number(), 1'000'000);
                if (number > names_.size()) in.refuse("an octal escape or a reference to a group that there is not");
            }
            return checked(in, number);
        }
        char const close = in.take('<') ? '>' : '\'';
        if (close == '\'') static_cast<void>(in.take('\''));
        std::size_t const end = in.rest().find(close);
        if (end == std::string_view::npos || end == 0) in.fail("a reference without end");
        std::string_view const name = in.rest().substr(0, end);
        in.go_to(in.position() + end + 1);
        if (name.find_first_not_of("0123456789") == std::string_view::npos && name.size() < 7) {
            if (!counts_unnamed()) in.fail("a reference by number to a group, where groups have names");
            std::uint32_t number = 0;
            for (char const digit : name) number = number * 10 + static_cast<std::uint32_t>(digit - '0');
            return checked(in, number);
        }
        if (name.find_first_of("+-") != std::string_view::npos) in.refuse("a relative reference to a group");
        auto const found = std::find(names_.begin(), names_.end(), name);
        if (found == names_.end()) in.fail("there is no group of this name");
        return static_cast<std::uint32_t>(found - names_.begin()) + 1;
    }

private:
    [[nodiscard]] std::uint32_t checked(pattern_reader const& in, std::uint32_t number) const {
        if (number == 0 || number > names_.size()) in.fail("there is no group of this number");
        return number;
    }

    bool rust_;
    bool has_names_ = false;
    std::vector<std::string> names_;  // of group i + 1; "" where it has none
};

}  // namespace detail
}  // namespace tessera::inline v0
