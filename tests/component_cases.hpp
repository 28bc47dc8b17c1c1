// Decoders, and what happens to encodings, as golden data and tools/fuzz_decoders.py write them: JSON on one line, as
// in a tokenizer.json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/decode/any_decoder.hpp>
#include <tessera/io/detail/component_json.hpp>
#include <tessera/io/json.hpp>
#include <tessera/post_process/any_post_processor.hpp>

namespace component_cases {

using namespace tessera;

inline std::vector<std::string> fields_of(std::string_view line) {
    std::vector<std::string> fields(1);
    for (char const c : line) {
        if (c == '\t') {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

template <class T>
T from_json(std::string_view text) {
    json_document const document(text);
    T value{};
    detail::read_json(document.root(), value);
    return value;
}

/// A decoder of a tokenizer.json, or null.
inline any_decoder decoder(std::string_view text) {
    json_document const document(text);
    json_value const root = document.root();
    return any_decoder(detail::read_steps<any_decoder::step>(root.is_null() ? std::nullopt : std::optional(root),
                                                             "decoders", "decoder"));
}
inline std::string to_json(any_decoder const& d) {
    std::string text;
    detail::write_steps(d.steps(), "decoders", text);
    return text;
}

/// {"post_processor": ..., "truncation": ..., "padding": ...}, each null or as in a tokenizer.json.
struct processing {
    any_post_processor processor;
    std::optional<truncation_params> truncation;
    std::optional<padding_params> padding;

    explicit processing(std::string_view text) {
        json_document const document(text);
        json_object const object = document.root().object();
        processor = any_post_processor(detail::read_steps<any_post_processor::step>(object.find("post_processor"),
                                                                                    "processors", "post-processor"));
        if (auto const value = object.find("truncation")) detail::read_json(*value, truncation);
        if (auto const value = object.find("padding")) detail::read_json(*value, padding);
    }
};

inline void append(std::vector<std::uint32_t> const& list, std::string& out) {
    out += '[';
    for (std::size_t i = 0; i < list.size(); ++i) out += (i == 0 ? "" : ",") + std::to_string(list[i]);
    out += ']';
}

/// [ids, type ids, special tokens mask, attention mask, [overflowing ...]] without spaces.
inline void append(encoding const& e, std::string& out) {
    out += '[';
    for (auto const* list : {&e.ids, &e.type_ids, &e.special_tokens_mask, &e.attention_mask}) {
        append(*list, out);
        out += ',';
    }
    out += '[';
    for (std::size_t i = 0; i < e.overflowing.size(); ++i) {
        if (i > 0) out += ',';
        append(e.overflowing[i], out);
    }
    out += "]]";
}

/// @param input  [special tokens or not, [[ids of a text], [ids of the other] or not], ...]
/// @return       the encodings, or "failed"
inline std::string processed(processing const& how, std::string_view input) {
    json_document const document(input);
    std::vector<json_value> const parts = document.root().array();
    std::vector<encoding> batch;
    try {
        for (std::size_t i = 1; i < parts.size(); ++i) {
            std::vector<std::vector<token_id>> texts;
            detail::read_json(parts[i], texts);
            std::optional<encoding> second;
            if (texts.size() == 2) second = encoding::from_ids(texts[1], 1);
            batch.push_back(post_process(how.processor, encoding::from_ids(texts.at(0)), std::move(second),
                                         parts.at(0).boolean(), how.truncation, how.padding));
        }
        if (how.padding) pad_encodings(batch, *how.padding);
    } catch (error const&) {
        return "failed";
    }
    std::string out;
    for (encoding const& e : batch) append(e, out);
    return out;
}

}  // namespace component_cases
