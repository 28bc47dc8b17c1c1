// A pretoken as the symbols that a replay starts from.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/mixture/training_merges.hpp>
#include <tessera/model/bpe_symbols.hpp>

namespace tessera::inline v0 {

/// The alphabet of a merge list.
class training_symbols {
public:
    explicit training_symbols(training_merges const& merges)
        : unit_(merges.unit), ids_(unit_ == symbol_unit::byte ? 256 : 0x110000, no_token) {
        for (std::size_t i = 0; i < merges.alphabet_size(); ++i) {
            std::string_view const symbol = merges.symbols[i];
            char32_t const key =
                unit_ == symbol_unit::byte ? static_cast<unsigned char>(symbol[0]) : decode_utf8(symbol, 0).code_point;
            ids_[key] = static_cast<token_id>(i);
        }
    }

    struct scratch {
        std::vector<token_id> run;
    };

    /// Calls `f(std::span<token_id const>)` for each run of symbols of the pretoken, which is not empty. What is not of
    /// the alphabet ends a run: trainers know no merge across it (SentencePiece: characters that are too rare, and what
    /// falls back to bytes).
    /// @complexity  linear
    template <class F>
    void for_each_run(std::string_view pretoken, scratch& s, F&& f) const {
        s.run.clear();
        auto const end_run = [&] {
            if (!s.run.empty()) f(std::span<token_id const>(s.run));
            s.run.clear();
        };
        for (std::size_t at = 0; at < pretoken.size();) {
            auto const [key, length] = unit_ == symbol_unit::byte
                                           ? decoded_code_point{static_cast<unsigned char>(pretoken[at]), 1}
                                           : decode_utf8(pretoken, at);
            // An ill-formed byte is no character, though U+FFFD may be one.
            bool const is_ill_formed = unit_ == symbol_unit::code_point && key >= 0x80 && length == 1;
            token_id const id = is_ill_formed ? no_token : ids_[key];
            if (id == no_token) {
                end_run();
            } else {
                s.run.push_back(id);
            }
            at += length;
        }
        end_run();
    }

private:
    symbol_unit unit_;
    std::vector<token_id> ids_;  // by byte or code point
};

}  // namespace tessera::inline v0
