// BoundlessBPE: byte-pair encoding whose tokens may be several words (arXiv 2504.00178).
//
//   " of the"   word_splitter     " of" " the"
//               word operations   263    259        merges and deletions in the order of training
//               superwords        1740              merges of words that are one token each
//
// The model splits text into words itself, because it joins them again; so its tokenizer's pretokenizer is `bytes`.
// Source: kensho-technologies/fastboundlessbpe, python/boundlessbpe/inference.py.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/boundless_data.hpp>
#include <tessera/model/lazy_flags.hpp>
#include <tessera/model/operation_engine.hpp>
#include <tessera/model/operation_table.hpp>
#include <tessera/model/pretoken_cache.hpp>
#include <tessera/model/word_splitter.hpp>

namespace tessera::inline v0 {

/// An immutable BoundlessBPE model.
/// @par Differs  A byte without a token, which UTF-8 does not have, gives no id. A deleted token that word operations
///               leave over gives the ids of its bytes. The reference fails at both.
class boundless_model {
public:
    using vocabulary_type = vocabulary;
    static constexpr std::string_view type = "BoundlessBPE";

    struct scratch {
        pretoken_cache cache;
        std::vector<token_id> symbols = {};
        std::vector<token_id> run = {};  // words of one token that may be part of a superword
        operation_engine engine = {};
        word_splitter::scratch splitting = {};
        std::uint64_t model = 0;  // whose splitter made it
    };

    /// @throws error   bad_merge: an operation names no symbol, its result is not its parts joined, a deleted token was
    ///                 not made, or superwords are deleted
    /// @throws error   bad_token: two tokens have the same bytes
    /// @complexity     linear in the bytes of all symbols
    boundless_model(boundless_data data, word_splitter splitter)
        : data_(std::move(data)), splitter_(std::move(splitter)) {
        check_operations(data_.words, "words", true);
        check_operations(data_.superwords, "superwords", false);
        words_ = operation_table(data_.words.operations);
        superwords_ = operation_table(data_.superwords.operations);
        find_parts();
        make_vocabulary();
        symbol_of_byte_.fill(no_token);
        for (std::size_t i = 0; i < data_.symbols.size(); ++i) {
            std::string const& bytes = data_.symbols[i];
            if (bytes.size() == 1) symbol_of_byte_[static_cast<unsigned char>(bytes[0])] = static_cast<token_id>(i);
        }
        in_superword_.assign(vocab_.size(), false);
        for (merge_operation const& o : data_.superwords.operations) {
            for (token_id const part : {o.left, o.right}) {
                if (part < data_.tokens.size()) in_superword_[part] = true;
            }
        }
        whole_ = lazy_flags(vocab_.size());
    }

    [[nodiscard]] vocabulary const& vocab() const noexcept { return vocab_; }
    /// True: the tokens of a text are its bytes one after another, but for bytes without a token.
    [[nodiscard]] static constexpr bool tiles_text() noexcept { return true; }
    /// What it was made from.
    [[nodiscard]] boundless_data const& data() const noexcept { return data_; }

    /// Encodes a text.
    /// @complexity  O(n log m), m the bytes of the longest word, or the words of the longest run that superwords may be
    ///              made of; deletions cost as much as the merges they undo
    template <class Sink>
    void encode(std::string_view text, scratch& s, Sink&& sink) const {
        if (s.model != number_) {
            s.model = number_;
            s.splitting.forget();
        }
        s.cache.serve(number_);
        s.run.clear();
        splitter_.split(text, s.splitting, [&](std::string_view word) {
            std::uint64_t const hash = hash_bytes(word);
            token_id const id = vocab_.find(word, hash);
            if (id != no_token && is_whole(id, word, s)) {
                if (!in_superword_[id]) end_run(s, sink);
                s.run.push_back(id);
                if (!in_superword_[id]) end_run(s, sink);
                return;
            }
            end_run(s, sink);
            encode_word(word, hash, s, sink);
        });
        end_run(s, sink);
    }

private:
    bool is_whole(token_id id, std::string_view word, scratch& s) const {
        lazy_flags::state known = whole_.get(id);
        if (known == lazy_flags::state::unknown) {
            operate(word, s);
            known = s.symbols.size() == 1 ? lazy_flags::state::yes : lazy_flags::state::no;
            whole_.note(id, known == lazy_flags::state::yes);
        }
        return known == lazy_flags::state::yes;
    }

    // Replaces s.symbols by what word operations make of a word.
    void operate(std::string_view word, scratch& s) const {
        s.symbols.clear();
        for (char const byte : word) s.symbols.push_back(symbol_of_byte_[static_cast<unsigned char>(byte)]);
        s.engine.apply(
            words_, operation_order::rising, s.symbols,
            [&](token_id t) {
                return std::span(parts_).subspan(parts_begin_[t], parts_begin_[t + 1] - parts_begin_[t]);
            },
            [&](token_id t) { return data_.symbols[t].size(); });
    }

    template <class Sink>
    void encode_word(std::string_view word, std::uint64_t hash, scratch& s, Sink& sink) const {
        std::span<token_id const> ids = s.cache.find(word, hash);
        if (ids.empty()) {
            operate(word, s);
            std::size_t n_bytes_over = 0;
            for (token_id const t : s.symbols) n_bytes_over += t >= data_.tokens.size();
            if (n_bytes_over > 0) spell_out(s);
            s.cache.insert(word, hash, s.symbols);
            ids = s.symbols;
        }
        for (token_id const id : ids) sink(id);
    }

    // Leaves nothing but tokens.
    void spell_out(scratch& s) const {
        std::vector<token_id> ids;
        for (token_id const t : s.symbols) {
            if (t < data_.tokens.size()) {
                ids.push_back(t);
            } else if (t != no_token) {
                for (char const byte : data_.symbols[t]) {
                    token_id const id = symbol_of_byte_[static_cast<unsigned char>(byte)];
                    if (id < data_.tokens.size()) ids.push_back(id);
                }
            }
        }
        s.symbols.swap(ids);
    }

    template <class Sink>
    void end_run(scratch& s, Sink& sink) const {
        if (s.run.size() > 1) {
            s.engine.apply(
                superwords_, operation_order::any, s.run, [](token_id) { return std::span<token_id const>(); },
                [](token_id) { return std::size_t{1}; });
        }
        for (token_id const id : s.run) sink(id);
        s.run.clear();
    }

    void check_operations(boundless_section const& section, std::string_view name, bool deletes) const {
        auto const& symbols = data_.symbols;
        for (std::size_t i = 0; i < section.operations.size(); ++i) {
            merge_operation const& o = section.operations[i];
            auto const fail = [&](char const* what) {
                throw error(error_kind::bad_merge, std::string(name) + ", operation " + std::to_string(i), what,
                            "check where the file comes from");
            };
            if (o.result >= symbols.size()) fail("its result is not a token");
            if (o.is_deletion()) {
                if (!deletes) fail("superwords cannot be deleted");
                continue;
            }
            if (o.left >= symbols.size() || o.right >= symbols.size()) fail("it is of a token that is not there");
            std::string const& result = symbols[o.result];
            std::string const& left = symbols[o.left];
            if (left.empty() || symbols[o.right].empty() || result.size() != left.size() + symbols[o.right].size() ||
                !result.starts_with(left) || !result.ends_with(symbols[o.right])) {
                fail("its result is not its parts joined");
            }
            if (!deletes && o.result >= data_.tokens.size()) fail("its result has no id");
        }
    }

    // What deleted tokens become: bytes, or the first pair that makes them.
    void find_parts() {
        std::vector<merge_operation> const& operations = data_.words.operations;
        std::vector<merge_operation const*> first(data_.symbols.size(), nullptr);
        std::vector<bool> deleted(data_.symbols.size(), false);
        std::array<token_id, 256> byte{};
        byte.fill(no_token);
        for (std::size_t i = 0; i < data_.symbols.size(); ++i) {
            std::string const& bytes = data_.symbols[i];
            if (bytes.size() == 1) byte[static_cast<unsigned char>(bytes[0])] = static_cast<token_id>(i);
        }
        for (merge_operation const& o : operations) {
            if (o.is_deletion()) {
                deleted[o.result] = true;
            } else if (first[o.result] == nullptr) {
                first[o.result] = &o;
            }
        }
        for (std::size_t t = 0; t < data_.symbols.size(); ++t) {
            parts_begin_.push_back(static_cast<std::uint32_t>(parts_.size()));
            if (!deleted[t]) continue;
            bool known = true;
            if (data_.words.blow_up) {
                for (char const b : data_.symbols[t]) {
                    token_id const part = byte[static_cast<unsigned char>(b)];
                    known = known && part != no_token;
                    parts_.push_back(part);
                }
            } else if (first[t] != nullptr) {
                parts_.insert(parts_.end(), {first[t]->left, first[t]->right});
            } else {
                known = false;
            }
            if (!known || data_.symbols[t].empty()) {
                throw error(error_kind::bad_merge, "words",
                            "a token is deleted of which it is not known how it was made",
                            "check where the file comes from");
            }
        }
        parts_begin_.push_back(static_cast<std::uint32_t>(parts_.size()));
    }

    void make_vocabulary() {
        vocabulary_builder builder;
        for (token_id id = 0; id < data_.tokens.size(); ++id) {
            std::string const& bytes = data_.symbols[id];
            builder.add(id, bytes, bytes.size() == 1 ? token_kind::byte : token_kind::normal);
        }
        for (auto const& [id, content] : data_.specials) {
            if (id >= max_vocabulary_size) {
                throw error(error_kind::bad_token, "special tokens",
                            "id " + std::to_string(id) + " is more than " + std::to_string(max_vocabulary_size - 1));
            }
            builder.add_unfindable(static_cast<token_id>(id), content);
        }
        vocab_ = builder.build();
    }

    boundless_data data_;
    word_splitter splitter_;
    vocabulary vocab_;
    operation_table words_;
    operation_table superwords_;
    std::array<token_id, 256> symbol_of_byte_{};
    std::vector<token_id> parts_;             // of deleted tokens, one after another
    std::vector<std::uint32_t> parts_begin_;  // by symbol
    std::vector<bool> in_superword_;
    lazy_flags whole_;
    std::uint64_t number_ = detail::next_model_number();
};

static_assert(Model<boundless_model>);

}  // namespace tessera::inline v0
