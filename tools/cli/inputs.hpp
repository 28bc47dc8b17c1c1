// The options that several verbs share: what to read, which tokenizer, which pretokenizer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/io/text_source.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include "command.hpp"
#include "usage_error.hpp"

namespace tessera::cli {

/// --documents and --text-field.
struct text_options {
    std::string documents;  ///< empty: by the extension of each input
    std::string text_field = "text";

    /// @param otherwise  what the help says a document is where nothing is given
    void add_to(command& line, std::string const& otherwise);
    [[nodiscard]] text_source_options for_blocks() const;
    /// @param otherwise  where --documents is not given and the name of the input does not say jsonl
    [[nodiscard]] document_reader_options for_documents(document_kind otherwise) const;

private:
    [[nodiscard]] document_kind kind() const;
};

/// -t, --tokenizer and --pattern, for verbs that take one tokenizer.
struct tokenizer_options {
    std::string path;
    std::string pattern;

    void add_to(command& line);
    /// Loads it; its notes go to standard error. @throws error, usage_error
    [[nodiscard]] any_tokenizer load(command const& line) const;
};

/// Loads a tokenizer; its notes go to standard error unless `quiet`.
[[nodiscard]] loaded_tokenizer load_with_notes(std::string const& verb, std::string const& path,
                                               std::string const& pattern, bool quiet);

/// The names of pretokenizers, for a help text.
[[nodiscard]] std::string pretokenizer_names();

/// @throws usage_error  neither a known name nor a known pattern
[[nodiscard]] any_pretokenizer pretokenizer_from_option(std::string const& option, std::string const& value);
/// @throws usage_error  no known name
[[nodiscard]] any_normalizer normalizer_from_option(std::string const& option, std::string const& value);

/// "data/x.txt", or "a.txt and 3 more": names the inputs in a message.
[[nodiscard]] std::string name_of(std::vector<std::string> const& inputs);

/// What the help of verbs that read text says about inputs.
inline constexpr char const* inputs_note =
    "INPUT is a file, a folder (read recursively) or a glob; no INPUT, or -, reads standard input. Plain text, JSON "
    "lines "
    "(.jsonl), and both compressed (.gz, .zst). Parquet goes through any tool that writes JSON lines to a pipe; see "
    "the "
    "example.";

/// How Parquet is read, with the rest of the command line.
[[nodiscard]] inline std::string parquet_example(std::string const& verb_and_options) {
    return "duckdb -c \"COPY (SELECT text FROM '*.parquet') TO '/dev/stdout' (FORMAT json)\" | tessera " +
           verb_and_options + " --documents jsonl -";
}

}  // namespace tessera::cli
