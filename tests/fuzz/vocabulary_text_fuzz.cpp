#include <tessera/io/bert_tokenizer.hpp>
#include <tessera/io/bert_vocab.hpp>
#include <tessera/io/rwkv_tokenizer.hpp>
#include <tessera/io/rwkv_vocab.hpp>

#include <set>
#include <string>

#include "fuzz.hpp"
#include "targets.hpp"
#include "use.hpp"

// RWKV where the input begins with a digit, else a vocab.txt.
int fuzz::vocabulary_text(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view text) {
        bool const rwkv = !text.empty() && text[0] >= '0' && text[0] <= '9';
        auto const tokens = rwkv ? tessera::read_rwkv_vocab(text).tokens : tessera::read_bert_vocab(text).tokens;
        fuzz::use(rwkv ? tessera::rwkv_tokenizer(tessera::read_rwkv_vocab(text))
                       : tessera::bert_tokenizer(tessera::read_bert_vocab(text)),
                  text);
        if (tokens.size() > 2000) return;
        std::set<std::string> seen;
        for (std::string const& t : tokens) fuzz::check(t.empty() || seen.insert(t).second, "no token is there twice");
        fuzz::check(!seen.empty(), "there are tokens");
    });
}
