// How long work tells of itself.
#pragma once

#include <cstdint>
#include <string_view>

namespace tessera::inline v0 {

/// Told of progress now and then; never from two threads at once. May throw to cancel the work.
class progress_listener {
public:
    virtual ~progress_listener() = default;

    /// @param stage  what is being done: a short phrase that stays the same during the stage
    /// @param done   bytes, merges, ... so far
    /// @param total  of how many; 0 if unknown
    virtual void report(std::string_view stage, std::uint64_t done, std::uint64_t total) = 0;
};

}  // namespace tessera::inline v0
