// Models of bytes for the verb `bytes`: a language model and its tokenizer, whatever their types, and mixtures of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/bytes/byte_lm.hpp>
#include <tessera/bytes/mix_next_bytes.hpp>
#include <tessera/bytes/next_byte.hpp>
#include <tessera/core/special_tokens.hpp>
#include "../cli/command.hpp"

namespace tessera::cli {

/// Numbers in [0, 1).
using uniform_source = std::function<double()>;

/// A text under a model, read so far.
class byte_text {
public:
    byte_text() = default;
    byte_text(byte_text const&) = delete;
    byte_text& operator=(byte_text const&) = delete;
    virtual ~byte_text() = default;

    /// Bytes that are text, whatever they say.
    virtual void push(std::string_view bytes) = 0;
    /// Text in which special tokens are recognised as the rules say. @throws error  disallowed_special
    virtual void read(std::string_view text, special_action specials) = 0;
    /// A special token by its name. @throws usage_error  there is none
    virtual void push_special(std::string_view name) = 0;
    [[nodiscard]] virtual bool has_special(std::string_view name) const = 0;
    [[nodiscard]] virtual next_byte next() = 0;
    /// Natural logarithm; of a text that begins like this, or is this.
    [[nodiscard]] virtual double log_probability() = 0;
    [[nodiscard]] virtual double log_probability_of_whole() = 0;
    virtual void take_as_given() = 0;
    [[nodiscard]] virtual std::unique_ptr<byte_text> fork() const = 0;

    struct continuation {
        std::string bytes;
        bool stopped = false;
    };
    /// Goes on by tokens, after a cover drawn. @throws usage_error  it cannot
    [[nodiscard]] virtual continuation continue_by_tokens(uniform_source const& uniform, std::size_t most_bytes) = 0;
};

class byte_model {
public:
    byte_model() = default;
    byte_model(byte_model const&) = delete;
    byte_model& operator=(byte_model const&) = delete;
    virtual ~byte_model() = default;

    [[nodiscard]] virtual std::unique_ptr<byte_text> start() = 0;
    [[nodiscard]] virtual std::uint64_t n_evaluations() const = 0;
    [[nodiscard]] virtual bool has_stop() const = 0;
    /// log_probability of texts is the sum over their bytes' `next`: nothing is known about a text but by its bytes.
    [[nodiscard]] virtual bool is_stepwise() const = 0;
};

/// Which models, and how their words are weighed.
struct byte_model_options {
    std::vector<std::string> models;      ///< --lm
    std::vector<std::string> tokenizers;  ///< -t
    std::vector<std::string> patterns;    ///< --pattern
    std::string law = "valid";
    std::string mixture = "linear";
    std::string weights;
    std::string end_token;
    std::uint64_t most_covers = 0;
    std::uint64_t context = 0;

    void add_to(command& line);
    /// @throws error, usage_error
    [[nodiscard]] std::unique_ptr<byte_model> load(command const& line) const;

private:
    [[nodiscard]] std::unique_ptr<byte_model> load_one(command const& line, std::string const& path,
                                                       std::string const& tokenizer_path, any_tokenizer tokenizer,
                                                       byte_lm_options options) const;
};

}  // namespace tessera::cli
