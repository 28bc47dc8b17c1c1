// Two small models and what both laws make of them, to twelve digits. The numbers were computed by enumeration and by
// dynamic programming, with other code than this.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include "reference/bpe.hpp"
#include "reference/byte_law.hpp"

namespace golden {

enum class law { native, valid };

/// BPE by a list of merges.
struct merge_list {
    std::vector<std::string> tokens;  ///< single letters first
    reference::rank_of_pair ranks;

    merge_list(std::string_view letters, std::vector<std::pair<std::string, std::string>> const& merges) {
        for (char const c : letters) tokens.emplace_back(1, c);
        for (auto const& [left, right] : merges) {
            ranks.emplace(std::pair(left, right), static_cast<std::uint32_t>(ranks.size()));
            tokens.push_back(left + right);
        }
    }

    [[nodiscard]] tessera::token_id id(std::string const& token) const {
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            if (tokens[i] == token) return static_cast<tessera::token_id>(i);
        }
        return tessera::no_token;
    }

    [[nodiscard]] reference::token_sequence encode(std::string_view bytes) const {
        reference::token_sequence ids;
        for (std::string const& t : reference::merge_by_list(reference::bytes_of(bytes), ranks)) ids.push_back(id(t));
        return ids;
    }

    [[nodiscard]] bool is_canonical(reference::token_sequence const& ids) const {
        std::string bytes;
        for (tessera::token_id const t : ids) bytes += tokens[t];
        return encode(bytes) == ids;
    }
};

/// Ten letters A and B, each by the three before it (before the first stand Bs), then the end: every string is
/// tokenized, and the model of tokens is that of the sequences that this gives.
struct letter_chain {
    struct expected {
        std::string bytes;
        double next_a;
        double probability = -1;                    ///< -1: not on record
        std::map<std::string, double> covers = {};  ///< tokens joined by |; empty: not on record
    };
    merge_list merges;
    std::vector<expected> values;

    [[nodiscard]] tessera::token_id stop() const { return static_cast<tessera::token_id>(merges.tokens.size()); }

    [[nodiscard]] reference::token_sequence ids(std::string const& joined) const {
        reference::token_sequence result;
        for (std::size_t begin = 0; begin <= joined.size();) {
            std::size_t const end = std::min(joined.find('|', begin), joined.size());
            result.push_back(merges.id(joined.substr(begin, end - begin)));
            begin = end + 1;
        }
        return result;
    }

    /// @return  the law; it keeps what it needs
    [[nodiscard]] reference::byte_law law(golden::law which) const {
        auto const mass = std::make_shared<std::map<reference::token_sequence, double>>();  // of each beginning
        constexpr std::size_t n = 10;
        for (std::size_t bits = 0; bits < std::size_t{1} << n; ++bits) {
            std::string text;
            double p = 1;
            std::size_t context = 7;  // BBB
            for (std::size_t i = 0; i < n; ++i) {
                std::size_t const letter = bits >> i & 1;
                double const a = 0.1 * static_cast<double>(context + 1);
                p *= letter == 0 ? a : 1 - a;
                text += letter == 0 ? 'A' : 'B';
                context = (2 * context + letter) % 8;
            }
            reference::token_sequence path = merges.encode(text);
            path.push_back(stop());
            for (std::size_t k = 0; k <= path.size(); ++k) {
                (*mass)[{path.begin(), path.begin() + static_cast<std::ptrdiff_t>(k)}] += p;
            }
        }
        reference::byte_law l;
        l.tokens = merges.tokens;
        l.tokens.emplace_back();
        l.stop = stop();
        l.row = [mass, size = l.tokens.size()](reference::token_sequence const& prefix) {
            std::vector<double> row(size);
            auto const whole = mass->find(prefix);
            if (whole == mass->end()) return row;
            reference::token_sequence longer = prefix;
            longer.push_back(0);
            for (std::size_t t = 0; t < size; ++t) {
                longer.back() = static_cast<tessera::token_id>(t);
                auto const found = mass->find(longer);
                if (found != mass->end()) row[t] = found->second / whole->second;
            }
            return row;
        };
        bool const all = which == golden::law::native;
        l.is_counted = [all, m = merges](reference::token_sequence const& ids) { return all || m.is_canonical(ids); };
        return l;
    }
};

inline std::vector<letter_chain> letter_chains() {
    return {
        {merge_list("AB", {{"A", "A"}, {"B", "AA"}, {"B", "B"}}),
         {{"A", .7, .8, {{"AA", .56}, {"A", .24}}},
          {"B", .8, .2, {{"BAA", .112}, {"B", .0704}, {"BB", .0176}}},
          {"BA", .7, .16, {{"BAA", .112}, {"B|A", .048}}},
          {"ABA", .3, .144, {{"A|B|A", .1008}, {"A|BAA", .0432}}},
          {"BBA", .7, .032, {{"B|BAA", .0224}, {"BB|A", .0096}}},
          {"BAAB", .2, .056, {{"BAA|BB", .032256}, {"BAA|B", .020384}, {"BAA|BAA", .00336}}},
          {"AAAAA", .1, .0028, {{"AA|AA|A", .00252}, {"AA|AA|AA", .00028}}}}},
        {merge_list("AB", {{"A", "B"}, {"AB", "A"}, {"B", "B"}, {"A", "A"}}),
         {{"A", .7, .8, {{"A", .28}, {"AA", .28}, {"AB", .1968}, {"ABA", .0432}}},
          {"AB", .6, .24, {{"AB", .1968}, {"ABA", .0432}}},
          {"ABA", .3, .144, {{"AB|AB", .082656}, {"ABA", .0432}, {"AB|ABA", .018144}}},
          {"BABA", .3, .0288},
          {"ABAB", .6, .1008}}},
    };
}

/// Tokens a, b, ab, ba, aab and the end. Each follows another with weight 1 + (3 i + 5 j) mod 7; i = 6 at the
/// beginning.
inline reference::byte_law token_chain(law which) {
    merge_list const merges("ab", {{"a", "b"}, {"b", "a"}, {"a", "ab"}});
    reference::byte_law l;
    l.tokens = merges.tokens;
    l.tokens.emplace_back();
    l.stop = 5;
    l.row = [](reference::token_sequence const& prefix) {
        std::size_t const i = prefix.empty() ? 6 : prefix.back();
        std::vector<double> row(6);
        double sum = 0;
        for (std::size_t j = 0; j < 6; ++j) sum += row[j] = static_cast<double>(1 + (3 * i + 5 * j) % 7);
        for (double& p : row) p /= sum;
        return row;
    };
    l.is_counted = [which, merges](reference::token_sequence const& ids) {
        return which == law::native || merges.is_canonical(ids);
    };
    return l;
}

struct token_chain_value {
    std::string bytes;
    law which;
    std::size_t n_covers;
    double probability, next_a, next_b, stop, leak;
};

inline std::vector<token_chain_value> token_chain_values() {
    using enum law;
    return {
        {"a", native, 3, .476190476190476, .64, .26, .1, 0},
        {"a", valid, 3, .476190476190476, .56, .1, .1, .24},
        {"b", native, 2, .428571428571429, .878787878787879, .106060606060606, .0151515151515152, 0},
        {"b", valid, 2, .428571428571429, .772727272727273, .106060606060606, .0151515151515152, .106060606060606},
        {"aa", native, 4, .304761904761905, .23375, .76, .00625, 0},
        {"aa", valid, 3, .266666666666667, .261428571428571, .714285714285714, .00714285714285714, .0171428571428571},
        {"ab", native, 3, .12380952381, .684238838085, .235610543303, .080150618612, 0},
        {"ab", valid, 1, .047619047619, .615384615385, .230769230769, .153846153846, 0},
        {"ba", native, 4, .376623376623, .447646176912, .307676161919, .244677661169, 0},
        {"ba", valid, 2, .331168831169, .412617220801, .137254901961, .262574595055, .187553282182},
        {"aab", native, 4, .231619047619, .506739118581, .376134404095, .117126477324, 0},
        {"aab", valid, 1, .190476190476, .481481481481, .407407407407, .111111111111, 0},
        {"abab", native, 8, .035244349853, .675606522327, .212791016251, .111602461422, 0},
        {"abab", valid, 1, .005494505495, .615384615385, .230769230769, .153846153846, 0},
        {"aabba", native, 12, .074118985392, .439328386942, .332205902956, .228465710102, 0},
        {"aabba", valid, 2, .058361391695, .404682274247, .153846153846, .257525083612, .183946488294},
    };
}

}  // namespace golden
