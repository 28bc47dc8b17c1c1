// vocab.json + merges.txt, the two files of GPT-2 and of Hugging Face's `model.save`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/io/detail/bpe_parts.hpp>
#include <tessera/io/detail/split_merge.hpp>
#include <tessera/io/json.hpp>
#include <tessera/io/read_tokenizer_json.hpp>
#include <tessera/io/write_tokenizer_json.hpp>

namespace tessera::inline v0 {

/// Makes a byte-level BPE tokenizer of the two files; they say nothing of how text is split.
/// @param added   tokens to recognise in the text; their ids are checked against the vocabulary
/// @throws error  syntax, bad_token, bad_merge; `where()` is "vocab.json: ..." or "merges.txt:LINE"
[[nodiscard]] inline any_tokenizer read_vocab_merges(std::string_view vocab_json, std::string_view merges_txt,
                                                     any_pretokenizer pretokenizer, std::vector<added_token> added = {},
                                                     any_normalizer normalizer = {},
                                                     any_post_processor post_processor = {}) {
    auto const n_lines = static_cast<std::size_t>(std::count(merges_txt.begin(), merges_txt.end(), '\n'));
    try {
        json_document const document(vocab_json);
        json_value const root = document.root();
        detail::bpe_parts parts(symbol_unit::byte, root.raw_object().size(), n_lines + 1);
        detail::read_vocabulary(root, parts);
        auto const where = [](std::size_t line) { return "\x01merges.txt:" + std::to_string(line); };
        std::size_t line = 0;
        for (std::size_t at = 0; at < merges_txt.size();) {
            ++line;
            std::size_t const end = std::min(merges_txt.find('\n', at), merges_txt.size());
            std::string_view content = merges_txt.substr(at, end - at);
            at = end + 1;
            if (content.ends_with('\r')) content.remove_suffix(1);
            if (content.starts_with("#version")) continue;
            // A blank line can only be the end.
            if (content.empty() &&
                merges_txt.find_first_not_of("\r\n", std::min(at, merges_txt.size())) == std::string_view::npos) {
                break;
            }
            auto const two = detail::split_merge(content);
            if (!two) {
                throw error(error_kind::bad_merge, where(line),
                            detail::in_quotes(content) + " is not two tokens with one space between");
            }
            parts.add_merge(two->first, two->second, line, where);
        }
        parts.finish_merges(where);
        for (added_token const& token : added) {
            token_id const known = parts.find(token.content);
            if (known != no_token && known != token.id) {
                throw error(error_kind::bad_token, "added token " + detail::in_quotes(token.content),
                            "its id " + std::to_string(token.id) + " differs from its id in the vocabulary, " +
                                std::to_string(known),
                            "use the id of the vocabulary");
            }
        }
        bpe_model model = parts.build(added, {}, "");
        return any_tokenizer(std::move(model), std::move(pretokenizer), std::move(normalizer),
                             special_tokens(std::move(added)), std::move(post_processor));
    } catch (error const& e) {
        if (e.where().starts_with('\x01')) throw error(e.kind(), e.where().substr(1), e.message(), e.remedy());
        throw e.within("vocab.json");
    }
}

/// The contents of vocab.json and merges.txt. What the files have no place for is left out: the pretokenizer, the
/// normalizer, which tokens are special.
[[nodiscard]] inline std::pair<std::string, std::string> write_vocab_merges(any_tokenizer const& tokenizer) {
    bpe_model const& model = bpe_of(tokenizer, "a folder with vocab.json and merges.txt");
    detail::token_spelling const spelling(tokenizer);
    std::string vocab = "{";
    for (token_id id = 0; id < tokenizer.vocab().size(); ++id) {
        if (tokenizer.vocab().kind(id) == token_kind::unused) continue;
        if (vocab.size() > 1) vocab += ',';
        append_json_string(spelling(id), vocab);
        vocab += ':' + std::to_string(id);
    }
    vocab += "}\n";
    std::string merges = "#version: 0.2\n";
    for (merge const& m : detail::merges_as_list(model)) {
        std::string const parts[] = {spelling(m.left), spelling(m.right)};
        for (std::string const& part : parts) {
            if (part.find_first_of(" \r\n") != std::string::npos || part.starts_with("#version")) {
                throw error(error_kind::unsupported,
                            "merge of " + detail::in_quotes(parts[0]) + " and " + detail::in_quotes(parts[1]),
                            "merges.txt has no place for a token with a space or newline", "write a tokenizer.json");
            }
        }
        merges += parts[0] + ' ' + parts[1] + '\n';
    }
    return {std::move(vocab), std::move(merges)};
}

}  // namespace tessera::inline v0
