// The components of Hugging Face's pretokenizers by a specification on one line, one after another, as golden data and
// tools/fuzz_pretokenizers.py write them: `Digits:1;Split:Regex:a+:Removed:0`. Fields are escaped as \u{HEX}.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/core/text_piece.hpp>
#include <tessera/pretokenize/bert.hpp>
#include <tessera/pretokenize/byte_level.hpp>
#include <tessera/pretokenize/char_delimiter_split.hpp>
#include <tessera/pretokenize/digits.hpp>
#include <tessera/pretokenize/fixed_length.hpp>
#include <tessera/pretokenize/metaspace.hpp>
#include <tessera/pretokenize/punctuation.hpp>
#include <tessera/pretokenize/split.hpp>
#include <tessera/pretokenize/unicode_scripts.hpp>
#include <tessera/pretokenize/whitespace.hpp>
#include <tessera/pretokenize/whitespace_split.hpp>

#include "../recorded.hpp"

namespace components {

using namespace tessera;

inline std::vector<std::string> fields_of(std::string_view line, char separator) {
    std::vector<std::string> fields(1);
    for (char const c : line) {
        if (c == separator) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

template <class E>
E named(std::string_view name) {
    for (auto const& [known, value] : names_of(E{})) {
        if (known == name) return value;
    }
    throw std::invalid_argument("no such name: " + std::string(name));
}

/// A component and its scratch.
template <class Component>
struct step {
    Component component;
    typename Component::scratch scratch = {};
};

using any_step =
    std::variant<step<bert_pretokenizer>, step<byte_level_pretokenizer>, step<char_delimiter_split_pretokenizer>,
                 step<digits_pretokenizer>, step<fixed_length_pretokenizer>, step<metaspace_pretokenizer>,
                 step<punctuation_pretokenizer>, step<split_pretokenizer>, step<unicode_scripts_pretokenizer>,
                 step<whitespace_pretokenizer<>>, step<whitespace_split_pretokenizer>>;

template <class Component>
any_step make(typename Component::options_type options = {}) {
    return step<Component>{Component(std::move(options))};
}

inline any_step parse_step(std::string_view text) {
    std::vector<std::string> f;
    for (std::string const& field : fields_of(text, ':')) f.push_back(recorded::unescape(field));
    auto const character = [&](std::size_t i) { return decode_utf8(f.at(i), 0).code_point; };
    auto const flag = [&](std::size_t i) { return f.at(i) == "1"; };
    std::string const& type = f[0];
    if (type == bert_pretokenizer::type) return make<bert_pretokenizer>();
    if (type == byte_level_pretokenizer::type) {
        return make<byte_level_pretokenizer>({.add_prefix_space = flag(1), .use_regex = flag(2)});
    }
    if (type == char_delimiter_split_pretokenizer::type) {
        return make<char_delimiter_split_pretokenizer>({.delimiter = character(1)});
    }
    if (type == digits_pretokenizer::type) return make<digits_pretokenizer>({.individual_digits = flag(1)});
    if (type == fixed_length_pretokenizer::type) {
        return make<fixed_length_pretokenizer>({.length = std::stoul(f.at(1))});
    }
    if (type == metaspace_pretokenizer::type) {
        return make<metaspace_pretokenizer>({.replacement = character(1),
                                             .prepend_scheme = named<prepend_scheme>(f.at(2)),
                                             .split = flag(3),
                                             .add_prefix_space = {},
                                             .str_rep = {}});
    }
    if (type == punctuation_pretokenizer::type) {
        return make<punctuation_pretokenizer>({.behavior = named<split_behavior>(f.at(1))});
    }
    if (type == split_pretokenizer::type) {
        return make<split_pretokenizer>(
            {.pattern = {f.at(2), f[1] == "Regex"}, .behavior = named<split_behavior>(f.at(3)), .invert = flag(4)});
    }
    if (type == unicode_scripts_pretokenizer::type) return make<unicode_scripts_pretokenizer>();
    if (type == whitespace_pretokenizer<>::type) return make<whitespace_pretokenizer<>>();
    if (type == whitespace_split_pretokenizer::type) return make<whitespace_split_pretokenizer>();
    throw std::invalid_argument("no such component: " + type);
}

/// Components in a row.
class chain {
public:
    explicit chain(std::string_view specification) {
        for (std::string const& text : fields_of(specification, ';')) steps_.push_back(parse_step(text));
    }

    /// Calls `sink(std::string_view)` with each piece of a whole input.
    template <class Sink>
    void operator()(std::string_view text, Sink&& sink) {
        run(0, {text, text.empty() ? 0 : decode_utf8(text, 0).length}, sink);
    }

    std::vector<std::string> split(std::string_view text) {
        std::vector<std::string> out;
        (*this)(text, [&](std::string_view piece) { out.emplace_back(piece); });
        return out;
    }

private:
    template <class Sink>
    void run(std::size_t at, text_piece piece, Sink& sink) {
        if (at == steps_.size()) return sink(piece.text);
        std::visit(
            [&](auto& s) { s.component.for_each(piece, s.scratch, [&](text_piece part) { run(at + 1, part, sink); }); },
            steps_[at]);
    }

    std::vector<any_step> steps_;
};

}  // namespace components
