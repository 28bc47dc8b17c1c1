// The command line of one verb: its options, its help, its mistakes. CLI11 does the parsing, in command.cpp alone, so
// that it is compiled once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::cli {

using arguments = std::vector<std::string>;

enum class progress_style : std::uint8_t { automatic, bar, json, none };

/// What every verb has.
struct common_options {
    std::size_t threads = 0;  ///< 0: all cores
    bool json = false;
    bool quiet = false;
    progress_style progress = progress_style::automatic;
};

/// Collects a verb's options, then parses. Options may stand before or after the inputs; underscores in their names
/// are hyphens. Each `option` fills its target in `parse`; `names` are as in "-t,--tokenizer".
/// All members throw usage_error where the command line is wrong.
class command {
public:
    /// @param synopsis  what follows "tessera VERB" in the usage line
    /// @param about     one paragraph
    /// @param examples  command lines, as they are typed
    command(std::string verb, std::string synopsis, std::string about, std::vector<std::string> examples);
    ~command();
    command(command const&) = delete;
    command& operator=(command const&) = delete;

    command& option(std::string const& names, std::string const& placeholder, std::string& value, std::string help);
    command& option(std::string const& names, std::string const& placeholder, std::optional<std::string>& value,
                    std::string help);
    /// Repeatable.
    command& option(std::string const& names, std::string const& placeholder, std::vector<std::string>& values,
                    std::string help);
    /// A whole number of at least `least`.
    command& option(std::string const& names, std::string const& placeholder, std::uint64_t& value, std::string help,
                    std::uint64_t least = 0);
    /// One of a few words.
    command& choice(std::string const& names, std::vector<std::string> words, std::string& value, std::string help);
    command& flag(std::string const& names, bool& value, std::string help);
    /// A paragraph at the end of the help.
    command& note(std::string text);

    /// @return  false if the help or the version was asked for, and printed: there is nothing left to do
    [[nodiscard]] bool parse(arguments const& args);

    [[nodiscard]] std::string const& verb() const noexcept { return verb_; }
    [[nodiscard]] common_options const& common() const noexcept { return common_; }
    /// What is not an option, in order.
    [[nodiscard]] std::vector<std::string> const& inputs() const noexcept { return inputs_; }
    /// The inputs, or standard input where there are none.
    [[nodiscard]] std::vector<std::string> inputs_or_stdin() const;
    /// True if the option with this long name was given.
    [[nodiscard]] bool given(std::string_view long_name) const;
    /// @throws usage_error  the option was not given
    void require(std::string_view long_name, std::string_view why) const;

    [[nodiscard]] std::string help() const;

private:
    struct parser;  // CLI11 behind a wall
    struct entry {
        std::string names;
        std::string placeholder;
        std::string help;
    };
    void describe(std::string const& names, std::string const& placeholder, std::string help);
    [[noreturn]] void refuse_option(std::string const& argument) const;

    std::string verb_;
    std::string synopsis_;
    std::string about_;
    std::vector<std::string> examples_;
    std::vector<std::string> notes_;
    std::vector<entry> entries_;
    std::vector<std::string> inputs_;
    common_options common_;
    std::unique_ptr<parser> parser_;
};

/// `--vocab_size=5` -> `--vocab-size=5`. Only the name of a long option changes, and nothing after `--`.
[[nodiscard]] arguments with_hyphens(arguments args);

/// @throws usage_error  `text` is not a whole number below 2^64
[[nodiscard]] std::uint64_t parse_whole_number(std::string_view option, std::string_view text);

/// @throws usage_error  `text` is not a number of at least 0
[[nodiscard]] double parse_number(std::string_view option, std::string_view text);

/// "64", "10k", "2.5GB", "512MiB": decimal and binary multiples as written. @throws usage_error
[[nodiscard]] std::uint64_t parse_size(std::string_view option, std::string_view text);

/// Reads \n \t \r \0 \\ \xHH in an argument. @throws usage_error  another letter after the backslash
[[nodiscard]] std::string unescape(std::string_view option, std::string_view text);

}  // namespace tessera::cli
