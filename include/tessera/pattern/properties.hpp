// The sets of characters that have names: \p{...}, [:...:], \w and their like, and what is equal when case is ignored.
// Tables: unicode_tables_properties_16_0.hpp, made by tools/make_pattern_tables.py.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/pattern/code_point_set.hpp>
#include <tessera/pattern/regex_dialect.hpp>
#include <tessera/pattern/unicode_tables_properties_16_0.hpp>

namespace tessera::inline v0 {
namespace detail {

namespace tables = unicode_properties_16_0;

/// The code points of the general categories in `mask`, whose bits are the indices of `tables::categories`.
[[nodiscard]] inline code_point_set of_categories(std::uint32_t mask) {
    code_point_set out;
    std::span const runs(tables::category_runs);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if ((mask >> (runs[i] & 31) & 1) == 0) continue;
        out.add(runs[i] >> 5, i + 1 < runs.size() ? (runs[i + 1] >> 5) - 1 : ill_formed - 1);
    }
    return out;
}

/// Of the categories whose short names begin with one of the items, as "l", "nd".
[[nodiscard]] inline code_point_set of_categories(std::initializer_list<std::string_view> prefixes) {
    std::uint32_t mask = 0;
    for (std::size_t i = 0; i < std::size(tables::categories); ++i) {
        for (std::string_view const prefix : prefixes) {
            if (tables::categories[i].starts_with(prefix)) mask |= 1U << i;
        }
    }
    return of_categories(mask);
}

[[nodiscard]] inline std::optional<std::uint8_t> value_of(std::span<tables::named_value const> names,
                                                          std::string_view name) {
    auto const at = std::lower_bound(names.begin(), names.end(), name,
                                     [](tables::named_value const& v, std::string_view n) { return v.name < n; });
    if (at == names.end() || at->name != name) return std::nullopt;
    return at->value;
}

[[nodiscard]] inline std::optional<code_point_set> of_script(std::string_view name) {
    auto const value = value_of(tables::scripts, name);
    if (!value) return std::nullopt;
    code_point_set out;
    std::span const runs(tables::script_runs);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if ((runs[i] & 0xFF) != *value) continue;
        out.add(runs[i] >> 8, i + 1 < runs.size() ? (runs[i + 1] >> 8) - 1 : ill_formed - 1);
    }
    return out;
}

[[nodiscard]] inline std::optional<code_point_set> of_binary_property(std::string_view name) {
    auto const value = value_of(tables::binary_properties, name);
    if (!value) return std::nullopt;
    code_point_set out;
    for (std::size_t i = tables::binary_begin[*value]; i < tables::binary_begin[*value + 1U]; ++i) {
        out.add(tables::binary_ranges[2 * i], tables::binary_ranges[2 * i + 1]);
    }
    return out;
}

/// Of a general category by its short or long name, in lower case without underscores.
[[nodiscard]] inline std::optional<code_point_set> of_category(std::string_view name) {
    using pair = std::pair<std::string_view, std::string_view>;
    static constexpr std::array long_names = std::to_array<pair>({{"other", "c"},
                                                                  {"control", "cc"},
                                                                  {"format", "cf"},
                                                                  {"unassigned", "cn"},
                                                                  {"privateuse", "co"},
                                                                  {"surrogate", "cs"},
                                                                  {"letter", "l"},
                                                                  {"lowercaseletter", "ll"},
                                                                  {"modifierletter", "lm"},
                                                                  {"otherletter", "lo"},
                                                                  {"titlecaseletter", "lt"},
                                                                  {"uppercaseletter", "lu"},
                                                                  {"mark", "m"},
                                                                  {"combiningmark", "m"},
                                                                  {"spacingmark", "mc"},
                                                                  {"enclosingmark", "me"},
                                                                  {"nonspacingmark", "mn"},
                                                                  {"number", "n"},
                                                                  {"decimalnumber", "nd"},
                                                                  {"letternumber", "nl"},
                                                                  {"othernumber", "no"},
                                                                  {"punctuation", "p"},
                                                                  {"punct", "p"},
                                                                  {"connectorpunctuation", "pc"},
                                                                  {"dashpunctuation", "pd"},
                                                                  {"closepunctuation", "pe"},
                                                                  {"finalpunctuation", "pf"},
                                                                  {"initialpunctuation", "pi"},
                                                                  {"otherpunctuation", "po"},
                                                                  {"openpunctuation", "ps"},
                                                                  {"symbol", "s"},
                                                                  {"currencysymbol", "sc"},
                                                                  {"modifiersymbol", "sk"},
                                                                  {"mathsymbol", "sm"},
                                                                  {"othersymbol", "so"},
                                                                  {"separator", "z"},
                                                                  {"lineseparator", "zl"},
                                                                  {"paragraphseparator", "zp"},
                                                                  {"spaceseparator", "zs"}});
    for (auto const& [long_name, short_name] : long_names) {
        if (name == long_name) name = short_name;
    }
    if (name == "lc" || name == "casedletter") return of_categories({"lu", "ll", "lt"});
    code_point_set found = name.empty() || name.size() > 2 ? code_point_set() : of_categories({name});
    if (found.empty()) return std::nullopt;
    return found;
}

[[nodiscard]] inline code_point_set white_space() {
    code_point_set out = of_categories({"z"});
    out |= {{0x09, 0x0D}, {0x85, 0x85}};
    return out;
}
[[nodiscard]] inline code_point_set alphabetic() {
    code_point_set out = of_categories({"l", "nl"});
    out |= *of_binary_property("otheralphabetic");
    return out;
}
[[nodiscard]] inline code_point_set lowercase() {
    code_point_set out = of_categories({"ll"});
    out |= *of_binary_property("otherlowercase");
    return out;
}
[[nodiscard]] inline code_point_set uppercase() {
    code_point_set out = of_categories({"lu"});
    out |= *of_binary_property("otheruppercase");
    return out;
}

/// \w. The crate `regex` follows UTS #18; Oniguruma's lacks U+200C and U+200D, and has U+00B2, B3, B9, BC, BD and BE,
/// but not inside brackets.
[[nodiscard]] inline code_point_set word_characters(regex_dialect dialect, bool in_class) {
    code_point_set out = alphabetic();
    out |= of_categories({"m", "nd", "pc"});
    if (dialect == regex_dialect::rust) {
        out |= {{0x200C, 0x200D}};
    } else if (!in_class) {
        out |= {{0xB2, 0xB3}, {0xB9, 0xB9}, {0xBC, 0xBE}};
    }
    return out;
}

/// [:name:], and \p{name} of these names in Oniguruma; `name` in lower case.
/// Rust's are of ASCII only; Oniguruma's [:punct:] has the symbols, which its \p{Punct} has not.
[[nodiscard]] inline std::optional<code_point_set> of_posix_bracket(std::string_view name, regex_dialect dialect,
                                                                    bool in_class) {
    code_point_set out;
    code_point_set const control{{0, 0x1F}, {0x7F, 0x9F}};
    if (name == "alnum") {
        out = alphabetic();
        out |= of_categories({"nd"});
    } else if (name == "alpha") {
        out = alphabetic();
    } else if (name == "ascii") {
        out = {{0, 0x7F}};
    } else if (name == "blank") {
        out = of_categories({"zs"});
        out |= {{0x09, 0x09}};
    } else if (name == "cntrl") {
        out = control;
    } else if (name == "digit") {
        out = of_categories({"nd"});
    } else if (name == "graph" || name == "print") {
        out = of_categories({"cn", "cs"});
        out |= control;
        out |= white_space();
        out.complement();
        out -= {{ill_formed, ill_formed}};
        if (name == "print") out |= of_categories({"zs"});
    } else if (name == "lower") {
        out = lowercase();
    } else if (name == "punct") {
        out = of_categories({"p", "s"});
    } else if (name == "space") {
        out = white_space();
    } else if (name == "upper") {
        out = uppercase();
    } else if (name == "xdigit") {
        out = {{'0', '9'}, {'A', 'F'}, {'a', 'f'}};
    } else if (name == "word") {
        out = word_characters(dialect, in_class);
    } else {
        return std::nullopt;
    }
    if (dialect == regex_dialect::rust) {
        if (name == "cntrl") out = {{0, 0x1F}, {0x7F, 0x7F}};
        if (name == "word") out = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
        out &= {{0, 0x7F}};
    }
    return out;
}

/// \p{name}, without a `^`. Case, spaces, `_` and `-` in names do not count.
/// Oniguruma has neither `Script=` nor `Is...`; blocks and properties that no tokenizer names are not known.
[[nodiscard]] inline std::optional<code_point_set> of_property(std::string_view written, regex_dialect dialect,
                                                               bool in_class) {
    std::string name;
    std::string kind;
    for (char const c : written) {
        if (c == ' ' || c == '_' || c == '-') continue;
        if (c == '=' && dialect == regex_dialect::rust) {
            kind = std::exchange(name, {});
        } else {
            name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        }
    }
    if (kind == "script" || kind == "sc") return of_script(name);
    if (kind == "generalcategory" || kind == "gc") return of_category(name);
    if (!kind.empty()) return std::nullopt;
    if (dialect == regex_dialect::rust && name.starts_with("is") && name.size() > 2) name.erase(0, 2);
    if (name == "any") return code_point_set{{0, ill_formed - 1}};
    if (name == "ascii") return code_point_set{{0, 0x7F}};
    if (name == "assigned") {
        code_point_set out = of_categories({"cn"});
        out.complement();
        out -= {{ill_formed, ill_formed}};
        return out;
    }
    if (name == "alphabetic" || name == "alpha") return alphabetic();
    if (name == "lowercase" || name == "lower") return lowercase();
    if (name == "uppercase" || name == "upper") return uppercase();
    if (name == "whitespace" || name == "wspace" || name == "space") return white_space();
    if (name == "math") {
        code_point_set out = of_categories({"sm"});
        out |= *of_binary_property("othermath");
        return out;
    }
    if (auto found = of_category(name)) return found;
    if (auto found = of_script(name)) return found;
    if (auto found = of_binary_property(name)) return found;
    if (dialect == regex_dialect::oniguruma) return of_posix_bracket(name, dialect, in_class);
    return std::nullopt;
}

/// Calls f(other) for each code point that is equal to `c` when case is ignored, but not for `c`.
template <class F>
void for_each_fold(std::uint32_t c, F&& f) {
    std::span const pairs(tables::fold_next);
    auto const next = [&](std::uint32_t of) -> std::uint32_t {
        std::size_t low = 0;
        std::size_t high = pairs.size() / 2;
        while (low < high) {
            std::size_t const middle = (low + high) / 2;
            if (pairs[2 * middle] < of) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return 2 * low < pairs.size() && pairs[2 * low] == of ? pairs[2 * low + 1] : of;
    };
    for (std::uint32_t other = next(c); other != c; other = next(other)) f(other);
}

/// The set and all that is equal to a member when case is ignored, one character for one.
[[nodiscard]] inline code_point_set folded(code_point_set const& set) {
    code_point_set out = set;
    code_point_set more;
    std::span const pairs(tables::fold_next);
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
        if (!set.contains(pairs[i])) continue;
        for_each_fold(pairs[i], [&](std::uint32_t other) { more.add(other); });
    }
    out |= more;
    return out;
}

}  // namespace detail
}  // namespace tessera::inline v0
