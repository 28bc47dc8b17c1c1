// How well tokenizers compress corpora. Definitions: Rust et al. 2021, arXiv:2012.15613 (fertility); all figures are
// ratios of sums over a corpus, not means of ratios. Words are runs of characters that are not White_Space, so
// fertility says little for languages written without spaces.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/unicode_class.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0::evaluate {

/// What a corpus is, whatever the tokenizer.
struct text_size {
    std::uint64_t documents = 0;
    std::uint64_t bytes = 0;
    std::uint64_t code_points = 0;  ///< an ill-formed byte counts as one
    std::uint64_t words = 0;        ///< runs of characters that are not White_Space

    /// Counts one more document.
    void add(std::string_view document) noexcept {
        ++documents;
        bytes += document.size();
        bool in_word = false;
        for (std::size_t at = 0; at < document.size();) {
            auto const [code_point, length] = decode_utf8(document, at);
            bool const space = (unicode_rust::class_of(code_point) & unicode_class::space) != 0;
            if (!space && !in_word) ++words;
            in_word = !space;
            ++code_points;
            at += length;
        }
    }
    void merge_from(text_size const& other) noexcept {
        documents += other.documents;
        bytes += other.bytes;
        code_points += other.code_points;
        words += other.words;
    }
};

/// What one tokenizer makes of one corpus. Special tokens are neither added nor recognised.
struct efficiency {
    std::uint64_t tokens = 0;
    std::uint64_t distinct_tokens = 0;  ///< ids that occur
    double bytes_per_token = 0;
    double code_points_per_token = 0;
    double fertility = 0;               ///< tokens per word
    double vocabulary_utilisation = 0;  ///< distinct_tokens / vocabulary size; grows with the corpus
    double entropy = 0;                 ///< of the tokens' frequencies, bits per token
    double renyi_efficiency = 0;        ///< Zouhar et al. 2023, arXiv:2306.16842, alpha = 2.5, over distinct tokens
};

/// The figures that follow from how often each id occurs.
[[nodiscard]] inline efficiency efficiency_of(std::span<std::uint64_t const> counts, text_size const& text) {
    efficiency e;
    for (std::uint64_t const c : counts) {
        e.tokens += c;
        if (c > 0) ++e.distinct_tokens;
    }
    if (!counts.empty()) {
        e.vocabulary_utilisation = static_cast<double>(e.distinct_tokens) / static_cast<double>(counts.size());
    }
    if (e.tokens == 0) return e;
    auto const tokens = static_cast<double>(e.tokens);
    e.bytes_per_token = static_cast<double>(text.bytes) / tokens;
    e.code_points_per_token = static_cast<double>(text.code_points) / tokens;
    if (text.words > 0) e.fertility = tokens / static_cast<double>(text.words);
    static constexpr double alpha = 2.5;
    double powers = 0;
    for (std::uint64_t const c : counts) {
        if (c == 0) continue;
        double const p = static_cast<double>(c) / tokens;
        e.entropy -= p * std::log2(p);
        powers += std::pow(p, alpha);
    }
    if (e.distinct_tokens > 1) {
        e.renyi_efficiency = std::log2(powers) / (1 - alpha) / std::log2(static_cast<double>(e.distinct_tokens));
    }
    return e;
}

/// A corpus to compare on: `next(std::string& document)` gives one document after another.
template <class R>
concept DocumentReader = requires(R r, std::string& document) {
    { r.next(document) } -> std::same_as<bool>;
};

/// The results for one corpus.
struct corpus_comparison {
    text_size text;
    std::vector<efficiency> results;  ///< one for each tokenizer, in order
};

/// Runs every tokenizer over every document of `corpus`. Special tokens in it are ordinary text; tokens that are only
/// added belong to what a tokenizer makes of text, and are recognised. Memory: documents of 16 MiB in all, or one
/// that is larger, and their ids.
/// @param progress  told of bytes read; may be null
/// @throws error    empty_input: the corpus has no text; what `corpus` throws
/// @return          the same for any executor
template <class T, DocumentReader R, Executor X = serial_executor>
[[nodiscard]] corpus_comparison compare(std::span<T const* const> tokenizers, R& corpus, X const& executor = {},
                                        progress_listener* progress = nullptr, std::uint64_t total_bytes = 0) {
    static constexpr std::size_t batch_bytes = std::size_t{16} << 20;
    // One task is a stretch of documents under one tokenizer, with counts of its own until it is done.
    static constexpr std::size_t task_bytes = std::size_t{1} << 18;

    corpus_comparison comparison;
    std::vector<std::vector<std::uint64_t>> counts;
    std::vector<special_rules> rules;
    for (T const* const tokenizer : tokenizers) {
        counts.emplace_back(tokenizer->vocab().size(), 0);
        rules.push_back(tokenizer->specials().rules(special_action::ordinary));
    }

    std::vector<std::string> documents;
    std::vector<std::size_t> task_ends;  // indices into documents
    for (bool more = true; more;) {
        documents.clear();
        task_ends.clear();
        std::size_t bytes = 0;
        std::size_t in_task = 0;
        while (bytes < batch_bytes) {
            documents.emplace_back();
            if (!corpus.next(documents.back())) {
                documents.pop_back();
                more = false;
                break;
            }
            bytes += documents.back().size();
            in_task += documents.back().size();
            if (in_task >= task_bytes) {
                task_ends.push_back(documents.size());
                in_task = 0;
            }
        }
        if (task_ends.empty() ? !documents.empty() : task_ends.back() < documents.size()) {
            task_ends.push_back(documents.size());
        }
        std::size_t const n_tasks = task_ends.size();
        std::vector<text_size> sizes(n_tasks);
        std::vector<std::vector<token_id>> ids(n_tasks * tokenizers.size());
        auto const for_each_in = [&](std::size_t task, auto&& f) {
            for (std::size_t i = task == 0 ? 0 : task_ends[task - 1]; i < task_ends[task]; ++i) f(documents[i]);
        };
        executor.for_each_index(n_tasks * (tokenizers.size() + 1), [&](std::size_t i) {
            std::size_t const task = i % n_tasks;
            std::size_t const which = i / n_tasks;
            if (which == tokenizers.size()) {
                for_each_in(task, [&](std::string const& document) { sizes[task].add(document); });
                return;
            }
            typename T::scratch scratch;
            std::vector<token_id>& out = ids[i];
            for_each_in(task, [&](std::string const& document) {
                tokenizers[which]->encode(document, rules[which], scratch, [&](token_id id) { out.push_back(id); });
            });
        });
        for (text_size const& size : sizes) comparison.text.merge_from(size);
        for (std::size_t i = 0; i < ids.size(); ++i) {
            for (token_id const id : ids[i]) ++counts[i / n_tasks][id];
        }
        if (progress != nullptr) progress->report("comparing", comparison.text.bytes, total_bytes);
    }
    if (comparison.text.bytes == 0) {
        throw error(error_kind::empty_input, "corpus", "has no text", "give files that are not empty");
    }
    for (auto const& c : counts) comparison.results.push_back(efficiency_of(c, comparison.text));
    return comparison;
}

}  // namespace tessera::inline v0::evaluate
