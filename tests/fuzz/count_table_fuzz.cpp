#include <tessera/io/count_table.hpp>

#include "fuzz.hpp"
#include "targets.hpp"

int fuzz::count_table(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view text) { (void)tessera::read_count_table(text); });
}
