// A normalizer chosen at run time: a list of Unicode normalization forms, usually none or one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/normalize/unicode_normalizer.hpp>

namespace tessera::inline v0 {

/// Normalization forms applied one after another. The empty list changes nothing.
class any_normalizer {
public:
    any_normalizer() = default;

    explicit any_normalizer(std::vector<normalization_form> forms) {
        for (normalization_form const form : forms) steps_.emplace_back(form);
    }

    /// A normalizer by name, in any case: nfc, nfd, nfkc, nfkd, or none (also the empty name). Names joined by `+`
    /// are applied from left to right.
    /// @throws error  unsupported: no such name
    [[nodiscard]] static any_normalizer by_name(std::string_view name) {
        any_normalizer result;
        for (std::string_view rest = name; !rest.empty();) {
            std::size_t const plus = std::min(rest.find('+'), rest.size());
            std::string step(rest.substr(0, plus));
            for (char& c : step) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            rest.remove_prefix(std::min(plus + 1, rest.size()));
            if (step == "none") continue;
            auto const* const found = std::find(names_.begin(), names_.end(), step);
            if (found == names_.end()) {
                throw error(error_kind::unsupported, "normalizer", "there is no normalizer \"" + step + "\"",
                            "the known ones are nfc, nfd, nfkc, nfkd and none");
            }
            result.steps_.emplace_back(static_cast<normalization_form>(found - names_.begin()));
        }
        return result;
    }

    /// The names `by_name` takes.
    [[nodiscard]] static std::span<std::string_view const> names() noexcept { return names_; }

    [[nodiscard]] std::span<unicode_normalizer const> steps() const noexcept { return steps_; }

    /// Replaces `out` by the normalized text. Takes any bytes; linear time. `text` must not lie in `out`.
    void normalize(std::string_view text, std::string& out) const {
        if (steps_.empty()) {
            out.assign(text);
            return;
        }
        steps_.front().normalize(text, out);
        for (std::size_t i = 1; i < steps_.size(); ++i) {
            std::string const before = std::move(out);
            out = std::string();
            steps_[i].normalize(before, out);
        }
    }

    [[nodiscard]] bool is_identity() const noexcept { return steps_.empty(); }

    /// "NFC"; "NFC+NFKD"; empty where nothing is done.
    [[nodiscard]] std::string name() const {
        std::string all;
        for (unicode_normalizer const& step : steps_) {
            if (!all.empty()) all += '+';
            all += step.name();
        }
        return all;
    }

    friend bool operator==(any_normalizer const&, any_normalizer const&) = default;

private:
    static constexpr std::array<std::string_view, 5> names_{"nfc", "nfd", "nfkc", "nfkd", "none"};  // forms first

    std::vector<unicode_normalizer> steps_;
};

static_assert(Normalizer<any_normalizer>);

}  // namespace tessera::inline v0
