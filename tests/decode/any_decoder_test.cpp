#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/decode/any_decoder.hpp>
#include <tessera/decode/byte_fallback_decoder.hpp>
#include <tessera/decode/metaspace_decoder.hpp>
#include <tessera/decode/strip_decoder.hpp>

#include "../support.hpp"

namespace any_decoder_test {

using namespace tessera;

namespace {

using strings = std::vector<std::string>;

template <class Component>
strings decoded(Component const& component, strings const& tokens) {
    typename Component::scratch s;
    strings out;
    component.decode(
        [&](token_sink sink) {
            for (std::string const& token : tokens) sink(token);
        },
        s, [&](std::string_view token) { out.emplace_back(token); });
    return out;
}

std::string token_bytes(any_decoder const& d, std::string_view spelling) {
    std::string out = "x";
    d.append_token_bytes(spelling, out);
    return out.substr(1);
}

any_decoder llama_decoder() {
    return any_decoder({replace_decoder({.pattern = {"\u2581", false}, .content = " "}), byte_fallback_decoder(),
                        fuse_decoder(), strip_decoder({.content = U' ', .start = 1, .stop = 0})});
}

}  // namespace

TEST_CASE("without a step, spaces are put between tokens") {
    CHECK(any_decoder({}, false).decode({"a", "", "b"}) == "a  b");
    CHECK(any_decoder({}, false).decode({}).empty());
    CHECK(any_decoder({}, true).decode({"a", "b"}) == "ab");
    CHECK(any_decoder({}, true).joins_bytes());
}

TEST_CASE("a decoder that joins bytes leaves them as they are") {
    any_decoder const d({byte_level_decoder()}, true);
    CHECK(d.decode({"\u0120a", "b"}) == "\u0120ab");
    CHECK(token_bytes(d, "\u0120a") == "\u0120a");
    CHECK(d != any_decoder({byte_level_decoder()}));
}

TEST_CASE("ByteLevel keeps bytes that are not UTF-8") {
    any_decoder const d({byte_level_decoder()});
    CHECK(d.decode({"\u00e2\u0124", "a"}) ==
          "\xE2\x82"
          "a");
    CHECK(d.decode({"\u0120a", "\u4e00\u0120", "\xFF"}) == " a\u4e00\u0120\xFF");
    CHECK(decoded(byte_level_decoder(), {}) == strings{""});
}

TEST_CASE("ByteFallback: only six bytes of the right form are a byte") {
    CHECK(byte_fallback_decoder::byte_of("<0x0A>") == '\n');
    CHECK(byte_fallback_decoder::byte_of("<0xfF>") == '\xFF');
    CHECK(byte_fallback_decoder::byte_of("<0x+A>") == '\n');
    for (char const* const other : {"<0xA>", "<0x-A>", "<0x0A> ", "<0X0A>", "<0x++>", "<0xA+>", "<0x\u00e9>", ""}) {
        CHECK_MESSAGE(!byte_fallback_decoder::byte_of(other), other);
    }
    CHECK(decoded(byte_fallback_decoder(), {"<0xE5>", "<0x8f>", "a", "<0xE5>", "<0x8f>", "<0xab>"}) ==
          strings{"\uFFFD", "\uFFFD", "a", "\u53eb"});
}

TEST_CASE("Strip never takes more than there is") {
    strip_decoder const d({.content = U'a', .start = 2, .stop = 5});
    CHECK(decoded(d, {"", "a", "aaa", "aabaa", "baaaaaaa"}) == strings{"", "", "", "b", "baa"});
    strip_decoder const wide({.content = U'\u2581', .start = 1, .stop = 1});
    CHECK(decoded(wide, {"\u2581\u2581\u2581", "\x96\x81", "\xE2\u2581"}) == strings{"\u2581", "\x96\x81", "\xE2"});
}

TEST_CASE("Metaspace: options of older files") {
    metaspace_decoder_options o{.replacement = U'_',
                                .prepend_scheme = prepend_scheme::never,
                                .split = true,
                                .add_prefix_space = false,
                                .str_rep = "_"};
    CHECK(!metaspace_decoder(o).options().add_prefix_space);
    CHECK(decoded(metaspace_decoder(o), {"_a", "_b_"}) == strings{" a", " b "});
    o.prepend_scheme = prepend_scheme::first;
    CHECK_THROWS_AS(metaspace_decoder{o}, error);
    o.add_prefix_space = true;
    CHECK(decoded(metaspace_decoder(o), {"_a_", "_b_"}) == strings{"a", " b "});
    o.replacement = 0xD800;
    CHECK_THROWS_AS(metaspace_decoder{o}, error);
}

TEST_CASE("what a token adds in the middle of a text") {
    any_decoder const llama = llama_decoder();
    CHECK(llama.decode({"\u2581a", "\u2581b", "<0x0A>"}) == "a b\n");
    CHECK(token_bytes(llama, "\u2581a") == " a");
    CHECK(token_bytes(llama, "\u2581") == " ");
    CHECK(token_bytes(llama, "<0xE5>") == "\xE5");
    CHECK(token_bytes(any_decoder({word_piece_decoder()}), "##ing") == "ing");
    CHECK(token_bytes(any_decoder({word_piece_decoder()}), "the") == " the");
    CHECK(token_bytes(any_decoder({word_piece_decoder()}), ".") == ".");
    CHECK(token_bytes(any_decoder({bpe_decoder()}), "the</w>") == "the ");
    CHECK(token_bytes(any_decoder({metaspace_decoder()}), "\u2581the") == " the");
    CHECK(token_bytes(any_decoder({byte_level_decoder()}), "\u0120the") == " the");
    CHECK(token_bytes(any_decoder({byte_level_decoder()}), "<|im end|>") == "<|im end|>");
    CHECK(token_bytes(any_decoder({ctc_decoder()}), "|") == " ");
    CHECK(token_bytes(any_decoder({ctc_decoder()}), "<pad>").empty());
    CHECK(token_bytes(any_decoder({strip_decoder({.content = U' ', .start = 1, .stop = 0})}), "  a") == " a");
    CHECK(token_bytes(any_decoder({}, false), "a") == " a");
}

TEST_CASE("in the middle of a text, a token adds what it is said to add") {
    std::vector<any_decoder> const decoders{llama_decoder(),
                                            any_decoder({word_piece_decoder()}),
                                            any_decoder({bpe_decoder()}),
                                            any_decoder({metaspace_decoder()}),
                                            any_decoder({byte_level_decoder()}),
                                            any_decoder({}, false),
                                            any_decoder({fuse_decoder(), word_piece_decoder()}),
                                            any_decoder({fuse_decoder(), bpe_decoder()}),
                                            any_decoder({fuse_decoder(), metaspace_decoder()}),
                                            any_decoder({byte_level_decoder(), ctc_decoder()}),
                                            any_decoder({ctc_decoder()}),
                                            any_decoder({metaspace_decoder(), word_piece_decoder()})};
    for (any_decoder const& d : decoders) {
        for (char const* const token :
             {"a", "##a", "\u2581a", "\u2581", "a</w>", "\u0120a", "|", "b<pad>", "...", "<0x0A>"}) {
            INFO(token);
            CHECK(d.decode({"x", token, "y"}) == d.decode({"x"}) + token_bytes(d, token) + token_bytes(d, "y"));
        }
    }
}

TEST_CASE("any bytes decode, in linear time") {
    support::random_source random(3);
    any_decoder const d({replace_decoder({.pattern = {"a", false}, .content = "bb"}), metaspace_decoder(),
                         word_piece_decoder(), bpe_decoder(), ctc_decoder(), byte_fallback_decoder(),
                         strip_decoder({.content = U' ', .start = 1, .stop = 1}), byte_level_decoder(),
                         fuse_decoder()});
    strings tokens;
    for (std::size_t i = 0; i < 300'000; ++i) tokens.push_back(random.bytes(random.below(6)));
    CHECK(!d.decode(tokens).empty());
    CHECK(any_decoder({ctc_decoder()}).decode(strings(500'000, "a")) == "a");
    CHECK(any_decoder({byte_fallback_decoder()}).decode(strings(500'000, "<0x61>")).size() == 500'000);
    CHECK(any_decoder({byte_fallback_decoder()}).decode(strings(500'000, "<0x80>")).size() == 1'500'000);
    std::string const spaces(1'000'000, ' ');
    CHECK(any_decoder({word_piece_decoder()}).decode({spaces + "."}).size() == 1'000'000);
    CHECK(any_decoder({strip_decoder({.content = U' ', .start = 2'000'000, .stop = 0})}).decode({spaces}).empty());
}

TEST_CASE("decoders are equal by their options") {
    CHECK(llama_decoder() == llama_decoder());
    CHECK(any_decoder({bpe_decoder()}) != any_decoder({bpe_decoder({.suffix = "x"})}));
    CHECK(any_decoder({bpe_decoder()}) != any_decoder({fuse_decoder()}));
}

}  // namespace any_decoder_test
