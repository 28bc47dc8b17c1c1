// Runs of white space that somebody put in front of a merge list by hand, as Gemma's: SentencePiece knew them as
// user-defined pieces, and whoever wrote the list gave them merges.
//
// They are known by what no trainer can do: a token of which every way to make it has a part that is made later.
// Gemma's list begins with the longest runs, 31 newlines, so that text becomes the longest run; the merge of two
// newlines comes last. If the merges at the front that make runs of one white-space character have such a token among
// them, all of them were inserted, and with them those further on that make such runs for them. Runs that were learnt,
// such as those cl100k begins with, are made of parts that are there.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/mixture/detail/listed_merges.hpp>

namespace tessera::inline v0::detail {

struct inserted_runs {
    std::vector<std::string> texts;
    std::size_t n_merges = 0;
};

/// Takes them out of the list.
/// @pre  the list is in order of rank
inline inserted_runs take_inserted_runs(vocabulary const& vocab, listed_merges& listed) {
    auto const is_run = [&](token_id id) { return id < vocab.size() && is_white_space_run(vocab.bytes(id)); };
    std::vector<merge>& merges = listed.merges;
    std::size_t n_front = 0;
    while (n_front < merges.size() && is_run(merges[n_front].result)) ++n_front;

    std::set<token_id> made;
    std::set<token_id> too_early;  // no way to make them so far
    for (std::size_t i = 0; i < n_front; ++i) {
        merge const& m = merges[i];
        auto const is_there = [&](token_id part) { return !is_run(part) || made.contains(part); };
        if (is_there(m.left) && is_there(m.right)) {
            made.insert(m.result);
            too_early.erase(m.result);
        } else if (!made.contains(m.result)) {
            too_early.insert(m.result);
        }
    }
    inserted_runs out;
    if (too_early.empty()) return out;
    std::set<token_id> inserted;
    auto const add = [&](token_id id) {
        if (is_run(id)) inserted.insert(id);
    };
    for (std::size_t i = 0; i < n_front; ++i) {
        add(merges[i].result);
        add(merges[i].left);
        add(merges[i].right);
    }
    out.n_merges = std::erase_if(merges, [&](merge const& m) { return inserted.contains(m.result); });
    for (token_id const id : inserted) out.texts.emplace_back(vocab.bytes(id));
    return out;
}

}  // namespace tessera::inline v0::detail
