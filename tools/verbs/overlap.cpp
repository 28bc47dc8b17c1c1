// tessera overlap: what two vocabularies have in common, and which token of the one is which of the other.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <tessera/io/document_reader.hpp>
#include <tessera/io/map_documents.hpp>
#include <tessera/io/read_special_roles.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/transplant/digit_scheme.hpp>
#include <tessera/transplant/draft_keys.hpp>
#include <tessera/transplant/draft_map.hpp>
#include <tessera/transplant/match_keys.hpp>
#include <tessera/transplant/mergekit_keys.hpp>
#include <tessera/transplant/read_user_matches.hpp>
#include <tessera/transplant/split_fingerprint.hpp>
#include <tessera/transplant/token_table.hpp>
#include <tessera/transplant/vocabulary_map.hpp>
#include <tessera/transplant/vocabulary_overlap.hpp>
#include "../cli/html_report.hpp"
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "../cli/text_table.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

namespace tp = tessera::transplant;

// A tokenizer, and what is found of it.
struct side {
    side(std::string path_of_it, loaded_tokenizer file, special_roles roles_of_it)
        : path(std::move(path_of_it)),
          tokenizer(std::move(file.tokenizer)),
          roles(std::move(roles_of_it)),
          table(tokenizer, roles),
          digits(tp::find_digit_scheme(tokenizer, table)),
          print(tp::fingerprint_of(tokenizer, table)) {}

    std::string path;
    any_tokenizer tokenizer;
    special_roles roles;
    tp::token_table table;
    tp::digit_scheme digits;
    tp::split_fingerprint print;
    tp::vocabulary_map map;  // to the other
    tp::vocabulary_share share;
    tp::text_share text;
};

side load_side(command const& line, std::string const& path, std::string const& pattern) {
    loaded_tokenizer file = load_with_notes(line.verb(), path, pattern, line.common().quiet || line.common().json);
    special_roles roles = read_special_roles(file);
    return {path, std::move(file), std::move(roles)};
}

void match(side& a, side& b, std::string const& how, tp::match_options const& options) {
    if (how == "bytes") {
        a.map = tp::match_vocabularies(a.table, b.table, b.tokenizer, options);
        tp::match_options back = options;
        back.user.clear();
        for (token_id id = 0; id < a.map.base.size(); ++id) {  // what the user said, the other way round
            if (a.map.how[id] != tp::match_kind::user_token) continue;
            std::string const name(b.table.bytes(a.map.base[id]));
            bool const known = std::any_of(back.user.begin(), back.user.end(),
                                           [&](tp::user_match const& m) { return m.donor == name; });
            if (!known) back.user.push_back({name, std::string(a.table.bytes(id))});
        }
        b.map = tp::match_vocabularies(b.table, a.table, a.tokenizer, back);
        return;
    }
    tp::key_options keys{.collisions = options.collisions};
    tp::token_keys of_a;
    tp::token_keys of_b;
    if (how == "mergekit") {
        of_a = tp::mergekit_keys(a.table, a.roles);
        of_b = tp::mergekit_keys(b.table, b.roles);
    } else if (how == "vllm") {
        of_a = tp::vllm_draft_keys(a.tokenizer, a.table);
        of_b = tp::vllm_draft_keys(b.tokenizer, b.table);
    } else {
        tp::transformers_keys both = tp::transformers_draft_keys(a.tokenizer, a.table, b.tokenizer, b.table);
        of_a = std::move(both.draft);
        of_b = std::move(both.target);
    }
    a.map = tp::match_keys(of_a, of_b, keys);
    b.map = tp::match_keys(of_b, of_a, keys);
}

struct counted {
    tp::text_share a;
    tp::text_share b;
    std::uint64_t n_documents = 0;
    void clear() { *this = {}; }
};

void add(tp::text_share const& more, tp::text_share& to) {
    to.n_tokens += more.n_tokens;
    to.n_shared_tokens += more.n_shared_tokens;
    to.n_bytes += more.n_bytes;
    to.n_shared_bytes += more.n_shared_bytes;
}

std::uint64_t read_texts(command const& line, text_options const& text, std::vector<std::string> const& inputs, side& a,
                         side& b) {
    struct own_scratch {
        any_tokenizer::scratch a;
        any_tokenizer::scratch b;
        std::vector<token_id> ids;
    };
    document_reader reader(inputs, text.for_documents(document_kind::file));
    progress_bar bar(line.common());
    std::uint64_t n_documents = 0;
    auto const encode = [](side const& s, std::string_view document, any_tokenizer::scratch& own,
                           std::vector<token_id>& ids, tp::text_share& share) {
        ids.clear();
        s.tokenizer.encode(document, {}, own, [&](token_id id) { ids.push_back(id); });
        tp::add_text(s.table, s.map, ids, share);
    };
    map_documents<own_scratch, counted>(
        reader, tbb_executor(line.common().threads),
        [&](std::uint64_t, std::string_view document, own_scratch& s, counted& out) {
            encode(a, document, s.a, s.ids, out.a);
            encode(b, document, s.b, s.ids, out.b);
            ++out.n_documents;
        },
        [&](counted const& out) {
            add(out.a, a.text);
            add(out.b, b.text);
            n_documents += out.n_documents;
        },
        {.progress = &bar, .stage = "overlap", .total_bytes = reader.total_bytes()});
    bar.clear();
    return n_documents;
}

std::string changes_of(side const& s) {
    std::string out;
    for (std::string const& change : s.print.changes) out += (out.empty() ? "" : ", ") + change;
    return out.empty() ? "nothing" : out;
}

std::vector<std::string> warnings_of(side const& a, side const& b) {
    std::vector<std::string> all;
    if (!(a.digits == b.digits)) {
        all.push_back("numbers are cut differently: " + name_of(a.digits) + ", and " + name_of(b.digits));
    }
    if (a.print.pretokenizer != b.print.pretokenizer || a.print.pattern != b.print.pattern) {
        all.emplace_back("text is split differently before the tokens are made");
    }
    if (a.print.changes != b.print.changes) {
        all.push_back("text is changed differently: A changes " + changes_of(a) + ", B " + changes_of(b));
    }
    return all;
}

void write_count(json_writer& w, char const* name, tp::shared_count const& count) {
    w.key(name).begin_object().member("n", count.n).member("n_shared", count.n_shared).end_object();
}

void write_side(json_writer& w, char const* name, side const& s, bool with_text) {
    w.key(name)
        .begin_object()
        .member("path", s.path)
        .member("ids", s.table.size())
        .member("tokens", s.table.n_tokens());
    write_count(w, "text_tokens", s.share.text);
    write_count(w, "beyond_ascii", s.share.beyond_ascii);
    write_count(w, "special", s.share.control);
    w.key("by_length").begin_array();
    for (std::size_t i = 0; i < s.share.by_length.size(); ++i) {
        w.begin_object()
            .member("bytes", i + 1)
            .member("n", s.share.by_length[i].n)
            .member("n_shared", s.share.by_length[i].n_shared)
            .end_object();
    }
    w.end_array().key("matched_by").begin_object();
    for (std::size_t i = 0; i < tp::match_kind_names.size(); ++i) {
        w.member(tp::match_kind_names[i], s.map.statistics.n_by_kind[i]);
    }
    w.end_object()
        .member("collisions", s.map.statistics.n_ambiguous + s.map.statistics.n_collapsed)
        .member("digits", name_of(s.digits))
        .member("pretokenizer", s.print.pretokenizer)
        .array("changes", s.print.changes);
    if (with_text) {
        w.key("texts")
            .begin_object()
            .member("tokens", s.text.n_tokens)
            .member("shared_tokens", s.text.n_shared_tokens)
            .member("bytes", s.text.n_bytes)
            .member("shared_bytes", s.text.n_shared_bytes)
            .end_object();
    }
    w.end_object();
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? "-" : decimals(100 * static_cast<double>(part) / static_cast<double>(whole), 1) + "%";
}

std::string table_for_people(side const& a, side const& b, bool with_text) {
    std::vector<std::vector<std::string>> rows{{"", "A", "shared", "", "B", "shared", ""}};
    auto const row = [&](std::string name, std::uint64_t n_a, std::uint64_t shared_a, std::uint64_t n_b,
                         std::uint64_t shared_b) {
        if (n_a == 0 && n_b == 0) return;
        rows.push_back({std::move(name), std::to_string(n_a), std::to_string(shared_a), percent(shared_a, n_a),
                        std::to_string(n_b), std::to_string(shared_b), percent(shared_b, n_b)});
    };
    auto const counts = [&](std::string name, tp::shared_count const& x, tp::shared_count const& y) {
        row(std::move(name), x.n, x.n_shared, y.n, y.n_shared);
    };
    counts("text tokens", a.share.text, b.share.text);
    counts("beyond ASCII", a.share.beyond_ascii, b.share.beyond_ascii);
    counts("special tokens", a.share.control, b.share.control);
    for (std::size_t i = 0; i < a.share.by_length.size(); ++i) {
        bool const last = i + 1 == a.share.by_length.size();
        counts(std::to_string(i + 1) + (last     ? " or more bytes"
                                        : i == 0 ? " byte"
                                                 : " bytes"),
               a.share.by_length[i], b.share.by_length[i]);
    }
    if (with_text) {
        row("tokens in texts", a.text.n_tokens, a.text.n_shared_tokens, b.text.n_tokens, b.text.n_shared_tokens);
        row("bytes in texts", a.text.n_bytes, a.text.n_shared_bytes, b.text.n_bytes, b.text.n_shared_bytes);
    }
    std::string out = table_of(rows, 1) + "\n";
    for (side const* const s : {&a, &b}) {
        out += std::string(s == &a ? "A" : "B") + "  " + s->path + ": " + name_of(s->digits) + "; pretokenizer " +
               (s->print.pretokenizer.empty() ? "none" : s->print.pretokenizer) + "; changes " + changes_of(*s) + "\n";
    }
    for (std::string const& warning : warnings_of(a, b)) out += "warning: " + warning + "\n";
    return out;
}

void write_map(std::string const& path, bool force, side const& a, side const& b, tp::draft_map_options options) {
    if (options.draft_width == 0) options.draft_width = a.table.size();
    if (options.target_width == 0) options.target_width = b.table.size();
    tp::draft_map const map(a.map, options);
    json_writer w;
    w.begin_object()
        .member("draft", a.path)
        .member("target", b.path)
        .member("draft_width", options.draft_width)
        .member("target_width", options.target_width)
        .array("draft_to_target", map.to_target())
        .array("target_to_draft", map.to_draft())
        .array("suppressed", map.suppressed_drafts())
        .array("kept_drafts", map.kept_drafts())
        .array("kept_targets", map.kept_targets())
        .end_object();
    output file(path, force);
    file.write(w.text() + "\n");
    file.commit();
}

}  // namespace

int overlap(arguments const& args) {
    command line("overlap", "A B [OPTION...] [INPUT...]",
                 "Shows how many tokens of two tokenizers are the same: tokens that stand for the same bytes, however "
                 "their files spell them. With INPUT, also how much of that text the common tokens are.",
                 {"tessera overlap smollm2.gguf gemma-3/ english.txt",
                  "tessera overlap draft/ target/ --map map.json --draft-width 151936 --target-width 152064",
                  parquet_example("overlap A B")});
    std::string pattern;
    std::string how = "bytes";
    std::string collisions;
    std::string special_map;
    std::string map_path;
    std::uint64_t draft_width = 0;
    std::uint64_t target_width = 0;
    bool force = false;
    text_options text;
    line.option("--pattern", "NAME|REGEX", pattern,
                "the pretokenizer of files that carry none (ranks, vocab.json + merges.txt): " + pretokenizer_names());
    line.choice(
        "--match", {"bytes", "mergekit", "transformers", "vllm"}, how,
        "which tokens are the same: by bytes (the default), or as mergekit-tokensurgeon 0.1.5, transformers' and "
        "vLLM's speculative decoding have it, for comparing");
    line.choice(
        "--collisions", {"lowest", "highest", "refuse"}, collisions,
        "which id is taken where several tokens are the same (default: lowest; for mergekit and transformers highest)");
    line.option("--special-map", "FILE.json", special_map,
                "an object {\"token of A\": \"token or text of B\"}, which goes before all else; by bytes only");
    line.option("--map", "FILE.json", map_path,
                "write the ids of B for those of A, for speculative decoding: A drafts");
    line.option("--draft-width", "N", draft_width, "how many logits the draft model has (default: as many as ids)", 1);
    line.option("--target-width", "N", target_width, "how many logits the target model has (default: as many as ids)",
                1);
    text.add_to(line, "file, encoded whole");
    line.flag("-f,--force", force, "overwrite FILE.json of --map");
    line.note(
        "Special tokens match by name, by role (that which begins or ends a text, pads, ...), or by --special-map; "
        "never "
        "with text. Roles are read from tokenizer_config.json beside the tokenizer, or from a GGUF.");
    line.note(
        "--map: {\"draft_to_target\":[...], \"target_to_draft\":[...], \"suppressed\":[...], \"kept_drafts\":[...], "
        "\"kept_targets\":[...]}; -1 where there is none. A draft's output layer pruned to the rows kept_drafts has "
        "the "
        "logits of kept_targets.");
    line.note(
        "INPUT is a file, a folder (read recursively) or a glob; - is standard input; without INPUT no text is read. "
        "Plain "
        "text, JSON lines (.jsonl), and both compressed (.gz, .zst). Parquet goes through any tool that writes JSON "
        "lines "
        "to a pipe; see the example.");
    if (!line.parse(args)) return 0;
    if (line.inputs().size() < 2) throw usage_error("which two tokenizers? give A and B");
    if (how != "bytes" && line.given("--special-map")) throw usage_error("--special-map goes with --match bytes only");
    if (!map_path.empty()) check_writable(map_path, force);
    if (map_path.empty() && (draft_width != 0 || target_width != 0)) {
        throw usage_error("--draft-width and --target-width go with --map");
    }

    tp::match_options options;
    if (collisions.empty()) collisions = how == "mergekit" || how == "transformers" ? "highest" : "lowest";
    options.collisions = collisions == "lowest"    ? tp::collision_policy::lowest_id
                         : collisions == "highest" ? tp::collision_policy::highest_id
                                                   : tp::collision_policy::refuse;
    if (!special_map.empty()) options.user = tp::read_user_matches(special_map);
    side a = load_side(line, line.inputs()[0], pattern);
    side b = load_side(line, line.inputs()[1], pattern);
    match(a, b, how, options);
    a.share = tp::share_of(a.table, a.map);
    b.share = tp::share_of(b.table, b.map);
    std::vector<std::string> const inputs(line.inputs().begin() + 2, line.inputs().end());
    bool const with_text = !inputs.empty();
    std::uint64_t const n_documents = with_text ? read_texts(line, text, inputs, a, b) : 0;
    if (!map_path.empty()) write_map(map_path, force, a, b, {draft_width, target_width, options.collisions});
    if (!line.common().json) {
        write_to_stdout(table_for_people(a, b, with_text));
        return 0;
    }
    json_writer w;
    w.begin_object().member("match", how);
    write_side(w, "a", a, with_text);
    write_side(w, "b", b, with_text);
    if (with_text) w.member("documents", n_documents);
    w.array("warnings", warnings_of(a, b)).end_object();
    write_to_stdout(w.text() + "\n");
    return 0;
}

}  // namespace tessera::cli
