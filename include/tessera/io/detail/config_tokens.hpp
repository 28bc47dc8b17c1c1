// The added tokens of a folder, as transformers numbers them: those that a file gives an id, then the special tokens
// that a file or the class of the tokenizer names, which the vocabulary has or which come after it.
// Source: huggingface/transformers 4.57, tokenization_utils_fast.py (PreTrainedTokenizerFast.__init__).
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/tokenizer_config.hpp>

namespace tessera::inline v0::detail {

class config_tokens {
public:
    /// @param vocabulary  spellings and ids; the strings must outlive this
    explicit config_tokens(std::vector<std::pair<std::string_view, token_id>> const& vocabulary)
        : next_(static_cast<token_id>(vocabulary.size())) {
        ids_.reserve(vocabulary.size());
        used_.reserve(vocabulary.size());
        for (auto const& [spelling, id] : vocabulary) {
            ids_.emplace(spelling, id);
            used_.insert(id);
        }
    }

    /// The tokens with an id: added_tokens_decoder, added_tokens.json.
    /// @throws error  bad_token: the vocabulary has another id for it, or another token with its id
    void add_listed(tokenizer_config const& config) {
        for (added_token const& token : config.added_tokens) {
            auto const known = ids_.find(token.content);
            if (known != ids_.end() && known->second != token.id) {
                throw error(error_kind::bad_token, "added token " + shown(token.content),
                            "its id " + std::to_string(token.id) + " differs from its id in the vocabulary, " +
                                std::to_string(known->second),
                            "the files of the folder do not belong together; fetch them again");
            }
            if (known == ids_.end() && used_.contains(token.id)) {
                throw error(error_kind::bad_token, "added token " + shown(token.content),
                            "its id " + std::to_string(token.id) + " is another token's in the vocabulary",
                            "the files of the folder do not belong together; fetch them again");
            }
            put(token);
        }
    }

    /// A special token by name. It is the vocabulary's, or gets the next id; how it is looked for is as the
    /// configuration says.
    void add_special(std::string const& content, tokenizer_config const& config, bool lstrip = false) {
        if (content.empty() || place_.contains(content)) return;
        added_token token;
        token.content = content;
        token.lstrip = lstrip;
        auto const named = std::find_if(config.unnumbered_tokens.begin(), config.unnumbered_tokens.end(),
                                        [&](added_token const& t) { return t.content == content; });
        if (named != config.unnumbered_tokens.end()) {
            token = *named;
            token.lstrip = token.lstrip || lstrip;
        }
        token.special = true;
        auto const known = ids_.find(token.content);
        while (known == ids_.end() && used_.contains(next_)) ++next_;
        token.id = known != ids_.end() ? known->second : next_;
        put(std::move(token));
    }

    /// All, in order of their ids.
    [[nodiscard]] std::vector<added_token> take() && {
        std::sort(added_.begin(), added_.end(), [](auto const& a, auto const& b) { return a.id < b.id; });
        return std::move(added_);
    }

private:
    void put(added_token token) {
        if (token.id >= max_vocabulary_size) {
            throw error(error_kind::limit, "added token " + shown(token.content), "its id is too large");
        }
        if (!place_.emplace(token.content, added_.size()).second) return;
        next_ = std::max(next_, token.id + 1);
        added_.push_back(std::move(token));
    }

    std::unordered_map<std::string_view, token_id> ids_;
    std::unordered_set<token_id> used_;
    std::unordered_map<std::string, std::size_t> place_;
    std::vector<added_token> added_;
    token_id next_ = 0;
};

}  // namespace tessera::inline v0::detail
