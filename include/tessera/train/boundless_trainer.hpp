// Training BoundlessBPE in two phases ("Faster Superword Tokenization", arXiv 2604.05192): words, then superwords,
// which are merges of whole words.
//
//   pretoken counts --detail/boundless_words.hpp--> merges and deletions
//   text --detail/superword_runs.hpp--> runs of words --detail/exact_training.hpp--> merges of words
//
// Operation for operation as kensho-technologies/fastboundlessbpe, python/boundlessbpe/train.py. What differs is in
// docs/differences.md: where that program ends with a failed assertion, this one goes on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/boundless_data.hpp>
#include <tessera/model/operation_table.hpp>
#include <tessera/train/count_pretokens.hpp>
#include <tessera/train/detail/boundless_words.hpp>
#include <tessera/train/detail/exact_training.hpp>
#include <tessera/train/detail/ngram_split.hpp>
#include <tessera/train/detail/pair_bounds.hpp>
#include <tessera/train/detail/superword_runs.hpp>
#include <tessera/train/superword_pattern.hpp>

namespace tessera::inline v0 {

struct boundless_trainer_options {
    boundless_kind kind = boundless_kind::boundless;
    /// Tokens after the first phase; also in the end, where superwords take the place of words.
    std::size_t vocab_size = 131072;
    /// Superwords that come to the words (boundless_kind::superbpe).
    std::size_t supermerges = 53180;
    /// After a merge, a part that stood elsewhere so rarely that the pair has this share of it is deleted; above 1:
    /// none.
    double delete_threshold = 1.1;
    /// A deleted token becomes bytes; else the pair it was first made from.
    bool blow_up = false;
    superword_pattern pattern = superword_pattern::simple;
    /// Cuts runs into frequent n-grams first. This changes the superwords.
    bool greedy_split = false;
    std::uint64_t min_ngram_count = 15;
    std::size_t max_ngram_length = 30;  ///< at most 255
    /// For the second phase, in bytes; kept nearly, by cutting where no merge can be, and reading the text again if one
    /// can in the end. The superwords are the same for any limit. 0: none. Not with `greedy_split`.
    std::size_t memory_limit = 0;
    /// Where runs are cut at first; 0: where it seems best. The superwords are the same for any.
    std::uint64_t first_threshold = 0;
    progress_listener* progress = nullptr;
    std::uint64_t total_bytes = 0;  ///< of the text, for the progress report; 0: unknown
};

/// What training found out, beside the tokenizer.
struct boundless_report {
    std::size_t n_pretokens = 0;            ///< different ones
    std::uint64_t n_occurrences = 0;        ///< of pretokens
    std::size_t n_eligible = 0;             ///< words that might become part of a superword
    std::size_t n_runs = 0;                 ///< different runs, after cutting
    std::size_t n_levels = 0;               ///< how often the text was read for superwords
    std::uint64_t smallest_word_count = 0;  ///< of the last merge
    std::uint64_t smallest_superword_count = 0;
    bool complete = true;  ///< false: the text has no more pairs to merge
};

class boundless_trainer {
public:
    explicit boundless_trainer(boundless_trainer_options options) : options_(std::move(options)) {}

    /// @param open    `open()` gives a BlockSource of the whole text; called two or more times unless kind is `word`
    /// @throws error  empty_input; bad_option; limit
    /// @return        the same for any executor; without regular expressions and special tokens, which are the caller's
    template <class Open, Pretokenizer P, Executor X>
    [[nodiscard]] boundless_data train(Open const& open, P const& pretokenizer, X const& executor,
                                       boundless_report* report = nullptr) const {
        check();
        boundless_report told;
        detail::boundless_words words(
            {options_.vocab_size, options_.delete_threshold, options_.blow_up, options_.progress});
        {
            auto source = open();
            pretoken_counts counts = count_pretokens(
                source, pretokenizer, executor, {.progress = options_.progress, .total_bytes = options_.total_bytes});
            if (counts.size() == 0) {
                throw error(error_kind::empty_input, "corpus", "there is no text to train on",
                            "name files that have some");
            }
            told.n_pretokens = counts.size();
            told.n_occurrences = counts.total();
            words.train(std::move(counts));
        }
        told.complete = words.tokens().size() >= options_.vocab_size;
        for (merge_operation const& o : words.operations()) {
            if (!o.is_deletion()) told.smallest_word_count = o.count;
        }
        boundless_data data = options_.kind == boundless_kind::word
                                  ? made(words, words.tokens(), words.operations(), {}, words.counts())
                                  : train_superwords(words, open, pretokenizer, executor, told);
        if (report != nullptr) *report = told;
        return data;
    }

private:
    void check() const {
        if (options_.vocab_size > max_vocabulary_size || options_.supermerges > max_vocabulary_size ||
            options_.vocab_size + options_.supermerges > max_vocabulary_size) {
            throw error(error_kind::bad_option, "vocabulary size",
                        "it is more than " + std::to_string(max_vocabulary_size));
        }
        if (options_.vocab_size < 243) {
            throw error(error_kind::bad_option, "vocabulary size",
                        std::to_string(options_.vocab_size) + " is less than the bytes of UTF-8 take",
                        "ask for at least 243");
        }
        if (options_.max_ngram_length > 255 || options_.max_ngram_length < 2) {
            throw error(error_kind::bad_option, "length of n-grams", "it is from 2 to 255");
        }
    }

    // The second phase. Runs are cut where pairs are rarer than a threshold; when merges get as rare, the text is read
    // again, with a lower one.
    template <class Open, class P, class X>
    boundless_data train_superwords(detail::boundless_words& words, Open const& open, P const& pretokenizer,
                                    X const& executor, boundless_report& told) const {
        bool const competes = options_.kind == boundless_kind::boundless;
        vocabulary const eligible = eligible_words(words, pretokenizer, told);
        detail::superword_runs runs(open, pretokenizer, executor, eligible, options_.progress, options_.total_bytes);

        detail::ordered_tokens tokens;
        if (competes) {
            detail::for_each_utf8_byte([&](char b) { tokens.add(words.symbols().find(std::string(1, b)), false); });
        } else {
            tokens = words.tokens();
        }
        std::size_t const wanted = competes ? words.tokens().size() : tokens.size() + options_.supermerges;
        std::vector<merge_operation> const& regular = words.operations();
        std::size_t next_regular = 0;
        std::vector<merge_operation> supermerges;
        std::vector<std::int64_t> counts;

        auto const delete_words = [&] {
            while (next_regular < regular.size() && regular[next_regular].is_deletion())
                tokens.remove(regular[next_regular++].result);
        };
        std::uint64_t threshold = ~std::uint64_t{0};
        bool splits = options_.greedy_split;
        while (tokens.size() < wanted && threshold > 1) {
            operation_table const merged(supermerges);
            detail::pair_bounds bounds(n_counters(told.n_occurrences));
            runs.count_bigrams(merged, told.n_levels == 0, bounds);
            if (told.n_levels == 0) {
                counts = runs.word_counts();
                counts.resize(words.symbols().bytes.size());
            }
            std::uint64_t const before = threshold;
            threshold = splits ? ngram_count(told)
                               : choose_threshold(bounds, before, wanted - tokens.size(), competes ? &regular : nullptr,
                                                  told.smallest_word_count);
            check_symbols(words);
            detail::run_counts found = runs.count_runs(merged, bounds, threshold, std::max(threshold, before / 4 * 3),
                                                       splits ? 0 : options_.memory_limit);
            threshold = found.threshold();
            ++told.n_levels;
            told.n_runs = found.size();
            detail::exact_training training(words.symbols(), false);
            if (splits && add_split(training, found, told)) {
                threshold = 1;  // there is nothing more to be found: what was split stays split
            } else {
                add_runs(training, found);
            }
            splits = false;  // without frequent n-grams, runs stay as they are
            found.clear();
            training.start();
            training.counts() = std::move(counts);

            while (tokens.size() < wanted) {
                auto const best = training.best();
                bool const known = best && best->count >= threshold;
                if (competes) {
                    delete_words();
                    // Of equal counts the word comes first, so a superword has both parts: as long as a word of it is
                    // more than one token, there is a pair at least as frequent as the word, and so as the superword.
                    // What is not known occurs less than `threshold` times.
                    if (next_regular < regular.size() &&
                        (known ? best->count : threshold - 1) <= regular[next_regular].count) {
                        tokens.add(regular[next_regular++].result, false);
                        delete_words();
                        continue;
                    }
                }
                if (!known) break;
                token_id const left = detail::left_of(best->pair);
                token_id const right = detail::right_of(best->pair);
                std::string joined = words.symbols().bytes[left] + words.symbols().bytes[right];
                token_id result = words.symbols().find(joined);
                if (result == no_token) result = words.symbols().add(std::move(joined), 1);
                std::uint64_t const count = best->count;
                bool const completes = training.merge_best(result);
                supermerges.push_back({left, right, result, count, completes});
                tokens.add(result, true);
                if (options_.progress != nullptr && (supermerges.size() & 0xFF) == 0) {
                    options_.progress->report("merging superwords", tokens.size(), wanted);
                }
            }
            counts = std::move(training.counts());
        }
        told.complete = told.complete && tokens.size() >= wanted;
        if (!supermerges.empty()) told.smallest_superword_count = supermerges.back().count;
        counts.resize(words.symbols().bytes.size());
        std::size_t const n_kept = competes ? next_regular : regular.size();
        return made(words, tokens, {regular.begin(), regular.begin() + static_cast<std::ptrdiff_t>(n_kept)},
                    std::move(supermerges), counts);
    }

    // Words of one token that the pattern lets become part of a superword, by themselves one pretoken.
    template <class P>
    vocabulary eligible_words(detail::boundless_words& words, P const& pretokenizer, boundless_report& told) const {
        vocabulary_builder builder;
        typename detail::scratch_of<P>::type splitting;
        for (token_id const id : words.reachable()) {
            std::string const& bytes = words.symbols().bytes[id];
            if (!matches(options_.pattern, bytes)) continue;
            std::size_t n = 0;
            detail::for_each_pretoken(pretokenizer, detail::whole_input(pretokenizer, bytes), splitting,
                                      [&](std::string_view) { ++n; });
            if (n != 1) continue;
            builder.add(id, bytes);
            ++told.n_eligible;
        }
        return builder.build();
    }

    [[nodiscard]] std::size_t n_counters(std::uint64_t n_occurrences) const {
        std::uint64_t most = std::uint64_t{1} << 26;
        if (options_.memory_limit > 0) most = std::min<std::uint64_t>(most, options_.memory_limit / 16);
        return static_cast<std::size_t>(
            std::clamp<std::uint64_t>(n_occurrences, 1024, std::max<std::uint64_t>(most, 1024)));
    }

    [[nodiscard]] std::uint64_t ngram_count(boundless_report const& told) const {
        return std::max(told.smallest_word_count, options_.min_ngram_count);
    }

    static void check_symbols(detail::boundless_words& words) {
        if (words.symbols().bytes.size() > max_vocabulary_size) {
            throw error(error_kind::limit, "vocabulary", "with all that was deleted it has more than 2^24 tokens",
                        "ask for fewer, or for a higher threshold of deletion");
        }
    }

    // The count that the last merge may have, and less, so that it is rarely wrong. `before`: smaller than this.
    std::uint64_t choose_threshold(detail::pair_bounds const& bounds, std::uint64_t before, std::size_t wanted,
                                   std::vector<merge_operation> const* regular, std::uint64_t least_word) const {
        if (before == ~std::uint64_t{0} && options_.first_threshold > 0) return options_.first_threshold;
        std::uint64_t guess = 1;
        std::size_t next = 0;
        std::size_t n = 0;
        bounds.for_each_class([&](std::uint64_t count, std::uint64_t n_pairs) {
            if (n >= wanted) return;
            for (; regular != nullptr && next < regular->size() && (*regular)[next].count >= count; ++next)
                n += !(*regular)[next].is_deletion();
            n += n_pairs;
            if (n >= wanted) guess = count;
        });
        std::uint64_t const threshold = std::max<std::uint64_t>(1, std::min(guess / 4, before / 4));
        // Superwords are more frequent than the word whose place they take.
        return regular == nullptr ? threshold : std::max(threshold, std::min(least_word, before / 4));
    }

    static void add_runs(detail::exact_training& training, detail::run_counts const& counts) {
        std::size_t n_symbols = 0;
        counts.for_each([&](std::span<token_id const> run, std::uint64_t, bool) { n_symbols += run.size(); });
        training.words().reserve(counts.size(), n_symbols);
        counts.for_each(
            [&](std::span<token_id const> run, std::uint64_t n, bool whole) { training.words().add(run, n, whole); });
    }

    // Adds n-grams in the place of runs. False if none is frequent; then nothing is added.
    bool add_split(detail::exact_training& training, detail::run_counts const& found, boundless_report& told) const {
        detail::ngram_split split(ngram_count(told), options_.max_ngram_length);
        found.for_each([&](std::span<token_id const> run, std::uint64_t n, bool) { split.add(run, n); });
        detail::pair_bounds const no_bounds(2);
        detail::run_counts parts(no_bounds, 1);
        if (!split.run([&](std::span<token_id const> run, std::uint64_t n) { parts.add(run, n); })) return false;
        told.n_runs = parts.size();
        add_runs(training, parts);
        return true;
    }

    // Symbols in the order of a file: tokens, then what operations name beside them.
    [[nodiscard]] boundless_data made(detail::boundless_words& words, detail::ordered_tokens const& tokens,
                                      std::vector<merge_operation> regular, std::vector<merge_operation> supermerges,
                                      std::vector<std::int64_t> const& counts) const {
        std::vector<std::string> const& bytes = words.symbols().bytes;
        boundless_data data;
        data.kind = options_.kind;
        std::vector<token_id> place(bytes.size(), no_token);
        auto const add = [&](token_id symbol) {
            place[symbol] = static_cast<token_id>(data.symbols.size());
            data.symbols.push_back(bytes[symbol]);
        };
        for (detail::ordered_tokens::entry const& e : tokens.list()) {
            add(e.symbol);
            data.tokens.push_back({static_cast<std::uint64_t>(counts[e.symbol]), e.is_super});
        }
        for (std::vector<merge_operation>* const operations : {&regular, &supermerges}) {
            for (merge_operation& o : *operations) {
                for (token_id* const id : {&o.left, &o.right, &o.result}) {
                    if (*id == no_token) continue;
                    if (place[*id] == no_token) add(*id);
                    *id = place[*id];
                }
            }
        }
        data.words.operations = std::move(regular);
        data.words.delete_threshold = options_.delete_threshold;
        data.words.blow_up = options_.blow_up;
        data.words.merge_pattern = text_of(options_.pattern);
        if (options_.kind != boundless_kind::word) {
            data.superwords.operations = std::move(supermerges);
            data.superwords.merge_pattern = text_of(options_.pattern);
        }
        return data;
    }

    boundless_trainer_options options_;
};

}  // namespace tessera::inline v0
