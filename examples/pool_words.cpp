// Words and their bytes in the layout of a model that pools the bytes of each word ("Learn Your Tokens"): the canvas is
// chosen from the text, longer words are split, and the text comes back.
//   pool_words < text
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/word_pool.hpp>

int main() {
    std::string const text{std::istreambuf_iterator<char>(std::cin), {}};
    std::vector<std::string_view> const documents{text};
    tessera::tbb_executor const all_cores;
    try {
        tessera::word_pool<>::scratch scratch;
        auto const units = tessera::word_pool<>().statistics(documents, all_cores, scratch);
        for (double const share : {0.99, 0.999, 1.0}) {
            std::size_t const canvas = units.canvas_for(share);
            std::printf("%5.1f %% of the words have at most %zu bytes; %4.1f %% of such a canvas would be empty\n",
                        100 * share, canvas, 100 * units.waste(canvas));
        }

        tessera::pool_options options;
        options.canvas = units.canvas_for(0.99);
        options.overlong = tessera::overlong_words::split;
        options.n_prefix = 1;
        tessera::word_pool<> const pool({}, {}, options);
        tessera::padded_words words;  // ids[row][word][prefix and bytes], masks, lengths, places in the text
        pool.pool_padded(documents, 192, all_cores, scratch, words);
        std::printf("ids: %zu x %zu x %zu, padded with %d\n", words.n_rows, words.words_per_row, words.slots(),
                    pool.ids().pad_id());
        if (pool.ids().decode(words, 0) != text) return std::fputs("the text does not come back\n", stderr), 1;
        std::puts("the text comes back");
    } catch (tessera::error const& e) {
        return std::fprintf(stderr, "%s\n", e.what()), 1;
    }
}
