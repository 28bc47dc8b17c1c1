// A tokenizer as GGUF files have it: the way back from gguf_tokenizer.hpp. Byte-level BPE becomes `gpt2`, BPE over
// characters that came from SentencePiece `llama`, SentencePiece's unigram models `t5`. Where llama.cpp would give
// other ids, that is an error, or said, as the caller likes. Next to read: write_gguf_tokenizer.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/conversion.hpp>
#include <tessera/io/detail/byte_piece.hpp>
#include <tessera/io/detail/gguf_pre.hpp>
#include <tessera/io/detail/merge_list.hpp>
#include <tessera/io/detail/merges_as_list.hpp>
#include <tessera/io/detail/overlapping_tokens.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/gguf_file.hpp>
#include <tessera/io/gguf_sentencepiece.hpp>

namespace tessera::inline v0 {

namespace detail {

class gguf_form_maker {
public:
    gguf_form_maker(any_tokenizer const& tokenizer, conversion how) : t_(tokenizer), found_(how) {}

    gguf_vocabulary run(std::string_view pre, std::vector<std::string>& notes) {
        if (auto const* const bpe = t_.model().get_if<bpe_model>()) {
            if (bpe->options().unit == symbol_unit::byte) {
                byte_level(*bpe, pre);
            } else {
                characters(*bpe);
            }
        } else if (auto const* const scored = t_.model().get_if<sentencepiece_bpe_model>()) {
            scored_merges(*scored);
        } else if (auto const* const unigram = t_.model().get_if<unigram_model>()) {
            unigrams(*unigram);
        } else {
            throw error(error_kind::unsupported, "model", "only BPE and SentencePiece's models are written to GGUF",
                        "write a tokenizer.json");
        }
        frame();
        for (std::string& note : found_.notes()) notes.push_back(std::move(note));
        if (v_.clean_spaces)
            notes.push_back("llama.cpp takes out spaces before punctuation where it decodes (" + v_.pre + ")");
        return std::move(v_);
    }

private:
    using type = gguf_token_type;
    static constexpr std::string_view space = "\xE2\x96\x81";  // U+2581

    /// @param text  the spelling of a token that is not an added one
    template <class Text, class Type>
    void tokens(Text&& text, Type&& type_of) {
        vocabulary const& vocab = t_.vocab();
        std::vector<added_token const*> added(vocab.size(), nullptr);
        for (added_token const& token : t_.specials().tokens()) {
            added[token.id] = &token;
            if (token.single_word || token.lstrip || token.rstrip) {
                found_.add("added token " + shown(token.content),
                           "it takes white space beside it, or is looked for as a word, and llama.cpp does not");
            }
        }
        std::vector<std::string_view> contents;
        for (added_token const& token : t_.specials().tokens()) {
            if (!token.content.empty()) contents.push_back(token.content);
        }
        if (auto const example = overlapping_tokens(std::move(contents)).find()) {
            found_.add("added tokens",
                       "in " + shown(*example) + " some overlap: llama.cpp takes the longest first, not the leftmost");
        }
        for (token_id id = 0; id < vocab.size(); ++id) {
            gguf_token token;
            if (added[id] != nullptr) {
                token = {added[id]->content, 0, added[id]->special ? type::control : type::user_defined};
            } else if (vocab.kind(id) == token_kind::unused || vocab.bytes(id).empty()) {
                token = {"[PAD" + std::to_string(id) + "]", 0, type::unused};
            } else {
                token = {text(id), 0, type_of(id)};
            }
            if (!is_valid_utf8(token.text)) {
                throw error(error_kind::unsupported, "token id " + std::to_string(id),
                            "its text is not UTF-8, and llama.cpp reads nothing else");
            }
            v_.tokens.push_back(std::move(token));
        }
    }

    void byte_level(bpe_model const& model, std::string_view pre) {
        v_.model = gguf_model::gpt2;
        bpe_options const& o = model.options();
        if (!o.continuing_subword_prefix.empty() || !o.end_of_word_suffix.empty()) {
            throw error(error_kind::unsupported, "model",
                        "llama.cpp has no prefix of continuing tokens, and no suffix of words");
        }
        for (auto const& step : t_.normalizer().steps()) {
            if (std::holds_alternative<byte_level_normalizer>(step)) continue;
            found_.add("normalizer", "llama.cpp does not change the text as " + name_of_step(step) + " does");
        }
        // What no text leads to may be spelled in characters that are not of the byte alphabet: it stands for itself.
        auto const spelling = [&](token_id id) {
            std::string_view const bytes = model.vocab().bytes(id);
            return model.vocab().find(bytes) == id ? to_byte_alphabet(bytes) : std::string(bytes);
        };
        tokens(spelling, [](token_id) { return type::normal; });
        if (pre.empty()) {
            v_.pre = gguf_pre_of(t_.pretokenizer(), ignores_merges(model), found_).name;
        } else if (find_gguf_pretokenizer(pre) == nullptr) {
            throw error(error_kind::bad_option, "pre", "llama.cpp has no pretokenizer " + shown(pre));
        } else {
            v_.pre = pre;
        }
        v_.clean_spaces = find_gguf_pretokenizer(v_.pre)->clean_spaces;
        for (merge const& m : merges_as_list(model)) v_.merges.push_back({spelling(m.left), spelling(m.right)});
    }

    template <class Step>
    static std::string name_of_step(Step const& step) {
        return std::visit([](auto const& s) { return std::string(std::decay_t<decltype(s)>::type); }, step);
    }

    /// None: every token is made from its own text, so that it does not matter.
    [[nodiscard]] std::optional<bool> ignores_merges(bpe_model const& model) const {
        bpe_options options = model.options();
        options.ignore_merges = false;
        bpe_model const merging(model.vocab(), {model.merges().begin(), model.merges().end()}, std::move(options));
        bpe_model::scratch s;
        std::vector<bool> is_added(t_.vocab().size(), false);  // taken out of the text before there are pretokens
        for (added_token const& token : t_.specials().tokens()) is_added[token.id] = true;
        for (token_id id = 0; id < model.vocab().size(); ++id) {
            std::string_view const bytes = model.vocab().bytes(id);
            if (bytes.empty() || is_added[id] || model.vocab().find(bytes) != id) continue;
            if (!merging.is_whole(id, s)) return model.options().ignore_merges;
        }
        return std::nullopt;
    }

    /// BPE over characters with a list of merges, as Hugging Face's library has SentencePiece's: scores in the list's
    /// order.
    void characters(bpe_model const& model) {
        bpe_options const& o = model.options();
        auto const bytes = byte_fallback_tokens(model.vocab());
        if (!o.byte_fallback || std::find(bytes.begin(), bytes.end(), no_token) != bytes.end() || o.ignore_merges ||
            !o.continuing_subword_prefix.empty() || !o.end_of_word_suffix.empty()) {
            throw error(
                error_kind::unsupported, "model",
                "of BPE over characters, llama.cpp has SentencePiece's with a token for each byte, and no other",
                "write a tokenizer.json");
        }
        merge_list list(model);
        std::vector<merge> const& own = list.own_merges();
        std::vector<float> scores(model.vocab().size(), 0.0F);
        for (std::size_t i = 0; i < own.size(); ++i) scores[own[i].result] = -static_cast<float>(i + 1);
        bool const prefix = prefix_of_steps();
        write_scored(model.vocab(), scores, o.unknown, {}, prefix);
        check_merges(own);
    }

    /// Whether llama.cpp makes the same of any text that spells no control token. Any neighbours that spell a token may
    /// merge there, whatever its type. Ids are the same on every text if the tokens' own merges are, in the same order:
    /// see merge_list.hpp.
    void check_merges(std::vector<merge> const& own) {
        any_model const model = gguf_sentencepiece_model(v_);
        merge_list list(*model.get_if<sentencepiece_bpe_model>());
        auto const is_text = [this](merge const& m) {
            return v_.tokens[m.result].type != type::control && v_.tokens[m.result].type != type::unknown;
        };
        auto const without_control = [&](std::vector<merge> merges) {
            std::erase_if(merges, [&](merge const& m) { return !is_text(m); });
            return merges;
        };
        std::vector<merge> const ours = without_control(own);
        std::vector<merge> const theirs = without_control(list.own_merges());
        for (std::size_t i = 0; i < std::max(ours.size(), theirs.size()); ++i) {
            bool const same = i < ours.size() && i < theirs.size() && ours[i].left == theirs[i].left &&
                              ours[i].right == theirs[i].right && ours[i].result == theirs[i].result;
            if (same) continue;
            token_id const id = i < theirs.size() ? theirs[i].result : ours[i].result;
            return found_.add("token id " + std::to_string(id),
                              "llama.cpp makes it by other merges: any neighbours that spell a token may merge there");
        }
    }

    /// Whether a space is put before the text, by normalizers or a pretokenizer that do what llama.cpp does.
    bool prefix_of_steps() {
        bool prefix = false;
        bool escapes = false;
        for (auto const& step : t_.normalizer().steps()) {
            auto const* const replace = std::get_if<replace_normalizer>(&step);
            auto const* const prepend = std::get_if<prepend_normalizer>(&step);
            if (prepend != nullptr && (prepend->options().prepend == space || prepend->options().prepend == " ") &&
                !escapes) {
                prefix = true;
            } else if (replace != nullptr && !replace->options().pattern.is_regex &&
                       replace->options().pattern.text == " " && replace->options().content == space) {
                escapes = true;
            } else {
                found_.add("normalizer", "llama.cpp does not change the text as " + name_of_step(step) + " does");
            }
        }
        for (auto const& step : t_.pretokenizer().steps()) {
            auto const* const split = std::get_if<split_pretokenizer>(&step);
            if (split != nullptr && escapes && !split->options().pattern.is_regex &&
                split->options().pattern.text == " ")
                continue;  // there is none left
            auto const* const metaspace = std::get_if<metaspace_pretokenizer>(&step);
            if (metaspace == nullptr || metaspace->options().split || metaspace->options().replacement != 0x2581) {
                found_.add("pretokenizer", "llama.cpp does not split the text as " + name_of_step(step) + " does");
                continue;
            }
            escapes = true;
            if (metaspace->options().prepend_scheme == prepend_scheme::never) continue;
            prefix = true;
            found_.add("pretokenizer", "llama.cpp puts a space before a text that begins with one, too");
        }
        if (!escapes) found_.add("normalizer", "spaces stay spaces, and llama.cpp makes them U+2581");
        return prefix;
    }

    void scored_merges(sentencepiece_bpe_model const& model) {
        sentencepiece_normalizer_options const n = normalizer();
        if (!n.precompiled_charsmap.empty()) {
            found_.add("normalizer", "llama.cpp does not change characters as the model's table says");
        }
        if (n.remove_extra_whitespaces) found_.add("normalizer", "llama.cpp removes no white space");
        if (n.treat_whitespace_as_suffix) found_.add("normalizer", "llama.cpp puts spaces before words alone");
        auto const bytes = byte_fallback_tokens(model.vocab());
        if (!model.options().byte_fallback || std::find(bytes.begin(), bytes.end(), no_token) != bytes.end()) {
            throw error(error_kind::unsupported, "model", "llama.cpp needs a token for each byte",
                        "write a tokenizer.json");
        }
        for (piece_type const one : model.options().types) {
            if (one == piece_type::unused) found_.add("model", "llama.cpp does not take unused pieces apart");
            if (one == piece_type::user_defined) {
                found_.add("model", "llama.cpp treats what is before and behind a user-defined piece as two texts");
            }
        }
        write_scored(model.vocab(), model.scores(), model.options().unknown, model.options().types, n.add_dummy_prefix);
        merge_list list(model);
        check_merges(list.own_merges());
    }

    void unigrams(unigram_model const& model) {
        sentencepiece_normalizer_options const n = normalizer();
        found_.add("model", "llama.cpp adds scores as doubles and finds pieces of other types");
        std::vector<float> scores;
        for (double const score : model.scores()) scores.push_back(static_cast<float>(score));
        write_scored(model.vocab(), scores, model.options().unknown, model.options().types, n.add_dummy_prefix);
        v_.model = gguf_model::t5;
        v_.remove_extra_whitespaces = n.remove_extra_whitespaces;
        v_.precompiled_charsmap = n.precompiled_charsmap;
    }

    /// SentencePiece's, or, of a GGUF file, the same options of llama.cpp's steps.
    sentencepiece_normalizer_options normalizer() {
        sentencepiece_normalizer_options out{
            .precompiled_charsmap = {}, .add_dummy_prefix = false, .remove_extra_whitespaces = false};
        auto const& steps = t_.normalizer().steps();
        if (steps.size() == 1) {
            if (auto const* const theirs = std::get_if<sentencepiece_normalizer>(&steps[0])) return theirs->options();
            if (auto const* const theirs = std::get_if<llama_cpp_normalizer>(&steps[0])) {
                out.precompiled_charsmap = theirs->options().precompiled_charsmap;
                out.add_dummy_prefix = theirs->options().add_space_prefix;
                out.remove_extra_whitespaces = theirs->options().remove_extra_whitespaces;
                return out;
            }
        }
        out.add_dummy_prefix = prefix_of_steps();
        return out;
    }

    void write_scored(vocabulary const& vocab, std::vector<float> const& scores, token_id unknown,
                      std::vector<piece_type> const& types, bool prefix) {
        v_.model = gguf_model::llama;
        v_.has_scores = true;
        v_.add_space_prefix = prefix;
        tokens([&](token_id id) { return std::string(vocab.bytes(id)); },
               [&](token_id id) {
                   if (!types.empty()) return static_cast<type>(types[id]);
                   if (id == unknown) return type::unknown;
                   if (vocab.find(vocab.bytes(id)) == id && byte_of_piece(vocab.bytes(id))) return type::byte;
                   return vocab.kind(id) == token_kind::control ? type::control : type::normal;
               });
        for (token_id id = 0; id < scores.size() && id < v_.tokens.size(); ++id) v_.tokens[id].score = scores[id];
        if (unknown != no_token) {
            v_.unk = unknown;
            v_.tokens[unknown].type = type::unknown;
        }
    }

    void frame() {
        auto const& around = t_.post_processor().frame();
        if (!around || around->before.size() > 1 || around->after.size() > 1) {
            found_.add("post_processor", "llama.cpp puts at most a token before a text and one behind it");
            return;
        }
        v_.add_bos = !around->before.empty();
        v_.add_eos = !around->after.empty();
        if (v_.add_bos) v_.bos = around->before[0];
        if (v_.add_eos) v_.eos = around->after[0];
    }

    any_tokenizer const& t_;
    differences found_;
    gguf_vocabulary v_;
};

}  // namespace detail

/// The tokenizer that llama.cpp needs to give the same ids on well-formed text. What begins and ends a text is set from
/// the post-processor; other roles of tokens (`eos`, `pad`, ...) are for the caller to set, who knows the model's
/// configuration.
/// @param pre     of byte-level tokenizers, llama.cpp's name of the pretokenizer; empty: it is found from the regular
///                expressions
/// @param notes   gets what llama.cpp does otherwise, where `how` allows it
/// @throws error  unsupported: llama.cpp has nothing like it, or, if conversion has to be exact, nothing with the same
/// ids
///                on every text; `where()` is the part that stands in the way
/// @complexity    that of encoding each token of the vocabulary
[[nodiscard]] inline gguf_vocabulary gguf_form(any_tokenizer const& tokenizer, std::vector<std::string>& notes,
                                               conversion how = conversion::exact, std::string_view pre = {}) {
    return detail::gguf_form_maker(tokenizer, how).run(pre, notes);
}

}  // namespace tessera::inline v0
