// What `tessera train` was asked for, and what its kinds of training have in common.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/train/bpe_trainer.hpp>
#include <tessera/train/merge_veto.hpp>
#include <tessera/train/pretoken_counts.hpp>
#include <tessera/train/random_chunks.hpp>
#include <tessera/train/random_whitespace.hpp>
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/progress_bar.hpp"

namespace tessera::cli {

/// How text is split for training where the tokenizer does not split it.
using random_split = std::variant<std::monostate, random_chunks, random_whitespace>;

/// The command line of `train`, read and checked.
struct training_request {
    command const& line;
    text_options const& text;
    std::string out;
    bool force = false;
    std::string model;
    std::string counts;  ///< a table, instead of text
    any_pretokenizer pretokenizer;
    any_normalizer normalizer;
    bpe_trainer_options options;  ///< without a progress listener
    random_split split = {};      ///< for training alone; none: by `pretokenizer`
    bool complete = false;        ///< all characters there are, whatever the corpus

    // Of superwords and extensions.
    std::string pattern = {};                    ///< of `extend`, where that carries none
    std::string extend;                          ///< a tokenizer, or empty
    any_pretokenizer superword_pretokenizer;     ///< of stage 2
    std::vector<std::size_t> transition_points;  ///< one or more, rising
    superword_rules rules;
    std::uint64_t memory_limit = 0;
};

/// Byte-pair encoding, from text or from a table of counts.
int train_bpe(training_request const& request);
/// Characters, from text, from a table of counts, or all there are.
int train_characters(training_request const& request);
/// SuperBPE, one tokenizer for each transition point.
int train_superbpe(training_request const& request);
/// Goes on training from a tokenizer.
int extend_tokenizer(training_request const& request);

/// Why training ended, in words.
[[nodiscard]] char const* reason(stop_reason stopped);
[[nodiscard]] std::string with_decimals(double number, int digits);
/// 1234567 -> "1,234,567"
[[nodiscard]] std::string with_commas(std::uint64_t number);

class stopwatch {
public:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    }

private:
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

/// The corpus, as counts of pretokens.
struct counted_corpus {
    pretoken_counts counts;
    std::string name;
    std::uint64_t bytes = 0;  ///< of text; 0 for a table
    double seconds = 0;
};

/// Counts the text, or reads the table. @throws error  empty_input
[[nodiscard]] counted_corpus count_corpus(training_request const& request, progress_bar& bar);

/// Makes sure, before the work starts, that OUT can be written. @throws error  io
void check_output(std::string const& out, bool force);

/// Saves a tokenizer; what the format cannot say goes to standard error.
void save_trained(any_tokenizer const& tokenizer, std::string const& out, training_request const& request);

/// Warns where training ended before the vocabulary was full.
void warn_if_small(training_request const& request, std::string const& corpus, std::size_t n_tokens,
                   stop_reason stopped);

/// The members that every kind of training reports: output to n_special_tokens.
void describe_result(json_writer& w, any_tokenizer const& tokenizer, std::string const& out,
                     training_request const& request);

}  // namespace tessera::cli
