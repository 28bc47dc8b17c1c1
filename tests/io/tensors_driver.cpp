// What tests/io/tensors_test.py asks of the library, a line a request:
//   read PATH                     each tensor: name, type, shape, sums of its bytes and of its values as floats
//   safetensors PATH FOLDER MAX   the tensors of PATH as safetensors, MAX bytes a file at most; quantised ones as F32
//   gguf PATH OUT TYPE            the same as a GGUF file, metadata kept; matrices in TYPE, where their rows fill its
//   blocks
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <tessera/io/model_tensors.hpp>
#include <tessera/io/write_gguf.hpp>
#include <tessera/io/write_safetensors.hpp>

#include "recorded.hpp"

namespace {

using namespace tessera;

std::vector<float> values_of(model_tensors const& model, tensor_entry const& entry) {
    std::vector<float> values(static_cast<std::size_t>(n_values(entry.shape).value()));
    floats_from(entry.type, model.bytes(entry), values);
    return values;
}

void read(model_tensors const& model) {
    for (tensor_entry const& entry : model.entries()) {
        std::cout << entry.name << ' ' << name_of(entry.type);
        for (std::uint64_t const n : entry.shape) std::cout << ' ' << n;
        std::cout << " | " << recorded::crc32(model.bytes(entry), 0);
        if (has_floats(entry.type)) {
            std::vector<float> const values = values_of(model, entry);
            std::string bytes;
            append_floats(tensor_type::f32, values, bytes);
            std::cout << ' ' << recorded::crc32(bytes, 0);
            if (entry.shape.size() == 2) {  // the same, row by row
                std::vector<float> row(static_cast<std::size_t>(entry.columns()));
                std::uint32_t sum = 0;
                for (std::uint64_t i = 0; i < entry.rows(); ++i) {
                    model.read_rows(entry, i, 1, row);
                    bytes.clear();
                    append_floats(tensor_type::f32, row, bytes);
                    sum = recorded::crc32(bytes, sum);
                }
                std::cout << ' ' << sum;
            }
        }
        std::cout << '\n';
    }
}

/// In another type, where that is asked for, the type can be written and the rows fill its blocks.
std::vector<tensor_source> sources(model_tensors const& model, std::optional<tensor_type> type, bool only_quantized) {
    std::vector<tensor_source> out;
    for (tensor_entry const& entry : model.entries()) {
        bool const is_quantized = values_in_block(entry.type) > 1;
        bool const changes = type && has_floats(entry.type) &&
                             (only_quantized ? is_quantized : entry.shape.size() == 2) &&
                             (entry.shape.empty() || entry.shape.back() % values_in_block(*type) == 0);
        if (!changes) {
            out.push_back(copied_tensor(entry, model.bytes(entry)));
            continue;
        }
        out.push_back({entry.name, *type, entry.shape, [&model, &entry, type](byte_sink sink) {
                           std::string bytes;
                           append_floats(*type, values_of(model, entry), bytes);
                           sink(std::string_view(bytes).substr(0, bytes.size() / 3));
                           sink(std::string_view(bytes).substr(bytes.size() / 3));
                       }});
    }
    return out;
}

void answer(std::string const& line) {
    std::istringstream words(line);
    std::string verb, path, out, how;
    words >> verb >> path >> out >> how;
    model_tensors const model(path);
    if (verb == "read") return read(model);
    if (verb == "safetensors") {
        safetensors_options options{
            .max_file_bytes = std::stoull(how), .metadata = {{"format", "pt"}}, .overwrite = true};
        for (std::string const& name : write_safetensors(out, sources(model, tensor_type::f32, true), options))
            std::cout << name << '\n';
        return;
    }
    gguf_pairs pairs;
    if (model.gguf() != nullptr) pairs = gguf_pairs(*model.gguf());
    if (!pairs.has("general.architecture")) pairs.set_string("general.architecture", "llama");
    tensor_type const type = how == "Q8_0" ? tensor_type::q8_0 : safetensors_type(how).value();
    write_gguf(out, pairs, sources(model, type, false), true);
}

}  // namespace

int main() {
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);) {
        try {
            answer(line);
            std::cout << "ok\n";
        } catch (error const& e) {
            std::cout << "error " << e.what() << '\n';
        }
        std::cout.flush();
    }
}
