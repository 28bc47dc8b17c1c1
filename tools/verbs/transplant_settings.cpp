#include "transplant_settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <tessera/core/token.hpp>
#include "../cli/output.hpp"
#include "../cli/usage_error.hpp"

namespace tessera::cli {

namespace tp = tessera::transplant;

namespace {

double fraction_of(char const* option, std::string const& text, double otherwise) {
    if (text.empty()) return otherwise;
    char* end = nullptr;
    double const value = std::strtod(text.c_str(), &end);
    if (end != text.c_str() + text.size() || !(value >= 0 && value < 1e6)) {
        throw usage_error(std::string(option) + ": " + printable(text) + " is not a number of at least 0");
    }
    return value;
}

}  // namespace

void declare_options(command& line, transplant_settings& s) {
    std::string methods;
    for (std::string_view const name : transplant_method::names())
        methods += (methods.empty() ? "" : ", ") + std::string(name);
    line.option("--tokenizer", "NEW", s.tokenizer, "the new tokenizer, where there is no donor model");
    line.option(
        "--approximation-method", "NAME", s.input_method,
        "how rows of new tokens are made: " + methods + " (default: regression; without a donor: subword-regression)");
    line.option("--output-method", "NAME", s.output_method,
                "the same for the head, if it is not tied (default: as --approximation-method)");
    line.option("--k", "N", s.k, "omp: anchors for each token", 1);
    line.choice("--selection", {"cosine", "inner-product"}, s.selection, "omp: how the next anchor is chosen");
    line.flag("--no-centring", s.no_centring, "omp: do not take the anchors' mean out of both spaces");
    line.option("--tolerance", "PART", s.tolerance,
                "omp: a token is done when what is left of it is this part of its length (default: 0)");
    line.choice("--engine", {"automatic", "residual", "gram", "screened-residual", "screened-gram"}, s.engine,
                "omp: all give the same result; they differ in time and memory");
    line.option("--neighbours", "N", s.neighbours,
                "regression (32), nearest (8), wechsel (10), tokenadapt (3): how many");
    line.choice("--weights", {"inverse-distance", "barycentric", "least-squares"}, s.weights,
                "nearest: how neighbours are weighed");
    line.flag("--cosine", s.cosine, "nearest: by angle instead of by distance");
    line.option("--temperature", "T", s.temperature, "wechsel (0.1), tokenadapt (0.3): of the softmax");
    line.option("--seed", "N", s.seed, "random, covariance, and which tokens are held out");
    line.option("--auxiliary", "FILE", s.auxiliary,
                "a .safetensors with vectors for all tokens: `new`, and for wechsel and tokenadapt `base`; with a "
                "donor's method, `new` takes the place of the donor's rows");
    line.option("--table", "FILE", s.table,
                "table: a .safetensors with `input` (and `output`), a row for each new token id");
    line.choice(
        "--match", {"bytes", "mergekit"}, s.match,
        "which tokens are the same: by the bytes they stand for, or by mergekit-tokensurgeon's keys, to compare with "
        "it (then also --approximation-method omp --selection inner-product --no-centring)");
    line.option("--special-map", "FILE", s.special_map,
                "a JSON object: token of the donor -> token or text of the base, for tokens such as <|im_start|>");
    line.choice("--collisions", {"lowest", "highest", "refuse"}, s.collisions,
                "which id counts where the base has several tokens with the same bytes");
    line.flag("--untie", s.untie, "give a model whose head is its embeddings a head of its own");
    line.option("--output-type", "TYPE", s.type,
                "of the new embeddings: f32, bf16, f16, f64, q8_0 (GGUF) (default: the base's; of a GGUF with a type "
                "that is not "
                "written, q8_0)");
    line.option("--shard-size", "SIZE", s.shard_size, "bytes of tensors in a file");
    line.option("--pad-to-multiple", "N", s.pad_to_multiple, "add rows until their number is a multiple of N", 1);
    line.option("--memory-limit", "SIZE", s.memory_limit, "for what omp takes beside the embeddings (default: 8G)");
    line.option("--input-tensor", "NAME", s.input_tensor, "the base's embeddings, if they have an unusual name");
    line.option("--output-tensor", "NAME", s.output_tensor, "the base's head, if it has an unusual name");
    line.option("--held-out", "N", s.n_held_out,
                "shared tokens that are made as if they were new, to say how good the new rows are; 0: none");
    line.option("--report", "FILE", s.report, "what was done, and how well, as JSON");
    line.flag("--dry-run", s.dry_run, "write no model: only the report, and what is printed");
    line.flag("-f,--force", s.force, "overwrite OUT and the report");
    line.note(
        "BASE and DONOR are folders as Hugging Face has them (config.json, .safetensors in one file or several, "
        "tokenizer "
        "files), or .gguf files. OUT is a folder, or, of a base in GGUF, a .gguf file. Exit code 0: it is written; "
        "transplant_manifest.json in it says which row came from where.");
}

void settle_defaults(command const& line, transplant_settings& s) {
    if (s.pad_to_multiple > max_vocabulary_size) {
        throw usage_error("--pad-to-multiple: " + std::to_string(s.pad_to_multiple) + " is more than a vocabulary has");
    }
    bool const has_donor = s.tokenizer.empty();
    if (s.input_method.empty()) s.input_method = has_donor ? "regression" : "subword-regression";
    if (s.output_method.empty()) s.output_method = s.input_method;
    // Of several tokens with one key, mergekit keeps the last.
    if (s.match == "mergekit" && !line.given("--collisions")) s.collisions = "highest";
}

tp::method_options method_options_of(transplant_settings const& s, progress_listener* progress) {
    tp::method_options o;
    o.omp.pursuit.k = s.k;
    o.omp.pursuit.tolerance = fraction_of("--tolerance", s.tolerance, 0);
    o.omp.pursuit.progress = progress;
    for (auto const engine : tp::pursuit_engines) {
        if (s.engine == tp::name(engine)) o.omp.pursuit.engine = engine;
    }
    if (!s.memory_limit.empty()) o.omp.pursuit.memory_limit = parse_size("--memory-limit", s.memory_limit);
    o.omp.selection = s.selection == "cosine" ? tp::atom_selection::cosine : tp::atom_selection::inner_product;
    o.omp.centred = !s.no_centring;
    if (s.neighbours != 0) {
        o.nearest.k = s.neighbours;
        o.wechsel.k = s.neighbours;
        o.tokenadapt.k = s.neighbours;
        o.regression.k = s.neighbours;
    }
    if (s.weights == "barycentric") o.nearest.weights = tp::neighbour_weights::barycentric;
    if (s.weights == "least-squares") o.nearest.weights = tp::neighbour_weights::least_squares;
    o.nearest.cosine = s.cosine;
    o.wechsel.temperature = fraction_of("--temperature", s.temperature, o.wechsel.temperature);
    o.tokenadapt.temperature = fraction_of("--temperature", s.temperature, o.tokenadapt.temperature);
    o.seed = s.seed;
    return o;
}

std::optional<tensor_type> output_type_of(transplant_settings const& s, bool gguf_base) {
    if (s.type.empty()) return std::nullopt;
    for (tensor_type const type :
         {tensor_type::f32, tensor_type::bf16, tensor_type::f16, tensor_type::f64, tensor_type::q8_0}) {
        std::string name(name_of(type));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        if (name == s.type && (type != tensor_type::q8_0 || gguf_base)) return type;
    }
    throw usage_error("--output-type: " + printable(s.type) + " is not f32, bf16, f16, f64, or, of a GGUF, q8_0");
}

}  // namespace tessera::cli
