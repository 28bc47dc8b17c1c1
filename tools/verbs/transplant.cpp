// tessera transplant: a model, and the tokenizer of another -> the model with that tokenizer.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>

#include <tessera/io/embedding_tensors.hpp>
#include <tessera/io/file_hash.hpp>
#include <tessera/io/model_tensors.hpp>
#include <tessera/io/read_special_roles.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/transplant/any_method.hpp>
#include <tessera/transplant/match_keys.hpp>
#include <tessera/transplant/mergekit_keys.hpp>
#include <tessera/transplant/read_user_matches.hpp>
#include <tessera/transplant/row_outliers.hpp>
#include <tessera/transplant/tokenizer_contrast.hpp>
#include <tessera/transplant/transplanter.hpp>
#include <tessera/transplant/vocabulary_map.hpp>
#include <tessera/transplant/write_transplanted.hpp>
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/output_folder.hpp"
#include "../cli/progress_bar.hpp"
#include "verbs.hpp"

#ifdef TESSERA_OPENBLAS
extern "C" void openblas_set_num_threads(int);
#endif

namespace tessera::cli {

namespace {

namespace tp = tessera::transplant;
namespace fs = std::filesystem;
using method = tp::any_method<tbb_executor>;
using clock = std::chrono::steady_clock;

constexpr char const* manifest_name = "transplant_manifest.json";

struct transplant_settings {
    std::string tokenizer;
    std::string input_method;
    std::string output_method;
    std::string match = "bytes";
    std::string collisions = "lowest";
    std::string special_map;
    std::uint64_t k = 64;
    std::string selection = "cosine";
    bool no_centring = false;
    std::string tolerance;
    std::string engine = "automatic";
    std::uint64_t neighbours = 0;
    std::string weights = "inverse-distance";
    bool cosine = false;
    std::string temperature;
    std::uint64_t seed = 0;
    std::string auxiliary;
    std::string table;
    bool untie = false;
    std::string type;
    std::string shard_size = "5G";
    std::uint64_t pad_to_multiple = 1;
    std::string memory_limit;
    std::string input_tensor;
    std::string output_tensor;
    std::uint64_t n_held_out = 400;
    std::string report;
    bool dry_run = false;
    bool force = false;
};

double fraction_of(char const* option, std::string const& text, double otherwise) {
    if (text.empty()) return otherwise;
    char* end = nullptr;
    double const value = std::strtod(text.c_str(), &end);
    if (end != text.c_str() + text.size() || !(value >= 0 && value < 1e6)) {
        throw usage_error(std::string(option) + ": " + printable(text) + " is not a number of at least 0");
    }
    return value;
}

// A tokenizer, and what is found of it.
struct tokenizer_side {
    tokenizer_side(loaded_tokenizer file_of_it, special_roles roles_of_it)
        : file(std::move(file_of_it)), roles(std::move(roles_of_it)), table(file.tokenizer, roles) {}

    loaded_tokenizer file;
    special_roles roles;
    tp::token_table table;
};

tokenizer_side load_tokenizer_side(command const& line, std::string const& path) {
    loaded_tokenizer file = load_with_notes(line.verb(), path, {}, line.common().quiet || line.common().json);
    special_roles roles = read_special_roles(file);
    return {std::move(file), std::move(roles)};
}

tp::method_options method_options_of(transplant_settings const& s, progress_listener* progress) {
    tp::method_options o;
    o.omp.pursuit.k = s.k;
    o.omp.pursuit.tolerance = fraction_of("--tolerance", s.tolerance, 0);
    o.omp.pursuit.progress = progress;
    for (auto const engine :
         {tp::pursuit_engine::residual, tp::pursuit_engine::gram, tp::pursuit_engine::screened_gram}) {
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

tp::vocabulary_map match_tokens(transplant_settings const& s, tokenizer_side const& donor, tokenizer_side const& base,
                                std::size_t donor_rows, std::size_t base_rows) {
    tp::collision_policy const collisions = s.collisions == "lowest"    ? tp::collision_policy::lowest_id
                                            : s.collisions == "highest" ? tp::collision_policy::highest_id
                                                                        : tp::collision_policy::refuse;
    if (s.match == "mergekit") {
        return tp::match_keys(tp::mergekit_keys(donor.table, donor.roles), tp::mergekit_keys(base.table, base.roles),
                              {.collisions = collisions, .donor_rows = donor_rows, .base_rows = base_rows});
    }
    tp::match_options options{.collisions = collisions, .donor_rows = donor_rows, .base_rows = base_rows};
    if (!s.special_map.empty()) options.user = tp::read_user_matches(s.special_map);
    return tp::match_vocabularies(donor.table, base.table, base.file.tokenizer, options);
}

// --output-type; none if it is not given.
std::optional<tensor_type> type_of_option(std::string const& text, bool gguf_base) {
    if (text.empty()) return std::nullopt;
    for (tensor_type const type :
         {tensor_type::f32, tensor_type::bf16, tensor_type::f16, tensor_type::f64, tensor_type::q8_0}) {
        std::string name(name_of(type));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        if (name == text && (type != tensor_type::q8_0 || gguf_base)) return type;
    }
    throw usage_error("--output-type: " + printable(text) + " is not f32, bf16, f16, f64, or, of a GGUF, q8_0");
}

// The base's own, if it can be written.
tensor_type written_type(tensor_entry const& entry) { return is_written(entry.type) ? entry.type : tensor_type::q8_0; }

// One matrix of the new model, and how it was made.
struct made_matrix {
    std::string method;
    tp::matrix rows;
    tp::held_out_score held_out;
    tp::row_outliers outliers;
    tp::pursuit_statistics pursuit;
    double seconds = 0;
};

made_matrix make_matrix(tp::transplanter const& transplanter, method const& how, tp::embedding_side side,
                        tp::row_plan const& plan, tokenizer_side const& base, transplant_settings const& s) {
    made_matrix made;
    made.method = how.name();
    clock::time_point const begin = clock::now();
    tp::matrix const approximated = transplanter.approximate(how, side, &made.pursuit);
    made.seconds = std::chrono::duration<double>(clock::now() - begin).count();
    made.rows = tp::build_rows(plan, transplanter.base(), base.table, approximated);
    made.held_out = transplanter.held_out(how, side, s.n_held_out, s.seed);
    std::vector<token_id> changed;
    for (token_id id = 0; id < plan.n_rows(); ++id) {
        if (plan.base[id] == no_token) changed.push_back(id);
    }
    made.outliers = tp::find_outliers(made.rows, changed, transplanter.used());
    return made;
}

// Rows from a file of the user, by token id.
tp::matrix read_rows_file(char const* option, std::string const& path, std::string_view name, std::size_t n_tokens) {
    model_tensors const file(path);
    tensor_entry const& entry = file.at(name);
    file.check_matrix(entry);
    if (entry.rows() < n_tokens) {
        throw error(error_kind::bad_option, file.where(entry),
                    "it has " + std::to_string(entry.rows()) + " rows, and the vocabulary " + std::to_string(n_tokens) +
                        " tokens",
                    std::string(option) + " needs a row for each token, in the order of the ids");
    }
    return tp::read_matrix(file, entry);
}

struct hashed_file {
    std::string role;
    std::string path;
    file_hash hash;
};

void write_matrix(json_writer& w, made_matrix const& made) {
    w.begin_object().member("method", made.method).member("mean_cosine", made.held_out.mean_cosine);
    w.member("median_cosine", made.held_out.median_cosine).member("tenth_cosine", made.held_out.tenth_cosine);
    w.member("relative_error", made.held_out.relative_error).member("norm_ratio", made.held_out.norm_ratio);
    w.member("n", made.held_out.n).end_object();
}

void write_outliers(json_writer& w, made_matrix const& made, tp::token_table const& tokens) {
    w.begin_object().member("n_norm", made.outliers.n_norm).member("n_mean_logit", made.outliers.n_mean_logit);
    w.key("worst").begin_array();
    for (tp::row_outlier const& o : made.outliers.worst) {
        w.begin_object().member("id", o.id);
        w.member("token", o.id < tokens.size() ? tokens.bytes(o.id) : std::string_view());
        w.member("norm_deviation", o.norm_deviation).member("mean_logit_deviation", o.mean_logit_deviation);
        w.end_object();
    }
    w.end_array().end_object();
}

// What the new model was made from, and which row came from where: with it the way back is a second transplant.
void write_manifest(json_writer& w, std::vector<hashed_file> const& files, std::vector<std::string> const& methods,
                    tp::row_plan const& plan, std::size_t n_base) {
    w.begin_object().member("tessera", std::string_view(TESSERA_VERSION));
    w.key("methods").begin_array();
    for (std::string const& m : methods) w.value(m);
    w.end_array();
    w.key("files").begin_array();
    for (hashed_file const& f : files) {
        w.begin_object().member("role", f.role).member("path", f.path).member("bytes", f.hash.bytes);
        w.member("xxh128", f.hash.xxh128).end_object();
    }
    w.end_array();
    w.key("sources").begin_object();
    for (std::size_t i = 0; i < tp::row_source_names.size(); ++i) {
        w.member(tp::row_source_names[i], plan.n(static_cast<tp::row_source>(i)));
    }
    w.end_object();
    auto const id_or_none = [&](token_id id) { w.value(id == no_token ? std::int64_t{-1} : std::int64_t{id}); };
    w.key("base_ids").begin_array();
    for (token_id const id : plan.base) id_or_none(id);
    w.end_array();
    std::vector<token_id> reverse(n_base, no_token);
    for (token_id id = 0; id < plan.n_rows(); ++id) {
        token_id const base = plan.base[id];
        if (base < n_base && reverse[base] == no_token) reverse[base] = id;
    }
    w.key("reverse_map").begin_array();
    for (token_id const id : reverse) id_or_none(id);
    w.end_array().end_object();
}

std::string of_all(std::size_t part, std::size_t all) { return std::to_string(part) + " of " + std::to_string(all); }

}  // namespace

int transplant(arguments const& args) {
    command line(
        "transplant", "BASE DONOR OUT [OPTION...] | BASE OUT --tokenizer NEW [OPTION...]",
        "Puts the tokenizer of one model (the donor) into another (the base): a row of the embeddings for each token "
        "of the donor's. Tokens that both have keep the base's row, bit for bit; the others are approximated. "
        "All other tensors are copied. Without a donor model, a tokenizer is enough: the new rows are made of the "
        "pieces that the base's tokenizer writes the new tokens with.",
        {"tessera transplant gemma/ smollm2/ out/ --report report.json",
         "tessera transplant gemma/ smollm2/ out/ --approximation-method omp --k 64",
         "tessera transplant base.gguf donor.gguf out.gguf --output-type q8_0",
         "tessera transplant base/ out/ --tokenizer new/tokenizer.json"});
    transplant_settings s;
    std::string methods;
    for (std::string_view const name : method::names()) methods += (methods.empty() ? "" : ", ") + std::string(name);
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
    line.choice("--engine", {"automatic", "residual", "gram", "screened-gram"}, s.engine,
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
    if (!line.parse(args)) return 0;

    bool const has_donor = s.tokenizer.empty();
    std::size_t const n_paths = (has_donor ? 2 : 1) + (s.dry_run ? 0 : 1);
    if (line.inputs().size() != n_paths && !(s.dry_run && line.inputs().size() == n_paths + 1)) {
        throw usage_error(has_donor ? "give BASE DONOR OUT, or BASE OUT --tokenizer NEW"
                                    : "give BASE OUT --tokenizer NEW");
    }
    std::string const base_path = line.inputs()[0];
    std::string const new_path = has_donor ? line.inputs()[1] : s.tokenizer;
    std::string out = s.dry_run ? std::string() : line.inputs().back();
    while (out.size() > 1 && out.ends_with('/')) out.pop_back();
    bool const gguf_out = out.ends_with(".gguf");
    if (s.input_method.empty()) s.input_method = has_donor ? "regression" : "subword-regression";
    if (s.output_method.empty()) s.output_method = s.input_method;
    // Of several tokens with one key, mergekit keeps the last.
    if (s.match == "mergekit" && !line.given("--collisions")) s.collisions = "highest";
    std::uint64_t const max_file_bytes = parse_size("--shard-size", s.shard_size);
    if (!s.report.empty()) check_writable(s.report, s.force);
    if (gguf_out) check_writable(out, s.force);
    clock::time_point const begin = clock::now();
    progress_bar bar(line.common());
    tbb_executor const executor(line.common().threads);
#ifdef TESSERA_OPENBLAS
    openblas_set_num_threads(1);  // what calls it has threads of its own
#endif
    tp::method_options const options = method_options_of(s, &bar);
    method const input_method(s.input_method, options, executor);
    method const output_method(s.output_method, options, executor);
    std::optional<output_folder> folder;
    if (!s.dry_run && !gguf_out) folder.emplace(out, manifest_name, s.force);

    bar.report("reading models", 0, 0);
    model_tensors const base_model(base_path);
    embedding_tensors const base_tensors = find_embeddings(base_model, s.input_tensor, s.output_tensor);
    std::optional<model_tensors> donor_model;
    embedding_tensors donor_tensors;
    if (has_donor) {
        donor_model.emplace(new_path);
        donor_tensors = find_embeddings(*donor_model);
    }
    bool const gguf_base = base_model.format() == tensor_format::gguf;
    if (!s.dry_run && gguf_base != gguf_out) {
        throw error(error_kind::unsupported, out,
                    gguf_base ? "a base in GGUF becomes a GGUF file" : "a GGUF file is written of a base that is one",
                    gguf_base ? "let OUT end in .gguf"
                              : "write a folder, and turn that into a GGUF with llama.cpp's "
                                "convert_hf_to_gguf.py");
    }
    std::optional<tensor_type> const type = type_of_option(s.type, gguf_base);
    if (folder) (void)tp::configuration_of(base_path);  // better now than when all is made
    tokenizer_side const base = load_tokenizer_side(line, base_path);
    tokenizer_side const added = load_tokenizer_side(line, new_path);

    std::size_t const base_rows = static_cast<std::size_t>(base_tensors.input->rows());
    std::size_t const donor_rows =
        has_donor ? static_cast<std::size_t>(donor_tensors.input->rows()) : added.table.size();
    bool const as_mergekit = s.match == "mergekit";
    tp::vocabulary_map const map = match_tokens(s, added, base, donor_rows, base_rows);
    std::size_t const n_new_rows = (added.table.size() + s.pad_to_multiple - 1) / s.pad_to_multiple * s.pad_to_multiple;
    tp::row_plan const plan = tp::plan_rows(map, added.table, n_new_rows, donor_rows, as_mergekit);
    tp::decomposer const pieces(base.file.tokenizer, base.table, base_rows);

    // Rows for one side: of the donor's own head where both models have one.
    auto const other_of = [&](tp::embedding_side side) {
        tp::other_rows other;
        bool const is_output = side == tp::embedding_side::output;
        if (has_donor) {
            tensor_entry const& entry =
                is_output && donor_tensors.output != nullptr ? *donor_tensors.output : *donor_tensors.input;
            other.anchors = tp::read_rows_of(*donor_model, entry, plan.anchors);
            other.approximated = tp::read_rows_of(*donor_model, entry, plan.approximated);
        }
        if (!s.auxiliary.empty()) {
            other.auxiliary_new = read_rows_file("--auxiliary", s.auxiliary, "new", added.table.size());
            if (model_tensors(s.auxiliary).find("base") != nullptr) {
                other.auxiliary_base = read_rows_file("--auxiliary", s.auxiliary, "base", base.table.size());
            }
            other.anchors = tp::rows_of(other.auxiliary_new, plan.anchors);
            other.approximated = tp::rows_of(other.auxiliary_new, plan.approximated);
        }
        if (!s.table.empty()) {
            other.table = read_rows_file("--table", s.table, is_output ? "output" : "input", added.table.size());
        }
        return other;
    };
    std::optional<made_matrix> input;
    std::optional<made_matrix> output;
    {
        tp::matrix const base_matrix = tp::read_matrix(base_model, *base_tensors.input);
        tp::other_rows const other = other_of(tp::embedding_side::input);
        tp::transplanter const transplanter(plan, added.table, base.table, pieces, base_matrix, other);
        bar.report("approximating input rows", 0, 0);
        input = make_matrix(transplanter, input_method, tp::embedding_side::input, plan, base, s);
    }
    bool const tied = !s.untie && tp::is_tied(base_model, base_tensors, tp::says_tied(base_path));
    if (!tied) {
        tp::matrix const base_matrix =
            tp::read_matrix(base_model, base_tensors.output != nullptr ? *base_tensors.output : *base_tensors.input);
        tp::other_rows const other = other_of(tp::embedding_side::output);
        tp::transplanter const transplanter(plan, added.table, base.table, pieces, base_matrix, other);
        bar.report("approximating output rows", 0, 0);
        output = make_matrix(transplanter, output_method, tp::embedding_side::output, plan, base, s);
    }

    // What is written.
    tp::new_embeddings rows;
    rows.input = &input->rows;
    rows.output = output ? &output->rows : nullptr;
    rows.input_type = type.value_or(written_type(*base_tensors.input));
    rows.output_type =
        type.value_or(written_type(base_tensors.output != nullptr ? *base_tensors.output : *base_tensors.input));
    std::vector<hashed_file> files;
    auto const hash_all = [&](std::string const& role, std::string const& path) {
        bar.report("hashing files", 0, 0);
        files.push_back({role, path, hash_file(path)});
    };
    for (std::size_t i = 0; i < base_model.n_files(); ++i) hash_all("base", base_model.path(i).string());
    for (std::size_t i = 0; donor_model && i < donor_model->n_files(); ++i)
        hash_all("donor", donor_model->path(i).string());
    if (fs::is_regular_file(added.file.path)) hash_all("tokenizer", added.file.path);
    std::vector<std::string> method_names{input->method};
    if (output) method_names.push_back(output->method);

    std::vector<std::string> notes;
    if (!s.dry_run) {
        bar.report("writing", 0, 0);
        std::vector<tensor_source> const sources = tp::transplanted_tensors(base_model, base_tensors, plan, rows);
        if (gguf_out) {
            uninterrupted const guard;
            notes = tp::write_model_gguf(out, base_model, added.file, added.table, plan.n_rows(), sources, s.force);
            hash_all("output", out);
        } else {
            fs::path const into = fs::path(folder->file("")).parent_path();
            notes = tp::write_model_folder(into, base_path, new_path, added.file, added.table, plan.n_rows(), sources,
                                           {.tied = tied, .max_file_bytes = max_file_bytes});
            for (auto const& entry : fs::directory_iterator(into)) {
                if (entry.path().extension() != ".safetensors") continue;
                files.push_back({"output", entry.path().filename().string(), hash_file(entry.path())});
            }
            json_writer w;
            write_manifest(w, files, method_names, plan, base_rows);
            tp::detail::write_text(into / manifest_name, w.text() + "\n");
            uninterrupted const guard;
            folder->commit();
        }
    }
    bar.clear();

    tp::tokenizer_contrast const contrast =
        tp::contrast_of(base.file.tokenizer, base.table, added.file.tokenizer, added.table, plan);
    notes.insert(notes.end(), contrast.notes.begin(), contrast.notes.end());
    for (made_matrix const* made : {&*input, output ? &*output : nullptr}) {
        if (made == nullptr || made->outliers.n_norm + made->outliers.n_mean_logit == 0) continue;
        notes.push_back(std::to_string(made->outliers.n_norm) + " new rows have unusual lengths, and " +
                        std::to_string(made->outliers.n_mean_logit) +
                        " would score unusually high whatever the text (see worst in the report)");
    }
    double const seconds = std::chrono::duration<double>(clock::now() - begin).count();
    struct rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    auto const peak_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;

    std::size_t const n_special =
        plan.n(tp::row_source::special) + plan.n(tp::row_source::user_text) + plan.n(tp::row_source::lost_special);
    json_writer w;
    w.begin_object().member("base", base_path).member("donor", new_path).member("output", out);
    w.member("n_rows", plan.n_rows()).member("n_shared", plan.n(tp::row_source::shared));
    w.member("n_approximated", plan.n(tp::row_source::approximated)).member("n_special", n_special);
    w.member("n_lost_special", plan.n(tp::row_source::lost_special)).member("n_junk", plan.n(tp::row_source::junk));
    w.member("n_anchors", plan.anchors.size()).member("tied", tied);
    w.key("held_out").begin_object().key("input");
    write_matrix(w, *input);
    w.key("output");
    write_matrix(w, output ? *output : *input);
    w.end_object();
    w.key("outliers").begin_object().key("input");
    write_outliers(w, *input, added.table);
    w.key("output");
    write_outliers(w, output ? *output : *input, added.table);
    w.end_object();
    w.key("approximation_seconds").begin_object().member("input", input->seconds);
    w.member("output", output ? output->seconds : 0.0).end_object();
    if (s.input_method == "omp" && !plan.approximated.empty()) {
        tp::pursuit_size const size{plan.approximated.size(), plan.anchors.size(),
                                    static_cast<std::size_t>(has_donor ? donor_tensors.input->columns() : 0),
                                    static_cast<std::size_t>(s.k), executor.concurrency()};
        tp::pursuit_cost const cost = tp::cost_of(input->pursuit.engine, size);
        double const speed = tp::measured_product_speed(std::max<std::size_t>(size.dim, 64), executor);
        w.key("pursuit").begin_object().member("engine", tp::name(input->pursuit.engine));
        w.member("product_operations", cost.product_operations).member("update_operations", cost.update_operations);
        w.member("exact_operations", cost.exact_operations).member("engine_bytes", cost.bytes);
        w.member("measured_products_per_second", speed);
        w.member("share_of_product_speed", input->seconds > 0 ? cost.product_operations / speed / input->seconds : 0.0);
        w.member("scores_per_choice", input->pursuit.n_chosen == 0 ? 0.0
                                                                   : static_cast<double>(input->pursuit.n_scored) /
                                                                         static_cast<double>(input->pursuit.n_chosen));
        w.end_object();
    }
    w.key("digits")
        .begin_object()
        .member("base", tp::name_of(contrast.base_digits))
        .member("new", tp::name_of(contrast.new_digits))
        .end_object();
    w.key("notes").begin_array();
    for (std::string const& note : notes) w.value(note);
    w.end_array();
    w.member("seconds", seconds).member("peak_bytes", peak_bytes);
    w.key("manifest");
    write_manifest(w, files, method_names, plan, base_rows);
    w.end_object();
    if (!s.report.empty()) {
        output_file file(s.report, s.force);
        file.write(w.text() + "\n");
        file.commit();
    }
    if (line.common().json) {
        write_to_stdout(w.text() + "\n");
        return 0;
    }
    if (line.common().quiet) return 0;
    std::string text =
        "tokens          " + std::to_string(added.table.n_tokens()) + " in " + std::to_string(plan.n_rows()) +
        " rows\nshared          " + of_all(plan.n(tp::row_source::shared), plan.n_rows()) +
        " (the base's rows, bit for bit)\napproximated    " + std::to_string(plan.n(tp::row_source::approximated)) +
        " by " + input->method + (output && output->method != input->method ? " and " + output->method : "") +
        "\nspecial         " + std::to_string(n_special) + ", of which " +
        std::to_string(plan.n(tp::row_source::lost_special)) + " have no counterpart\njunk            " +
        std::to_string(plan.n(tp::row_source::junk)) + "\n";
    char number[96];
    for (auto const& [side, made] : {std::pair{"input", &*input}, std::pair{"output", output ? &*output : nullptr}}) {
        if (made == nullptr || made->held_out.n == 0) continue;
        std::snprintf(number, sizeof number, "held out        %s: cosine %.4f on average, over %zu shared tokens\n",
                      side, made->held_out.mean_cosine, made->held_out.n);
        text += number;
    }
    std::snprintf(number, sizeof number, "time            %.1f s, peak memory %.1f GB\n", seconds,
                  static_cast<double>(peak_bytes) * 1e-9);
    text += number;
    write_to_stdout(text);
    for (std::string const& note : notes) write_to_stderr("tessera transplant: note: " + one_line(note));
    return 0;
}

}  // namespace tessera::cli
