#include <string_view>
#include <vector>

#include <tessera/io/safetensors.hpp>
#include <tessera/io/tensor_values.hpp>

#include "fuzz.hpp"
#include "targets.hpp"

int fuzz::safetensors(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view file) {
        std::uint64_t at = 0;
        for (tessera::tensor_entry const& entry : tessera::read_safetensors(file).tensors) {
            fuzz::check(at == 0 || entry.begin == at, "tensors lie one after another");
            fuzz::check(entry.begin <= entry.end && entry.end <= file.size(), "tensors are inside the file");
            at = entry.end;
            auto const n = tessera::n_values(entry.shape);
            fuzz::check(n && tessera::bytes_of(entry.type, *n) == entry.n_bytes(), "shapes fit the bytes");
            if (!tessera::has_floats(entry.type)) continue;
            std::vector<float> values(*n);
            tessera::floats_from(entry.type, file.substr(entry.begin, entry.n_bytes()), values);
            (void)tessera::find_not_finite(values);
        }
        fuzz::check(at == 0 || at == file.size(), "tensors fill the file");
    });
}
