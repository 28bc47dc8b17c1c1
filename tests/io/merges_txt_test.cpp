// A merge list without its vocabulary, and lists that are none.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/io/merges_txt.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include "support.hpp"

namespace merges_txt_test {

using namespace tessera;

namespace {

std::vector<std::string> merges_of(bpe_model const& model) {
    std::vector<std::string> out;
    for (merge const& m : model.merges()) {
        out.push_back(std::string(model.vocab().bytes(m.left)) + "|" + std::string(model.vocab().bytes(m.right)));
        CHECK(m.rank + 1 == out.size());
    }
    return out;
}

error error_of(std::string_view content) {
    try {
        (void)read_merges_txt(content);
    } catch (error const& e) {
        return e;
    }
    FAIL("no error");
    return error(error_kind::io, "", "");
}

void check_error(std::string_view content, std::string const& where, std::string const& part_of_message) {
    CAPTURE(std::string(content));
    error const e = error_of(content);
    CHECK(e.kind() == error_kind::bad_merge);
    CHECK(e.where() == where);
    CHECK(e.message().find(part_of_message) != std::string::npos);
}

}  // namespace

TEST_SUITE("merges_txt") {
    TEST_CASE("Merges with a version line or without, any line ends") {
        std::vector<std::string> const expected = {" |t", "h|e", " t|he"};
        CHECK(merges_of(read_merges_txt("#version: 0.2\n\xC4\xA0 t\nh e\n\xC4\xA0t he\n")) == expected);
        CHECK(merges_of(read_merges_txt("\xC4\xA0 t\nh e\n\xC4\xA0t he")) == expected);
        CHECK(merges_of(read_merges_txt("\xEF\xBB\xBF#version: 0.2\r\n\xC4\xA0 t\r\nh e\r\n\xC4\xA0t he\r\n\r\n")) ==
              expected);
        bpe_model const model = read_merges_txt("h e\n\xC4\xA0 t\n\xC4\xA0t he\n");
        CHECK(model.vocab().size() == 259);
        CHECK(model.vocab().find("he") == 256);
        CHECK(model.vocab().find(" the") == 258);
        CHECK(model.vocab().find(" ") == 32);
        CHECK(model.vocab().kind(255) == token_kind::byte);
    }

    TEST_CASE("Parts that are made later, and tokens that are made twice") {
        bpe_model const model = read_merges_txt("a bc\nb c\nab c\na b\n");
        CHECK(merges_of(model) == std::vector<std::string>{"a|bc", "b|c", "ab|c", "a|b"});
        CHECK(model.vocab().size() == 256 + 3);
        CHECK(model.merges()[0].result == model.merges()[2].result);
    }

    TEST_CASE("A number sign may be a token") {
        CHECK(merges_of(read_merges_txt("#version: 0.2\n# #\n## #\n")) == std::vector<std::string>{"#|#", "##|#"});
    }

    TEST_CASE("Lines that are no merges") {
        check_error("a b\nab\n", "line 2", "\"ab\" is not two tokens");
        check_error("#version: 0.2\na b c\n", "line 2", "is not two tokens");
        check_error("a b\n\nb c\n", "line 2", "is not two tokens");
        check_error(" a\n", "line 1", "is not two tokens");
        check_error("a \n", "line 1", "is not two tokens");
        check_error("a b\n\xE2\x96\x81 t\n", "line 2", "byte alphabet");
        check_error("a b\na \xFF\n", "line 2", "byte alphabet");
        check_error("a b\na\tb c\n", "line 2", "byte alphabet");
        check_error("a b\nab x</w>\n", "line 2", "\"x</w>\" is neither a byte nor");
        check_error("a b\nxy c\n", "line 2", "\"xy\" is neither a byte nor");
        check_error("a b\nb c\na b\n", "line 3", "already, in line 1");
        CHECK(error_of("a b\nab x</w>\n").remedy().find("tokenizer.json") != std::string::npos);
    }

    TEST_CASE("Nothing in it") {
        CHECK(error_of("").kind() == error_kind::empty_input);
        CHECK(error_of("#version: 0.2\n").kind() == error_kind::empty_input);
        CHECK(error_of("\n\n").kind() == error_kind::empty_input);
    }
}

TEST_SUITE("golden") {
    TEST_CASE("GPT-2's vocab.bpe is its tokenizer without the ids") {
        char const* const folder = std::getenv("TESSERA_SHARED_DATA");
        if (folder == nullptr) {
            std::cout << "SKIPPED: GPT-2's vocab.bpe (TESSERA_SHARED_DATA is not set)" << std::endl;
            return;
        }
        std::string const path = std::string(folder) + "/tokenizers/gpt2";
        bpe_model const model = read_merges_txt(support::read(path + "/vocab.bpe"));
        any_tokenizer const whole = load_tokenizer(path, {.pattern = "gpt2", .specials = {}}).tokenizer;
        CHECK(merges_of(model) == merges_of(bpe_of(whole, "this")));
        CHECK(model.merges().size() == 50000);
    }
}

}  // namespace merges_txt_test
