#include "inputs.hpp"

#include <tessera/pattern/icu_pattern.hpp>

#include "output.hpp"

namespace tessera::cli {

void text_options::add_to(command& line, std::string const& otherwise) {
    line.choice("--documents", {"line", "file", "jsonl", "nul"}, documents,
                "what one document is; nul: up to each NUL byte (default: jsonl for .jsonl, else " + otherwise + ")");
    line.option("--text-field", "NAME", text_field, "the field of JSON lines that holds the text (default: text)");
}

document_kind text_options::kind() const {
    return documents == "line"    ? document_kind::line
           : documents == "file"  ? document_kind::file
           : documents == "jsonl" ? document_kind::jsonl
           : documents == "nul"   ? document_kind::nul
                                  : document_kind::automatic;
}

text_source_options text_options::for_blocks() const {
    text_source_options options;
    options.documents = kind();
    options.text_field = text_field;
    return options;
}

document_reader_options text_options::for_documents(document_kind otherwise) const {
    document_reader_options options;
    options.documents = kind();
    options.otherwise = otherwise;
    options.text_field = text_field;
    return options;
}

void tokenizer_options::add_to(command& line) {
    line.option(
        "-t,--tokenizer", "PATH", path,
        "a tokenizer file, or a folder with one; found from the content: tokenizer.json, SentencePiece .model, "
        "tekken.json, tiktoken "
        "ranks (.tiktoken or JSON), vocab.json + merges.txt, vocab.txt, RWKV vocabulary, GGUF, BoundlessBPE .model");
    line.option(
        "--pattern", "NAME|REGEX", pattern,
        "the pretokenizer of a file that carries none (ranks, vocab.json + merges.txt): " + pretokenizer_names());
}

any_tokenizer tokenizer_options::load(command const& line) const {
    line.require("--tokenizer", "which tokenizer?");
    return load_with_notes(line.verb(), path, pattern, line.common().quiet).tokenizer;
}

loaded_tokenizer load_with_notes(std::string const& verb, std::string const& path, std::string const& pattern,
                                 bool quiet) {
    if (!pattern.empty()) (void)pretokenizer_from_option("--pattern", pattern);
    load_options options;
    options.pattern = pattern;
    loaded_tokenizer loaded = load_tokenizer(path, options);
    if (!quiet) {
        for (std::string const& note : loaded.notes)
            write_to_stderr("tessera " + verb + ": note: " + one_line(path + ": " + note));
    }
    return loaded;
}

std::string pretokenizer_names() {
    std::string names;
    for (std::string_view const name : any_pretokenizer::names()) {
        if (!names.empty()) names += ", ";
        names += name;
    }
    return names;
}

any_pretokenizer pretokenizer_from_option(std::string const& option, std::string const& value) {
    try {
        return any_pretokenizer::by_name_or_pattern(value, &icu_pattern::make);
    } catch (error const& e) {
        throw usage_error(option + ": " + e.what());
    }
}

any_normalizer normalizer_from_option(std::string const& option, std::string const& value) {
    try {
        return any_normalizer::by_name(value);
    } catch (error const& e) {
        throw usage_error(option + ": " + e.what());
    }
}

std::string name_of(std::vector<std::string> const& inputs) {
    if (inputs.empty() || inputs == std::vector<std::string>{"-"}) return "standard input";
    return inputs.size() == 1 ? inputs[0] : inputs[0] + " and " + std::to_string(inputs.size() - 1) + " more";
}

}  // namespace tessera::cli
