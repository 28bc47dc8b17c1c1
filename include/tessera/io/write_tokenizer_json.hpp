// Writes a tokenizer.json that Hugging Face's library (0.23) loads, laid out as it lays it out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/detail/bpe_parts.hpp>
#include <tessera/io/detail/component_json.hpp>
#include <tessera/io/detail/hugging_face_form.hpp>
#include <tessera/io/detail/merges_as_list.hpp>
#include <tessera/io/json.hpp>
#include <tessera/pattern/same_pattern.hpp>
#include <tessera/pretokenize/known_patterns.hpp>

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
        std::string_view const bytes = tokenizer_.model().vocab().bytes(id);
        if (added_[id] != nullptr && !is_findable(id)) return checked(id, added_[id]->content);
        if (is_byte_level(tokenizer_) && is_findable(id)) return to_byte_alphabet(bytes);
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
        vocabulary const& spelled = tokenizer_.model().vocab();
        return spelled.find(spelled.bytes(id)) == id;
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

/// A Split whose regular expression was written for Rust's engine, in a form that Hugging Face's library, which has
/// Oniguruma, reads in the same way.
/// @throws error  unsupported: that is not known of it
inline any_pretokenizer::step for_oniguruma(any_pretokenizer::step const& step) {
    auto const* const split = std::get_if<split_pretokenizer>(&step);
    if (split == nullptr || split->dialect() == regex_dialect::oniguruma || !split->options().pattern.is_regex) {
        return step;
    }
    split_options options = split->options();
    std::string const& text = options.pattern.text;
    auto const scanner = find_known_scanner(text, regex_dialect::rust);
    if (scanner && find_known_scanner(text, regex_dialect::oniguruma) == scanner) {
        return split_pretokenizer(std::move(options));
    }
    if (scanner == known_scanner::cl100k) {
        options.pattern.text = portable_cl100k;
        return split_pretokenizer(std::move(options));
    }
    std::optional<std::string> other = rust_pattern_for_oniguruma(text);
    if (!other) {
        throw error(error_kind::unsupported, "pattern " + in_quotes(text),
                    "it is written for Rust's engine, and whether Oniguruma, which Hugging Face's library has, reads "
                    "it in the same way is not known",
                    "keep the file as it is");
    }
    options.pattern.text = *std::move(other);
    return split_pretokenizer(std::move(options));
}

class tokenizer_json_writer {
public:
    explicit tokenizer_json_writer(any_tokenizer const& t) : t_(t), spelling_(t) {}

    std::string run() {
        out_ = "{\n  \"version\": \"1.0\",\n  \"truncation\": ";
        write_json(t_.post_processor().truncation(), out_);
        out_ += ",\n  \"padding\": ";
        write_json(t_.post_processor().padding(), out_);
        out_ += ",\n  \"added_tokens\": ";
        added_tokens();
        out_ += ",\n  \"normalizer\": ";
        normalizer();
        out_ += ",\n  \"pre_tokenizer\": ";
        pre_tokenizer();
        out_ += ",\n  \"post_processor\": ";
        post_processor();
        out_ += ",\n  \"decoder\": ";
        decoder();
        out_ += ",\n  \"model\": ";
        model();
        out_ += "\n}\n";
        return std::move(out_);
    }

private:
    [[nodiscard]] bool byte_level() const { return is_byte_level(t_); }

    static char const* truth(bool value) noexcept { return value ? "true" : "false"; }

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

    void normalizer() { write_steps(t_.normalizer().steps(), "normalizers", out_); }

    // A model over bytes stands behind a ByteLevel, which also splits by GPT-2's pattern.
    void pre_tokenizer() {
        std::vector<any_pretokenizer::step> steps;
        for (auto const& step : t_.pretokenizer().steps()) steps.push_back(for_oniguruma(step));
        if (byte_level() && (steps.empty() || !std::holds_alternative<byte_level_pretokenizer>(steps.back()))) {
            bool const is_gpt2 = steps.size() == 1 && t_.pretokenizer().name() == "gpt2";
            if (is_gpt2) steps.clear();
            steps.push_back(byte_level_pretokenizer({.add_prefix_space = false, .use_regex = is_gpt2}));
        }
        write_steps(steps, "pretokenizers", out_);
    }

    void post_processor() { write_steps(t_.post_processor().steps(), "processors", out_); }

    void decoder() {
        std::vector<any_decoder::step> steps = t_.decoder().steps();
        if (t_.decoder().joins_bytes() && steps.empty()) {
            if (byte_level()) {
                steps.emplace_back(byte_level_decoder());
            } else {
                steps.emplace_back(fuse_decoder());
            }
        }
        write_steps(steps, "decoders", out_);
    }

    void model() {
        t_.model().visit([this](auto const& model) { write(model); });
    }

    void write(bpe_model const& model) {
        bpe_options const& options = model.options();
        out_ += "{\n    \"type\": \"BPE\",\n    \"dropout\": null,\n    \"unk_token\": ";
        if (options.unknown == no_token) {
            out_ += "null";
        } else {
            append_json_string(spelling_(options.unknown), out_);
        }
        out_ += ",\n    \"continuing_subword_prefix\": ";
        text_or_null(options.continuing_subword_prefix);
        out_ += ",\n    \"end_of_word_suffix\": ";
        text_or_null(options.end_of_word_suffix);
        out_ += ",\n    \"fuse_unk\": ";
        out_ += truth(options.fuse_unknown);
        out_ += ",\n    \"byte_fallback\": ";
        out_ += truth(options.byte_fallback);
        out_ += ",\n    \"ignore_merges\": ";
        out_ += truth(options.ignore_merges);
        tokens();
        out_ += ",\n    \"merges\": [";
        bool first = true;
        for (merge const& m : merges_as_list(model)) {
            item(first, "      [");
            append_json_string(spelling_(m.left), out_);
            out_ += ", ";
            append_json_string(spelling_(m.right), out_);
            out_ += ']';
        }
        out_ += first ? "]\n  }" : "\n    ]\n  }";
    }

    void write(unigram_model const& model) {
        if (model.options().dialect != unigram_dialect::hugging_face) {
            no_place_for_model(
                "Hugging Face's library matches other tokens than llama.cpp, and of ways of the same score takes "
                "another");
        }
        out_ += "{\n    \"type\": \"Unigram\",\n    \"unk_id\": ";
        out_ += model.options().unknown == no_token ? "null" : std::to_string(model.options().unknown);
        out_ += ",\n    \"vocab\": [";
        bool first = true;
        for (token_id id = 0; id < model.vocab().size(); ++id) {
            if (!spelling_.in_vocabulary(id)) continue;
            item(first, "      [");
            append_json_string(spelling_(id), out_);
            out_ += ", ";
            write_json(model.scores()[id], out_);
            out_ += ']';
        }
        out_ += first ? "]" : "\n    ]";
        out_ += std::string(",\n    \"byte_fallback\": ") + truth(model.options().byte_fallback) + "\n  }";
    }

    void write(wordpiece_model const& model) {
        out_ += "{\n    \"type\": \"WordPiece\",\n    \"unk_token\": ";
        unknown(model.options().unknown, "[UNK]");
        out_ += ",\n    \"continuing_subword_prefix\": ";
        append_json_string(model.options().continuing_subword_prefix, out_);
        out_ += ",\n    \"max_input_chars_per_word\": " + std::to_string(model.options().max_input_chars_per_word);
        tokens();
        out_ += "\n  }";
    }

    void write(word_level_model const& model) {
        out_ += "{\n    \"type\": \"WordLevel\",\n    \"unk_token\": ";
        unknown(model.options().unknown, "<unk>");
        tokens();
        out_ += "\n  }";
    }

    // These models must name an unknown token, which need not be in the vocabulary.
    void unknown(token_id id, char const* otherwise) {
        append_json_string(id == no_token ? std::string(otherwise) : spelling_(id), out_);
    }

    void write(sentencepiece_word_model const&) {
        no_place_for_model(
            "Hugging Face's library gives an id for each unknown word, and SentencePiece one for a run of them");
    }
    // Those of hugging_face_form come as something else.
    void write(sentencepiece_bpe_model const&) { no_place_for_model("it has no place for BPE by scores"); }
    void write(boundless_model const&) { no_place_for_model("it has no place for superwords"); }
    void write(greedy_model const&) { no_place_for_model("it has no place for greedy longest match"); }

    [[noreturn]] static void no_place_for_model(char const* why) {
        throw error(error_kind::unsupported, "model", why, "keep the file as it is");
    }

    // ,"vocab": {...}
    void tokens() {
        out_ += ",\n    \"vocab\": {";
        bool first = true;
        std::unordered_map<std::string, token_id> written;
        for (token_id id = 0; id < t_.vocab().size(); ++id) {
            if (!spelling_.in_vocabulary(id)) continue;
            item(first, "      ");
            std::string const spelling = spelling_(id);
            append_json_string(spelling, out_);
            out_ += ": " + std::to_string(id);
            auto const [at, is_new] = written.emplace(spelling, id);
            if (!is_new) {
                throw error(error_kind::unsupported, "token id " + std::to_string(id),
                            "it is spelled " + in_quotes(spelling) + ", as token " + std::to_string(at->second) +
                                " is, and a vocabulary in JSON has it once",
                            "keep the file as it is");
            }
        }
        out_ += first ? "}" : "\n    }";
    }

    void text_or_null(std::string const& text) {
        if (text.empty()) {
            out_ += "null";
        } else {
            append_json_string(text, out_);
        }
    }

    any_tokenizer const& t_;
    token_spelling spelling_;
    std::string out_;
};

}  // namespace detail

/// Writes a tokenizer.json with which Hugging Face's library gives the same ids.
/// Merges by rank and by score become a list with which that is so (detail/merge_list.hpp), SentencePiece's components
/// and a greedy model those of that library, or they are refused (detail/hugging_face_form.hpp).
/// @param notes   if not null, gets what differs all the same: in decoding, and around the text, and in ids where `how`
///                is conversion::nearest
/// @throws error  unsupported: JSON or Hugging Face's library has no place for something of this tokenizer
[[nodiscard]] inline std::string write_tokenizer_json(any_tokenizer const& tokenizer,
                                                      std::vector<std::string>* notes = nullptr,
                                                      conversion how = conversion::exact) {
    if (auto const form = detail::hugging_face_form(tokenizer, notes, how))
        return detail::tokenizer_json_writer(*form).run();
    return detail::tokenizer_json_writer(tokenizer).run();
}

}  // namespace tessera::inline v0
