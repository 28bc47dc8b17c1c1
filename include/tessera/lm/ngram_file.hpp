// n-gram models as files: a few lines of text, then arrays of whole numbers, least significant byte first.
//
//   tessera n-gram model 1
//   vocab_size 50257
//   row_width 50257
//   end 50256                            or none
//   vocabulary HASH                      32 hexadecimal digits, see vocabulary_hash.hpp
//   contexts 1 40211 800123              of each level
//   successors 41001 900411 2800501      likewise
//   content HASH                         XXH3, 128 bits, of all that follows the empty line
//
// Then of each level keys (32 bits), first_child (64, not in the last), first_successor (64), successors (32) and
// counts (64), as in ngram_data.hpp. Sizes are compared with the file's before anything is allocated; what is read is
// checked by ngram_model.
#pragma once

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/long_hasher.hpp>
#include <tessera/core/token.hpp>
#include <tessera/lm/ngram_data.hpp>
#include <tessera/lm/ngram_model.hpp>
#include <tessera/lm/vocabulary_hash.hpp>

namespace tessera::inline v0::lm {

namespace detail {

inline constexpr std::string_view ngram_signature = "tessera n-gram model ";
inline constexpr std::size_t longest_ngram_header = 4096;

/// Calls fn(array) for all arrays of a level, in the order of the file.
template <class Level, class F>
void for_each_array(Level& level, bool is_last, F&& fn) {
    fn(level.keys);
    if (!is_last) fn(level.first_child);
    fn(level.first_successor);
    fn(level.successors);
    fn(level.counts);
}

template <class T>
std::string_view as_bytes(std::vector<T> const& values) {
    return {reinterpret_cast<char const*>(values.data()), values.size() * sizeof(T)};
}

inline void require_little_endian() {
    if constexpr (std::endian::native != std::endian::little) {
        throw error(error_kind::unsupported, "", "n-gram models are read and written on little-endian machines only");
    }
}

/// Reads the lines of the header.
class ngram_header_reader {
public:
    explicit ngram_header_reader(std::string_view file) : text_(file.substr(0, longest_ngram_header)) {
        if (!text_.starts_with(ngram_signature)) {
            throw error(error_kind::syntax, "line 1", "this is not an n-gram model", "make one with tessera lm train");
        }
        std::string_view const version = rest_of("tessera n-gram model");
        if (version != "1") {
            throw error(error_kind::unsupported, "line 1", "this version reads n-gram models of version 1 only",
                        "train the model again");
        }
    }

    /// What follows `name` and a space in the next line.
    [[nodiscard]] std::string_view rest_of(std::string_view name) {
        ++line_;
        std::size_t const end = text_.find('\n', at_);
        std::string_view const line = text_.substr(at_, end == std::string_view::npos ? 0 : end - at_);
        if (!line.starts_with(name) || line.size() < name.size() + 2 || line[name.size()] != ' ')
            fail("expected " + std::string(name) + " and its value");
        at_ = end + 1;
        return line.substr(name.size() + 1);
    }
    [[nodiscard]] std::uint64_t number(std::string_view digits, std::uint64_t most) const {
        std::uint64_t value = 0;
        auto const [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (code != std::errc() || stop != digits.data() + digits.size() || value > most)
            fail("expected a whole number of at most " + std::to_string(most));
        return value;
    }
    [[nodiscard]] std::vector<std::uint64_t> numbers(std::string_view list, std::uint64_t most) const {
        std::vector<std::uint64_t> values;
        while (values.size() < max_ngram_order) {
            std::size_t const space = list.find(' ');
            values.push_back(number(list.substr(0, space), most));
            if (space == std::string_view::npos) return values;
            list.remove_prefix(space + 1);
        }
        fail("there are more than " + std::to_string(max_ngram_order) + " levels");
    }
    [[nodiscard]] long_hash hash(std::string_view digits) const {
        long_hash value;
        if (digits.size() != 32 || !read_half(digits.substr(0, 16), value.high) ||
            !read_half(digits.substr(16), value.low))
            fail("expected 32 hexadecimal digits");
        return value;
    }
    /// Where the arrays begin.
    [[nodiscard]] std::size_t finish() {
        ++line_;
        if (at_ >= text_.size() || text_[at_] != '\n') fail("expected an empty line");
        return at_ + 1;
    }
    [[noreturn]] void fail(std::string message, error_kind kind = error_kind::syntax) const {
        throw error(kind, "line " + std::to_string(line_), std::move(message),
                    "the file may be damaged; fetch it again");
    }

private:
    static bool read_half(std::string_view digits, std::uint64_t& value) {
        auto const [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        return code == std::errc() && stop == digits.data() + digits.size();
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 0;
};

}  // namespace detail

/// Writes a model to `out`, anything with `write(std::string_view)`. The same model is the same bytes.
template <class Out>
void write_ngram_model(ngram_model const& model, Out& out) {
    detail::require_little_endian();
    ngram_data const& data = model.data();
    long_hasher content;
    for (std::size_t k = 0; k < data.levels.size(); ++k) {
        detail::for_each_array(data.levels[k], k + 1 == data.levels.size(),
                               [&](auto const& values) { content.add(detail::as_bytes(values)); });
    }
    std::string header(detail::ngram_signature);
    header += "1\nvocab_size " + std::to_string(data.vocab_size) + "\nrow_width " + std::to_string(data.row_width);
    header += "\nend " + (data.end == no_token ? std::string("none") : std::to_string(data.end));
    header += "\nvocabulary " + hexadecimal(data.vocabulary) + "\ncontexts";
    for (ngram_level const& level : data.levels) header += ' ' + std::to_string(level.keys.size());
    header += "\nsuccessors";
    for (ngram_level const& level : data.levels) header += ' ' + std::to_string(level.successors.size());
    header += "\ncontent " + hexadecimal(content.result()) + "\n\n";
    out.write(header);
    for (std::size_t k = 0; k < data.levels.size(); ++k) {
        detail::for_each_array(data.levels[k], k + 1 == data.levels.size(),
                               [&](auto const& values) { out.write(detail::as_bytes(values)); });
    }
}

/// Reads what write_ngram_model has written. @param file  all its bytes
/// @throws error  syntax, unsupported, limit, bad_id, bad_option; `where()` is `line N` of the header, `byte N`, or a
///                place in a level
[[nodiscard]] inline ngram_model read_ngram_model(std::string_view file) {
    detail::require_little_endian();
    detail::ngram_header_reader header(file);
    ngram_data data;
    data.vocab_size = header.number(header.rest_of("vocab_size"), max_vocabulary_size);
    data.row_width = header.number(header.rest_of("row_width"), max_vocabulary_size);
    std::string_view const end = header.rest_of("end");
    if (end != "none") data.end = static_cast<token_id>(header.number(end, max_vocabulary_size));
    data.vocabulary = header.hash(header.rest_of("vocabulary"));
    auto const n_contexts = header.numbers(header.rest_of("contexts"), file.size());
    auto const n_successors = header.numbers(header.rest_of("successors"), file.size());
    if (n_successors.size() != n_contexts.size()) header.fail("there are not as many levels as of contexts");
    long_hash const content = header.hash(header.rest_of("content"));
    std::size_t at = header.finish();

    // No sum overflows: each number is at most the size of the file, which is less than 2^63 / 8 / 60.
    std::uint64_t expected = 0;
    for (std::size_t k = 0; k < n_contexts.size(); ++k) {
        bool const is_last = k + 1 == n_contexts.size();
        expected += n_contexts[k] * 4 + (n_contexts[k] + 1) * (is_last ? 8 : 16) + n_successors[k] * 12;
    }
    if (file.size() - at != expected) {
        throw error(error_kind::syntax, "byte " + std::to_string(at),
                    std::to_string(expected) + " bytes should follow, and " + std::to_string(file.size() - at) + " do",
                    "the file may be damaged or cut off; fetch it again");
    }
    if (long_hash_of(file.substr(at)) != content) {
        throw error(error_kind::syntax, "byte " + std::to_string(at),
                    "the content does not have the hash of the header", "the file may be damaged; fetch it again");
    }
    data.levels.resize(n_contexts.size());
    for (std::size_t k = 0; k < n_contexts.size(); ++k) {
        ngram_level& level = data.levels[k];
        bool const is_last = k + 1 == n_contexts.size();
        level.keys.resize(n_contexts[k]);
        if (!is_last) level.first_child.resize(n_contexts[k] + 1);
        level.first_successor.resize(n_contexts[k] + 1);
        level.successors.resize(n_successors[k]);
        level.counts.resize(n_successors[k]);
        detail::for_each_array(level, is_last, [&](auto& values) {
            std::size_t const n_bytes = values.size() * sizeof(values[0]);
            if (n_bytes > 0) std::memcpy(values.data(), file.data() + at, n_bytes);
            at += n_bytes;
        });
    }
    return ngram_model(std::move(data));
}

}  // namespace tessera::inline v0::lm
