// JSON by simdjson, with errors that name the place: line:column for syntax, the path of the value for all else.
// simdjson is included here and nowhere else.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include <tessera/core/error.hpp>
#include <tessera/io/json_syntax.hpp>

namespace tessera::inline v0 {

class json_object;

/// A value and where it stands, such as `model.merges[3]`. Valid as long as its document.
class json_value {
public:
    json_value(simdjson::dom::element element, std::string path) : element_(element), path_(std::move(path)) {}

    [[nodiscard]] std::string const& path() const noexcept { return path_; }
    [[nodiscard]] bool is_null() const noexcept { return element_.is_null(); }
    [[nodiscard]] bool is_string() const noexcept { return element_.is_string(); }
    [[nodiscard]] bool is_number() const noexcept { return element_.is_number(); }
    [[nodiscard]] bool is_object() const noexcept { return element_.is_object(); }
    [[nodiscard]] bool is_array() const noexcept { return element_.is_array(); }

    // Each throws `syntax` if the value is of another kind.
    [[nodiscard]] std::string_view string() const { return get<std::string_view>("a string"); }
    [[nodiscard]] bool boolean() const { return get<bool>("true or false"); }
    [[nodiscard]] double number() const { return get<double>("a number"); }
    [[nodiscard]] std::uint64_t unsigned_integer() const { return get<std::uint64_t>("a whole number from 0"); }
    [[nodiscard]] json_object object() const;
    [[nodiscard]] std::vector<json_value> array() const {
        std::vector<json_value> values;
        for (simdjson::dom::element const e : raw_array()) {
            values.emplace_back(e, path_ + '[' + std::to_string(values.size()) + ']');
        }
        return values;
    }
    /// For tables of many values, where a path for each would cost more than the rest.
    [[nodiscard]] simdjson::dom::array raw_array() const { return get<simdjson::dom::array>("an array"); }
    [[nodiscard]] simdjson::dom::object raw_object() const { return get<simdjson::dom::object>("an object"); }

    [[noreturn]] void fail(error_kind kind, std::string message, std::string remedy = {}) const {
        throw error(kind, path_, std::move(message), std::move(remedy));
    }

    /// "a string", "null", ...
    [[nodiscard]] static std::string_view kind_of(simdjson::dom::element element) noexcept {
        using simdjson::dom::element_type;
        switch (element.type()) {
            case element_type::ARRAY:
                return "an array";
            case element_type::OBJECT:
                return "an object";
            case element_type::STRING:
                return "a string";
            case element_type::BOOL:
                return "true or false";
            case element_type::NULL_VALUE:
                return "null";
            case element_type::DOUBLE:
                return "a fraction";
            default:
                return "a whole number";
        }
    }

private:
    template <class T>
    [[nodiscard]] T get(char const* expected) const {
        T value{};
        if (element_.get(value) != simdjson::SUCCESS) {
            std::int64_t negative = 0;
            std::string found(kind_of(element_));
            if (element_.get(negative) == simdjson::SUCCESS) found = std::to_string(negative);
            fail(error_kind::syntax, std::string("expected ") + expected + ", found " + found);
        }
        return value;
    }

    simdjson::dom::element element_;
    std::string path_;
};

/// The members of an object, by key.
class json_object {
public:
    /// @throws error  syntax: a key occurs twice
    explicit json_object(json_value const& value) : path_(value.path()) {
        for (auto const& field : value.raw_object()) fields_.emplace_back(field.key, field.value);
        std::sort(fields_.begin(), fields_.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
        for (std::size_t i = 1; i < fields_.size(); ++i) {
            if (fields_[i - 1].first == fields_[i].first) {
                throw error(error_kind::syntax, path_of(fields_[i].first), "the key occurs twice",
                            "keep one of the two");
            }
        }
    }

    /// The member, unless it is absent or null.
    [[nodiscard]] std::optional<json_value> find(std::string_view key) const {
        auto const at = std::lower_bound(fields_.begin(), fields_.end(), key,
                                         [](auto const& field, std::string_view k) { return field.first < k; });
        if (at == fields_.end() || at->first != key || at->second.is_null()) return std::nullopt;
        return json_value(at->second, path_of(key));
    }

    /// @throws error  syntax: the member is absent or null
    [[nodiscard]] json_value at(std::string_view key) const {
        auto value = find(key);
        if (!value) throw error(error_kind::syntax, path_of(key), "it is missing");
        return *std::move(value);
    }

    [[nodiscard]] bool boolean_or(std::string_view key, bool otherwise) const {
        auto const value = find(key);
        return value ? value->boolean() : otherwise;
    }

    /// All members in order of their keys, with null for those that are null.
    [[nodiscard]] std::vector<std::pair<std::string_view, json_value>> members() const {
        std::vector<std::pair<std::string_view, json_value>> all;
        all.reserve(fields_.size());
        for (auto const& [key, element] : fields_) all.emplace_back(key, json_value(element, path_of(key)));
        return all;
    }

    [[nodiscard]] std::string path_of(std::string_view key) const {
        std::string path = path_;
        if (!path.empty()) path += '.';
        return path += key.substr(0, 200);
    }

private:
    std::string path_;
    std::vector<std::pair<std::string_view, simdjson::dom::element>> fields_;
};

inline json_object json_value::object() const { return json_object(*this); }

/// A parsed text. Holds its own copy of all strings.
class json_document {
public:
    /// @throws error  syntax, at line:column: it is not JSON, or not UTF-8; limit: it has 4 GiB or more
    explicit json_document(std::string_view text) : json_document(text, true) {}

    /// Without a copy of the text, if its capacity has room for simdjson to read on: what `read_file` returns has.
    [[nodiscard]] static json_document of_file(std::string const& content) {
        return {content, content.capacity() - content.size() < simdjson::SIMDJSON_PADDING};
    }

    [[nodiscard]] json_value root() const { return {root_, {}}; }

private:
    json_document(std::string_view text, bool copies) {
        simdjson::error_code const code = parser_.parse(text.data(), text.size(), copies).get(root_);
        if (code == simdjson::SUCCESS) return;
        if (code == simdjson::CAPACITY) throw error(error_kind::limit, "", "JSON of 4 GiB or more is not read");
        if (code == simdjson::MEMALLOC) throw std::bad_alloc();
        json_fault fault = find_json_fault(text);
        std::string where;
        if (fault.message.empty()) {
            fault.message = simdjson::error_message(code);
        } else {
            where = line_and_column(text, fault.byte);
        }
        throw error(error_kind::syntax, std::move(where), "it is not JSON: " + fault.message,
                    "the file may be damaged or cut off; fetch it again");
    }

    simdjson::dom::parser parser_;
    simdjson::dom::element root_;
};

/// Appends `text` as a JSON string, quotes included. @pre is_valid_utf8(text)
inline void append_json_string(std::string_view text, std::string& out) {
    static constexpr std::string_view hex = "0123456789abcdef";
    out += '"';
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte >= 0x20) {
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (c == '\r') {
            out += "\\r";
        } else {
            out += "\\u00";
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
    out += '"';
}

}  // namespace tessera::inline v0
