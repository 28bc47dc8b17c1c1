#include "transplant_report.hpp"

#include <cstdio>
#include <string_view>
#include <utility>

#include "../cli/json_writer.hpp"
#include "../cli/version.hpp"

namespace tessera::cli {

namespace tp = tessera::transplant;

namespace {

void write_matrix(json_writer& w, tp::made_matrix const& made) {
    w.begin_object().member("method", made.method).member("mean_cosine", made.held_out.mean_cosine);
    w.member("median_cosine", made.held_out.median_cosine).member("tenth_cosine", made.held_out.tenth_cosine);
    w.member("relative_error", made.held_out.relative_error).member("norm_ratio", made.held_out.norm_ratio);
    w.member("n", made.held_out.n).end_object();
}

void write_outliers(json_writer& w, tp::made_matrix const& made, tp::token_table const& tokens) {
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

void write_manifest(json_writer& w, transplant_report const& report) {
    tp::row_plan const& plan = *report.plan;
    std::size_t const n_base = report.n_base_rows;
    w.begin_object().member("tessera", std::string_view(TESSERA_VERSION));
    w.key("methods").begin_array();
    w.value(report.input_rows->method);
    if (report.output_rows != nullptr) w.value(report.output_rows->method);
    w.end_array();
    w.key("files").begin_array();
    for (hashed_file const& f : report.files) {
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

// What matching pursuit was to do, how fast this machine does such things, and what came of it.
void write_pursuit(json_writer& w, tp::machine_speed const& speed, tp::made_matrix const& made) {
    tp::pursuit_statistics const& p = made.pursuit;
    w.key("pursuit").begin_object().member("engine", tp::name(p.engine)).member("engine_bytes", p.cost.bytes);
    w.key("operations").begin_object().member("float_products", p.cost.float_products);
    w.member("short_products", p.cost.short_products).member("byte_products", p.cost.byte_products);
    w.member("float_updates", p.cost.float_updates).member("byte_updates", p.cost.byte_updates);
    w.member("exact", p.cost.exact).end_object();
    w.key("operations_per_second_and_thread").begin_object().member("float_products", speed.float_products);
    w.member("short_products", speed.short_products).member("byte_products", speed.byte_products);
    w.member("float_updates", speed.float_updates).member("byte_updates", speed.byte_updates);
    w.member("exact", speed.exact).end_object();
    w.key("expected_seconds").begin_object();
    for (tp::pursuit_engine const engine : tp::pursuit_engines) {
        w.member(tp::name(engine), tp::seconds(tp::cost_of(engine, p.size), speed, p.size.n_threads));
    }
    w.end_object();
    double const products = speed.float_products * static_cast<double>(p.size.n_threads);
    w.member("share_of_product_speed", made.seconds > 0 ? p.cost.operations() / products / made.seconds : 0.0);
    w.member("scores_per_choice",
             p.n_chosen == 0 ? 0.0 : static_cast<double>(p.n_scored) / static_cast<double>(p.n_chosen));
    w.end_object();
}

std::size_t n_special(tp::row_plan const& plan) {
    return plan.n(tp::row_source::special) + plan.n(tp::row_source::user_text) + plan.n(tp::row_source::lost_special);
}

std::string of_all(std::size_t part, std::size_t all) { return std::to_string(part) + " of " + std::to_string(all); }

}  // namespace

std::string manifest_json(transplant_report const& report) {
    json_writer w;
    write_manifest(w, report);
    return w.text();
}

std::string report_json(transplant_report const& report) {
    tp::row_plan const& plan = *report.plan;
    tp::made_matrix const& output = report.output_rows != nullptr ? *report.output_rows : *report.input_rows;
    json_writer w;
    w.begin_object().member("base", report.base).member("donor", report.donor).member("output", report.output);
    w.member("n_rows", plan.n_rows()).member("n_shared", plan.n(tp::row_source::shared));
    w.member("n_approximated", plan.n(tp::row_source::approximated)).member("n_special", n_special(plan));
    w.member("n_lost_special", plan.n(tp::row_source::lost_special)).member("n_junk", plan.n(tp::row_source::junk));
    w.member("n_anchors", plan.anchors.size()).member("tied", report.tied);
    w.key("held_out").begin_object().key("input");
    write_matrix(w, *report.input_rows);
    w.key("output");
    write_matrix(w, output);
    w.end_object();
    w.key("outliers").begin_object().key("input");
    write_outliers(w, *report.input_rows, *report.tokens);
    w.key("output");
    write_outliers(w, output, *report.tokens);
    w.end_object();
    w.key("approximation_seconds").begin_object().member("input", report.input_rows->seconds);
    w.member("output", report.output_rows != nullptr ? report.output_rows->seconds : 0.0).end_object();
    if (report.speed) write_pursuit(w, *report.speed, *report.input_rows);
    w.key("digits")
        .begin_object()
        .member("base", tp::name_of(report.contrast.base_digits))
        .member("new", tp::name_of(report.contrast.new_digits))
        .end_object();
    w.key("notes").begin_array();
    for (std::string const& note : report.notes) w.value(note);
    w.end_array();
    w.member("seconds", report.seconds).member("peak_bytes", report.peak_bytes);
    w.key("manifest");
    write_manifest(w, report);
    w.end_object();
    return w.text();
}

std::string report_text(transplant_report const& report) {
    tp::row_plan const& plan = *report.plan;
    tp::made_matrix const& input = *report.input_rows;
    tp::made_matrix const* const output = report.output_rows;
    std::string text =
        "tokens          " + std::to_string(report.tokens->n_tokens()) + " in " + std::to_string(plan.n_rows()) +
        " rows\nshared          " + of_all(plan.n(tp::row_source::shared), plan.n_rows()) +
        " (the base's rows, bit for bit)\napproximated    " + std::to_string(plan.n(tp::row_source::approximated)) +
        " by " + input.method + (output != nullptr && output->method != input.method ? " and " + output->method : "") +
        "\nspecial         " + std::to_string(n_special(plan)) + ", of which " +
        std::to_string(plan.n(tp::row_source::lost_special)) + " have no counterpart\njunk            " +
        std::to_string(plan.n(tp::row_source::junk)) + "\n";
    char number[96];
    for (auto const& [side, made] : {std::pair{"input", report.input_rows}, std::pair{"output", output}}) {
        if (made == nullptr || made->held_out.n == 0) continue;
        std::snprintf(number, sizeof number, "held out        %s: cosine %.4f on average, over %zu shared tokens\n",
                      side, made->held_out.mean_cosine, made->held_out.n);
        text += number;
    }
    std::snprintf(number, sizeof number, "time            %.1f s, peak memory %.1f GB\n", report.seconds,
                  static_cast<double>(report.peak_bytes) * 1e-9);
    text += number;
    return text;
}

}  // namespace tessera::cli
