// Which token of one vocabulary is which token of another.
//
// Tokens are the same if they add the same bytes to a text, whatever their files spell them. Tools that compare
// spellings lose most tokens beyond ASCII: of SmolLM2's 49,152 tokens (byte-level), Gemma 3 (SentencePiece) has 46,145.
// Control tokens add nothing to a text; they match by name, by role, or by what the user says, and never match text.
//
// The same bytes can be two tokens: Gemma 3 has "\n" and `<0x0A>`, Pythia two spaces in its vocabulary and as an added
// token, and a text only ever becomes one of them. So these are the same token in all vocabularies, be they `<0x0A>` in
// Llama 2, "\n" in Gemma or a letter of the byte alphabet in GPT-2. A token that no text leads to matches one of its
// own sort (a byte fallback, say) if there is one, and else the one that texts lead to.
//
// Next to read: mergekit_keys.hpp, how others match; draft_map.hpp, what a map is for besides transplanting.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/transplant/token_table.hpp>

namespace tessera::inline v0::transplant {

/// Which token is taken where several would do.
enum class collision_policy : std::uint8_t {
    lowest_id,
    highest_id,
    refuse,  ///< it is an error
};

/// How a token was matched.
enum class match_kind : std::uint8_t {
    none,
    exact,              ///< the same bytes
    byte,               ///< the same byte, a byte fallback in one of the two vocabularies only
    special_by_string,  ///< the same name
    special_by_role,    ///< both begin a text, say
    user_token,         ///< the user said which token
    user_text,          ///< the user said which text; it is several tokens, see vocabulary_map::texts
    by_key,             ///< the same key, see match_keys
};
inline constexpr std::array<std::string_view, 8> match_kind_names{
    "none", "exact", "byte", "special_by_string", "special_by_role", "user_token", "user_text", "key"};

/// What the user says of a token of the donor.
struct user_match {
    std::string donor;  ///< a name or a text: as `base`
    std::string base;   ///< the name of a control or added token, else the text of one token, else any text
};

struct match_options {
    collision_policy collisions = collision_policy::lowest_id;
    std::vector<user_match> user = {};  ///< goes before everything else
    bool specials_by_string = true;
    bool specials_by_role = true;
    bool role_before_string = false;  ///< for control tokens that have a role and a namesake
    /// Control tokens may match added tokens of their name that are not special, and the other way round, where nothing
    /// else fits: `<think>` is either. Off, because Gemma's `<s>` is HTML, and Llama's begins a text.
    bool specials_match_added = false;
    /// Ids from here on are as if they were not there: a model may have fewer rows than its tokenizer has ids.
    std::size_t donor_rows = std::numeric_limits<std::size_t>::max();
    std::size_t base_rows = std::numeric_limits<std::size_t>::max();
};

struct match_statistics {
    std::size_t n_donor = 0;  ///< tokens, gaps and ids beyond the rows excluded
    std::size_t n_base = 0;
    std::array<std::size_t, match_kind_names.size()> n_by_kind{};  ///< donor tokens, by match_kind
    std::size_t n_unmatched_special = 0;                           ///< of those with match_kind::none, control tokens
    std::size_t n_base_matched = 0;  ///< base tokens that some donor token was matched with
    std::size_t n_ambiguous = 0;     ///< donor tokens for which the collision policy chose
    std::size_t n_beyond_rows = 0;   ///< donor tokens whose id is not below `donor_rows`
    std::size_t n_collapsed = 0;     ///< donor tokens that share their key with another, which stands for both

    [[nodiscard]] std::size_t n(match_kind kind) const noexcept { return n_by_kind[static_cast<std::size_t>(kind)]; }
    [[nodiscard]] std::size_t n_matched() const noexcept { return n_donor - n(match_kind::none); }
};

/// For each token of the donor the token of the base.
struct vocabulary_map {
    std::vector<token_id> base;   ///< by donor id; `no_token`: none, or a text of several tokens
    std::vector<match_kind> how;  ///< by donor id
    std::vector<bool> shadowed;   ///< by donor id: no text leads to it, see token_table; empty if that is not known
    struct text {
        token_id donor = no_token;
        std::vector<token_id> pieces;  ///< of the base, at least two
        friend bool operator==(text const&, text const&) = default;
    };
    std::vector<text> texts;  ///< what is matched by user_text, ascending
    match_statistics statistics;

    /// The pieces of a token that is matched by user_text; else none.
    [[nodiscard]] std::span<token_id const> pieces_of(token_id donor) const noexcept {
        for (text const& t : texts) {
            if (t.donor == donor) return t.pieces;
        }
        return {};
    }
};

namespace detail {

/// "7 "\u0120the"": a token in a message.
inline std::string token_in_message(token_table const& table, token_id id) {
    return std::to_string(id) + " \"" + to_byte_alphabet(table.bytes(id)) + "\"";
}

class vocabulary_matcher {
public:
    vocabulary_matcher(token_table const& donor, token_table const& base, match_options const& options)
        : donor_(donor), base_(base), options_(options) {}

    template <class Encode>
    vocabulary_map run(Encode&& encode_base) {
        map_.base.assign(donor_.size(), no_token);
        map_.how.assign(donor_.size(), match_kind::none);
        map_.shadowed.assign(donor_.size(), false);
        for (user_match const& m : options_.user) set_by_user(m, encode_base);
        std::sort(map_.texts.begin(), map_.texts.end(), [](auto const& a, auto const& b) { return a.donor < b.donor; });
        for (token_id id = 0; id < donor_.size(); ++id) {
            if (!exists(donor_, id, options_.donor_rows) || map_.how[id] != match_kind::none) continue;
            if (donor_.is_text(id)) {
                match_text(id);
            } else {
                match_special(id);
            }
        }
        count();
        return std::move(map_);
    }

private:
    static bool exists(token_table const& table, token_id id, std::size_t rows) noexcept {
        return id != no_token && id < rows && table.kind(id) != token_kind::unused && !table.bytes(id).empty();
    }
    [[nodiscard]] bool in_base(token_id id) const noexcept { return exists(base_, id, options_.base_rows); }
    void set(token_id donor, token_id base, match_kind how) {
        map_.base[donor] = base;
        map_.how[donor] = how;
    }

    /// The token that a name or a text stands for; `no_token` if it is no single token.
    static token_id find_by_user(token_table const& table, std::string_view text, std::size_t rows) noexcept {
        token_id const named = table.find_named(text);
        if (exists(table, named, rows)) return named;
        for (token_id id = table.find_text(text); id != no_token; id = table.next_same(id)) {
            if (exists(table, id, rows) && !table.is_shadowed(id)) return id;
        }
        return no_token;
    }

    template <class Encode>
    void set_by_user(user_match const& m, Encode&& encode_base) {
        auto const fail = [](std::string const& what, char const* message) {
            throw error(error_kind::bad_option, "match of \"" + to_byte_alphabet(what) + "\"", message,
                        "give a token as tessera inspect or tessera encode shows it, or a text");
        };
        token_id const donor = find_by_user(donor_, m.donor, options_.donor_rows);
        if (donor == no_token) fail(m.donor, "the donor has no such token");
        if (map_.how[donor] != match_kind::none) fail(m.donor, "it is given twice");
        if (token_id const base = find_by_user(base_, m.base, options_.base_rows); base != no_token) {
            set(donor, base, match_kind::user_token);
            return;
        }
        std::vector<token_id> pieces = encode_base(m.base);
        std::erase_if(pieces, [&](token_id id) { return !in_base(id); });
        if (pieces.empty()) fail(m.base, "the base has no tokens for it");
        if (pieces.size() == 1) {
            set(donor, pieces.front(), match_kind::user_token);
        } else {
            map_.how[donor] = match_kind::user_text;
            map_.texts.push_back({donor, std::move(pieces)});
        }
    }

    // Base tokens with the same bytes, of one sort or several.
    struct candidates {
        token_id lowest = no_token;
        token_id highest = no_token;
        std::size_t n = 0;

        void add(candidates const& more) noexcept {
            if (more.n == 0) return;
            lowest = n == 0 ? more.lowest : std::min(lowest, more.lowest);
            highest = n == 0 ? more.highest : std::max(highest, more.highest);
            n += more.n;
        }
    };
    struct group {
        std::array<candidates, 3> by_precedence;
        candidates led_to;    // by texts
        candidates shadowed;  // the others
    };

    // Files can be made in which very many tokens have the same bytes, so each group is looked through once.
    group const& group_of(token_id first) {
        auto const [at, is_new] = groups_.try_emplace(first);
        group& g = at->second;
        for (token_id id = first; is_new && id != no_token; id = base_.next_same(id)) {
            if (!in_base(id)) continue;
            candidates const one{id, id, 1};
            g.by_precedence[static_cast<std::size_t>(base_.precedence(id))].add(one);
            (base_.is_shadowed(id) ? g.shadowed : g.led_to).add(one);
        }
        return g;
    }

    void match_text(token_id id) {
        bool const shadowed = donor_.is_shadowed(id);
        map_.shadowed[id] = shadowed;
        token_id const first = base_.find_text(donor_.bytes(id));
        candidates found;
        if (first != no_token && base_.next_same(first) == no_token) {
            if (in_base(first)) found = {first, first, 1};
        } else if (first != no_token) {
            group const& g = group_of(first);
            if (shadowed) found = g.by_precedence[static_cast<std::size_t>(donor_.precedence(id))];
            if (found.n == 0) found = g.led_to;
            if (found.n == 0) found = g.shadowed;
        }
        if (found.n > 0) {
            if (found.n > 1) note_collision(id, found);
            token_id const base = options_.collisions == collision_policy::highest_id ? found.highest : found.lowest;
            bool const alike = donor_.is_byte_fallback(id) == base_.is_byte_fallback(base);
            set(id, base, alike ? match_kind::exact : match_kind::byte);
            return;
        }
        if (donor_.is_added(id)) (void)match_added(id);
    }

    void match_special(token_id id) {
        if (options_.role_before_string && match_by_role(id)) return;
        token_id const named = base_.find_named(donor_.bytes(id));
        if (options_.specials_by_string && in_base(named) && base_.kind(named) == token_kind::control) {
            set(id, named, match_kind::special_by_string);
            return;
        }
        if (!options_.role_before_string && match_by_role(id)) return;
        (void)match_added(id);
    }

    bool match_added(token_id id) {
        if (!options_.specials_by_string || !options_.specials_match_added) return false;
        token_id const named = base_.find_named(donor_.bytes(id));
        if (in_base(named)) set(id, named, match_kind::special_by_string);
        return in_base(named);
    }

    bool match_by_role(token_id id) {
        if (!options_.specials_by_role) return false;
        for (std::size_t i = 0; i + 1 < token_role_names.size(); ++i) {  // `additional` says nothing
            auto const role = static_cast<token_role>(i);
            if (!donor_.roles(id).has(role)) continue;
            token_id const other = base_.with_role(role);
            if (!in_base(other)) continue;
            set(id, other, match_kind::special_by_role);
            return true;
        }
        return false;
    }

    void note_collision(token_id id, candidates const& found) {
        ++map_.statistics.n_ambiguous;
        if (options_.collisions != collision_policy::refuse) return;
        throw error(error_kind::bad_token, "token " + token_in_message(donor_, id),
                    "the base has " + std::to_string(found.n) + " tokens with these bytes, " +
                        std::to_string(found.lowest) + " to " + std::to_string(found.highest),
                    "choose the lowest or the highest id, or say which one");
    }

    void count() {
        match_statistics& s = map_.statistics;
        std::vector<bool> matched(base_.size(), false);
        for (token_id id = 0; id < donor_.size(); ++id) {
            if (!exists(donor_, id, std::numeric_limits<std::size_t>::max())) continue;
            if (id >= options_.donor_rows) {
                ++s.n_beyond_rows;
                continue;
            }
            ++s.n_donor;
            ++s.n_by_kind[static_cast<std::size_t>(map_.how[id])];
            if (map_.how[id] == match_kind::none && donor_.kind(id) == token_kind::control) ++s.n_unmatched_special;
            if (map_.base[id] != no_token) matched[map_.base[id]] = true;
        }
        for (token_id id = 0; id < base_.size(); ++id) {
            if (!in_base(id)) continue;
            ++s.n_base;
            if (matched[id]) ++s.n_base_matched;
        }
    }

    token_table const& donor_;
    token_table const& base_;
    match_options const& options_;
    std::unordered_map<token_id, group> groups_;  // by the first token; those of more than one
    vocabulary_map map_;
};

}  // namespace detail

/// Finds for each token of `donor` the token of `base` that is the same. For the other direction, exchange the two.
/// @param encode_base  text -> ids of the base, for texts that the user gives
/// @throws error       bad_option: what the user says fits neither vocabulary; bad_token: `refuse`, and there is a
/// choice
/// @complexity         linear in the bytes of all tokens
template <class Encode>
    requires requires(Encode encode, std::string const& text) { std::vector<token_id>(encode(text)); }
[[nodiscard]] vocabulary_map match_vocabularies(token_table const& donor, token_table const& base,
                                                match_options const& options, Encode&& encode_base) {
    return detail::vocabulary_matcher(donor, base, options).run(std::forward<Encode>(encode_base));
}

/// The same where the user gives no texts of several tokens; such a text is an error.
[[nodiscard]] inline vocabulary_map match_vocabularies(token_table const& donor, token_table const& base,
                                                       match_options const& options = {}) {
    return match_vocabularies(donor, base, options, [](std::string const&) { return std::vector<token_id>(); });
}

/// The same with the tokenizer of the base for such texts: added tokens in them are recognised.
[[nodiscard]] inline vocabulary_map match_vocabularies(token_table const& donor, token_table const& base,
                                                       any_tokenizer const& base_tokenizer,
                                                       match_options const& options) {
    return match_vocabularies(donor, base, options,
                              [&](std::string const& text) { return base_tokenizer.encode(text); });
}

/// Which of two donor tokens that were matched with one base token stands for it, the one before or the one that comes
/// next: a token that no text leads to gives way to one that texts lead to; else the policy decides.
/// @param n_chosen  counts what the policy decided
/// @throws error    bad_token: `refuse`, and the policy would have to decide
[[nodiscard]] inline token_id chosen_donor(vocabulary_map const& map, token_id before, token_id next,
                                           collision_policy policy, std::size_t& n_chosen) {
    if (!map.shadowed.empty() && map.shadowed[before] != map.shadowed[next]) {
        return map.shadowed[before] ? next : before;
    }
    ++n_chosen;
    if (policy == collision_policy::refuse) {
        throw error(error_kind::bad_token, "token " + std::to_string(map.base[next]),
                    "tokens " + std::to_string(before) + " and " + std::to_string(next) + " were matched with it",
                    "choose the lowest or the highest id");
    }
    return (policy == collision_policy::lowest_id) == (before < next) ? before : next;
}

/// A map turned round: for each id of the base the donor token that was matched with it.
/// @throws error  as chosen_donor
[[nodiscard]] inline std::vector<token_id> inverse_of(vocabulary_map const& map, std::size_t n_base,
                                                      collision_policy policy = collision_policy::lowest_id) {
    std::vector<token_id> out(n_base, no_token);
    std::size_t n_chosen = 0;
    for (token_id id = 0; id < map.base.size(); ++id) {
        token_id const base = map.base[id];
        if (base == no_token || base >= n_base) continue;
        out[base] = out[base] == no_token ? id : chosen_donor(map, out[base], id, policy, n_chosen);
    }
    return out;
}

}  // namespace tessera::inline v0::transplant
