// Options kept in a file: tessera train --preset.
#pragma once

#include <string>
#include <vector>

#include "command.hpp"

namespace tessera::cli {

/// The command line with the options of its --preset, if it has one, in front of it: of options that count once, what
/// the command line says counts; those that repeat add up.
/// A preset is a JSON file: {"description": ..., "options": {"vocab-size": 32768, "special-token": ["<s>", "</s>"],
/// "custom-tokens": ["lists/years.json"]}}: the long options by name, a list for one that repeats, true for one without
/// a value. Paths in it count from its own folder.
/// @throws usage_error  --preset names no file, or asks for a preset
/// @throws error        io; syntax: the file is no preset
[[nodiscard]] arguments with_preset(arguments const& args);

/// The presets that come with the program, by name; none where it does not find its data.
[[nodiscard]] std::vector<std::string> preset_names();

/// Custom tokens from a file: a JSON list of strings (.json), or a token a line.
/// @throws error  io; syntax: it is neither; empty_input: it has none
[[nodiscard]] std::vector<std::string> read_token_list(std::string const& path);

}  // namespace tessera::cli
