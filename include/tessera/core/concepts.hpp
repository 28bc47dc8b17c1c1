// The contracts between the layers. Each type that models one says so with a static_assert at the end of its header.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <tessera/core/text_piece.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/token_source.hpp>

namespace tessera::inline v0 {

/// Minimal callables the concepts are checked against; never called.
namespace archetype {
struct on_pretoken {
    void operator()(std::string_view) const {}
};
struct on_token {
    void operator()(token_id) const {}
};
struct on_index {
    void operator()(std::size_t) const {}
};
}  // namespace archetype

/// Splits text into pretokens, across which no token reaches. Pretokens are non-empty and in order; where
/// `P::lossless`, their concatenation is the text. Linear time on any bytes, valid UTF-8 or not.
template <class P>
concept Pretokenizer = std::copyable<P> && requires(P const p, std::string_view text, archetype::on_pretoken sink) {
    { p.for_each(text, sink) } -> std::same_as<void>;
    { p.name() } -> std::convertible_to<std::string_view>;
    { P::lossless } -> std::convertible_to<bool>;
};

/// Rewrites text before it is split. `identity` is true where `normalize` changes nothing, so callers skip the copy.
template <class N>
concept Normalizer = std::copyable<N> && requires(N const n, std::string_view text, std::string& out) {
    { n.normalize(text, out) } -> std::same_as<void>;  // replaces the content of `out`
    { n.is_identity() } -> std::same_as<bool>;
    { n.name() } -> std::convertible_to<std::string>;
};

/// A Normalizer with scratch, which also says how much of its result stands for the first character of the input.
/// Takes and gives leading bytes; 0: the text begins elsewhere. @see text_piece
template <class N>
concept StagedNormalizer =
    Normalizer<N> && requires(N const n, text_piece text, typename N::scratch s, std::string& out) {
        { n.normalize(text, s, out) } -> std::same_as<std::size_t>;
    };

/// A Pretokenizer with scratch, which may rewrite what it splits. What it gives out is valid during the call.
template <class P>
concept StagedPretokenizer =
    Pretokenizer<P> && requires(P const p, text_piece text, typename P::scratch s, archetype::on_pretoken sink) {
        { p.for_each(text, s, sink) } -> std::same_as<void>;
    };

/// Turns tokens back into text. `joins_bytes` is true where the text is the canonical bytes of the tokens, joined;
/// else `decode` gets the tokens as the vocabulary spells them. Its scratch holds what it remembers between tokens, so
/// that decoding allocates nothing once that has grown.
template <class D>
concept Decoder =
    std::copyable<D> && std::default_initializable<typename D::scratch> &&
    requires(D const d, token_source tokens, typename D::scratch s, std::string_view token, std::string& out) {
        { d.joins_bytes() } -> std::same_as<bool>;
        { d.decode(tokens, s, out) } -> std::same_as<void>;          // appends
        { d.append_token_bytes(token, out) } -> std::same_as<void>;  // what it adds in mid-text
    };

/// Token ids and their canonical bytes.
template <class V>
concept Vocabulary = requires(V const v, token_id id, std::string_view bytes) {
    { v.size() } noexcept -> std::same_as<std::size_t>;
    { v.bytes(id) } noexcept -> std::same_as<std::string_view>;  // @pre id < size()
    { v.find(bytes) } noexcept -> std::same_as<token_id>;        // no_token if absent
};

/// Turns one pretoken into ids. `scratch` holds everything mutable: one per thread, reused, so that encoding allocates
/// nothing once it has seen the longest pretoken and its caches are full.
template <class M>
concept Model = requires(M const m, typename M::scratch s, std::string_view pretoken, archetype::on_token sink) {
    requires std::default_initializable<typename M::scratch>;
    requires Vocabulary<typename M::vocabulary_type>;
    { m.vocab() } noexcept -> std::same_as<typename M::vocabulary_type const&>;
    { m.encode(pretoken, s, sink) } -> std::same_as<void>;
};

/// Finds the merge of two neighbouring symbols; `found.result == no_token` where there is none.
template <class T>
concept MergeTable = requires(T const t, token_id left, token_id right) {
    { t.find(left, right).rank } -> std::convertible_to<std::uint32_t>;
    { t.find(left, right).result } -> std::convertible_to<token_id>;
};

/// Applies merges to a sequence of symbols, in place, returning how many remain. All engines agree on every input.
template <class E, class T>
concept MergeEngine =
    MergeTable<T> && std::default_initializable<E> && requires(E e, T const t, std::span<token_id> symbols) {
        { e.apply(t, symbols) } -> std::same_as<std::size_t>;
    };

/// Runs `body(0) .. body(n - 1)` in any order, perhaps at once; returns when all are done; passes an exception on.
template <class X>
concept Executor = requires(X const x, std::size_t n, archetype::on_index body) {
    { x.for_each_index(n, body) } -> std::same_as<void>;
    { x.concurrency() } noexcept -> std::same_as<std::size_t>;
};

/// The executor of one thread.
struct serial_executor {
    template <class Body>
    void for_each_index(std::size_t n, Body&& body) const {
        for (std::size_t i = 0; i < n; ++i) body(i);
    }
    [[nodiscard]] static std::size_t concurrency() noexcept { return 1; }
};
static_assert(Executor<serial_executor>);

}  // namespace tessera::inline v0
