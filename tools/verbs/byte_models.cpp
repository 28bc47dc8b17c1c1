#include "byte_models.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <tessera/any_tokenizer.hpp>
#include <tessera/bytes/byte_lm.hpp>
#include <tessera/bytes/native_law.hpp>
#include <tessera/bytes/valid_law.hpp>
#include <tessera/io/mapped_file.hpp>
#include <tessera/io/read_special_roles.hpp>
#ifdef TESSERA_LLAMA
#include <tessera/lm/llama_cpp_model.hpp>
#include <tessera/lm/require_same_tokens.hpp>
#endif
#include <tessera/lm/ngram_file.hpp>
#include <tessera/lm/vocabulary_hash.hpp>
#include "../cli/inputs.hpp"
#include "../cli/usage_error.hpp"
#include "end_token.hpp"

namespace tessera::cli {

namespace {

constexpr double impossible = -std::numeric_limits<double>::infinity();

// One model and its tokenizer. Both kinds of model give rows that are distributions: one computes them from a file that
// was checked, the other looks at what llama.cpp gives.
template <LanguageModel M, ByteLaw Law>
class single_model final : public byte_model {
public:
    single_model(std::unique_ptr<any_tokenizer const> tokenizer, std::unique_ptr<M> model, byte_lm_options options)
        : tokenizer_(std::move(tokenizer)),
          model_(std::move(model)),
          law_(*tokenizer_),
          lm_(*model_, law_, options),
          stop_tokens_(std::move(options.stop_tokens)) {}

    [[nodiscard]] std::unique_ptr<byte_text> start() override { return std::make_unique<text>(*this, lm_.start()); }
    [[nodiscard]] std::uint64_t n_evaluations() const override { return lm_.n_evaluations(); }
    [[nodiscard]] bool has_stop() const override { return !stop_tokens_.empty(); }
    [[nodiscard]] bool is_stepwise() const override { return false; }

private:
    using bytes_of_it = byte_lm<M, Law>;

    class text final : public byte_text {
    public:
        text(single_model& of, typename bytes_of_it::stream at) : of_(&of), at_(std::move(at)) {}

        void push(std::string_view bytes) override { of_->lm_.push(at_, bytes); }
        void read(std::string_view bytes, special_action specials) override {
            special_tokens const& all = of_->tokenizer_->specials();
            // Added tokens that are not special are text, and the law knows them.
            std::vector<special_action> each;
            for (added_token const& token : all.tokens()) {
                each.push_back(token.special ? specials : special_action::ordinary);
            }
            all.split(
                bytes, false, special_rules(std::move(each)), [&](std::string_view stretch) { push(stretch); },
                [&](added_token const& token) { of_->lm_.push_token(at_, token.id); });
        }
        [[nodiscard]] bool has_special(std::string_view name) const override {
            return of_->tokenizer_->specials().find(name) != nullptr;
        }
        void push_special(std::string_view name) override {
            added_token const* const token = of_->tokenizer_->specials().find(name);
            if (token == nullptr) throw usage_error(std::string(name) + " is not a special token of the tokenizer");
            of_->lm_.push_token(at_, token->id);
        }
        [[nodiscard]] next_byte next() override { return of_->lm_.next(at_); }
        [[nodiscard]] double log_probability() override { return of_->lm_.log_probability(at_); }
        [[nodiscard]] double log_probability_of_whole() override { return of_->lm_.log_probability_of_whole(at_); }
        void take_as_given() override { of_->lm_.take_as_given(at_); }
        [[nodiscard]] std::unique_ptr<byte_text> fork() const override { return std::make_unique<text>(*of_, at_); }

        [[nodiscard]] continuation continue_by_tokens(uniform_source const& uniform, std::size_t most_bytes) override {
            auto cover = of_->lm_.sample_cover(at_, uniform());
            continuation out{std::move(cover.beyond), false};
            std::vector<double> row(of_->model_->row_width());
            auto context = std::move(cover.context);
            while (out.bytes.size() < most_bytes) {
                of_->model_->evaluate(std::span(&context->handle(), 1), row);
                double left = uniform();
                token_id drawn = 0;
                for (token_id id = 0; id < row.size() && left >= 0; ++id) {
                    double const p = std::exp(row[id]);
                    if (p <= 0) continue;
                    drawn = id;
                    left -= p;
                }
                auto const& stops = of_->stop_tokens_;
                out.stopped = std::find(stops.begin(), stops.end(), drawn) != stops.end();
                if (out.stopped || drawn >= of_->tokenizer_->vocab().size()) break;
                out.bytes += of_->tokenizer_->vocab().bytes(drawn);
                context = std::make_shared<lm::live_prefix<M> const>(context->child(drawn));
            }
            return out;
        }

    private:
        single_model* of_;
        typename bytes_of_it::stream at_;
    };

    std::unique_ptr<any_tokenizer const> tokenizer_;
    std::unique_ptr<M> model_;
    Law law_;
    bytes_of_it lm_;
    std::vector<token_id> stop_tokens_;
};

// Several models that read the same bytes.
class mixed_model final : public byte_model {
public:
    mixed_model(std::vector<std::unique_ptr<byte_model>> models, std::vector<double> weights, mixture_kind kind)
        : models_(std::move(models)), weights_(std::move(weights)), kind_(kind) {}

    [[nodiscard]] std::unique_ptr<byte_text> start() override {
        std::vector<std::unique_ptr<byte_text>> texts;
        for (auto const& m : models_) texts.push_back(m->start());
        return std::make_unique<text>(*this, std::move(texts), 0.0);
    }
    [[nodiscard]] std::uint64_t n_evaluations() const override {
        std::uint64_t n = 0;
        for (auto const& m : models_) n += m->n_evaluations();
        return n;
    }
    [[nodiscard]] bool has_stop() const override {
        return std::any_of(models_.begin(), models_.end(), [](auto const& m) { return m->has_stop(); });
    }
    [[nodiscard]] bool is_stepwise() const override { return true; }

private:
    class text final : public byte_text {
    public:
        text(mixed_model const& of, std::vector<std::unique_ptr<byte_text>> texts, double log_p)
            : of_(&of), texts_(std::move(texts)), log_p_(log_p) {}

        void push(std::string_view bytes) override {
            for (char const b : bytes) {
                log_p_ += next().log_probabilities[static_cast<unsigned char>(b)];
                for (auto const& t : texts_) t->push(std::string_view(&b, 1));
            }
        }
        void read(std::string_view bytes, special_action specials) override {
            for (auto const& t : texts_) t->read(bytes, specials);
        }
        void push_special(std::string_view name) override {
            for (auto const& t : texts_) t->push_special(name);
        }
        [[nodiscard]] bool has_special(std::string_view name) const override {
            return std::all_of(texts_.begin(), texts_.end(), [&](auto const& t) { return t->has_special(name); });
        }
        [[nodiscard]] next_byte next() override {
            std::vector<next_byte> all;
            for (auto const& t : texts_) all.push_back(t->next());
            return mix_next_bytes(all, of_->weights_, of_->kind_);
        }
        [[nodiscard]] double log_probability() override { return log_p_; }
        [[nodiscard]] double log_probability_of_whole() override { return log_p_ + next().stop; }
        void take_as_given() override {
            for (auto const& t : texts_) t->take_as_given();
            log_p_ = 0;
        }
        [[nodiscard]] std::unique_ptr<byte_text> fork() const override {
            std::vector<std::unique_ptr<byte_text>> copies;
            for (auto const& t : texts_) copies.push_back(t->fork());
            return std::make_unique<text>(*of_, std::move(copies), log_p_);
        }
        [[nodiscard]] continuation continue_by_tokens(uniform_source const&, std::size_t) override {
            throw usage_error("--by-tokens: models with different vocabularies have no tokens in common");
        }

    private:
        mixed_model const* of_;
        std::vector<std::unique_ptr<byte_text>> texts_;
        double log_p_;
    };

    std::vector<std::unique_ptr<byte_model>> models_;
    std::vector<double> weights_;
    mixture_kind kind_;
};

template <LanguageModel M>
std::unique_ptr<byte_model> with_law(std::string const& law, std::unique_ptr<any_tokenizer const> tokenizer,
                                     std::unique_ptr<M> model, byte_lm_options options) {
    if (law == "native") {
        if (options.most_covers == 0) options.most_covers = 64;
        return std::make_unique<single_model<M, native_law>>(std::move(tokenizer), std::move(model), options);
    }
    return std::make_unique<single_model<M, valid_law>>(std::move(tokenizer), std::move(model), options);
}

bool is_gguf(std::string const& path) { return mapped_file(path).bytes().starts_with("GGUF"); }

std::vector<double> numbers(std::string_view option, std::string_view text) {
    std::vector<double> out;
    for (std::size_t begin = 0; begin <= text.size();) {
        std::size_t const end = std::min(text.find(',', begin), text.size());
        std::string_view one = text.substr(begin, end - begin);
        bool const negative = one.starts_with('-');
        if (negative) one.remove_prefix(1);
        double const number = parse_number(option, one);
        out.push_back(negative ? -number : number);
        begin = end + 1;
    }
    return out;
}

}  // namespace

void byte_model_options::add_to(command& line) {
    line.option("--lm", "MODEL", models,
                "a language model: what lm train has written, or a GGUF file, for which tessera has to be built with "
                "llama.cpp. Several of them, each with its tokenizer, are one model of bytes together");
    line.option("-t,--tokenizer", "TOKENIZER", tokenizers,
                "the tokenizer of the model; as many as there are models. GGUF files have their own");
    line.option("--context", "N", context, "of a GGUF file: tokens that it reads at most (default: 2048)");
    line.option("--pattern", "NAME|REGEX", patterns,
                "pretokenizer of a tokenizer whose file has none; one for all, or as many as there are tokenizers");
    line.choice("--law", {"valid", "native"}, law,
                "valid (the default): of all tokenizations of a text, the tokenizer's own counts; native: all do, and "
                "the heaviest covers are followed");
    line.option("--most-covers", "N", most_covers,
                "covers that are followed, the heaviest ones (default: all in the valid law, 64 in the native one)");
    line.choice("--mixture", {"linear", "log-linear"}, mixture,
                "of several models: the mean of probabilities (linear, the default), or of their logarithms");
    line.option("--weights", "W,W,...", weights,
                "of several models, in their order (default: equal). For log-linear they may be negative: 1,2,-2 is "
                "proxy tuning of the first by the second and its untrained twin, the third");
    line.option("--end-token", "TOKEN|none", end_token,
                "the token that ends a text (default: the one the model was trained with)");
}

// A model and its tokenizer. Stop tokens that were not asked for are those that the model knows.
std::unique_ptr<byte_model> byte_model_options::load_one(command const& line, std::string const& path,
                                                         std::string const& tokenizer_path, any_tokenizer loaded,
                                                         byte_lm_options options) const {
    auto const within = [](std::string const& place, auto&& f) {
        try {
            return f();
        } catch (error const& e) {
            throw e.within(place);
        }
    };
    auto tokenizer = std::make_unique<any_tokenizer const>(std::move(loaded));
    if (is_gguf(path)) {
#ifdef TESSERA_LLAMA
        lm::llama_cpp_options how;
        if (context > 0) how.context_length = static_cast<std::size_t>(context);
        how.n_threads = line.common().threads;
        auto model = std::make_unique<lm::llama_cpp_model>(path, how);
        within(path, [&] { lm::require_same_tokens(*model, tokenizer->vocab()); });
        if (end_token.empty()) {
            for (token_id id = 0; id < model->vocab_size(); ++id) {
                if (model->is_end(id)) options.stop_tokens.push_back(id);
            }
        }
        return within(tokenizer_path,
                      [&] { return with_law(law, std::move(tokenizer), std::move(model), std::move(options)); });
#else
        static_cast<void>(line);
        throw error(error_kind::unsupported, path, "this tessera was built without llama.cpp, which runs GGUF models",
                    "run tools/fetch_models, and build again as it says");
#endif
    }
    auto model = within(path, [&] {
        mapped_file const file(path);
        auto read = std::make_unique<lm::ngram_model>(lm::read_ngram_model(file.bytes()));
        lm::require_vocabulary(*read, tokenizer->vocab());
        return read;
    });
    if (end_token.empty() && model->end() != no_token) options.stop_tokens.push_back(model->end());
    return within(tokenizer_path,
                  [&] { return with_law(law, std::move(tokenizer), std::move(model), std::move(options)); });
}

std::unique_ptr<byte_model> byte_model_options::load(command const& line) const {
    line.require("--lm", "which model?");
    std::vector<std::string> of_each = tokenizers;
    if (of_each.empty() && std::all_of(models.begin(), models.end(), is_gguf)) of_each = models;
    if (of_each.empty()) line.require("--tokenizer", "which tokenizer?");
    if (of_each.size() != models.size()) {
        throw usage_error(std::to_string(models.size()) + " models and " + std::to_string(of_each.size()) +
                          " tokenizers: name one -t for each --lm");
    }
    if (patterns.size() > 1 && patterns.size() != of_each.size()) {
        throw usage_error("--pattern: one for all tokenizers, or one for each");
    }
    std::vector<std::unique_ptr<byte_model>> all;
    for (std::size_t i = 0; i < models.size(); ++i) {
        std::string const pattern = patterns.empty() ? "" : patterns[patterns.size() == 1 ? 0 : i];
        loaded_tokenizer loaded = load_with_notes(line.verb(), of_each[i], pattern, line.common().quiet);
        byte_lm_options options;
        options.most_covers = static_cast<std::size_t>(most_covers);
        if (!end_token.empty()) {
            token_id const end = find_end_token(loaded.tokenizer, read_special_roles(loaded), end_token);
            if (end != no_token) options.stop_tokens.push_back(end);
        }
        all.push_back(load_one(line, models[i], of_each[i], std::move(loaded.tokenizer), std::move(options)));
    }
    mixture_kind const kind = mixture == "linear" ? mixture_kind::linear : mixture_kind::log_linear;
    if (all.size() == 1) {
        if (!weights.empty()) throw usage_error("--weights: there is one model");
        return std::move(all[0]);
    }
    std::vector<double> shares(all.size(), 1.0 / static_cast<double>(all.size()));
    if (!weights.empty()) shares = numbers("--weights", weights);
    if (shares.size() != all.size()) {
        throw usage_error("--weights: " + std::to_string(shares.size()) + " for " + std::to_string(all.size()) +
                          " models");
    }
    // Errors of weights at once, not at the first byte.
    static_cast<void>(mix_next_bytes(std::vector<next_byte>(all.size()), shares, kind));
    return std::make_unique<mixed_model>(std::move(all), std::move(shares), kind);
}

}  // namespace tessera::cli
