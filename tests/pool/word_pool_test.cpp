// Word pooling against its slow twin, in all combinations of words, units, options and threads; and the way back.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/pool/character_units.hpp>
#include <tessera/pool/code_point_units.hpp>
#include <tessera/pool/paper_words.hpp>
#include <tessera/pool/tokenizer_units.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/tokenizer.hpp>
#include <tessera/word_pool.hpp>
#include "io/hostile.hpp"
#include "reference/word_pool.hpp"
#include "support.hpp"

namespace word_pool_test {

using namespace tessera;

namespace {

using texts = std::vector<std::string_view>;
using strings = std::vector<std::string>;
using ids = std::vector<std::int32_t>;

// All 256 bytes, and merges that make "ab", " a", "aa", a two-byte character.
tokenizer<gpt2_pretokenizer<>> const& small_tokenizer() {
    static tokenizer<gpt2_pretokenizer<>> const made = [] {
        vocabulary_builder builder;
        for (unsigned b = 0; b < 256; ++b) {
            char const byte = static_cast<char>(static_cast<unsigned char>(b));
            builder.add(b, {&byte, 1});
        }
        builder.add(256, "ab");
        builder.add(257, " a");
        builder.add(258, "aa");
        builder.add(259, "\xC3\xA9");
        std::vector<merge> merges{{'a', 'b', 256, 0}, {' ', 'a', 257, 1}, {'a', 'a', 258, 2}, {0xC3, 0xA9, 259, 3}};
        return tokenizer<gpt2_pretokenizer<>>(bpe_model(builder.build(), merges));
    }();
    return made;
}

template <class Words>
strings words_of(Words const& words, std::string const& text, std::vector<std::size_t>& begins) {
    strings all;
    words.for_each(std::string_view(text), [&](std::string_view word) {
        begins.push_back(static_cast<std::size_t>(word.data() - text.data()));
        all.emplace_back(word);
    });
    return all;
}

// The bytes of units, one by one, from decoding each.
template <class Pool>
std::vector<std::pair<std::int32_t, std::string>> units_of(Pool const& pool, std::string const& word) {
    std::vector<std::pair<std::int32_t, std::string>> out;
    typename std::remove_cvref_t<decltype(pool.units())>::scratch s;
    pool.units().encode(word, s, [&](std::int32_t id) {
        std::string bytes;
        pool.units().decode(std::span(&id, 1), bytes);
        out.emplace_back(id, bytes);
    });
    return out;
}

template <class Pool>
std::vector<reference::pooled_word> expected(Pool const& pool, std::string const& text) {
    std::vector<std::size_t> begins;
    std::vector<std::vector<std::pair<std::int32_t, std::string>>> words;
    for (std::string const& word : words_of(pool.words(), text, begins)) words.push_back(units_of(pool, word));
    return reference::cut_words(words, begins, pool.options(), pool.ids().end_of_word_id().value_or(-1));
}

std::vector<reference::pooled_word> words_in(ragged_words const& r, std::size_t document) {
    std::vector<reference::pooled_word> out;
    for (auto w = static_cast<std::size_t>(r.document_offsets[document]);
         w < static_cast<std::size_t>(r.document_offsets[document + 1]); ++w) {
        out.push_back({ids(r.ids.begin() + r.word_offsets[w], r.ids.begin() + r.word_offsets[w + 1]),
                       static_cast<std::size_t>(r.byte_begin[w]), static_cast<std::size_t>(r.byte_end[w])});
    }
    return out;
}

// What the padded layout says must be what is expected, slot by slot.
template <class Pool>
bool is_padded(Pool const& pool, padded_words const& p, std::size_t document,
               std::vector<reference::pooled_word> const& words) {
    auto const first_row = static_cast<std::size_t>(p.document_offsets[document]);
    auto const end_row = static_cast<std::size_t>(p.document_offsets[document + 1]);
    if (end_row - first_row !=
        std::max<std::size_t>(1, p.words_per_row == 0 ? 1 : (words.size() + p.words_per_row - 1) / p.words_per_row)) {
        return false;
    }
    for (std::size_t i = 0; i < (end_row - first_row) * p.words_per_row; ++i) {
        std::size_t const at = first_row * p.words_per_row + i;
        bool const is_word = i < words.size();
        ids slots;
        if (is_word) {
            slots = pool.ids().prefix_ids();
            slots.insert(slots.end(), words[i].ids.begin(), words[i].ids.end());
        }
        slots.resize(p.slots(), pool.ids().pad_id());
        std::vector<std::uint8_t> mask(p.slots(), 0);
        for (std::size_t k = 0; is_word && k < words[i].ids.size(); ++k) mask[p.n_prefix + k] = 1;
        auto const from = static_cast<std::ptrdiff_t>(at * p.slots());
        if (!std::equal(slots.begin(), slots.end(), p.ids.begin() + from) ||
            !std::equal(mask.begin(), mask.end(), p.unit_mask.begin() + from) || p.word_mask[at] != is_word ||
            p.lengths[at] != static_cast<std::int32_t>(is_word ? words[i].ids.size() : 0) ||
            p.byte_begin[at] != static_cast<std::int64_t>(is_word ? words[i].begin : 0) ||
            p.byte_end[at] != static_cast<std::int64_t>(is_word ? words[i].end : 0)) {
            return false;
        }
    }
    return true;
}

bool same(ragged_words const& a, ragged_words const& b) {
    return a.ids == b.ids && a.word_offsets == b.word_offsets && a.word_index == b.word_index &&
           a.byte_begin == b.byte_begin && a.byte_end == b.byte_end && a.document_offsets == b.document_offsets;
}
bool same(padded_words const& a, padded_words const& b) {
    return a.n_rows == b.n_rows && a.words_per_row == b.words_per_row && a.slots() == b.slots() && a.ids == b.ids &&
           a.unit_mask == b.unit_mask && a.lengths == b.lengths && a.word_mask == b.word_mask &&
           a.byte_begin == b.byte_begin && a.byte_end == b.byte_end && a.document_offsets == b.document_offsets;
}

// Everything a pool does with these documents. The scratch is used again and again, as a caller would.
template <class Pool>
void check_all(Pool const& pool, strings const& documents) {
    CAPTURE(pool.words().name());
    CAPTURE(pool.units().name());
    CAPTURE(pool.options().canvas);
    CAPTURE(static_cast<int>(pool.options().overlong));
    CAPTURE(pool.options().end_of_word);
    CAPTURE(pool.options().n_prefix);
    texts const views(documents.begin(), documents.end());
    typename Pool::scratch s;
    ragged_words ragged;
    ragged_words other;
    tbb_executor const three(3);
    pool.pool_ragged(views, serial_executor{}, s, ragged);
    pool.pool_ragged(views, three, s, other);
    CHECK(same(ragged, other));
    other.clear();
    for (std::string_view const text : views) pool.append(text, s, other);
    CHECK(same(ragged, other));
    REQUIRE(ragged.n_documents() == documents.size());

    std::vector<std::vector<reference::pooled_word>> words;
    std::size_t n_differ = 0;
    std::size_t n_lost = 0;
    std::size_t n_words = 0;
    unit_statistics counted;
    bool const cuts = pool.options().canvas != 0;
    for (std::size_t d = 0; d < documents.size(); ++d) {
        words.push_back(expected(pool, documents[d]));
        n_differ += words_in(ragged, d) == words.back() ? 0 : 1;
        if (pool.is_lossless()) n_lost += pool.ids().decode(ragged, d) == documents[d] ? 0 : 1;
        n_words += words.back().size();
        for (auto const& word : words.back()) counted.add(word.ids.size());
    }
    CHECK(n_differ == 0);
    CHECK(n_lost == 0);
    CHECK(ragged.n_words() == n_words);
    ids index;
    for (std::size_t w = 0; w < ragged.n_words(); ++w) {
        index.resize(static_cast<std::size_t>(ragged.word_offsets[w + 1]), static_cast<std::int32_t>(w));
    }
    CHECK(std::equal(index.begin(), index.end(), ragged.word_index.begin(), ragged.word_index.end()));
    if (!cuts) CHECK(pool.statistics(views, three, s) == counted);

    for (std::size_t const per_row : {std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
        CAPTURE(per_row);
        if (per_row == 0 && documents.size() > 2000) continue;  // every row as long as the longest
        padded_words padded;
        padded_words twin;
        pool.pool_padded(views, per_row, serial_executor{}, s, padded);
        pool.pool_padded(views, per_row, three, s, twin);
        CHECK(same(padded, twin));
        std::size_t n_wrong = 0;
        std::size_t n_gone = 0;
        for (std::size_t d = 0; d < documents.size(); ++d) {
            n_wrong += is_padded(pool, padded, d, words[d]) ? 0 : 1;
            if (pool.is_lossless()) n_gone += pool.ids().decode(padded, d) == documents[d] ? 0 : 1;
        }
        CHECK(n_wrong == 0);
        CHECK(n_gone == 0);
    }
}

std::vector<pool_options> all_options() {
    std::vector<pool_options> all;
    for (std::size_t const canvas : {std::size_t{0}, std::size_t{2}, std::size_t{5}}) {
        for (bool const end : {false, true}) {
            for (overlong_words const overlong : {overlong_words::truncate, overlong_words::split}) {
                if (canvas == 0 && overlong == overlong_words::split) continue;
                pool_options o;
                o.canvas = canvas;
                o.end_of_word = end;
                o.overlong = overlong;
                o.n_prefix = canvas == 5 ? 2 : canvas == 0 && end ? 1 : 0;
                all.push_back(o);
            }
        }
    }
    return all;
}

character_units every_character(strings const& documents) {
    character_set seen;
    for (std::string const& text : documents) seen.add(text);
    return character_units(seen.characters());
}

template <class Words>
void check_units(Words const& words, strings const& documents, pool_options const& options) {
    check_all(word_pool<Words, byte_units>(words, {}, options), documents);
    check_all(word_pool<Words, code_point_units>(words, {}, options), documents);
    check_all(word_pool<Words, character_units>(words, every_character(documents), options), documents);
    using tokens = tokenizer_units<tokenizer<gpt2_pretokenizer<>>>;
    check_all(word_pool<Words, tokens>(words, tokens(small_tokenizer()), options), documents);
    pool_options padded_by_0 = options;
    padded_by_0.pad_id = 0;
    check_all(word_pool<Words, byt5_units>(words, {}, padded_by_0), documents);
}

void check_words(strings const& documents, pool_options const& options) {
    check_units(white_space_words(), documents, options);
    check_units(paper_words(), documents, options);
    check_units(gpt2_pretokenizer<>(), documents, options);
    check_units(any_pretokenizer::by_pattern("\\s*\\S+|\\s+"), documents, options);
}

strings every_short_text() {
    strings all(1);
    for (int a = 0; a < 256; ++a) {
        all.emplace_back(1, static_cast<char>(a));
        for (int b = 0; b < 256; ++b) all.push_back({static_cast<char>(a), static_cast<char>(b)});
    }
    return all;
}

strings random_texts(std::size_t n, std::size_t longest, std::uint64_t seed) {
    support::random_source random(seed);
    strings const parts = {" ",
                           " ",
                           " ",
                           "\n",
                           "\t",
                           "a",
                           "b",
                           "ab",
                           "aab",
                           "word",
                           "<unk>",
                           "<",
                           "=",
                           "@-@",
                           "@",
                           "-",
                           "--",
                           "{",
                           "}:",
                           "}",
                           ":",
                           ",",
                           ";",
                           ".",
                           "!",
                           "'",
                           "?",
                           "\xC3\xA9",
                           "\xE4\xBD\xA0",
                           "\xC3",
                           "\xA9",
                           "\xF0\x9F\xA6\x99",
                           "\xC2\xA0",
                           "\xE3\x80\x80",
                           "\xE2\x80\xA8",
                           "\x1C",
                           "\x85",
                           "\xFF",
                           std::string(1, '\0')};
    strings all;
    for (std::size_t i = 0; i < n; ++i) {
        std::string text;
        for (std::size_t k = random.below(longest + 1); k > 0; --k) {
            text += random.below(12) == 0 ? random.bytes(1) : parts[random.below(parts.size())];
        }
        all.push_back(text);
    }
    return all;
}

TEST_SUITE("oracle") {
    TEST_CASE("the words of white space are those of the slow twin") {
        strings documents = every_short_text();
        for (std::string const& text : random_texts(2000, 200, 1)) documents.push_back(text);
        std::size_t n_differ = 0;
        for (std::string const& text : documents) {
            std::vector<std::size_t> begins;
            strings const words = reference::white_space_words(text);
            n_differ += words_of(white_space_words(), text, begins) == words ? 0 : 1;
            n_differ += white_space_words().count(text) == words.size() ? 0 : 1;
        }
        CHECK(n_differ == 0);
    }

    TEST_CASE("the paper's words are those of its code, read line by line") {
        strings documents = every_short_text();
        for (std::string const& text : random_texts(20000, 12, 2)) documents.push_back(text);
        for (std::string const& text : random_texts(500, 300, 3)) documents.push_back(text);
        for (char const* const text :
             {"@-@-@", "@-@-@-@", "<un\nk>", "<<unk>unk>", "--a--", "}:}", "\t \t a \t\t", "\x1F"}) {
            documents.emplace_back(text);
        }
        std::size_t n_differ = 0;
        for (std::string const& text : documents) {
            std::vector<std::size_t> begins;
            strings const words = reference::paper_words(text);
            n_differ += words_of(paper_words(), text, begins) == words ? 0 : 1;
            std::size_t n_bytes = 0;
            for (std::string const& word : words) n_bytes += word.size();
            word_totals const counted = paper_words().count(text);
            n_differ += counted.n_words == words.size() && counted.n_bytes == n_bytes ? 0 : 1;
        }
        CHECK(n_differ == 0);
    }

    TEST_CASE("characters are those of the slow twin") {
        for (std::string const& text : random_texts(3000, 30, 4)) {
            std::size_t n = 0;
            strings found;
            detail::for_each_character(text, [&](std::int32_t id) {
                REQUIRE(detail::is_character(id));
                std::string bytes;
                detail::append_character(id, bytes);
                CHECK(bytes.size() == detail::bytes_of_character(id));
                found.push_back(bytes);
                ++n;
            });
            CHECK(found == reference::characters(text));
            CHECK(code_point_units::count(text) == n);
        }
    }

    TEST_CASE("every text of at most two bytes") {
        pool_options const plain;
        check_words(every_short_text(), plain);
        pool_options split;
        split.canvas = 2;
        split.overlong = overlong_words::split;
        split.end_of_word = true;
        split.n_prefix = 1;
        check_words(every_short_text(), split);
    }

    TEST_CASE("random texts, all options") {
        strings const documents = random_texts(150, 40, 5);
        for (pool_options const& options : all_options()) check_words(documents, options);
    }

    TEST_CASE("a long document is cut for the threads, and comes out the same") {
        strings documents = random_texts(3, 100'000, 6);
        documents.emplace_back();
        documents.emplace_back(300'000, 'a');
        documents.emplace_back(300'000, ' ');
        for (pool_options options : all_options()) {
            if (options.canvas == 0 && options.end_of_word) options.n_prefix = 0;
            typename word_pool<>::scratch s;
            ragged_words one;
            ragged_words many;
            texts const views(documents.begin(), documents.end());
            word_pool<white_space_words, code_point_units> const pool({}, {}, options);
            typename word_pool<white_space_words, code_point_units>::scratch t;
            pool.pool_ragged(views, serial_executor{}, t, one);
            pool.pool_ragged(views, tbb_executor(7), t, many);
            CHECK(same(one, many));
            for (std::size_t d = 0; d < documents.size(); ++d) {
                if (pool.is_lossless()) CHECK((pool.ids().decode(many, d) == documents[d]));
            }
            word_pool<> const bytes({}, {}, options);
            bytes.pool_ragged(views, serial_executor{}, s, one);
            bytes.pool_ragged(views, tbb_executor(7), s, many);
            CHECK(same(one, many));
            if (options.canvas != 0) {
                padded_words a;
                padded_words b;
                bytes.pool_padded(views, 64, serial_executor{}, s, a);
                bytes.pool_padded(views, 64, tbb_executor(7), s, b);
                CHECK(same(a, b));
            }
        }
    }

    TEST_CASE("statistics, against counting") {
        support::random_source random(7);
        unit_statistics all;
        unit_statistics parts[2];
        std::vector<std::size_t> lengths;
        for (int i = 0; i < 3000; ++i) {
            lengths.push_back(random.below(50) == 0 ? 4000 + random.below(3000) : random.below(20));
            all.add(lengths.back());
            parts[i % 2].add(lengths.back());
        }
        parts[0].add(parts[1]);
        CHECK(parts[0] == all);
        std::sort(lengths.begin(), lengths.end());
        CHECK(all.n_words() == lengths.size());
        CHECK(all.n_units() == std::accumulate(lengths.begin(), lengths.end(), std::uint64_t{0}));
        CHECK(all.longest() == lengths.back());
        CHECK(all.canvas_for(1) == lengths.back());
        CHECK(all.canvas_for(0.99) == lengths[2969]);  // 2970 of 3000
        CHECK(all.canvas_for(0.5) == lengths[1499]);
        for (std::size_t const canvas : {std::size_t{1}, std::size_t{7}, std::size_t{4500}, lengths.back()}) {
            std::size_t n_cut = 0;
            double filled = 0;
            for (std::size_t const n : lengths) {
                n_cut += n > canvas ? 1 : 0;
                filled += static_cast<double>(std::min(n, canvas));
            }
            CHECK(all.cut(canvas) == doctest::Approx(static_cast<double>(n_cut) / 3000));
            CHECK(all.waste(canvas) == doctest::Approx(1 - filled / (3000.0 * static_cast<double>(canvas))));
        }
        CHECK(unit_statistics().longest() == 0);
        CHECK(unit_statistics().waste(0) == 0);
        CHECK(unit_statistics().canvas_for(1) == 0);
    }
}

TEST_SUITE("unit") {
    TEST_CASE("the layouts of a small text") {
        pool_options options;
        options.n_prefix = 1;
        options.end_of_word = true;
        word_pool<> const pool({}, {}, options);
        CHECK(pool.ids().pad_id() == 256);
        CHECK(*pool.ids().end_of_word_id() == 257);
        CHECK(pool.ids().prefix_ids() == ids{258});
        CHECK(pool.ids().n_ids() == 259);
        word_pool<>::scratch s;
        texts const two = {"Hi you", ""};
        padded_words p;
        pool.pool_padded(two, 0, serial_executor{}, s, p);
        CHECK(ids(p.ids.begin(), p.ids.end()) == ids{258, 'H', 'i', 257, 256, 256, 258, ' ', 'y', 'o', 'u', 257,  //
                                                     256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256});
        CHECK(p.lengths == uninitialized_vector<std::int32_t>{3, 5, 0, 0});
        CHECK(p.word_mask == uninitialized_vector<std::uint8_t>{1, 1, 0, 0});
        CHECK(p.byte_begin == uninitialized_vector<std::int64_t>{0, 2, 0, 0});
        CHECK(p.byte_end == uninitialized_vector<std::int64_t>{2, 6, 0, 0});
        ragged_words r;
        pool.pool_ragged(two, serial_executor{}, s, r);
        CHECK(ids(r.ids.begin(), r.ids.end()) == ids{'H', 'i', 257, ' ', 'y', 'o', 'u', 257});
        CHECK(r.word_offsets == uninitialized_vector<std::int64_t>{0, 3, 8});
        CHECK(r.word_index == uninitialized_vector<std::int32_t>{0, 0, 0, 1, 1, 1, 1, 1});
        CHECK(r.document_offsets == uninitialized_vector<std::int64_t>{0, 2, 2});
        pool.pool_ragged({}, serial_executor{}, s, r);
        CHECK(r.n_documents() == 0);
        pool.pool_padded({}, 0, serial_executor{}, s, p);
        CHECK(p.ids.empty());
        CHECK(p.n_documents() == 0);
    }

    TEST_CASE("a word longer than the canvas is named") {
        pool_options options;
        options.canvas = 4;
        word_pool<> const pool({}, {}, options);
        word_pool<>::scratch s;
        ragged_words out;
        padded_words padded;
        texts const all = {"one two", "a hundred b", "a thousand"};
        for (std::size_t const n_threads : {std::size_t{1}, std::size_t{3}}) {
            auto const ragged = [&] { pool.pool_ragged(all, tbb_executor(n_threads), s, out); };
            hostile::check_fails(ragged, error_kind::bad_option,
                                 "document 2: byte 1: the word there has 8 units; the canvas has 4");
            auto const padded_too = [&] { pool.pool_padded(all, 2, tbb_executor(n_threads), s, padded); };
            hostile::check_fails(padded_too, error_kind::bad_option, "document 2: byte 1");
        }
        // A place far inside a document that was cut for the threads.
        std::string long_text;
        while (long_text.size() < 400'000) long_text += " abc";
        std::size_t const at = long_text.size();
        long_text += " abcdefgh";
        texts const one = {long_text};
        hostile::check_fails([&] { pool.pool_ragged(one, tbb_executor(3), s, out); }, error_kind::bad_option,
                             "byte " + std::to_string(at) + ":");
        using tokens = tokenizer_units<tokenizer<gpt2_pretokenizer<>>>;
        word_pool<white_space_words, tokens> const of_tokens({}, tokens(small_tokenizer()), options);
        typename word_pool<white_space_words, tokens>::scratch t;
        hostile::check_fails([&] { of_tokens.pool_ragged(all, tbb_executor(3), t, out); }, error_kind::bad_option,
                             "document 2: byte 1: the word there has 8 units");
    }

    TEST_CASE("options without a meaning are refused") {
        pool_options options;
        options.canvas = 1;
        options.end_of_word = true;
        hostile::check_fails([&] { word_pool<>({}, {}, options); }, error_kind::bad_option, "canvas");
        options = {};
        for (std::int32_t const pad : {0, 255, 257, -1}) {
            options.pad_id = pad;
            hostile::check_fails([&] { word_pool<>({}, {}, options); }, error_kind::bad_option, "pad id");
        }
        options.pad_id = 256;
        CHECK(word_pool<>({}, {}, options).ids().pad_id() == 256);
        options.pad_id = 0;
        options.n_prefix = 2;
        word_pool<white_space_words, byt5_units> const byt5({}, {}, options);
        CHECK(byt5.ids().pad_id() == 0);
        CHECK(byt5.ids().prefix_ids() == ids{259, 260});
        for (char const* const lossy : {"whitespace"}) {
            hostile::check_fails([&] { word_pool<any_pretokenizer> const p(any_pretokenizer::by_name(lossy)); },
                                 error_kind::bad_option, "drops text");
        }
        any_pretokenizer const rewriting(std::vector<any_pretokenizer::step>{metaspace_pretokenizer()});
        hostile::check_fails([&] { word_pool<any_pretokenizer> const p(rewriting); }, error_kind::bad_option, "");
        hostile::check_fails([&] { character_units(ids{65, 65}); }, error_kind::bad_token, "twice");
        hostile::check_fails([&] { character_units(ids{0xD800}); }, error_kind::bad_token, "no character");
        word_pool<white_space_words, character_units> const few({}, character_units(ids{'a', 'b'}));
        typename word_pool<white_space_words, character_units>::scratch s;
        ragged_words out;
        texts const all = {"ab", "abc"};
        hostile::check_fails([&] { few.pool_ragged(all, serial_executor{}, s, out); }, error_kind::bad_token,
                             "document 2");
    }

    TEST_CASE("ids that are no pool's are refused") {
        pool_options options;
        options.n_prefix = 1;
        options.end_of_word = true;
        word_ids<byte_units> const of({}, options);
        std::string out;
        auto const fails = [&](ids const& padded, error_kind kind, std::string const& what) {
            hostile::check_fails([&] { of.decode_padded(padded, 3, out); }, kind, what);
        };
        fails({258, 65, 256, 65, 66, 256}, error_kind::bad_id, "word 2: slot 1: 65 is not the prefix");
        fails({258, 65, 258}, error_kind::bad_id, "word 1");
        fails({258, -1, 256}, error_kind::bad_id, "-1");
        fails({258, 300, 256}, error_kind::bad_id, "300");
        fails({258, 65}, error_kind::bad_option, "whole number");
        hostile::check_fails([&] { of.decode_padded(ids{1}, 0, out); }, error_kind::bad_option, "whole number");
        out.clear();
        of.decode_padded(ids{258, 65, 257, 256, 256, 256, 258, 66, 256}, 3, out);
        CHECK(out == "AB");
        auto const ragged = [&](ids const& all, std::vector<std::int64_t> const& offsets, error_kind kind) {
            hostile::check_fails([&] { of.decode_ragged(all, offsets, out); }, kind, "word");
        };
        ragged({65, 66}, {0, 3}, error_kind::syntax);
        ragged({65, 66}, {0, 1, 0}, error_kind::syntax);
        ragged({65, 66}, {-1, 1}, error_kind::syntax);
        ragged({65, 257, 66}, {0, 3}, error_kind::bad_id);
        ragged({65, 256}, {0, 2}, error_kind::bad_id);
        word_ids<code_point_units> const points{{}};
        for (std::int32_t const id : {0xD800, 0x110000, 0x11007F, 0x110100, -5}) {
            hostile::check_fails([&] { points.decode_word(ids{id}, out); }, error_kind::bad_id, std::to_string(id));
        }
        using tokens = tokenizer_units<tokenizer<gpt2_pretokenizer<>>>;
        word_ids<tokens> const of_tokens{tokens(small_tokenizer())};
        hostile::check_fails([&] { of_tokens.decode_word(ids{-1}, out); }, error_kind::bad_id, "");
        hostile::check_fails([&] { of_tokens.decode_word(ids{260}, out); }, error_kind::bad_id, "260");
    }
}

}  // namespace

}  // namespace word_pool_test
