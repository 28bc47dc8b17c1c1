// How long work shows itself on standard error: a bar, JSON lines, or not at all.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <tessera/core/progress.hpp>
#include "command.hpp"

namespace tessera::cli {

/// Draws a bar with rate and time left, at most ten times a second; or writes a JSON line
/// {"stage","done","total","seconds","rate","seconds_left"} twice a second and at the end of each stage.
class progress_bar final : public progress_listener {
public:
    explicit progress_bar(common_options const& options);
    ~progress_bar() override { clear(); }

    void report(std::string_view stage, std::uint64_t done, std::uint64_t total) override;

    /// Wipes the bar, so that something else can be printed.
    void clear();

private:
    using clock = std::chrono::steady_clock;
    void draw(double seconds);
    void write_json(double seconds);

    progress_style style_ = progress_style::none;
    std::size_t width_ = 80;
    std::string stage_;
    std::uint64_t done_ = 0;
    std::uint64_t total_ = 0;
    clock::time_point started_;
    clock::time_point shown_;
    bool finished_ = false;  // the end of the stage has been shown
    bool drawn_ = false;
};

/// 1234567 -> "1.23M".
[[nodiscard]] std::string with_prefix(double number);

}  // namespace tessera::cli
