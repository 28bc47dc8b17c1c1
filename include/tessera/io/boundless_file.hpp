// Files of kensho-technologies/fastboundlessbpe: "BoundlessBPE v2", lines of text.
//
//   BoundlessBPE v2 superbpe          or word, boundless
//   vocabulary                        the number of tokens, then ID TOKEN COUNT IS_SUPER; tokens in the byte alphabet
//   special_tokens                    likewise, ID TEXT
//   words                             settings as JSON, then
//   merges                            INDEX LEFT RIGHT COUNT COMPLETES
//   deletions                         INDEX TOKEN; merges and deletions share their indices
//   superwords                        as words, in the two kinds that have them
//
// Source: python/boundlessbpe/{vocabulary,inferencedata,util}.py. Next to read: write_boundless_file.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/json.hpp>
#include <tessera/model/boundless_data.hpp>

namespace tessera::inline v0 {

namespace detail {

class boundless_reader {
public:
    explicit boundless_reader(std::string_view text) : text_(text) {}

    [[nodiscard]] boundless_data run() {
        std::string_view const header = next();
        constexpr std::string_view start = "BoundlessBPE v2 ";
        std::string_view const kind = header.starts_with(start) ? header.substr(start.size()) : std::string_view();
        if (kind == "word") {
            data_.kind = boundless_kind::word;
        } else if (kind == "boundless") {
            data_.kind = boundless_kind::boundless;
        } else if (kind == "superbpe") {
            data_.kind = boundless_kind::superbpe;
        } else {
            fail(error_kind::unsupported,
                 "expected \"BoundlessBPE v2\" and word, boundless or superbpe, found " + shown(header));
        }
        read_tokens();
        read_special_tokens();
        expect("words");
        read_section(data_.words, true);
        if (data_.kind != boundless_kind::word) {
            expect("superwords");
            read_section(data_.superwords, false);
        }
        while (at_ < text_.size()) {
            if (!next().empty()) fail(error_kind::syntax, "there is more after the end");
        }
        return std::move(data_);
    }

private:
    [[noreturn]] void fail(error_kind kind, std::string message) const { fail_at(line_, kind, std::move(message)); }
    [[noreturn]] static void fail_at(std::size_t line, error_kind kind, std::string message) {
        throw error(kind, "line " + std::to_string(line), std::move(message), "check that the file is whole");
    }

    std::string_view next() {
        ++line_;
        if (at_ >= text_.size()) fail(error_kind::syntax, "the file ends too early");
        std::size_t const end = std::min(text_.find('\n', at_), text_.size());
        std::string_view line = text_.substr(at_, end - at_);
        at_ = end + 1;
        if (line.ends_with('\r')) line.remove_suffix(1);
        return line;
    }
    void expect(std::string_view word) {
        std::string_view const found = next();
        if (found != word) fail(error_kind::syntax, "expected \"" + std::string(word) + "\", found " + shown(found));
    }

    std::uint64_t number(std::string_view digits) const {
        std::uint64_t value = 0;
        auto const [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (code != std::errc() || stop != digits.data() + digits.size())
            fail(error_kind::syntax, "expected a whole number from 0, found " + shown(digits));
        return value;
    }
    bool flag(std::string_view digit) const {
        if (digit != "0" && digit != "1") fail(error_kind::syntax, "expected 0 or 1, found " + shown(digit));
        return digit == "1";
    }

    // The parts between single spaces.
    template <std::size_t N>
    std::array<std::string_view, N> fields(std::string_view line) const {
        std::array<std::string_view, N> out;
        for (std::size_t i = 0; i < N; ++i) {
            std::size_t const space = line.find(' ');
            if ((space == std::string_view::npos) != (i + 1 == N))
                fail(error_kind::syntax, "expected " + std::to_string(N) + " fields with a space between them");
            out[i] = line.substr(0, space);
            if (i + 1 < N) line.remove_prefix(space + 1);
        }
        return out;
    }

    std::string bytes_of(std::string_view spelling) const {
        std::string bytes;
        if (spelling.empty() || !from_byte_alphabet(spelling, bytes))
            fail(error_kind::syntax, shown(spelling) + " is not a token in the byte alphabet");
        return bytes;
    }
    token_id symbol(std::string bytes) {
        auto const [at, is_new] = symbols_.emplace(std::move(bytes), static_cast<token_id>(data_.symbols.size()));
        if (is_new) {
            if (data_.symbols.size() >= max_vocabulary_size) fail(error_kind::limit, "there are too many tokens");
            data_.symbols.push_back(at->first);
        }
        return at->second;
    }

    void read_tokens() {
        expect("vocabulary");
        std::uint64_t const n = number(next());
        for (std::uint64_t i = 0; i < n; ++i) {
            auto const [id, token, count, is_super] = fields<4>(next());
            if (number(id) != i) fail(error_kind::bad_token, "expected id " + std::to_string(i));
            if (symbol(bytes_of(token)) != i)
                fail(error_kind::bad_token, "the token " + shown(token) + " is there twice");
            data_.tokens.push_back({number(count), flag(is_super)});
        }
    }

    void read_special_tokens() {
        expect("special_tokens");
        std::uint64_t const n = number(next());
        for (std::uint64_t i = 0; i < n; ++i) {
            std::string_view const line = next();
            std::size_t const space = line.find(' ');
            if (space == std::string_view::npos || space + 1 == line.size())
                fail(error_kind::syntax, "expected an id and a special token");
            std::uint64_t const id = number(line.substr(0, space));
            std::string_view const content = line.substr(space + 1);
            if (!is_valid_utf8(content)) fail(error_kind::syntax, "the special token is not UTF-8");
            if (id < data_.tokens.size() || id >= max_vocabulary_size)
                fail(error_kind::bad_token, "a special token cannot have id " + std::to_string(id));
            for (auto const& [other_id, other] : data_.specials) {
                if (other_id == id || other == content)
                    fail(error_kind::bad_token, "the special token, or its id, is there twice");
            }
            if (data_.specials.size() >= 10000) fail(error_kind::limit, "there are more than 10000 special tokens");
            data_.specials.emplace_back(id, content);
        }
    }

    void read_settings(boundless_section& s, bool is_words) {
        std::string const json(next());
        try {
            json_document const document(json);
            json_object const o = document.root().object();
            s.delete_threshold = o.at("tau").number();
            s.blow_up = o.at("blowup").boolean();
            bool const is_super = o.at("is_super").boolean();
            bool const keeps_words = o.at("superbpe_mode").boolean();
            if (is_super == is_words || keeps_words != (!is_words && data_.kind == boundless_kind::superbpe))
                fail(error_kind::syntax, "the settings are of another kind of file");
            s.main_regex = o.at("main_regex").string();
            if (auto const regex = o.find("script_specific_regex")) s.script_regex = std::string(regex->string());
            if (auto const scripts = o.find("script_specific_scripts")) {
                s.scripts.emplace();
                for (json_value const& name : scripts->array()) s.scripts->emplace_back(name.string());
            }
            s.merge_pattern = o.at("merge_pattern").string();
        } catch (error const& e) {
            if (e.where().starts_with("line ")) throw;
            throw e.within("line " + std::to_string(line_));
        }
    }

    void read_section(boundless_section& s, bool is_words) {
        struct numbered {
            std::uint64_t index;
            std::size_t line;
            merge_operation operation;
        };
        std::vector<numbered> all;
        read_settings(s, is_words);
        expect("merges");
        std::vector<bool> made;
        std::uint64_t const n_merges = number(next());
        for (std::uint64_t i = 0; i < n_merges; ++i) {
            auto const [index, left, right, count, completes] = fields<5>(next());
            std::string left_bytes = bytes_of(left);
            std::string right_bytes = bytes_of(right);
            std::string joined = left_bytes + right_bytes;
            merge_operation o;
            o.left = symbol(std::move(left_bytes));
            o.right = symbol(std::move(right_bytes));
            o.result = symbol(std::move(joined));
            o.count = number(count);
            o.completes = flag(completes);
            if (!is_words && o.result >= data_.tokens.size())
                fail(error_kind::bad_merge, "the merge makes no token of the vocabulary");
            if (o.result >= made.size()) made.resize(std::size_t{o.result} + 1);
            made[o.result] = true;
            all.push_back({number(index), line_, o});
        }
        expect("deletions");
        std::uint64_t const n_deletions = number(next());
        for (std::uint64_t i = 0; i < n_deletions; ++i) {
            auto const [index, token] = fields<2>(next());
            if (!is_words) fail(error_kind::bad_merge, "superwords cannot be deleted");
            merge_operation o;
            std::string bytes = bytes_of(token);
            if (s.blow_up) {
                for (char const b : bytes) {
                    if (!symbols_.contains(std::string(1, b)))
                        fail(error_kind::bad_merge, "a byte of the deleted token is no token");
                }
            }
            o.result = symbol(std::move(bytes));
            if (!s.blow_up && (o.result >= made.size() || !made[o.result]))
                fail(error_kind::bad_merge, "the deleted token was never made");
            all.push_back({number(index), line_, o});
        }
        std::stable_sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.index < b.index; });
        s.operations.reserve(all.size());
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i].index != all[0].index + i) {
                fail_at(all[i].line, error_kind::bad_merge,
                        "expected index " + std::to_string(all[0].index + i) + " among merges and deletions");
            }
            s.operations.push_back(all[i].operation);
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 0;
    boundless_data data_;
    std::unordered_map<std::string, token_id> symbols_;
};

}  // namespace detail

/// Reads a file.
/// @throws error  syntax, unsupported (another version), bad_token, bad_merge, limit; `where()` is "line N"
/// @complexity    O(n log n) in the operations, linear in the bytes
[[nodiscard]] inline boundless_data read_boundless_file(std::string_view text) {
    return detail::boundless_reader(text).run();
}

}  // namespace tessera::inline v0
