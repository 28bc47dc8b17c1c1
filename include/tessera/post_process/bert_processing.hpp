// Hugging Face's post-processor `BertProcessing`: [CLS] A [SEP], or [CLS] A [SEP] B [SEP].
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/post_process/detail/wrap.hpp>
#include <tessera/post_process/encoding.hpp>

namespace tessera::inline v0 {

struct bert_processing_options {
    std::pair<std::string, token_id> sep{"[SEP]", 102};
    std::pair<std::string, token_id> cls{"[CLS]", 101};
    friend bool operator==(bert_processing_options const&, bert_processing_options const&) = default;
};

/// @par Source  tokenizers 0.23.3, processors/bert.rs
class bert_processing {
public:
    using options_type = bert_processing_options;
    static constexpr std::string_view type = "BertProcessing";

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("sep", o.sep);
        f("cls", o.cls);
    }

    explicit bert_processing(options_type o = {}) : options_(std::move(o)) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// How many ids are added to one text or two.
    [[nodiscard]] static std::size_t n_added(bool pair) noexcept { return pair ? 3 : 2; }

    /// @param parts  the texts, or what a post-processor before has made of them
    void process(std::vector<encoding>& parts, bool add_special_tokens) const {
        if (!add_special_tokens) return;
        token_id const cls[] = {options_.cls.second};
        token_id const sep[] = {options_.sep.second};
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (i == 0) {
                detail::wrap(parts[i], cls, sep, 0);
            } else {
                detail::wrap(parts[i], {}, sep, 1);
            }
        }
    }

    friend bool operator==(bert_processing const&, bert_processing const&) = default;

private:
    options_type options_;
};

}  // namespace tessera::inline v0
