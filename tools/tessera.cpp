// tessera VERB [OPTION...] [INPUT...]: finds the verb, runs it, turns what it throws into one line and an exit code.
#include <array>
#include <csignal>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <tessera/core/error.hpp>
#include "cli/command.hpp"
#include "cli/interruption.hpp"
#include "cli/output.hpp"
#include "cli/suggest.hpp"
#include "cli/usage_error.hpp"
#include "cli/version.hpp"
#include "verbs/verbs.hpp"

namespace {

using namespace tessera::cli;

struct verb {
    std::string_view name;
    std::string_view about;
    int (*run)(arguments const&);
};

constexpr std::array<verb, 17> verbs{{
    {"train", "a corpus or count table -> a tokenizer", train},
    {"count", "text -> pretoken counts", count},
    {"merge-counts", "count tables -> one", merge_counts},
    {"encode", "text -> token ids", encode},
    {"decode", "token ids -> text", decode},
    {"inspect", "what a tokenizer is, and what is wrong with it", inspect},
    {"convert", "one file format of tokenizers -> another", convert},
    {"compare", "efficiency of several tokenizers on several corpora", compare},
    {"dynamic", "text -> tokens that are merged for each batch anew", dynamic},
    {"pool", "text -> words and their units, as arrays for NumPy", pool},
    {"unpool", "what pool wrote -> text", unpool},
    {"transplant", "a model, and the tokenizer of another -> the model with it", transplant},
    {"overlap", "what two vocabularies have in common, and which token is which", overlap},
    {"align", "text -> the tokens of two tokenizers, side by side", align},
    {"lm", "text -> an n-gram language model over tokens; what texts cost under it", lm},
    {"bytes", "what byte comes next, exactly, under a model of tokens; texts scored, sampled, filled in", bytes},
    {"mixture", "what a tokenizer was trained on, from the order of its merges", mixture},
}};

std::string overview() {
    std::string text = "tessera " + std::string(version) +
                       ": trains, runs, measures and compares the tokenizers of language models\n\n"
                       "Usage: tessera VERB [OPTION...] [INPUT...]\n\nVerbs:\n";
    for (verb const& v : verbs) {
        text += "  " + std::string(v.name) + std::string(14 - v.name.size(), ' ') + std::string(v.about) + "\n";
    }
    return text +
           "\ntessera VERB --help shows the options of a verb, with an example.\n"
           "Exit code: 0 done; 1 failed, with one line that says what and where; 2 the command line is wrong.\n\n"
           "Example:\n"
           "  tessera train -o mine.json --vocab-size 16000 corpus.txt\n"
           "  tessera encode -t mine.json --output-format pieces corpus.txt | head -n 3\n";
}

int fail(std::string const& place, std::string_view message, int code) {
    write_to_stderr(place + ": " + one_line(message));
    return code;
}

int run(arguments args) {
    if (args.empty()) {
        write_to_stderr(overview());
        return 2;
    }
    std::string name = args.front();
    args.erase(args.begin());
    if (name == "help" && !args.empty()) {  // tessera help VERB
        name = args.front();
        args = {"--help"};
    }
    if (name == "--help" || name == "-h" || name == "help") {
        write_to_stdout(overview());
        return 0;
    }
    if (name == "--version") {
        write_to_stdout("tessera " + std::string(version) + "\n");
        return 0;
    }
    std::vector<std::string_view> names;
    for (verb const& v : verbs) {
        names.push_back(v.name);
        std::string const given = name.starts_with('-') ? name : with_hyphens({"--" + name})[0].substr(2);
        if (v.name != given) continue;
        std::string const place = "tessera " + std::string(v.name);
        try {
            return v.run(args);
        } catch (usage_error const& e) {
            return fail(place, e.what(), 2);
        } catch (tessera::error const& e) {
            return fail(place, e.what(), 1);
        } catch (std::bad_alloc const&) {
            return fail(place, "not enough memory; give less text at a time, or use fewer threads", 1);
        } catch (std::exception const& e) {
            return fail(place, e.what(), 1);
        }
    }
    std::string const meant = nearest(name, names);
    return fail("tessera",
                (name.starts_with('-') ? "the verb comes first, not " : "there is no verb ") + printable(name) +
                    (meant.empty() ? "; tessera --help lists the verbs" : "; did you mean " + meant + "?"),
                2);
}

}  // namespace

int main(int argc, char** argv) {
    watch_for_interruption();
    try {
        return run(arguments(argv + (argc > 0 ? 1 : 0), argv + argc));
    } catch (broken_pipe const&) {
        // Die as any program in a pipe does.
        std::signal(SIGPIPE, SIG_DFL);
        std::raise(SIGPIPE);
        return 1;
    } catch (std::exception const& e) {
        return fail("tessera", e.what(), 1);
    }
}
