// Loading and saving a tokenizer by path. The format is found from the content: `tokenizer_formats` below is the table
// of all that there are; a new one needs its header, its test, and a row there.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/io/bert_tokenizer.hpp>
#include <tessera/io/boundless_file.hpp>
#include <tessera/io/boundless_tokenizer.hpp>
#include <tessera/io/conversion.hpp>
#include <tessera/io/detail/format_signs.hpp>
#include <tessera/io/detail/rank_check.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/gguf_tokenizer.hpp>
#include <tessera/io/loaded_tokenizer.hpp>
#include <tessera/io/rwkv_tokenizer.hpp>
#include <tessera/io/sentencepiece_tokenizer.hpp>
#include <tessera/io/tekken_tokenizer.hpp>
#include <tessera/io/tiktoken.hpp>
#include <tessera/io/tiktoken_json_tokenizer.hpp>
#include <tessera/io/tokenizer_config.hpp>
#include <tessera/io/tokenizer_json.hpp>
#include <tessera/io/vocab_merges_tokenizer.hpp>
#include <tessera/io/write_boundless_file.hpp>
#include <tessera/model/bpe_from_ranks.hpp>
#include <tessera/pattern/icu_pattern.hpp>

namespace tessera::inline v0 {

namespace detail {

/// `vocab` and the tokens of `added` that it lacks.
inline vocabulary with_added_tokens(vocabulary vocab, std::vector<added_token> const& added) {
    if (added.empty()) return vocab;
    vocabulary_builder builder;
    for (token_id id = 0; id < vocab.size(); ++id) {
        if (vocab.kind(id) != token_kind::unused) builder.add(id, vocab.bytes(id), vocab.kind(id));
    }
    for (added_token const& token : added) {
        token_id const known = vocab.find(token.content);
        if (known == token.id) {
            if (token.special) builder.set_kind(known, token_kind::control);
        } else {
            builder.add_unfindable(token.id, token.content, token.special ? token_kind::control : token_kind::normal);
        }
    }
    return builder.build();
}

/// What a row of the table is given.
struct format_input {
    std::filesystem::path const& path;
    std::string const& content;  ///< the whole file, or for a format that reads it itself the beginning
    load_options const& options;
};

inline loaded_tokenizer load_ranks(format_input const& in) {
    auto const& [path, content, options] = in;
    if (options.pattern.empty()) {
        throw error(error_kind::bad_option, "", "a rank file does not say how text is split",
                    "give the pattern: --pattern cl100k, or the name or regular expression that fits");
    }
    any_pretokenizer pretokenizer = any_pretokenizer::by_name_or_pattern(options.pattern, &icu_pattern::make);
    bpe_model model = bpe_from_ranks(with_added_tokens(read_tiktoken(content), options.specials));
    std::vector<std::string> notes;
    if (options.specials.empty()) notes.emplace_back("a rank file has no special tokens; none are recognised");
    return {any_tokenizer(std::move(model), std::move(pretokenizer), {}, special_tokens(options.specials)), "tiktoken",
            std::move(notes)};
}

/// A note for formats that say how text is split.
inline void note_unused_pattern(load_options const& options, std::vector<std::string>& notes) {
    if (!options.pattern.empty()) notes.emplace_back("the file says how text is split; the pattern given is not used");
}

inline loaded_tokenizer load_json(format_input const& in) {
    std::vector<std::string> notes;
    any_tokenizer tokenizer = read_tokenizer_json(json_document::of_file(in.content), &notes);
    note_unused_pattern(in.options, notes);
    return {std::move(tokenizer), "tokenizer.json", std::move(notes)};
}

inline loaded_tokenizer load_tekken(format_input const& in) {
    std::vector<std::string> notes = {
        "mistral_common takes special tokens in a text as text: --allowed-special none does"};
    note_unused_pattern(in.options, notes);
    return {tekken_tokenizer(read_tekken(in.content)), "tekken.json", std::move(notes)};
}

inline loaded_tokenizer load_tiktoken_json(format_input const& in) {
    std::vector<std::string> notes;
    note_unused_pattern(in.options, notes);
    return {tiktoken_json_tokenizer(read_tiktoken_json(in.content)), "tiktoken JSON", std::move(notes)};
}

inline loaded_tokenizer load_boundless(format_input const& in) {
    std::vector<std::string> notes;
    note_unused_pattern(in.options, notes);
    return {boundless_tokenizer(read_boundless_file(in.content)), "BoundlessBPE", std::move(notes)};
}

inline loaded_tokenizer load_gguf(format_input const& in) {
    std::vector<std::string> notes;
    gguf_vocabulary const vocabulary = read_gguf_file(in.path);
    any_tokenizer tokenizer = gguf_tokenizer(vocabulary, notes);
    note_unused_pattern(in.options, notes);
    return {std::move(tokenizer), "GGUF", std::move(notes)};
}

inline loaded_tokenizer load_rwkv(format_input const& in) {
    std::vector<std::string> notes;
    note_unused_pattern(in.options, notes);
    return {rwkv_tokenizer(read_rwkv_vocab(in.content)), "RWKV vocabulary", std::move(notes)};
}

inline loaded_tokenizer load_sentencepiece(format_input const& in) {
    std::vector<std::string> notes;
    note_unused_pattern(in.options, notes);
    return {read_sentencepiece(in.content, in.path.string()), "SentencePiece", std::move(notes)};
}

/// The content of a file of a folder; empty if it is not there.
inline std::string read_if_there(std::filesystem::path const& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored) ? read_file(path) : std::string();
}

/// What lies beside a file that says nothing of special tokens; none if there is nothing.
inline std::optional<tokenizer_config> read_config_of(std::filesystem::path const& folder) {
    std::string const config = read_if_there(folder / "tokenizer_config.json");
    std::string const map = read_if_there(folder / "special_tokens_map.json");
    std::string const added = read_if_there(folder / "added_tokens.json");
    if (config.empty() && map.empty() && added.empty()) return std::nullopt;
    try {
        return read_tokenizer_config(config, map, added);
    } catch (error const& e) {
        throw e.within(folder.string());
    }
}

inline loaded_tokenizer load_bert(format_input const& in) {
    std::vector<std::string> notes;
    std::optional<tokenizer_config> const config = read_config_of(in.path.parent_path());
    if (!config || !config->do_lower_case) {
        notes.emplace_back(
            "no tokenizer_config.json says do_lower_case; text is lower-cased, as transformers does then");
    }
    bert_vocab const vocab = read_bert_vocab(in.content);
    if (vocab.n_repeated > 0) {
        notes.push_back(std::to_string(vocab.n_repeated) + " tokens come again in later lines, and have the later id");
    }
    note_unused_pattern(in.options, notes);
    return {bert_tokenizer(vocab, config.value_or(tokenizer_config())), "vocab.txt", std::move(notes)};
}

/// @param in  vocab.json, or encoder.json, whose merges are in vocab.bpe
inline loaded_tokenizer load_vocab_merges(format_input const& in) {
    std::filesystem::path const folder = in.path.parent_path();
    char const* const merges_name = in.path.filename() == "encoder.json" ? "vocab.bpe" : "merges.txt";
    std::error_code ignored;
    if (!std::filesystem::exists(folder / merges_name, ignored)) {
        throw error(error_kind::io, "", std::string("beside this vocabulary there is no ") + merges_name,
                    "put the two files into one folder, and name it");
    }
    std::string const merges = read_file(folder / merges_name);
    std::optional<tokenizer_config> const config = read_config_of(folder);
    std::vector<std::string> notes;
    try {
        any_tokenizer tokenizer =
            vocab_merges_tokenizer(in.content, merges, config ? &*config : nullptr, in.options, notes);
        return {std::move(tokenizer), "vocab.json + merges.txt", std::move(notes)};
    } catch (error const& e) {
        // "merges.txt:812" becomes "FOLDER/merges.txt:812".
        throw error(e.kind(), (folder / e.where()).string(), e.message(), e.remedy());
    }
}

/// A row of the table: the first whose sign is in the content loads the file.
struct tokenizer_format {
    std::string_view name;
    bool (*recognise)(std::string_view content);
    loaded_tokenizer (*load)(format_input const&);
    bool reads_itself = false;  ///< the beginning is enough to recognise it, and the file may be large
};

inline constexpr std::array<tokenizer_format, 10> tokenizer_formats{{
    {"GGUF", &looks_like_gguf, &load_gguf, true},
    {"tokenizer.json", &looks_like_tokenizer_json, &load_json},
    {"tekken.json", &looks_like_tekken, &load_tekken},
    {"tiktoken JSON", &looks_like_tiktoken_json, &load_tiktoken_json},
    {"vocab.json + merges.txt", &looks_like_vocab_json, &load_vocab_merges},
    {"BoundlessBPE", &looks_like_boundless, &load_boundless},
    {"SentencePiece", &looks_like_sentencepiece, &load_sentencepiece},
    {"tiktoken", &looks_like_ranks, &load_ranks},
    {"RWKV vocabulary", &looks_like_rwkv, &load_rwkv},
    {"vocab.txt", &looks_like_bert_vocab, &load_bert},
}};

/// By the ending, for files whose content has no sign: damaged ones get the error of the format.
inline tokenizer_format const* format_by_name(std::filesystem::path const& path) {
    std::string_view name;
    if (path.extension() == ".json") name = "tokenizer.json";
    if (path.extension() == ".tiktoken") name = "tiktoken";
    if (path.extension() == ".gguf") name = "GGUF";
    if (path.filename() == "vocab.txt") name = "vocab.txt";
    for (tokenizer_format const& format : tokenizer_formats) {
        if (format.name == name) return &format;
    }
    return nullptr;
}

inline loaded_tokenizer load_content(std::filesystem::path const& path, load_options const& options) {
    std::string content;
    {
        std::string const name = path.string();
        descriptor const file = open_to_read(name);
        content.resize(8);
        content.resize(read_fully(file.get(), content.data(), content.size(), name));
    }
    for (tokenizer_format const& format : tokenizer_formats) {
        if (format.reads_itself && format.recognise(content)) return format.load({path, content, options});
    }
    content = read_file(path);
    tokenizer_format const* found = nullptr;
    for (tokenizer_format const& format : tokenizer_formats) {
        if (found == nullptr && !format.reads_itself && format.recognise(content)) found = &format;
    }
    if (found == nullptr) found = format_by_name(path);
    if (found != nullptr) return found->load({path, content, options});
    std::string known;
    for (tokenizer_format const& format : tokenizer_formats)
        known += (known.empty() ? "" : ", ") + std::string(format.name);
    throw error(error_kind::unsupported, "", "the format is not recognised", "supported are " + known);
}

/// The file of a folder that says most, as transformers chooses; empty if there is none.
inline std::filesystem::path file_of_folder(std::filesystem::path const& folder) {
    std::error_code ignored;
    auto const has = [&](char const* name) { return std::filesystem::exists(folder / name, ignored); };
    for (char const* const name : {"tokenizer.json", "tokenizer.model", "tekken.json"}) {
        if (has(name)) return folder / name;
    }
    if (has("vocab.json") && has("merges.txt")) return folder / "vocab.json";
    if (has("encoder.json") && has("vocab.bpe")) return folder / "encoder.json";
    if (has("vocab.txt")) return folder / "vocab.txt";
    return {};
}

}  // namespace detail

/// The names of the formats that `load_tokenizer` knows.
[[nodiscard]] inline std::vector<std::string_view> tokenizer_format_names() {
    std::vector<std::string_view> names;
    for (detail::tokenizer_format const& format : detail::tokenizer_formats) names.push_back(format.name);
    return names;
}

/// Loads a tokenizer file of any of the formats, or a folder that has one.
/// @throws error  `where()` begins with the path
[[nodiscard]] inline loaded_tokenizer load_tokenizer(std::filesystem::path const& path,
                                                     load_options const& options = {}) {
    std::error_code ignored;
    std::filesystem::path file = path;
    if (std::filesystem::is_directory(path, ignored)) {
        file = detail::file_of_folder(path);
        if (file.empty()) {
            throw error(error_kind::io, path.string(),
                        "the folder has no tokenizer.json, tokenizer.model, tekken.json, vocab.txt, and not both "
                        "vocab.json and merges.txt",
                        "name the tokenizer file itself");
        }
    }
    try {
        loaded_tokenizer loaded = detail::load_content(file, options);
        loaded.path = file.string();
        return loaded;
    } catch (error const& e) {
        std::string const parent = file.parent_path().string();
        if (e.where().starts_with(file.string()) || (!parent.empty() && e.where().starts_with(parent + '/'))) throw;
        bool const at_line = !e.where().empty() && e.where().front() >= '0' && e.where().front() <= '9';
        if (!at_line) throw e.within(file.string());
        throw error(e.kind(), file.string() + ':' + e.where(), e.message(), e.remedy());  // PATH:LINE:COLUMN
    }
}

/// Saves a tokenizer: `.json` is a tokenizer.json, `.tiktoken` a rank file, `.model` a file of
/// BoundlessBPE, if it is such a tokenizer; a name that ends in `/`, or an existing
/// folder, gets vocab.json and merges.txt. Files appear complete or not at all.
/// @param how     of a tokenizer.json; the other formats are exact or refuse
/// @return        what the format has no place for, for a user to know
/// @throws error  io; unsupported: the format cannot hold this tokenizer; bad_option: unknown ending
inline std::vector<std::string> save_tokenizer(any_tokenizer const& tokenizer, std::filesystem::path const& out,
                                               bool overwrite, conversion how = conversion::exact) {
    std::vector<std::string> notes;
    auto const leave_out = [&](bool present, char const* what) {
        if (present) notes.emplace_back(std::string(what) + " not written; the format has no place for it");
    };
    auto const write = [&](std::filesystem::path const& path, std::string_view content) {
        output_file file(path, overwrite);
        file.write(content);
        file.commit();
    };
    std::error_code ignored;
    bool const is_folder = out.string().ends_with('/') || std::filesystem::is_directory(out, ignored);
    if (is_folder) {
        auto const [vocab, merges] = write_vocab_merges(tokenizer);
        std::error_code code;
        std::filesystem::create_directories(out, code);
        if (code) throw error(error_kind::io, out.string(), code.message(), "check the path");
        output_file vocab_file(out / "vocab.json", overwrite);
        output_file merges_file(out / "merges.txt", overwrite);
        vocab_file.write(vocab);
        merges_file.write(merges);
        vocab_file.commit();
        merges_file.commit();
        leave_out(tokenizer.pretokenizer() != any_pretokenizer(), "the pretokenizer is");
        leave_out(bpe_of(tokenizer, "merges.txt").options().ignore_merges,
                  "that a pretoken which is a token is taken whole is");
    } else if (out.extension() == ".json") {
        write(out, write_tokenizer_json(tokenizer, &notes, how));
        return notes;
    } else if (out.extension() == ".tiktoken") {
        try {
            write(out, write_tiktoken(detail::check_ranks(tokenizer)));
        } catch (error const& e) {
            throw e.kind() == error_kind::io ? e : e.within(out.string());
        }
        leave_out(true, "the pretokenizer is");
    } else if (auto const* const boundless = tokenizer.model().get_if<boundless_model>();
               boundless != nullptr && out.extension() == ".model") {
        write(out, write_boundless_file(boundless->data()));
        return notes;
    } else {
        throw error(error_kind::bad_option, out.string(), "the name does not say the format",
                    "end it in .json, .tiktoken or / (a folder with vocab.json and merges.txt)");
    }
    leave_out(!tokenizer.normalizer().is_identity(), "the normalizer is");
    auto const& added = tokenizer.specials().tokens();
    bool const only_special = std::all_of(added.begin(), added.end(), [](added_token const& t) { return t.special; });
    leave_out(!added.empty(), is_folder
                                  ? only_special ? "which tokens are special is" : "which tokens are added ones is"
                              : only_special ? "special tokens are"
                                             : "added tokens are");
    return notes;
}

}  // namespace tessera::inline v0
