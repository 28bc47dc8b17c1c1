// tessera align: the tokens of two tokenizers on the same text, side by side.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/io/document_reader.hpp>
#include <tessera/io/map_documents.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/transplant/align_tokens.hpp>
#include <tessera/transplant/read_token_table.hpp>
#include <tessera/transplant/read_user_matches.hpp>
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

namespace tp = tessera::transplant;

struct alignment_totals {
    std::uint64_t n_documents = 0;
    std::uint64_t n_left = 0;
    std::uint64_t n_right = 0;
    std::uint64_t n_chunks = 0;
    std::uint64_t n_one_to_one = 0;
    std::uint64_t n_different = 0;

    void add(alignment_totals const& more) {
        n_documents += more.n_documents;
        n_left += more.n_left;
        n_right += more.n_right;
        n_chunks += more.n_chunks;
        n_one_to_one += more.n_one_to_one;
        n_different += more.n_different;
    }
};

struct aligned_text {
    std::string lines;
    alignment_totals sums;
    void clear() {
        lines.clear();
        sums = {};
    }
};

void write(json_writer& w, std::vector<tp::aligned_chunk> const& chunks, std::vector<token_id> const& left,
           std::vector<token_id> const& right) {
    w.begin_object().array("left", left).array("right", right).key("chunks").begin_array();
    for (tp::aligned_chunk const& c : chunks) {
        w.begin_array();
        for (std::size_t const n : {c.a_begin, c.a_end, c.b_begin, c.b_end, c.begin, c.end}) w.value(n);
        w.end_array();
    }
    w.end_array();
    for (auto const& [name, member] :
         {std::pair{"special", &tp::aligned_chunk::special}, std::pair{"different", &tp::aligned_chunk::differs}}) {
        w.key(name).begin_array();
        for (std::size_t i = 0; i < chunks.size(); ++i) {
            if (chunks[i].*member) w.value(i);
        }
        w.end_array();
    }
    w.end_object();
}

}  // namespace

int align(arguments const& args) {
    command line(
        "align", "-t A --against B [OPTION...] [INPUT...]",
        "Encodes each document with two tokenizers and writes, as a line of JSON, which tokens of the one are "
        "which of the other: the shortest stretches that both cut out.",
        {"tessera align -t qwen3/ --against gemma-3/ corpus.txt | head -n 1",
         "tessera align -t qwen3/ --against gemma-3/ --json corpus.txt", parquet_example("align -t A --against B")});
    tokenizer_options which;
    std::string against;
    std::string special_map;
    bool framed = false;
    bool words = false;
    text_options text;
    which.add_to(line);
    line.option("--against", "PATH", against, "the other tokenizer, likewise");
    line.option("--special-map", "FILE.json", special_map,
                "an object {\"token of A\": \"token of B\"}: special tokens that mean the same");
    line.flag("--words", words, "join stretches until the next begins with a space on both sides");
    line.flag("--add-special-tokens", framed, "put each tokenizer's own <s>, </s> and the like around a document");
    text.add_to(line, "line");
    line.note(
        "A line is {\"left\":[ids],\"right\":[ids],\"chunks\":[[i0,i1,j0,j1,begin,end],...],\"special\":[...],"
        "\"different\":[...]}: tokens i0 to i1 of A are tokens j0 to j1 of B, and bytes begin to end of the text. "
        "special "
        "and different are indices of chunks: those of special tokens that match, and those whose bytes differ, since "
        "a "
        "tokenizer changes the text. --json prints the sums instead.");
    line.note(inputs_note);
    if (!line.parse(args)) return 0;
    line.require("--tokenizer", "which tokenizer?");
    line.require("--against", "which other tokenizer?");
    bool const quiet = line.common().quiet;
    loaded_tokenizer const left = load_with_notes(line.verb(), which.path, which.pattern, quiet);
    loaded_tokenizer const right = load_with_notes(line.verb(), against, which.pattern, quiet);
    tp::token_table const left_table = tp::token_table_of(left);
    tp::token_table const right_table = tp::token_table_of(right);
    tp::match_options options;
    if (!special_map.empty()) options.user = tp::read_user_matches(special_map);
    tp::token_aligner const aligner(left_table, right_table, tp::special_units(left_table, right_table, options));

    struct scratch {
        any_tokenizer::scratch left;
        any_tokenizer::scratch right;
        json_writer writer;
    };
    auto const encode = [&](any_tokenizer const& tokenizer, std::string_view document, any_tokenizer::scratch& own) {
        std::vector<token_id> ids;
        tokenizer.encode(document, {}, own, [&](token_id id) { ids.push_back(id); });
        if (!framed) return ids;
        return tokenizer.post_processor().process(encoding::from_ids(ids), std::nullopt, true).ids;
    };
    document_reader reader(line.inputs_or_stdin(), text.for_documents(document_kind::line));
    progress_bar bar(line.common());
    alignment_totals sums;
    bool const only_sums = line.common().json;
    map_documents<scratch, aligned_text>(
        reader, tbb_executor(line.common().threads),
        [&](std::uint64_t, std::string_view document, scratch& s, aligned_text& out) {
            std::vector<token_id> const a = encode(left.tokenizer, document, s.left);
            std::vector<token_id> const b = encode(right.tokenizer, document, s.right);
            tp::alignment found = aligner.align(a, b);
            if (words) found.chunks = tp::joined_to_words(found, left_table, a, right_table, b);
            alignment_totals one{1, a.size(), b.size(), found.chunks.size(), 0, 0};
            for (tp::aligned_chunk const& c : found.chunks) {
                one.n_one_to_one += c.a_end - c.a_begin == 1 && c.b_end - c.b_begin == 1 ? 1 : 0;
                one.n_different += c.differs ? 1 : 0;
            }
            out.sums.add(one);
            if (only_sums) return;
            s.writer.clear();
            write(s.writer, found.chunks, a, b);
            out.lines += s.writer.text();
            out.lines += '\n';
        },
        [&](aligned_text const& out) {
            sums.add(out.sums);
            if (!out.lines.empty()) write_to_stdout(out.lines);
        },
        {.progress = &bar, .stage = "aligning", .total_bytes = reader.total_bytes()});
    bar.clear();
    if (only_sums) {
        json_writer w;
        w.begin_object()
            .member("documents", sums.n_documents)
            .member("left_tokens", sums.n_left)
            .member("right_tokens", sums.n_right)
            .member("chunks", sums.n_chunks)
            .member("one_to_one", sums.n_one_to_one)
            .member("different", sums.n_different)
            .end_object();
        write_to_stdout(w.text() + "\n");
    }
    return 0;
}

}  // namespace tessera::cli
