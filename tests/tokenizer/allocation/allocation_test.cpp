// Encoding into a caller's buffer allocates nothing once the scratch memory has grown. An executable of its
// own, see counted_allocations.hpp.
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/core/special_tokens.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/pretokenize/cl100k.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/pretokenize/o200k.hpp>
#include <tessera/tokenizer.hpp>
#include "../../counted_allocations.hpp"

namespace {

constexpr tessera::token_id end_of_text = 256;

// All bytes, one special token, and the merges that make "the", " the", "in", "ing", "aa", "aaaa".
tessera::bpe_model small_model() {
    tessera::vocabulary_builder tokens;
    for (unsigned b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(b);
        tokens.add(b, {&byte, 1}, tessera::token_kind::byte);
    }
    tokens.add_unfindable(end_of_text, "<|endoftext|>");
    std::vector<tessera::merge> merges;
    auto const join = [&](tessera::token_id left, tessera::token_id right) {
        auto const id = static_cast<tessera::token_id>(tokens.size());
        std::string bytes(tokens.bytes(left));
        bytes += tokens.bytes(right);
        tokens.add(id, bytes);
        merges.push_back({left, right, id, static_cast<std::uint32_t>(merges.size())});
        return id;
    };
    auto const the = join('t', join('h', 'e'));
    join(' ', the);
    join(join('i', 'n'), 'g');
    auto const aa = join('a', 'a');
    join(aa, aa);
    return {tokens.build(), std::move(merges)};
}

template <class P>
void encodes_without_allocating() {
    tessera::special_tokens specials(
        std::vector<tessera::added_token>{{.id = end_of_text, .content = "<|endoftext|>", .special = true}});
    tessera::tokenizer<P> const t(small_model(), P{}, {}, std::move(specials));

    // A long pretoken (the heap engine), short ones, a special token, letters of four scripts, bytes that are no text.
    std::array<std::string, 5> const texts = {
        std::string(5000, 'a'), "the thing in the string <|endoftext|> is 12345 things, isn't it?\n\n  yes",
        "\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82 \xE4\xBD\xA0\xE5\xA5\xBD \xE0\xA4\xA8\xE0\xA4\xAE",
        "\xFF\xFE\x00\x80 broken \xC3", ""};
    std::vector<tessera::token_id> ids(6000);
    typename tessera::tokenizer<P>::scratch s;

    auto const encode_all = [&] {
        std::size_t n = 0;
        for (std::string const& text : texts) {
            n += t.encode_into(text, ids, s);
            n += t.encode_into(text, ids, s, tessera::special_action::ordinary);
            n += t.count(text, s);
        }
        return n;
    };
    std::size_t const first = encode_all();
    std::size_t const before = n_allocations;
    std::size_t const second = encode_all();
    std::size_t const after = n_allocations;
    CHECK(after == before);
    CHECK(first == second);
    CHECK(first > 100);
}

}  // namespace

TEST_SUITE("property") {
    TEST_CASE("the counter counts") {
        std::size_t const before = n_allocations;
        std::vector<int> const one(1);
        CHECK(n_allocations == before + one.size());
    }

    TEST_CASE("encoding into a buffer allocates nothing in the steady state") {
        SUBCASE("gpt2") { encodes_without_allocating<tessera::gpt2_pretokenizer<>>(); }
        SUBCASE("cl100k") { encodes_without_allocating<tessera::cl100k_pretokenizer<>>(); }
        SUBCASE("o200k") { encodes_without_allocating<tessera::o200k_pretokenizer<>>(); }
    }
}
