#include "command.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "output.hpp"
#include "suggest.hpp"
#include "usage_error.hpp"
#include "version.hpp"

namespace tessera::cli {

struct command::parser {
    CLI::App app;
};

namespace {

constexpr std::size_t help_width = 100;
constexpr std::size_t help_indent = 32;

// The words of `text`, wrapped at help_width, each line but the first indented.
void wrap(std::string& out, std::string_view text, std::size_t indent, std::size_t column) {
    while (!text.empty()) {
        std::size_t const end = std::min(text.find(' '), text.size());
        std::string_view const word = text.substr(0, end);
        if (column > indent && column + 1 + word.size() > help_width) {
            out += '\n';
            out.append(indent, ' ');
            column = indent;
        } else if (column > indent) {
            out += ' ';
            ++column;
        }
        out += word;
        column += word.size();
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    out += '\n';
}

// "-t,--tokenizer" -> "--tokenizer"
std::string long_name(std::string const& names) {
    std::size_t const at = names.find("--");
    return at == std::string::npos ? names : names.substr(at, names.find(',', at) - at);
}

std::string joined(std::vector<std::string> const& words, std::string_view separator) {
    std::string text;
    for (std::string const& word : words) {
        if (!text.empty()) text += separator;
        text += word;
    }
    return text;
}

}  // namespace

command::command(std::string verb, std::string synopsis, std::string about, std::vector<std::string> examples)
    : verb_(std::move(verb)),
      synopsis_(std::move(synopsis)),
      about_(std::move(about)),
      examples_(std::move(examples)),
      parser_(std::make_unique<parser>()) {
    parser_->app.set_help_flag();  // ours is written below
    parser_->app.allow_extras();   // what CLI11 does not know is an input, or a mistake that we name
}

command::~command() = default;

void command::describe(std::string const& names, std::string const& placeholder, std::string help) {
    entries_.push_back({names, placeholder, std::move(help)});
}

command& command::option(std::string const& names, std::string const& placeholder, std::string& value,
                         std::string help) {
    describe(names, placeholder, std::move(help));
    parser_->app.add_option_function<std::string>(names, [&value](std::string const& text) { value = text; })
        ->take_last();
    return *this;
}

command& command::option(std::string const& names, std::string const& placeholder, std::optional<std::string>& value,
                         std::string help) {
    describe(names, placeholder, std::move(help));
    parser_->app.add_option_function<std::string>(names, [&value](std::string const& text) { value = text; })
        ->take_last();
    return *this;
}

command& command::option(std::string const& names, std::string const& placeholder, std::vector<std::string>& values,
                         std::string help) {
    describe(names, placeholder, std::move(help) + " (repeatable)");
    parser_->app.add_option(names, values)->expected(1)->allow_extra_args(false)->take_all();
    return *this;
}

command& command::option(std::string const& names, std::string const& placeholder, std::uint64_t& value,
                         std::string help, std::uint64_t least) {
    describe(names, placeholder, std::move(help));
    parser_->app
        .add_option_function<std::string>(
            names,
            [&value, name = long_name(names), least](std::string const& text) {
                value = parse_whole_number(name, text);
                if (value < least) {
                    throw usage_error(name + ": must be at least " + std::to_string(least));
                }
            })
        ->take_last();
    return *this;
}

command& command::choice(std::string const& names, std::vector<std::string> words, std::string& value,
                         std::string help) {
    describe(names, joined(words, "|"), std::move(help));
    parser_->app
        .add_option_function<std::string>(
            names,
            [&value, name = long_name(names), words](std::string const& text) {
                if (std::find(words.begin(), words.end(), text) == words.end()) {
                    std::string const meant = nearest(text, words);
                    throw usage_error(name + ": " + printable(text) + " is not one of " + joined(words, ", ") +
                                      (meant.empty() ? "" : "; did you mean " + meant + "?"));
                }
                value = text;
            })
        ->take_last();
    return *this;
}

command& command::flag(std::string const& names, bool& value, std::string help) {
    describe(names, "", std::move(help));
    parser_->app.add_flag(names, value);
    return *this;
}

command& command::note(std::string text) {
    notes_.push_back(std::move(text));
    return *this;
}

bool command::parse(arguments const& original) {
    std::string style = "auto";
    std::uint64_t threads = 0;
    bool wants_help = false;
    bool wants_version = false;
    option("-j,--threads", "N", threads, "threads to use (default: all cores)", 1);
    flag("--json", common_.json, "one JSON object on standard output instead of text");
    flag("-q,--quiet", common_.quiet, "nothing on standard error but errors");
    choice("--progress", {"auto", "bar", "json", "none"}, style,
           "auto (the default) draws a bar where standard error is a terminal; json writes JSON lines there");
    flag("-h,--help", wants_help, "show this");
    flag("--version", wants_version, "show the version");

    arguments args = with_hyphens(original);
    // Everything after "--" is an input, whatever it looks like.
    auto const marker = std::find(args.begin(), args.end(), "--");
    std::vector<std::string> const literal(marker == args.end() ? marker : marker + 1, args.end());
    args.erase(marker, args.end());
    std::reverse(args.begin(), args.end());  // as CLI11 wants them
    // Help wins over a command line that is otherwise wrong or not complete.
    if (std::find(args.begin(), args.end(), "--help") != args.end() ||
        std::find(args.begin(), args.end(), "-h") != args.end()) {
        write_to_stdout(help());
        return false;
    }
    try {
        parser_->app.parse(args);
    } catch (CLI::ArgumentMismatch const&) {
        throw usage_error("option " + original.back() + " needs a value");
    } catch (CLI::ParseError const& e) {
        throw usage_error(e.what());
    }
    if (wants_help) {
        write_to_stdout(help());
        return false;
    }
    if (wants_version) {
        write_to_stdout("tessera " + std::string(version) + "\n");
        return false;
    }
    for (std::string const& rest : parser_->app.remaining()) {
        if (rest.size() > 1 && rest.front() == '-') refuse_option(rest);
        inputs_.push_back(rest);
    }
    inputs_.insert(inputs_.end(), literal.begin(), literal.end());
    if (threads > 1024) throw usage_error("--threads: " + std::to_string(threads) + " is more than 1024");
    common_.threads = threads;
    common_.progress = style == "bar"    ? progress_style::bar
                       : style == "json" ? progress_style::json
                       : style == "none" ? progress_style::none
                                         : progress_style::automatic;
    return true;
}

void command::refuse_option(std::string const& argument) const {
    std::string const name = argument.substr(0, argument.find('='));
    std::vector<std::string> known;
    for (entry const& e : entries_) {
        std::string const full = long_name(e.names);
        known.push_back(full);
    }
    std::string const meant = name.starts_with("--") ? nearest(name, known) : nearest("-" + name, known);
    throw usage_error(
        "unknown option " + printable(name) +
        (meant.empty() ? "; tessera " + verb_ + " --help lists the options" : "; did you mean " + meant + "?"));
}

std::vector<std::string> command::inputs_or_stdin() const {
    return inputs_.empty() ? std::vector<std::string>{"-"} : inputs_;
}

bool command::given(std::string_view name) const { return parser_->app.count(std::string(name)) > 0; }

void command::require(std::string_view name, std::string_view why) const {
    if (!given(name)) {
        throw usage_error("option " + std::string(name) + " is missing: " + std::string(why) + "; tessera " + verb_ +
                          " --help shows an example");
    }
}

std::string command::help() const {
    std::string out = "Usage: tessera " + verb_ + " " + synopsis_ + "\n\n";
    wrap(out, about_, 0, 0);
    out += "\nOptions:\n";
    for (entry const& e : entries_) {
        std::string const short_form = e.names.starts_with("--") ? "    " : "";
        std::string names = "  " + short_form + e.names;
        if (std::size_t const comma = names.find(','); comma != std::string::npos) names.insert(comma + 1, " ");
        if (!e.placeholder.empty()) names += " " + e.placeholder;
        out += names;
        if (names.size() + 2 > help_indent) {
            out += '\n';
            names.clear();
        }
        out.append(help_indent - names.size(), ' ');
        wrap(out, e.help, help_indent, help_indent);
    }
    for (std::string const& note : notes_) {
        out += '\n';
        wrap(out, note, 0, 0);
    }
    out += examples_.size() == 1 ? "\nExample:\n" : "\nExamples:\n";
    for (std::string const& example : examples_) out += "  " + example + "\n";
    return out;
}

arguments with_hyphens(arguments args) {
    arguments out;
    out.reserve(args.size());
    for (std::size_t i = 0; i < args.size(); ++i) {
        std::string& arg = args[i];
        if (arg == "--") {
            out.insert(out.end(), args.begin() + static_cast<std::ptrdiff_t>(i), args.end());
            break;
        }
        if (arg.starts_with("--")) {
            std::size_t const equals = std::min(arg.find('='), arg.size());
            std::replace(arg.begin(), arg.begin() + static_cast<std::ptrdiff_t>(equals), '_', '-');
            if (equals + 1 == arg.size()) {  // CLI11 would take the next argument for the empty value
                out.push_back(arg.substr(0, equals));
                out.emplace_back();
                continue;
            }
        }
        out.push_back(std::move(arg));
    }
    return out;
}

std::uint64_t parse_whole_number(std::string_view option, std::string_view text) {
    std::uint64_t value = 0;
    char const* const end = text.data() + text.size();
    auto const [stopped, code] = std::from_chars(text.data(), end, value);
    if (code != std::errc() || stopped != end) {
        throw usage_error(std::string(option) + ": " + printable(text) + " is not a whole number" +
                          (code == std::errc::result_out_of_range ? " below 2^64" : ""));
    }
    return value;
}

double parse_number(std::string_view option, std::string_view text) {
    double value = 0;
    char const* const end = text.data() + text.size();
    auto const [stopped, code] = std::from_chars(text.data(), end, value);
    if (code != std::errc() || stopped != end || !(value >= 0)) {
        throw usage_error(std::string(option) + ": " + printable(text) + " is not a number of at least 0");
    }
    return value;
}

std::uint64_t parse_size(std::string_view option, std::string_view text) {
    double value = 0;
    char const* const end = text.data() + text.size();
    auto const [stopped, code] = std::from_chars(text.data(), end, value);
    std::string unit(stopped, end);
    for (char& c : unit) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    bool const binary = unit.ends_with("ib");
    if (unit.ends_with('b')) unit.pop_back();
    if (binary) unit.pop_back();
    std::size_t const known = std::string_view("kmgt").find(unit);
    std::size_t const power = unit.empty() ? 0 : known + 1;
    if (code != std::errc() || unit.size() > 1 || known == std::string_view::npos || (unit.empty() && binary) ||
        !(value >= 0)) {
        throw usage_error(std::string(option) + ": " + printable(text) + " is not a size such as 500M, 4GB or 2GiB");
    }
    double const bytes = value * std::pow(binary ? 1024.0 : 1000.0, static_cast<double>(power));
    if (!(bytes < 9e18)) throw usage_error(std::string(option) + ": " + printable(text) + " is too large");
    return static_cast<std::uint64_t>(bytes);
}

std::string unescape(std::string_view option, std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        char const letter = ++i < text.size() ? text[i] : ' ';
        switch (letter) {
            case 'n':
                out += '\n';
                break;
            case 't':
                out += '\t';
                break;
            case 'r':
                out += '\r';
                break;
            case '0':
                out += '\0';
                break;
            case '\\':
                out += '\\';
                break;
            case 'x': {
                unsigned byte = 0;
                char const* const from = text.data() + i + 1;
                char const* const to = text.data() + std::min(i + 3, text.size());
                auto const [stopped, code] = std::from_chars(from, to, byte, 16);
                if (code == std::errc() && stopped == from + 2) {
                    out += static_cast<char>(byte);
                    i += 2;
                    break;
                }
                [[fallthrough]];
            }
            default:
                throw usage_error(std::string(option) + ": unknown escape in " + printable(text) +
                                  "; there are \\n \\t \\r \\0 \\\\ and \\xHH");
        }
    }
    return out;
}

}  // namespace tessera::cli
