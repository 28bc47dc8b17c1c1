#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <tessera/io/text_source.hpp>

#include "support.hpp"

namespace text_source_test {

namespace {

using namespace tessera;
namespace fs = std::filesystem;
using strings = std::vector<std::string>;

struct temporary_folder {
    fs::path path = fs::temp_directory_path() / ("tessera_text_" + std::to_string(::getpid()));
    temporary_folder() { fs::create_directories(path); }
    ~temporary_folder() { fs::remove_all(path); }

    std::string put(std::string const& name, std::string_view content) const {
        fs::create_directories((path / name).parent_path());
        output_file file(path / name, true);
        file.write(content);
        file.commit();
        return (path / name).string();
    }
};

std::string gzip(std::string const& text) {
    z_stream z{};
    deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(text.size() + 1000, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    deflate(&z, Z_FINISH);
    out.resize(out.size() - z.avail_out);
    deflateEnd(&z);
    return out;
}

std::string zstd(std::string const& text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
}

strings sequences(strings const& inputs, text_source_options const& options = {}) {
    text_source source(inputs, options);
    strings all;
    for (text_block block; source.next(block);) {
        block.for_each_sequence([&](std::string_view s) { all.emplace_back(s); });
    }
    return all;
}

strings documents(strings const& inputs, document_reader_options const& options = {}) {
    document_reader reader(inputs, options);
    strings all;
    for (std::string document; reader.next(document);) all.push_back(document);
    return all;
}

template <class F>
void check_fails(F&& f, error_kind kind, std::string const& part) {
    try {
        f();
        FAIL_CHECK("no error");
    } catch (error const& e) {
        CAPTURE(e.what());
        CHECK(e.kind() == kind);
        CHECK(std::string(e.what()).find(part) != std::string::npos);
    }
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("a file is lines with their newlines to a trainer, lines without to an encoder") {
        temporary_folder const f;
        std::string const path = f.put("a.txt", "one\n\ntwo\r\nthree");
        CHECK(sequences({path}) == strings{"one\n", "\n", "two\r\n", "three"});
        CHECK(documents({path}) == strings{"one", "", "two\r", "three"});
        CHECK(sequences({path}, {.documents = document_kind::line}) == strings{"one", "two\r", "three"});
        CHECK(sequences({path}, {.lines_are_sequences = false}) == strings{"one\n\ntwo\r\nthree"});
        CHECK(documents({path}, {.documents = document_kind::file}) == strings{"one\n\ntwo\r\nthree"});
        std::string const nul = f.put("b", std::string("a\0b\nc\0\0d", 8));
        CHECK(documents({nul}, {.documents = document_kind::nul}) == strings{"a", "b\nc", "", "d"});
        CHECK(sequences({nul}, {.documents = document_kind::nul}) == strings{"a", "b\nc", "d"});
        CHECK(documents({f.put("empty", "")}).empty());
        CHECK(documents({f.put("empty", "")}, {.documents = document_kind::file}) == strings{""});
    }

    TEST_CASE("binary text and a byte order mark are kept") {
        temporary_folder const f;
        std::string const text("\xEF\xBB\xBF\0\xFF\n", 6);
        CHECK(sequences({f.put("a", text)}) == strings{text});
    }

    TEST_CASE("JSON lines") {
        temporary_folder const f;
        std::string const path =
            f.put("a.jsonl",
                  "{\"text\": \"one\\ntwo\", \"n\": 1}\n\n{\"other\": 2, \"text\": \"\"}\n{\"text\": \"\\u00e9\"}");
        CHECK(documents({path}) == strings{"one\ntwo", "", "\xC3\xA9"});
        CHECK(sequences({path}) == strings{"one\ntwo", "\xC3\xA9"});
        CHECK(documents({path}, {.documents = document_kind::line}).size() == 4);
        std::string const bad = f.put("b.jsonl", "{\"text\": \"a\"}\n\n{\"text\": 7}\n");
        check_fails([&] { documents({bad}); }, error_kind::syntax, bad + ":3: the field \"text\" is not a string");
        check_fails([&] { sequences({bad}, {.text_field = "body"}); }, error_kind::syntax,
                    bad + ":1: there is no field \"body\"; name the field");
        std::string const cut = f.put("c.jsonl", "{\"text\": \"a\"}\n{\"text\": \"b");
        check_fails([&] { documents({cut}); }, error_kind::syntax,
                    cut + ":2: it is not JSON: the text ends inside a string, column 12");
        std::string const list = f.put("d.jsonl", "[]\n");
        check_fails([&] { documents({list}); }, error_kind::syntax, list + ":1: expected an object");
    }

    TEST_CASE("folders, globs and compressed files") {
        temporary_folder const f;
        f.put("d/b.txt", "b\n");
        f.put("d/a/z.txt.gz", gzip("z\n") + gzip("y\n"));
        f.put("d/c.jsonl.zst", zstd("{\"text\": \"c\"}\n") + zstd("{\"text\": \"d\"}\n"));
        std::string const d = (f.path / "d").string();
        CHECK(documents({d}) == strings{"z", "y", "b", "c", "d"});
        CHECK(documents({d + "/*.txt"}) == strings{"b"});
        CHECK(text_source({d}).total_bytes() == 0);
        CHECK(text_source({d + "/b.txt"}).total_bytes() == 2);
        check_fails([&] { documents({d + "/*.xml"}); }, error_kind::io, "no file matches");
        check_fails([&] { documents({d + "/none"}); }, error_kind::io, d + "/none: No such file or directory");
        fs::create_directories(f.path / "e");
        check_fails([&] { documents({(f.path / "e").string()}); }, error_kind::empty_input, "the folder has no files");
    }

    TEST_CASE("damaged compressed files") {
        temporary_folder const f;
        std::string const text(100'000, 'x');
        std::string const gz = gzip(text);
        std::string const zst = zstd(text);
        check_fails([&] { documents({f.put("a.gz", "plain text")}); }, error_kind::syntax, "a.gz: is not gzip data");
        check_fails([&] { documents({f.put("a.zst", "")}); }, error_kind::syntax, "a.zst: is not zstd data");
        check_fails([&] { documents({f.put("b.gz", gz.substr(0, gz.size() - 9))}); }, error_kind::syntax,
                    "the gzip data ends early");
        check_fails([&] { documents({f.put("b.zst", zst.substr(0, zst.size() - 3))}); }, error_kind::syntax,
                    "the zstd data ends early");
        check_fails([&] { documents({f.put("c.gz", gz + "rest")}); }, error_kind::syntax, "the gzip data is damaged");
        CHECK(documents({f.put("d.gz", gz)}) == strings{text});
        CHECK(documents({f.put("d.zst", zst)}) == strings{text});
    }
}

TEST_SUITE("property") {
    TEST_CASE("blocks of any size, plain or compressed, hold the same sequences") {
        temporary_folder const f;
        support::random_source random(3);
        std::string text;
        for (int i = 0; i < 300; ++i) text += random.text(random.below(i % 50 == 0 ? 5000 : 40), "abc d\t") + '\n';
        text += "no newline";
        std::string const plain = f.put("t", text);
        strings const expected = sequences({plain});
        std::string const gz = f.put("t.gz", gzip(text));
        std::string const zst = f.put("t.zst", zstd(text));
        for (std::size_t const block : std::vector<std::size_t>{1, 2, 7, 64, 1000, 100'000}) {
            CAPTURE(block);
            for (std::string const& path : {plain, gz, zst}) {
                CHECK(sequences({path}, {.block_bytes = block}) == expected);
                CHECK(documents({path}, {.block_bytes = block}).size() == expected.size());
                CHECK(documents({path}, {.documents = document_kind::file, .block_bytes = block}) == strings{text});
            }
        }
    }

    TEST_CASE("many threads get each sequence once") {
        temporary_folder const f;
        std::string text;
        for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + '\n';
        text_source source({f.put("t", text)}, {.block_bytes = 512});
        std::vector<std::vector<std::size_t>> got(4);
        std::vector<std::thread> threads;
        for (auto& mine : got) {
            threads.emplace_back([&] {
                for (text_block block; source.next(block);) {
                    block.for_each_sequence([&](std::string_view s) { mine.push_back(std::stoul(std::string(s))); });
                }
            });
        }
        for (auto& t : threads) t.join();
        std::vector<int> times(20'000, 0);
        for (auto const& mine : got) {
            for (auto const i : mine) ++times.at(i);
        }
        CHECK(times == std::vector<int>(20'000, 1));
        CHECK(source.bytes_read() == text.size());
    }
}

}  // namespace text_source_test
