// Words and their units, for models that pool the units of a word ("Learn Your Tokens", arXiv 2310.11628):
//
//   text     "Hi there"
//   words    "Hi" " there"                         pool/white_space_words.hpp, paper_words.hpp, any pretokenizer
//   units    72 105 | 32 116 104 101 114 101       pool/byte_units.hpp, code_point_, character_, tokenizer_units.hpp
//   ragged   those, with offsets: pool/layouts.hpp
//   padded   257 72 105 256 256 256 256 | 257 32 116 104 101 114 101        (canvas 6, padding 256, one prefix)
//   and back pool/word_ids.hpp
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/stages.hpp>
#include <tessera/pool/byte_units.hpp>
#include <tessera/pool/concepts.hpp>
#include <tessera/pool/detail/pool_plan.hpp>
#include <tessera/pool/detail/word_cutter.hpp>
#include <tessera/pool/detail/word_writers.hpp>
#include <tessera/pool/layouts.hpp>
#include <tessera/pool/unit_statistics.hpp>
#include <tessera/pool/white_space_words.hpp>
#include <tessera/pool/word_ids.hpp>

namespace tessera::inline v0 {

/// Immutable; `const` members may be called from many threads, each with its own scratch. What is made does not depend
/// on the number of threads. Units that can be counted are written straight to their place; tokens of several documents
/// on several threads, or padded, are made first and then put there. Example: examples/pool_words.cpp
template <PoolWords Words = white_space_words, PoolUnits Units = byte_units>
class word_pool {
    struct of_thread {
        typename detail::scratch_of<Words>::type words;
        typename Units::scratch units;
        ragged_words part;  // of units that cannot be counted beforehand
        std::size_t next_word = 0;
        std::size_t longest = 0;
        unit_statistics statistics;
    };

public:
    /// Everything that changes. Keep it, and nothing is allocated but for what is larger than before.
    class scratch {
    public:
        /// The first of the texts given from now on is what follows byte `byte` of document `document` (from 0) of a
        /// larger whole. Errors, and the places of words in the texts, say so.
        void starts_at(std::size_t document, std::size_t byte) noexcept {
            plan.first_document = document;
            plan.first_byte = byte;
        }

    private:
        friend class word_pool;
        detail::pool_plan plan;
        std::vector<of_thread> threads = std::vector<of_thread>(1);
        std::vector<std::size_t> document_words;
    };

    /// @throws error  bad_option: words that drop text, or rewrite it;  what word_ids throws
    word_pool(Words words, Units units, pool_options options = {})
        : words_(std::move(words)), ids_(std::move(units), options, joiner_of(words_)) {}
    explicit word_pool(Words words)
        requires std::default_initializable<Units>
        : word_pool(std::move(words), Units()) {}
    word_pool()
        requires std::default_initializable<Words> && std::default_initializable<Units>
        : word_pool(Words(), Units()) {}

    [[nodiscard]] Words const& words() const noexcept { return words_; }
    [[nodiscard]] Units const& units() const noexcept { return ids_.units(); }
    [[nodiscard]] pool_options const& options() const noexcept { return ids_.options(); }
    /// What the ids mean, and the way back to text.
    [[nodiscard]] word_ids<Units> const& ids() const noexcept { return ids_; }
    /// True if decoding gives every text back, byte for byte.
    [[nodiscard]] bool is_lossless() const noexcept {
        bool const cuts = options().canvas != 0 && options().overlong == overlong_words::truncate;
        return keeps_text && units().is_lossless() && !cuts;
    }

    /// Appends one document.
    /// @throws error  bad_option: a word has more units than the canvas, and such are refused;  bad_token: a word has
    /// no
    ///                units;  limit: 2^31 words with an index.  `out` is then not to be used
    void append(std::string_view text, scratch& s, ragged_words& out) const {
        append_piece(text, 0, s.threads[0], out);
        out.document_offsets.push_back(static_cast<std::int64_t>(out.n_words()));
    }

    /// Replaces `out` by the words of many documents.
    /// @throws error  as append, of the first document that fails
    template <Executor X>
    void pool_ragged(std::span<std::string_view const> texts, X const& executor, scratch& s, ragged_words& out) const {
        out.clear();
        if constexpr (!known_beforehand) {
            if (texts.size() == 1 || executor.concurrency() == 1) {  // straight to its place
                share_out(texts, serial_executor{}, s);
                s.plan.run(serial_executor{}, [&](std::size_t, detail::pool_piece const& piece) {
                    append_piece(texts[piece.document], s.plan.base_of(piece), s.threads[0], out);
                    out.document_offsets.push_back(static_cast<std::int64_t>(out.n_words()));
                });
                return;
            }
        }
        (void)measure(texts, executor, s, false);
        check_index(s.plan.n_words);
        out.resize(s.plan.n_words, s.plan.n_units, options().word_index);
        fill(texts, executor, s, [&](detail::pool_piece const& piece) {
            return detail::ragged_writer(out, piece.first_word, piece.first_unit, piece.first_unit + piece.n_units);
        });
        std::int64_t n_words = 0;
        for (std::size_t const n : s.document_words) {
            out.document_offsets.push_back(n_words += static_cast<std::int64_t>(n));
        }
    }

    /// Replaces `out` by the words of many documents, in rows of equal length.
    /// @param words_per_row  a longer document takes several rows; 0: as many as the longest has, so that each has one
    /// @throws error         as append;  limit: no memory has that size
    template <Executor X>
    void pool_padded(std::span<std::string_view const> texts, std::size_t words_per_row, X const& executor, scratch& s,
                     padded_words& out) const {
        std::size_t const longest = measure(texts, executor, s, options().canvas == 0);
        std::size_t const per_row = words_per_row != 0 ? words_per_row : most_words(s);
        out.words_per_row = per_row;
        out.n_prefix = options().n_prefix;
        out.canvas = options().canvas != 0 ? options().canvas : longest;
        out.document_offsets.assign(1, 0);
        std::int64_t n_rows = 0;
        for (std::size_t const n : s.document_words) {
            n_rows += n == 0 ? 1 : static_cast<std::int64_t>((n - 1) / per_row + 1);
            out.document_offsets.push_back(n_rows);
        }
        out.n_rows = static_cast<std::size_t>(n_rows);
        out.resize();
        auto const first_of = [&](std::size_t document) {
            return static_cast<std::size_t>(out.document_offsets[document]) * per_row;
        };
        std::size_t in_document = 0;
        for (detail::pool_piece& piece : s.plan.pieces) {  // places in rows, instead of words
            if (piece.begin == 0) in_document = 0;
            piece.first_word = first_of(piece.document) + in_document;
            in_document += piece.n_words;
        }
        auto const writer = [&](std::size_t first, std::size_t n) {
            return detail::padded_writer(out, ids_.prefix_ids(), ids_.pad_id(), first, first + n);
        };
        fill(texts, executor, s,
             [&](detail::pool_piece const& piece) { return writer(piece.first_word, piece.n_words); });
        std::size_t const n_chunks = std::min(texts.size(), 8 * executor.concurrency());
        executor.for_each_index(n_chunks, [&](std::size_t chunk) {
            std::size_t const end = texts.size() * (chunk + 1) / n_chunks;
            for (std::size_t d = texts.size() * chunk / n_chunks; d < end; ++d) {
                std::size_t const used = first_of(d) + s.document_words[d];
                std::size_t const unused = first_of(d + 1) - used;
                writer(used, unused).blank(unused);
            }
        });
    }

    /// How many units the words of these documents have, ends of words included. The canvas is not looked at.
    template <Executor X>
    [[nodiscard]] unit_statistics statistics(std::span<std::string_view const> texts, X const& executor,
                                             scratch& s) const {
        share_out(texts, executor, s);
        for (of_thread& thread : s.threads) thread.statistics = {};
        s.plan.run(executor, [&](std::size_t task, detail::pool_piece const& piece) {
            of_thread& thread = s.threads[task];
            for_each_word(part_of(texts, piece), thread, [&](std::string_view word) {
                std::size_t n = options().end_of_word ? 1 : 0;
                if constexpr (CountableUnits<Units>) {
                    n += units().count(word);
                } else {
                    units().encode(word, thread.units, [&](std::int32_t) { ++n; });
                }
                thread.statistics.add(n);
            });
        });
        unit_statistics all;
        for (of_thread const& thread : s.threads) all.add(thread.statistics);
        return all;
    }

private:
    // Whether it costs little to know how many words and units there will be. Else one thread alone lets arrays grow.
    static constexpr bool known_beforehand = QuickWords<Words> && CountableUnits<Units>;
    static constexpr bool one_a_byte = requires { Units::one_a_byte; };
    static constexpr bool keeps_text = !requires(Words const w) { w.joiner(); };

    // Checks the words as well, before anything is made of them.
    static std::string joiner_of(Words const& words) {
        if constexpr (requires { words.joiner(); }) {
            return std::string(words.joiner());
        } else if constexpr (!Words::lossless) {
            if (!words.is_lossless() || !words.is_in_place()) {
                throw error(error_kind::bad_option, std::string(words.name()),
                            words.is_lossless() ? "its words are not parts of the text, but of a copy that it rewrites"
                                                : "it drops text, so words would not give the text back",
                            "take a pretokenizer that keeps all of the text as it is");
            }
        }
        return {};
    }
    void check_index(std::size_t n_words) const {
        if (options().word_index && n_words > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
            throw error(error_kind::limit, "", "the index of words ends at 2^31 - 1",
                        "give fewer texts at a time, or go without word_index");
        }
    }
    static std::string_view part_of(std::span<std::string_view const> texts, detail::pool_piece const& piece) noexcept {
        return texts[piece.document].substr(piece.begin, piece.end - piece.begin);
    }
    static std::size_t place_of(std::string_view word, std::string_view text, std::size_t base) noexcept {
        return base + static_cast<std::size_t>(word.data() - text.data());
    }
    template <class F>
    void for_each_word(std::string_view text, of_thread& s, F&& f) const {
        detail::for_each_pretoken(words_, detail::whole_input(words_, text), s.words, f);
    }

    template <Executor X>
    void share_out(std::span<std::string_view const> texts, X const& executor, scratch& s) const {
        constexpr std::size_t a_thread = CountableUnits<Units> ? 8 : 2;  // each task of tokens has a cache
        std::size_t const n_threads = executor.concurrency();
        s.plan.share_out(words_, texts, n_threads == 1 ? 1 : a_thread * n_threads);
        if (s.threads.size() < s.plan.task_ends.size()) s.threads.resize(s.plan.task_ends.size());
    }
    static std::size_t most_words(scratch const& s) {
        auto const most = std::max_element(s.document_words.begin(), s.document_words.end());
        return most == s.document_words.end() ? 0 : *most;
    }

    // Says where each piece goes. Returns the units of the longest word, if asked for.
    template <Executor X>
    std::size_t measure(std::span<std::string_view const> texts, X const& executor, scratch& s, bool longest) const {
        share_out(texts, executor, s);
        for (of_thread& thread : s.threads) {
            thread.part.clear();
            thread.next_word = thread.longest = 0;
        }
        s.plan.run(executor, [&](std::size_t task, detail::pool_piece& piece) {
            of_thread& thread = s.threads[task];
            if constexpr (CountableUnits<Units>) {
                measure_piece(part_of(texts, piece), s.plan.base_of(piece), thread, longest, piece);
            } else {
                ragged_words& part = thread.part;
                piece.n_words = part.n_words();
                piece.n_units = part.ids.size();
                append_piece(part_of(texts, piece), s.plan.base_of(piece), thread, part);
                piece.n_words = part.n_words() - piece.n_words;
                piece.n_units = part.ids.size() - piece.n_units;
            }
        });
        s.plan.place();
        s.document_words.assign(texts.size(), 0);
        for (detail::pool_piece const& piece : s.plan.pieces) s.document_words[piece.document] += piece.n_words;
        std::size_t most = 0;
        for (of_thread const& thread : s.threads) most = std::max(most, thread.longest);
        return most;
    }

    template <Executor X, class MakeWriter>
    void fill(std::span<std::string_view const> texts, X const& executor, scratch& s, MakeWriter&& writer_of) const {
        s.plan.run(executor, [&](std::size_t task, detail::pool_piece const& piece) {
            of_thread& thread = s.threads[task];
            auto writer = writer_of(piece);
            if constexpr (CountableUnits<Units>) {
                write_piece(part_of(texts, piece), s.plan.base_of(piece), thread, writer);
            } else {
                ragged_words const& part = thread.part;
                std::size_t const end = thread.next_word + piece.n_words;
                for (std::size_t& w = thread.next_word; w < end; ++w) {
                    auto const n = static_cast<std::size_t>(part.word_offsets[w + 1] - part.word_offsets[w]);
                    std::copy_n(part.ids.data() + part.word_offsets[w], n, writer.place());
                    writer.commit(n, static_cast<std::size_t>(part.byte_begin[w]),
                                  static_cast<std::size_t>(part.byte_end[w]));
                }
            }
        });
    }

    void measure_piece(std::string_view text, std::size_t base, of_thread& s, bool longest,
                       detail::pool_piece& piece) const
        requires CountableUnits<Units>
    {
        detail::word_cutter<Units> const cutter(ids_);
        if constexpr (CuttableWords<Words>) {  // which end where characters end
            if (!longest && cutter.keeps(text)) {
                piece.n_words = words_.count(text);
                piece.n_units = units().count(text) + piece.n_words * cutter.n_ends();
                return;
            }
        } else if constexpr (QuickWords<Words> && one_a_byte) {
            if (!longest && cutter.keeps(text)) {
                word_totals const found = words_.count(text);
                piece.n_words = found.n_words;
                piece.n_units = found.n_bytes + piece.n_words * cutter.n_ends();
                return;
            }
        }
        char const* const readable = text.data() + text.size();
        std::size_t n_words = 0;
        std::size_t n_units = 0;
        std::size_t most = s.longest;
        for_each_word(text, s, [&](std::string_view word) {
            auto const found = cutter.measure(word, place_of(word, text, base), readable);
            n_words += found.n_words;
            n_units += found.n_units;
            most = std::max(most, found.longest);
        });
        piece.n_words = n_words;
        piece.n_units = n_units;
        s.longest = most;
    }

    template <class Writer>
    void write_piece(std::string_view text, std::size_t base, of_thread& s, Writer& writer) const {
        detail::word_cutter<Units> const cutter(ids_);
        // All units at once, where words lie one behind another in the text as in the array.
        constexpr bool has_runs = CuttableWords<Words> && Writer::contiguous && one_a_byte;
        if constexpr (has_runs) {
            if (cutter.n_ends() == 0 && cutter.keeps(text)) {
                units().write(text, writer.place());
                for_each_word(text, s, [&](std::string_view word) {
                    std::size_t const at = place_of(word, text, base);
                    writer.commit(word.size(), at, at + word.size());
                });
                return;
            }
        }
        char const* const readable = text.data() + text.size();
        auto local = writer;  // in registers
        for_each_word(text, s,
                      [&](std::string_view word) { cutter.write(word, place_of(word, text, base), readable, local); });
    }

    // To the end of arrays that grow.
    void append_piece(std::string_view text, std::size_t base, of_thread& s, ragged_words& out) const {
        std::size_t const word = out.n_words();
        std::size_t const unit = out.ids.size();
        if constexpr (known_beforehand) {
            detail::pool_piece piece;
            measure_piece(text, base, s, false, piece);
            check_index(word + piece.n_words);
            out.resize(word + piece.n_words, unit + piece.n_units, options().word_index);
            detail::ragged_writer writer(out, word, unit, unit + piece.n_units);
            write_piece(text, base, s, writer);
        } else {
            detail::word_cutter<Units> const cutter(ids_);
            bool const with_index = options().word_index && &out != &s.part;
            for_each_word(text, s, [&](std::string_view w) {
                s.longest = std::max(s.longest, cutter.append(w, place_of(w, text, base), s.units, with_index, out));
            });
            check_index(out.n_words());
        }
    }

    Words words_;
    word_ids<Units> ids_;
};

}  // namespace tessera::inline v0
