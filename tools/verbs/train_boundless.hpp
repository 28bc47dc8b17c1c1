// tessera train --model boundless: what its command line says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/io/text_source.hpp>
#include <tessera/train/superword_pattern.hpp>
#include "../cli/command.hpp"

namespace tessera::cli {

struct boundless_train_options {
    std::string output;               ///< ends in .model
    std::vector<std::string> inputs;  ///< files, which are read several times: no standard input
    std::string name;                 ///< of the inputs, for messages
    text_source_options text;
    any_pretokenizer pretokenizer = any_pretokenizer::by_name("o200k");
    std::uint64_t vocab_size = 131072;  ///< tokens in all, with superwords and special tokens
    std::uint64_t supermerges = 0;      ///< how many superwords come to the words; 0: they compete with words
    double delete_threshold = 1.1;
    bool blow_up = false;
    superword_pattern pattern = superword_pattern::simple;
    bool greedy_split = false;
    std::size_t memory_limit = 0;  ///< bytes for counting runs; 0: none
    std::vector<std::string> special_tokens;
    bool force = false;
};

/// @throws usage_error  the name does not end in .model
void check_boundless_output(std::string const& out);

/// Trains, saves and reports. @return  the exit code
/// @throws usage_error  options that do not go together
/// @throws error
int train_boundless(boundless_train_options const& options, common_options const& common);

}  // namespace tessera::cli
