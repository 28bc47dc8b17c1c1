// Reads models and texts, writes the ids of each text on a line. What fuzz.py compares with other libraries.
// Input, strings in hexadecimal with a leading x, ids as numbers or -1 for none:
//   model bpe IGNORE_MERGES CODE_POINTS UNKNOWN FUSE FALLBACK PREFIX SUFFIX N_TOKENS N_MERGES
//                                             then lines `id string` and `left right result`
//   model unigram|spbpe DIALECT UNKNOWN FALLBACK N      then lines `string score type`
//   model wordpiece UNKNOWN PREFIX MAX_CHARS N          then lines `id string`; so for
//   model wordlevel UNKNOWN N    and    model greedy UNKNOWN N
//   text STRING        lines PATH, file PATH (each line, or the whole, is a text; only the time is written)
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/model/any_model.hpp>

using namespace tessera;

namespace {

std::string string_field() {
    std::string hex;
    std::cin >> hex;
    std::string out;
    auto const digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    for (std::size_t i = 1; i + 1 < hex.size(); i += 2) {
        out += static_cast<char>(16 * digit(hex[i]) + digit(hex[i + 1]));
    }
    return out;
}
template <class T>
T field() {
    T value{};
    std::cin >> value;
    return value;
}
token_id id_field() {
    auto const id = field<std::int64_t>();
    return id < 0 ? no_token : static_cast<token_id>(id);
}

vocabulary tokens(std::size_t n) {
    vocabulary_builder builder;
    for (std::size_t i = 0; i < n; ++i) {
        auto const id = field<token_id>();
        builder.add(id, string_field());
    }
    return builder.build();
}

// Processor time: other processes do not count.
double now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

any_model read_bpe(double& begin) {
    bpe_options o;
    o.ignore_merges = field<int>() != 0;
    o.unit = field<int>() != 0 ? symbol_unit::code_point : symbol_unit::byte;
    o.unknown = id_field();
    o.fuse_unknown = field<int>() != 0;
    o.byte_fallback = field<int>() != 0;
    o.continuing_subword_prefix = string_field();
    o.end_of_word_suffix = string_field();
    auto const n_tokens = field<std::size_t>();
    auto const n_merges = field<std::size_t>();
    vocabulary vocab = tokens(n_tokens);
    std::vector<merge> merges;
    for (std::size_t i = 0; i < n_merges; ++i) {
        merge m;
        std::cin >> m.left >> m.right >> m.result;
        m.rank = static_cast<std::uint32_t>(i);
        merges.push_back(m);
    }
    begin = now();
    return bpe_model(std::move(vocab), std::move(merges), o);
}

any_model read_pieces(std::string const& kind, double& begin) {
    bool const sentencepiece = field<int>() != 0;
    token_id const unknown = id_field();
    bool const fallback = field<int>() != 0;
    auto const n = field<std::size_t>();
    vocabulary_builder builder;
    std::vector<double> scores;
    std::vector<piece_type> types;
    for (std::size_t i = 0; i < n; ++i) {
        builder.add(static_cast<token_id>(i), string_field());
        scores.push_back(std::stod(field<std::string>()));
        types.push_back(static_cast<piece_type>(field<int>()));
    }
    begin = now();
    if (kind == "spbpe") {
        return sentencepiece_bpe_model(builder.build(), std::vector<float>(scores.begin(), scores.end()),
                                       {unknown, fallback, types});
    }
    auto const dialect = sentencepiece ? unigram_dialect::sentencepiece : unigram_dialect::hugging_face;
    return unigram_model(builder.build(), scores, {dialect, unknown, fallback, types});
}

any_model read_model(double& begin) {
    auto const kind = field<std::string>();
    if (kind == "bpe") return read_bpe(begin);
    if (kind == "unigram" || kind == "spbpe") return read_pieces(kind, begin);
    token_id const unknown = id_field();
    if (kind == "wordpiece") {
        std::string const prefix = string_field();
        auto const max = field<std::size_t>();
        vocabulary vocab = tokens(field<std::size_t>());
        begin = now();
        return wordpiece_model(std::move(vocab), {unknown, prefix, max});
    }
    vocabulary vocab = tokens(field<std::size_t>());
    begin = now();
    if (kind == "wordlevel") return word_level_model(std::move(vocab), {unknown});
    return greedy_model(std::move(vocab), {unknown});
}

void time_file(any_model const& model, any_model::scratch& s, std::string const& path, bool by_line) {
    std::ifstream in(path, std::ios::binary);
    std::vector<std::string> lines;
    std::size_t n_bytes = 0;
    for (std::string line; std::getline(in, line, by_line ? '\n' : '\0');) {
        n_bytes += line.size();
        lines.push_back(std::move(line));
    }
    for (int round = 0; round < 2; ++round) {
        std::size_t n = 0;
        double const begin = now();
        for (std::string const& line : lines) model.encode(line, s, [&](token_id) { ++n; });
        double const seconds = now() - begin;
        std::printf("%zu bytes, %zu tokens: %.1f MB/s\n", n_bytes, n, static_cast<double>(n_bytes) / 1e6 / seconds);
    }
}

}  // namespace

int main() {
    std::ios::sync_with_stdio(false);
    std::optional<any_model> model;
    any_model::scratch s;
    for (std::string verb; std::cin >> verb;) {
        try {
            if (verb == "model") {
                model.reset();
                double begin = 0;
                model.emplace(read_model(begin));
                std::fprintf(stderr, "%s: built in %.1f ms\n", std::string(model->type()).c_str(),
                             1e3 * (now() - begin));
            } else if (verb == "text") {
                std::string const text = string_field();
                std::string line;
                model->encode(text, s, [&](token_id id) { line += std::to_string(id) + ' '; });
                std::puts(line.c_str());
            } else if (verb == "lines" || verb == "file") {
                time_file(*model, s, field<std::string>(), verb == "lines");
            }
        } catch (error const& e) {
            std::fprintf(stderr, "%s\n", e.what());
            return 1;
        }
    }
}
