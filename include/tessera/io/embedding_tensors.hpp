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
/// @throws error  unsupported: there is no such tensor, or it is no matrix of numbers, or an empty one, or the two have
/// different shapes
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
    if (found.output == found.input) found.output = nullptr;
    auto const check = [&](tensor_entry const& entry) {
        model.check_matrix(entry);
        if (entry.rows() > 0 && entry.columns() > 0) return;
        throw error(error_kind::unsupported, model.where(entry),
                    "its shape is " + shown_shape(entry.shape) + ": there is nothing in it");
    };
    check(*found.input);
    if (found.output != nullptr) {
        check(*found.output);
        if (found.output->shape != found.input->shape) {
            throw error(error_kind::unsupported, model.where(*found.output),
                        "its shape is " + shown_shape(found.output->shape) + ", and that of the input embeddings " +
                            shown_shape(found.input->shape));
        }
    }
    return found;
}

}  // namespace tessera::inline v0
