#include "progress_bar.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "json_writer.hpp"
#include "output.hpp"

namespace tessera::cli {

namespace {

std::string clock_time(double seconds) {
    if (!(seconds < 360000.0)) return "?";
    auto const whole = static_cast<unsigned>(seconds + 0.5);
    char text[32];
    if (whole >= 3600) {
        std::snprintf(text, sizeof text, "%u:%02u:%02u", whole / 3600, whole / 60 % 60, whole % 60);
    } else {
        std::snprintf(text, sizeof text, "%u:%02u", whole / 60, whole % 60);
    }
    return text;
}

void write_raw(std::string_view text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }

}  // namespace

std::string with_prefix(double number) {
    static constexpr char const* prefixes[] = {"", "k", "M", "G", "T"};
    std::size_t i = 0;
    while (number >= 999.5 && i < 4) {
        number /= 1000;
        ++i;
    }
    char text[32];
    int const digits = i == 0 || number >= 99.5 ? 0 : number >= 9.95 ? 1 : 2;
    std::snprintf(text, sizeof text, "%.*f%s", digits, number, prefixes[i]);
    return text;
}

progress_bar::progress_bar(common_options const& options) : style_(options.progress) {
    if (style_ == progress_style::automatic) {
        char const* const term = std::getenv("TERM");
        bool const dumb = term != nullptr && std::string_view(term) == "dumb";
        style_ = ::isatty(STDERR_FILENO) == 1 && !dumb ? progress_style::bar : progress_style::none;
    }
    if (options.quiet) style_ = progress_style::none;
    winsize size{};
    if (style_ == progress_style::bar && ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) {
        width_ = std::min<std::size_t>(size.ws_col, 100);
    }
}

void progress_bar::report(std::string_view stage, std::uint64_t done, std::uint64_t total) {
    if (style_ == progress_style::none) return;
    auto const now = clock::now();
    bool const changed = stage != stage_;
    if (changed) {
        if (!stage_.empty() && !finished_ && style_ == progress_style::json) {
            write_json(std::chrono::duration<double>(now - started_).count());
        }
        stage_ = stage;
        started_ = now;
        finished_ = false;
    }
    done_ = done;
    total_ = total;
    bool const ends = total > 0 && done >= total && !finished_;
    auto const pause = style_ == progress_style::json ? std::chrono::milliseconds(500) : std::chrono::milliseconds(100);
    if (!changed && !ends && now - shown_ < pause) return;
    shown_ = now;
    if (ends) finished_ = true;
    double const seconds = std::chrono::duration<double>(now - started_).count();
    if (style_ == progress_style::json) {
        write_json(seconds);
    } else {
        draw(seconds);
    }
}

void progress_bar::draw(double seconds) {
    double const done = static_cast<double>(done_);
    double const total = static_cast<double>(total_);
    double const rate = seconds > 0.05 ? done / seconds : 0;
    std::string right = " " + with_prefix(done);
    if (total_ > 0) right += "/" + with_prefix(total);
    if (rate > 0) right += "  " + with_prefix(rate) + "/s";
    if (total_ > 0 && rate > 0) right += "  " + clock_time(std::max(0.0, (total - done) / rate)) + " left";
    if (total_ == 0) right += "  " + clock_time(seconds);
    std::string line = "\r" + stage_;
    std::size_t const used = stage_.size() + right.size() + 10;
    if (total_ > 0 && used + 8 < width_) {
        std::size_t const cells = std::min<std::size_t>(width_ - used, 40);
        double const share = std::min(1.0, done / total);
        auto const full = static_cast<std::size_t>(share * static_cast<double>(cells));
        char percent[16];
        std::snprintf(percent, sizeof percent, " %3.0f%% [", share * 100);
        line += percent + std::string(full, '=') + std::string(cells - full, ' ') + "]";
    }
    line += right;
    write_raw(line + "\x1b[K");
    drawn_ = true;
}

void progress_bar::write_json(double seconds) {
    double const rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
    json_writer w;
    w.begin_object().member("stage", stage_).member("done", done_);
    if (total_ > 0) {
        w.member("total", total_);
    } else {
        w.key("total").null();
    }
    w.member("seconds", seconds).member("rate", rate);
    if (total_ > 0 && rate > 0) {
        w.member("seconds_left", static_cast<double>(total_ - std::min(done_, total_)) / rate);
    } else {
        w.key("seconds_left").null();
    }
    write_to_stderr(w.end_object().text());
}

void progress_bar::clear() {
    if (drawn_) write_raw("\r\x1b[K");
    drawn_ = false;
}

}  // namespace tessera::cli
