// Which component of tokenizer.json an object is: by "type", or, in very old files, by the fields it has.
// Source: tokenizers 0.23.3, the untagged enums of normalizers, decoders and processors, as the library behaves.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <tessera/core/error.hpp>
#include <tessera/io/json.hpp>

namespace tessera::inline v0::detail {

/// The type of `component`.
/// @param stage   "normalizer", "pre-tokenizer", "decoder" or "post-processor"; a pre-tokenizer always says its type
/// @throws error  unsupported: there is no "type", and no component of the stage has its fields
[[nodiscard]] inline std::string_view component_type(json_value const& component, std::string_view stage) {
    struct fields {
        std::string_view stage;
        std::string_view type;
        std::array<std::string_view, 4> needed;  // empty: fewer are needed
    };
    // In the order in which the library tries them; fields beyond the needed ones do not matter.
    static constexpr fields known[] = {
        {"normalizer", "BertNormalizer", {"clean_text", "handle_chinese_chars", "lowercase"}},
        {"normalizer", "Strip", {"strip_left", "strip_right"}},
        {"normalizer", "Sequence", {"normalizers"}},
        {"normalizer", "Replace", {"pattern", "content"}},
        {"normalizer", "Prepend", {"prepend"}},
        {"decoder", "BPEDecoder", {"suffix"}},
        {"decoder", "WordPiece", {"prefix", "cleanup"}},
        {"decoder", "CTC", {"pad_token", "word_delimiter_token", "cleanup"}},
        {"decoder", "Replace", {"pattern", "content"}},
        {"decoder", "Strip", {"content", "start", "stop"}},
        {"post-processor", "RobertaProcessing", {"sep", "cls", "trim_offsets", "add_prefix_space"}},
        {"post-processor", "BertProcessing", {"sep", "cls"}},
        {"post-processor", "TemplateProcessing", {"single", "pair", "special_tokens"}},
    };
    json_object const object = component.object();
    if (auto const type = object.find("type")) return type->string();
    for (fields const& f : known) {
        bool const fits = f.stage == stage && std::all_of(f.needed.begin(), f.needed.end(), [&](std::string_view name) {
                              return name.empty() || object.find(name).has_value();
                          });
        if (fits) return f.type;
    }
    throw error(error_kind::unsupported, object.path_of("type"),
                "it is missing, and the fields fit no " + std::string(stage), "add the type");
}

}  // namespace tessera::inline v0::detail
