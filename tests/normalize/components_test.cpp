// The normalizers of tokenizer.json, one by one. Expected results are those of Hugging Face's tokenizers 0.23.3.
#include <doctest/doctest.h>

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/base64.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>

#include "normalize/stages.hpp"
#include "support.hpp"

namespace components_test {

namespace {

using namespace tessera;

template <class N>
std::string run(N const& n, std::string_view text) {
    typename N::scratch s;
    std::string out;
    plain_edit edit(text, out);
    n.rewrite(text, s, edit);
    return out;
}

template <class N>
std::size_t from_start(N const& n, std::string_view text) {
    typename N::scratch s;
    std::string out;
    start_edit edit(text, text.empty() ? 0 : decode_utf8(text, 0).length, out);
    n.rewrite(text, s, edit);
    return edit.from_start();
}

std::string word(std::uint32_t w) {
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(w >> (8 * i) & 0xFF);
    return bytes;
}

// A map of the units and replacements given.
std::string map_of(std::vector<std::uint32_t> const& units, std::string const& replacements) {
    std::string bytes = word(static_cast<std::uint32_t>(4 * units.size()));
    for (std::uint32_t const unit : units) bytes += word(unit);
    return bytes + replacements;
}

constexpr std::uint32_t value_bit = 0x8000'0000U;

std::uint32_t unit(std::uint32_t label, bool ends_key, std::uint32_t offset) {
    return label | (ends_key ? 0x100U : 0U) | offset << 10;
}

// "a" -> replacements from `value` on.
std::string map_of_a(std::uint32_t value, std::string const& replacements) {
    std::vector<std::uint32_t> units(256, value_bit);
    units[0] = unit(0, false, 1);         // children of the root: 1 ^ byte
    units[1 ^ 'a'] = unit('a', true, 2);  // value at (1 ^ 'a') ^ 2
    units[1 ^ 'a' ^ 2] = value_bit | value;
    return map_of(units, replacements);
}

std::string to_base64(std::string_view bytes) {
    std::string out;
    tessera::detail::append_to_base64(bytes, out);
    return out;
}

std::string what_charsmap_says(std::string const& bytes) {
    try {
        (void)charsmap(bytes);
        return {};
    } catch (error const& e) {
        return e.message();
    }
}

// 1,100 characters "a" in a row; each node is the next one's parent.
std::string long_key_map(std::size_t length) {
    std::vector<std::uint32_t> units(0x100 * (length + 2), value_bit);
    std::uint32_t node = 0;
    for (std::uint32_t i = 0; i < length; ++i) {
        std::uint32_t const base = 0x100 * (i + 1);
        std::uint32_t const label = i == 0 ? 0U : 'a';
        units[node] = unit(label, false, node ^ base);
        node = base ^ 'a';
    }
    std::uint32_t const base = static_cast<std::uint32_t>(0x100 * (length + 1));
    units[node] = unit('a', true, node ^ base);
    units[base] = value_bit | 0;
    return map_of(units, std::string("b\0", 2));
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("Lowercase") {
        lowercase_normalizer const n;
        CHECK(run(n, "ABC xyz") == "abc xyz");
        CHECK(run(n, "\xCE\xA3\xCE\x91\xCE\xA3") == "\xCF\x83\xCE\xB1\xCF\x83");  // no final sigma
        CHECK(run(n, "\xC4\xB0") == "i\xCC\x87");
        CHECK(run(n, "\xF0\x96\xBA\xA0") == "\xF0\x96\xBA\xBB");  // U+16EA0, of Unicode 17.0
        CHECK(run(n,
                  "A\xFF"
                  "B") ==
              "a\xFF"
              "b");
        CHECK(from_start(n, "\xC4\xB0X") == 3);
    }

    TEST_CASE("Strip") {
        CHECK(run(strip_normalizer(), " \t\xC2\x85 a b\xE3\x80\x80 ") == "a b");
        CHECK(run(strip_normalizer({true, false}), " a ") == "a ");
        CHECK(run(strip_normalizer({false, true}), " a ") == " a");
        CHECK(run(strip_normalizer({false, false}), " a ") == " a ");
        CHECK(run(strip_normalizer(), " \n ").empty());
        CHECK(run(strip_normalizer(), "").empty());
        CHECK(run(strip_normalizer(), " \x80 ") == "\x80");
        CHECK(run(strip_normalizer(), "\xE2\x80 ") == "\xE2\x80");
        CHECK(run(strip_normalizer(), "a\xE3\x80\x80\x80") == "a\xE3\x80\x80\x80");
        CHECK(from_start(strip_normalizer(), " a") == 0);
        CHECK(from_start(strip_normalizer(), "a ") == 1);
    }

    TEST_CASE("StripAccents, Nmt, Prepend, ByteLevel") {
        CHECK(run(strip_accents_normalizer(), "e\xCC\x81\xC3\xA9") == "e\xC3\xA9");
        CHECK(run(nmt_normalizer(),
                  "a\tb\x01\xE2\x80\x8B"
                  "c\xFF") == "a b c ");
        CHECK(run(prepend_normalizer(), "a") ==
              "\xE2\x96\x81"
              "a");
        CHECK(run(prepend_normalizer(), "").empty());
        CHECK(from_start(prepend_normalizer(), "ab") == 4);
        CHECK(run(byte_level_normalizer(), "a \xC3\xA9\xFF") == "a\xC4\xA0\xC3\x83\xC2\xA9\xC3\xBF");
    }

    TEST_CASE("BertNormalizer") {
        CHECK(run(bert_normalizer(), "H\xC3\xA9llo\tW\xE4\xB8\x80\x01") == "hello w \xE4\xB8\x80 ");
        CHECK(run(bert_normalizer({true, true, false, true}), "H\xC3\x89") == "h\xC3\xA9");
        CHECK(run(bert_normalizer({true, true, std::nullopt, false}), "H\xC3\x89") == "H\xC3\x89");
        CHECK(run(bert_normalizer({false, false, true, false}), "\xC3\x89\x01") == "E\x01");
        // The accents on both sides of what is removed are sorted as one run: U+0327 comes first.
        CHECK(run(bert_normalizer({true, false, true, false}), "a\xE3\x80\xAE\x01\xCC\xB4") == "a\xE3\x80\xAE");
        CHECK(run(bert_normalizer(), "\xEF\xBF\xBD\xFFx") == "x");
        CHECK(run(bert_normalizer({false, true, true, true}), "\xFFx") == "\xFFx");
        CHECK(from_start(bert_normalizer(), "\xE4\xB8\x80x") == 5);
    }

    TEST_CASE("Unicode forms know what stands for the start") {
        CHECK(from_start(nfc_normalizer(), "e\xCC\x81x") == 2);
        CHECK(from_start(nfd_normalizer(), "\xC3\xA9x") == 3);
        CHECK(from_start(nfkc_normalizer(), "\xEF\xAC\x81x") == 2);
        CHECK(from_start(nfd_normalizer(), "") == 0);
        CHECK(nfkd_normalizer::type == "NFKD");
    }

    TEST_CASE("Replace") {
        replace_normalizer const n({{" ", false}, "\xE2\x96\x81"});
        CHECK(run(n, "a b") ==
              "a\xE2\x96\x81"
              "b");
        CHECK(run(n, "").empty());
        CHECK(from_start(n, " a") == 3);
        CHECK(run(replace_normalizer({{"aa", false}, ""}), "aaab") == "ab");
        CHECK(run(replace_normalizer({{"", false}, "x"}), "Ab") == "xAxbx");
        CHECK(run(replace_normalizer({{"", false}, "x"}), "").empty());
        CHECK(run(replace_normalizer({{".", false}, "x"}), "a.") == "ax");
        CHECK(run(replace_normalizer({{" {2,}", true}, "_"}), "a b  c   ") == "a b_c_");
        CHECK(run(replace_normalizer({{"b*", true}, "x"}), "abbc") == "xaxcx");
        CHECK(run(replace_normalizer({{"^", true}, "x"}), "").empty());
        CHECK(from_start(replace_normalizer({{"^", true}, "x"}), "ab") == 2);
        CHECK_THROWS_AS(replace_normalizer({{"(", true}, "x"}), error);
    }

    TEST_CASE("Precompiled replaces short clusters whole") {
        precompiled_normalizer const n({to_base64(map_of_a(0, std::string("x\0", 2)))});
        CHECK(run(n, "a b a") == "x b x");
        CHECK(run(n, "a\xCC\x81!") == "x!");                                        // the accent is lost
        CHECK(run(n, "a\xCC\x81\xCC\x82\xCC\x83") == "x\xCC\x81\xCC\x82\xCC\x83");  // 7 bytes: character by character
        CHECK(run(n,
                  "\xFF"
                  "a\x80") == "\xFFx\x80");
        CHECK(n.options().precompiled_charsmap.size() % 4 == 0);
        CHECK_THROWS_AS(precompiled_normalizer({"AAA!"}), error);
        CHECK_THROWS_AS(precompiled_normalizer({""}), error);
        CHECK_THROWS_AS(precompiled_normalizer({to_base64(map_of_a(0, std::string("\xFF\0", 2)))}), error);
        CHECK_THROWS_AS(precompiled_normalizer({to_base64(map_of_a(1, std::string("\xC3\xA9\0", 3)))}), error);
    }

    TEST_CASE("SentencePiece") {
        sentencepiece_normalizer_options o;
        CHECK(run(sentencepiece_normalizer(o), "  a  b ") ==
              "\xE2\x96\x81"
              "a\xE2\x96\x81"
              "b");
        CHECK(run(sentencepiece_normalizer(o), "   ").empty());
        CHECK(run(sentencepiece_normalizer(o), "").empty());
        CHECK(run(sentencepiece_normalizer(o), "a\xFF") ==
              "\xE2\x96\x81"
              "a\xEF\xBF\xBD");
        o.treat_whitespace_as_suffix = true;
        CHECK(run(sentencepiece_normalizer(o), " a ") == "a\xE2\x96\x81");
        o.precompiled_charsmap = map_of_a(0, std::string("x\0", 2));
        o.user_defined_symbols = {"ba"};
        CHECK(run(sentencepiece_normalizer(o), "aba") == "xba\xE2\x96\x81");
        o.remove_extra_whitespaces = o.add_dummy_prefix = o.escape_whitespaces = false;
        CHECK(run(sentencepiece_normalizer(o), " a ") == " x ");
        o.precompiled_charsmap.resize(7);
        CHECK_THROWS_AS(sentencepiece_normalizer{o}, error);
    }

    TEST_CASE("hostile character maps") {
        std::string const good = map_of_a(0, std::string("x\0", 2));
        CHECK(what_charsmap_says(good).empty());
        for (std::size_t n = 0; n < 4 + 4 * 256; ++n) {
            CAPTURE(n);
            CHECK(!what_charsmap_says(good.substr(0, n)).empty());
        }
        CHECK(charsmap(good).shortest_match("ab").replacement == "x");
        CHECK(charsmap(good.substr(0, good.size() - 1)).longest_match("ab").replacement == "x");  // no NUL
        CHECK(charsmap(good.substr(0, good.size() - 2)).longest_match("ab").replacement.empty());
        CHECK(charsmap(map_of_a(2, std::string("x\0", 2))).longest_match("ab").length == 1);
        CHECK(what_charsmap_says(map_of_a(3, std::string("x\0", 2))).ends_with("lies outside of the map"));
        CHECK(what_charsmap_says(std::string(4, '\0')).ends_with("the trie is empty"));
        CHECK(what_charsmap_says(std::string(4, '\xFF')).ends_with("longer than the map"));
        CHECK(what_charsmap_says(word(5) + std::string(9, 'x')).ends_with("multiple of 4"));
        CHECK(what_charsmap_says(map_of_a(0, std::string(charsmap::longest_replacement + 1, 'x')))
                  .starts_with("a replac"));

        std::vector<std::uint32_t> units(256, value_bit);
        units[0] = unit(0, false, 1);
        units[1 ^ 'a'] = unit('a', false, 'a');  // its children are the root's: a cycle
        CHECK(what_charsmap_says(map_of(units, "x")).ends_with("the trie has a cycle"));
        units[1 ^ 'a'] = unit('a', true, 0x12345);
        CHECK(what_charsmap_says(map_of(units, "x")).ends_with("lies outside of the trie"));
        units[1 ^ 'a'] = unit('a', false, 0x12345);  // children outside: none
        CHECK(charsmap(map_of(units, "x")).longest_match("aaa").length == 0);
        units[0] = unit(0, false, 0x3FFFFF) | 0x200;
        CHECK(charsmap(map_of(units, "x")).longest_match("aaa").length == 0);

        CHECK(what_charsmap_says(long_key_map(charsmap::longest_key)).empty());
        CHECK(what_charsmap_says(long_key_map(charsmap::longest_key + 1)).starts_with("a key is longer"));
        CHECK(charsmap(long_key_map(3)).longest_match("aaaa").length == 3);
        CHECK(charsmap(long_key_map(3)).longest_match(std::string_view("aa\0a", 4)).length == 0);
    }
}

TEST_SUITE("property") {
    std::vector<std::string> const every{"NFC",
                                         "NFD",
                                         "NFKC",
                                         "NFKD",
                                         "Lowercase",
                                         "StripAccents",
                                         "Nmt",
                                         "ByteLevel",
                                         "Strip,1,1",
                                         "Prepend,e29681",
                                         "Replace,0,20,e29681",
                                         "Replace,1,5c732b,20",
                                         "Replace,1,2e2a24,20",
                                         "Replace,0,6161,61",
                                         "BertNormalizer,1,1,-,1",
                                         "BertNormalizer,0,0,1,0",
                                         "Precompiled,a",
                                         "SentencePiece,a,1,1,1,0",
                                         "SentencePiece,a,1,0,0,1,61"};

    TEST_CASE("any bytes: every kind of edit has the same text, and what it keeps is in order") {
        std::map<std::string, std::string> const maps{{"a", to_base64(map_of_a(0, std::string("x \0", 3)))}};
        support::random_source random(5);
        for (std::string const& spec : every) {
            stages::pipeline normalizers(spec, maps);
            for (int i = 0; i < 400; ++i) {
                std::string const text =
                    i % 2 == 0
                        ? random.bytes(random.below(40))
                        : random.text(random.below(40), "ab \xCC\x81\xC3\xA9\xEF\xAC\xE3\x80\x80\xF0\x9F\x91\xA8\n");
                CAPTURE(spec);
                CAPTURE(stages::to_hex(text));
                std::string const plain = normalizers.plain(text);
                CHECK(normalizers.start(text).first == plain);
                CHECK(normalizers.places(text).first == plain);
                if (spec.starts_with("NF") || spec == "Lowercase" || spec == "StripAccents") {
                    CHECK(is_valid_utf8(plain) == is_valid_utf8(text));
                }
            }
        }
    }

    TEST_CASE("many marks in a row: the two ways of normalizing agree") {
        support::random_source random(8);
        std::vector<std::string> const marks{"\xCC\x81",     "\xCC\xA7",     "\xCD\x84", "\xCD\x85",     "\xE0\xBD\xB3",
                                             "\xEF\xBE\x9E", "\xE3\x82\x99", "\xCC\xB4", "\xE3\x80\xAE", "\xCC\x88"};
        std::vector<std::string> const starters{"a", "\xC3\xA9", "\xE3\x81\x8B", "\xEA\xB0\x80", "\xE1\xBA\xAD", "o"};
        for (char const* const form : {"NFC", "NFD", "NFKC", "NFKD"}) {
            stages::pipeline normalizers(form, {});
            for (int i = 0; i < 100; ++i) {
                std::string text;
                for (int k = 0; k < 4; ++k) {
                    text += starters[random.below(starters.size())];
                    for (std::size_t n = random.below(70); n > 0; --n) text += marks[random.below(marks.size())];
                }
                CAPTURE(stages::to_hex(text));
                std::string const plain = normalizers.plain(text);
                CHECK(normalizers.places(text).first == plain);
                CHECK(normalizers.plain("\xFF" + text + "b\xFF") == "\xFF" + plain + "b\xFF");
            }
        }
    }

    // A generous bound on the processor time a byte: what is quadratic takes minutes here.
    TEST_CASE("linear time on what repeats") {
        std::map<std::string, std::string> const maps{{"a", to_base64(long_key_map(charsmap::longest_key))}};
        std::vector<std::string> const units{"a",
                                             " ",
                                             "\n",
                                             "\r\n",
                                             "\xFF",
                                             "\xCC\x81",
                                             "\xCC\x81\xCC\xA7",
                                             "e\xCC\x81",
                                             "\xC3\xA9\xCC\xA7",
                                             "\xEF\xBE\x9E\xCC\x81",
                                             "\xE0\xBD\xB3\xCC\xB4",
                                             "\xEA\xB0\x80",
                                             "\xE1\x84\x80",
                                             "\xE4\xB8\x80",
                                             "\xEF\xA4\x80\xCC\x81\xCC\xA7",
                                             "\xEF\xB7\xBA",
                                             "\xF0\x9F\x91\xA8\xE2\x80\x8D",
                                             "\xF0\x9F\x87\xA9",
                                             "\xE0\xA4\x95\xE0\xA5\x8D",
                                             "\xD8\x80",
                                             "\xE2\x96\x81",
                                             "\x01\xCC\x81\x01\xCC\xA7"};
        for (std::string const& spec : every) {
            stages::pipeline normalizers(spec, maps);
            for (std::string const& unit : units) {
                std::string text;
                while (text.size() < 200'000) text += unit;
                auto const begin = std::clock();
                std::string const plain = normalizers.plain(text);
                CHECK(normalizers.start(text).first == plain);
                auto const took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
                CAPTURE(spec);
                CAPTURE(stages::to_hex(unit));
                CHECK(took < 4.0);
            }
        }
    }

    TEST_CASE("damaged character maps never read outside") {
        support::random_source random(6);
        std::string const good = long_key_map(4) + std::string("y\0\xC3\xA9\0", 5);
        for (int i = 0; i < 3000; ++i) {
            std::string bytes = good;
            for (std::size_t k = 1 + random.below(30); k > 0; --k) {
                // Mostly where something is.
                std::size_t const at = random.below(2) == 0 ? random.below(64) : random.below(bytes.size());
                bytes[at] = static_cast<char>(random.below(256));
            }
            try {
                charsmap const map(bytes);
                for (int j = 0; j < 20; ++j) {
                    std::string const text = random.text(1 + random.below(8), "aabcx\xC3\xA9");
                    auto const longest = map.longest_match(text);
                    auto const shortest = map.shortest_match(text);
                    CHECK(longest.length <= text.size());
                    CHECK(shortest.length <= longest.length);
                }
            } catch (error const&) {
            }
        }
    }
}

}  // namespace components_test
