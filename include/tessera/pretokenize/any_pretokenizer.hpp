// A pretokenizer chosen at run time: by name, or by the regular expression a file gives.
// A regular expression is taken only where a scanner is known to split every text as it does.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/pattern/regex_dialect.hpp>
#include <tessera/pretokenize/bytes.hpp>
#include <tessera/pretokenize/cl100k.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/pretokenize/llama3.hpp>
#include <tessera/pretokenize/o200k.hpp>
#include <tessera/pretokenize/whitespace.hpp>

namespace tessera::inline v0 {

/// One of the scanners. Models Pretokenizer; the choice costs one branch a text, not one a pretoken.
class any_pretokenizer {
public:
    static constexpr bool lossless = false;  ///< not promised; @see is_lossless

    /// GPT-2's.
    any_pretokenizer() = default;

    /// The pretokenizer of this name; `names` lists them.
    /// @throws error  unsupported
    [[nodiscard]] static any_pretokenizer by_name(std::string_view name) {
        for (known_name const& known : names_by_scanner) {
            if (known.name == name) return any_pretokenizer(all_scanners()[known.scanner]);
        }
        std::string message = "there is no pretokenizer \"" + std::string(name.substr(0, 200)) + "\"";
        std::string_view const close = nearest(name);
        if (!close.empty()) message += "; did you mean \"" + std::string(close) + "\"?";
        std::string remedy = "the known ones are";
        for (std::size_t i = 0; i < names_.size(); ++i) {
            remedy += i == 0 ? " " : i + 1 == names_.size() ? " and " : ", ";
            remedy += names_[i];
        }
        throw error(error_kind::unsupported, "pretokenizer", std::move(message), std::move(remedy));
    }

    /// The scanner that splits every text as this regular expression does, if one is known to.
    [[nodiscard]] static std::optional<any_pretokenizer> by_pattern(std::string_view regex,
                                                                    regex_dialect dialect = regex_dialect::rust) {
        for (known_pattern const& known : known_patterns) {
            if (known.text == regex && (known.in_oniguruma || dialect == regex_dialect::rust)) {
                return any_pretokenizer(all_scanners()[known.scanner]);
            }
        }
        return std::nullopt;
    }

    /// @throws error  unsupported: it is neither a known name nor a known regular expression
    [[nodiscard]] static any_pretokenizer by_name_or_pattern(std::string_view text) {
        if (auto known = by_pattern(text)) return *known;
        if (text.find_first_of("\\|()[]+*?") == std::string_view::npos) return by_name(text);
        throw error(error_kind::unsupported, "pretokenizer",
                    "the regular expression " + std::string(text) + " is not one of the known ones",
                    "name one of: gpt2, cl100k, o200k, llama3, qwen2, whitespace, bytes");
    }

    /// All names, aliases included.
    [[nodiscard]] static std::span<std::string_view const> names() noexcept { return names_; }

    /// The same pretokenizer, with a space put before each text that does not begin with one (`add_prefix_space` of
    /// Hugging Face's ByteLevel).
    [[nodiscard]] any_pretokenizer with_prefix_space(bool on = true) const {
        any_pretokenizer copy = *this;
        copy.prefix_space_ = on;
        return copy;
    }
    [[nodiscard]] bool prefix_space() const noexcept { return prefix_space_; }

    [[nodiscard]] std::string_view name() const {
        return std::visit([](auto const& s) -> std::string_view { return s.name(); }, scanner_);
    }

    /// A regular expression for it that Rust's and Oniguruma's engines read alike; empty for `bytes`.
    [[nodiscard]] std::string_view pattern() const {
        if (scanner_.index() == i_cl100k) return portable_cl100k;
        return std::visit(
            [](auto const& s) -> std::string_view {
                if constexpr (requires { s.pattern(); }) {
                    return s.pattern();
                } else {
                    return {};
                }
            },
            scanner_);
    }

    /// True if the pretokens of a text, joined, are the text.
    [[nodiscard]] bool is_lossless() const {
        return !prefix_space_ && std::visit([](auto const& s) { return s.lossless; }, scanner_);
    }

    /// Calls `sink(std::string_view)` with each pretoken, in order. The view is valid during the call. O(n).
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        if (prefix_space_ && !text.empty() && text.front() != ' ') {
            std::string prefixed;
            prefixed.reserve(text.size() + 1);
            prefixed += ' ';
            prefixed += text;
            std::visit([&](auto const& s) { s.for_each(std::string_view(prefixed), sink); }, scanner_);
        } else {
            std::visit([&](auto const& s) { s.for_each(text, sink); }, scanner_);
        }
    }

    friend bool operator==(any_pretokenizer const& a, any_pretokenizer const& b) noexcept {
        return a.scanner_.index() == b.scanner_.index() && a.prefix_space_ == b.prefix_space_;
    }

private:
    // One table of character classes serves all: tiktoken's and Hugging Face's engines agree on it (unicode_class.hpp).
    using variant =
        std::variant<gpt2_pretokenizer<>, cl100k_pretokenizer<>, o200k_pretokenizer<>, llama3_pretokenizer<>,
                     qwen2_pretokenizer<>, whitespace_pretokenizer<>, bytes_pretokenizer>;
    enum index : std::uint8_t { i_gpt2, i_cl100k, i_o200k, i_llama3, i_qwen2, i_whitespace, i_bytes };

    struct known_name {
        std::string_view name;
        index scanner;
    };
    struct known_pattern {
        std::string_view text;
        index scanner;
        bool in_oniguruma;  // it means the same there
    };

    static constexpr std::array<known_name, 10> names_by_scanner{{{"gpt2", i_gpt2},
                                                                  {"r50k", i_gpt2},
                                                                  {"p50k", i_gpt2},
                                                                  {"cl100k", i_cl100k},
                                                                  {"o200k", i_o200k},
                                                                  {"llama3", i_llama3},
                                                                  {"qwen2", i_qwen2},
                                                                  {"qwen3", i_qwen2},
                                                                  {"whitespace", i_whitespace},
                                                                  {"bytes", i_bytes}}};
    static constexpr auto names_ = [] {
        std::array<std::string_view, names_by_scanner.size()> names;
        for (std::size_t i = 0; i < names.size(); ++i) names[i] = names_by_scanner[i].name;
        return names;
    }();

    // tiktoken's text for cl100k without possessive repetition, which changes no match, and with \z for the end of the
    // text: Oniguruma reads `{1,3}+` and `$` otherwise.
    static constexpr std::string_view portable_cl100k =
        R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
        R"(\s+\z|\s*[\r\n]|\s+(?!\S)|\s)";

    static constexpr std::array<known_pattern, 10> known_patterns{{
        {gpt2_pretokenizer<>::pattern(), i_gpt2, true},
        // OpenAI's original text, and tiktoken 0.14's
        {R"('s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}]+| ?[\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", i_gpt2, true},
        {R"('(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s)", i_gpt2, true},
        {cl100k_pretokenizer<>::pattern(), i_cl100k, false},
        {portable_cl100k, i_cl100k, true},
        {o200k_pretokenizer<>::pattern(), i_o200k, true},
        // Also tiktoken's first text for cl100k, and its second, which minbpe and those who follow it use as GPT-4's:
        // `\s*[\r\n]` ends where `\s*[\r\n]+` does, at the last newline of the run.
        {llama3_pretokenizer<>::pattern(), i_llama3, true},
        {R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|)"
         R"(\s*[\r\n]|\s+(?!\S)|\s+)",
         i_llama3, true},
        {qwen2_pretokenizer<>::pattern(), i_qwen2, true},
        {whitespace_pretokenizer<>::pattern(), i_whitespace, false},
    }};

    static std::vector<variant> all_scanners() {
        return {gpt2_pretokenizer<>{},  cl100k_pretokenizer<>{},     o200k_pretokenizer<>{}, llama3_pretokenizer<>{},
                qwen2_pretokenizer<>{}, whitespace_pretokenizer<>{}, bytes_pretokenizer{}};
    }

    explicit any_pretokenizer(variant scanner) : scanner_(std::move(scanner)) {}

    // The known name with the fewest edits, if they are fewer than half of it.
    static std::string_view nearest(std::string_view name) {
        std::string_view best;
        std::size_t fewest = 4;
        if (name.size() > 40) return best;
        for (std::string_view const known : names_) {
            std::vector<std::size_t> row(known.size() + 1);
            for (std::size_t j = 0; j <= known.size(); ++j) row[j] = j;
            for (std::size_t i = 1; i <= name.size(); ++i) {
                std::size_t diagonal = row[0];
                row[0] = i;
                for (std::size_t j = 1; j <= known.size(); ++j) {
                    std::size_t const substituted = diagonal + (name[i - 1] == known[j - 1] ? 0 : 1);
                    diagonal = row[j];
                    row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
                }
            }
            if (row.back() < fewest && 2 * row.back() <= known.size()) {
                fewest = row.back();
                best = known;
            }
        }
        return best;
    }

    variant scanner_;
    bool prefix_space_ = false;
};

static_assert(Pretokenizer<any_pretokenizer>);

}  // namespace tessera::inline v0
