// Reading and writing tokenizer.json. Expected ids are those of Hugging Face's tokenizers 0.23.3 for the same file.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/io/tokenizer_json.hpp>
#include <tessera/pattern/icu_pattern.hpp>

namespace tokenizer_json_test {

namespace {

using namespace tessera;
using ids = std::vector<token_id>;

/// A small tokenizer.json, and one whose named parts are replaced.
struct file {
    std::string added = "[]";
    std::string normalizer = "null";
    std::string pre_tokenizer =
        R"({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true})";
    std::string post_processor = "null";
    std::string decoder = R"({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true})";
    std::string options = R"("type": "BPE", )";
    std::string vocab = R"({"a": 0, "b": 1, "ab": 2, "\u0120": 3})";
    std::string merges = R"(["a b"])";

    [[nodiscard]] std::string text() const {
        return R"({"version": "1.0", "truncation": null, "padding": null, "added_tokens": )" + added +
               ", \"normalizer\": " + normalizer + ", \"pre_tokenizer\": " + pre_tokenizer +
               ", \"post_processor\": " + post_processor + ", \"decoder\": " + decoder + ", \"model\": {" + options +
               "\"vocab\": " + vocab + ", \"merges\": " + merges + "}}";
    }
    [[nodiscard]] any_tokenizer read() const { return read_tokenizer_json(text()); }
};

std::string added(int id, std::string const& content,
                  std::string const& rest = R"("special": true, "normalized": false)") {
    return "{\"id\": " + std::to_string(id) + ", \"content\": \"" + content + "\", " + rest + "}";
}

struct failure {
    error_kind kind;
    std::string what;
};

failure fails(std::string const& json) {
    try {
        (void)read_tokenizer_json(json);
    } catch (error const& e) {
        return {e.kind(), e.what()};
    }
    return {error_kind::io, "no error"};
}

void check_fails(std::string const& json, error_kind kind, std::string const& part) {
    failure const f = fails(json);
    CAPTURE(f.what);
    CHECK(f.kind == kind);
    CHECK(f.what.find(part) != std::string::npos);
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("a byte-level file") {
        any_tokenizer const t = file{}.read();
        CHECK(t.encode("ab ba") == ids{2, 3, 1, 0});
        CHECK(t.decode(ids{2, 3, 1}) == "ab b");
        CHECK(t.vocab().bytes(3) == " ");
        CHECK(t.vocab().kind(3) == token_kind::byte);
        CHECK(t.pretokenizer().name() == "gpt2");
    }

    TEST_CASE("merges as pairs, and a model without a type") {
        file f;
        f.merges = R"([["a", "b"]])";
        f.options = "";
        CHECK(f.read().encode("ab") == ids{2});
    }

    TEST_CASE("of a merge that occurs twice the later place counts") {
        file f;
        f.vocab = R"({"a": 0, "b": 1, "c": 2, "ab": 3, "bc": 4})";
        f.merges = R"(["a b", "b c"])";
        CHECK(f.read().encode("abc") == ids{3, 2});
        f.merges = R"(["a b", "b c", "a b"])";
        CHECK(f.read().encode("abc") == ids{0, 4});
    }

    TEST_CASE("ignore_merges takes whole pretokens") {
        file f;
        f.vocab = R"({"a": 0, "b": 1, "aba": 2})";
        f.merges = "[]";
        CHECK(f.read().encode("aba") == ids{0, 1, 0});
        f.options += R"("ignore_merges": true, )";
        CHECK(f.read().encode("aba") == ids{2});
    }

    TEST_CASE("unknown symbols are dropped, or become unk_token, or one for a run") {
        file f;
        f.vocab = R"({"a": 0, "b": 1, "ab": 2, "<unk>": 3})";
        CHECK(f.read().encode("accb") == ids{2});  // what is left are neighbours
        f.options = R"("type": "BPE", "unk_token": "<unk>", )";
        CHECK(f.read().encode("accb") == ids{0, 3, 3, 1});
        f.options += R"("fuse_unk": true, )";
        CHECK(f.read().encode("accb") == ids{0, 3, 1});
        f.options =
            R"("unk_token": "zz", )";  // not in the vocabulary: an error at the first unknown symbol in Hugging Face's
        CHECK(f.read().encode("accb") == ids{2});
    }

    TEST_CASE("add_prefix_space holds for each stretch between added tokens") {
        file f;
        f.pre_tokenizer = R"({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true})";
        f.added = "[" + added(4, "<x>", R"("special": true, "normalized": true)") + "]";
        any_tokenizer const t = f.read();
        CHECK(t.encode("ab<x>ab<x> ab") == ids{3, 2, 4, 3, 2, 4, 3, 2});
        CHECK(t.encode("").empty());
        CHECK(!t.pretokenizer().is_in_place());
        f.pre_tokenizer = R"({"type": "ByteLevel", "add_prefix_space": true})";
        check_fails(f.text(), error_kind::syntax, "pre_tokenizer.trim_offsets: it is missing");
    }

    TEST_CASE("an added token that a normalizer writes as bytes decodes to itself") {
        file f;
        f.vocab = R"({"\u00e9": 0, "z": 1})";
        f.merges = "[]";
        for (std::string const normalized : {"true", "false"}) {
            f.added = "[" + added(0, "\\u00e9", R"("special": false, "normalized": )" + normalized) + "]";
            f.normalizer = "null";
            CHECK(f.read().decode(ids{0, 1}) == "\xE9z");  // the library shows the byte as U+FFFD
            f.normalizer = R"({"type": "ByteLevel"})";
            CHECK(f.read().decode(ids{0, 1}) == (normalized == "true" ? "\xC3\xA9z" : "\xE9z"));
        }
    }

    TEST_CASE("without a ByteLevel the symbols are characters") {
        file f;
        f.pre_tokenizer = R"({"type": "Whitespace"})";
        f.decoder = "null";
        f.vocab = R"({"\u00e9": 0, "b": 1, "\u00e9b": 2})";
        f.merges = R"([["\u00e9", "b"]])";
        any_tokenizer const t = f.read();
        CHECK(t.encode("\xC3\xA9"
                       "b b") == ids{2, 1});
        CHECK(t.vocab().bytes(2) ==
              " \xC3\xA9"
              "b");  // without a decoder tokens are joined by spaces
        f.pre_tokenizer = "null";
        CHECK(f.read().encode("b \xC3\xA9") == ids{1, 0});
    }

    TEST_CASE("a Split with a known regular expression") {
        file f;
        f.pre_tokenizer =
            R"j({"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": )j"
            R"j("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}, )j"
            R"j("behavior": "Isolated", "invert": false}, {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]})j";
        CHECK(f.read().pretokenizer().name() == "llama3");
    }

    TEST_CASE("normalizers") {
        file f;
        f.normalizer = R"({"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "NFKC"}]})";
        CHECK(f.read().normalizer().name() == "NFD+NFKC");
        f.normalizer = R"({"type": "NFC"})";
        CHECK(f.read().normalizer().name() == "NFC");
        f.normalizer = R"({"type": "Sequence", "normalizers": []})";
        CHECK(f.read().normalizer().is_identity());
    }

    TEST_CASE("added tokens") {
        file f;
        f.added = "[" + added(2, "ab") + ", " + added(4, "<x>", R"("special": false)") + "]";
        any_tokenizer const t = f.read();
        CHECK(t.vocab().size() == 5);
        CHECK(t.vocab().kind(2) == token_kind::control);
        CHECK(t.vocab().kind(4) == token_kind::normal);
        CHECK(t.vocab().find("<x>") == no_token);
        CHECK(t.specials().tokens()[1].normalized);  // the default of a token that is not special
        CHECK(t.encode("a<x>b") == ids{0, 4, 1});
        f.added = "[" + added(1, "ab") + "]";  // of a token of the vocabulary the id there counts
        CHECK(f.read().encode("ab") == ids{2});
        f.added = "[" + added(4, "<x>", R"("lstrip": true)") + ", " + added(5, "<x>") + "]";  // the last one counts
        CHECK(f.read().specials().tokens().size() == 1);
        CHECK(f.read().encode("a <x>") == ids{0, 3, 4});
        f.vocab = R"({"a": 0, "b": 1, "ab": 2, "\u0120": 4})";  // a gap: 4 tokens, and id 4 is taken
        f.added = "[" + added(4, "<x>") + "]";
        check_fails(f.text(), error_kind::bad_token, "its id 4 is given to a token of the vocabulary");
        f.added = "[" + added(3, "<x>") + "]";
        CHECK(f.read().encode("<x>") == ids{3});
    }

    TEST_CASE("added tokens that begin and end alike, half of them looked for in normalized text") {
        std::vector<std::string> contents;
        for (std::size_t n = 2; n <= 40; ++n) {
            contents.emplace_back(n, ' ');
            std::string newlines;
            for (std::size_t i = 0; i < n; ++i) newlines += "\\n";
            contents.push_back(newlines);
        }
        for (int year = 1995; year <= 2005; ++year) contents.push_back(std::to_string(year));
        for (std::size_t n = 1; n <= 12; ++n) contents.push_back(std::string(n, 'a') + "b");
        for (char const* const content : {"a", "(a)", "1.", " class=", "ba"}) contents.emplace_back(content);
        file f;
        f.pre_tokenizer = "null";
        f.decoder = "null";
        f.options = R"("type": "WordLevel", "unk_token": "<unk>", )";
        f.vocab = R"({"<unk>": 0})";
        f.added = "[";
        for (std::size_t i = 0; i < contents.size(); ++i) {
            std::string const rest =
                std::string(R"("special": false, "normalized": )") + (i % 2 == 1 ? "true" : "false");
            f.added += (i == 0 ? "" : ", ") + added(static_cast<int>(i) + 1, contents[i], rest);
        }
        f.added += "]";
        any_tokenizer const t = f.read();
        CHECK(t.encode(std::string(95, ' ') + "x" + std::string(41, '\n') + "  class= 2001.(a)") ==
              ids{77, 77, 27, 0, 78, 0, 1, 0, 102, 0, 85, 0, 103});
        ids letters(18, 102);
        letters.push_back(101);
        letters.insert(letters.end(), 9, 102);
        letters.insert(letters.end(), {0, 91, 91, 91, 106, 0});
        CHECK(t.encode(std::string(30, 'a') + "b" + std::string(9, 'a') + "caabaabaabbab") == letters);
        CHECK(t.encode("1999 12004 1.1.19951995(A)   \n \n\n") == ids{83, 0, 88, 0, 104, 104, 79, 79, 0, 3, 0, 2});
    }

    TEST_CASE("a note where Hugging Face's library numbers an added token otherwise") {
        file f;
        std::vector<std::string> notes;
        f.added = "[" + added(4, "<x>") + "]";
        (void)read_tokenizer_json(f.text(), &notes);
        CHECK(notes.empty());
        f.added = "[" + added(9, "<x>") + "]";
        CHECK(read_tokenizer_json(f.text(), &notes).encode("<x>") == ids{4});
        REQUIRE(notes.size() == 1);
        CHECK(notes[0].find("has id 4, as in Hugging Face's library, not 9") != std::string::npos);
    }

    TEST_CASE("a token that is not of the byte alphabet is never made from text") {
        file f;
        f.vocab = R"({"a": 0, "b": 1, "<|im start|>": 2, "a b": 3})";
        f.merges = "[]";
        f.options += R"("ignore_merges": true, )";
        any_tokenizer const t = f.read();
        CHECK(t.vocab().bytes(3) == "a b");
        CHECK(t.vocab().find("a b") == no_token);
    }

    TEST_CASE("the ByteLevel decoder reads added tokens as bytes too, if it can") {
        file f;
        f.vocab = R"({"a": 0, "\u0120\u0120": 1})";
        f.merges = "[]";
        f.added = "[" + added(1, "\\u0120\\u0120") + ", " + added(2, "\\u010d") + ", " + added(3, "\\u010d ") + "]";
        any_tokenizer const t = f.read();
        CHECK(t.encode("\xC4\xA0\xC4\xA0\xC4\x8D") == ids{1, 2});  // found by their own letters
        CHECK(t.decode(ids{1, 2, 3}) == "  \r\xC4\x8D ");
    }

    TEST_CASE("post-processors become a frame") {
        file f;
        f.added = "[" + added(4, "<s>") + ", " + added(5, "</s>") + "]";
        f.post_processor = R"({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}], "pair": [],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [4], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [5], "tokens": ["</s>"]}}})";
        CHECK(f.read().post_processor().frame() == id_frame{{4}, {5}});
        f.post_processor =
            R"({"type": "RobertaProcessing", "sep": ["</s>", 5], "cls": ["<s>", 4], "trim_offsets": true, "add_prefix_space": true})";
        CHECK(f.read().post_processor().frame() == id_frame{{4}, {5}});
        f.post_processor =
            R"({"type": "Sequence", "processors": [{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true}, )" +
            f.post_processor + "]}";
        CHECK(f.read().post_processor().frame() == id_frame{{4}, {5}});
        f.post_processor = R"({"type": "BertProcessing", "sep": ["</s>", 77], "cls": ["<s>", 4]})";
        check_fails(f.text(), error_kind::bad_token, "post_processor: token id 77 is not in the vocabulary");
    }

    TEST_CASE("what is not supported is named with its place") {
        auto const refused = [](auto change, std::string const& part) {
            file f;
            change(f);
            check_fails(f.text(), error_kind::unsupported, part);
        };
        refused([](file& f) { f.options = R"("type": "Foo", )"; },
                "model.type: \"Foo\" is not supported; the supported models are BPE, Unigram, WordPiece and WordLevel");
        refused([](file& f) { f.options = R"("dropout": 0.1, )"; }, "model.dropout: dropout is not supported");
        refused([](file& f) { f.normalizer = R"({"type": "Foo"})"; },
                "normalizer.type: there is no normalizer \"Foo\"; supported are NFC");
        refused([](file& f) { f.decoder = R"({"type": "Foo"})"; }, "decoder.type: there is no decoder \"Foo\"");
        refused([](file& f) { f.post_processor = R"({"type": "Foo"})"; },
                "post_processor.type: there is no post-processor \"Foo\"");
        refused([](file& f) { f.pre_tokenizer = R"({"type": "Sequence", "pretokenizers": [{"type": "Foo"}]})"; },
                "pre_tokenizer.pretokenizers[0].type: there is no pre-tokenizer \"Foo\"");
        refused(
            [](file& f) {
                f.pre_tokenizer =
                    R"({"type": "Split", "pattern": {"String": " "}, "behavior": "Foo", "invert": false})";
            },
            "pre_tokenizer.behavior: \"Foo\" is not known here; the known ones are Removed, Isolated");
    }

    TEST_CASE("components that are lists, patterns of all kinds, and an unknown token that is none") {
        file f;
        f.pre_tokenizer = R"j({"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": "b+"}, "behavior": "Removed", "invert": false},
            {"type": "Split", "pattern": {"String": "a"}, "behavior": "MergedWithPrevious", "invert": false},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]})j";
        CHECK(f.read().encode("abba a") == ids{0, 0, 3, 0});
        f.pre_tokenizer = R"({"type": "WhitespaceSplit"})";
        f.decoder = "null";
        f.options = R"("type": "BPE", "unk_token": "?", )";
        std::vector<std::string> notes;
        any_tokenizer const t = read_tokenizer_json(f.text(), &notes);
        CHECK(t.encode("ab xa") == ids{2, 0});
        CHECK(t.decode(ids{2, 0}) == "ab a");  // without a decoder, tokens are joined by spaces
        REQUIRE(notes.size() == 1);
        CHECK(notes[0].find("unk_token \"?\" is not in the vocabulary") != std::string::npos);
    }

    TEST_CASE("the other models") {
        file f;
        f.pre_tokenizer = R"({"type": "BertPreTokenizer"})";
        f.normalizer =
            R"({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true})";
        f.decoder = R"({"type": "WordPiece", "prefix": "##", "cleanup": true})";
        f.options = R"("type": "WordPiece", "unk_token": "?", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 4, )";
        f.vocab = R"({"?": 0, "a": 1, "##b": 2, "bb": 3, ",": 4})";
        any_tokenizer const wordpiece = f.read();
        CHECK(wordpiece.encode("A\xCC\x81"
                               "b, BB ca aaaaa") == ids{1, 2, 4, 3, 0, 0});
        CHECK(wordpiece.decode(ids{1, 2, 4, 3}) == "ab, bb");
        CHECK(wordpiece.vocab().bytes(2) == "b");
        CHECK(wordpiece.vocab().bytes(3) == " bb");

        f.options = R"("type": "WordLevel", "unk_token": "?", )";
        CHECK(f.read().encode("a bb ab") == ids{1, 3, 0});

        f.normalizer = f.pre_tokenizer = "null";
        f.decoder = R"({"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true})";
        f.pre_tokenizer = f.decoder;
        f.options = R"("type": "Unigram", "unk_id": 0, )";
        f.vocab = R"([["?", 0.0], ["\u2581", -2.0], ["a", -1.5], ["b", -1.5], ["ab", -2.0], ["\u2581a", -3]])";
        any_tokenizer const unigram = f.read();
        CHECK(unigram.encode("ab xa") == ids{1, 4, 1, 0, 2});
        CHECK(unigram.decode(ids{1, 4, 5}) == "ab a");
        CHECK(unigram.vocab().find(" a") == 5);
    }

    TEST_CASE("an empty token") {
        file f;
        f.options = R"("type": "WordLevel", "unk_token": "a", )";
        f.vocab = R"({"a": 0, "": 1, "b": 2})";
        f.pre_tokenizer = "null";
        any_tokenizer const t = f.read();
        CHECK(t.encode("b") == ids{2});
        CHECK(t.decode(ids{0, 1, 2}) == "ab");
        CHECK(t.vocab().bytes(1).empty());
        CHECK(t.vocab().find("") == no_token);
    }

    TEST_CASE("bad tokens and merges") {
        auto const bad = [](auto change, error_kind kind, std::string const& part) {
            file f;
            change(f);
            check_fails(f.text(), kind, part);
        };
        bad([](file& f) { f.merges = R"(["a b", "b a"])"; }, error_kind::bad_merge,
            "model.merges[1]: of the merge of \"b\" and \"a\", the result \"ba\" is not in the vocabulary");
        bad([](file& f) { f.merges = R"([["a", "q"]])"; }, error_kind::bad_merge,
            "model.merges[0]: of the merge of \"a\" and \"q\", \"q\" is not");
        bad([](file& f) { f.merges = R"(["a  b"])"; }, error_kind::bad_merge,
            "model.merges[0]: \"a  b\" is not two tokens with one space");
        bad([](file& f) { f.merges = R"([["a"]])"; }, error_kind::bad_merge, "model.merges[0]: expected two strings");
        bad([](file& f) { f.merges = "[7]"; }, error_kind::syntax,
            "model.merges[0]: expected a string or two strings, found a whole number");
        bad([](file& f) { f.merges = "{}"; }, error_kind::syntax, "model.merges: expected an array, found an object");
        bad([](file& f) { f.vocab = R"({"a": 0, "b": 1, "a": 2})"; }, error_kind::bad_token,
            "model.vocab[\"a\"]: \"a\" is there twice, with ids 0 and 2");
        bad([](file& f) { f.vocab = R"({"a": 0, "b": 0, "ab": 2})"; }, error_kind::bad_token,
            "model.vocab: token id 0: the id is given to two tokens");
        bad([](file& f) { f.vocab = R"({"a": -1})"; }, error_kind::syntax,
            "model.vocab[\"a\"]: expected a whole number from 0, found -1");
        bad([](file& f) { f.vocab = R"({"a": 1.5})"; }, error_kind::syntax, "found a fraction");
        bad([](file& f) { f.vocab = R"({"a": "x"})"; }, error_kind::syntax, "found a string");
        bad([](file& f) { f.vocab = R"({"a": 1099511627776})"; }, error_kind::bad_token,
            "model.vocab[\"a\"]: token id 1099511627776 is larger than 16777215");
        bad([](file& f) { f.vocab = R"({"a": 16777215, "b": 1, "ab": 2})"; }, error_kind::bad_token, "too wide a gap");
        bad(
            [](file& f) {
                f.vocab = "{}";
                f.merges = "[]";
            },
            error_kind::empty_input, "model.vocab: the vocabulary is empty");
        bad([](file& f) { f.added = R"([{"id": 4}])"; }, error_kind::syntax, "added_tokens[0].content: it is missing");
        bad([](file& f) { f.added = R"([{"id": 4, "id": 5, "content": "x"}])"; }, error_kind::syntax,
            "added_tokens[0].id: the key occurs twice");
    }

    TEST_CASE("syntax errors carry line and column") {
        check_fails("", error_kind::syntax, "1:1: it is not JSON: the text ends too early");
        check_fails("{\n  \"a\": 1,\n  oops\n}", error_kind::syntax, "3:3: it is not JSON: expected a key in quotes");
        check_fails("{\"a\": \"\\ud800\"}", error_kind::syntax,
                    "1:8: it is not JSON: half of a surrogate pair stands alone");
        check_fails("{\"a\": \"\xFF\"}", error_kind::syntax, "1:8: it is not JSON: a byte is not UTF-8");
        check_fails(std::string("{\"a\": \"\0\"}", 10), error_kind::syntax, "1:8: it is not JSON: a control character");
        check_fails("{\"a\": 01}", error_kind::syntax, "a number begins with 0");
        check_fails("{\"a\": 99999999999999999999}", error_kind::syntax, "the number is too large");
        check_fails("{} {}", error_kind::syntax, "1:4: it is not JSON: the text goes on after its end");
        check_fails("[]", error_kind::syntax, "expected an object, found an array");
        check_fails("{}", error_kind::unsupported, "this is not a tokenizer.json");
    }

    TEST_CASE("components without a type, as tokenizers 0.23.3 takes them") {
        auto const read = [](std::string normalizer, std::string decoder, std::string post_processor) {
            file f;
            f.added = "[" + added(4, "<s>") + "]";
            f.normalizer = std::move(normalizer);
            f.decoder = std::move(decoder);
            f.post_processor = std::move(post_processor);
            return f.read();
        };
        std::string const bytes = file().decoder;
        auto const same = [&](char const* untyped, char const* typed) {
            CAPTURE(untyped);
            CHECK(read(untyped, bytes, "null").normalizer() == read(typed, bytes, "null").normalizer());
        };
        same(R"({"strip_left": true, "strip_right": false})",
             R"({"type": "Strip", "strip_left": true, "strip_right": false})");
        same(R"({"type": null, "prepend": "x", "unknown": 1})", R"({"type": "Prepend", "prepend": "x"})");
        same(R"({"prepend": "x", "pattern": {"String": "a"}, "content": "b"})",
             R"({"type": "Replace", "pattern": {"String": "a"}, "content": "b"})");
        same(R"({"normalizers": [{"prepend": "x"}], "content": "b"})", R"({"type": "Prepend", "prepend": "x"})");
        same(
            R"({"strip_left": true, "strip_right": true, "clean_text": true, "handle_chinese_chars": true, "lowercase": false})",
            R"({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": false})");

        auto const same_decoder = [&](char const* untyped, char const* typed) {
            CAPTURE(untyped);
            CHECK(read("null", untyped, "null").decoder().steps() == read("null", typed, "null").decoder().steps());
        };
        same_decoder(R"({"suffix": "</w>", "prefix": "##", "cleanup": true})",
                     R"({"type": "BPEDecoder", "suffix": "</w>"})");
        same_decoder(R"({"prefix": "##", "cleanup": true})",
                     R"({"type": "WordPiece", "prefix": "##", "cleanup": true})");
        same_decoder(R"({"type": "Sequence", "decoders": [{"content": "a", "start": 1, "stop": 0}]})",
                     R"({"type": "Strip", "content": "a", "start": 1, "stop": 0})");

        auto const same_processor = [&](char const* untyped, char const* typed) {
            CAPTURE(untyped);
            CHECK(read("null", bytes, untyped).post_processor() == read("null", bytes, typed).post_processor());
        };
        same_processor(R"({"sep": ["<s>", 4], "cls": ["<s>", 4], "trim_offsets": true})",
                       R"({"type": "BertProcessing", "sep": ["<s>", 4], "cls": ["<s>", 4]})");
        same_processor(
            R"({"sep": ["<s>", 4], "cls": ["<s>", 4], "trim_offsets": true, "add_prefix_space": false})",
            R"({"type": "RobertaProcessing", "sep": ["<s>", 4], "cls": ["<s>", 4], "trim_offsets": true, "add_prefix_space": false})");

        for (char const* none : {"{}", R"({"strip_left": true})", R"({"precompiled_charsmap": "AAAA"})"}) {
            CAPTURE(none);
            try {
                (void)read(none, bytes, "null");
                FAIL("it is read");
            } catch (error const& e) {
                CHECK(e.kind() == error_kind::unsupported);
                CHECK(std::string_view(e.what()).find(
                          "normalizer.type: it is missing, and the fields fit no normalizer") !=
                      std::string_view::npos);
            }
        }
        CHECK_THROWS_AS((void)read("null", R"({"decoders": []})", "null"), error);
    }

    TEST_CASE("writing and reading gives the same tokenizer") {
        file f;
        f.vocab = R"({"a": 0, "b": 1, "ab": 2, "\u0120": 3, "<|x y|>": 6, "\u0120ab": 5})";
        f.merges = R"(["a b", "\u0120 ab"])";
        f.normalizer = R"({"type": "NFC"})";
        f.added = "[" + added(4, "<s>") + ", " +
                  added(7, "\\u00e9 \\\"q\\\"", R"("special": false, "lstrip": true, "single_word": true)") + "]";
        f.post_processor = R"({"type": "BertProcessing", "sep": ["</s>", 4], "cls": ["<s>", 4]})";
        any_tokenizer const t = f.read();
        std::string const written = write_tokenizer_json(t);
        any_tokenizer const again = read_tokenizer_json(written);
        CHECK(write_tokenizer_json(again) == written);
        CHECK(again.vocab().size() == t.vocab().size());
        auto const merges = bpe_of(t, "this test").merges();
        auto const read_again = bpe_of(again, "this test").merges();
        CHECK(std::equal(read_again.begin(), read_again.end(), merges.begin(), merges.end()));
        CHECK(again.specials().tokens() == t.specials().tokens());
        CHECK(again.normalizer() == t.normalizer());
        CHECK(again.pretokenizer() == t.pretokenizer());
        CHECK(again.post_processor() == t.post_processor());
        CHECK(again.encode("ab ab <s>") == t.encode("ab ab <s>"));
        CHECK(written.find("\"version\": \"1.0\"") != std::string::npos);
    }

    TEST_CASE("every pretokenizer survives writing and reading") {
        for (std::string_view const name : any_pretokenizer::names()) {
            CAPTURE(std::string(name));
            file const f;
            any_tokenizer const parsed = f.read();
            for (symbol_unit const unit : {symbol_unit::byte, symbol_unit::code_point}) {
                auto const merges = bpe_of(parsed, "this test").merges();
                bpe_model model(parsed.vocab(), {merges.begin(), merges.end()}, {.unit = unit});
                any_tokenizer const t(std::move(model), any_pretokenizer::by_name(name, &icu_pattern::make));
                if (name.starts_with("script-aware")) {  // the format has no such component
                    CHECK_THROWS_AS((void)write_tokenizer_json(t), error);
                    continue;
                }
                any_tokenizer const again = read_tokenizer_json(write_tokenizer_json(t));
                CHECK(again.pretokenizer().name() == t.pretokenizer().name());
                CHECK(bpe_of(again, "this test").options().unit == unit);
                CHECK(again.decode(ids{2, 3}) == "ab ");
            }
        }
    }
}

TEST_SUITE("property") {
    TEST_CASE("a file cut anywhere, or with any byte changed, is refused or read, never worse") {
        file f;
        f.added = "[" + added(4, "<s>") + "]";
        std::string const whole = f.text();
        for (std::size_t cut = 0; cut < whole.size(); ++cut) {
            CHECK(fails(whole.substr(0, cut)).kind == error_kind::syntax);
        }
        for (std::size_t at = 0; at < whole.size(); ++at) {
            for (char const c : {'"', '{', '}', '[', ']', ',', '9', '-', '\\', '\0', '\xFF'}) {
                std::string changed = whole;
                changed[at] = c;
                (void)fails(changed);
            }
        }
    }

    TEST_CASE("the checker of syntax agrees with the parser") {
        file f;
        std::string const whole = f.text();
        simdjson::dom::parser parser;
        for (std::size_t at = 0; at < whole.size(); ++at) {
            for (char const c : {'"', '{', '}', '[', ']', ',', ':', '9', '-', '.', 'e', '\\', 'u', '\n', '\xC3'}) {
                std::string changed = whole;
                changed[at] = c;
                CAPTURE(changed);
                bool const parsed = parser.parse(changed).error() == simdjson::SUCCESS;
                CHECK(find_json_fault(changed).message.empty() == parsed);
            }
        }
    }

    TEST_CASE("deep nesting and long lists do not exhaust anything") {
        for (std::string const open : {"[", "{\"a\":"}) {
            std::string deep;
            for (int i = 0; i < 100'000; ++i) deep += open;
            check_fails(deep, error_kind::syntax, "nested too deep");
        }
        file f;
        f.pre_tokenizer = R"({"type": "Whitespace"})";
        for (int i = 0; i < 300; ++i)
            f.pre_tokenizer = R"({"type": "Sequence", "pretokenizers": [)" + f.pre_tokenizer + "]}";
        check_fails(f.text(), error_kind::limit, "nested too deep");
        f = {};
        f.normalizer = R"({"type": "Sequence", "normalizers": [)";
        for (int i = 0; i < 10'000; ++i) f.normalizer += R"({"type": "NFC"}, )";
        f.normalizer += R"({"type": "NFC"}]})";
        check_fails(f.text(), error_kind::limit, "normalizer.normalizers: more than 64 components");
    }
}

}  // namespace tokenizer_json_test
