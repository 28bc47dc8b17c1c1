// The components around the model in a tokenizer.json: normalizer, pre-tokenizer, post-processor, decoder, added
// tokens. Each function takes one of them and says what tessera makes of it, or throws `unsupported` with its JSON
// path.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/core/special_tokens.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/decode/any_decoder.hpp>
#include <tessera/io/detail/added_tokens.hpp>
#include <tessera/io/detail/bpe_parts.hpp>
#include <tessera/io/detail/component_json.hpp>
#include <tessera/io/json.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/normalize/any_normalizer.hpp>
#include <tessera/post_process/any_post_processor.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/tokenizer.hpp>

namespace tessera::inline v0::detail {

[[noreturn]] inline void unsupported(json_value const& at, std::string_view what, std::string remedy) {
    at.fail(error_kind::unsupported, std::string(what) + " is not supported", std::move(remedy));
}

inline any_normalizer read_normalizer(std::optional<json_value> const& component) {
    return any_normalizer(read_steps<any_normalizer::step>(component, "normalizers", "normalizer"));
}

/// What a file's pre-tokenizer says: how text is split, and whether it becomes bytes.
struct pre_tokenizer_parts {
    any_pretokenizer pretokenizer = any_pretokenizer::by_name("bytes");
    symbol_unit unit = symbol_unit::code_point;
};

/// Hugging Face runs BPE over characters, and ByteLevel turns bytes into characters first. Where that is the last step,
/// the model runs over the bytes themselves, and ByteLevel has nothing to translate.
/// @param allow_bytes  the model and the decoder can do that
inline pre_tokenizer_parts read_pre_tokenizer(std::optional<json_value> const& component, bool allow_bytes) {
    using steps = std::vector<any_pretokenizer::step>;
    steps all = read_steps<any_pretokenizer::step>(component, "pretokenizers", "pre-tokenizer");
    auto const is_byte_level = [](any_pretokenizer::step const& one) {
        return std::holds_alternative<byte_level_pretokenizer>(one);
    };
    symbol_unit unit = symbol_unit::code_point;
    if (allow_bytes && !all.empty() && is_byte_level(all.back()) &&
        std::none_of(all.begin(), all.end() - 1, is_byte_level)) {
        byte_level_options options = std::get<byte_level_pretokenizer>(all.back()).options();
        options.translate = false;
        all.back() = byte_level_pretokenizer(options);
        unit = symbol_unit::byte;
    }
    return {any_pretokenizer(std::move(all)), unit};
}

/// A byte-level vocabulary needs no decoder but ByteLevel: the bytes of its tokens, joined, are the text. That is what
/// a file without one gets as well.
inline bool decodes_bytes(std::vector<any_decoder::step> const& steps) {
    return steps.empty() || (std::holds_alternative<byte_level_decoder>(steps.front()) &&
                             std::all_of(steps.begin() + 1, steps.end(), [](any_decoder::step const& one) {
                                 return std::holds_alternative<fuse_decoder>(one);
                             }));
}

/// The post-processor of a file, with its settings of truncation and padding.
inline any_post_processor read_post_processor(json_object const& root, vocabulary const& vocab) {
    std::optional<truncation_params> truncation;
    std::optional<padding_params> padding;
    if (auto const value = root.find("truncation")) read_json(*value, truncation);
    if (auto const value = root.find("padding")) read_json(*value, padding);
    any_post_processor processor(
        read_steps<any_post_processor::step>(root.find("post_processor"), "processors", "post-processor"),
        std::move(truncation), std::move(padding));
    if (!processor.frame()) return processor;
    for (auto const* const ids : {&processor.frame()->before, &processor.frame()->after}) {
        for (token_id const id : *ids) {
            if (id < vocab.size() && vocab.kind(id) != token_kind::unused) continue;
            throw error(error_kind::bad_token, "post_processor",
                        "token id " + std::to_string(id) + " is not in the vocabulary",
                        "add the token, or correct the id");
        }
    }
    return processor;
}

}  // namespace tessera::inline v0::detail
