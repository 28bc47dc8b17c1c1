// The law of bytes, byte by byte, against its definition: all covers of small random tokenizers and models, with
// pretokenizers that look ahead, tokens that only stand alone, added tokens, normalizers and bytes that are no
// characters.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/bytes/byte_lm.hpp>
#include <tessera/bytes/native_law.hpp>
#include <tessera/bytes/valid_law.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/lm/checked_model.hpp>
#include <tessera/lm/prefix_function_model.hpp>
#include "golden_laws.hpp"
#include "random_models.hpp"

namespace {

using namespace tessera;
using namespace random_models;

double const minus_infinity = -std::numeric_limits<double>::infinity();

// A language model of `n` tokens as uneven as they come: each row is a hash of the prefix.
std::vector<double> random_row(std::span<token_id const> prefix, std::size_t n) {
    std::uint64_t const seed =
        hash_bytes({reinterpret_cast<char const*>(prefix.data()), prefix.size() * sizeof(token_id)});
    std::vector<double> row(n);
    double sum = 0;
    for (std::size_t t = 0; t < n; ++t) {
        std::uint64_t const h = hash_key(seed ^ (t + 1) * 0x9E37'79B9'7F4A'7C15ULL);
        row[t] = 1e-3 + std::pow(static_cast<double>(h >> 11) * 0x1p-53, 3);
        sum += row[t];
    }
    for (double& p : row) p /= sum;
    return row;
}

auto random_language(std::size_t n) {
    auto const f = [n](std::span<token_id const> prefix, std::span<double> row) {
        std::vector<double> const p = random_row(prefix, n);
        for (std::size_t t = 0; t < n; ++t) row[t] = std::log(p[t]);
    };
    return lm::prefix_function_model<decltype(f)>({.vocab_size = n}, f);
}

// A tokenizer, and texts by which to try it.
struct subject {
    any_tokenizer tokenizer;
    std::string letters;  // of texts
    std::size_t most_probe = 3;
};

std::vector<std::string> all_strings(std::string_view letters, std::size_t most) {
    std::vector<std::string> all{""};
    for (std::size_t begin = 0, length = 0; length < most; ++length) {
        std::size_t const end = all.size();
        for (std::size_t i = begin; i < end; ++i) {
            for (char const c : letters) all.push_back(all[i] + c);
        }
        begin = end;
    }
    return all;
}

// The law by its definition.
reference::byte_law definition(subject const& on, token_id stop, bool all) {
    reference::byte_law l;
    vocabulary const& vocab = on.tokenizer.vocab();
    std::size_t const n = vocab.size();
    std::set<token_id> special;
    for (added_token const& token : on.tokenizer.specials().tokens()) {
        if (token.special) special.insert(token.id);
    }
    for (token_id id = 0; id < n; ++id) l.tokens.emplace_back(special.contains(id) ? "" : vocab.bytes(id));
    l.stop = stop;
    l.row = [n](reference::token_sequence const& prefix) { return random_row(prefix, n); };
    if (all) {
        l.is_counted = [](reference::token_sequence const&) { return true; };
        return l;
    }
    // A sequence is the beginning of some text's tokens. All texts that go on by a few letters are tried.
    auto const probes = std::make_shared<std::vector<std::string> const>(all_strings(on.letters, on.most_probe));
    auto const known = std::make_shared<std::map<reference::token_sequence, bool>>();
    l.is_counted = [&on, probes, known, tokens = l.tokens](reference::token_sequence const& ids) {
        auto const [at, is_new] = known->try_emplace(ids);
        if (!is_new) return at->second;
        std::string text;
        for (token_id const id : ids) text += tokens[id];
        special_rules const rules = on.tokenizer.specials().rules(special_action::ordinary);
        for (std::string const& probe : *probes) {
            std::vector<token_id> const found = on.tokenizer.encode(text + probe, rules);
            if (found.size() >= ids.size() && std::equal(ids.begin(), ids.end(), found.begin())) {
                return at->second = true;
            }
        }
        return at->second = false;
    };
    return l;
}

void check_close(double found_log, double expected) {
    if (expected == 0) {
        CHECK(found_log == minus_infinity);
    } else {
        CHECK(std::fabs(std::exp(found_log) - expected) < 1e-12);
        CHECK(std::fabs(std::exp(found_log) / expected - 1) < 1e-9);
    }
}

// Whatever the law says of a text and of its next bytes; the text is read in pieces of all sizes.
template <class Law>
void check_text(subject const& on, reference::byte_law const& expected, std::string const& text, std::mt19937& source,
                std::size_t& n_possible) {
    CAPTURE(text);
    auto model = random_language(on.tokenizer.vocab().size());
    {
        Law law(on.tokenizer);
        byte_lm lm(model, law, {.stop_tokens = {expected.stop}});
        auto stream = lm.start();
        for (std::size_t at = 0; at < text.size();) {
            std::size_t const n = std::min<std::size_t>(1 + source() % 4, text.size() - at);
            lm.push(stream, std::string_view(text).substr(at, n));
            at += n;
            if (source() % 3 == 0) static_cast<void>(lm.next(stream));  // asked or not asked, it is the same
        }
        double const whole = expected.probability_of_whole(text);
        if (source() % 2 == 0) check_close(lm.log_probability_of_whole(stream), whole);
        double const p = expected.probability(text);
        check_close(lm.log_probability(stream), p);
        if (p == 0) {
            CHECK_FALSE(stream.is_possible());
            return;
        }
        ++n_possible;
        next_byte const next = lm.next(stream);
        check_close(next.stop, whole / p);
        double sum = whole / p;
        for (char const c : on.letters) {
            double const longer = expected.probability(text + c) / p;
            sum += longer;
            check_close(next.log_probabilities[static_cast<unsigned char>(c)], longer);
        }
        CHECK(std::fabs(next.leak - (1 - sum)) < 1e-12);
        // A fork goes its own way, and leaves the other as it was.
        auto fork = stream;
        lm.push(fork, static_cast<unsigned char>(on.letters[0]));
        check_close(lm.log_probability(fork), expected.probability(text + on.letters[0]));
        CHECK(lm.next(stream).log_probabilities == next.log_probabilities);
        CHECK(lm.log_probability(stream) == doctest::Approx(std::log(p)).epsilon(1e-12));
    }
    CHECK(model.n_live() == 0);
}

void check(subject const& on, std::mt19937& source, std::size_t n_texts, std::size_t most_bytes,
           std::size_t& n_possible) {
    auto const n = static_cast<token_id>(on.tokenizer.vocab().size());
    token_id const stop = n - 1;  // the special one, which all subjects have
    reference::byte_law const valid = definition(on, stop, false);
    for (std::size_t i = 0; i < n_texts; ++i) {
        std::string text;
        for (std::size_t k = source() % (most_bytes + 1); k > 0; --k) text += on.letters[source() % on.letters.size()];
        check_text<valid_law>(on, valid, text, source, n_possible);
    }
}

// The model with one more token, the text's end.
any_tokenizer tokenizer_of(bpe_model const& model, any_pretokenizer pretokenizer, any_normalizer normalizer = {},
                           std::vector<added_token> added = {}) {
    vocabulary_builder builder;
    vocabulary const& vocab = model.vocab();
    auto id = static_cast<token_id>(vocab.size());
    for (token_id t = 0; t < id; ++t) builder.add_unless_known(t, vocab.bytes(t), vocab.kind(t));
    for (added_token& token : added) {
        if (token_id const known = vocab.find(token.content); known != no_token) {
            token.id = known;
        } else {
            token.id = id;
            builder.add_unfindable(id++, token.content, token_kind::normal);
        }
    }
    builder.add_unfindable(id, "<end>");
    added.push_back({id, "<end>"});
    std::vector<merge> const merges(model.merges().begin(), model.merges().end());
    return any_tokenizer(bpe_model(builder.build(), merges, model.options()), std::move(pretokenizer),
                         std::move(normalizer), special_tokens(std::move(added)));
}

any_pretokenizer split_by(std::string_view pattern) {
    return any_pretokenizer({split_pretokenizer(split_options{{std::string(pattern), true}})});
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("golden tables: both laws, byte by byte") {
        for (golden::token_chain_value const& e : golden::token_chain_values()) {
            CAPTURE(e.bytes);
            reference::byte_law const l = golden::token_chain(e.which);
            std::size_t const n = l.tokens.size();
            auto const f = [&](std::span<token_id const> prefix, std::span<double> row) {
                std::vector<double> const p = l.row({prefix.begin(), prefix.end()});
                for (std::size_t t = 0; t < n; ++t) row[t] = std::log(p[t]);
            };
            lm::prefix_function_model<decltype(f)> model({.vocab_size = n}, f);
            vocabulary_builder builder;
            for (token_id id = 0; id + 1 < n; ++id) builder.add(id, l.tokens[id]);
            builder.add_unfindable(l.stop, "$");
            auto const id = [&](char const* t) {
                return static_cast<token_id>(std::find(l.tokens.begin(), l.tokens.end(), t) - l.tokens.begin());
            };
            bpe_model const bpe(
                builder.build(),
                {{id("a"), id("b"), id("ab"), 0}, {id("b"), id("a"), id("ba"), 1}, {id("a"), id("ab"), id("aab"), 2}});
            any_tokenizer const tokenizer(bpe, any_pretokenizer::by_name("bytes"), {}, special_tokens({{l.stop, "$"}}));
            auto const look = [&](auto law) {
                byte_lm lm(model, law, {.stop_tokens = {l.stop}});
                auto stream = lm.start();
                lm.push(stream, e.bytes);
                CHECK(std::fabs(std::exp(lm.log_probability(stream)) - e.probability) < 1e-12);
                next_byte const next = lm.next(stream);
                CHECK(std::fabs(std::exp(next.log_probabilities['a']) - e.next_a) < 1e-12);
                CHECK(std::fabs(std::exp(next.log_probabilities['b']) - e.next_b) < 1e-12);
                CHECK(std::fabs(std::exp(next.stop) - e.stop) < 1e-12);
                CHECK(std::fabs(next.leak - e.leak) < 1e-12);
            };
            if (e.which == golden::law::valid) look(valid_law(tokenizer));
            if (e.which == golden::law::native) look(native_law(tokenizer));
        }
    }

    TEST_CASE("the valid law is its definition: added tokens that take white space with them") {
        std::mt19937 source(17);
        std::size_t n_possible = 0;
        for (int i = 0; i < 12; ++i) {
            bpe_model const model = random_model(source, rank_order::as_trained, "a1 ", true);
            std::vector<added_token> added{
                {.content = "1a", .special = false, .lstrip = i % 3 != 0, .rstrip = i % 2 == 0}};
            subject const on{tokenizer_of(model, split_by(R"( ?a+|\s+(?!\S)|\s|1)"), {}, added), "a1 "};
            check(on, source, 4, 6, n_possible);
        }
        CHECK(n_possible > 20);
    }

    TEST_CASE("several streams at once are each of them, and a stream stays small whatever it has read") {
        std::mt19937 source(16);
        bpe_model const model = random_model(source, rank_order::as_trained, "a1 '", true);
        any_tokenizer const tokenizer = tokenizer_of(model, any_pretokenizer::by_name("gpt2"));
        std::size_t const longest = tokenizer.vocab().longest();
        auto language = random_language(tokenizer.vocab().size());
        valid_law law(tokenizer);
        byte_lm lm(language, law);
        std::vector<decltype(lm)::stream> streams;
        for (char const* const text : {"", "a1", " a 1'a", "a1"}) lm.push(streams.emplace_back(lm.start()), text);
        std::vector<next_byte> all(streams.size());
        std::vector<decltype(lm)::stream*> each;
        for (auto& s : streams) each.push_back(&s);
        lm.next(each, all);
        for (std::size_t i = 0; i < streams.size(); ++i) {
            CHECK(all[i].log_probabilities == lm.next(streams[i]).log_probabilities);
        }
        streams.clear();
        auto long_one = lm.start();
        std::string text;
        std::size_t most_live = 0;
        for (int i = 0; i < 3000; ++i) {
            char const c = "aaa1 '"[source() % 6];
            text += c;
            lm.push(long_one, static_cast<unsigned char>(c));
            most_live = std::max(most_live, language.n_live());
        }
        CHECK(most_live < 64 + 4 * longest + 10);
        CHECK(long_one.n_live() <= 2 * longest + 2);
        // Rows of the tokenizer's own tokens and of the last covers, no others.
        std::uint64_t const before = lm.n_evaluations();
        double const log_p = lm.log_probability(long_one);
        CHECK(before < text.size());
        // Read in one piece, by another stream, it is as probable.
        auto again = lm.start();
        lm.push(again, text);
        CHECK(lm.log_probability(again) == doctest::Approx(log_p).epsilon(1e-14));
        // A cover goes on by tokens: over many draws, covers come as often as they are probable.
        lm.push(again = lm.start(), "a1 a");
        std::map<std::pair<token_id, std::string>, int> drawn;
        for (int i = 0; i < 2000; ++i) {
            auto const cover = lm.sample_cover(again, (i + .5) / 2000);
            ++drawn[{cover.last, cover.beyond}];
        }
        int n = 0;
        for (auto const& [cover, count] : drawn) {
            CHECK(tokenizer.vocab().bytes(cover.first).ends_with(cover.second));
            n += count;
        }
        CHECK(n == 2000);
        CHECK(drawn.size() > 1);
    }

    TEST_CASE("tokenizers of static types, and models that do not fit") {
        std::mt19937 source(3);
        any_tokenizer const any = tokenizer_of(random_model_of_ranks(source), any_pretokenizer::by_name("gpt2"));
        bpe_model const& bpe = bpe_of(any, "a test");
        tokenizer<gpt2_pretokenizer<>> const fixed(bpe, {}, {}, any.specials());
        auto language = random_language(any.vocab().size());
        valid_law law_of_any(any);
        valid_law law_of_fixed(fixed);
        byte_lm a(language, law_of_any);
        byte_lm b(language, law_of_fixed);
        auto in_a = a.start();
        auto in_b = b.start();
        a.push(in_a, "abba");
        b.push(in_b, "abba");
        CHECK(a.next(in_a).log_probabilities == b.next(in_b).log_probabilities);
        auto small = random_language(1);
        CHECK_THROWS_WITH_AS(byte_lm(small, law_of_any), doctest::Contains("is not among the 1 tokens of the model"),
                             error);
    }

    TEST_CASE("the valid law is its definition: random merges, no pretokenizer") {
        std::mt19937 source(11);
        std::size_t n_possible = 0;
        for (int i = 0; i < 36; ++i) {
            bpe_model const model = i % 3 == 0   ? random_model(source, rank_order::as_trained, "ab", true)
                                    : i % 3 == 1 ? random_model(source, rank_order::shuffled, "ab", true)
                                                 : random_model_of_ranks(source);
            subject const on{tokenizer_of(model, any_pretokenizer::by_name("bytes")), "ab", 4};
            check(on, source, 4, 6, n_possible);
        }
        CHECK(n_possible > 100);
    }

    TEST_CASE("the native law is its definition, and pruned it bounds what is lost") {
        std::mt19937 source(14);
        std::size_t n_possible = 0;
        for (int i = 0; i < 20; ++i) {
            bpe_model const model = random_model(source, rank_order::shuffled, "ab", true);
            subject const on{tokenizer_of(model, any_pretokenizer::by_name("bytes")), "ab"};
            auto const stop = static_cast<token_id>(on.tokenizer.vocab().size() - 1);
            reference::byte_law const native = definition(on, stop, true);
            for (int k = 0; k < 3; ++k) {
                std::string text;
                for (std::size_t n = source() % 6; n > 0; --n) text += on.letters[source() % 2];
                check_text<native_law>(on, native, text, source, n_possible);
                auto language = random_language(on.tokenizer.vocab().size());
                native_law law(on.tokenizer);
                byte_lm lm(language, law, {.stop_tokens = {stop}, .most_covers = 2});
                auto stream = lm.start();
                lm.push(stream, text);
                double const p = native.probability(text);
                double const kept = std::exp(lm.log_probability(stream));
                CHECK(kept <= p * (1 + 1e-12));
                if (kept > 0) {
                    CHECK(kept * (1 + lm.next(stream).pruned) >= p * (1 - 1e-12));
                } else {
                    CHECK(std::isinf(lm.next(stream).pruned));  // those that were kept have led nowhere
                }
            }
        }
        CHECK(n_possible == 60);
    }

    TEST_CASE("a space in front, a form of normalization, bytes that spell characters: as encoding has it") {
        std::mt19937 source(15);
        std::size_t n_possible = 0;
        // A small SentencePiece-like model: spaces are visible and one stands in front, unknown characters are bytes.
        vocabulary_builder builder;
        token_id id = 0;
        for (char const* const piece : {"\xE2\x96\x81", "a", "b", "\xC3\xA9",
                                        "\xE2\x96\x81"
                                        "a",
                                        "ab", "\xE2\x96\x81\xE2\x96\x81"}) {
            builder.add(id++, piece);
        }
        for (unsigned byte = 0; byte < 256; ++byte) {
            char name[8];
            std::snprintf(name, sizeof name, "<0x%02X>", byte);
            builder.add(id++, name, token_kind::byte);
        }
        builder.add_unfindable(id, "<end>");
        std::vector<merge> const merges{{0, 0, 6, 0}, {0, 1, 4, 1}, {1, 2, 5, 2}};
        bpe_model const model(builder.build(), merges, {.unit = symbol_unit::code_point, .byte_fallback = true});
        std::vector<any_normalizer::step> steps;
        steps.emplace_back(prepend_normalizer());
        steps.emplace_back(replace_normalizer({{" ", false}, "\xE2\x96\x81"}));
        any_tokenizer const tokenizer(
            model, any_pretokenizer(std::vector<any_pretokenizer::step>{}), any_normalizer(std::move(steps)),
            special_tokens({{id, "<end>"}}), {},
            any_decoder({replace_decoder({{"\xE2\x96\x81", false}, " "}), byte_fallback_decoder(), fuse_decoder(),
                         strip_decoder({U' ', 1, 0})}));
        valid_law law(tokenizer);
        auto language = random_language(tokenizer.vocab().size());
        byte_lm lm(language, law, {.stop_tokens = {id}});
        auto const row = [&](std::vector<token_id> const& prefix) {
            return random_row(prefix, tokenizer.vocab().size());
        };
        for (std::string const text : {"", "a", " a", "ab b", "\xC3\xA9", "\xC3\xB6", "a\xC3\xB6 ", "\xFF", "a  b"}) {
            CAPTURE(text);
            // A whole text has one tokenization, the tokenizer's.
            auto stream = lm.start();
            lm.push(stream, text);
            std::vector<token_id> const ids = tokenizer.encode(text);
            double expected = 1;
            for (std::size_t i = 0; i <= ids.size(); ++i) {
                expected *=
                    row({ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(i)})[i < ids.size() ? ids[i] : id];
            }
            CHECK(std::fabs(std::exp(lm.log_probability_of_whole(stream)) / expected - 1) < 1e-9);
            // And what comes next sums to one.
            next_byte const next = lm.next(stream);
            double sum = std::exp(next.stop) + next.leak;
            for (double const p : next.log_probabilities) sum += std::exp(p);
            CHECK(std::fabs(sum - 1) < 1e-9);
            ++n_possible;
        }
        CHECK(n_possible == 9);
        // Of a text that is not in the normalizer's form there are no tokens.
        bpe_model const bytes_model = bpe_from_ranks([] {
            vocabulary_builder all;
            for (token_id b = 0; b < 256; ++b) all.add(b, std::string(1, static_cast<char>(b)));
            all.add(256, "e\xCC");
            return all.build();
        }());
        any_tokenizer const composed =
            tokenizer_of(bytes_model, any_pretokenizer::by_name("bytes"), any_normalizer({nfc_normalizer()}));
        valid_law composed_law(composed);
        auto flat = random_language(composed.vocab().size());
        byte_lm composed_lm(flat, composed_law);
        auto stream = composed_lm.start();
        composed_lm.push(stream, "e\xCC");
        CHECK(composed_lm.next(stream).log_probabilities[0x81] == minus_infinity);  // U+0301 would compose
        CHECK(composed_lm.next(stream).log_probabilities[0x9F] > minus_infinity);  // U+031F has nothing to compose with
        composed_lm.push(stream, "\x81");
        CHECK_FALSE(stream.is_possible());
    }

    TEST_CASE("the valid law is its definition: pretokenizers that look ahead, tokens taken whole") {
        std::mt19937 source(12);
        std::size_t n_possible = 0;
        for (char const* const pattern : {R"( ?a+| ?1{1,3}|\s+(?!\S)|\s+)", R"('a1|[^\s1]?a+|1{1,2}|\s+(?!\S)|\s+)",
                                          R"(1{1,3}(?=(?:1{3})*(?!1)))", R"(a(?=1)|a*)", R"(\s*a|.)"}) {
            INFO(std::string(pattern));
            for (int i = 0; i < 6; ++i) {
                bpe_model const model = random_model(source, i % 3 == 0 ? rank_order::shuffled : rank_order::as_trained,
                                                     "a1 '", true, {.ignore_merges = i % 2 == 0});
                subject const on{tokenizer_of(model, split_by(pattern)), "a1 '"};
                check(on, source, 4, 5, n_possible);
            }
        }
        CHECK(n_possible > 100);
    }

    TEST_CASE("the valid law is its definition: added tokens and several components") {
        std::mt19937 source(13);
        std::size_t n_possible = 0;
        for (int i = 0; i < 16; ++i) {
            bpe_model const model = random_model(source, rank_order::as_trained, "a1 ", true);
            any_pretokenizer const steps({digits_pretokenizer({.individual_digits = i % 2 == 0}),
                                          split_pretokenizer(split_options{{R"( ?a+|\s+(?!\S)|\s)", true}})});
            subject const on{tokenizer_of(model, steps, {}, {{0, "  ", false}, {0, "a1a", false}, {0, "a1", false}}),
                             "a1 "};
            check(on, source, 4, 6, n_possible);
        }
        CHECK(n_possible > 50);
    }
}
