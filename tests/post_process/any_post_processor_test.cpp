#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include <tessera/post_process/any_post_processor.hpp>

#include "../component_cases.hpp"

namespace any_post_processor_test {

using namespace tessera;

namespace {

using ids = std::vector<token_id>;

template_piece text(template_sequence id, std::uint32_t type_id = 0) {
    return {std::nullopt, template_piece::sequence_piece{id, type_id}};
}
template_piece special(std::string id) { return {template_piece::special_token_piece{std::move(id), 0}, std::nullopt}; }

template_processing_options bos_template() {
    template_processing_options o;
    o.single = {special("<s>"), text(template_sequence::a)};
    o.pair = {special("<s>"), text(template_sequence::a), special("<s>"), text(template_sequence::b, 1)};
    o.special_tokens = {{"<s>", {"<s>", {1, 2}, {"<s>", "x"}}}};
    return o;
}

}  // namespace

TEST_CASE("the frame of one text") {
    CHECK(any_post_processor().frame() == id_frame{});
    CHECK(any_post_processor({bert_processing()}).frame() == id_frame{{101}, {102}});
    CHECK(any_post_processor({byte_level_post_processor()}).frame() == id_frame{});
    any_post_processor const bos({byte_level_post_processor(), template_processing(bos_template())});
    CHECK(bos.frame() == id_frame{{1, 2}, {}});
    CHECK(bos.n_added(false) == 2);
    CHECK(bos.n_added(true) == 4);
    CHECK(any_post_processor({bert_processing(), roberta_processing()}).frame() == id_frame{{0, 101}, {102, 2}});
    template_processing_options twice;
    twice.single = {text(template_sequence::a), text(template_sequence::a)};
    CHECK(!any_post_processor({template_processing(twice)}).frame());
    twice.single.clear();
    CHECK(!any_post_processor({template_processing(twice)}).frame());
}

TEST_CASE("templates that name what is not there are refused") {
    template_processing_options o = bos_template();
    o.single.push_back(text(template_sequence::b));
    CHECK_THROWS_AS(template_processing{o}, error);
    o = bos_template();
    o.pair.push_back(special("</s>"));
    CHECK_THROWS_AS(template_processing{o}, error);
    o = bos_template();
    o.single.emplace_back();
    CHECK_THROWS_AS(template_processing{o}, error);
    o = bos_template();
    o.single.assign(65, text(template_sequence::a));
    CHECK_THROWS_AS(template_processing{o}, error);
    o = bos_template();
    o.single.assign(20'000, special("<s>"));
    CHECK(template_processing(o).n_added(false) == 40'000);
    o.special_tokens[0].second.ids.assign(1'000, 1);
    CHECK_THROWS_AS(template_processing{o}, error);
}

TEST_CASE("a template after one that leaves three parts fails when it is used") {
    template_processing_options three = bos_template();
    three.single = {special("<s>"), text(template_sequence::a), special("<s>")};
    any_post_processor const p({template_processing(three), template_processing(bos_template())});
    CHECK(!p.frame());
    CHECK_THROWS_AS((void)p.process(encoding::from_ids({5}), std::nullopt, true), error);
    CHECK(p.process(encoding::from_ids({5}), std::nullopt, false).ids == ids{5});
}

TEST_CASE("a template that repeats the text only where no special tokens are added") {
    template_processing_options twice = bos_template();
    twice.single = {text(template_sequence::a), text(template_sequence::a)};
    any_post_processor const p({template_processing(bos_template()), template_processing(twice)});
    CHECK(!p.frame());
    CHECK(p.process(encoding::from_ids({5}), std::nullopt, false).ids == ids{5, 5});
}

TEST_CASE("two texts") {
    any_post_processor const bos({template_processing(bos_template())});
    encoding const e = bos.process(encoding::from_ids({5}), encoding::from_ids({6, 7}), true);
    CHECK(e.ids == ids{1, 2, 5, 1, 2, 6, 7});
    CHECK(e.type_ids == std::vector<std::uint32_t>{0, 0, 0, 0, 0, 1, 1});
    CHECK(e.special_tokens_mask == std::vector<std::uint32_t>{1, 1, 0, 1, 1, 0, 0});
    CHECK(any_post_processor().process(encoding::from_ids({5}), encoding::from_ids({6}, 1), true).ids == ids{5, 6});
}

TEST_CASE("post-processors are written as they are read") {
    for (char const* const json :
         {R"({"type": "BertProcessing", "sep": ["[SEP]", 102], "cls": ["[CLS]", 101]})",
          R"({"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": true, )"
          R"("add_prefix_space": false})",
          R"({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true})",
          R"({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, )"
          R"({"Sequence": {"id": "A", "type_id": 0}}], "pair": [{"Sequence": {"id": "A", "type_id": 0}}, )"
          R"({"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {"<s>": {"id": "<s>", "ids": [1], )"
          R"("tokens": ["<s>"]}}})"}) {
        component_cases::processing const p(std::string(R"({"post_processor": )") + json + "}");
        std::string written;
        detail::write_steps(p.processor.steps(), "processors", written);
        CHECK(written == json);
        CHECK(
            p.processor.n_added(true) ==
            component_cases::processing(std::string(R"({"post_processor": )") + written + "}").processor.n_added(true));
    }
}

}  // namespace any_post_processor_test
