// Training byte-pair encoding from pretoken counts, merge for merge as Hugging Face's BpeTrainer (tokenizers 0.23,
// models/bpe/trainer.rs) does it.
//
// What "as Hugging Face" means beyond "merge the most frequent pair":
//   * ties go to the smaller (left id, right id); ids are given in the order special tokens, alphabet (by character of
//     the byte alphabet), merges;
//   * a merge whose text is a token already reuses that token's id. The pairs it then finds anew get a second entry in
//     the queue, may be merged a second time, and keep the later rank;
//   * `max_token_length` is compared with "<", and not at all for two symbols of the alphabet.
// Differs: counts are 64 bits wide (theirs are 32 and wrap); where their order depends on a random hash seed (equal
// counts at `limit_alphabet`, two entries of one pair with equal counts) ours is fixed. See docs/differences.md.
//
// Next to read: detail/bpe_training.hpp (the loop), detail/training_words.hpp (one merge), detail/merge_queue.hpp.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/train/detail/alphabet.hpp>
#include <tessera/train/detail/asked_tokens.hpp>
#include <tessera/train/detail/bpe_training.hpp>
#include <tessera/train/detail/training_tokens.hpp>
#include <tessera/train/detail/words_of_counts.hpp>
#include <tessera/train/merge_veto.hpp>
#include <tessera/train/pretoken_counts.hpp>
#include <tessera/train/tie_break.hpp>

namespace tessera::inline v0 {

/// What a vocabulary is filled up to, with runs of white space.
struct vocabulary_padding {
    enum class kind : std::uint8_t { none, power_of_two, size };
    kind to = kind::none;
    std::size_t size = 0;  ///< for `size`; a vocabulary that is larger stays as it is

    /// The tokens a vocabulary of `n` has after padding. A power of two is one already (KL3M's recipe doubles it).
    [[nodiscard]] std::size_t of(std::size_t n) const noexcept {
        if (to == kind::power_of_two) return std::bit_ceil(n);
        return to == kind::size && size > n ? size : n;
    }
};

struct bpe_trainer_options {
    /// Tokens in all: special tokens, alphabet, merges and custom tokens. Fewer come out where the corpus has no more
    /// pairs.
    std::size_t vocab_size = 30000;
    /// Training ends at a pair that occurs less often.
    std::uint64_t min_frequency = 0;
    /// No token gets as long as this, in symbols of the alphabet, except pairs of these; 0: no limit.
    std::size_t max_token_length = 0;
    /// Keeps only so many symbols of the alphabet, the most frequent; others are dropped from the text; 0: no limit.
    std::size_t limit_alphabet = 0;
    initial_alphabet alphabet = initial_alphabet::bytes;
    symbol_unit unit = symbol_unit::byte;
    /// Get the first ids, in this order.
    std::vector<std::string> special_tokens = {};
    /// Tokens that are looked for in the normalized text before it is split. Those that merges arrive at are no others;
    /// the rest get the ids behind the merges, in this order, of which there are as many as the vocabulary then holds.
    std::vector<std::string> custom_tokens = {};
    bool custom_single_word = false;  ///< custom tokens are found only where no word character touches them
    vocabulary_padding padding = {};
    tie_break ties = tie_break::hugging_face;
    merge_veto veto = {};  ///< none, if empty
    progress_listener* progress = nullptr;
};

/// What training makes. A `bpe_model` is built from the first two.
struct trained_bpe {
    vocabulary vocab;
    std::vector<merge> merges;          ///< in order of rank
    std::vector<added_token> specials;  ///< special tokens, then custom ones, then padding
    stop_reason stopped;
    std::size_t n_pretokens;                  ///< different pretokens in the counts
    std::uint64_t smallest_count;             ///< of the last pair merged; 0 if there was none
    std::uint64_t n_tokens;                   ///< that the corpus has, encoded without custom tokens
    std::vector<merge> history;               ///< every merge made: of those of one pair, only the last is in `merges`
    std::vector<std::uint64_t> tokens_saved;  ///< by each merge of the history: how many tokens fewer the corpus has
};

/// Trains by incremental pair counts, a list of words for each pair and a lazily refreshed queue: no step looks at a
/// word that does not contain the pair.
class bpe_trainer {
public:
    explicit bpe_trainer(bpe_trainer_options options) : options_(std::move(options)) {}

    /// @throws error   empty_input: there are no pretokens; bad_option: the vocabulary is smaller than special tokens,
    ///                 alphabet and custom tokens, or the options contradict each other; limit: more than 2^30 symbols,
    ///                 or padding by more than 16,384 tokens
    /// @return         the same for the same counts, in whatever order they are stored
    /// @complexity     O(s log p) for s symbols in the different pretokens and p pairs, in all merges together
    [[nodiscard]] trained_bpe train(pretoken_counts const& counts) const {
        return train_then(counts, [] {});
    }

    /// The same; frees the counts on the way, before most of the memory is needed.
    [[nodiscard]] trained_bpe train(pretoken_counts&& counts) const {
        return train_then(counts, [&] { counts.clear(); });
    }

private:
    // Calls `words_read()` when the counts are no longer needed.
    template <class F>
    trained_bpe train_then(pretoken_counts const& counts, F const& words_read) const {
        if (counts.size() == 0) {
            throw error(error_kind::empty_input, "corpus", "there is no text to train on", "name files that have some");
        }
        if (options_.unit == symbol_unit::code_point && options_.alphabet == initial_alphabet::bytes) {
            throw error(error_kind::bad_option, "initial alphabet", "code points are not bytes",
                        "take the alphabet from the corpus, or train on bytes");
        }
        if (options_.vocab_size > max_vocabulary_size) {
            throw error(error_kind::bad_option, "vocabulary size",
                        std::to_string(options_.vocab_size) + " is more than " + std::to_string(max_vocabulary_size));
        }
        detail::training_tokens tokens;
        std::vector<added_token> specials = detail::add_special_tokens(options_.special_tokens, options_.unit, tokens);
        for (std::string& symbol :
             detail::make_alphabet(counts, options_.unit, options_.alphabet, options_.limit_alphabet)) {
            if (tokens.find(symbol) == no_token) tokens.add(std::move(symbol), 1);
        }
        if (tokens.bytes.size() > options_.vocab_size) {
            throw error(error_kind::bad_option, "vocabulary size",
                        std::to_string(options_.vocab_size) + " is less than the alphabet and the special tokens take",
                        "ask for at least " + std::to_string(tokens.bytes.size()));
        }
        detail::custom_tokens custom(options_.custom_tokens, options_.unit, specials, tokens);
        if (tokens.bytes.size() + custom.size() > options_.vocab_size) {
            throw error(error_kind::bad_option, "vocabulary size",
                        std::to_string(options_.vocab_size) +
                            " is less than the alphabet and the special and custom "
                            "tokens take",
                        "ask for at least " + std::to_string(tokens.bytes.size() + custom.size()));
        }
        return detail::with_tie_break(options_.ties, [&](auto order) {
            return run<decltype(order)>(counts, tokens, std::move(specials), custom, words_read);
        });
    }

    template <class TieBreak, class F>
    trained_bpe run(pretoken_counts const& counts, detail::training_tokens& tokens, std::vector<added_token> specials,
                    detail::custom_tokens& custom, F const& words_read) const {
        std::size_t const n_special = specials.size();
        std::size_t const n_pretokens = counts.size();
        std::size_t const n_tokens_at_start = tokens.bytes.size();
        detail::counted_words counted = detail::words_of_pretokens(counts, tokens, options_.unit);
        words_read();
        detail::bpe_training<TieBreak> training(tokens, std::move(counted.words));
        stop_reason stopped{};
        do {  // a custom token that merges have arrived at makes room for one more
            stopped = training.run(
                {.vocab_size = options_.vocab_size - custom.size(),
                 .min_frequency = options_.min_frequency,
                 .max_token_length = options_.max_token_length == 0 ? ~std::size_t{0} : options_.max_token_length,
                 .veto = &options_.veto,
                 .progress = options_.progress,
                 .n_tokens_at_start = n_tokens_at_start});
        } while (custom.drop_known(tokens) > 0 && stopped == stop_reason::vocab_size_reached);
        custom.add_to(tokens, specials, options_.custom_single_word);
        detail::pad_vocabulary(options_.padding.of(tokens.bytes.size()), tokens, specials);
        return {detail::vocabulary_of(tokens, n_special, options_.unit),
                detail::last_of_each_pair(training.merges()),
                std::move(specials),
                stopped,
                n_pretokens,
                training.smallest_count(),
                counted.n_symbols - training.n_tokens_saved(),
                training.merges(),
                training.tokens_saved_by_merge()};
    }

    bpe_trainer_options options_;
};

}  // namespace tessera::inline v0
