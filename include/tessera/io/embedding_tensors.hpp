// Which tensors of a model have a row for each token.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include <tessera/core/error.hpp>
#include <tessera/io/model_tensors.hpp>

namespace tessera::inline v0 {

/// Names, the usual ones first. Sources: Hugging Face's model classes; mergekit's architecture files; llama.cpp's
/// LLM_TENSOR_TOKEN_EMBD and LLM_TENSOR_OUTPUT.
inline constexpr std::array<std::string_view, 14> input_embedding_names{
    "model.embed_tokens.weight",
    "token_embd.weight",
    "language_model.model.embed_tokens.weight",
    "model.language_model.embed_tokens.weight",
    "transformer.wte.weight",
    "wte.weight",
    "gpt_neox.embed_in.weight",
    "model.decoder.embed_tokens.weight",
    "transformer.word_embeddings.weight",
    "backbone.embeddings.weight",
    "backbone.embedding.weight",
    "model.embeddings.weight",
    "embed_tokens.weight",
    "embed.weight",
};
inline constexpr std::array<std::string_view, 6> output_embedding_names{
    "lm_head.weight",   "output.weight", "language_model.lm_head.weight",
    "embed_out.weight", "head.weight",   "output_layer.weight"};

struct embedding_tensors {
    tensor_entry const* input = nullptr;
    tensor_entry const* output = nullptr;  ///< null: the input's rows score the next token too (tied)
};

/// @param input_name, output_name  instead of the usual ones, if not empty
/// @throws error  unsupported: there is no such tensor, or it is no matrix of numbers, or the two have different
/// columns
[[nodiscard]] inline embedding_tensors find_embeddings(model_tensors const& model, std::string_view input_name = {},
                                                       std::string_view output_name = {}) {
    embedding_tensors found;
    auto const find = [&](auto const& names, std::string_view given) -> tensor_entry const* {
        if (!given.empty()) return &model.at(given);
        for (std::string_view const name : names) {
            if (tensor_entry const* const entry = model.find(name)) return entry;
        }
        return nullptr;
    };
    found.input = find(input_embedding_names, input_name);
    if (found.input == nullptr) {
        throw error(error_kind::unsupported, model.path(0).string(),
                    "no tensor has a name that embeddings of tokens have", "say which one does");
    }
    found.output = find(output_embedding_names, output_name);
    model.check_matrix(*found.input);
    if (found.output != nullptr) {
        model.check_matrix(*found.output);
        if (found.output->columns() != found.input->columns()) {
            throw error(error_kind::unsupported, model.where(*found.output),
                        "it has " + std::to_string(found.output->columns()) +
                            " columns, and the input embeddings have " + std::to_string(found.input->columns()));
        }
    }
    return found;
}

}  // namespace tessera::inline v0
