// The inferred mixture, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include <tessera/mixture/infer_mixture.hpp>
#include <tessera/mixture/training_merges.hpp>

namespace tessera::cli {

/// What is told of a run beside its result.
struct mixture_report {
    std::string tokenizer;
    std::string splitter;              ///< how the trainer's text was split
    std::vector<std::string> remarks;  ///< sentences
    std::size_t n_merges = 0;
    std::size_t n_redundant = 0;
    std::size_t n_inherited = 0;
    std::size_t n_inserted = 0;
};

/// @param merges  of the replay, to spell what is unexplained
[[nodiscard]] std::string mixture_table(mixture_result const& result, mixture_report const& about,
                                        training_merges const& merges);
[[nodiscard]] std::string mixture_json(mixture_result const& result, mixture_report const& about,
                                       training_merges const& merges);
/// One file that needs nothing else.
[[nodiscard]] std::string mixture_html(mixture_result const& result, mixture_report const& about,
                                       training_merges const& merges);

}  // namespace tessera::cli
