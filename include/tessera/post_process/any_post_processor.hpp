// The post-processor of any tokenizer.json: post-processors one after another; and all that happens to an encoding
// after the model, with truncation and padding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/post_process/bert_processing.hpp>
#include <tessera/post_process/byte_level_post_processor.hpp>
#include <tessera/post_process/encoding.hpp>
#include <tessera/post_process/padding.hpp>
#include <tessera/post_process/roberta_processing.hpp>
#include <tessera/post_process/template_processing.hpp>
#include <tessera/post_process/truncation.hpp>

namespace tessera::inline v0 {

/// The ids before and after those of a text.
struct id_frame {
    std::vector<token_id> before;
    std::vector<token_id> after;
    friend bool operator==(id_frame const&, id_frame const&) = default;
};

/// Runs its steps in order and joins the parts that they leave. With it goes what the file says of truncation and
/// padding, which neither `process` nor encoding applies: see post_process().
/// @par Source  tokenizers 0.23.3, processors/sequence.rs and tokenizer/mod.rs
class any_post_processor {
public:
    using step = std::variant<bert_processing, byte_level_post_processor, roberta_processing, template_processing>;

    any_post_processor() : any_post_processor(std::vector<step>{}) {}
    explicit any_post_processor(std::vector<step> steps, std::optional<truncation_params> truncation = {},
                                std::optional<padding_params> padding = {})
        : steps_(std::move(steps)),
          truncation_(std::move(truncation)),
          padding_(std::move(padding)),
          frame_(frame_of(*this)) {}

    [[nodiscard]] std::vector<step> const& steps() const noexcept { return steps_; }
    /// The settings of the file.
    [[nodiscard]] std::optional<truncation_params> const& truncation() const noexcept { return truncation_; }
    [[nodiscard]] std::optional<padding_params> const& padding() const noexcept { return padding_; }

    /// What is put around one text, with special tokens, where the steps amount to that, and to nothing without; not if
    /// one drops or repeats the text, or if `process` would throw.
    [[nodiscard]] std::optional<id_frame> const& frame() const noexcept { return frame_; }

    /// How many ids are added to one text or two: the sum over the steps, by which the library truncates.
    [[nodiscard]] std::size_t n_added(bool pair) const noexcept {
        std::size_t n = 0;
        for (step const& s : steps_) n += std::visit([&](auto const& p) { return p.n_added(pair); }, s);
        return n;
    }

    /// @param a, b    the texts; without a step they keep their type ids, else these are 0 and 1 to begin with, except
    ///                in overflowing parts
    /// @throws error  unsupported: a template follows one that leaves more than two parts, or none (where the library
    ///                panics); limit: as merge_with
    [[nodiscard]] encoding process(encoding a, std::optional<encoding> b, bool add_special_tokens) const {
        std::vector<encoding> parts;
        parts.push_back(std::move(a));
        if (b) parts.push_back(*std::move(b));
        if (!steps_.empty()) {
            for (std::size_t i = 0; i < parts.size(); ++i) {
                parts[i].type_ids.assign(parts[i].size(), static_cast<std::uint32_t>(i));
            }
        }
        for (step const& s : steps_) std::visit([&](auto const& p) { p.process(parts, add_special_tokens); }, s);
        if (parts.size() == 1 && steps_.empty()) return std::move(parts.front());
        encoding out;
        detail::overflow_budget budget;
        for (encoding const& part : parts) detail::merge_into(out, part, budget);
        return out;
    }

    friend bool operator==(any_post_processor const& a, any_post_processor const& b) {
        return a.steps_ == b.steps_ && a.truncation_ == b.truncation_ && a.padding_ == b.padding_;
    }

private:
    [[nodiscard]] static std::optional<id_frame> frame_of(any_post_processor const& p) {
        // The text is where two texts of one id differ.
        std::vector<token_id> x, y;
        try {
            x = p.process(encoding::from_ids({0}), std::nullopt, true).ids;
            y = p.process(encoding::from_ids({1}), std::nullopt, true).ids;
            // Without special tokens there may be another number of parts, for which a second template does other
            // things.
            if (p.process(encoding::from_ids({0}), std::nullopt, false).ids != std::vector<token_id>{0}) return {};
        } catch (error const&) {
            return std::nullopt;
        }
        std::optional<std::size_t> at;
        for (std::size_t i = 0; i < x.size(); ++i) {
            if (x[i] == y[i]) continue;
            if (at) return std::nullopt;
            at = i;
        }
        if (!at) return std::nullopt;
        auto const middle = x.begin() + static_cast<std::ptrdiff_t>(*at);
        return id_frame{{x.begin(), middle}, {middle + 1, x.end()}};
    }

    std::vector<step> steps_;
    std::optional<truncation_params> truncation_;
    std::optional<padding_params> padding_;
    std::optional<id_frame> frame_;
};

/// What happens to one text or two after the model: truncation, post-processor, padding.
///
/// A max_length below the number of ids that are added truncates nothing, as in the library.
/// @throws error  what truncate_encodings, any_post_processor::process and pad_encodings throw
/// @par Source    tokenizers 0.23.3, tokenizer/mod.rs
[[nodiscard]] inline encoding post_process(any_post_processor const& processor, encoding a, std::optional<encoding> b,
                                           bool add_special_tokens, std::optional<truncation_params> const& truncation,
                                           std::optional<padding_params> const& padding) {
    if (truncation) {
        truncation_params params = *truncation;
        std::size_t const n_added = add_special_tokens ? processor.n_added(b.has_value()) : 0;
        if (n_added <= params.max_length) {
            params.max_length -= n_added;
            truncate_encodings(a, b, params);
        }
    }
    encoding out = processor.process(std::move(a), std::move(b), add_special_tokens);
    if (padding) pad_encodings({&out, 1}, *padding);
    return out;
}

}  // namespace tessera::inline v0
