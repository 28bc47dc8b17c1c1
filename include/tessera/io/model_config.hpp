// config.json and generation_config.json of a model, and tokenizer_config.json beside them: what in them belongs to the
// tokenizer is read and replaced, all else stays as it is, to the byte. Source: transformers' configuration_utils.py.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/io/detail/json_members.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/json.hpp>
#include <tessera/io/tokenizer_config.hpp>

namespace tessera::inline v0 {

/// The text of such a file. Models of more than text have what concerns the tokenizer in a part, `text_config`, or
/// above it, or in both; of what stands in both, the part counts, and both are replaced.
class model_config {
public:
    /// @param text    NaN and Infinity are accepted, as Python writes them
    /// @throws error  syntax: it is not a JSON object, or a key is there twice
    explicit model_config(std::string text) : text_(std::move(text)) { parse(); }

    /// @throws error  io, limit, syntax; `where()` begins with the path
    [[nodiscard]] static model_config of_file(std::filesystem::path const& path) {
        std::string text = read_file(path, max_bytes);
        try {
            return model_config(std::move(text));
        } catch (error const& e) {
            throw e.within(path.string());
        }
    }

    [[nodiscard]] std::string const& text() const noexcept { return text_; }

    // What is absent or null is nothing. Each throws `syntax` if the value is of another kind.
    [[nodiscard]] std::optional<std::uint64_t> vocab_size() const {
        auto const value = find("vocab_size");
        return value ? std::optional(value->unsigned_integer()) : std::nullopt;
    }
    /// Libraries have defaults of their own, by `model_type`, for a file that does not say.
    [[nodiscard]] std::optional<bool> tie_word_embeddings() const {
        auto const value = find("tie_word_embeddings");
        return value ? std::optional(value->boolean()) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::string> string(std::string_view key) const {
        auto const value = find(key);
        return value ? std::optional(std::string(value->string())) : std::nullopt;
    }
    /// The ids under "eos_token_id" and the like: one, a list, or none.
    [[nodiscard]] std::vector<token_id> ids(std::string_view key) const {
        std::vector<token_id> out;
        auto const value = find(key);
        if (!value) return out;
        auto const add = [&](json_value const& number) {
            std::uint64_t const id = number.unsigned_integer();
            if (id >= max_vocabulary_size)
                number.fail(error_kind::bad_token, "token id " + std::to_string(id) + " is too large");
            out.push_back(static_cast<token_id>(id));
        };
        if (!value->is_array()) {
            add(*value);
        } else {
            for (json_value const& number : value->array()) add(number);
        }
        return out;
    }

    /// @throws error  unsupported: the file has none
    void set_vocab_size(std::uint64_t size) {
        if (!find("vocab_size"))
            throw error(error_kind::unsupported, "vocab_size", "the model's configuration has none");
        replace("vocab_size", std::to_string(size));
    }
    void set_tie_word_embeddings(bool tied) { set("tie_word_embeddings", tied ? "true" : "false"); }
    /// One id is written as a number, several as a list. None: what is there becomes null, and nothing is added.
    void set_ids(std::string_view key, std::span<token_id const> ids) {
        if (ids.empty()) return replace(key, "null");
        std::string value;
        for (token_id const id : ids) value += (value.empty() ? "" : ", ") + std::to_string(id);
        set(key, ids.size() == 1 ? value : '[' + value + ']');
    }
    /// @pre is_valid_utf8(value)
    void set_string(std::string_view key, std::string_view value) {
        std::string text;
        append_json_string(value, text);
        set(key, text);
    }

private:
    static constexpr std::uint64_t max_bytes = std::uint64_t{64} << 20;
    // Where models of more than text have what concerns text.
    static constexpr std::array<std::string_view, 3> parts = {"text_config", "language_config", "llm_config"};

    /// The text as JSON: Python's other numbers become a digit and spaces, those that simdjson finds too large
    /// fractions.
    static std::string as_json(std::string_view text) {
        std::string out(text);
        for (std::size_t at = 0; at < out.size();) {
            if (out[at] == '"') {
                at = detail::skip_json_string(out, at);
                continue;
            }
            std::size_t length = 1;
            for (std::string_view const word : {"NaN", "Infinity"}) {
                if (std::string_view(out).substr(at).starts_with(word)) {
                    length = word.size();
                    out.replace(at, length, '0' + std::string(length - 1, ' '));
                }
            }
            at += length;
        }
        return detail::with_large_integers_as_fractions(out);
    }

    void parse() {
        document_ = std::make_unique<json_document const>(as_json(text_));
        json_value const root = document_->root();
        json_object const members = root.object();
        begin_ = detail::skip_json_space(text_, text_.starts_with("\xEF\xBB\xBF") ? 3 : 0);
        part_.clear();
        for (std::string_view const name : parts) {
            auto const part = members.find(name);
            if (!part || !part->is_object()) continue;
            (void)part->object();  // no key twice
            part_ = name;
            break;
        }
    }

    [[nodiscard]] std::optional<json_value> find(std::string_view key) const {
        json_object const root = document_->root().object();
        if (!part_.empty()) {
            if (auto const value = root.at(part_).object().find(key)) return value;
        }
        return root.find(key);
    }

    /// Where the part begins in the text. @pre there is one
    [[nodiscard]] std::size_t part_begin() const {
        for (detail::json_member const& m : detail::find_json_members(text_, begin_)) {
            if (is_key(m.key, part_)) return m.value_begin;
        }
        return begin_;  // not reached
    }

    static bool is_key(std::string_view written, std::string_view key) {
        if (written.find('\\') == std::string_view::npos) return written == key;
        return json_document('"' + std::string(written) + '"').root().string() == key;
    }

    /// Replaces the values under a key wherever it stands. @return  whether it does
    bool replace_all(std::string_view key, std::string const& value) {
        std::vector<std::pair<std::size_t, std::size_t>> places;
        auto const look = [&](std::size_t begin) {
            for (detail::json_member const& m : detail::find_json_members(text_, begin)) {
                if (is_key(m.key, key)) places.emplace_back(m.value_begin, m.value_end);
            }
        };
        look(begin_);
        if (!part_.empty()) look(part_begin());
        std::sort(places.rbegin(), places.rend());  // from the end, so that the places before stay right
        for (auto const& [begin, end] : places) text_.replace(begin, end - begin, value);
        if (!places.empty()) parse();
        return !places.empty();
    }
    void replace(std::string_view key, std::string const& value) { (void)replace_all(key, value); }

    /// The same, and where it does not stand it is added, at the end, laid out as the members before.
    void set(std::string_view key, std::string const& value) {
        if (replace_all(key, value)) return;
        std::string member = '"' + std::string(key) + "\": " + value;
        auto const members = detail::find_json_members(text_, begin_);
        if (members.empty()) {
            text_.insert(begin_ + 1, member);
        } else {
            std::string const space = text_.substr(begin_ + 1, members.front().key_begin - begin_ - 1);
            text_.insert(members.back().value_end, ',' + (space.empty() ? " " : space) + member);
        }
        parse();
    }

    std::string text_;
    std::unique_ptr<json_document const> document_;  // does not move: values point into it
    std::size_t begin_ = 0;                          // of the object
    std::string part_;                               // the name of the part for text; empty: there is none
};

}  // namespace tessera::inline v0
