// The unigram language model: of all ways to cut a text into tokens the one with the largest sum of scores (Viterbi).
// Three libraries compute it, and differ in the precision of scores, in what they match, and in what an unknown run
// becomes; this class gives the ids of each.
// Sources: Hugging Face tokenizers 0.23, src/models/unigram/model.rs; google/sentencepiece 0.2.1 and 0.2.3
// src/unigram_model.cc (EncodeOptimized) and src/sentencepiece_processor.cc (PopulateSentencePieceText); llama.cpp
// src/llama-vocab.cpp (llm_tokenizer_ugm_session::tokenize), commit 00ad355e.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_symbols.hpp>
#include <tessera/model/piece_type.hpp>
#include <tessera/model/prefix_trie.hpp>

namespace tessera::inline v0 {

/// Whose ids to give.
enum class unigram_dialect : std::uint8_t {
    hugging_face,         ///< scores are doubles; every token is matched; an unknown run that is a token becomes it
    sentencepiece,        ///< scores are floats; `types` decide what is matched. As of SentencePiece up to 0.2.1
    sentencepiece_0_2_3,  ///< the same since 0.2.2: other ids where ways to cut a text score nearly the same
    llama_cpp,  ///< scores are floats, their sums doubles; unused tokens are matched too, user-defined ones score 0
};

struct unigram_options {
    unigram_dialect dialect = unigram_dialect::hugging_face;
    /// Stands for a run of characters that no token covers (`unk_id`). `no_token`: such a run gives no id. (Hugging
    /// Face's library fails on such text then; SentencePiece has no such models.)
    token_id unknown = no_token;
    /// An unknown run (SentencePiece: character) becomes one token `<0xXX>` a byte, if the vocabulary has all of them.
    bool byte_fallback = false;
    /// By id, for SentencePiece's and llama.cpp's dialects; empty: all are normal.
    std::vector<piece_type> types = {};

    friend bool operator==(unigram_options const&, unigram_options const&) = default;
};

/// An immutable unigram model.
class unigram_model {
public:
    using vocabulary_type = vocabulary;
    static constexpr std::string_view type = "Unigram";

    class scratch {
        friend class unigram_model;
        struct node {
            double score;
            token_id id;
            std::uint32_t length;  // of the last token on the best way here, in bytes; 0: no way yet
        };
        struct step {
            std::size_t begin, end;
            token_id id;
        };
        std::vector<node> nodes;
        std::vector<step> path;
    };

    /// @param scores  by id: natural logarithms of probabilities, as a rule; of tokens that `vocab` does not find, and
    /// of
    ///                unused ids, they do not matter
    /// @throws error  bad_option: scores or types are not as many as ids, a score is not a number, or `unknown` is not
    /// in
    ///                the vocabulary
    /// @complexity    about linear in the bytes of all tokens
    unigram_model(vocabulary vocab, std::vector<double> scores, unigram_options options = {})
        : vocab_(std::move(vocab)), scores_(std::move(scores)), options_(std::move(options)) {
        check();
        if (is_sentencepiece()) {
            score_as_sentencepiece();
        } else if (options_.dialect == unigram_dialect::llama_cpp) {
            score_as_llama_cpp();
        } else {
            double lowest = std::numeric_limits<double>::infinity();
            for (token_id id = 0; id < vocab_.size(); ++id) {
                if (is_findable(id)) lowest = std::min(lowest, scores_[id]);
            }
            unknown_score_ = lowest - 10.0;
        }
        std::vector<prefix_trie::entry> entries;
        entries.reserve(vocab_.size());
        for (token_id id = 0; id < vocab_.size(); ++id) {
            if (is_findable(id) && is_wanted(id)) entries.emplace_back(vocab_.bytes(id), id);
        }
        trie_ = prefix_trie(std::move(entries));
        bytes_.fill(no_token);
        if (options_.byte_fallback) bytes_ = byte_fallback_tokens(vocab_);
    }

    [[nodiscard]] vocabulary const& vocab() const noexcept { return vocab_; }
    /// By id. In SentencePiece's dialect rounded to float, and that of a user-defined piece is what makes it win.
    [[nodiscard]] std::vector<double> const& scores() const noexcept { return scores_; }
    [[nodiscard]] unigram_options const& options() const noexcept { return options_; }

    /// Encodes one pretoken, calling `sink(token_id)` for each token in order. Of two ways of the same score to one
    /// place the one whose last token is longer wins.
    /// @complexity  O(n m) time, m = length of the longest token, about n times the tokens that begin at a character in
    ///              practice; 16 bytes of memory a byte, from one place that no token reaches across to the next
    template <class Sink>
    void encode(std::string_view pretoken, scratch& s, Sink&& sink) const {
        switch (options_.dialect) {
            case unigram_dialect::sentencepiece:
                return search<unigram_dialect::sentencepiece>(pretoken, s, sink);
            case unigram_dialect::sentencepiece_0_2_3:
                return search<unigram_dialect::sentencepiece_0_2_3>(pretoken, s, sink);
            default:
                return search<unigram_dialect::hugging_face>(pretoken, s, sink);
        }
    }

private:
    static constexpr std::size_t nowhere = ~std::size_t{0};
    static constexpr double largest_sum = 100'000;

    [[nodiscard]] bool is_sentencepiece() const noexcept {
        return options_.dialect == unigram_dialect::sentencepiece ||
               options_.dialect == unigram_dialect::sentencepiece_0_2_3;
    }
    [[nodiscard]] bool is_findable(token_id id) const noexcept {
        std::string_view const bytes = vocab_.bytes(id);
        return !bytes.empty() && vocab_.find(bytes) == id;
    }
    [[nodiscard]] piece_type type_of(token_id id) const noexcept {
        return options_.types.empty() ? piece_type::normal : options_.types[id];
    }
    [[nodiscard]] bool is_wanted(token_id id) const noexcept {
        if (options_.dialect == unigram_dialect::hugging_face) return true;
        if (options_.dialect == unigram_dialect::llama_cpp) return is_matched(type_of(id));
        return type_of(id) == piece_type::normal || type_of(id) == piece_type::user_defined;
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
        if (std::any_of(scores_.begin(), scores_.end(), [](double x) { return x != x; })) {
            fail("scores", "one of them is not a number");
        }
    }

    // SentencePiece's initial values count where no piece is normal, or no score positive: FLT_MAX, and FLT_MIN, which
    // is the smallest positive float. A user-defined piece gets size_t * float, a float, less the double 0.1; since
    // 0.2.2 a float that the other scores do not matter for.
    void score_as_sentencepiece() {
        float lowest = std::numeric_limits<float>::max();
        float highest = std::numeric_limits<float>::min();
        for (token_id id = 0; id < vocab_.size(); ++id) {
            auto const score = static_cast<float>(scores_[id]);
            scores_[id] = double{score};
            if (vocab_.kind(id) == token_kind::unused || type_of(id) != piece_type::normal) continue;
            lowest = std::min(lowest, score);
            highest = std::max(highest, score);
        }
        for (token_id id = 0; id < vocab_.size(); ++id) {
            if (type_of(id) != piece_type::user_defined) continue;
            auto const n_bytes = static_cast<float>(vocab_.bytes(id).size());
            scores_[id] = options_.dialect == unigram_dialect::sentencepiece
                              ? double{n_bytes * highest} - 0.1
                              : double{static_cast<float>(0.1 * (double{n_bytes} - 1))};
        }
        unknown_score_ = double{lowest - 10.0F};
    }

    void score_as_llama_cpp() {
        float lowest = std::numeric_limits<float>::max();
        for (token_id id = 0; id < vocab_.size(); ++id) {
            auto const score = static_cast<float>(scores_[id]);
            scores_[id] = type_of(id) == piece_type::user_defined ? 0.0 : double{score};
            if (vocab_.kind(id) == token_kind::unused || type_of(id) != piece_type::normal) continue;
            lowest = std::min(lowest, score);
        }
        unknown_score_ = double{lowest - 10.0F};
    }

    // What sums are rounded to when they are kept. SentencePiece compared a double candidate with the rounded best, but
    // for the unknown character's; since 0.2.2 it rounds all, and starts the sum anew where it is large.
    template <unigram_dialect Dialect>
    [[nodiscard]] static double kept(double score) noexcept {
        return Dialect == unigram_dialect::hugging_face ? score : static_cast<double>(static_cast<float>(score));
    }

    template <unigram_dialect Dialect, class Sink>
    void search(std::string_view text, scratch& s, Sink& sink) const {
        std::size_t begin = 0;     // nodes[i] is the place begin + i of the text
        std::size_t frontier = 0;  // the furthest end of a token so far
        std::size_t unknown_begin = nowhere;
        s.nodes.assign(1, {0.0, no_token, 0});
        for (std::size_t at = 0; at < text.size();) {
            if (at == frontier && at != begin) {  // no token reaches across
                double const score = s.nodes[at - begin].score;
                give(text, begin, at, s, unknown_begin, sink);
                s.nodes.assign(1, {score, no_token, 0});
                begin = at;
            }
            if constexpr (Dialect == unigram_dialect::sentencepiece_0_2_3) {
                if (double const sum = s.nodes[at - begin].score; sum > largest_sum || sum < -largest_sum) {
                    for (std::size_t i = at; i <= frontier; ++i) {
                        typename scratch::node& node = s.nodes[i - begin];
                        if (i == at || node.length != 0) node.score = kept<Dialect>(node.score - sum);
                    }
                    s.nodes[at - begin].score = 0;
                }
            }
            double const here = s.nodes[at - begin].score;
            std::size_t const character = decode_utf8(text, at).length;
            bool has_character = false;
            auto const reach = [&](std::size_t length, token_id id, double candidate) {
                std::size_t const i = at + length - begin;
                if (i >= s.nodes.size()) s.nodes.resize(i + 1, {0.0, no_token, 0});
                frontier = std::max(frontier, at + length);
                typename scratch::node& node = s.nodes[i];
                if (node.length != 0 && !(candidate > node.score)) return;
                node = {kept<Dialect>(candidate), id, static_cast<std::uint32_t>(length)};
            };
            trie_.for_each_prefix(text, at, [&](std::size_t length, token_id id) {
                double const sum = scores_[id] + here;
                reach(length, id, Dialect == unigram_dialect::sentencepiece ? sum : kept<Dialect>(sum));
                has_character |= length == character;
            });
            if (!has_character) {
                reach(character, options_.unknown, kept<Dialect>(unknown_score_ + here));
            }
            at += character;
        }
        give(text, begin, text.size(), s, unknown_begin, sink);
        if (unknown_begin != nowhere) give_unknown(text.substr(unknown_begin), sink);
    }

    // The best way from `begin` to `end`, but for a run of unknown characters at its end, which may go on.
    template <class Sink>
    void give(std::string_view text, std::size_t begin, std::size_t end, scratch& s, std::size_t& unknown_begin,
              Sink& sink) const {
        s.path.clear();
        while (end > begin) {
            typename scratch::node const& node = s.nodes[end - begin];
            s.path.push_back({end - node.length, end, node.id});
            end -= node.length;
        }
        bool const fuses = !is_sentencepiece() || !options_.byte_fallback;
        for (std::size_t i = s.path.size(); i-- > 0;) {
            typename scratch::step const& step = s.path[i];
            if (step.id == options_.unknown && fuses) {
                if (unknown_begin == nowhere) unknown_begin = step.begin;
                continue;
            }
            if (unknown_begin != nowhere) {
                give_unknown(text.substr(unknown_begin, step.begin - unknown_begin), sink);
                unknown_begin = nowhere;
            }
            if (step.id == options_.unknown) {
                give_unknown(text.substr(step.begin, step.end - step.begin), sink);
            } else {
                sink(step.id);
            }
        }
    }

    template <class Sink>
    void give_unknown(std::string_view run, Sink& sink) const {
        if (options_.dialect == unigram_dialect::hugging_face) {
            // Hugging Face's library looks the run up: the token `<unk>` itself, or one that scores worse than unknown.
            if (token_id const id = vocab_.find(run); id != no_token) {
                sink(id);
                return;
            }
        }
        auto const token = [&](char b) { return bytes_[static_cast<unsigned char>(b)]; };
        if (options_.byte_fallback &&
            std::none_of(run.begin(), run.end(), [&](char b) { return token(b) == no_token; })) {
            for (char const b : run) sink(token(b));
        } else if (options_.unknown != no_token) {
            sink(options_.unknown);
        }
    }

    vocabulary vocab_;
    std::vector<double> scores_;
    unigram_options options_;
    prefix_trie trie_;
    std::array<token_id, 256> bytes_{};
    double unknown_score_ = 0;
};

static_assert(Model<unigram_model>);

}  // namespace tessera::inline v0
