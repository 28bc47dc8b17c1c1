// A model and its context, made by llama.cpp, and what it has to say when it cannot.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <unistd.h>

#include <llama.h>

#include <tessera/core/error.hpp>

namespace tessera::inline v0::lm::detail {

struct llama_closer {
    void operator()(llama_model* model) const noexcept { llama_model_free(model); }
    void operator()(llama_context* context) const noexcept { llama_free(context); }
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using llama_model_pointer = std::unique_ptr<llama_model, llama_closer>;
using llama_context_pointer = std::unique_ptr<llama_context, llama_closer>;

/// llama.cpp has one log for the whole process. Of what it says in a thread the first complaint is kept, for the
/// message of an error; the rest is printed if it was asked for.
struct llama_log {
    bool verbose = false;
    std::string complaint;

    static llama_log& instance() {
        thread_local llama_log log;  // two models may be loaded at a time
        return log;
    }
    static void write(ggml_log_level level, char const* text, void*) {
        llama_log& log = instance();
        if (level == GGML_LOG_LEVEL_ERROR && log.complaint.empty()) log.complaint = without_place(text);
        if (log.verbose) std::fputs(text, stderr);
    }
    static void begin(bool verbose) {
        instance().verbose = verbose;
        instance().complaint.clear();
        llama_log_set(&llama_log::write, nullptr);
    }

private:
    // "llama_model_load: error loading model: WHAT\n" -> "WHAT"
    static std::string without_place(std::string_view text) {
        static constexpr std::string_view mark = "error loading model: ";
        if (std::size_t const at = text.find(mark); at != std::string_view::npos) {
            text.remove_prefix(at + mark.size());
        } else if (std::size_t const colon = text.find(": "); colon != std::string_view::npos) {
            text.remove_prefix(colon + 2);
        }
        while (text.ends_with('\n') || text.ends_with(' ')) text.remove_suffix(1);
        return std::string(text);
    }
};

/// "; llama.cpp says: WHAT", or nothing.
[[nodiscard]] inline std::string llama_complaint() {
    std::string const& complaint = llama_log::instance().complaint;
    return complaint.empty() ? std::string() : ", says llama.cpp: " + complaint;
}

/// Looks at the first bytes, so that the commonest mistakes are named in our words.
inline void require_gguf(std::string const& path) {
    std::unique_ptr<std::FILE, llama_closer> const file(std::fopen(path.c_str(), "rb"));
    if (file == nullptr) {
        throw error(error_kind::io, path, std::strerror(errno), "check the path of the model");
    }
    char magic[4] = {};
    errno = 0;
    std::size_t const n_read = std::fread(magic, 1, sizeof magic, file.get());
    if (n_read == 0 && errno != 0) throw error(error_kind::io, path, std::strerror(errno), "name a GGUF file");
    if (n_read == 0) throw error(error_kind::syntax, path, "the file is empty", "fetch it again");
    if (std::string_view(magic, n_read) != "GGUF") {
        throw error(error_kind::syntax, path, "this is not a GGUF file",
                    "convert the model with llama.cpp's convert_hf_to_gguf.py");
    }
}

/// @throws error  io, syntax: there is no such file, or no whole GGUF file;  unsupported: llama.cpp does not know the
///                model's architecture, or it does not give the probabilities of next tokens
[[nodiscard]] inline llama_model_pointer load_llama_model(std::string const& path, int n_gpu_layers) {
    require_gguf(path);
    llama_backend_init();
    // A build whose backends are libraries of their own finds them only when asked.
    if (ggml_backend_dev_count() == 0) ggml_backend_load_all();
    llama_model_params parameters = llama_model_default_params();
    parameters.n_gpu_layers = n_gpu_layers;
    llama_model_pointer model(llama_model_load_from_file(path.c_str(), parameters));
    if (model == nullptr) {
        bool const unknown = llama_log::instance().complaint.find("architecture") != std::string::npos;
        throw error(unknown ? error_kind::unsupported : error_kind::syntax, path,
                    "the model cannot be loaded" + llama_complaint(),
                    unknown ? "build with a newer llama.cpp" : "the file may be damaged or cut off; fetch it again");
    }
    if (llama_model_has_encoder(model.get()) || !llama_model_has_decoder(model.get()) ||
        llama_model_is_diffusion(model.get())) {
        throw error(error_kind::unsupported, path, "this model does not go from left to right",
                    "give one that generates text");
    }
    if (llama_vocab_type(llama_model_get_vocab(model.get())) == LLAMA_VOCAB_TYPE_NONE) {
        throw error(error_kind::unsupported, path, "the file has no vocabulary", "give one that has");
    }
    return model;
}

/// A context with one pool of `n_cells` cells, which all sequences share.
/// @throws error  limit: it cannot be made
[[nodiscard]] inline llama_context_pointer make_llama_context(llama_model& model, std::string const& path,
                                                              std::size_t n_cells, std::size_t n_sequences,
                                                              std::size_t n_threads) {
    long const n_processors = ::sysconf(_SC_NPROCESSORS_ONLN);
    auto const threads = static_cast<std::int32_t>(
        n_threads != 0 ? n_threads : static_cast<std::size_t>(std::max(n_processors / 2, 1L)));
    llama_context_params parameters = llama_context_default_params();
    // Rows of logits take memory for a whole batch, and beyond 128 tokens a processor gains little. llama.cpp wants
    // room for a token of each sequence.
    std::size_t const n_batch = std::max<std::size_t>(n_sequences, 128);
    parameters.n_batch = parameters.n_ubatch = static_cast<std::uint32_t>(n_batch);
    parameters.n_ctx = static_cast<std::uint32_t>(std::max(n_cells, n_batch));
    parameters.n_seq_max = static_cast<std::uint32_t>(n_sequences);
    parameters.n_threads = parameters.n_threads_batch = threads;
    // Sequences copied without copying, and a window of attention that can go back.
    parameters.kv_unified = true;
    parameters.swa_full = true;
    // Memory and time for exactness: the cache, and what llama.cpp calls flash attention, are in half precision
    // otherwise, which moves the log-probabilities of a model of floats by 1e-3.
    parameters.type_k = parameters.type_v = GGML_TYPE_F32;
    parameters.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    parameters.no_perf = true;
    llama_context_pointer context(llama_init_from_model(&model, parameters));
    if (context == nullptr || llama_get_memory(context.get()) == nullptr) {
        throw error(error_kind::limit, path,
                    "llama.cpp cannot make a context of " + std::to_string(n_cells) + " tokens for the model" +
                        llama_complaint(),
                    "ask for a shorter one");
    }
    return context;
}

}  // namespace tessera::inline v0::lm::detail
