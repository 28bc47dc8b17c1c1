// tessera decode: token ids -> text.
#include <tessera/io/id_lines.hpp>
#include <tessera/io/map_documents.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "verbs.hpp"

namespace tessera::cli {

int decode(arguments const& args) {
    command line("decode", "-t TOKENIZER [OPTION...] [INPUT...]",
                 "Turns each line of ids, decimal and separated by spaces, back into its bytes.",
                 {"tessera encode -t tokenizer.json corpus.txt | tessera decode -t tokenizer.json | cmp - corpus.txt",
                  "echo 15496 995 | tessera decode -t gpt2/ --separator ''"});
    tokenizer_options which;
    std::string out;
    std::string separator = "\\n";
    bool skip_special = false;
    bool force = false;
    which.add_to(line);
    line.option("-o,--output", "OUT", out, "where the text goes (default: standard output)");
    line.flag("--skip-special-tokens", skip_special, "leave special tokens out of the text");
    line.option("--separator", "STRING", separator,
                "what follows each document; may be empty; \\n \\t \\r \\0 \\\\ \\xHH are read (default: \\n)");
    line.flag("-f,--force", force, "overwrite OUT");
    line.note("--json prints {\"text\":...} for each document instead, in which bytes that are not UTF-8 are U+FFFD.");
    if (!line.parse(args)) return 0;
    std::string const after = unescape("--separator", separator);
    bool const json = line.common().json;
    any_tokenizer const tokenizer = which.load(line);

    struct scratch {
        any_tokenizer::scratch decoding;
        std::vector<token_id> ids;
        std::string text;
        json_writer json;
    };
    output destination(out, force);
    progress_bar bar(line.common());
    tbb_executor const executor(line.common().threads);
    document_reader_options id_lines;
    id_lines.documents = document_kind::line;
    for (std::string const& input : line.inputs_or_stdin()) {
        std::string const place = name_of({input});
        document_reader reader({input}, id_lines);
        map_documents<scratch, std::string>(
            reader, executor,
            [&](std::uint64_t index, std::string_view ids, scratch& s, std::string& text) {
                try {
                    parse_ids(ids, s.ids);
                    if (!json) {
                        tokenizer.decode(s.ids, text, s.decoding, skip_special);
                        text += after;
                        return;
                    }
                    s.text.clear();
                    tokenizer.decode(s.ids, s.text, s.decoding, skip_special);
                } catch (error const& e) {
                    throw e.within(place + ":" + std::to_string(index + 1));
                }
                s.json.clear();
                s.json.begin_object().member("text", s.text).end_object();
                text += s.json.text();
                text += '\n';
            },
            [&](std::string const& text) { destination.write(text); },
            {.progress = &bar, .stage = "decoding", .total_bytes = reader.total_bytes()});
    }
    destination.commit();
    return 0;
}

}  // namespace tessera::cli
