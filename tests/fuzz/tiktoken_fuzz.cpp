#include <tessera/io/tiktoken.hpp>
#include <tessera/io/tiktoken_json.hpp>
#include <tessera/io/tiktoken_json_tokenizer.hpp>

#include <string>

#include "fuzz.hpp"
#include "targets.hpp"
#include "use.hpp"

// A rank file: the 256 bytes are put in front, since no fuzzer finds them; alone where the input begins with '#'. JSON
// where it begins with '{', with the bytes put for "@@".
int fuzz::tiktoken(std::uint8_t const* data, std::size_t size) {
    static std::string const words = [] {
        std::string all;
        for (int b = 0; b < 256; ++b) {
            char const byte = static_cast<char>(static_cast<unsigned char>(b));
            if (b > 0) all += ' ';
            tessera::detail::append_to_base64({&byte, 1}, all);
        }
        return all;
    }();
    static std::string const lines = [] {
        std::string all;
        for (int b = 0; b < 256; ++b) {
            char const byte = static_cast<char>(static_cast<unsigned char>(b));
            tessera::detail::append_to_base64({&byte, 1}, all);
            all += ' ' + std::to_string(b) + '\n';
        }
        return all;
    }();
    return fuzz::run(data, size, [](std::string_view text) {
        if (text.starts_with('{')) {
            std::string json(text);
            if (std::size_t const at = json.find("@@"); at != std::string::npos) json.replace(at, 2, words);
            tessera::tiktoken_json const file = tessera::read_tiktoken_json(json);
            fuzz::check(file.tokens.size() >= 256, "all bytes are tokens");
            fuzz::use(tessera::tiktoken_json_tokenizer(file), text);
            return;
        }
        if (text.starts_with('#')) {
            (void)tessera::read_tiktoken(text.substr(1));
            return;
        }
        tessera::vocabulary const vocab = tessera::read_tiktoken(lines + std::string(text));
        fuzz::check(tessera::read_tiktoken(tessera::write_tiktoken(vocab)).size() == vocab.size(),
                    "what is written can be read");
    });
}
