#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <tessera/io/read_special_roles.hpp>

namespace special_roles_test {

using namespace tessera;

namespace {

std::vector<std::string> names(special_roles const& roles) {
    std::vector<std::string> out;
    for (special_role const& r : roles.roles) out.push_back(r.name + "=" + r.content);
    return out;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("roles of a configuration are in the order of transformers, not of the file") {
        tokenizer_config const config = read_tokenizer_config(
            R"({"tokenizer_class": "GemmaTokenizer", "unk_token": null, "pad_token": "<pad>", "eos_token": "<eos>",
                "bos_token": {"content": "<bos>"}, "mask_token": "", "extra_special_tokens": {"boi_token": "<image>"}})",
            R"({"cls_token": "<cls>", "eos_token": "<other>"})");
        special_roles const roles = special_roles_of(config);
        CHECK(roles.tokenizer_class == "GemmaTokenizer");
        CHECK(names(roles) == std::vector<std::string>{"bos_token=<bos>", "eos_token=<eos>", "pad_token=<pad>",
                                                       "cls_token=<cls>", "boi_token=<image>"});
        CHECK(roles.roles.back().role == token_role::additional);
        CHECK(roles.absent == std::vector<std::string>{"unk_token"});
        REQUIRE(roles.find(token_role::eos) != nullptr);
        CHECK(roles.find(token_role::eos)->content == "<eos>");
        CHECK(roles.find(token_role::mask) == nullptr);
        CHECK(names(special_roles_of(read_tokenizer_config(R"({"additional_special_tokens": ["<a>", "<b>"]})"))) ==
              std::vector<std::string>{"additional_special_tokens=<a>", "additional_special_tokens=<b>"});
    }

    TEST_CASE("roles of a GGUF file are ids") {
        gguf_vocabulary v;
        v.tokens = {{"<unk>"}, {"<s>"}, {"</s>"}, {"a"}};
        v.bos = 1;
        v.eos = 2;
        v.pad = 2;
        special_roles const roles = special_roles_of(v);
        CHECK(names(roles) == std::vector<std::string>{"bos_token=<s>", "eos_token=</s>", "pad_token=</s>"});
        CHECK(roles.find(token_role::pad)->id == 2);
    }
}

}  // namespace special_roles_test
