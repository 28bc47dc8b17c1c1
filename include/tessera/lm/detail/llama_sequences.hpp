// Which tokens are in llama.cpp's cache: sequences that share the cells of what they have in common. A prefix that is
// to be computed goes on from the sequence that has most of it. Nothing depends on what is there but time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <llama.h>

#include <tessera/core/token.hpp>

namespace tessera::inline v0::lm::detail {

/// How many tokens the two have in common at their beginning.
[[nodiscard]] inline std::size_t shared_length(std::span<token_id const> a, std::span<token_id const> b) {
    return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

class llama_sequences {
public:
    llama_sequences(llama_context& context, llama_model const& model, std::size_t n_sequences)
        : context_(&context),
          window_(llama_model_n_swa(&model)),
          can_cut_(!llama_model_is_recurrent(&model) && !llama_model_is_hybrid(&model)),
          sequences_(n_sequences) {}

    [[nodiscard]] std::vector<token_id>& tokens(std::size_t id) noexcept { return sequences_[id].tokens; }

    /// How many of the first tokens of `tokens` some sequence has that can go on from there; `most` at most. That
    /// sequence counts as used.
    [[nodiscard]] std::size_t find(std::span<token_id const> tokens, std::size_t most) {
        match const best = find_best(tokens, most);
        if (best.length > 0) touch(best.id);
        return best.length;
    }

    /// A sequence that has the first tokens of `tokens`, as many as could be had, `most` at most; nobody else gets it
    /// or takes it away until it is given back by unpin(). @pre fewer than all are pinned
    [[nodiscard]] std::size_t open(std::span<token_id const> tokens, std::size_t most) {
        match const best = find_best(tokens, most);
        std::size_t id = best.id;
        // What it has besides, it would compute again at once: nothing is lost by taking the sequence itself. One that
        // cannot be cut would be lost for others that go on from it, so it is copied while there is room.
        bool const take = best.length > 0 && !sequences_[id].pinned && best.is_whole && can_cut_;
        if (!take) {
            id = free_sequence();
            if (id != best.id || best.length == 0) {
                remove(id);
                if (best.length > 0) copy(best.id, id, best.length);
            }
        }
        cut(id, best.length);
        sequences_[id].pinned = true;
        touch(id);
        return id;
    }
    void unpin(std::size_t id) noexcept { sequences_[id].pinned = false; }
    void unpin_all() noexcept {
        for (sequence& s : sequences_) s.pinned = false;
    }

    void remove(std::size_t id) {
        if (sequences_[id].tokens.empty()) return;
        sequences_[id].tokens.clear();
        llama_memory_seq_rm(memory(), static_cast<llama_seq_id>(id), -1, -1);
    }
    /// Takes away the sequence that was used longest ago. False if all are pinned or empty.
    bool remove_one() {
        std::optional<std::size_t> oldest;
        for (std::size_t id = 0; id < sequences_.size(); ++id) {
            sequence const& s = sequences_[id];
            if (s.pinned || s.tokens.empty()) continue;
            if (!oldest || s.last_use < sequences_[*oldest].last_use) oldest = id;
        }
        if (oldest) remove(*oldest);
        return oldest.has_value();
    }
    /// What is left in unused cells is multiplied by zero, which does not make a number of what is none: it goes too.
    void remove_all() noexcept {
        for (sequence& s : sequences_) s.tokens.clear();
        unpin_all();
        llama_memory_clear(memory(), true);
    }

private:
    struct sequence {
        std::vector<token_id> tokens;  // what the cache has of it
        std::uint64_t last_use = 0;
        bool pinned = false;
    };
    struct match {
        std::size_t id = 0;
        std::size_t length = 0;
        bool is_whole = false;  // the tokens begin with all of the sequence
    };

    [[nodiscard]] llama_memory_t memory() const { return llama_get_memory(context_); }
    void touch(std::size_t id) noexcept { sequences_[id].last_use = ++clock_; }

    [[nodiscard]] match find_best(std::span<token_id const> tokens, std::size_t most) const {
        match best;
        for (std::size_t id = 0; id < sequences_.size(); ++id) {
            sequence const& s = sequences_[id];
            std::size_t const shared = shared_length(s.tokens, tokens);
            std::size_t const length = std::min(shared, most);
            bool const is_whole = shared == s.tokens.size();
            bool const is_better = length > best.length || (length == best.length && is_whole && !best.is_whole);
            if (length > 0 && is_better && can_go_on(id, length)) best = {id, length, is_whole};
        }
        return best;
    }

    // Whether the cache has what the tokens behind the first `length` look back on.
    [[nodiscard]] bool can_go_on(std::size_t id, std::size_t length) const {
        if (length == sequences_[id].tokens.size()) return true;
        if (!can_cut_) return false;
        // Where attention has a window, cells that left it may have been given to others.
        auto const first = static_cast<llama_pos>(length) - window_;
        return llama_memory_seq_pos_min(memory(), static_cast<llama_seq_id>(id)) <= std::max(first, llama_pos{0});
    }

    // An empty one, or that which was used longest ago.
    [[nodiscard]] std::size_t free_sequence() const {
        std::optional<std::size_t> best;
        for (std::size_t id = 0; id < sequences_.size(); ++id) {
            sequence const& s = sequences_[id];
            if (s.pinned) continue;
            if (s.tokens.empty()) return id;
            if (!best || s.last_use < sequences_[*best].last_use) best = id;
        }
        return *best;
    }

    void copy(std::size_t from, std::size_t to, std::size_t length) {
        // The memory of a recurrent model knows whole sequences only, and looks at no end.
        llama_pos const end = length == sequences_[from].tokens.size() ? -1 : static_cast<llama_pos>(length);
        llama_memory_seq_cp(memory(), static_cast<llama_seq_id>(from), static_cast<llama_seq_id>(to), -1, end);
        auto const begin = sequences_[from].tokens.begin();
        sequences_[to].tokens.assign(begin, begin + static_cast<std::ptrdiff_t>(length));
    }

    // Leaves the first `length` tokens of a sequence; nothing if the cache cannot do that, or has done something else.
    void cut(std::size_t id, std::size_t length) {
        auto const name = static_cast<llama_seq_id>(id);
        std::vector<token_id>& tokens = sequences_[id].tokens;
        if (tokens.empty()) return;
        bool done = true;
        if (tokens.size() > length) {
            done = llama_memory_seq_rm(memory(), name, static_cast<llama_pos>(length), -1);
            tokens.resize(length);
        }
        done = done && llama_memory_seq_pos_max(memory(), name) + 1 == static_cast<llama_pos>(length);
        if (!done) {
            llama_memory_seq_rm(memory(), name, -1, -1);
            tokens.clear();
        }
    }

    llama_context* context_;
    llama_pos window_;  // 0: attention has none
    bool can_cut_;
    std::vector<sequence> sequences_;
    std::uint64_t clock_ = 0;
};

}  // namespace tessera::inline v0::lm::detail
