// BoundlessBPE's model against operations applied one at a time to strings.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/model/boundless_model.hpp>
#include <tessera/model/operation_engine.hpp>
#include <tessera/model/operation_table.hpp>
#include <tessera/pretokenize/gpt2.hpp>

#include "reference/boundless.hpp"
#include "support.hpp"

namespace boundless_model_test {

using namespace tessera;
namespace slow = reference::boundless;

namespace {

word_splitter splitter() { return word_splitter(gpt2_pretokenizer<>()); }

/// Random merges and deletions, which repeat, and come in any order.
struct random_operations {
    boundless_data data;
    std::vector<slow::operation> words, superwords;

    random_operations(support::random_source& random, std::string_view alphabet, std::size_t n, bool blow_up) {
        data.words.blow_up = blow_up;
        for (char const c : alphabet) symbol(std::string(1, c));
        std::vector<token_id> made;
        for (std::size_t i = 0; i < n; ++i) {
            if (!made.empty() && random.below(6) == 0) {
                token_id const t = made[random.below(made.size())];
                data.words.operations.push_back({no_token, no_token, t, 0, false});
                words.push_back({{}, data.symbols[t], 0, false});
                continue;
            }
            merge_operation const o = merge_of(random, 5);
            made.push_back(o.result);
            data.words.operations.push_back(o);
            words.push_back({{data.symbols[o.left], data.symbols[o.right]}, "", 1, false});
        }
        for (std::size_t i = 0; i < n; ++i) {
            merge_operation const o = merge_of(random, 14);
            data.superwords.operations.push_back(o);
            superwords.push_back({{data.symbols[o.left], data.symbols[o.right]}, "", 1, false});
        }
        data.kind = boundless_kind::superbpe;
        data.tokens.resize(data.symbols.size());
    }

    /// The pipeline on strings.
    slow::word encode(std::string const& text) const {
        slow::word out;
        slow::word run;
        auto const end_run = [&] {
            for (std::string const& t : slow::apply(superwords, run, false, false)) out.push_back(t);
            run.clear();
        };
        auto const in_superword = [&](std::string const& t) {
            return std::any_of(superwords.begin(), superwords.end(),
                               [&](auto const& o) { return o.merged.first == t || o.merged.second == t; });
        };
        gpt2_pretokenizer<>().for_each(text, [&](std::string_view pretoken) {
            slow::word const symbols =
                slow::apply(words, slow::bytes_of(std::string(pretoken)), data.words.blow_up, true);
            if (symbols.size() == 1 && in_superword(symbols[0])) {
                run.push_back(symbols[0]);
                return;
            }
            end_run();
            out.insert(out.end(), symbols.begin(), symbols.end());
        });
        end_run();
        return out;
    }

private:
    token_id symbol(std::string const& bytes) {
        auto const [at, is_new] = ids_.emplace(bytes, static_cast<token_id>(data.symbols.size()));
        if (is_new) data.symbols.push_back(bytes);
        return at->second;
    }
    merge_operation merge_of(support::random_source& random, std::size_t longest) {
        for (;;) {
            auto const left = static_cast<token_id>(random.below(data.symbols.size()));
            auto const right = static_cast<token_id>(random.below(data.symbols.size()));
            std::string const joined = data.symbols[left] + data.symbols[right];
            if (joined.size() <= longest) return {left, right, symbol(joined), 1, false};
        }
    }
    std::map<std::string, token_id> ids_;
};

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("as operations applied one at a time") {
        for (std::uint64_t seed = 0; seed < 300; ++seed) {
            CAPTURE(seed);
            support::random_source random(seed);
            std::string_view const alphabet = seed % 2 == 0 ? "ab " : "a ";
            random_operations const all(random, alphabet, 1 + random.below(40), random.below(2) == 0);
            boundless_model const model(all.data, splitter());
            boundless_model::scratch scratch;
            for (std::size_t i = 0; i < 10; ++i) {
                std::string const text = random.text(random.below(40), alphabet);
                CAPTURE(text);
                slow::word tokens;
                model.encode(text, scratch, [&](token_id id) { tokens.emplace_back(model.vocab().bytes(id)); });
                REQUIRE(tokens == all.encode(text));
            }
        }
    }

    TEST_CASE("deleted tokens without an id, and bytes without a token") {
        boundless_data data;
        data.symbols = {"a", "b", "abb", "ab"};  // `ab` has been deleted for good
        data.tokens.resize(3);
        data.words.operations = {{0, 1, 3, 5, false}, {3, 1, 2, 4, false}};
        boundless_model const model(data, splitter());
        boundless_model::scratch scratch;
        auto const encode = [&](std::string_view text) {
            std::vector<token_id> ids;
            for (int i = 0; i < 300; ++i) {  // until the cache answers
                ids.clear();
                model.encode(text, scratch, [&](token_id id) { ids.push_back(id); });
            }
            return ids;
        };
        CHECK(encode("abb") == std::vector<token_id>{2});
        CHECK(encode("abab") == std::vector<token_id>{0, 1, 0, 1});
        CHECK(encode("axb") == std::vector<token_id>{0, 1});
        CHECK(encode("xyz").empty());
        CHECK(encode("").empty());
    }

    TEST_CASE("a long word takes time in proportion") {
        std::vector<merge_operation> operations;
        for (token_id t = 0; t < 16; ++t) operations.push_back({t, t, t + 1, 1, false});
        for (token_id t = 16; t > 4; --t) operations.push_back({no_token, no_token, t, 0, false});
        operation_table const table(operations);
        std::vector<token_id> symbols(1 << 17, 0);
        operation_engine engine;
        engine.apply(
            table, operation_order::rising, symbols,
            [](token_id t) {
                static std::vector<token_id> parts;
                parts.assign(2, t - 1);
                return std::span<token_id const>(parts);
            },
            [](token_id t) { return std::size_t{1} << t; });
        CHECK(symbols == std::vector<token_id>(1 << 13, 4));
    }

    TEST_CASE("what is no model") {
        boundless_data data;
        data.symbols = {"a", "b", "ab"};
        data.tokens.resize(3);
        auto const fails = [&](std::vector<merge_operation> words, std::vector<merge_operation> superwords) {
            boundless_data d = data;
            d.words.operations = std::move(words);
            d.superwords.operations = std::move(superwords);
            CHECK_THROWS_AS(boundless_model(d, splitter()), error);
        };
        fails({{0, 1, 1, 1, false}}, {});
        fails({{0, 3, 2, 1, false}}, {});
        fails({{0, 1, 3, 1, false}}, {});
        fails({{no_token, no_token, 2, 0, false}}, {});
        fails({}, {{0, 1, 2, 1, false}, {no_token, no_token, 2, 0, false}});
        data.symbols[1] = "a";
        fails({}, {});
    }
}

}  // namespace boundless_model_test
