// A model and merges that were added to it later: what a corpus looks like in the middle of training.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/model/merge_blocks.hpp>
#include <tessera/model/merge_scan.hpp>
#include <tessera/model/pair_table.hpp>

namespace tessera::inline v0::detail {

/// Encodes by a model first, then applies the added merges: what training does, whatever the model. A model of all
/// merges at once would not always do the same: where an added merge makes a token that the model has but does not
/// reach, merges of the model may go on from there; and with `ignore_merges` a pretoken may be a token that was added.
class added_merges {
public:
    struct scratch {
        bpe_model::scratch base;
        std::vector<token_id> ids;
        merge_scan short_engine;
        merge_blocks<> long_engine;
    };

    /// @param added  in order of rank
    added_merges(bpe_model const& base, std::span<merge const> added)
        : base_(base), added_(added), any_(!added.empty()) {}

    /// Calls `sink(token_id)` for each token of a pretoken.
    template <class Sink>
    void encode(std::string_view pretoken, scratch& s, Sink&& sink) const {
        if (!any_) {
            base_.encode(pretoken, s.base, sink);
            return;
        }
        s.ids.clear();
        base_.encode(pretoken, s.base, [&](token_id id) { s.ids.push_back(id); });
        std::span<token_id> const ids = s.ids;
        std::size_t const n = ids.size() <= merge_scan::max_symbols ? s.short_engine.apply(added_, ids)
                                                                    : s.long_engine.apply(added_, ids);
        for (token_id const id : ids.first(n)) sink(id);
    }

private:
    bpe_model const& base_;
    pair_table added_;
    bool any_;
};

}  // namespace tessera::inline v0::detail
