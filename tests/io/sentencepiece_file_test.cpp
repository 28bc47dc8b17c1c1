#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <tessera/io/sentencepiece_file.hpp>

#include "hostile.hpp"

namespace sentencepiece_file_test {

namespace {

using namespace tessera;
using hostile::check_fails;

// A writer of the wire format.
std::string varint(std::uint64_t value) {
    std::string out;
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(static_cast<unsigned char>(value | 0x80));
    return out += static_cast<char>(static_cast<unsigned char>(value));
}
std::string number(std::uint32_t field, std::uint64_t value) { return varint(field << 3) + varint(value); }
std::string bytes(std::uint32_t field, std::string_view value) {
    return varint(field << 3 | 2) + varint(value.size()) + std::string(value);
}
std::string fixed32(std::uint32_t field, std::uint32_t bits) {
    std::string out = varint(field << 3 | 5);
    for (int i = 0; i < 4; ++i) out += static_cast<char>(static_cast<unsigned char>(bits >> (8 * i)));
    return out;
}
std::string piece(std::string_view text, float score = 0, int type = 1) {
    return bytes(1, bytes(1, text) + fixed32(2, std::bit_cast<std::uint32_t>(score)) +
                        (type == 1 ? "" : number(3, static_cast<std::uint64_t>(type))));
}
std::string charsmap() { return std::string("\x04\0\0\0", 4) + std::string("\0\0\0\0", 4) + std::string("a\0", 2); }

std::string small_model() {
    return piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3) + piece("\xE2\x96\x81", -1.5F) +
           piece("ab", -2) + piece("<x>", 0, 4) + piece("gone", 0, 5) + bytes(2, number(3, 2) + number(24, 1)) +
           bytes(3, bytes(1, "nmt_nfkc") + bytes(2, charsmap()) + number(3, 0) + number(5, 0)) +
           bytes(4, bytes(1, bytes(1, "self") + bytes(2, "test"))) + bytes(5, number(3, 1));
}

auto const read_one = [](std::string_view text) { return read_sentencepiece_file(text); };
auto reading(std::string text) {
    return [text = std::move(text)] { (void)read_sentencepiece_file(text); };
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("protobuf fields") {
        std::string const text = number(1, 300) + bytes(2, "abc") + fixed32(3, 0x3F800000) + varint(4 << 3 | 1) +
                                 std::string("\x01\0\0\0\0\0\0\x80", 8) + number(5, ~std::uint64_t{0});
        protobuf_reader reader(text, 100);
        protobuf_field f;
        REQUIRE(reader.next(f));
        CHECK(f.number == 1);
        CHECK(f.value == 300);
        CHECK(f.boolean());
        CHECK(f.at == 100);
        REQUIRE(reader.next(f));
        CHECK(f.string() == "abc");
        CHECK(f.bytes_at == 105);
        check_fails([&] { (void)f.int32(); }, error_kind::syntax, "byte 103: field 2 is not a whole number");
        REQUIRE(reader.next(f));
        CHECK(f.float32() == 1.0F);
        REQUIRE(reader.next(f));
        CHECK(f.value == 0x8000'0000'0000'0001U);
        REQUIRE(reader.next(f));
        CHECK(f.int32() == -1);
        CHECK_FALSE(reader.next(f));
        CHECK_FALSE(reader.next(f));
    }

    TEST_CASE("protobuf: what is not a message") {
        auto const all = [](std::string text) {
            return [text = std::move(text)] {
                protobuf_reader reader(text);
                protobuf_field f;
                while (reader.next(f)) {
                }
            };
        };
        check_fails(all("\x08"), error_kind::syntax, "byte 1: the data ends inside a number");
        check_fails(all("\x08\x80\x80"), error_kind::syntax, "the data ends inside a number");
        check_fails(all("\x08" + std::string(10, '\xFF') + "\x01"), error_kind::syntax, "more than 64 bits");
        check_fails(all("\x08" + std::string(9, '\xFF') + "\x02"), error_kind::syntax, "more than 64 bits");
        check_fails(all("\x12\x05"
                        "abc"),
                    error_kind::syntax, "a length of 5 bytes, but 3 are left");
        check_fails(all("\x12" + varint(~std::uint64_t{0}) + "abc"), error_kind::syntax, "18446744073709551615 bytes");
        check_fails(all(std::string("\0\0", 2)), error_kind::syntax, "byte 0: a field has no number");
        check_fails(all("\x0E"), error_kind::syntax, "unknown type");
        check_fails(all("\x0D\x01\x02"), error_kind::syntax, "the data ends inside a number");
        check_fails(all("\x0C"), error_kind::syntax, "a group ends that is not open");
        check_fails(all("\x0B\x14"), error_kind::syntax, "a group ends that is not open");
        check_fails(all("\x0B"), error_kind::syntax, "the data ends inside a group");
        check_fails(all(std::string(100'000, '\x0B')), error_kind::limit, "nested too deep");
    }

    TEST_CASE("protobuf: groups are skipped") {
        std::string const text = "\x0B" + number(7, 1) + "\x13" + bytes(1, "xx") + "\x14\x0C" + number(9, 5);
        protobuf_reader reader(text);
        protobuf_field f;
        REQUIRE(reader.next(f));
        CHECK(f.number == 9);
        CHECK_FALSE(reader.next(f));
    }

    TEST_CASE("a model") {
        sentencepiece_file const m = read_sentencepiece_file(small_model());
        REQUIRE(m.pieces.size() == 7);
        CHECK(m.pieces[3].piece == "\xE2\x96\x81");
        CHECK(m.pieces[3].score == -1.5F);
        CHECK(m.pieces[5].type == sentencepiece_type::user_defined);
        CHECK(m.pieces[6].type == sentencepiece_type::unused);
        CHECK(m.model_type == sentencepiece_model_type::bpe);
        CHECK(m.treat_whitespace_as_suffix);
        CHECK_FALSE(m.byte_fallback);
        CHECK(m.unk_id == 0);
        CHECK(m.bos_id == token_id{1});
        CHECK(m.eos_id == token_id{2});
        CHECK_FALSE(m.pad_id.has_value());
        CHECK(m.normalizer.name == "nmt_nfkc");
        CHECK(m.normalizer.precompiled_charsmap == charsmap());
        CHECK_FALSE(m.normalizer.add_dummy_prefix);
        CHECK(m.normalizer.remove_extra_whitespaces);
        CHECK_FALSE(m.normalizer.escape_whitespaces);
        CHECK_FALSE(m.denormalizer.has_value());  // it has no map
    }

    TEST_CASE("defaults, unknown fields, messages in two parts") {
        std::string const text = piece("<unk>", 0, 2) + bytes(2, number(24, 1)) + bytes(2, bytes(46, "<b>")) +
                                 piece("<b>", 0, 3) + bytes(777, "x") + number(778, 1);
        sentencepiece_file const m = read_sentencepiece_file(text);
        CHECK(m.model_type == sentencepiece_model_type::unigram);
        CHECK(m.treat_whitespace_as_suffix);
        CHECK(m.bos_id == token_id{1});
        CHECK(m.normalizer.add_dummy_prefix);
        CHECK(m.unk_surface == " \xE2\x81\x87 ");
        CHECK(m.split_by_whitespace);
    }

    // Field numbers: google/sentencepiece 0.2.1, src/sentencepiece_model.proto, TrainerSpec.
    TEST_CASE("what pieces the trainer allowed") {
        auto const with = [](std::string const& fields) {
            return read_sentencepiece_file(piece("<unk>", 0, 2) + bytes(2, fields));
        };
        sentencepiece_file const by_default = with("");
        CHECK(by_default.split_by_unicode_script);
        CHECK(by_default.split_by_number);
        CHECK_FALSE(by_default.split_digits);
        CHECK_FALSE(by_default.allow_whitespace_only_pieces);
        CHECK_FALSE(with(number(21, 0)).split_by_unicode_script);
        CHECK_FALSE(with(number(23, 0)).split_by_number);
        CHECK(with(number(25, 1)).split_digits);
        CHECK(with(number(26, 1)).allow_whitespace_only_pieces);
    }

    TEST_CASE("NUL is a character like any other") {
        sentencepiece_file const m =
            read_sentencepiece_file(piece("<unk>", 0, 2) + piece({"\0", 1}) + piece({"a\0b", 3}) + piece("a"));
        CHECK(m.pieces[1].piece == std::string(1, '\0'));
        CHECK(m.pieces[2].piece.size() == 3);
    }

    TEST_CASE("what SentencePiece refuses") {
        check_fails(reading(""), error_kind::empty_input, "there are no pieces");
        check_fails(reading(piece("a")), error_kind::bad_token, "no piece is of type unknown");
        check_fails(reading(piece("<unk>", 0, 2) + piece("u", 0, 2)), error_kind::bad_token,
                    "piece 1: it is of type unknown");
        check_fails(reading(piece("<unk>", 0, 2) + piece("")), error_kind::bad_token, "piece 1: it is empty");
        check_fails(reading(piece("<unk>", 0, 2) + piece("a") + piece("a")), error_kind::bad_token,
                    "piece 2: \"a\" is piece 1 already");
        check_fails(reading(piece("<unk>", 0, 2) + piece("a", 0, 3) + piece("a", 0, 3)), error_kind::bad_token,
                    "piece 2");
        // Text pieces and the others are two tables.
        sentencepiece_file const both =
            read_sentencepiece_file(piece("<unk>", 0, 2) + piece("<s>") + piece("<s>", 0, 3));
        CHECK(both.bos_id == token_id{2});
        // Found by spelling, but not a control piece.
        CHECK_FALSE(read_sentencepiece_file(piece("<unk>", 0, 2) + piece("<s>", 0, 4)).bos_id.has_value());
    }

    TEST_CASE("byte pieces are complete or absent") {
        std::string text = piece("<unk>", 0, 2);
        for (int b = 0; b < 256; ++b) {
            char name[8];
            std::snprintf(name, sizeof name, "<0x%02X>", static_cast<unsigned>(b));
            text += piece(name, 0, 6);
        }
        std::string const fallback = bytes(2, number(35, 1));
        CHECK(read_sentencepiece_file(text + fallback).byte_fallback);
        check_fails(reading(text), error_kind::bad_token, "piece 1: it is a byte, but byte_fallback is false");
        check_fails(reading(piece("<unk>", 0, 2) + fallback), error_kind::bad_token, "byte 0 is not a piece");
        for (std::string const bad : {"<0x-1>", "<0x100>", "<0x1>", "<0xfg>", "<0x0a>", "<0X0A>", "a"}) {
            CAPTURE(bad);
            check_fails(reading(text + piece(bad, 0, 6) + fallback), error_kind::bad_token, "is not <0x00> .. <0xFF>");
        }
        check_fails(reading(text + piece("<0x41>", 0, 6) + fallback), error_kind::bad_token, "already");
    }

    TEST_CASE("what SentencePiece leaves to chance") {
        std::string const unk = piece("<unk>", 0, 2);
        check_fails(reading(unk + piece("\xFF")), error_kind::bad_token, "piece 1: \"\\xFF\" is not UTF-8");
        check_fails(reading(unk + piece("\xE2\x96")), error_kind::bad_token, "is not UTF-8");
        check_fails(reading(unk + piece("a", std::numeric_limits<float>::quiet_NaN())), error_kind::bad_token, "score");
        CHECK(read_sentencepiece_file(unk + piece("a", -std::numeric_limits<float>::infinity())).pieces[1].score < 0);
        check_fails(reading(unk + piece("a", 0, 7)), error_kind::unsupported, "its type 7 is unknown");
        check_fails(reading(unk + bytes(1, bytes(1, "a") + number(3, ~std::uint64_t{0}))), error_kind::unsupported,
                    "-1");
        check_fails(reading(unk + bytes(2, number(3, 9))), error_kind::unsupported, "model_type 9");
        check_fails(reading(unk + number(1, 5)), error_kind::syntax, "field 1 is not a string or message");
        check_fails(reading(unk + bytes(3, bytes(2, {"\xFF\0\0\0ab", 6}))), error_kind::syntax, "precompiled_charsmap");
        check_fails(reading(unk + bytes(3, bytes(2, "abc"))), error_kind::syntax, "precompiled_charsmap");
    }

    TEST_CASE("long pieces") {
        std::string text = piece("<unk>", 0, 2) + piece(std::string(1'000'000, 'a')) + piece(std::string(999'999, 'a'));
        CHECK(read_sentencepiece_file(text).pieces[1].piece.size() == 1'000'000);
        for (int i = 0; i < 50; ++i) text += piece(std::string(100'000, 'b') + std::to_string(i));
        CHECK(read_sentencepiece_file(text).pieces.size() == 53);
    }

    TEST_CASE("hostile models") { hostile::run(small_model(), read_one); }
}

}  // namespace sentencepiece_file_test
