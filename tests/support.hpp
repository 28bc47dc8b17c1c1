// What several tests need: random text, random tokenizers, files of data/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>

namespace support {

/// Deterministic; the seed belongs into an INFO of the test that uses it.
class random_source {
public:
    explicit random_source(std::uint64_t seed) : engine_(seed) {}

    /// Uniform in 0 .. n - 1.
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }

    std::string text(std::size_t length, std::string_view alphabet) {
        std::string s;
        for (std::size_t i = 0; i < length; ++i) s += alphabet[below(alphabet.size())];
        return s;
    }
    std::string bytes(std::size_t length) {
        std::string s;
        for (std::size_t i = 0; i < length; ++i) s += static_cast<char>(below(256));
        return s;
    }

private:
    std::mt19937_64 engine_;
};

inline std::string read(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

/// The repository's data folder.
inline std::string data(std::string const& name) {
    char const* const folder = std::getenv("TESSERA_DATA");
    return std::string(folder == nullptr ? "data" : folder) + "/" + name;
}

/// A byte-level vocabulary over `alphabet`, and merges that lead to each of its tokens; some tokens can be reached in
/// several ways, some merges are never used.
struct random_bpe {
    std::vector<std::string> tokens;
    std::vector<tessera::merge> merges;

    random_bpe(random_source& random, std::string_view alphabet, std::size_t n_merges) {
        std::map<std::string, tessera::token_id> ids;
        for (char const c : alphabet) {
            ids.emplace(std::string(1, c), static_cast<tessera::token_id>(tokens.size()));
            tokens.emplace_back(1, c);
        }
        std::map<std::pair<tessera::token_id, tessera::token_id>, bool> used;
        for (std::size_t tries = 0; merges.size() < n_merges && tries < 20 * n_merges; ++tries) {
            auto const left = static_cast<tessera::token_id>(random.below(tokens.size()));
            auto const right = static_cast<tessera::token_id>(random.below(tokens.size()));
            std::string const joined = tokens[left] + tokens[right];
            if (joined.size() > 12 || used[{left, right}]) continue;
            used[{left, right}] = true;
            auto const [at, is_new] = ids.emplace(joined, static_cast<tessera::token_id>(tokens.size()));
            if (is_new) tokens.push_back(joined);
            merges.push_back({left, right, at->second, static_cast<std::uint32_t>(merges.size())});
        }
    }

    [[nodiscard]] tessera::vocabulary vocab() const {
        tessera::vocabulary_builder builder;
        for (std::size_t i = 0; i < tokens.size(); ++i) builder.add(static_cast<tessera::token_id>(i), tokens[i]);
        return builder.build();
    }
};

}  // namespace support
