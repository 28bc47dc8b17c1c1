// llama.cpp behind the concept: what its cache shares and forgets must not be seen in the rows. Models of random
// weights are made on the spot; real ones are tried where TESSERA_MODELS names a folder that tools/fetch_models has
// filled.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <tessera/core/error.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include <tessera/lm/checked_model.hpp>
#include <tessera/lm/live_prefix.hpp>
#include <tessera/lm/llama_cpp_model.hpp>
#include <tessera/lm/require_same_tokens.hpp>
#include <tessera/lm/sequence_score.hpp>

#include "../io/hostile.hpp"
#include "../support.hpp"
#include "tiny_gguf.hpp"

using namespace tessera;
using hostile::check_fails;
using lm::llama_cpp_model;
using lm::llama_cpp_options;

namespace {

using ids = std::vector<token_id>;
using row = std::vector<double>;
using live = lm::live_prefix<llama_cpp_model>;
namespace fs = std::filesystem;

// Gone with all that is in it.
struct folder {
    fs::path path = fs::temp_directory_path() / ("tessera-llama-" + std::to_string(::getpid()));
    folder() { fs::create_directories(path); }
    folder(folder const&) = delete;
    folder& operator=(folder const&) = delete;
    ~folder() { fs::remove_all(path); }
    std::string file(std::string const& name) const { return (path / name).string(); }
    std::string file(std::string const& name, std::string const& bytes) const {
        std::ofstream(path / name, std::ios::binary) << bytes;
        return file(name);
    }
    std::string file(std::string const& name, tiny::model const& model) const {
        model.write(path / name);
        return file(name);
    }
};

live prefix_of(llama_cpp_model& model, ids const& tokens) {
    live p(model);
    for (token_id const id : tokens) p = p.child(id);
    return p;
}

std::vector<row> rows_of(llama_cpp_model& model, std::vector<llama_cpp_model::prefix> const& handles) {
    std::vector<double> all(handles.size() * model.row_width(), 1);
    model.evaluate(std::span<llama_cpp_model::prefix const>(handles), std::span<double>(all));
    std::vector<row> rows;
    for (std::size_t i = 0; i < handles.size(); ++i) {
        auto const begin = all.begin() + static_cast<std::ptrdiff_t>(i * model.row_width());
        rows.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(model.row_width()));
    }
    return rows;
}
row row_of(llama_cpp_model& model, live const& p) { return rows_of(model, {p.handle()})[0]; }

double distance(row const& a, row const& b) {
    REQUIRE(a.size() == b.size());
    double most = 0;
    for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
    return std::isnan(most) ? INFINITY : most;
}
// How many nats it costs to take `a` for `b`.
double divergence(row const& a, row const& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::exp(b[i]) * (b[i] - a[i]);
    return sum;
}

// llama.cpp as plainly as can be: an empty context, one sequence, all tokens at once.
class plain {
public:
    explicit plain(std::string const& path)
        : model_(llama_model_load_from_file(path.c_str(), llama_model_default_params())) {
        REQUIRE(model_ != nullptr);
        llama_context_params parameters = llama_context_default_params();
        parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = 1024;
        parameters.n_threads = parameters.n_threads_batch = 1;
        parameters.swa_full = true;
        parameters.type_k = parameters.type_v = GGML_TYPE_F32;
        parameters.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
        context_.reset(llama_init_from_model(model_.get(), parameters));
        REQUIRE(context_ != nullptr);
    }
    row after(ids const& tokens) {
        llama_memory_clear(llama_get_memory(context_.get()), true);
        std::vector<llama_token> copy(tokens.begin(), tokens.end());
        REQUIRE(llama_decode(context_.get(),
                             llama_batch_get_one(copy.data(), static_cast<std::int32_t>(copy.size()))) == 0);
        float const* const logits = llama_get_logits_ith(context_.get(), -1);
        row r(logits, logits + llama_vocab_n_tokens(llama_model_get_vocab(model_.get())));
        tiny::log_softmax(r);
        return r;
    }

private:
    struct closer {
        void operator()(llama_model* p) const { llama_model_free(p); }
        void operator()(llama_context* p) const { llama_free(p); }
    };
    std::unique_ptr<llama_model, closer> model_;
    std::unique_ptr<llama_context, closer> context_;
};

ids with_beginning(llama_cpp_model const& model, ids const& tokens) {
    ids all{model.beginning()};
    all.insert(all.end(), tokens.begin(), tokens.end());
    return all;
}

ids random_ids(support::random_source& random, std::size_t n, std::size_t vocab_size) {
    ids tokens;
    for (; n > 0; --n) tokens.push_back(static_cast<token_id>(random.below(vocab_size)));
    return tokens;
}

// A tree grown at random, asked for in batches of random nodes, some twice; each row beside that of an empty context.
// How far apart they are at most.
double worst_in_tree(llama_cpp_model& model, plain& reference, std::uint64_t seed, std::size_t n_nodes,
                     std::size_t stem, std::uint64_t& n_asked) {
    support::random_source random(seed);
    std::vector<ids> texts;
    std::vector<live> nodes;
    texts.push_back(random_ids(random, stem, model.vocab_size()));
    nodes.push_back(prefix_of(model, texts[0]));
    double worst = 0;
    for (std::size_t n = 0; n < n_nodes; ++n) {
        // Mostly one goes on; sometimes a branch begins anywhere, some tokens long.
        std::size_t const from = random.below(4) != 0 ? nodes.size() - 1 : random.below(nodes.size());
        ids text = texts[from];
        live node = nodes[from].child(0);
        ids const more = random_ids(random, 1 + random.below(random.below(5) == 0 ? 20 : 2), model.vocab_size());
        for (std::size_t i = 0; i < more.size(); ++i) {
            node = i == 0 ? nodes[from].child(more[0]) : node.child(more[i]);
            text.push_back(more[i]);
        }
        texts.push_back(text);
        nodes.push_back(std::move(node));
        if (random.below(3) != 0) continue;
        std::vector<llama_cpp_model::prefix> handles;
        std::vector<std::size_t> which;
        for (std::size_t i = 1 + random.below(8); i > 0; --i) {
            which.push_back(random.below(3) == 0 ? nodes.size() - 1 : random.below(nodes.size()));
            handles.push_back(nodes[which.back()].handle());
            n_asked += texts[which.back()].size() + 1;
        }
        std::vector<row> const rows = rows_of(model, handles);
        for (std::size_t i = 0; i < rows.size(); ++i)
            worst = std::max(worst, distance(rows[i], reference.after(with_beginning(model, texts[which[i]]))));
    }
    return worst;
}

// What is written to the standard error meanwhile.
template <class F>
std::string standard_error_of(folder const& f, F&& run) {
    std::fflush(stderr);
    int const before = ::dup(2);
    std::FILE* const file = std::fopen(f.file("stderr").c_str(), "w");
    ::dup2(::fileno(file), 2);
    run();
    std::fflush(stderr);
    ::dup2(before, 2);
    ::close(before);
    std::fclose(file);
    return support::read(f.file("stderr"));
}

constexpr llama_cpp_options small{.context_length = 256, .n_threads = 1};

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("rows are the distributions that the weights make") {
        folder const f;
        tiny::model const weights = tiny::llama(1);
        llama_cpp_model model(f.file("llama.gguf", weights), small);
        CHECK(model.vocab_size() == weights.tokens.size());
        CHECK(model.row_width() == weights.tokens.size());
        CHECK(model.bos() == 1);
        CHECK(model.beginning() == 1);
        support::random_source random(2);
        double worst = 0;
        for (std::size_t const length : {0U, 1U, 2U, 7U, 40U, 3U}) {
            ids const text = random_ids(random, length, model.vocab_size());
            row const got = row_of(model, prefix_of(model, text));
            worst = std::max(worst, distance(got, tiny::llama_row(weights, with_beginning(model, text))));
        }
        CHECK(worst < 2e-5);
        // Another text has another row, by far more than that.
        CHECK(distance(row_of(model, prefix_of(model, {5})), row_of(model, prefix_of(model, {6}))) > 0.1);

        lm::checked_model<llama_cpp_model> checked(model);
        auto const root = checked.root();
        row r(checked.row_width());
        checked.evaluate(std::span(&root, 1), std::span<double>(r));
        checked.release(root);
    }

    TEST_CASE("forks, batches and what was forgotten leave rows as they are") {
        folder const f;
        for (tiny::model const& weights : {tiny::llama(3), tiny::cohere2(4, 9), tiny::mamba(5)}) {
            std::string const path = f.file(weights.architecture + ".gguf", weights);
            for (std::size_t const n_sequences : {1U, 2U, 3U, 8U, 32U}) {
                // The longer the stem, the sooner a cache of 256 tokens is full.
                for (std::size_t const stem : {0U, 60U}) {
                    CAPTURE(weights.architecture);
                    CAPTURE(n_sequences);
                    CAPTURE(stem);
                    llama_cpp_options options = small;
                    options.n_sequences = n_sequences;
                    llama_cpp_model model(path, options);
                    plain reference(path);
                    std::uint64_t n_asked = 0;
                    double const worst = worst_in_tree(model, reference, 10 * n_sequences + stem, 80, stem, n_asked);
                    CHECK(worst < 5e-5);
                    CHECK(model.n_computed() < n_asked);
                }
            }
        }
    }

    TEST_CASE("what prefixes share is computed once") {
        folder const f;
        llama_cpp_model model(f.file("llama.gguf", tiny::llama(6)), {.context_length = 1024, .n_threads = 1});
        support::random_source random(7);
        ids const text = random_ids(random, 300, model.vocab_size());
        std::vector<live> path;
        path.emplace_back(model);
        for (token_id const id : text) path.push_back(path.back().child(id));
        std::vector<llama_cpp_model::prefix> handles;
        for (live const& p : path) handles.push_back(p.handle());
        std::vector<row> const rows = rows_of(model, handles);
        CHECK(model.n_computed() == 301);

        // Children of nodes that were computed take a token each.
        std::vector<live> children;
        handles.clear();
        for (std::size_t i = 0; i < 20; ++i) {
            children.push_back(path[15 * i].child((text[15 * i] + 1) % 270));
            handles.push_back(children.back().handle());
        }
        (void)rows_of(model, handles);
        CHECK(model.n_computed() == 301 + 20);

        // Asked for again, in the other order: a token each, and the same rows.
        handles.clear();
        for (std::size_t i = path.size(); i-- > 290;) handles.push_back(path[i].handle());
        std::vector<row> const again = rows_of(model, handles);
        CHECK(model.n_computed() <= 301 + 20 + handles.size());
        for (std::size_t i = 0; i < again.size(); ++i) CHECK(distance(again[i], rows[path.size() - 1 - i]) < 2e-5);

        // A long beginning that nobody has asked for yet, and that many share.
        std::uint64_t const before = model.n_computed();
        ids const other = random_ids(random, 100, model.vocab_size());
        live const stem = prefix_of(model, other);
        children.clear();
        handles.clear();
        for (token_id id = 0; id < 40; ++id) {
            children.push_back(stem.child(id));
            handles.push_back(children.back().handle());
        }
        std::vector<row> const siblings = rows_of(model, handles);
        // With the one that all texts begin with, which is there.
        CHECK(model.n_computed() - before == 100 + 40);
        CHECK(distance(siblings[3], row_of(model, children[3])) < 2e-5);
    }

    TEST_CASE("a text is scored as the weights say") {
        folder const f;
        tiny::model const weights = tiny::llama(8);
        llama_cpp_model model(f.file("llama.gguf", weights), small);
        support::random_source random(9);
        ids const text = random_ids(random, 30, model.vocab_size());
        double expected = 0;
        ids so_far{model.beginning()};
        for (token_id const id : text) {
            expected += tiny::llama_row(weights, so_far)[id];
            so_far.push_back(id);
        }
        lm::sequence_score const score = lm::score_sequence(model, text);
        CHECK(std::abs(score.log_probability - expected) < 1e-4);
        CHECK(model.n_computed() == 30);
    }

    TEST_CASE("limits change nothing") {
        folder const f;
        llama_cpp_options options = small;
        options.max_live = 3;
        options.context_length = 20;
        llama_cpp_model model(f.file("llama.gguf", tiny::llama(10)), options);
        CHECK(model.max_live() == 3);
        auto const root = model.root();
        auto const one = model.child(root, 4);
        auto const two = model.child(one, 5);
        check_fails([&] { (void)model.child(two, 6); }, error_kind::limit, "3 prefixes live");
        check_fails([&] { (void)model.root(); }, error_kind::limit, "3 prefixes live");
        row const before = rows_of(model, {two})[0];
        model.release(one);
        auto const three = model.child(two, 6);
        CHECK(distance(rows_of(model, {two})[0], before) < 2e-5);
        CHECK(distance(rows_of(model, {three})[0], before) > 0.01);
        model.release(root);
        model.release(two);
        model.release(three);

        // 19 tokens behind the one at the beginning.
        CHECK(model.context_length() == 20);
        live p(model);
        for (token_id id = 0; id < 19; ++id) p = p.child(id);
        CHECK(std::isfinite(row_of(model, p)[0]));
        check_fails([&] { (void)p.child(0); }, error_kind::limit,
                    "a prefix of 21 tokens does not fit the context of 20");

        options.context_length = 0;
        CHECK(llama_cpp_model(f.file("llama.gguf"), options).context_length() == 4096);
        options.context_length = 5000;
        CHECK(llama_cpp_model(f.file("llama.gguf"), options).context_length() == 4096);
        auto const refused = [&](llama_cpp_options const& o) {
            check_fails([&] { llama_cpp_model(f.file("llama.gguf"), o); }, error_kind::bad_option, "sequences");
        };
        refused({.n_sequences = 0});
        refused({.n_sequences = 257});
        refused({.max_live = 1});
    }

    TEST_CASE("a prefix as long as the context, after the cache was filled otherwise") {
        folder const f;
        std::string const path = f.file("cohere2.gguf", tiny::cohere2(11, 9));
        llama_cpp_model model(path, small);
        plain reference(path);
        support::random_source random(12);
        std::vector<live> all;
        std::vector<ids> texts;
        for (std::size_t const length : {255U, 10U, 255U, 200U, 255U}) {
            texts.push_back(random_ids(random, length, model.vocab_size()));
            all.push_back(prefix_of(model, texts.back()));
        }
        std::vector<llama_cpp_model::prefix> handles;
        for (live const& p : all) handles.push_back(p.handle());
        std::vector<row> const rows = rows_of(model, handles);
        for (std::size_t i = 0; i < rows.size(); ++i)
            CHECK(distance(rows[i], reference.after(with_beginning(model, texts[i]))) < 5e-5);
        CHECK(distance(row_of(model, all[0]), rows[0]) < 5e-5);
    }

    TEST_CASE("what stands at the beginning") {
        folder const f;
        tiny::model weights = tiny::llama(13);
        weights.pairs.set_bool("tokenizer.ggml.add_bos_token", false);
        {
            llama_cpp_model model(f.file("eos.gguf", weights), small);
            CHECK(model.bos() == no_token);
            CHECK(model.beginning() == 2);
            CHECK(distance(row_of(model, live(model)), tiny::llama_row(weights, ids{2})) < 2e-5);
            CHECK(model.is_end(2));
            CHECK(!model.is_end(300));
        }
        {
            llama_cpp_options options = small;
            options.beginning = 30;
            llama_cpp_model model(f.file("eos.gguf"), options);
            CHECK(model.beginning() == 30);
            CHECK(distance(row_of(model, live(model)), tiny::llama_row(weights, ids{30})) < 2e-5);
            options.beginning = 270;
            check_fails([&] { llama_cpp_model(f.file("eos.gguf"), options); }, error_kind::bad_id, "270");
        }
        weights.tokens[260] = "<|endoftext|>";
        weights.pairs.set_strings("tokenizer.ggml.tokens", weights.tokens);
        CHECK(llama_cpp_model(f.file("named.gguf", weights), small).beginning() == 260);
    }

    TEST_CASE("tokens are those of the tokenizer, or the first that differs is named") {
        folder const f;
        tiny::model weights = tiny::llama(14);
        llama_cpp_model model(f.file("llama.gguf", weights), small);
        CHECK(model.token_bytes(1).empty());
        CHECK(model.kind(1) == token_kind::control);
        CHECK(model.token_bytes(3 + 0xE9) == "\xE9");
        CHECK(model.kind(3 + 0xE9) == token_kind::byte);
        CHECK(model.token_bytes(267) == " the");
        CHECK(model.kind(267) == token_kind::normal);
        any_tokenizer const same = load_tokenizer(f.file("llama.gguf")).tokenizer;
        lm::require_same_tokens(model, same.vocab());
        weights.tokens[265] = "ht";
        weights.pairs.set_strings("tokenizer.ggml.tokens", weights.tokens);
        any_tokenizer const other = load_tokenizer(f.file("other.gguf", weights)).tokenizer;
        check_fails([&] { lm::require_same_tokens(model, other.vocab()); }, error_kind::bad_option,
                    "token 265 is \"th\" in the model, and \"ht\" in the tokenizer");
    }

    TEST_CASE("files that are no model are named, and llama.cpp is silent") {
        folder const f;
        tiny::model const weights = tiny::llama(15);
        std::string const whole = support::read(f.file("llama.gguf", weights));
        auto const refused = [&](std::string const& path, error_kind kind, std::string const& what) {
            std::string const printed = standard_error_of(
                f, [&] { check_fails([&] { llama_cpp_model(path, small); }, kind, path + ": " + what); });
            CHECK(printed.empty());
        };
        refused(f.file("absent.gguf"), error_kind::io, "No such file");
        refused(f.path.string(), error_kind::io, "Is a directory");
        refused(f.file("empty.gguf", ""), error_kind::syntax, "the file is empty");
        refused(f.file("text.gguf", "GGU, or so"), error_kind::syntax, "this is not a GGUF file");
        for (std::size_t const size :
             {std::size_t{4}, std::size_t{100}, std::size_t{3000}, whole.size() / 2, whole.size() - 5000})
            refused(f.file("cut.gguf", whole.substr(0, size)), error_kind::syntax, "the model cannot be loaded");
        tiny::model unknown = weights;
        unknown.pairs.set_string("general.architecture", "abacus");
        refused(f.file("unknown.gguf", unknown), error_kind::unsupported,
                "the model cannot be loaded, says llama.cpp: ");
        tiny::model only_tokens = weights;
        only_tokens.tensors.clear();
        refused(f.file("tokens.gguf", only_tokens), error_kind::syntax, "the model cannot be loaded");

        CHECK(standard_error_of(f, [&] { llama_cpp_model(f.file("llama.gguf"), small); }).empty());
        llama_cpp_options loud = small;
        loud.verbose = true;
        CHECK(standard_error_of(f, [&] { llama_cpp_model(f.file("llama.gguf"), loud); }).find("llama") !=
              std::string::npos);
    }

    TEST_CASE("a value that is none is named, and the model goes on") {
        folder const f;
        tiny::model weights = tiny::llama(16);
        // Token 7's, so that only a text with it has bad rows.
        weights.tensors["token_embd.weight"].values[7 * tiny::dim] = std::numeric_limits<float>::quiet_NaN();
        llama_cpp_model model(f.file("nan.gguf", weights), small);
        live const good = prefix_of(model, {5, 6});
        live const bad = prefix_of(model, {5, 7, 6});
        check_fails([&] { (void)row_of(model, bad); }, error_kind::bad_row,
                    "row after a prefix of 3 tokens: column 0 is not a number");
        CHECK(distance(row_of(model, good), tiny::llama_row(weights, ids{1, 5, 6})) < 2e-5);
        // Beside it in one batch, others may be named: what is no number is catching.
        check_fails([&] { (void)rows_of(model, {good.handle(), bad.handle()}); }, error_kind::bad_row, "not a number");
        CHECK(distance(row_of(model, good), tiny::llama_row(weights, ids{1, 5, 6})) < 2e-5);

        tiny::model large = tiny::llama(17);
        for (std::size_t i = 0; i < tiny::dim; ++i) large.tensors["output.weight"].values[9 * tiny::dim + i] = 3e38F;
        for (std::size_t i = 0; i < tiny::dim; ++i) large.tensors["output_norm.weight"].values[i] *= 1e30F;
        llama_cpp_model loud(f.file("large.gguf", large), small);
        check_fails([&] { (void)row_of(loud, prefix_of(loud, {5})); }, error_kind::bad_row,
                    "row after a prefix of 1 tokens");
    }
}

TEST_SUITE("golden") {
    // What a program of its own, which reads the checkpoint, has found: golden.json, beside it.
    TEST_CASE("a model that tells stories") {
        char const* const shared = std::getenv("TESSERA_SHARED_DATA");
        std::string const place = shared == nullptr ? std::string() : std::string(shared) + "/models/stories260K/";
        if (shared == nullptr || !fs::exists(place + "golden.json")) {
            std::cout << "SKIPPED: stories260K (TESSERA_SHARED_DATA is not set, or it is not there)" << std::endl;
            return;
        }
        folder const f;
        llama_cpp_model model(f.file("stories.gguf", tiny::llama2_c(support::read(place + "stories260K.bin"),
                                                                    support::read(place + "tok512.bin"))),
                              {.context_length = 0, .n_threads = 1});
        simdjson::dom::parser parser;
        std::string const json = support::read(place + "golden.json");
        std::size_t n = 0;
        for (simdjson::dom::element const text : simdjson::dom::array(parser.parse(json))) {
            ids tokens;
            for (std::uint64_t const id : text["ids"].get_array()) tokens.push_back(static_cast<token_id>(id));
            REQUIRE(tokens.at(0) == model.beginning());
            tokens.erase(tokens.begin());
            std::vector<live> nodes;
            std::vector<llama_cpp_model::prefix> handles;
            for (std::size_t i = 0; i < tokens.size(); ++i) {
                nodes.push_back(i == 0 ? live(model) : nodes.back().child(tokens[i - 1]));
                handles.push_back(nodes.back().handle());
            }
            std::vector<row> const rows = rows_of(model, handles);
            std::size_t i = 0;
            for (double const expected : text["logprob_of_ids[1:]"].get_array()) {
                CHECK(std::abs(rows.at(i)[tokens.at(i)] - expected) < 1e-5);
                ++i;
                ++n;
            }
            CHECK(i == tokens.size());
            // And the ids are those of the file's tokenizer.
            any_tokenizer const tokenizer = load_tokenizer(f.file("stories.gguf")).tokenizer;
            lm::require_same_tokens(model, tokenizer.vocab());
            CHECK(tokenizer.encode(std::string(std::string_view(text["text"]))) == tokens);
        }
        CHECK(n > 30);
    }

    TEST_CASE("real models") {
        char const* const models = std::getenv("TESSERA_MODELS");
        struct known {
            char const* file;
            // Whether weights and what flows between layers are rounded so that the order of sums shows.
            double divergence;
        };
        for (known const& k :
             {known{"SmolLM2-135M-Instruct.Q4_1.gguf", 0.05}, known{"gemma-3-270m-q4_k_m.gguf", 0.2}}) {
            std::string const path = models == nullptr ? std::string() : std::string(models) + "/" + k.file;
            if (models == nullptr || !fs::exists(path)) {
                std::cout << "SKIPPED: " << k.file << " (TESSERA_MODELS is not set, or it is not there)" << std::endl;
                continue;
            }
            CAPTURE(path);
            any_tokenizer const tokenizer = load_tokenizer(path).tokenizer;
            llama_cpp_model model(path, {.context_length = 1024, .n_sequences = 6, .n_threads = 1});
            lm::require_same_tokens(model, tokenizer.vocab());

            auto const ids_of = [&](std::string const& text) { return tokenizer.encode(text); };
            auto const likeliest = [&](std::string const& text) {
                row const r = row_of(model, prefix_of(model, ids_of(text)));
                return model.token_bytes(static_cast<token_id>(std::max_element(r.begin(), r.end()) - r.begin()));
            };
            CHECK(likeliest("One, two, three, four, five, six,") == " seven");

            plain reference(path);
            std::string const text = support::read(support::data("held_out/english.txt")).substr(0, 1500);
            ids const all = ids_of(text);
            std::vector<ids> texts;
            support::random_source random(18);
            for (std::size_t i = 0; i < 12; ++i) {
                texts.emplace_back(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(random.below(all.size())));
                texts.back().push_back(all[random.below(all.size())]);
            }
            std::vector<live> nodes;
            std::vector<llama_cpp_model::prefix> handles;
            for (ids const& t : texts) {
                nodes.push_back(prefix_of(model, t));
                handles.push_back(nodes.back().handle());
            }
            std::vector<row> const rows = rows_of(model, handles);
            double worst = 0;
            for (std::size_t i = 0; i < rows.size(); ++i) {
                row const expected = reference.after(with_beginning(model, texts[i]));
                worst = std::max(worst, divergence(rows[i], expected));
                worst = std::max(worst, divergence(row_of(model, nodes[i]), expected));
            }
            CHECK(worst < k.divergence);
            // Which is little: the rows of one text for another are far.
            CHECK(divergence(rows[0], rows[1]) > 10 * k.divergence);
        }
    }
}
