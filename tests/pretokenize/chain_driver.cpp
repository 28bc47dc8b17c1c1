// For tools/fuzz_pretokenizers.py: reads pairs of lines, a specification and a text in hexadecimal, and writes the
// pieces in hexadecimal on one line.
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <string>
#include <string_view>

#include "components.hpp"

int main() {
    std::map<std::string, components::chain> chains;
    for (std::string specification, hex; std::getline(std::cin, specification) && std::getline(std::cin, hex);) {
        std::string out;
        try {
            auto const found = chains.try_emplace(specification, specification).first;
            std::string text;
            for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
                text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
            }
            found->second(text, [&](std::string_view piece) {
                for (char const c : piece) {
                    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
                    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
                }
                out += ' ';
            });
        } catch (std::exception const& e) {
            out = "error: " + std::string(e.what());
        }
        std::puts(out.c_str());
    }
    return 0;
}
