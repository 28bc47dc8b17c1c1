// Hugging Face's post-processor `TemplateProcessing`: texts and special tokens in the order that a template says.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/post_process/encoding.hpp>

namespace tessera::inline v0 {

/// The texts that a template may name.
enum class template_sequence : std::uint8_t { a, b };

[[nodiscard]] constexpr std::array<std::pair<std::string_view, template_sequence>, 2> names_of(
    template_sequence) noexcept {
    return {{{"A", template_sequence::a}, {"B", template_sequence::b}}};
}

/// {"Sequence": {"id": "A", "type_id": 0}} or {"SpecialToken": {"id": "[CLS]", "type_id": 0}}: one of the two.
struct template_piece {
    struct special_token_piece {
        std::string id;  ///< a key of special_tokens
        std::uint32_t type_id = 0;

        template <class Fields, class Piece>
        static void describe(Fields& f, Piece& p) {
            f("id", p.id);
            f("type_id", p.type_id);
        }
        friend bool operator==(special_token_piece const&, special_token_piece const&) = default;
    };
    struct sequence_piece {
        template_sequence id = template_sequence::a;
        std::uint32_t type_id = 0;

        template <class Fields, class Piece>
        static void describe(Fields& f, Piece& p) {
            f("id", p.id);
            f("type_id", p.type_id);
        }
        friend bool operator==(sequence_piece const&, sequence_piece const&) = default;
    };

    std::optional<special_token_piece> special_token;
    std::optional<sequence_piece> sequence;

    template <class Fields, class Piece>
    static void describe(Fields& f, Piece& p) {
        f.optional("SpecialToken", p.special_token);
        f.optional("Sequence", p.sequence);
    }
    friend bool operator==(template_piece const&, template_piece const&) = default;
};

/// What a special token of a template stands for: one id as a rule.
struct special_token_ids {
    std::string id;
    std::vector<token_id> ids;
    std::vector<std::string> tokens;

    template <class Fields, class Token>
    static void describe(Fields& f, Token& t) {
        f("id", t.id);
        f("ids", t.ids);
        f("tokens", t.tokens);
    }
    friend bool operator==(special_token_ids const&, special_token_ids const&) = default;
};

struct template_processing_options {
    std::vector<template_piece> single{{std::nullopt, template_piece::sequence_piece{template_sequence::a, 0}}};
    std::vector<template_piece> pair{{std::nullopt, template_piece::sequence_piece{template_sequence::a, 0}},
                                     {std::nullopt, template_piece::sequence_piece{template_sequence::b, 1}}};
    std::vector<std::pair<std::string, special_token_ids>>
        special_tokens;  ///< by name; the last of the same name counts
    friend bool operator==(template_processing_options const&, template_processing_options const&) = default;
};

/// @par Source  tokenizers 0.23.3, processors/template.rs
class template_processing {
public:
    using options_type = template_processing_options;
    static constexpr std::string_view type = "TemplateProcessing";

    static constexpr std::size_t max_sequences = 64;
    static constexpr std::size_t max_added = std::size_t{1} << 20;

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("single", o.single);
        f("pair", o.pair);
        f.map("special_tokens", o.special_tokens);
    }

    /// @throws error  bad_option: a piece is neither a text nor a special token, or both; `single` names a second text;
    ///                bad_token: a special token is not among special_tokens (the library panics when such a template
    ///                is used); limit: more than max_sequences texts or max_added ids in a template
    explicit template_processing(options_type o = {})
        : options_(std::move(o)), single_(compiled(options_.single, "single")), pair_(compiled(options_.pair, "pair")) {
        for (piece const& p : single_.pieces) {
            if (p.is_sequence && p.index == 1) {
                throw error(error_kind::bad_option, "single", "the template for one text names a second one",
                            "name A only");
            }
        }
    }
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// How many ids are added to one text or two.
    [[nodiscard]] std::size_t n_added(bool pair) const noexcept { return (pair ? pair_ : single_).n_added; }

    /// Replaces one or two parts by those of the template.
    /// @throws error  unsupported: there are more or fewer, which a template before this one has made (where the
    /// library
    ///                panics)
    void process(std::vector<encoding>& parts, bool add_special_tokens) const {
        if (parts.empty() || parts.size() > 2) {
            throw error(error_kind::unsupported, "TemplateProcessing",
                        "it follows a post-processor that leaves " + std::to_string(parts.size()) + " parts",
                        "use one template");
        }
        std::vector<encoding> out;
        for (piece const& p : (parts.size() == 2 ? pair_ : single_).pieces) {
            if (p.is_sequence) {
                encoding& e = out.emplace_back(parts[p.index]);
                e.type_ids.assign(e.size(), p.type_id);
            } else if (add_special_tokens) {
                encoding e = encoding::from_ids(options_.special_tokens[p.index].second.ids, p.type_id);
                e.special_tokens_mask.assign(e.size(), 1);
                out.push_back(std::move(e));
            }
        }
        parts = std::move(out);
    }

    friend bool operator==(template_processing const& a, template_processing const& b) {
        return a.options_ == b.options_;
    }

private:
    struct piece {
        bool is_sequence;
        std::size_t index;  // of the text, or of the special token
        std::uint32_t type_id;
    };
    struct compiled_template {
        std::vector<piece> pieces;
        std::size_t n_added = 0;
    };

    [[nodiscard]] compiled_template compiled(std::vector<template_piece> const& from, char const* where) const {
        // In order of the names, so that a long template is not a long search.
        auto const& specials = options_.special_tokens;
        std::vector<std::size_t> order(specials.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t x, std::size_t y) { return specials[x].first < specials[y].first; });
        compiled_template out;
        std::size_t n_sequences = 0;
        for (template_piece const& p : from) {
            if (p.sequence.has_value() == p.special_token.has_value()) {
                throw error(error_kind::bad_option, where, "a piece is not one of Sequence and SpecialToken");
            }
            if (p.sequence) {
                if (++n_sequences > max_sequences) throw error(error_kind::limit, where, "it names too many texts");
                out.pieces.push_back({true, p.sequence->id == template_sequence::a ? 0U : 1U, p.sequence->type_id});
                continue;
            }
            std::string const& name = p.special_token->id;
            auto const after =
                std::upper_bound(order.begin(), order.end(), name,
                                 [&](std::string const& x, std::size_t y) { return x < specials[y].first; });
            if (after == order.begin() || specials[*std::prev(after)].first != name) {
                throw error(error_kind::bad_token, where,
                            "the special token \"" + name.substr(0, 80) + "\" is not among special_tokens",
                            "add it there");
            }
            if (specials[*std::prev(after)].second.ids.size() > max_added - out.n_added) {
                throw error(error_kind::limit, where, "it adds too many ids");
            }
            out.pieces.push_back({false, *std::prev(after), p.special_token->type_id});
            out.n_added += specials[*std::prev(after)].second.ids.size();
        }
        return out;
    }

    options_type options_;
    compiled_template single_;
    compiled_template pair_;
};

}  // namespace tessera::inline v0
