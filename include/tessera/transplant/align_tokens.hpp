// Two tokenizations of one text, side by side: the shortest stretches in which both have a whole number of tokens.
//
//   a   <|im_start|>  Hel lo   ?   world          tokens i0 .. i1 of a and j0 .. j1 of b
//   b   <bos> <turn>  Hello    ?  wor ld          have the same bytes, or the same function
//       [0,1) [0,2)  [1,3)[2,3) ...               (special), or could not be made to agree (differs)
//
// Control tokens are no text. A pair that means the same, or a longer pair of sequences the caller knows of (the header
// of a chat's turn), is a chunk of its own; a control token without counterpart goes into the chunk that follows.
// A space that only one tokenizer puts in front of a text, or behind a special token, counts on neither side.
// Where the bytes differ, since one tokenizer normalizes, reading goes on where both agree again.
// What this is for: distillation across tokenizers (arXiv 2503.20083, whose chunks these are).
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/transplant/token_table.hpp>
#include <tessera/transplant/vocabulary_map.hpp>

namespace tessera::inline v0::transplant {

/// Tokens [a_begin, a_end) and [b_begin, b_end), which stand for bytes [begin, end) of the text that both have in
/// common: the text itself, unless both put a space in front. Of a chunk that differs, the bytes are those of the first
/// tokenization.
struct aligned_chunk {
    std::size_t a_begin = 0, a_end = 0;
    std::size_t b_begin = 0, b_end = 0;
    std::size_t begin = 0, end = 0;
    bool special = false;  ///< the same function, no bytes
    bool differs = false;  ///< not the same bytes

    friend bool operator==(aligned_chunk const&, aligned_chunk const&) = default;
};

/// Chunks tile the tokens of both from the first on. What is left at the end are control tokens without counterpart.
struct alignment {
    std::vector<aligned_chunk> chunks;
    std::size_t a_rest = 0;  ///< the first token of `a` that is in no chunk
    std::size_t b_rest = 0;
};

/// Sequences of tokens with the same function, one of each vocabulary. Neither is empty.
struct aligned_unit {
    std::vector<token_id> a;
    std::vector<token_id> b;
};

/// The control tokens that match, each with its counterpart: by name or role, and whatever tokens the user says match.
[[nodiscard]] inline std::vector<aligned_unit> special_units(token_table const& a, token_table const& b,
                                                             match_options const& options = {}) {
    std::vector<aligned_unit> units;
    auto const add = [&](token_table const& from, vocabulary_map const& map, bool turned) {
        for (token_id id = 0; id < from.size(); ++id) {
            if (map.base[id] == no_token) continue;
            if (from.kind(id) != token_kind::control && map.how[id] != match_kind::user_token) continue;
            aligned_unit unit{{id}, {map.base[id]}};
            if (turned) std::swap(unit.a, unit.b);
            units.push_back(std::move(unit));
        }
    };
    add(a, match_vocabularies(a, b, options), false);
    match_options other = options;
    std::swap(other.donor_rows, other.base_rows);
    other.user.clear();  // the map of the first direction has it
    add(b, match_vocabularies(b, a, other), true);
    return units;
}

/// Aligns tokens of two vocabularies. Immutable; keeps references to the tables.
class token_aligner {
public:
    /// @param units  the first that fits is taken; see special_units
    /// @pre          ids of the units are in the tables
    token_aligner(token_table const& a, token_table const& b, std::vector<aligned_unit> units)
        : a_(a), b_(b), units_(std::move(units)), first_(a.size(), none), begins_(b.size(), false) {
        next_.assign(units_.size(), none);
        for (std::size_t i = units_.size(); i-- > 0;) {  // so that lists are in the order of the units
            std::size_t& head = first_[units_[i].a.front()];
            next_[i] = head;
            head = i;
            begins_[units_[i].b.front()] = true;
        }
    }
    token_aligner(token_table const& a, token_table const& b) : token_aligner(a, b, special_units(a, b)) {}

    /// @param a  ids of the first vocabulary; those that it lacks are like control tokens without counterpart
    /// @complexity  O(bytes + tokens * units that begin with the same token)
    [[nodiscard]] alignment align(std::span<token_id const> a, std::span<token_id const> b) const {
        return run_state(*this, a, b).chunks();
    }

private:
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

    // One side: a place between or inside tokens.
    struct reader {
        token_table const& table;
        std::span<token_id const> ids;
        std::size_t i = 0;       // token
        std::size_t inside = 0;  // bytes of it that are read

        [[nodiscard]] bool at_end() const noexcept { return i == ids.size(); }
        [[nodiscard]] std::string_view bytes_of(std::size_t token) const noexcept {
            token_id const id = ids[token];
            return id < table.size() && table.is_text(id) ? table.bytes(id) : std::string_view();
        }
        [[nodiscard]] std::string_view rest() const noexcept { return bytes_of(i).substr(inside); }
        void advance(std::size_t n) noexcept {
            inside += n;
            if (inside == bytes_of(i).size()) {
                ++i;
                inside = 0;
            }
        }
        void skip(std::size_t n) noexcept {
            while (n > 0 && !at_end()) {
                std::size_t const step = std::min(n, rest().size());
                if (step == 0) return;
                advance(step);
                n -= step;
            }
        }
        [[nodiscard]] std::size_t leading_spaces() const noexcept {
            std::size_t n = 0;
            for (std::size_t t = i; t < ids.size(); ++t) {
                std::string_view const bytes = bytes_of(t);
                std::size_t const own = std::min(bytes.find_first_not_of(' '), bytes.size());
                n += own;
                if (own < bytes.size() || bytes.empty()) break;
            }
            return n;
        }
        // The next bytes, at most n, up to a control token.
        void window(std::size_t n, std::string& out) const {
            out.clear();
            for (std::size_t t = i; t < ids.size() && out.size() < n; ++t) {
                std::string_view const bytes = bytes_of(t);
                if (bytes.empty()) break;
                out += t == i ? bytes.substr(inside) : bytes;
            }
            if (out.size() > n) out.resize(n);
        }
    };

    class run_state {
    public:
        run_state(token_aligner const& aligner, std::span<token_id const> a, std::span<token_id const> b)
            : aligner_(aligner), a_{aligner.a_, a}, b_{aligner.b_, b} {}

        alignment chunks() {
            bool segment_begins = true;
            while (!a_.at_end() || !b_.at_end()) {
                bool const between = a_.inside == 0 && b_.inside == 0;
                if (between && has_text_) emit(false);
                if (between && take_unit()) {
                    segment_begins = true;
                    continue;
                }
                if (skip_controls()) continue;
                if (a_.at_end() || b_.at_end()) break;
                if (segment_begins) {
                    segment_begins = false;
                    even_spaces();
                    continue;
                }
                read_text();
            }
            std::size_t const a_end = end_of_text(a_);
            std::size_t const b_end = end_of_text(b_);
            if (a_end > a_.i || b_end > b_.i) {  // only one of the two goes on
                differs_ = has_text_ = true;
                for (; a_.i < a_end; ++a_.i) {
                    if (!a_.bytes_of(a_.i).empty()) at_ += a_.rest().size();
                    a_.inside = 0;
                }
                b_.i = b_end;
            }
            if (has_text_) emit(false);
            out_.a_rest = a_begin_;
            out_.b_rest = b_begin_;
            return std::move(out_);
        }

    private:
        // The token after the last that has text; where there is none left, this one.
        static std::size_t end_of_text(reader const& r) noexcept {
            std::size_t end = r.ids.size();
            while (end > r.i && r.bytes_of(end - 1).empty()) --end;
            return end;
        }

        void emit(bool special) {
            out_.chunks.push_back({a_begin_, a_.i, b_begin_, b_.i, begin_, at_, special, differs_});
            a_begin_ = a_.i;
            b_begin_ = b_.i;
            begin_ = at_;
            has_text_ = differs_ = false;
        }

        bool take_unit() {
            if (a_.at_end() || b_.at_end() || a_.ids[a_.i] >= aligner_.first_.size()) return false;
            auto const fits = [](reader const& r, std::vector<token_id> const& unit) {
                return unit.size() <= r.ids.size() - r.i &&
                       std::equal(unit.begin(), unit.end(), r.ids.begin() + static_cast<std::ptrdiff_t>(r.i));
            };
            for (std::size_t u = aligner_.first_[a_.ids[a_.i]]; u != none; u = aligner_.next_[u]) {
                if (!fits(a_, aligner_.units_[u].a) || !fits(b_, aligner_.units_[u].b)) continue;
                a_.i += aligner_.units_[u].a.size();
                b_.i += aligner_.units_[u].b.size();
                emit(true);
                return true;
            }
            return false;
        }

        // Skips a control token that has no counterpart here. Of two that could have one, and do not, the first's goes.
        bool skip_controls() {
            bool const a_is = !a_.at_end() && a_.bytes_of(a_.i).empty();
            bool const b_is = !b_.at_end() && b_.bytes_of(b_.i).empty();
            if (!a_is && !b_is) return false;
            bool const a_waits = a_is && a_.ids[a_.i] < aligner_.first_.size() && aligner_.first_[a_.ids[a_.i]] != none;
            bool const b_waits = b_is && b_.ids[b_.i] < aligner_.begins_.size() && aligner_.begins_[b_.ids[b_.i]];
            if (a_is && !a_waits) {
                ++a_.i;
            } else if (b_is && !b_waits) {
                ++b_.i;
            } else if (a_is) {
                ++a_.i;
            } else {
                ++b_.i;
            }
            return true;
        }

        void even_spaces() {
            std::size_t const a = a_.leading_spaces();
            std::size_t const b = b_.leading_spaces();
            if (a > b) a_.skip(a - b);
            if (b > a) b_.skip(b - a);
        }

        void read_text() {
            std::string_view const x = a_.rest();
            std::string_view const y = b_.rest();
            std::size_t const n = std::min(x.size(), y.size());
            std::size_t same = 0;
            while (same < n && x[same] == y[same]) ++same;
            has_text_ = true;
            at_ += same;
            if (same > 0) {
                a_.advance(same);
                b_.advance(same);
            }
            if (same == n) return;
            differs_ = true;
            resynchronize();
        }

        // Goes to the nearest place where the next bytes are the same again; where there is none, past the window.
        void resynchronize() {
            static constexpr std::size_t reach = 48;
            static constexpr std::size_t enough = 6;
            a_.window(reach + enough, window_a_);
            b_.window(reach + enough, window_b_);
            std::size_t best_a = window_a_.size();
            std::size_t best_b = window_b_.size();
            for (std::size_t x = 0; x < window_a_.size(); ++x) {
                for (std::size_t y = 0; y < window_b_.size() && x + y < best_a + best_b; ++y) {
                    std::size_t const left = std::min({enough, window_a_.size() - x, window_b_.size() - y});
                    if (window_a_.compare(x, left, window_b_, y, left) != 0) continue;
                    best_a = x;
                    best_b = y;
                    break;
                }
            }
            at_ += best_a;
            a_.skip(best_a);
            b_.skip(best_b);
        }

        token_aligner const& aligner_;
        reader a_;
        reader b_;
        alignment out_;
        std::size_t a_begin_ = 0;  // of the chunk
        std::size_t b_begin_ = 0;
        std::size_t begin_ = 0;
        std::size_t at_ = 0;  // of the text
        bool has_text_ = false;
        bool differs_ = false;
        std::string window_a_;
        std::string window_b_;
    };

    token_table const& a_;
    token_table const& b_;
    std::vector<aligned_unit> units_;
    std::vector<std::size_t> first_;  // by token of a: the first unit that begins with it
    std::vector<std::size_t> next_;   // by unit: the next one that begins with the same token
    std::vector<bool> begins_;        // by token of b: whether a unit begins with it
};

/// Chunks joined until the next one begins with a space on both sides, or is special, or this one is: words, about.
[[nodiscard]] inline std::vector<aligned_chunk> joined_to_words(alignment const& of, token_table const& a_table,
                                                                std::span<token_id const> a, token_table const& b_table,
                                                                std::span<token_id const> b) {
    auto const begins_with_space = [](token_table const& table, std::span<token_id const> ids, std::size_t i) {
        return i < ids.size() && ids[i] < table.size() && table.is_text(ids[i]) && table.bytes(ids[i]).starts_with(' ');
    };
    std::vector<aligned_chunk> out;
    for (aligned_chunk const& chunk : of.chunks) {
        bool const apart =
            out.empty() || out.back().special || chunk.special ||
            (begins_with_space(a_table, a, chunk.a_begin) && begins_with_space(b_table, b, chunk.b_begin));
        if (apart) {
            out.push_back(chunk);
            continue;
        }
        aligned_chunk& last = out.back();
        last.a_end = chunk.a_end;
        last.b_end = chunk.b_end;
        last.end = chunk.end;
        last.differs = last.differs || chunk.differs;
    }
    return out;
}

}  // namespace tessera::inline v0::transplant
