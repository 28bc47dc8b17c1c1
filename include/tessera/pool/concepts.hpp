// What a word pool is made of: words, and their units. @see word_pool.hpp
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <tessera/core/concepts.hpp>

namespace tessera::inline v0 {

namespace archetype {
struct on_unit {
    void operator()(std::int32_t) const {}
};
}  // namespace archetype

/// Splits a text into words, which are parts of the text itself. Either the words, joined, are the text; or there is a
/// `joiner`, which is put between them for want of what was there. A pretokenizer that drops text is neither; whether
/// one chosen at run time does is looked at when the pool is made.
template <class W>
concept PoolWords = Pretokenizer<W> && (
                                           W::lossless ||
                                           requires(W const w) {
                                               { w.joiner() } -> std::convertible_to<std::string_view>;
                                           } ||
                                           requires(W const w) {
                                               { w.is_lossless() } -> std::same_as<bool>;
                                               { w.is_in_place() } -> std::same_as<bool>;
                                           });

/// Words of which a text can be cut into parts that have the same words, and characters, as the whole: `cut(text, at)`
/// is the first place from `at` on where a word begins, or the end. They keep all of the text, and can be counted.
template <class W>
concept CuttableWords = PoolWords<W> && W::lossless && requires(W const w, std::string_view text, std::size_t at) {
    { w.cut(text, at) } -> std::same_as<std::size_t>;
    { w.count(text) } -> std::same_as<std::size_t>;
};

/// How many words a text has, and how many bytes they have together.
struct word_totals {
    std::size_t n_words = 0;
    std::size_t n_bytes = 0;
};

/// Turns a word into numbers from 0 to `size()` - 1, and back.
template <class U>
concept PoolUnits = std::copyable<U> && std::default_initializable<typename U::scratch> &&
                    requires(U const u, typename U::scratch s, std::string_view word, std::int32_t id,
                             std::span<std::int32_t const> ids, std::string& out, archetype::on_unit sink) {
                        { u.name() } -> std::convertible_to<std::string_view>;
                        { u.size() } -> std::same_as<std::size_t>;
                        { u.is_unit(id) } -> std::same_as<bool>;
                        { u.is_lossless() } -> std::same_as<bool>;
                        { u.encode(word, s, sink) } -> std::same_as<void>;
                        { u.decode(ids, out) } -> std::same_as<void>;     // appends; throws bad_id
                        { u.bytes_of(id) } -> std::same_as<std::size_t>;  // of the text; @pre is_unit(id)
                    };

/// Units whose number is known before they are written, so that all threads write into one array. There are no more
/// than bytes.
template <class U>
concept CountableUnits = PoolUnits<U> && requires(U const u, std::string_view word, std::size_t n, std::int32_t* out) {
    { u.count(word) } -> std::same_as<std::size_t>;
    { u.write(word, out) } -> std::same_as<std::int32_t*>;     // past the last of count(word)
    { u.prefix_bytes(word, n) } -> std::same_as<std::size_t>;  // of the first n units; @pre n <= count(word)
};

/// Units that are often the bytes of the word, plus `first`. Whether the first n of 16 bytes are, n being 16 at most,
/// is `is_plain(bytes, n)`; all 16 may be read. Such words are written 16 units at a time, whatever their length.
template <class U>
concept PlainUnits = CountableUnits<U> && requires(char const* bytes, std::size_t n) {
    { U::first } -> std::convertible_to<std::int32_t>;
    { U::is_plain(bytes, n) } -> std::same_as<bool>;
};

/// Words that are found so quickly that doing it again takes less time than remembering where they are.
template <class W>
concept QuickWords = CuttableWords<W> || (PoolWords<W> && requires { requires W::quick; });

}  // namespace tessera::inline v0
