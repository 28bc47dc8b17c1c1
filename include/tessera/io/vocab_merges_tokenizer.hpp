// The tokenizer of vocab.json + merges.txt with what the files beside them say. The files themselves say nothing of how
// text is split: the class of the tokenizer does, in transformers.
// Source: huggingface/transformers 4.57, models/{gpt2,roberta,qwen2}/tokenization_*_fast.py and
// convert_slow_tokenizer.py.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/io/detail/config_tokens.hpp>
#include <tessera/io/json.hpp>
#include <tessera/io/loaded_tokenizer.hpp>
#include <tessera/io/tokenizer_config.hpp>
#include <tessera/io/vocab_merges.hpp>
#include <tessera/pattern/icu_pattern.hpp>

namespace tessera::inline v0 {

namespace detail {

enum class vocab_merges_family : std::uint8_t { gpt2, roberta, qwen2 };

struct vocab_merges_class {
    std::string_view name;  ///< without "Tokenizer" and "Fast" at the end
    vocab_merges_family family;
};

/// The classes whose two files are of byte-level BPE and mean the same as one of three.
inline constexpr std::array<vocab_merges_class, 12> vocab_merges_classes{{
    {"GPT2", vocab_merges_family::gpt2},
    {"GPTNeoX", vocab_merges_family::gpt2},
    {"CodeGen", vocab_merges_family::gpt2},
    {"Phi", vocab_merges_family::gpt2},
    {"Roberta", vocab_merges_family::roberta},
    {"Bart", vocab_merges_family::roberta},
    {"Longformer", vocab_merges_family::roberta},
    {"LED", vocab_merges_family::roberta},
    {"Qwen2", vocab_merges_family::qwen2},
    {"Qwen2VL", vocab_merges_family::qwen2},
    {"Qwen2_5", vocab_merges_family::qwen2},
    {"Qwen3", vocab_merges_family::qwen2},
}};

/// @throws error  unsupported: a class that is none of these
inline vocab_merges_family family_of(std::string_view tokenizer_class) {
    std::string_view name = tokenizer_class;
    if (name.ends_with("Fast")) name.remove_suffix(4);
    if (name.ends_with("Tokenizer")) name.remove_suffix(9);
    for (vocab_merges_class const& known : vocab_merges_classes) {
        if (known.name == name) return known.family;
    }
    throw error(error_kind::unsupported, "tokenizer_config.json: tokenizer_class",
                shown(tokenizer_class) + " is not known to split vocab.json + merges.txt as GPT-2 or Qwen 2 do",
                "give the pattern if the files are of byte-level BPE, or take the tokenizer.json of the model");
}

/// What the class has by itself, where the configuration does not name it.
inline std::vector<std::string> special_names(tokenizer_config const& config, vocab_merges_family family) {
    bool const is_roberta = family == vocab_merges_family::roberta;
    auto const name = [](std::optional<std::string> const& said, char const* otherwise) {
        return said.value_or(otherwise);
    };
    char const* const end = "<|endoftext|>";
    if (is_roberta) {
        return {name(config.bos_token, "<s>"),    name(config.eos_token, "</s>"),  name(config.unk_token, "<unk>"),
                name(config.sep_token, "</s>"),   name(config.pad_token, "<pad>"), name(config.cls_token, "<s>"),
                name(config.mask_token, "<mask>")};
    }
    bool const is_qwen = family == vocab_merges_family::qwen2;
    return {name(config.bos_token, is_qwen ? "" : end),
            name(config.eos_token, end),
            name(config.unk_token, end),
            name(config.sep_token, ""),
            name(config.pad_token, is_qwen ? end : ""),
            name(config.cls_token, ""),
            name(config.mask_token, "")};
}

inline any_post_processor roberta_frame(std::vector<added_token> const& added, tokenizer_config const& config) {
    roberta_processing_options options;
    options.sep.first = config.sep_token.value_or("</s>");
    options.cls.first = config.cls_token.value_or("<s>");
    options.add_prefix_space = config.add_prefix_space.value_or(false);
    for (auto* const end : {&options.sep, &options.cls}) {
        for (added_token const& token : added) {
            if (token.content == end->first) end->second = token.id;
        }
    }
    return any_post_processor({roberta_processing(std::move(options))});
}

}  // namespace detail

/// Makes the tokenizer of the two files. Without a configuration there are no special tokens but those of `options`.
/// @param config  null: there is none
/// @param notes   gets what was assumed
/// @throws error  as read_vocab_merges; unsupported: the configuration names another kind of tokenizer
[[nodiscard]] inline any_tokenizer vocab_merges_tokenizer(std::string_view vocab_json, std::string_view merges_txt,
                                                          tokenizer_config const* config, load_options const& options,
                                                          std::vector<std::string>& notes) {
    using enum detail::vocab_merges_family;
    bool const has_class = config != nullptr && !config->tokenizer_class.empty();
    detail::vocab_merges_family family = gpt2;
    if (has_class && options.pattern.empty()) family = detail::family_of(config->tokenizer_class);
    if (!has_class && options.pattern.empty()) {
        notes.emplace_back("the files do not say how text is split; GPT-2's pattern is assumed");
    }
    bool const prefix_space = config != nullptr && config->add_prefix_space.value_or(false);
    any_pretokenizer pretokenizer = any_pretokenizer::by_name_or_pattern(!options.pattern.empty() ? options.pattern
                                                                         : family == qwen2        ? "qwen2"
                                                                                                  : "gpt2",
                                                                         &icu_pattern::make);
    if (prefix_space && family != qwen2 && options.pattern.empty()) {
        byte_level_options with_space{.add_prefix_space = true, .use_regex = true};
        with_space.translate = false;
        pretokenizer = any_pretokenizer({byte_level_pretokenizer(with_space)});
    }
    any_normalizer normalizer;
    if (family == qwen2) normalizer = any_normalizer::by_name("nfc");
    std::vector<added_token> added = options.specials;
    any_post_processor frame;
    if (config != nullptr && added.empty()) {
        std::vector<std::pair<std::string_view, token_id>> known;
        try {
            json_document const document(vocab_json);
            for (auto const& field : document.root().raw_object()) {
                std::uint64_t id = 0;
                if (field.value.get(id) == simdjson::SUCCESS && id < max_vocabulary_size)
                    known.emplace_back(field.key, static_cast<token_id>(id));
            }
            detail::config_tokens tokens(known);
            tokens.add_listed(*config);
            if (has_class && options.pattern.empty()) {
                for (std::string const& name : detail::special_names(*config, family)) {
                    bool const is_mask = family == roberta && name == config->mask_token.value_or("<mask>");
                    tokens.add_special(name, *config, is_mask);
                }
            }
            for (added_token const& token : config->unnumbered_tokens) tokens.add_special(token.content, *config);
            added = std::move(tokens).take();
        } catch (error const& e) {
            throw e.kind() == error_kind::bad_token ? e : e.within("vocab.json");
        }
        if (family == roberta) frame = detail::roberta_frame(added, *config);
    }
    return read_vocab_merges(vocab_json, merges_txt, std::move(pretokenizer), std::move(added), std::move(normalizer),
                             std::move(frame));
}

}  // namespace tessera::inline v0
