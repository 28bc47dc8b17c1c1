// Our side of benchmarks/compare_peers: loads a tokenizer, encodes a text in this process on one thread, several times,
// and prints one JSON object. The first time is "cold": nothing has been encoded before.
//   encode_text -t TOKENIZER [--pattern NAME] [--documents] [--added-tokens] [--runs N] [--dump IDS.u32] TEXT
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/tokenizer_file.hpp>

namespace {

struct options {
    std::string tokenizer, pattern, dump, text;
    bool documents = false;
    bool added_tokens = false;  // those in the text are recognised
    std::size_t runs = 3;
};

int usage() {
    std::fputs(
        "usage: encode_text -t TOKENIZER [--pattern NAME] [--documents] [--added-tokens] [--runs N] [--dump IDS.u32] "
        "TEXT\n",
        stderr);
    return 2;
}

bool parse(int argc, char** argv, options& o) {
    for (int i = 1; i < argc; ++i) {
        std::string_view const name = argv[i];
        std::string* value = nullptr;
        std::string runs;
        if (name == "--documents") {
            o.documents = true;
            continue;
        }
        if (name == "--added-tokens") {
            o.added_tokens = true;
            continue;
        }
        if (name == "-t") value = &o.tokenizer;
        if (name == "--pattern") value = &o.pattern;
        if (name == "--dump") value = &o.dump;
        if (name == "--runs") value = &runs;
        if (value == nullptr) {
            o.text = name;
            continue;
        }
        if (++i == argc) return false;
        *value = argv[i];
        if (value == &runs) o.runs = std::max<std::size_t>(std::strtoul(argv[i], nullptr, 10), 1);
    }
    return !o.tokenizer.empty() && !o.text.empty();
}

// As split_documents in peers/common.py: a document ends at the first newline at or after 1,024 bytes.
std::vector<std::string_view> documents_of(std::string_view text) {
    std::vector<std::string_view> documents;
    while (!text.empty()) {
        std::size_t const newline = text.size() > 1024 ? text.find('\n', 1023) : std::string_view::npos;
        std::size_t const size = std::min(newline == std::string_view::npos ? text.size() : newline + 1, text.size());
        documents.push_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    return documents;
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

int run(options const& o) {
    std::string const text = tessera::read_file(o.text);
    double const loading = now();
    tessera::any_tokenizer const tokenizer =
        tessera::load_tokenizer(o.tokenizer, {.pattern = o.pattern, .specials = {}}).tokenizer;
    if (tokenizer.encode_ordinary("word").empty()) std::fputs("a word gives no ids\n", stderr);
    double const load_seconds = now() - loading;
    std::vector<std::string_view> const documents =
        o.documents ? documents_of(text) : std::vector<std::string_view>{text};

    // Each run builds its result anew, as the peers do: the ids of all documents and where each ends.
    std::vector<tessera::token_id> ids;
    std::vector<double> seconds, processor_seconds;
    for (std::size_t i = 0; i < o.runs; ++i) {
        ids = {};
        double const started = now();
        std::clock_t const processor_started = std::clock();
        std::vector<std::size_t> ends;
        tessera::any_tokenizer::scratch scratch;
        auto const sink = [&](tessera::token_id id) { ids.push_back(id); };
        for (std::string_view const document : documents) {
            if (o.added_tokens) {
                tokenizer.encode(document, {}, scratch, sink);
            } else {
                tokenizer.encode_ordinary(document, scratch, sink);
            }
            ends.push_back(ids.size());
        }
        seconds.push_back(now() - started);
        processor_seconds.push_back(static_cast<double>(std::clock() - processor_started) / CLOCKS_PER_SEC);
    }

    std::string_view const bytes(reinterpret_cast<char const*>(ids.data()), ids.size() * sizeof(ids[0]));
    if (!o.dump.empty()) {
        tessera::output_file out(o.dump, true);
        out.write(bytes);
        out.commit();
    }
    std::printf(
        "{\"bytes\": %zu, \"documents\": %zu, \"ids\": %zu, \"hash\": \"%016llx\", \"load_seconds\": %.6f, "
        "\"seconds\": [",
        text.size(), documents.size(), ids.size(), static_cast<unsigned long long>(tessera::hash_bytes(bytes)),
        load_seconds);
    auto const print = [](std::vector<double> const& numbers) {
        for (std::size_t i = 0; i < numbers.size(); ++i) std::printf("%s%.6f", i == 0 ? "" : ", ", numbers[i]);
    };
    print(seconds);
    std::printf("], \"processor_seconds\": [");
    print(processor_seconds);
    std::puts("]}");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    options o;
    if (!parse(argc, argv, o)) return usage();
    try {
        return run(o);
    } catch (tessera::error const& e) {
        return std::fprintf(stderr, "encode_text: %s\n", e.what()), 1;
    }
}
