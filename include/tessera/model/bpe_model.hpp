// Byte-pair encoding of one pretoken: symbols -> merges -> ids.
//
// The same class runs both families, which differ only in the merges it is given:
//   by merge list (Hugging Face): rank = position in the list; a pair merges only if the list names it.
//   by rank (tiktoken): rank = id of the result; any two neighbours whose bytes are a token merge
//                       (see bpe_from_ranks.hpp), and a pretoken that is a token is taken whole (`ignore_merges`).
// Next to read: pair_table.hpp (lookup), merge_scan.hpp and merge_heap.hpp (the two engines).
#pragma once

#include <array>
#include <atomic>
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
#include <tessera/core/utf8.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/merge_heap.hpp>
#include <tessera/model/merge_scan.hpp>
#include <tessera/model/pair_table.hpp>
#include <tessera/model/pretoken_cache.hpp>

namespace tessera::inline v0 {

/// What merging starts from.
enum class symbol_unit : std::uint8_t {
    byte,        ///< byte-level BPE: GPT-2 and all that followed
    code_point,  ///< BPE over characters, as Hugging Face's library without a ByteLevel component
};

struct bpe_options {
    /// A pretoken that is a token becomes that token, whatever the merges say (Hugging Face's `ignore_merges`).
    bool ignore_merges = false;
    symbol_unit unit = symbol_unit::byte;
    /// Stands for a symbol outside the alphabet; `no_token`: such symbols are dropped, as in Hugging Face's library.
    token_id unknown = no_token;
    /// A run of unknown symbols becomes one `unknown`.
    bool fuse_unknown = false;
};

/// An immutable BPE model.
/// @tparam ShortEngine  MergeEngine for pretokens of up to `ShortEngine::max_symbols` symbols
/// @tparam LongEngine   MergeEngine for all others; must be O(n log n)
template <class ShortEngine = merge_scan, class LongEngine = merge_heap>
    requires MergeEngine<ShortEngine, pair_table> && MergeEngine<LongEngine, pair_table>
class basic_bpe_model {
public:
    using vocabulary_type = vocabulary;

    struct scratch {
        pretoken_cache cache;  ///< `pretoken_cache(0)` turns it off
        std::vector<token_id> symbols;
        ShortEngine short_engine;
        LongEngine long_engine;
    };

    /// @param merges   in order of rank
    /// @throws error   bad_merge: a merge names an id outside the vocabulary, or its result is not its parts joined
    /// @complexity     linear in the bytes of all tokens, times the logarithm of the longest
    basic_bpe_model(vocabulary vocab, std::vector<merge> merges, bpe_options options = {})
        : vocab_(std::move(vocab)), merges_(std::move(merges)), options_(options) {
        for (std::size_t i = 0; i < merges_.size(); ++i) check_merge(i);
        pairs_ = pair_table(merges_);
        for (unsigned b = 0; b < 256; ++b) {
            char const byte = static_cast<char>(b);
            byte_symbol_[b] = vocab_.find({&byte, 1});
        }
        mark_whole_tokens();
    }

    [[nodiscard]] vocabulary const& vocab() const noexcept { return vocab_; }
    [[nodiscard]] std::span<merge const> merges() const noexcept { return merges_; }
    [[nodiscard]] pair_table const& pairs() const noexcept { return pairs_; }
    [[nodiscard]] bpe_options const& options() const noexcept { return options_; }

    /// True if the bytes of `id`, taken as a pretoken, encode to `id` alone. A token for which this is false is
    /// unreachable, except as part of the way to a longer one. @pre id < vocab().size()
    [[nodiscard]] bool is_whole(token_id id) const noexcept { return whole_[id] != 0; }

    /// Encodes one pretoken, calling `sink(token_id)` for each token in order.
    /// @complexity  O(n log n), n = pretoken.size(); one lookup where the pretoken is a token or was met before
    template <class Sink>
    void encode(std::string_view pretoken, scratch& s, Sink&& sink) const {
        std::uint64_t const hash = hash_bytes(pretoken);
        s.cache.serve(number_);
        std::span<token_id const> ids = s.cache.find(pretoken, hash);
        if (ids.empty()) {
            token_id const whole = vocab_.find(pretoken, hash);
            ids = whole != no_token && whole_[whole] != 0 ? std::span(&whole, 1) : merged(pretoken, s);
            s.cache.insert(pretoken, hash, ids);
            for (token_id const id : ids) sink(id);
            return;
        }
        for (token_id const id : ids) sink(id);
    }

    /// Encodes one pretoken by merges alone. The result lies in `s` until its next use.
    [[nodiscard]] std::span<token_id const> merged(std::string_view pretoken, scratch& s) const {
        if (s.symbols.size() < pretoken.size()) s.symbols.resize(pretoken.size());
        std::span<token_id> const symbols(s.symbols.data(), symbols_of(pretoken, s.symbols.data()));
        std::size_t const n = symbols.size() <= ShortEngine::max_symbols ? s.short_engine.apply(pairs_, symbols)
                                                                         : s.long_engine.apply(pairs_, symbols);
        return symbols.first(n);
    }

private:
    void check_merge(std::size_t i) const {
        merge const& m = merges_[i];
        std::size_t const n = vocab_.size();
        std::string const where = "merge " + std::to_string(i + 1);
        if (m.left >= n || m.right >= n || m.result >= n) {
            throw error(error_kind::bad_merge, where, "it names a token id outside the vocabulary",
                        "add the token or remove the merge");
        }
        std::string_view const left = vocab_.bytes(m.left);
        std::string_view const right = vocab_.bytes(m.right);
        std::string_view const result = vocab_.bytes(m.result);
        if (result.size() != left.size() + right.size() || !result.starts_with(left) || !result.ends_with(right)) {
            throw error(error_kind::bad_merge, where, "its result is not its two parts joined",
                        "check the ids of the merge");
        }
    }

    // Writes the pretoken's initial symbols to `out`, which has room for one a byte; returns how many.
    std::size_t symbols_of(std::string_view pretoken, token_id* out) const {
        std::size_t n = 0;
        bool in_unknown = false;
        auto const put = [&](token_id id) {
            if (id != no_token) {
                out[n++] = id;
                in_unknown = false;
            } else if (options_.unknown != no_token) {
                if (!(in_unknown && options_.fuse_unknown)) out[n++] = options_.unknown;
                in_unknown = true;
            }
        };
        if (options_.unit == symbol_unit::byte) {
            for (char const b : pretoken) put(byte_symbol_[static_cast<unsigned char>(b)]);
        } else {
            for (std::size_t at = 0; at < pretoken.size();) {
                std::size_t const length = decode_utf8(pretoken, at).length;
                put(vocab_.find(pretoken.substr(at, length)));
                at += length;
            }
        }
        return n;
    }

    void mark_whole_tokens() {
        whole_.assign(vocab_.size(), 0);
        scratch s;
        for (token_id id = 0; id < vocab_.size(); ++id) {
            std::string_view const bytes = vocab_.bytes(id);
            if (bytes.empty() || vocab_.find(bytes) != id) continue;
            if (options_.ignore_merges) {
                whole_[id] = 1;
                continue;
            }
            auto const ids = merged(bytes, s);
            whole_[id] = ids.size() == 1 && ids[0] == id;
        }
    }

    // Copies share the number: they are the same model. A scratch knows by it whose ids it remembers.
    [[nodiscard]] static std::uint64_t next_number() noexcept {
        static std::atomic<std::uint64_t> last{0};
        return last.fetch_add(1, std::memory_order_relaxed) + 1;
    }

    vocabulary vocab_;
    std::vector<merge> merges_;
    pair_table pairs_;
    std::array<token_id, 256> byte_symbol_{};
    std::vector<std::uint8_t> whole_;
    bpe_options options_;
    std::uint64_t number_ = next_number();
};

using bpe_model = basic_bpe_model<>;

static_assert(Model<bpe_model>);

}  // namespace tessera::inline v0
