// What happens on Ctrl-C: files that are not whole are removed, then the program ends. A thread of its own waits for
// the signal, so the work needs to know nothing of it and a blocked read is no obstacle.
#pragma once

#include <string>

namespace tessera::cli {

/// Blocks SIGINT, SIGTERM and SIGHUP in this and all later threads and waits for them in one; ignores SIGPIPE and
/// SIGXFSZ (a failed write says so). To be called once, before any other thread starts.
void watch_for_interruption();

/// Marks a file or folder to be removed if the program is interrupted while this object lives.
class doomed_file {
public:
    explicit doomed_file(std::string path);
    ~doomed_file();
    doomed_file(doomed_file const&) = delete;
    doomed_file& operator=(doomed_file const&) = delete;

private:
    std::string path_;
};

/// While this lives, an interruption waits: for the moment in which a result is written and renamed.
class uninterrupted {
public:
    uninterrupted();
    ~uninterrupted();
    uninterrupted(uninterrupted const&) = delete;
    uninterrupted& operator=(uninterrupted const&) = delete;
};

}  // namespace tessera::cli
