// Models of a few thousand random weights, as GGUF files: of the Llama family, of Cohere's, whose attention has a
// window, and of Mamba's, which has no attention. (Gemma's has a window too, but takes its activations from a table in
// half precision, which hides small mistakes.) And the first of them once more, as the papers have it, in double
// precision and without any cache.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/io/tensor_source.hpp>
#include <tessera/io/write_gguf.hpp>

#include "../support.hpp"

namespace tiny {

inline constexpr std::size_t dim = 32;
inline constexpr std::size_t n_heads = 4;
inline constexpr std::size_t n_key_heads = 2;
inline constexpr std::size_t head_dim = dim / n_heads;
inline constexpr std::size_t hidden = 48;
inline constexpr float epsilon = 1e-5F;

struct tensor {
    std::vector<std::uint64_t> shape;  // slowest dimension first
    std::vector<float> values;
};

struct model {
    std::string architecture;
    std::size_t n_layers = 2;
    std::vector<std::string> tokens;
    std::map<std::string, tensor> tensors;
    tessera::gguf_pairs pairs;

    void write(std::filesystem::path const& path) const {
        std::vector<tessera::tensor_source> sources;
        for (auto const& [name, t] : tensors) {
            std::string_view const bytes(reinterpret_cast<char const*>(t.values.data()),
                                         t.values.size() * sizeof(float));
            sources.push_back(
                {name, tessera::tensor_type::f32, t.shape, [bytes](tessera::byte_sink sink) { sink(bytes); }});
        }
        tessera::write_gguf(path, pairs, sources, true);
    }
};

// 3 special tokens, 256 bytes and some words, spelled as SentencePiece does.
inline void add_tokens(model& m) {
    std::vector<std::int32_t> types{2, 3, 3};
    m.tokens = {"<unk>", "<s>", "</s>"};
    for (int byte = 0; byte < 256; ++byte) {
        char name[8];
        std::snprintf(name, sizeof name, "<0x%02X>", static_cast<unsigned>(byte));
        m.tokens.emplace_back(name);
        types.push_back(6);
    }
    for (char const* const word :
         {"\xE2\x96\x81", "a", "b", "t", "h", "e", "th", "the", "\xE2\x96\x81the", "he", "ab"}) {
        m.tokens.emplace_back(word);
        types.push_back(1);
    }
    std::vector<float> scores;
    for (std::size_t i = 0; i < m.tokens.size(); ++i) scores.push_back(-static_cast<float>(i));
    m.pairs.set_string("tokenizer.ggml.model", "llama");
    m.pairs.set_strings("tokenizer.ggml.tokens", m.tokens);
    m.pairs.set_floats("tokenizer.ggml.scores", scores);
    m.pairs.set_int32s("tokenizer.ggml.token_type", types);
    m.pairs.set_uint32("tokenizer.ggml.bos_token_id", 1);
    m.pairs.set_uint32("tokenizer.ggml.eos_token_id", 2);
    m.pairs.set_uint32("tokenizer.ggml.unknown_token_id", 0);
    m.pairs.set_bool("tokenizer.ggml.add_bos_token", true);
}

// Weights in -size .. size around `middle`.
inline void add(model& m, support::random_source& random, std::string const& name, std::vector<std::uint64_t> shape,
                double size, double middle = 0) {
    std::size_t n = 1;
    for (std::uint64_t const d : shape) n *= static_cast<std::size_t>(d);
    tensor t{std::move(shape), {}};
    for (; n > 0; --n) {
        t.values.push_back(
            static_cast<float>(middle + size * (static_cast<double>(random.below(20'001)) / 10'000 - 1)));
    }
    m.tensors[name] = std::move(t);
}

inline model start(std::string const& architecture, std::size_t n_layers, support::random_source& random) {
    model m{.architecture = architecture, .n_layers = n_layers, .tokens = {}, .tensors = {}, .pairs = {}};
    auto const set = [&](char const* key, std::size_t value) {
        m.pairs.set_uint32(architecture + "." + key, static_cast<std::uint32_t>(value));
    };
    m.pairs.set_string("general.architecture", architecture);
    set("context_length", 4096);
    set("embedding_length", dim);
    set("block_count", n_layers);
    m.pairs.set_float(architecture + ".attention.layer_norm_rms_epsilon", epsilon);
    add_tokens(m);
    add(m, random, "token_embd.weight", {m.tokens.size(), dim}, 1);
    add(m, random, "output_norm.weight", {dim}, 0.5, 1);
    return m;
}

inline void add_attention(model& m, support::random_source& random, std::string const& layer) {
    add(m, random, layer + "attn_norm.weight", {dim}, 0.5, 1);
    add(m, random, layer + "attn_q.weight", {dim, dim}, 0.4);
    add(m, random, layer + "attn_k.weight", {n_key_heads * head_dim, dim}, 0.4);
    add(m, random, layer + "attn_v.weight", {n_key_heads * head_dim, dim}, 0.4);
    add(m, random, layer + "attn_output.weight", {dim, dim}, 0.4);
    add(m, random, layer + "ffn_norm.weight", {dim}, 0.5, 1);
    add(m, random, layer + "ffn_gate.weight", {hidden, dim}, 0.4);
    add(m, random, layer + "ffn_up.weight", {hidden, dim}, 0.4);
    add(m, random, layer + "ffn_down.weight", {dim, hidden}, 0.4);
}

inline void set_attention(model& m) {
    auto const set = [&](char const* key, std::size_t value) {
        m.pairs.set_uint32(m.architecture + "." + key, static_cast<std::uint32_t>(value));
    };
    set("feed_forward_length", hidden);
    set("attention.head_count", n_heads);
    set("attention.head_count_kv", n_key_heads);
    set("attention.key_length", head_dim);
    set("attention.value_length", head_dim);
    set("rope.dimension_count", head_dim);
}

inline model llama(std::uint64_t seed) {
    support::random_source random(seed);
    model m = start("llama", 2, random);
    set_attention(m);
    for (std::size_t i = 0; i < m.n_layers; ++i) add_attention(m, random, "blk." + std::to_string(i) + ".");
    add(m, random, "output.weight", {m.tokens.size(), dim}, 0.4);
    return m;
}

// Three layers of four see the last `window` tokens only.
inline model cohere2(std::uint64_t seed, std::uint32_t window) {
    support::random_source random(seed);
    model m = start("cohere2", 4, random);
    set_attention(m);
    m.pairs.set_uint32("cohere2.attention.sliding_window", window);
    m.pairs.set_float("cohere2.attention.layer_norm_epsilon", epsilon);
    m.pairs.set_float("cohere2.logit_scale", 0.5F);
    for (std::size_t i = 0; i < m.n_layers; ++i) {
        std::string const layer = "blk." + std::to_string(i) + ".";
        add_attention(m, random, layer);
        m.tensors.erase(layer + "ffn_norm.weight");
    }
    return m;
}

inline model mamba(std::uint64_t seed) {
    support::random_source random(seed);
    model m = start("mamba", 2, random);
    constexpr std::size_t inner = 64;
    constexpr std::size_t state = 8;
    constexpr std::size_t rank = 4;
    constexpr std::size_t kernel = 4;
    auto const set = [&](char const* key, std::size_t value) {
        m.pairs.set_uint32(std::string("mamba.") + key, static_cast<std::uint32_t>(value));
    };
    set("feed_forward_length", 0);
    set("attention.head_count", 0);
    set("ssm.conv_kernel", kernel);
    set("ssm.inner_size", inner);
    set("ssm.state_size", state);
    set("ssm.time_step_rank", rank);
    for (std::size_t i = 0; i < m.n_layers; ++i) {
        std::string const layer = "blk." + std::to_string(i) + ".";
        add(m, random, layer + "attn_norm.weight", {dim}, 0.5, 1);
        add(m, random, layer + "ssm_in.weight", {2 * inner, dim}, 0.4);
        add(m, random, layer + "ssm_conv1d.weight", {inner, kernel}, 0.5);
        add(m, random, layer + "ssm_conv1d.bias", {inner}, 0.2);
        add(m, random, layer + "ssm_x.weight", {rank + 2 * state, inner}, 0.4);
        add(m, random, layer + "ssm_dt.weight", {inner, rank}, 0.4);
        add(m, random, layer + "ssm_dt.bias", {inner}, 0.2);
        add(m, random, layer + "ssm_a", {inner, state}, 0.4, -0.6);
        add(m, random, layer + "ssm_d", {inner}, 0.5);
        add(m, random, layer + "ssm_out.weight", {dim, inner}, 0.4);
    }
    return m;
}

/// A checkpoint of llama2.c (7 whole numbers, then floats) and its tokenizer, as a GGUF file would have them.
inline model llama2_c(std::string_view checkpoint, std::string_view tokenizer) {
    auto const take = [](std::string_view& bytes, auto& value) {
        if (bytes.size() < sizeof value) throw std::runtime_error("the file is cut off");
        std::memcpy(&value, bytes.data(), sizeof value);
        bytes.remove_prefix(sizeof value);
    };
    std::int32_t header[7];
    take(checkpoint, header);
    auto const size = [&](int i) { return static_cast<std::uint64_t>(std::abs(header[i])); };
    std::uint64_t const n_dim = size(0);
    std::uint64_t const n_hidden = size(1);
    std::uint64_t const n_vocab = size(5);
    std::uint64_t const n_keys = n_dim / size(3) * size(4);
    model m{.architecture = "llama", .n_layers = size(2), .tokens = {}, .tensors = {}, .pairs = {}};
    // Of each kind, all layers one after another.
    auto const read = [&](std::string const& name, std::vector<std::uint64_t> const& shape, bool per_layer = true) {
        for (std::size_t layer = 0; layer < (per_layer ? m.n_layers : 1); ++layer) {
            std::uint64_t n = 1;
            for (std::uint64_t const d : shape) n *= d;
            tensor t{shape, std::vector<float>(n)};
            for (float& value : t.values) take(checkpoint, value);
            m.tensors[(per_layer ? "blk." + std::to_string(layer) + "." : std::string()) + name + ".weight"] =
                std::move(t);
        }
    };
    read("token_embd", {n_vocab, n_dim}, false);
    read("attn_norm", {n_dim});
    read("attn_q", {n_dim, n_dim});
    read("attn_k", {n_keys, n_dim});
    read("attn_v", {n_keys, n_dim});
    read("attn_output", {n_dim, n_dim});
    read("ffn_norm", {n_dim});
    read("ffn_gate", {n_hidden, n_dim});
    read("ffn_down", {n_dim, n_hidden});
    read("ffn_up", {n_hidden, n_dim});
    read("output_norm", {n_dim}, false);  // and tables of angles; the embeddings are the output too

    auto const set = [&](char const* key, std::uint64_t value) {
        m.pairs.set_uint32(std::string("llama.") + key, static_cast<std::uint32_t>(value));
    };
    m.pairs.set_string("general.architecture", "llama");
    set("context_length", size(6));
    set("embedding_length", n_dim);
    set("block_count", m.n_layers);
    set("feed_forward_length", n_hidden);
    set("attention.head_count", size(3));
    set("attention.head_count_kv", size(4));
    set("rope.dimension_count", n_dim / size(3));
    m.pairs.set_float("llama.attention.layer_norm_rms_epsilon", 1e-5F);
    add_tokens(m);
    std::vector<float> scores;
    std::vector<std::int32_t> types;
    std::int32_t longest = 0;
    take(tokenizer, longest);
    m.tokens.clear();
    for (std::uint64_t id = 0; id < n_vocab; ++id) {
        float score = 0;
        std::int32_t length = 0;
        take(tokenizer, score);
        take(tokenizer, length);
        std::string spelled;
        for (char const c : tokenizer.substr(0, static_cast<std::size_t>(length)))
            spelled += c == ' ' ? std::string("\xE2\x96\x81") : std::string(1, c);
        tokenizer.remove_prefix(static_cast<std::size_t>(length));
        m.tokens.push_back(id == 1 ? "<s>" : id == 2 ? "</s>" : spelled);
        scores.push_back(score);
        types.push_back(id == 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1);
    }
    m.pairs.set_strings("tokenizer.ggml.tokens", m.tokens);
    m.pairs.set_floats("tokenizer.ggml.scores", scores);
    m.pairs.set_int32s("tokenizer.ggml.token_type", types);
    return m;
}

// What follows is the slow twin of llama.cpp for the first of these models.
using vec = std::vector<double>;

inline vec times(tensor const& matrix, vec const& x) {
    vec y(static_cast<std::size_t>(matrix.shape[0]));
    for (std::size_t i = 0; i < y.size(); ++i) {
        for (std::size_t k = 0; k < x.size(); ++k) y[i] += matrix.values[i * x.size() + k] * x[k];
    }
    return y;
}

inline vec normed(vec const& x, tensor const& weight) {
    double squares = 0;
    for (double const v : x) squares += v * v;
    double const scale = 1 / std::sqrt(squares / static_cast<double>(x.size()) + epsilon);
    vec y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] * scale * weight.values[i];
    return y;
}

// Neighbours are turned as pairs, by an angle that grows with the position.
inline void turn(std::span<double> head, std::size_t position) {
    for (std::size_t i = 0; i < head.size(); i += 2) {
        double const angle = static_cast<double>(position) *
                             std::pow(10'000.0, -static_cast<double>(i) / static_cast<double>(head.size()));
        double const a = head[i];
        double const b = head[i + 1];
        head[i] = a * std::cos(angle) - b * std::sin(angle);
        head[i + 1] = a * std::sin(angle) + b * std::cos(angle);
    }
}

inline void log_softmax(std::span<double> row) {
    double const largest = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (double const v : row) sum += std::exp(v - largest);
    for (double& v : row) v -= largest + std::log(sum);
}

/// Natural logarithms of the probabilities of what follows the tokens.
inline vec llama_row(model const& m, std::span<tessera::token_id const> ids) {
    auto const weight = [&](std::string const& name) -> tensor const& { return m.tensors.at(name); };
    std::vector<vec> states;
    for (tessera::token_id const id : ids) {
        auto const row = weight("token_embd.weight").values.begin() + static_cast<std::ptrdiff_t>(id * dim);
        states.emplace_back(row, row + dim);
    }
    for (std::size_t layer = 0; layer < m.n_layers; ++layer) {
        std::string const name = "blk." + std::to_string(layer) + ".";
        std::vector<vec> keys;
        std::vector<vec> values;
        for (std::size_t t = 0; t < states.size(); ++t) {
            vec& x = states[t];
            vec const in = normed(x, weight(name + "attn_norm.weight"));
            vec query = times(weight(name + "attn_q.weight"), in);
            keys.push_back(times(weight(name + "attn_k.weight"), in));
            values.push_back(times(weight(name + "attn_v.weight"), in));
            for (std::size_t h = 0; h < n_heads; ++h) turn(std::span(query).subspan(h * head_dim, head_dim), t);
            for (std::size_t h = 0; h < n_key_heads; ++h)
                turn(std::span(keys.back()).subspan(h * head_dim, head_dim), t);
            vec mixed(dim);
            for (std::size_t h = 0; h < n_heads; ++h) {
                std::size_t const key_head = h / (n_heads / n_key_heads);
                vec attention(t + 1);
                for (std::size_t s = 0; s <= t; ++s) {
                    for (std::size_t i = 0; i < head_dim; ++i)
                        attention[s] += query[h * head_dim + i] * keys[s][key_head * head_dim + i];
                    attention[s] /= std::sqrt(static_cast<double>(head_dim));
                }
                log_softmax(attention);
                for (std::size_t s = 0; s <= t; ++s) {
                    for (std::size_t i = 0; i < head_dim; ++i)
                        mixed[h * head_dim + i] += std::exp(attention[s]) * values[s][key_head * head_dim + i];
                }
            }
            vec const attended = times(weight(name + "attn_output.weight"), mixed);
            for (std::size_t i = 0; i < dim; ++i) x[i] += attended[i];
            vec const middle = normed(x, weight(name + "ffn_norm.weight"));
            vec gate = times(weight(name + "ffn_gate.weight"), middle);
            vec const up = times(weight(name + "ffn_up.weight"), middle);
            for (std::size_t i = 0; i < hidden; ++i) gate[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
            vec const down = times(weight(name + "ffn_down.weight"), gate);
            for (std::size_t i = 0; i < dim; ++i) x[i] += down[i];
        }
    }
    vec row = times(weight("output.weight"), normed(states.back(), weight("output_norm.weight")));
    log_softmax(row);
    return row;
}

}  // namespace tiny
