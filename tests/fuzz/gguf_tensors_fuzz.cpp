#include <string_view>
#include <vector>

#include <tessera/io/gguf_tensors.hpp>
#include <tessera/io/tensor_values.hpp>

#include "fuzz.hpp"
#include "targets.hpp"

int fuzz::gguf_tensors(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view file) {
        tessera::gguf_metadata const metadata(file);
        for (tessera::tensor_entry const& entry : tessera::read_gguf_tensors(file, metadata)) {
            fuzz::check(entry.begin <= entry.end && entry.end <= file.size(), "tensors are inside the file");
            auto const n = tessera::n_values(entry.shape);
            fuzz::check(n && tessera::bytes_of(entry.type, *n) == entry.n_bytes(), "shapes fit the bytes");
            fuzz::check(entry.n_bytes() == 0 || entry.begin >= metadata.n_bytes(), "tensors are behind the metadata");
            if (!tessera::has_floats(entry.type)) continue;
            std::vector<float> values(*n);
            tessera::floats_from(entry.type, file.substr(entry.begin, entry.n_bytes()), values);
        }
    });
}
