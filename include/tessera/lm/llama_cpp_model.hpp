// A real language model: a GGUF file, run by llama.cpp. The only headers that need llama.h are this one and three of
// detail/.
//
// Prefixes are bookkeeping. evaluate() sorts those that are asked for, joins each with the longer ones that begin with
// it, and lets llama.cpp compute what its cache does not have, many prefixes at a time. What is in the cache, and what
// was taken away for want of room, changes the time that a row takes, and the order in which llama.cpp sums. Where
// weights have 32 bits the latter moves a log-probability by less than 1e-5. Where they have fewer, llama.cpp rounds
// what flows between layers too, to 16 bits or to 8, and the last bit of a sum may decide how. Two rows of one prefix
// then differ by up to 0.03 (SmolLM2 135M in F16), or, quantised, by as much as either does from the row of the model
// before it was quantised: 0.1 on average for tokens of a thousandth and more (Gemma 3 270M in Q4_K_M). Keep a row
// rather than ask for it twice where that matters.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <llama.h>

#include <tessera/core/error.hpp>
#include <tessera/core/language_model.hpp>
#include <tessera/core/token.hpp>
#include <tessera/lm/detail/llama_evaluator.hpp>
#include <tessera/lm/detail/llama_loading.hpp>
#include <tessera/lm/detail/prefix_tree.hpp>

namespace tessera::inline v0::lm {

struct llama_cpp_options {
    /// Tokens of the longest prefix, with what stands at its beginning, and of all that is remembered at a time. 0, or
    /// more than the model was trained with: as many as it was trained with.
    std::size_t context_length = 2048;
    std::size_t n_sequences = 32;  ///< branches that are computed and remembered at a time; 256 at most
    /// 0: one for two processors. They wait for each other without rest: more than there are idle processors take many
    /// times as long as one.
    std::size_t n_threads = 0;
    std::size_t max_live = 1U << 20;  ///< handles
    int n_gpu_layers = 0;             ///< layers to leave to an accelerator; -1: all
    token_id beginning = no_token;    ///< what stands before a text, if not what the model's file says
    bool verbose = false;             ///< print what llama.cpp has to say
};

/// Models LanguageModel. Not thread-safe; llama.cpp's log, which `verbose` turns on, is the whole process's.
///
/// A text begins with the token that the file asks for (`add_bos`). A model that wants none has no row for the first
/// token: nothing would stand before it. It is asked for what follows `<|endoftext|>`, which stood between the texts it
/// was trained on, or if there is no such token what follows its end of text.
class llama_cpp_model {
public:
    struct prefix {
        std::uint32_t node = 0;
        friend bool operator==(prefix, prefix) = default;
    };

    /// @throws error  io, syntax, unsupported: the file is missing, is no (whole) GGUF file, or no language model that
    ///                llama.cpp knows;  bad_option: an option has no meaning;  limit: there is not enough memory
    explicit llama_cpp_model(std::string const& path, llama_cpp_options const& options = {})
        : model_(load(path, options)),
          vocab_(llama_model_get_vocab(model_.get())),
          width_(static_cast<std::size_t>(llama_vocab_n_tokens(vocab_))),
          context_length_(choose_length(options.context_length)),
          beginning_(choose_beginning(path, options.beginning)),
          context_(detail::make_llama_context(*model_, path, context_length_, options.n_sequences, options.n_threads)),
          evaluator_(*context_, *model_, options.n_sequences, width_),
          tree_(options.max_live) {}

    [[nodiscard]] std::size_t vocab_size() const noexcept { return width_; }
    [[nodiscard]] std::size_t row_width() const noexcept { return width_; }
    [[nodiscard]] std::size_t max_live() const noexcept { return tree_.max_live(); }
    /// Tokens of the longest prefix, with the one at its beginning.
    [[nodiscard]] std::size_t context_length() const noexcept { return context_length_; }
    /// How many tokens were computed so far.
    [[nodiscard]] std::uint64_t n_computed() const noexcept { return evaluator_.n_computed(); }

    [[nodiscard]] prefix root() { return {tree_.root()}; }
    /// @pre p is live, token < vocab_size()
    /// @throws error  limit: the prefix outgrows the context, or max_live() are live
    [[nodiscard]] prefix child(prefix p, token_id token) {
        std::size_t const length = tree_.length(p.node) + 2;
        if (length > context_length_) {
            throw error(error_kind::limit, "model",
                        "a prefix of " + std::to_string(length) + " tokens does not fit the context of " +
                            std::to_string(context_length_),
                        "cut the text, or make the model with a longer context");
        }
        return {tree_.child(p.node, token)};
    }
    void release(prefix p) noexcept { tree_.release(p.node); }

    /// @throws error  bad_row: a value is not a number or infinite;  limit: llama.cpp fails for want of memory
    void evaluate(std::span<prefix const> prefixes, std::span<double> rows) {
        std::vector<detail::wanted_rows> wanted(prefixes.size());
        for (std::size_t i = 0; i < prefixes.size(); ++i) {
            wanted[i].tokens.push_back(beginning_);
            tree_.append_tokens(prefixes[i].node, wanted[i].tokens);
            wanted[i].rows.push_back(i);
        }
        std::stable_sort(wanted.begin(), wanted.end(),
                         [](auto const& a, auto const& b) { return a.tokens < b.tokens; });
        std::size_t n = 0;
        for (detail::wanted_rows& one : wanted) {
            if (n > 0 && wanted[n - 1].tokens == one.tokens) {
                wanted[n - 1].rows.push_back(one.rows.front());
            } else {
                if (&wanted[n] != &one) wanted[n] = std::move(one);
                ++n;
            }
        }
        evaluator_.evaluate(std::span(wanted).first(n), rows);
    }

    /// What the token adds to a text, after whatever stands before it; nothing for a control token.
    [[nodiscard]] std::string token_bytes(token_id token) const {
        std::string bytes(32, '\0');
        for (;;) {
            std::int32_t const n = llama_token_to_piece(vocab_, static_cast<llama_token>(token), bytes.data(),
                                                        static_cast<std::int32_t>(bytes.size()), 0, false);
            bytes.resize(static_cast<std::size_t>(n < 0 ? -n : n));
            if (n >= 0) return bytes;
        }
    }
    /// What the file says the token is for.
    [[nodiscard]] token_kind kind(token_id token) const {
        llama_token_attr const attributes = llama_vocab_get_attr(vocab_, static_cast<llama_token>(token));
        if ((attributes & LLAMA_TOKEN_ATTR_UNUSED) != 0) return token_kind::unused;
        if ((attributes & (LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN)) != 0) return token_kind::control;
        return (attributes & LLAMA_TOKEN_ATTR_BYTE) != 0 ? token_kind::byte : token_kind::normal;
    }
    /// Whether the model ends a text, or its turn in a conversation, with the token.
    [[nodiscard]] bool is_end(token_id token) const {
        return llama_vocab_is_eog(vocab_, static_cast<llama_token>(token));
    }
    /// The token that the file wants at the beginning of a text; `no_token` if it wants none.
    [[nodiscard]] token_id bos() const {
        return llama_vocab_get_add_bos(vocab_) ? as_id(llama_vocab_bos(vocab_)) : no_token;
    }
    /// The token before the first of a text; never `no_token`.
    [[nodiscard]] token_id beginning() const noexcept { return beginning_; }

private:
    static detail::llama_model_pointer load(std::string const& path, llama_cpp_options const& options) {
        if (options.n_sequences == 0 || options.n_sequences > llama_max_parallel_sequences() || options.max_live < 2 ||
            options.n_threads > 1024) {
            throw error(error_kind::bad_option, "llama_cpp_options",
                        "a model has 1 to " + std::to_string(llama_max_parallel_sequences()) +
                            " sequences, at least two live prefixes, and 1024 threads at most");
        }
        detail::llama_log::begin(options.verbose);
        return detail::load_llama_model(path, options.n_gpu_layers);
    }
    [[nodiscard]] std::size_t choose_length(std::size_t asked) const {
        std::int32_t const n = llama_model_n_ctx_train(model_.get());
        std::size_t const trained = n > 0 ? static_cast<std::size_t>(n) : 2048;
        return asked == 0 ? trained : std::min(asked, trained);
    }
    [[nodiscard]] token_id choose_beginning(std::string const& path, token_id asked) const {
        if (asked != no_token) {
            if (asked < width_) return asked;
            throw error(error_kind::bad_id, "token id " + std::to_string(asked),
                        "the model has " + std::to_string(width_) + " tokens", "begin texts with one of them");
        }
        if (bos() != no_token) return bos();
        for (token_id id = 0; id < width_; ++id) {
            char const* const text = llama_vocab_get_text(vocab_, static_cast<llama_token>(id));
            if (text != nullptr && std::string_view(text) == "<|endoftext|>") return id;
        }
        token_id const end = as_id(llama_vocab_eos(vocab_));
        if (end != no_token) return end;
        throw error(error_kind::unsupported, path,
                    "the model has no token to begin a text with, and none that ends one", "choose one");
    }
    static token_id as_id(llama_token token) noexcept { return token < 0 ? no_token : static_cast<token_id>(token); }

    detail::llama_model_pointer model_;
    llama_vocab const* vocab_;
    std::size_t width_;
    std::size_t context_length_;
    token_id beginning_;
    detail::llama_context_pointer context_;
    detail::llama_evaluator evaluator_;
    detail::prefix_tree tree_;
};

static_assert(LanguageModel<llama_cpp_model>);

}  // namespace tessera::inline v0::lm
