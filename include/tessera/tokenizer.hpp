// A tokenizer: added tokens -> normalizer -> pretokenizer -> model, and back by a decoder. Static in all its parts;
// any_tokenizer.hpp is the same template with parts chosen at run time.
//
//   text   "Hi there<|endoftext|>"
//   core/special_tokens.hpp   cuts out added tokens      "Hi there" | 50256
//   normalize/                rewrites what is between   (nothing, for GPT-2)
//   pretokenize/              splits it                  "Hi" " there"
//   model/                    pretoken -> ids            17250 | 612
//   decode/                   ids -> text                "Hi" " there" "<|endoftext|>"
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/made_on_use.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/stages.hpp>
#include <tessera/core/text_piece.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/token_source.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/decode/byte_decoder.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/normalize/no_normalizer.hpp>

namespace tessera::inline v0 {

/// Nothing is put around a text.
struct no_post_processor {
    friend bool operator==(no_post_processor, no_post_processor) = default;
};

/// An immutable tokenizer; `const` members may be called from many threads, each with its own scratch.
/// Example: examples/encode_static.cpp
template <Pretokenizer P, Model M = bpe_model, Normalizer N = no_normalizer, Decoder D = byte_decoder,
          std::copyable F = no_post_processor>
class tokenizer {
public:
    using pretokenizer_type = P;
    using model_type = M;
    using normalizer_type = N;
    using decoder_type = D;
    using post_processor_type = F;

    /// Everything that changes while encoding or decoding. One per thread; keep it, and they stop allocating.
    struct scratch {
        typename M::scratch model;
        typename detail::scratch_of<P>::type pretokenizer;
        typename detail::scratch_of<N>::type normalizer;
        std::string normalized;
        typename D::scratch decoder;
    };

    /// @throws error  bad_token: an added token's id is not in the vocabulary
    explicit tokenizer(M model, P pretokenizer = {}, N normalizer = {}, special_tokens specials = {},
                       F post_processor = {}, D decoder = {})
        : model_(std::move(model)),
          pretokenizer_(std::move(pretokenizer)),
          normalizer_(std::move(normalizer)),
          specials_(normalizer_.is_identity() ? std::move(specials) : std::move(specials).normalized_by(normalizer_)),
          post_processor_(std::move(post_processor)),
          decoder_(std::move(decoder)),
          is_special_(model_.vocab().size(), false) {
        for (added_token const& token : specials_.tokens()) {
            if (token.id >= model_.vocab().size()) {
                throw error(error_kind::bad_token, "added token \"" + token.content + "\"",
                            "its id " + std::to_string(token.id) + " is not in the vocabulary", "add it there");
            }
            if (token.special) is_special_[token.id] = true;
        }
        note_rewritten_tokens();
    }

    [[nodiscard]] M const& model() const noexcept { return model_; }
    [[nodiscard]] P const& pretokenizer() const noexcept { return pretokenizer_; }
    [[nodiscard]] N const& normalizer() const noexcept { return normalizer_; }
    [[nodiscard]] special_tokens const& specials() const noexcept { return specials_; }
    /// What puts `<s>`, `</s>` and the like around a text; encoding does not, its caller may.
    [[nodiscard]] F const& post_processor() const noexcept { return post_processor_; }
    [[nodiscard]] D const& decoder() const noexcept { return decoder_; }
    /// Canonical bytes. The same ids as `model().vocab()`, which spells tokens as the model matches them: " the", where
    /// the model of a SentencePiece tokenizer says U+2581 "the".
    /// Where the two differ, it is made at the first call, in time linear in the bytes of all tokens.
    [[nodiscard]] vocabulary const& vocab() const {
        if (decoder_.joins_bytes()) return model_.vocab();
        return canonical_.get([this] { return canonical_vocabulary(); });
    }

    /// Encodes `text`, calling `sink(token_id)` for each token in order. Takes any bytes.
    /// @param rules    which added tokens the text may contain
    /// @throws error   disallowed_special: only if `rules` refuse a token that occurs
    /// @complexity     O(n) pretokenizing, O(m log m) for a pretoken of m bytes
    template <class Sink>
    void encode(std::string_view text, special_rules const& rules, scratch& s, Sink&& sink) const {
        if (specials_.empty() || rules.all_ordinary()) {
            encode_ordinary(text, s, sink);
            return;
        }
        text_piece const whole = detail::whole_input(pretokenizer_, text);
        auto const on_token = [&](added_token const& token) { sink(token.id); };
        specials_.split(
            text, false, rules,
            [&](std::string_view stretch) {
                text_piece const piece = part_of(whole, stretch);
                if (!specials_.has_normalized()) {
                    encode_stretch(piece, s, sink);
                    return;
                }
                text_piece const rewritten = detail::normalized(normalizer_, piece, s.normalizer, s.normalized);
                specials_.split(
                    rewritten.text, true, rules,
                    [&](std::string_view inner) { encode_normalized(part_of(rewritten, inner), s, sink); }, on_token);
            },
            on_token);
    }

    /// Encodes `text` as ordinary text: added tokens in it have no meaning (tiktoken's encode_ordinary).
    template <class Sink>
    void encode_ordinary(std::string_view text, scratch& s, Sink&& sink) const {
        encode_stretch(detail::whole_input(pretokenizer_, text), s, sink);
    }

    /// The ids of `text`; added tokens in it are recognised, unless `rules` say otherwise.
    [[nodiscard]] std::vector<token_id> encode(std::string_view text, special_rules const& rules = {}) const {
        scratch s;
        std::vector<token_id> ids;
        encode(text, rules, s, [&](token_id id) { ids.push_back(id); });
        return ids;
    }

    [[nodiscard]] std::vector<token_id> encode_ordinary(std::string_view text) const {
        return encode(text, special_action::ordinary);
    }

    /// Encodes into a buffer of the caller's. Nothing is allocated once `s` has grown to the longest pretoken.
    /// @return  the number of ids of the whole text; where it exceeds out.size(), only out.size() were written
    [[nodiscard]] std::size_t encode_into(std::string_view text, std::span<token_id> out, scratch& s,
                                          special_rules const& rules = {}) const {
        std::size_t n = 0;
        encode(text, rules, s, [&](token_id id) {
            if (n < out.size()) out[n] = id;
            ++n;
        });
        return n;
    }

    /// How many tokens `text` has.
    [[nodiscard]] std::size_t count(std::string_view text, scratch& s, special_rules const& rules = {}) const {
        std::size_t n = 0;
        encode(text, rules, s, [&](token_id) { ++n; });
        return n;
    }
    [[nodiscard]] std::size_t count(std::string_view text, special_rules const& rules = {}) const {
        scratch s;
        return count(text, s, rules);
    }

    /// Encodes many texts; the result does not depend on the executor.
    /// @return  one vector of ids a text, in order
    template <Executor X>
    [[nodiscard]] std::vector<std::vector<token_id>> encode_batch(std::span<std::string_view const> texts,
                                                                  X const& executor,
                                                                  special_rules const& rules = {}) const {
        std::vector<std::vector<token_id>> ids(texts.size());
        std::size_t const n_chunks = std::min(texts.size(), 8 * executor.concurrency());
        executor.for_each_index(n_chunks, [&](std::size_t chunk) {
            scratch s;
            std::size_t const end = texts.size() * (chunk + 1) / n_chunks;
            for (std::size_t i = texts.size() * chunk / n_chunks; i < end; ++i) {
                encode(texts[i], rules, s, [&](token_id id) { ids[i].push_back(id); });
            }
        });
        return ids;
    }

    /// Appends the bytes of `ids` to `out`. A token may end inside a character: only the whole is UTF-8.
    /// Nothing but `out` is allocated once `s` has grown.
    /// @param skip_special  leaves out added tokens that are special
    /// @throws error        bad_id: an id has no token; limit: a pattern of the decoder gives up; `out` is as it was
    /// @complexity          O(n)
    void decode(std::span<token_id const> ids, std::string& out, scratch& s, bool skip_special = false) const {
        decode(ids, out, s.decoder, skip_special);
    }
    void decode(std::span<token_id const> ids, std::string& out, bool skip_special = false) const {
        typename D::scratch s;
        decode(ids, out, s, skip_special);
    }
    [[nodiscard]] std::string decode(std::span<token_id const> ids, bool skip_special = false) const {
        std::string out;
        decode(ids, out, skip_special);
        return out;
    }

private:
    void decode(std::span<token_id const> ids, std::string& out, typename D::scratch& s, bool skip_special) const {
        auto const& v = model_.vocab();
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (ids[i] >= v.size() || v.kind(ids[i]) == token_kind::unused) {
                throw error(
                    error_kind::bad_id, "id " + std::to_string(i + 1) + " of " + std::to_string(ids.size()),
                    std::to_string(ids[i]) + " is not in the vocabulary of " + std::to_string(v.size()) + " ids",
                    "check that the ids come from this tokenizer");
            }
        }
        if (decoder_.joins_bytes()) {
            for_each_token(ids, skip_special, [&](std::string_view token) { out += token; });
            return;
        }
        std::size_t const before = out.size();
        try {
            // A copy of what it needs: a local whose address is given away is read again for each token, above as well.
            decoder_.decode([=, this](token_sink sink) { for_each_token(ids, skip_special, sink); }, s, out);
        } catch (...) {
            out.resize(before);
            throw;
        }
    }

    template <class Sink>
    void for_each_token(std::span<token_id const> ids, bool skip_special, Sink&& sink) const {
        vocabulary const& v = model_.vocab();
        for (token_id const id : ids) {
            if (!(skip_special && is_special_[id])) sink(spelling_or(id, v.bytes(id)));
        }
    }

    static text_piece part_of(text_piece whole, std::string_view part) noexcept {
        auto const begin = static_cast<std::size_t>(part.data() - whole.text.data());
        return whole.part(begin, begin + part.size());
    }

    template <class Sink>
    void encode_stretch(text_piece text, scratch& s, Sink&& sink) const {
        encode_normalized(detail::normalized(normalizer_, text, s.normalizer, s.normalized), s, sink);
    }

    template <class Sink>
    void encode_normalized(text_piece text, scratch& s, Sink&& sink) const {
        detail::for_each_pretoken(pretokenizer_, text, s.pretokenizer,
                                  [&](std::string_view pretoken) { model_.encode(pretoken, s.model, sink); });
    }

    // An added token that is looked for in normalized text decodes to what the normalizer makes of it, as in Hugging
    // Face's library (added_vocabulary.rs, simple_id_to_token).
    void note_rewritten_tokens() {
        auto const& all = specials_.tokens();
        std::string content;
        std::string text;
        for (added_token const& token : all) {
            content = token.content;
            if (token.normalized && !normalizer_.is_identity()) normalizer_.normalize(token.content, content);
            if (content != token.content) {
                // The library leaves out the strings of special tokens, so one that decodes to another string stays.
                added_token const* const other = specials_.find(content);
                is_special_[token.id] = other != nullptr && other->special;
            }
            text = content;
            if constexpr (requires { decoder_.text_of_added_token(content); }) {
                text = decoder_.text_of_added_token(content);
            }
            // Also if that is the content again: the vocabulary may hold the bytes for which the content is a spelling.
            if (content != token.content || text != content) rewritten_.emplace_back(token.id, text);
        }
        std::sort(rewritten_.begin(), rewritten_.end());
    }
    [[nodiscard]] std::string_view spelling_or(token_id id, std::string_view otherwise) const noexcept {
        if (rewritten_.empty()) return otherwise;
        auto const at = std::lower_bound(rewritten_.begin(), rewritten_.end(), id,
                                         [](auto const& entry, token_id wanted) { return entry.first < wanted; });
        return at != rewritten_.end() && at->first == id ? std::string_view(at->second) : otherwise;
    }

    // Of tokens with the same bytes the first is found.
    [[nodiscard]] vocabulary canonical_vocabulary() const {
        vocabulary const& spelled = model_.vocab();
        std::vector<bool> is_special(spelled.size(), false);
        for (added_token const& token : specials_.tokens()) {
            if (token.special && token.id < spelled.size()) is_special[token.id] = true;
        }
        vocabulary_builder builder;
        std::string bytes;
        for (token_id id = 0; id < spelled.size(); ++id) {
            if (spelled.kind(id) == token_kind::unused) continue;
            bytes.clear();
            if (!is_special[id]) decoder_.append_token_bytes(spelled.bytes(id), bytes);
            // A token that adds nothing, such as a bare prefix, keeps its spelling, by which no text finds it.
            if (bytes.empty() && spelled.bytes(id).empty()) {
                builder.add_empty(id, spelled.kind(id));
            } else if (bytes.empty()) {
                builder.add_unfindable(id, spelled.bytes(id), spelled.kind(id));
            } else {
                builder.add_unless_known(id, bytes, spelled.kind(id));
            }
        }
        return builder.build();
    }

    M model_;
    P pretokenizer_;
    N normalizer_;
    special_tokens specials_;
    F post_processor_;
    D decoder_;
    made_on_use<vocabulary> canonical_;
    std::vector<bool> is_special_;
    std::vector<std::pair<token_id, std::string>> rewritten_;  // added tokens that decode to something else, by id
};

}  // namespace tessera::inline v0
