// The dictionary of Lempel and Ziv as a vocabulary: read from left to right, and whenever what was read since the last
// token is not yet one, it becomes one. greedy_model encodes with it.
// Literature: Ziv and Lempel, "Compression of Individual Sequences via Variable-Rate Coding" (1978); as a tokenizer:
// Rajaraman, Jiao and Ramchandran, "Toward a Theory of Tokenization in LLMs", arXiv:2404.08335, which call it LZW.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>

namespace tessera::inline v0 {

/// The tokens that there are at first.
enum class lzw_alphabet : std::uint8_t {
    none,    ///< as in the paper's example; a byte that is only ever met inside of tokens does not become one
    corpus,  ///< the bytes that occur in the corpus
    bytes,   ///< all 256, so that any text can be encoded; as Welch (1984)
};

struct lzw_trainer_options {
    /// Tokens in all. Fewer come out where the corpus ends before.
    std::size_t vocab_size = 4096;
    lzw_alphabet alphabet = lzw_alphabet::corpus;
};

/// What training makes. A `greedy_model` is built from the first.
struct trained_lzw {
    vocabulary vocab;
    std::size_t n_bytes_read = 0;  ///< of the corpus
};

class lzw_trainer {
public:
    explicit lzw_trainer(lzw_trainer_options options) : options_(options) {}

    /// @throws error   empty_input: the corpus is empty; bad_option: the vocabulary is too large, or smaller than the
    ///                 alphabet
    /// @complexity     O(bytes of the corpus)
    [[nodiscard]] trained_lzw train(std::string_view corpus) const {
        if (corpus.empty()) throw error(error_kind::empty_input, "corpus", "there is no text to train on");
        std::array<bool, 256> alphabet{};
        if (options_.alphabet == lzw_alphabet::bytes) alphabet.fill(true);
        if (options_.alphabet == lzw_alphabet::corpus) {
            for (char const c : corpus) alphabet[static_cast<unsigned char>(c)] = true;
        }
        auto const n_first = static_cast<std::size_t>(std::count(alphabet.begin(), alphabet.end(), true));
        if (options_.vocab_size > max_vocabulary_size || options_.vocab_size < n_first) {
            throw error(error_kind::bad_option, "vocabulary size",
                        std::to_string(options_.vocab_size) + " is too large, or less than the alphabet takes",
                        "ask for at least " + std::to_string(n_first));
        }
        // A token, and a byte that follows it in another: that one. The empty string is numbered as the size.
        std::unordered_map<std::uint64_t, std::uint32_t> longer;
        vocabulary_builder builder;
        token_id next = 0;
        auto const root = static_cast<std::uint32_t>(options_.vocab_size);
        auto const key = [](std::uint32_t token, char byte) {
            return std::uint64_t{token} << 8 | static_cast<unsigned char>(byte);
        };
        auto const add = [&](std::uint32_t known, std::string_view bytes) {
            longer.emplace(key(known, bytes.back()), next);
            builder.add(next++, bytes, bytes.size() == 1 ? token_kind::byte : token_kind::normal);
        };
        for (unsigned b = 0; b < 256; ++b) {
            char const byte = static_cast<char>(b);
            if (alphabet[b]) add(root, {&byte, 1});
        }
        std::size_t begin = 0;  // of what is read since the last token
        std::uint32_t known = root;
        std::size_t at = 0;
        for (; at < corpus.size() && next < options_.vocab_size; ++at) {
            auto const found = longer.find(key(known, corpus[at]));
            if (found != longer.end()) {
                known = found->second;
                continue;
            }
            add(known, corpus.substr(begin, at + 1 - begin));
            known = root;
            begin = at + 1;
        }
        return {builder.build(), at};
    }

private:
    lzw_trainer_options options_;
};

}  // namespace tessera::inline v0
