#include <string>
#include <vector>

#include <tessera/io/gguf_file.hpp>
#include <tessera/io/gguf_tokenizer.hpp>

#include "fuzz.hpp"
#include "targets.hpp"
#include "use.hpp"

int fuzz::gguf(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view text) {
        tessera::gguf_metadata const data(text);
        for (tessera::gguf_value const& value : data.values()) {
            auto const use = [](auto&& f) {
                try {
                    f();
                } catch (tessera::error const&) {
                }
            };
            use([&] { (void)value.string(); });
            use([&] { (void)value.boolean(); });
            use([&] { (void)value.unsigned_integer(); });
            use([&] { value.for_each_string([](std::string_view) {}); });
            use([&] { (void)(value.size() > 0 ? value.float_at(value.size() - 1) : 0); });
            use([&] { (void)(value.size() > 0 ? value.int32_at(value.size() - 1) : 0); });
        }
        tessera::gguf_vocabulary const v = tessera::read_gguf(text);
        for (auto const& id : {v.bos, v.eos, v.eot, v.eom, v.unk, v.sep, v.pad, v.mask})
            fuzz::check(!id || *id < v.tokens.size(), "special tokens are tokens");
        fuzz::check(!v.add_bos || v.bos, "a token that is added is there");
        fuzz::check(!v.add_eos || v.eos, "a token that is added is there");
        for (auto const& t : v.tokens) fuzz::check(t.score - t.score == 0, "scores are finite");
        for (auto const& m : v.merges) fuzz::check(!m.left.empty() && !m.right.empty(), "merges have two sides");
        std::vector<std::string> notes;
        fuzz::use(tessera::gguf_tokenizer(v, notes), text);
    });
}
