// tessera transplant: a model, and the tokenizer of another -> the model with that tokenizer.
#include <algorithm>
#include <chrono>
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
#include <tessera/transplant/make_matrix.hpp>
#include <tessera/transplant/match_keys.hpp>
#include <tessera/transplant/measure_speed.hpp>
#include <tessera/transplant/mergekit_keys.hpp>
#include <tessera/transplant/read_user_matches.hpp>
#include <tessera/transplant/tokenizer_contrast.hpp>
#include <tessera/transplant/transplanter.hpp>
#include <tessera/transplant/vocabulary_map.hpp>
#include <tessera/transplant/write_transplanted.hpp>
#include "../cli/inputs.hpp"
#include "../cli/output.hpp"
#include "../cli/output_folder.hpp"
#include "../cli/progress_bar.hpp"
#include "transplant_report.hpp"
#include "transplant_settings.hpp"
#include "verbs.hpp"

#ifdef TESSERA_OPENBLAS
extern "C" void openblas_set_num_threads(int);
#endif

namespace tessera::cli {

namespace {

namespace tp = tessera::transplant;
namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

constexpr char const* manifest_name = "transplant_manifest.json";

// The tensors of a model, and which of them have a row for each token.
struct tensors_side {
    explicit tensors_side(std::string const& path, std::string_view input = {}, std::string_view output = {})
        : model(path), embeddings(find_embeddings(model, input, output)) {}
    tensors_side(tensors_side const&) = delete;  // the second points into the first
    tensors_side& operator=(tensors_side const&) = delete;

    [[nodiscard]] bool is_gguf() const { return model.format() == tensor_format::gguf; }
    [[nodiscard]] std::size_t n_rows() const { return static_cast<std::size_t>(embeddings.input->rows()); }
    /// The head's, or, where it is tied, the embeddings.
    [[nodiscard]] tensor_entry const& of(tp::embedding_side side) const {
        bool const is_head = side == tp::embedding_side::output && embeddings.output != nullptr;
        return is_head ? *embeddings.output : *embeddings.input;
    }

    model_tensors model;
    embedding_tensors embeddings;
};

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

// The base's own, if it can be written.
tensor_type written_type(tensor_entry const& entry) { return is_written(entry.type) ? entry.type : tensor_type::q8_0; }

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

// What methods are given besides the base, for one side: of the donor's own head where both models have one.
tp::other_rows other_rows_of(transplant_settings const& s, tp::embedding_side side, tensors_side const* donor,
                             tp::row_plan const& plan, tokenizer_side const& added, tokenizer_side const& base) {
    tp::other_rows other;
    if (donor != nullptr) {
        other.anchors = tp::read_rows_of(donor->model, donor->of(side), plan.anchors);
        other.approximated = tp::read_rows_of(donor->model, donor->of(side), plan.approximated);
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
        char const* const name = side == tp::embedding_side::output ? "output" : "input";
        other.table = read_rows_file("--table", s.table, name, added.table.size());
    }
    return other;
}

// GGUF becomes GGUF, a folder a folder.
void check_form(std::string const& out, bool gguf_base) {
    if (gguf_base == out.ends_with(".gguf")) return;
    throw error(error_kind::unsupported, out,
                gguf_base ? "a base in GGUF becomes a GGUF file" : "a GGUF file is written of a base that is one",
                gguf_base ? "let OUT end in .gguf"
                          : "write a folder, and turn that into a GGUF with llama.cpp's convert_hf_to_gguf.py");
}

void add_hashes(std::string const& role, model_tensors const& model, std::vector<hashed_file>& files) {
    for (std::size_t i = 0; i < model.n_files(); ++i) {
        files.push_back({role, model.path(i).string(), hash_file(model.path(i))});
    }
}

std::uint64_t peak_bytes() {
    struct rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

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
    declare_options(line, s);
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
    settle_defaults(line, s);
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
    transplant_method const input_method(s.input_method, options, executor);
    transplant_method const output_method(s.output_method, options, executor);
    std::optional<output_folder> folder;
    if (!s.dry_run && !gguf_out) folder.emplace(out, manifest_name, s.force);

    bar.report("reading models", 0, 0);
    tensors_side const base_tensors(base_path, s.input_tensor, s.output_tensor);
    std::optional<tensors_side> donor_tensors;
    if (has_donor) donor_tensors.emplace(new_path);
    if (!s.dry_run) check_form(out, base_tensors.is_gguf());
    std::optional<tensor_type> const type = output_type_of(s, base_tensors.is_gguf());
    if (folder) (void)tp::configuration_of(base_path);  // better now than when all is made
    tokenizer_side const base = load_tokenizer_side(line, base_path);
    tokenizer_side const added = load_tokenizer_side(line, new_path);

    std::size_t const base_rows = base_tensors.n_rows();
    std::size_t const donor_rows = has_donor ? donor_tensors->n_rows() : added.table.size();
    bool const as_mergekit = s.match == "mergekit";
    tp::vocabulary_map const map = match_tokens(s, added, base, donor_rows, base_rows);
    std::size_t const n_new_rows = (added.table.size() + s.pad_to_multiple - 1) / s.pad_to_multiple * s.pad_to_multiple;
    tp::row_plan const plan = tp::plan_rows(map, added.table, n_new_rows, donor_rows, as_mergekit);
    tp::decomposer const pieces(base.file.tokenizer, base.table, base_rows);

    auto const make = [&](tp::embedding_side side, transplant_method const& how) {
        tp::matrix const base_matrix = tp::read_matrix(base_tensors.model, base_tensors.of(side));
        tp::other_rows const other =
            other_rows_of(s, side, donor_tensors ? &*donor_tensors : nullptr, plan, added, base);
        tp::transplanter const transplanter(plan, added.table, base.table, pieces, base_matrix, other);
        bar.report(side == tp::embedding_side::input ? "approximating input rows" : "approximating output rows", 0, 0);
        return tp::make_matrix(transplanter, how, side, plan, base.table, s.n_held_out, s.seed);
    };
    tp::made_matrix const input = make(tp::embedding_side::input, input_method);
    bool const tied = !s.untie && tp::is_tied(base_tensors.model, base_tensors.embeddings, tp::says_tied(base_path));
    std::optional<tp::made_matrix> output;
    if (!tied) output = make(tp::embedding_side::output, output_method);

    tp::new_embeddings rows;
    rows.input = &input.rows;
    rows.output = output ? &output->rows : nullptr;
    rows.input_type = type.value_or(written_type(base_tensors.of(tp::embedding_side::input)));
    rows.output_type = type.value_or(written_type(base_tensors.of(tp::embedding_side::output)));
    transplant_report report;
    report.base = base_path;
    report.donor = new_path;
    report.output = out;
    report.plan = &plan;
    report.tokens = &added.table;
    report.n_base_rows = base_rows;
    report.tied = tied;
    report.input_rows = &input;
    report.output_rows = output ? &*output : nullptr;
    bar.report("hashing files", 0, 0);
    add_hashes("base", base_tensors.model, report.files);
    if (donor_tensors) add_hashes("donor", donor_tensors->model, report.files);
    if (fs::is_regular_file(added.file.path)) {
        report.files.push_back({"tokenizer", added.file.path, hash_file(added.file.path)});
    }
    if (!s.dry_run) {
        bar.report("writing", 0, 0);
        std::vector<tensor_source> const sources =
            tp::transplanted_tensors(base_tensors.model, base_tensors.embeddings, plan, rows);
        if (gguf_out) {
            uninterrupted const guard;
            report.notes =
                tp::write_model_gguf(out, base_tensors.model, added.file, added.table, plan.n_rows(), sources, s.force);
            report.files.push_back({"output", out, hash_file(out)});
        } else {
            fs::path const into = fs::path(folder->file("")).parent_path();
            report.notes = tp::write_model_folder(into, base_path, new_path, added.file, added.table, plan.n_rows(),
                                                  sources, {.tied = tied, .max_file_bytes = max_file_bytes});
            for (auto const& entry : fs::directory_iterator(into)) {
                if (entry.path().extension() != ".safetensors") continue;
                report.files.push_back({"output", entry.path().filename().string(), hash_file(entry.path())});
            }
            tp::detail::write_text(into / manifest_name, manifest_json(report) + "\n");
            uninterrupted const guard;
            folder->commit();
        }
    }
    bar.clear();

    report.contrast = tp::contrast_of(base.file.tokenizer, base.table, added.file.tokenizer, added.table, plan);
    report.notes.insert(report.notes.end(), report.contrast.notes.begin(), report.contrast.notes.end());
    for (tp::made_matrix const* made : {report.input_rows, report.output_rows}) {
        if (made == nullptr || made->outliers.n_norm + made->outliers.n_mean_logit == 0) continue;
        report.notes.push_back(std::to_string(made->outliers.n_norm) + " new rows have unusual lengths, and " +
                               std::to_string(made->outliers.n_mean_logit) +
                               " would score unusually high whatever the text (see worst in the report)");
    }
    report.seconds = std::chrono::duration<double>(clock::now() - begin).count();
    report.peak_bytes = peak_bytes();
    if (s.input_method == "omp" && !plan.approximated.empty()) {
        report.speed = tp::measure_speed(input.pursuit.size.dim, executor);
    }
    std::string const json = s.report.empty() && !line.common().json ? "" : report_json(report) + "\n";
    if (!s.report.empty()) {
        output_file file(s.report, s.force);
        file.write(json);
        file.commit();
    }
    if (line.common().json) {
        write_to_stdout(json);
        return 0;
    }
    if (line.common().quiet) return 0;
    write_to_stdout(report_text(report));
    for (std::string const& note : report.notes) write_to_stderr("tessera transplant: note: " + one_line(note));
    return 0;
}

}  // namespace tessera::cli
