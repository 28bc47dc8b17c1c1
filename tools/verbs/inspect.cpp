// tessera inspect: what a tokenizer is, and what is wrong with it.
#include <algorithm>

#include <tessera/evaluate/inspect.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/pieces.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

constexpr std::size_t shown = 8;  // of each list, in the text form

class text_report {
public:
    explicit text_report(std::vector<std::string> const& pieces) : pieces_(pieces) {}

    void row(std::string_view name, std::string_view value) {
        text_ += name;
        text_.append(name.size() < 21 ? 21 - name.size() : 1, ' ');
        text_ += value;
        text_ += '\n';
    }
    void row(std::string_view name, std::size_t value) { row(name, std::to_string(value)); }
    void tokens(std::string_view name, std::vector<token_id> const& ids, std::string const& remark = {}) {
        row(name, std::to_string(ids.size()) + remark + sample(ids));
    }
    [[nodiscard]] std::string sample(std::vector<token_id> const& ids) const {
        std::string text;
        for (std::size_t i = 0; i < ids.size() && i < shown; ++i) {
            text += (i == 0 ? ": " : ", ") + std::to_string(ids[i]);
            std::string const& piece = pieces_[ids[i]];
            if (!piece.empty()) text += " " + (piece.size() <= 40 ? piece : cut(piece));
        }
        if (ids.size() > shown) text += ", ...";
        return text;
    }
    [[nodiscard]] std::string const& text() const noexcept { return text_; }

private:
    static std::string cut(std::string const& piece) {
        std::size_t end = 37;
        while ((static_cast<unsigned char>(piece[end]) & 0xC0) == 0x80) --end;  // not inside a character
        return piece.substr(0, end) + "...";
    }

    std::vector<std::string> const& pieces_;
    std::string text_;
};

std::string const none = "none";
std::string const& or_none(std::string const& name) { return name.empty() ? none : name; }

// As on the command line: "bpe", "wordpiece".
std::string model_name(any_model const& model) {
    std::string name(model.type());
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return name;
}

}  // namespace

int inspect(arguments const& args) {
    command line("inspect", "-t TOKENIZER [OPTION...]",
                 "Shows what a tokenizer is made of, and which of its tokens are of no use.",
                 {"tessera inspect -t tokenizer.json", "tessera inspect -t gpt2/ --json | jq '.unreachable | length'"});
    tokenizer_options which;
    which.add_to(line);
    line.note(
        "unreachable: no text that was tried has the token among its ids. Tried are its own bytes, the text that it "
        "decodes to, and its spelling with spaces for U+2581 and without ## and </w>, each alone and beside letters, a "
        "digit, punctuation and white space (of a token that is not UTF-8: merging its bytes gives something else). "
        "incomplete UTF-8: "
        "the token is not a whole number of characters. duplicate: several ids with the same bytes. unused: gaps in "
        "the ids. Special tokens in the text have no meaning here. --json lists all ids.");
    if (!line.parse(args)) return 0;
    if (which.path.empty() && line.inputs().size() == 1) {
        throw usage_error("give the tokenizer as -t " + line.inputs()[0]);
    }
    if (!line.inputs().empty())
        throw usage_error("unexpected " + printable(line.inputs()[0]) + "; inspect reads no text");
    line.require("--tokenizer", "which tokenizer?");
    loaded_tokenizer const loaded =
        load_with_notes(line.verb(), which.path, which.pattern, line.common().quiet || line.common().json);
    any_tokenizer const& tokenizer = loaded.tokenizer;
    evaluate::inspection const found = evaluate::inspect(tokenizer, tbb_executor(line.common().threads));

    std::vector<std::string> const pieces = printable_pieces(tokenizer);
    auto const* const bpe = tokenizer.model().get_if<bpe_model>();
    bool const ignore_merges = bpe != nullptr && bpe->options().ignore_merges;
    std::string const model = model_name(tokenizer.model());
    std::string const pretokenizer(tokenizer.pretokenizer().name());
    std::string const normalizer = tokenizer.normalizer().name();
    std::size_t const n_merges = bpe == nullptr ? 0 : bpe->merges().size();
    if (line.common().json) {
        json_writer w;
        w.begin_object()
            .member("path", which.path)
            .member("format", loaded.format)
            .member("model", model)
            .member("symbol_unit", is_byte_level(tokenizer) ? "byte" : "code_point")
            .member("ignore_merges", ignore_merges)
            .member("vocab_size", found.vocab_size)
            .member("n_merges", n_merges)
            .member("n_special_tokens", found.n_special_tokens)
            .member("n_added_tokens", found.n_added_tokens)
            .member("pretokenizer", pretokenizer)
            .member("pattern", tokenizer.pretokenizer().pattern());
        w.key("pattern_engines").begin_array();
        for (auto const& [pattern, engine] : pattern_engines(tokenizer)) {
            w.begin_object().member("pattern", pattern).member("engine", engine).end_object();
        }
        w.end_array();
        if (normalizer.empty()) {
            w.key("normalizer").null();
        } else {
            w.member("normalizer", normalizer);
        }
        w.array("unreachable", found.unreachable)
            .array("unreachable_to_one", found.unreachable_to_one)
            .array("incomplete_utf8", found.incomplete_utf8)
            .member("n_incomplete_utf8_single_byte", found.n_incomplete_single_bytes);
        w.key("duplicate").begin_array();
        for (auto const& ids : found.duplicate) {
            w.begin_array();
            for (token_id const id : ids) w.value(id);
            w.end_array();
        }
        w.end_array().array("unused", found.unused);
        w.key("bytes_without_token").begin_array();
        for (std::uint8_t const byte : found.no_symbol) w.value(static_cast<unsigned>(byte));
        w.end_array().key("special_tokens").begin_array();
        for (added_token const& token : tokenizer.specials().tokens()) {
            w.begin_object()
                .member("id", token.id)
                .member("content", token.content)
                .member("special", token.special)
                .end_object();
        }
        w.end_array().key("longest_tokens").begin_array();
        for (token_id const id : found.longest) {
            w.begin_object()
                .member("id", id)
                .member("piece", pieces[id])
                .member("bytes", tokenizer.vocab().bytes(id).size())
                .end_object();
        }
        w.end_array().array("notes", loaded.notes).end_object();
        write_to_stdout(w.text() + "\n");
        return 0;
    }

    text_report report(pieces);
    report.row("tokenizer", which.path + " (" + loaded.format + ")");
    report.row("model", model + " over " + (is_byte_level(tokenizer) ? "bytes" : "characters") +
                            (ignore_merges ? "; a pretoken that is a token is taken whole" : ""));
    report.row("pretokenizer", or_none(pretokenizer));
    report.row("normalizer", or_none(normalizer));
    for (auto const& [pattern, engine] : pattern_engines(tokenizer)) {
        bool const scanner = engine != "icu" && engine != "automaton" && engine != "literal";
        report.row("pattern",
                   printable(std::string(pattern)) + " (" + std::string(engine) +
                       (scanner           ? " scanner"
                        : engine == "icu" ? ", which backtracks: a text that takes too many steps is an error"
                                          : "") +
                       ")");
    }
    report.row("vocabulary size", found.vocab_size);
    if (bpe != nullptr) report.row("merges", n_merges);
    std::vector<token_id> specials;
    for (added_token const& token : tokenizer.specials().tokens()) {
        if (token.special) specials.push_back(token.id);
    }
    report.tokens("special tokens", specials);
    if (found.n_added_tokens > found.n_special_tokens) {
        report.row("other added tokens", found.n_added_tokens - found.n_special_tokens);
    }
    report.tokens("unreachable", found.unreachable, found.unreachable.empty() ? "" : " in no text that was tried");
    std::vector<token_id> longer = found.incomplete_utf8;
    std::erase_if(longer, [&](token_id id) { return tokenizer.vocab().bytes(id).size() == 1; });
    report.row("incomplete UTF-8", std::to_string(found.incomplete_utf8.size()) + ", " +
                                       std::to_string(found.n_incomplete_single_bytes) + " of them single bytes" +
                                       (longer.empty() ? "" : "; the others" + report.sample(longer)));
    std::string groups;
    for (std::size_t i = 0; i < found.duplicate.size() && i < shown; ++i) {
        groups += i == 0 ? ": " : ", ";
        for (std::size_t j = 0; j < found.duplicate[i].size(); ++j) {
            groups += (j == 0 ? "" : "=") + std::to_string(found.duplicate[i][j]);
        }
    }
    report.row("duplicate", std::to_string(found.duplicate.size()) + groups);
    report.tokens("unused", found.unused);
    if (is_byte_level(tokenizer)) report.row("bytes without token", found.no_symbol.size());
    report.row("longest", report.sample(found.longest).substr(found.longest.empty() ? 0 : 2));
    write_to_stdout(report.text());
    return 0;
}

}  // namespace tessera::cli
