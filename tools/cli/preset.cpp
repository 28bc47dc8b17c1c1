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

void append_option(arguments& args, std::string_view name, json_value const& value, fs::path const& folder) {
    std::string const option = "--" + std::string(name);
    if (value.is_string()) {
        std::string text(value.string());
        if (is_path(name) && fs::path(text).is_relative()) text = (folder / text).lexically_normal().string();
        args.push_back(option);
        args.push_back(std::move(text));
    } else if (value.is_number()) {
        char text[400];
        auto const end = std::to_chars(text, text + sizeof text, value.number(), std::chars_format::fixed).ptr;
        args.push_back(option);
        args.emplace_back(text, end);
    } else if (value.is_array()) {
        for (json_value const& one : value.array()) append_option(args, name, one, folder);
    } else if (value.boolean()) {
        args.push_back(option);
    }
}

arguments read_preset(fs::path const& path) {
    try {
        std::string const content = read_file(path);
        json_document const document = json_document::of_file(content);
        json_object const preset = document.root().object();
        arguments args;
        for (auto const& [key, value] : preset.members()) {
            if (key == "options") {
                for (auto const& [name, option] : value.object().members()) {
                    if (name == "preset" || name.starts_with('-')) {
                        option.fail(error_kind::syntax, name == "preset" ? "a preset cannot name another"
                                                                         : "an option is named without its hyphens");
                    }
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

arguments with_preset(arguments const& args) {
    std::optional<std::string> name;
    arguments const plain = with_hyphens(args);
    for (std::size_t i = 0; i < plain.size() && plain[i] != "--"; ++i) {
        if (plain[i].starts_with("--preset=")) name = plain[i].substr(9);
        if (plain[i] == "--preset" && i + 1 < plain.size()) name = plain[++i];
    }
    if (!name || std::find(plain.begin(), plain.end(), "--help") != plain.end()) return args;
    arguments all = read_preset(find_preset(*name));
    all.insert(all.end(), args.begin(), args.end());
    return all;
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
        for (std::size_t begin = 0; begin < content.size();) {
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
