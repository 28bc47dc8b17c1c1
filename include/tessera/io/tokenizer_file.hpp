// Loading and saving a tokenizer by path: the format is found from the name and the content.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/io/detail/rank_check.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/sentencepiece_tokenizer.hpp>
#include <tessera/io/tiktoken.hpp>
#include <tessera/io/tokenizer_json.hpp>
#include <tessera/io/vocab_merges.hpp>
#include <tessera/model/bpe_from_ranks.hpp>
#include <tessera/pattern/icu_pattern.hpp>

namespace tessera::inline v0 {

/// What a file may not say itself.
struct load_options {
    /// How text is split, by name or regular expression, for formats that do not say (ranks, vocab.json + merges.txt).
    std::string pattern;
    /// Special tokens, for the same formats. Ids may be new or of tokens with the same content.
    std::vector<added_token> specials;
};

struct loaded_tokenizer {
    any_tokenizer tokenizer;
    std::string format;              ///< "tokenizer.json", "vocab.json + merges.txt" or "tiktoken"
    std::vector<std::string> notes;  ///< for a user to know; nothing is wrong
};

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

inline bool looks_like_ranks(std::string_view content) {
    std::string_view const line = content.substr(0, std::min(content.find('\n'), content.size()));
    std::size_t const space = line.find(' ');
    std::string bytes;
    return space != std::string_view::npos && space > 0 && append_from_base64(line.substr(0, space), bytes) == nullptr;
}

inline loaded_tokenizer load_ranks(std::string_view content, load_options const& options) {
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

inline loaded_tokenizer load_json(std::string const& content, load_options const& options) {
    std::vector<std::string> notes;
    any_tokenizer tokenizer = read_tokenizer_json(json_document::of_file(content), &notes);
    if (!options.pattern.empty()) notes.emplace_back("the file says how text is split; the pattern given is not used");
    return {std::move(tokenizer), "tokenizer.json", std::move(notes)};
}

inline loaded_tokenizer load_vocab_merges(std::filesystem::path const& folder, load_options const& options) {
    std::vector<std::string> notes;
    if (options.pattern.empty())
        notes.emplace_back("the files do not say how text is split; GPT-2's pattern is assumed");
    any_pretokenizer pretokenizer =
        any_pretokenizer::by_name_or_pattern(options.pattern.empty() ? "gpt2" : options.pattern, &icu_pattern::make);
    std::string const vocab = read_file(folder / "vocab.json");
    std::string const merges = read_file(folder / "merges.txt");
    try {
        return {read_vocab_merges(vocab, merges, std::move(pretokenizer), options.specials), "vocab.json + merges.txt",
                std::move(notes)};
    } catch (error const& e) {
        // "merges.txt:812" becomes "FOLDER/merges.txt:812".
        throw error(e.kind(), (folder / e.where()).string(), e.message(), e.remedy());
    }
}

inline loaded_tokenizer load_content(std::filesystem::path const& path, load_options const& options) {
    std::string const content = read_file(path);
    std::size_t const start = content.find_first_not_of(" \t\r\n");
    if (path.extension() == ".tiktoken") return load_ranks(content, options);
    if (path.extension() == ".json" || (start != std::string::npos && content[start] == '{'))
        return load_json(content, options);
    if (looks_like_sentencepiece(content)) return {read_sentencepiece(content, path.string()), "SentencePiece", {}};
    if (looks_like_ranks(content)) return load_ranks(content, options);
    std::string what = "the format is not recognised";
    if (content.starts_with("GGUF")) what = "GGUF is not supported";
    throw error(error_kind::unsupported, "", std::move(what),
                "supported are tokenizer.json, a folder with vocab.json and merges.txt, and .tiktoken");
}

}  // namespace detail

/// Loads a tokenizer.json, a folder that has one or has vocab.json and merges.txt, or a rank file.
/// @throws error  `where()` begins with the path
[[nodiscard]] inline loaded_tokenizer load_tokenizer(std::filesystem::path const& path,
                                                     load_options const& options = {}) {
    std::error_code ignored;
    std::filesystem::path file = path;
    if (std::filesystem::is_directory(path, ignored)) {
        if (!std::filesystem::exists(path / "tokenizer.json", ignored)) {
            if (std::filesystem::exists(path / "vocab.json", ignored) &&
                std::filesystem::exists(path / "merges.txt", ignored)) {
                return detail::load_vocab_merges(path, options);
            }
            throw error(error_kind::io, path.string(),
                        "the folder has no tokenizer.json, and not both vocab.json and merges.txt",
                        "name the tokenizer file itself");
        }
        file = path / "tokenizer.json";
    }
    try {
        return detail::load_content(file, options);
    } catch (error const& e) {
        if (e.kind() == error_kind::io || e.where().starts_with(file.string())) throw;
        bool const at_line = !e.where().empty() && e.where().front() >= '0' && e.where().front() <= '9';
        if (!at_line) throw e.within(file.string());
        throw error(e.kind(), file.string() + ':' + e.where(), e.message(), e.remedy());  // PATH:LINE:COLUMN
    }
}

/// Saves a tokenizer: `.json` is a tokenizer.json, `.tiktoken` a rank file; a name that ends in `/`, or an existing
/// folder, gets vocab.json and merges.txt. Files appear complete or not at all.
/// @return        what the format has no place for, for a user to know
/// @throws error  io; unsupported: the format cannot hold this tokenizer; bad_option: unknown ending
inline std::vector<std::string> save_tokenizer(any_tokenizer const& tokenizer, std::filesystem::path const& out,
                                               bool overwrite) {
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
    } else if (out.extension() == ".json") {
        write(out, write_tokenizer_json(tokenizer));
        return notes;
    } else if (out.extension() == ".tiktoken") {
        try {
            write(out, write_tiktoken(detail::check_ranks(tokenizer)));
        } catch (error const& e) {
            throw e.kind() == error_kind::io ? e : e.within(out.string());
        }
        leave_out(true, "the pretokenizer is");
    } else {
        throw error(error_kind::bad_option, out.string(), "the name does not say the format",
                    "end it in .json, .tiktoken or / (a folder with vocab.json and merges.txt)");
    }
    leave_out(!tokenizer.normalizer().is_identity(), "the normalizer is");
    leave_out(!tokenizer.specials().empty(), is_folder ? "which tokens are special is" : "special tokens are");
    return notes;
}

}  // namespace tessera::inline v0
