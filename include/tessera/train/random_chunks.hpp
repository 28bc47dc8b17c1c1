// A pretokenizer for training alone: text is cut anywhere, so tokens learn to reach across words. The tokenizer that
// comes out takes each text whole, so this is no component of a file.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/split_mix.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {

/// Lengths of chunks, in code points, and how often they are drawn.
struct chunk_lengths {
    std::size_t least = 2;
    std::size_t most = 32;
    double weight = 1;  ///< relative to the sum of all weights

    friend bool operator==(chunk_lengths const&, chunk_lengths const&) = default;
};

/// Cuts a text into chunks of random length: a range is drawn by weight, then a length from it. What is left at the
/// end, if shorter than the shortest range, is one chunk.
/// The numbers depend on the seed and the text alone, so the same texts are cut in the same places, in whatever order
/// and by however many threads; two equal texts are cut alike.
/// @complexity  O(n), any bytes; an ill-formed byte is a character
/// @par Source  "Supertoken" learning, arXiv 2505.09738 (ranges with weights), and KL3M-005's RandomChunkSplit (one
///              range; huggingface/tokenizers pull request 1753). Differs: theirs are not seeded; weights need not sum
///              to 1 (those they ship sum to 1.1, which their own reader refuses).
class random_chunks {
public:
    static constexpr bool lossless = true;

    /// @throws error  bad_option: no ranges, an empty one, a length of 0, a weight that is negative or no number
    explicit random_chunks(std::vector<chunk_lengths> ranges, std::uint64_t seed = 0)
        : ranges_(std::move(ranges)), seed_(seed) {
        double sum = 0;
        for (chunk_lengths const& r : ranges_) {
            if (r.least == 0 || r.least > r.most || r.most > 0xFFFF'FFFFU) {
                throw error(error_kind::bad_option, "chunk lengths",
                            std::to_string(r.least) + " to " + std::to_string(r.most) + " is no range of lengths",
                            "give at least 1, the smaller number first");
            }
            if (!std::isfinite(r.weight) || r.weight < 0) {
                throw error(error_kind::bad_option, "chunk lengths", "a weight is no number of at least 0");
            }
            sum += r.weight;
            ends_.push_back(sum);
        }
        if (!(sum > 0) || !std::isfinite(sum)) {
            throw error(error_kind::bad_option, "chunk lengths", "no length is ever drawn",
                        "give a range with a weight above 0");
        }
        shortest_ = std::min_element(ranges_.begin(), ranges_.end(), [](auto const& a, auto const& b) {
                        return a.least < b.least;
                    })->least;
    }

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "random-chunks"; }
    [[nodiscard]] std::vector<chunk_lengths> const& ranges() const noexcept { return ranges_; }

    /// Calls `sink(std::string_view)` with each chunk, in order.
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        std::size_t left = count_code_points(text);
        split_mix random(hash_bytes(text) ^ seed_);
        for (std::size_t begin = 0; begin < text.size();) {
            std::size_t const length = left < shortest_ ? left : draw(random, left);
            std::size_t end = begin;
            for (std::size_t n = 0; n < length; ++n) end += decode_utf8(text, end).length;
            left -= length;
            sink(text.substr(begin, end - begin));
            begin = end;
        }
    }

private:
    [[nodiscard]] std::size_t draw(split_mix& random, std::size_t left) const noexcept {
        double const place = random.uniform() * ends_.back();
        auto const at = std::upper_bound(ends_.begin(), ends_.end() - 1, place) - ends_.begin();
        chunk_lengths const& range = ranges_[static_cast<std::size_t>(at)];
        std::size_t const least = std::min(range.least, left);
        std::size_t const most = std::min(range.most, left);
        return least + static_cast<std::size_t>(random.below(most - least + 1));
    }

    std::vector<chunk_lengths> ranges_;
    std::uint64_t seed_;
    std::vector<double> ends_;  // sums of weights
    std::size_t shortest_ = 1;
};

static_assert(Pretokenizer<random_chunks>);

}  // namespace tessera::inline v0
