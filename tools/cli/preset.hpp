// Options kept in a file: tessera train --preset.
#pragma once

#include <string>
#include <vector>

#include "command.hpp"

namespace tessera::cli {

/// What a preset says.
struct preset_options {
    std::string path;   ///< empty: there is none
    arguments options;  ///< as on a command line
};

/// The options of the --preset of a command line, if it has one, to be put before its own: of options that count once,
/// what the command line says counts; those that repeat add up.
/// A preset is a JSON file: {"description": ..., "options": {"vocab-size": 32768, "special-token": ["<s>", "</s>"],
/// "custom-tokens": ["lists/years.json"]}}: the long options by name, a list for one that repeats, true for one without
/// a value. Paths in it count from its own folder. It names no inputs and no output.
/// @throws usage_error  --preset names no file
/// @throws error        io; syntax: the file is no preset
[[nodiscard]] preset_options read_preset_of(arguments const& args);

/// The presets that come with the program, by name; none where it does not find its data.
[[nodiscard]] std::vector<std::string> preset_names();

/// Custom tokens from a file: a JSON list of strings (.json), or a token a line.
/// @throws error  io; syntax: it is neither; empty_input: it has none
[[nodiscard]] std::vector<std::string> read_token_list(std::string const& path);

}  // namespace tessera::cli
