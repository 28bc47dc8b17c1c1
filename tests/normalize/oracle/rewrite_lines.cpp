// For tools/fuzz_normalizers.py: each line of standard input is `NORMALIZERS TEXT` (see ../stages.hpp; the text in
// hexadecimal), or `map NAME BASE64`. Answers with the new text by each kind of edit, what stands for the start,
// places.
#include <exception>
#include <iostream>
#include <map>
#include <string>

#include "../stages.hpp"

int main() {
    std::ios::sync_with_stdio(false);
    std::map<std::string, std::string> maps;
    std::map<std::string, stages::pipeline> pipelines;
    for (std::string line; std::getline(std::cin, line);) {
        auto const fields = stages::split(line, ' ');
        if (fields[0] == "map") {
            maps[fields.at(1)] = fields.at(2);
            pipelines.clear();
            continue;
        }
        try {
            auto found = pipelines.find(fields[0]);
            if (found == pipelines.end()) {
                if (pipelines.size() > 64) pipelines.clear();
                found = pipelines.emplace(fields[0], stages::pipeline(fields[0], maps)).first;
            }
            std::string const text = stages::from_hex(fields.at(1));
            auto const [started, from_start] = found->second.start(text);
            auto const [placed, places] = found->second.places(text);
            std::cout << stages::to_hex(found->second.plain(text)) << ' ' << stages::to_hex(started) << ' '
                      << from_start << ' ' << stages::to_hex(placed) << ' ';
            for (std::size_t const place : places) std::cout << place << ',';
            std::cout << '\n';
        } catch (std::exception const& e) {
            std::cout << "error " << e.what() << '\n';
        }
    }
}
