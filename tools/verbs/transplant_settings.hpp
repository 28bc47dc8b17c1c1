// The command line of `tessera transplant`: its options, and what they are to the library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <tessera/core/progress.hpp>
#include <tessera/io/tensor_type.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/transplant/any_method.hpp>
#include "../cli/command.hpp"

namespace tessera::cli {

using transplant_method = transplant::any_method<tbb_executor>;

/// What the command line says, as it says it.
struct transplant_settings {
    std::string tokenizer;
    std::string input_method;
    std::string output_method;
    std::string match = "bytes";
    std::string collisions = "lowest";
    std::string special_map;
    std::uint64_t k = 64;
    std::string selection = "cosine";
    bool no_centring = false;
    std::string tolerance;
    std::string engine = "automatic";
    std::uint64_t neighbours = 0;
    std::string weights = "inverse-distance";
    bool cosine = false;
    std::string temperature;
    std::uint64_t seed = 0;
    std::string auxiliary;
    std::string table;
    bool untie = false;
    std::string type;
    std::string shard_size = "5G";
    std::uint64_t pad_to_multiple = 1;
    std::string memory_limit;
    std::string input_tensor;
    std::string output_tensor;
    std::uint64_t n_held_out = 400;
    std::string report;
    bool dry_run = false;
    bool force = false;
};

/// Declares the options; parsing fills `s`.
void declare_options(command& line, transplant_settings& s);
/// Fills in what depends on other options. @pre  the line is parsed. @throws usage_error  a number is too large
void settle_defaults(command const& line, transplant_settings& s);

/// @throws usage_error
[[nodiscard]] transplant::method_options method_options_of(transplant_settings const& s, progress_listener* progress);
/// --output-type; none if it is not given. @throws usage_error  it is no type, or no GGUF file's
[[nodiscard]] std::optional<tensor_type> output_type_of(transplant_settings const& s, bool gguf_base);

}  // namespace tessera::cli
