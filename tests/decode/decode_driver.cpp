// For tools/fuzz_decoders.py: reads lines of three fields, and writes a line for each: the text in hexadecimal of
// `decode`, a decoder and a list of tokens; the encodings of `process`, settings and a batch.
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "../component_cases.hpp"

namespace {

std::string hexadecimal(std::string const& text) {
    std::string out;
    for (char const c : text) {
        out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
        out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

}  // namespace

int main() {
    using namespace component_cases;
    std::map<std::string, any_decoder> decoders;
    std::map<std::string, processing> processings;
    for (std::string line; std::getline(std::cin, line);) {
        std::string out;
        try {
            auto const f = fields_of(line);
            if (f.at(0) == "decode") {
                auto found = decoders.find(f.at(1));
                if (found == decoders.end()) found = decoders.emplace(f[1], decoder(f[1])).first;
                out = hexadecimal(found->second.decode(from_json<std::vector<std::string>>(f.at(2))));
            } else {
                auto const found = processings.try_emplace(f.at(1), f[1]).first;
                out = processed(found->second, f.at(2));
            }
        } catch (std::exception const& e) {
            out = "error: " + std::string(e.what());
        }
        std::puts(out.c_str());
    }
    return 0;
}
