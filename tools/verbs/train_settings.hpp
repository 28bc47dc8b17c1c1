// The command line of `tessera train`: its options, and which go together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tessera/train/bpe_trainer.hpp>
#include <tessera/train/merge_veto.hpp>
#include "../cli/inputs.hpp"

namespace tessera::cli {

/// What the command line of `train` says, as it says it.
struct train_settings {
    std::string out;
    std::string model = "bpe";
    std::string pretokenizer_name;
    std::string superword_pretokenizer_name;
    std::string normalizer_name = "none";
    std::string counts_path;
    std::string alphabet = "bytes";
    std::string ties = "hf";
    std::string transition_point;
    std::string extend;
    std::string pattern;
    std::string limit;
    text_options text;
    bool force = false;
    std::uint64_t vocab_size = 32000;
    std::uint64_t min_frequency = 0;
    std::uint64_t max_token_length = 0;
    std::uint64_t limit_alphabet = 0;
    std::uint64_t max_superword_words = superword_rules{}.max_words;
    bool colon_space = false;
    std::uint64_t supermerges = 0;
    std::string delete_threshold;
    bool blow_up = false;
    bool greedy_split = false;
    std::string superword_words = "simple";
    std::string preset;
    std::uint64_t max_pretoken_length = 0;
    std::vector<std::string> custom_token_files;
    std::string padding = "none";
    std::string chunk_lengths;
    std::string whitespace_probability;
    std::uint64_t seed = 0;
    bpe_trainer_options options = {};

    [[nodiscard]] bool is_superbpe() const { return model == "superbpe"; }
    [[nodiscard]] bool is_boundless() const { return model == "boundless"; }
    [[nodiscard]] bool is_characters() const { return model == "characters"; }
    [[nodiscard]] bool splits_at_random() const { return !chunk_lengths.empty() || !whitespace_probability.empty(); }
    [[nodiscard]] bool is_extension() const { return !extend.empty(); }
};

/// Declares the options; parsing fills `s`.
void declare_options(command& line, train_settings& s);

/// @throws usage_error  options that exclude each other, or that are of no use to what was asked for
void check_what_goes_together(command const& line, train_settings const& s);

}  // namespace tessera::cli
