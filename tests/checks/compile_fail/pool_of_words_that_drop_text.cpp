// Words that drop text have to say what is put between them instead: a pool of others could not give its text back.
// error: constraint|PoolWords
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/pretokenize/whitespace.hpp>
#include <tessera/word_pool.hpp>

#ifndef SHOULD_FAIL
using words = tessera::gpt2_pretokenizer<>;
#else
using words = tessera::whitespace_pretokenizer<>;
#endif

tessera::word_pool<words> const pool;
