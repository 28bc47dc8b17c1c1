#include <tessera/io/tekken.hpp>
#include <tessera/io/tekken_tokenizer.hpp>

#include <string>

#include "fuzz.hpp"
#include "targets.hpp"
#include "use.hpp"

// The rows of the 256 bytes are put for "@@", since no fuzzer finds them.
int fuzz::tekken(std::uint8_t const* data, std::size_t size) {
    static std::string const rows = [] {
        std::string all;
        for (int b = 0; b < 256; ++b) {
            char const byte = static_cast<char>(static_cast<unsigned char>(b));
            all += (b > 0 ? ",{\"rank\":" : "{\"rank\":") + std::to_string(b) + ",\"token_bytes\":\"";
            tessera::detail::append_to_base64({&byte, 1}, all);
            all += "\"}";
        }
        return all;
    }();
    return fuzz::run(data, size, [](std::string_view text) {
        std::string json(text);
        if (std::size_t const at = json.find("@@"); at != std::string::npos) json.replace(at, 2, rows);
        tessera::tekken_file const file = tessera::read_tekken(json);
        fuzz::check(file.tokens.size() >= 256 && file.tokens['a'] == "a", "the first tokens are the bytes");
        for (auto const& s : file.specials) fuzz::check(!s.content.empty(), "special tokens have names");
        fuzz::use(tessera::tekken_tokenizer(file), text);
    });
}
