// A pretokenizer for training alone: text is cut behind some of its white space, so that tokens of several words can
// be learnt. The tokenizer that comes out takes each text whole, so this is no component of a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/split_mix.hpp>
#include <tessera/core/unicode_class.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {

/// Cuts a text behind each run of white space (White_Space of Unicode), with a probability of its own.
/// The numbers depend on the seed and the text alone: @see random_chunks
/// @complexity  O(n), any bytes; an ill-formed byte is no white space
/// @par Source  KL3M-005's RandomWhitespaceSplit (huggingface/tokenizers pull request 1753); its code is in no release,
///              so the places are those that its published vocabulary shows: 7,149 of its 14,891 tokens with a space
///              end in one, 692 begin with one. Differs: seeded.
class random_whitespace {
public:
    static constexpr bool lossless = true;

    /// @throws error  bad_option: the probability is not in [0, 1]
    explicit random_whitespace(double probability, std::uint64_t seed = 0) : probability_(probability), seed_(seed) {
        if (!(probability >= 0 && probability <= 1)) {
            throw error(error_kind::bad_option, "probability", "it is not between 0 and 1");
        }
    }

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "random-whitespace"; }
    [[nodiscard]] double probability() const noexcept { return probability_; }

    /// Calls `sink(std::string_view)` with each piece, in order.
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        split_mix random(hash_bytes(text) ^ seed_);
        std::size_t begin = 0;
        bool in_space = false;
        for (std::size_t at = 0; at < text.size();) {
            auto const c = decode_utf8(text, at);
            bool const is_space = (unicode_rust::class_of(c.code_point) & unicode_class::space) != 0;
            if (in_space && !is_space && random.uniform() < probability_) {
                sink(text.substr(begin, at - begin));
                begin = at;
            }
            in_space = is_space;
            at += c.length;
        }
        if (begin < text.size()) sink(text.substr(begin));
    }

private:
    double probability_;
    std::uint64_t seed_;
};

static_assert(Pretokenizer<random_whitespace>);

}  // namespace tessera::inline v0
