// How many texts are shared out among threads, and where the words of each go.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/pool/concepts.hpp>

namespace tessera::inline v0 {
namespace detail {

/// A document, or a part of one.
struct pool_piece {
    std::size_t document = 0;
    std::size_t begin = 0;  // bytes of the document
    std::size_t end = 0;
    std::size_t n_words = 0;  // what it has, once measured
    std::size_t n_units = 0;
    std::size_t first_word = 0;  // where they go
    std::size_t first_unit = 0;
};

/// Pieces in order, and the tasks that are runs of them.
struct pool_plan {
    static constexpr std::size_t smallest_cut = std::size_t{1} << 15;

    // Where the first text begins in a larger whole.
    std::size_t first_document = 0;
    std::size_t first_byte = 0;

    std::vector<pool_piece> pieces;
    std::vector<std::size_t> task_ends;
    std::vector<std::exception_ptr> failures;  // of each task
    std::size_t n_words = 0;
    std::size_t n_units = 0;

    template <class Words>
    void share_out(Words const& words, std::span<std::string_view const> texts, std::size_t n_tasks) {
        pieces.clear();
        task_ends.clear();
        constexpr std::size_t overhead = 64;  // so that empty documents are shared out as well
        std::size_t total = 0;
        for (std::string_view const text : texts) total += text.size() + overhead;
        std::size_t const share = std::max(total / n_tasks + 1, smallest_cut);
        std::size_t in_task = 0;
        for (std::size_t d = 0; d < texts.size(); ++d) {
            std::size_t begin = 0;
            do {
                std::size_t end = texts[d].size();
                if constexpr (CuttableWords<Words>) {
                    if (n_tasks > 1 && end - begin > share) end = words.cut(texts[d], begin + share);
                }
                pieces.push_back({.document = d, .begin = begin, .end = end});
                in_task += end - begin + overhead;
                if (in_task >= share) {
                    task_ends.push_back(pieces.size());
                    in_task = 0;
                }
                begin = end;
            } while (begin < texts[d].size());
        }
        if (task_ends.empty() || task_ends.back() < pieces.size()) task_ends.push_back(pieces.size());
    }

    /// Calls `f(task, piece)` for all pieces, those of a task in order.
    /// @throws  of what `f` throws, that of the earliest piece; errors name the document
    template <Executor X, class F>
    void run(X const& executor, F&& f) {
        failures.assign(task_ends.size(), nullptr);
        executor.for_each_index(task_ends.size(), [&](std::size_t task) {
            std::size_t i = task == 0 ? 0 : task_ends[task - 1];
            try {
                for (; i < task_ends[task]; ++i) f(task, pieces[i]);
            } catch (error const& e) {
                failures[task] = std::make_exception_ptr(
                    e.within("document " + std::to_string(first_document + pieces[i].document + 1)));
            } catch (...) {
                failures[task] = std::current_exception();
            }
        });
        for (std::exception_ptr const& failure : failures) {
            if (failure) std::rethrow_exception(failure);
        }
    }

    /// The byte of its document at which a piece begins.
    [[nodiscard]] std::size_t base_of(pool_piece const& piece) const noexcept {
        return piece.begin + (piece.document == 0 ? first_byte : 0);
    }

    /// Says where what was measured goes: one after another.
    void place() noexcept {
        n_words = 0;
        n_units = 0;
        for (pool_piece& piece : pieces) {
            piece.first_word = n_words;
            piece.first_unit = n_units;
            n_words += piece.n_words;
            n_units += piece.n_units;
        }
    }
};

}  // namespace detail
}  // namespace tessera::inline v0
