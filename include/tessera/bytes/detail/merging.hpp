// What of a model merges, as BPE by ranks. Next: canonical_tokens.hpp.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/model/any_model.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/model/piece_type.hpp>
#include <tessera/model/sentencepiece_bpe_model.hpp>

namespace tessera::inline v0 {
namespace detail {

struct merging {
    std::shared_ptr<bpe_model const> bpe;
    std::vector<added_token> kept_whole;  // user-defined pieces
};

[[noreturn]] inline void refuse_model(std::string message) {
    throw error(error_kind::unsupported, "model", std::move(message),
                "its canonical tokenizations cannot be followed; use the native law");
}

/// A model that is one already; it outlives the result.
[[nodiscard]] inline merging merging_of(bpe_model const& model) {
    bpe_options const& o = model.options();
    if (!o.continuing_subword_prefix.empty() || !o.end_of_word_suffix.empty()) {
        refuse_model("its tokens carry marks of where they stand in a word");
    }
    return {std::shared_ptr<bpe_model const>(std::shared_ptr<void>(), &model), {}};
}

/// SentencePiece's: pieces of the same score share a rank, which a list of merges in a file cannot say.
[[nodiscard]] inline merging merging_of(sentencepiece_bpe_model const& model) {
    sentencepiece_bpe_options const& o = model.options();
    vocabulary const& vocab = model.vocab();
    std::vector<added_token> kept;
    for (token_id id = 0; id < o.types.size(); ++id) {
        if (o.types[id] == piece_type::unused) refuse_model("it has unused pieces, which are merged and taken apart");
        if (o.types[id] == piece_type::user_defined) {
            kept.push_back({.id = id, .content = std::string(vocab.bytes(id)), .special = false});
        }
    }
    std::vector<merge> merges = model.merges();
    // A character that is no piece is merged here and falls back to bytes there; a space is none, as it is visible.
    for (merge const& m : merges) {
        for (token_id const part : {m.left, m.right}) {
            if (part >= vocab.size() && vocab.bytes(m.result).find_first_not_of(' ') != std::string_view::npos) {
                refuse_model("token " + std::to_string(m.result) + " is made of a character that is no token");
            }
        }
    }
    std::erase_if(merges, [&](merge const& m) { return m.left >= vocab.size() || m.right >= vocab.size(); });
    std::stable_sort(merges.begin(), merges.end(), [](merge const& a, merge const& b) { return a.rank < b.rank; });
    return {std::make_shared<bpe_model const>(vocab, std::move(merges),
                                              bpe_options{.unit = symbol_unit::code_point,
                                                          .unknown = o.unknown,
                                                          .fuse_unknown = true,
                                                          .byte_fallback = o.byte_fallback}),
            std::move(kept)};
}

[[nodiscard]] inline merging merging_of(any_model const& model) {
    return model.visit([](auto const& one) -> merging {
        using Model = std::remove_cvref_t<decltype(one)>;
        if constexpr (std::is_same_v<Model, bpe_model> || std::is_same_v<Model, sentencepiece_bpe_model>) {
            return merging_of(one);
        } else {
            refuse_model(std::string(Model::type) + " does not merge as BPE does");
        }
    });
}

}  // namespace detail
}  // namespace tessera::inline v0
