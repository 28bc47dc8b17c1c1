// Byte-pair encoding of one pretoken: symbols -> merges -> ids.
//
// The same class runs both families, which differ only in the merges it is given:
//   by merge list (Hugging Face): rank = position in the list; a pair merges only if the list names it.
//   by rank (tiktoken): rank = id of the result; any two neighbours whose bytes are a token merge
//                       (see bpe_from_ranks.hpp), and a pretoken that is a token is taken whole (`ignore_merges`).
// Next to read: pair_table.hpp (lookup), merge_scan.hpp and merge_blocks.hpp (the two engines), merge_levels.hpp
// (superwords).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_symbols.hpp>
#include <tessera/model/byte_joints.hpp>
#include <tessera/model/joint_set.hpp>
#include <tessera/model/lazy_flags.hpp>
#include <tessera/model/merge_blocks.hpp>
#include <tessera/model/merge_buckets.hpp>
#include <tessera/model/merge_levels.hpp>
#include <tessera/model/merge_scan.hpp>
#include <tessera/model/pair_table.hpp>
#include <tessera/model/pretoken_cache.hpp>

namespace tessera::inline v0 {

/// An immutable BPE model.
/// @tparam ShortEngine  MergeEngine for pretokens of up to `ShortEngine::max_symbols` symbols
/// @tparam LongEngine   MergeEngine for all others; must be O(n log n)
template <class ShortEngine = merge_scan, class LongEngine = merge_blocks<>>
    requires MergeEngine<ShortEngine, pair_table> && MergeEngine<LongEngine, pair_table>
class basic_bpe_model {
public:
    using vocabulary_type = vocabulary;

    static constexpr std::string_view type = "BPE";
    static constexpr std::uint32_t max_rank = (std::uint32_t{1} << 26) - 1;  // engines may have a table by rank

    struct scratch {
        pretoken_cache cache;  ///< `pretoken_cache(0)` turns it off
        std::vector<token_id> symbols;
        ShortEngine short_engine;
        LongEngine long_engine;
        merge_buckets queue_engine = {};  ///< for merges that merge_blocks does not take
        std::string spelling = {};
        std::vector<token_id> run = {};  ///< symbols of the lower level that the upper one may join
    };

    /// @param merges   in order of rank; of merges of the same pair the last one counts
    /// @throws error   bad_merge: a merge names an id outside the vocabulary, its result is not its parts joined, the
    ///                 right one without the length of `continuing_subword_prefix` (whatever stands there), or its rank
    ///                 is larger than `max_rank`
    /// @throws error   bad_option: `unknown` is not in the vocabulary
    /// @complexity     linear in the number of tokens and merges
    basic_bpe_model(vocabulary vocab, std::vector<merge> merges, bpe_options options = {})
        : vocab_(std::move(vocab)), merges_(std::move(merges)), options_(std::move(options)) {
        if (options_.unknown != no_token && options_.unknown >= vocab_.size()) {
            throw error(error_kind::bad_option, "unknown",
                        "its id " + std::to_string(options_.unknown) + " is not in the vocabulary", "add the token");
        }
        symbols_ = bpe_symbols(vocab_, options_);
        cuts_ = options_.unit == symbol_unit::code_point && !options_.ignore_merges &&
                options_.continuing_subword_prefix.empty() && options_.end_of_word_suffix.empty();
        if (cuts_) joints_ = joint_set(merges_.size());
        byte_joints joints_of_bytes(symbols_.are_plain_bytes());
        check_merges(joints_of_bytes);
        pairs_ = pair_table(merges_);
        whole_ = lazy_flags(vocab_.size());
        if (joints_of_bytes && !needs_queue_) find_cuts(joints_of_bytes);
    }

    [[nodiscard]] vocabulary const& vocab() const noexcept { return vocab_; }
    [[nodiscard]] std::span<merge const> merges() const noexcept { return merges_; }
    [[nodiscard]] pair_table const& pairs() const noexcept { return pairs_; }
    [[nodiscard]] bpe_options const& options() const noexcept { return options_; }
    /// How superwords are encoded; false where there are none.
    [[nodiscard]] merge_levels const& levels() const noexcept { return levels_; }

    /// True if the text of `id` (its bytes, without `end_of_word_suffix`), taken as a pretoken, encodes to `id` alone.
    /// A token for which this is false is unreachable, except as part of the way to a longer one.
    /// @pre         id < vocab().size()
    /// @complexity  that of encoding the token, at the first call; found out when needed, for construction to be fast
    [[nodiscard]] bool is_whole(token_id id, scratch& s) const {
        std::string_view text = vocab_.bytes(id);
        if (text.empty() || vocab_.find(text) != id) return false;
        if (options_.ignore_merges) return true;
        if (whole_.get(id) == lazy_flags::state::unknown) {
            std::size_t const suffix = options_.end_of_word_suffix.size();
            bool const ends_a_word = text.size() > suffix && text.ends_with(options_.end_of_word_suffix);
            if (ends_a_word) text.remove_suffix(suffix);
            std::span<token_id const> const ids = ends_a_word ? merged(text, s) : std::span<token_id const>{};
            whole_.note(id, ids.size() == 1 && ids[0] == id);
        }
        return whole_.get(id) == lazy_flags::state::yes;
    }
    [[nodiscard]] bool is_whole(token_id id) const {
        scratch s;
        return is_whole(id, s);
    }

    /// Encodes one pretoken, calling `sink(token_id)` for each token in order.
    /// @complexity  O(n log n), n = pretoken.size(); one lookup where the pretoken is a token or was met before
    template <class Sink>
    void encode(std::string_view pretoken, scratch& s, Sink&& sink) const {
        s.cache.serve(number_);
        if (levels_) {
            encode_in_levels(pretoken, s, sink);
            return;
        }
        auto const encode_this = [&](std::string_view part) { encode_part(part, s, sink); };
        if (pretoken.size() > pretoken_cache::max_bytes) {
            if (byte_cuts_) return byte_cuts_.for_each_part(pretoken, encode_this);
            if (cuts_) return for_each_cut(pretoken, encode_this);
        }
        encode_this(pretoken);
    }

    /// What merging starts from: writes the symbols of a pretoken to the front of `out`, which grows as needed; returns
    /// how many.
    [[nodiscard]] std::size_t write_symbols(std::string_view pretoken, std::vector<token_id>& out) const {
        std::string spelling;
        return symbols_.write(vocab_, options_, pretoken, out, spelling);
    }

    /// Encodes one pretoken by merges alone. The result lies in `s` until its next use.
    [[nodiscard]] std::span<token_id const> merged(std::string_view pretoken, scratch& s) const {
        return merged(pretoken, s, pairs_);
    }

private:
    template <MergeTable Pairs>
    [[nodiscard]] std::span<token_id const> merged(std::string_view text, scratch& s, Pairs const& pairs) const {
        std::size_t const n_symbols = symbols_.write(vocab_, options_, text, s.symbols, s.spelling);
        std::span<token_id> const symbols(s.symbols.data(), n_symbols);
        if (needs_queue_) return symbols.first(s.queue_engine.apply(pairs, symbols));
        return symbols.first(apply(pairs, symbols, s));
    }
    template <MergeTable Pairs>
    [[nodiscard]] static std::size_t apply(Pairs const& pairs, std::span<token_id> symbols, scratch& s) {
        return symbols.size() <= ShortEngine::max_symbols ? s.short_engine.apply(pairs, symbols)
                                                          : s.long_engine.apply(pairs, symbols);
    }

    // The cache holds what the lower level makes of parts, and nothing else.
    template <class Sink>
    void encode_in_levels(std::string_view pretoken, scratch& s, Sink& sink) const {
        if (options_.ignore_merges && pretoken.size() <= vocab_.longest()) {
            token_id const whole = vocab_.find(pretoken);
            if (whole != no_token) return sink(whole);
        }
        std::size_t n = 0;
        auto const end_run = [&] {
            if (n > 1) n = apply(levels_.upper(), std::span(s.run.data(), n), s);
            for (std::size_t i = 0; i < n; ++i) sink(s.run[i]);
            n = 0;
        };
        levels_.cuts().for_each_part(pretoken, [&](std::string_view part) {
            for (token_id const id : lower_symbols(part, s)) {
                if (n != 0 && !levels_.may_join(s.run[n - 1], id)) end_run();
                if (n == s.run.size()) s.run.resize(2 * n + 64);
                s.run[n++] = id;
            }
        });
        end_run();
    }

    [[nodiscard]] std::span<token_id const> lower_symbols(std::string_view part, scratch& s) const {
        std::uint64_t const hash = hash_bytes(part);
        std::span<token_id const> ids = s.cache.find(part, hash);
        if (!ids.empty()) return ids;
        token_id const whole = vocab_.find(part, hash);
        if (whole != no_token && levels_.lower_whole().get(whole) == lazy_flags::state::yes) {
            if (s.symbols.empty()) s.symbols.resize(1);
            s.symbols[0] = whole;
            ids = std::span(s.symbols).first(1);
        } else {
            ids = merged(part, s, lower_merges{pairs_, levels_.limit()});
            if (whole != no_token) levels_.lower_whole().note(whole, ids.size() == 1 && ids[0] == whole);
        }
        s.cache.insert(part, hash, ids);
        return ids;
    }

    template <class Sink>
    void encode_part(std::string_view part, scratch& s, Sink& sink) const {
        std::uint64_t const hash = hash_bytes(part);
        std::span<token_id const> ids = s.cache.find(part, hash);
        if (ids.empty()) {
            token_id const whole = whole_token(part, hash, s);
            bool const is_known =
                whole != no_token && (options_.ignore_merges || whole_.get(whole) == lazy_flags::state::yes);
            if (is_known) {
                ids = std::span(&whole, 1);
            } else {
                ids = merged(part, s);
                if (whole != no_token) whole_.note(whole, ids.size() == 1 && ids[0] == whole);
            }
            s.cache.insert(part, hash, ids);
            for (token_id const id : ids) sink(id);
            return;
        }
        for (token_id const id : ids) sink(id);
    }

    // The token that `part` would be alone. With `ignore_merges` it is looked up as it stands, as in Hugging Face's
    // library; what merges can make of it carries the suffix.
    [[nodiscard]] token_id whole_token(std::string_view part, std::uint64_t hash, scratch& s) const {
        if (options_.ignore_merges || options_.end_of_word_suffix.empty()) return vocab_.find(part, hash);
        if (part.size() > vocab_.longest()) return no_token;
        s.spelling.assign(part);
        s.spelling += options_.end_of_word_suffix;
        return vocab_.find(s.spelling);
    }

    // A part begins with a known symbol, so no run of unknown ones reaches across. Where unknown symbols are dropped,
    // it also ends with a known one: the neighbour is not further away.
    template <class F>
    void for_each_cut(std::string_view text, F&& f) const {
        bool const drops = options_.unknown == no_token;
        std::size_t begin = 0;
        std::uint32_t last = 0;
        bool last_counts = false;
        for (std::size_t at = 0; at < text.size();) {
            auto const c = joint_set::character(text, at);
            bool const known = symbols_.knows(c.key);
            if (known && last_counts && !joints_.contains(last, c.key)) {
                f(text.substr(begin, at - begin));
                begin = at;
            }
            last = c.key;
            last_counts = known || !drops;
            at += c.length;
        }
        if (begin < text.size()) f(text.substr(begin));
    }

    void find_cuts(byte_joints& joints) {
        for (int b = 0; b < 256; ++b) {
            if (!symbols_.knows_byte(static_cast<char>(b))) joints.keep_together(static_cast<char>(b));
        }
        std::uint32_t const transition = joints.transition();
        scratch s;
        levels_ = merge_levels(vocab_, merges_, joints, transition, [&](std::string_view text) {
            return merged(text, s, lower_merges{pairs_, transition});
        });
        // With `ignore_merges` a part is not what it is as a pretoken.
        if (!levels_ && !options_.ignore_merges) byte_cuts_ = byte_cuts(joints, byte_joints::never);
    }

    struct spelled_merge {
        std::string_view left, right, result;
    };

    // In groups: first where all their texts are, then the texts. Hundreds of thousands of merges name tokens all over
    // the vocabulary; this way the processor waits for several at once.
    void check_merges(byte_joints& joints_of_bytes) {
        std::array<spelled_merge, 32> group;
        for (std::size_t begin = 0; begin < merges_.size(); begin += group.size()) {
            std::size_t const n = std::min(group.size(), merges_.size() - begin);
            for (std::size_t i = 0; i < n; ++i) {
                merge const& m = merges_[begin + i];
                if (std::max({m.left, m.right, m.result}) >= vocab_.size()) {
                    fail(begin + i, "it names a token id outside the vocabulary", "add the token or remove the merge");
                }
                if (m.rank > max_rank) {
                    fail(begin + i, "its rank is larger than the number of merges can be", "number the merges from 0");
                }
                group[i] = {vocab_.bytes(m.left), vocab_.bytes(m.right), vocab_.bytes(m.result)};
                __builtin_prefetch(group[i].left.data());
                __builtin_prefetch(group[i].right.data());
                __builtin_prefetch(group[i].result.data());
            }
            for (std::size_t i = 0; i < n; ++i) check_merge(begin + i, group[i], joints_of_bytes);
        }
    }

    void check_merge(std::size_t i, spelled_merge const& m, byte_joints& joints_of_bytes) {
        if (m.left.empty() || m.right.empty())
            fail(i, "one of its parts is an unused id", "check the ids of the merge");
        std::size_t const prefix = options_.continuing_subword_prefix.size();
        if (m.right.size() < prefix) {
            fail(i, "its right part is shorter than continuing_subword_prefix", "check the prefix and the merge");
        }
        // A part that adds nothing: a pair's neighbour can change, and what they make stay the same. The queue of
        // Hugging Face's library then goes by the rank of the pair before, and so does ours.
        if (m.right.size() == prefix) needs_queue_ = true;
        std::string_view const right = m.right.substr(prefix);
        if (m.result.size() != m.left.size() + right.size() || !m.result.starts_with(m.left) ||
            !m.result.ends_with(right)) {
            fail(i, "its result is not its two parts joined", "check the ids of the merge");
        }
        if (joints_of_bytes) {
            joints_of_bytes.add(m.left, m.right, merges_[i].rank);
            // What stands for an unknown byte says nothing about its neighbours.
            if (merges_[i].left == options_.unknown || merges_[i].right == options_.unknown) joints_of_bytes = {};
        }
        if (!cuts_) return;
        joints_.add(m.left, right);
        // Symbols that are not the text they stand for: the characters left and right of them say nothing.
        auto const is_not_text = [&](token_id part, std::string_view spelling) {
            return part == options_.unknown ||
                   (options_.byte_fallback && spelling.starts_with("<0x") && symbols_.is_fallback(part));
        };
        if (is_not_text(merges_[i].left, m.left) || is_not_text(merges_[i].right, m.right)) cuts_ = false;
    }

    [[noreturn]] static void fail(std::size_t i, char const* message, char const* remedy) {
        throw error(error_kind::bad_merge, "merge " + std::to_string(i + 1), message, remedy);
    }

    vocabulary vocab_;
    std::vector<merge> merges_;
    pair_table pairs_;
    bpe_options options_;
    bpe_symbols symbols_;
    joint_set joints_;
    lazy_flags whole_;          // does encode_part(text of the token) give the token?
    merge_levels levels_;       // if superwords are in two
    byte_cuts byte_cuts_;       // where a long pretoken of bytes may be cut, if there is one level
    bool cuts_ = false;         // may a long one of characters be cut at joints?
    bool needs_queue_ = false;  // may only merge_buckets be used, on all symbols at once?
    std::uint64_t number_ = detail::next_model_number();
};

using bpe_model = basic_bpe_model<>;

static_assert(Model<bpe_model>);

}  // namespace tessera::inline v0
