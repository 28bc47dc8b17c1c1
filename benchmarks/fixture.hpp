// What the benchmarks share: texts of the repository loaded once, the folder they are in, and a check that stops a
// benchmark whose result is wrong before anything is timed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include <tessera/core/error.hpp>
#include <tessera/io/file.hpp>

namespace bench {

/// Texts of one kind each, read when made.
class corpora {
public:
    struct corpus {
        std::string name;
        std::string text;
    };

    /// @param data  a folder with text/english.txt and the others of the repository's data/
    explicit corpora(std::filesystem::path data) : folder_(std::move(data)) {
        add("english", {"english", "legal", "finance", "biomedical"});
        add("code", {"c", "cpp", "go", "java", "javascript", "python", "rust"});
        add("multilingual",
            {"arabic", "chinese", "french", "german", "greek", "hindi", "japanese", "korean", "russian"});
    }

    [[nodiscard]] std::filesystem::path const& folder() const noexcept { return folder_; }
    [[nodiscard]] std::vector<corpus> const& all() const noexcept { return corpora_; }
    [[nodiscard]] std::string const& english() const noexcept { return corpora_[0].text; }

    /// The first `n` bytes of the English text, repeated as often as that takes.
    [[nodiscard]] std::string english(std::size_t n) const {
        std::string text;
        while (text.size() < n) text.append(english(), 0, n - text.size());
        return text;
    }

private:
    void add(std::string name, std::vector<std::string> const& files) {
        std::string text;
        for (std::string const& file : files) text += tessera::read_file(folder_ / "text" / (file + ".txt"));
        corpora_.push_back({std::move(name), std::move(text)});
    }

    std::filesystem::path folder_;
    std::vector<corpus> corpora_;
};

/// Lower-case letters, without a space, always the same.
inline std::string random_letters(std::size_t n) {
    std::mt19937_64 random(1);
    std::string text(n, 'a');
    for (char& c : text) c = static_cast<char>('a' + random() % 26);
    return text;
}

/// Ends the program: a wrong result has no speed.
inline void require(bool equal, std::string_view what) {
    if (equal) return;
    std::fprintf(stderr, "not timed: %.*s\n", static_cast<int>(what.size()), what.data());
    std::exit(1);
}

/// Bytes a second (unless 0), and `items` a second.
inline void report(benchmark::State& state, std::size_t bytes, std::size_t items) {
    auto const n = static_cast<double>(state.iterations());
    if (bytes != 0) state.SetBytesProcessed(static_cast<std::int64_t>(n * static_cast<double>(bytes)));
    state.SetItemsProcessed(static_cast<std::int64_t>(n * static_cast<double>(items)));
}

/// Takes `--data=FOLDER` out of the command line, loads, lets `add_benchmarks(corpora const&)` check and register,
/// runs.
template <class F>
int main(int argc, char** argv, F&& add_benchmarks) {
    std::filesystem::path data = BENCHMARK_DATA;
    std::vector<char*> kept;
    for (int i = 0; i < argc; ++i) {
        std::string_view const argument = argv[i];
        if (argument.starts_with("--data=")) {
            data = argument.substr(7);
        } else {
            kept.push_back(argv[i]);
        }
    }
    int n = static_cast<int>(kept.size());
    kept.push_back(nullptr);
    benchmark::Initialize(&n, kept.data());
    if (benchmark::ReportUnrecognizedArguments(n, kept.data())) return 2;
    try {
        auto const loaded = std::make_unique<corpora const>(data);
        add_benchmarks(*loaded);
        benchmark::RunSpecifiedBenchmarks();
        benchmark::Shutdown();
    } catch (tessera::error const& e) {
        return std::fprintf(stderr, "%s\n", e.what()), 1;
    }
    return 0;
}

}  // namespace bench
