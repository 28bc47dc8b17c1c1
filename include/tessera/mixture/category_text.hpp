// The text of a category as what a replay needs: how often each pretoken occurs, in groups.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/hash.hpp>
#include <tessera/core/text_piece.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/mixture/detail/own_merges.hpp>
#include <tessera/mixture/merge_replay.hpp>
#include <tessera/mixture/pair_history.hpp>
#include <tessera/mixture/training_merges.hpp>
#include <tessera/mixture/training_splitter.hpp>
#include <tessera/mixture/training_symbols.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/normalize/any_normalizer.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace tessera::inline v0 {

/// How a trainer split its text.
struct trainer_splitters {
    any_normalizer normalizer;
    training_splitter words;
    std::optional<training_splitter> superwords = std::nullopt;  ///< from the transition point on
};

/// The counts of one category.
class category_text {
public:
    /// @param n_groups  that its documents are dealt to, one after another: how much they differ is what chance does
    explicit category_text(std::string name, std::size_t n_groups = 10)
        : name_(std::move(name)), words_(n_groups), superwords_(n_groups) {}

    /// Counts of pretokens of `words`, from a table: their occurrences are dealt to the groups at random, as if each
    /// stood alone, so that intervals are too narrow for texts that repeat themselves.
    category_text(std::string name, pretoken_counts const& counts, std::size_t n_groups = 10)
        : category_text(std::move(name), n_groups) {
        std::uint64_t seed = 0;
        counts.for_each([&](std::string_view pretoken, std::uint64_t n) {
            n_bytes_ += n * pretoken.size();
            // All alike but for what is left over: and that, with as much again, at random.
            std::uint64_t const alike = n < 64 ? 0 : (n - 32) / n_groups;
            for (pretoken_counts& group : words_) group.add(pretoken, alike);
            for (std::uint64_t left = n - alike * n_groups; left > 0; --left) {
                seed = hash_key(seed + hash_bytes(pretoken));
                words_[seed % n_groups].add(pretoken);
            }
        });
    }

    [[nodiscard]] std::string const& name() const noexcept { return name_; }
    [[nodiscard]] std::uint64_t n_bytes() const noexcept { return n_bytes_; }
    [[nodiscard]] std::size_t n_groups() const noexcept { return words_.size(); }
    /// Bytes that are not UTF-8.
    [[nodiscard]] std::uint64_t n_ill_formed() const noexcept { return n_ill_formed_; }

    struct scratch {
        any_normalizer::scratch normalizing;
        training_splitter::scratch splitting;
        std::string normalized;
    };

    /// Counts a document, or a part of one that ends where a line does.
    void add(std::string_view document, trainer_splitters const& splitters, scratch& s) {
        n_bytes_ += document.size();
        for (std::size_t at = 0; at < document.size();) {
            auto const [code_point, length] = decode_utf8(document, at);
            n_ill_formed_ += length == 1 && static_cast<unsigned char>(document[at]) >= 0x80;
            at += length;
        }
        std::size_t const group = n_added_++ % words_.size();
        text_piece text{document, document.size()};
        if (!splitters.normalizer.is_identity()) {
            std::size_t const leading = splitters.normalizer.normalize(text, s.normalizing, s.normalized);
            text = {s.normalized, leading};
        }
        splitters.words.for_each(text, s.splitting, [&](std::string_view pretoken) { words_[group].add(pretoken); });
        if (!splitters.superwords) return;
        splitters.superwords->for_each(text, s.splitting,
                                       [&](std::string_view pretoken) { superwords_[group].add(pretoken); });
    }

    /// @param group  n_groups(): all of them
    template <class F>
    void for_each_word(std::size_t group, F&& f) const {
        for_each(words_, group, f);
    }
    template <class F>
    void for_each_superword(std::size_t group, F&& f) const {
        for_each(superwords_, group, f);
    }

private:
    template <class F>
    static void for_each(std::vector<pretoken_counts> const& groups, std::size_t group, F& f) {
        if (group < groups.size()) return groups[group].for_each(f);
        pretoken_counts all;
        for (pretoken_counts const& one : groups) all.merge_from(one);
        all.for_each(f);
    }

    std::string name_;
    std::uint64_t n_bytes_ = 0;
    std::uint64_t n_ill_formed_ = 0;
    std::size_t n_added_ = 0;
    std::vector<pretoken_counts> words_, superwords_;
};

/// The words of categories, ready to be replayed.
class category_words {
public:
    category_words(training_merges const& merges, trainer_splitters const& splitters,
                   std::span<category_text const> categories)
        : merges_(merges), splitters_(splitters), categories_(categories), symbols_(merges) {
        if (!splitters.superwords || merges.transition_point >= merges.merges.size()) return;
        std::vector<merge> const first(merges.merges.begin(),
                                       merges.merges.begin() + static_cast<std::ptrdiff_t>(merges.transition_point));
        stage_1_.emplace(detail::vocabulary_of(merges.symbols), first);
    }

    /// @param group   of category i; n_groups: all
    /// @param merges  a beginning of the list
    [[nodiscard]] std::vector<replay_part> operator()(std::size_t i, std::size_t group,
                                                      std::span<merge const> merges) const {
        std::vector<replay_part> parts;
        parts.push_back({0, merge_replay(merges)});
        training_symbols::scratch s;
        categories_[i].for_each_word(group, [&](std::string_view pretoken, std::uint64_t n) {
            symbols_.for_each_run(pretoken, s, [&](std::span<token_id const> run) { parts[0].words.add_word(run, n); });
        });
        if (!stage_1_ || merges_.transition_point == 0 || merges_.transition_point >= merges.size()) return parts;
        // Stage 2 begins with what stage 1 has made of each word.
        parts.push_back({merges_.transition_point, merge_replay(merges)});
        bpe_model::scratch encoding;
        training_splitter::scratch splitting;
        std::vector<token_id> ids;
        categories_[i].for_each_superword(group, [&](std::string_view pretoken, std::uint64_t n) {
            ids.clear();
            splitters_.words.for_each(text_piece{pretoken, 0}, splitting, [&](std::string_view word) {
                stage_1_->encode(word, encoding, [&](token_id id) { ids.push_back(id); });
            });
            parts[1].words.add_word(ids, n);
        });
        return parts;
    }

private:
    training_merges const& merges_;
    trainer_splitters const& splitters_;
    std::span<category_text const> categories_;
    training_symbols symbols_;
    std::optional<bpe_model> stage_1_;
};

}  // namespace tessera::inline v0
