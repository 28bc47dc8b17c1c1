// Superwords: merging in two levels gives what merging in one does, and is done only where that is so.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/model/bpe_from_ranks.hpp>
#include <tessera/model/bpe_model.hpp>

#include "model/model_support.hpp"
#include "reference/bpe.hpp"
#include "reference/bpe_trainer.hpp"

namespace merge_levels_test {

using namespace tessera;
using support::pieces;
using support::strings;

namespace {

using small_blocks = basic_bpe_model<merge_scan, merge_blocks<64, 8>>;

constexpr std::string_view alphabet = "abcde .\n";

/// Lines of few words, which repeat.
std::vector<std::string> random_lines(support::random_source& random) {
    std::vector<std::string> words;
    for (int i = 0; i < 12; ++i) words.push_back(random.text(1 + random.below(5), "abcde"));
    std::vector<std::string> lines;
    for (int i = 0; i < 25; ++i) {
        std::string line = words[random.below(words.size())];
        for (std::size_t n = random.below(9); n > 0; --n) {
            line += ' ' + words[std::min(random.below(words.size()), random.below(words.size()))];
        }
        lines.push_back(line + (random.below(2) == 0 ? ".\n" : "\n"));
    }
    return lines;
}

/// Words with the space before them, and what is no word.
std::vector<std::string> words_of(std::string const& line) {
    std::vector<std::string> words;
    for (char const c : line) {
        if (words.empty() || c == ' ' || c == '.' || c == '\n') words.emplace_back();
        words.back() += c;
    }
    return words;
}

/// A list of merges by name.
struct merge_list {
    strings tokens;
    std::map<std::string, token_id> ids;
    std::vector<merge> merges;

    token_id add(std::string const& token) {
        auto const [at, is_new] = ids.emplace(token, static_cast<token_id>(tokens.size()));
        if (is_new) tokens.push_back(token);
        return at->second;
    }
    void join(std::string const& left, std::string const& right) {
        token_id const result = add(left + right);
        merges.push_back({ids.at(left), ids.at(right), result, static_cast<std::uint32_t>(merges.size())});
    }
    [[nodiscard]] reference::rank_of_pair ranks() const {
        reference::rank_of_pair ranks;
        for (merge const& m : merges) ranks[{tokens[m.left], tokens[m.right]}] = m.rank;
        return ranks;
    }
};

auto trained(std::map<std::string, std::uint64_t> const& counts, strings const& letters, std::size_t n_merges) {
    return reference::train_bpe(counts, {letters.size() + n_merges, 0, 0, {}, letters}).merges;
}

/// SuperBPE's training: on words, then on whole lines. For the second stage each token of the first is a letter.
merge_list trained_in_two_stages(support::random_source& random) {
    merge_list list;
    for (char const c : alphabet) list.add(std::string(1, c));
    std::vector<std::string> const lines = random_lines(random);
    std::map<std::string, std::uint64_t> counts;
    for (std::string const& line : lines) {
        for (std::string const& word : words_of(line)) ++counts[word];
    }
    auto const first_stage = trained(counts, list.tokens, 4 + random.below(40));
    for (auto const& [left, right] : first_stage) list.join(left, right);
    reference::rank_of_pair const ranks = list.ranks();
    std::map<std::string, std::uint64_t> spelled;
    for (std::string const& line : lines) {
        std::string letters;
        for (std::string const& word : words_of(line)) {
            for (std::string const& token : reference::merge_by_list(reference::bytes_of(word), ranks)) {
                letters += static_cast<char>(list.ids.at(token));
            }
        }
        ++spelled[letters];
    }
    strings one_each;
    for (std::size_t id = 0; id < list.tokens.size(); ++id) one_each.emplace_back(1, static_cast<char>(id));
    strings const words = list.tokens;
    auto const text_of = [&](std::string const& letters) {
        std::string text;
        for (char const c : letters) text += words[static_cast<unsigned char>(c)];
        return text;
    };
    auto const second_stage = trained(spelled, one_each, 2 + random.below(60));
    for (auto const& [left, right] : second_stage) list.join(text_of(left), text_of(right));
    return list;
}

strings symbols_of(std::string_view text, bpe_options const& options) {
    strings symbols;
    bool after_unknown = false;
    for (char const c : text) {
        bool const known = alphabet.find(c) != std::string_view::npos;
        if (known) symbols.emplace_back(1, c);
        if (!known && options.unknown != no_token && !(after_unknown && options.fuse_unknown)) symbols.push_back("<?>");
        after_unknown = !known;
    }
    return symbols;
}

std::string text_for(support::random_source& random, merge_list const& list) {
    std::string text;
    auto const some_token = [&] { return list.tokens[random.below(list.tokens.size())]; };
    switch (random.below(6)) {
        case 0:
            return random.text(random.below(60), alphabet);
        case 1:
            return random.text(random.below(60), "abcde?");
        case 2:
            for (std::string const token = some_token(); text.size() < 300;) text += token;
            return text;
        case 3:
            for (std::size_t n = random.below(9); n > 0; --n) text += random.below(5) == 0 ? "?" : some_token();
            return text;
        case 4:
            for (std::string const& line : random_lines(random)) text += line;
            return text.substr(0, 400);
        default:
            while (text.size() < 200) text += some_token();
            return text;
    }
}

template <class M>
void check_texts(M const& model, merge_list const& list, support::random_source& random) {
    reference::rank_of_pair const ranks = list.ranks();
    typename M::scratch s;
    for (int i = 0; i < 25; ++i) {
        std::string const text = text_for(random, list);
        bool const is_token = model.options().ignore_merges && list.ids.contains(text);
        strings const expected =
            is_token ? strings{text} : reference::merge_by_list(symbols_of(text, model.options()), ranks);
        REQUIRE(pieces(model, text, s) == expected);
        REQUIRE(pieces(model, text, s) == expected);  // all words are in the cache now
    }
}

/// @return  whether the model merges in two levels
bool check(merge_list list, bpe_options options, support::random_source& random) {
    strings const learned = list.tokens;
    if (options.unknown != no_token) options.unknown = list.add("<?>");
    vocabulary const vocab = support::vocabulary_of(list.tokens);
    check_texts(small_blocks(vocab, list.merges, options), list, random);
    bpe_model const model(vocab, list.merges, options);
    check_texts(model, list, random);
    for (token_id id = 0; id < learned.size(); ++id) {
        bool const whole = options.ignore_merges ||
                           reference::merge_by_list(reference::bytes_of(learned[id]), list.ranks()).size() == 1;
        REQUIRE(model.is_whole(id) == whole);
    }
    return static_cast<bool>(model.levels());
}

bpe_options random_options(support::random_source& random) {
    bpe_options options;
    if (random.below(3) == 0) options.unknown = 0;  // check() puts the id in
    options.fuse_unknown = random.below(2) == 0;
    options.ignore_merges = random.below(4) == 0;
    return options;
}

merge_list list_of(std::string_view letters, std::vector<std::pair<std::string, std::string>> const& merges) {
    merge_list list;
    for (char const c : letters) list.add(std::string(1, c));
    for (auto const& [left, right] : merges) list.add(left + right);
    for (auto const& [left, right] : merges) list.join(left, right);
    return list;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("words are merged first, and what joins them afterwards") {
        merge_list const list = list_of("ab ", {{" ", "a"}, {" a", "b"}, {"a", "b"}, {"ab", " ab"}, {"ab ab", " ab"}});
        bpe_model const model(support::vocabulary_of(list.tokens), list.merges);
        REQUIRE(model.levels());
        CHECK(model.levels().limit() == 3);
        CHECK(pieces(model, "ab ab ab ab") == strings{"ab ab ab", " ab"});
        CHECK(pieces(model, "b ab ab") == strings{"b", " ab", " ab"});
    }

    TEST_CASE("one level where the upper one makes a part of the lower") {
        // Words are joined from rank 1 on. "a a" is made by ranks 2 and 3, and rank 0 waits for it.
        merge_list const list = list_of("ac ", {{"a a", "c"}, {"c", " "}, {"a", " "}, {"a ", "a"}});
        bpe_model const model(support::vocabulary_of(list.tokens), list.merges);
        CHECK_FALSE(model.levels());
        CHECK(pieces(model, " a aca ac a") == strings{" ", "a ac", "a a", "c ", "a"});
    }

    TEST_CASE("two levels where the lower one has made that part already") {
        // " ab" is made of " a" and "b" by rank 1, so nothing is left for the last rank to make it of.
        merge_list const list =
            list_of("ab ", {{" ", "a"}, {" a", "b"}, {" ab", "b"}, {"a", "b"}, {"b", " a"}, {"a", " a"}, {" ", "ab"}});
        bpe_model const model(support::vocabulary_of(list.tokens), list.merges);
        REQUIRE(model.levels());
        CHECK(model.levels().limit() == 4);
        CHECK(pieces(model, " abb ab") == strings{" abb", " ab"});
        CHECK(pieces(model, "ab a") == strings{"ab", " a"});
        // Nor here, though " abb", which " ab" is a part of, is not what the lower one makes.
        merge_list const other = list_of(
            "ab ",
            {{"b", "b"}, {" ", "a"}, {" a", "b"}, {" ab", "b"}, {"a", "b"}, {"b", " a"}, {"a", " a"}, {" ", "ab"}});
        bpe_model const too(support::vocabulary_of(other.tokens), other.merges);
        REQUIRE(too.levels());
        CHECK(too.levels().limit() == 5);
        CHECK(pieces(too, " abb ab") == strings{" a", "bb", " ab"});
    }

    TEST_CASE("no levels where no merge joins words") {
        merge_list const list = list_of("ab ", {{" ", "a"}, {" a", "b"}, {"a", "b"}});
        bpe_model const model(support::vocabulary_of(list.tokens), list.merges);
        CHECK_FALSE(model.levels());
        std::string text;
        for (int i = 0; i < 100; ++i) text += " ab";
        CHECK(pieces(model, text) == strings(100, " ab"));
    }

    TEST_CASE("a scratch may serve models with and without levels in turn") {
        merge_list const list = list_of("ab ", {{" ", "a"}, {" a", "b"}, {"a", "b"}, {"ab", " ab"}});
        vocabulary const vocab = support::vocabulary_of(list.tokens);
        bpe_model const superwords(vocab, list.merges);
        bpe_model const words(vocab, {list.merges.begin(), list.merges.begin() + 3});
        bpe_model const copy = superwords;
        bpe_model::scratch s;
        for (int i = 0; i < 100; ++i) {  // the cache takes its first entries after some time
            REQUIRE(pieces(superwords, "ab ab", s) == strings{"ab ab"});
            REQUIRE(pieces(words, "ab ab", s) == strings{"ab", " ab"});
            REQUIRE(pieces(copy, "ab ab", s) == strings{"ab ab"});
        }
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("superwords as the naive merge makes them: lists trained in two stages") {
        std::size_t in_levels = 0;
        for (std::uint64_t seed = 1; seed <= 60; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            merge_list const list = trained_in_two_stages(random);
            in_levels += check(list, random_options(random), random) ? 1 : 0;
        }
        CHECK(in_levels > 40);
    }

    TEST_CASE("superwords as the naive merge makes them: lists that no training makes") {
        std::map<std::string, std::size_t> in_levels, in_one;
        for (std::uint64_t seed = 1; seed <= 140; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            merge_list list = trained_in_two_stages(random);
            std::vector<merge>& merges = list.merges;
            auto const any = [&] { return random.below(merges.size()); };
            std::string kind = "other ways to make a token";
            switch (seed % 4) {
                case 0:
                    kind = "shared ranks";
                    for (merge& m : merges) m.rank /= 1 + static_cast<std::uint32_t>(seed % 5);
                    break;
                case 1:
                    kind = "ranks in disorder";
                    for (std::size_t n = 1 + random.below(8); n > 0; --n)
                        std::swap(merges[any()].rank, merges[any()].rank);
                    break;
                case 2:
                    kind = "pairs again";
                    for (std::size_t n = 1 + random.below(8); n > 0; --n) {
                        merges.push_back(merges[any()]);
                        merges.back().rank = static_cast<std::uint32_t>(merges.size() - 1);
                    }
                    break;
                default:
                    for (int tries = 0; tries < 400; ++tries) {
                        std::string const& token = list.tokens[random.below(list.tokens.size())];
                        if (token.size() < 2) continue;
                        std::size_t const cut = 1 + random.below(token.size() - 1);
                        std::string const left = token.substr(0, cut), right = token.substr(cut);
                        if (!list.ids.contains(left) || !list.ids.contains(right)) continue;
                        if (!list.ranks().contains({left, right})) list.join(left, right);
                    }
            }
            ++(check(list, random_options(random), random) ? in_levels : in_one)[kind];
        }
        for (char const* const kind :
             {"shared ranks", "ranks in disorder", "pairs again", "other ways to make a token"}) {
            CAPTURE(std::string(kind));
            CHECK(in_levels[kind] > 5);
        }
        CHECK(in_one["ranks in disorder"] > 5);
    }

    TEST_CASE("superwords as the naive merge makes them: random lists") {
        std::size_t in_levels = 0;
        for (std::uint64_t seed = 1; seed <= 100; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            support::random_bpe const bpe(random, alphabet, 5 + random.below(60));
            merge_list list{bpe.tokens, {}, bpe.merges};
            for (token_id id = 0; id < list.tokens.size(); ++id) list.ids.emplace(list.tokens[id], id);
            in_levels += check(list, random_options(random), random) ? 1 : 0;
        }
        CHECK(in_levels > 10);
    }

    TEST_CASE("superwords by rank, as tiktoken merges") {
        std::size_t in_levels = 0;
        for (std::uint64_t seed = 1; seed <= 60; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            merge_list const list = trained_in_two_stages(random);
            std::map<std::string, std::uint32_t> ranks;
            for (token_id id = 0; id < list.tokens.size(); ++id) ranks[list.tokens[id]] = id;
            bpe_model const model = bpe_from_ranks(support::vocabulary_of(list.tokens));
            in_levels += model.levels() ? 1 : 0;
            bpe_model::scratch s;
            for (int i = 0; i < 20; ++i) {
                std::string const text = text_for(random, list);
                strings const expected = list.ids.contains(text)
                                             ? strings{text}
                                             : reference::merge_by_rank(symbols_of(text, model.options()), ranks);
                REQUIRE(pieces(model, text, s) == expected);
            }
        }
        CHECK(in_levels > 40);
    }
}

TEST_SUITE("property") {
    TEST_CASE("a line of superwords twice as long takes about twice the time") {
        support::random_source random(3);
        merge_list const list = trained_in_two_stages(random);
        bpe_model const model(support::vocabulary_of(list.tokens), list.merges);
        REQUIRE(model.levels());
        std::string lines;
        while (lines.size() < (1U << 16)) {
            for (std::string const& line : random_lines(random)) lines += line.substr(0, line.size() - 1);
        }
        for (std::string const& unit : {list.tokens.back(), std::string(" ab"), std::string("a"), lines}) {
            std::string text;
            while (text.size() < (1U << 18)) text += unit;
            CAPTURE(unit.substr(0, 40));
            CHECK(support::is_about_linear(model, text));
        }
    }
}

}  // namespace merge_levels_test
