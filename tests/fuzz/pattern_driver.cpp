// Reads lines `P HEX` (an expression in Oniguruma's dialect), `R HEX` (in Rust's), `S HEX` (a string) and `T HEX` (a
// text), answers each text with the matches of the pattern before it: `begin,end ...`, or with `!` and why there is
// none.
#include <cstdio>
#include <exception>
#include <iostream>
#include <optional>
#include <string>

#include <tessera/pattern/icu_pattern.hpp>
#include <tessera/pattern/pattern.hpp>

int main() {
    std::optional<tessera::pattern> pattern;
    tessera::pattern::scratch scratch;
    std::string why;
    std::string line;
    while (std::getline(std::cin, line)) {
        std::string bytes;
        for (std::size_t i = 2; i + 1 < line.size(); i += 2) {
            bytes += static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16));
        }
        if (line[0] != 'T') {
            pattern.reset();
            why.clear();
            try {
                pattern.emplace(tessera::pattern_text{bytes, line[0] != 'S', &tessera::icu_pattern::make},
                                line[0] == 'R' ? tessera::regex_dialect::rust : tessera::regex_dialect::oniguruma);
            } catch (std::exception const& e) {
                why = e.what();
            }
            continue;
        }
        if (pattern) {
            std::string out;
            try {
                pattern->for_each_match(bytes, scratch, [&](std::size_t begin, std::size_t end) {
                    out += std::to_string(begin) + ',' + std::to_string(end) + ' ';
                });
            } catch (std::exception const& e) {  // ICU gave up
                out = std::string("!") + e.what();
            }
            std::cout << out << '\n' << std::flush;
        } else {
            std::cout << '!' << why << '\n' << std::flush;
        }
    }
}
