// Writes a tokenizer.json that Hugging Face's library (0.23) loads, laid out as it lays it out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/detail/bpe_parts.hpp>
#include <tessera/io/json.hpp>

namespace tessera::inline v0 {

namespace detail {

/// How the tokens of a tokenizer are spelled in tokenizer.json and vocab.json, and which of them are in its vocabulary.
class token_spelling {
public:
    explicit token_spelling(any_tokenizer const& t) : tokenizer_(t), added_(t.vocab().size(), nullptr) {
        for (added_token const& token : t.specials().tokens()) added_[token.id] = &token;
        sorted_.reserve(t.specials().tokens().size());
        for (added_token const& token : t.specials().tokens()) sorted_.push_back(&token);
        std::stable_sort(sorted_.begin(), sorted_.end(), [](auto const* a, auto const* b) { return a->id < b->id; });
        first_outside_ = find_first_outside();
    }

    /// The string of a token.
    /// @throws error  unsupported: JSON cannot hold its bytes
    [[nodiscard]] std::string operator()(token_id id) const {
        std::string_view const bytes = tokenizer_.vocab().bytes(id);
        if (added_[id] != nullptr && !is_findable(id)) return checked(id, added_[id]->content);
        if (tokenizer_.model().options().unit == symbol_unit::byte && is_findable(id)) return to_byte_alphabet(bytes);
        return checked(id, bytes);
    }

    /// True if the token belongs in the model's vocabulary, not only among the added tokens.
    [[nodiscard]] bool in_vocabulary(token_id id) const {
        if (tokenizer_.vocab().kind(id) == token_kind::unused) return false;
        return id < first_outside_ || added_[id] == nullptr || is_findable(id);
    }

    /// The added tokens in order of id.
    [[nodiscard]] std::vector<added_token const*> const& added() const noexcept { return sorted_; }

    [[nodiscard]] static std::string checked(token_id id, std::string_view text) {
        if (!is_valid_utf8(text)) {
            throw error(error_kind::unsupported, "token id " + std::to_string(id),
                        "its bytes are not UTF-8, and JSON holds nothing else", "write a .tiktoken file");
        }
        return std::string(text);
    }

private:
    [[nodiscard]] bool is_findable(token_id id) const {
        return tokenizer_.vocab().find(tokenizer_.vocab().bytes(id)) == id;
    }

    // Hugging Face's library ignores the id of an added token that is not in the vocabulary and takes the next free
    // one: the number of tokens in the vocabulary, then one more for each. So only added tokens at the very end of the
    // ids may stay outside, and only if there are no gaps before them.
    [[nodiscard]] token_id find_first_outside() const {
        auto const size = static_cast<token_id>(tokenizer_.vocab().size());
        for (token_id id = 0; id < size; ++id) {
            if (tokenizer_.vocab().kind(id) == token_kind::unused) return size;
        }
        token_id first = size;
        while (first > 0 && added_[first - 1] != nullptr && !is_findable(first - 1)) --first;
        return first;
    }

    any_tokenizer const& tokenizer_;
    std::vector<added_token const*> added_;  // by id
    std::vector<added_token const*> sorted_;
    token_id first_outside_ = 0;
};

/// The merges in the order of a merge list. Merges of one rank (see bpe_from_ranks.hpp) are put in the order that
/// published conversions of rank files use: by the ids of their parts.
inline std::vector<merge> merges_in_order(bpe_model const& model) {
    std::vector<merge> merges(model.merges().begin(), model.merges().end());
    std::stable_sort(merges.begin(), merges.end(), [](merge const& a, merge const& b) {
        return a.rank != b.rank ? a.rank < b.rank : a.left != b.left ? a.left < b.left : a.right < b.right;
    });
    return merges;
}

class tokenizer_json_writer {
public:
    explicit tokenizer_json_writer(any_tokenizer const& t) : t_(t), spelling_(t) {}

    std::string run() {
        out_ = "{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": null,\n  \"added_tokens\": ";
        added_tokens();
        out_ += ",\n  \"normalizer\": ";
        normalizer();
        out_ += ",\n  \"pre_tokenizer\": ";
        pre_tokenizer();
        out_ += ",\n  \"post_processor\": ";
        post_processor();
        out_ += ",\n  \"decoder\": ";
        out_ += byte_level() ? byte_level_component(false, true) : R"({"type": "Fuse"})";
        out_ += ",\n  \"model\": ";
        model();
        out_ += "\n}\n";
        return std::move(out_);
    }

private:
    [[nodiscard]] bool byte_level() const { return t_.model().options().unit == symbol_unit::byte; }

    static char const* truth(bool value) noexcept { return value ? "true" : "false"; }

    static std::string byte_level_component(bool prefix_space, bool use_regex) {
        return std::string(R"({"type": "ByteLevel", "add_prefix_space": )") + truth(prefix_space) +
               R"(, "trim_offsets": true, "use_regex": )" + truth(use_regex) + '}';
    }

    // Puts a comma between the items of a list, each on its own line.
    void item(bool& first, char const* indent) {
        out_ += first ? "\n" : ",\n";
        out_ += indent;
        first = false;
    }

    void added_tokens() {
        bool first = true;
        out_ += '[';
        for (added_token const* const token : spelling_.added()) {
            item(first, "    ");
            out_ += "{\"id\": " + std::to_string(token->id) + ", \"content\": ";
            append_json_string(token_spelling::checked(token->id, token->content), out_);
            out_ += std::string(", \"single_word\": ") + truth(token->single_word) +
                    ", \"lstrip\": " + truth(token->lstrip) + ", \"rstrip\": " + truth(token->rstrip) +
                    ", \"normalized\": " + truth(token->normalized) + ", \"special\": " + truth(token->special) + '}';
        }
        out_ += first ? "]" : "\n  ]";
    }

    void normalizer() {
        auto const steps = t_.normalizer().steps();
        if (steps.empty()) {
            out_ += "null";
            return;
        }
        if (steps.size() > 1) out_ += R"({"type": "Sequence", "normalizers": [)";
        for (std::size_t i = 0; i < steps.size(); ++i) {
            out_ += (i == 0 ? "{\"type\": \"" : ", {\"type\": \"") + steps[i].name() + "\"}";
        }
        if (steps.size() > 1) out_ += "]}";
    }

    void pre_tokenizer() {
        any_pretokenizer const& p = t_.pretokenizer();
        std::string_view const name = p.name();
        std::string split;
        if (name == "whitespace") {
            split = R"({"type": "Whitespace"})";
        } else if (!p.pattern().empty()) {
            split = R"({"type": "Split", "pattern": {"Regex": )";
            append_json_string(p.pattern(), split);
            split += R"(}, "behavior": "Isolated", "invert": false})";
        }
        if (!byte_level()) {
            if (p.prefix_space()) {
                throw error(error_kind::unsupported, "pretokenizer",
                            "a space before the text is written for bytes only");
            }
            out_ += split.empty() ? "null" : split;
        } else if (name == "gpt2" || split.empty()) {
            out_ += byte_level_component(p.prefix_space(), !split.empty());
        } else if (p.prefix_space()) {
            throw error(error_kind::unsupported, "pretokenizer",
                        "a space before the text is written with gpt2 or bytes only");
        } else {
            out_ +=
                R"({"type": "Sequence", "pretokenizers": [)" + split + ", " + byte_level_component(false, false) + "]}";
        }
    }

    void post_processor() {
        text_frame const& frame = t_.frame();
        if (frame.before.empty() && frame.after.empty()) {
            out_ += "null";
            return;
        }
        auto const pieces = [&](std::vector<token_id> const& ids, int type, bool& first) {
            for (token_id const id : ids) {
                out_ += first ? "{\"SpecialToken\": {\"id\": " : ", {\"SpecialToken\": {\"id\": ";
                first = false;
                append_json_string(spelling_(id), out_);
                out_ += ", \"type_id\": " + std::to_string(type) + "}}";
            }
        };
        auto const text = [&](char const* which, int type, bool& first) {
            pieces(frame.before, type, first);
            out_ += std::string(first ? "" : ", ") + "{\"Sequence\": {\"id\": \"" + which +
                    "\", \"type_id\": " + std::to_string(type) + "}}";
            first = false;
            pieces(frame.after, type, first);
        };
        bool first = true;
        out_ += R"({"type": "TemplateProcessing", "single": [)";
        text("A", 0, first);
        out_ += R"(], "pair": [)";
        first = true;
        text("A", 0, first);
        text("B", 1, first);
        out_ += R"(], "special_tokens": {)";
        std::vector<token_id> ids(frame.before);
        ids.insert(ids.end(), frame.after.begin(), frame.after.end());
        std::sort(ids.begin(), ids.end());
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        for (std::size_t i = 0; i < ids.size(); ++i) {
            std::string name;
            append_json_string(spelling_(ids[i]), name);
            out_ += (i == 0 ? "" : ", ") + name + ": {\"id\": " + name + ", \"ids\": [" + std::to_string(ids[i]) +
                    "], \"tokens\": [" + name + "]}";
        }
        out_ += "}}";
    }

    void model() {
        bpe_options const& options = t_.model().options();
        out_ += "{\n    \"type\": \"BPE\",\n    \"dropout\": null,\n    \"unk_token\": ";
        if (options.unknown == no_token) {
            out_ += "null";
        } else {
            append_json_string(spelling_(options.unknown), out_);
        }
        out_ += ",\n    \"continuing_subword_prefix\": null,\n    \"end_of_word_suffix\": null,\n    \"fuse_unk\": ";
        out_ += truth(options.fuse_unknown);
        out_ += ",\n    \"byte_fallback\": false,\n    \"ignore_merges\": ";
        out_ += truth(options.ignore_merges);
        out_ += ",\n    \"vocab\": {";
        bool first = true;
        for (token_id id = 0; id < t_.vocab().size(); ++id) {
            if (!spelling_.in_vocabulary(id)) continue;
            item(first, "      ");
            append_json_string(spelling_(id), out_);
            out_ += ": " + std::to_string(id);
        }
        out_ += first ? "}" : "\n    }";
        out_ += ",\n    \"merges\": [";
        first = true;
        for (merge const& m : merges_in_order(t_.model())) {
            item(first, "      [");
            append_json_string(spelling_(m.left), out_);
            out_ += ", ";
            append_json_string(spelling_(m.right), out_);
            out_ += ']';
        }
        out_ += first ? "]\n  }" : "\n    ]\n  }";
    }

    any_tokenizer const& t_;
    token_spelling spelling_;
    std::string out_;
};

}  // namespace detail

/// Writes a tokenizer.json with which Hugging Face's library gives the same ids.
/// Differs: of a tokenizer by rank (tiktoken), all cuts of a token share its rank; tokenizer.json can only list them
/// one after another, so that a few texts get other ids there (docs/differences.md).
/// @throws error  unsupported: JSON or Hugging Face's library has no place for something of this tokenizer
[[nodiscard]] inline std::string write_tokenizer_json(any_tokenizer const& tokenizer) {
    return detail::tokenizer_json_writer(tokenizer).run();
}

}  // namespace tessera::inline v0
