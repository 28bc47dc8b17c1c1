// Categories whose words are known, and merges trained on mixtures of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/mixture/merge_replay.hpp>
#include <tessera/mixture/pair_history.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/train/bpe_trainer.hpp>
#include <tessera/train/pretoken_counts.hpp>
#include "../support.hpp"

namespace mixture_support {

using namespace tessera;

inline void count_lines(std::string_view text, pretoken_counts& counts) {
    gpt2_pretokenizer const pretokenizer;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t const end = std::min(text.find('\n', at), text.size() - 1) + 1;
        pretokenizer.for_each(text.substr(at, end - at), [&](std::string_view pretoken) { counts.add(pretoken); });
        at = end;
    }
}

/// Merges of a trainer, over symbols of which byte b is b.
struct trained_merges {
    std::vector<merge> merges;
    std::vector<std::string> symbols;
};

inline trained_merges train(pretoken_counts const& counts, std::size_t n_merges) {
    trained_bpe const trained = bpe_trainer({.vocab_size = 256 + n_merges}).train(counts);
    trained_merges out;
    std::vector<token_id> of(trained.vocab.size(), no_token);
    for (unsigned b = 0; b < 256; ++b) {
        std::string const byte(1, static_cast<char>(b));
        of[trained.vocab.find(byte)] = b;
        out.symbols.push_back(byte);
    }
    for (merge const& m : trained.merges) {
        if (of[m.result] == no_token) {
            of[m.result] = static_cast<token_id>(out.symbols.size());
            out.symbols.emplace_back(trained.vocab.bytes(m.result));
        }
        out.merges.push_back({of[m.left], of[m.right], of[m.result], m.rank});
    }
    return out;
}

inline std::vector<replay_part> words_of(pretoken_counts const& counts, std::span<merge const> merges) {
    std::vector<replay_part> parts;
    parts.push_back({0, merge_replay(merges)});
    std::vector<token_id> symbols;
    counts.for_each([&](std::string_view pretoken, std::uint64_t n) {
        symbols.clear();
        for (char const c : pretoken) symbols.push_back(static_cast<unsigned char>(c));
        parts[0].words.add_word(symbols, n);
    });
    return parts;
}

inline pair_history history_of(std::vector<pretoken_counts> const& categories, std::span<merge const> merges) {
    std::vector<std::vector<replay_part>> replays;
    for (pretoken_counts const& counts : categories) replays.push_back(words_of(counts, merges));
    return {merges, std::move(replays), serial_executor{}};
}

/// Sum of counts, so many times each.
inline pretoken_counts sum_of(std::vector<pretoken_counts> const& categories, std::vector<std::uint64_t> const& times) {
    pretoken_counts out;
    for (std::size_t i = 0; i < categories.size(); ++i) {
        categories[i].for_each([&](std::string_view pretoken, std::uint64_t n) { out.add(pretoken, n * times[i]); });
    }
    return out;
}

/// Shares of pairs of such a sum.
inline std::vector<double> shares_of(pair_history const& history, std::vector<std::uint64_t> const& times) {
    std::vector<double> shares;
    double sum = 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
        shares.push_back(static_cast<double>(history.total(i) * times[i]));
        sum += shares.back();
    }
    for (double& share : shares) share /= sum;
    return shares;
}

inline std::vector<pretoken_counts> texts(std::vector<std::string> const& names, std::size_t n_bytes) {
    std::vector<pretoken_counts> out;
    for (std::string const& name : names) {
        out.emplace_back();
        count_lines(support::read(support::data("text/" + name + ".txt")).substr(0, n_bytes), out.back());
    }
    return out;
}

}  // namespace mixture_support
