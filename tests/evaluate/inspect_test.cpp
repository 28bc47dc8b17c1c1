#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/evaluate/inspect.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/pretokenize/bytes.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/tokenizer.hpp>

namespace inspect_test {

namespace {

using namespace tessera;
using ids = std::vector<token_id>;

// 0-255 are the bytes.
vocabulary_builder all_bytes() {
    vocabulary_builder builder;
    for (unsigned b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(b);
        builder.add(b, {&byte, 1}, token_kind::byte);
    }
    return builder;
}

TEST_SUITE("unit") {
    TEST_CASE("a byte alphabet alone: only its single bytes are incomplete") {
        tokenizer<bytes_pretokenizer> const t(bpe_model(all_bytes().build(), {}));
        auto const found = evaluate::inspect(t);
        CHECK(found.vocab_size == 256);
        CHECK(found.unreachable.empty());
        CHECK(found.duplicate.empty());
        CHECK(found.unused.empty());
        CHECK(found.no_symbol.empty());
        CHECK(found.incomplete_utf8.size() == 128);
        CHECK(found.incomplete_utf8.front() == 0x80);
        CHECK(found.n_incomplete_single_bytes == 128);
        CHECK(found.longest.size() == 10);
    }

    TEST_CASE("each kind of trouble is found, and only there") {
        auto builder = all_bytes();
        builder.add(256, "ab");                                 // made by a merge
        builder.add(257, "cd");                                 // made by none
        builder.add(258, "\xE2\x82");                           // half of a character, made by a merge
        builder.add(260, "b c");                                // the pretokenizer cuts it; 259 is a gap
        builder.add_unfindable(261, "ab", token_kind::normal);  // a double
        builder.add_unfindable(262, "<|endoftext|>");           // special
        builder.add_unfindable(263, "never", token_kind::control);
        std::vector<merge> const merges{{'a', 'b', 256, 0}, {0xE2, 0x82, 258, 1}};
        tokenizer<gpt2_pretokenizer<>> const t(bpe_model(builder.build(), merges), {}, {},
                                               special_tokens({{.id = 262, .content = "<|endoftext|>"}}));
        auto const found = evaluate::inspect(t);
        CHECK(found.vocab_size == 264);
        CHECK(found.n_special_tokens == 1);
        CHECK(found.unreachable == ids{257, 260, 261});
        CHECK(found.unreachable_to_one == ids{261});
        CHECK(found.incomplete_utf8.size() == 129);
        CHECK(found.incomplete_utf8.back() == 258);
        CHECK(found.n_incomplete_single_bytes == 128);
        CHECK(found.duplicate == std::vector<ids>{{256, 261}});
        CHECK(found.unused == ids{259});
        CHECK(found.longest.front() == 262);
        CHECK(found.longest[1] == 263);
    }

    TEST_CASE("part of a character is reachable if merging gives it, though no text splits so") {
        auto builder = all_bytes();
        builder.add(256, "\xD0\xBE");      // a letter
        builder.add(257, "\xD0\xBE\xD0");  // and half of one: a pretoken boundary, were it a text
        builder.add(258, "\xBE\xD0");      // made by no merge
        std::vector<merge> const merges{{0xD0, 0xBE, 256, 0}, {256, 0xD0, 257, 1}};
        tokenizer<gpt2_pretokenizer<>> const t(bpe_model(builder.build(), merges, {.ignore_merges = true}));
        CHECK(evaluate::inspect(t).unreachable == ids{258});
    }

    TEST_CASE("a token that needs neighbours is reachable, and one that none help is not") {
        // Spelled with U+2581 for a space, which Metaspace puts before each word. "c" has no token: it parts what is
        // beside it, as a letter does that merges with nothing.
        constexpr std::string_view space = "\xE2\x96\x81";
        std::uint32_t state = 1;
        auto const below = [&state](std::uint32_t n) {
            state = state * 1664525 + 1013904223;
            return static_cast<token_id>((state >> 8) % n);
        };
        std::vector<std::string> texts{""};  // all of up to five characters
        for (std::size_t i = 0; texts[i].size() < 5; ++i) {
            for (char const c : {'a', 'b', 'c', ' '}) texts.push_back(texts[i] + c);
        }
        std::size_t n_unreachable = 0;
        for (int round = 0; round < 60; ++round) {
            std::vector<std::string> pieces{"<unk>", std::string(space), "a", "b"};
            std::vector<merge> merges;
            while (pieces.size() < 14) {
                token_id const left = 1 + below(static_cast<std::uint32_t>(pieces.size()) - 1);
                token_id const right = 1 + below(static_cast<std::uint32_t>(pieces.size()) - 1);
                std::string joined = pieces[left] + pieces[right];
                if (joined.find(space, 1) != std::string::npos) continue;
                if (joined.size() > (joined.starts_with(space) ? 6 : 3)) continue;  // three letters at most
                if (std::find(pieces.begin(), pieces.end(), joined) != pieces.end()) continue;
                merges.push_back({left, right, static_cast<token_id>(pieces.size()), 0});
                pieces.push_back(std::move(joined));
            }
            for (std::size_t i = merges.size(); i > 1; --i)
                std::swap(merges[i - 1], merges[below(static_cast<std::uint32_t>(i))]);
            for (std::size_t i = 0; i < merges.size(); ++i) merges[i].rank = static_cast<std::uint32_t>(i);
            vocabulary_builder builder;
            builder.add_unfindable(0, pieces[0], token_kind::control);
            for (token_id id = 1; id < pieces.size(); ++id) builder.add(id, pieces[id]);
            tokenizer<any_pretokenizer> const t(
                bpe_model(builder.build(), merges, {.unit = symbol_unit::code_point, .unknown = 0}),
                any_pretokenizer({metaspace_pretokenizer()}));
            std::vector<bool> seen(pieces.size(), false);
            for (std::string const& text : texts) {
                for (token_id const id : t.encode_ordinary(text)) seen[id] = true;
            }
            ids never;
            for (token_id id = 1; id < pieces.size(); ++id) {
                if (!seen[id]) never.push_back(id);
            }
            CAPTURE(round);
            ids const found = evaluate::inspect(t).unreachable;
            CHECK(found == never);
            n_unreachable += never.size();
        }
        CHECK(n_unreachable > 0);
    }

    TEST_CASE("bytes without a token are named") {
        vocabulary_builder builder;
        builder.add(0, "a");
        tokenizer<bytes_pretokenizer> const t(bpe_model(builder.build(), {}));
        auto const found = evaluate::inspect(t);
        CHECK(found.no_symbol.size() == 255);
        CHECK(found.no_symbol[97] == 'b');
    }
}

}  // namespace

}  // namespace inspect_test
