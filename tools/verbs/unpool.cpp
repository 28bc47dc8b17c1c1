// tessera unpool: what `tessera pool` wrote -> text.
#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include <tessera/io/file.hpp>
#include <tessera/io/npy_file.hpp>
#include <tessera/io/pool_description.hpp>
#include <tessera/pool/word_ids.hpp>
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "pool_units.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

constexpr std::uint64_t words_at_a_time = std::uint64_t{1} << 16;
constexpr std::uint64_t ids_at_a_time = std::uint64_t{1} << 22;

struct totals {
    std::uint64_t n_documents = 0;
    std::uint64_t n_bytes = 0;
};

[[noreturn]] void refuse(std::string const& path, char const* what) {
    throw error(error_kind::syntax, path, what, "the folder may be damaged, or its files of several");
}

// What both layouts have: offsets of documents, the text of one, what ends it.
class document_output {
public:
    document_output(std::string const& folder, std::string end, output& out)
        : offsets_(folder + "/document_offsets.npy", npy_type::int64, 1), end_(std::move(end)), out_(out) {
        if (offsets_.n_elements() == 0) refuse(offsets_.path(), "it is empty");
    }

    /// Calls `f(n)` for each document of n words, or rows. @throws error  syntax: they are not `n_in_all`
    template <class F>
    void for_each(std::uint64_t n_in_all, F&& f) {
        std::vector<std::int64_t> some;
        std::int64_t last = -1;
        while (offsets_.left() > 0) {
            offsets_.read(std::min(offsets_.left(), words_at_a_time), some);
            for (std::int64_t const offset : some) {
                if (last < 0 ? offset != 0 : offset < last) refuse(offsets_.path(), "it does not rise from 0");
                if (static_cast<std::uint64_t>(offset) > n_in_all) refuse(offsets_.path(), "it ends too late");
                if (last >= 0) {
                    try {
                        f(static_cast<std::uint64_t>(offset - last));
                    } catch (error const& e) {
                        throw e.within("document " + std::to_string(done_.n_documents + 1));
                    }
                    put(end_);
                    ++done_.n_documents;
                }
                last = offset;
            }
        }
        if (static_cast<std::uint64_t>(last) != n_in_all) refuse(offsets_.path(), "it ends too early");
    }
    void put(std::string_view text) {
        out_.write(text);
        done_.n_bytes += text.size();
    }
    [[nodiscard]] totals const& done() const noexcept { return done_; }

private:
    npy_input offsets_;
    std::string end_;
    output& out_;
    totals done_;
};

template <class Units>
void decode_ragged(std::string const& folder, word_ids<Units> const& decoder, document_output& out) {
    npy_input ids(folder + "/ids.npy", npy_type::int32, 1);
    npy_input offsets(folder + "/word_offsets.npy", npy_type::int64, 1);
    if (offsets.n_elements() == 0) refuse(offsets.path(), "it is empty");
    std::vector<std::int64_t> some;
    offsets.read(1, some);
    if (some[0] != 0) refuse(offsets.path(), "it does not begin with 0");
    std::int64_t last = 0;
    std::vector<std::int32_t> units;
    std::string text;
    out.for_each(offsets.n_elements() - 1, [&](std::uint64_t n_words) {
        for (bool first = true; n_words > 0; first = false) {
            std::uint64_t const n = std::min(n_words, words_at_a_time);
            offsets.read(n, some);
            some.insert(some.begin(), last);
            for (std::size_t i = 1; i < some.size(); ++i) {
                if (some[i] < some[i - 1]) refuse(offsets.path(), "it falls");
            }
            ids.read(static_cast<std::uint64_t>(some.back() - last), units);
            std::int64_t const base = last;
            last = some.back();
            for (std::int64_t& offset : some) offset -= base;
            text.clear();
            if (!first) text += decoder.joiner();
            decoder.decode_ragged(units, some, text);
            out.put(text);
            n_words -= n;
        }
    });
    if (ids.left() != 0) refuse(ids.path(), "it has more ids than words");
}

template <class Units>
void decode_padded(std::string const& folder, word_ids<Units> const& decoder, document_output& out) {
    npy_input ids(folder + "/ids.npy", npy_type::int32, 3);
    std::uint64_t const n_rows = ids.shape()[0];
    std::uint64_t const per_row = ids.shape()[1];
    std::uint64_t const slots = ids.shape()[2];
    if (slots < decoder.prefix_ids().size() || (slots == 0 && n_rows != 0)) {
        refuse(ids.path(), "its words have no room for the prefixes, or for units");
    }
    std::uint64_t const at_a_time = slots == 0 ? 1 : std::max<std::uint64_t>(1, ids_at_a_time / slots);
    std::vector<std::int32_t> words;
    std::string text;
    out.for_each(n_rows, [&](std::uint64_t rows) {
        bool first = true;
        for (std::uint64_t n_words = per_row == 0 ? 0 : rows * per_row; n_words > 0;) {
            std::uint64_t const n = std::min(n_words, at_a_time);
            ids.read(n * slots, words);
            n_words -= n;
            text.clear();
            decoder.decode_padded(words, static_cast<std::size_t>(slots), text);
            // Words are at the beginning of a row, and rows without words at the end of a document.
            if (words.front() == decoder.pad_id()) continue;
            if (!first) out.put(decoder.joiner());
            first = false;
            out.put(text);
        }
    });
}

}  // namespace

int unpool(arguments const& args) {
    command line("unpool", "[OPTION...] FOLDER",
                 "Gives back the text of a folder that tessera pool wrote: byte for byte, if its description.json says "
                 "\"lossless\": true and documents are files; of documents that are lines, each ends in a newline.",
                 {"tessera pool -o pooled/ corpus.txt && tessera unpool pooled/ | cmp - corpus.txt",
                  "tessera unpool -t gpt2/ -o text.txt pooled/"});
    tokenizer_options which;
    std::string out;
    std::optional<std::string> separator;
    bool force = false;
    line.option("-o,--output", "OUT", out, "where the text goes (default: standard output)");
    which.add_to(line);
    line.option("--separator", "STRING", separator,
                "what follows each document; \\n \\t \\r \\0 \\\\ \\xHH are read (default: what ended it in the text)");
    line.flag("-f,--force", force, "overwrite OUT");
    line.note("--json prints a summary with -o: {\"documents\",\"bytes\"}.");
    if (!line.parse(args)) return 0;
    if (line.inputs().size() != 1) throw usage_error("give one FOLDER that tessera pool wrote");
    if (line.common().json && means_stdout(out)) throw usage_error("--json prints a summary: give -o OUT as well");
    std::string folder = line.inputs()[0];
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    std::string const path = folder + "/description.json";
    std::string const json = read_file(path, std::uint64_t{64} << 20);
    pool_description description;
    try {
        description = read_pool_description(json);
    } catch (error const& e) {
        throw e.within(path);
    }
    std::optional<any_tokenizer> tokenizer;
    if (description.units == "tokens") {
        line.require("--tokenizer", "the units are tokens: of which tokenizer?");
        tokenizer = which.load(line);
        if (hash_of_vocabulary(*tokenizer) != description.vocabulary) {
            throw error(error_kind::bad_option, which.path, "its vocabulary is not that of " + path,
                        "give the tokenizer that the words were pooled with");
        }
    } else if (line.given("--tokenizer")) {
        throw usage_error("-t: the units of " + path + " are " + printable(description.units));
    }
    output destination(out, force);
    document_output documents(folder, separator ? unescape("--separator", *separator) : description.document_end,
                              destination);
    with_units(description.units, description.characters, tokenizer ? &*tokenizer : nullptr, [&](auto const& units) {
        std::optional<word_ids<std::remove_cvref_t<decltype(units)>>> decoder;
        try {
            if (description.units != units.name()) throw error(error_kind::unsupported, "units.name", "is unknown");
            decoder.emplace(units, description.options, description.joiner);
            if (decoder->end_of_word_id().value_or(-1) != description.end_of_word) {
                throw error(error_kind::syntax, "ids.end_of_word", "it does not follow the units and the padding");
            }
        } catch (error const& e) {
            throw e.within(path);
        }
        try {
            if (description.is_padded) {
                decode_padded(folder, *decoder, documents);
            } else {
                decode_ragged(folder, *decoder, documents);
            }
        } catch (error const& e) {
            if (e.where().starts_with(folder)) throw;
            throw e.within(folder);
        }
    });
    destination.commit();
    if (line.common().json) {
        json_writer w;
        w.begin_object().member("documents", documents.done().n_documents).member("bytes", documents.done().n_bytes);
        write_to_stdout(w.end_object().text() + "\n");
    }
    return 0;
}

}  // namespace tessera::cli
