// Small tokenizers of each family, made of what their tokenizer.json says.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <tessera/io/read_tokenizer_json.hpp>

namespace small_tokenizers {

using namespace tessera;

struct added {
    std::string content;
    bool special = true;
};

/// `tokens` in JSON's escapes, with ids from 0; the added ones follow.
inline std::string json_of(std::vector<std::string> const& tokens, std::vector<added> const& more,
                           std::string const& model_fields, std::string const& other_fields) {
    std::string out = "{\"added_tokens\":[";
    for (std::size_t i = 0; i < more.size(); ++i) {
        out += std::string(i == 0 ? "" : ",") + "{\"id\":" + std::to_string(tokens.size() + i) + ",\"content\":\"" +
               more[i].content + "\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false," +
               "\"special\":" + (more[i].special ? "true" : "false") + "}";
    }
    out += "]," + other_fields + ",\"model\":{" + model_fields + ",\"vocab\":{";
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        out += std::string(i == 0 ? "" : ",") + "\"" + tokens[i] + "\":" + std::to_string(i);
    }
    return out + "}}}";
}

/// Of GPT-2's family: spelled in the byte alphabet.
inline any_tokenizer byte_level(std::vector<std::string> const& tokens, std::vector<added> const& more = {}) {
    return read_tokenizer_json(
        json_of(tokens, more, R"("type":"BPE","merges":[])",
                R"("pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},)"
                R"("decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true})"));
}

/// Of Gemma's family: U+2581 for spaces, byte fallback.
inline any_tokenizer byte_fallback(std::vector<std::string> const& tokens, std::vector<added> const& more = {}) {
    return read_tokenizer_json(
        json_of(tokens, more, R"("type":"BPE","byte_fallback":true,"merges":[])",
                R"("normalizer":{"type":"Replace","pattern":{"String":" "},"content":"\u2581"},)"
                R"("decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},)"
                R"("content":" "},{"type":"ByteFallback"},{"type":"Fuse"}]})"));
}

/// Of BERT's family.
inline any_tokenizer word_piece(std::vector<std::string> const& tokens, std::vector<added> const& more = {}) {
    return read_tokenizer_json(json_of(tokens, more,
                                       R"("type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",)"
                                       R"("max_input_chars_per_word":100)",
                                       R"("decoder":{"type":"WordPiece","prefix":"##","cleanup":false})"));
}

}  // namespace small_tokenizers
