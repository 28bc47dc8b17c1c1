#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/offsets.hpp>
#include <tessera/pretokenize/bytes.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/pretokenize/whitespace.hpp>

namespace offsets_test {

namespace {

using namespace tessera;
using located = std::vector<located_token>;

bpe_model byte_model() {
    vocabulary_builder builder;
    for (unsigned b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(b);
        builder.add(b, {&byte, 1}, token_kind::byte);
    }
    builder.add(256, "ab");
    builder.add_unfindable(300, "<s>");
    builder.add_unfindable(301, "<strip>");
    builder.add_unfindable(302, "<norm>");
    return bpe_model(builder.build(), {{'a', 'b', 256, 0}});
}

// Doubles every 'x', as a normalizer that changes lengths.
struct doubling_normalizer {
    void normalize(std::string_view text, std::string& out) const {
        out.clear();
        for (char const c : text) out.append(c == 'x' ? 2 : 1, c);
    }
    [[nodiscard]] bool is_identity() const { return false; }
    [[nodiscard]] std::string name() const { return "doubling"; }
};

template <class T>
located encoded(T const& t, std::string_view text, std::string* changed = nullptr, special_rules const& rules = {}) {
    typename T::scratch scratch;
    std::string normalized;
    auto tokens = encode_with_offsets(t, text, rules, scratch, normalized);
    std::vector<token_id> ids;
    for (auto const& token : tokens) ids.push_back(token.id);
    CHECK(ids == t.encode(text, rules));
    if (changed != nullptr) *changed = normalized;
    return tokens;
}

TEST_SUITE("unit") {
    TEST_CASE("ordinary text: tokens tile it") {
        tokenizer<gpt2_pretokenizer<>> const t(byte_model());
        CHECK(encoded(t, "ab ab") == located{{256, 0, 2}, {' ', 2, 3}, {256, 3, 5}});
        CHECK(encoded(t, "").empty());
    }

    TEST_CASE("added tokens, with the whitespace they take") {
        tokenizer<gpt2_pretokenizer<>> const t(
            byte_model(), {}, {},
            special_tokens(
                {{.id = 300, .content = "<s>"}, {.id = 301, .content = "<strip>", .lstrip = true, .rstrip = true}}));
        CHECK(encoded(t, "a<s><s>b") == located{{'a', 0, 1}, {300, 1, 4}, {300, 4, 7}, {'b', 7, 8}});
        CHECK(encoded(t, "a <strip>  b") == located{{'a', 0, 1}, {301, 1, 11}, {'b', 11, 12}});
        CHECK(encoded(t, "<strip> <s>") == located{{301, 0, 8}, {300, 8, 11}});
        CHECK(encoded(t, "<s> <strip>") == located{{300, 0, 3}, {301, 3, 11}});
        CHECK(encoded(t, "<strip> <strip> ") == located{{301, 0, 8}, {301, 8, 16}});
        CHECK(encoded(t, "<s>", nullptr, special_action::ordinary) == located{{'<', 0, 1}, {'s', 1, 2}, {'>', 2, 3}});
    }

    TEST_CASE("a normalizer: offsets of the normalized text, which is handed back") {
        tokenizer<bytes_pretokenizer, bpe_model, doubling_normalizer> const t(
            byte_model(), {}, {},
            special_tokens({{.id = 300, .content = "<s>"}, {.id = 302, .content = "<norm>", .normalized = true}}));
        std::string changed;
        CHECK(encoded(t, "x<s>ab<norm>x", &changed) ==
              located{{'x', 0, 1}, {'x', 1, 2}, {300, 2, 5}, {256, 5, 7}, {302, 7, 13}, {'x', 13, 14}, {'x', 14, 15}});
        CHECK(changed == "xx<s>ab<norm>xx");
    }

    TEST_CASE("characters: text between pretokens, dropped and unknown symbols") {
        vocabulary_builder builder;
        builder.add(0, "a");
        builder.add(1, "b");
        builder.add(2, "ab");
        builder.add_unfindable(3, "[UNK]");
        vocabulary const vocab = builder.build();
        tokenizer<whitespace_pretokenizer<>> const dropping(
            bpe_model(vocab, {{0, 1, 2, 0}}, {.unit = symbol_unit::code_point}));
        CHECK(encoded(dropping, " ab  b") == located{{2, 1, 3}, {1, 5, 6}});
        // U+00E9 is in no token: a and b become neighbours across it.
        CHECK(encoded(dropping,
                      "a\xC3\xA9"
                      "b") == located{{2, 0, 4}});
        tokenizer<whitespace_pretokenizer<>> const unknown(
            bpe_model(vocab, {{0, 1, 2, 0}}, {.unit = symbol_unit::code_point, .unknown = 3}));
        CHECK(encoded(unknown,
                      "a\xC3\xA9"
                      "b") == located{{0, 0, 1}, {3, 1, 3}, {1, 3, 4}});
        tokenizer<whitespace_pretokenizer<>> const fused(
            bpe_model(vocab, {{0, 1, 2, 0}}, {.unit = symbol_unit::code_point, .unknown = 3, .fuse_unknown = true}));
        CHECK(encoded(fused,
                      "\xC3\xA9\xC3\xA9"
                      "b") == located{{3, 0, 4}, {1, 4, 5}});
        // An unknown token that is merged with what follows.
        builder = {};
        builder.add(0, "a");
        builder.add(1, "b");
        builder.add_unfindable(3, "[UNK]");
        builder.add(4, "[UNK]b");
        tokenizer<whitespace_pretokenizer<>> const merged(
            bpe_model(builder.build(), {{3, 1, 4, 0}}, {.unit = symbol_unit::code_point, .unknown = 3}));
        CHECK(encoded(merged,
                      "a\xC3\xA9"
                      "ba") == located{{0, 0, 1}, {4, 1, 4}, {0, 4, 5}});
        // The unknown token itself, spelled out in the text.
        builder = {};
        builder.add(0, "a");
        builder.add(3, "[UNK]");
        tokenizer<bytes_pretokenizer> const spelled(
            bpe_model(builder.build(), {}, {.ignore_merges = true, .unit = symbol_unit::code_point, .unknown = 3}));
        CHECK(encoded(spelled, "[UNK]") == located{{3, 0, 5}});
    }

    TEST_CASE("offsets in code points and UTF-16 units; a cut character belongs to all its tokens") {
        std::string_view const text = "a\xF0\x9F\xA6\x99z";  // a, U+1F999, z
        located const bytes{{1, 0, 1}, {2, 1, 3}, {3, 3, 5}, {4, 5, 6}};
        located points = bytes;
        convert_offsets(text, offset_unit::code_points, points);
        CHECK(points == located{{1, 0, 1}, {2, 1, 2}, {3, 1, 2}, {4, 2, 3}});
        located units = bytes;
        convert_offsets(text, offset_unit::utf16, units);
        CHECK(units == located{{1, 0, 1}, {2, 1, 3}, {3, 1, 3}, {4, 3, 4}});
        located same = bytes;
        convert_offsets(text, offset_unit::bytes, same);
        CHECK(same == bytes);
    }
}

}  // namespace

}  // namespace offsets_test
