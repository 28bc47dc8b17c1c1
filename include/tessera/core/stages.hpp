// Running a normalizer or a pretokenizer, with scratch or without.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <tessera/core/concepts.hpp>
#include <tessera/core/text_piece.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {

namespace detail {

struct no_scratch {};

template <class T>
struct scratch_of {
    using type = no_scratch;
};
template <class T>
    requires requires { typename T::scratch; }
struct scratch_of<T> {
    using type = typename T::scratch;
};

/// Calls `sink(std::string_view)` with the pretokens of `text`.
template <Pretokenizer P, class Sink>
void for_each_pretoken(P const& pretokenizer, text_piece text, typename scratch_of<P>::type& s, Sink&& sink) {
    if constexpr (StagedPretokenizer<P>) {
        pretokenizer.for_each(text, s, sink);
    } else {
        pretokenizer.for_each(text.text, sink);
    }
}

/// What `normalizer` makes of `text`; lies in `out` unless nothing changes.
template <Normalizer N>
[[nodiscard]] text_piece normalized(N const& normalizer, text_piece text, typename scratch_of<N>::type& s,
                                    std::string& out) {
    if (normalizer.is_identity()) return text;
    if constexpr (StagedNormalizer<N>) {
        std::size_t const from_start = normalizer.normalize(text, s, out);
        return {out, from_start};
    } else {
        normalizer.normalize(text.text, out);
        return {out, std::min(text.from_start, out.size())};
    }
}

/// A text from its beginning, if `pretokenizer` asks what stands there; else like any other.
template <Pretokenizer P>
[[nodiscard]] text_piece whole_input(P const& pretokenizer, std::string_view text) {
    if constexpr (requires { pretokenizer.asks_for_start(); }) {
        if (!text.empty() && pretokenizer.asks_for_start()) return {text, decode_utf8(text, 0).length};
    }
    return {text, 0};
}

}  // namespace detail

}  // namespace tessera::inline v0
