// Twice the text takes about twice the time, whatever the text and the tokenizer: for every tokenizer of data/, small
// ones of every component, and those of TESSERA_SHARED_DATA if it is set. A text of one letter a million times is where
// engines that are quadratic show it.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <tessera/core/special_tokens.hpp>
#include <tessera/io/read_tokenizer_json.hpp>
#include <tessera/io/sentencepiece_tokenizer.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include <tessera/model/greedy_model.hpp>
#include <tessera/model/wordpiece_model.hpp>
#include "support.hpp"

namespace {

using namespace tessera;
namespace fs = std::filesystem;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool is_slow = true;
#elif defined(__has_feature)
constexpr bool is_slow = __has_feature(address_sanitizer);
#else
constexpr bool is_slow = false;
#endif

// A text of 16 KB that is encoded again and again is in the nearest cache with all that its pretokens lead to, and the
// processor foresees each branch: there a byte costs half of what it does in any text.
constexpr std::size_t smallest = is_slow ? 1U << 14 : 1U << 16;
// With a sanitizer, too short for a ratio: what counts then is what it sees in long texts, once.
constexpr std::size_t million = is_slow ? 1U << 16 : 1U << 20;
constexpr std::size_t half = is_slow ? 1U << 16 : 1U << 19;
std::size_t const long_size = std::getenv("TESSERA_LONG") != nullptr ? million : half;
constexpr double least_seconds = 2e-3;  // below this a ratio says nothing
constexpr double allowed = 2.5;         // n log n is 2.1, and more where the next cache begins; n^2 is 4
constexpr int tries = 40;

/// What is repeated until a text is long enough.
std::vector<std::pair<std::string, std::string>> texts() {
    support::random_source random(11);
    return {{"a letter", "a"},
            {"a digit", "0"},
            {"spaces", " "},
            {"newlines", "\n"},
            {"contractions", "'s"},
            {"CJK", "\xe4\xb8\xad"},
            {"U+2581", "\xe2\x96\x81"},
            {"emoji", "\xf0\x9f\x98\x80"},
            {"letters and marks", "a\xcc\x81"},
            {"marks", "\xcc\x81\xcc\xa3"},
            {"punctuation", "="},
            {"an added token begun", "<|endoftext"},
            {"an added token", "<|endoftext|>"},
            {"spaces and a word", "  a"},
            {"words", " ab"},
            {"random letters", random.text(1U << 16, "abcdefghijklmnopqrstuvwxyz")},
            {"base64", random.text(1U << 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")},
            {"DNA", random.text(1U << 16, "ACGT")},
            {"random bytes", random.bytes(1U << 16)}};
}

std::string repeated(std::string const& unit, std::size_t size) {
    std::string text;
    text.reserve(size + unit.size());
    while (text.size() < size) text += unit;
    text.resize(size);
    return text;
}

/// Processor time: what other processes do does not count.
template <class F>
double seconds(F&& f) {
    std::clock_t const begin = std::clock();
    f();
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

/// The worst growth of times for one doubling of n, over three doublings each (eight times the text): where the symbols
/// of a long pretoken outgrow a cache, a single one of linear work can look like 2.8. Where it looks bad, both sizes
/// are measured again and the least of each counts, with longer and longer breaks: processor time does not count what
/// other processes do, but their use of the caches and of the memory makes ours longer. Stops at the first that stays
/// bad, since a quadratic engine would take hours for the next.
template <class Run>
double worst_growth(std::size_t largest, Run&& run) {
    double worst = 0;
    std::vector<double> times;
    for (std::size_t n = smallest; n <= largest; n *= 2) {
        times.push_back(std::min(run(n), n < largest / 8 ? run(n) : 1e9));
        if (times.size() <= 3 || times.back() < least_seconds) continue;
        double& before = times[times.size() - 4];
        for (int i = 0; i < tries && std::cbrt(times.back() / before) > allowed; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(std::min(10 << std::min(i, 10), 2000)));
            before = std::min(before, run(n / 8));
            times.back() = std::min(times.back(), run(n));
        }
        worst = std::max(worst, std::cbrt(times.back() / std::max(before, 1e-6)));
        if (worst > allowed) break;
    }
    return worst;
}

void check_doubling(std::string const& name, any_tokenizer const& tokenizer, std::size_t largest) {
    std::string worst_text;
    double worst = 0;
    any_tokenizer::scratch scratch;
    special_rules const rules(special_action::recognise);
    for (auto const& [kind, unit] : texts()) {
        std::string const text = repeated(unit, largest);
        std::vector<token_id> ids;
        ids.reserve(largest);
        double const encoding = worst_growth(largest, [&](std::size_t n) {
            ids.clear();
            return seconds([&] {
                tokenizer.encode(std::string_view(text).substr(0, n), rules, scratch,
                                 [&](token_id id) { ids.push_back(id); });
            });
        });
        std::string out(2 * largest, ' ');  // whose pages are there
        double const decoding = worst_growth(largest, [&](std::size_t n) {
            out.clear();
            std::vector<token_id> const some(ids.begin(),
                                             ids.begin() + static_cast<std::ptrdiff_t>(std::min(n, ids.size())));
            return n > ids.size() ? 0 : seconds([&] { tokenizer.decode(some, out, false); });
        });
        for (auto const& [what, ratio] : {std::pair{"encode", encoding}, std::pair{"decode", decoding}}) {
            CAPTURE(name);
            CAPTURE(kind);
            CAPTURE(std::string(what));
            CHECK(ratio < allowed);
            if (ratio > worst) {
                worst = ratio;
                worst_text = std::string(what) + ", " + kind;
            }
        }
    }
    MESSAGE(name << ": at most " << worst << " times a doubling (" << worst_text << ")");
}

/// Files that every component is in, made for being slow: merges, pieces and added tokens of one letter, patterns that
/// look far.
std::vector<std::pair<std::string, std::string>> small_tokenizers() {
    std::string const many_a = std::string(R"("aa":2,"aaaa":3,"aaaaaaaa":4,"aaaaaaaaaaaaaaaa":5)");
    std::string const bpe = R"("type":"BPE","vocab":{"<unk>":0,"a":1,)" + many_a +
                            R"(},"merges":["a a","aa aa","aaaa aaaa","aaaaaaaa aaaaaaaa"],"unk_token":"<unk>")";
    std::string const long_added =
        R"([{"id":6,"content":")" + std::string(200, 'a') +
        R"(b","single_word":false,"lstrip":true,"rstrip":true,"normalized":true,"special":false},)"
        R"({"id":7,"content":" ","single_word":true,"lstrip":true,"rstrip":true,"normalized":false,"special":false}])";
    std::string const unigram =
        R"("type":"Unigram","unk_id":0,"vocab":[["<unk>",0.0],["a",-2.0],["aa",-3.0],["aaaa",-5.0],["aaaaaaaaaaaaaaaa",-9.0],["\u2581",-1.0],["\u2581a",-2.5],["\u2581\u2581",-1.5]])";
    std::string const word_piece =
        R"("type":"WordPiece","unk_token":"<unk>","continuing_subword_prefix":"##","max_input_chars_per_word":100000000,)"
        R"("vocab":{"<unk>":0,"a":1,"##a":2,"aaaa":3,"##aaaaaaaa":4,"##aaaaaaaaaaaaaaaab":5})";
    std::string const word_level = R"("type":"WordLevel","unk_token":"<unk>","vocab":{"<unk>":0,"a":1})";
    auto const file = [](std::string const& model, std::string const& parts, std::string const& added = "[]") {
        return R"({"version":"1.0","added_tokens":)" + added + ",\"model\":{" + model + "}" + parts + "}";
    };
    auto const normalizer = [](std::string const& n) { return ",\"normalizer\":" + n; };
    auto const pre_tokenizer = [](std::string const& p) { return ",\"pre_tokenizer\":" + p; };
    auto const decoder = [](std::string const& d) { return ",\"decoder\":" + d; };
    auto const split = [](std::string const& pattern, char const* behavior, char const* invert = "false") {
        return R"({"type":"Split","pattern":)" + pattern + R"(,"behavior":")" + behavior + R"(","invert":)" + invert +
               "}";
    };
    std::string const byte_fallback = [] {
        std::string vocab =
            R"("type":"BPE","unk_token":"<unk>","byte_fallback":true,"fuse_unk":true,"merges":[],"vocab":{"<unk>":256)";
        char name[16];
        for (unsigned b = 0; b < 256; ++b) {
            std::snprintf(name, sizeof name, ",\"<0x%02X>\":%u", b, b);
            vocab += name;
        }
        return vocab + "}";
    }();
    std::string const metaspace =
        R"({"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always","split":true})";
    std::vector<std::pair<std::string, std::string>> files{
        {"BPE", file(bpe, "")},
        {"BPE, affixes",
         file(R"("type":"BPE","vocab":{"<unk>":0,"a":1,"##a":2,"##a</w>":3,"a##":4,"aa":5,"##aa":6,"aaa":7},)"
              R"("merges":["a ##a","##a ##a","aa ##a"],"unk_token":"<unk>","continuing_subword_prefix":"##",)"
              R"("end_of_word_suffix":"</w>")",
              "")},
        {"BPE, byte fallback",
         file(byte_fallback, decoder(R"({"type":"Sequence","decoders":[{"type":"Replace","pattern":)"
                                     R"({"String":"\u2581"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},)"
                                     R"({"type":"Strip","content":" ","start":1,"stop":0}]})"))},
        {"Unigram", file(unigram, "")},
        {"WordPiece", file(word_piece, decoder(R"({"type":"WordPiece","prefix":"##","cleanup":true})"))},
        {"WordLevel", file(word_level, pre_tokenizer(R"({"type":"Whitespace"})"))},
        {"added tokens", file(bpe, normalizer(R"({"type":"Lowercase"})"), long_added)},
        {"Unigram, Metaspace", file(unigram, pre_tokenizer(metaspace) + decoder(metaspace))},
        {"CTC", file(bpe, decoder(R"({"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true})"))},
        {"BPEDecoder", file(bpe, decoder(R"({"type":"BPEDecoder","suffix":"</w>"})"))},
    };
    for (
        char const* const n :
        {R"({"type":"NFC"})", R"({"type":"NFD"})", R"({"type":"NFKC"})", R"({"type":"NFKD"})",
         R"({"type":"Lowercase"})", R"({"type":"Nmt"})", R"({"type":"StripAccents"})",
         R"({"type":"Strip","strip_left":true,"strip_right":true})", R"({"type":"Prepend","prepend":"\u2581"})",
         R"({"type":"ByteLevel"})",
         R"({"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true})",
         R"({"type":"Replace","pattern":{"String":" "},"content":"\u2581"})",
         R"({"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "})",
         R"({"type":"Replace","pattern":{"Regex":"a+b"},"content":" "})",
         R"({"type":"Replace","pattern":{"Regex":"\\s+$"},"content":""})",
         R"({"type":"Replace","pattern":{"String":"aaaaaaaaaaaaaaaab"},"content":""})"}) {
        files.emplace_back(n, file(bpe, normalizer(n)));
    }
    std::vector<std::string> splitters{R"({"type":"BertPreTokenizer"})",
                                       R"({"type":"Whitespace"})",
                                       R"({"type":"WhitespaceSplit"})",
                                       R"({"type":"UnicodeScripts"})",
                                       R"({"type":"Punctuation","behavior":"Contiguous"})",
                                       R"({"type":"Digits","individual_digits":true})",
                                       R"({"type":"FixedLength","length":3})",
                                       R"({"type":"CharDelimiterSplit","delimiter":" "})",
                                       metaspace};
    for (char const* const pattern :
         {R"~({"String":" "})~", R"~({"Regex":"\\s+$"})~", R"~({"Regex":"a*b"})~",
          R"~({"Regex":"\\d{1,3}(?=(?:\\d{3})*\\b)"})~", R"~({"Regex":"(?:\\r?\\n)+(?!\\r?\\n)"})~",
          R"~({"Regex":"\\s+(?!\\S)|\\s+"})~", R"~({"Regex":"(a|aa)+$"})~", R"~({"Regex":"[^\\S\\n]+\\n"})~",
          R"~({"Regex":"\\w+(?=b)"})~"}) {
        for (char const* const behavior : {"Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"})
            splitters.push_back(split(pattern, behavior));
    }
    for (std::string const& p : splitters) files.emplace_back(p, file(bpe, pre_tokenizer(p)));
    return files;
}

/// SentencePiece models of every kind, with pieces of one letter, of spaces, user-defined and unused ones.
std::vector<std::pair<std::string, any_tokenizer>> sentencepiece_tokenizers() {
    using enum sentencepiece_type;
    std::string const space = "\xe2\x96\x81";
    sentencepiece_file file;
    file.pieces = {{"<unk>", 0, unknown}, {"</s>", 0, control}, {std::string(200, 'a') + "b", 0, user_defined}};
    file.unk_id = 0;
    for (std::string const& unit : {std::string("a"), std::string("0"), space, std::string("\n")}) {
        for (std::size_t n = 1; n <= 16; n = n < 4 ? n + 1 : 2 * n) {
            std::string text;
            for (std::size_t i = 0; i < n; ++i) text += unit;
            file.pieces.push_back({text, n == 1 ? -9.0F : -static_cast<float>(n), n == 8 ? unused : normal});
        }
    }
    for (char const* const text : {"\xe4\xb8\xad", "\xf0\x9f\x98\x80", "th", "he", "the", "in", "er"})
        file.pieces.push_back({text, -5, normal});
    for (char c = 'b'; c <= 'z'; ++c) file.pieces.push_back({std::string(1, c), -8, normal});
    file.pieces.push_back({space + "a", -3, normal});
    std::vector<std::pair<std::string, any_tokenizer>> all;
    auto const add = [&](char const* how) {
        using enum sentencepiece_model_type;
        for (auto const& [type, name] :
             {std::pair{bpe, "SentencePiece BPE"}, std::pair{unigram, "SentencePiece unigram"},
              std::pair{word, "SentencePiece words"}, std::pair{character, "SentencePiece characters"}}) {
            file.model_type = type;
            all.emplace_back(std::string(name) + ", " + how, sentencepiece_tokenizer(file));
        }
    };
    add("unused pieces");
    file.model_type = sentencepiece_model_type::unigram;
    all.emplace_back("SentencePiece 0.2.3 unigram", sentencepiece_tokenizer(file, sentencepiece_release::v0_2_3));
    for (sentencepiece& p : file.pieces) {
        if (p.type == unused) p.type = normal;
    }
    add("spaces in front");
    file.treat_whitespace_as_suffix = true;
    file.normalizer.remove_extra_whitespaces = false;
    add("spaces behind");
    file.byte_fallback = true;
    for (unsigned b = 0; b < 256; ++b) {
        char name[8];
        std::snprintf(name, sizeof name, "<0x%02X>", b);
        file.pieces.push_back({name, 0, byte});
    }
    add("bytes");
    return all;
}

}  // namespace

TEST_SUITE("property") {
    TEST_CASE("twice the text takes about twice the time: SentencePiece's models") {
        for (auto const& [name, tokenizer] : sentencepiece_tokenizers()) {
            check_doubling(name, tokenizer, name.ends_with("unused pieces") ? million : long_size);
        }
    }

    TEST_CASE("twice the text takes about twice the time: GPT-2's vocabulary, each pattern") {
        for (char const* const pattern :
             {"gpt2", "cl100k", "o200k", "llama3", "qwen2", "superbpe-1", "superbpe-1-words", "superbpe-2",
              "superbpe-2-words", "whitespace", "bytes"}) {
            check_doubling(pattern,
                           load_tokenizer(support::data("gpt2"), {.pattern = pattern, .specials = {}}).tokenizer,
                           million);
        }
    }

    TEST_CASE("twice the text takes about twice the time: each component") {
        std::size_t n_unsupported = 0;
        for (auto const& [name, json] : small_tokenizers()) {
            std::vector<any_tokenizer> loaded;
            try {
                loaded.push_back(read_tokenizer_json(json));
            } catch (error const& e) {
                CAPTURE(name);
                CAPTURE(std::string(e.what()));
                CHECK(e.kind() == error_kind::unsupported);
                ++n_unsupported;
            }
            for (any_tokenizer const& tokenizer : loaded) check_doubling(name, tokenizer, long_size);
        }
        MESSAGE(n_unsupported << " tokenizers are not supported and were left out");
    }

    // The tokens grow with the text: there a walk from each place is quadratic, where a bounded one only is slow.
    TEST_CASE("twice the text takes about twice the time: added tokens as long as a quarter of it") {
        std::string const text(million, 'a');
        auto const nearly_there = [&](std::size_t n) {
            std::vector<added_token> tokens{{.id = 0, .content = "a"}};
            for (std::size_t i = 0; i < 20; ++i) {
                tokens.push_back({.id = 0, .content = text.substr(0, n / 4 - 40 * i) + "b"});
                tokens.push_back({.id = 0, .content = "a" + std::string(i + 1, 'c')});
            }
            return special_tokens(std::move(tokens));
        };
        for (bool const some_are_text : {false, true}) {
            double const worst = worst_growth(million, [&](std::size_t n) {
                special_tokens const tokens = nearly_there(n);
                special_rules const rules =
                    some_are_text ? tokens.rules({"ac"}, special_action::ordinary, special_action::recognise)
                                  : special_rules();
                std::size_t n_found = 0;
                double const time = seconds([&] {
                    tokens.split(
                        std::string_view(text).substr(0, n), false, rules, [](std::string_view) {},
                        [&](added_token const&) { ++n_found; });
                });
                CHECK(n_found == n);
                return time;
            });
            CHECK(worst < allowed);
            MESSAGE("added tokens: at most " << worst << " times a doubling");
        }
    }

    TEST_CASE("twice the text takes about twice the time: the longest token first, tokens as long as a quarter of it") {
        std::string const text(million, 'a');
        auto const nearly_there = [&](std::size_t n) {
            vocabulary_builder builder;
            builder.add(0, "a");
            builder.add(1, "##a");
            for (token_id i = 0; i < 20; ++i) {
                std::string const token = text.substr(0, n / 4 - 40 * i) + "b";
                builder.add(2 + 2 * i, token);
                builder.add(3 + 2 * i, "##" + token);
            }
            return builder.build();
        };
        auto const check = [&](std::string const& name, auto const& model_of) {
            double const worst = worst_growth(million, [&](std::size_t n) {
                auto const model = model_of(nearly_there(n));
                typename std::remove_cvref_t<decltype(model)>::scratch scratch;
                std::size_t n_tokens = 0;
                double const time = seconds(
                    [&] { model.encode(std::string_view(text).substr(0, n), scratch, [&](token_id) { ++n_tokens; }); });
                CHECK(n_tokens == n);
                return time;
            });
            CAPTURE(name);
            CHECK(worst < allowed);
            MESSAGE(name << ": at most " << worst << " times a doubling");
        };
        check("greedy", [](vocabulary vocab) { return greedy_model(std::move(vocab)); });
        for (char const* const prefix : {"##", ""}) {
            check("WordPiece", [&](vocabulary vocab) {
                return wordpiece_model(std::move(vocab),
                                       {.continuing_subword_prefix = prefix, .max_input_chars_per_word = million});
            });
        }
    }

    TEST_CASE("twice the text takes about twice the time: superwords") {
        // Words of one letter or two, then two, four, eight of them; " a" and "b" make " ab" in both levels.
        any_tokenizer const tokenizer = read_tokenizer_json(
            R"({"version":"1.0","added_tokens":[],"model":{"type":"BPE","vocab":{"a":0,"b":1,"\u0120":2,"=":3,"aa":4,"ab":5,)"
            R"("\u0120a":6,"\u0120ab":7,"\u0120\u0120":8,"\u0120ab\u0120ab":9,"\u0120ab\u0120ab\u0120ab\u0120ab":10,)"
            R"("a\u0120\u0120":11,"aaaa":12},"merges":["a a","\u0120 \u0120","a b","\u0120 a","\u0120 ab",)"
            R"("\u0120ab \u0120ab","\u0120ab\u0120ab \u0120ab\u0120ab","a \u0120\u0120","aa aa","\u0120a b"]},)"
            R"("pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}})");
        CHECK(bpe_of(tokenizer, "this test").levels());
        check_doubling("superwords", tokenizer, 4 * million);
    }

    TEST_CASE("twice the text takes about twice the time: real tokenizers") {
        char const* const folder = std::getenv("TESSERA_SHARED_DATA");
        if (folder == nullptr || is_slow) {
            std::cout << "SKIPPED: doubling with real tokenizers (TESSERA_SHARED_DATA is not set)" << std::endl;
            return;
        }
        std::vector<fs::path> paths;
        for (auto const& entry : fs::recursive_directory_iterator(fs::path(folder) / "tokenizers")) {
            std::string const name = entry.path().filename().string();
            std::string const extension = entry.path().extension().string();
            if (name == "tokenizer.json" || extension == ".model" || extension == ".gguf" || extension == ".tiktoken" ||
                entry.path().parent_path().filename() == "hf_json") {
                paths.push_back(entry.path());
            } else if (name == "merges.txt" && entry.path().parent_path().parent_path().filename() == "superbpe") {
                paths.push_back(entry.path().parent_path());
            }
        }
        std::sort(paths.begin(), paths.end());
        for (fs::path const& path : paths) {
            std::vector<any_tokenizer> loaded;
            try {
                char const* const pattern = fs::is_directory(path) ? "bytes" : "cl100k";
                loaded.push_back(load_tokenizer(path, {.pattern = pattern, .specials = {}}).tokenizer);
            } catch (error const& e) {
                CAPTURE(path.string());
                CHECK(e.kind() == error_kind::unsupported);
                std::cout << "SKIPPED: " << path.string() << " (" << e.what() << ')' << std::endl;
            }
            for (any_tokenizer const& tokenizer : loaded) check_doubling(path.string(), tokenizer, long_size);
        }
    }
}
