#include <tessera/io/boundless_file.hpp>
#include <tessera/io/boundless_tokenizer.hpp>
#include <tessera/io/write_boundless_file.hpp>

#include <string>

#include "fuzz.hpp"
#include "targets.hpp"
#include "use.hpp"

// The settings are put for "@@" and, of superwords, "@+": no fuzzer finds a regular expression that is known.
int fuzz::boundless(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view text) {
        std::string file(text);
        for (bool const is_super : {false, true}) {
            std::size_t const at = file.find(is_super ? "@+" : "@@");
            if (at == std::string::npos) continue;
            std::string settings = is_super ? "{\"tau\": 1.1, \"is_super\": true, \"superbpe_mode\": "
                                            : "{\"tau\": 0.5, \"is_super\": false, \"superbpe_mode\": ";
            settings += is_super && text.starts_with("BoundlessBPE v2 superbpe") ? "true" : "false";
            settings += text.ends_with('+') && !is_super ? ", \"blowup\": true" : ", \"blowup\": false";
            settings +=
                R"(, "main_regex": "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", )"
                R"("merge_pattern": "\\p{L}"})";
            file.replace(at, 2, settings);
        }
        while (file.ends_with('+')) file.pop_back();
        tessera::boundless_data const read = tessera::read_boundless_file(file);
        fuzz::use(tessera::boundless_tokenizer(read), text);
        try {
            std::string const written = tessera::write_boundless_file(read);
            fuzz::check(tessera::read_boundless_file(written) == read, "what is written reads back");
        } catch (tessera::error const& e) {
            fuzz::check(e.kind() == tessera::error_kind::unsupported, "only a special token cannot be written");
        }
    });
}
