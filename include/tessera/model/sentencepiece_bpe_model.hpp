// SentencePiece's own BPE: any two neighbours whose text is a piece merge, the piece with the best score first. Unlike
// Hugging Face's model it merges through characters that are no pieces themselves, keeps user-defined pieces whole, and
// takes unused pieces apart again.
// Sources: google/sentencepiece 0.2.1 and 0.2.3, src/bpe_model.cc (SampleEncode without dropout),
// src/model_interface.cc, and for unknown characters src/sentencepiece_processor.cc (PopulateSentencePieceText).
#pragma once

#include <algorithm>
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
#include <tessera/model/bpe_symbols.hpp>
#include <tessera/model/joint_set.hpp>
#include <tessera/model/lazy_flags.hpp>
#include <tessera/model/merge_blocks.hpp>
#include <tessera/model/merge_scan.hpp>
#include <tessera/model/pair_table.hpp>
#include <tessera/model/piece_alphabet.hpp>
#include <tessera/model/piece_type.hpp>
#include <tessera/model/prefix_trie.hpp>
#include <tessera/model/pretoken_cache.hpp>
#include <tessera/model/rank_buckets.hpp>

namespace tessera::inline v0 {

struct sentencepiece_bpe_options {
    /// Stands for a run of characters that are not in the vocabulary; `no_token`: such a run gives no id.
    token_id unknown = no_token;
    /// An unknown character becomes one token `<0xXX>` a byte, if the vocabulary has all of them.
    bool byte_fallback = false;
    /// By id; empty: all are normal.
    std::vector<piece_type> types = {};
    /// As of SentencePiece since 0.2.2: an unused piece of one character is unknown, where it was itself before; and an
    /// unused piece is not taken apart more than a hundred times.
    bool as_0_2_3 = false;

    friend bool operator==(sentencepiece_bpe_options const&, sentencepiece_bpe_options const&) = default;
};

/// An immutable model of that kind.
class sentencepiece_bpe_model {
public:
    using vocabulary_type = vocabulary;
    static constexpr std::string_view type = "SentencePieceBPE";

    class scratch {
    public:
        pretoken_cache cache;  ///< `pretoken_cache(0)` turns it off

    private:
        friend class sentencepiece_bpe_model;
        struct link {
            std::uint32_t previous, next;
        };
        std::vector<token_id> symbols;
        merge_scan short_engine;
        merge_blocks<> long_engine;
        // For models with unused pieces:
        detail::rank_buckets queue;
        std::vector<link> links;
        std::vector<std::pair<token_id, token_id>> parts_of_unused;
        struct part {
            token_id symbol;
            std::uint32_t depth;
        };
        std::vector<part> todo;
    };

    /// @param scores  by id; of other pieces than normal, user-defined and unused ones they do not matter
    /// @throws error  bad_option: scores or types are not as many as ids, a score is not a number, or `unknown` is not
    /// in
    ///                the vocabulary; limit: a piece has more than 64 KiB
    /// @complexity    the bytes of all pieces times the number of different lengths of pieces
    sentencepiece_bpe_model(vocabulary vocab, std::vector<float> scores, sentencepiece_bpe_options options = {})
        : vocab_(std::move(vocab)), scores_(std::move(scores)), options_(std::move(options)) {
        check();
        bytes_.fill(no_token);
        if (options_.byte_fallback) bytes_ = byte_fallback_tokens(vocab_);
        std::vector<prefix_trie::entry> kept_whole;
        for (token_id id = 0; id < vocab_.size(); ++id) {
            if (!is_piece(id)) continue;
            if (type_of(id) == piece_type::user_defined) {
                kept_whole.emplace_back(vocab_.bytes(id), id);
            } else {
                alphabet_.add_characters_of(vocab_.bytes(id));
                has_unused_ |= type_of(id) == piece_type::unused;
            }
        }
        has_kept_whole_ = !kept_whole.empty();
        kept_whole_ = prefix_trie(std::move(kept_whole));
        alphabet_.number([&](std::string_view character) { return piece(character); },
                         static_cast<token_id>(vocab_.size()));
        std::vector<merge> const merges = this->merges();
        pairs_ = pair_table(merges);
        joints_ = joint_set(merges.size());
        for (merge const& m : merges) joints_.add(text_of(m.left), text_of(m.right));
        whole_ = lazy_flags(vocab_.size());
    }

    [[nodiscard]] vocabulary const& vocab() const noexcept { return vocab_; }
    [[nodiscard]] std::vector<float> const& scores() const noexcept { return scores_; }
    [[nodiscard]] sentencepiece_bpe_options const& options() const noexcept { return options_; }
    /// Each way to cut a piece into two symbols; pieces of the same score share a rank.
    [[nodiscard]] pair_table const& pairs() const noexcept { return pairs_; }

    /// Each way to cut a piece into two symbols, by id of the piece; those of the same score share a rank, so that the
    /// leftmost goes first. A character that is no piece has a number from vocab().size() on.
    /// @complexity  that of construction
    [[nodiscard]] std::vector<merge> merges() const {
        std::vector<float> order;
        std::vector<bool> is_length(vocab_.longest() + 5);
        for (std::size_t n = 1; n <= 4; ++n) is_length[n] = true;  // single characters need not be pieces
        for (token_id id = 0; id < vocab_.size(); ++id) {
            if (!is_piece(id)) continue;
            order.push_back(scores_[id]);
            is_length[vocab_.bytes(id).size()] = true;
        }
        std::sort(order.begin(), order.end(), [](float a, float b) { return a > b; });
        order.erase(std::unique(order.begin(), order.end()), order.end());
        auto const symbol = [&](std::string_view text) {
            token_id const id = piece(text);
            if (id != no_token || text.size() > 4) return id;
            auto const c = joint_set::character(text, 0);
            return c.length == text.size() ? alphabet_.symbol(c.key) : no_token;
        };
        std::vector<merge> merges;
        for (token_id id = 0; id < vocab_.size(); ++id) {
            if (!is_piece(id) || type_of(id) == piece_type::user_defined) continue;
            std::string_view const text = vocab_.bytes(id);
            auto const rank =
                std::lower_bound(order.begin(), order.end(), scores_[id], [](float a, float b) { return a > b; });
            for (std::size_t cut = joint_set::character(text, 0).length; cut < text.size();
                 cut += joint_set::character(text, cut).length) {
                if (!is_length[cut] || !is_length[text.size() - cut]) continue;
                token_id const left = symbol(text.substr(0, cut));
                token_id const right = left == no_token ? no_token : symbol(text.substr(cut));
                if (right == no_token) continue;
                merges.push_back({left, right, id, static_cast<std::uint32_t>(rank - order.begin())});
            }
        }
        return merges;
    }

    /// What merging starts from, without user-defined pieces: writes the symbol of each character to the front of
    /// `out`, which grows as needed; returns how many. A character that is no piece has a number from vocab().size() on
    /// if it occurs in one, else it is `no_token`.
    [[nodiscard]] std::size_t write_symbols(std::string_view text, std::vector<token_id>& out) const {
        if (out.size() < text.size()) out.resize(text.size());
        std::size_t n = 0;
        for (std::size_t at = 0; at < text.size();) {
            auto const c = joint_set::character(text, at);
            out[n++] = alphabet_.symbol(c.key);
            at += c.length;
        }
        return n;
    }

    /// Encodes one pretoken (of SentencePiece, the whole normalized text), calling `sink(token_id)` for each token.
    /// @complexity  O(n log n) and O(n m) for n bytes and user-defined pieces of up to m bytes; the text is cut where
    /// no
    ///              piece reaches across and its parts are remembered, but not in a model with unused pieces
    template <class Sink>
    void encode(std::string_view pretoken, scratch& s, Sink&& sink) const {
        s.cache.serve(number_);
        if (has_unused_) {
            encode_with_unused(pretoken, s, sink);
            return;
        }
        bool in_unknown = false;
        std::size_t begin = 0;
        std::uint32_t last = 0;
        auto const flush = [&](std::size_t end) {
            if (begin < end) encode_part(pretoken.substr(begin, end - begin), s, in_unknown, sink);
            begin = end;
        };
        for (std::size_t at = 0; at < pretoken.size();) {
            if (prefix_trie::match const kept = kept_at(pretoken, at); kept.length != 0) {
                flush(at);
                give(kept.value, {}, in_unknown, sink);
                begin = at += kept.length;
                continue;
            }
            auto const c = joint_set::character(pretoken, at);
            if (alphabet_.symbol(c.key) == no_token) {
                flush(at);
                give(no_token, pretoken.substr(at, c.length), in_unknown, sink);
                begin = at += c.length;
                continue;
            }
            if (at > begin && !joints_.contains(last, c.key)) flush(at);
            last = c.key;
            at += c.length;
        }
        flush(pretoken.size());
    }

private:
    static constexpr std::uint32_t deepest_part = 100;  // of unused pieces

    [[nodiscard]] piece_type type_of(token_id id) const noexcept {
        return options_.types.empty() ? piece_type::normal : options_.types[id];
    }
    [[nodiscard]] bool is_piece(token_id id) const noexcept {
        std::string_view const bytes = vocab_.bytes(id);
        return !bytes.empty() && is_matched(type_of(id)) && vocab_.find(bytes) == id;
    }
    // The piece that merging may make or start from.
    [[nodiscard]] token_id piece(std::string_view text) const noexcept {
        token_id const id = vocab_.find(text);
        bool const is_one = id != no_token && (type_of(id) == piece_type::normal || type_of(id) == piece_type::unused);
        return is_one ? id : no_token;
    }
    [[nodiscard]] std::string_view text_of(token_id symbol) const noexcept {
        return symbol < vocab_.size() ? vocab_.bytes(symbol) : alphabet_.text_of_extra(symbol);
    }
    [[nodiscard]] prefix_trie::match kept_at(std::string_view text, std::size_t at) const noexcept {
        return has_kept_whole_ ? kept_whole_.longest_match(text, at) : prefix_trie::match{};
    }

    void check() const {
        auto const fail = [](char const* where, char const* message) {
            throw error(error_kind::bad_option, where, message);
        };
        if (scores_.size() != vocab_.size()) fail("scores", "there are not as many as token ids");
        if (!options_.types.empty() && options_.types.size() != vocab_.size()) {
            fail("types", "there are not as many as token ids");
        }
        if (options_.unknown != no_token && options_.unknown >= vocab_.size())
            fail("unknown", "it is not in the vocabulary");
        if (std::any_of(scores_.begin(), scores_.end(), [](float x) { return x != x; })) {
            fail("scores", "one of them is not a number");
        }
        if (vocab_.longest() > std::size_t{1} << 16) {
            throw error(error_kind::limit, "vocabulary", "a piece has more than 64 KiB", "remove it");
        }
    }

    // `text` holds characters of the alphabet only.
    template <class Sink>
    void encode_part(std::string_view text, scratch& s, bool& in_unknown, Sink& sink) const {
        std::uint64_t const hash = hash_bytes(text);
        std::span<token_id const> symbols = s.cache.find(text, hash);
        token_id whole = no_token;
        if (symbols.empty()) {
            whole = vocab_.find(text, hash);
            if (whole != no_token && !is_matched(type_of(whole))) whole = no_token;
            if (whole != no_token && whole_.get(whole) == lazy_flags::state::yes) {
                symbols = std::span(&whole, 1);
            } else {
                symbols = merged(text, s);
                if (whole != no_token) whole_.note(whole, symbols.size() == 1 && symbols[0] == whole);
            }
            s.cache.insert(text, hash, symbols);
        }
        for (token_id const symbol : symbols) {
            bool const is_extra = symbol >= vocab_.size();
            give(is_extra ? no_token : symbol, is_extra ? text_of(symbol) : std::string_view{}, in_unknown, sink);
        }
    }

    [[nodiscard]] std::span<token_id const> merged(std::string_view text, scratch& s) const {
        std::size_t const n = write_symbols(text, s.symbols);
        std::span<token_id> const symbols(s.symbols.data(), n);
        return symbols.first(n <= merge_scan::max_symbols ? s.short_engine.apply(pairs_, symbols)
                                                          : s.long_engine.apply(pairs_, symbols));
    }

    // Gives the token, or what becomes of an unknown character.
    template <class Sink>
    void give(token_id id, std::string_view character, bool& in_unknown, Sink& sink) const {
        if (id != no_token) {
            in_unknown = id == options_.unknown;
            sink(id);
            return;
        }
        auto const token = [&](char b) { return bytes_[static_cast<unsigned char>(b)]; };
        if (options_.byte_fallback &&
            std::none_of(character.begin(), character.end(), [&](char b) { return token(b) == no_token; })) {
            for (char const b : character) sink(token(b));
        } else if (options_.unknown != no_token && !in_unknown) {
            sink(options_.unknown);
        }
        in_unknown = true;
    }

    template <class Sink>
    void encode_with_unused(std::string_view text, scratch& s, Sink& sink) const;

    vocabulary vocab_;
    std::vector<float> scores_;
    sentencepiece_bpe_options options_;
    piece_alphabet alphabet_;
    pair_table pairs_;
    joint_set joints_;
    lazy_flags whole_;
    prefix_trie kept_whole_;
    std::array<token_id, 256> bytes_{};
    bool has_kept_whole_ = false;
    bool has_unused_ = false;
    std::uint64_t number_ = detail::next_model_number();
};

// SentencePiece notes for each unused piece the two symbols of which it last saw that they would make it, anywhere in
// the text, and in the end takes the piece apart into those. So the text is merged as one, and pairs are looked at in
// its order: all from left to right, then after each merge the one on the left, the one on the right.
template <class Sink>
void sentencepiece_bpe_model::encode_with_unused(std::string_view text, scratch& s, Sink& sink) const {
    constexpr std::uint32_t none = 0xFFFF'FFFFU;
    if (text.size() >= none) throw error(error_kind::limit, "pretoken", "it has more than 4 GiB");
    s.symbols.clear();
    std::uint32_t const unknown_character = alphabet_.end();
    for (std::size_t at = 0; at < text.size();) {
        if (prefix_trie::match const kept = kept_at(text, at); kept.length != 0) {
            s.symbols.push_back(kept.value);  // no merge has it
            at += kept.length;
            continue;
        }
        auto const c = joint_set::character(text, at);
        token_id const symbol = alphabet_.symbol(c.key);
        s.symbols.push_back(symbol == no_token ? unknown_character : symbol);
        at += c.length;
    }
    if (s.symbols.empty()) return;
    auto const n = static_cast<std::uint32_t>(s.symbols.size());
    s.links.resize(n);
    s.queue.clear();
    if (s.parts_of_unused.size() < vocab_.size()) s.parts_of_unused.resize(vocab_.size());
    auto const look = [&](std::uint32_t left, std::uint32_t right) {
        if (left == none || right == none) return;
        auto const found = pairs_.find(s.symbols[left], s.symbols[right]);
        if (found.result == no_token) return;
        s.queue.push(found.rank, {left, found.result});
        if (type_of(found.result) == piece_type::unused) {
            s.parts_of_unused[found.result] = {s.symbols[left], s.symbols[right]};
        }
    };
    for (std::uint32_t i = 0; i < n; ++i) s.links[i] = {i - 1, i + 1 < n ? i + 1 : none};  // 0 - 1 is `none`
    for (std::uint32_t i = 0; i + 1 < n; ++i) look(i, i + 1);
    detail::rank_buckets::candidate top;
    while (s.queue.pop(top, [&](std::uint32_t place) { __builtin_prefetch(&s.links[place]); })) {
        std::uint32_t const left = top.left;
        std::uint32_t const right = s.links[left].next;
        if (s.symbols[left] == no_token || right == none) continue;
        if (pairs_.find(s.symbols[left], s.symbols[right]).result != top.result) continue;  // one of them has grown
        s.symbols[left] = top.result;
        s.symbols[right] = no_token;
        s.links[left].next = s.links[right].next;
        if (s.links[left].next != none) s.links[s.links[left].next].previous = left;
        look(s.links[left].previous, left);
        look(left, s.links[left].next);
    }
    bool in_unknown = false;
    std::size_t at = 0;
    for (std::uint32_t i = 0; i != none; i = s.links[i].next) {
        s.todo.assign(1, {s.symbols[i], 0});
        while (!s.todo.empty()) {
            auto const [symbol, depth] = s.todo.back();
            s.todo.pop_back();
            bool const is_piece = symbol < vocab_.size();
            std::size_t const length = is_piece ? text_of(symbol).size() : joint_set::character(text, at).length;
            bool is_unknown = !is_piece;
            if (is_piece && type_of(symbol) == piece_type::unused && (!options_.as_0_2_3 || depth <= deepest_part)) {
                // A character stays one; what is longer was made of two parts.
                if (joint_set::character(text_of(symbol), 0).length < length) {
                    auto const [left, right] = s.parts_of_unused[symbol];
                    s.todo.push_back({right, depth + 1});
                    s.todo.push_back({left, depth + 1});
                    continue;
                }
                is_unknown = options_.as_0_2_3;
            }
            give(is_unknown ? no_token : symbol, text.substr(at, length), in_unknown, sink);
            at += length;
        }
    }
}

static_assert(Model<sentencepiece_bpe_model>);

}  // namespace tessera::inline v0
