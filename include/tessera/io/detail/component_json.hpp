// The components of a tokenizer.json, read and written from what each says of itself: its `type`, and its fields by
// `describe`. So a new component needs its own header and a place in the variant of its stage, and nothing here.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/detail/component_type.hpp>
#include <tessera/io/json.hpp>
#include <tessera/pattern/icu_pattern.hpp>
#include <tessera/pattern/pattern_text.hpp>
#include <tessera/post_process/padding.hpp>

namespace tessera::inline v0::detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

class field_reader;

template <class T>
concept Described = requires(field_reader& f, T& value) { T::describe(f, value); };

// An enum whose values have names in tokenizer.json: `names_of(E{})` lists pairs of name and value.
template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value) { names_of(value); };

inline void read_json(json_value const& from, bool& to) { to = from.boolean(); }
inline void read_json(json_value const& from, double& to) { to = from.number(); }
inline void read_json(json_value const& from, std::string& to) { to = from.string(); }

template <std::unsigned_integral T>
void read_json(json_value const& from, T& to) {
    std::uint64_t const value = from.unsigned_integer();
    if (value > std::numeric_limits<T>::max()) {
        from.fail(error_kind::limit, std::to_string(value) + " is too large",
                  "the largest is " + std::to_string(std::numeric_limits<T>::max()));
    }
    to = static_cast<T>(value);
}

inline void read_json(json_value const& from, char32_t& to) {
    std::string_view const text = from.string();
    if (text.empty() || decode_utf8(text, 0).length != text.size()) {
        from.fail(error_kind::syntax, "expected one character, found \"" + std::string(text.substr(0, 80)) + '"');
    }
    to = decode_utf8(text, 0).code_point;
}

inline void read_json(json_value const& from, pattern_text& to) {
    json_object const object = from.object();
    if (auto const literal = object.find("String")) {
        to = {std::string(literal->string()), false};
    } else {
        to = {std::string(object.at("Regex").string()), true, &icu_pattern::make};
    }
}

inline void read_json(json_value const& from, padding_strategy& to) {
    to = {};
    if (from.is_string()) {
        if (from.string() == "BatchLongest") return;
        from.fail(error_kind::unsupported, '"' + std::string(from.string().substr(0, 80)) + "\" is not known here",
                  "the known ones are BatchLongest and {\"Fixed\": LENGTH}");
    }
    to.fixed = true;
    read_json(from.object().at("Fixed"), to.length);
}

template <NamedEnum E>
void read_json(json_value const& from, E& to) {
    std::string_view const text = from.string();
    std::string known;
    for (auto const& [name, value] : names_of(E{})) {
        if (name == text) {
            to = value;
            return;
        }
        known += (known.empty() ? "" : ", ") + std::string(name);
    }
    from.fail(error_kind::unsupported, '"' + std::string(text.substr(0, 80)) + "\" is not known here",
              "the known ones are " + known);
}

template <Described T>
void read_json(json_value const& from, T& to);

template <class T>
void read_json(json_value const& from, std::optional<T>& to) {
    // From a value: clang 16 takes a nested class with default members not to be default constructible at this place.
    read_json(from, to.emplace(T{}));
}

template <class A, class B>
void read_json(json_value const& from, std::pair<A, B>& to) {
    std::vector<json_value> const both = from.array();
    if (both.size() != 2) from.fail(error_kind::syntax, "expected two values, found " + std::to_string(both.size()));
    read_json(both[0], to.first);
    read_json(both[1], to.second);
}

template <class T>
void read_json(json_value const& from, std::vector<T>& to) {
    to.clear();
    for (json_value const& value : from.array()) read_json(value, to.emplace_back());
}

/// What `describe` is called with to read: `f(name, member)` must be there, `f.optional(name, member)` may be missing.
/// null is the same as missing, as in serde.
class field_reader {
public:
    explicit field_reader(json_object const& object) : object_(object) {}

    template <class T>
    void operator()(char const* name, T& member) {
        if constexpr (is_optional<T>) {
            optional(name, member);
        } else {
            read_json(object_.at(name), member);
        }
    }
    template <class T>
    void optional(char const* name, T& member) {
        if (auto const value = object_.find(name)) read_json(*value, member);
    }
    /// A map whose keys are names: a vector of pairs, in order of the keys.
    template <class T>
    void map(char const* name, std::vector<std::pair<std::string, T>>& member) {
        member.clear();
        for (auto const& [key, value] : object_.at(name).object().members()) {
            member.emplace_back(std::string(key), T{});
            read_json(value, member.back().second);
        }
    }

private:
    json_object const& object_;
};

template <Described T>
void read_json(json_value const& from, T& to) {
    json_object const object = from.object();
    field_reader reader(object);
    T::describe(reader, to);
}

// False: tokenizer.json has no such component, it belongs to another format.
template <class Component>
concept JsonComponent =
    requires(field_reader& f, typename Component::options_type& options) { Component::describe(f, options); };

template <class Component>
[[nodiscard]] Component read_component(json_value const& from) {
    json_object const object = from.object();
    typename Component::options_type options;
    field_reader reader(object);
    Component::describe(reader, options);
    try {
        return Component(std::move(options));
    } catch (error const& e) {
        throw e.within(from.path());
    }
}

/// Reads one of the alternatives of `Variant`.
/// @param type    as component_type gives it
/// @param stage   what the alternatives are, for an error message: "normalizer"
/// @throws error  unsupported: another type
template <class Variant>
class component_reader;

template <class... Components>
class component_reader<std::variant<Components...>> {
public:
    [[nodiscard]] static std::variant<Components...> read(json_value const& from, std::string_view type,
                                                          char const* stage) {
        std::optional<std::variant<Components...>> found;
        (void)(read_if<Components>(type, from, found) || ...);
        if (found) return *std::move(found);
        std::string known;
        ((known += JsonComponent<Components> ? (known.empty() ? "" : ", ") + std::string(Components::type) : ""), ...);
        from.object().at("type").fail(
            error_kind::unsupported,
            "there is no " + std::string(stage) + " \"" + std::string(type.substr(0, 80)) + '"',
            "supported are " + known);
    }

private:
    template <class Component, class Found>
    static bool read_if(std::string_view type, json_value const& from, Found& found) {
        if constexpr (JsonComponent<Component>) {
            if (type != Component::type) return false;
            found.emplace(read_component<Component>(from));
            return true;
        }
        return false;
    }
};

/// The steps of a stage in order: `from` itself, or the parts of a "Sequence", which lists them as `key`; Sequences
/// within Sequences are laid flat, which changes nothing.
/// @throws error  limit: more than 64 steps, or nested too deep
template <class Variant>
[[nodiscard]] std::vector<Variant> read_steps(std::optional<json_value> const& from, char const* key,
                                              char const* stage) {
    static constexpr std::size_t most = 64;
    std::vector<Variant> steps;
    std::vector<json_value> left;
    if (from) left.push_back(*from);
    while (!left.empty()) {
        json_value const value = std::move(left.back());
        left.pop_back();
        json_object const object = value.object();
        std::string_view const type = component_type(value, stage);
        if (type != "Sequence") {
            if (steps.size() == most) value.fail(error_kind::limit, "more than 64 components follow each other");
            steps.push_back(component_reader<Variant>::read(value, type, stage));
            continue;
        }
        json_value const list = object.at(key);
        if (list.path().size() > 1000 || list.raw_array().size() > most) {
            list.fail(error_kind::limit, "more than 64 components in one sequence, or nested too deep");
        }
        std::vector<json_value> parts = list.array();
        left.insert(left.end(), std::make_move_iterator(parts.rbegin()), std::make_move_iterator(parts.rend()));
    }
    return steps;
}

// Writing: the same descriptions the other way round.

class field_writer;

inline void write_json(bool from, std::string& out) { out += from ? "true" : "false"; }
inline void write_json(std::string const& from, std::string& out) { append_json_string(from, out); }
inline void write_json(double from, std::string& out) {
    std::array<char, 32> digits{};  // the shortest that reads back as the same number
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), from).ptr;
    out.append(digits.data(), end);
}

template <std::unsigned_integral T>
void write_json(T from, std::string& out) {
    out += std::to_string(from);
}
inline void write_json(char32_t from, std::string& out) {
    std::string text;
    encode_utf8(from, text);
    append_json_string(text, out);
}
inline void write_json(pattern_text const& from, std::string& out) {
    out += from.is_regex ? "{\"Regex\": " : "{\"String\": ";
    append_json_string(from.text, out);
    out += '}';
}
inline void write_json(padding_strategy const& from, std::string& out) {
    out += from.fixed ? "{\"Fixed\": " + std::to_string(from.length) + '}' : "\"BatchLongest\"";
}
template <NamedEnum E>
void write_json(E from, std::string& out) {
    for (auto const& [name, value] : names_of(E{})) {
        if (value == from) return append_json_string(name, out);
    }
}
template <Described T>
void write_json(T const& from, std::string& out);
template <class T>
void write_json(std::optional<T> const& from, std::string& out) {
    if (from) {
        write_json(*from, out);
    } else {
        out += "null";
    }
}
template <class A, class B>
void write_json(std::pair<A, B> const& from, std::string& out) {
    out += '[';
    write_json(from.first, out);
    out += ", ";
    write_json(from.second, out);
    out += ']';
}
template <class T>
void write_json(std::vector<T> const& from, std::string& out) {
    out += '[';
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (i > 0) out += ", ";
        write_json(from[i], out);
    }
    out += ']';
}

/// What `describe` is called with to write. A std::optional without a value, given to `optional`, is left out.
class field_writer {
public:
    explicit field_writer(std::string& out) : out_(out) {}

    template <class T>
    void operator()(char const* name, T const& member) {
        begin(name);
        write_json(member, out_);
    }
    template <class T>
    void optional(char const* name, T const& member) {
        if constexpr (is_optional<T>) {
            if (!member) return;
        }
        (*this)(name, member);
    }
    template <class T>
    void map(char const* name, std::vector<std::pair<std::string, T>> const& member) {
        begin(name);
        out_ += '{';
        for (std::size_t i = 0; i < member.size(); ++i) {
            if (i > 0) out_ += ", ";
            append_json_string(member[i].first, out_);
            out_ += ": ";
            write_json(member[i].second, out_);
        }
        out_ += '}';
    }
    void begin(char const* name) {
        if (!first_) out_ += ", ";
        first_ = false;
        append_json_string(name, out_);
        out_ += ": ";
    }

private:
    std::string& out_;
    bool first_ = true;
};

template <Described T>
void write_json(T const& from, std::string& out) {
    out += '{';
    field_writer writer(out);
    T::describe(writer, from);
    out += '}';
}

/// `{"type": "Strip", "strip_left": true, ...}`
/// @throws error  unsupported: tokenizer.json has no such component
template <class Component>
void write_component(Component const& component, std::string& out) {
    if constexpr (!JsonComponent<Component>) {
        (void)out;
        (void)component;
        throw error(error_kind::unsupported, std::string(Component::type),
                    "tokenizer.json has no place for what this part of the tokenizer does", "keep the file as it is");
    } else {
        out += '{';
        field_writer writer(out);
        writer("type", std::string(Component::type));
        Component::describe(writer, component.options());
        out += '}';
    }
}

/// One component as itself, several as a Sequence, none as null.
template <class... Components>
void write_steps(std::vector<std::variant<Components...>> const& steps, char const* key, std::string& out) {
    if (steps.empty()) {
        out += "null";
        return;
    }
    auto const write = [&](auto const& component) { write_component(component, out); };
    if (steps.size() == 1) return std::visit(write, steps.front());
    out += std::string(R"({"type": "Sequence", ")") + key + "\": [";
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (i > 0) out += ", ";
        std::visit(write, steps[i]);
    }
    out += "]}";
}

}  // namespace tessera::inline v0::detail
