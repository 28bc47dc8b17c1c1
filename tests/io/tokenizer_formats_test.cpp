// Each format from a small file to ids: how it is recognised, what becomes of it, and what is refused.
#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <tessera/io/tokenizer_file.hpp>

#include "hostile.hpp"
#include "support.hpp"

namespace tokenizer_formats_test {

namespace {

using namespace tessera;
namespace fs = std::filesystem;
using hostile::check_fails;
using ids = std::vector<token_id>;

struct folder {
    fs::path path = fs::temp_directory_path() / ("tessera_formats_" + std::to_string(::getpid()));
    folder() { fs::create_directories(path); }
    ~folder() { fs::remove_all(path); }
    std::string put(std::string const& name, std::string_view content) const {
        output_file file(path / name, true);
        file.write(content);
        file.commit();
        return (path / name).string();
    }
};

std::string base64(std::string_view bytes) {
    std::string out;
    detail::append_to_base64(bytes, out);
    return out;
}

std::string tekken_text(std::string const& config, std::vector<std::string> const& tokens) {
    std::string out = R"({"config": {)" + config + R"(}, "vocab": [)";
    for (std::size_t rank = 0; rank < 256 + tokens.size(); ++rank) {
        std::string const bytes = rank < 256 ? std::string(1, static_cast<char>(rank)) : tokens[rank - 256];
        out += (rank > 0 ? "," : "") + (R"({"rank": )" + std::to_string(rank)) + R"(, "token_bytes": ")" +
               base64(bytes) + "\"}";
    }
    return out + "]}";
}

std::string tiktoken_json_text(std::string const& rest) {
    std::string out = R"({"explicit_n_vocab": 300, "pat_str": "\\s+|\\S+$|\\S+", "bpe_ranks": "! 5)";
    for (unsigned b = 0; b < 256; ++b) out += ' ' + base64(std::string(1, static_cast<char>(b)));
    return out + ' ' + base64("ab") + R"(", "special_tokens": {)" + rest + "}}";
}

/// Key and value of a GGUF file; numbers little-endian.
std::string number(std::uint64_t value, std::size_t width) {
    std::string out;
    for (std::size_t i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
    return out;
}
std::string text(std::string_view s) { return number(s.size(), 8) + std::string(s); }
std::string text_pair(std::string_view key, std::string_view value) { return text(key) + number(8, 4) + text(value); }
std::string texts_pair(std::string_view key, std::vector<std::string> const& values) {
    std::string out = text(key) + number(9, 4) + number(8, 4) + number(values.size(), 8);
    for (std::string const& value : values) out += text(value);
    return out;
}
std::string gguf(std::vector<std::string> const& pairs) {
    std::string out = "GGUF" + number(3, 4) + number(0, 8) + number(pairs.size(), 8);
    for (std::string const& pair : pairs) out += pair;
    return out;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("tekken.json: special tokens first, then ranks") {
        folder const f;
        std::string const config = R"("pattern": "\\S+|\\s+", "version": "v3", "default_num_special_tokens": 22)";
        loaded_tokenizer const t = load_tokenizer(f.put("x.json", tekken_text(config, {"ab", "abc"})));
        CHECK(t.format == "tekken.json");
        CHECK(t.tokenizer.encode_ordinary("abc a") == ids{22 + 257, 22 + ' ', 22 + 'a'});
        CHECK(t.tokenizer.encode("<s>ab") == ids{1, 22 + 256});
        CHECK(t.tokenizer.specials().find("<SPECIAL_21>") != nullptr);
        std::string const bad = R"("pattern": "(a", "version": "v3")";
        check_fails([&] { (void)load_tokenizer(f.put("y.json", tekken_text(bad, {}))); }, error_kind::syntax,
                    "y.json: config.pattern: ");
        // From file to file, and the same ids.
        save_tokenizer(t.tokenizer, f.path / "out.json", false);
        loaded_tokenizer const again = load_tokenizer(f.path / "out.json");
        CHECK(again.format == "tokenizer.json");
        CHECK(again.tokenizer.encode("<s>abc ab[INST]") == t.tokenizer.encode("<s>abc ab[INST]"));
    }

    TEST_CASE("tiktoken JSON; its pattern is written for Oniguruma") {
        folder const f;
        loaded_tokenizer const t = load_tokenizer(f.put("x.json", tiktoken_json_text(R"("<EOT>": 0)")));
        CHECK(t.format == "tiktoken JSON");
        CHECK(t.tokenizer.encode("ab\n<EOT>") == ids{5 + 256, 5 + '\n', 0});
        save_tokenizer(t.tokenizer, f.path / "out.json", false);
        CHECK(read_file(f.path / "out.json").find(R"(\\S+\\z)") != std::string::npos);
        CHECK(load_tokenizer(f.path / "out.json").tokenizer.encode("ab\n<EOT>") == ids{5 + 256, 5 + '\n', 0});
        check_fails([&] { (void)load_tokenizer(f.put("y.json", tiktoken_json_text(R"("<EOT>": 7)"))); },
                    error_kind::bad_token, "is a token's already");
        check_fails([&] { (void)load_tokenizer(f.put("y.json", tiktoken_json_text(R"("<EOT>": -1)"))); },
                    error_kind::syntax, "found -1");
    }

    TEST_CASE("RWKV vocabulary: the longest first, over the whole text") {
        folder const f;
        loaded_tokenizer const t =
            load_tokenizer(f.put("x.txt", "1 'a' 1\n2 'b' 1\n3 ' ' 1\n4 'ab' 2\n5 'b a' 3\n6 b'\\xff' 1\n"));
        CHECK(t.format == "RWKV vocabulary");
        CHECK(t.tokenizer.encode("ab ab a\xFF") == ids{4, 3, 4, 3, 1, 6});
        CHECK(t.tokenizer.encode("bb ab") == ids{2, 5, 2});
        CHECK(t.tokenizer.decode(ids{5, 6}) == "b a\xFF");
        check_fails([&] { save_tokenizer(t.tokenizer, f.path / "out.json", false); }, error_kind::unsupported,
                    "byte 0 is no token");
    }

    TEST_CASE("RWKV vocabulary: a tokenizer.json with the same ids") {
        folder const f;
        std::string bytes;
        for (int b = 0; b < 256; ++b) {
            char line[32];
            std::snprintf(line, sizeof line, "%d b'\\x%02x' 1\n", b + 1, static_cast<unsigned>(b));
            bytes += line;
        }
        bytes +=
            "300 'ab' 2\n301 ' a' 2\n302 '  ' 2\n303 '\\n ' 2\n304 'bab' 3\n305 '\xC3\xA9"
            "a' 3\n";
        support::random_source random(3);
        // A token across two words, and none: in the second the text is split before spaces.
        for (std::string const& across : {std::string("307 'b a' 3\n306 b'\\xa9 ' 2\n"), std::string("307 'ba' 2\n")}) {
            std::string file = bytes + across;
            any_tokenizer const t = load_tokenizer(f.put("x.txt", file)).tokenizer;
            save_tokenizer(t, f.path / "out.json", true);
            any_tokenizer const written = load_tokenizer(f.path / "out.json").tokenizer;
            CHECK(written.model().type() == "WordPiece");
            CHECK((written.pretokenizer().steps().size() == 2) == across.starts_with("307 'ba'"));
            for (int i = 0; i < 500; ++i) {
                std::string const text = i % 2 == 0 ? random.text(random.below(60), "ab \n\xC3\xA9") : random.bytes(40);
                ids const expected = t.encode(text);
                REQUIRE(written.encode(text) == expected);
                REQUIRE(written.decode(expected) == text);
            }
        }
    }

    TEST_CASE("vocab.txt: lower-cased unless the configuration says otherwise") {
        folder const f;
        std::string const vocab = f.put("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhe\n##llo\nHe\n!\n");
        loaded_tokenizer const t = load_tokenizer(vocab);
        CHECK(t.format == "vocab.txt");
        CHECK(t.notes.size() == 1);
        CHECK(t.tokenizer.encode("H\xC3\xA9llo! x [MASK]") == ids{5, 6, 8, 1, 4});
        REQUIRE(t.tokenizer.post_processor().frame());
        CHECK(t.tokenizer.post_processor().frame()->before == ids{2});
        f.put("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", "do_lower_case": false})");
        loaded_tokenizer const cased = load_tokenizer(f.path);
        CHECK(cased.notes.empty());
        CHECK(cased.tokenizer.encode("Hello he") == ids{7, 6, 5});
        // A token that only the configuration has comes after the vocabulary.
        f.put("tokenizer_config.json", R"({"additional_special_tokens": ["<x>"], "do_lower_case": true})");
        CHECK(load_tokenizer(f.path).tokenizer.encode("he<x>") == ids{5, 9});
    }

    TEST_CASE("files of a folder that contradict each other") {
        folder const f;
        f.put("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhe\n");
        f.put("added_tokens.json", R"({"[MASK]": 2})");
        check_fails([&] { (void)load_tokenizer(f.path); }, error_kind::bad_token,
                    "its id 2 differs from its id in the vocabulary, 4");
        f.put("added_tokens.json", R"({"<x>": 2})");
        check_fails([&] { (void)load_tokenizer(f.path); }, error_kind::bad_token, "another token's");
        f.put("added_tokens.json", R"({"<x>": -2})");
        check_fails([&] { (void)load_tokenizer(f.path); }, error_kind::syntax, "added_tokens.json: ");
    }

    TEST_CASE("vocab.json + merges.txt with a configuration") {
        folder const f;
        std::string const vocab = f.put("vocab.json", R"({"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3})");
        f.put("merges.txt", "#version: 0.2\na b\n");
        f.put("tokenizer_config.json", R"({"tokenizer_class": "GPT2Tokenizer", "pad_token": "<pad>"})");
        CHECK(load_tokenizer(f.path).tokenizer.encode("ab<|endoftext|>b<pad>") == ids{2, 3, 1, 4});
        CHECK(load_tokenizer(vocab).format == "vocab.json + merges.txt");
        f.put("tokenizer_config.json", R"({"tokenizer_class": "CLIPTokenizer"})");
        check_fails([&] { (void)load_tokenizer(f.path); }, error_kind::unsupported, "CLIPTokenizer");
        fs::remove(f.path / "merges.txt");
        check_fails([&] { (void)load_tokenizer(vocab); }, error_kind::io, "there is no merges.txt");
    }

    TEST_CASE("GGUF") {
        folder const f;
        std::string const bpe =
            gguf({text_pair("tokenizer.ggml.model", "gpt2"), text_pair("tokenizer.ggml.pre", "gpt-2"),
                  texts_pair("tokenizer.ggml.tokens", {"a", "b", "ab", "\xC4\xA0"}),
                  texts_pair("tokenizer.ggml.merges", {"a b", "x y"})});
        loaded_tokenizer const t = load_tokenizer(f.put("x", bpe));
        CHECK(t.format == "GGUF");
        CHECK(t.tokenizer.encode("ab a") == ids{2, 3, 0});
        REQUIRE(t.notes.size() == 1);
        CHECK(t.notes[0].find("1 merges") != std::string::npos);
        // An added token is text, even if it is a character of the byte alphabet (DeepSeek's U+00FC).
        auto const types = [](std::vector<std::uint32_t> const& all) {
            std::string out = text("tokenizer.ggml.token_type") + number(9, 4) + number(5, 4) + number(all.size(), 8);
            for (std::uint32_t const type : all) out += number(type, 4);
            return out;
        };
        std::string const added =
            gguf({text_pair("tokenizer.ggml.model", "gpt2"), text_pair("tokenizer.ggml.pre", "gpt-2"),
                  texts_pair("tokenizer.ggml.tokens", {"a", "b", "ab", "\xC3\xBC", "\xC3\xB6"}), types({1, 1, 1, 4, 1}),
                  texts_pair("tokenizer.ggml.merges", {"a b"})});
        any_tokenizer const umlauts = load_tokenizer(f.put("x", added)).tokenizer;
        CHECK(umlauts.encode("a\xC3\xBC"
                             "ab") == ids{0, 3, 2});
        CHECK(umlauts.decode(ids{0, 3, 2}) ==
              "a\xC3\xBC"
              "ab");
        CHECK(umlauts.decode(ids{4}) == "\xF6");  // a byte
        std::string const words =
            gguf({text_pair("tokenizer.ggml.model", "whitespace"), text_pair("tokenizer.ggml.pre", "whitespace"),
                  texts_pair("tokenizer.ggml.tokens", {"<unk>", "a", "b", "ab", "\xC3\xA9"}), types({2, 1, 1, 1, 1}),
                  texts_pair("tokenizer.ggml.merges", {"a b"}),
                  text("tokenizer.ggml.unknown_token_id") + number(4, 4) + number(0, 4),
                  text("tokenizer.ggml.normalizer.lowercase") + number(7, 4) + number(1, 1)});
        CHECK(load_tokenizer(f.put("x", words))
                  .tokenizer.encode(" AB\n\xE3\x80\x80"
                                    "a \xC3\x89x") == ids{3, 1, 4});
        std::string const bert =
            gguf({text_pair("tokenizer.ggml.model", "bert"),
                  texts_pair("tokenizer.ggml.tokens", {"[UNK]", "\xE2\x96\x81he", "llo", "\xE2\x96\x81!"}),
                  text("tokenizer.ggml.unknown_token_id") + number(4, 4) + number(0, 4),
                  text("tokenizer.ggml.add_bos_token") + number(7, 4) + number(0, 1),
                  text("tokenizer.ggml.add_sep_token") + number(7, 4) + number(0, 1)});
        any_tokenizer const words_of_bert = load_tokenizer(f.put("x", bert)).tokenizer;
        CHECK(words_of_bert.encode("Hello! x") == ids{1, 2, 3, 0});
        CHECK(words_of_bert.decode(ids{1, 2, 3, 0, 1}) == "hello![UNK] he");
        check_fails([&] { (void)write_tokenizer_json(words_of_bert); }, error_kind::unsupported,
                    "normalizer: llama.cpp");
        std::vector<std::string> notes;
        std::string const nearest = write_tokenizer_json(words_of_bert, &notes, conversion::nearest);
        REQUIRE(notes.size() == 2);
        CHECK(notes[0].find("ids differ on some texts") != std::string::npos);
        CHECK(nearest.find("\"BertNormalizer\"") != std::string::npos);
        CHECK(nearest.find("\"##llo\": 2") != std::string::npos);
        any_tokenizer const as_hugging_face = read_tokenizer_json(nearest);
        CHECK(as_hugging_face.encode("Hello! x") == ids{1, 2, 3, 0});
        CHECK(as_hugging_face.decode(ids{1, 2, 3, 0, 1}) == "hello! [UNK] he");
        // A spacing mark is none to BertNormalizer.
        CHECK(words_of_bert.encode("he\xE0\xA4\xBF") == ids{1});
        CHECK(as_hugging_face.encode("he\xE0\xA4\xBF") == ids{0});
        std::string const rwkv = gguf({text_pair("tokenizer.ggml.model", "rwkv"),
                                       texts_pair("tokenizer.ggml.tokens", {"<s>", "a", "\\xff", "aa"})});
        CHECK(load_tokenizer(f.put("x", rwkv)).tokenizer.encode("aaa\xFF") == ids{3, 1, 2});
        check_fails([&] { (void)load_tokenizer(f.put("x", bpe.substr(0, bpe.size() - 1))); }, error_kind::syntax,
                    "x: byte ");
        std::string const wide = "GGUF" + number(3, 4) + number(0, 8) + number(~std::uint64_t{0}, 8);
        check_fails([&] { (void)load_tokenizer(f.put("x", wide)); }, error_kind::syntax, "x: byte ");
    }

    TEST_CASE("what is no tokenizer") {
        folder const f;
        check_fails([&] { (void)load_tokenizer(f.put("x", "hello\n")); }, error_kind::unsupported,
                    "supported are GGUF, tokenizer.json, tekken.json");
        check_fails([&] { (void)load_tokenizer(f.put("x", "")); }, error_kind::unsupported, "not recognised");
        check_fails(
            [&] {
                (void)load_tokenizer(f.put("x",
                                           "\x0A\x03"
                                           "abc\x0A\x03"));
            },
            error_kind::unsupported, "not recognised");
        check_fails([&] { (void)load_tokenizer(f.put("x.json", std::string(100'000, '['))); }, error_kind::syntax,
                    "x.json:");
    }

    TEST_CASE("merges by rank are written as a list with one merge a token") {
        vocabulary_builder builder;
        for (token_id b = 0; b < 256; ++b) {
            char const byte = static_cast<char>(b);
            builder.add(b, {&byte, 1}, token_kind::byte);
        }
        // Each of the last three can be cut in two ways; "xyz" is taken whole only.
        token_id id = 256;
        for (std::string_view const token : {"aa", "ab", "ba", "aaa", "aba", "bab", "xyz"}) builder.add(id++, token);
        any_tokenizer const before(bpe_from_ranks(builder.build()));
        any_tokenizer const after = read_tokenizer_json(write_tokenizer_json(before));
        CHECK(bpe_of(before, "this test").merges().size() == 9);
        CHECK(bpe_of(after, "this test").merges().size() == 6);
        CHECK(after.encode("xyz").size() == 1);
        CHECK(after.encode("xyzx").size() == 4);
        support::random_source random(3);
        for (int i = 0; i < 500; ++i) {
            std::string const text = random.text(random.below(20), "abx");
            INFO(text);
            CHECK(after.encode(text) == before.encode(text));
        }
        // The list says all there is to say of the ranks.
        CHECK(detail::check_ranks(after).size() == 263);
        // Nothing is known of other units.
        vocabulary_builder few;
        id = 0;
        for (std::string_view const token : {"a", "aa", "aaa"}) few.add(id++, token);
        vocabulary const runs = few.build();
        any_tokenizer const characters(bpe_model(runs, merges_from_ranks(runs), {.unit = symbol_unit::code_point}));
        check_fails([&] { (void)write_tokenizer_json(characters); }, error_kind::unsupported, "byte-level");
    }
}

}  // namespace tokenizer_formats_test
