// tessera bytes: the law of bytes of a model of tokens. What comes next after any bytes, what texts cost, and new text.
#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/bytes/json_constraint.hpp>
#include <tessera/bytes/regex_constraint.hpp>
#include <tessera/bytes/reshape_next_byte.hpp>
#include <tessera/bytes/utf8_constraint.hpp>
#include <tessera/core/split_mix.hpp>
#include <tessera/io/document_reader.hpp>
#include <tessera/io/file.hpp>
#include "../cli/html_report.hpp"
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "../cli/suggest.hpp"
#include "../cli/text_table.hpp"
#include "byte_models.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

// JSON has no infinity, but numbers too large for a double, which readers take for one.
std::string json_number(double number) {
    if (number == minus_infinity) return "-1e999";
    json_writer w;
    return w.value(number).text();
}

// What the four have in common.
struct bytes_input {
    byte_model_options models;
    text_options text;
    std::vector<std::string> prompts;
    std::string allowed = "all";

    void add_to(command& line) {
        models.add_to(line);
        line.choice("--allowed-special", {"all", "none", "raise"}, allowed,
                    "special tokens in a text are special tokens (all, the default), text like any other (none), or "
                    "an error (raise)");
    }
    void add_prompts(command& line) {
        line.option("--prompt", "TEXT", prompts,
                    "a text from the command line instead of the inputs; repeat for several. \\n, \\t and \\xHH are "
                    "bytes");
        text.add_to(line, "file, one document each");
    }
    [[nodiscard]] special_action specials() const {
        return allowed == "all"    ? special_action::recognise
               : allowed == "none" ? special_action::ordinary
                                   : special_action::refuse;
    }
    // Calls f(text) for each prompt, or for each document of the inputs.
    template <class F>
    void for_each_text(command const& line, F&& f) const {
        if (!prompts.empty()) {
            if (!line.inputs().empty()) throw usage_error("--prompt and inputs: one or the other");
            for (std::string const& prompt : prompts) f(unescape("--prompt", prompt));
            return;
        }
        document_reader reader(line.inputs_or_stdin(), text.for_documents(document_kind::file));
        for (std::string document; reader.next(document);) f(document);
    }
};

[[noreturn]] void fail_impossible(std::string const& where, bool pruned = false) {
    if (pruned) {
        throw error(error_kind::limit, where, "all covers that were followed have led nowhere", "raise --most-covers");
    }
    throw error(error_kind::empty_input, where, "no text of this tokenizer begins with these bytes",
                "its normalizer changes them; normalize the text first, or use --law native");
}

// --- next ---

std::string name_of_byte(std::size_t byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string name{'0', 'x', digits[byte >> 4], digits[byte & 15]};
    if (byte > ' ' && byte < 0x7F) name += std::string(" ") + static_cast<char>(byte);
    if (byte == ' ') name += " space";
    if (byte == '\n') name += " newline";
    return name;
}

std::string table_of_next(next_byte const& next, std::size_t most) {
    std::vector<std::pair<double, std::string>> all;
    for (std::size_t b = 0; b < 256; ++b) all.emplace_back(next.log_probabilities[b], name_of_byte(b));
    all.emplace_back(next.stop, "end of text");
    std::stable_sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.first > b.first; });
    std::vector<std::vector<std::string>> rows{{"next", "probability"}};
    double rest = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        double const p = std::exp(all[i].first);
        if (i < most && p > 0) {
            rows.push_back({all[i].second, decimals(p, 6)});
        } else {
            rest += p;
        }
    }
    if (rest > 0) rows.push_back({"all others", decimals(rest, 6)});
    rows.push_back({"leak", decimals(next.leak, 6)});
    return table_of(rows, 1);
}

int next_byte_of(arguments const& args) {
    command line("bytes next", "--lm MODEL -t TOKENIZER [OPTION...] [INPUT...]",
                 "Shows how probable each byte is after a text, and that the text ends: exactly, also where it ends "
                 "inside a token or a character.",
                 {"tessera bytes next --lm english.lm -t tokenizer.json --prompt 'Hello, worl'",
                  "printf 'def f' | tessera bytes next --lm code.lm -t tokenizer.json --json",
                  "tessera bytes next --lm a.lm -t a.json --lm b.lm -t b.json --prompt 'The capital of Fran'"});
    bytes_input in;
    std::uint64_t top = 10;
    in.add_to(line);
    in.add_prompts(line);
    line.option("--top", "N", top, "rows of the table (default: 10)", 1);
    line.note(
        "--json prints for each text {\"log_probabilities\",\"stop\",\"leak\",\"pruned\"}: natural logarithms of the "
        "probabilities of bytes 0 to 255 and of the text's end (-1e999 for what cannot be), and the probability of "
        "what is neither: tokens that no text of the tokenizer has there, and special tokens. exp of all 257, and "
        "leak, sum to 1. pruned: where covers were given up, by how much more than 1 the text may be as probable.");
    line.note(inputs_note);
    if (!line.parse(args)) return 0;
    std::unique_ptr<byte_model> const model = in.models.load(line);
    output destination("", false);
    in.for_each_text(line, [&](std::string const& text) {
        auto const at = model->start();
        at->read(text, in.specials());
        next_byte const next = at->next();
        if (!line.common().json) {
            if (next.log_sum() == minus_infinity && next.leak == 0) fail_impossible("text", next.pruned > 0);
            destination.write(table_of_next(next, static_cast<std::size_t>(top)));
            return;
        }
        std::string json = "{\"log_probabilities\":[";
        for (std::size_t b = 0; b < 256; ++b) (json += b == 0 ? "" : ",") += json_number(next.log_probabilities[b]);
        json += "],\"stop\":" + json_number(next.stop) + ",\"leak\":" + json_number(next.leak) +
                ",\"pruned\":" + json_number(next.pruned) + "}\n";
        destination.write(json);
    });
    destination.commit();
    return 0;
}

// --- score ---

struct byte_score {
    std::uint64_t n_bytes = 0;
    double log_probability = 0;
    std::uint64_t n_evaluations = 0;

    [[nodiscard]] double bits_per_byte() const {
        return 0 - log_probability / std::log(2.0) / static_cast<double>(n_bytes);
    }
};

int score_bytes(arguments const& args) {
    command line("bytes score", "--lm MODEL -t TOKENIZER [OPTION...] [INPUT...]",
                 "Shows what texts cost: the logarithm of the probability of their bytes, and that they end.",
                 {"tessera bytes score --lm english.lm -t tokenizer.json held_out.txt",
                  "tessera bytes score --lm a.lm -t a.json --lm b.lm -t b.json --json held_out.txt",
                  parquet_example("bytes score --lm english.lm -t tokenizer.json")});
    bytes_input in;
    bool each = false;
    bool open = false;
    bool renormalize = false;
    in.add_to(line);
    in.add_prompts(line);
    line.flag("--each", each,
              "a line a text instead of the sums: its bytes, log-probability, bits per byte and model "
              "evaluations, with tabs between them");
    line.flag("--no-end", open, "texts go on: the probability that a text begins like this");
    line.flag(
        "--renormalize", renormalize,
        "leave leak out at each byte: the probability that a text comes about if bytes are drawn one by one. "
        "Without it, of the valid law, it is that of the tokenizer's own tokens. Special tokens are text then, as "
        "they are to several models together");
    line.note(
        "--json prints for each text {\"bytes\",\"log_probability\",\"bits_per_byte\",\"model_evaluations\"}: the "
        "logarithm is natural, -1e999 if no text is like this; evaluations are rows of the model that were computed.");
    line.note(inputs_note);
    if (!line.parse(args)) return 0;
    std::unique_ptr<byte_model> const model = in.models.load(line);
    bool const with_end = !open && model->has_stop();
    output destination("", false);
    progress_bar bar(line.common());
    byte_score all;
    std::uint64_t n_texts = 0;
    in.for_each_text(line, [&](std::string const& text) {
        std::uint64_t const before = model->n_evaluations();
        auto const at = model->start();
        byte_score one{text.size(), 0, 0};
        if (renormalize || model->is_stepwise()) {
            for (std::size_t i = 0; i < text.size(); ++i) {
                next_byte const next = at->next();
                one.log_probability += next.log_probabilities[static_cast<unsigned char>(text[i])] - next.log_sum();
                at->push(std::string_view(text).substr(i, 1));
                if (i % 256 == 0) bar.report("scoring", all.n_bytes + i, 0);
            }
            if (with_end) {
                next_byte const next = at->next();
                one.log_probability += next.stop - next.log_sum();
            }
            if (std::isnan(one.log_probability)) one.log_probability = minus_infinity;
        } else {
            at->read(text, in.specials());
            one.log_probability = with_end ? at->log_probability_of_whole() : at->log_probability();
        }
        one.n_evaluations = model->n_evaluations() - before;
        all.n_bytes += one.n_bytes;
        all.log_probability += one.log_probability;
        all.n_evaluations += one.n_evaluations;
        ++n_texts;
        bar.report("scoring", all.n_bytes, 0);
        if (line.common().json) {
            destination.write("{\"bytes\":" + std::to_string(one.n_bytes) +
                              ",\"log_probability\":" + json_number(one.log_probability) +
                              ",\"bits_per_byte\":" + (one.n_bytes == 0 ? "null" : json_number(one.bits_per_byte())) +
                              ",\"model_evaluations\":" + std::to_string(one.n_evaluations) + "}\n");
        } else if (each) {
            destination.write(std::to_string(one.n_bytes) + '\t' + json_number(one.log_probability) + '\t' +
                              (one.n_bytes == 0 ? "-" : decimals(one.bits_per_byte(), 4)) + '\t' +
                              std::to_string(one.n_evaluations) + '\n');
        }
    });
    bar.clear();
    if (!line.common().json && !each) {
        destination.write(table_of({{"texts", std::to_string(n_texts)},
                                    {"bytes", std::to_string(all.n_bytes)},
                                    {"log-probability", decimals(all.log_probability, 3)},
                                    {"bits per byte", all.n_bytes == 0 ? "-" : decimals(all.bits_per_byte(), 4)},
                                    {"model evaluations", std::to_string(all.n_evaluations)}},
                                   1));
    }
    destination.commit();
    return 0;
}

// --- sample and fill ---

// What a text must be like, whatever says so.
class text_constraint {
public:
    text_constraint() = default;
    text_constraint(text_constraint const&) = delete;
    text_constraint& operator=(text_constraint const&) = delete;
    virtual ~text_constraint() = default;
    [[nodiscard]] virtual std::bitset<256> allowed() const = 0;
    [[nodiscard]] virtual bool accepts() const = 0;
    virtual void step(unsigned char byte) = 0;
    [[nodiscard]] virtual std::unique_ptr<text_constraint> start() const = 0;
};

template <class C>
class constraint_of final : public text_constraint {
public:
    explicit constraint_of(std::shared_ptr<C const> c) : constraint_(std::move(c)), at_(constraint_->start()) {}
    [[nodiscard]] std::bitset<256> allowed() const override {
        std::bitset<256> out;
        for (unsigned b = 0; b < 256; ++b) {
            typename C::state next = at_;
            out[b] = constraint_->step(next, static_cast<unsigned char>(b));
        }
        return out;
    }
    [[nodiscard]] bool accepts() const override { return constraint_->accepts(at_); }
    void step(unsigned char byte) override { static_cast<void>(constraint_->step(at_, byte)); }
    [[nodiscard]] std::unique_ptr<text_constraint> start() const override {
        return std::make_unique<constraint_of>(constraint_);
    }

private:
    std::shared_ptr<C const> constraint_;
    typename C::state at_;
};

template <class C, class... Arguments>
std::unique_ptr<text_constraint> make_constraint(Arguments&&... arguments) {
    return std::make_unique<constraint_of<C>>(std::make_shared<C const>(std::forward<Arguments>(arguments)...));
}

struct sampling_input {
    std::uint64_t samples = 1;
    std::uint64_t most_bytes = 200;
    std::uint64_t seed = 0;
    std::string temperature = "1";
    std::uint64_t top_k = 0;
    std::string top_p = "1";
    bool greedy = false;
    std::string constrain = "utf8";
    std::string regex;

    void add_to(command& line) {
        line.option("-n,--samples", "N", samples, "how many (default: 1)", 1);
        line.option("--max-bytes", "N", most_bytes, "the most bytes of one (default: 200)", 1);
        line.option("--seed", "N", seed, "of the random numbers: the same seed, the same text (default: 0)");
        line.option("--temperature", "T", temperature, "of the distribution of bytes (default: 1)");
        line.option("--top-k", "N", top_k, "only the N most probable bytes (default: all)");
        line.option("--top-p", "P", top_p, "only the most probable bytes that together have P (default: 1)");
        line.flag("--greedy", greedy, "always the most probable byte");
        line.choice("--constrain", {"utf8", "json", "none"}, constrain,
                    "what the new text has to be: UTF-8 (the default), a JSON text, or any bytes");
        line.option("--regex", "REGEX", regex,
                    "the new text matches this regular expression from its begin to its end");
    }
    [[nodiscard]] sampling_options shape() const {
        return {greedy ? 0 : parse_number("--temperature", temperature), static_cast<std::size_t>(top_k),
                parse_number("--top-p", top_p)};
    }
    [[nodiscard]] std::unique_ptr<text_constraint> constraint() const {
        if (!regex.empty()) return make_constraint<regex_constraint>(regex);
        if (constrain == "json") return make_constraint<json_constraint>();
        if (constrain == "utf8") return make_constraint<utf8_constraint>();
        return nullptr;
    }
};

struct sampled {
    std::string bytes;
    double log_probability = 0;  // of the draws, before a constraint took its share
    double log_weight = 0;       // of what the constraint left
    bool stopped = false;        // by the model
    bool accepted = true;        // by the constraint, where it ended
};

// Draws bytes until the text ends, or has enough of them; of a constraint that is not content with these, more.
sampled draw_text(byte_text& at, text_constraint* constraint, sampling_options const& shape, std::size_t most_bytes,
                  uniform_source const& uniform) {
    sampled out;
    for (;;) {
        bool const accepted = constraint == nullptr || constraint->accepts();
        if (out.bytes.size() >= most_bytes && (accepted || out.bytes.size() >= 2 * most_bytes + 64)) {
            out.accepted = accepted;
            return out;
        }
        next_byte next = at.next();
        if (next.log_sum() == minus_infinity) fail_impossible("text", next.pruned > 0);
        if (constraint != nullptr) {
            auto [left, log_weight] = restrict_next_byte(next, constraint->allowed(), accepted);
            out.log_weight += log_weight;
            if (log_weight == minus_infinity) {
                out.accepted = accepted;
                return out;
            }
            next = left;
        }
        next = reshape_next_byte(next, shape);
        std::size_t const drawn = shape.temperature == 0 ? next.most_probable() : next.sample(uniform());
        if (drawn == next_byte::stop_index) {
            out.log_probability += next.stop;
            out.stopped = true;
            return out;
        }
        out.log_probability += next.log_probabilities[drawn];
        char const byte = static_cast<char>(static_cast<unsigned char>(drawn));
        out.bytes += byte;
        if (constraint != nullptr) constraint->step(static_cast<unsigned char>(drawn));
        at.push(std::string_view(&byte, 1));
    }
}

void write_sample(output& to, sampled const& one, bool json) {
    if (!json) {
        to.write(one.bytes + "\n");
        return;
    }
    json_writer w;
    w.begin_object().member("text", one.bytes).member("bytes", one.bytes.size());
    w.member("log_probability", one.log_probability).member("log_weight", one.log_weight);
    to.write(w.member("stopped", one.stopped).member("accepted", one.accepted).end_object().text() + "\n");
}

int sample_bytes(arguments const& args) {
    command line("bytes sample", "--lm MODEL -t TOKENIZER [OPTION...] [INPUT...]",
                 "Goes on with texts, byte by byte: as the model would, also where a text ends inside a token, where "
                 "going on by tokens is wrong. Prints what is new.",
                 {"tessera bytes sample --lm english.lm -t tokenizer.json --prompt 'Hello, worl'",
                  "tessera bytes sample --lm english.lm -t tokenizer.json --prompt 'The year ' --regex '[12][0-9]{3}'",
                  "tessera bytes sample --lm english.lm -t tokenizer.json --by-tokens -n 5 prompt.txt"});
    bytes_input in;
    sampling_input how;
    bool by_tokens = false;
    in.add_to(line);
    in.add_prompts(line);
    how.add_to(line);
    line.flag("--by-tokens", by_tokens,
              "draw one of the tokenizations of the end of the text, then go on by tokens: as exact, and faster. "
              "Nothing else shapes or constrains the text");
    line.note(
        "--json prints for each {\"text\",\"bytes\",\"log_probability\",\"log_weight\",\"stopped\",\"accepted\"}: "
        "the logarithm of the probability of what was drawn; that of what the constraint had left before each draw, "
        "the importance weight of the text; whether the model ended it; whether it is whole to the constraint.");
    line.note(inputs_note);
    if (!line.parse(args)) return 0;
    sampling_options const shape = how.shape();
    std::unique_ptr<text_constraint> const constraint = how.constraint();
    if (by_tokens && (line.given("--constrain") || line.given("--regex") || line.given("--temperature") ||
                      line.given("--top-k") || line.given("--top-p") || how.greedy)) {
        throw usage_error("--by-tokens: nothing else shapes or constrains the text");
    }
    std::unique_ptr<byte_model> const model = in.models.load(line);
    split_mix random(how.seed);
    uniform_source const uniform = [&random] { return random.uniform(); };
    output destination("", false);
    progress_bar bar(line.common());
    std::uint64_t n_done = 0;
    in.for_each_text(line, [&](std::string const& text) {
        auto const prompt = model->start();
        prompt->read(text, in.specials());
        prompt->take_as_given();
        for (std::uint64_t i = 0; i < how.samples; ++i) {
            auto const at = prompt->fork();
            if (by_tokens) {
                auto const more = at->continue_by_tokens(uniform, static_cast<std::size_t>(how.most_bytes));
                sampled one;
                one.bytes = more.bytes;
                one.stopped = more.stopped;
                at->push(more.bytes);
                one.log_probability = one.stopped ? at->log_probability_of_whole() : at->log_probability();
                write_sample(destination, one, line.common().json);
            } else {
                auto const fresh = constraint == nullptr ? nullptr : constraint->start();
                write_sample(destination,
                             draw_text(*at, fresh.get(), shape, static_cast<std::size_t>(how.most_bytes), uniform),
                             line.common().json);
            }
            bar.report("sampling", ++n_done, 0);
        }
    });
    bar.clear();
    destination.commit();
    return 0;
}

// Special tokens of models that were trained to fill in the middle.
struct fill_tokens {
    std::string prefix, suffix, middle;
};

std::optional<fill_tokens> known_fill_tokens(byte_text const& text) {
    for (auto const& [prefix, suffix, middle] :
         {fill_tokens{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"},
          fill_tokens{"<fim_prefix>", "<fim_suffix>", "<fim_middle>"},
          fill_tokens{"<fim-prefix>", "<fim-suffix>", "<fim-middle>"}, fill_tokens{"<PRE>", "<SUF>", "<MID>"},
          fill_tokens{"<|fim_begin|>", "<|fim_hole|>", "<|fim_end|>"}}) {
        if (text.has_special(prefix) && text.has_special(suffix) && text.has_special(middle)) {
            return fill_tokens{prefix, suffix, middle};
        }
    }
    return std::nullopt;
}

std::string text_of(std::string const& option, std::string const& text, std::string const& file_option,
                    std::string const& file) {
    if (!text.empty() && !file.empty()) throw usage_error(option + " and " + file_option + ": one or the other");
    return file.empty() ? unescape(option, text) : read_file(file);
}

// A middle for which no model was trained: middles are drawn as if the text just went on, at every length, and one is
// drawn of them by how probable the suffix is behind it.
sampled fill_by_weight(byte_text const& prefix, std::string_view suffix, sampling_input const& how,
                       text_constraint const* constraint, std::uint64_t n_candidates, uniform_source const& uniform) {
    struct candidate {
        std::string bytes;
        double log_probability;
        double log_weight;
    };
    std::vector<candidate> all;
    constexpr std::size_t most_of_suffix = 64;  // further ones say little about what is before
    for (std::uint64_t i = 0; i < n_candidates; ++i) {
        auto const at = prefix.fork();
        auto const fresh = constraint == nullptr ? nullptr : constraint->start();
        candidate now{{}, 0, 0};
        for (std::size_t n = 0;; ++n) {
            if (fresh == nullptr || fresh->accepts()) {
                auto const behind = at->fork();
                behind->take_as_given();
                behind->push(suffix.substr(0, most_of_suffix));
                candidate ended = now;
                ended.log_weight += behind->log_probability();
                if (n > 0 || i == 0) all.push_back(std::move(ended));
            }
            if (n == how.most_bytes) break;
            next_byte next = at->next();
            if (next.log_sum() == minus_infinity) break;
            auto [left, log_weight] =
                restrict_next_byte(next, fresh == nullptr ? std::bitset<256>().set() : fresh->allowed(), false);
            if (log_weight == minus_infinity) break;
            now.log_weight += log_weight;
            left = reshape_next_byte(left, how.shape());
            std::size_t const drawn = left.sample(uniform());
            if (drawn == next_byte::stop_index) break;
            char const byte = static_cast<char>(static_cast<unsigned char>(drawn));
            now.bytes += byte;
            now.log_probability += left.log_probabilities[drawn];
            if (fresh != nullptr) fresh->step(static_cast<unsigned char>(drawn));
            at->push(std::string_view(&byte, 1));
        }
    }
    double most = minus_infinity;
    for (candidate const& c : all) most = std::max(most, c.log_weight);
    if (most == minus_infinity) fail_impossible("suffix");
    double sum = 0;
    for (candidate const& c : all) sum += std::exp(c.log_weight - most);
    double left = uniform() * sum;
    std::size_t chosen = 0;
    for (std::size_t i = 0; i < all.size() && left >= 0; ++i) {
        chosen = i;
        left -= std::exp(all[i].log_weight - most);
    }
    return {std::move(all[chosen].bytes), all[chosen].log_probability,
            most + std::log(sum / static_cast<double>(all.size())), true, true};
}

int fill_bytes(arguments const& args) {
    command line("bytes fill", "--lm MODEL -t TOKENIZER --prefix TEXT --suffix TEXT [OPTION...]",
                 "Writes what may stand between two texts, either of which may end inside a token. With a model that "
                 "was trained for it, by its special tokens; else by drawing middles and weighing them by how "
                 "probable the suffix is behind each.",
                 {"tessera bytes fill --lm code.lm -t tokenizer.json --prefix 'def hel' --suffix '(name):\\n'",
                  "tessera bytes fill --lm code.lm -t tokenizer.json --prefix-file before.py --suffix-file after.py"});
    bytes_input in;
    sampling_input how;
    std::string prefix;
    std::string suffix;
    std::string prefix_file;
    std::string suffix_file;
    std::string order = "psm";
    std::string tokens;
    std::uint64_t candidates = 16;
    in.add_to(line);
    how.most_bytes = 32;
    line.option("--prefix", "TEXT", prefix, "what stands before; \\n, \\t and \\xHH are bytes");
    line.option("--suffix", "TEXT", suffix, "what stands behind");
    line.option("--prefix-file", "FILE", prefix_file, "the same from a file");
    line.option("--suffix-file", "FILE", suffix_file, "the same from a file");
    line.option("--fill-tokens", "PREFIX,SUFFIX,MIDDLE|none", tokens,
                "special tokens that the model was trained with (default: the tokenizer's, if it has some by their "
                "usual names)");
    line.choice("--fill-order", {"psm", "spm"}, order,
                "prefix, suffix, middle (psm, the default), or suffix, prefix, middle (spm)");
    line.option("--candidates", "N", candidates, "without such tokens, middles that are drawn (default: 16)", 1);
    how.add_to(line);
    line.note("--json prints for each what bytes sample does.");
    if (!line.parse(args)) return 0;
    if (!line.inputs().empty()) throw usage_error("the texts are --prefix and --suffix; inputs are not read");
    std::string const before = text_of("--prefix", prefix, "--prefix-file", prefix_file);
    std::string const after = text_of("--suffix", suffix, "--suffix-file", suffix_file);
    std::unique_ptr<text_constraint> const constraint = how.constraint();
    sampling_options const shape = how.shape();
    std::unique_ptr<byte_model> const model = in.models.load(line);
    split_mix random(how.seed);
    uniform_source const uniform = [&random] { return random.uniform(); };
    auto const start = model->start();
    std::optional<fill_tokens> trained;
    if (tokens.empty()) {
        trained = known_fill_tokens(*start);
    } else if (tokens != "none") {
        std::size_t const first = tokens.find(',');
        std::size_t const second = first == std::string::npos ? first : tokens.find(',', first + 1);
        if (second == std::string::npos) throw usage_error("--fill-tokens: three tokens with commas between them");
        trained = fill_tokens{tokens.substr(0, first), tokens.substr(first + 1, second - first - 1),
                              tokens.substr(second + 1)};
    }
    output destination("", false);
    if (!trained) {
        start->read(before, in.specials());
        start->take_as_given();
        for (std::uint64_t i = 0; i < how.samples; ++i) {
            write_sample(destination, fill_by_weight(*start, after, how, constraint.get(), candidates, uniform),
                         line.common().json);
        }
        destination.commit();
        return 0;
    }
    // The last word of the prefix comes after the token that begins the middle, so that the middle may go on in the
    // middle of a token.
    std::size_t const word = before.find_last_of(" \t\n");
    std::size_t const cut = order == "spm" ? 0 : word == std::string::npos ? 0 : word;
    auto const put = [&](std::string_view name) { start->push_special(name); };
    if (order == "psm") {
        put(trained->prefix);
        start->read(before.substr(0, cut), in.specials());
        put(trained->suffix);
        start->read(after, in.specials());
        put(trained->middle);
    } else {
        put(trained->prefix);
        put(trained->suffix);
        start->read(after, in.specials());
        put(trained->middle);
    }
    start->push(before.substr(cut));
    start->take_as_given();
    for (std::uint64_t i = 0; i < how.samples; ++i) {
        auto const at = start->fork();
        auto const fresh = constraint == nullptr ? nullptr : constraint->start();
        write_sample(destination, draw_text(*at, fresh.get(), shape, static_cast<std::size_t>(how.most_bytes), uniform),
                     line.common().json);
    }
    destination.commit();
    return 0;
}

}  // namespace

int bytes(arguments const& args) {
    constexpr std::array<std::string_view, 4> verbs{"next", "score", "sample", "fill"};
    if (!args.empty() && args[0] == "next") return next_byte_of({args.begin() + 1, args.end()});
    if (!args.empty() && args[0] == "score") return score_bytes({args.begin() + 1, args.end()});
    if (!args.empty() && args[0] == "sample") return sample_bytes({args.begin() + 1, args.end()});
    if (!args.empty() && args[0] == "fill") return fill_bytes({args.begin() + 1, args.end()});
    command line("bytes", "next|score|sample|fill [OPTION...] [INPUT...]",
                 "Exact probabilities of bytes from a model of tokens: bytes next shows what comes after a text, bytes "
                 "score what texts cost, bytes sample goes on with them, bytes fill writes what stands between two. "
                 "The --help of each has its options; these are common to all:",
                 {"tessera bytes next --lm english.lm -t tokenizer.json --prompt 'Hello, worl'",
                  "tessera bytes score --lm english.lm -t tokenizer.json held_out.txt"});
    if (!args.empty() && !args[0].starts_with('-')) {
        std::string const meant = nearest(args[0], verbs);
        throw usage_error(
            printable(args[0]) + " is none of next, score, sample and fill" +
            (meant.empty() ? "; tessera bytes --help shows an example" : "; did you mean " + meant + "?"));
    }
    if (!line.parse(args)) return 0;
    throw usage_error("what shall be done? bytes next, score, sample or fill");
}

}  // namespace tessera::cli
