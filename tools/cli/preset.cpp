#include "preset.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/json.hpp>
#include "output.hpp"
#include "suggest.hpp"
#include "usage_error.hpp"

namespace tessera::cli {

namespace {

namespace fs = std::filesystem;

// Beside the program where it was built, or where it was installed; empty if neither.
fs::path preset_folder() {
    std::error_code code;
    fs::path folder = fs::read_symlink("/proc/self/exe", code).parent_path();
    for (int level = 0; level < 3 && !code && !folder.empty(); ++level) {
        for (char const* const name : {"share/tessera/presets", "data/presets"}) {
            if (fs::is_directory(folder / name, code)) return folder / name;
        }
        folder = folder.parent_path();
        code.clear();
    }
    return {};
}

fs::path find_preset(std::string const& name) {
    if (name.find('/') != std::string::npos || name.ends_with(".json")) return name;
    fs::path const folder = preset_folder();
    if (folder.empty()) {
        throw usage_error("--preset " + printable(name) +
                          ": the program does not find its presets; give the path of a file, such as data/presets/" +
                          name + ".json in the source");
    }
    fs::path const path = folder / (name + ".json");
    std::error_code code;
    if (fs::exists(path, code)) return path;
    std::vector<std::string> const known = preset_names();
    std::string const meant = nearest(name, known);
    std::string all;
    for (std::string const& one : known) all += (all.empty() ? "" : ", ") + one;
    throw usage_error("--preset " + printable(name) + ": there is no such preset" +
                      (meant.empty() ? "" : "; did you mean " + meant + "?") + "; there are " + all +
                      ", or give the path of a file");
}

// Options whose value is a path.
bool is_path(std::string_view option) { return option == "custom-tokens" || option == "extend"; }

// A preset says what is trained, not from what or whereto: a file from elsewhere overwrites nothing.
void check_name(std::string_view name, json_value const& value) {
    if (name.starts_with('-')) value.fail(error_kind::syntax, "an option is named without its hyphens");
    if (name == "preset") value.fail(error_kind::syntax, "a preset cannot name another");
    for (std::string_view const never : {"output", "force", "counts", "help", "version"}) {
        if (name == never) value.fail(error_kind::syntax, "is for the command line, not for a preset", "leave it out");
    }
    if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") != std::string_view::npos) {
        value.fail(error_kind::syntax, "is no name of an option", "tessera train --help lists them");
    }
}

void append_option(arguments& args, std::string const& name, json_value const& value, fs::path const& folder) {
    std::string text;
    if (value.is_string()) {
        text = value.string();
        if (is_path(name) && fs::path(text).is_relative()) text = (folder / text).lexically_normal().string();
    } else if (value.is_number() && value.number() >= 0x1p53) {  // a seed; a double would round it
        text = std::to_string(value.unsigned_integer());
    } else if (value.is_number()) {
        char digits[400];
        auto const end = std::to_chars(digits, digits + sizeof digits, value.number(), std::chars_format::fixed).ptr;
        text.assign(digits, end);
    } else if (value.is_array()) {
        for (json_value const& one : value.array()) {
            if (one.is_array()) one.fail(error_kind::syntax, "expected a value, found a list in a list");
            append_option(args, name, one, folder);
        }
        return;
    } else {
        if (value.boolean()) args.push_back("--" + name);
        return;
    }
    args.push_back("--" + name + "=" + text);  // one argument, so that a value may begin with a hyphen
}

arguments read_preset(fs::path const& path) {
    try {
        std::string const content = read_file(path);
        json_document const document = json_document::of_file(content);
        json_object const preset = document.root().object();
        arguments args;
        for (auto const& [key, value] : preset.members()) {
            if (key == "options") {
                for (auto const& [member, option] : value.object().members()) {
                    std::string name(member);
                    if (!name.starts_with('-')) std::replace(name.begin(), name.end(), '_', '-');
                    check_name(name, option);
                    append_option(args, name, option, path.parent_path());
                }
            } else if (key != "description" && key != "source") {
                value.fail(error_kind::syntax, "a preset has no such part",
                           "its parts are description, source and options");
            }
        }
        return args;
    } catch (error const& e) {
        if (e.kind() == error_kind::io) throw;
        throw e.within(path.string());
    }
}

}  // namespace

preset_options read_preset_of(arguments const& args) {
    std::optional<std::string> name;
    arguments const plain = with_hyphens(args);
    for (std::size_t i = 0; i < plain.size() && plain[i] != "--"; ++i) {
        if (plain[i].starts_with("--preset=")) name = plain[i].substr(9);
        if (plain[i] == "--preset" && i + 1 < plain.size()) name = plain[++i];
    }
    if (!name || std::find(plain.begin(), plain.end(), "--help") != plain.end()) return {};
    fs::path const path = find_preset(*name);
    return {path.string(), read_preset(path)};
}

std::vector<std::string> preset_names() {
    std::vector<std::string> names;
    std::error_code code;
    fs::path const folder = preset_folder();
    if (folder.empty()) return names;
    for (fs::directory_entry const& entry : fs::directory_iterator(folder, code)) {
        if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> read_token_list(std::string const& path) {
    std::string const content = read_file(path);
    std::vector<std::string> tokens;
    if (path.ends_with(".json")) {
        try {
            json_document const document = json_document::of_file(content);
            for (json_value const& value : document.root().array()) {
                tokens.emplace_back(value.string());
                if (tokens.back().empty()) value.fail(error_kind::bad_token, "a token is empty", "leave it out");
            }
        } catch (error const& e) {
            throw e.within(path);
        }
    } else {
        std::size_t n_lines = 0;
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        std::size_t begin = content.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
        while (begin < content.size()) {
            std::size_t const end = std::min(content.find('\n', begin), content.size());
            std::string line = content.substr(begin, end - begin);
            if (line.ends_with('\r')) line.pop_back();
            ++n_lines;
            begin = end + 1;
            if (line.empty()) continue;
            if (!is_valid_utf8(line)) {
                throw error(error_kind::bad_token, path + ":" + std::to_string(n_lines), "the token is not UTF-8",
                            "a custom token is text; leave it out");
            }
            tokens.push_back(std::move(line));
        }
    }
    if (tokens.empty()) {
        throw error(error_kind::empty_input, path, "there are no tokens in it",
                    "give a token a line, or a JSON list of strings in a file that ends in .json");
    }
    return tokens;
}

}  // namespace tessera::cli
