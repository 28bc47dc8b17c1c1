// description.json of a folder of pooled words (`tessera pool`): what the arrays beside it mean. Only what decoding
// needs is read; the rest is for people and for other programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/io/json.hpp>
#include <tessera/pool/layouts.hpp>

namespace tessera::inline v0 {

struct pool_description {
    static constexpr std::string_view format = "tessera pooled words";
    static constexpr std::uint64_t version = 1;

    bool is_padded = false;
    std::string units;                     ///< bytes, byt5, code-points, characters or tokens
    std::vector<std::int32_t> characters;  ///< of units `characters`
    std::string vocabulary;                ///< of units `tokens`: a hash of the vocabulary
    std::string joiner;                    ///< between words
    std::string document_end;              ///< what ended each document of the text
    std::int32_t end_of_word = -1;         ///< its id, if there is one
    pool_options options;                  ///< prefixes, end of word, id of padding
};

namespace detail {

[[nodiscard]] inline std::size_t small_number(json_value const& value) {
    std::uint64_t const n = value.unsigned_integer();
    if (n > 0x7FFF'FFFF) value.fail(error_kind::limit, "it is more than 2^31 - 1");
    return static_cast<std::size_t>(n);
}

}  // namespace detail

/// @throws error  syntax, limit: at line:column, or the path of a value;  unsupported: another version
[[nodiscard]] inline pool_description read_pool_description(std::string_view text) {
    json_document const document(text);
    json_object const root = document.root().object();
    if (root.at("format").string() != pool_description::format) {
        root.at("format").fail(error_kind::syntax, "it is no description of pooled words");
    }
    if (root.at("version").unsigned_integer() != pool_description::version) {
        root.at("version").fail(error_kind::unsupported, "it is not version 1");
    }
    pool_description d;
    std::string_view const layout = root.at("layout").string();
    if (layout != "padded" && layout != "ragged") {
        root.at("layout").fail(error_kind::unsupported, "it is neither ragged nor padded");
    }
    d.is_padded = layout == "padded";
    d.joiner = root.at("joiner").string();
    d.document_end = root.at("document_end").string();

    json_object const units = root.at("units").object();
    d.units = units.at("name").string();
    if (d.units == "tokens") d.vocabulary = units.at("vocabulary").string();
    if (d.units == "characters") {
        for (json_value const& c : units.at("characters").array()) {
            d.characters.push_back(static_cast<std::int32_t>(detail::small_number(c)));
        }
    }
    json_object const ids = root.at("ids").object();
    d.options.pad_id = static_cast<std::int32_t>(detail::small_number(ids.at("pad")));
    if (auto const end = ids.find("end_of_word")) {
        d.options.end_of_word = true;
        d.end_of_word = static_cast<std::int32_t>(detail::small_number(*end));
    }
    d.options.n_prefix = detail::small_number(ids.at("n_prefix"));
    return d;
}

}  // namespace tessera::inline v0
