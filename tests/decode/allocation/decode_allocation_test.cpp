// Decoding allocates nothing once the scratch memory has grown. An executable of its own, see
// counted_allocations.hpp.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/decode/any_decoder.hpp>
#include "../../counted_allocations.hpp"

TEST_SUITE("property") {
    TEST_CASE("decoding allocates nothing in the steady state") {
        using namespace tessera;
        std::vector<any_decoder> const decoders{
            any_decoder({replace_decoder({.pattern = {"\u2581", false}, .content = " "}), byte_fallback_decoder(),
                         fuse_decoder(), strip_decoder({.content = U' ', .start = 1, .stop = 0})}),
            any_decoder({replace_decoder({.pattern = {"[ab]+", true}, .content = "a token that is long by then"})}),
            any_decoder({bpe_decoder()}),
            any_decoder({byte_level_decoder()}),
            any_decoder({ctc_decoder()}),
            any_decoder({metaspace_decoder()}),
            any_decoder({word_piece_decoder()}),
            any_decoder({sentencepiece_decoder({.control_pieces = {"<s>"}, .byte_fallback = true})}),
            any_decoder({sentencepiece_decoder({.denormalizer = sentencepiece_normalizer_options{}})}),
            any_decoder({}, false)};
        std::vector<std::string> const tokens{
            "\u2581the",           "##ing", "<0xE5>", "<0x8f>", " . , do not", "lo</w>",
            std::string(500, 'a'), "<s>",   "",       "|",      "|",           "\u0120a\u00e9"};
        for (any_decoder const& decoder : decoders) {
            any_decoder::scratch s;
            std::string out;
            auto const decode = [&] {
                out.clear();
                auto const source = [&](token_sink sink) {
                    for (int i = 0; i < 100; ++i) {
                        for (std::string const& token : tokens) sink(token);
                    }
                };
                decoder.decode(source, s, out);
            };
            decode();
            std::size_t const size = out.size();
            std::size_t const before = n_allocations;
            decode();
            std::size_t const after = n_allocations;
            CAPTURE(&decoder - decoders.data());
            CHECK(before > 0);
            CHECK(after == before);
            CHECK(out.size() == size);
            CHECK(size > 3000);
        }
    }
}
