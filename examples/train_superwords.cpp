// SuperBPE inside a program: tokens that reach across words, but for those that a rule of our own forbids.
//   train_superwords FILE [VOCABULARY SIZE]
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/io/text_source.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/train/superbpe_trainer.hpp>

int main(int argc, char** argv) {
    if (argc < 2) return std::fputs("usage: train_superwords FILE [VOCABULARY SIZE]\n", stderr), 2;
    std::size_t const vocab_size = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 4000;
    try {
        tessera::text_corpus const corpus({argv[1]});  // read three times, never held
        tessera::superword_rules const rules{.max_words = 3};
        tessera::superbpe_options options;
        options.words.vocab_size = vocab_size / 2;  // the transition point
        options.superwords.vocab_size = vocab_size;
        options.superwords.veto = [&](std::string_view token) {
            bool const has_comma = token.find(',') != std::string_view::npos && token.size() > 2;
            return has_comma || !rules.allow(token);
        };
        auto const trained = tessera::train_superbpe(corpus, tessera::any_pretokenizer::by_name("superbpe-1-words"),
                                                     tessera::any_pretokenizer::by_name("superbpe-1"),
                                                     tessera::tbb_executor(), options);
        auto const& result = trained.superwords;
        std::printf("%llu tokens with words apart, %llu with superwords; the first of %zu:\n",
                    static_cast<unsigned long long>(trained.words.n_tokens),
                    static_cast<unsigned long long>(result.n_tokens), result.n_new_merges);
        for (std::size_t i = 0; i < 5 && i < result.n_new_merges; ++i) {
            auto const& merge = result.merges[result.merges.size() - result.n_new_merges + i];
            std::printf("  %s\n", tessera::to_byte_alphabet(result.vocab.bytes(merge.result)).c_str());
        }
    } catch (tessera::error const& e) {
        return std::fprintf(stderr, "%s: %s\n", argv[1], e.what()), 1;
    }
}
