// A model of tokens as a model of bytes: what byte comes next after any bytes, exactly. Before: byte_law.hpp, which
// token sequences count; valid_law.hpp and native_law.hpp.
//
//   text   "Hello, worl"     a text that ends inside a token, as prompts do
//   covers [Hello][,][ wor][l..]  [Hello][,][ worl..]  [Hello][,][ world]  [Hello][, ..]  ...
//
// A cover is a token sequence whose last token alone reaches the end of the text, or beyond. The probability that a
// text begins with these bytes is the sum over its covers (Phan et al. 2025, arXiv:2410.09303, lemma 1), and the next
// byte is in what they have beyond the text.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/bytes/byte_law.hpp>
#include <tessera/bytes/detail/cover_rows.hpp>
#include <tessera/bytes/detail/token_weights.hpp>
#include <tessera/bytes/next_byte.hpp>
#include <tessera/bytes/token_order.hpp>
#include <tessera/bytes/token_set.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/language_model.hpp>
#include <tessera/core/token.hpp>
#include <tessera/lm/live_prefix.hpp>

namespace tessera::inline v0 {

struct byte_lm_options {
    /// Tokens that end a text, such as <|endoftext|>; their probabilities are one.
    std::vector<token_id> stop_tokens = {};
    /// Covers that are kept, the heaviest ones; for laws that have many. What is lost is reported. 0: all.
    std::size_t most_covers = 0;
    /// Rows that are computed at a time.
    std::size_t batch = 16;
};

/// The bytes of a token model under a law.
///
/// One model serves many streams. A stream reads bytes, and remembers of them only what tokens can still cover: its
/// size is bounded by the longest token, whatever it has read. Copying it forks it.
///
/// Rows of the model are computed when they are needed, and no earlier: where bytes are read and nothing is asked, only
/// those of the sequence that the tokenizer makes of them, in batches. At most one is new with each byte under
/// valid_law, but where the pretokenizer looks ahead and the text has not decided: there, two or three.
/// Not thread-safe.
/// @tparam M    a LanguageModel; outlives this
/// @tparam Law  valid_law or native_law; outlives this
template <LanguageModel M, ByteLaw Law>
class byte_lm {
    using node = detail::cover_node<M, Law>;
    using node_pointer = std::shared_ptr<node>;
    using cursor = detail::cover_cursor<M, Law>;
    using exact = detail::exact;

public:
    /// Bytes read so far.
    class stream {
    public:
        /// Bytes that were read, and special tokens.
        [[nodiscard]] std::uint64_t size() const noexcept { return n_; }
        /// How many tokens may be the last one's beginning: live prefixes of the model.
        [[nodiscard]] std::size_t n_live() const noexcept { return cursors_.size(); }
        /// False if no text begins with these bytes: then nothing has a probability any more.
        [[nodiscard]] bool is_possible() const noexcept { return !cursors_.empty(); }

    private:
        friend class byte_lm;
        std::vector<cursor> cursors_;       // the oldest first
        std::vector<node_pointer> starts_;  // while nothing was read but what stands in front of texts
        std::uint64_t n_ = 0;
        bool at_start_ = true;
        exact given_ = 0;    // logarithm of what all probabilities are relative to
        double pruned_ = 0;  // probability that was given up, relative to the same
    };

    /// A cover: the tokens of a text that may end inside of the last one.
    struct cover {
        std::shared_ptr<lm::live_prefix<M> const> context;  ///< with the last token
        token_id last = no_token;                           ///< no_token: there is none, the text is empty
        std::string beyond;                                 ///< what it has beyond the text
    };

    /// @throws error  bad_option: the tokenizer has tokens that the model does not; a stop token is not in the model
    byte_lm(M& model, Law& law, byte_lm_options options = {})
        : model_(&model),
          law_(&law),
          options_(std::move(options)),
          most_unknown_(static_cast<std::uint32_t>(std::clamp<std::size_t>(model.max_live() / 4, 1, 64))),
          rows_(model, law, options_.stop_tokens, std::max<std::size_t>(options_.batch, 1)) {
        for (token_id const id : law.order().ids()) check(id, "tokenizer");
        for (token_id const id : options_.stop_tokens) check(id, "stop token");
    }

    [[nodiscard]] Law& law() const noexcept { return *law_; }
    /// Rows of the model that were computed.
    [[nodiscard]] std::uint64_t n_evaluations() const noexcept { return rows_.n_evaluations(); }

    /// The beginning of a text.
    [[nodiscard]] stream start() {
        stream s;
        s.starts_.push_back(std::make_shared<node>(lm::live_prefix<M>(*model_), law_->start()));
        s.cursors_.push_back(cursor_at(s.starts_.back()));
        read_prefix(s, false);
        return s;
    }

    /// Reads bytes. Where they are impossible, so is what comes after.
    /// @complexity  a byte: O(live tokens * log vocabulary), and what the law takes
    void push(stream& s, std::string_view bytes) {
        for (char const b : bytes) push(s, static_cast<unsigned char>(b));
    }
    void push(stream& s, unsigned char byte) {
        ++s.n_;
        read(s, byte);
        s.at_start_ = false;
        s.starts_.clear();
        prune(s);
    }

    /// Reads a special token, before which the text so far has ended.
    void push_token(stream& s, token_id token) {
        check(token, "token");
        ++s.n_;
        std::vector<node_pointer> starts;
        for (cursor const& c : s.cursors_) {
            if (ends_at(s, c)) starts.push_back(std::make_shared<node>(c.from, token, law_->start()));
        }
        s.cursors_.clear();
        for (node_pointer const& n : starts) s.cursors_.push_back(cursor_at(n));
        s.starts_ = std::move(starts);
        s.at_start_ = true;
        read_prefix(s, true);
        prune(s);
    }

    /// From now on, probabilities are relative to what was read.
    void take_as_given(stream& s) {
        s.given_ += log_mass(s);
        s.pruned_ = 0;
    }

    /// Natural logarithm of the probability that a text begins with the bytes read, -inf if none does.
    [[nodiscard]] double log_probability(stream& s) { return static_cast<double>(log_mass(s)); }

    /// That a text is these bytes and no more.
    /// @pre  there are stop tokens
    [[nodiscard]] double log_probability_of_whole(stream& s) {
        std::vector<cursor*> ends;
        for (cursor& c : s.cursors_) {
            if (ends_at(s, c)) ends.push_back(&c);
        }
        rows_.prepare(ends);
        detail::log_sum<exact> sum;
        for (cursor const* const c : ends) sum.add(c->from->log_p + c->weights->stop());
        return static_cast<double>(sum.value() - s.given_);
    }

    /// The probabilities of all next bytes, and of the text's end.
    [[nodiscard]] next_byte next(stream& s) {
        prepare_all(s);
        return weigh(s);
    }

    /// The same for several streams, whose rows are computed together. @pre out.size() == streams.size()
    void next(std::span<stream* const> streams, std::span<next_byte> out) {
        std::vector<cursor*> all;
        for (stream* const s : streams) {
            for (cursor& c : s->cursors_) all.push_back(&c);
        }
        rows_.prepare(all);
        for (std::size_t i = 0; i < streams.size(); ++i) out[i] = weigh(*streams[i]);
    }

    /// One of the covers of the bytes read, as probable as it is; then the text may go on by tokens, exactly.
    /// @param uniform  in [0, 1)
    /// @throws error   empty_input: there is none
    [[nodiscard]] cover sample_cover(stream& s, double uniform) {
        prepare_all(s);
        std::vector<exact> masses;
        detail::log_sum<exact> all;
        if (s.at_start_) {
            for (node_pointer const& n : s.starts_) all.add(masses.emplace_back(n->log_p));
        } else {
            for (cursor const& c : s.cursors_) all.add(masses.emplace_back(mass_of(c)));
        }
        double left = uniform;
        std::size_t chosen = masses.size();
        for (std::size_t i = 0; i < masses.size() && left >= 0; ++i) {
            auto const share = static_cast<double>(std::exp(masses[i] - all.value()));
            if (!(share > 0)) continue;
            chosen = i;
            if (left < share) {
                left /= share;
                break;
            }
            left -= share;
        }
        if (chosen == masses.size()) throw error(error_kind::empty_input, "text", "no text begins like this");
        if (s.at_start_) return {context_of(s.starts_[chosen]), s.starts_[chosen]->token, {}};
        cursor const& c = s.cursors_[chosen];
        if (c.depth == 0) return {context_of(c.from), c.from->token, {}};
        token_order const& order = law_->order();
        std::uint32_t last = c.tokens.end;
        for (std::uint32_t place = order.past_exact(c.tokens, c.depth); place < c.tokens.end && left >= 0; ++place) {
            auto const share = static_cast<double>(std::exp(c.from->log_p + c.weights->log_at(place) - masses[chosen]));
            if (!(share > 0)) continue;
            last = place;
            left -= share;
        }
        token_id const id = order.id(last);
        return {std::make_shared<lm::live_prefix<M> const>(c.from->at.child(id)), id,
                std::string(order.bytes(last).substr(c.depth))};
    }

private:
    void check(token_id id, char const* what) const {
        if (id < model_->vocab_size()) return;
        throw error(error_kind::bad_option, what,
                    "token " + std::to_string(id) + " is not among the " + std::to_string(model_->vocab_size()) +
                        " tokens of the model",
                    "check that model and tokenizer belong together");
    }

    cursor cursor_at(node_pointer from) const { return {std::move(from), {}, law_->order().all(), 0, nullptr}; }

    // The text may end with the tokens of this cursor's node.
    bool ends_at(stream const& s, cursor const& c) {
        if (!s.at_start_) return c.depth == 0 && law_->may_end(c.from->position);
        return std::find(s.starts_.begin(), s.starts_.end(), c.from) != s.starts_.end() &&
               law_->may_end(c.from->position);
    }

    static std::shared_ptr<lm::live_prefix<M> const> context_of(node_pointer const& n) { return {n, &n->at}; }

    // Of the covers that end in one of its tokens, or with its node. @pre prepared
    exact mass_of(cursor const& c) const {
        if (c.depth == 0) return c.from->log_p;
        return c.from->log_p + c.weights->log_sum({law_->order().past_exact(c.tokens, c.depth), c.tokens.end});
    }

    void read_prefix(stream& s, bool after_special) {
        for (char const b : law_->prefix(after_special)) read(s, static_cast<unsigned char>(b));
    }

    void read(stream& s, unsigned char byte) {
        token_order const& order = law_->order();
        std::vector<cursor> made;
        std::size_t kept = 0;
        for (std::size_t i = 0; i < s.cursors_.size(); ++i) {
            cursor& c = s.cursors_[i];
            c.tokens = order.narrow(c.tokens, c.depth, byte);
            if (c.tokens.empty() || !law_->step(c.from->position, c.on, byte)) continue;
            ++c.depth;
            std::uint32_t const longer = order.past_exact(c.tokens, c.depth);
            for (std::uint32_t place = c.tokens.begin; place < longer; ++place) {
                auto position = law_->complete(c.from->position, c.on, place);
                if (!position) continue;
                auto next = std::make_shared<node>(c.from, order.id(place), std::move(*position));
                if (c.weights != nullptr) {
                    next->log_token = c.weights->log_at(place);
                    next->is_token_known = true;
                    next->settle();
                } else if (next->n_unknown > most_unknown_) {
                    rows_.resolve({next.get()});
                }
                made.push_back(cursor_at(std::move(next)));
            }
            if (longer == c.tokens.end) continue;
            if (c.weights != nullptr) c.weights = detail::token_weights::narrowed(c.weights, c.tokens);
            if (kept != i) s.cursors_[kept] = std::move(c);
            ++kept;
        }
        s.cursors_.resize(kept);
        for (cursor& c : made) s.cursors_.push_back(std::move(c));
    }

    void prepare_all(stream& s) {
        std::vector<cursor*> all;
        for (cursor& c : s.cursors_) all.push_back(&c);
        rows_.prepare(all);
    }

    // Of all covers, relative to what is given.
    exact log_mass(stream& s) {
        std::vector<cursor*> inside;  // of a token: these need weights
        std::vector<node*> unknown;
        for (node_pointer const& n : s.starts_) {
            if (!n->is_known) unknown.push_back(n.get());
        }
        if (!s.at_start_) {
            for (cursor& c : s.cursors_) {
                if (c.depth > 0 && c.weights == nullptr) inside.push_back(&c);
                if (!c.from->is_known) unknown.push_back(c.from.get());
            }
        }
        if (!inside.empty() || !unknown.empty()) rows_.resolve(unknown, inside);
        detail::log_sum<exact> sum;
        if (s.at_start_) {
            // What stands in front of a text takes nothing away.
            for (node_pointer const& n : s.starts_) sum.add(n->log_p);
        } else {
            for (cursor const& c : s.cursors_) sum.add(mass_of(c));
        }
        return sum.value() - s.given_;
    }

    next_byte weigh(stream& s) {
        next_byte out;
        exact const mass = log_mass(s);
        exact const all = mass + s.given_;
        out.pruned = s.pruned_ == 0 ? 0 : s.pruned_ / static_cast<double>(std::exp(mass));
        if (all == -std::numeric_limits<exact>::infinity()) return out;
        std::array<detail::log_sum<double>, 256> sums;
        detail::log_sum<double> stop;
        token_order const& order = law_->order();
        for (cursor const& c : s.cursors_) {
            auto const log_p = static_cast<double>(c.from->log_p - all);
            if (ends_at(s, c)) stop.add(log_p + c.weights->stop());
            std::uint32_t at = c.depth == 0 ? c.tokens.begin : order.past_exact(c.tokens, c.depth);
            while (at < c.tokens.end) {
                unsigned char const byte = order.byte_of(at, c.depth);
                token_order::range const same = order.narrow(c.tokens, c.depth, byte);
                sums[byte].add(log_p + c.weights->log_sum(same));
                at = same.end;
            }
        }
        double sum = 0;
        for (std::size_t b = 0; b < 256; ++b) {
            out.log_probabilities[b] = sums[b].value();
            sum += std::exp(out.log_probabilities[b]);
        }
        out.stop = stop.value();
        out.leak = std::max(0.0, 1 - (sum + std::exp(out.stop)));
        return out;
    }

    // Keeps the heaviest covers.
    void prune(stream& s) {
        if (options_.most_covers == 0 || s.cursors_.size() <= options_.most_covers) return;
        prepare_all(s);
        std::vector<std::pair<exact, std::size_t>> weights;
        for (std::size_t i = 0; i < s.cursors_.size(); ++i) weights.emplace_back(mass_of(s.cursors_[i]), i);
        std::stable_sort(weights.begin(), weights.end(),
                         [](auto const& a, auto const& b) { return a.first > b.first; });
        detail::log_sum<exact> lost;
        std::vector<std::size_t> keep;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            if (i < options_.most_covers) {
                keep.push_back(weights[i].second);
            } else {
                lost.add(weights[i].first);
            }
        }
        std::sort(keep.begin(), keep.end());
        std::vector<cursor> kept;
        for (std::size_t const i : keep) kept.push_back(std::move(s.cursors_[i]));
        s.cursors_ = std::move(kept);
        s.pruned_ += static_cast<double>(std::exp(lost.value() - s.given_));
    }

    M* model_;
    Law* law_;
    byte_lm_options options_;
    std::uint32_t
        most_unknown_;  // nodes in a row that wait for rows: then they are computed, so that streams stay small
    detail::cover_rows<M, Law> rows_;
};

}  // namespace tessera::inline v0
