// The model chosen at run time: what a file names.
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/boundless_model.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/model/greedy_model.hpp>
#include <tessera/model/sentencepiece_bpe_model.hpp>
#include <tessera/model/sentencepiece_word_model.hpp>
#include <tessera/model/unigram_model.hpp>
#include <tessera/model/word_level_model.hpp>
#include <tessera/model/wordpiece_model.hpp>

namespace tessera::inline v0 {

/// One of the models above.
class any_model {
public:
    using vocabulary_type = vocabulary;
    using variant_type = std::variant<bpe_model, unigram_model, sentencepiece_bpe_model, wordpiece_model,
                                      word_level_model, greedy_model, sentencepiece_word_model, boundless_model>;

    /// The scratch of whichever model used it last; another kind of model starts it anew.
    class scratch {
        friend class any_model;
        std::variant<std::monostate, bpe_model::scratch, unigram_model::scratch, sentencepiece_bpe_model::scratch,
                     wordpiece_model::scratch, word_level_model::scratch, greedy_model::scratch,
                     sentencepiece_word_model::scratch, boundless_model::scratch>
            held;
        std::vector<token_id> ids;
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

    /// True if it splits the text itself, and its tokens are the bytes of the text. @see boundless_model
    [[nodiscard]] bool tiles_text() const noexcept {
        return std::visit(
            [](auto const& model) {
                if constexpr (requires { model.tiles_text(); }) return model.tiles_text();
                return false;
            },
            model_);
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
                return f(model, held_by<std::remove_cvref_t<decltype(model)>>(s));
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
        if (auto const* const bpe = std::get_if<bpe_model>(&model_)) {  // most tokenizers: straight into the sink
            bpe->encode(pretoken, held_by<bpe_model>(s), sink);
            return;
        }
        s.ids.clear();
        append(pretoken, s);
        for (token_id const id : s.ids) sink(id);
    }

private:
    template <class M>
    static typename M::scratch& held_by(scratch& s) {
        using held = typename M::scratch;
        if (!std::holds_alternative<held>(s.held)) s.held.template emplace<held>();
        return *std::get_if<held>(&s.held);
    }

    // All models in one function, whatever the sink.
    void append(std::string_view pretoken, scratch& s) const {
        visit(s, [&](auto const& model, auto& held) {
            model.encode(pretoken, held, [&](token_id id) { s.ids.push_back(id); });
        });
    }

    variant_type model_;
};

static_assert(Model<any_model>);

}  // namespace tessera::inline v0
