// The tokenizer of a GGUF file: its tokens, merges and switches, as llama.cpp understands them (src/llama-vocab.cpp,
// llama_vocab::impl::load, release 0.5.0). Where a key is missing llama.cpp has a value for each kind of model, and
// so have we. Next to read: gguf_pretokenizers.hpp, what `pre` means.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/detail/byte_piece.hpp>
#include <tessera/io/detail/python_literal.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/gguf.hpp>
#include <tessera/io/gguf_pretokenizers.hpp>
#include <tessera/io/gguf_token_types.hpp>

namespace tessera::inline v0 {

/// `tokenizer.ggml.model`: the algorithm, under llama.cpp's names.
enum class gguf_model : std::uint8_t {
    llama,   ///< SentencePiece BPE: merges by score
    gpt2,    ///< BPE with a list of merges
    gemma4,  ///< the same over characters, spaces as U+2581
    bert,    ///< WordPiece; U+2581 before a word's first piece, nothing before the others
    t5,      ///< SentencePiece unigram
    rwkv,    ///< greedy, longest first
};

/// One token; its id is its position.
struct gguf_token {
    /// As the file spells it: byte alphabet (gpt2), U+2581 for spaces (llama, t5, bert, gemma4); for rwkv the bytes
    /// themselves. Empty only where the file's is, and then `type` is `unused`.
    std::string text;
    float score = 0;  ///< finite
    gguf_token_type type = gguf_token_type::normal;
};

/// A merge: the two spellings. They need not be tokens; llama.cpp does not ask for it.
struct gguf_merge {
    std::string left;
    std::string right;
};

/// The tokenizer of a file, checked. Ids are below tokens.size().
struct gguf_vocabulary {
    gguf_model model = gguf_model::llama;
    std::string architecture;  ///< general.architecture; may be empty
    std::string name;          ///< general.name, ASCII letters in lower case; may be empty
    std::string pre;           ///< tokenizer.ggml.pre; empty if the file does not say. Known to find_gguf_pretokenizer
                               ///< for gpt2; of no meaning for the other models
    std::vector<gguf_token> tokens;
    std::vector<gguf_merge> merges;  ///< by rank; gpt2 and gemma4 only, and empty for the pre kimi-k2
    bool has_scores = false;

    std::optional<token_id> bos, eos, eot, eom, unk, sep, pad, mask;
    bool add_bos = false;
    bool add_eos = false;
    bool add_sep = false;
    bool add_space_prefix = false;
    bool remove_extra_whitespaces = false;
    bool escape_whitespaces = true;    ///< spaces become U+2581
    bool drop_whitespaces = false;     ///< white space separates words and has no tokens
    bool clean_spaces = false;         ///< decoding takes out spaces before punctuation
    bool ignore_merges = false;        ///< a pretoken that is a token is taken whole
    bool lowercase = true;             ///< bert, and where white space is dropped
    bool strip_accents = true;         ///< bert
    std::string precompiled_charsmap;  ///< t5; empty or at least 5 bytes, of which the first 4 fit the rest
    std::vector<std::string> notes;    ///< for a user to know: what in the file was not used
};

namespace detail {

inline gguf_model gguf_model_of(std::string_view name) {
    constexpr std::pair<std::string_view, gguf_model> names[] = {
        {"llama", gguf_model::llama},    {"gpt2", gguf_model::gpt2}, {"gemma4", gguf_model::gemma4},
        {"bert", gguf_model::bert},      {"t5", gguf_model::t5},     {"rwkv", gguf_model::rwkv},
        {"whitespace", gguf_model::gpt2}};  // the last with drop_whitespaces
    for (auto const& [known, model] : names) {
        if (name == known) return model;
    }
    bool const none = name == "none" || name == "no_vocab";
    throw error(error_kind::unsupported, "tokenizer.ggml.model",
                none ? "the file has no tokenizer" : "the model " + shown(name) + " is not supported",
                "supported are llama, gpt2, gemma4, bert, t5, rwkv and whitespace");
}

/// What llama.cpp assumes before it reads the keys.
inline void set_gguf_defaults(gguf_vocabulary& v) {
    switch (v.model) {
        case gguf_model::llama:
            v.bos = 1, v.eos = 2, v.unk = 0;
            v.add_space_prefix = v.add_bos = true;
            break;
        case gguf_model::bert:
            v.bos = 101, v.unk = 100, v.sep = 102, v.pad = 0, v.mask = 103;
            v.add_bos = v.add_sep = v.clean_spaces = true;
            break;
        case gguf_model::t5:
            v.eos = 1, v.unk = 2, v.pad = 0;
            v.add_eos = true;
            break;
        case gguf_model::rwkv:
            break;
        case gguf_model::gemma4:
        case gguf_model::gpt2: {
            if (v.model == gguf_model::gemma4) {
                v.pre = "gemma4";
            } else {
                v.bos = v.eos = 11;
            }
            gguf_pretokenizer const* const p = find_gguf_pretokenizer(v.pre.empty() ? "default" : v.pre);
            if (p == nullptr) {
                throw error(error_kind::unsupported, "tokenizer.ggml.pre",
                            "the pretokenizer " + shown(v.pre) + " is not known",
                            "take the tokenizer.json of the model");
            }
            if (v.pre.empty()) v.notes.emplace_back("the file does not name its pretokenizer; \"default\" is assumed");
            v.ignore_merges = p->ignore_merges;
            v.add_bos = p->add_bos;
            v.add_sep = p->add_sep;
            v.clean_spaces = p->clean_spaces;
            v.escape_whitespaces = p->escape_whitespaces;
            if (p->no_bos) v.bos.reset();
            if (v.pre == "whitespace") v.lowercase = false;
            break;
        }
    }
}

inline void read_gguf_tokens(gguf_metadata const& data, gguf_vocabulary& v) {
    gguf_value const* const list = data.find("tokenizer.ggml.tokens");
    if (list == nullptr) throw error(error_kind::syntax, "tokenizer.ggml.tokens", "it is missing");
    if (list->size() > max_vocabulary_size) list->fail("there are too many tokens", error_kind::limit);
    auto const where = [](std::size_t id) { return "tokenizer.ggml.tokens[" + std::to_string(id) + "]"; };
    auto const fail = [&](std::size_t id, std::string message) {
        throw error(error_kind::bad_token, where(id), std::move(message));
    };
    // Each string took 4 bytes of the file at least, and takes 48 here.
    if (list->is_array() && list->type() == gguf_type::string) v.tokens.reserve(list->size());
    list->for_each_string([&](std::string_view text) {
        gguf_token token;
        if (v.model == gguf_model::rwkv) {  // as Python's repr of the bytes, without its quotes
            for (std::size_t at = 0; at < text.size();) {
                if (text[at] != '\\') {
                    token.text += text[at++];
                } else if (char const* const wrong = append_python_escape(text, at, true, token.text)) {
                    fail(v.tokens.size(), shown(text) + " cannot be read: " + wrong);
                }
            }
        } else {
            if (!is_valid_utf8(text)) fail(v.tokens.size(), shown(text) + " is not UTF-8");
            token.text = text;
        }
        if (token.text.empty()) token.type = gguf_token_type::unused;
        v.tokens.push_back(std::move(token));
    });
    std::size_t const n = v.tokens.size();
    if (n == 0) list->fail("it is empty", error_kind::empty_input);

    if (gguf_value const* const scores = data.find("tokenizer.ggml.scores")) {
        if (!scores->is_array() || scores->size() < n) scores->fail("there are fewer of them than tokens");
        v.has_scores = true;
        for (std::size_t id = 0; id < n; ++id) {
            v.tokens[id].score = scores->float_at(id);
            if (!std::isfinite(v.tokens[id].score)) fail(id, "its score is not a number");
        }
    }
    if (gguf_value const* const types = data.find("tokenizer.ggml.token_type")) {
        if (!types->is_array() || types->size() < n) types->fail("there are fewer of them than tokens");
        for (std::size_t id = 0; id < n; ++id) {
            std::int32_t const type = types->int32_at(id);
            if (v.tokens[id].text.empty()) continue;
            v.tokens[id].type =
                type >= 0 && type <= 6 ? static_cast<gguf_token_type>(type) : gguf_token_type::undefined;
        }
    }
    bool const has_bytes = v.model == gguf_model::llama || v.model == gguf_model::t5 || v.model == gguf_model::gemma4;
    for (std::size_t id = 0; id < n; ++id) {
        if (has_bytes && v.tokens[id].type == gguf_token_type::byte && !byte_of_piece(v.tokens[id].text))
            fail(id, "it is a byte, but " + shown(v.tokens[id].text) + " is not <0x00> .. <0xFF>");
    }

    std::vector<std::uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        int const c = v.tokens[a].text.compare(v.tokens[b].text);
        return c != 0 ? c < 0 : a < b;
    });
    for (std::size_t i = 1; i < n; ++i) {
        std::string const& text = v.tokens[order[i]].text;
        if (!text.empty() && v.tokens[order[i - 1]].text == text)
            fail(order[i], shown(text) + " is token " + std::to_string(order[i - 1]) + " already");
    }
}

inline void read_gguf_merges(gguf_metadata const& data, gguf_vocabulary& v) {
    if (v.model != gguf_model::gpt2 && v.model != gguf_model::gemma4) return;
    gguf_value const* const list = data.find("tokenizer.ggml.merges");
    if (list == nullptr) {
        if (v.pre == "kimi-k2") return;
        throw error(error_kind::syntax, "tokenizer.ggml.merges", "it is missing, and the model needs it");
    }
    if (list->size() > max_vocabulary_size) list->fail("there are too many merges", error_kind::limit);
    if (list->is_array() && list->type() == gguf_type::string) v.merges.reserve(list->size());
    list->for_each_string([&](std::string_view text) {
        std::size_t const space = text.find(' ', 1);
        if (space == std::string_view::npos || space + 1 == text.size() || !is_valid_utf8(text)) {
            throw error(error_kind::bad_merge, "tokenizer.ggml.merges[" + std::to_string(v.merges.size()) + "]",
                        shown(text) + " is not two tokens with a space between");
        }
        v.merges.push_back({std::string(text.substr(0, space)), std::string(text.substr(space + 1))});
    });
}

inline void read_gguf_specials(gguf_metadata const& data, gguf_vocabulary& v) {
    if (v.model == gguf_model::bert) {  // what begins a text; newer files call it bos
        if (gguf_value const* const cls = data.find("tokenizer.ggml.cls_token_id")) {
            if (auto const id = cls->unsigned_integer(); id && *id < v.tokens.size())
                v.bos = static_cast<token_id>(*id);
        }
    }
    // The misspelling is the format's.
    constexpr std::pair<char const*, std::optional<token_id> gguf_vocabulary::*> keys[] = {
        {"tokenizer.ggml.bos_token_id", &gguf_vocabulary::bos},
        {"tokenizer.ggml.eos_token_id", &gguf_vocabulary::eos},
        {"tokenizer.ggml.eot_token_id", &gguf_vocabulary::eot},
        {"tokenizer.ggml.eom_token_id", &gguf_vocabulary::eom},
        {"tokenizer.ggml.unknown_token_id", &gguf_vocabulary::unk},
        {"tokenizer.ggml.seperator_token_id", &gguf_vocabulary::sep},
        {"tokenizer.ggml.padding_token_id", &gguf_vocabulary::pad},
        {"tokenizer.ggml.mask_token_id", &gguf_vocabulary::mask},
    };
    for (auto const& [key, member] : keys) {
        std::optional<token_id>& id = v.*member;
        if (id && *id >= v.tokens.size()) id.reset();
        gguf_value const* const value = data.find(key);
        if (value == nullptr) continue;
        std::optional<std::uint64_t> const given = value->unsigned_integer();
        if (given && *given < v.tokens.size()) {
            id = static_cast<token_id>(*given);
        } else {  // as llama.cpp: files with -1 are about
            v.notes.push_back(std::string(key) + " is not a token of the file and is not used");
        }
    }
    auto const flag = [&](char const* key, bool& value) {
        if (gguf_value const* const found = data.find(key)) value = found->boolean();
    };
    flag("tokenizer.ggml.add_bos_token", v.add_bos);
    flag("tokenizer.ggml.add_eos_token", v.add_eos);
    flag("tokenizer.ggml.add_sep_token", v.add_sep);
    flag("tokenizer.ggml.add_space_prefix", v.add_space_prefix);
    flag("tokenizer.ggml.remove_extra_whitespaces", v.remove_extra_whitespaces);
    flag("tokenizer.ggml.normalizer.lowercase", v.lowercase);
    v.strip_accents = v.lowercase;
    flag("tokenizer.ggml.normalizer.strip_accents", v.strip_accents);
    if ((v.pre == "gemma4" || v.pre == "granite-embed-multi-311m") && find_gguf_pretokenizer(v.pre) != nullptr &&
        (v.model == gguf_model::gemma4 || v.model == gguf_model::gpt2)) {
        v.add_bos = true;  // whatever the file says
    }
    auto const check = [](bool add, std::optional<token_id> const& id, char const* what) {
        if (add && !id) {
            throw error(error_kind::bad_token, std::string("tokenizer.ggml.add_") + what + "_token",
                        "it is true, but there is no such token");
        }
    };
    check(v.add_bos, v.bos, "bos");
    check(v.add_eos, v.eos, "eos");
    check(v.add_sep, v.sep, "sep");
}

/// Types as the names of the tokens say, where llama.cpp believes the names.
inline void correct_gguf_types(gguf_metadata const& data, gguf_vocabulary& v) {
    std::size_t n_corrected = 0;
    auto const set = [&](token_id id, gguf_token_type type) {
        if (std::exchange(v.tokens[id].type, type) != type) ++n_corrected;
    };
    bool found[static_cast<std::size_t>(gguf_name::shown) + 1] = {};
    std::optional<token_id> end, sentence_end;
    bool has_return = false, has_call = false, has_flush = false, sentence_end_is_text = false;
    for (token_id id = 0; id < v.tokens.size(); ++id) {
        std::string const& text = v.tokens[id].text;
        gguf_name const meaning = gguf_name_of(text);
        switch (meaning) {
            case gguf_name::ordinary:
                break;
            case gguf_name::ends_text:
                set(id, gguf_token_type::control);
                if (text == "<|end|>") end = id;
                if (text == "</s>") sentence_end = id;
                has_return |= text == "<|return|>";
                has_call |= text == "<|call|>" || text == "<|calls|>";
                has_flush |= text == "<|flush|>";
                sentence_end_is_text |= text == "<|tool_response>";
                break;
            case gguf_name::shown:
                set(id, gguf_token_type::user_defined);
                break;
            default: {
                auto const [key, older] = gguf_name_keys(meaning);
                if (std::exchange(found[static_cast<std::size_t>(meaning)], true)) break;
                if (data.find(key) != nullptr || (!older.empty() && data.find(older) != nullptr)) break;
                set(id, gguf_token_type::control);
            }
        }
    }
    for (std::optional<token_id> const& id : {v.eos, v.eot, v.eom}) {
        if (id && v.tokens[*id].text == "<|plamo:eos|>") sentence_end_is_text = true;
    }
    // gpt-oss and Solar go on after <|end|>; Gemma 4 and PLaMo have </s> as a word among others.
    if (end && has_call && (has_return || has_flush)) set(*end, gguf_token_type::user_defined);
    if (sentence_end && sentence_end_is_text) set(*sentence_end, gguf_token_type::normal);
    if (n_corrected > 0) {
        v.notes.push_back(std::to_string(n_corrected) + (n_corrected == 1 ? " token has" : " tokens have") +
                          " the type that llama.cpp takes from the name");
    }
}

inline void read_gguf_charsmap(gguf_metadata const& data, gguf_vocabulary& v) {
    gguf_value const* const map = data.find("tokenizer.ggml.precompiled_charsmap");
    if (map == nullptr || v.model != gguf_model::t5) return;
    if (!map->is_array() || (map->type() != gguf_type::int8 && map->type() != gguf_type::uint8))
        map->fail("is not an array of bytes");
    if (map->size() == 0) return;
    if (map->size() < 5 || gguf_unsigned(map->raw().substr(0, 4)) >= map->size() - 4 ||
        gguf_unsigned(map->raw().substr(0, 4)) % 4 != 0) {
        map->fail("it is too short for the trie it announces");
    }
    v.precompiled_charsmap = map->raw();
}

}  // namespace detail

/// Reads the tokenizer of a GGUF file.
/// @param bytes   the file, or its beginning up to the end of the metadata
/// @throws error  gguf_cut_off: the bytes end inside the metadata; syntax, bad_token, bad_merge, unsupported, limit,
///                empty_input. `where()` is "byte N" or a key, with an index
/// @complexity    O(n log n) comparisons of tokens; memory in proportion to the metadata
[[nodiscard]] inline gguf_vocabulary read_gguf(std::string_view bytes) {
    gguf_metadata const data(bytes);
    gguf_vocabulary v;
    gguf_value const* const model = data.find("tokenizer.ggml.model");
    if (model == nullptr) throw error(error_kind::unsupported, "tokenizer.ggml.model", "the file has no tokenizer");
    v.model = detail::gguf_model_of(model->string());
    v.drop_whitespaces = model->string() == "whitespace";
    if (gguf_value const* const pre = data.find("tokenizer.ggml.pre")) v.pre = pre->string();
    if (gguf_value const* const arch = data.find("general.architecture")) v.architecture = arch->string();
    if (gguf_value const* const name = data.find("general.name")) {
        v.name = name->string();
        for (char& c : v.name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    detail::set_gguf_defaults(v);
    detail::read_gguf_tokens(data, v);
    detail::read_gguf_merges(data, v);
    detail::read_gguf_specials(data, v);
    detail::correct_gguf_types(data, v);
    detail::read_gguf_charsmap(data, v);
    return v;
}

/// The same from a file, of which only the metadata is read: a model of 100 GB costs no more than its tokenizer.
/// @param max_bytes  of metadata
/// @throws error     io and limit as well
[[nodiscard]] inline gguf_vocabulary read_gguf_file(std::filesystem::path const& path,
                                                    std::size_t max_bytes = std::size_t{1} << 30) {
    std::string const name = path.string();
    detail::descriptor const file = detail::open_to_read(name);
    std::string bytes;
    for (std::size_t room = std::size_t{1} << 20;; room = bytes.size()) {  // doubles, so all rereading is linear
        std::size_t const have = bytes.size();
        room = std::min(room, max_bytes - have);
        bytes.resize(have + room);
        std::size_t const n = detail::read_fully(file.get(), bytes.data() + have, room, name);
        bytes.resize(have + n);
        try {
            return read_gguf(bytes);
        } catch (gguf_cut_off const& e) {
            if (n < room) throw e.within(name);
            if (bytes.size() == max_bytes)
                throw error(error_kind::limit, name,
                            "the metadata has more than " + std::to_string(max_bytes) + " bytes");
        } catch (error const& e) {
            throw e.within(name);
        }
    }
}

}  // namespace tessera::inline v0
