#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/io/gguf_file.hpp>

#include "hostile.hpp"

namespace gguf_file_test {

namespace {

using namespace tessera;
using hostile::check_fails;

/// Writes a GGUF file of any version.
class writer {
public:
    explicit writer(std::uint32_t version = 3) : version_(version) {}

    writer& raw(std::string_view key, std::uint32_t type, std::string_view value) {
        pairs_ += length(key.size()) + std::string(key) + little(type, 4) + std::string(value);
        ++n_;
        return *this;
    }
    writer& text(std::string_view key, std::string_view value) {
        return raw(key, 8, length(value.size()) + std::string(value));
    }
    writer& u32(std::string_view key, std::uint32_t value) { return raw(key, 4, little(value, 4)); }
    writer& flag(std::string_view key, bool value) { return raw(key, 7, little(value ? 1 : 0, 1)); }
    writer& array(std::string_view key, std::uint32_t type, std::uint64_t n, std::string_view values) {
        return raw(key, 9, little(type, 4) + length(n) + std::string(values));
    }
    writer& texts(std::string_view key, std::vector<std::string> const& values) {
        std::string all;
        for (std::string const& v : values) all += length(v.size()) + v;
        return array(key, 8, values.size(), all);
    }
    writer& floats(std::string_view key, std::vector<float> const& values) {
        std::string all;
        for (float const v : values) all += little(std::bit_cast<std::uint32_t>(v), 4);
        return array(key, 6, values.size(), all);
    }
    writer& ints(std::string_view key, std::vector<std::int32_t> const& values) {
        std::string all;
        for (std::int32_t const v : values) all += little(static_cast<std::uint32_t>(v), 4);
        return array(key, 5, values.size(), all);
    }

    [[nodiscard]] std::string length(std::uint64_t n) const { return little(n, version_ == 1 ? 4 : 8); }
    [[nodiscard]] std::string str(std::uint64_t n_pairs) const {
        return "GGUF" + little(version_, 4) + length(0) + length(n_pairs) + pairs_;
    }
    [[nodiscard]] std::string str() const { return str(n_); }

    static std::string little(std::uint64_t value, int n_bytes) {
        std::string out;
        for (int i = 0; i < n_bytes; ++i) out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
        return out;
    }

private:
    std::uint32_t version_;
    std::string pairs_;
    std::uint64_t n_ = 0;
};

constexpr char const* model_key = "tokenizer.ggml.model";
constexpr char const* tokens_key = "tokenizer.ggml.tokens";
constexpr char const* types_key = "tokenizer.ggml.token_type";
constexpr char const* merges_key = "tokenizer.ggml.merges";

writer llama(std::uint32_t version = 3) {
    writer w(version);
    w.text("general.architecture", "llama").text(model_key, "llama");
    w.texts(tokens_key, {"<unk>", "<s>", "</s>", "<0x0A>",
                         "\xE2\x96\x81"
                         "a",
                         "b"});
    w.floats("tokenizer.ggml.scores", {0, 0, 0, 0, -1, -2.5F}).ints(types_key, {2, 3, 3, 6, 1, 1});
    return w;
}
writer gpt2(std::string_view pre = "gpt-2") {
    writer w;
    w.text(model_key, "gpt2").text("tokenizer.ggml.pre", pre);
    w.texts(tokens_key, {"a", "b", "ab", "<|end|>"}).ints(types_key, {1, 1, 1, 3}).texts(merges_key, {"a b"});
    return w;
}

auto const read_one = [](std::string_view bytes) { return read_gguf(bytes); };
auto reading(std::string bytes) {
    return [bytes = std::move(bytes)] { (void)read_gguf(bytes); };
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("metadata, all types, all versions") {
        for (std::uint32_t const version : {1U, 2U, 3U}) {
            CAPTURE(version);
            writer w(version);
            w.raw("i8", 1, "\xFF")
                .raw("u16", 2, "\x01\x02")
                .raw("i64", 11, writer::little(7, 8))
                .raw("f64", 12, writer::little(0, 8));
            w.flag("yes", true).text("name", "x").ints("three", {1, -2, 3}).texts("words", {"a", "", "bc"}).u32("n", 9);
            std::string const bytes = w.str() + "tensors";
            gguf_metadata const data(bytes);
            CHECK(data.version() == version);
            CHECK(data.size() == 9);
            CHECK(data.n_bytes() == bytes.size() - 7);
            CHECK(data.find("none") == nullptr);
            CHECK_FALSE(data.find("i8")->unsigned_integer().has_value());
            CHECK(data.find("u16")->unsigned_integer() == 0x0201U);
            CHECK(data.find("i64")->unsigned_integer() == 7U);
            CHECK(data.find("yes")->boolean());
            CHECK(data.find("name")->string() == "x");
            CHECK(data.find("three")->int32_at(1) == -2);
            CHECK(data.find("three")->float_at(2) == 3.0F);
            std::vector<std::string> words;
            data.find("words")->for_each_string([&](std::string_view s) { words.emplace_back(s); });
            CHECK(words == std::vector<std::string>{"a", "", "bc"});
            check_fails([&] { (void)data.find("n")->string(); }, error_kind::syntax, "n: is not a string");
            check_fails([&] { (void)data.find("f64")->unsigned_integer(); }, error_kind::syntax,
                        "is not a whole number");
            check_fails([&] { (void)data.find("words")->int32_at(0); }, error_kind::syntax, "is not an array of whole");
            check_fails([&] { data.find("three")->for_each_string([](std::string_view) {}); }, error_kind::syntax,
                        "strings");
        }
    }

    TEST_CASE("sizes that overflow") {
        std::uint64_t const huge[] = {~std::uint64_t{0},      ~std::uint64_t{0} - 7,        std::uint64_t{1} << 63,
                                      std::uint64_t{1} << 62, (std::uint64_t{1} << 61) + 1, std::uint64_t{1} << 32};
        for (std::uint64_t const n : huge) {
            CAPTURE(n);
            for (std::uint32_t type = 0; type <= 12; ++type) {
                if (type == 9) continue;
                CAPTURE(type);
                check_fails(reading(writer().array("k", type, n, std::string(64, '\0')).str()), error_kind::syntax,
                            "byte");
            }
            check_fails(reading(writer().raw("k", 8, writer::little(n, 8) + "abc").str()),
                        n >= 1U << 30 ? error_kind::limit : error_kind::syntax, "byte");
            check_fails(reading(writer().str(n)), error_kind::syntax, "left");
            std::string key =
                "GGUF" + writer::little(3, 4) + writer::little(0, 8) + writer::little(1, 8) + writer::little(n, 8);
            check_fails(reading(key + "abc"), error_kind::limit, "byte 24");
        }
    }

    TEST_CASE("what is not metadata") {
        check_fails(reading(""), error_kind::syntax, "ends inside its header");
        check_fails(reading("GG"), error_kind::syntax, "ends inside its header");
        check_fails(reading("PK\x03\x04"), error_kind::syntax, "does not begin with GGUF");
        check_fails(reading("GGUF" + writer::little(0, 4) + std::string(16, '\0')), error_kind::unsupported,
                    "version 0");
        check_fails(reading("GGUF" + writer::little(4, 4) + std::string(16, '\0')), error_kind::unsupported,
                    "version 4");
        check_fails(reading("GGUF" + std::string("\0\0\0\x03", 4) + std::string(16, '\0')), error_kind::unsupported,
                    "big-endian");
        check_fails(reading(writer().raw("k", 13, "").str()), error_kind::syntax, "type 13 is unknown");
        check_fails(reading(writer().raw("", 7, "\x01").str()), error_kind::syntax, "a key is empty");
        check_fails(reading(writer().raw(std::string(70'000, 'k'), 7, "\x01").str()), error_kind::limit, "65,535");
        check_fails(reading(writer().u32("k", 1).u32("k", 1).str()), error_kind::syntax, "k: the key occurs twice");
        check_fails(reading(writer().array("k", 9, 1, writer::little(4, 4)).str()), error_kind::unsupported,
                    "array of arrays");
        check_fails(reading(writer().str()), error_kind::unsupported, "the file has no tokenizer");
        check_fails(reading(writer().text(model_key, "none").str()), error_kind::unsupported,
                    "the file has no tokenizer");
        check_fails(reading(writer().text(model_key, "plamo2").str()), error_kind::unsupported,
                    "\"plamo2\" is not supported");
    }

    TEST_CASE("llama") {
        for (std::uint32_t const version : {1U, 2U, 3U}) {
            gguf_vocabulary const v = read_gguf(llama(version).str());
            CHECK(v.model == gguf_model::llama);
            CHECK(v.architecture == "llama");
            REQUIRE(v.tokens.size() == 6);
            CHECK(v.tokens[4].text ==
                  "\xE2\x96\x81"
                  "a");
            CHECK(v.tokens[5].score == -2.5F);
            CHECK(v.tokens[3].type == gguf_token_type::byte);
            CHECK(v.bos == token_id{1});
            CHECK(v.eos == token_id{2});
            CHECK(v.unk == token_id{0});
            CHECK_FALSE(v.pad.has_value());
            CHECK(v.add_bos);
            CHECK_FALSE(v.add_eos);
            CHECK(v.add_space_prefix);
            CHECK(v.escape_whitespaces);
            CHECK(v.has_scores);
            CHECK(v.notes.empty());
        }
        gguf_vocabulary const v = read_gguf(llama()
                                                .flag("tokenizer.ggml.add_space_prefix", false)
                                                .flag("tokenizer.ggml.add_eos_token", true)
                                                .u32("tokenizer.ggml.bos_token_id", 5)
                                                .u32("tokenizer.ggml.padding_token_id", 0)
                                                .str());
        CHECK_FALSE(v.add_space_prefix);
        CHECK(v.add_eos);
        CHECK(v.bos == token_id{5});
        CHECK(v.pad == token_id{0});
    }

    TEST_CASE("gpt2 and its pretokenizers") {
        gguf_vocabulary const v = read_gguf(gpt2("llama-bpe").u32("tokenizer.ggml.bos_token_id", 3).str());
        CHECK(v.model == gguf_model::gpt2);
        REQUIRE(v.merges.size() == 1);
        CHECK(v.merges[0].left == "a");
        CHECK(v.merges[0].right == "b");
        CHECK(v.ignore_merges);
        CHECK(v.add_bos);
        CHECK(v.bos == token_id{3});
        CHECK_FALSE(v.eos.has_value());  // 11 by default, which this vocabulary does not have
        CHECK_FALSE(v.escape_whitespaces);
        check_fails(reading(gpt2("llama-bpe").str()), error_kind::bad_token,
                    "add_bos_token: it is true, but there is no such");
        check_fails(reading(gpt2("gpt-99").str()), error_kind::unsupported, "\"gpt-99\" is not known");
        gguf_vocabulary const unnamed =
            read_gguf(writer().text(model_key, "gpt2").texts(tokens_key, {"a"}).texts(merges_key, {}).str());
        CHECK(unnamed.notes.size() == 1);
        for (gguf_pretokenizer const& p : gguf_pretokenizers()) {
            CAPTURE(std::string(p.name));
            CHECK_FALSE(p.patterns.empty());
            CHECK(find_gguf_pretokenizer(p.name) == &p);
            for (std::string_view const pattern : p.patterns) CHECK(is_valid_utf8(pattern));
            CHECK(read_gguf(gpt2(p.name)
                                .u32("tokenizer.ggml.bos_token_id", 3)
                                .u32("tokenizer.ggml.seperator_token_id", 3)
                                .str())
                      .pre == p.name);
        }
        CHECK(find_gguf_pretokenizer("") == nullptr);
    }

    TEST_CASE("tokens whose names say what they are") {
        auto const types = [](writer w, std::vector<std::string> const& texts) {
            w.text("general.architecture", "x").texts(tokens_key, texts).texts(merges_key, {});
            std::vector<gguf_token_type> out;
            for (gguf_token const& t : read_gguf(w.str()).tokens) out.push_back(t.type);
            return out;
        };
        auto const start = [] {
            writer w;
            return w.text(model_key, "gpt2").text("tokenizer.ggml.pre", "gpt-2");
        };
        using enum gguf_token_type;
        using list = std::vector<gguf_token_type>;
        CHECK(types(start(), {"a", "</s>", "<|im_end|>", "</ s>"}) == list{normal, control, control, normal});
        CHECK(types(start(), {"<|message|>", "<|end|>"}) == list{user_defined, control});
        // gpt-oss, and Solar
        CHECK(types(start(), {"<|end|>", "<|return|>", "<|call|>"}) == list{user_defined, control, control});
        CHECK(types(start(), {"<|end|>", "<|flush|>", "<|calls|>"}) == list{user_defined, control, control});
        CHECK(types(start(), {"<|end|>", "<|return|>", "<|flush|>"}) == list{control, control, control});
        // Gemma 4, and PLaMo
        CHECK(types(start(), {"</s>", "<|tool_response>"}) == list{normal, control});
        CHECK(types(start().u32("tokenizer.ggml.eos_token_id", 1), {"</s>", "<|plamo:eos|>"}) == list{normal, normal});
        CHECK(types(start(), {"</s>", "<|plamo:eos|>"}) == list{control, normal});
        // the first of a kind, and none where the file names one
        CHECK(types(start(), {"<PRE>", "<fim_prefix>", "<SUF>"}) == list{control, normal, control});
        CHECK(types(start().u32("tokenizer.ggml.prefix_token_id", 1), {"<PRE>", "a", "<SUF>"}) ==
              list{normal, normal, control});
        // a note says how many differ from the file
        writer w = start();
        w.texts(tokens_key, {"</s>", "<eos>"}).ints(types_key, {3, 1}).texts(merges_key, {});
        CHECK(read_gguf(w.str()).notes ==
              std::vector<std::string>{"1 token has the type that llama.cpp takes from the name"});
    }

    TEST_CASE("whitespace") {
        writer w;
        w.text(model_key, "whitespace").text("tokenizer.ggml.pre", "whitespace");
        w.texts(tokens_key, {"a"}).texts(merges_key, {});
        gguf_vocabulary const v = read_gguf(w.str());
        CHECK(v.model == gguf_model::gpt2);
        CHECK(v.drop_whitespaces);
        CHECK_FALSE(v.lowercase);
        CHECK(read_gguf(w.flag("tokenizer.ggml.normalizer.lowercase", true).str()).lowercase);
    }

    TEST_CASE("merges") {
        for (std::string const bad : {"ab", "a ", " ", "", "a\xFF b"}) {
            CAPTURE(bad);
            check_fails(reading(writer()
                                    .text(model_key, "gpt2")
                                    .text("tokenizer.ggml.pre", "gpt-2")
                                    .texts(tokens_key, {"a"})
                                    .texts(merges_key, {"a b", bad})
                                    .str()),
                        error_kind::bad_merge, "tokenizer.ggml.merges[1]");
        }
        writer w;
        w.text(model_key, "gpt2").text("tokenizer.ggml.pre", "gpt-2").texts(tokens_key, {"a"});
        check_fails(reading(w.str()), error_kind::syntax, "merges: it is missing");
        writer kimi;
        kimi.text(model_key, "gpt2").text("tokenizer.ggml.pre", "kimi-k2").texts(tokens_key, {"a"});
        CHECK(read_gguf(kimi.str()).merges.empty());
        // gemma4 merges spaces, written as they are.
        writer gemma;
        gemma.text(model_key, "gemma4").texts(tokens_key, {"a", "  "}).texts(merges_key, {"  b"});
        gguf_vocabulary const v = read_gguf(gemma.u32("tokenizer.ggml.bos_token_id", 0).str());
        CHECK(v.merges[0].left == " ");
        CHECK(v.merges[0].right == "b");
        CHECK(v.add_bos);
    }

    TEST_CASE("bert, t5, rwkv") {
        writer bert;
        bert.text(model_key, "bert").texts(tokens_key, {"[CLS]", "[SEP]", "[UNK]"});
        bert.u32("tokenizer.ggml.cls_token_id", 0).u32("tokenizer.ggml.seperator_token_id", 1);
        gguf_vocabulary const b = read_gguf(bert.str());
        CHECK(b.bos == token_id{0});
        CHECK(b.sep == token_id{1});
        CHECK(b.lowercase);
        CHECK(b.strip_accents);
        CHECK_FALSE(read_gguf(bert.flag("tokenizer.ggml.normalizer.lowercase", false).str()).strip_accents);

        writer t5;
        t5.text(model_key, "t5")
            .texts(tokens_key, {"<pad>", "</s>", "<unk>"})
            .floats("tokenizer.ggml.scores", {0, 0, 0});
        writer with_map = t5;
        CHECK(read_gguf(t5.str()).add_eos);
        with_map.array("tokenizer.ggml.precompiled_charsmap", 0, 10, std::string("\4\0\0\0\0\0\0\0a\0", 10));
        CHECK(read_gguf(with_map.str()).precompiled_charsmap.size() == 10);
        for (std::string const& bad :
             {std::string("\4\0\0", 3), std::string("\xFF\xFF\xFF\xFF\0\0\0\0", 8), std::string("\4\0\0\0abcd", 8)}) {
            writer w = t5;
            w.array("tokenizer.ggml.precompiled_charsmap", 1, bad.size(), bad);
            check_fails(reading(w.str()), error_kind::syntax, "too short for the trie");
        }

        writer rwkv;
        rwkv.text(model_key, "rwkv").texts(tokens_key, {"<s>", "\\x00", "\\xff", "a\\n\\\\", "it's"});
        gguf_vocabulary const r = read_gguf(rwkv.str());
        CHECK(r.tokens[1].text == std::string(1, '\0'));
        CHECK(r.tokens[2].text == "\xFF");
        CHECK(r.tokens[3].text == "a\n\\");
        CHECK(r.tokens[4].text == "it's");
        for (std::string const bad : {"\\", "\\x1", "\\x-1", "\\q", "\\u0041"}) {
            CAPTURE(bad);
            check_fails(reading(writer().text(model_key, "rwkv").texts(tokens_key, {bad}).str()), error_kind::bad_token,
                        "tokens[0]");
        }
    }

    TEST_CASE("tokens") {
        auto const of = [](std::vector<std::string> const& tokens) {
            writer w;
            return w.text(model_key, "llama").texts(tokens_key, tokens);
        };
        check_fails(reading(writer().text(model_key, "llama").str()), error_kind::syntax, "tokens: it is missing");
        check_fails(reading(of({}).str()), error_kind::empty_input, "it is empty");
        check_fails(reading(of({"a", "b", "a"}).str()), error_kind::bad_token, "tokens[2]: \"a\" is token 0 already");
        check_fails(reading(of({"a", "\xFF"}).str()), error_kind::bad_token, "tokens[1]: \"\\xFF\" is not UTF-8");
        check_fails(reading(of({"a", "b", "c"}).floats("tokenizer.ggml.scores", {1, 2}).str()), error_kind::syntax,
                    "fewer");
        check_fails(reading(of({"a", "b", "c"}).ints(types_key, {1}).str()), error_kind::syntax, "fewer");
        check_fails(reading(of({"a"}).u32(types_key, 1).str()), error_kind::syntax, "fewer");
        check_fails(reading(of({"a"}).floats("tokenizer.ggml.scores", {std::numeric_limits<float>::quiet_NaN()}).str()),
                    error_kind::bad_token, "score");
        check_fails(reading(writer().text(model_key, "llama").ints(tokens_key, {1}).str()), error_kind::syntax,
                    "strings");
        check_fails(reading(writer().text(model_key, "llama").u32(tokens_key, 1).str()), error_kind::syntax, "strings");
        check_fails(reading(of({"a", "<0x-1>", "c"}).ints(types_key, {1, 6, 1}).str()), error_kind::bad_token,
                    "tokens[1]: it is a byte, but \"<0x-1>\"");
        // No text becomes them.
        gguf_vocabulary const v = read_gguf(of({"a", "<s>", "", ""}).ints(types_key, {77, -1, 1, 1}).str());
        CHECK(v.tokens[2].type == gguf_token_type::unused);
        CHECK(v.tokens[0].type == gguf_token_type::undefined);
        CHECK(v.tokens[1].type == gguf_token_type::undefined);
        // Ids that are none are not used, and said.
        gguf_vocabulary const ids = read_gguf(of({"a", "b"})
                                                  .raw("tokenizer.ggml.padding_token_id", 5, "\xFF\xFF\xFF\xFF")
                                                  .u32("tokenizer.ggml.eos_token_id", 0xFFFF'FFFFU)
                                                  .str());
        CHECK_FALSE(ids.pad.has_value());
        CHECK_FALSE(ids.eos.has_value());
        CHECK(ids.notes.size() == 2);
        check_fails(reading(of({"a", "b"}).text("tokenizer.ggml.eos_token_id", "1").str()), error_kind::syntax,
                    "whole number");
        check_fails(reading(of({"a", "b"}).u32("tokenizer.ggml.add_bos_token", 1).str()), error_kind::syntax,
                    "true or false");
        // 100 KB pieces.
        CHECK(read_gguf(of({"a", "b", std::string(100'000, 'c'), std::string(100'001, 'c')}).str()).tokens.size() == 4);
    }

    TEST_CASE("a file: tensors are not read") {
        auto const path = std::filesystem::temp_directory_path() / "tessera_gguf_test.gguf";
        std::vector<std::string> many{"<unk>", "<s>", "</s>"};
        for (int i = 0; i < 200'000; ++i) many.push_back("token" + std::to_string(i));
        writer w;
        w.text(model_key, "llama").texts(tokens_key, many);
        std::string const bytes = w.str();
        CHECK(bytes.size() > 3U << 20);
        auto const write = [&](std::string const& content) { std::ofstream(path, std::ios::binary) << content; };
        write(bytes + std::string(1000, 't'));
        CHECK(read_gguf_file(path).tokens.size() == 200'003);
        check_fails([&] { (void)read_gguf_file(path, 1 << 20); }, error_kind::limit, path.string());
        write(bytes.substr(0, bytes.size() - 1));
        check_fails([&] { (void)read_gguf_file(path); }, error_kind::syntax, path.string() + ": byte");
        write("");
        check_fails([&] { (void)read_gguf_file(path); }, error_kind::syntax, "header");
        std::filesystem::remove(path);
        check_fails([&] { (void)read_gguf_file(path); }, error_kind::io, path.string());
    }

    TEST_CASE("hostile files") {
        hostile::run(llama().u32("tokenizer.ggml.bos_token_id", 1).flag("tokenizer.ggml.add_bos_token", true).str(),
                     read_one);
        hostile::run(llama(1).str(), read_one);
        hostile::run(gpt2().str(), read_one);
    }
}

}  // namespace gguf_file_test
