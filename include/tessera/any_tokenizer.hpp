// The tokenizer whose parts a file chooses at run time. The same template as every other: no second implementation.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/decode/any_decoder.hpp>
#include <tessera/model/any_model.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/normalize/any_normalizer.hpp>
#include <tessera/post_process/any_post_processor.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/tokenizer.hpp>

namespace tessera::inline v0 {

/// A tokenizer as files describe them. io/tokenizer_file.hpp loads one.
using any_tokenizer = tokenizer<any_pretokenizer, any_model, any_normalizer, any_decoder, any_post_processor>;

/// True if the model reads bytes, not characters: its vocabulary holds canonical bytes.
[[nodiscard]] inline bool is_byte_level(any_tokenizer const& tokenizer) noexcept {
    auto const* const bpe = tokenizer.model().get_if<bpe_model>();
    return bpe != nullptr ? bpe->options().unit == symbol_unit::byte
                          : tokenizer.model().get_if<greedy_model>() != nullptr ||
                                tokenizer.model().get_if<boundless_model>() != nullptr;
}

/// The model of a BPE tokenizer.
/// @param purpose  what it is needed for: "merges.txt"
/// @throws error   unsupported: it is another model
[[nodiscard]] inline bpe_model const& bpe_of(any_tokenizer const& tokenizer, char const* purpose) {
    auto const* const bpe = tokenizer.model().get_if<bpe_model>();
    if (bpe == nullptr) {
        throw error(error_kind::unsupported, "model", std::string(purpose) + " is for BPE only",
                    "write a tokenizer.json");
    }
    return *bpe;
}

/// A regular expression of a tokenizer, and what runs it: "automaton", "literal", the name of a hand-written scanner,
/// or "icu", which backtracks and gives up with an error on a text that takes it too many steps.
struct pattern_engine {
    std::string_view pattern;
    std::string_view engine;
};

/// All patterns of a tokenizer, in the order of its stages. The views are the tokenizer's.
[[nodiscard]] inline std::vector<pattern_engine> pattern_engines(any_tokenizer const& tokenizer) {
    std::vector<pattern_engine> out;
    auto const add = [&out](auto const& step) {
        if constexpr (requires { step.engine(); }) out.push_back({step.options().pattern.text, step.engine()});
    };
    for (auto const& step : tokenizer.normalizer().steps()) std::visit(add, step);
    for (auto const& step : tokenizer.pretokenizer().steps()) std::visit(add, step);
    for (auto const& step : tokenizer.decoder().steps()) std::visit(add, step);
    return out;
}

}  // namespace tessera::inline v0
