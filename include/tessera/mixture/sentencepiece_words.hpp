// The words that SentencePiece's trainer counts pairs in: parts of a text across which no piece is allowed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/utf8.hpp>
#include <tessera/mixture/sentencepiece_rules.hpp>

namespace tessera::inline v0 {

/// Cuts text whose spaces are U+2581 already. Lines are texts of their own, as the trainer reads them: newlines are
/// dropped.
///
/// Two of the trainer's rules are no cuts, and are met nearly:
///   - Before a word, of several spaces with no piece that has both spaces and letters but one, "two spaces" is merged
///     first, from the left. So a run is cut off before the word's last space if it is odd, and before the word if it
///     is even.
///   - A combining mark may go with what is before it or with what is behind; here it goes with what is before.
/// @complexity  O(n), any bytes
/// @par Source  google/sentencepiece 0.2.1, src/model_interface.cc (SplitIntoWords), src/trainer_interface.cc
class sentencepiece_words {
public:
    /// @param line_begins  what stands before each line but the first: U+2581 if the trainer puts it before a text
    explicit sentencepiece_words(sentencepiece_rules rules, std::string line_begins = {})
        : rules_(rules), line_begins_(std::move(line_begins)) {}

    [[nodiscard]] sentencepiece_rules const& rules() const noexcept { return rules_; }

    struct scratch {
        std::string line;
    };

    /// Calls `sink(std::string_view)` with each word, in order. The view is valid during the call.
    template <class Sink>
    void for_each(std::string_view text, scratch& s, Sink&& sink) const {
        bool is_first = true;
        for (std::size_t at = 0; at < text.size();) {
            std::size_t const end = std::min(text.find('\n', at), text.size());
            std::string_view line = text.substr(at, end - at);
            at = end + 1;
            if (!is_first && !line_begins_.empty() && !line.empty()) {
                s.line = line_begins_;
                s.line += line;
                line = s.line;
            }
            cut_line(line, sink);
            is_first = false;
        }
    }

private:
    enum class kind : std::uint8_t { space, digit, other };

    template <class Sink>
    void cut_line(std::string_view line, Sink& sink) const {
        detail::piece_scripts script_of(!rules_.split_by_number);
        std::size_t begin = 0;
        std::size_t n_spaces = 0;  // that the word so far ends in
        kind last = kind::other;
        std::uint8_t script = detail::piece_scripts::any;
        auto const cut_at = [&](std::size_t at) {
            if (at != begin) sink(line.substr(begin, at - begin));
            begin = at;
        };
        for (std::size_t at = 0; at < line.size();) {
            auto const [c, length] = decode_utf8(line, at);
            if (c == detail::sentencepiece_space) {
                if (at != 0) before_space(last, at, n_spaces, cut_at);
                ++n_spaces;
                last = kind::space;
                script = detail::piece_scripts::any;
            } else {
                bool const is_digit = rules_.split_digits && detail::is_sentencepiece_number(c);
                std::uint8_t const next = script_of(c, script);
                if (at != 0) {
                    if (last == kind::space) {
                        after_spaces(is_digit, at, n_spaces, cut_at);
                    } else if (is_digit || last == kind::digit ||
                               (rules_.split_by_unicode_script && !detail::piece_scripts::go_together(script, next))) {
                        cut_at(at);
                    }
                }
                n_spaces = 0;
                last = is_digit ? kind::digit : kind::other;
                script = next;
            }
            at += length;
        }
        cut_at(line.size());
    }

    template <class Cut>
    void before_space(kind last, std::size_t at, std::size_t n_spaces, Cut& cut_at) const {
        bool const in_run = n_spaces != 0 && rules_.allow_whitespace_only_pieces;
        if (last == kind::digit || (rules_.split_by_whitespace && !in_run && !rules_.treat_whitespace_as_suffix)) {
            cut_at(at);
        } else if (rules_.split_by_whitespace && rules_.treat_whitespace_as_suffix && n_spaces != 0 && !in_run) {
            cut_at(at);
        }
    }

    template <class Cut>
    void after_spaces(bool is_digit, std::size_t at, std::size_t n_spaces, Cut& cut_at) const {
        constexpr std::size_t space_size = 3;
        if (is_digit || (rules_.split_by_whitespace && rules_.treat_whitespace_as_suffix)) {
            cut_at(at);
        } else if (n_spaces > 1 && rules_.split_by_whitespace && rules_.allow_whitespace_only_pieces) {
            cut_at(n_spaces % 2 == 0 ? at : at - space_size);
        }
    }

    sentencepiece_rules rules_;
    std::string line_begins_;
};

}  // namespace tessera::inline v0
