// Slow twin of script_aware_pretokenizer: the loop of BoundlessBPE's authors, one code point at a time, and a
// backtracking matcher for the patterns.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/pretokenize/detail/unicode_tables_scripts_17_0.hpp>

#include "pattern.hpp"
#include "pretokenize.hpp"

namespace reference {

using namespace tessera;

inline std::string script_of(char32_t c) {
    using namespace detail::unicode_scripts_17_0;
    std::string_view name;
    for (std::uint32_t const run : runs) {
        if ((run >> 8) <= c) name = names[run & 0xFF];
    }
    return std::string(name);
}

class script_aware {
public:
    script_aware(std::string_view main, std::string_view other, std::vector<std::string> scripts)
        : main_(main), other_(other), scripts_(std::move(scripts)) {}

    std::vector<std::string> pretokens(std::string_view text) {
        code_points const input = decode(text);
        out_.clear();
        std::string current;  // empty: no script yet
        std::size_t run_start = 0, last_non_common = 0;
        for (std::size_t i = 0; i < input.value.size(); ++i) {
            std::string const script = script_of(input.value[i]);
            if (script == "Common" || script == "Unknown") continue;
            if (script != current && script != "Inherited") {
                if (!current.empty()) {
                    std::size_t const chunk_end = last_non_common + 1;
                    split(text.substr(input.begin[run_start], input.begin[chunk_end] - input.begin[run_start]),
                          current);
                    run_start = chunk_end;
                }
                current = script;
            }
            last_non_common = i;
        }
        split(text.substr(input.begin[run_start]), current);
        return out_;
    }

private:
    void split(std::string_view text, std::string const& script) {
        bool const is_listed = std::find(scripts_.begin(), scripts_.end(), script) != scripts_.end();
        for (auto const& [begin, end] : (is_listed ? other_ : main_).find(text)) {
            if (begin != end) out_.emplace_back(text.substr(begin, end - begin));
        }
    }

    backtracking_pattern main_, other_;
    std::vector<std::string> scripts_;
    std::vector<std::string> out_;
};

}  // namespace reference
