#include <tessera/io/gguf_file.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view text) {
        tessera::gguf_vocabulary const v = tessera::read_gguf(text);
        for (auto const& id : {v.bos, v.eos, v.eot, v.eom, v.unk, v.sep, v.pad, v.mask})
            fuzz::check(!id || *id < v.tokens.size(), "special tokens are tokens");
        fuzz::check(!v.add_bos || v.bos, "a token that is added is there");
        fuzz::check(!v.add_eos || v.eos, "a token that is added is there");
        for (auto const& t : v.tokens) fuzz::check(t.score - t.score == 0, "scores are finite");
        for (auto const& m : v.merges) fuzz::check(!m.left.empty() && !m.right.empty(), "merges have two sides");
    });
}
