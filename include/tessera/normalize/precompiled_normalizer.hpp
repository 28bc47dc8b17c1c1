// Precompiled: SentencePiece's character map as Hugging Face's tokenizers applies it. Sources, of version 0.23.3:
// tokenizers/src/normalizers/precompiled.rs and the crate spm_precompiled 0.1. Neighbour: sentencepiece_normalizer.hpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/base64.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/normalize/charsmap.hpp>
#include <tessera/normalize/detail/grapheme_scan.hpp>
#include <tessera/normalize/detail/rewriting.hpp>

namespace tessera::inline v0 {

struct precompiled_options {
    std::string precompiled_charsmap;  ///< base64 of what `charsmap` reads
    friend bool operator==(precompiled_options const&, precompiled_options const&) = default;
};

/// Replaces grapheme clusters shorter than 6 bytes whole, by what the map has for the shortest key that the cluster
/// begins with; other clusters, and those without a key, character by character in the same way. "\r\n" and "e" with an
/// accent can so lose their second half: that is Hugging Face's rule, not SentencePiece's. Linear time.
class precompiled_normalizer {
public:
    using options_type = precompiled_options;
    static constexpr std::string_view type = "Precompiled";

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("precompiled_charsmap", o.precompiled_charsmap);
    }

    /// @throws error  syntax, limit: not base64, or not a character map (see charsmap), or not of UTF-8
    explicit precompiled_normalizer(options_type options) : options_(std::move(options)), map_(read(options_)) {
        if (!map_.is_text()) {
            throw error(error_kind::syntax, "precompiled_charsmap", "the replacements are not UTF-8");
        }
    }

    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    [[nodiscard]] charsmap const& map() const noexcept { return map_; }
    friend bool operator==(precompiled_normalizer const& a, precompiled_normalizer const& b) noexcept {
        return a.options_ == b.options_;
    }

    struct scratch {};

    template <class Edit>
    void rewrite(std::string_view text, scratch& /*s*/, Edit& edit) const {
        if constexpr (Edit::is_plain) {
            detail::run_writer<Edit> out(text, edit);
            for_each_part(text, 0, [&](std::size_t begin, std::size_t end, charsmap::match const* found) {
                if (found != nullptr) out.replace(begin, end, found->replacement);
                return true;
            });
            out.finish();
        } else {
            changes<Edit> changed(text, edit);
            std::size_t const until = detail::places_until(edit);
            std::size_t const at = for_each_part(text, 0, [&](std::size_t begin, std::size_t end, auto const* found) {
                if (found == nullptr) {
                    changed.push(text.substr(begin, end - begin), 0);
                } else {
                    changed.replace(text.substr(begin, end - begin), found->replacement);
                }
                return !changed.is_past(until);
            });
            changed.finish();
            detail::run_writer<Edit> out(text, edit, at);
            for_each_part(text, at, [&](std::size_t begin, std::size_t end, charsmap::match const* found) {
                if (found != nullptr) out.replace(begin, end, found->replacement);
                return true;
            });
            out.finish();
        }
    }

private:
    static charsmap read(options_type const& options) {
        std::string base64 = options.precompiled_charsmap;
        if (base64.size() % 4 > 1) base64.append(4 - base64.size() % 4, '=');  // padding may be left out
        std::string bytes;
        if (char const* const wrong = detail::append_from_base64(base64, bytes); wrong != nullptr) {
            throw error(error_kind::syntax, "precompiled_charsmap", wrong);
        }
        return charsmap(bytes);
    }

    // f(begin, end, match or null) for each part that is replaced, and each character that is not. Goes on
    // while f returns true at the end of a cluster; returns where the next one begins.
    template <class F>
    std::size_t for_each_part(std::string_view text, std::size_t at, F&& f) const {
        while (at < text.size()) {
            std::size_t const end = detail::grapheme_scan::end_of_cluster(text, at);
            bool go_on = true;
            if (end - at == 1 && map_.keeps_ascii(text[at])) {
                go_on = f(at, end, static_cast<charsmap::match const*>(nullptr));
                at = end;
            }
            if (end - at < 6 && at < end) {
                charsmap::match const found = map_.shortest_match(text.substr(at, end - at));
                if (found.length != 0) {
                    go_on = f(at, end, &found);
                    at = end;
                }
            }
            while (at < end) {
                std::size_t const next = at + decode_utf8(text, at).length;
                charsmap::match const found = map_.shortest_match(text.substr(at, next - at));
                go_on = f(at, next, found.length != 0 ? &found : nullptr);
                at = next;
            }
            if (!go_on) break;
        }
        return at;
    }

    // The changes that Hugging Face's library computes for NormalizedString::transform. What it removes at the very
    // start it does not count, so that all later characters stand for an earlier one than they come from: kept.
    template <class Edit>
    class changes {
    public:
        changes(std::string_view text, Edit& edit) : out_(text, edit) {}

        void push(std::string_view bytes, std::ptrdiff_t change) {
            if (pending_) out_.put(bytes_, change_);
            bytes_ = bytes;
            change_ = change;
            pending_ = true;
        }

        void replace(std::string_view part, std::string_view replacement) {
            auto const n_old = static_cast<std::ptrdiff_t>(count_code_points(part));
            auto const n_new = static_cast<std::ptrdiff_t>(count_code_points(replacement));
            std::ptrdiff_t i = 0;
            for (std::size_t at = 0; at < replacement.size(); ++i) {
                std::size_t const length = decode_utf8(replacement, at).length;
                push(replacement.substr(at, length), i < n_old ? 0 : 1);
                at += length;
            }
            if (n_new < n_old && pending_) change_ += n_new - n_old;
        }

        void finish() {
            if (pending_) out_.put(bytes_, change_);
        }

        // Whether everything from now on stands for places from `until` on. A pending character may still move right.
        [[nodiscard]] bool is_past(std::size_t until) const noexcept {
            return out_.next() >= until && (!pending_ || change_ <= 0);
        }

    private:
        detail::change_writer<Edit> out_;
        std::string_view bytes_;  // the last character, whose change is not final yet
        std::ptrdiff_t change_ = 0;
        bool pending_ = false;
    };

    options_type options_;
    charsmap map_;
};

}  // namespace tessera::inline v0
