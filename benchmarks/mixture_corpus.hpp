// Texts of known mixtures: what experiments train tokenizers on, and what the mixture is then inferred from.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/split_mix.hpp>
#include <tessera/io/file.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace mixture_experiment {

/// Shares that are uniform on the simplex, in steps of 1/10,000, none of which is 0: the gaps between n - 1 different
/// numbers below 10,000 (Smith and Tromble 2004, "Sampling uniformly from the unit simplex").
inline std::vector<double> draw_shares(std::size_t n, tessera::split_mix& random) {
    constexpr std::uint64_t steps = 10000;
    std::set<std::uint64_t> cuts{0, steps};
    while (cuts.size() < n + 1) cuts.insert(1 + random.below(steps - 1));
    std::vector<double> shares;
    for (auto at = std::next(cuts.begin()); at != cuts.end(); ++at) {
        shares.push_back(static_cast<double>(*at - *std::prev(at)) / static_cast<double>(steps));
    }
    return shares;
}

/// `k` of n numbers, in random order.
inline std::vector<std::size_t> draw_some(std::size_t n, std::size_t k, tessera::split_mix& random) {
    std::vector<std::size_t> all(n);
    for (std::size_t i = 0; i < n; ++i) all[i] = i;
    for (std::size_t i = 0; i < k; ++i) std::swap(all[i], all[i + random.below(n - i)]);
    all.resize(k);
    return all;
}

/// One category: 70 % of its lines to train on, and 30 % as counts to estimate with. A line's number decides, and
/// nothing else, so that the two are texts of the same kind.
struct category_text {
    std::string name;
    std::vector<std::string> training;  // lines, with their newlines
    std::size_t training_bytes = 0;
    std::vector<tessera::pretoken_counts> estimation;  // of each group of lines, and of all
    std::size_t estimation_bytes = 0;

    [[nodiscard]] tessera::pretoken_counts const& all_of_estimation() const { return estimation.back(); }
    [[nodiscard]] std::size_t n_groups() const { return estimation.size() - 1; }
};

inline void count_pretokens(std::string_view text, tessera::pretoken_counts& counts) {
    tessera::gpt2_pretokenizer().for_each(text, [&](std::string_view pretoken) { counts.add(pretoken); });
}

inline category_text read_category(std::string const& path, std::size_t n_groups) {
    category_text out;
    out.name = std::filesystem::path(path).stem().string();
    out.estimation.resize(n_groups + 1);
    std::string const text = tessera::read_file(path);
    std::uint64_t number = 0;
    for (std::size_t at = 0; at < text.size(); ++number) {
        std::size_t const newline = text.find('\n', at);
        std::size_t const end = newline == std::string::npos ? text.size() : newline + 1;
        std::string_view const line = std::string_view(text).substr(at, end - at);
        at = end;
        tessera::split_mix hash(number);
        if (hash.below(10) >= 3) {
            out.training.emplace_back(line);
            out.training_bytes += line.size();
            continue;
        }
        count_pretokens(line, out.estimation[hash.below(n_groups)]);
        count_pretokens(line, out.estimation.back());
        out.estimation_bytes += line.size();
    }
    return out;
}

struct mixed_text {
    tessera::pretoken_counts counts;
    std::vector<double> shares;  // of the bytes that were taken
    std::size_t n_bytes = 0;
};

/// Takes lines at random until each category has its share; a line that would overshoot by more than is missing is
/// left. Where a category would run out, all take less.
inline mixed_text draw_text(std::span<category_text const* const> categories, std::span<double const> shares,
                            std::size_t most_bytes, tessera::split_mix& random) {
    auto total = static_cast<double>(most_bytes);
    for (std::size_t i = 0; i < categories.size(); ++i) {
        total = std::min(total, static_cast<double>(categories[i]->training_bytes) / shares[i]);
    }
    mixed_text out;
    for (std::size_t i = 0; i < categories.size(); ++i) {
        std::vector<std::string> const& lines = categories[i]->training;
        std::vector<std::size_t> const order = draw_some(lines.size(), lines.size(), random);
        double const wanted = shares[i] * total;
        std::size_t taken = 0;
        for (std::size_t const k : order) {
            double const missing = wanted - static_cast<double>(taken);
            if (missing <= 0) break;
            if (static_cast<double>(lines[k].size()) > 2 * missing && taken > 0) continue;
            count_pretokens(lines[k], out.counts);
            taken += lines[k].size();
        }
        out.shares.push_back(static_cast<double>(taken));
        out.n_bytes += taken;
    }
    for (double& share : out.shares) share /= static_cast<double>(out.n_bytes);
    return out;
}

/// What experiments report: the decimal logarithm of the mean squared error.
inline double log_error(std::span<double const> found, std::span<double const> truth) {
    double sum = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) sum += (found[i] - truth[i]) * (found[i] - truth[i]);
    return std::log10(sum / static_cast<double>(truth.size()));
}

}  // namespace mixture_experiment
