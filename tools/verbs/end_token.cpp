#include "end_token.hpp"

#include "../cli/output.hpp"
#include "../cli/usage_error.hpp"

namespace tessera::cli {

namespace {

token_id find_token(any_tokenizer const& tokenizer, std::string_view content) {
    if (added_token const* const added = tokenizer.specials().find(content)) return added->id;
    return tokenizer.vocab().find(content);
}

}  // namespace

token_id find_end_token(any_tokenizer const& tokenizer, special_roles const& roles, std::string const& asked) {
    if (asked == "none") return no_token;
    if (!asked.empty()) {
        token_id const id = find_token(tokenizer, asked);
        if (id == no_token) throw usage_error("--end-token: " + printable(asked) + " is not a token of the tokenizer");
        return id;
    }
    if (special_role const* const role = roles.find(token_role::eos)) {
        if (role->id < tokenizer.vocab().size()) return role->id;
        if (token_id const id = find_token(tokenizer, role->content); id != no_token) return id;
    }
    for (char const* const name : {"<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>"}) {
        if (added_token const* const added = tokenizer.specials().find(name)) return added->id;
    }
    return no_token;
}

}  // namespace tessera::cli
