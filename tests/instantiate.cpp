// Every member of the templates, over the policies that ship: what no test calls must still compile.
#include <tessera/any_tokenizer.hpp>
#include <tessera/dynamic/texts.hpp>
#include <tessera/lm/checked_model.hpp>
#include <tessera/lm/ngram_trainer.hpp>
#include <tessera/lm/prefix_function_model.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/normalize/any_normalizer.hpp>
#include <tessera/pool/character_units.hpp>
#include <tessera/pool/code_point_units.hpp>
#include <tessera/pool/paper_words.hpp>
#include <tessera/pool/tokenizer_units.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/pretokenize/boundless_letters.hpp>
#include <tessera/pretokenize/bytes.hpp>
#include <tessera/pretokenize/cl100k.hpp>
#include <tessera/pretokenize/digit_groups.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/pretokenize/llama3.hpp>
#include <tessera/pretokenize/o200k.hpp>
#include <tessera/pretokenize/superbpe_1_words.hpp>
#include <tessera/pretokenize/superbpe_2.hpp>
#include <tessera/pretokenize/whitespace.hpp>
#include <tessera/tokenizer.hpp>
#include <tessera/word_pool.hpp>

namespace tessera::inline v0 {

template class basic_bpe_model<merge_buckets, merge_buckets>;
template class basic_bpe_model<merge_scan, merge_blocks<64, 8>>;
template class basic_bpe_model<merge_scan, merge_buckets>;

template class dynamic::batch_merger<gpt2_pretokenizer<>>;
template class dynamic::batch_merger<any_pretokenizer>;

template class lm::checked_model<lm::prefix_function_model<lm::archetype::prefix_function>>;
template class lm::ngram_trainer<>;

template class tokenizer<gpt2_pretokenizer<>>;
template class tokenizer<cl100k_pretokenizer<>>;
template class tokenizer<o200k_pretokenizer<>>;
template class tokenizer<llama3_pretokenizer<>>;
template class tokenizer<qwen2_pretokenizer<>>;
template class tokenizer<whitespace_pretokenizer<>>;
template class tokenizer<digit_groups_pretokenizer>;
template class tokenizer<superbpe_1_words_pretokenizer<>>;
template class tokenizer<superbpe_2_pretokenizer<>>;
template class tokenizer<superbpe_2_words_pretokenizer<>>;
template class tokenizer<boundless_letters_pretokenizer<>>;
template class tokenizer<bytes_pretokenizer>;
template class tokenizer<gpt2_pretokenizer<>, bpe_model, any_normalizer>;
template class tokenizer<any_pretokenizer, bpe_model, any_normalizer>;
template class tokenizer<any_pretokenizer, any_model, any_normalizer, any_decoder, any_post_processor>;
template class tokenizer<any_pretokenizer, basic_bpe_model<merge_buckets, merge_buckets>>;

template class word_pool<>;
template class word_pool<paper_words, byt5_units>;
template class word_pool<white_space_words, code_point_units>;
template class word_pool<gpt2_pretokenizer<>, character_units>;
template class word_pool<any_pretokenizer, tokenizer_units<any_tokenizer>>;

}  // namespace tessera::inline v0
