// Threads: oneTBB behind the Executor concept. The only header that includes it.
#pragma once

#include <cstddef>
#include <memory>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>

#include <tessera/core/concepts.hpp>

namespace tessera::inline v0 {

/// Runs work on up to `threads` threads of a task arena of its own.
class tbb_executor {
public:
    /// @param threads  0: one for each core
    explicit tbb_executor(std::size_t threads = 0)
        : allowance_(
              threads <= static_cast<std::size_t>(tbb::info::default_concurrency())
                  ? nullptr
                  : std::make_shared<tbb::global_control>(tbb::global_control::max_allowed_parallelism, threads)),
          arena_(std::make_shared<tbb::task_arena>(threads == 0 ? tbb::task_arena::automatic
                                                                : static_cast<int>(threads))) {}

    /// Every index is one task: make indices coarse.
    template <class Body>
    void for_each_index(std::size_t n, Body&& body) const {
        arena_->execute([&] {
            tbb::parallel_for(
                std::size_t{0}, n, [&](std::size_t i) { body(i); }, tbb::simple_partitioner{});
        });
    }
    [[nodiscard]] std::size_t concurrency() const noexcept {
        return static_cast<std::size_t>(arena_->max_concurrency());
    }

private:
    // oneTBB gives an arena of more threads than cores only if told so, and otherwise warns on standard error.
    std::shared_ptr<tbb::global_control> allowance_;
    std::shared_ptr<tbb::task_arena> arena_;
};

static_assert(Executor<tbb_executor>);

}  // namespace tessera::inline v0
