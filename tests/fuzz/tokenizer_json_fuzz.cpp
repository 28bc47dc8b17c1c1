#include <tessera/io/tokenizer_json.hpp>

#include "fuzz.hpp"
#include "targets.hpp"
#include "use.hpp"

int fuzz::tokenizer_json(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view text) { fuzz::use(tessera::read_tokenizer_json(text), text); });
}
