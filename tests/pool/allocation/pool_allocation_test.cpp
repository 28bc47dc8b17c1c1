// Pooling words into arrays that are used again allocates nothing once they and the scratch memory have grown. An
// executable of its own, see counted_allocations.hpp.
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/model/bpe_model.hpp>
#include <tessera/pool/code_point_units.hpp>
#include <tessera/pool/paper_words.hpp>
#include <tessera/pool/tokenizer_units.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/tokenizer.hpp>
#include <tessera/word_pool.hpp>
#include "../../counted_allocations.hpp"

namespace {

using namespace tessera;

template <class Words, class Units>
void pools_without_allocating(Units const& units, overlong_words overlong) {
    std::vector<std::string> texts;
    for (int i = 0; i < 50; ++i) {
        texts.push_back("Some words, don't you think?\n\n" + std::string(static_cast<std::size_t>(i), 'a') +
                        " \xD0\x9F\xD1\x80\xD0\xB8 \xFF\xC3 <unk> @-@ end  ");
    }
    std::vector<std::string_view> const views(texts.begin(), texts.end());
    pool_options options;
    options.canvas = 12;
    options.overlong = overlong;
    options.n_prefix = 1;
    options.end_of_word = true;
    word_pool<Words, Units> const pool({}, units, options);
    typename word_pool<Words, Units>::scratch s;
    ragged_words ragged;
    ragged_words appended;
    padded_words padded;
    std::string text;
    auto const pool_all = [&] {
        pool.pool_ragged(views, serial_executor{}, s, ragged);
        pool.pool_padded(views, 16, serial_executor{}, s, padded);
        appended.clear();
        for (std::string_view const view : views) pool.append(view, s, appended);
        text.clear();
        pool.ids().decode_ragged(ragged.ids, ragged.word_offsets, text);
        return ragged.ids.size() + padded.ids.size() + text.size();
    };
    std::size_t const first = pool_all();
    std::size_t const before = n_allocations;
    std::size_t const second = pool_all();
    std::size_t const after = n_allocations;
    CHECK(after == before);
    CHECK(first == second);
    CHECK(first > 10'000);
}

TEST_SUITE("property") {
    TEST_CASE("the counter counts") {
        std::size_t const before = n_allocations;
        std::vector<int> const one(1);
        CHECK(n_allocations == before + one.size());
    }

    TEST_CASE("pooling allocates nothing in the steady state") {
        for (overlong_words const overlong : {overlong_words::truncate, overlong_words::split}) {
            pools_without_allocating<white_space_words>(byte_units(), overlong);
            pools_without_allocating<white_space_words>(code_point_units(), overlong);
            pools_without_allocating<gpt2_pretokenizer<>>(byte_units(), overlong);
            pools_without_allocating<paper_words>(byt5_units(), overlong);
        }
        vocabulary_builder bytes;
        for (unsigned b = 0; b < 256; ++b) {
            char const byte = static_cast<char>(static_cast<unsigned char>(b));
            bytes.add(b, {&byte, 1});
        }
        tokenizer<gpt2_pretokenizer<>> const t(bpe_model(bytes.build(), {}));
        pools_without_allocating<white_space_words>(tokenizer_units<tokenizer<gpt2_pretokenizer<>>>(t),
                                                    overlong_words::split);
    }
}

}  // namespace
