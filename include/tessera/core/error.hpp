// Errors of everything that can fail: files, options, impossible requests. Encoding ordinary text cannot fail.
// One exception type; what differs is its kind (for programs) and its place and remedy (for people).
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tessera::inline v0 {

/// Why something failed. Small on purpose: a program branches on the kind, a person reads the message.
enum class error_kind : std::uint8_t {
    io,                  ///< a file cannot be opened, read, written or renamed
    syntax,              ///< the bytes are not in the format (JSON, base64, a count table, ...)
    unsupported,         ///< well-formed, but names a component this version does not have
    bad_token,           ///< a token is duplicate, out of range, or missing
    bad_merge,           ///< a merge names an absent token
    bad_option,          ///< an option has no meaning here, or is out of range
    limit,               ///< a size exceeds what the library accepts from a file
    bad_id,              ///< an id to decode is not in the vocabulary
    disallowed_special,  ///< the text contains a special token that the caller did not allow
    empty_input,         ///< there is nothing to work on
    bad_row,             ///< what a language model gives is not a distribution
};

/// The exception of the library. `what()` is "WHERE: WHAT; HOW TO RECOVER", without the parts that are empty.
class error : public std::runtime_error {
public:
    error(error_kind kind, std::string where, std::string message, std::string remedy = {})
        : std::runtime_error(join(where, message, remedy)),
          kind_(kind),
          where_(std::move(where)),
          message_(std::move(message)),
          remedy_(std::move(remedy)) {}

    [[nodiscard]] error_kind kind() const noexcept { return kind_; }
    /// Path, `path:line`, `path: byte N`, a JSON path, or an option's name. May be empty.
    [[nodiscard]] std::string const& where() const noexcept { return where_; }
    [[nodiscard]] std::string const& message() const noexcept { return message_; }
    [[nodiscard]] std::string const& remedy() const noexcept { return remedy_; }

    /// The same error seen from further out: `place` is put in front of `where()`.
    [[nodiscard]] error within(std::string_view place) const {
        std::string outer(place);
        if (!where_.empty()) {
            outer += ": ";
            outer += where_;
        }
        return {kind_, std::move(outer), message_, remedy_};
    }

private:
    static std::string join(std::string_view where, std::string_view message, std::string_view remedy) {
        std::string text;
        text.reserve(where.size() + message.size() + remedy.size() + 4);
        if (!where.empty()) {
            text += where;
            text += ": ";
        }
        text += message;
        if (!remedy.empty()) {
            text += "; ";
            text += remedy;
        }
        return text;
    }

    error_kind kind_;
    std::string where_;
    std::string message_;
    std::string remedy_;
};

}  // namespace tessera::inline v0
