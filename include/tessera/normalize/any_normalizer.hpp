// A normalizer chosen at run time: a list of components, usually none or one. The variant below is the table of all
// that there are: a new one needs its header, its test, and a place there.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/step_scratch.hpp>
#include <tessera/core/text_piece.hpp>
#include <tessera/normalize/bert_normalizer.hpp>
#include <tessera/normalize/byte_level_normalizer.hpp>
#include <tessera/normalize/edit.hpp>
#include <tessera/normalize/form_normalizer.hpp>
#include <tessera/normalize/llama_cpp_bert_normalizer.hpp>
#include <tessera/normalize/llama_cpp_normalizer.hpp>
#include <tessera/normalize/lowercase_normalizer.hpp>
#include <tessera/normalize/nmt_normalizer.hpp>
#include <tessera/normalize/precompiled_normalizer.hpp>
#include <tessera/normalize/prepend_normalizer.hpp>
#include <tessera/normalize/replace_normalizer.hpp>
#include <tessera/normalize/sentencepiece_normalizer.hpp>
#include <tessera/normalize/strip_accents_normalizer.hpp>
#include <tessera/normalize/strip_normalizer.hpp>

namespace tessera::inline v0 {

/// Components applied one after another. The empty list changes nothing.
class any_normalizer {
public:
    using step = std::variant<nfc_normalizer, nfd_normalizer, nfkc_normalizer, nfkd_normalizer, lowercase_normalizer,
                              strip_normalizer, strip_accents_normalizer, nmt_normalizer, bert_normalizer,
                              precompiled_normalizer, prepend_normalizer, replace_normalizer, byte_level_normalizer,
                              sentencepiece_normalizer, llama_cpp_normalizer, llama_cpp_bert_normalizer>;

    struct scratch {
        step_scratch<step> steps;
        std::string other;
    };

    any_normalizer() = default;
    explicit any_normalizer(std::vector<step> steps) : steps_(std::move(steps)) {}

    /// A normalizer by name, in any case. Names joined by `+` are applied from left to right; none, and the empty name,
    /// change nothing.
    /// @throws error  unsupported: no such name
    [[nodiscard]] static any_normalizer by_name(std::string_view name) {
        any_normalizer result;
        for (std::string_view rest = name; !rest.empty();) {
            std::size_t const plus = std::min(rest.find('+'), rest.size());
            std::string one(rest.substr(0, plus));
            for (char& c : one) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '_' ? '-' : c;
            rest.remove_prefix(std::min(plus + 1, rest.size()));
            if (one != "none") result.steps_.push_back(step_by_name(one));
        }
        return result;
    }

    /// The names `by_name` takes.
    [[nodiscard]] static std::span<std::string_view const> names() noexcept { return names_; }

    [[nodiscard]] std::vector<step> const& steps() const noexcept { return steps_; }

    /// Replaces `out` by the normalized text. Takes any bytes; linear time. `text` must not lie in `out` or `s`.
    /// @return  of the leading bytes of `text` that stand for the first character of the input, what they became; 0
    ///          costs nothing
    std::size_t normalize(text_piece text, scratch& s, std::string& out) const {
        if (steps_.empty()) {
            out.assign(text.text);
            return text.from_start;
        }
        s.steps.reserve(steps_.size());
        std::size_t from_start = text.from_start;
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            if (i > 0) std::swap(out, s.other);
            std::string_view const before = i == 0 ? text.text : std::string_view(s.other);
            from_start = apply(i, {before, from_start}, s, out);
        }
        return from_start;
    }

    void normalize(std::string_view text, std::string& out) const {
        scratch s;
        normalize({text, 0}, s, out);
    }

    [[nodiscard]] bool is_identity() const noexcept { return steps_.empty(); }

    /// "NFC"; "NFC+NFKD"; empty where nothing is done.
    [[nodiscard]] std::string name() const {
        std::string all;
        for (step const& one : steps_) {
            if (!all.empty()) all += '+';
            all += std::visit([]<class Step>(Step const&) { return Step::type; }, one);
        }
        return all;
    }

    friend bool operator==(any_normalizer const&, any_normalizer const&) = default;

private:
    static constexpr std::array<std::string_view, 10> names_{"nfc",   "nfd",           "nfkc", "nfkd", "lowercase",
                                                             "strip", "strip-accents", "nmt",  "bert", "none"};

    static step step_by_name(std::string_view name) {
        if (name == "nfc") return nfc_normalizer();
        if (name == "nfd") return nfd_normalizer();
        if (name == "nfkc") return nfkc_normalizer();
        if (name == "nfkd") return nfkd_normalizer();
        if (name == "lowercase") return lowercase_normalizer();
        if (name == "strip") return strip_normalizer();
        if (name == "strip-accents") return strip_accents_normalizer();
        if (name == "nmt") return nmt_normalizer();
        if (name == "bert") return bert_normalizer();
        std::string remedy = "the known ones are";
        for (std::size_t i = 0; i < names_.size(); ++i) {
            remedy += (i == 0 ? " " : i + 1 == names_.size() ? " and " : ", ") + std::string(names_[i]);
        }
        throw error(error_kind::unsupported, "normalizer", "there is no normalizer \"" + std::string(name) + "\"",
                    std::move(remedy));
    }

    std::size_t apply(std::size_t i, text_piece text, scratch& s, std::string& out) const {
        return std::visit(
            [&]<class Step>(Step const& one) -> std::size_t {
                auto& mine = s.steps.template of<Step>(i);
                if (text.from_start == 0) {
                    plain_edit edit(text.text, out);
                    one.rewrite(text.text, mine, edit);
                    return 0;
                }
                start_edit edit(text.text, text.from_start, out);
                one.rewrite(text.text, mine, edit);
                return edit.from_start();
            },
            steps_[i]);
    }

    std::vector<step> steps_;
};

static_assert(StagedNormalizer<any_normalizer>);

}  // namespace tessera::inline v0
