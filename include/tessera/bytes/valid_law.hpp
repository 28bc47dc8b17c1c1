// Which tokens may come next if a text's tokens are to be those that the tokenizer makes of it. Next: byte_lm.hpp, which
// weighs them by a language model.
#pragma once

#include <algorithm>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/bytes/detail/symbol_trie.hpp>
#include <tessera/bytes/forbidden_successors.hpp>
#include <tessera/bytes/split_automaton.hpp>
#include <tessera/bytes/split_plan.hpp>
#include <tessera/bytes/token_adjacency.hpp>
#include <tessera/bytes/byte_law.hpp>
#include <tessera/bytes/token_order.hpp>
#include <tessera/bytes/token_set.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/model/any_model.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/normalize/form_check.hpp>

namespace tessera::inline v0 {

/// Token sequences that are the beginning of some text's own tokens: t_1 .. t_m such that a text exists which the
/// tokenizer turns into tokens that begin with these.
///
/// Special tokens are not text, and none of them is in such a sequence. Bytes that are not UTF-8 are text, as they are
/// to the tokenizer. A text that the tokenizer's normalizer would change has no tokens that decode to it, and no such
/// sequence leads there.
///
/// Not thread-safe: what it finds out about pretokens and tokens it keeps, within `most_bytes`.
/// @par Source  Phan et al. 2025, arXiv:2410.09303 (cover encodings); Hayase et al. 2025, arXiv:2506.14123 (the tree of
///              valid covers). Differs: a cover counts if some text has it as its beginning, where Phan et al. ask whether
///              it is what the tokenizer makes of its own bytes. The two differ where the pretokenizer looks ahead, and
///              only the former is the prefix probability that their lemma 1 speaks of. See docs/differences.md
class valid_law {
public:
    static constexpr std::size_t most_bytes = std::size_t{192} << 20;  ///< of remembered token sets

    /// What the text before matters for what may follow.
    class position {
    public:
        /// The last token, `no_token` at the beginning.
        [[nodiscard]] token_id last() const noexcept { return last_; }

    private:
        friend class valid_law;
        struct way {
            split_automaton::state_id state = 0;
            std::uint32_t pretoken = 0;  // bytes of the pretoken so far; where that matters, and up to the longest token
            bool may_cut = true;         // the pretoken may end here
            bool may_go_on = true;       // it may have more tokens
            friend auto operator<=>(way const&, way const&) = default;
        };
        // What of the characters matters.
        struct characters {
            std::string partial;      // bytes of one that has begun
            form_check::state form;   // after those before
            friend auto operator<=>(characters const&, characters const&) = default;
        };
        token_id last_ = no_token;
        std::vector<way> ways_;
        characters characters_;
        std::string tail_;  // the last bytes of the text, as many as a pretoken needs
    };

    /// Bytes after a position, all within one token.
    class progress {
        friend class valid_law;
        struct run {
            split_automaton::state_id state = 0;
            std::uint32_t pretoken = 0;  // of the way that it comes from
            bool cut = false;            // a pretoken begins with the token
            bool whole = false;          // the token is an added one
            friend auto operator<=>(run const&, run const&) = default;
        };
        std::vector<run> runs_;
        position::characters characters_;
        std::uint32_t n_ = 0;  // bytes
    };

    /// @tparam Tokenizer  tokenizer<...>; outlives this
    /// @throws error      unsupported: its model is not BPE, or a component changes texts so that they cannot be
    ///                    followed; limit
    template <class Tokenizer>
    explicit valid_law(Tokenizer const& tokenizer)
        : valid_law(tokenizer.vocab(), bpe_model_of(tokenizer.model()), tokenizer.specials(),
                    split_plan(tokenizer.pretokenizer(), tokenizer.normalizer(), tokenizer.decoder(),
                               tokenizer.specials())) {}

    valid_law(valid_law&&) noexcept = default;
    valid_law& operator=(valid_law&&) noexcept = default;

    /// All tokens that texts can have.
    [[nodiscard]] token_order const& order() const noexcept { return order_; }

    /// What encoding puts in front of a text and decoding takes off again: nothing, or a space.
    /// @param after_special  what stands before is a special token, not the beginning
    [[nodiscard]] std::string_view prefix(bool after_special) const noexcept {
        using kind = split_plan::prefix_space;
        bool const has = prefix_ == kind::each || (prefix_ == kind::first && !after_special);
        return has ? " " : "";
    }

    /// The beginning of a text, or what follows a special token.
    [[nodiscard]] position start() const {
        position at;
        at.ways_.push_back({automaton_.start(), 0, true, false});
        return at;
    }

    /// Whether the text may end here.
    [[nodiscard]] bool may_end(position const& at) {
        return std::any_of(at.ways_.begin(), at.ways_.end(),
                           [&](position::way const& w) { return w.may_cut && automaton_.may_end(w.state); });
    }

    /// The tokens that may come next. Valid until the next call.
    [[nodiscard]] token_set const& next_tokens(position const& at) {
        find_tokens(at, allowed_, &unsure_);
        for (std::size_t w = 0; w < unsure_.words().size(); ++w) {
            for (std::uint64_t bits = unsure_.words()[w]; bits != 0; bits &= bits - 1) {
                auto const place = static_cast<std::uint32_t>(w * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
                auto const next = after(at, place);
                if (!next || !leads_on(*next)) allowed_.remove(place);
            }
        }
        return allowed_;
    }

    /// Reads the first byte of a token, or the next one; false if no token goes on like this.
    [[nodiscard]] bool step(position const& at, progress& on, unsigned char byte) {
        std::vector<progress::run> next;
        if (on.n_ == 0) {
            on.characters_ = at.characters_;
            for (position::way const& w : at.ways_) {
                for (auto const& choice : automaton_.step(w.state, byte)) {
                    if (choice.cut ? !w.may_cut : !w.may_go_on) continue;
                    if (choice.whole && !choice.cut) continue;
                    next.push_back({choice.state, choice.cut ? 0 : w.pretoken, choice.cut, choice.whole});
                }
            }
        } else {
            for (progress::run const& r : on.runs_) {
                for (auto const& choice : automaton_.step(r.state, byte)) {
                    if (choice.cut || choice.whole != r.whole) continue;
                    next.push_back({choice.state, r.pretoken, r.cut, r.whole});
                }
            }
        }
        ++on.n_;
        if (!read(on.characters_, byte)) next.clear();
        std::sort(next.begin(), next.end());
        next.erase(std::unique(next.begin(), next.end()), next.end());
        on.runs_ = std::move(next);
        return !on.runs_.empty();
    }

    /// The position after a token whose bytes are those read; nothing if it may not stand there.
    /// @param place  of the token, in `order`
    [[nodiscard]] std::optional<position> complete(position const& at, progress const& on, std::uint32_t place) {
        std::optional<position> next = joined(at, on, place);
        if (next && !leads_on(*next)) next.reset();
        return next;
    }

private:
    using places = std::vector<std::uint32_t>;

    std::optional<position> joined(position const& at, progress const& on, std::uint32_t place) {
        token_id const id = order_.id(place);
        std::string_view const bytes = order_.bytes(place);
        bool const begins = may_begin_.contains(place);
        bool const continues = may_continue_.contains(place);
        std::optional<bool> follows;  // asked at most once
        if (spells_known_character(at.characters_, place)) return std::nullopt;
        position next;
        for (progress::run const& r : on.runs_) {
            position::way w{r.state, 0, true, true};
            if (r.whole) {
                if (!is_added_[place]) continue;
                w.may_go_on = false;
            } else if (r.cut) {
                if (!begins) continue;
                w.may_go_on = continues;
                if (ignores_merges_) {
                    w.pretoken = static_cast<std::uint32_t>(std::min(bytes.size(), longest_));
                    w.may_cut = is_found_[place];
                }
            } else {
                if (!continues) continue;
                if (!follows) follows = at.last_ == no_token || adjacency_->may_follow(at.last_, id);
                if (!*follows) continue;
                if (ignores_merges_) {
                    w.pretoken = static_cast<std::uint32_t>(std::min(r.pretoken + bytes.size(), longest_ + 1));
                    w.may_cut = !is_token(at.tail_, bytes, w.pretoken);
                }
            }
            if (!w.may_cut && !w.may_go_on) continue;
            next.ways_.push_back(w);
        }
        if (next.ways_.empty()) return std::nullopt;
        std::sort(next.ways_.begin(), next.ways_.end());
        next.ways_.erase(std::unique(next.ways_.begin(), next.ways_.end()), next.ways_.end());
        next.last_ = id;
        next.characters_ = on.characters_;
        if (ignores_merges_) {
            next.tail_ = at.tail_;
            next.tail_ += bytes;
            if (next.tail_.size() > longest_) next.tail_.erase(0, next.tail_.size() - longest_);
        }
        return next;
    }

    // The same for a whole token.
    std::optional<position> after(position const& at, std::uint32_t place) {
        progress on;
        for (char const b : order_.bytes(place)) {
            if (!step(at, on, static_cast<unsigned char>(b))) return std::nullopt;
        }
        return joined(at, on, place);
    }

    // Tokens that may stand here. Those in `unsure` may have nothing that can follow.
    void find_tokens(position const& at, token_set& all, token_set* unsure) {
        all.assign(order_.size());
        inner_.assign(order_.size());
        if (unsure != nullptr) unsure->assign(order_.size());
        bool inner = false;
        for (position::way const& w : at.ways_) {
            state_tokens const& tokens = tokens_from(w.state);
            if (w.may_cut) {
                all |= tokens.first;
                if (unsure != nullptr) unsure->add(tokens.first_unsure);
            }
            if (w.may_go_on) {
                inner_ |= tokens.inner;
                if (unsure != nullptr) unsure->add(tokens.inner_unsure);
                inner = true;
            }
        }
        all &= may_begin_;
        if (inner) {
            inner_ &= may_continue_;
            if (at.last_ != no_token) inner_.remove(forbidden_after(at.last_));
            all |= inner_;
        }
        for (position::way const& w : at.ways_) {
            if (!w.may_cut) continue;
            for (std::uint32_t const place : tokens_from(w.state).whole) all.add(place);
        }
        remove_by_characters(at, all);
        if (unsure != nullptr) *unsure &= all;
    }

    // Whether some text ends after these tokens, or after more of them. Almost always it may end at once; not so where
    // a pattern has decided what comes (three digits, say), or where the pretoken so far is a token itself and has to
    // go on.
    bool leads_on(position const& at) {
        if (is_sure(at)) return true;
        constexpr std::size_t most_tried = 2000;
        auto const key = [](position const& p) { return std::pair(p.ways_, p.last_); };
        auto const known = leads_on_.find(key(at));
        if (known != leads_on_.end()) return known->second;
        std::vector<position> queue{at};
        std::set<std::pair<std::vector<position::way>, token_id>> seen{key(at)};
        bool found = false;
        token_set tokens;
        for (std::size_t i = 0; i < queue.size() && !found; ++i) {
            position const here = queue[i];
            find_tokens(here, tokens, nullptr);
            for (std::size_t w = 0; w < tokens.words().size() && !found; ++w) {
                for (std::uint64_t bits = tokens.words()[w]; bits != 0 && !found; bits &= bits - 1) {
                    auto const place =
                        static_cast<std::uint32_t>(w * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
                    auto next = after(here, place);
                    if (!next) continue;
                    found = is_sure(*next) || seen.size() > most_tried;
                    if (!found && seen.insert(key(*next)).second) queue.push_back(std::move(*next));
                }
            }
        }
        return leads_on_[key(at)] = found;
    }

    bool is_sure(position const& at) {
        return std::any_of(at.ways_.begin(), at.ways_.end(), [&](position::way const& w) {
            return automaton_.may_end(w.state) && (w.may_cut || (w.may_go_on && automaton_.may_go_on(w.state)));
        });
    }

    // By state: tokens that may come if a pretoken begins with them, or goes on; added tokens.
    struct state_tokens {
        token_set first, inner;
        places whole;
        places first_unsure, inner_unsure;
    };

    static bpe_model const& bpe_model_of(bpe_model const& model) { return model; }
    static bpe_model const& bpe_model_of(any_model const& model) {
        auto const* const bpe = model.get_if<bpe_model>();
        if (bpe == nullptr) refuse(std::string(model.type()) + " is not BPE by a list of merges");
        return *bpe;
    }
    template <class Model>
    static bpe_model const& bpe_model_of(Model const&) {
        refuse(std::string(Model::type) + " is not BPE by a list of merges");
    }
    [[noreturn]] static void refuse(std::string message) {
        throw error(error_kind::unsupported, "model", std::move(message),
                    "convert it to a tokenizer.json with a BPE model, or use the native law");
    }

    valid_law(vocabulary const& vocab, bpe_model const& model, special_tokens const& specials, split_plan plan)
        : model_(&model),
          adjacency_(std::make_unique<token_adjacency>(model)),
          forbidden_(std::make_unique<forbidden_successors>(model, *adjacency_)),
          prefix_(plan.prefix()),
          spaces_are_visible_(plan.spaces_are_visible()),
          form_(plan.form()),
          order_(vocab, [&](token_id id) { return is_text(id, specials); }),
          automaton_(make_automaton(plan)) {
        bpe_options const& o = model.options();
        if (!o.continuing_subword_prefix.empty() || !o.end_of_word_suffix.empty()) {
            refuse("its tokens carry marks of where they stand in a word");
        }
        ignores_merges_ = o.ignore_merges;
        longest_ = order_.longest();
        note_tokens(plan.added());
        note_characters();
    }

    // The tokens of texts: no special ones, none without bytes.
    bool is_text(token_id id, special_tokens const& specials) {
        if (is_special_.empty()) {
            is_special_.assign(model_->vocab().size(), false);
            for (added_token const& token : specials.tokens()) {
                if (token.special && token.id < is_special_.size()) is_special_[token.id] = true;
            }
        }
        return !is_special_[id] && id < model_->vocab().size() && model_->vocab().kind(id) != token_kind::unused;
    }

    split_automaton make_automaton(split_plan& plan) {
        bpe_options const& o = model_->options();
        auto const has_token = [&](std::uint32_t c) {
            if (c == detail::ill_formed) return o.unit == symbol_unit::byte || o.byte_fallback;
            std::string spelled;
            encode_utf8(static_cast<char32_t>(c), spelled);
            if (o.unit == symbol_unit::code_point) {
                return o.byte_fallback || (!(c >= 0xD800 && c < 0xE000) && model_->vocab().find(spelled) != no_token);
            }
            return std::all_of(spelled.begin(), spelled.end(), [&](char const& b) {
                return model_->vocab().find(std::string_view(&b, 1)) != no_token;
            });
        };
        return std::move(plan).automaton(has_token);
    }

    void note_tokens(std::vector<added_token> const& added) {
        bpe_options const& o = model_->options();
        auto const fallback = byte_fallback_tokens(model_->vocab());
        may_begin_.assign(order_.size());
        may_continue_.assign(order_.size());
        is_found_.assign(order_.size(), true);
        is_added_.assign(order_.size(), false);
        is_spelling_.assign(order_.size(), false);
        for (std::uint32_t place = 0; place < order_.size(); ++place) {
            token_id const id = order_.id(place);
            std::string_view const bytes = order_.bytes(place);
            bool reachable = adjacency_->is_reachable(id);
            if (o.byte_fallback && bytes.size() == 1 && id == fallback[static_cast<unsigned char>(bytes[0])]) {
                // A byte of a character that is no token.
                is_spelling_[place] = true;
                reachable = static_cast<unsigned char>(bytes[0]) >= 0x80 || !is_known(bytes);
            }
            if (!is_in_form(bytes)) reachable = false;
            if (o.ignore_merges) is_found_[place] = model_->vocab().find(model_->vocab().bytes(id)) == id;
            if (reachable) may_continue_.add(place);
            if (reachable || (o.ignore_merges && is_found_[place] && is_in_form(bytes))) may_begin_.add(place);
        }
        for (added_token const& token : added) {
            if (token.id >= model_->vocab().size()) continue;
            std::uint32_t const place = order_.place_of(token.id);
            if (place == token_order::none) continue;
            is_added_[place] = true;
            added_.push_back(place);
        }
    }

    // For tokens of whole characters, which symbols they have; others are looked at byte by byte.
    void note_characters() {
        std::vector<std::vector<detail::text_symbols::symbol>> sequences(order_.size());
        for (std::uint32_t place = 0; place < order_.size(); ++place) {
            std::string_view const bytes = order_.bytes(place);
            if (!may_begin_.contains(place)) continue;
            if (!is_valid_utf8(bytes)) {
                ragged_.push_back(place);
                continue;
            }
            for (std::size_t at = 0; at < bytes.size();) {
                auto const [c, length] = decode_utf8(bytes, at);
                sequences[place].push_back(automaton_.symbols().of(c));
                at += length;
            }
        }
        trie_ = detail::symbol_trie(sequences);
        if (!form_) return;
        for (std::uint32_t place = 0; place < order_.size(); ++place) {
            std::string_view const bytes = order_.bytes(place);
            auto const [c, length] = decode_utf8(bytes, 0);
            if ((length > 1 || static_cast<unsigned char>(bytes[0]) < 0x80) && form_->asks_what_is_before(c)) {
                asking_.push_back(place);
            }
        }
    }

    // --- characters ---

    // Whether the character is a symbol of the model, as the text writes it.
    [[nodiscard]] bool is_known(std::string_view character) const {
        if (spaces_are_visible_ && character == " ") return model_->vocab().find("\xE2\x96\x81") != no_token;
        return model_->vocab().find(character) != no_token;
    }

    // Whether the byte token spells a character to its end that has a token of its own.
    [[nodiscard]] bool spells_known_character(position::characters const& before, std::uint32_t place) const {
        if (!is_spelling_[place] || before.partial.empty()) return false;
        std::string all = before.partial;
        all += order_.bytes(place);
        return decode_utf8(all, 0).length == all.size() && is_known(all);
    }

    // Whether a text in the normalizer's form may have these bytes somewhere.
    [[nodiscard]] bool is_in_form(std::string_view bytes) const {
        if (!form_) return true;
        form_check::state s;
        for (std::size_t at = 0; at < bytes.size();) {
            auto const [c, length] = decode_utf8(bytes, at);
            if (length == 1 && static_cast<unsigned char>(bytes[at]) >= 0x80) {
                s = {};
            } else if (!form_->advance(s, c)) {
                return false;
            }
            at += length;
        }
        return true;
    }

    // Reads a byte; false if the text is not in the form then.
    [[nodiscard]] bool read(position::characters& now, unsigned char byte) const {
        if (!now.partial.empty()) {
            now.partial += static_cast<char>(byte);
            if (now.partial.size() < 4 && detail::text_symbols::is_beginning(now.partial)) return true;
            auto const [c, length] = decode_utf8(now.partial, 0);
            bool const is_character = length == now.partial.size();
            now.partial.clear();
            if (is_character) return !form_ || form_->advance(now.form, c);
            now.form = {};
        }
        if (byte < 0x80) return !form_ || form_->advance(now.form, byte);
        now.partial = static_cast<char>(byte);
        if (detail::text_symbols::is_beginning(now.partial)) return true;
        now.partial.clear();
        now.form = {};
        return true;
    }

    void remove_by_characters(position const& at, token_set& tokens) {
        if (at.characters_.partial.empty()) {
            if (!form_ || at.characters_.form == form_check::state{}) return;
            auto const [known, is_new] = out_of_form_.try_emplace(at.characters_.form);
            if (is_new) {
                for (std::uint32_t const place : asking_) {
                    if (!stays_in_form(at.characters_, place)) known->second.push_back(place);
                }
            }
            for (std::uint32_t const place : known->second) tokens.remove(place);
            return;
        }
        // Tokens that go on with the character: few, and each is looked at.
        for (unsigned byte = 0x80; byte < 0xC0; ++byte) {
            token_order::range const r = order_.narrow(order_.all(), 0, static_cast<unsigned char>(byte));
            for (std::uint32_t place = r.begin; place < r.end; ++place) {
                if (!tokens.contains(place)) continue;
                if (spells_known_character(at.characters_, place) || !stays_in_form(at.characters_, place)) {
                    tokens.remove(place);
                }
            }
        }
    }

    [[nodiscard]] bool stays_in_form(position::characters now, std::uint32_t place) const {
        if (!form_) return true;
        for (char const b : order_.bytes(place)) {
            if (!read(now, static_cast<unsigned char>(b))) return false;
        }
        return true;
    }

    // --- tokens by state ---

    state_tokens const& tokens_from(split_automaton::state_id state) {
        auto const found = by_state_.find(state);
        if (found != by_state_.end()) return found->second;
        forget_if_full();
        state_tokens made;
        made.first.assign(order_.size());
        made.inner.assign(order_.size());
        if (automaton_.n_partial(state) == 0) {
            split_automaton::state_id const at = automaton_.by_symbols(state);
            add_whole_characters(at, made);
            for (std::uint32_t const place : ragged_) add_by_bytes(state, place, made);
        } else {
            // Either the character is none, and another begins; or the token goes on with it.
            for (split_automaton::state_id const at : automaton_.if_ill_formed(state)) add_whole_characters(at, made);
            for (std::uint32_t const place : ragged_) add_by_bytes(state, place, made);
        }
        for (std::uint32_t const place : added_) {
            if (reads(state, order_.bytes(place), true, true)) made.whole.push_back(place);
        }
        remembered_ += 2 * order_.size() / 8;
        return by_state_.emplace(state, std::move(made)).first->second;
    }

    void add_whole_characters(split_automaton::state_id at, state_tokens& out) {
        trie_.for_each_readable(
            at, [&](split_automaton::state_id s, detail::text_symbols::symbol c) { return automaton_.step_symbol(s, c); },
            [&](std::span<std::uint32_t const> tokens, bool cut, std::span<split_automaton::state_id const> states) {
                bool const sure = std::any_of(states.begin(), states.end(), [&](split_automaton::state_id s) {
                    return automaton_.may_end_by_symbols(s) &&
                           (cut || !ignores_merges_ || automaton_.may_go_on_by_symbols(s));
                });
                for (std::uint32_t const place : tokens) note(place, cut, sure, out);
            });
    }

    void add_by_bytes(split_automaton::state_id state, std::uint32_t place, state_tokens& out) {
        for (bool const cut : {true, false}) {
            if (!reads(state, order_.bytes(place), cut, false)) continue;
            bool const sure = std::any_of(read_.begin(), read_.end(), [&](split_automaton::state_id s) {
                return automaton_.may_end(s) && (cut || !ignores_merges_ || automaton_.may_go_on(s));
            });
            note(place, cut, sure, out);
        }
    }

    void note(std::uint32_t place, bool cut, bool sure, state_tokens& out) const {
        (cut ? out.first : out.inner).add(place);
        if (!sure || (cut && !is_found_[place])) (cut ? out.first_unsure : out.inner_unsure).push_back(place);
    }

    // Whether the text may go on with these bytes, in one piece; `read_` has the states then.
    bool reads(split_automaton::state_id state, std::string_view bytes, bool cut, bool whole) {
        std::vector<split_automaton::state_id> now{state};
        std::vector<split_automaton::state_id> next;
        for (std::size_t i = 0; i < bytes.size() && !now.empty(); ++i) {
            next.clear();
            for (split_automaton::state_id const s : now) {
                for (auto const& choice : automaton_.step(s, static_cast<unsigned char>(bytes[i]))) {
                    if (choice.cut == (i == 0 && cut) && choice.whole == whole) next.push_back(choice.state);
                }
            }
            std::sort(next.begin(), next.end());
            next.erase(std::unique(next.begin(), next.end()), next.end());
            now.swap(next);
        }
        read_ = std::move(now);
        return !read_.empty();
    }

    token_set const& forbidden_after(token_id last) {
        auto const found = by_last_.find(last);
        if (found != by_last_.end()) return found->second;
        forget_if_full();
        token_set made;
        made.assign(order_.size());
        if (adjacency_->is_reachable(last)) {
            forbidden_->for_each(last, [&](token_id id) {
                std::uint32_t const place = order_.place_of(id);
                if (place != token_order::none) made.add(place);
            });
        }
        remembered_ += order_.size() / 8;
        return by_last_.emplace(last, std::move(made)).first->second;
    }

    void forget_if_full() {
        if (remembered_ < most_bytes) return;
        by_state_.clear();
        by_last_.clear();
        leads_on_.clear();
        remembered_ = 0;
    }

    // Whether the last bytes of the text with these are a token: the pretoken, and the tokenizer takes it whole.
    [[nodiscard]] bool is_token(std::string_view tail, std::string_view bytes, std::size_t length) const {
        if (length > longest_) return false;
        std::string all(tail.substr(tail.size() - (length - bytes.size())));
        all += bytes;
        if (spaces_are_visible_) {
            for (std::size_t at = 0; (at = all.find(' ', at)) != std::string::npos;) all.replace(at, 1, "\xE2\x96\x81");
        }
        return model_->vocab().find(all) != no_token;
    }

    bpe_model const* model_;
    std::unique_ptr<token_adjacency> adjacency_;
    std::unique_ptr<forbidden_successors> forbidden_;
    split_plan::prefix_space prefix_;
    bool spaces_are_visible_;
    bool ignores_merges_ = false;
    std::size_t longest_ = 0;
    std::optional<form_check> form_;
    std::vector<bool> is_special_;
    token_order order_;
    split_automaton automaton_;
    token_set may_begin_;              // a pretoken; of tokens by place
    token_set may_continue_;           // a pretoken
    std::vector<bool> is_found_;       // by its bytes; other tokens may have the same
    std::vector<bool> is_added_, is_spelling_;
    places added_;                     // added tokens that are found in text
    places ragged_;                    // tokens that are not whole characters
    places asking_;                    // tokens that may not stand behind each character
    detail::symbol_trie trie_;
    std::unordered_map<split_automaton::state_id, state_tokens> by_state_;
    std::unordered_map<token_id, token_set> by_last_;
    std::map<form_check::state, places> out_of_form_;
    std::size_t remembered_ = 0;
    std::map<std::pair<std::vector<position::way>, token_id>, bool> leads_on_;
    std::vector<split_automaton::state_id> read_;
    token_set allowed_, inner_, unsure_;
};

static_assert(ByteLaw<valid_law>);

}  // namespace tessera::inline v0
