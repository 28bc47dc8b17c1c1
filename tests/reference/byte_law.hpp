// The probability of bytes under a model of tokens, as the definition says it: the sum over all sequences of tokens
// whose last one, and no other, reaches the end of the bytes or beyond. Exponential.
//
// Two laws: of all such sequences (native), or of those that the tokenizer makes of their bytes (valid).
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>

namespace reference {

using token_sequence = std::vector<tessera::token_id>;

struct byte_law {
    std::vector<std::string> tokens;  ///< bytes by id; empty: none
    tessera::token_id stop = tessera::no_token;
    std::function<std::vector<double>(token_sequence const&)> row;  ///< probabilities of the next token
    std::function<bool(token_sequence const&)> is_counted;          ///< of a whole sequence

    /// All covers of the bytes and their probabilities.
    [[nodiscard]] std::map<token_sequence, double> covers(std::string_view bytes) const {
        std::map<token_sequence, double> found;
        if (bytes.empty()) {
            found[{}] = 1;
            return found;
        }
        token_sequence path;
        extend(bytes, path, 1, found);
        return found;
    }

    [[nodiscard]] double probability(std::string_view bytes) const {
        double sum = 0;
        for (auto const& [tokens_of_it, p] : covers(bytes)) sum += p;
        return sum;
    }

    /// Of these bytes and nothing more.
    [[nodiscard]] double probability_of_whole(std::string_view bytes) const {
        double sum = 0;
        for (auto const& [path, p] : covers(bytes)) {
            std::size_t n = 0;
            for (tessera::token_id const id : path) n += tokens[id].size();
            if (n == bytes.size()) sum += p * row(path)[stop];
        }
        return sum;
    }

private:
    void extend(std::string_view rest, token_sequence& path, double p, std::map<token_sequence, double>& found) const {
        std::vector<double> const next = row(path);
        for (tessera::token_id id = 0; id < tokens.size(); ++id) {
            std::string_view const bytes = tokens[id];
            if (bytes.empty() || id == stop || next[id] == 0) continue;
            path.push_back(id);
            if (bytes.starts_with(rest)) {
                if (is_counted(path)) found[path] = p * next[id];
            } else if (rest.starts_with(bytes)) {
                extend(rest.substr(bytes.size()), path, p * next[id], found);
            }
            path.pop_back();
        }
    }
};

}  // namespace reference
