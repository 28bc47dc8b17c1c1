#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/io/npy.hpp>
#include <tessera/io/pool_description.hpp>
#include <tessera/pool/character_units.hpp>
#include <tessera/pool/word_ids.hpp>
#include "fuzz.hpp"
#include "targets.hpp"

// A description, and behind it the beginning of an array; what follows its header is taken for ids.
int fuzz::pooled(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view text) {
        std::size_t const at = std::min(text.find("\x93NUMPY"), text.size());
        tessera::pool_description const d = tessera::read_pool_description(text.substr(0, at));
        tessera::npy_header const header = tessera::read_npy_header(text.substr(at));
        std::string_view const rest = text.substr(at + header.header_bytes);
        std::uint64_t const n = tessera::n_elements(header);
        fuzz::check(header.shape.size() <= 4, "the shape has at most four numbers");
        std::vector<std::int32_t> ids;
        for (char const c : rest) ids.push_back(static_cast<signed char>(c));
        tessera::word_ids<tessera::character_units> const of(tessera::character_units(d.characters), d.options,
                                                             d.joiner);
        fuzz::check(of.n_ids() > d.characters.size(), "there is an id of padding");
        std::vector<std::int64_t> const offsets = {0, static_cast<std::int64_t>(ids.size() / 2),
                                                   static_cast<std::int64_t>(n)};
        std::string out;
        if (d.is_padded) {
            of.decode_padded(ids, header.shape.empty() ? 0 : static_cast<std::size_t>(header.shape.back()), out);
        } else {
            of.decode_ragged(ids, offsets, out);
        }
    });
}
