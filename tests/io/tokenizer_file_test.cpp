// Loading and saving by path, vocab.json + merges.txt, and conversions between the formats.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <tessera/io/tokenizer_file.hpp>

namespace tokenizer_file_test {

namespace {

using namespace tessera;
namespace fs = std::filesystem;
using ids = std::vector<token_id>;

/// A folder that goes away.
struct temporary_folder {
    fs::path path = fs::temp_directory_path() / ("tessera_test_" + std::to_string(::getpid()));
    temporary_folder() { fs::create_directories(path); }
    ~temporary_folder() { fs::remove_all(path); }

    std::string put(std::string const& name, std::string_view content) const {
        output_file file(path / name, true);
        file.write(content);
        file.commit();
        return (path / name).string();
    }
};

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

/// Bytes in order, then merges; an id is its rank.
any_tokenizer small(std::vector<merge> const& merges, std::vector<std::string> const& tokens,
                    std::vector<added_token> specials = {}, bool ignore_merges = false) {
    vocabulary_builder builder;
    for (token_id b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(b);
        builder.add(b, {&byte, 1}, token_kind::byte);
    }
    for (std::size_t i = 0; i < tokens.size(); ++i) builder.add(static_cast<token_id>(256 + i), tokens[i]);
    for (added_token const& s : specials) builder.add_unfindable(s.id, s.content);
    return any_tokenizer(bpe_model(builder.build(), merges, {.ignore_merges = ignore_merges}), {}, {},
                         special_tokens(std::move(specials)));
}

any_tokenizer small() {
    return small({{'a', 'b', 256, 0}, {256, 'c', 257, 1}}, {"ab", "abc"}, {{.id = 258, .content = "<|end|>"}});
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("vocab.json and merges.txt") {
        auto const read = [](std::string_view merges) {
            return read_vocab_merges(R"({"a": 0, "b": 1, "ab": 2, "<|end|>": 3})", merges, any_pretokenizer(),
                                     {{.id = 3, .content = "<|end|>"}});
        };
        CHECK(read("#version: 0.2\na b\n").encode("ab<|end|>") == ids{2, 3});
        CHECK(read("a b").encode("ab") == ids{2});
        CHECK(read("#version: 0.2\r\na b\r\n\r\n").encode("ab") == ids{2});
        check_fails([&] { (void)read("#version: 0.2\na b\nb a\n"); }, error_kind::bad_merge,
                    "merges.txt:3: of the merge of \"b\" and \"a\", the result");
        check_fails([&] { (void)read("a b\n\na b\n"); }, error_kind::bad_merge, "merges.txt:2: \"\" is not two tokens");
        check_fails([&] { (void)read("a b c\n"); }, error_kind::bad_merge, "merges.txt:1: ");
        check_fails([&] { (void)read_vocab_merges("[1]", "", any_pretokenizer()); }, error_kind::syntax,
                    "vocab.json: expected an object");
        check_fails([&] { (void)read_vocab_merges("{\"a\": 0,", "", any_pretokenizer()); }, error_kind::syntax,
                    "vocab.json: 1:9: ");
    }

    TEST_CASE("saving and loading each format") {
        temporary_folder const folder;
        any_tokenizer const t = small();
        ids const expected = t.encode_ordinary("abc ab a\xFF");
        CHECK(expected == ids{257, ' ', 256, ' ', 'a', 0xFF});

        CHECK(save_tokenizer(t, folder.path / "t.json", false).empty());
        loaded_tokenizer const json = load_tokenizer(folder.path / "t.json");
        CHECK(json.format == "tokenizer.json");
        CHECK(json.notes.empty());
        CHECK(json.tokenizer.encode_ordinary("abc ab a\xFF") == expected);
        CHECK(json.tokenizer.encode("ab<|end|>") == ids{256, 258});

        CHECK(save_tokenizer(t, folder.path / "t.tiktoken", false).size() == 2);
        loaded_tokenizer const ranks =
            load_tokenizer(folder.path / "t.tiktoken", {.pattern = "gpt2", .specials = t.specials().tokens()});
        CHECK(ranks.format == "tiktoken");
        CHECK(ranks.tokenizer.encode_ordinary("abc ab a\xFF") == expected);
        CHECK(ranks.tokenizer.encode("ab<|end|>") == ids{256, 258});

        CHECK(save_tokenizer(t, (folder.path / "t").string() + "/", false).size() == 1);
        loaded_tokenizer const pair = load_tokenizer(folder.path / "t");
        CHECK(pair.format == "vocab.json + merges.txt");
        REQUIRE(pair.notes.size() == 1);
        CHECK(pair.notes[0].find("GPT-2") != std::string::npos);
        CHECK(pair.tokenizer.encode_ordinary("abc ab a\xFF") == expected);

        folder.put("tokenizer.json", write_tokenizer_json(t));
        CHECK(load_tokenizer(folder.path).format == "tokenizer.json");
    }

    TEST_CASE("errors of paths") {
        temporary_folder const folder;
        std::string const where = folder.path.string();
        check_fails([&] { (void)load_tokenizer(folder.path); }, error_kind::io,
                    where + ": the folder has no tokenizer.json");
        check_fails([&] { (void)load_tokenizer(folder.path / "none.json"); }, error_kind::io,
                    "none.json: No such file or directory");
        std::string const bad = folder.put("bad.json", "{\n\"model\": ");
        check_fails([&] { (void)load_tokenizer(bad); }, error_kind::syntax, bad + ":2:10: it is not JSON");
        std::string const unknown = folder.put("x.json", R"({"model": {"type": "Bigram", "vocab": {}}})");
        check_fails([&] { (void)load_tokenizer(unknown); }, error_kind::unsupported,
                    unknown + ": model.type: \"Bigram\" is not");
        std::string const ranks = folder.put("x.tiktoken", "YQ== 0\n!! 1\n");
        check_fails([&] { (void)load_tokenizer(ranks); }, error_kind::bad_option, ranks + ": a rank file does not say");
        check_fails([&] { (void)load_tokenizer(ranks, {.pattern = "gpt2", .specials = {}}); }, error_kind::syntax,
                    ranks + ": line 2: ");
        check_fails([&] { (void)load_tokenizer(ranks, {.pattern = "gtp2", .specials = {}}); }, error_kind::unsupported,
                    "did you mean \"gpt2\"?");
        std::string const odd = folder.put("x.bin", "GGUF\x03");
        check_fails([&] { (void)load_tokenizer(odd); }, error_kind::syntax, odd + ": byte 4");
        folder.put("vocab.json", R"({"a": 0})");
        folder.put("merges.txt", "#version\nx y\n");
        check_fails([&] { (void)load_tokenizer(folder.path); }, error_kind::bad_merge, where + "/merges.txt:2: ");
    }

    TEST_CASE("an existing file is not overwritten unasked, and a failed job leaves nothing") {
        temporary_folder const folder;
        std::string const there = folder.put("t.json", "precious");
        check_fails([&] { save_tokenizer(small(), there, false); }, error_kind::io, there + ": exists; pass --force");
        CHECK(read_file(there) == "precious");
        save_tokenizer(small(), there, true);
        CHECK(read_file(there) != "precious");
        check_fails([&] { save_tokenizer(small(), folder.path / "t.xyz", false); }, error_kind::bad_option,
                    "does not say the format");
        check_fails([&] { save_tokenizer(small(), folder.path / "none" / "t.json", false); }, error_kind::io,
                    "No such file");
        {
            output_file abandoned(folder.path / "abandoned", false);
            abandoned.write("x");
        }
        std::size_t n = 0;
        for ([[maybe_unused]] auto const& entry : fs::directory_iterator(folder.path)) ++n;
        CHECK(n == 1);
        // A link is as good as a file, and what it leads to is never written.
        for (char const* const target : {"t.json", "nothing"}) {
            fs::path const link = folder.path / "link.json";
            fs::create_symlink(target, link);
            std::string const before = read_file(there);
            check_fails([&] { save_tokenizer(small(), link, false); }, error_kind::io, "exists; pass --force");
            save_tokenizer(small(), link, true);
            CHECK(fs::is_regular_file(fs::symlink_status(link)));
            CHECK(read_file(there) == before);
            CHECK_FALSE(fs::exists(folder.path / "nothing"));
            fs::remove(link);
        }
    }

    TEST_CASE("ranks only where they say the same") {
        temporary_folder const folder;
        fs::path const out = folder.path / "t.tiktoken";
        // The second merge makes the smaller id.
        any_tokenizer const unordered = small({{'b', 'c', 257, 0}, {'a', 'b', 256, 1}}, {"ab", "bc"});
        check_fails([&] { save_tokenizer(unordered, out, false); }, error_kind::unsupported,
                    "not in the order of the ids");
        // No merge leads to "xyz".
        any_tokenizer const unreachable = small({}, {"xyz"});
        check_fails([&] { save_tokenizer(unreachable, out, false); }, error_kind::unsupported,
                    "token id 256: \"xyz\" is not made by the merges");
        vocabulary_builder builder;
        builder.add(0, "a");
        // Another merge than by rank, where ab goes first; tokens are taken whole, here as there.
        any_tokenizer const other =
            small({{'a', 'b', 256, 0}, {'b', 'c', 257, 1}, {'a', 257, 258, 2}}, {"ab", "bc", "abc"}, {}, true);
        check_fails([&] { save_tokenizer(other, out, false); }, error_kind::unsupported,
                    "token id 258: \"abc\" is not made by the merges, but would be by rank");
        any_tokenizer const more =
            small({{'b', 'c', 256, 0}, {'a', 256, 257, 1}, {'a', 'b', 258, 2}, {258, 'c', 257, 3}}, {"bc", "abc", "ab"},
                  {}, true);
        CHECK_NOTHROW(save_tokenizer(more, out, false));  // the last one is never used
        any_tokenizer const cut_elsewhere =
            small({{'b', 'c', 257, 0}, {'a', 257, 258, 1}, {'a', 'b', 256, 2}}, {"ab", "bc", "abc"});
        check_fails([&] { save_tokenizer(cut_elsewhere, out, true); }, error_kind::unsupported,
                    "token id 258: \"abc\" is made of other tokens by rank than by the merges");
        any_tokenizer const by_list_only =
            small({{'a', 'b', 257, 0}, {'c', 'd', 258, 1}, {257, 258, 259, 2}, {'b', 'c', 256, 3}},
                  {"bc", "ab", "cd", "abcd"});
        check_fails([&] { save_tokenizer(by_list_only, out, true); }, error_kind::unsupported,
                    "token id 259: \"abcd\" is not made by rank");
        for (bpe_options const& options :
             {bpe_options{.unit = symbol_unit::code_point}, bpe_options{.continuing_subword_prefix = "##"},
              bpe_options{.end_of_word_suffix = "</w>"}}) {
            any_tokenizer const other_symbols(bpe_model(more.model().vocab(), {}, options));
            check_fails([&] { save_tokenizer(other_symbols, out, true); }, error_kind::unsupported,
                        "byte-level tokenizers only");
        }
        // A special token may be made by merges: its text does not come to the model.
        vocabulary_builder with_special;
        for (token_id b = 0; b < 256; ++b) {
            char const byte = static_cast<char>(b);
            with_special.add(b, {&byte, 1}, token_kind::byte);
        }
        with_special.add(256, "ab", token_kind::control);
        any_tokenizer const special(bpe_model(with_special.build(), {{'a', 'b', 256, 0}}), {}, {},
                                    special_tokens({{.id = 256, .content = "ab"}}));
        CHECK(detail::check_ranks(special).size() == 256);
        // A folder does not say that tokens are taken whole.
        auto const notes = save_tokenizer(more, folder.path / "new/", false);
        CHECK(std::any_of(notes.begin(), notes.end(),
                          [](std::string const& note) { return note.find("taken whole") != std::string::npos; }));
        any_tokenizer const few(bpe_model(builder.build(), {}));
        check_fails([&] { save_tokenizer(few, out, false); }, error_kind::unsupported, "byte 0 is not a token");
    }

    TEST_CASE("a tokenizer by rank becomes a merge list in order of rank, and ids above a gap stay") {
        temporary_folder const folder;
        vocabulary_builder builder;
        for (token_id b = 0; b < 256; ++b) {
            char const byte = static_cast<char>(b);
            builder.add(b, {&byte, 1}, token_kind::byte);
        }
        builder.add(256, "ab");
        builder.add(260, "abb");
        builder.add_unfindable(265, "<|end|>");
        any_tokenizer const t(bpe_from_ranks(builder.build()), any_pretokenizer::by_name("cl100k"), {},
                              special_tokens({{.id = 265, .content = "<|end|>"}}));
        save_tokenizer(t, folder.path / "t.json", false);
        any_tokenizer const again = load_tokenizer(folder.path / "t.json").tokenizer;
        CHECK(again.encode("abb ab<|end|>") == t.encode("abb ab<|end|>"));
        CHECK(again.pretokenizer().name() == "cl100k");
        CHECK(bpe_of(again, "this test").options().ignore_merges);
        auto const merges_of = [](any_tokenizer const& tokenizer) {
            auto const merges = bpe_of(tokenizer, "this test").merges();
            std::set<std::array<token_id, 3>> all;
            for (merge const& m : merges) all.insert({m.left, m.right, m.result});
            return all;
        };
        CHECK(merges_of(again) == merges_of(t));
        CHECK(again.vocab().kind(257) == token_kind::unused);
    }
}

}  // namespace tokenizer_file_test
