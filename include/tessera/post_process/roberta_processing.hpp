// Hugging Face's post-processor `RobertaProcessing`: <s> A </s>, or <s> A </s> </s> B </s>.
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

struct roberta_processing_options {
    std::pair<std::string, token_id> sep{"</s>", 2};
    std::pair<std::string, token_id> cls{"<s>", 0};
    bool trim_offsets = true;      ///< changes no encoding
    bool add_prefix_space = true;  ///< changes no encoding
    friend bool operator==(roberta_processing_options const&, roberta_processing_options const&) = default;
};

/// Every type id is 0, except that overflowing parts keep theirs where no special tokens are added.
/// @par Source  tokenizers 0.23.3, processors/roberta.rs
class roberta_processing {
public:
    using options_type = roberta_processing_options;
    static constexpr std::string_view type = "RobertaProcessing";

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("sep", o.sep);
        f("cls", o.cls);
        f("trim_offsets", o.trim_offsets);
        f("add_prefix_space", o.add_prefix_space);
    }

    explicit roberta_processing(options_type o = {}) : options_(std::move(o)) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// How many ids are added to one text or two.
    [[nodiscard]] static std::size_t n_added(bool pair) noexcept { return pair ? 4 : 2; }

    /// @param parts  the texts, or what a post-processor before has made of them
    void process(std::vector<encoding>& parts, bool add_special_tokens) const {
        token_id const cls[] = {options_.cls.second};
        token_id const sep[] = {options_.sep.second};
        for (std::size_t i = 0; i < parts.size(); ++i) {
            encoding& part = parts[i];
            part.type_ids.assign(part.size(), 0);
            if (!add_special_tokens) continue;
            for (encoding& overflowing : part.overflowing) overflowing.type_ids.assign(overflowing.size(), 0);
            detail::wrap(part, i == 0 ? cls : sep, sep, 0);
        }
    }

    friend bool operator==(roberta_processing const&, roberta_processing const&) = default;

private:
    options_type options_;
};

}  // namespace tessera::inline v0
