// What is lost where a prompt ends inside a token: the byte that really comes next, by the law of bytes, by going on
// with tokens, and by token healing (the last token is taken back, and the first new one has to begin with its bytes).
//   cut_prompts [--gguf MODEL] [--cuts N] [--pattern NAME] TOKENIZER NAME=TEXT...
//   cut_prompts [--cuts N] [--pattern NAME] TOKENIZER NAME=TEXT:TRAINING_TEXT...
// Prints tab-separated values: text, method, cuts, share of cuts at which the byte is the most probable one, mean bits.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/bytes/byte_lm.hpp>
#include <tessera/bytes/valid_law.hpp>
#include <tessera/core/split_mix.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include <tessera/lm/ngram_trainer.hpp>
#ifdef TESSERA_LLAMA
#include <tessera/lm/llama_cpp_model.hpp>
#include <tessera/lm/require_same_tokens.hpp>
#endif

namespace {

using namespace tessera;
using byte_row = std::array<double, 256>;

constexpr std::size_t most_context = 400;  // bytes of a prompt

// A row of probabilities after tokens.
template <LanguageModel M>
std::vector<double> row_after(M& model, std::span<token_id const> ids) {
    lm::live_prefix<M> at(model);
    for (token_id const id : ids) at = at.child(id);
    std::vector<double> row(model.row_width());
    model.evaluate(std::span(&at.handle(), 1), row);
    for (double& x : row) x = std::exp(x);
    return row;
}

// By the first byte of the tokens that begin with `after` and have more.
byte_row by_byte(std::vector<double> const& row, vocabulary const& vocab, std::string_view after) {
    byte_row out{};
    for (token_id id = 0; id < vocab.size(); ++id) {
        std::string_view const bytes = vocab.bytes(id);
        if (vocab.kind(id) == token_kind::control || bytes.size() <= after.size() || !bytes.starts_with(after))
            continue;
        out[static_cast<unsigned char>(bytes[after.size()])] += row[id];
    }
    return out;
}

void normalize(byte_row& row) {
    double sum = 0;
    for (double const p : row) sum += p;
    for (double& p : row) p /= sum;
}

template <LanguageModel M>
byte_row by_tokens(M& model, any_tokenizer const& tokenizer, std::string_view prompt) {
    byte_row out = by_byte(row_after(model, tokenizer.encode_ordinary(prompt)), tokenizer.vocab(), "");
    normalize(out);
    return out;
}

template <LanguageModel M>
byte_row by_healing(M& model, any_tokenizer const& tokenizer, std::string_view prompt) {
    std::vector<token_id> ids = tokenizer.encode_ordinary(prompt);
    byte_row const going_on = by_tokens(model, tokenizer, prompt);
    std::string const last(tokenizer.vocab().bytes(ids.back()));
    token_id const last_id = ids.back();
    ids.pop_back();
    std::vector<double> const row = row_after(model, ids);
    byte_row out = by_byte(row, tokenizer.vocab(), last);
    for (std::size_t b = 0; b < 256; ++b) out[b] += row[last_id] * going_on[b];
    normalize(out);
    return out;
}

struct tally {
    std::size_t n = 0;
    std::size_t n_right = 0;
    double bits = 0;

    void add(byte_row const& p, unsigned char byte) {
        ++n;
        n_right += static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin()) == byte ? 1 : 0;
        bits -= std::log2(std::max(p[byte], 1e-300));
    }
    void print(char const* text, char const* method) const {
        std::printf("%s\t%s\t%zu\t%.4f\t%.4f\n", text, method, n, static_cast<double>(n_right) / static_cast<double>(n),
                    bits / static_cast<double>(n));
        std::fflush(stdout);
    }
};

template <LanguageModel M>
void compare(M& model, any_tokenizer const& tokenizer, std::string const& name, std::string const& text,
             std::size_t n_cuts) {
    valid_law law(tokenizer);
    byte_lm lm(model, law);
    split_mix random(1);
    tally bytes, tokens, healing;
    while (bytes.n < n_cuts) {
        // A prompt begins with a line, and ends inside a token of the text.
        std::size_t const middle = random.below(text.size() - 2 * most_context);
        std::size_t const begin = text.find('\n', middle) + 1;
        if (begin == 0 || begin + most_context + 100 > text.size()) continue;
        std::string_view const part = std::string_view(text).substr(begin, most_context + 100);
        std::size_t const cut = 50 + random.below(most_context - 50);
        std::size_t at = 0;
        for (token_id const id : tokenizer.encode_ordinary(part)) {
            at += tokenizer.vocab().bytes(id).size();
            if (at >= cut) break;
        }
        if (at == cut) continue;
        std::string_view const prompt = part.substr(0, cut);
        auto const next_byte_really = static_cast<unsigned char>(part[cut]);
        auto s = lm.start();
        lm.push(s, prompt);
        if (!s.is_possible()) continue;
        next_byte const next = lm.next(s);
        byte_row exact;
        for (std::size_t b = 0; b < 256; ++b) exact[b] = std::exp(next.log_probabilities[b]);
        normalize(exact);
        bytes.add(exact, next_byte_really);
        tokens.add(by_tokens(model, tokenizer, prompt), next_byte_really);
        healing.add(by_healing(model, tokenizer, prompt), next_byte_really);
    }
    bytes.print(name.c_str(), "law of bytes");
    healing.print(name.c_str(), "token healing");
    tokens.print(name.c_str(), "tokens");
}

int usage() {
    std::fprintf(
        stderr,
        "usage: cut_prompts [--gguf MODEL] [--cuts N] [--pattern NAME] TOKENIZER NAME=TEXT[:TRAINING_TEXT]...\n");
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    std::string gguf;
    std::size_t n_cuts = 1000;
    load_options options;
    int i = 1;
    for (; i + 1 < argc && std::string_view(argv[i]).starts_with("--"); i += 2) {
        std::string_view const option = argv[i];
        if (option == "--gguf") {
            gguf = argv[i + 1];
        } else if (option == "--cuts") {
            n_cuts = std::strtoull(argv[i + 1], nullptr, 10);
        } else if (option == "--pattern") {
            options.pattern = argv[i + 1];
        } else {
            return usage();
        }
    }
    if (i + 1 >= argc) return usage();
    try {
        any_tokenizer const tokenizer = load_tokenizer(argv[i++], options).tokenizer;
        std::printf("text\tmethod\tcuts\tright\tbits\n");
        for (; i < argc; ++i) {
            std::string const argument = argv[i];
            std::size_t const is = argument.find('=');
            if (is == std::string::npos) return usage();
            std::size_t const colon = argument.find(':', is);
            std::string const name = argument.substr(0, is);
            std::string const text =
                read_file(argument.substr(is + 1, colon == std::string::npos ? colon : colon - is - 1));
            if (gguf.empty()) {
                if (colon == std::string::npos) return usage();
                lm::ngram_trainer trainer({.order = 4, .vocab_size = tokenizer.vocab().size()});
                trainer.add(tokenizer.encode_ordinary(read_file(argument.substr(colon + 1))));
                lm::ngram_model model = std::move(trainer).finish();
                compare(model, tokenizer, name, text, n_cuts);
            } else {
#ifdef TESSERA_LLAMA
                lm::llama_cpp_model model(gguf);
                lm::require_same_tokens(model, tokenizer.vocab());
                compare(model, tokenizer, name, text, n_cuts);
#else
                std::fprintf(stderr, "cut_prompts was built without llama.cpp: see tools/fetch_models\n");
                return 1;
#endif
            }
        }
    } catch (error const& e) {
        return std::fprintf(stderr, "%s\n", e.what()), 1;
    }
}
