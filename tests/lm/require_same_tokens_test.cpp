// A model and a tokenizer that are not made for each other are told apart by the first token that matters.
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/core/error.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/lm/require_same_tokens.hpp>

#include "../io/hostile.hpp"

using namespace tessera;
using hostile::check_fails;

namespace {

struct speller {
    std::vector<std::pair<std::string, token_kind>> tokens;

    [[nodiscard]] std::size_t vocab_size() const { return tokens.size(); }
    [[nodiscard]] std::string token_bytes(token_id id) const { return tokens[id].first; }
    [[nodiscard]] token_kind kind(token_id id) const { return tokens[id].second; }
};

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("tokens of a model and of a tokenizer") {
        using enum token_kind;
        vocabulary_builder builder;
        builder.add_unfindable(0, "<s>", control);
        builder.add(1, "\n", byte);
        builder.add(2, " the");
        builder.add(4, "a");
        vocabulary const vocab = builder.build();  // 3 is a gap
        speller const same{{{"", control}, {"\n", byte}, {" the", normal}, {"", unused}, {"a", normal}}};
        lm::require_same_tokens(same, vocab);

        auto const changed = [&](token_id id, std::string bytes, token_kind kind) {
            speller model = same;
            if (id == model.tokens.size()) model.tokens.emplace_back();
            model.tokens[id] = {std::move(bytes), kind};
            return model;
        };
        // A control token, a gap and padding are anything.
        lm::require_same_tokens(changed(0, "<s>", normal), vocab);
        lm::require_same_tokens(changed(3, "<unused3>", normal), vocab);
        lm::require_same_tokens(changed(2, "", control), vocab);
        lm::require_same_tokens(changed(1, "\n", normal), vocab);
        lm::require_same_tokens(changed(5, "[PAD5]", normal), vocab);
        lm::require_same_tokens(changed(5, "", unused), vocab);
        lm::require_same_tokens(changed(5, "<image>", control), vocab);

        auto const fails = [&](speller const& model, std::string const& what) {
            check_fails([&] { lm::require_same_tokens(model, vocab); }, error_kind::bad_option, what);
        };
        fails(changed(2, "the", normal), "token 2 is \"the\" in the model, and \"\xC4\xA0the\" in the tokenizer");
        fails(changed(1, "\r", byte), "token 1 is \"\xC4\x8D\" in the model");
        fails(changed(5, "b", normal),
              "the tokenizer has 5 tokens, and token 5 of the model, \"b\", is not among them");
        speller shorter = same;
        shorter.tokens.pop_back();
        fails(shorter, "the model has 4 tokens, and token 4 of the tokenizer, \"a\", is not among them");
    }
}
