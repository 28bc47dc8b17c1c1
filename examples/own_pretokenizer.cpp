// A pretokenizer of one's own, as a policy: text is split at changes between letters, digits and everything else, and
// each digit stands alone. Anything that models tessera::Pretokenizer will do; the tokenizer inlines it.
//   own_pretokenizer < text
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include <tessera/core/concepts.hpp>
#include <tessera/tokenizer.hpp>
#include <tessera/train/bpe_trainer.hpp>
#include <tessera/train/pretoken_counts.hpp>

struct split_by_kind {
    static constexpr bool lossless = true;
    static constexpr std::string_view name() { return "split_by_kind"; }

    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        for (std::size_t begin = 0; begin < text.size();) {
            std::size_t end = begin + 1;
            while (end < text.size() && kind(text[begin]) != digit && kind(text[end]) == kind(text[begin])) ++end;
            sink(text.substr(begin, end - begin));
            begin = end;
        }
    }

private:
    enum kinds { letter, digit, other };
    static kinds kind(char c) {
        if (c >= '0' && c <= '9') return digit;
        return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? letter : other;
    }
};
static_assert(tessera::Pretokenizer<split_by_kind>);

int main() {
    std::string const text{std::istreambuf_iterator<char>(std::cin), {}};
    try {
        tessera::pretoken_counts counts;
        split_by_kind{}.for_each(text, [&](std::string_view pretoken) { counts.add(pretoken); });
        tessera::trained_bpe trained = tessera::bpe_trainer({.vocab_size = 512}).train(counts);
        tessera::tokenizer<split_by_kind> const tokenizer(
            tessera::bpe_model(std::move(trained.vocab), std::move(trained.merges)));
        for (tessera::token_id const id : tokenizer.encode(std::string_view(text).substr(0, 60))) {
            std::cout << '[' << tokenizer.vocab().bytes(id) << ']';
        }
        std::cout << '\n';
    } catch (tessera::error const& e) {
        return std::fprintf(stderr, "%s\n", e.what()), 1;
    }
}
