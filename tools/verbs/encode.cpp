// tessera encode: text -> token ids.
#include <array>
#include <optional>
#include <utility>

#include <tessera/io/id_lines.hpp>
#include <tessera/io/map_documents.hpp>
#include <tessera/io/npy.hpp>
#include <tessera/offsets.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/pieces.hpp"
#include "../cli/progress_bar.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

enum class format : std::uint8_t { ids, pieces, json, u16, u32, npy, count };

special_rules rules_of(any_tokenizer const& tokenizer, std::string const& allowed) {
    if (allowed == "all") return special_action::recognise;
    if (allowed == "none") return special_action::ordinary;
    if (allowed == "raise") return special_action::refuse;
    std::vector<std::string> names;
    for (std::string_view rest = allowed; !rest.empty();) {
        std::size_t const comma = std::min(rest.find(','), rest.size());
        names.emplace_back(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    try {
        return tokenizer.specials().rules(names, special_action::recognise, special_action::ordinary);
    } catch (error const& e) {
        throw usage_error("--allowed-special: " + std::string(e.what()));
    }
}

template <std::size_t Bytes>
void append_little_endian(token_id id, std::string& out) {
    for (std::size_t i = 0; i < Bytes; ++i) out += static_cast<char>(id >> (8 * i) & 0xFF);
}

// What one thread makes of a stretch of documents.
struct encoded {
    std::string text;
    std::vector<encoding> held;  // instead of text, where all documents have to be known first
    std::uint64_t n_documents = 0;
    std::uint64_t n_tokens = 0;
    std::uint64_t n_bytes = 0;
    void clear() {
        text.clear();
        held.clear();
        n_documents = n_tokens = n_bytes = 0;
    }
};

// What is asked for beyond ids and frame.
struct finishing {
    std::optional<truncation_params> truncation;
    std::optional<padding_params> padding;
    [[nodiscard]] bool any() const noexcept { return truncation || padding; }
    [[nodiscard]] bool to_longest() const noexcept { return padding && !padding->strategy.fixed; }
};

// How two texts are found in one document.
struct pair_options {
    std::string text_field;
    std::string pair_field;  // of JSON lines
    bool tab = false;
    [[nodiscard]] bool any() const noexcept { return tab || !pair_field.empty(); }
};

// The settings of the file, as the options change them.
finishing finishing_of(any_tokenizer const& tokenizer, command const& line, bool truncate, bool pad,
                       std::uint64_t max_length, std::uint64_t stride, std::uint64_t pad_to) {
    finishing out;
    if (truncate) {
        out.truncation = tokenizer.post_processor().truncation();
        if (!out.truncation && !line.given("--max-length")) {
            throw usage_error("--truncate: the tokenizer has no settings of truncation: give --max-length N");
        }
        if (!out.truncation) out.truncation.emplace();
        if (line.given("--max-length")) out.truncation->max_length = max_length;
        if (line.given("--stride")) out.truncation->stride = stride;
    }
    if (pad) {
        out.padding = tokenizer.post_processor().padding();
        if (!out.padding) throw usage_error("--pad: the tokenizer has no settings of padding");
        if (line.given("--pad-to")) out.padding->strategy = {.fixed = true, .length = pad_to};
    }
    return out;
}

struct scratch {
    any_tokenizer::scratch tokenizer;
    std::vector<token_id> ids;
    encoding whole;      // what `ids` is a part of, where there is more
    std::string line;    // of JSON lines with pairs
    std::string second;  // the other text
    std::string first;
    std::string normalized;
    json_writer json;
};

// Encodes one document and writes it in one of the formats. Shared by all threads.
class encoder {
public:
    encoder(any_tokenizer const& tokenizer, special_rules rules, format as, bool framed, finishing finish,
            pair_options pairs, bool offsets, offset_unit unit, std::string place)
        : tokenizer_(tokenizer),
          rules_(std::move(rules)),
          format_(as),
          framed_(framed),
          finish_(std::move(finish)),
          pairs_(std::move(pairs)),
          offsets_(offsets),
          unit_(unit),
          place_(std::move(place)) {
        if (format_ == format::pieces || format_ == format::json) pieces_ = printable_pieces(tokenizer_);
        if (finish_.padding) pad_piece_ = printable_piece(finish_.padding->pad_token, true);
    }

    void operator()(std::uint64_t index, std::string_view document, scratch& s, encoded& out) const {
        try {
            if (pairs_.any()) {
                encode_pair(document, s, out);
            } else {
                encode_text(document, s, out);
            }
        } catch (error const& e) {
            throw e.within(place_ + ": document " + std::to_string(index + 1));
        }
    }

    /// Pads what was held, and writes it.
    void write_held(std::vector<encoding> held, encoded& out) const {
        pad_encodings(held, *finish_.padding);
        scratch s;
        std::vector<located_token> none;
        for (encoding& e : held) {
            s.whole = std::move(e);
            s.ids = std::move(s.whole.ids);
            write({}, none, 0, 0, s, out);
            out.n_tokens += s.ids.size();
        }
    }

private:
    void encode_text(std::string_view document, scratch& s, encoded& out) const {
        std::vector<located_token> located;
        s.ids.clear();
        if (offsets_) {
            located = encode_with_offsets(tokenizer_, document, rules_, s.tokenizer, s.normalized);
            for (located_token const& token : located) s.ids.push_back(token.id);
        } else {
            tokenizer_.encode(document, rules_, s.tokenizer, [&](token_id id) { s.ids.push_back(id); });
        }
        std::size_t const n_inside = s.ids.size();
        std::size_t n_before = 0;
        ++out.n_documents;
        out.n_bytes += document.size();
        if (finish_.any()) {
            if (finished(encoding::from_ids(s.ids), std::nullopt, s, out)) return;
        } else if (auto const& frame = tokenizer_.post_processor().frame(); framed_ || !frame) {
            if (frame) {
                n_before = frame->before.size();
                s.ids.insert(s.ids.begin(), frame->before.begin(), frame->before.end());
                s.ids.insert(s.ids.end(), frame->after.begin(), frame->after.end());
            } else if (offsets_) {
                throw error(error_kind::unsupported, "post_processor",
                            "it does more than to put tokens around the text, so tokens have no place in it",
                            "encode without --offsets or without --add-special-tokens");
            } else {
                s.ids = tokenizer_.post_processor().process(encoding::from_ids(s.ids), std::nullopt, framed_).ids;
            }
        }
        write(document, located, n_before, n_inside, s, out);
        out.n_tokens += s.ids.size();
    }

    void encode_pair(std::string_view document, scratch& s, encoded& out) const {
        std::string_view first = document;
        std::string_view second;
        if (pairs_.tab) {
            std::size_t const tab = document.find('\t');
            if (tab == std::string_view::npos) {
                throw error(error_kind::syntax, "", "there is no tab between two texts",
                            "leave --pairs out, or add it");
            }
            first = document.substr(0, tab);
            second = document.substr(tab + 1);
        } else {
            if (document.find_first_not_of(" \t\r") == std::string_view::npos)
                return;  // as in JSON lines without pairs
            field(pairs_.text_field, document, s.line, s.first);
            field(pairs_.pair_field, document, s.line, s.second);
            first = s.first;
            second = s.second;
        }
        auto const encode = [&](std::string_view text, std::uint32_t type_id) {
            s.ids.clear();
            tokenizer_.encode(text, rules_, s.tokenizer, [&](token_id id) { s.ids.push_back(id); });
            return encoding::from_ids(s.ids, type_id);
        };
        encoding a = encode(first, 0);
        encoding b = encode(second, 1);
        ++out.n_documents;
        out.n_bytes += first.size() + second.size();
        if (finished(std::move(a), std::move(b), s, out)) return;
        std::vector<located_token> none;
        write(document, none, 0, 0, s, out);
        out.n_tokens += s.ids.size();
    }

    /// True if the encoding is held back for padding.
    bool finished(encoding a, std::optional<encoding> b, scratch& s, encoded& out) const {
        bool const hold = finish_.to_longest();
        s.whole = post_process(tokenizer_.post_processor(), std::move(a), std::move(b), framed_, finish_.truncation,
                               hold ? std::nullopt : finish_.padding);
        if (hold) {
            out.held.push_back(std::move(s.whole));
        } else {
            s.ids = std::move(s.whole.ids);
        }
        return hold;
    }

    static void field(std::string const& name, std::string_view document, std::string& line, std::string& out) {
        line = document;
        try {
            tessera::detail::for_each_jsonl_text(line, {.path = "", .kind = document_kind::jsonl}, name,
                                                 [&](std::string_view text) { out = text; });
        } catch (error const& e) {  // the place is the document, of which the caller knows the number
            throw error(e.kind(), "", e.message(), "each line needs the fields of --text-field and --pair-field");
        }
    }

    void write(std::string_view document, std::vector<located_token>& located, std::size_t n_before,
               std::size_t n_inside, scratch& s, encoded& out) const {
        switch (format_) {
            case format::count:
                out.text += std::to_string(s.ids.size());
                out.text += '\n';
                break;
            case format::ids:
            case format::pieces:
                for (std::size_t i = 0; i < s.ids.size(); ++i) {
                    if (i > 0) out.text += ' ';
                    if (format_ == format::ids) {
                        append_id(s.ids[i], out.text);
                    } else {
                        out.text += piece(s.ids[i]);
                    }
                }
                out.text += '\n';
                break;
            case format::json:
                write_json(document, located, n_before, n_inside, s, out.text);
                break;
            case format::u16:
                for (token_id const id : s.ids) {
                    if (id > 0xFFFF) {
                        throw error(error_kind::bad_option, "", "id " + std::to_string(id) + " does not fit 16 bits",
                                    "use --output-format u32");
                    }
                    append_little_endian<2>(id, out.text);
                }
                break;
            case format::u32:
            case format::npy:
                for (token_id const id : s.ids) append_little_endian<4>(id, out.text);
                break;
        }
    }

    void write_json(std::string_view document, std::vector<located_token>& located, std::size_t n_before,
                    std::size_t n_inside, scratch& s, std::string& out) const {
        json_writer& w = s.json;
        w.clear();
        w.begin_object().array("ids", s.ids);
        w.key("pieces").begin_array();
        for (token_id const id : s.ids) w.value(piece(id));
        w.end_array();
        if (offsets_) {
            std::string_view const text = tokenizer_.normalizer().is_identity() ? document : s.normalized;
            convert_offsets(text, unit_, located);
            w.key("offsets").begin_array();
            auto const put = [&](std::size_t begin, std::size_t end) {
                w.begin_array().value(begin).value(end).end_array();
            };
            std::size_t const last = located.empty() ? 0 : located.back().end;
            for (std::size_t i = 0; i < s.ids.size(); ++i) {
                if (i < n_before) {
                    put(0, 0);  // what the frame adds stands for nothing
                } else if (i < n_before + n_inside) {
                    put(located[i - n_before].begin, located[i - n_before].end);
                } else {
                    put(last, last);
                }
            }
            w.end_array();
            if (text != document) w.member("normalized", text);
        }
        if (pairs_.any()) w.array("type_ids", s.whole.type_ids);
        if (finish_.padding) w.array("attention_mask", s.whole.attention_mask);
        if (finish_.truncation) {
            w.key("overflowing").begin_array();
            for (encoding const& part : s.whole.overflowing) {
                w.begin_array();
                for (token_id const id : part.ids) w.value(id);
                w.end_array();
            }
            w.end_array();
        }
        w.end_object();
        out += w.text();
        out += '\n';
    }

    // The id to pad with need not be a token's.
    [[nodiscard]] std::string const& piece(token_id id) const { return id < pieces_.size() ? pieces_[id] : pad_piece_; }

    any_tokenizer const& tokenizer_;
    special_rules rules_;
    format format_;
    bool framed_;
    finishing finish_;
    pair_options pairs_;
    bool offsets_;
    offset_unit unit_;
    std::string place_;
    std::vector<std::string> pieces_;
    std::string pad_piece_;
};

}  // namespace

int encode(arguments const& args) {
    command line("encode", "-t TOKENIZER [OPTION...] [INPUT...]",
                 "Encodes documents, on all cores, in order. An empty document gives an empty line.",
                 {"tessera encode -t tokenizer.json corpus.txt > ids.txt",
                  "echo 'Hello world' | tessera encode -t gpt2/ --output-format json --offsets",
                  "tessera encode -t cl100k_base.tiktoken --pattern cl100k --output-format u32 -o ids.bin corpus/",
                  parquet_example("encode -t tokenizer.json")});
    static constexpr std::array<char const*, 6> format_names{"ids", "pieces", "json", "u16", "u32", "npy"};
    tokenizer_options which;
    text_options text;
    std::string out;
    std::string format_name = "ids";
    std::string allowed = "all";
    std::string unit_name = "bytes";
    bool framed = false;
    bool offsets = false;
    bool truncate = false;
    bool pad = false;
    std::uint64_t max_length = 0;
    std::uint64_t stride = 0;
    std::uint64_t pad_to = 0;
    pair_options pairs;
    std::string pairs_kind;
    bool counting = false;
    bool force = false;
    which.add_to(line);
    line.option("-o,--output", "OUT", out, "where the ids go (default: standard output)");
    line.choice(
        "--output-format", {format_names.begin(), format_names.end()}, format_name,
        "ids, pieces: a line a document (default: ids); json: an object a document with ids and pieces; u16, u32: "
        "little-endian, documents one after another; npy: u32 with a NumPy header (held in memory)");
    line.flag("--count", counting, "only the number of tokens of each document");
    line.flag("--add-special-tokens", framed, "put the tokenizer's own <s>, </s> and the like around each document");
    line.flag("--truncate", truncate,
              "cut each document as the tokenizer's settings say, which are not applied otherwise; with json, what is "
              "cut off is \"overflowing\"");
    line.option("--max-length", "N", max_length,
                "with --truncate: to N ids, added ones included (default: the tokenizer's)");
    line.option("--stride", "N", stride,
                "with --truncate: ids that a part shares with the one before (default: the tokenizer's)");
    line.flag("--pad", pad,
              "fill each document up as the tokenizer's settings say, which are not applied otherwise; where they say "
              "the longest of a batch, that is the longest of all inputs (held in memory); with json, padding is 0 in "
              "\"attention_mask\"");
    line.option("--pad-to", "N", pad_to, "with --pad: to N ids, whatever the settings say; longer ones stay");
    line.choice(
        "--pairs", {"tab"}, pairs_kind,
        "tab: each document is two texts, parted by its first tab, which are joined as the tokenizer joins two; "
        "with json, \"type_ids\" tells them apart");
    line.option("--pair-field", "NAME", pairs.pair_field,
                "the same for JSON lines: the field that holds the second text");
    line.option(
        "--allowed-special", "all|none|raise|LIST", allowed,
        "which special and added tokens are recognised in the text; the others are ordinary text; raise: fail at "
        "the first one; LIST: separated by commas (default: all)");
    line.flag(
        "--offsets", offsets,
        "with json: [begin,end] of each token in the document, or, where the tokenizer's normalizer changes it, in "
        "the normalized text, which is then given as \"normalized\"");
    line.choice("--offset-unit", {"bytes", "code-points", "utf16"}, unit_name, "what offsets count (default: bytes)");
    text.add_to(line, "line, without its newline");
    line.flag("-f,--force", force, "overwrite OUT");
    line.note(
        "--json is --output-format json; with -o or --count it prints a summary instead: "
        "{\"documents\",\"tokens\",\"bytes\"}.");
    line.note(inputs_note);
    if (!line.parse(args)) return 0;
    bool const summary = line.common().json && (counting || !means_stdout(out));
    if (line.common().json && !summary) {
        if (line.given("--output-format") && format_name != "json") {
            throw usage_error("--json and --output-format " + format_name + ": give one of them, or -o OUT");
        }
        format_name = "json";
    }
    if (counting && line.given("--output-format")) {
        throw usage_error("--count and --output-format " + format_name + ": give one of them");
    }
    if (offsets && (format_name != "json" || counting)) {
        throw usage_error("--offsets are part of JSON: give --output-format json as well");
    }
    if (!truncate && (line.given("--max-length") || line.given("--stride"))) {
        throw usage_error("--max-length and --stride are for --truncate: give it as well");
    }
    if (!pad && line.given("--pad-to")) throw usage_error("--pad-to is for --pad: give it as well");
    pairs.tab = line.given("--pairs");
    if (pairs.tab && line.given("--pair-field")) throw usage_error("--pairs tab and --pair-field: give one of them");
    if (line.given("--pair-field") && pairs.pair_field.empty()) throw usage_error("--pair-field: the name is empty");
    if (!pairs.pair_field.empty() && !text.documents.empty() && text.documents != "jsonl") {
        throw usage_error("--pair-field is for --documents jsonl, not " + text.documents);
    }
    if (offsets && (truncate || pad || pairs.any())) {
        throw usage_error("--offsets and --truncate, --pad or pairs of texts: give one of them");
    }
    format as = format::ids;
    for (std::size_t i = 0; i < format_names.size(); ++i) {
        if (format_name == format_names[i]) as = static_cast<format>(i);
    }
    if (counting) as = format::count;
    offset_unit const unit = unit_name == "utf16"         ? offset_unit::utf16
                             : unit_name == "code-points" ? offset_unit::code_points
                                                          : offset_unit::bytes;
    pairs.text_field = text.text_field;
    if (!pairs.pair_field.empty()) text.documents = "line";  // of which the workers read both fields
    any_tokenizer const tokenizer = which.load(line);
    encoder const work(tokenizer, rules_of(tokenizer, allowed), as, framed,
                       finishing_of(tokenizer, line, truncate, pad, max_length, stride, pad_to), pairs, offsets, unit,
                       name_of(line.inputs()));

    output destination(out, force);
    progress_bar bar(line.common());
    document_reader reader(line.inputs_or_stdin(), text.for_documents(document_kind::line));
    encoded total;
    std::string held;  // npy: the header says how many ids follow
    bool const prints = !(summary && counting && means_stdout(out));
    auto const put = [&](encoded const& part) {
        total.n_documents += part.n_documents;
        total.n_tokens += part.n_tokens;
        total.n_bytes += part.n_bytes;
        total.held.insert(total.held.end(), part.held.begin(), part.held.end());
        if (as == format::npy) {
            held += part.text;
        } else if (prints) {
            destination.write(part.text);
        }
    };
    map_documents<scratch, encoded>(reader, tbb_executor(line.common().threads), work, put,
                                    {.progress = &bar, .total_bytes = reader.total_bytes()});
    if (!total.held.empty()) {
        encoded padded;
        work.write_held(std::exchange(total.held, {}), padded);
        put(padded);
    }
    if (as == format::npy) {
        std::array<std::uint64_t, 1> const shape{held.size() / 4};
        destination.write(write_npy_header(npy_type::uint32, shape));
        destination.write(held);
    }
    destination.commit();
    bar.clear();
    if (summary) {
        json_writer w;
        w.begin_object()
            .member("documents", total.n_documents)
            .member("tokens", total.n_tokens)
            .member("bytes", total.n_bytes);
        write_to_stdout(w.end_object().text() + "\n");
    }
    return 0;
}

}  // namespace tessera::cli
