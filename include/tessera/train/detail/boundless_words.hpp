// The first phase of BoundlessBPE: byte-pair encoding of pretokens, with PickyBPE's deletions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/progress.hpp>
#include <tessera/core/token.hpp>
#include <tessera/model/operation_engine.hpp>
#include <tessera/model/operation_table.hpp>
#include <tessera/train/detail/exact_training.hpp>
#include <tessera/train/detail/ordered_tokens.hpp>
#include <tessera/train/detail/training_tokens.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace tessera::inline v0::detail {

/// Bytes that occur in UTF-8: the alphabet, in this order.
template <class F>
void for_each_utf8_byte(F&& f) {
    for (unsigned b = 0; b < 245; ++b) {
        if (b != 0xC0 && b != 0xC1) f(static_cast<char>(b));
    }
}

class boundless_words {
public:
    struct settings {
        std::size_t vocab_size;
        double delete_threshold;
        bool blow_up;
        progress_listener* progress;
    };

    explicit boundless_words(settings const& s) : settings_(s) {
        symbol_of_byte_.fill(no_token);
        for_each_utf8_byte([&](char b) {
            token_id const id = symbols_.add(std::string(1, b), 1);
            symbol_of_byte_[static_cast<unsigned char>(b)] = id;
            tokens_.add(id, false);
        });
    }

    /// Trains; frees the counts on the way.
    void train(pretoken_counts&& counts) {
        bool const deletes = settings_.delete_threshold <= 1;
        exact_training training(symbols_, deletes);
        std::vector<std::int64_t> totals(256);
        std::vector<token_id> word;
        counts.for_each([&](std::string_view pretoken, std::uint64_t n) {
            if (!read(pretoken, word)) return;
            training.words().add(word, n, true);
            for (token_id const id : word) totals[id] += static_cast<std::int64_t>(n);
        });
        counts.clear();
        training.start();
        std::ranges::copy(std::span(totals).first(symbols_.bytes.size()), training.counts().begin());
        while (tokens_.size() < settings_.vocab_size) {
            auto const best = training.best();
            if (!best) break;
            step(training, *best);
            if (settings_.progress != nullptr && (operations_.size() & 0xFF) == 0) {
                settings_.progress->report("merging words", tokens_.size(), settings_.vocab_size);
            }
        }
        counts_ = std::move(training.counts());
        counts_.resize(symbols_.bytes.size());
    }

    [[nodiscard]] training_tokens& symbols() noexcept { return symbols_; }
    [[nodiscard]] ordered_tokens const& tokens() const noexcept { return tokens_; }
    [[nodiscard]] std::vector<merge_operation> const& operations() const noexcept { return operations_; }
    /// How often each symbol stands in the text at the end.
    [[nodiscard]] std::vector<std::int64_t> const& counts() const noexcept { return counts_; }

    /// The words that are one token when they are encoded by themselves. @complexity linear in their bytes, nearly
    [[nodiscard]] std::vector<token_id> reachable() const {
        operation_table const table(operations_);
        operation_engine engine;
        std::vector<token_id> word;
        std::vector<token_id> out;
        for (ordered_tokens::entry const& e : tokens_.list()) {
            read(symbols_.bytes[e.symbol], word);
            engine.apply(
                table, operation_order::rising, word, [&](token_id t) { return std::span(parts_[t]); },
                [&](token_id t) { return std::size_t{symbols_.lengths[t]}; });
            if (word.size() == 1) out.push_back(e.symbol);
        }
        return out;
    }

private:
    // Text that is not UTF-8 has bytes that are no tokens: such a pretoken says nothing.
    bool read(std::string_view pretoken, std::vector<token_id>& word) const {
        word.clear();
        for (char const b : pretoken) {
            token_id const id = symbol_of_byte_[static_cast<unsigned char>(b)];
            if (id == no_token) return false;
            word.push_back(id);
        }
        return true;
    }

    void step(exact_training& training, exact_training::candidate const& best) {
        token_id const left = left_of(best.pair);
        token_id const right = right_of(best.pair);
        auto const part_of = [&](token_id whole) {
            return static_cast<double>(best.count) / static_cast<double>(training.counts()[whole]);
        };
        std::array const parts{std::pair(left, part_of(left)), std::pair(right, part_of(right))};
        std::string joined = symbols_.bytes[left] + symbols_.bytes[right];
        token_id result = symbols_.find(joined);
        if (result == no_token) {
            result = symbols_.add(std::move(joined), symbols_.lengths[left] + symbols_.lengths[right]);
            if (settings_.delete_threshold <= 1) note_parts(left, right, result);
        }
        bool const completes = training.merge_best(result);
        operations_.push_back({left, right, result, best.count, completes});
        tokens_.add(result, false);
        // Also where the merge used them up: they leave the vocabulary then. Of a pair of equal tokens, twice.
        for (auto const& [token, share] : parts) {
            if (symbols_.lengths[token] == 1 || share < settings_.delete_threshold) continue;
            training.remove(token, parts_[token]);
            operations_.push_back({no_token, no_token, token, 0, false});
            tokens_.remove(token);
        }
    }

    void note_parts(token_id left, token_id right, token_id result) {
        parts_.resize(std::size_t{result} + 1);
        if (settings_.blow_up) {
            read(symbols_.bytes[result], parts_[result]);
        } else {
            parts_[result] = {left, right};
        }
    }

    settings settings_;
    std::array<token_id, 256> symbol_of_byte_{};
    training_tokens symbols_;
    ordered_tokens tokens_;
    std::vector<merge_operation> operations_;
    std::vector<std::vector<token_id>> parts_;  // of tokens that merges made, if some are deleted
    std::vector<std::int64_t> counts_;
};

}  // namespace tessera::inline v0::detail
