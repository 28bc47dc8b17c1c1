#include <string>
#include <string_view>
#include <vector>

#include <tessera/io/sentencepiece_tokenizer.hpp>

#include "fuzz.hpp"
#include "targets.hpp"

int fuzz::sentencepiece(std::uint8_t const* data, std::size_t size) {
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
        // Its own bytes are a text as good as any, and have its pieces in them.
        for (auto const release : {tessera::sentencepiece_release::v0_2_1, tessera::sentencepiece_release::v0_2_3}) {
            tessera::any_tokenizer const tokenizer = tessera::sentencepiece_tokenizer(file, release);
            std::vector<tessera::token_id> const ids = tokenizer.encode(text);
            for (tessera::token_id const id : ids) fuzz::check(id < n, "ids are pieces");
            (void)tokenizer.decode(ids);
        }
    });
}
