// The model chosen at run time: what a file names.
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <tessera/core/concepts.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/model/greedy_model.hpp>
#include <tessera/model/sentencepiece_bpe_model.hpp>
#include <tessera/model/unigram_model.hpp>
#include <tessera/model/word_level_model.hpp>
#include <tessera/model/wordpiece_model.hpp>

namespace tessera::inline v0 {

/// One of the models above.
class any_model {
public:
    using vocabulary_type = vocabulary;
    using variant_type = std::variant<bpe_model, unigram_model, sentencepiece_bpe_model, wordpiece_model,
                                      word_level_model, greedy_model>;

    /// The scratch of whichever model used it last; another kind of model starts it anew.
    class scratch {
        friend class any_model;
        std::variant<std::monostate, bpe_model::scratch, unigram_model::scratch, sentencepiece_bpe_model::scratch,
                     wordpiece_model::scratch, word_level_model::scratch, greedy_model::scratch>
            held;
    };

    template <class M>
        requires std::is_constructible_v<variant_type, M> && (!std::is_same_v<std::remove_cvref_t<M>, any_model>)
    any_model(M&& model) : model_(std::forward<M>(model)) {}

    [[nodiscard]] vocabulary const& vocab() const noexcept {
        return std::visit([](auto const& model) -> vocabulary const& { return model.vocab(); }, model_);
    }
    /// The `type` of the model.
    [[nodiscard]] std::string_view type() const noexcept {
        return std::visit([](auto const& model) -> std::string_view { return model.type; }, model_);
    }

    /// The model if it is of that type, or null.
    template <class M>
    [[nodiscard]] M const* get_if() const noexcept {
        return std::get_if<M>(&model_);
    }

    /// Calls `f(model, scratch of that model)`: the choice is made once for all that `f` does, for a loop over
    /// pretokens say. `encode` makes it for each pretoken.
    template <class F>
    decltype(auto) visit(scratch& s, F&& f) const {
        return std::visit(
            [&](auto const& model) -> decltype(auto) {
                using held = typename std::remove_cvref_t<decltype(model)>::scratch;
                if (!std::holds_alternative<held>(s.held)) s.held.template emplace<held>();
                return f(model, *std::get_if<held>(&s.held));
            },
            model_);
    }

    /// Calls `f(model)`.
    template <class F>
    decltype(auto) visit(F&& f) const {
        return std::visit(std::forward<F>(f), model_);
    }

    /// Encodes one pretoken, as the model does.
    template <class Sink>
    void encode(std::string_view pretoken, scratch& s, Sink&& sink) const {
        visit(s, [&](auto const& model, auto& held) { model.encode(pretoken, held, sink); });
    }

private:
    variant_type model_;
};

static_assert(Model<any_model>);

}  // namespace tessera::inline v0
