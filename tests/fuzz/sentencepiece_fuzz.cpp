#include <tessera/io/sentencepiece_file.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view text) {
        tessera::sentencepiece_file const file = tessera::read_sentencepiece_file(text);
        std::size_t const n = file.pieces.size();
        fuzz::check(file.unk_id < n || (file.unk_id == tessera::no_token && file.byte_fallback),
                    "there is an unknown piece, or bytes");
        for (auto const& id : {file.bos_id, file.eos_id, file.pad_id})
            fuzz::check(!id || *id < n, "special pieces are pieces");
        for (auto const& p : file.pieces) {
            fuzz::check(!p.piece.empty() && tessera::is_valid_utf8(p.piece), "pieces are text");
            fuzz::check(p.score == p.score, "scores are numbers");
        }
    });
}
