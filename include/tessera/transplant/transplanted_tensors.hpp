// The tensors of a model with new embeddings, as they are to be written: shared rows and all other tensors as the bytes
// they were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/io/embedding_tensors.hpp>
#include <tessera/io/model_tensors.hpp>
#include <tessera/io/tensor_source.hpp>
#include <tessera/io/tensor_type.hpp>
#include <tessera/io/tensor_values.hpp>
#include <tessera/transplant/matrix.hpp>
#include <tessera/transplant/row_plan.hpp>

namespace tessera::inline v0::transplant {

/// Whether the input's rows score the next token too: there is no other matrix, or, as some libraries save a tied
/// model, a copy that the configuration does not call a head of its own.
[[nodiscard]] inline bool is_tied(model_tensors const& model, embedding_tensors const& embeddings,
                                  std::optional<bool> config_says) {
    if (embeddings.output == nullptr) return true;
    return model.format() == tensor_format::safetensors && config_says.value_or(true) &&
           embeddings.output->type == embeddings.input->type &&
           model.bytes(*embeddings.output) == model.bytes(*embeddings.input);
}

namespace detail {

/// @throws error  limit: there is not that much memory, whatever a file claims
inline matrix room_for(model_tensors const& model, tensor_entry const& entry, std::uint64_t n_rows) {
    try {
        return matrix(static_cast<Eigen::Index>(n_rows), static_cast<Eigen::Index>(entry.columns()));
    } catch (std::bad_alloc const&) {
        throw error(error_kind::limit, model.where(entry),
                    std::to_string(n_rows) + " rows of " + std::to_string(entry.columns()) +
                        " numbers are more than there is memory for");
    }
}

}  // namespace detail

/// A matrix of the base model as numbers. (rows, columns)
/// @throws error  syntax: a value is not finite; unsupported; limit: it is too large for this machine's memory
[[nodiscard]] inline matrix read_matrix(model_tensors const& model, tensor_entry const& entry) {
    model.check_matrix(entry);
    matrix rows = detail::room_for(model, entry, entry.rows());
    model.read_finite_rows(entry, 0, entry.rows(), {rows.data(), static_cast<std::size_t>(rows.size())});
    return rows;
}

/// The same, of these rows only, in this order. @pre each is less than entry.rows()
[[nodiscard]] inline matrix read_rows_of(model_tensors const& model, tensor_entry const& entry,
                                         std::vector<token_id> const& ids) {
    matrix rows = detail::room_for(model, entry, ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        model.read_finite_rows(entry, ids[i], 1, {row_of(rows, i), n_columns(rows)});
    }
    return rows;
}

/// A matrix of the new model. Rows that the plan copies are the base's bytes where the type is the same. All outlive
/// the writing.
/// @param type    one of those that append_floats writes
/// @param rows    (plan.n_rows(), columns)
/// @throws error  bad_option: a row does not fill whole blocks of the type; unsupported: it is not written
[[nodiscard]] inline tensor_source transplanted_tensor(model_tensors const& base, tensor_entry const& entry,
                                                       std::string name, tensor_type type, row_plan const& plan,
                                                       matrix const& rows) {
    if (!is_written(type)) {
        throw error(error_kind::unsupported, base.where(entry),
                    "rows of type " + std::string(name_of(type)) + " are not written",
                    "choose a type for the new embeddings");
    }
    if (entry.columns() % values_in_block(type) != 0) {
        throw error(error_kind::bad_option, base.where(entry),
                    "its " + std::to_string(entry.columns()) + " columns do not fill whole blocks of " +
                        std::string(name_of(type)),
                    "choose another type for the new embeddings");
    }
    tensor_source source;
    source.name = std::move(name);
    source.type = type;
    source.shape = {plan.n_rows(), entry.columns()};
    source.write = [&base, &entry, &plan, &rows, type](byte_sink sink) {
        std::string_view const bytes = base.bytes(entry);
        std::size_t const row_bytes = entry.rows() == 0 ? 0 : bytes.size() / static_cast<std::size_t>(entry.rows());
        std::string out;
        for (std::size_t id = 0; id < plan.n_rows(); ++id) {
            if (plan.base[id] != no_token && entry.type == type) {
                out += bytes.substr(plan.base[id] * row_bytes, row_bytes);
            } else {
                append_floats(type, {row_of(rows, id), n_columns(rows)}, out);
            }
            if (out.size() < std::size_t{1} << 20) continue;
            sink(out);
            out.clear();
        }
        sink(out);
    };
    return source;
}

/// What is written for the two matrices.
struct new_embeddings {
    matrix const* input = nullptr;
    matrix const* output = nullptr;  ///< null: tied, the input's rows are the head's
    tensor_type input_type = tensor_type::f32;
    tensor_type output_type = tensor_type::f32;
};

/// All tensors of the new model, in the order of the base's. A base with tied embeddings that becomes untied gets a
/// tensor for the head behind the embeddings. All arguments outlive the writing.
[[nodiscard]] inline std::vector<tensor_source> transplanted_tensors(model_tensors const& base,
                                                                     embedding_tensors const& embeddings,
                                                                     row_plan const& plan, new_embeddings const& rows) {
    std::vector<tensor_source> sources;
    for (tensor_entry const& entry : base.entries()) {
        if (&entry == embeddings.input) {
            sources.push_back(transplanted_tensor(base, entry, entry.name, rows.input_type, plan, *rows.input));
            if (embeddings.output == nullptr && rows.output != nullptr) {
                bool const is_gguf = base.format() == tensor_format::gguf;
                sources.push_back(transplanted_tensor(base, entry, is_gguf ? "output.weight" : "lm_head.weight",
                                                      rows.output_type, plan, *rows.output));
            }
        } else if (&entry == embeddings.output) {
            sources.push_back(transplanted_tensor(base, entry, entry.name, rows.output_type, plan,
                                                  rows.output != nullptr ? *rows.output : *rows.input));
        } else {
            sources.push_back(copied_tensor(entry, base.bytes(entry)));
        }
    }
    return sources;
}

}  // namespace tessera::inline v0::transplant
