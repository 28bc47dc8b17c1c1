// What a tokenizer was trained on: the shares of some texts, from its merges.
//   training_mixture TOKENIZER TEXT TEXT...
#include <cstdio>
#include <string>
#include <vector>

#include <tessera/io/document_reader.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include <tessera/mixture/category_text.hpp>
#include <tessera/mixture/clp_solver.hpp>
#include <tessera/mixture/infer_mixture.hpp>
#include <tessera/parallel/tbb_executor.hpp>

int main(int argc, char** argv) {
    if (argc < 3) return std::fputs("training_mixture TOKENIZER TEXT TEXT...\n", stderr), 2;
    try {
        auto const tokenizer = tessera::load_tokenizer(argv[1]).tokenizer;
        tessera::training_merges merges = tessera::merges_of_trainer(tokenizer);
        tessera::trainer_splitters const splitters{tokenizer.normalizer(),
                                                   tessera::splitter_of_trainer(tokenizer, merges)};
        merges.keep_first(3000);  // enough for a look

        std::vector<tessera::category_text> texts;
        std::vector<tessera::mixture_category> categories;
        tessera::category_text::scratch scratch;
        for (int i = 2; i < argc; ++i) {
            tessera::category_text text(argv[i]);
            tessera::document_reader lines({argv[i]}, {.documents = tessera::document_kind::line});
            for (std::string line; lines.next(line);) text.add(line + "\n", splitters, scratch);
            categories.push_back({text.name(), text.n_bytes(), text.n_groups()});
            texts.push_back(std::move(text));
        }
        auto const result = tessera::infer_mixture<tessera::clp_solver>(
            merges.merges, merges.is_learnt, categories, tessera::category_words(merges, splitters, texts),
            tessera::tbb_executor());
        for (auto const& c : result.categories) {
            std::printf("%6.2f %%  (%.2f to %.2f)  %s\n", 100 * c.share, 100 * c.low, 100 * c.high, c.name.c_str());
        }
        std::printf("%zu merges occur nowhere\n", result.merges_not_seen.size());
    } catch (tessera::error const& e) {
        return std::fprintf(stderr, "%s\n", e.what()), 1;
    }
}
